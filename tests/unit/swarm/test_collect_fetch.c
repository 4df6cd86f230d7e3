/* Fetching against a server that plays canned answers: conditions, new tries, what is kept of headers. */
#include "swarm/collect_fetch.h"

#include <errno.h>

#include "base/buf.h"
#include "base/clock.h"
#include "canned.h"
#include "tap.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n"
#define BUSY "HTTP/1.1 503 Busy\r\nContent-Length: 3\r\nRetry-After: 0\r\n\r\nno."

struct world {
	struct loop *loop;
	struct http *http;
	struct canned server;
	struct buf body;
	char url[64], type[COLLECT_TYPE];
	unsigned begun, done;
	int stop; /* what body() says */
	struct collect_fetched fetched;
};

static void on_begin(void *context, const char *type)
{
	struct world *w = context;

	w->begun++;
	snprintf(w->type, sizeof(w->type), "%s", type);
	buf_reset(&w->body);
}

static int on_body(void *context, const char *bytes, size_t len)
{
	struct world *w = context;

	buf_add(&w->body, bytes, len);
	return w->stop;
}

static void on_done(void *context, const struct collect_fetched *fetched)
{
	struct world *w = context;

	w->fetched = *fetched;
	w->done++;
	loop_stop(w->loop);
}

static void begin(struct world *w, const char *const *answers)
{
	*w = (struct world){.loop = loop_new()};
	w->http = http_new(w->loop);
	buf_init(&w->body, 1 << 20);
	canned_start(&w->server, answers);
	snprintf(w->url, sizeof(w->url), "http://127.0.0.1:%u/x", w->server.port);
}

static struct collect_fetch *start(struct world *w, const char *etag, const char *modified, bool allow_private)
{
	static const char *const others[] = {"localhost", NULL};

	return collect_fetch_start(&(struct collect_fetch_ask){
		.loop = w->loop,
		.http = w->http,
		.url = w->url,
		.hosts = others,
		.allow_private = allow_private,
		.etag = etag,
		.modified = modified,
		.total_ms = 10000,
		.max_body = 1000,
		.begin = on_begin,
		.body = on_body,
		.done = on_done,
		.context = w,
	});
}

static void fetch(struct world *w, const char *etag, const char *modified)
{
	struct collect_fetch *f = start(w, etag, modified, true);

	is_int(w->done, 0, "nothing is told from within");
	loop_run(w->loop);
	collect_fetch_free(f);
}

static void end(struct world *w)
{
	http_free(w->http);
	loop_free(w->loop);
	buf_done(&w->body);
	canned_stop(&w->server);
}

static void test_fine(void)
{
	static const char *const answers[] = {
		OK "ETag: W/\"x\"\r\nLAST-MODIFIED: Sat, 01 Jan 2022 00:00:00 GMT\r\n"
		   "Content-Type: Text/HTML; charset=x\r\n\r\nbody",
		NULL};
	struct world w;

	begin(&w, answers);
	fetch(&w, "", "");
	is_int(w.fetched.outcome, COLLECT_FETCHED, "fetched: %s", w.fetched.why);
	is_str(w.fetched.etag, "W/\"x\"", "its ETag");
	is_str(w.fetched.modified, "Sat, 01 Jan 2022 00:00:00 GMT", "its date");
	is_str(w.type, "text/html", "its type");
	is_str(buf_str(&w.body), "body", "its body");
	is_int(w.fetched.bytes, 4, "counted");
	is_int(w.begun, 1, "begun once");
	ok(!canned_has(&w.server, 0, "If-None-Match"), "no condition");
	ok(!canned_has(&w.server, 0, "If-Modified-Since"), "of either kind");
	end(&w);
}

static void test_conditions(void)
{
	static const char *const answers[] = {"HTTP/1.1 304 Not Modified\r\nETag: \"y\"\r\n\r\n", NULL};
	struct world w;

	begin(&w, answers);
	fetch(&w, "\"x\"", "Sat, 01 Jan 2022 00:00:00 GMT");
	is_int(w.fetched.outcome, COLLECT_SAME, "the same");
	is_int(w.begun, 0, "no body");
	ok(canned_has(&w.server, 0, "If-None-Match: \"x\"\r\n"), "the ETag was sent");
	ok(canned_has(&w.server, 0, "If-Modified-Since: Sat, 01 Jan 2022 00:00:00 GMT\r\n"), "and the date");
	end(&w);
}

