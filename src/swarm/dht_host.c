/* Ties the DHT engine to sockets, names, time and the store. It knows neither packets nor torrents. */
#include "swarm/dht_host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/log.h"
#include "base/xmalloc.h"
#include "core/shared.h"
#include "core/udp.h"

enum {
	NAMES = 64, /* of [dht] bootstrap */
	NAME = 256,
	GATHER_MS = 16, /* between two wake-ups: little, beside a round trip */
	LOOK_MS = 1000, /* whether the ledger is still that of all */
	SAVED_MAX = 1 << 20, /* bytes of saved nodes */
	LINE_MAX_BYTES = 512,
};

static const char *const state_keys[DHT_FAMILIES] = {"dht.nodes4", "dht.nodes6"};
static const char dead_key[] = "dht.dead";
static const char ledger_name[] = "dht-ledger-1"; /* another layout is another name */
static const char *const family_names[DHT_FAMILIES] = {"IPv4", "IPv6"};

/* A first node whose address is asked for. */
struct first {
	struct dht_host *host;
	uint16_t port;
};

struct dht_host {
	struct dht_host_world world;
	struct dht_host_events events;
	struct dht *dht;
	struct udp *sockets[DHT_FAMILIES];
	struct first firsts[NAMES];
	unsigned names_open; /* not yet answered */
	struct loop_timer turn;
	struct shared shared; /* the ledger */
	int64_t look_at;
	bool begun; /* a lookup, since the last tick */
};

static int64_t now_of(const struct dht_host *h)
{
	return loop_now(h->world.loop).mono_ms;
}

static void turn_soon(struct dht_host *h)
{
	loop_timer_in(h->world.loop, &h->turn, 0);
}

/* ---- datagrams ---- */

static int send_datagram(void *context, const struct ip *to, uint16_t port, const void *bytes, size_t len)
{
	struct dht_host *h = context;
	struct udp *socket = h->sockets[ip_is4(to) ? DHT_V4 : DHT_V6];

	return socket ? udp_send(socket, to, port, bytes, len) : -ENETUNREACH;
}

static void take_packet(void *context, const struct ip *from, uint16_t port, const uint8_t *bytes, size_t len)
{
	struct dht_host *h = context;

	dht_packet(h->dht, from, port, bytes, len, now_of(h));
	turn_soon(h);
}

static void take_refused(void *context, const struct ip *to, uint16_t port, int error)
{
	struct dht_host *h = context;

	/* What cannot be reached for now says nothing of who lives there. */
	if (error == -ECONNREFUSED)
		dht_refused(h->dht, to, port, now_of(h));
}

static void take_end(void *context, const struct dht_result *result)
{
	struct dht_host *h = context;

	h->events.ended(h->events.context, result);
}

/* ---- what all runs of a user send together ---- */

static void open_ledger(struct dht_host *h)
{
	struct err why;

	if (shared_open(&h->shared, ledger_name, sizeof(struct dht_ledger), &why))
		said_tell(h->world.said, log_info, "what other runs send to nodes of the DHT is not counted: %s",
			  why.msg);
	dht_share(h->dht, h->shared.bytes, now_of(h));
}

static void keep_ledger(struct dht_host *h)
{
	if (!h->shared.bytes || now_of(h) < h->look_at)
		return;
	h->look_at = now_of(h) + LOOK_MS;
	if (!shared_is_gone(&h->shared))
		return;
	shared_close(&h->shared);
	open_ledger(h);
}

/* ---- time ---- */

/* Ticks until there is nothing more to begin. What has arrived is read first: it may be late only because we are. */
static void take_turn(void *context)
{
	struct dht_host *h = context;
	int64_t next;

	keep_ledger(h);
	for (int i = 0; i < DHT_FAMILIES; i++)
		if (h->sockets[i])
			udp_catch_up(h->sockets[i]);
	do {
		h->begun = false;
		next = dht_tick(h->dht, now_of(h));
		if (dht_host_warm(h))
			h->events.ready(h->events.context);
	} while (h->begun);
	if (next < now_of(h) + GATHER_MS)
		next = now_of(h) + GATHER_MS;
	if (next < INT64_MAX)
		loop_timer_at(h->world.loop, &h->turn, next);
}

void dht_host_wake(struct dht_host *h)
{
	turn_soon(h);
}

bool dht_host_warm(const struct dht_host *h)
{
	for (int i = 0; i < DHT_FAMILIES; i++)
		if (h->sockets[i] && (!dht_warm(h->dht, i) || (h->names_open && !dht_live(h->dht, i))))
			return false;
	return true;
}

bool dht_host_listens(const struct dht_host *h, enum dht_family family)
{
	return h->sockets[family] != NULL;
}

