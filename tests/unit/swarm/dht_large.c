/* Networks of thousands of nodes for stories. Those at random are made and judged here. */
#include "dht_large.h"

#include <stdlib.h>
#include <string.h>

#include "dht_tested.h"
#include "swarm/dht_private.h"

enum { HASHES = DHT_LARGE_HASHES, MINUTE_MS = 60000, PARTS = 16, ID_BITS = 160 };

/* ---- at random ---- */

static const uint32_t natures[] = {
	NET_CLASSIC, NET_FILTERS,  NET_ERROR,    NET_LIMIT, NET_CUT,     NET_NESTED, NET_TID,
	NET_SOURCE,  NET_MARTIANS, NET_PORTS,    NET_FULL,  NET_EMPTY,   NET_SELF,   NET_FLOOD,
	NET_OTHER_ID, NET_NO_TOKEN, NET_CROWD, NET_QUERIES, NET_TWICE,
};

static struct net_config make_config(struct random *r)
{
	struct net_config c = config(100 + random_below(r, 3000), HASHES, 0);

	c.peers = random_below(r, 3) ? 1 + random_below(r, 40) : 0;
	c.dead = random_below(r, 2) ? random_below(r, 40) : 0;
	c.loss = random_below(r, 2) ? random_below(r, 12) : 0;
	c.holders = 8 + random_below(r, NET_HOLDERS - 7);
	c.v6 = random_below(r, 4) == 0;
	c.random_ids = random_below(r, 2);
	c.dht.rate = random_below(r, 3) ? 0 : 30 + random_below(r, 400);
	c.dht.seed[0] = random_next(r);
	c.rtt_min = random_below(r, 4) ? 20 : 200;
	c.rtt_max = c.rtt_min + 100 + (c.rtt_min > 20 ? random_below(r, 3000) : 0);
	return c;
}

/* Up to three kinds of liars, each a third of all nodes at most. */
static void spoil(struct net *n, struct random *r)
{
	for (uint32_t kinds = 1 + random_below(r, 3); kinds > 0; kinds--) {
		uint32_t flags = natures[random_below(r, sizeof(natures) / sizeof(natures[0]))];
		uint32_t each = 3 + random_below(r, 6);

		for (uint32_t i = random_below(r, each); i < n->config.nodes; i += each)
			n->nodes[i].flags |= flags;
	}
}

static void count(const struct net *n, struct dht_large_tally *t)
{
	bool any = n->config.peers > 0;

	t->networks++;
	t->lookups += HASHES;
	t->bans += n->banned;
	for (uint32_t i = 0; i < HASHES; i++) {
		const struct net_torrent *torrent = &n->torrents[i];

		t->endless += !torrent->ended;
		t->zeros += any && torrent->outcome == DHT_NONE;
		t->inventions += !any && torrent->outcome == DHT_FOUND;
		t->inexact += any && torrent->outcome == DHT_FOUND && torrent->addresses != torrent->peers;
		t->good += torrent->outcome == (any ? DHT_FOUND : DHT_NONE);
	}
}

void dht_large_random(uint32_t number, struct dht_large_tally *tally)
{
	struct random r = {number * UINT64_C(0x9e3779b97f4a7c15)};
	struct net_config c = make_config(&r);
	struct net n;

	net_init(&n, &c);
	spoil(&n, &r);
	net_warm_up(&n);
	look_up_all(&n, HASHES);
	count(&n, tally);
	net_done(&n);
}

static bool play_random(char **words, size_t count, struct buf *happened)
{
	uint32_t first = count == 4 ? (uint32_t)strtoul(words[1], NULL, 10) : 0;
	uint32_t last = count == 4 ? (uint32_t)strtoul(words[3], NULL, 10) : 0;
	struct dht_large_tally t = {0};

	if (!first || last < first)
		return false;
	for (uint32_t number = first; number <= last; number++)
		dht_large_random(number, &t);
	buf_printf(happened, "%u networks, %u lookups: %u without an end\n", t.networks, t.lookups, t.endless);
	buf_printf(happened, "%u zeros where peers are, %u times peers where none are, %u wrong counts\n", t.zeros,
		   t.inventions, t.inexact);
	buf_printf(happened, "%u nodes have banned us\n", t.bans);
	buf_printf(happened, "%s than nine of ten know\n", t.good > t.lookups / 10 * 9 ? "more" : "fewer");
	return true;
}

/* ---- one network ---- */

/* The fewest live nodes in any of sixteen parts of the key space. */
static uint32_t fewest(const struct dht_nodes *nodes)
{
	uint32_t least = UINT32_MAX;

	for (uint32_t part = 0; part < PARTS; part++) {
		uint32_t live = 0;

		for (uint32_t cell = 0; cell < DHT_CELLS / PARTS; cell++)
			live += nodes->counts[part * (DHT_CELLS / PARTS) + cell];
		least = live < least ? live : least;
	}
	return least;
}

/* How many bits of the ids that were asked for have been 0 and 1. */
static unsigned drawn_bits(const struct net *n)
{
	unsigned bits = 0;

	for (unsigned i = 0; i < ID_BITS; i++)
		bits += (n->asked_ones[i / 8] & n->asked_zeros[i / 8]) >> i % 8 & 1;
	return bits;
}

static void make(struct dht_large *l, uint32_t nodes, uint32_t peers, struct buf *happened)
{
	struct net_config c = config(nodes, HASHES, peers);
	bool many;

	dht_large_done(l);
	c.random_ids = true;
	net_init(&l->net, &c);
	net_warm_up(&l->net);
	l->there = true;
	many = dht_live(l->net.dht, DHT_V4) >= DHT_WARM;
	buf_printf(happened, "%s nodes are live, and in each of %d parts of the key space %s\n",
		   many ? "a thousand" : "fewer than a thousand", PARTS,
		   fewest(&l->net.dht->sides[DHT_V4].nodes) >= DHT_WARM / PARTS / 2 ? "as many as by chance"
										    : "too few");
	buf_printf(happened, "%u of %d bits of the ids that were asked for are drawn\n", drawn_bits(&l->net), ID_BITS);
}

static void look_up(struct dht_large *l, struct buf *happened)
{
	struct net *n = &l->net;

	for (uint32_t i = 0; i < HASHES; i++)
		n->torrents[i].ended = false;
	look_up_all(n, HASHES);
	buf_printf(happened, "%u of %d found, %u counts are right\n", net_outcomes(n, DHT_FOUND), HASHES, net_exact(n));
}

bool dht_large_read(struct dht_large *l, char **words, size_t count, struct buf *happened)
{
	if (strcmp(words[0], "random") == 0)
		return play_random(words, count, happened);
	if (count != 3)
		return false;
	if (strcmp(words[1], "looks") == 0 && l->there)
		look_up(l, happened);
	else if (strcmp(words[1], "waits") == 0 && l->there)
		net_run(&l->net, (int64_t)strtol(words[2], NULL, 10) * MINUTE_MS);
	else
		make(l, (uint32_t)strtoul(words[1], NULL, 10), (uint32_t)strtoul(words[2], NULL, 10), happened);
	return true;
}

void dht_large_done(struct dht_large *l)
{
	if (l->there)
		net_done(&l->net);
	l->there = false;
}
