/* Scrapes over WebSocket of trackers good and bad. */
#include "swarm/probe.h"

#include <poll.h>

#include "base/buf.h"
#include "core/hash.h"
#include "probing.h"

/* How the tracker is. */
struct manner {
	bool fragments, pings, slow; /* frames in pieces; a ping first; byte by byte */
	bool twice_encoded;
	bool zeros_raw; /* a byte of 0 as the character it is in JSON, else every character escaped */
	unsigned hang_up_after; /* batches, on the first connection */
	const char *always;     /* the answer to each question */
	const char *handshake;  /* instead of the right one */
	bool silent, rude;      /* no answer; no half of the closing handshake */
	const char *raw;        /* bytes instead of an answer's frame */
	size_t raw_len;
	bool forever, pieces; /* and again, and again; as one message */
};

/* ---- the server's half of RFC 6455 ---- */

static bool read_all(int fd, void *bytes, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = read(fd, (char *)bytes + at, len - at);

		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

/* One frame, unmasked; the opcode, 0 at the end. What is not masked ends it: clients must. */
static unsigned read_frame(int fd, char *text, size_t size)
{
	unsigned char head[8], mask[4];
	size_t len;

	if (!read_all(fd, head, 2) || !(head[1] & 0x80))
		return 0;
	len = head[1] & 0x7f;
	if (len == 126) {
		if (!read_all(fd, head + 2, 2))
			return 0;
		len = (size_t)head[2] << 8 | head[3];
	}
	if (len >= size || !read_all(fd, mask, 4) || !read_all(fd, text, len))
		return 0;
	for (size_t i = 0; i < len; i++)
		text[i] = (char)(text[i] ^ mask[i % 4]);
	text[len] = '\0';
	return head[0] & 0x0f;
}

static void write_frame(int fd, unsigned first, const char *text, size_t len)
{
	unsigned char head[4] = {(unsigned char)first, (unsigned char)len};

	if (len > 125) {
		head[1] = 126;
		head[2] = (unsigned char)(len >> 8);
		head[3] = (unsigned char)len;
	}
	send_text(fd, (const char *)head, len > 125 ? 4 : 2);
	send_text(fd, text, len);
}

static void write_text(int fd, const struct manner *m, const char *text, size_t len)
{
	size_t third = len / 3;

	if (m->pings)
		write_frame(fd, 0x89, "are you there", 13);
	if (!m->fragments) {
		write_frame(fd, 0x81, text, len);
		return;
	}
	write_frame(fd, 0x01, text, third);
	write_frame(fd, 0x89, "between", 7);
	write_frame(fd, 0x00, text + third, third);
	write_frame(fd, 0x80, text + 2 * third, len - 2 * third);
}

static void base64(const uint8_t *bytes, size_t len, char *text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		unsigned v = (unsigned)bytes[i] << 16 | (i + 1 < len ? bytes[i + 1] : 0U) << 8 |
			     (i + 2 < len ? bytes[i + 2] : 0U);

		for (int d = 0; d < 4; d++)
			*text++ = i + (size_t)d > len ? '=' : digits[v >> (18 - 6 * d) & 63];
	}
	*text = '\0';
}

static bool shake_hands(int fd, const struct manner *m, struct http_seen *seen)
{
	char request[4096], key[100], accept[40], answer[300];
	const char *at;
	uint8_t digest[20];
	int len;

	if (!read_request(fd, request, sizeof(request)))
		return false;
	snprintf(seen->text, sizeof(seen->text), "%s", request);
	at = strstr(request, "\r\nSec-WebSocket-Key: ");
	if (!at)
		return false;
	len = snprintf(key, sizeof(key), "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", at + 21);
	hash_sha1(key, (size_t)len, digest);
	base64(digest, sizeof(digest), accept);
	len = snprintf(answer, sizeof(answer),
		       "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		       "Sec-WebSocket-Accept: %s\r\n\r\n",
		       accept);
	if (m->handshake)
		send_text(fd, m->handshake, strlen(m->handshake));
	else
		send_text(fd, answer, (size_t)len);
	return !m->handshake;
}

