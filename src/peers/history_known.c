/* A set of addresses in 16 bytes each: a 64-bit hash stands for the address; those that it has no room for are counted
 * by estimate. It does not know what they did. */
#include "peers/history_private.h"

#include <stdlib.h>
#include <sys/random.h>

#include "base/xmalloc.h"

enum { FIRST_SLOTS = 1024, BITS = 14 /* of the estimate: 1 % */ };

void known_init(struct known *k)
{
	*k = (struct known){.mask = FIRST_SLOTS - 1, .hashes = xcalloc(FIRST_SLOTS, sizeof(uint64_t))};
	/* Without randomness it still counts right, for all but those who choose their address to be counted wrong. */
	if (getrandom(k->seed, sizeof(k->seed), 0) != (ssize_t)sizeof(k->seed))
		k->seed[0] = (uint64_t)(uintptr_t)k->hashes;
}

void known_done(struct known *k)
{
	free(k->hashes);
	hll_done(&k->all);
	*k = (struct known){.hashes = NULL};
}

/* Where it is, or where it would be. */
static uint64_t *place(const struct known *k, uint64_t hash)
{
	uint32_t at = (uint32_t)(hash >> 32) & k->mask;

	while (k->hashes[at] && k->hashes[at] != hash)
		at = (at + 1) & k->mask;
	return &k->hashes[at];
}

static void grow(struct known *k)
{
	uint32_t slots = k->mask + 1;
	uint64_t *old = k->hashes;

	k->mask = 2 * slots - 1;
	k->hashes = xcalloc((size_t)2 * slots, sizeof(uint64_t));
	for (uint32_t i = 0; i < slots; i++)
		if (old[i])
			*place(k, old[i]) = old[i];
	free(old);
}

static void fill_estimate(struct known *k)
{
	k->full = true;
	hll_init(&k->all, BITS);
	for (uint32_t i = 0; i <= k->mask; i++)
		if (k->hashes[i])
			hll_add(&k->all, k->hashes[i]);
	k->chance = hll_chance(&k->all);
}

static uint64_t estimate_more(struct known *k, uint64_t hash)
{
	double chance, less;
	uint64_t more;

	if (!k->full)
		fill_estimate(k);
	chance = k->chance;
	less = hll_add(&k->all, hash);
	if (less <= 0)
		return 0;
	k->chance -= less;
	k->owed += 1 / chance;
	more = (uint64_t)k->owed;
	k->owed -= (double)more;
	return more;
}

uint64_t known_add(struct known *k, const struct ip *ip)
{
	uint64_t hash = siphash13(k->seed, ip, sizeof(*ip)) | 1, *at = place(k, hash);

	if (*at)
		return 0;
	if (k->count == KNOWN_MAX)
		return estimate_more(k, hash);
	*at = hash;
	if (++k->count > k->mask / 2)
		grow(k);
	return 1;
}
