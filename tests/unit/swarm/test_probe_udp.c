/* The UDP probe with real sockets on loopback: addresses one after the other, closed ports, answers from elsewhere,
 * silence, the address policy, and freeing at any time. What is in the packets is tested in test_udp_scrape.c. */
#include "swarm/probe.h"

#include <errno.h>
#include <stdlib.h>

#include "base/str.h"
#include "core/udp.h"
#include "icmp.h"
#include "tap.h"
#include "wire/bep15.h"

enum { COUNT = 150, LONG_MS = 20000 };

struct tracker {
	struct udp *udp, *elsewhere; /* elsewhere: answers from another port come first */
	unsigned packets;
	bool silent;
	const char *says;
};

struct world {
	struct loop *loop;
	struct resolve *resolve;
	struct tracker tracker;
	struct tracker_url url;
	uint8_t hashes[COUNT][INFO_HASH];
	struct probe_ask ask;
	struct probe *probe;
	unsigned told[COUNT], wrong, ends;
	int rc;
	char error[128];
	double latency;
	bool free_at_end;
	struct loop_timer patience;
};

static uint8_t *put32(uint8_t *p, uint32_t value)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		*p++ = (uint8_t)(value >> shift);
	return p;
}

/* ---- the tracker: seeders are the first byte of the hash, leechers 7, completed 9 ---- */

static size_t make_answer(const struct tracker *t, const uint8_t *bytes, size_t len, uint8_t *answer, unsigned add)
{
	uint8_t *p = answer;

	memcpy(answer, bytes + 8, 8); /* action and transaction */
	p += 8;
	if (len == BEP15_CONNECT_SIZE)
		return (size_t)(put32(put32(p, 1), 2) - answer);
	if (t->says) {
		put32(answer, BEP15_ERROR);
		memcpy(p, t->says, strlen(t->says));
		return 8 + strlen(t->says);
	}
	for (size_t i = 16; i + INFO_HASH <= len; i += INFO_HASH)
		p = put32(put32(put32(p, bytes[i] + add), 9), 7);
	return (size_t)(p - answer);
}

static void tracker_packet(void *context, const struct ip *from, uint16_t port, const uint8_t *bytes, size_t len)
{
	struct tracker *t = context;
	uint8_t answer[2048];

	t->packets++;
	if (t->silent)
		return;
	if (t->elsewhere)
		udp_send(t->elsewhere, from, port, answer, make_answer(t, bytes, len, answer, 1000));
	udp_send(t->udp, from, port, answer, make_answer(t, bytes, len, answer, 0));
}

static struct ip ip_of(const char *text)
{
	struct ip ip = {{0}};

	ip_parse(text, strlen(text), &ip);
	return ip;
}

static struct udp *listen_at(struct world *w, const char *address)
{
	struct udp_events events = {.packet = tracker_packet, .context = &w->tracker};
	struct ip ip = ip_of(address);
	struct udp *udp = NULL;
	struct err err;

	if (udp_open(w->loop, &ip, 0, &events, &udp, &err))
		printf("# %s\n", err.msg);
	return udp;
}

/* ---- the one who asks ---- */

static void take_row(void *context, size_t index, const struct probe_row *row)
{
	struct world *w = context;

	w->told[index]++;
	w->wrong += row->seeders != w->hashes[index][0] || row->leechers != 7 || row->completed != 9;
}

static void take_end(void *context, const struct probe_end *end)
{
	struct world *w = context;

	w->ends++;
	w->rc = end->rc;
	w->latency = end->latency_ms;
	str_copy(w->error, sizeof(w->error), end->error);
	if (w->free_at_end) {
		probe_udp.free(w->probe);
		w->probe = NULL;
	}
	loop_stop(w->loop);
}

static void out_of_patience(void *context)
{
	struct world *w = context;

	loop_stop(w->loop);
}

