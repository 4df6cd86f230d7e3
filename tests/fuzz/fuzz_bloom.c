/* Any 256 bytes as a filter, joined with those behind them, and the rest as addresses to insert. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "sha1.h"
#include "wire/bloom.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* Infinite when refused, so that a larger set never has a smaller estimate. */
static double estimate(const struct bloom *b)
{
	double count = -1;
	int rc = bloom_estimate(b->bits, &count);

	must(rc == 0 ? count >= 0 && count <= BLOOM_COUNT_MAX : rc == -ERANGE && count == -1);
	return rc ? 2 * BLOOM_COUNT_MAX : count;
}

static void insert_all(struct bloom *b, const uint8_t *bytes, size_t len)
{
	for (; len >= sizeof(struct ip); bytes += sizeof(struct ip), len -= sizeof(struct ip)) {
		double before = estimate(b);
		struct ip ip;

		memcpy(ip.b, bytes, sizeof(ip.b));
		bloom_insert(b, &ip, sha1_short);
		must(bloom_has(b, &ip, sha1_short) && estimate(b) >= before);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct bloom b = {{0}};
	double sum = 0;

	for (; len >= BLOOM_BYTES; bytes += BLOOM_BYTES, len -= BLOOM_BYTES) {
		double before = estimate(&b);

		bloom_or(&b, bytes);
		sum = estimate(&b);
		must(sum >= before);
	}
	insert_all(&b, bytes, len);
	must(estimate(&b) >= sum);
	return 0;
}
