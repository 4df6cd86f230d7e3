/* Any bytes as what a WebSocket server sends: as the answer to a handshake, and as frames, where the first byte chooses
 * the size of the pieces, on which nothing may depend. */
#include <stdlib.h>
#include <string.h>

#include "wire/ws.h"

enum { MESSAGE_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void constant_sha1(const void *bytes, size_t len, uint8_t digest[20])
{
	(void)bytes;
	memset(digest, (int)(len & 0x7f), 20);
}

/* A log of all that was read: a byte of opcode, and the payload. */
static int read_frames(const uint8_t *bytes, size_t len, size_t most, struct buf *log)
{
	struct ws_reader r;
	struct buf message;
	int rc = 0;

	buf_init(&message, MESSAGE_MAX);
	ws_reader_init(&r, &message);
	for (size_t at = 0, used = 0; at < len && !rc; at += used) {
		enum ws_opcode what = WS_CONTINUATION;
		size_t piece = len - at < most ? len - at : most;

		rc = ws_reader_feed(&r, bytes + at, piece, &used, &what);
		if (rc)
			break;
		if (used > piece || used == 0 || message.len > MESSAGE_MAX || r.control_len > WS_CONTROL_MAX)
			abort();
		if (what == WS_CONTINUATION)
			continue;
		buf_putc(log, (char)what);
		if (what == WS_TEXT || what == WS_BINARY)
			buf_add(log, buf_str(&message), message.len);
		else
			buf_add(log, r.control, r.control_len);
	}
	buf_done(&message);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char key[WS_KEY] = "dGhlIHNhbXBsZSBub25jZQ==";
	struct buf whole, cut;
	size_t used = 0;

	if (!len)
		return 0;
	if (ws_read_handshake((const char *)bytes, len, key, constant_sha1, &used) == 0 && (used < 4 || used > len))
		abort();
	buf_init(&whole, 1 << 20);
	buf_init(&cut, 1 << 20);
	if (read_frames(bytes + 1, len - 1, len, &whole) != read_frames(bytes + 1, len - 1, bytes[0] % 32 + 1, &cut))
		abort();
	if (whole.len != cut.len || memcmp(buf_str(&whole), buf_str(&cut), whole.len) != 0)
		abort();
	buf_done(&whole);
	buf_done(&cut);
	return 0;
}
