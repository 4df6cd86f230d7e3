/* Many calls: limits, whose time does not run while they wait; what ends and begins from within others; bombs. */
#include "core/http.h"

#include <unistd.h>

#include "base/clock.h"
#include "bomb.h"
#include "core/http_private.h"
#include "http_world.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\n"

enum { MANY = 24, SLOW_US = 60000, SLOWER_US = 300000 };

static void slowly(int fd, struct http_seen *seen, const void *arg)
{
	char request[4096];

	while (read_request(fd, request, sizeof(request))) {
		seen->requests++;
		if (strstr(request, "/never"))
			pause();
		usleep(arg ? *(const unsigned *)arg : SLOW_US);
		send_text(fd, OK_HEAD "Content-Length: 2\r\n\r\nok", 40);
	}
}

static struct http_world w;

struct crowd {
	unsigned left, fine;
};

static void crowd_done(void *context, const struct http_result *result)
{
	struct crowd *c = context;

	c->fine += result->failure == HTTP_FINE && result->status == 200;
	if (--c->left == 0)
		loop_stop(w.loop);
}

static void crowd_ask(struct crowd *c, const char *host, unsigned count)
{
	char url[100];

	snprintf(url, sizeof(url), "http://%s:%u/", host, w.port);
	w.request.url = url;
	w.request.done = crowd_done;
	w.request.context = c;
	w.request.body = NULL;
	w.request.header = NULL;
	c->left += count;
	while (count-- > 0)
		http_start(w.http, &w.request);
	w.request.url = NULL;
}

static void test_limits(void)
{
	static const unsigned slower = SLOWER_US;
	struct crowd c = {0, 0};

	http_begin(&w, slowly, &slower);
	http_limits(w.http, 2, 0);
	w.request.total_ms = MANY * SLOWER_US / 1000 / 2 - 200; /* less than all of them take */
	crowd_ask(&c, "127.0.0.1", MANY);
	loop_run(w.loop);
	is_int(c.fine, MANY, "whoever waits for a turn loses no time");
	is_int(w.seen->most_open, 2, "two at a time to a host");
	is_int(w.seen->connections, 2, "over connections that are kept");
	http_end(&w);

	c.fine = 0;
	http_begin(&w, slowly, NULL);
	http_limits(w.http, 2, 3);
	crowd_ask(&c, "127.0.0.1", 8);
	crowd_ask(&c, "localhost", 8);
	loop_run(w.loop);
	is_int(c.fine, 16, "two hosts");
	ok(w.seen->requests == 16 && w.seen->most_open <= 4, "three at a time in all");
	http_end(&w);

	c.fine = 0;
	http_begin(&w, slowly, NULL);
	crowd_ask(&c, "127.0.0.1", 6);
	loop_run(w.loop);
	ok(c.fine == 6 && w.seen->most_open == 6, "no limits, nobody waits");
	http_end(&w);
}

static void ask_and_run(struct crowd *c, const char *host, unsigned count)
{
	crowd_ask(c, host, count);
	loop_run(w.loop);
}

/* One that rests is left alone, others are not, and comes back with less. */
static void test_rest(void)
{
	struct crowd c = {0, 0}, other = {0, 0};
	char url[100];
	int64_t began;

	http_begin(&w, slowly, NULL);
	http_limits(w.http, 4, 0);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/x", w.port);
	is_int(http_rest(w.http, url, 500), 1, "a rest begins");
	is_int(http_rest(w.http, url, 1500), 1, "and is made longer");
	is_int(http_rest(w.http, url, 1000), 1, "but not shorter");
	began = clock_now().mono_ms;
	crowd_ask(&c, "127.0.0.1", 6);
	ask_and_run(&other, "localhost", 1);
	is_int(c.left, 6, "another host does not wait with it");
	while (c.left)
		loop_run(w.loop);
	ok(clock_now().mono_ms - began >= 1490, "which nobody asks before: %d ms", (int)(clock_now().mono_ms - began));
	is_int(c.fine, 6, "and then all");
	is_int(w.seen->most_open, 1 + 2, "half as many at once, beside the other host's connection");
	ask_and_run(&c, "127.0.0.1", 6);
	is_int(w.seen->most_open, 1 + 4, "when nobody waits any more, it is forgotten");
	http_end(&w);
}

