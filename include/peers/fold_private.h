/* What the files of the fold share, and nobody else: how addresses are found, forgotten and estimated. */
#ifndef PEERS_FOLD_PRIVATE_H
#define PEERS_FOLD_PRIVATE_H

#include "base/hll.h"
#include "base/map.h"
#include "peers/fold.h"

enum { FOLD_BLOCK = 32 }; /* sightings whose memory is asked for ahead */

struct fold_private {
	struct fold_locator locator;
	uint32_t remember;
	struct map by_ip, by_hash;
	uint32_t address_cap, torrent_cap, client_cap;
	uint32_t *holes; /* positions of forgotten addresses */
	uint32_t hole_count, hole_cap;
	uint64_t *queue; /* unseen addresses, poll << 32 | position, longest unseen first */
	size_t queue_count, queue_next;
	uint32_t let_go; /* earliest poll of those that were let go since the queue was made, and are not in it */
	struct hll unique, countries[COUNTRY_MAX];
	uint64_t tags_moved[FOLD_TAGS]; /* of their sightings: came with addresses that were tagged later, less those
					 * that went; modulo 2^64 */
};

/* A new address, with its place; `hash` is its map_hash(), `seen` in seconds since 1970. Its position. */
uint32_t fold_address_add(struct fold *f, const struct ip *ip, uint32_t hash, uint32_t seen);
/* Forgets the longest unseen addresses above the cap, and renews the estimate of `unique` once any was forgotten. */
void fold_address_forget(struct fold *f);

/* Walks the bits of tags: takes the lowest one out. Only while *tags is not 0. */
static inline unsigned fold_next_tag(uint64_t *tags)
{
	unsigned bit = (unsigned)__builtin_ctzll(*tags);

	*tags &= *tags - 1;
	return bit;
}

#endif
