/* The DHT engine among every kind of node that lies: counted, never believed. */
#include "swarm/dht.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"
#include "dht_tested.h"
#include "tap.h"

/* ---- hostile nodes: a third of the network, and every count is exact still ---- */

struct plague {
	const char *name;
	uint32_t flags;
	size_t counter; /* that must have counted it */
};

#define COUNTER(name) offsetof(struct dht_counters, name)

static const struct plague plagues[] = {
	{"says 203", NET_ERROR, COUNTER(errors)},
	{"says 201", NET_LIMIT, COUNTER(errors)},
	{"replies are cut", NET_CUT, COUNTER(malformed)},
	{"lists in lists", NET_NESTED, COUNTER(malformed)},
	{"wrong transactions", NET_TID, COUNTER(bad_tid)},
	{"says it twice", NET_TWICE, COUNTER(bad_tid)},
	{"wrong source", NET_SOURCE, COUNTER(wrong_source)},
	{"martians", NET_MARTIANS, COUNTER(martians)},
	{"ports 0 and 1", NET_PORTS, COUNTER(port_one)},
	{"nodes with port 0", NET_PORTS, COUNTER(port_zero)},
	{"knows us", NET_SELF, COUNTER(selves)},
	{"floods", NET_FLOOD, COUNTER(malformed)},
	{"another id", NET_OTHER_ID, COUNTER(replies)},
	{"a crowd in one network", NET_CROWD, COUNTER(crowded)},
	{"full filters", NET_FULL, COUNTER(poisoned)},
	{"asks back", NET_QUERIES, COUNTER(queries)},
};

static void test_plague(const struct plague *p)
{
	struct net_config c = config(2048, 60, 10);
	struct net n;

	c.holders = 12;
	net_init(&n, &c);
	for (uint32_t i = 0; i < c.nodes; i += 3)
		n.nodes[i].flags |= p->flags;
	net_warm_up(&n);
	look_up_all(&n, 60);
	is_int(net_exact(&n), 60, "%s: every count exact", p->name);
	ok(*(const uint64_t *)((const char *)counters(&n) + p->counter) > 0, "%s: counted", p->name);
	ok(counters(&n)->sent < 60 * 60 + 1500, "%s: %llu packets", p->name, (unsigned long long)counters(&n)->sent);
	net_done(&n);
}

/* The closest nodes invent others next to the hash, and say that nobody is there. */
static void test_sybils(void)
{
	struct net_config c = config(4096, 20, 10);
	struct net n;

	c.holders = 16;
	net_init(&n, &c);
	for (uint32_t t = 0; t < c.torrents; t++)
		net_flag_closest(&n, n.torrents[t].hash, 4, NET_SYBIL);
	net_warm_up(&n);
	look_up_all(&n, 20);
	is_int(net_outcomes(&n, DHT_FOUND), 20, "Sybils next to the hash: those behind them are found");
	is_int(net_outcomes(&n, DHT_NONE), 0, "no false zero");
	net_done(&n);

	/* Real nodes this time, with ids that no address gives: nine of them, closer than any honest one, that invent
	 * any number of others. Honest nodes know them too, and tell of nobody else so close. */
	for (c.inventions = 8; c.inventions <= 120; c.inventions += 56) {
		net_init(&n, &c);
		net_add_sybils(&n, 9);
		net_warm_up(&n);
		look_up_all(&n, 20);
		is_int(net_outcomes(&n, DHT_NONE), 0, "nine live Sybils, %u inventions a reply: no false zero",
		       c.inventions);
		is_int(net_outcomes(&n, DHT_FOUND), 20, "they are found");
		is_int(net_exact(&n), 20, "all of them");
		net_done(&n);
	}
}

/* In a large network, where many of those that are asked first know nothing of who is close. */
static void test_eclipse(void)
{
	struct net_config c = config(32768, 100, 10);
	struct net n;

	c.inventions = 64;
	net_init(&n, &c);
	net_add_sybils(&n, 9);
	net_warm_up(&n);
	look_up_all(&n, 100);
	is_int(net_outcomes(&n, DHT_NONE), 0, "nine live Sybils in a large network: no false zero of 100");
	is_int(net_exact(&n), 100, "all are found");
	net_done(&n);
}

