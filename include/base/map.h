/* A hash index over records that live in the caller's array: key bytes -> position. Keyed by SipHash with a random
 * seed, because peers choose their own addresses (hash flooding). */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

enum { MAP_NONE = UINT32_MAX };

struct map {
	struct map_slot *slots; /* owned */
	uint32_t mask;          /* slots - 1 */
	uint32_t used;          /* records indexed */
	size_t stride;          /* bytes from record to record in the caller's array */
	size_t key_at;          /* offset of the key in a record */
	size_t key_len;         /* bytes */
	uint64_t seed[2];
};

void map_init(struct map *m, size_t stride, size_t key_at, size_t key_len);
void map_done(struct map *m);
/* Forgets all records, keeps the memory. */
void map_clear(struct map *m);

/* The hash of a key, to be handed to the calls below. */
uint32_t map_hash(const struct map *m, const void *key);
/* Tells the processor that this hash will be asked for soon. */
void map_prefetch(const struct map *m, uint32_t hash);
/* A position that probably holds the key, without touching the records; MAP_NONE if there is none. For prefetching. */
uint32_t map_guess(const struct map *m, uint32_t hash);
/* Position of the record with this key in `records`, or MAP_NONE. */
uint32_t map_find(const struct map *m, const void *records, const void *key, uint32_t hash);
/* Indexes a record whose key is not in the map yet. */
void map_add(struct map *m, uint32_t hash, uint32_t position);
/* Takes the record at `position` out; it must be in. */
void map_del(struct map *m, uint32_t hash, uint32_t position);

/* SipHash-1-3 of `len` bytes (Aumasson and Bernstein, "SipHash: a fast short-input PRF", with 1 and 3 rounds). */
uint64_t siphash13(const uint64_t seed[2], const void *bytes, size_t len);

#endif
