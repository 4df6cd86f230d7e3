/* Scrapes of one WebTorrent tracker: JSON in the text frames of one WebSocket connection, one question at a time. The
 * bytes of an info-hash are the characters U+0000 to U+00FF of a string. There is no BEP; the reference is the
 * bittorrent-tracker of the WebTorrent project. */
#include "swarm/probe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/text.h"
#include "base/words.h"
#include "base/xmalloc.h"
#include "core/hash.h"
#include "core/json.h"
#include "swarm/probe_web.h"
#include "wire/ws.h"

enum {
	MESSAGE_MAX = 64 << 10,      /* an answer for 59 hashes has some 12 kB */
	BYTES_MAX = 4 * MESSAGE_MAX, /* of all that comes after a question, until its answer */
	FRAMES_MAX = 1000,           /* likewise: messages, pings and pongs */
	OUT_MAX = 32 << 10,
	IN_MAX = 32 << 10, /* the answer to the handshake, and what came with it */
	ANSWER_MS = 15000,
	SUSPECT_ANSWER_MS = 7000,
	CLOSE_MS = 2000, /* for the other side's half of the closing handshake */
	KEY_MAX = 4 * INFO_HASH + 1,
};

enum state { CONNECTING, SHAKING, ASKING, CLOSING };

struct probe {
	struct probe_web web;
	struct http_stream *stream;
	enum state state;
	char key[WS_KEY];
	struct ws_reader reader;
	struct buf message, in;
	struct loop_timer deadline;
	size_t bytes, frames; /* since the latest question */
};

static void connect_stream(struct probe *p);
static void ask_next(struct probe *p);

/* ---- endings ---- */

static void drop_stream(struct probe *p)
{
	http_stream_close(p->stream);
	p->stream = NULL;
	loop_timer_stop(p->web.ask.loop, &p->deadline);
}

static void end(struct probe *p, int rc, const char *words)
{
	drop_stream(p);
	probe_web_end(&p->web, rc, words, strlen(words));
}

static void set_deadline(struct probe *p, int64_t ms)
{
	loop_timer_in(p->web.ask.loop, &p->deadline, ms);
}

static void late(void *context)
{
	struct probe *p = context;

	if (p->state == CLOSING) {
		end(p, 0, "");
	} else if (p->state == ASKING && probe_web_again(&p->web, false)) {
		drop_stream(p);
		connect_stream(p);
	} else {
		end(p, -ETIMEDOUT, N_("no answer in time"));
	}
}

static void on_closed(void *context, const struct http_result *result)
{
	struct probe *p = context;
	bool lost = result->failure == HTTP_FINE || result->failure == HTTP_BROKEN;

	p->stream = NULL;
	drop_stream(p);
	if (p->state == CLOSING)
		end(p, 0, "");
	else if (p->state == ASKING && lost && probe_web_again(&p->web, true))
		connect_stream(p);
	else
		probe_web_failed(&p->web, result);
}

/* ---- frames ---- */

static void send_frame(struct probe *p, enum ws_opcode opcode, const void *payload, size_t len)
{
	struct buf out;
	uint8_t mask[4];

	buf_init(&out, OUT_MAX);
	if (getrandom(mask, sizeof(mask), 0) != sizeof(mask) || ws_write(&out, opcode, payload, len, mask) ||
	    http_stream_send(p->stream, buf_str(&out), out.len))
		end(p, -EIO, N_("nothing can be sent"));
	buf_done(&out);
}

static void add_hash(struct buf *out, const uint8_t hash[INFO_HASH])
{
	for (size_t i = 0; i < INFO_HASH; i++) {
		if (hash[i] >= ' ' && hash[i] < 0x7f && hash[i] != '"' && hash[i] != '\\')
			buf_putc(out, (char)hash[i]);
		else
			buf_printf(out, "\\u%04x", hash[i]);
	}
}

static void ask_next(struct probe *p)
{
	static const uint8_t normal[2] = {1000 >> 8, 1000 & 0xff};
	size_t count = probe_web_room(&p->web);
	struct buf text;

	if (!count) {
		p->state = CLOSING;
		set_deadline(p, CLOSE_MS);
		send_frame(p, WS_CLOSE, normal, sizeof(normal));
		return;
	}
	buf_init(&text, OUT_MAX / 2);
	buf_puts(&text, "{\"action\":\"scrape\",\"info_hash\":[");
	for (size_t i = 0; i < count; i++) {
		buf_puts(&text, i ? ",\"" : "\"");
		add_hash(&text, p->web.ask.hashes[p->web.first + i]);
		buf_puts(&text, "\"");
	}
	buf_puts(&text, "]}");
	p->state = ASKING;
	probe_web_asked(&p->web, count);
	p->bytes = p->frames = 0;
	set_deadline(p, p->web.ask.suspect ? SUSPECT_ANSWER_MS : ANSWER_MS);
	send_frame(p, WS_TEXT, buf_str(&text), text.len);
	buf_done(&text);
}

