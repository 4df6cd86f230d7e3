/* The tracker of a story that speaks HTTP or WebSocket, or a Transmission with its RPC: connections and answers. */
#include "probe_host.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "bomb.h"
#include "core/hash.h"

enum { IN_MAX = 1 << 20, FLOOD = 60000, DRIP_MS = 1000 };
enum { MANY = 1000, MUCH = 16 << 20 }; /* questions, and bytes of a flood that buffers hold, that no probe wants */
enum { TEXT = 1, CLOSE = 8, PONG = 10 }; /* frames */

struct probe_conn {
	struct probe_host *host;
	struct probe_conn *next;
	int fd;
	bool shaken; /* WebSocket: frames follow */
	struct buf in, out;
	struct probe_asked asked;
	const struct probe_rule *rule; /* that is being played; NULL = none */
	size_t part;
	bool due;           /* what the part waits for is over */
	struct buf endless; /* what is sent over and over */
	size_t flooded;     /* bytes of it */
	size_t dripped;
	bool drips;
	struct loop_timer timer;
};

/* ---- connections ---- */

static void conn_free(struct probe_conn *c)
{
	struct probe_conn **at = &c->host->conns;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	loop_timer_stop(c->host->loop, &c->timer);
	loop_unwatch(c->host->loop, c->fd);
	close(c->fd);
	buf_done(&c->in);
	buf_done(&c->out);
	buf_done(&c->endless);
	free(c);
}

static void conn_ready(void *context, int fd, unsigned events);

/* False: the other side has hung up. */
static bool conn_flush(struct probe_conn *c)
{
	for (;;) {
		ssize_t n;

		if (!c->out.len && c->endless.len && !c->drips) {
			buf_add(&c->out, buf_str(&c->endless), c->endless.len);
			c->flooded += c->endless.len;
		}
		if (c->flooded > MUCH)
			c->host->bail(c->host->context, "the probe reads without end");
		if (!c->out.len)
			break;
		n = send(c->fd, c->out.data, c->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno != EAGAIN)
			return false;
		if (n < 0)
			break;
		buf_drop(&c->out, (size_t)n);
	}
	loop_watch(c->host->loop, c->fd, LOOP_IN | (c->out.len ? LOOP_OUT : 0), conn_ready, c);
	return true;
}

/* ---- frames (RFC 6455) ---- */

static void add_frame(struct buf *out, unsigned first, const char *text, size_t len, bool masked)
{
	unsigned bit = masked ? 0x80 : 0;

	buf_putc(out, (char)first);
	if (len < 126) {
		buf_putc(out, (char)(bit | len));
	} else {
		buf_putc(out, (char)(bit | 126));
		buf_putc(out, (char)(len >> 8));
		buf_putc(out, (char)len);
	}
	if (masked)
		buf_add(out, "\0\0\0\0", 4);
	buf_add(out, text, len);
}

static void add_hex(struct buf *out, const char *hex, size_t len)
{
	for (size_t i = 0; i + 1 < len; i += 2)
		buf_putc(out, (char)(str_hex(hex[i]) * 16 + str_hex(hex[i + 1])));
}

/* ---- what it does ---- */

static void expand(struct probe_conn *c, const char *words, struct buf *out)
{
	static const enum probe_form forms[] = {
		[PROBE_SPEAKS_HTTP] = PROBE_BENCODE, [PROBE_SPEAKS_WS] = PROBE_JSON, [PROBE_SPEAKS_RPC] = PROBE_RPC};

	if (!probe_script_text(c->host->script, forms[c->host->speech], words, out))
		c->host->bail(c->host->context, "the words of an answer cannot be understood");
}

static void add_page(struct probe_conn *c, const char *status, const char *head, const struct buf *body)
{
	buf_printf(&c->out, "HTTP/1.1 %s Said\r\n%sContent-Length: %zu\r\n\r\n", status, head, body->len);
	buf_add(&c->out, buf_str(body), body->len);
}

static void do_answer(struct probe_conn *c, const char *words)
{
	struct buf body;

	(void)words;
	buf_init(&body, PROBE_ANSWER);
	probe_script_truth(c->host->script, c->host->speech == PROBE_SPEAKS_WS ? PROBE_JSON : PROBE_BENCODE, &c->asked,
			   &body);
	if (c->host->speech == PROBE_SPEAKS_WS)
		add_frame(&c->out, 0x80 | TEXT, buf_str(&body), body.len, false);
	else
		add_page(c, "200", "", &body);
	buf_done(&body);
}

static void do_say(struct probe_conn *c, const char *words)
{
	bool frame = c->host->speech == PROBE_SPEAKS_WS;
	size_t status = frame ? 0 : strcspn(words, " ");
	char code[8];
	struct buf body;

	snprintf(code, sizeof(code), "%.*s", (int)status, words);
	buf_init(&body, PROBE_ANSWER);
	expand(c, words + status + (words[status] == ' '), &body);
	if (frame)
		add_frame(&c->out, 0x80 | TEXT, buf_str(&body), body.len, false);
	else
		add_page(c, code, "", &body);
	buf_done(&body);
}

