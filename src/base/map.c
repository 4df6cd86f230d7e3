/* Open addressing with linear probing; slots hold hash and position, so that a probe seldom touches a record.
 * It does not know what the records are. */
#include "base/map.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/xmalloc.h"

struct map_slot {
	uint32_t hash;
	uint32_t position; /* MAP_NONE = free */
};

enum { FIRST_SLOTS = 64 };

static inline uint64_t rotate(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

static inline void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static inline void sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

uint64_t siphash13(const uint64_t seed[2], const void *bytes, size_t len)
{
	uint64_t v[4] = {
		seed[0] ^ 0x736f6d6570736575u,
		seed[1] ^ 0x646f72616e646f6du,
		seed[0] ^ 0x6c7967656e657261u,
		seed[1] ^ 0x7465646279746573u,
	};
	const unsigned char *p = bytes;
	uint64_t word, last = (uint64_t)len << 56;
	size_t left = len;

	for (; left >= 8; left -= 8, p += 8) {
		memcpy(&word, p, 8);
		sip_word(v, word);
	}
	while (left-- > 0)
		last |= (uint64_t)p[left] << (8 * left);
	sip_word(v, last);
	v[2] ^= 0xff;
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void map_init(struct map *m, size_t stride, size_t key_at, size_t key_len)
{
	*m = (struct map){.stride = stride, .key_at = key_at, .key_len = key_len};
	if (getrandom(m->seed, sizeof(m->seed), GRND_NONBLOCK) != (ssize_t)sizeof(m->seed)) {
		/* Early boot: addresses of the heap and this object are the best left. */
		m->seed[0] = (uint64_t)(uintptr_t)m * 0x9e3779b97f4a7c15u;
		m->seed[1] = ~m->seed[0];
	}
	m->slots = xmalloc(FIRST_SLOTS * sizeof(*m->slots));
	m->mask = FIRST_SLOTS - 1;
	map_clear(m);
}

void map_done(struct map *m)
{
	free(m->slots);
	m->slots = NULL;
}

void map_clear(struct map *m)
{
	memset(m->slots, 0xff, ((size_t)m->mask + 1) * sizeof(*m->slots));
	m->used = 0;
}

uint32_t map_hash(const struct map *m, const void *key)
{
	return (uint32_t)siphash13(m->seed, key, m->key_len);
}

void map_prefetch(const struct map *m, uint32_t hash)
{
	__builtin_prefetch(&m->slots[hash & m->mask]);
}

uint32_t map_guess(const struct map *m, uint32_t hash)
{
	uint32_t at = hash & m->mask;

	for (; m->slots[at].position != MAP_NONE; at = (at + 1) & m->mask)
		if (m->slots[at].hash == hash)
			return m->slots[at].position;
	return MAP_NONE;
}

uint32_t map_find(const struct map *m, const void *records, const void *key, uint32_t hash)
{
	uint32_t at = hash & m->mask;

	for (; m->slots[at].position != MAP_NONE; at = (at + 1) & m->mask) {
		const char *record = (const char *)records + m->slots[at].position * m->stride;

		if (m->slots[at].hash == hash && memcmp(record + m->key_at, key, m->key_len) == 0)
			return m->slots[at].position;
	}
	return MAP_NONE;
}

static void place(struct map *m, struct map_slot slot)
{
	uint32_t at = slot.hash & m->mask;

	while (m->slots[at].position != MAP_NONE)
		at = (at + 1) & m->mask;
	m->slots[at] = slot;
}

static void grow(struct map *m)
{
	struct map_slot *old = m->slots;
	size_t count = (size_t)m->mask + 1;

	m->slots = xreallocarray(NULL, count * 2, sizeof(*m->slots));
	m->mask = (uint32_t)(count * 2 - 1);
	memset(m->slots, 0xff, count * 2 * sizeof(*m->slots));
	for (size_t i = 0; i < count; i++)
		if (old[i].position != MAP_NONE)
			place(m, old[i]);
	free(old);
}

void map_add(struct map *m, uint32_t hash, uint32_t position)
{
	if ((uint64_t)(m->used + 1) * 4 > ((uint64_t)m->mask + 1) * 3)
		grow(m);
	place(m, (struct map_slot){hash, position});
	m->used++;
}

/* Backward shift: no tombstones, so that a map that forgets and learns for years stays as fast as a new one. */
void map_del(struct map *m, uint32_t hash, uint32_t position)
{
	uint32_t hole = hash & m->mask;
	uint32_t at;

	while (m->slots[hole].position != position)
		hole = (hole + 1) & m->mask;
	for (at = (hole + 1) & m->mask; m->slots[at].position != MAP_NONE; at = (at + 1) & m->mask) {
		uint32_t home = m->slots[at].hash & m->mask;

		if (((at - home) & m->mask) >= ((at - hole) & m->mask)) {
			m->slots[hole] = m->slots[at];
			hole = at;
		}
	}
	m->slots[hole].position = MAP_NONE;
	m->used--;
}