/* How long, without a word of the server: until then a call waits. */
static void test_rests_in_a_row(void)
{
	static const int64_t ms[] = {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000};
	struct http_queue q = {.per_host = 4};
	struct http_turn turns[2] = {{.host = NULL}, {.host = NULL}};
	int64_t now = 5;

	http_queue_add(&q, &turns[0], "http://a/1", false);
	http_queue_add(&q, &turns[1], "http://a/2", false);
	for (unsigned i = 0; i < sizeof(ms) / sizeof(ms[0]); i++) {
		is_int(http_queue_rest(&q, "http://a/3", now, 0), i + 1, "rest %u", i + 1);
		is_int(http_queue_wake(&q, now), now + ms[i], "lasts %d ms", (int)ms[i]);
		is_int(http_queue_asked(&q, "http://a/3", now), 0, "which it has not asked for");
		ok(!http_queue_next(&q), "nobody goes");
		now += ms[i];
		is_int(http_queue_wake(&q, now), INT64_MAX, "it is over");
	}
	ok(http_queue_next(&q) == &turns[0], "one goes");
	ok(!http_queue_next(&q), "and no other with it");
	http_queue_answered(&turns[0]);
	is_int(http_queue_rest(&q, "http://a/3", now, 1 << 30), 1, "an answer ends the row");
	http_queue_answered(&turns[0]);
	is_int(http_queue_wake(&q, now), now + 60000, "a minute is the most");
	http_queue_drop(&q, &turns[0]);
	http_queue_drop(&q, &turns[1]);
	ok(q.hosts != NULL, "a host that rests is remembered");
	is_int(http_queue_wake(&q, now + 60000), now + 86400000, "and may be asked then");
	is_int(http_queue_asked(&q, "http://a/4", now + 60000), 86340000, "but it wanted more: a day, at most");
	is_int(http_queue_asked(&q, "http://b/", now), 0, "another one did not");
	http_queue_wake(&q, now + 86400000);
	ok(!q.hosts, "and then forgotten");
}

/* One that wanted more than a minute is asked as others are once that is over. */
static void test_forgotten(void)
{
	static const char *const names[] = {"nobody is asked", "one is asked meanwhile"};

	for (size_t i = 0; i < 2; i++) {
		struct http_queue q = {.per_host = 4};
		struct http_turn turn = {.host = NULL};
		int64_t at;

		http_queue_rest(&q, "http://a/", 5, 120000);
		at = http_queue_wake(&q, 5);
		is_int(at, 60005, "%s: a minute of rest", names[i]);
		if (i == 1)
			http_queue_add(&q, &turn, "http://a/", false);
		at = http_queue_wake(&q, at);
		is_int(at, 120005, "then the rest of it");
		ok(http_queue_next(&q) == (i == 1 ? &turn : NULL), "in which who asks is let through");
		is_int(http_queue_wake(&q, at), INT64_MAX, "and then nothing");
		http_queue_drop(&q, &turn);
		ok(!q.hosts, "it is forgotten");
		http_queue_wake(&q, INT64_MAX);
	}
}

/* Who sends on to others has answered; who does within itself has not yet. */
static void test_sent_on(void)
{
	static const struct {
		const char *to;
		unsigned rests;
	} rows[] = {{"http://a:81/3", 2}, {"https://A/3", 2}, {"http://b/3", 1}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct http_queue q = {.per_host = 4};
		struct http_turn turn = {.host = NULL};

		http_queue_add(&q, &turn, "http://a/1", false);
		http_queue_rest(&q, "http://a/2", 5, 1000);
		http_queue_wake(&q, 1005);
		ok(http_queue_next(&q) == &turn, "after a rest one goes");
		http_queue_sent_on(&turn, rows[i].to);
		is_int(http_queue_rest(&q, "http://a/2", 1005, 1000), rows[i].rests, "and is sent to %s", rows[i].to);
		http_queue_drop(&q, &turn);
		http_queue_wake(&q, INT64_MAX);
	}
}

