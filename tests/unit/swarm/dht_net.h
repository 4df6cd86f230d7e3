/* A DHT in memory on a clock of its own: thousands of nodes with log(n) tables that answer after a round trip, some of
 * them dead, some of them hostile, all of them with libtorrent's flood ban. It drives a struct dht, or answers
 * datagrams for somebody else. */
#ifndef DHT_NET_H
#define DHT_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"
#include "random.h"
#include "swarm/dht.h"

enum { NET_ROUTERS = 3 }; /* nodes that are known from the start */

/* What a node is like; several at once. */
enum {
	NET_DEAD = 1 << 0,
	NET_CLASSIC = 1 << 1,   /* values or nodes, never both */
	NET_FILTERS = 1 << 2,   /* as libtorrent: asked to scrape, filters and no values */
	NET_ERROR = 1 << 3,     /* says 203 to everything */
	NET_LIMIT = 1 << 4,     /* says 201 to everything */
	NET_CUT = 1 << 5,       /* replies end in the middle */
	NET_NESTED = 1 << 6,    /* thousands of lists in lists */
	NET_TID = 1 << 7,       /* a reply with a wrong transaction first */
	NET_SOURCE = 1 << 8,    /* a reply from another address first */
	NET_MARTIANS = 1 << 9,  /* nodes and peers where nobody can be */
	NET_PORTS = 1 << 10,    /* every peer also with the ports 0 and 1, nodes with port 0 */
	NET_FULL = 1 << 11,     /* filters with every bit set */
	NET_EMPTY = 1 << 12,    /* filters without any */
	NET_SYBIL = 1 << 13,    /* knows nobody but inventions next to the target, and no peers */
	NET_SELF = 1 << 14,     /* knows us */
	NET_FLOOD = 1 << 15,    /* a hundred datagrams of rubbish with every reply */
	NET_OTHER_ID = 1 << 16, /* is not who others say it is */
	NET_NO_TOKEN = 1 << 17,
	NET_CROWD = 1 << 18,   /* knows many nodes of one /24 next to the target */
	NET_QUERIES = 1 << 19, /* asks back */
	NET_TWICE = 1 << 20,   /* every reply comes twice */
	NET_MANY = 1 << 21,     /* 400 inventions as peers */
	NET_PORT_ONE = 1 << 22, /* a hundred of them with port 1 */
	NET_STUFFED = 1 << 23,  /* filters of 1,556 seeds that nobody else knows */
	NET_DECOYS = 1 << 24,   /* knows 45 ports of an address where nobody is, before all others */
};

enum { NET_HOLDERS = 20 };

struct net_node {
	uint8_t id[20];
	struct ip ip;
	uint16_t port;
	uint32_t flags, number;
	int64_t window, banned;            /* of the flood ban */
	uint32_t in_window, packets, most; /* most: within 10 s from its first packet on */
};

struct net_torrent {
	uint8_t hash[20];
	uint32_t peers, seeds; /* of the peers */
	uint32_t holders[NET_HOLDERS], holder_count;
	/* What the lookup said. */
	bool ended;
	enum dht_outcome outcome;
	uint32_t addresses, asked, answered, packets;
	int32_t bep33_seeds, bep33_peers;
	uint8_t near[DHT_NEAR_BYTES];
	size_t near_len;
};

struct net_config {
	uint32_t nodes, torrents, peers;
	uint32_t holders;          /* closest live nodes that know the peers; 0 = 8 */
	unsigned dead, loss;       /* percent; loss of each direction */
	unsigned missing;          /* percent of the peers that a holder does not know */
	uint32_t rtt_min, rtt_max; /* ms */
	uint32_t replies;          /* nodes of a reply; 0 = 8 */
	uint32_t inventions;       /* of a reply of NET_SYBIL; 0 = 8 */
	bool ban, v6, random_ids;  /* ids that are not bound to addresses */
	uint32_t base;             /* IPv4 addresses from here on, `stride` apart; 0 = a /24 for each */
	uint32_t stride;
	struct dht_config dht;
};

struct net_event;

struct net {
	struct net_config config;
	struct random random;
	struct net_node *nodes; /* by id */
	uint32_t *by_number;
	struct net_torrent *torrents; /* by hash */
	struct dht *dht;
	int64_t now, wake;
	struct net_event *events; /* a heap */
	uint32_t event_count, event_cap;
	uint32_t most_events; /* datagrams that were on their way to the engine at once */
	uint32_t banned; /* nodes that have banned us */
	uint64_t packets;
	uint32_t block;   /* so many sends are refused with -EAGAIN */
	uint32_t block_each; /* and each so-many-th; 0 = none */
	uint32_t deny_each;  /* sends to each so-many-th node fail with -EPERM; 0 = none */
	uint32_t tried;   /* sends */
	int error;        /* of every send, 0 = none */
	bool plain_asked; /* without ro=1 */
	bool no_routers;
	uint32_t get_peers_of_router;
	uint8_t asked_ones[20], asked_zeros[20]; /* bits of the ids near which nodes were asked for */
	uint32_t ended, next;
};

void net_init(struct net *n, const struct net_config *config);
void net_done(struct net *n);
/* A datagram for a node has come, at n->now. */
void net_query(struct net *n, struct net_node *node, const uint8_t *bytes, size_t len);
/* Delivers what is due at n->now. Returns when the next is, INT64_MAX = there is none. */
typedef void net_deliver(void *context, const struct ip *from, uint16_t port, const uint8_t *bytes, size_t len);
int64_t net_flush(struct net *n, net_deliver *deliver, void *context);
struct net_node *net_at(const struct net *n, const struct ip *ip);
/* The node closest to a hash, the second closest, ... */
uint32_t net_closest(const struct net *n, const uint8_t *target, uint32_t *closest, uint32_t max);
/* Sets flags of the `count` closest live nodes. */
void net_flag_closest(struct net *n, const uint8_t *target, uint32_t count, uint32_t flags);
/* Makes `count` nodes for each torrent, which are as close to it as they wish, NET_SYBIL. They are none of its holders;
 * others take their place there. After net_init(). */
void net_add_sybils(struct net *n, uint32_t count);
void net_flag_all(struct net *n, uint32_t flags);
/* A dead node that was asked and is taken for dead. */
uint32_t net_dead(const struct net *n);
/* Lets time pass. */
void net_run(struct net *n, int64_t ms);
/* A new engine. */
void net_engine(struct net *n);
/* Warms it up (a new one, if there is none) with some nodes of the net as routers. Returns the milliseconds. */
int64_t net_warm_up(struct net *n);
/* Looks up the torrents from `first` on, `at_once` of them at a time, until all have ended; `near`: with the nodes of
 * the last time. Returns the milliseconds. */
int64_t net_look_up(struct net *n, uint32_t first, uint32_t count, uint32_t at_once, bool near);
/* The same in two: they are on their way; until all of them have ended. */
void net_begin(struct net *n, uint32_t first, uint32_t count);
void net_finish(struct net *n, uint32_t count);
/* How many torrents ended that way; how many counts are exact. */
uint32_t net_outcomes(const struct net *n, enum dht_outcome outcome);
uint32_t net_exact(const struct net *n);

#endif
