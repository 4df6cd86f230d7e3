/* SHA-1 (RFC 3174) of short texts, for tests that link no library. */
#ifndef SHA1_H
#define SHA1_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { SHA1_SHORT = 55 }; /* what fits in one block */

static inline uint32_t sha1_rotate(uint32_t x, int by)
{
	return x << by | x >> (32 - by);
}

static inline uint32_t sha1_mix(int round, uint32_t b, uint32_t c, uint32_t d)
{
	static const uint32_t constants[] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
	const uint32_t mixed[] = {(b & c) | (~b & d), b ^ c ^ d, (b & c) | (b & d) | (c & d), b ^ c ^ d};

	return mixed[round / 20] + constants[round / 20];
}

/* len <= SHA1_SHORT */
static inline void sha1_short(const void *bytes, size_t len, uint8_t digest[20])
{
	static const uint32_t start[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
	uint8_t block[64] = {0};
	uint32_t w[80], h[5];

	memcpy(block, bytes, len);
	block[len] = 0x80;
	block[62] = (uint8_t)(len >> 5);
	block[63] = (uint8_t)(len << 3);
	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
		       (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
	for (int i = 16; i < 80; i++)
		w[i] = sha1_rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	memcpy(h, start, sizeof(h));
	for (int i = 0; i < 80; i++) {
		uint32_t next = sha1_rotate(h[0], 5) + sha1_mix(i, h[1], h[2], h[3]) + h[4] + w[i];

		memmove(h + 1, h, 4 * sizeof(h[0]));
		h[2] = sha1_rotate(h[2], 30);
		h[0] = next;
	}
	for (int i = 0; i < 20; i++)
		digest[i] = (uint8_t)((h[i / 4] + start[i / 4]) >> (24 - 8 * (i % 4)));
}

#endif