/* ---- the tracker ---- */

/* Reads "\u00ab", "\"" and plain characters up to the closing quote. */
static const char *read_hash(const char *at, uint8_t hash[INFO_HASH])
{
	for (size_t i = 0; i < INFO_HASH; i++) {
		if (*at == '\\') {
			unsigned value = 0;

			for (int d = 2; d < 6; d++)
				value = value * 16 + (unsigned)(at[d] <= '9' ? at[d] - '0' : (at[d] | 32) - 'a' + 10);
			hash[i] = (uint8_t)value;
			at += 6;
		} else {
			hash[i] = (uint8_t)*at++;
		}
	}
	return *at == '"' ? at + 1 : NULL;
}

static void add_character(struct buf *out, unsigned c)
{
	if (c < ' ' || c == '"' || c == '\\')
		buf_printf(out, "\\u%04X", c);
	else if (c < 0x80)
		buf_putc(out, (char)c);
	else
		buf_printf(out, "%c%c", 0xc0 | c >> 6, 0x80 | (c & 0x3f));
}

static void add_key(struct buf *out, const struct manner *m, const uint8_t hash[INFO_HASH])
{
	for (size_t i = 0; i < INFO_HASH; i++) {
		if (m->twice_encoded && hash[i] >= 0x80) {
			add_character(out, 0xc0U | hash[i] >> 6);
			add_character(out, 0x80U | (hash[i] & 0x3f));
		} else if (m->zeros_raw || m->twice_encoded) {
			add_character(out, hash[i]);
		} else {
			buf_printf(out, "\\u%04x", hash[i]);
		}
	}
}

/* The answer to a question, in the numbers that all_right() knows. */
static bool answer(int fd, const struct manner *m, const char *question)
{
	static const char begin[] = "{\"action\":\"scrape\",\"info_hash\":[\"";
	const char *at = question + strlen(begin);
	struct buf out;
	bool fine = strncmp(question, begin, strlen(begin)) == 0;

	buf_init(&out, 1 << 20);
	buf_puts(&out, "{\"action\":\"scrape\",\"files\":{");
	for (unsigned count = 0; fine; count++) {
		uint8_t hash[INFO_HASH];

		at = read_hash(at, hash);
		if (!at || count == 59) {
			fine = false;
			break;
		}
		buf_puts(&out, count ? ",\"" : "\"");
		add_key(&out, m, hash);
		buf_printf(&out, "\":{\"complete\":%u,\"incomplete\":%u,\"downloaded\":7}", hash[0], hash[1] + 1U);
		if (*at == ']')
			break;
		at += 2;
	}
	buf_puts(&out, "},\"flags\":{\"min_request_interval\":600}}");
	if (fine)
		write_text(fd, m, buf_str(&out), out.len);
	buf_done(&out);
	return fine;
}

/* Until nobody listens any more. */
static void flood(int fd, const struct manner *m)
{
	static char many[60000];
	size_t at = 0;

	for (; at + m->raw_len <= sizeof(many); at += m->raw_len)
		memcpy(many + at, m->raw, m->raw_len);
	if (m->pieces)
		memset(many + m->raw_len, 0, at - m->raw_len); /* empty continuations */
	while (send(fd, many, at, MSG_NOSIGNAL) > 0)
		if (m->pieces)
			many[0] = 0;
}

