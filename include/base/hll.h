/* HyperLogLog: how many distinct things were counted, in a fixed small memory (Flajolet, Fusy, Gandouet, Meunier,
 * "HyperLogLog: the analysis of a near-optimal cardinality estimation algorithm", 2007). */
#ifndef BASE_HLL_H
#define BASE_HLL_H

#include <stdint.h>

struct hll {
	uint8_t *registers; /* owned; 2^bits of them, one byte each */
	unsigned bits;
};

/* `bits` 4 to 16; the standard error is 1.04 / sqrt(2^bits). */
void hll_init(struct hll *h, unsigned bits);
void hll_done(struct hll *h);
/* Counts a thing by a 64-bit hash of it. Returns by how much hll_chance() has become less: 0 when nothing has
 * changed. */
double hll_add(struct hll *h, uint64_t hash);
double hll_estimate(const struct hll *h);
/* That another thing, which was never counted, changes something. So one that did stands for 1 / chance of them (Ting,
 * "Streamed approximate counting of distinct elements", 2014). */
double hll_chance(const struct hll *h);

#endif
