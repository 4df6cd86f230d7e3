/* The client's side of WebSocket (RFC 6455): the handshake and frames, without extensions or subprotocols. */
#ifndef WIRE_WS_H
#define WIRE_WS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum {
	WS_KEY = 25,             /* room for Sec-WebSocket-Key, NUL included */
	WS_CONTROL_MAX = 125,    /* payload of a ping, pong or close (section 5.5) */
	WS_HEADER_MAX = 10,      /* of a frame that is not masked */
	WS_HANDSHAKE_MAX = 8192, /* longest answer to a handshake */
	WS_NO_CODE = 1005,       /* a close without a code (section 7.4.1) */
};

enum ws_opcode {
	WS_CONTINUATION = 0,
	WS_TEXT = 1,
	WS_BINARY = 2,
	WS_CLOSE = 8,
	WS_PING = 9,
	WS_PONG = 10,
};

/* Sec-WebSocket-Key: base64 of 16 random bytes, fresh for each connection. */
void ws_key(const uint8_t random[16], char key[WS_KEY]);
/* The request (section 4.1), added to `out`. `host` with its port if that is not the scheme's own, IPv6 in brackets;
 * `path` begins with '/', query included. -EINVAL: not so, or other than printable ASCII in them; -ENOBUFS. */
int ws_write_handshake(const char *host, const char *path, const char key[WS_KEY], struct buf *out);
/* Checks the answer against the key; *used is its length: frames follow. -EAGAIN: more must be read; -EMSGSIZE: longer
 * than WS_HANDSHAKE_MAX; -EBADMSG: no HTTP answer; -ECONNREFUSED: another status than 101 (a redirection, too);
 * -EPROTO: a switch that we did not ask for, or without the proof that the key was read. `sha1` is hash_sha1(). */
int ws_read_handshake(const char *bytes, size_t len, const char key[WS_KEY],
		      void (*sha1)(const void *bytes, size_t len, uint8_t digest[20]), size_t *used);

/* Adds one whole frame. `mask`: random, fresh for each frame (section 5.3). -EINVAL: a control frame above
 * WS_CONTROL_MAX, a continuation; -ENOBUFS, and then nothing was added. */
int ws_write(struct buf *out, enum ws_opcode opcode, const void *payload, size_t len, const uint8_t mask[4]);

struct ws_reader {
	struct buf *message;             /* text or binary; the caller's, and its `max` is the cap */
	uint8_t control[WS_CONTROL_MAX]; /* payload of the last ping, pong or close */
	size_t control_len;
	uint16_t close_code; /* of a close; WS_NO_CODE if it has none */

	/* private */
	int rc; /* of an error, which lasts */
	uint8_t header[WS_HEADER_MAX];
	size_t header_len;
	enum ws_opcode opcode; /* of the frame that is read */
	enum ws_opcode joined; /* of the message whose fragments are read; WS_CONTINUATION = none */
	bool in_payload, fin, fresh;
	uint64_t left; /* bytes of payload to come */
};

void ws_reader_init(struct ws_reader *r, struct buf *message);
/* Reads up to the end of one message or control frame. *used: bytes taken; *what: what is complete now, or
 * WS_CONTINUATION when all bytes were taken and nothing is.
 *   WS_TEXT, WS_BINARY  it is in r->message until the next call; a text's UTF-8 is the caller's to check
 *   WS_PING             answer with ws_write(out, WS_PONG, r->control, r->control_len, mask)
 *   WS_CLOSE            answer with the same payload; what follows is refused with -ESHUTDOWN
 * -EPROTO: a frame that breaks section 5 (masked, reserved bits, ...); -EMSGSIZE: a message above the cap. After an
 * error the connection is of no use, and each further call returns it again. */
int ws_reader_feed(struct ws_reader *r, const void *bytes, size_t len, size_t *used, enum ws_opcode *what);

#endif