/* Without limits, too, a rest is one host's. */
static void test_own_rests(void)
{
	struct http_queue q = {.per_host = 0};
	struct http_turn turns[2] = {{.host = NULL}, {.host = NULL}};

	http_queue_add(&q, &turns[0], "http://a/", false);
	http_queue_add(&q, &turns[1], "http://b/", false);
	http_queue_rest(&q, "http://a/", 5, 1000);
	ok(http_queue_next(&q) == &turns[1], "another host goes");
	ok(!http_queue_next(&q), "and nobody else");
	http_queue_drop(&q, &turns[0]);
	http_queue_drop(&q, &turns[1]);
	http_queue_wake(&q, INT64_MAX);
}

/* ---- hosts that want to be left alone ---- */

static void send_on(int fd, struct http_seen *seen, const void *arg)
{
	char request[4096], answer[200];
	const uint16_t *port = arg;

	while (read_request(fd, request, sizeof(request))) {
		seen->requests++;
		snprintf(answer, sizeof(answer),
			 strstr(request, "/on") ? "HTTP/1.1 302 There\r\nContent-Length: 0\r\n"
						  "Location: http://localhost:%u/\r\n\r\n"
						: OK_HEAD "Content-Length: 0\r\n\r\n",
			 *port);
		send_text(fd, answer, strlen(answer));
	}
}

static void stop_when_done(void *context, const struct http_result *result)
{
	*(struct http_result *)context = *result;
	loop_stop(w.loop);
}

/* Also who has been sent on to it already, and waits there. */
static void test_left_alone(void)
{
	static const char *const hosts[] = {"localhost", NULL};
	struct http_result sent_on = {.failure = HTTP_FINE}, behind = sent_on;
	char on[64], there[64];

	http_begin(&w, send_on, &w.port);
	http_limits(w.http, 1, 0);
	snprintf(on, sizeof(on), "http://127.0.0.1:%u/on", w.port);
	snprintf(there, sizeof(there), "http://localhost:%u/", w.port);
	w.request.header = NULL;
	w.request.body = NULL;
	w.request.hosts = hosts;
	w.request.done = stop_when_done;
	http_rest(w.http, there, 50000);
	w.request.url = on;
	w.request.context = &sent_on;
	http_start(w.http, &w.request);
	w.request.url = w.url;
	w.request.context = &behind;
	http_start(w.http, &w.request);
	loop_run(w.loop);
	is_int(behind.status, 200, "who comes behind is answered, so the first was sent on, and waits");
	http_rest(w.http, there, 3600000);
	loop_run(w.loop);
	is_int(sent_on.failure, HTTP_LEFT_ALONE, "when the host wants to be left alone that ends");
	is_int(sent_on.status, 0, "without an answer");
	is_int(sent_on.retry_after, 3600, "for an hour");
	is_int(w.seen->requests, 2, "and nobody asks it");
	w.request.url = on;
	w.request.context = &sent_on;
	http_start(w.http, &w.request);
	sent_on.failure = HTTP_FINE;
	loop_run(w.loop);
	is_int(sent_on.failure, HTTP_LEFT_ALONE, "who comes later does not even wait");
	is_int(w.seen->requests, 3, "but for where it begins");
	http_end(&w);
}

static void test_cancel_waiting(void)
{
	struct http_call *calls[6];
	struct crowd c = {3, 0};

	http_begin(&w, slowly, NULL);
	http_limits(w.http, 1, 1);
	w.request.done = crowd_done;
	w.request.context = &c;
	w.request.body = NULL;
	w.request.header = NULL;
	for (size_t i = 0; i < 6; i++)
		calls[i] = http_start(w.http, &w.request);
	http_cancel(calls[0]); /* runs */
	http_cancel(calls[3]);
	http_cancel(calls[5]); /* the last in the queue */
	loop_run(w.loop);
	is_int(c.fine, 3, "calls that wait may be cancelled");
	http_start(w.http, &w.request);
	http_start(w.http, &w.request);
	http_end(&w);
	ok(true, "and end with the whole");
}