static void do_frame_as(struct probe_conn *c, const char *words, bool masked)
{
	struct buf text;

	buf_init(&text, PROBE_ANSWER);
	if (words[2])
		expand(c, words + 3, &text);
	add_frame(&c->out, (unsigned)strtoul(words, NULL, 16), buf_str(&text), text.len, masked);
	buf_done(&text);
}

static void do_frame(struct probe_conn *c, const char *words)
{
	do_frame_as(c, words, false);
}

static void do_masked(struct probe_conn *c, const char *words)
{
	do_frame_as(c, words, true);
}

static void do_lie(struct probe_conn *c, const char *words)
{
	size_t hex = strcspn(words + 3, " ");

	add_hex(&c->out, words, 2);
	add_hex(&c->out, words + 3, hex);
	if (words[3 + hex])
		expand(c, words + 3 + hex + 1, &c->out);
}

static void begin_endless(struct probe_conn *c, const char *words, size_t least)
{
	bool frames = c->host->speech == PROBE_SPEAKS_WS;

	if (!frames)
		buf_puts(&c->out, "HTTP/1.1 200 Fine\r\n\r\n");
	buf_init(&c->endless, IN_MAX);
	do {
		if (frames)
			add_frame(&c->endless, 0x80 | TEXT, words, strlen(words), false);
		else
			buf_puts(&c->endless, words);
	} while (c->endless.len < least);
}

static void do_flood(struct probe_conn *c, const char *words)
{
	begin_endless(c, words, FLOOD);
}

static void do_drip(struct probe_conn *c, const char *words)
{
	begin_endless(c, words, 1);
	c->drips = true;
	loop_timer_in(c->host->loop, &c->timer, DRIP_MS);
}

static void do_bomb(struct probe_conn *c, const char *words)
{
	static unsigned char bytes[BOMB_SIZE];
	size_t len = bomb_make(bytes, BOMB_REPEATS);
	struct buf body;

	(void)words;
	buf_init(&body, BOMB_SIZE);
	buf_add(&body, bytes, len);
	add_page(c, "200", "Content-Encoding: gzip\r\n", &body);
	buf_done(&body);
}

static void do_nothing(struct probe_conn *c, const char *words)
{
	(void)c, (void)words;
}

/* What the rule says, as far as it may happen now. False: the connection is gone. */
static bool play(struct probe_conn *c)
{
	static const struct {
		const char *verb;
		void (*act)(struct probe_conn *c, const char *words);
	} acts[] = {
		{"answers", do_answer}, {"says", do_say},     {"frame", do_frame},
		{"masked", do_masked},  {"lies", do_lie},     {"floods", do_flood},
		{"drips", do_drip},     {"bomb", do_bomb},    {"silent", do_nothing},
	};

	while (c->rule && c->part < c->rule->count) {
		const struct probe_part *part = &c->rule->parts[c->part];
		size_t i = 0;

		if (part->in_ms && !c->due) {
			loop_timer_in(c->host->loop, &c->timer, part->in_ms);
			break;
		}
		c->due = false;
		c->part++;
		if (strcmp(part->verb, "hangs") == 0)
			return conn_flush(c) && (conn_free(c), false);
		while (i < sizeof(acts) / sizeof(acts[0]) && strcmp(acts[i].verb, part->verb) != 0)
			i++;
		if (i == sizeof(acts) / sizeof(acts[0]))
			c->host->bail(c->host->context, "nobody can do this");
		else
			acts[i].act(c, part->words);
	}
	return true;
}

static void begin_rule(struct probe_conn *c)
{
	if (c->host->questions == MANY)
		c->host->bail(c->host->context, "the probe asks without end");
	c->rule = probe_script_find(c->host->script, false, ++c->host->questions);
	c->part = 0;
	c->due = false;
}

static void timer_fired(void *context)
{
	struct probe_conn *c = context;

	if (c->drips) {
		buf_putc(&c->out, c->endless.data[c->dripped++ % c->endless.len]);
		loop_timer_in(c->host->loop, &c->timer, DRIP_MS);
	} else {
		c->due = true;
		if (!play(c))
			return;
	}
	if (!conn_flush(c))
		conn_free(c);
}

/* ---- bytes ---- */

