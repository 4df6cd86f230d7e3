/* The DHT engine on a network in memory: every outcome and every count, what is sent to whom, and every kind of node
 * that lies. */
#include "swarm/dht.h"

#include <errno.h>
#include <stdlib.h>

#include "dht_net.h"
#include "swarm/dht_private.h"
#include "tap.h"
#include "wire/nodeid.h"

/* No limits but those that a test asks for. */
static struct net_config config(uint32_t nodes, uint32_t torrents, uint32_t peers)
{
	return (struct net_config){
		.nodes = nodes,
		.torrents = torrents,
		.peers = peers,
		.ban = true,
		.dht = {.rate_per_address = 2, .seed = {11, 22}},
	};
}

/* A warm engine. */
static void start(struct net *n, struct net_config c)
{
	net_init(n, &c);
	net_warm_up(n);
}

static void look_up_all(struct net *n, uint32_t at_once)
{
	net_look_up(n, 0, n->config.torrents, at_once, false);
}

static const struct dht_counters *counters(const struct net *n)
{
	return dht_counters(n->dht);
}

/* ---- the warm-up ---- */

static void test_warm_up(void)
{
	struct net n;
	struct net_config c = config(4096, 0, 0);
	int64_t ms;

	net_init(&n, &c);
	ms = net_warm_up(&n);
	ok(dht_live(n.dht, DHT_V4) >= DHT_WARM, "warm-up: %u live nodes", dht_live(n.dht, DHT_V4));
	ok(ms < DHT_WARM_MS, "in %lld ms", (long long)ms);
	is_int(n.get_peers_of_router, 0, "routers are only asked for nodes");
	ok(!n.plain_asked, "every query says that we are read-only (BEP 43)");
	net_done(&n);

	c = config(300, 0, 0);
	net_init(&n, &c);
	ms = net_warm_up(&n);
	is_int(dht_live(n.dht, DHT_V4), 297, "a small network: all nodes but its 3 routers");
	ok(ms < 5000, "and nobody new ends it: %lld ms", (long long)ms);
	net_done(&n);

	c = config(8192, 0, 0);
	c.dht.rate = 20;
	net_init(&n, &c);
	ms = net_warm_up(&n);
	ok(ms >= DHT_WARM_MS && ms < DHT_WARM_MS + 200, "at 20 packets a second ten seconds end it: %lld ms",
	   (long long)ms);
	ok(counters(&n)->sent <= 20 * 10 + 5, "with %llu packets", (unsigned long long)counters(&n)->sent);
	net_done(&n);
}

static void test_nobody(void)
{
	struct net n;
	struct net_config c = config(64, 3, 5);
	int64_t ms;

	net_init(&n, &c);
	net_flag_all(&n, NET_DEAD);
	ms = net_warm_up(&n);
	ok(ms < DHT_WARM_MS, "nobody answers: the warm-up ends after %lld ms", (long long)ms);
	is_int(dht_live(n.dht, DHT_V4), 0, "without a node");
	look_up_all(&n, 3);
	is_int(net_outcomes(&n, DHT_UNREACHABLE), 3, "and lookups end as unreachable, at once");
	net_done(&n);
}

static void test_cold(void)
{
	struct dht_ask ask = {.family = DHT_V6};
	struct net_config c = config(64, 1, 1);
	struct net n;

	start(&n, c);
	is_int(dht_look_up(n.dht, &ask, n.now), -EAGAIN, "the other DHT is cold: it takes no lookup");
	net_done(&n);
}

/* ---- found and none ---- */

static void test_exact(void)
{
	struct net n;

	start(&n, config(4096, 300, 10));
	look_up_all(&n, 300);
	is_int(net_outcomes(&n, DHT_FOUND), 300, "300 lookups at once: all found");
	is_int(net_exact(&n), 300, "every count exact");
	is_int(n.banned, 0, "no node bans us");
	ok(n.torrents[0].answered >= 8 && n.torrents[0].asked >= n.torrents[0].answered, "asked %u, answered %u",
	   n.torrents[0].asked, n.torrents[0].answered);
	is_int(n.torrents[0].near_len, 8 * COMPACT_NODE4, "the eight closest are told, for the next time");
	is_int(n.torrents[0].bep33_seeds, -1, "without filters nothing is known of seeds");
	net_look_up(&n, 0, 300, 300, true);
	is_int(net_exact(&n), 300, "the next time, from there: exact again");
	ok(n.torrents[7].packets <= 10, "with %u packets (floor 8)", n.torrents[7].packets);
	net_done(&n);
}