/* ---- answers ---- */

enum { ZERO = 0xe000 };

/* Keys of a JSON object are C strings for core/json, and every 13th hash has a byte of 0. */
static void hide_zeros(struct buf *text)
{
	for (size_t i = 0; i + 5 < text->len; i++) {
		if (text->data[i] != '\\')
			continue;
		if (memcmp(text->data + i + 1, "u0000", 5) == 0)
			text->data[i + 2] = 'e';
		i++; /* what is escaped begins no escape */
	}
}

/* A hash as a key; `again`: encoded twice, as trackers do that take text for bytes. */
static void write_key(const uint8_t hash[INFO_HASH], bool again, char key[KEY_MAX])
{
	size_t len = 0;

	for (size_t i = 0; i < INFO_HASH; i++) {
		char once[4];
		size_t bytes = text_encode(hash[i] ? hash[i] : ZERO, once);

		for (size_t b = 0; b < bytes; b++) {
			if (again && hash[i])
				len += text_encode((uint8_t)once[b], key + len);
			else
				key[len++] = once[b];
		}
	}
	key[len] = '\0';
}

static const struct json *find_file(const struct json *files, const uint8_t hash[INFO_HASH])
{
	char key[KEY_MAX];
	const struct json *file;

	write_key(hash, false, key);
	file = json_member(files, key);
	if (file)
		return file;
	write_key(hash, true, key);
	return json_member(files, key);
}

static void take_files(struct probe *p, const struct json *files)
{
	for (size_t i = 0; i < p->web.count; i++) {
		const uint8_t *hash = p->web.ask.hashes[p->web.first + i];
		const struct json *file = find_file(files, hash);

		if (json_is_object(file))
			probe_web_tell(&p->web, hash, json_int(json_member(file, "complete"), -1),
				       json_int(json_member(file, "incomplete"), -1),
				       json_int(json_member(file, "downloaded"), -1));
	}
}

static int64_t wait_of(const struct json *answer)
{
	int64_t seconds = json_int(json_member(json_member(answer, "flags"), "min_request_interval"), 0);

	return seconds > 0 ? seconds : 0;
}

static bool is_text(const struct json *value, const char *want)
{
	size_t len = 0;
	const char *text = json_text(value, &len);

	return text && len == strlen(want) && memcmp(text, want, len) == 0;
}

/* Offers of peers and whatever else it says are passed over: the deadline runs, and so does the budget. */
static void take_answer(struct probe *p, const struct json *answer)
{
	const struct json *files = json_member(answer, "files");
	size_t len = 0;
	const char *failure = json_text(json_member(answer, "failure reason"), &len);

	if (p->state != ASKING)
		return;
	if (failure) {
		drop_stream(p);
		p->web.wait_s = wait_of(answer);
		probe_web_end(&p->web, -EREMOTEIO, failure, len);
		return;
	}
	if (!is_text(json_member(answer, "action"), "scrape") || !json_is_object(files))
		return;
	take_files(p, files);
	p->web.wait_s = wait_of(answer);
	probe_web_answered(&p->web);
	ask_next(p);
}

static void take_text(struct probe *p)
{
	struct json *answer;

	hide_zeros(&p->message);
	answer = json_parse(buf_str(&p->message), p->message.len, NULL);
	if (answer)
		take_answer(p, answer);
	else
		end(p, -EBADMSG, N_("the answer is no JSON"));
	json_free(answer);
}

static void take_ping(struct probe *p)
{
	send_frame(p, WS_PONG, p->reader.control, p->reader.control_len);
}

static void take_close(struct probe *p)
{
	struct http_result closed = {.failure = HTTP_FINE};

	if (p->state != CLOSING)
		send_frame(p, WS_CLOSE, p->reader.control, p->reader.control_len);
	if (!p->stream)
		return;
	drop_stream(p);
	on_closed(p, &closed);
}

/* Who floods us with what we did not ask for costs CPU as long as he likes, else. */
static bool is_flood(struct probe *p, size_t bytes, size_t frames)
{
	p->bytes += bytes;
	p->frames += frames;
	if (p->bytes <= BYTES_MAX && p->frames <= FRAMES_MAX)
		return false;
	if (p->state == CLOSING)
		end(p, 0, "");
	else
		end(p, -EMSGSIZE, N_("it sends more than it is asked for"));
	return true;
}