static void begin(struct world *w, const char *listen)
{
	*w = (struct world){.loop = loop_new()};
	w->resolve = resolve_new(w->loop);
	if (listen)
		w->tracker.udp = listen_at(w, listen);
	for (size_t i = 0; i < COUNT; i++)
		w->hashes[i][0] = (uint8_t)(i % 251);
	w->ask = (struct probe_ask){
		.loop = w->loop,
		.resolve = w->resolve,
		.url = &w->url,
		.hashes = (const uint8_t(*)[INFO_HASH])w->hashes,
		.count = COUNT,
	};
	w->patience = (struct loop_timer){.fire = out_of_patience, .context = w};
}

static void start(struct world *w, const char *host, uint16_t port)
{
	struct probe_events events = {take_row, take_end, w};
	char text[64];
	int len = snprintf(text, sizeof(text), "udp://%s:%u/announce", host, (unsigned)port);

	if (tracker_url_parse(text, (size_t)len, &w->url))
		printf("Bail out! %s\n", text);
	w->probe = probe_udp.start(&w->ask, &events);
}

static void run(struct world *w)
{
	loop_timer_in(w->loop, &w->patience, LONG_MS);
	loop_run(w->loop);
	loop_timer_stop(w->loop, &w->patience);
}

static void end(struct world *w)
{
	probe_udp.free(w->probe);
	udp_free(w->tracker.udp);
	udp_free(w->tracker.elsewhere);
	resolve_free(w->resolve);
	loop_free(w->loop);
}

static bool told_all(const struct world *w)
{
	for (size_t i = 0; i < COUNT; i++)
		if (w->told[i] != 1)
			return false;
	return !w->wrong && w->rc == 0 && w->ends == 1;
}

static unsigned told(const struct world *w)
{
	unsigned count = 0;

	for (size_t i = 0; i < COUNT; i++)
		count += w->told[i];
	return count;
}

static void test_all(void)
{
	static const char *const addresses[] = {"127.0.0.1", "::1"};
	static const char *const hosts[] = {"127.0.0.1", "[::1]"};

	for (size_t i = 0; i < 2; i++) {
		struct world w;

		begin(&w, addresses[i]);
		if (!w.tracker.udp) {
			end(&w);
			printf("ok %d - no %s here # SKIP\n", ++tap_count, addresses[i]);
			continue;
		}
		start(&w, hosts[i], udp_port(w.tracker.udp));
		is_int(w.ends, 0, "%s: nothing is told from within start()", hosts[i]);
		run(&w);
		ok(told_all(&w), "%s: all counts, and the end", hosts[i]);
		is_int(probe_udp.sent(w.probe), 4, "four packets");
		is_int(w.tracker.packets, 4, "as the tracker counts them");
		ok(w.latency > 0, "with a latency");
		end(&w);
	}
}

static void test_elsewhere(void)
{
	struct world w;

	begin(&w, "127.0.0.1");
	w.tracker.elsewhere = listen_at(&w, "127.0.0.1");
	start(&w, "127.0.0.1", udp_port(w.tracker.udp));
	run(&w);
	ok(told_all(&w), "answers from another port, with the right transaction, are not believed");
	end(&w);
	begin(&w, "127.0.0.1");
	w.tracker.elsewhere = listen_at(&w, "127.0.0.2");
	start(&w, "127.0.0.1", udp_port(w.tracker.udp));
	run(&w);
	ok(told_all(&w), "nor are those from another address");
	end(&w);
}

static void count_families(void *context, int rc, const struct ip *addresses, size_t count)
{
	struct world *w = context;

	w->rc = rc;
	for (size_t i = 0; i < count; i++)
		w->told[ip_is4(&addresses[i])]++;
	loop_stop(w->loop);
}

/* localhost is 127.0.0.1, then ::1: the first one refuses, and the second one is asked. */
static void test_next_address(bool suspect)
{
	struct world w;

	begin(&w, "::1");
	resolve_name(w.resolve, "localhost", count_families, &w);
	run(&w);
	if (!icmp_is_told() || !w.tracker.udp || !w.told[0] || !w.told[1]) {
		end(&w);
		ok(true, "the next address # SKIP localhost is not both families here, or refusals are not told");
		return;
	}
	w.told[0] = w.told[1] = 0;
	w.ask.suspect = suspect;
	start(&w, "localhost", udp_port(w.tracker.udp));
	run(&w);
	ok(told_all(&w), "the IPv4 address refuses, and the IPv6 address answers for all (%s)", w.error);
	is_int(probe_udp.sent(w.probe), 5, "%s", suspect ? "also of a suspect" : "after one packet");
	end(&w);
}