static void tracker(int fd, struct http_seen *seen, const void *arg)
{
	static char text[65536];
	const struct manner *m = arg;
	bool again = seen->connections > 1;
	unsigned opcode, batches = 0;

	if (!shake_hands(fd, m, seen))
		return;
	while ((opcode = read_frame(fd, text, sizeof(text)))) {
		if (opcode == 8 && !m->rude)
			write_frame(fd, 0x88, text, 2);
		if (opcode == 8 && m->rude)
			pause();
		if (opcode == 8)
			return;
		if (opcode == 10)
			snprintf(seen->text, sizeof(seen->text), "%.100s", text);
		if (opcode != 1 || m->silent)
			continue;
		seen->requests++;
		if (m->hang_up_after && !again && batches == m->hang_up_after)
			return;
		batches++;
		if (m->forever)
			flood(fd, m);
		else if (m->raw)
			send_text(fd, m->raw, m->raw_len);
		else if (m->always)
			write_text(fd, m, m->always, strlen(m->always));
		else if (!answer(fd, m, text))
			return;
	}
}

/* ---- tests ---- */

static struct probing p;

static void begin(const struct manner *m)
{
	probing_begin(&p, &probe_ws, tracker, m);
}

static bool all_right(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct probe_row *row = &p.rows[i];

		if (p.told[i] != 1 || row->seeders != p.hashes[i][0] || row->completed != 7 ||
		    row->leechers != p.hashes[i][1] + 1)
			return false;
	}
	return true;
}

static void test_good(void)
{
	static const struct manner good = {.pings = true}, raw = {.zeros_raw = true}, twice = {.twice_encoded = true},
				   pieces = {.fragments = true}, rude = {.rude = true};
	const struct manner *const others[] = {&raw, &twice, &pieces};
	char host[100];

	begin(&good);
	probing_run(&p, "ws", "/path?x=1", 1000);
	is_int(p.rc, 0, "it answers for all: %s", p.error);
	ok(all_right(1000), "and every number is right");
	is_int(p.world.seen->connections, 1, "over one connection");
	is_int(p.world.seen->requests, 17, "in batches");
	is_str(p.world.seen->text, "are you there", "its pings are answered");
	ok(p.latency > 0, "its latency is known");
	is_int(p.wait_s, 600, "and for how long it wants no other question");
	probing_run(&p, "ws", "", 1);
	snprintf(host, sizeof(host), "\r\nHost: 127.0.0.1:%u\r\n", p.world.port);
	ok(p.rc == 0 && all_right(1), "one hash, no path");
	probing_end(&p);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		begin(others[i]);
		probing_run(&p, "ws", "/", 256);
		ok(p.rc == 0 && all_right(256), "however it writes: %s", p.error);
		probing_end(&p);
	}
	begin(&rude);
	probing_run(&p, "ws", "/", 60);
	ok(p.rc == 0 && all_right(60), "it need not say good bye: %s", p.error);
	probing_end(&p);
}

static void ends(const struct manner *m, bool suspect, int rc, const char *words, const char *name)
{
	begin(m);
	p.ask.suspect = suspect;
	probing_run(&p, "ws", "/", 130);
	is_int(p.rc, rc, "%s: %s", name, p.error);
	ok(strstr(p.error, words) != NULL, "%s: in words", name);
	probing_end(&p);
}

