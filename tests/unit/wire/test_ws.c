/* WebSocket: the examples of RFC 6455, frames in pieces of every size, and what a server must not send. */
#include "wire/ws.h"

#include <errno.h>

#include "tap.h"

/* Section 1.3 */
static const char sample_key[WS_KEY] = "dGhlIHNhbXBsZSBub25jZQ==";
#define ACCEPT "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
#define SWITCH "HTTP/1.1 101 Switching Protocols\r\n"
#define UPGRADE "Upgrade: websocket\r\nConnection: Upgrade\r\n"

/* SHA-1 of the one text that the sample has. */
static void sample_sha1(const void *bytes, size_t len, uint8_t digest[20])
{
	static const char text[] = "dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	static const uint8_t sample[20] = {0xb3, 0x7a, 0x4f, 0x2c, 0xc0, 0x62, 0x4f, 0x16, 0x90, 0xf6,
					   0x46, 0x06, 0xcf, 0x38, 0x59, 0x45, 0xb2, 0xbe, 0xc4, 0xea};

	memset(digest, 0, 20);
	if (len == sizeof(text) - 1 && memcmp(bytes, text, len) == 0)
		memcpy(digest, sample, 20);
}

static void test_request(void)
{
	char key[WS_KEY];
	struct buf out;

	ws_key((const uint8_t *)"the sample nonce", key);
	is_str(key, sample_key, "the key of the RFC");
	buf_init(&out, 512);
	is_int(ws_write_handshake("[2001:db8::1]:8000", "/a?b=c", key, &out), 0, "a request");
	is_str(buf_str(&out),
	       "GET /a?b=c HTTP/1.1\r\nHost: [2001:db8::1]:8000\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
	       "as it goes over the line");
	is_int(ws_write_handshake("a\r\nX: y", "/", key, &out), -EINVAL, "a host of two lines");
	is_int(ws_write_handshake("", "/", key, &out), -EINVAL, "no host");
	is_int(ws_write_handshake("a", "/ HTTP/1.1", key, &out), -EINVAL, "a path with a blank");
	is_int(ws_write_handshake("a", "", key, &out), -EINVAL, "no path");
	out.max = out.len;
	is_int(ws_write_handshake("a", "/", key, &out), -ENOBUFS, "no room");
	buf_done(&out);
}