static void test_none(void)
{
	struct net n;

	start(&n, config(4096, 50, 0));
	look_up_all(&n, 50);
	is_int(net_outcomes(&n, DHT_NONE), 50, "nobody announced: none, proven");
	is_int(n.torrents[3].addresses, 0, "no addresses");
	net_done(&n);
}

static void test_dead_and_lossy(void)
{
	struct net_config c = config(8192, 400, 10);
	struct net n;

	c.dead = 25;
	c.loss = 3;
	start(&n, c);
	look_up_all(&n, 400);
	is_int(net_outcomes(&n, DHT_FOUND), 400, "a quarter dead, 6 of 100 round trips lost: all found");
	is_int(net_exact(&n), 400, "exactly");
	ok(counters(&n)->again > 0 && counters(&n)->silent > 0, "some queries were sent again");
	net_done(&n);
}

/* A zero needs five of the eight closest; those that were silent count the first time. */
static void test_unreachable(void)
{
	struct net_config c = config(4096, 2, 0);
	struct net n;

	start(&n, c);
	net_flag_closest(&n, n.torrents[0].hash, 4, NET_DEAD);
	net_flag_closest(&n, n.torrents[1].hash, 3, NET_DEAD);
	look_up_all(&n, 2);
	is_int(n.torrents[0].outcome, DHT_UNREACHABLE, "four of the eight closest are silent: no zero");
	is_int(n.torrents[1].outcome, DHT_NONE, "three of them: none");
	net_look_up(&n, 0, 1, 1, false);
	is_int(n.torrents[0].outcome, DHT_NONE,
	       "the next time it is known that they are dead, and who is closest instead");
	net_done(&n);

	start(&n, config(4096, 10, 10));
	n.error = -ENETUNREACH;
	look_up_all(&n, 10);
	is_int(net_outcomes(&n, DHT_UNREACHABLE), 10, "the network is gone: unreachable, none is empty");
	n.error = 0;
	look_up_all(&n, 10);
	is_int(net_exact(&n), 10, "it is back: nobody was taken for dead");
	net_done(&n);
}

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

/* ---- how nodes answer ---- */

static void test_classic(void)
{
	struct net_config c = config(300, 300, 12);
	struct net n;

	c.holders = 20;
	c.replies = 60;
	net_init(&n, &c);
	net_flag_all(&n, NET_CLASSIC | NET_NO_TOKEN);
	net_warm_up(&n);
	look_up_all(&n, 300);
	is_int(net_exact(&n), 300, "nodes that tell values or nodes, never both, and no token: all exact");
	net_done(&n);

	c.missing = 30;
	net_init(&n, &c);
	net_flag_all(&n, NET_CLASSIC);
	net_warm_up(&n);
	look_up_all(&n, 300);
	ok(net_exact(&n) >= 299, "announces got lost, and each of 20 nodes misses a third: %u of 300 exact",
	   net_exact(&n));
	net_done(&n);
}

static bool is_near(int got, double want)
{
	return got > want * 0.8 - 1 && got < want * 1.2 + 1;
}

static void test_filters(void)
{
	struct net_config c = config(2048, 40, 20);
	struct net n;

	net_init(&n, &c);
	net_flag_all(&n, NET_FILTERS);
	net_warm_up(&n);
	look_up_all(&n, 40);
	is_int(net_exact(&n), 40, "nodes with filters are asked again for addresses: all exact");
	ok(is_near(n.torrents[5].bep33_seeds, 5) && is_near(n.torrents[5].bep33_peers, 15),
	   "BEP 33: %d seeds of 5, %d peers of 15", n.torrents[5].bep33_seeds, n.torrents[5].bep33_peers);
	ok(n.torrents[5].packets <= 30, "%u packets", n.torrents[5].packets);
	net_done(&n);

	c.missing = 40;
	net_init(&n, &c);
	net_flag_all(&n, NET_FILTERS);
	net_warm_up(&n);
	look_up_all(&n, 40);
	ok(is_near(n.torrents[5].bep33_seeds, 5) && is_near(n.torrents[5].bep33_peers, 15),
	   "filters are joined: %d seeds, %d peers", n.torrents[5].bep33_seeds, n.torrents[5].bep33_peers);
	net_done(&n);
}

