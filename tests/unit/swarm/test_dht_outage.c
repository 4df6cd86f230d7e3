/* The DHT engine when nothing arrives: nobody is made a zero, and nobody is taken for dead. */
#include "swarm/dht.h"

#include "dht_tested.h"
#include "swarm/dht_private.h"
#include "tap.h"

static void test_outage(void)
{
	struct net n;

	start(&n, config(4096, 60, 10));
	n.config.loss = 100;
	look_up_all(&n, 60);
	is_int(net_outcomes(&n, DHT_UNREACHABLE), 60, "nothing comes back: unreachable");
	n.config.loss = 0;
	look_up_all(&n, 60);
	is_int(net_exact(&n), 60, "then it does: silence of all has buried nobody");
	net_done(&n);
}

static uint32_t buried(const struct net *n)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < n->config.nodes; i++) {
		struct dht_at at = {n->nodes[i].ip, n->nodes[i].port};

		count += dht_graves_strikes(&n->dht->graves, &at, n->now) >= DHT_BURIED;
	}
	return count;
}

/* In the middle of many lookups: what was on its way is lost, and others were heard after it had left. */
static void test_outage_within(void)
{
	struct net n;

	start(&n, config(4096, 300, 10));
	net_begin(&n, 0, 300);
	net_run(&n, 150);
	n.config.loss = 100;
	net_finish(&n, 300);
	ok(net_exact(&n) < 300, "the way is gone within: %u of 300 lookups have all", net_exact(&n));
	is_int(net_outcomes(&n, DHT_NONE), 0, "none of the others is a zero");
	ok(buried(&n) < 40, "%u of 4096 nodes are taken for dead", buried(&n));
	n.config.loss = 0;
	look_up_all(&n, 300);
	is_int(net_exact(&n), 300, "then it is back: every count exact");
	net_done(&n);
}

struct wire {
	uint8_t bytes[KRPC_QUERY_MAX];
	size_t len;
};

static int keep_query(void *context, const struct ip *to, uint16_t port, const void *bytes, size_t len)
{
	struct wire *w = context;

	(void)to, (void)port;
	memcpy(w->bytes, bytes, len);
	w->len = len;
	return 0;
}

static void ask_at(struct dht *d, enum dht_family family, const struct dht_at *at)
{
	static const uint8_t target[COMPACT_ID];
	struct dht_order order = {
		.kind = DHT_FIND, .family = family, .at = *at, .target = target, .lookup = DHT_NOBODY};

	dht_flight_start(d, &order);
}

/* IPv4 nodes answer all the time; one of them is silent, and everything of IPv6. */
static void test_outage_of_v6(void)
{
	static const char head[] = "d1:rd2:id20:abcdefghij0123456789e1:t4:", tail[] = "1:y1:re";
	struct dht_config c = {.seed = {1, 2}};
	struct wire wire;
	struct dht_events events = {.send = keep_query, .context = &wire};
	struct dht *d = dht_new(&c, &events, 0);
	struct dht_at six = {{{0x2a, 0, [15] = 1}}, 1}, dead = {ip_from_v4(5 << 24 | 1), 1};
	uint8_t reply[sizeof(head) + 4 + sizeof(tail)];
	struct krpc_message q;

	ask_at(d, DHT_V6, &six);
	ask_at(d, DHT_V4, &dead);
	for (int64_t now = 100; now < 10000; now += 100) {
		struct dht_at alive = {ip_from_v4((6u << 24) + (uint32_t)now), 1};

		dht_tick(d, now);
		ask_at(d, DHT_V4, &alive);
		krpc_read(wire.bytes, wire.len, &q);
		memcpy(reply, head, sizeof(head) - 1);
		memcpy(reply + sizeof(head) - 1, q.tid.bytes, 4);
		memcpy(reply + sizeof(head) + 3, tail, sizeof(tail));
		dht_packet(d, &alive.ip, alive.port, reply, sizeof(head) + sizeof(tail) + 2, now + 50);
	}
	ok(dht_counters(d)->replies > 90 && dht_graves_strikes(&d->graves, &dead, 10000) > 0,
	   "others answer: one that does not is dead");
	is_int(dht_graves_strikes(&d->graves, &six, 10000), 0, "but IPv4's answers do not make IPv6 dead");
	dht_free(d);
}

int main(void)
{
	test_outage();
	test_outage_within();
	test_outage_of_v6();
	return tap_done();
}
