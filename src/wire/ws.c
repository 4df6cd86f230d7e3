/* WebSocket for a client. It does not know sockets, TLS, random numbers, hashing or what messages mean. */
#include "wire/ws.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"

enum {
	DIGEST = 20,
	ACCEPT = 29, /* base64 of a digest, NUL included */
	FIN = 0x80,
	RESERVED = 0x70,
	MASKED = 0x80,
	LENGTH = 0x7f,
	LENGTH_16 = 126,
	LENGTH_64 = 127,
};

/* ---- handshake ---- */

void ws_key(const uint8_t random[16], char key[WS_KEY])
{
	base64_text(random, 16, key);
}

static bool is_printable(const char *text)
{
	for (; *text; text++) {
		if (*text <= ' ' || *text >= 0x7f)
			return false;
	}
	return true;
}

int ws_write_handshake(const char *host, const char *path, const char key[WS_KEY], struct buf *out)
{
	if (!*host || *path != '/' || !is_printable(host) || !is_printable(path))
		return -EINVAL;
	return buf_printf(out,
			  "GET %s HTTP/1.1\r\n"
			  "Host: %s\r\n"
			  "Upgrade: websocket\r\n"
			  "Connection: Upgrade\r\n"
			  "Sec-WebSocket-Key: %s\r\n"
			  "Sec-WebSocket-Version: 13\r\n"
			  "\r\n",
			  path, host, key);
}

struct span {
	const char *text;
	size_t len;
};

static bool span_is(struct span s, const char *word)
{
	return s.len == strlen(word) && strncasecmp(s.text, word, s.len) == 0;
}

static struct span trimmed(struct span s)
{
	while (s.len && (s.text[s.len - 1] == ' ' || s.text[s.len - 1] == '\t'))
		s.len--;
	for (; s.len && (*s.text == ' ' || *s.text == '\t'); s.len--)
		s.text++;
	return s;
}

/* Is the word in a list with commas? */
static bool has_token(struct span list, const char *word)
{
	while (list.len) {
		const char *comma = memchr(list.text, ',', list.len);
		size_t len = comma ? (size_t)(comma - list.text) : list.len;

		if (span_is(trimmed((struct span){list.text, len}), word))
			return true;
		len += comma != NULL;
		list = (struct span){list.text + len, list.len - len};
	}
	return false;
}

struct proof {
	char accept[ACCEPT]; /* what the server must have made of our key */
	bool upgrade, connection, accepted;
};

static bool see_upgrade(struct proof *p, struct span value)
{
	p->upgrade = span_is(value, "websocket");
	return p->upgrade;
}

static bool see_connection(struct proof *p, struct span value)
{
	p->connection = p->connection || has_token(value, "upgrade");
	return true;
}

static bool see_accept(struct proof *p, struct span value)
{
	bool again = p->accepted;

	p->accepted = value.len == ACCEPT - 1 && memcmp(value.text, p->accept, value.len) == 0;
	return p->accepted && !again;
}

/* We offered none, so none may be chosen. */
static bool see_choice(struct proof *p, struct span value)
{
	(void)p;
	return value.len == 0;
}

static const struct field {
	const char *name;
	bool (*see)(struct proof *p, struct span value); /* false: the answer is refused */
} fields[] = {
	{"Upgrade", see_upgrade},
	{"Connection", see_connection},
	{"Sec-WebSocket-Accept", see_accept},
	{"Sec-WebSocket-Extensions", see_choice},
	{"Sec-WebSocket-Protocol", see_choice},
};

static int read_field(struct span line, struct proof *p)
{
	const char *colon = memchr(line.text, ':', line.len);
	struct span name, value;

	if (!colon || colon == line.text || *line.text == ' ' || *line.text == '\t')
		return -EBADMSG;
	name = (struct span){line.text, (size_t)(colon - line.text)};
	value = trimmed((struct span){colon + 1, line.len - name.len - 1});
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (span_is(name, fields[i].name) && !fields[i].see(p, value))
			return -EPROTO;
	}
	return 0;
}