/* Next to each torrent one node that lies. */
static void start_among_liars(struct net *n, uint32_t peers, uint32_t flags)
{
	struct net_config c = config(2048, 20, peers);

	net_init(n, &c);
	net_flag_all(n, NET_FILTERS);
	for (uint32_t t = 0; t < c.torrents; t++)
		net_flag_closest(n, n->torrents[t].hash, 1, flags);
	net_warm_up(n);
	look_up_all(n, 20);
}

static uint32_t most_addresses(const struct net *n)
{
	uint32_t most = 0;

	for (uint32_t t = 0; t < n->config.torrents; t++)
		most = n->torrents[t].addresses > most ? n->torrents[t].addresses : most;
	return most;
}

static void test_many(void)
{
	struct net n;

	start_among_liars(&n, 0, NET_MANY);
	is_int(net_outcomes(&n, DHT_NONE), 0, "one node alone tells of 400 peers: perhaps somebody is there");
	is_int(most_addresses(&n), 20, "but no more than announces that got lost may explain");
	ok(counters(&n)->poisoned >= 20, "%llu nodes are counted", (unsigned long long)counters(&n)->poisoned);
	net_done(&n);

	start_among_liars(&n, 10, NET_MANY);
	is_int(net_outcomes(&n, DHT_FOUND), 20, "where others tell of ten: found");
	is_int(most_addresses(&n), 10 + 3 * 10, "and it alone adds no more than three times that");
	net_done(&n);
}

static void test_port_one(void)
{
	struct net n;

	start_among_liars(&n, 10, NET_PORT_ONE);
	is_int(net_exact(&n), 20, "a hundred peers with port 1, by one node: every count exact");
	net_done(&n);

	start_among_liars(&n, 0, NET_PORT_ONE);
	is_int(net_outcomes(&n, DHT_UNREACHABLE), 20, "nobody else tells of anybody: neither found nor none");
	is_int(most_addresses(&n), 0, "and no address");
	net_done(&n);
}

static void test_stuffed(void)
{
	struct net n;

	start_among_liars(&n, 20, NET_STUFFED);
	is_int(net_exact(&n), 20, "one node has filters of 1,556 seeds: every count exact");
	ok(is_near(n.torrents[5].bep33_seeds, 5) && is_near(n.torrents[5].bep33_peers, 15), "%d seeds, %d peers",
	   n.torrents[5].bep33_seeds, n.torrents[5].bep33_peers);
	ok(counters(&n)->poisoned >= 20, "they are counted");
	net_done(&n);

	start_among_liars(&n, 0, NET_STUFFED);
	is_int(net_outcomes(&n, DHT_UNREACHABLE), 20, "nobody else tells of anybody: neither found nor none");
	is_int(n.torrents[5].bep33_seeds, -1, "and no estimate");
	net_done(&n);
}

/* The first nodes name many ports of one address before they name anybody who is there: nobody waits behind them. */
static void test_decoys(bool private, bool before)
{
	const char *about = private ? "in one's own network" : before ? "right after another run" : "at first";
	struct dht_ledger *ledger = xcalloc(1, sizeof(*ledger));
	struct net_config c = config(300, 20, 10);
	struct net n;
	int64_t ms;

	c.dht.allow_private = private;
	net_init(&n, &c);
	for (uint32_t i = 0; i < 3; i++)
		n.nodes[n.by_number[i]].flags = NET_DECOYS;
	net_engine(&n);
	if (before)
		dht_share(n.dht, ledger, n.now);
	ms = net_warm_up(&n);
	ok(dht_live(n.dht, DHT_V4) >= 290, "45 ports of one address, %s: %u of 300 nodes found in %lld ms", about,
	   dht_live(n.dht, DHT_V4), (long long)ms);
	look_up_all(&n, 20);
	is_int(net_exact(&n), 20, "every count exact");
	net_done(&n);
	free(ledger);
}

