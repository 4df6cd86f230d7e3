/* Bloom filters of BEP 33. It does not know how to hash: the caller brings SHA-1. */
#include "wire/bloom.h"

#include <errno.h>
#include <math.h>

enum { BITS = 8 * BLOOM_BYTES };

/* The two bits of an address; the index is little endian. */
static void places(const struct ip *ip, bloom_sha1 *sha1, unsigned place[2])
{
	uint8_t digest[20];

	if (ip_is4(ip))
		sha1(ip->b + 12, 4, digest);
	else
		sha1(ip->b, 16, digest);
	for (int i = 0; i < 2; i++)
		place[i] = (digest[2 * i] | (unsigned)digest[2 * i + 1] << 8) % BITS;
}

void bloom_insert(struct bloom *b, const struct ip *ip, bloom_sha1 *sha1)
{
	unsigned place[2];

	places(ip, sha1, place);
	for (int i = 0; i < 2; i++)
		b->bits[place[i] / 8] |= (uint8_t)(1 << place[i] % 8);
}

bool bloom_has(const struct bloom *b, const struct ip *ip, bloom_sha1 *sha1)
{
	unsigned place[2];

	places(ip, sha1, place);
	return b->bits[place[0] / 8] >> place[0] % 8 & b->bits[place[1] / 8] >> place[1] % 8 & 1;
}

void bloom_or(struct bloom *b, const uint8_t bits[BLOOM_BYTES])
{
	for (size_t i = 0; i < BLOOM_BYTES; i++)
		b->bits[i] |= bits[i];
}

static unsigned count_zeros(const uint8_t bits[BLOOM_BYTES])
{
	unsigned zeros = BITS;

	for (size_t i = 0; i < BLOOM_BYTES; i++)
		for (unsigned byte = bits[i]; byte; byte &= byte - 1)
			zeros--;
	return zeros;
}

int bloom_estimate(const uint8_t bits[BLOOM_BYTES], double *count)
{
	unsigned zeros = count_zeros(bits);
	double estimate;

	if (zeros == 0)
		return -ERANGE;
	/* The formula itself gives 0 here; BEP 33 caps c at 2047, which would make it a half. */
	estimate = zeros == BITS ? 0 : log((double)zeros / BITS) / (2 * log1p(-1.0 / BITS));
	if (estimate > BLOOM_COUNT_MAX)
		return -ERANGE;
	*count = estimate;
	return 0;
}