/* "HTTP/1.1 101 ..." */
static int read_status(struct span line)
{
	static const char protocol[] = "HTTP/1.1 ";
	size_t len = sizeof(protocol) - 1;

	if (line.len < len + 3 || memcmp(line.text, protocol, len) != 0 ||
	    (line.len > len + 3 && line.text[len + 3] != ' '))
		return -EBADMSG;
	return memcmp(line.text + len, "101", 3) == 0 ? 0 : -ECONNREFUSED;
}

/* `head` is whole: each line of it ends in CR LF, and its last is empty. */
static int read_head(struct span head, struct proof *p)
{
	int rc = 0;

	for (bool first = true; !rc && head.len > 2; first = false) {
		const char *end = memmem(head.text, head.len, "\r\n", 2);
		struct span line = {head.text, (size_t)(end - head.text)};

		rc = first ? read_status(line) : read_field(line, p);
		head = (struct span){end + 2, head.len - line.len - 2};
	}
	if (rc)
		return rc;
	return p->upgrade && p->connection && p->accepted ? 0 : -EPROTO;
}

/* Section 4.2.2, 5.4: base64 of SHA-1 of the key and this UUID. */
static void make_accept(const char key[WS_KEY], void (*sha1)(const void *bytes, size_t len, uint8_t digest[20]),
			char accept[ACCEPT])
{
	static const char uuid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	char text[WS_KEY - 1 + sizeof(uuid)];
	size_t len = strnlen(key, WS_KEY - 1);
	uint8_t digest[DIGEST];

	memcpy(text, key, len);
	memcpy(text + len, uuid, sizeof(uuid));
	sha1(text, len + sizeof(uuid) - 1, digest);
	base64_text(digest, sizeof(digest), accept);
}

int ws_read_handshake(const char *bytes, size_t len, const char key[WS_KEY],
		      void (*sha1)(const void *bytes, size_t len, uint8_t digest[20]), size_t *used)
{
	size_t seen = len < WS_HANDSHAKE_MAX ? len : WS_HANDSHAKE_MAX;
	const char *end = memmem(bytes, seen, "\r\n\r\n", 4);
	struct proof proof = {.upgrade = false};
	struct span head;
	int rc;

	if (!end)
		return seen < WS_HANDSHAKE_MAX ? -EAGAIN : -EMSGSIZE;
	head = (struct span){bytes, (size_t)(end + 4 - bytes)};
	make_accept(key, sha1, proof.accept);
	rc = read_head(head, &proof);
	if (rc)
		return rc;
	*used = head.len;
	return 0;
}

/* ---- frames ---- */

static bool is_control(enum ws_opcode opcode)
{
	return opcode >= WS_CLOSE;
}

static size_t write_header(uint8_t *header, enum ws_opcode opcode, uint64_t len)
{
	unsigned bytes = len <= WS_CONTROL_MAX ? 0 : len <= UINT16_MAX ? 2 : 8;

	header[0] = (uint8_t)(FIN | opcode);
	header[1] = (uint8_t)(MASKED | (bytes == 0 ? len : bytes == 2 ? LENGTH_16 : LENGTH_64));
	for (unsigned i = 0; i < bytes; i++)
		header[2 + i] = (uint8_t)(len >> 8 * (bytes - 1 - i));
	return 2 + bytes;
}

int ws_write(struct buf *out, enum ws_opcode opcode, const void *payload, size_t len, const uint8_t mask[4])
{
	const uint8_t *from = payload;
	uint8_t header[WS_HEADER_MAX + 4], masked[256];
	size_t header_len = write_header(header, opcode, len);

	if (opcode == WS_CONTINUATION || (is_control(opcode) && len > WS_CONTROL_MAX))
		return -EINVAL;
	memcpy(header + header_len, mask, 4);
	header_len += 4;
	if (header_len > out->max - out->len || len > out->max - out->len - header_len) {
		out->full = true;
		return -ENOBUFS;
	}
	buf_add(out, header, header_len);
	for (size_t at = 0; at < len;) {
		size_t n = 0;

		for (; n < sizeof(masked) && at < len; n++, at++)
			masked[n] = from[at] ^ mask[at % 4];
		buf_add(out, masked, n);
	}
	return 0;
}

void ws_reader_init(struct ws_reader *r, struct buf *message)
{
	*r = (struct ws_reader){.message = message, .fresh = true};
}