/* A million replies in good order from the nodes that were asked, with transactions that are guessed. */
static void test_forged(void)
{
	enum { FORGED = 1000000 };
	static const char head[] = "d1:rd2:id20:aaaaaaaaaaaaaaaaaaaa6:valueslee1:t4:";
	uint8_t forged[80];
	size_t len = sizeof(head) - 1;
	struct net n;
	uint64_t before;

	start(&n, config(1024, 100, 10));
	net_begin(&n, 0, 100);
	memcpy(forged, head, len);
	memcpy(forged + len + 4, "1:y1:re", 7);
	before = counters(&n)->replies;
	for (uint32_t i = 0; i < FORGED; i++) {
		const struct net_node *node = &n.nodes[i % 1024];
		uint32_t tid = (uint32_t)(random_next(&n.random) >> 32);

		memcpy(forged + len, &tid, 4);
		dht_packet(n.dht, &node->ip, node->port, forged, len + 11, n.now);
	}
	is_int(counters(&n)->replies - before, 0, "of a million forged replies none is taken");
	is_int(counters(&n)->bad_tid + counters(&n)->wrong_source, FORGED, "all of them are counted");
	net_finish(&n, 100);
	is_int(net_exact(&n), 100, "and every count is exact");
	net_done(&n);
}

enum { NOISE = 1000000, NOISE_MAX = 1500 };

/* A reply of a real node, with a part of it changed, cut off or repeated; or noise alone. Never the transaction of a
 * query: where it stood stands another. */
static size_t make_noise(struct random *random, uint8_t noise[NOISE_MAX])
{
	static const char reply[] = "d2:ip6:abcdef1:rd2:id20:abcdefghij01234567895:nodes26:abcdefghij0123456789"
				    "\5\1\1\1\032\3415:token4:abcd6:valuesl6:\5\1\1\2\032\341ee1:t4:....1:y1:re";
	size_t len = sizeof(reply) - 1;
	uint32_t tid = (uint32_t)(random_next(random) >> 32);

	if (random_below(random, 4) == 0) {
		len = random_below(random, 200);
		for (size_t i = 0; i < len; i++)
			noise[i] = (uint8_t)random_next(random);
		return len;
	}
	memcpy(noise, reply, len);
	memcpy(noise + len - 11, &tid, sizeof(tid));
	for (uint32_t changes = random_below(random, 4); changes > 0; changes--)
		noise[random_below(random, (uint32_t)len - 11)] = (uint8_t)random_next(random);
	if (random_below(random, 4) == 0)
		len = random_below(random, (uint32_t)len);
	if (random_below(random, 8) == 0) {
		memcpy(noise + len, noise, len);
		len *= 2;
	}
	return len;
}

/* From nodes that were asked, from their other ports, and from anywhere. */
static void test_noise(void)
{
	static uint8_t noise[NOISE_MAX];
	struct random random = {99};
	struct dht_counters before;
	const struct dht_counters *c;
	uint64_t passed;
	struct net n;

	start(&n, config(1024, 100, 10));
	net_begin(&n, 0, 100);
	before = *counters(&n);
	for (uint32_t i = 0; i < NOISE; i++) {
		const struct net_node *node = &n.nodes[i % 1024];
		struct ip anywhere = ip_from_v4((uint32_t)random_next(&random));
		size_t len = make_noise(&random, noise);

		dht_packet(n.dht, i % 3 ? &node->ip : &anywhere, (uint16_t)(node->port + i % 2), noise, len, n.now);
	}
	c = counters(&n);
	passed = c->malformed + c->bad_tid + c->wrong_source + c->queries - before.malformed - before.bad_tid -
		 before.wrong_source - before.queries;
	is_int(c->replies - before.replies + c->errors - before.errors, 0, "of a million datagrams none is taken");
	is_int(passed, NOISE, "all of them are counted");
	ok(c->malformed - before.malformed > NOISE / 4 && c->bad_tid - before.bad_tid > NOISE / 4,
	   "many of them were no KRPC, and many well-formed replies");
	is_int(c->sent - before.sent, 0, "and none makes us say anything");
	is_int(n.ended, 0, "nor ends a lookup");
	net_finish(&n, 100);
	is_int(net_exact(&n), 100, "whose counts are exact");
	net_done(&n);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(plagues) / sizeof(plagues[0]); i++)
		test_plague(&plagues[i]);
	test_sybils();
	test_eclipse();
	test_many();
	test_port_one();
	test_stuffed();
	test_decoys(false, false);
	test_decoys(false, true);
	test_decoys(true, false);
	test_forged();
	test_noise();
	return tap_done();
}