/* With fewer nodes than a proof needs it is asked only when the other one is no better: it may still find somebody. */
bool dht_host_has(const struct dht_host *h, enum dht_family family)
{
	uint32_t live = dht_live(h->dht, family), other = dht_live(h->dht, family == DHT_V4 ? DHT_V6 : DHT_V4);

	return h->sockets[family] && live > 0 && (live >= DHT_PROOF || other < DHT_PROOF);
}

bool dht_host_on(const struct dht_host *h, enum dht_family family)
{
	return h->sockets[family] && (family == DHT_V4 || dht_live(h->dht, family) >= DHT_PROOF);
}

int dht_host_look_up(struct dht_host *h, const struct dht_ask *ask)
{
	int rc = dht_look_up(h->dht, ask, now_of(h));

	h->begun |= rc == 0;
	return rc;
}

uint32_t dht_host_room(const struct dht_host *h)
{
	return dht_room(h->dht);
}

const struct dht *dht_host_engine(const struct dht_host *h)
{
	return h->dht;
}

/* ---- the first nodes ---- */

/* host:port, IPv6 in brackets, as the configuration has made sure. */
static uint16_t split_port(const char *text, char host[NAME])
{
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 0;
	bool bracket = len > 2 && *text == '[';

	if (!len || len >= NAME)
		return 0;
	snprintf(host, NAME, "%.*s", (int)(len - 2 * bracket), text + bracket);
	return (uint16_t)strtoul(colon + 1, NULL, 10);
}

/* Those without a node to begin with learn that when all names are answered. */
static void warm_up(struct dht_host *h)
{
	for (int i = 0; i < DHT_FAMILIES; i++)
		if (h->sockets[i])
			dht_warm_up(h->dht, i, now_of(h));
	turn_soon(h);
}

static void take_name(void *context, int rc, const struct ip *addresses, size_t count)
{
	struct first *first = context;
	struct dht_host *h = first->host;

	for (size_t i = 0; rc == 0 && i < count; i++) {
		enum dht_family family = ip_is4(&addresses[i]) ? DHT_V4 : DHT_V6;

		if (!h->sockets[family])
			continue;
		dht_router(h->dht, &addresses[i], first->port);
		dht_warm_up(h->dht, family, now_of(h));
	}
	if (--h->names_open == 0)
		warm_up(h);
	turn_soon(h);
}

static void ask_names(struct dht_host *h)
{
	const struct conf_list *list = &h->world.conf->dht.bootstrap;
	size_t count = list->count < NAMES ? list->count : NAMES;
	char name[NAME];

	h->names_open = 1; /* until all are asked */
	for (size_t i = 0; i < count; i++) {
		h->firsts[i] = (struct first){h, split_port(list->items[i], name)};
		if (!h->firsts[i].port)
			continue;
		h->names_open++;
		resolve_name(h->world.resolve, name, take_name, &h->firsts[i]);
	}
	if (--h->names_open == 0)
		warm_up(h);
}

/* ---- what came ---- */

/* Beside the replies: what was not asked for, or is not believed. */
static void tell_counters(const struct dht *d)
{
	const struct dht_counters *c = dht_counters(d);
	const struct {
		const char *name;
		uint64_t count;
	} rows[] = {
		{"malformed", c->malformed},     {"transactions not ours", c->bad_tid},
		{"wrong source", c->wrong_source}, {"errors", c->errors},
		{"queries", c->queries},         {"martians", c->martians},
		{"nodes with port 0", c->port_zero}, {"peers with port 1", c->port_one},
		{"ourselves", c->selves},        {"crowded networks", c->crowded},
		{"poisoned", c->poisoned},
	};
	struct buf line;

	buf_init(&line, LINE_MAX_BYTES);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].count)
			buf_printf(&line, "%s %s %llu", line.len ? "," : ";", rows[i].name,
				   (unsigned long long)rows[i].count);
	log_debug("dht: %llu datagrams, %llu replies%s", (unsigned long long)c->received,
		  (unsigned long long)c->replies, buf_str(&line));
	buf_done(&line);
}

/* ---- from one run to the next ---- */

static void load(struct dht_host *h, enum dht_family family)
{
	void *bytes = NULL;
	int64_t len;

	if (!h->world.catalog || !h->sockets[family])
		return;
	len = catalog_state(h->world.catalog, state_keys[family], &bytes);
	if (len > 0 && dht_load(h->dht, family, bytes, (size_t)len, loop_now(h->world.loop).wall) > 0)
		dht_warm_up(h->dht, family, now_of(h));
	free(bytes);
}

static void load_dead(struct dht_host *h)
{
	struct now now = loop_now(h->world.loop);
	void *bytes = NULL;
	int64_t len;

	if (!h->world.catalog)
		return;
	len = catalog_state(h->world.catalog, dead_key, &bytes);
	if (len > 0)
		dht_load_dead(h->dht, bytes, (size_t)len, now.mono_ms, now.wall);
	free(bytes);
}

