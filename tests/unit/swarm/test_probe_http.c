/* Scrapes over HTTP of trackers good and bad. */
#include "swarm/probe.h"

#include "base/buf.h"
#include "base/str.h"
#include "probing.h"
#include "wire/bep48.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n"

/* How the tracker is. */
struct manner {
	unsigned most;      /* hashes that it takes in a request, 0 = any number */
	const char *beyond; /* what it says to more, NULL = it hangs up */
	bool utf8;          /* keys as characters */
	bool unknown;       /* of hashes with an odd first byte it says nothing */
	bool twice, foreign;
	const char *always; /* whatever is asked */
	unsigned hang_up;   /* so many requests at first */
	unsigned more;      /* seeders than there are */
};

/* The hashes of a request. */
static unsigned read_hashes(const char *request, uint8_t hashes[][INFO_HASH])
{
	unsigned count = 0;

	for (const char *at = strstr(request, "info_hash="); at; at = strstr(at, "info_hash=")) {
		at += strlen("info_hash=");
		for (size_t i = 0; i < INFO_HASH; i++) {
			if (*at == '%') {
				hashes[count][i] = (uint8_t)(str_hex(at[1]) * 16 + str_hex(at[2]));
				at += 3;
			} else {
				hashes[count][i] = (uint8_t)*at++;
			}
		}
		count++;
	}
	return count;
}

static void add_key(struct buf *out, const uint8_t hash[INFO_HASH], bool utf8)
{
	char text[2 * INFO_HASH];
	size_t len = 0;

	for (size_t i = 0; i < INFO_HASH; i++) {
		if (utf8 && hash[i] >= 0x80)
			text[len++] = (char)(0xc0 | hash[i] >> 6);
		text[len++] = (char)(utf8 && hash[i] >= 0x80 ? 0x80 | (hash[i] & 0x3f) : hash[i]);
	}
	buf_printf(out, "%zu:", len);
	buf_add(out, text, len);
}

static void add_file(struct buf *out, const uint8_t hash[INFO_HASH], const struct manner *m)
{
	if (m->unknown && hash[0] % 2)
		return;
	add_key(out, hash, m->utf8);
	buf_printf(out, "d8:completei%ue10:downloadedi%ue10:incompletei%uee", hash[0] + m->more, 7U, hash[1] + 1U);
}

static void answer(int fd, const struct manner *m, const uint8_t hashes[][INFO_HASH], unsigned count)
{
	static const uint8_t stranger[INFO_HASH] = "01234567890123456789";
	struct buf body, head;

	buf_init(&body, 1 << 20);
	buf_init(&head, 4096);
	buf_puts(&body, "d5:filesd");
	for (unsigned i = 0; i < count; i++) {
		add_file(&body, hashes[i], m);
		if (m->twice)
			add_file(&body, hashes[i], m);
	}
	if (m->foreign)
		add_file(&body, stranger, m);
	buf_puts(&body, "e5:flagsd20:min_request_intervali600eee");
	buf_printf(&head, OK_HEAD "Content-Length: %zu\r\n\r\n", body.len);
	send_text(fd, buf_str(&head), head.len);
	send_text(fd, buf_str(&body), body.len);
	buf_done(&body);
	buf_done(&head);
}

static void tracker(int fd, struct http_seen *seen, const void *arg)
{
	static char request[65536];
	static uint8_t hashes[1000][INFO_HASH];
	const struct manner *m = arg;

	while (read_request(fd, request, sizeof(request))) {
		unsigned count = read_hashes(request, hashes), before = seen->requests++;

		snprintf(seen->text, sizeof(seen->text), "%.4000s", request);
		if (count > 59 || strcspn(request, "\r") > BEP48_URL_MAX + 20)
			return; /* none of ours */
		if (before < m->hang_up)
			return;
		if (m->always) {
			send_text(fd, m->always, strlen(m->always));
			return;
		}
		if (m->most && count > m->most) {
			if (m->beyond)
				send_text(fd, m->beyond, strlen(m->beyond));
			return;
		}
		answer(fd, m, hashes, count);
	}
}

static bool all_right(const struct probing *p, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct probe_row *row = &p->rows[i];

		if (p->told[i] != 1 || row->seeders != p->hashes[i][0] || row->completed != 7 ||
		    row->leechers != p->hashes[i][1] + 1)
			return false;
	}
	return true;
}

static struct probing p;

static void begin(const struct manner *m)
{
	probing_begin(&p, &probe_http, tracker, m);
}

/* A tracker of this manner, 200 hashes: what becomes of it. */
static void ends(const struct manner *m, int rc, const char *words, const char *name)
{
	begin(m);
	probing_run(&p, "http", "/announce", 200);
	is_int(p.rc, rc, "%s: %s", name, p.error);
	ok(strstr(p.error, words) != NULL, "%s: in words", name);
	probing_end(&p);
}

