/* The nodes of a story about the DHT, and what they say, datagram by datagram (krpc_words.h). Its lines:
 *
 *	nodes a b c         live nodes, each in a network of its own, known from the warm-up; nearest first
 *	bound a b c         the same, with ids that are bound to their addresses (BEP 42)
 *	near p q            closer ones, that nobody has asked yet: replies name them
 *	chain N             closer and closer ones, cN, ... c1: each knows only the next one; `a knows cN` leads there
 *	v6, private         the other DHT; a network of one's own. Before the nodes
 *	a knows p q         its replies name these nodes; else those that were known from the warm-up, and `near` ones
 *	a has ADDR:PORT ... its replies tell of these peers
 *	a rtt 200           round trip; else 40
 *	a silent [N]        never answers; does not answer the first N queries
 *	a bans              at the 50th packet within 10 s it hears no more for five minutes, as libtorrent does
 *	a refuses           the system hears that nobody listens there (ICMP)
 *	a says [in MS] [from ADDR:PORT] [cut N] WORDS    answers so, instead; "reply" is what it would have said
 *	a then ...          and another datagram
 *	a plain ...         as `says`, to a query without scrape (BEP 33)
 *	somebody ...        a datagram that nobody asked for; with "from" */
#ifndef DHT_STORY_H
#define DHT_STORY_H

#include "krpc_words.h"
#include "wire/krpc.h"

enum {
	DHT_STORY_NODES = 160,
	DHT_STORY_SAYINGS = 256,
	DHT_STORY_LINE = 1024,
	DHT_STORY_NAME = 16,
	DHT_STORY_FLOOD = 50,
};

struct dht_story_node {
	char name[DHT_STORY_NAME], knows[DHT_STORY_LINE], has[DHT_STORY_LINE];
	struct compact_node at;
	int64_t rtt;
	unsigned silent; /* queries that it does not answer yet */
	bool refuses, near, hidden, bans;
	int64_t heard[DHT_STORY_FLOOD], banned_until; /* heard: the latest packets, in turn */
	unsigned hears;
};

struct dht_story_saying {
	uint32_t node; /* DHT_STORY_NODES: somebody */
	bool plain, has_from;
	int64_t in; /* -1 = the round trip */
	struct compact_peer from;
	size_t cut;
	char words[DHT_STORY_LINE];
};

/* Starts as {0}. */
struct dht_story {
	bool v6, private;
	struct dht_story_node nodes[DHT_STORY_NODES];
	uint32_t node_count;
	struct dht_story_saying sayings[DHT_STORY_SAYINGS];
	uint32_t saying_count;
};

/* A datagram comes after `in` ms; bytes NULL: an ICMP refusal. */
typedef void dht_story_send(void *context, int64_t in, const struct compact_peer *from, const void *bytes, size_t len);

/* A line. False: it cannot be understood. */
bool dht_story_read(struct dht_story *s, char **words, size_t count);
/* The first node to ask: it knows all that are not near. */
struct compact_peer dht_story_router(const struct dht_story *s);
/* A node of the other DHT, which says nothing. */
struct compact_peer dht_story_other_router(const struct dht_story *s);
const char *dht_story_name(const struct dht_story *s, const struct compact_peer *at);
/* Somebody is asked; get: peers, not nodes. False: some words cannot be understood. */
bool dht_story_asked(struct dht_story *s, const struct compact_peer *to, const struct krpc_message *q, bool get,
		     bool scrape, dht_story_send *send, void *context);
/* Has this node had enough? Before it is asked. */
bool dht_story_bans(struct dht_story *s, const struct compact_peer *to, int64_t now);
/* What comes unasked. */
bool dht_story_unasked(const struct dht_story *s, dht_story_send *send, void *context);

#endif