static void shake_hands(struct probe_conn *c, const char *request)
{
	static const char name[] = "\r\nSec-WebSocket-Key: ";
	const char *key = strstr(request, name);
	char joined[100], accept[40];
	uint8_t digest[20];

	probe_host_tell(c->host, "connects to %.*s", (int)strcspn(request + 4, " "), request + 4);
	snprintf(joined, sizeof(joined), "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key ? key + strlen(name) : "");
	hash_sha1(joined, strlen(joined), digest);
	base64_text(digest, sizeof(digest), accept);
	buf_printf(&c->out,
		   "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		   "Sec-WebSocket-Accept: %s\r\n\r\n",
		   accept);
	c->shaken = true;
}

static void hear_request(struct probe_conn *c, char *request, const char *body)
{
	static const char session[] = "X-Transmission-Session-Id: abc\r\n";
	struct buf none = {0};

	if (c->host->speech == PROBE_SPEAKS_WS) {
		shake_hands(c, request);
		return;
	}
	if (c->host->speech == PROBE_SPEAKS_RPC && !strstr(request, session)) {
		add_page(c, "409", session, &none);
		return;
	}
	if (c->host->speech == PROBE_SPEAKS_RPC)
		probe_host_hear_rpc(c->host, request, body, &c->asked);
	else
		probe_host_hear_http(c->host, request, &c->asked);
	begin_rule(c);
}

/* Takes a request out of what has come. False: it is not whole. */
static bool take_request(struct probe_conn *c)
{
	const char *end = strstr(buf_str(&c->in), "\r\n\r\n"), *length;
	char *request, *body;
	size_t head, len;

	if (!end)
		return false;
	head = (size_t)(end + 4 - c->in.data);
	length = strstr(c->in.data, "\r\nContent-Length: ");
	len = length && length < end ? strtoul(length + 18, NULL, 10) : 0;
	if (c->in.len < head + len)
		return false;
	request = xcalloc(head + 1, 1);
	body = xcalloc(len + 1, 1);
	memcpy(request, c->in.data, head);
	memcpy(body, c->in.data + head, len);
	buf_drop(&c->in, head + len);
	hear_request(c, request, body);
	free(request);
	free(body);
	return true;
}

static void hear_frame(struct probe_conn *c, unsigned opcode, char *text, size_t len)
{
	if (opcode == TEXT) {
		probe_host_hear_ws(c->host, text, &c->asked);
		begin_rule(c);
	} else if (opcode == PONG) {
		probe_host_tell(c->host, "pongs %s", text);
	} else if (opcode == CLOSE) {
		probe_host_tell(c->host, "says good bye");
		add_frame(&c->out, 0x80 | CLOSE, text, len, false);
	} else {
		c->host->bail(c->host->context, "the probe sent a frame that nobody asked for");
	}
}

static bool take_frame(struct probe_conn *c)
{
	const uint8_t *p = (const uint8_t *)buf_str(&c->in);
	size_t head = 2, len = c->in.len < 2 ? 0 : p[1] & 0x7f;
	char *text;

	if (c->in.len < 4)
		return false;
	if (!(p[1] & 0x80) || !(p[0] & 0x80))
		c->host->bail(c->host->context, "the probe sent a frame without a mask, or a part of one");
	if (len == 126) {
		head = 4;
		len = (size_t)p[2] << 8 | p[3];
	}
	if (c->in.len < head + 4 + len)
		return false;
	text = xcalloc(len + 1, 1);
	for (size_t i = 0; i < len; i++)
		text[i] = (char)(p[head + 4 + i] ^ p[head + i % 4]);
	head += 4 + len;
	hear_frame(c, p[0] & 0x0f, text, len);
	buf_drop(&c->in, head);
	free(text);
	return true;
}

/* False: the other side has hung up. */
static bool conn_read(struct probe_conn *c)
{
	for (;;) {
		char bytes[4096];
		ssize_t n = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

		if (n < 0)
			return errno == EAGAIN;
		if (n == 0)
			return false;
		buf_add(&c->in, bytes, (size_t)n);
	}
}

static void conn_ready(void *context, int fd, unsigned events)
{
	struct probe_conn *c = context;

	(void)fd;
	if ((events & LOOP_IN) && !conn_read(c)) {
		conn_free(c);
		return;
	}
	while (c->shaken ? take_frame(c) : take_request(c))
		if (!play(c))
			return;
	if (!conn_flush(c))
		conn_free(c);
}

static void accepts(void *context, int fd, unsigned events)
{
	struct probe_host *h = context;
	struct probe_conn *c;
	int one = 1, new = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (new < 0)
		return;
	setsockopt(new, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	c = xcalloc(1, sizeof(*c));
	c->host = h;
	c->fd = new;
	c->timer = (struct loop_timer){.fire = timer_fired, .context = c};
	buf_init(&c->in, IN_MAX);
	buf_init(&c->out, IN_MAX);
	c->next = h->conns;
	h->conns = c;
	loop_watch(h->loop, new, LOOP_IN, conn_ready, c);
}

/* ---- the tracker ---- */

void probe_host_begin(struct probe_host *h)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);

	h->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (h->listener < 0 || bind(h->listener, (struct sockaddr *)&address, len) || listen(h->listener, 8) ||
	    getsockname(h->listener, (struct sockaddr *)&address, &len)) {
		printf("Bail out! no listener\n");
		exit(1);
	}
	h->port = ntohs(address.sin_port);
	loop_watch(h->loop, h->listener, LOOP_IN, accepts, h);
	probe_host_begin_udp(h);
}

void probe_host_end(struct probe_host *h)
{
	while (h->conns)
		conn_free(h->conns);
	loop_unwatch(h->loop, h->listener);
	close(h->listener);
	probe_host_end_udp(h);
}