static void save_dead(const struct dht_host *h)
{
	struct now now = loop_now(h->world.loop);
	struct buf dead;

	buf_init(&dead, SAVED_MAX);
	dht_save_dead(h->dht, now.mono_ms, now.wall, &dead);
	catalog_put_state(h->world.catalog, dead_key, buf_str(&dead), dead.len);
	buf_done(&dead);
}

/* Where nobody answered nothing was learned. */
void dht_host_save(const struct dht_host *h)
{
	if (h->world.catalog && dht_counters(h->dht)->replies)
		save_dead(h);
	for (int i = 0; i < DHT_FAMILIES; i++) {
		struct now now = loop_now(h->world.loop);
		struct buf nodes;

		if (!h->world.catalog || !dht_live(h->dht, i))
			continue;
		buf_init(&nodes, SAVED_MAX);
		dht_save(h->dht, i, now.mono_ms, now.wall, &nodes);
		catalog_put_state(h->world.catalog, state_keys[i], buf_str(&nodes), nodes.len);
		buf_done(&nodes);
	}
}

/* ---- sockets ---- */

static int open_socket(struct dht_host *h, const char *listen, struct err *err)
{
	struct udp_events events = {take_packet, take_refused, h};
	char host[NAME] = "";
	uint16_t port = split_port(listen, host);
	enum dht_family family;
	bool busy = false;
	struct ip ip;
	int rc;

	if (ip_parse(host, strlen(host), &ip))
		return err_set(err, -EINVAL, "[dht] listen: '%s' is no address and port", listen);
	family = ip_is4(&ip) ? DHT_V4 : DHT_V6;
	if (h->sockets[family])
		return err_set(err, -EEXIST, "[dht] listen: a second %s address is not used", family_names[family]);
	rc = udp_open(h->world.loop, &ip, port, &events, &h->sockets[family], err);
	if (rc == -EADDRINUSE && port) {
		rc = udp_open(h->world.loop, &ip, 0, &events, &h->sockets[family], err);
		busy = true;
	}
	if (rc)
		return rc;
	udp_gather(h->sockets[family], GATHER_MS);
	udp_never_cut(h->sockets[family]);
	if (busy)
		said_tell(h->world.said, log_warn, "[dht] listen: port %u is busy over %s: another one is taken", port,
			  family_names[family]);
	return 0;
}

static int open_sockets(struct dht_host *h, struct err *err)
{
	const struct conf_list *listen = &h->world.conf->dht.listen;
	struct err why;
	int rc = err_set(err, -EINVAL, "[dht] listen is empty");

	for (size_t i = 0; i < listen->count; i++) {
		int failed = open_socket(h, listen->items[i], &why);

		if (failed && rc)
			rc = err_set(err, failed, "%s", why.msg);
		if (failed)
			said_tell(h->world.said, log_info, "%s", why.msg);
		else
			rc = 0;
	}
	return rc;
}

int dht_host_open(const struct dht_host_world *world, const struct dht_host_events *events, struct dht_host **host,
		  struct err *err)
{
	struct dht_host *h = xcalloc(1, sizeof(*h));
	struct dht_events own = {send_datagram, take_end, h};
	struct dht_config config = {
		.rate = world->conf->dht.rate,
		.rate_per_address = world->conf->dht.rate_per_address,
		.allow_private = world->conf->dht.allow_private,
	};
	int rc;

	h->world = *world;
	h->events = *events;
	h->turn = (struct loop_timer){.fire = take_turn, .context = h};
	if (getrandom(config.seed, sizeof(config.seed), 0) != (ssize_t)sizeof(config.seed))
		rc = err_set(err, -EIO, "the system has no random numbers");
	else
		rc = open_sockets(h, err);
	if (rc == 0)
		h->dht = dht_new(&config, &own, now_of(h));
	if (rc) {
		dht_host_free(h);
		return rc;
	}
	open_ledger(h);
	load_dead(h);
	load(h, DHT_V4);
	load(h, DHT_V6);
	ask_names(h);
	turn_soon(h);
	*host = h;
	return 0;
}

void dht_host_free(struct dht_host *h)
{
	if (!h)
		return;
	if (h->dht)
		tell_counters(h->dht);
	for (int i = 0; i < NAMES; i++)
		if (h->firsts[i].host)
			resolve_cancel(h->world.resolve, &h->firsts[i]);
	for (int i = 0; i < DHT_FAMILIES; i++)
		udp_free(h->sockets[i]);
	loop_timer_stop(h->world.loop, &h->turn);
	dht_free(h->dht);
	shared_close(&h->shared);
	free(h);
}
