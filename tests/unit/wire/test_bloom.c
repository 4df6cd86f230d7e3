/* Filters of BEP 33: its own test vector, the two ends of the scale, and the sizes of random sets. */
#include "wire/bloom.h"

#include <errno.h>
#include <math.h>

#include "random.h"
#include "sha1.h"
#include "tap.h"

static struct ip documentation6(unsigned n)
{
	return (struct ip){{0x20, 0x01, 0x0d, 0xb8, [14] = (uint8_t)(n >> 8), [15] = (uint8_t)n}};
}

/* The set of BEP 33: 192.0.2.0 to .255 and 2001:db8:: to 2001:db8::3e7. */
static struct bloom vector4(void)
{
	struct bloom b = {{0}};

	for (uint32_t i = 0; i < 256; i++) {
		struct ip ip = ip_from_v4(0xc0000200 + i);

		bloom_insert(&b, &ip, sha1_short);
	}
	return b;
}

static struct bloom vector6(void)
{
	struct bloom b = {{0}};

	for (unsigned i = 0; i < 1000; i++) {
		struct ip ip = documentation6(i);

		bloom_insert(&b, &ip, sha1_short);
	}
	return b;
}

static void test_hash(void)
{
	static const uint8_t abc[] = {0xa9, 0x99, 0x3e, 0x36, 0x47, 0x06, 0x81, 0x6a, 0xba, 0x3e,
				      0x25, 0x71, 0x78, 0x50, 0xc2, 0x6c, 0x9c, 0xd0, 0xd8, 0x9d};
	uint8_t digest[20];

	sha1_short("abc", 3, digest);
	ok(memcmp(digest, abc, sizeof(abc)) == 0, "the hash of the test is SHA-1");
}

static void test_vector(void)
{
	static const uint8_t start[] = {0xf6, 0xc3, 0xf5, 0xea, 0xa0, 0x7f, 0xfd, 0x91};
	static const uint8_t end[] = {0xfd, 0x8f, 0x72, 0xef};
	struct bloom b = vector4(), six = vector6();
	struct ip stranger = ip_from_v4(0x01020304);
	unsigned missing = 0;
	double count = 0;

	bloom_or(&b, six.bits);
	ok(memcmp(b.bits, start, sizeof(start)) == 0, "the filter of BEP 33 starts so");
	ok(memcmp(b.bits + BLOOM_BYTES - sizeof(end), end, sizeof(end)) == 0, "and ends so");
	is_int(bloom_estimate(b.bits, &count), 0, "it has an estimate");
	ok(fabs(count - 1224.9308) < 0.0001, "that of BEP 33: %.4f", count);
	for (unsigned i = 0; i < 1000; i++) {
		struct ip ip = documentation6(i);

		missing += !bloom_has(&b, &ip, sha1_short);
	}
	is_int(missing, 0, "what was joined is in it");
	ok(!bloom_has(&(struct bloom){{0}}, &stranger, sha1_short), "nothing is in the empty filter");
	bloom_or(&b, six.bits);
	is_int(bloom_estimate(b.bits, &(double){0}), 0, "joined again");
	ok(memcmp(b.bits, start, sizeof(start)) == 0, "it is the same");
}

static void test_ends(void)
{
	struct bloom b = {{0}};
	struct ip ip = ip_from_v4(0x05090101);
	double count = -1;

	is_int(bloom_estimate(b.bits, &count), 0, "the empty filter");
	ok(count == 0, "has nobody, and not half a peer");
	bloom_insert(&b, &ip, sha1_short);
	bloom_estimate(b.bits, &count);
	ok(fabs(count - 1) < 0.001, "one peer is %.4f", count);
	ok(bloom_has(&b, &ip, sha1_short), "and is in it");

	memset(b.bits, 0xff, sizeof(b.bits));
	count = -1;
	is_int(bloom_estimate(b.bits, &count), -ERANGE, "a full filter is refused");
	b.bits[7] = 0xe0;
	is_int(bloom_estimate(b.bits, &count), -ERANGE, "five bits left would be 6157");
	ok(count == -1, "and the result is left alone");
	b.bits[8] = 0xfe;
	is_int(bloom_estimate(b.bits, &count), 0, "six bits left");
	ok(count > 5900 && count <= BLOOM_COUNT_MAX, "are %.0f", count);
}

static void test_random_sets(void)
{
	static const unsigned sizes[] = {2, 10, 100, 1000, 3000};
	struct random random = {33};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct bloom b = {{0}};
		double count = 0, slack = 1 + sizes[i] * 0.1;

		for (unsigned n = 0; n < sizes[i]; n++) {
			struct ip ip = ip_from_v4((uint32_t)random_next(&random));

			bloom_insert(&b, &ip, sha1_short);
		}
		is_int(bloom_estimate(b.bits, &count), 0, "%u random addresses", sizes[i]);
		ok(fabs(count - sizes[i]) < slack, "are estimated as %.1f", count);
	}
}

int main(void)
{
	test_hash();
	test_vector();
	test_ends();
	test_random_sets();
	return tap_done();
}
