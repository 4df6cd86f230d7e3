/* The DHT seen by one who only asks (BEP 5, 32, 33, 42, 43), sans I/O: datagrams and time in, datagrams and results
 * out. One engine has two DHTs that never mix, IPv4 and IPv6, under one budget. It knows no sockets, no names, no
 * torrents and no countries; the queue of what is to be looked up is the caller's, here is only what is on its way.
 * Times are milliseconds of one monotonic clock that may begin anywhere. */
#ifndef SWARM_DHT_H
#define SWARM_DHT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/ip.h"
#include "wire/compact.h"
#include "wire/info_hash.h"

enum dht_family { DHT_V4, DHT_V6, DHT_FAMILIES };

enum {
	DHT_CLOSEST = 8,      /* k of BEP 5: a lookup ends when so many of the closest have answered */
	DHT_PROOF = 5,        /* so many of them must, or nobody can say that there is nothing */
	DHT_WARM = 1000,      /* live nodes that end the warm-up */
	DHT_WARM_MS = 10000,  /* or this time */
	DHT_SAVED = 4096,     /* nodes that dht_save() writes, at most */
	DHT_SAVED_DEAD = 16384, /* likewise dht_save_dead() */
	DHT_ADDRESSES = 2048, /* addresses of one result, at most: further ones are not counted */
	DHT_NEAR_BYTES = DHT_CLOSEST * COMPACT_NODE6,
	DHT_SLOTS = 1 << 16, /* of a ledger */
};

struct dht;

/* What was sent to whom lately, in memory that any number of processes may share: zeros know of nobody. An address is
 * one of the slots, by a hash, and is not kept; two that have the same share what they may be sent. Words of 32 bits:
 * larger ones need locks on small machines (ARMv6), and each process would have its own. */
struct dht_ledger {
	_Atomic uint32_t seed[4]; /* of the hash; 0 = not yet */
	_Atomic uint32_t began;   /* when the first one came, tenths of a second; 0 = nobody yet */
	_Atomic uint32_t due[DHT_SLOTS];  /* the next packet; ms, the last 32 bits; 0 = there was none */
	_Atomic uint32_t slow[DHT_SLOTS]; /* the same for those who agreed on less than all may send */
};

struct dht_config {
	double rate;             /* packets a second, in all; 0 = no limit */
	double rate_per_address; /* likewise to one address; 0 = no limit, above 2 = 2: never 40 within 10 s */
	uint32_t in_flight;      /* queries on their way, at most; 0 = as the rate asks for */
	uint32_t lookups;        /* at most; 0 = as the rate asks for */
	bool allow_private;      /* nodes and peers at any address, and many in one network */
	uint64_t seed[2];        /* random: from it come ids and transactions */
};

enum dht_outcome {
	DHT_FOUND,       /* somebody is there */
	DHT_NONE,        /* nobody, says the proof */
	DHT_UNREACHABLE, /* too few of the closest nodes answered, or what they say is not believed */
	DHT_TIMED_OUT,   /* no end of nodes, or of time */
};

/* Valid during the call. */
struct dht_result {
	uint64_t user; /* as asked */
	enum dht_family family;
	enum dht_outcome outcome;
	uint16_t asked, answered;   /* nodes */
	const struct ip *addresses; /* distinct, sorted */
	uint32_t address_count;
	/* BEP 33, rounded: peers are those without all of it. -1 = unknown; 0 only if DHT_PROOF of the DHT_CLOSEST
	 * closest nodes that answered sent filters. */
	int32_t seeds, peers;
	uint32_t packets;      /* sent for it */
	const uint8_t *near;   /* the closest nodes that answered, compact, for the next time */
	size_t near_len;
};

struct dht_events {
	/* Sends at once or not at all: 0; -EAGAIN: try again later; else -errno. */
	int (*send)(void *context, const struct ip *to, uint16_t port, const void *bytes, size_t len);
	/* The end of a lookup, once each; another may be begun from within. */
	void (*ended)(void *context, const struct dht_result *result);
	void *context;
};

