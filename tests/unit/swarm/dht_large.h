/* Large networks of dht_net.h for stories about the DHT, and for whatever plays networks at random. Lines of a story:
 *
 *	network N M         N nodes with ids all over the key space, M peers at each of forty hashes; an engine warms up
 *	network waits MIN   minutes in which nothing is looked up
 *	network looks up    all of the hashes, at once
 *	random A to B       networks that are at random whatever networks are: large, slow, lossy, dying, and full of
 *	                    nodes that lie in several ways. Not all lookups can succeed there, but none may be wrong */
#ifndef DHT_LARGE_H
#define DHT_LARGE_H

#include "base/buf.h"
#include "dht_net.h"

enum { DHT_LARGE_HASHES = 40 };

/* Of lookups in networks at random: what must not be, but for `good`. */
struct dht_large_tally {
	unsigned networks, lookups;
	unsigned zeros;      /* where peers are */
	unsigned inventions; /* peers where none are */
	unsigned inexact;    /* counts */
	unsigned endless;
	unsigned bans; /* nodes that have banned us */
	unsigned good; /* lookups that know */
};

/* Plays the network of that number, which is the same in every run. */
void dht_large_random(uint32_t number, struct dht_large_tally *tally);

/* Starts as {0}. */
struct dht_large {
	struct net net;
	bool there;
};

/* A line; what happened is told. False: it cannot be understood. */
bool dht_large_read(struct dht_large *l, char **words, size_t count, struct buf *happened);
void dht_large_done(struct dht_large *l);

#endif
