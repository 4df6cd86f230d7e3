/* Node ids by BEP 42. It does not know where random bytes come from. */
#include "wire/nodeid.h"

#include <stddef.h>

/* CRC-32C (Castagnoli), reflected, as in RFC 3720 appendix B.4. Eight bytes at most: a table would not pay. */
static uint32_t crc32c(const uint8_t *bytes, size_t len)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < len; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

/* The checksum whose first 21 bits begin the id. BEP 42 speaks of 8 bytes for IPv4 too, but its vectors take 4. */
static uint32_t bound(const struct ip *ip, uint8_t random)
{
	static const uint8_t mask4[] = {0x03, 0x0f, 0x3f, 0xff};
	static const uint8_t mask6[] = {0x01, 0x03, 0x07, 0x0f, 0x1f, 0x3f, 0x7f, 0xff};
	bool v4 = ip_is4(ip);
	const uint8_t *address = v4 ? ip->b + 12 : ip->b, *mask = v4 ? mask4 : mask6;
	size_t len = v4 ? sizeof(mask4) : sizeof(mask6);
	uint8_t masked[sizeof(mask6)];

	for (size_t i = 0; i < len; i++)
		masked[i] = address[i] & mask[i];
	masked[0] |= (uint8_t)((random & 7) << 5);
	return crc32c(masked, len);
}

void nodeid_make(const struct ip *ip, uint8_t random, uint8_t id[NODEID_BYTES])
{
	uint32_t crc = bound(ip, random);

	id[0] = (uint8_t)(crc >> 24);
	id[1] = (uint8_t)(crc >> 16);
	id[2] = (uint8_t)((crc >> 8 & 0xf8) | (id[2] & 7));
	id[NODEID_BYTES - 1] = random;
}

bool nodeid_matches(const struct ip *ip, const uint8_t id[NODEID_BYTES])
{
	enum ip_kind kind = ip_kind(ip);
	uint32_t start = (uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8;

	if (kind == IP_LOOPBACK || kind == IP_PRIVATE || kind == IP_LINK_LOCAL)
		return true;
	return (start ^ bound(ip, id[NODEID_BYTES - 1])) >> 11 == 0;
}
