/* Bloom filters of a DHT scrape (BEP 33): a set of addresses in 2048 bits, of which only the size can be asked. Filters
 * of many nodes are joined first and estimated once; estimates are never added. */
#ifndef WIRE_BLOOM_H
#define WIRE_BLOOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"

enum {
	BLOOM_BYTES = 256,
	BLOOM_COUNT_MAX = 6000, /* BEP 33: a filter says nothing reliable about more */
};

/* Starts as {{0}}, the empty set. */
struct bloom {
	uint8_t bits[BLOOM_BYTES];
};

/* As hash_sha1(). */
typedef void bloom_sha1(const void *bytes, size_t len, uint8_t digest[20]);

void bloom_insert(struct bloom *b, const struct ip *ip, bloom_sha1 *sha1);
/* True for every address that was inserted, and for a few others. */
bool bloom_has(const struct bloom *b, const struct ip *ip, bloom_sha1 *sha1);
/* Joins the filter of a reply. Estimate it alone before: one full filter spoils the set. */
void bloom_or(struct bloom *b, const uint8_t bits[BLOOM_BYTES]);
/* BEP 33: n = ln(c / 2048) / (2 ln(1 - 1 / 2048)), c being the bits that are 0; the empty filter is 0. Returns 0, or
 * -ERANGE above BLOOM_COUNT_MAX: such a filter was filled on purpose. */
int bloom_estimate(const uint8_t bits[BLOOM_BYTES], double *count);

#endif
