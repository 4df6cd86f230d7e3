/* Numbers for random tests: the same in every run (xorshift64*, Marsaglia and Vigna). */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdint.h>

struct random {
	uint64_t state; /* not 0 */
};

static inline uint64_t random_next(struct random *r)
{
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return r->state * 0x2545f4914f6cdd1du;
}

/* 0 to limit - 1 */
static inline uint32_t random_below(struct random *r, uint32_t limit)
{
	return (uint32_t)((random_next(r) >> 32) * limit >> 32);
}

#endif
