/* The tables. Answers come in, whole; what is kept grows by counting, what is true now is counted anew. Pure: no
 * clock, no locale, no screen, no I/O. Words are those of the README: sighting, unique, connection, address. */
#ifndef PEERS_FOLD_H
#define PEERS_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/country.h"
#include "base/ip.h"
#include "peers/answer.h"

enum {
	FOLD_SOURCES = 32,     /* daemons */
	FOLD_TORRENTS = 65536, /* remembered; the ones after that are all one, number 0 */
	FOLD_TREND = 360,      /* samples of the last hour ... */
	FOLD_TREND_STEP = 10,  /* ... one every so many seconds */
	FOLD_TAGS = 64,        /* as many as there are bits in address.tags */
	FOLD_NONE = UINT32_MAX,
};

/* Where an address is. */
struct located {
	uint32_t place;   /* number for locate_get() */
	uint32_t network; /* number for locate_network_get() */
	country_t country;
};

/* How the fold asks for it; called once for a new address. */
struct fold_locator {
	struct located (*find)(void *context, const struct ip *ip);
	void *context;
	/* Tags of lists of networks, one bit each; `network` as located. NULL: nobody has any. */
	uint64_t (*tags)(void *context, const struct ip *ip, uint32_t network);
};

/* What is true now: sums over the latest answers of the daemons that are up. */
struct fold_now {
	uint32_t connections;        /* peer entries */
	uint32_t addresses;          /* distinct */
	uint64_t rate_up, rate_down; /* bytes/s */
};

/* A remembered address. */
struct address {
	struct ip ip;
	uint64_t bytes_up, bytes_down;  /* estimates: rate integrated over time */
	uint32_t sightings;             /* saturating */
	uint32_t first_seen, last_seen; /* seconds since 1970, as the clock said: it may have gone back */
	uint64_t tags; /* as located */
	uint32_t place, network;
	uint32_t rate_up, rate_down; /* of its latest sighting, sums over torrents */
	uint32_t client;             /* of its latest sighting */
	uint32_t refs;               /* entries in the latest answers of all daemons; 0 = may be forgotten */
	uint32_t stamp;              /* == fold.stamp: connected now */
	uint32_t poll;               /* number of the answer that it was last seen in */
	uint32_t torrent;            /* the last of them, daemon x FOLD_TORRENTS + position */
	uint16_t torrents;           /* it is in now; of one that is at several daemons each counts */
	uint16_t flags, progress;    /* of its latest sighting */
	country_t country;
};

struct fold_country {
	uint64_t sightings;
	uint32_t unique;    /* exact until fold.forgot */
	uint64_t hours[24]; /* sightings by local hour, as located at the time */
	struct fold_now now;
};

struct fold_torrent {
	uint8_t hash[INFO_HASH_LEN];
	char *name; /* clean; owned */
	uint64_t sightings;
	uint32_t first_seen, last_seen;
	struct fold_now now; /* addresses: peers in it, a peer twice in one torrent counted twice */
	uint32_t now_countries;
	uint64_t countries[(COUNTRY_MAX + 63) / 64]; /* bits of the countries now */
};

struct fold_client {
	uint64_t sightings;
	struct fold_now now; /* addresses: by the client of the address' latest sighting */
};

/* Of one tag. An address may have several. */
struct fold_tag {
	uint64_t sightings;
	struct fold_now now;
};

/* How the connections of now are made up; each of `connections` except as noted. */
struct fold_mix {
	uint32_t encrypted, incoming, seeds, ipv6;
	uint32_t utp, utp_known; /* utp of utp_known */
	uint32_t uploading, downloading;
	uint32_t from[ORIGIN_COUNT]; /* as the daemons count, may differ from connections */
};

/* One entry of the latest answer of a daemon. */
struct connection {
	uint32_t address; /* position in fold.addresses */
	uint32_t torrent; /* position in fold.torrents */
	uint32_t client;
	uint32_t rate_up, rate_down;
	uint16_t flags, progress;
};

