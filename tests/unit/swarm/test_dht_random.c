/* The DHT engine in networks that are at random whatever networks are: large, slow, lossy, dying, and full of nodes
 * that lie in several ways. Not all lookups can succeed there, but none may be wrong. */
#include "swarm/dht.h"

#include "dht_tested.h"
#include "tap.h"

enum { NETWORKS = 80, TORRENTS = 40 };

static const uint32_t natures[] = {
	NET_CLASSIC, NET_FILTERS,  NET_ERROR,    NET_LIMIT, NET_CUT,     NET_NESTED, NET_TID,
	NET_SOURCE,  NET_MARTIANS, NET_PORTS,    NET_FULL,  NET_EMPTY,   NET_SELF,   NET_FLOOD,
	NET_OTHER_ID, NET_NO_TOKEN, NET_CROWD, NET_QUERIES, NET_TWICE,
};

struct tally {
	unsigned zeros, inventions, inexact, endless, bans, good;
};

static struct net_config make_config(struct random *r)
{
	struct net_config c = config(100 + random_below(r, 3000), TORRENTS, 0);

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

static void count(const struct net *n, struct tally *t)
{
	bool any = n->config.peers > 0;

	t->bans += n->banned;
	for (uint32_t i = 0; i < TORRENTS; i++) {
		const struct net_torrent *torrent = &n->torrents[i];

		t->endless += !torrent->ended;
		t->zeros += any && torrent->outcome == DHT_NONE;
		t->inventions += !any && torrent->outcome == DHT_FOUND;
		t->inexact += any && torrent->outcome == DHT_FOUND && torrent->addresses != torrent->peers;
		t->good += torrent->outcome == (any ? DHT_FOUND : DHT_NONE);
	}
}

int main(void)
{
	struct random r = {4242};
	struct tally t = {0};

	for (int i = 0; i < NETWORKS; i++) {
		struct net_config c = make_config(&r);
		struct net n;

		net_init(&n, &c);
		spoil(&n, &r);
		net_warm_up(&n);
		look_up_all(&n, TORRENTS);
		count(&n, &t);
		net_done(&n);
	}
	is_int(t.endless, 0, "%d networks at random: every lookup ends", NETWORKS);
	is_int(t.zeros, 0, "no zero where peers are");
	is_int(t.inventions, 0, "no peers where none are");
	is_int(t.inexact, 0, "no count that is wrong");
	is_int(t.bans, 0, "no ban");
	ok(t.good > NETWORKS * TORRENTS * 9 / 10, "and %u of %d lookups know", t.good, NETWORKS * TORRENTS);
	return tap_done();
}