static void test_bad(void)
{
	static char big[70000];
	static const struct manner falls = {.hang_up_after = 1};
	static const struct manner no_json = {.always = "hello"};
	static const struct manner failure = {.always = "{\"action\":\"scrape\",\"failure reason\":\"not for you\"}"};
	static const struct manner empty = {.always = "{\"action\":\"scrape\",\"files\":{}}"};
	static const struct manner odd = {.always = "{\"action\":\"scrape\",\"files\":{\"x\":1,\"y\":[]}}"};
	static const struct manner masked = {.raw = "\x81\x81zzzz1", .raw_len = 7};
	static const struct manner reserved = {.raw = "\xf1\x01z", .raw_len = 3};
	static const struct manner closes = {.raw = "\x88\x02\x03\xe8", .raw_len = 4};
	static const struct manner page = {.handshake = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"};
	static const struct manner no_proof = {.handshake = "HTTP/1.1 101 Fine\r\nUpgrade: websocket\r\n"
							    "Connection: Upgrade\r\n\r\n"};
	static const struct manner silent = {.silent = true};
	struct manner giant = {.raw = big, .raw_len = sizeof(big)};

	ends(&falls, false, 0, "", "one that falls once");
	ends(&falls, true, -EPIPE, "closed", "a suspect that falls");
	ends(&no_json, false, -EBADMSG, "no JSON", "no JSON");
	ends(&failure, false, -EREMOTEIO, "not for you", "a refusal");
	ends(&empty, false, 0, "", "an empty answer");
	is_int(p.rows_told, 0, "which is no zero");
	ends(&odd, false, 0, "", "odd files");
	ends(&masked, false, -EBADMSG, "protocol", "a frame with a mask");
	ends(&reserved, false, -EBADMSG, "protocol", "a frame with extensions");
	ends(&closes, true, -EPIPE, "closed", "a good bye");
	ends(&page, false, -ECONNREFUSED, "refuses", "a web server");
	ends(&no_proof, false, -EPROTO, "no WebSocket", "no proof that the key was read");
	ends(&silent, true, -ETIMEDOUT, "in time", "silence");
	memcpy(big, "\x81\x7f\0\0\0\0\1\0\0\0", 10);
	ends(&giant, false, -EMSGSIZE, "too big", "a message of 16 MiB");
}

static void test_wait(void)
{
#define FLAGS(flags) "{\"action\":\"scrape\",\"files\":{},\"flags\":" flags "}"
	static const struct {
		const char *answer;
		int64_t wait_s;
		const char *name;
	} cases[] = {
		{FLAGS("{\"min_request_interval\":1800}"), 1800, "a number"},
		{FLAGS("{\"min_request_interval\":-1800}"), 0, "one below 0"},
		{FLAGS("{\"min_request_interval\":[1800]}"), 0, "none"},
		{FLAGS("{\"min_request_interval\":1e300}"), INT64_MAX, "one beyond all"},
		{FLAGS("{}"), 0, "nothing said"},
		{FLAGS("[1800]"), 0, "odd flags"},
		{"{\"failure reason\":\"too soon\",\"flags\":{\"min_request_interval\":1800}}", 1800, "a refusal"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct manner m = {.always = cases[i].answer};

		begin(&m);
		probing_run(&p, "ws", "/", 1);
		is_int(p.wait_s, cases[i].wait_s, "for how long it wants no other question: %s", cases[i].name);
		probing_end(&p);
	}
}

static void test_floods(void)
{
	static const struct manner floods[] = {
		{.raw = "\x81\x0e{\"action\":\"x\"}", .raw_len = 16, .forever = true},
		{.raw = "\x89\x04" "abcd", .raw_len = 6, .forever = true},
		{.raw = "\x8a\x00", .raw_len = 2, .forever = true},
		{.raw = "\x82\x00", .raw_len = 2, .forever = true},
		{.raw = "\x01\x00", .raw_len = 2, .forever = true, .pieces = true},
	};

	for (size_t i = 0; i < sizeof(floods) / sizeof(floods[0]); i++)
		ends(&floods[i], false, -EMSGSIZE, "more than it is asked for", "a flood");
}

static void test_never(void)
{
	static const struct manner good = {.silent = false};
	static const struct probe_events events = {probing_row, probing_ended, &p};

	begin(&good);
	p.ask.public_only = true;
	probing_run(&p, "ws", "/", 3);
	ok(p.rc == -EACCES && p.world.seen->connections == 0, "one that lives here is not asked: %s", p.error);
	p.ask.public_only = false;
	p.ended = 0;
	p.ops->free(p.ops->start(&p.ask, &events));
	p.ops->free(NULL);
	is_int(p.ended, 0, "nothing is told of a probe that was freed");
	probing_end(&p);
}

int main(void)
{
	alarm(120);
	signal(SIGPIPE, SIG_IGN);
	test_good();
	test_bad();
	test_wait();
	test_floods();
	test_never();
	return tap_done();
}