struct fold_source {
	bool live;                      /* its latest poll succeeded: its connections count */
	struct connection *connections; /* of its latest answer; owned */
	size_t count;
	uint32_t from[ORIGIN_COUNT];
	int64_t last_mono_ms; /* of its latest answer, -1 before the first */
	int64_t interval_ms;  /* that the rates of its latest answer are taken to have lasted */
	struct fold_now now;  /* what it adds: addresses are those that no daemon before it has */
};

struct fold_sample {
	int64_t step; /* wall / FOLD_TREND_STEP, 0 = none */
	uint32_t connections;
	uint64_t rate_up, rate_down;
};

struct fold {
	struct address *addresses; /* positions 0 .. address_top-1; a hole has first_seen 0 */
	uint32_t address_top, address_count;
	uint64_t sightings; /* exact, ever */
	uint32_t unique;    /* exact, or the estimate once `forgot` */
	bool forgot;        /* an address was dropped: unique is an estimate (HyperLogLog) */
	uint64_t hours[24]; /* sightings by local hour */
	struct fold_country countries[COUNTRY_MAX];
	struct fold_tag tags[FOLD_TAGS]; /* by bit */
	struct fold_torrent *torrents;
	uint32_t torrent_count;
	struct fold_client *clients; /* by client number */
	uint32_t client_count;
	struct fold_source sources[FOLD_SOURCES];
	struct fold_now now;
	struct fold_mix mix;
	struct fold_sample trend[FOLD_TREND]; /* ring: step % FOLD_TREND */
	uint32_t answers;                     /* folded so far */
	uint32_t stamp;                       /* of the latest fold_recount() */
	struct fold_private *p;
};

/* `remember`: cap on addresses; more are kept only while they are connected. */
struct fold *fold_new(uint32_t remember, struct fold_locator locator);
void fold_free(struct fold *f);

/* When an answer was received. */
struct fold_time {
	int64_t mono_ms;
	int64_t wall; /* seconds since 1970 */
	int hour;     /* local, 0-23 */
};

/* Takes a whole answer of daemon `source` (< FOLD_SOURCES). Never fails and never takes half. */
void fold_answer(struct fold *f, unsigned source, const struct answer *answer, struct fold_time when);
/* The daemon failed, or is late with its answer: its connections stay as rows and count 0. After a failure nothing is
 * estimated for the time until it is back. */
void fold_lost(struct fold *f, unsigned source);
void fold_late(struct fold *f, unsigned source);
/* The daemon is gone from the configuration: its connections are dropped. */
void fold_drop(struct fold *f, unsigned source);
/* Another cap on remembered addresses, from the next answer on. */
void fold_remember(struct fold *f, uint32_t remember);
/* Counts `now` anew: after answers, before anybody reads. Adds a sample to the trend, if it is known. */
void fold_recount(struct fold *f, int64_t wall);
/* Whether any daemon answers: else the zeros of `now` are nobody's word. */
bool fold_is_known(const struct fold *f);
/* Databases changed: asks for the place of every remembered address again. Sightings and unique move to the new
 * country; the hours stay as they were located. */
void fold_relocate(struct fold *f);
/* Lists changed: asks for the tags of the addresses at `count` positions from `from` on again; sightings move to the
 * new tags. The position to go on from, 0 after the last: many addresses are done a part at a time. */
uint32_t fold_retag(struct fold *f, uint32_t from, uint32_t count);
/* unique of one country: exact, or an estimate like fold.unique. */
uint32_t fold_unique(const struct fold *f, country_t country);
/* Sightings of a country and of a tag (its bit) as they were located at the time: these never fall, nor jump where
 * addresses are located anew. */
uint64_t fold_counted(const struct fold *f, country_t country);
uint64_t fold_tag_counted(const struct fold *f, unsigned bit);
/* True if this address is connected now: else its rates are those of its latest sighting. */
static inline bool fold_connected(const struct fold *f, const struct address *a)
{
	return a->stamp == f->stamp && f->stamp != 0;
}

#endif
