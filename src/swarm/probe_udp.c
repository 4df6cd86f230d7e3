/* Asking a UDP tracker: its name's addresses one after the other, IPv4 first, each over a socket of its own, until one
 * has answered for all. It does not know what is in the packets (udp_scrape.c does). */
#include "swarm/probe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/words.h"
#include "base/xmalloc.h"
#include "core/udp.h"
#include "swarm/udp_scrape.h"

enum {
	FAMILY_ADDRESSES = 3, /* of each family, tried at most */
	ADDRESSES = 2 * FAMILY_ADDRESSES,
	TRIES = 2,      /* connect packets to an address */
	FULL_MS = 10,   /* until a full buffer of the system is tried again */
	BURST = 64,     /* packets made in one go; the window is far below */
};

struct probe {
	struct probe_ask ask;
	struct probe_events events;
	struct udp_scrape *scrape;
	struct udp *udp; /* NULL between two addresses */
	struct ip addresses[ADDRESSES];
	size_t address_count, at; /* addresses[at] is asked */
	struct loop_timer timer;
	uint8_t packet[BEP15_SCRAPE_SIZE]; /* that the system's buffer had no room for */
	size_t packet_len;
	uint64_t unsent; /* made, but refused by the system */
	uint64_t before; /* sent before addresses[at] was asked */
	int rc; /* of an address that was left, in words: for the end */
	char error[UDP_SCRAPE_ERROR];
	bool resolving;
};

static void tell_row(void *context, size_t index, const struct probe_row *row)
{
	struct probe *p = context;

	p->events.row(p->events.context, index, row);
}

static void end(struct probe *p, int rc, const char *error)
{
	loop_timer_stop(p->ask.loop, &p->timer);
	udp_free(p->udp);
	p->udp = NULL;
	p->events.ended(p->events.context,
			&(struct probe_end){.rc = rc, .error = error, .latency_ms = udp_scrape_latency(p->scrape)});
}

static uint64_t sent(const struct probe *p)
{
	return udp_scrape_sent(p->scrape) - p->unsent;
}

/* ---- one address ---- */

static void next_address(struct probe *p);

/* Having no way to one address (a host without IPv6) says less than what another one did. */
static void keep_error(struct probe *p, int rc, const char *error)
{
	if (p->rc && rc != -ETIMEDOUT && rc != -ECONNREFUSED && rc != -EREMOTE && rc != -EBADMSG)
		return;
	p->rc = rc;
	str_copy(p->error, sizeof(p->error), error);
}

/* The next address; not of a family that a suspect's one packet was spent on, but the other one may have come back. */
static bool has_next(struct probe *p)
{
	bool spent = p->ask.suspect && sent(p) > p->before, v4 = ip_is4(&p->addresses[p->at]);

	do
		p->at++;
	while (p->at < p->address_count && spent && ip_is4(&p->addresses[p->at]) == v4);
	return p->at < p->address_count;
}

/* Silence and closed ports are an address's fault; what a tracker says holds for all of its addresses. */
static void leave_address(struct probe *p)
{
	const char *error;
	int rc = udp_scrape_error(p->scrape, &error);

	udp_free(p->udp);
	p->udp = NULL;
	keep_error(p, rc, error);
	if (rc == -EREMOTE || rc == -EBADMSG || !has_next(p))
		end(p, p->rc, p->error);
	else
		next_address(p);
}

/* EACCES of the network is a failure: as an end it would mean that we may not ask. */
static void cannot_send(struct probe *p, int rc)
{
	char error[UDP_SCRAPE_ERROR];

	snprintf(error, sizeof(error), rc == -ECONNREFUSED ? N_("nobody listens at its port") : "no way to it: %s",
		 strerror(-rc));
	udp_scrape_give_up(p->scrape, rc == -EACCES ? -EHOSTUNREACH : rc, error);
}

/* Sends the packet that is at hand. False: it has to wait. */
static bool send_packet(struct probe *p)
{
	int rc = udp_send(p->udp, &p->addresses[p->at], p->ask.url->port, p->packet, p->packet_len);

	if (rc == -EAGAIN)
		return false;
	p->packet_len = 0;
	if (rc) {
		p->unsent++;
		cannot_send(p, rc);
	}
	return true;
}

static void send_all(struct probe *p)
{
	int64_t now = loop_now(p->ask.loop).mono_ms;

	for (unsigned i = 0; i < BURST && udp_scrape_state(p->scrape) == UDP_SCRAPE_GOING; i++) {
		if (!p->packet_len)
			p->packet_len = udp_scrape_packet(p->scrape, now, p->packet);
		if (!p->packet_len || !send_packet(p))
			return;
	}
}

