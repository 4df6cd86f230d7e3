/* Bytes as base64. It reads none. */
#include "base/base64.h"

#include <errno.h>
#include <stdint.h>

static void put_group(const uint8_t *bytes, size_t len, struct buf *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t bits = (uint32_t)bytes[0] << 16 | (len > 1 ? (uint32_t)bytes[1] << 8 : 0) | (len > 2 ? bytes[2] : 0);
	char group[4] = {'=', '=', '=', '='};

	for (size_t i = 0; i <= len; i++)
		group[i] = digits[bits >> (18 - 6 * i) & 63];
	buf_add(out, group, sizeof(group));
}

int base64_write(const void *bytes, size_t len, struct buf *out)
{
	const uint8_t *from = bytes;

	if ((len + 2) / 3 > (out->max - out->len) / 4) {
		out->full = true;
		return -ENOBUFS;
	}
	for (size_t i = 0; i < len; i += 3)
		put_group(from + i, len - i < 3 ? len - i : 3, out);
	return 0;
}