/* Half of the nodes have filters; who is only told by the others counts as a peer. */
static void test_mixed(void)
{
	struct net_config c = config(2048, 40, 20);
	struct net n;

	net_init(&n, &c);
	for (uint32_t i = 0; i < c.nodes; i += 2)
		n.nodes[i].flags = NET_FILTERS;
	net_warm_up(&n);
	look_up_all(&n, 40);
	is_int(net_exact(&n), 40, "some nodes with filters, some without: all exact");
	ok(is_near(n.torrents[9].bep33_seeds, 5) && is_near(n.torrents[9].bep33_peers, 15), "%d seeds, %d peers",
	   n.torrents[9].bep33_seeds, n.torrents[9].bep33_peers);
	net_done(&n);
}

static void test_empty_and_full_filters(void)
{
	struct net_config c = config(1024, 10, 0);
	struct net n;

	net_init(&n, &c);
	net_flag_all(&n, NET_EMPTY);
	net_warm_up(&n);
	look_up_all(&n, 10);
	is_int(net_outcomes(&n, DHT_NONE), 10, "empty filters: nobody");
	is_int(n.torrents[0].bep33_seeds, 0, "an estimate of 0, and not a half");
	net_done(&n);

	net_init(&n, &c);
	net_flag_all(&n, NET_FULL);
	net_warm_up(&n);
	look_up_all(&n, 10);
	is_int(net_outcomes(&n, DHT_NONE), 10, "full filters are not believed");
	is_int(n.torrents[0].bep33_seeds, -1, "nothing is known");
	ok(counters(&n)->poisoned >= 100, "%llu of them", (unsigned long long)counters(&n)->poisoned);
	net_done(&n);
}

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