/* ---- from within ---- */

struct within {
	struct http_call *other;
	struct crowd crowd;
	bool acted;
};

static int start_and_cancel(void *context, long status, const char *bytes, size_t len)
{
	struct within *within = context;

	(void)status;
	(void)bytes;
	(void)len;
	if (within->acted)
		return 0;
	within->acted = true;
	http_cancel(within->other);
	crowd_ask(&within->crowd, "127.0.0.1", 3);
	return 0;
}

static void within_done(void *context, const struct http_result *result)
{
	struct within *within = context;

	crowd_done(&within->crowd, result);
}

static void test_within(void)
{
	struct within within = {.crowd = {1, 0}};
	struct http_request other;
	char never[64];

	http_begin(&w, slowly, NULL);
	other = w.request;
	snprintf(never, sizeof(never), "http://127.0.0.1:%u/never", w.port);
	other.url = never;
	within.other = http_start(w.http, &other);
	w.request.header = NULL;
	w.request.body = start_and_cancel;
	w.request.done = within_done;
	w.request.context = &within;
	http_start(w.http, &w.request);
	loop_run(w.loop);
	is_int(within.crowd.fine, 4, "body() may start others");
	is_int(w.out.done, 0, "and cancel others");
	http_end(&w);
}

static void denied_done(void *context, const struct http_result *result)
{
	struct crowd *c = context;

	c->fine += result->failure == HTTP_DENIED;
	if (--c->left == 0)
		loop_stop(w.loop);
}

/* What ends before it begins ends later all the same. */
static void test_never_begun(void)
{
	struct crowd c = {3, 0};

	http_begin(&w, slowly, NULL);
	w.request.public_only = true;
	w.request.header = NULL;
	w.request.body = NULL;
	w.request.done = denied_done;
	w.request.context = &c;
	for (int i = 0; i < 3; i++)
		http_start(w.http, &w.request);
	http_cancel(http_start(w.http, &w.request));
	is_int(c.left, 3, "done() is not called from within http_start()");
	loop_run(w.loop);
	is_int(c.fine, 3, "but soon, and not for one that was cancelled");
	http_end(&w);
}

/* ---- a bomb ---- */

static void bomb(int fd, struct http_seen *seen, const void *arg)
{
	static unsigned char bytes[BOMB_SIZE];
	char request[4096], head[200];
	size_t len = bomb_make(bytes, *(const unsigned *)arg);

	(void)seen;
	if (!read_request(fd, request, sizeof(request)))
		return;
	send_text(fd, head,
		  (size_t)snprintf(head, sizeof(head), OK_HEAD "Content-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n",
				   len));
	send_text(fd, (const char *)bytes, len);
}

static void test_bomb(void)
{
	static const unsigned repeats = BOMB_REPEATS;

	http_begin(&w, bomb, &repeats);
	w.request.compressed = true;
	w.request.max_body = 1 << 20;
	http_call(&w);
	is_int(w.out.result.failure, HTTP_TOO_BIG, "160 kB that become 26 MB: %s", w.out.result.error);
	ok(w.out.body.len > 900000 && w.out.body.len <= 1 << 20, "are read up to the cap: %zu", w.out.body.len);
	is_int(strspn(buf_str(&w.out.body), "h"), w.out.body.len, "in the clear");
	w.request.compressed = false;
	http_call(&w);
	is_int(w.out.result.failure, HTTP_FINE, "nobody asked for compression: they stay as they are");
	http_end(&w);
}

int main(void)
{
	alarm(120);
	signal(SIGPIPE, SIG_IGN);
	test_limits();
	test_rest();
	test_rests_in_a_row();
	test_forgotten();
	test_sent_on();
	test_own_rests();
	test_left_alone();
	test_cancel_waiting();
	test_within();
	test_never_begun();
	test_bomb();
	return tap_done();
}
