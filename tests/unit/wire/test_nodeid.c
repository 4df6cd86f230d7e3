/* Node ids: the vectors of BEP 42, who is exempt, and IPv6 against a checksum worked out bit by bit. */
#include "wire/nodeid.h"

#include "random.h"
#include "tap.h"

static struct ip address(const char *text)
{
	struct ip ip = {{0}};

	if (ip_parse(text, strlen(text), &ip))
		printf("Bail out! %s is no address\n", text);
	return ip;
}

static const struct {
	const char *ip;
	uint8_t random, start[3];
} vectors[] = {
	{"124.31.75.21", 1, {0x5f, 0xbf, 0xbf}},  {"21.75.31.124", 86, {0x5a, 0x3c, 0xe9}},
	{"65.23.51.170", 22, {0xa5, 0xd4, 0x32}}, {"84.124.73.14", 65, {0x1b, 0x03, 0x21}},
	{"43.213.53.83", 90, {0xe5, 0x6f, 0x6c}},
};

static void test_vectors(void)
{
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		struct ip ip = address(vectors[i].ip);
		uint8_t id[NODEID_BYTES];

		memset(id, 0x55, sizeof(id));
		nodeid_make(&ip, vectors[i].random, id);
		ok(memcmp(id, vectors[i].start, 2) == 0 && (id[2] ^ vectors[i].start[2]) >> 3 == 0,
		   "%s: the first 21 bits", vectors[i].ip);
		ok((id[2] & 7) == 5 && id[3] == 0x55 && id[18] == 0x55, "%s: the bits between are ours",
		   vectors[i].ip);
		is_int(id[19], vectors[i].random, "%s: the last byte", vectors[i].ip);
		ok(nodeid_matches(&ip, id), "%s: matches", vectors[i].ip);
		id[2] ^= 7;
		ok(nodeid_matches(&ip, id), "%s: whatever the 22nd to 24th bit", vectors[i].ip);
		id[2] ^= 8;
		ok(!nodeid_matches(&ip, id), "%s: but not the 21st", vectors[i].ip);
		id[2] ^= 8;
		id[19] ^= 1;
		ok(!nodeid_matches(&ip, id), "%s: nor another last byte", vectors[i].ip);
	}
}

static void test_exempt(void)
{
	static const struct {
		const char *ip;
		bool exempt;
	} rows[] = {
		{"10.1.2.3", true},  {"172.16.0.1", true},  {"192.168.1.1", true}, {"169.254.1.1", true},
		{"127.0.0.1", true}, {"::1", true},         {"fe80::1", true},     {"fd00::1", true},
		{"8.8.8.8", false},  {"172.32.0.1", false}, {"100.64.0.1", false}, {"2001:4860:4860::8888", false},
	};
	const uint8_t id[NODEID_BYTES] = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ip ip = address(rows[i].ip);

		is_int(nodeid_matches(&ip, id), rows[i].exempt, "%s", rows[i].ip);
	}
}

/* The polynomial 0x11edc6f41 divided bit by bit, not reflected: another way to the same remainder. */
static uint32_t slow_crc32c(const uint8_t *bytes, size_t len)
{
	uint32_t remainder = 0xffffffff, reflected = 0;

	for (size_t bit = 0; bit < 8 * len; bit++) {
		uint32_t in = bytes[bit / 8] >> bit % 8 & 1;

		remainder = remainder << 1 ^ ((remainder >> 31 ^ in) ? 0x1edc6f41 : 0);
	}
	for (int bit = 0; bit < 32; bit++)
		reflected |= (remainder >> bit & 1) << (31 - bit);
	return ~reflected;
}

static void test_ipv6(void)
{
	static const uint8_t mask[8] = {0x01, 0x03, 0x07, 0x0f, 0x1f, 0x3f, 0x7f, 0xff};
	struct random random = {42};
	unsigned wrong = 0, low = 0;

	is_int(slow_crc32c((const uint8_t *)"123456789", 9), 0xe3069283, "the check value of CRC-32C");
	for (int i = 0; i < 500; i++) {
		uint8_t id[NODEID_BYTES] = {0}, masked[8], last = (uint8_t)random_next(&random);
		struct ip ip = {{0x2a}};
		uint32_t crc;

		for (int n = 1; n < 16; n++)
			ip.b[n] = (uint8_t)random_below(&random, 256);
		for (int n = 0; n < 8; n++)
			masked[n] = ip.b[n] & mask[n];
		masked[0] |= (uint8_t)((last & 7) << 5);
		crc = slow_crc32c(masked, sizeof(masked));
		nodeid_make(&ip, last, id);
		wrong += id[0] != crc >> 24 || id[1] != (crc >> 16 & 0xff) || id[2] != (crc >> 8 & 0xf8);
		ip.b[15] ^= 0xff;
		low += !nodeid_matches(&ip, id);
	}
	is_int(wrong, 0, "IPv6: 8 bytes, masked");
	is_int(low, 0, "IPv6: the low half does not count");
}

int main(void)
{
	test_vectors();
	test_exempt();
	test_ipv6();
	return tap_done();
}