static void test_refused(void)
{
	struct world w;
	uint16_t port;

	if (!icmp_is_told()) {
		ok(true, "refusals # SKIP this system does not tell them");
		return;
	}
	begin(&w, "127.0.0.1");
	port = udp_port(w.tracker.udp);
	udp_free(w.tracker.udp);
	w.tracker.udp = NULL;
	start(&w, "127.0.0.1", port);
	run(&w);
	is_int(w.rc, -ECONNREFUSED, "a closed port ends it at once");
	is_str(w.error, "nobody listens at its port", "in words");
	is_int(probe_udp.sent(w.probe), 1, "after one packet");
	end(&w);
}

static void test_silence(void)
{
	struct world w;

	begin(&w, "127.0.0.1");
	w.tracker.silent = true;
	w.ask.suspect = true;
	start(&w, "127.0.0.1", udp_port(w.tracker.udp));
	run(&w);
	is_int(w.rc, -ETIMEDOUT, "a suspect that is silent");
	is_int(w.tracker.packets, 1, "gets exactly one packet");
	end(&w);
}

static void test_policy(void)
{
	static const char *const hosts[] = {"127.0.0.1",          "10.1.2.3",  "169.254.169.254", "[::1]",
					    "[::ffff:127.0.0.1]", "[fe80::1]", "0.0.0.0",         "localhost"};

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		struct world w;

		begin(&w, "127.0.0.1");
		w.ask.public_only = true;
		start(&w, hosts[i], udp_port(w.tracker.udp));
		run(&w);
		is_int(w.rc, -EACCES, "%s: not without leave", hosts[i]);
		is_int(probe_udp.sent(w.probe) + w.tracker.packets, 0, "and not a packet");
		end(&w);
	}
}

static void test_words(void)
{
	struct world w;

	begin(&w, "127.0.0.1");
	w.tracker.says = "we are closed";
	start(&w, "127.0.0.1", udp_port(w.tracker.udp));
	run(&w);
	is_int(w.rc, -EREMOTE, "an error");
	is_str(w.error, "the tracker says: we are closed", "in the tracker's words");
	is_int(told(&w), 0, "and no rows");
	end(&w);
	begin(&w, NULL);
	start(&w, "no-such-host.invalid", 80);
	run(&w);
	ok(w.rc < 0 && w.ends == 1, "a name that is none: %s", w.error);
	is_int(probe_udp.sent(w.probe), 0, "no packet");
	end(&w);
}

static void test_freeing(void)
{
	struct world w;

	begin(&w, "127.0.0.1");
	w.free_at_end = true;
	start(&w, "127.0.0.1", udp_port(w.tracker.udp));
	run(&w);
	ok(told_all(&w) && !w.probe, "freed from within ended()");
	end(&w);
	begin(&w, "127.0.0.1");
	w.tracker.silent = true;
	start(&w, "127.0.0.1", udp_port(w.tracker.udp));
	probe_udp.free(w.probe);
	w.probe = NULL;
	start(&w, "127.0.0.1", udp_port(w.tracker.udp));
	loop_timer_in(w.loop, &w.patience, 200);
	loop_run(w.loop);
	loop_timer_stop(w.loop, &w.patience);
	probe_udp.free(w.probe);
	w.probe = NULL;
	is_int(w.ends, 0, "freed before its end: nothing is told");
	is_int(w.tracker.packets, 1, "the one that was freed at once has sent nothing");
	end(&w);
	probe_udp.free(NULL);
}

int main(void)
{
	test_all();
	test_elsewhere();
	test_next_address(false);
	test_next_address(true);
	test_refused();
	test_silence();
	test_policy();
	test_words();
	test_freeing();
	return tap_done();
}