/* Whether an answer tells where it ends. */
static void test_framed(void)
{
	static const struct {
		const char *answer;
		bool framed;
	} rows[] = {
		{OK "\r\nbody", true},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n", true},
		{"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\nbody", false},
		{"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nbody", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *answers[] = {rows[i].answer, NULL};
		struct world w;

		begin(&w, answers);
		fetch(&w, "", "");
		is_str(buf_str(&w.body), "body", "answer %zu", i);
		is_int(w.fetched.framed, rows[i].framed, "has an end of its own, or not");
		end(&w);
	}
}

/* A date that has passed is no wait; without one there are five seconds of it. */
static void test_retry_date(void)
{
	static const char *const answers[] = {
		"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nRetry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n",
		"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nRetry-After: Sunday, 06-Nov-94 08:49:37 GMT\r\n\r\n",
		OK "\r\nbody", NULL};
	int64_t began = clock_now().mono_ms;
	struct world w;

	begin(&w, answers);
	fetch(&w, "", "");
	is_int(w.fetched.outcome, COLLECT_FETCHED, "busy until a date that has passed");
	is_int(w.server.seen->count, 3, "it is asked again");
	ok(clock_now().mono_ms - began < 4500, "at once");
	end(&w);
}

static void test_headers(void)
{
	char answer[600];
	const char *answers[] = {answer, NULL};
	struct world w;

	snprintf(answer, sizeof(answer), OK "ETag: \"%0*d\"\r\nLast-Modified: a\tb\r\n\r\nbody", COLLECT_ETAG,
		 0);
	begin(&w, answers);
	fetch(&w, "", "");
	is_int(w.fetched.outcome, COLLECT_FETCHED, "fetched");
	is_str(w.fetched.etag, "", "an ETag that is too long is none");
	is_str(w.fetched.modified, "", "nor is a date with a control character");
	end(&w);
}

static void test_again(void)
{
	static const char *const answers[] = {BUSY, OK "Retry-After: 0\r\n\r\nbo", OK "\r\nbody", NULL};
	struct world w;

	begin(&w, answers);
	fetch(&w, "", "");
	/* The second one broke off: one second of patience. */
	is_int(w.fetched.outcome, COLLECT_FETCHED, "busy, broken off, and then it comes");
	is_int(w.server.seen->count, 3, "at the third try");
	is_int(w.begun, 2, "two began");
	is_str(buf_str(&w.body), "body", "one is whole");
	end(&w);
}

static void test_refused(void)
{
	static const struct {
		const char *answer, *why;
		enum collect_outcome outcome;
		unsigned tries;
	} rows[] = {
		{"HTTP/1.1 404 None\r\nContent-Length: 1\r\n\r\nx", "HTTP status 404", COLLECT_REFUSED, 1},
		{"HTTP/1.1 302 There\r\nContent-Length: 0\r\nLocation: http://b.example/\r\n\r\n",
		 "not allowed: ", COLLECT_REFUSED, 1},
		{BUSY, "HTTP status 503", COLLECT_FAILED, 3},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *answers[] = {rows[i].answer, NULL};
		struct world w;

		begin(&w, answers);
		fetch(&w, "", "");
		is_int(w.fetched.outcome, rows[i].outcome, "refused: %s", rows[i].why);
		ok(strncmp(w.fetched.why, rows[i].why, strlen(rows[i].why)) == 0, "because: %s", w.fetched.why);
		is_int(w.server.seen->count, rows[i].tries, "tries");
		end(&w);
	}
}

/* One try each; what says "too many" is not refused for good. */
static void test_every_4xx(void)
{
	for (int status = 400; status < 500; status++) {
		char answer[120], why[32];
		const char *answers[] = {answer, OK "\r\nbody", NULL};
		struct world w;

		snprintf(answer, sizeof(answer), "HTTP/1.1 %d No\r\nContent-Length: 0\r\nRetry-After: 0\r\n\r\n",
			 status);
		snprintf(why, sizeof(why), "HTTP status %d", status);
		begin(&w, answers);
		fetch(&w, "", "");
		is_int(w.fetched.outcome, status == 429 ? COLLECT_FAILED : COLLECT_REFUSED, "%d", status);
		ok(strncmp(w.fetched.why, why, strlen(why)) == 0, "because: %s", w.fetched.why);
		is_int(w.server.seen->count, 1, "is not tried again");
		end(&w);
	}
}

static void test_too_many(void)
{
	static const char *const answers[] = {
		"HTTP/1.1 429 Slow\r\nContent-Length: 0\r\nRetry-After: 3600\r\n\r\n", OK "\r\nbody", NULL};
	struct world w;

	begin(&w, answers);
	fetch(&w, "", "");
	is_str(w.fetched.why,
	       "HTTP status 429, too many requests: not asked again before the next run (it wants 3600 s of rest)",
	       "what is said of it");
	is_int(w.server.seen->count, 1, "it is not asked before");
	is_int(w.fetched.wait_s, 3600, "nor its server");
	end(&w);
}

/* Who comes back after the minute that we wait for comes too early. */
static void test_long_wait(void)
{
	static const char *const answers[] = {
		"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nRetry-After: 61\r\n\r\n", OK "\r\nbody", NULL};
	struct world w;

	begin(&w, answers);
	fetch(&w, "", "");
	is_int(w.fetched.outcome, COLLECT_FAILED, "busy for more than a minute");
	is_int(w.server.seen->count, 1, "is not tried again");
	is_str(w.fetched.why, "HTTP status 503 (it wants 61 s of rest)", "what is said of it");
	is_int(w.fetched.wait_s, 61, "its server is left alone for so long");
	ok(http_asked(w.http, w.url) > 0, "by whoever would ask it");
	end(&w);
}

/* Its name was not known before; that it rests was. */
static void test_sent_on(void)
{
	static const char *const answers[] = {
		"HTTP/1.1 302 There\r\nContent-Length: 0\r\nLocation: http://localhost:9/y\r\n\r\n", NULL};
	struct world w;

	begin(&w, answers);
	http_rest(w.http, "http://localhost/", 3600 * 1000);
	fetch(&w, "", "");
	is_int(w.fetched.outcome, COLLECT_FAILED, "sent on to a server that rests: %s", w.fetched.why);
	is_int(w.server.seen->count, 1, "which is not asked");
	ok(w.fetched.rests && w.fetched.wait_s > 0 && w.fetched.wait_s <= 3600, "for %d s",
	   (int)w.fetched.wait_s);
	end(&w);
}

static void test_too_big(void)
{
	static char answer[2000];
	const char *answers[] = {answer, NULL};
	struct world w;

	snprintf(answer, sizeof(answer), "HTTP/1.1 200 OK\r\nContent-Length: 1500\r\n\r\n%01500d", 0);
	begin(&w, answers);
	fetch(&w, "", "");
	is_int(w.fetched.outcome, COLLECT_REFUSED, "too big: %s", w.fetched.why);
	ok(w.fetched.too_big && !w.fetched.no_public, "is why");
	is_int(w.server.seen->count, 1, "is not tried again");
	end(&w);
}

static void test_private(void)
{
	static const char *const answers[] = {OK "\r\nbody", NULL};
	struct collect_fetch *f;
	struct world w;

	begin(&w, answers);
	f = start(&w, "", "", false);
	loop_run(w.loop);
	is_int(w.fetched.outcome, COLLECT_REFUSED, "a private address");
	ok(w.fetched.no_public && !w.fetched.too_big, "is why");
	is_int(w.server.seen->count, 0, "is not asked");
	collect_fetch_free(f);
	f = start(&w, "", "", true);
	collect_fetch_free(f);
	collect_fetch_free(NULL);
	is_int(w.done, 1, "nobody is told after the end");
	end(&w);
}

static void test_stopped(void)
{
	static const char *const answers[] = {OK "\r\nbody", NULL};
	struct world w;

	begin(&w, answers);
	w.stop = -EBADMSG;
	fetch(&w, "", "");
	is_int(w.fetched.outcome, COLLECT_REFUSED, "who reads it may have had enough");
	is_int(w.server.seen->count, 1, "then it is not tried again");
	end(&w);
}

int main(void)
{
	test_fine();
	test_conditions();
	test_framed();
	test_retry_date();
	test_headers();
	test_again();
	test_refused();
	test_every_4xx();
	test_too_many();
	test_long_wait();
	test_sent_on();
	test_too_big();
	test_private();
	test_stopped();
	return tap_done();
}