static void test_good(void)
{
	static const struct manner good = {.most = 0}, utf8 = {.utf8 = true}, twice = {.twice = true, .foreign = true},
				   huge = {.more = 0x80000000};

	begin(&good);
	probing_run(&p, "http", "/announce.php?passkey=secret", 1000);
	is_int(p.rc, 0, "it answers for all: %s", p.error);
	is_str(p.error, "", "without a complaint");
	ok(all_right(&p, 1000), "and every number is right");
	ok(strstr(p.world.seen->text, "GET /scrape.php?passkey=secret&info_hash=") == p.world.seen->text, "its path");
	ok(strstr(p.world.seen->text, "\r\nAccept-Encoding: ") && strstr(p.world.seen->text, "gzip"), "compressed");
	is_int(p.world.seen->connections, 1, "over one connection");
	is_int(p.sent, p.world.seen->requests, "as many requests as it says");
	ok(p.sent >= 17 && p.sent <= 20, "and few: %u", (unsigned)p.sent);
	ok(p.latency > 0, "its latency is known");
	is_int(p.wait_s, 600, "and for how long it wants no other question");
	probing_end(&p);
	begin(&utf8);
	probing_run(&p, "http", "/announce", 256);
	ok(p.rc == 0 && all_right(&p, 256), "keys may be text");
	probing_end(&p);
	begin(&twice);
	probing_run(&p, "http", "/announce", 100);
	ok(p.rc == 0 && all_right(&p, 100) && p.rows_told == 100, "nobody else is told of, and nobody twice");
	probing_end(&p);
	begin(&huge);
	probing_run(&p, "http", "/announce", 2);
	ok(p.rows[1].seeders == -1 && p.rows[1].leechers == 1,
	   "two thousand million seeders are none, by HTTP neither");
	probing_end(&p);
}

static void test_unknown(void)
{
	static const struct manner m = {.unknown = true};
	static const struct manner empty = {.always = OK_HEAD "Content-Length: 12\r\n\r\nd5:filesdee\n"};

	begin(&m);
	probing_run(&p, "http", "/announce", 100);
	is_int(p.rc, 0, "an answer without some is an answer");
	ok(p.rows_told == 50 && p.told[0] && !p.told[1], "what it does not know is not told");
	probing_end(&p);
	begin(&empty);
	probing_run(&p, "http", "/announce", 3);
	ok(p.rc == 0 && p.rows_told == 0, "an empty one is no zero");
	probing_end(&p);
}

#define REFUSAL(status, body_len, body)                                                                                \
	"HTTP/1.1 " status "\r\nConnection: close\r\nContent-Length: " body_len "\r\n\r\n" body

static void test_too_long(void)
{
	static const struct manner error = {.most = 30, .beyond = REFUSAL("500 Too much", "0", "")};
	static const struct manner uri = {.most = 15, .beyond = REFUSAL("414 Too long", "0", "")};
	static const struct manner hangs = {.most = 20};
	static const struct manner hopeless = {.always = REFUSAL("500 No", "0", "")};
	const struct manner *const fine[] = {&error, &uri, &hangs};

	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
		begin(fine[i]);
		probing_run(&p, "http", "/announce", 200);
		ok(p.rc == 0 && all_right(&p, 200), "asked for less at a time: %s", p.error);
		probing_end(&p);
	}
	begin(&hopeless);
	probing_run(&p, "http", "/announce", 200);
	is_int(p.rc, -EREMOTEIO, "not for ever: %s", p.error);
	is_int(p.sent, 3, "three requests");
	p.ask.suspect = true;
	probing_run(&p, "http", "/announce", 200);
	ok(p.rc == -EREMOTEIO && p.sent == 1, "one for a suspect");
	probing_end(&p);
}

static void test_bad(void)
{
	static const struct manner gone = {.always = REFUSAL("404 Not Found", "9", "<html>...")};
	static const struct manner failure = {.always = REFUSAL("200 OK", "33", "d14:failure reason11:not for youe")};
	static const struct manner failed = {.always = REFUSAL("400 Bad", "33", "d14:failure reason11:not for youe")};
	static const struct manner page = {.always = REFUSAL("200 OK", "13", "<html></html>")};
	static const struct manner hasty = {
		.always = REFUSAL("429 Slow", "67",
				  "d14:failure reason8:too soon5:flagsd20:min_request_intervali1800eee")};
	static const struct manner url = {
		.always = REFUSAL("200 OK", "42", "d14:failure reason20:see http://x/secret!e")};
	static const struct manner away = {
		.always = "HTTP/1.1 302 Found\r\nLocation: http://elsewhere.example/\r\nContent-Length: 0\r\n\r\n"};
	static const struct manner endless = {.always = OK_HEAD "Content-Length: 9000000\r\n\r\n"};
	static const struct manner stumbles = {.hang_up = 1};

	ends(&gone, -EREMOTEIO, "404", "not there");
	ends(&failure, -EREMOTEIO, "not for you", "a refusal");
	ends(&failed, -EREMOTEIO, "not for you", "a refusal with a status");
	is_int(p.wait_s, 0, "which does not say when to come back");
	ends(&hasty, -EREMOTEIO, "too soon", "one that does");
	is_int(p.wait_s, 1800, "in half an hour");
	ends(&page, -EBADMSG, "no scrape", "a web page");
	ends(&url, -EREMOTEIO, "it refused", "words with a URL");
	ends(&away, -EPROTO, "elsewhere.example", "another host");
	ends(&endless, -EBADMSG, "", "a body that ends early, each time");
	ends(&stumbles, 0, "", "once");
}

static void test_never(void)
{
	static const struct manner good = {.most = 0};
	static const struct probe_events events = {probing_row, probing_ended, &p};

	begin(&good);
	probing_run(&p, "http", "/tracker", 3);
	ok(p.rc == -ENOTSUP && p.sent == 0, "one that cannot be scraped is not asked: %s", p.error);
	p.ask.public_only = true;
	probing_run(&p, "http", "/announce", 3);
	ok(p.rc == -EACCES && p.world.seen->connections == 0, "nor one that lives here: %s", p.error);
	p.ask.public_only = false;
	p.ask.count = 3;
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
	test_unknown();
	test_too_long();
	test_bad();
	test_never();
	return tap_done();
}