/* Bytes of the header that begins so. */
static size_t header_size(const struct ws_reader *r)
{
	unsigned length = r->header_len < 2 ? 0 : r->header[1] & LENGTH;

	return length == LENGTH_16 ? 4 : length == LENGTH_64 ? 10 : 2;
}

/* The shortest form must be used, and the highest bit must be 0. */
static int read_length(struct ws_reader *r)
{
	unsigned length = r->header[1] & LENGTH;
	uint64_t value = 0;

	for (size_t i = 2; i < r->header_len; i++)
		value = value << 8 | r->header[i];
	r->left = r->header_len == 2 ? length : value;
	if (length == LENGTH_16 && value < LENGTH_16)
		return -EPROTO;
	if (length == LENGTH_64 && (value <= UINT16_MAX || value >> 63))
		return -EPROTO;
	return 0;
}

static int begin_control(struct ws_reader *r)
{
	if (r->opcode > WS_PONG || !r->fin || r->left > WS_CONTROL_MAX || (r->opcode == WS_CLOSE && r->left == 1))
		return -EPROTO;
	r->control_len = 0;
	return 0;
}

static int begin_data(struct ws_reader *r)
{
	bool first = r->opcode != WS_CONTINUATION;

	if (r->opcode > WS_BINARY || first != (r->joined == WS_CONTINUATION))
		return -EPROTO;
	if (first)
		r->joined = r->opcode;
	return r->left > r->message->max - r->message->len ? -EMSGSIZE : 0;
}

static int begin_payload(struct ws_reader *r)
{
	int rc;

	if (r->header[0] & RESERVED || r->header[1] & MASKED)
		return -EPROTO;
	r->opcode = (enum ws_opcode)(r->header[0] & 0x0f);
	r->fin = r->header[0] & FIN;
	rc = read_length(r);
	if (rc)
		return rc;
	r->in_payload = true;
	return is_control(r->opcode) ? begin_control(r) : begin_data(r);
}

/* The last byte of a frame was read. Returns what is complete by it. */
static enum ws_opcode end_frame(struct ws_reader *r)
{
	enum ws_opcode message = r->joined;

	r->in_payload = false;
	r->header_len = 0;
	if (is_control(r->opcode)) {
		if (r->opcode == WS_CLOSE) {
			r->close_code = r->control_len ? (uint16_t)(r->control[0] << 8 | r->control[1]) : WS_NO_CODE;
			r->rc = -ESHUTDOWN;
		}
		return r->opcode;
	}
	if (!r->fin)
		return WS_CONTINUATION;
	r->joined = WS_CONTINUATION;
	r->fresh = true;
	return message;
}

static int take_header(struct ws_reader *r, const uint8_t *p, size_t len, size_t *taken)
{
	size_t at = 0;

	while (at < len && r->header_len < header_size(r))
		r->header[r->header_len++] = p[at++];
	*taken = at;
	return r->header_len < header_size(r) ? 0 : begin_payload(r);
}

static int take_payload(struct ws_reader *r, const uint8_t *p, size_t len, size_t *taken)
{
	size_t n = len < r->left ? len : (size_t)r->left;
	int rc = 0;

	if (is_control(r->opcode)) {
		memcpy(r->control + r->control_len, p, n);
		r->control_len += n;
	} else {
		rc = buf_add(r->message, p, n) ? -EMSGSIZE : 0;
	}
	r->left -= n;
	*taken = n;
	return rc;
}

int ws_reader_feed(struct ws_reader *r, const void *bytes, size_t len, size_t *used, enum ws_opcode *what)
{
	const uint8_t *p = bytes;
	enum ws_opcode done = WS_CONTINUATION;
	size_t at = 0;

	if (r->rc)
		return r->rc;
	if (r->fresh)
		buf_reset(r->message);
	r->fresh = false;
	while (at < len && done == WS_CONTINUATION) {
		size_t taken = 0;

		r->rc = (r->in_payload ? take_payload : take_header)(r, p + at, len - at, &taken);
		if (r->rc)
			return r->rc;
		at += taken;
		if (r->in_payload && r->left == 0)
			done = end_frame(r);
	}
	*used = at;
	*what = done;
	return 0;
}
