/* Bytes as base64, and back (RFC 4648, section 4). It does not know what they are. */
#include "base/base64.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void encode_group(const uint8_t *bytes, size_t len, char group[4])
{
	uint32_t bits = (uint32_t)bytes[0] << 16 | (len > 1 ? (uint32_t)bytes[1] << 8 : 0) | (len > 2 ? bytes[2] : 0);

	for (size_t i = 0; i < 4; i++)
		group[i] = i <= len ? digits[bits >> (18 - 6 * i) & 63] : '=';
}

void base64_text(const void *bytes, size_t len, char *text)
{
	const uint8_t *from = bytes;

	for (size_t i = 0; i < len; i += 3, text += 4)
		encode_group(from + i, len - i < 3 ? len - i : 3, text);
	*text = '\0';
}

int base64_write(const void *bytes, size_t len, struct buf *out)
{
	const uint8_t *from = bytes;
	char group[4];

	if ((len + 2) / 3 > (out->max - out->len) / 4) {
		out->full = true;
		return -ENOBUFS;
	}
	for (size_t i = 0; i < len; i += 3) {
		encode_group(from + i, len - i < 3 ? len - i : 3, group);
		buf_add(out, group, sizeof(group));
	}
	return 0;
}

/* The bytes of a group, 1 to 3; 0 if it is none. Bits that no byte takes are 0. */
static size_t decode_group(const char *group, uint8_t bytes[3])
{
	size_t count = group[3] != '=' ? 3 : group[2] != '=' ? 2 : 1;
	uint32_t bits = 0;

	for (size_t i = 0; i < 4; i++) {
		const char *digit = i <= count && group[i] ? strchr(digits, group[i]) : digits;

		if (!digit || (i > count && group[i] != '='))
			return 0;
		bits = bits << 6 | (uint32_t)(digit - digits);
	}
	for (size_t i = 0; i < 3; i++)
		bytes[i] = (uint8_t)(bits >> (16 - 8 * i));
	return (count < 3 && bytes[count]) || (count < 2 && bytes[2]) ? 0 : count;
}

int base64_read(const char *text, void *bytes, size_t size, size_t *len)
{
	size_t left = strlen(text), n = 0;
	uint8_t *to = bytes;

	if (left % 4)
		return -EINVAL;
	for (; left; text += 4, left -= 4) {
		uint8_t group[3];
		size_t count = decode_group(text, group);

		if (!count || (count < 3 && left > 4))
			return -EINVAL;
		if (count > size - n)
			return -ENOBUFS;
		memcpy(to + n, group, count);
		n += count;
	}
	*len = n;
	return 0;
}
