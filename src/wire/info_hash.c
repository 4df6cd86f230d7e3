/* Info hashes in hexadecimal and base32. It does not know what is hashed, nor links. */
#include "wire/info_hash.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

enum { HEX_DIGITS = 2 * INFO_HASH, BASE32_DIGITS = 32 };

static const char sha256[] = "1220"; /* of a multihash: the function's number and the digest's length */

static int read_hex(const char *text, size_t bytes, uint8_t *hash)
{
	uint8_t read[INFO_HASH_V2];

	for (size_t i = 0; i < bytes; i++) {
		int high = str_hex(text[2 * i]), low = str_hex(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EINVAL;
		read[i] = (uint8_t)(high << 4 | low);
	}
	memcpy(hash, read, bytes);
	return 0;
}

/* RFC 4648, section 6; -1 for any other character. */
static int base32_digit(char c)
{
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

static int read_base32(const char *text, uint8_t hash[INFO_HASH])
{
	uint8_t read[INFO_HASH];
	size_t len = 0;
	unsigned bits = 0, waiting = 0;

	for (size_t i = 0; i < BASE32_DIGITS; i++) {
		int digit = base32_digit(text[i]);

		if (digit < 0)
			return -EINVAL;
		bits = (bits << 5 | (unsigned)digit) & 0xfff;
		waiting += 5;
		if (waiting >= 8) {
			waiting -= 8;
			read[len++] = (uint8_t)(bits >> waiting);
		}
	}
	memcpy(hash, read, sizeof(read));
	return 0;
}

int info_hash_read(const char *text, size_t len, uint8_t hash[INFO_HASH])
{
	if (len == HEX_DIGITS)
		return read_hex(text, INFO_HASH, hash);
	return len == BASE32_DIGITS ? read_base32(text, hash) : -EINVAL;
}

int info_hash_read_v2(const char *text, size_t len, uint8_t hash[INFO_HASH_V2])
{
	size_t skip = sizeof(sha256) - 1;

	if (len != skip + 2 * INFO_HASH_V2 || memcmp(text, sha256, skip) != 0)
		return -EINVAL;
	return read_hex(text + skip, INFO_HASH_V2, hash);
}

static void write_hex(const uint8_t *hash, size_t bytes, char *text)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < bytes; i++) {
		text[2 * i] = digits[hash[i] >> 4];
		text[2 * i + 1] = digits[hash[i] & 15];
	}
	text[2 * bytes] = '\0';
}

void info_hash_write(const uint8_t hash[INFO_HASH], char text[INFO_HASH_TEXT])
{
	write_hex(hash, INFO_HASH, text);
}

void info_hash_write_v2(const uint8_t hash[INFO_HASH_V2], char text[INFO_HASH_V2_TEXT])
{
	memcpy(text, sha256, sizeof(sha256) - 1);
	write_hex(hash, INFO_HASH_V2, text + sizeof(sha256) - 1);
}