/* After anything that has happened: sends what may be sent, and looks how far it is. */
static void go_on(struct probe *p)
{
	int64_t wake;

	send_all(p);
	if (udp_scrape_state(p->scrape) == UDP_SCRAPE_DONE) {
		end(p, 0, "");
		return;
	}
	if (udp_scrape_state(p->scrape) == UDP_SCRAPE_FAILED) {
		leave_address(p);
		return;
	}
	wake = udp_scrape_wake(p->scrape);
	if (p->packet_len)
		loop_timer_in(p->ask.loop, &p->timer, FULL_MS);
	else if (wake != INT64_MAX)
		loop_timer_at(p->ask.loop, &p->timer, wake);
	else
		loop_timer_stop(p->ask.loop, &p->timer);
}

static void woken(void *context)
{
	go_on(context);
}

static bool is_asked(const struct probe *p, const struct ip *ip, uint16_t port)
{
	return port == p->ask.url->port && ip_equal(ip, &p->addresses[p->at]);
}

static void got_packet(void *context, const struct ip *from, uint16_t port, const uint8_t *bytes, size_t len)
{
	struct probe *p = context;

	if (!is_asked(p, from, port))
		return;
	udp_scrape_answer(p->scrape, loop_now(p->ask.loop).mono_ms, bytes, len);
	go_on(p);
}

static void got_refusal(void *context, const struct ip *to, uint16_t port, int error)
{
	struct probe *p = context;

	/* A datagram that is too large for the path comes back too: that is a loss like others. */
	if (!is_asked(p, to, port) || error == -EMSGSIZE)
		return;
	cannot_send(p, error);
	go_on(p);
}

static void next_address(struct probe *p)
{
	const struct ip *ip = &p->addresses[p->at];
	struct ip any = ip_is4(ip) ? udp_any4() : udp_any6();
	struct udp_events events = {.packet = got_packet, .refused = got_refusal, .context = p};
	int rc;

	p->packet_len = 0;
	p->before = sent(p);
	/* One's own tracker needs no politeness. */
	udp_scrape_begin(p->scrape, p->ask.suspect ? 1 : TRIES, ip_kind(ip) == IP_GLOBAL);
	rc = udp_open(p->ask.loop, &any, 0, &events, &p->udp, NULL);
	if (rc)
		cannot_send(p, rc);
	/* Not from here: who is told of the end may be far up the stack. */
	loop_timer_in(p->ask.loop, &p->timer, 0);
}

/* ---- its addresses ---- */

static void keep_addresses(struct probe *p, const struct ip *addresses, size_t count)
{
	size_t kept[2] = {0, 0};

	for (size_t i = 0; i < count; i++) {
		bool v4 = ip_is4(&addresses[i]);

		if (p->ask.public_only && ip_kind(&addresses[i]) != IP_GLOBAL)
			continue;
		if (kept[v4]++ < FAMILY_ADDRESSES)
			p->addresses[p->address_count++] = addresses[i];
	}
}

static const char *no_name(int rc)
{
	return rc == -ENOENT ? N_("there is no host of that name") : N_("its name cannot be resolved now");
}

static void resolved(void *context, int rc, const struct ip *addresses, size_t count)
{
	struct probe *p = context;

	p->resolving = false;
	if (rc) {
		end(p, rc, no_name(rc));
		return;
	}
	keep_addresses(p, addresses, count);
	if (!p->address_count)
		end(p, -EACCES, N_("it is at a private or special address"));
	else
		next_address(p);
}

static struct probe *start(const struct probe_ask *ask, const struct probe_events *events)
{
	struct probe *p = xcalloc(1, sizeof(*p));

	*p = (struct probe){.ask = *ask, .events = *events, .timer = {.fire = woken, .context = p}};
	p->scrape = udp_scrape_new(ask->hashes, ask->count, tell_row, p);
	p->resolving = true;
	resolve_name(ask->resolve, ask->url->host, resolved, p);
	return p;
}

static void free_probe(struct probe *p)
{
	if (!p)
		return;
	if (p->resolving)
		resolve_cancel(p->ask.resolve, p);
	loop_timer_stop(p->ask.loop, &p->timer);
	udp_free(p->udp);
	udp_scrape_free(p->scrape);
	free(p);
}

const struct probe_ops probe_udp = {.name = "udp", .start = start, .free = free_probe, .sent = sent};
