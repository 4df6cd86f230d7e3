/* The estimate of how many distinct things there are. */
#include "base/hll.h"

#include <math.h>
#include <stddef.h>

#include "random.h"
#include "tap.h"

static double estimate(unsigned bits, uint32_t count, unsigned times, uint64_t seed)
{
	struct random random = {seed};
	struct hll h;
	double result;

	hll_init(&h, bits);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t hash = random_next(&random);

		for (unsigned t = 0; t < times; t++)
			hll_add(&h, hash);
	}
	result = hll_estimate(&h);
	hll_done(&h);
	return result;
}

static void test_error(void)
{
	static const uint32_t counts[] = {1, 10, 100, 1000, 5000, 20000, 40000, 50000, 100000, 200000, 1000000};
	static const unsigned bits[] = {4, 10, 14, 16};

	for (size_t b = 0; b < sizeof(bits) / sizeof(bits[0]); b++) {
		double error = 1.04 / sqrt(ldexp(1, (int)bits[b]));

		for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
			double got = estimate(bits[b], counts[i], 1, 1 + i);

			/* Between the two formulas of the paper the error is somewhat larger. */
			ok(fabs(got - counts[i]) <= 4 * error * counts[i] + 1, "%u of %u bits: %.0f", counts[i],
			   bits[b], got);
		}
	}
}

static void test_rest(void)
{
	struct hll h;
	double before;

	is_int(estimate(14, 0, 0, 1), 0, "nothing");
	is_int(estimate(14, 1, 1, 1) + 0.5, 1, "one");
	ok(estimate(14, 5000, 1, 9) == estimate(14, 5000, 7, 9), "a thing that comes again does not count again");
	hll_init(&h, 14);
	hll_add(&h, 0);
	hll_add(&h, UINT64_MAX);
	hll_add(&h, (uint64_t)1 << 50);
	ok(hll_estimate(&h) > 2.9 && hll_estimate(&h) < 3.1, "hashes of zeros and of ones");
	is_int(h.registers[0], 51, "the rank of a hash of zeros is the largest there is");
	before = hll_estimate(&h);
	for (uint64_t i = 0; i < 100; i++)
		hll_add(&h, i);
	ok(hll_estimate(&h) >= before, "an estimate never falls");
	hll_done(&h);
	ok(h.registers == NULL, "no registers are left");
	hll_done(&h);
}

int main(void)
{
	test_error();
	test_rest();
	return tap_done();
}
