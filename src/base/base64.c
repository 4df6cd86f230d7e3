/* Bytes as base64. It reads none. */
#include "base/base64.h"

#include <errno.h>
#include <stdint.h>

static void encode_group(const uint8_t *bytes, size_t len, char group[4])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
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