static void test_answer(void)
{
	static const struct {
		int rc;
		const char *text;
	} rows[] = {
		{0, SWITCH UPGRADE ACCEPT "\r\n"},
		{0, "HTTP/1.1 101\r\n" UPGRADE ACCEPT "\r\n"},
		{0, SWITCH "UPGRADE:WebSocket\r\nconnection: keep-alive , uPgrade\t\r\n" ACCEPT "Server: x:y\r\n\r\n"},
		{-EAGAIN, ""},
		{-EAGAIN, SWITCH UPGRADE ACCEPT},
		{-EBADMSG, "\r\n\r\n"},
		{-EBADMSG, "HTTP/1.0 101 x\r\n" UPGRADE ACCEPT "\r\n"},
		{-EBADMSG, "HTTP/1.1 1011\r\n" UPGRADE ACCEPT "\r\n"},
		{-EBADMSG, SWITCH UPGRADE " folded: x\r\n" ACCEPT "\r\n"},
		{-EBADMSG, SWITCH UPGRADE "nothing\r\n" ACCEPT "\r\n"},
		{-EBADMSG, SWITCH UPGRADE ": x\r\n" ACCEPT "\r\n"},
		{-ECONNREFUSED, "HTTP/1.1 302 Found\r\nLocation: ws://b/\r\n\r\n"},
		{-ECONNREFUSED, "HTTP/1.1 200 OK\r\n" UPGRADE ACCEPT "\r\n"},
		{-EPROTO, SWITCH UPGRADE "\r\n"},
		{-EPROTO, SWITCH ACCEPT "\r\n"},
		{-EPROTO, SWITCH "Upgrade: websocket\r\n" ACCEPT "\r\n"},
		{-EPROTO, SWITCH "Connection: Upgrade\r\n" ACCEPT "\r\n"},
		{-EPROTO, SWITCH "Upgrade: h2c\r\nConnection: Upgrade\r\n" ACCEPT "\r\n"},
		{-EPROTO, SWITCH "Upgrade: websocket\r\nConnection: Upgraded\r\n" ACCEPT "\r\n"},
		{-EPROTO, SWITCH UPGRADE "Sec-WebSocket-Accept: S3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"},
		{-EPROTO, SWITCH UPGRADE "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo\r\n\r\n"},
		{-EPROTO, SWITCH UPGRADE ACCEPT ACCEPT "\r\n"},
		{-EPROTO, SWITCH UPGRADE ACCEPT "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"},
		{-EPROTO, SWITCH UPGRADE ACCEPT "Sec-WebSocket-Protocol: chat\r\n\r\n"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = strlen(rows[i].text), used = 7;

		is_int(ws_read_handshake(rows[i].text, len, sample_key, sample_sha1, &used), rows[i].rc, "answer %zu",
		       i + 1);
		is_int(used, rows[i].rc ? 7 : len, "its length");
	}
}

static void test_answer_length(void)
{
	static const char text[] = SWITCH UPGRADE ACCEPT "\r\n\x81\x05Hello";
	static char longer[WS_HANDSHAKE_MAX];
	size_t used = 0;

	is_int(ws_read_handshake(text, sizeof(text) - 1, sample_key, sample_sha1, &used), 0, "a frame comes at once");
	is_int(used, sizeof(text) - 1 - 7, "and is not part of it");
	memset(longer, 'x', sizeof(longer));
	is_int(ws_read_handshake(longer, sizeof(longer) - 1, sample_key, sample_sha1, &used), -EAGAIN,
	       "not yet too long");
	is_int(ws_read_handshake(longer, sizeof(longer), sample_key, sample_sha1, &used), -EMSGSIZE, "too long");
}

static void test_write(void)
{
	static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
	static const char hello[] = "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"; /* section 5.7 */
	static const char zeros[70000];
	static const struct {
		size_t len;
		const char *head;
		size_t head_len;
	} rows[] = {{0, "\x81\x80", 2},
		    {125, "\x81\xfd", 2},
		    {126, "\x81\xfe\0\x7e", 4},
		    {65535, "\x81\xfe\xff\xff", 4},
		    {65536, "\x81\xff\0\0\0\0\0\1\0\0", 10}};
	struct buf out;

	buf_init(&out, 70000);
	is_int(ws_write(&out, WS_TEXT, "Hello", 5, mask), 0, "a frame");
	ok(out.len == 11 && memcmp(out.data, hello, 11) == 0, "is the RFC's");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t head = rows[i].head_len;

		buf_reset(&out);
		is_int(ws_write(&out, WS_TEXT, zeros, rows[i].len, mask), 0, "%zu bytes", rows[i].len);
		ok(out.len == head + 4 + rows[i].len && memcmp(out.data, rows[i].head, head) == 0, "have that header");
		for (size_t j = head; rows[i].len && j < out.len; j++)
			head = (uint8_t)out.data[j] == mask[(j - rows[i].head_len) % 4] ? head : 0;
		is_int(head, rows[i].head_len, "and are masked to the last");
	}
	buf_reset(&out);
	is_int(ws_write(&out, WS_TEXT, zeros, 69987, mask), -ENOBUFS, "one byte more than there is room");
	is_int(out.len, 0, "nothing is written");
	is_int(ws_write(&out, WS_TEXT, zeros, 69986, mask), 0, "as much as there is room");
	is_int(ws_write(&out, WS_PING, zeros, 126, mask), -EINVAL, "a long ping");
	is_int(ws_write(&out, WS_CONTINUATION, zeros, 1, mask), -EINVAL, "a continuation");
	buf_done(&out);
}

struct reading {
	struct ws_reader reader;
	struct buf message, log; /* what was read, a line each */
	int rc;
};

static void note(struct reading *r, enum ws_opcode what)
{
	if (what == WS_TEXT || what == WS_BINARY)
		buf_printf(&r->log, "%d:%s\n", (int)what, buf_str(&r->message));
	else if (what == WS_CLOSE)
		buf_printf(&r->log, "close %u\n", (unsigned)r->reader.close_code);
	else if (what != WS_CONTINUATION)
		buf_printf(&r->log, "%d.%.*s\n", (int)what, (int)r->reader.control_len, (char *)r->reader.control);
}

/* Reads `bytes` in pieces of `most`; the message may have 32 bytes. */
static void read_pieces(struct reading *r, const char *bytes, size_t len, size_t most)
{
	r->rc = 0;
	buf_init(&r->message, 32);
	buf_init(&r->log, 4096);
	ws_reader_init(&r->reader, &r->message);
	for (size_t at = 0, used = 0; at < len && !r->rc; at += used) {
		enum ws_opcode what = WS_CONTINUATION;

		r->rc = ws_reader_feed(&r->reader, bytes + at, len - at < most ? len - at : most, &used, &what);
		note(r, r->rc ? WS_CONTINUATION : what);
	}
}