static void test_no_token(void)
{
	struct net_config c = config(2048, 60, 10);
	struct net n;

	net_init(&n, &c);
	net_flag_all(&n, NET_NO_TOKEN);
	net_warm_up(&n);
	look_up_all(&n, 60);
	is_int(net_exact(&n), 60, "no reply has a token: every count exact");
	net_done(&n);
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

/* ---- budgets ---- */

static void test_rate(void)
{
	struct net_config c = config(8192, 200, 10);
	struct net n;
	int64_t began;
	uint64_t sent;

	c.dht.rate = 250;
	start(&n, c);
	began = n.now;
	sent = counters(&n)->sent;
	look_up_all(&n, 200);
	sent = counters(&n)->sent - sent;
	ok((double)sent <= 250.0 * (double)(n.now - began) / 1000 + 30, "250 packets a second: %llu in %lld ms",
	   (unsigned long long)sent, (long long)(n.now - began));
	ok((double)sent >= 180.0 * (double)(n.now - began) / 1000, "and they are used");
	is_int(net_exact(&n), 200, "exact");
	net_done(&n);
}

/* Everybody wants the same few nodes: they wait, and nobody is left out. */
static void test_rate_per_address(void)
{
	struct net_config c = config(24, 200, 10);
	struct net n;
	uint32_t most = 0;

	start(&n, c);
	look_up_all(&n, 200);
	for (uint32_t i = 0; i < c.nodes; i++)
		most = n.nodes[i].most > most ? n.nodes[i].most : most;
	ok(most <= 39, "24 nodes, 200 lookups: at most %u packets to one within 10 s", most);
	is_int(n.banned, 0, "no ban");
	is_int(net_exact(&n), 200, "and every count exact");
	net_done(&n);
}

enum { SPENT = 400 };

/* When one address gets its packets within a minute, if as many as may be are sent every `step` ms. */
static unsigned spend(double rate, int64_t step, int64_t times[SPENT])
{
	struct ip ip = ip_from_v4(5 << 24 | 1);
	struct dht_budget b;
	unsigned count = 0;

	dht_budget_init(&b, 0, rate, 0);
	for (int64_t now = 0; now < 60000; now += step)
		while (count < SPENT && dht_budget_wait_at(&b, &ip, now) == 0) {
			dht_budget_spend(&b, &ip, now);
			times[count++] = now;
		}
	dht_budget_done(&b);
	return count;
}

/* Within any 10 s, their last moment too. */
static unsigned most_of(const int64_t *times, unsigned count)
{
	unsigned most = 0;

	for (unsigned i = 0, first = 0; i < count; i++) {
		while (times[i] - times[first] > 10000)
			first++;
		most = i - first + 1 > most ? i - first + 1 : most;
	}
	return most;
}

static void test_budget(void)
{
	static const double rates[] = {0.5, 1, 1.9, 2, 2.5, 3.05, 3.8, 4, 50};
	int64_t times[SPENT];
	unsigned count = spend(2, 1, times), most = 0;

	is_int(times[19], 0, "one address: 20 packets at once");
	ok(times[20] > 0, "and not 21");
	is_int(most_of(times, count), 39, "39 within any 10 s, and never 40");
	ok(count >= 20 + 2 * 60 - 1 && count <= 20 + 2 * 60, "two a second in the end: %u in a minute", count);
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		for (int64_t step = 1; step <= 250; step *= 4) {
			unsigned worst = most_of(times, spend(rates[i], step, times));

			most = worst > most ? worst : most;
		}
	is_int(most, 39, "whatever the limit is, and whenever one looks: a limit above what nodes bear is no licence");
}

static void test_in_flight(void)
{
	struct net_config c = config(2048, 100, 10);
	struct net n;

	c.dht.in_flight = 5;
	start(&n, c);
	look_up_all(&n, 100);
	is_int(net_exact(&n), 100, "five queries on their way for a hundred lookups: exact");
	net_done(&n);
}

static void test_system_full(void)
{
	struct net n;

	start(&n, config(2048, 100, 10));
	n.block = 40;
	look_up_all(&n, 100);
	is_int(net_exact(&n), 100, "the system takes no more for a while: nothing is lost");
	net_done(&n);
}

static void test_refused(void)
{
	struct net_config c = config(64, 1, 0);
	struct net n;

	start(&n, c);
	for (uint32_t i = 0; i < c.nodes; i++)
		dht_refused(n.dht, &n.nodes[i].ip, n.nodes[i].port, n.now);
	look_up_all(&n, 1);
	is_int(n.torrents[0].outcome, DHT_UNREACHABLE, "ICMP says that nobody is there: nobody is asked");
	net_done(&n);
}

/* ---- who we are, and what is kept ---- */

static void test_self(void)
{
	struct ip us = ip_from_v4(93u << 24 | 184 << 16 | 216 << 8 | 34);
	struct net n;

	start(&n, config(512, 0, 0));
	ok(n.dht->sides[DHT_V4].self.known && ip_equal(&n.dht->sides[DHT_V4].self.ip, &us),
	   "nodes agree on our address");
	ok(nodeid_matches(&us, n.dht->sides[DHT_V4].self.id), "and our id is bound to it (BEP 42)");
	net_done(&n);
}

static void test_votes(void)
{
	struct dht_config c = {.seed = {1, 1}};
	struct dht_events events = {0};
	struct dht *d = dht_new(&c, &events, 0);
	struct dht_self *s = &d->sides[DHT_V4].self;
	struct ip a = ip_from_v4(1 << 24 | 1), b = ip_from_v4(2 << 24 | 2);

	for (uint32_t i = 0; i < 9; i++)
		dht_self_vote(d, s, &(struct dht_at){ip_from_v4((5 << 24) + i), 1}, &a);
	for (uint32_t i = 0; i < 20; i++)
		dht_self_vote(d, s, &(struct dht_at){ip_from_v4(5 << 24), (uint16_t)i}, &a);
	ok(!s->known, "nine nodes are too few, and none votes twice");
	for (uint32_t i = 0; i < 9; i++)
		dht_self_vote(d, s, &(struct dht_at){ip_from_v4((6 << 24) + i), 1}, &b);
	dht_self_vote(d, s, &(struct dht_at){ip_from_v4(7 << 24), 1}, &a);
	ok(s->known && ip_equal(&s->ip, &a), "the tenth decides, with more than half of all");
	dht_free(d);
}

static void test_saved_dead(struct net *n)
{
	struct dht_config fresh = {.seed = {7, 8}};
	struct dht_events none = {0};
	struct dht *d = dht_new(&fresh, &none, 0);
	struct net_node *node = &n->nodes[net_dead(n)];
	struct dht_at at = {node->ip, node->port};
	struct buf saved;

	buf_init(&saved, 1 << 20);
	dht_save_dead(n->dht, n->now, 1800000000, &saved);
	ok(dht_load_dead(d, buf_str(&saved), saved.len, 5000, 1800000000 + 3500) > 10, "the dead are remembered too");
	is_int(dht_graves_strikes(&d->graves, &at, 5000), DHT_BURIED, "each of them");
	is_int(dht_graves_strikes(&d->graves, &at, 5000 + 200000), 0, "for an hour");
	is_int(dht_load_dead(d, buf_str(&saved), saved.len, 5000, 1800000000 + 7200), 0, "and no longer");
	is_int(dht_load_dead(d, "\x21", 1, 0, 0), 0, "rubbish is no grave");
	buf_done(&saved);
	dht_free(d);
}

static void test_saved(void)
{
	struct net_config c = config(4096, 100, 10);
	struct dht_config fresh = {.rate_per_address = 2, .seed = {5, 6}};
	struct dht_events none = {0};
	struct dht *d;
	struct buf saved;
	struct net n;

	c.dead = 20;
	start(&n, c);
	look_up_all(&n, 100);
	buf_init(&saved, 1 << 20);
	dht_save(n.dht, DHT_V4, n.now, 1800000000, &saved);
	ok(saved.len > 1000 * 32, "%zu bytes of nodes are saved", saved.len);
	d = dht_new(&fresh, &none, 0);
	ok(dht_load(d, DHT_V4, buf_str(&saved), saved.len, 1800000000 + 86400) >= 1000,
	   "a day later all are asked again");
	dht_free(d);
	d = dht_new(&fresh, &none, 0);
	is_int(dht_load(d, DHT_V4, buf_str(&saved), saved.len, 1800000000 + 30 * 86400), 0, "a month later none is");
	is_int(dht_load(d, DHT_V6, buf_str(&saved), saved.len / 3, 1800000000), 0, "rubbish is no node");
	is_int(dht_load(d, DHT_V4, "\7abc", 4, 1800000000), 0, "nor is another version");
	dht_free(d);

	test_saved_dead(&n);
	/* The next engine has them and no routers. */
	dht_free(n.dht);
	n.dht = NULL;
	n.config.dht.seed[0]++;
	n.no_routers = true;
	net_engine(&n);
	dht_load(n.dht, DHT_V4, buf_str(&saved), saved.len, 1800000000);
	net_warm_up(&n);
	ok(dht_live(n.dht, DHT_V4) >= DHT_WARM, "without a router: %u live nodes", dht_live(n.dht, DHT_V4));
	net_look_up(&n, 0, 100, 100, true);
	is_int(net_exact(&n), 100, "and every count is exact again");
	buf_done(&saved);
	net_done(&n);
}

/* ---- IPv6, and one's own network ---- */

static void test_v6(void)
{
	struct net_config c = config(2048, 50, 10);
	struct net n;

	c.v6 = true;
	start(&n, c);
	look_up_all(&n, 50);
	is_int(net_exact(&n), 50, "IPv6: every count exact");
	is_int(n.torrents[0].near_len, 8 * COMPACT_NODE6, "and the closest told");
	net_done(&n);
}

static void test_private(void)
{
	struct net_config c = config(300, 60, 10);
	struct net n;

	c.base = 10u << 24 | 1;
	c.stride = 1;
	c.random_ids = true;
	net_init(&n, &c);
	net_warm_up(&n);
	is_int(dht_live(n.dht, DHT_V4), 0, "a private network is not asked");
	net_done(&n);
	c.dht.allow_private = true;
	start(&n, c);
	is_int(dht_live(n.dht, DHT_V4), 300, "allow_private: all its nodes, the first ones too");
	look_up_all(&n, 60);
	is_int(net_exact(&n), 60, "every count exact");
	net_done(&n);
}

int main(void)
{
	test_warm_up();
	test_nobody();
	test_cold();
	test_exact();
	test_none();
	test_dead_and_lossy();
	test_unreachable();
	test_outage();
	test_classic();
	test_filters();
	test_mixed();
	test_empty_and_full_filters();
	for (size_t i = 0; i < sizeof(plagues) / sizeof(plagues[0]); i++)
		test_plague(&plagues[i]);
	test_sybils();
	test_many();
	test_port_one();
	test_stuffed();
	test_no_token();
	test_forged();
	test_rate();
	test_rate_per_address();
	test_budget();
	test_in_flight();
	test_system_full();
	test_refused();
	test_self();
	test_votes();
	test_saved();
	test_v6();
	test_private();
	return tap_done();
}
