/* One complete answer of one daemon: what a source hands over and the fold takes. Nothing in it is foreign any more:
 * texts are clean, addresses parsed. */
#ifndef PEERS_ANSWER_H
#define PEERS_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"
#include "wire/rpcpeers.h"

enum {
	ANSWER_MAX_SIGHTINGS = 2000000,
	ANSWER_MAX_TORRENTS = 200000,
	INFO_HASH_LEN = 20, /* bytes; BEP 3 (of a v2-only torrent, BEP 52, Transmission shows the first 20) */
};

/* One entry of the peer list of one torrent. */
struct sighting {
	struct ip ip;
	uint32_t torrent; /* index into torrents of the answer */
	uint32_t client;  /* number in struct clients */
	uint32_t rate_up, rate_down; /* bytes/s */
	uint16_t flags;              /* enum peer_flag */
	uint16_t progress;           /* thousandths */
};

struct answer_torrent {
	uint8_t hash[INFO_HASH_LEN];
	char *name; /* owned */
	uint32_t from[ORIGIN_COUNT];
};

struct answer {
	struct sighting *sightings; /* grouped by torrent, in order */
	size_t sighting_count, sighting_cap;
	struct answer_torrent *torrents; /* those with peers */
	size_t torrent_count, torrent_cap;
	uint32_t all_torrents; /* torrents that were asked for, with and without peers */
};

void answer_init(struct answer *a);
void answer_done(struct answer *a);
/* Empties it and keeps the memory. */
void answer_reset(struct answer *a);
/* Room for one more, zeroed: NULL when the maximum is reached. */
struct sighting *answer_sighting(struct answer *a);
struct answer_torrent *answer_torrent(struct answer *a);

#endif