static void reading_done(struct reading *r)
{
	buf_done(&r->message);
	buf_done(&r->log);
}

static void reads(const char *name, const char *bytes, size_t len, int rc, const char *log)
{
	size_t wrong = 0;

	for (size_t most = 1; most <= len; most++) {
		struct reading r;

		read_pieces(&r, bytes, len, most);
		if (r.rc != rc || strcmp(buf_str(&r.log), log) != 0) {
			printf("# in pieces of %zu: %d, %s\n", most, r.rc, buf_str(&r.log));
			wrong++;
		}
		reading_done(&r);
	}
	is_int(wrong, 0, "%s, in pieces of any size", name);
}

#define READS(name, bytes, rc, log) reads((name), (bytes), sizeof(bytes) - 1, (rc), (log))

static void test_read(void)
{
	READS("a text", "\x81\x05Hello", 0, "1:Hello\n");
	READS("two texts", "\x81\x05Hello\x81\x02hi", 0, "1:Hello\n1:hi\n");
	READS("an empty one between", "\x81\x01x\x81\x00\x82\x01y", 0, "1:x\n1:\n2:y\n");
	READS("fragments", "\x01\x03Hel\x80\x02lo", 0, "1:Hello\n");
	READS("empty fragments", "\x02\x00\x00\x00\x00\x01x\x80\x00", 0, "2:x\n");
	READS("a ping amid fragments", "\x01\x03Hel\x89\x05there\x80\x02lo", 0, "9.there\n1:Hello\n");
	READS("pings and pongs", "\x89\x00\x8a\x01x\x81\x01y", 0, "9.\n10.x\n1:y\n");
	READS("a close", "\x88\x02\x03\xe8", 0, "close 1000\n");
	READS("a close without a code", "\x88\x00", 0, "close 1005\n");
	READS("a close with a reason",
	      "\x88\x05\x03\xe9"
	      "bye",
	      0, "close 1001\n");
	READS("half a frame", "\x81\x05Hell", 0, "");
	READS("what follows a close", "\x88\x00\x81\x00", -ESHUTDOWN, "close 1005\n");
	READS("32 bytes",
	      "\x81\x20"
	      "0123456789abcdef0123456789abcdef",
	      0, "1:0123456789abcdef0123456789abcdef\n");
}

static void test_refused(void)
{
	READS("a masked frame", "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", -EPROTO, "");
	READS("a reserved bit", "\xc1\x05Hello", -EPROTO, "");
	READS("the others", "\x89\x00\x91\x00", -EPROTO, "9.\n");
	READS("an unknown kind of data", "\x83\x00", -EPROTO, "");
	READS("an unknown kind of control", "\x8b\x00", -EPROTO, "");
	READS("a continuation of nothing", "\x80\x01x", -EPROTO, "");
	READS("a text within another", "\x01\x01x\x81\x01y", -EPROTO, "");
	READS("a continuation of what is complete", "\x01\x01x\x80\x01y\x80\x01z", -EPROTO, "1:xy\n");
	READS("a ping in fragments", "\x09\x00", -EPROTO, "");
	READS("a long ping", "\x89\x7e\x00\x7e", -EPROTO, "");
	READS("a close of one byte", "\x88\x01x", -EPROTO, "");
	READS("a length in 16 bits that fits 7", "\x81\x7e\x00\x7d", -EPROTO, "");
	READS("a length in 64 bits that fits 16", "\x81\x7f\0\0\0\0\0\0\xff\xff", -EPROTO, "");
	READS("a negative length", "\x81\x7f\x80\0\0\0\0\1\0\0", -EPROTO, "");
	READS("33 bytes",
	      "\x81\x21"
	      "0",
	      -EMSGSIZE, "");
	READS("33 bytes in two",
	      "\x01\x01"
	      "0\x80\x20",
	      -EMSGSIZE, "");
	READS("very many", "\x81\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", -EMSGSIZE, "");
}

static void test_lasting(void)
{
	enum ws_opcode what = WS_PONG;
	struct reading r;
	size_t used = 77;

	read_pieces(&r, "\xc1\x05Hello", 7, 7);
	is_int(ws_reader_feed(&r.reader, "\x81\x00", 2, &used, &what), -EPROTO, "an error lasts");
	ok(used == 77 && what == WS_PONG, "a failure writes nothing");
	reading_done(&r);
}

int main(void)
{
	test_request();
	test_answer();
	test_answer_length();
	test_write();
	test_read();
	test_refused();
	test_lasting();
	return tap_done();
}