static void read_frames(struct probe *p, const char *bytes, size_t len)
{
	static void (*const takes[])(struct probe *p) = {
		[WS_TEXT] = take_text,
		[WS_CLOSE] = take_close,
		[WS_PING] = take_ping,
		[WS_PONG] = NULL,
	};
	const struct http_stream *stream = p->stream;

	/* What is taken may be the end of this connection, and the beginning of another. */
	while (len && p->stream == stream) {
		enum ws_opcode what = WS_CONTINUATION;
		size_t used = 0;
		int rc = ws_reader_feed(&p->reader, bytes, len, &used, &what);

		if (rc) {
			bool big = rc == -EMSGSIZE;

			end(p, big ? rc : -EBADMSG,
			    big ? N_("the answer is too big") : N_("it breaks the WebSocket protocol"));
			return;
		}
		bytes += used;
		len -= used;
		if (is_flood(p, used, what != WS_CONTINUATION))
			return;
		if (takes[what])
			takes[what](p);
	}
}

/* ---- the handshake ---- */

static void shake(struct probe *p)
{
	size_t used = 0;
	int rc = ws_read_handshake(buf_str(&p->in), p->in.len, p->key, hash_sha1, &used);

	if (rc == -EAGAIN)
		return;
	if (rc) {
		end(p, rc,
		    rc == -ECONNREFUSED ? N_("it refuses the handshake") : N_("its handshake is no WebSocket's"));
		return;
	}
	ws_reader_init(&p->reader, &p->message);
	buf_drop(&p->in, used);
	ask_next(p);
	if (p->stream)
		read_frames(p, buf_str(&p->in), p->in.len);
}

static void on_bytes(void *context, const char *bytes, size_t len)
{
	struct probe *p = context;

	if (p->state != SHAKING)
		read_frames(p, bytes, len);
	else if (buf_add(&p->in, bytes, len))
		end(p, -EMSGSIZE, N_("its handshake is too long"));
	else
		shake(p);
}

static bool is_default_port(const struct tracker_url *url)
{
	return url->port == (url->scheme == TRACKER_WSS ? 443 : 80);
}

static void write_host(const struct tracker_url *url, bool with_port, struct buf *host)
{
	buf_printf(host, strchr(url->host, ':') ? "[%s]" : "%s", url->host);
	if (with_port)
		buf_printf(host, ":%u", url->port);
}

static void on_opened(void *context)
{
	struct probe *p = context;
	const struct tracker_url *url = p->web.ask.url;
	const char *path = url->text + url->path;
	uint8_t random[16];
	struct buf out, host, full;
	int rc;

	buf_init(&out, OUT_MAX);
	buf_init(&host, TRACKER_HOST_MAX + 16);
	buf_init(&full, TRACKER_URL_MAX + 1);
	buf_printf(&full, *path == '/' ? "%s" : "/%s", path);
	write_host(url, !is_default_port(url), &host);
	rc = getrandom(random, sizeof(random), 0) == sizeof(random) ? 0 : -EIO;
	ws_key(random, p->key);
	if (rc == 0)
		rc = ws_write_handshake(buf_str(&host), buf_str(&full), p->key, &out);
	if (rc == 0)
		rc = http_stream_send(p->stream, buf_str(&out), out.len);
	p->state = SHAKING;
	buf_reset(&p->in);
	set_deadline(p, p->web.ask.suspect ? SUSPECT_ANSWER_MS : ANSWER_MS);
	if (rc)
		end(p, rc, N_("no handshake can be made with this URL"));
	buf_done(&out);
	buf_done(&host);
	buf_done(&full);
}

static void connect_stream(struct probe *p)
{
	const struct tracker_url *url = p->web.ask.url;
	const struct http_stream_events events = {on_opened, on_bytes, on_closed, p};
	struct http_request request;
	struct buf text;

	buf_init(&text, TRACKER_URL_MAX);
	buf_puts(&text, url->scheme == TRACKER_WSS ? "https://" : "http://");
	write_host(url, true, &text);
	buf_puts(&text, "/");
	request = probe_web_request(&p->web, buf_str(&text));
	p->state = CONNECTING;
	p->web.sent++;
	p->stream = http_stream_open(p->web.ask.http, &request, &events);
	buf_done(&text);
}

/* ---- the probe ---- */

static struct probe *start(const struct probe_ask *ask, const struct probe_events *events)
{
	struct probe *p = xcalloc(1, sizeof(*p));

	probe_web_init(&p->web, ask, events);
	buf_init(&p->message, MESSAGE_MAX);
	buf_init(&p->in, IN_MAX);
	p->deadline = (struct loop_timer){.fire = late, .context = p};
	connect_stream(p);
	return p;
}

static void probe_free(struct probe *p)
{
	if (!p)
		return;
	drop_stream(p);
	probe_web_done(&p->web);
	buf_done(&p->message);
	buf_done(&p->in);
	free(p);
}

static uint64_t sent(const struct probe *p)
{
	return p->web.sent;
}

const struct probe_ops probe_ws = {"ws", start, probe_free, sent};
