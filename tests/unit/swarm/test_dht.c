/* The DHT engine on a network in memory: every outcome and every count, however nodes answer, and what is kept. */
#include "swarm/dht.h"

#include <errno.h>
#include <stdlib.h>

#include "dht_tested.h"
#include "swarm/dht_private.h"
#include "tap.h"
#include "wire/nodeid.h"

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
	/* One that is near no random id is named by nobody. */
	ok(dht_live(n.dht, DHT_V4) > 300 - NET_ROUTERS, "allow_private: %u of its 300 nodes, the first ones too",
	   dht_live(n.dht, DHT_V4));
	look_up_all(&n, 60);
	is_int(net_exact(&n), 60, "every count exact");
	ok(n.get_peers_of_router > 0, "the first ones are asked like any other");
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
	test_classic();
	test_filters();
	test_mixed();
	test_empty_and_full_filters();
	test_no_token();
	test_self();
	test_votes();
	test_saved();
	test_v6();
	test_private();
	return tap_done();
}