/* What has happened since dht_new(). */
struct dht_counters {
	uint64_t sent, again;  /* packets; of these sent a second time */
	uint64_t unsent;       /* the system refused to send */
	uint64_t received;     /* datagrams */
	uint64_t replies;      /* that we had asked for */
	uint64_t errors;       /* likewise, but the node said no (201, 203, ...) */
	uint64_t queries;      /* of others: never answered (BEP 43) */
	uint64_t malformed;    /* cut, too deep, no KRPC */
	uint64_t bad_tid;      /* no such transaction */
	uint64_t wrong_source; /* not from where it was sent to */
	uint64_t martians;     /* nodes and peers at addresses where nobody can be */
	uint64_t port_zero;    /* nodes with port 0, or of the other family; such peers are none */
	uint64_t port_one;     /* peers with port 1 (old jech/dht wrote it for an unknown port): not believed alone */
	uint64_t selves;       /* we ourselves, as somebody's node */
	uint64_t crowded;      /* nodes of a network (/24, /64) that the lookup has asked already */
	uint64_t poisoned;     /* filters that were filled on purpose; nodes that tell far more than others */
	uint64_t silent;       /* queries without an answer */
};

struct dht *dht_new(const struct dht_config *config, const struct dht_events *events, int64_t now);
/* Nobody is told any more. NULL is accepted. */
void dht_free(struct dht *d);

/* What is sent to one address counts from now on together with what others send who have this memory, which must
 * outlive the engine; also in place of another such ledger. Their times must be of one clock. NULL: there is none, and
 * what was sent before is not known. */
void dht_share(struct dht *d, struct dht_ledger *ledger, int64_t now);
/* A node to begin with, when too few are known: it is asked for others, and for nothing else; but with allow_private
 * it is a node like any other, as small networks have no others. Also during the warm-up. */
void dht_router(struct dht *d, const struct ip *ip, uint16_t port);
/* What dht_save() wrote; `wall` in seconds since 1970. Nodes older than a week are left out. Returns how many are to be
 * asked during the warm-up. */
uint32_t dht_load(struct dht *d, enum dht_family family, const void *bytes, size_t len, int64_t wall);
/* The live nodes, latest seen first. */
void dht_save(const struct dht *d, enum dht_family family, int64_t now, int64_t wall, struct buf *out);
/* The nodes of both families that did not answer within the last hour, as hashes: knowing them saves a lookup a third
 * of its packets. To be loaded before anything is sent; returns how many are still remembered. */
void dht_save_dead(const struct dht *d, int64_t now, int64_t wall, struct buf *out);
uint32_t dht_load_dead(struct dht *d, const void *bytes, size_t len, int64_t now, int64_t wall);
/* Begins the warm-up: until DHT_WARM nodes are live, DHT_WARM_MS have passed, or there is nobody new. */
void dht_warm_up(struct dht *d, enum dht_family family, int64_t now);
/* It has ended. */
bool dht_warm(const struct dht *d, enum dht_family family);
/* Nodes that answered and are remembered. */
uint32_t dht_live(const struct dht *d, enum dht_family family);

/* What is to be looked up. Never a private torrent. */
struct dht_ask {
	enum dht_family family;
	uint8_t target[INFO_HASH];
	uint64_t user;       /* comes back with the result */
	const uint8_t *near; /* of the last result; may be NULL */
	size_t near_len;
};

/* How many lookups may be begun now. */
uint32_t dht_room(const struct dht *d);
/* Begins one: best in the order of keys, as neighbours share the way. 0; -EAGAIN: no room, or not warm. */
int dht_look_up(struct dht *d, const struct dht_ask *ask, int64_t now);

/* A datagram has come. */
void dht_packet(struct dht *d, const struct ip *from, uint16_t port, const uint8_t *bytes, size_t len, int64_t now);
/* The network says that nothing arrives there (ICMP). */
void dht_refused(struct dht *d, const struct ip *to, uint16_t port, int64_t now);
/* Does what is due, and returns when it wants to be called again, INT64_MAX = not before something else happens. To be
 * called after all of the above, once for many of them. */
int64_t dht_tick(struct dht *d, int64_t now);

const struct dht_counters *dht_counters(const struct dht *d);

#endif
