/* HyperLogLog with the small-range correction of the paper. With 64-bit hashes its large-range one is not needed.
 * It does not know what is counted. */
#include "base/hll.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/xmalloc.h"

void hll_init(struct hll *h, unsigned bits)
{
	h->bits = bits;
	h->registers = xcalloc((size_t)1 << bits, 1);
}

void hll_done(struct hll *h)
{
	free(h->registers);
	h->registers = NULL;
}

double hll_add(struct hll *h, uint64_t hash)
{
	size_t at = (size_t)(hash >> (64 - h->bits));
	uint64_t rest = hash << h->bits;
	unsigned rank = rest ? (unsigned)__builtin_clzll(rest) + 1 : 64 - h->bits + 1;

	unsigned before = h->registers[at];

	if (rank <= before)
		return 0;
	h->registers[at] = (uint8_t)rank;
	return ldexp(1, -(int)(h->bits + before)) - ldexp(1, -(int)(h->bits + rank));
}

double hll_chance(const struct hll *h)
{
	double sum = 0;

	for (size_t i = 0; i < (size_t)1 << h->bits; i++)
		sum += ldexp(1, -(int)(h->bits + h->registers[i]));
	return sum;
}

/* alpha_m of the paper, figure 3. */
static double alpha(double m)
{
	if (m <= 16)
		return 0.673;
	if (m <= 32)
		return 0.697;
	if (m <= 64)
		return 0.709;
	return 0.7213 / (1 + 1.079 / m);
}

double hll_estimate(const struct hll *h)
{
	size_t count = (size_t)1 << h->bits, empty = 0;
	double m = (double)count, sum = 0, estimate;

	for (size_t i = 0; i < count; i++) {
		sum += ldexp(1, -h->registers[i]);
		empty += h->registers[i] == 0;
	}
	estimate = alpha(m) * m * m / sum;
	if (estimate <= 2.5 * m && empty)
		return m * log(m / (double)empty);
	return estimate;
}
