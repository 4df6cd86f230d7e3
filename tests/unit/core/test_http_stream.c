/* Connections for another protocol: echoes, endings, proxies and denials. */
#include "core/http.h"

#include <errno.h>

#include "http_world.h"

enum { BIG = 3 << 20 };

static struct http_world w;

struct talk {
	struct http_stream *stream;
	struct http_result result;
	struct buf heard;
	size_t enough;        /* bytes, then it closes the stream, or stops the loop */
	const char *greeting; /* sent when it is open */
	unsigned opened, closed;
	bool close_in_opened, close_in_bytes;
};

static void on_opened(void *context)
{
	struct talk *t = context;

	t->opened++;
	if (t->greeting)
		is_int(http_stream_send(t->stream, t->greeting, strlen(t->greeting)), 0, "sent");
	if (t->close_in_opened) {
		http_stream_close(t->stream);
		loop_stop(w.loop);
	}
}

static void on_bytes(void *context, const char *bytes, size_t len)
{
	struct talk *t = context;

	buf_add(&t->heard, bytes, len);
	if (!t->enough || t->heard.len < t->enough)
		return;
	if (t->close_in_bytes)
		http_stream_close(t->stream);
	loop_stop(w.loop);
}

static void on_closed(void *context, const struct http_result *result)
{
	struct talk *t = context;

	t->closed++;
	t->result = *result;
	loop_stop(w.loop);
}

static void talk_open(struct talk *t)
{
	const struct http_stream_events events = {on_opened, on_bytes, on_closed, t};

	buf_init(&t->heard, 2 * BIG);
	t->stream = http_stream_open(w.http, &w.request, &events);
	is_int(t->closed, 0, "nothing is told from within http_stream_open()");
}

/* ---- servers ---- */

static void echo(int fd, struct http_seen *seen, const void *arg)
{
	static char bytes[65536];
	ssize_t n;

	(void)seen;
	(void)arg;
	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		send_text(fd, bytes, (size_t)n);
}

static void says(int fd, struct http_seen *seen, const void *arg)
{
	(void)seen;
	send_text(fd, arg, strlen(arg));
}

static void floods(int fd, struct http_seen *seen, const void *arg)
{
	static char bytes[65536];

	(void)seen;
	(void)arg;
	for (int i = 0; i < 1000; i++)
		send_text(fd, bytes, sizeof(bytes));
}

static void tunnel(int fd, struct http_seen *seen, const void *arg)
{
	char request[4096];

	if (!read_request(fd, request, sizeof(request)))
		return;
	snprintf(seen->text, sizeof(seen->text), "%.*s", (int)strcspn(request, "\r"), request);
	send_text(fd, "HTTP/1.1 200 Fine\r\n\r\n", 21);
	echo(fd, seen, arg);
}

/* ---- tests ---- */

static void test_echo(void)
{
	struct talk t = {.greeting = "hello", .enough = 5};
	char *big = malloc(BIG);
	size_t sent = 0;

	http_begin(&w, echo, NULL);
	talk_open(&t);
	loop_run(w.loop);
	is_int(t.opened, 1, "it is open");
	is_str(buf_str(&t.heard), "hello", "and speaks");
	buf_reset(&t.heard);
	for (size_t i = 0; i < BIG; i++)
		big[i] = (char)(i * 7 + i / 1000);
	while (sent < BIG) {
		size_t n = BIG - sent < 200000 ? BIG - sent : 200000;

		t.enough = sent + n;
		is_int(http_stream_send(t.stream, big + sent, n), 0, "%zu bytes more", n);
		loop_run(w.loop);
		sent += n;
	}
	ok(t.heard.len == BIG && memcmp(t.heard.data, big, BIG) == 0, "every byte comes back, in order");
	is_int(t.closed, 0, "it is still open");
	http_stream_close(t.stream);
	free(big);
	buf_done(&t.heard);
	http_end(&w);
}

static void deaf(int fd, struct http_seen *seen, const void *arg)
{
	(void)fd;
	(void)seen;
	(void)arg;
	pause();
}

static void test_backlog(void)
{
	struct talk t = {.greeting = "x"};
	static char bytes[100000];
	int rc = 0;

	http_begin(&w, deaf, NULL);
	talk_open(&t);
	is_int(http_stream_send(t.stream, bytes, sizeof(bytes)), 0, "what is sent too early waits");
	for (int i = 0; i < 200 && rc == 0; i++)
		rc = http_stream_send(t.stream, bytes, sizeof(bytes));
	is_int(rc, -ENOBUFS, "but not without end");
	http_stream_close(t.stream);
	buf_done(&t.heard);
	http_end(&w);
}

static void test_ends(void)
{
	struct talk t = {.greeting = NULL};
	uint16_t port;
	int listener;

	http_begin(&w, says, "good bye");
	talk_open(&t);
	loop_run(w.loop);
	is_str(buf_str(&t.heard), "good bye", "the last words");
	ok(t.closed == 1 && t.result.failure == HTTP_FINE, "then the other side closes");
	buf_done(&t.heard);

	t = (struct talk){.close_in_bytes = true, .enough = 1};
	talk_open(&t);
	loop_run(w.loop);
	is_int(t.closed, 0, "closed from within bytes(): nobody is told");
	buf_done(&t.heard);

	t = (struct talk){.close_in_opened = true, .greeting = "x"};
	talk_open(&t);
	loop_run(w.loop);
	ok(t.opened == 1 && t.closed == 0, "closed from within opened()");
	buf_done(&t.heard);

	t = (struct talk){.opened = 0};
	talk_open(&t);
	http_stream_close(t.stream);
	buf_done(&t.heard);
	http_stream_close(NULL);

	listener = listener_open(&port);
	close(listener);
	snprintf(w.url, sizeof(w.url), "http://127.0.0.1:%u/", port);
	t = (struct talk){.opened = 0};
	talk_open(&t);
	loop_run(w.loop);
	is_int(t.result.failure, HTTP_UNREACHABLE, "nobody there: %s", t.result.error);
	buf_done(&t.heard);
	http_end(&w);
}

/* TLS is asked of who does not know it, and of one who is silent. */
static void test_tls(void)
{
	struct talk t = {.opened = 0};

	http_begin(&w, says, "SSH-2.0-OpenSSH\r\n");
	snprintf(w.url, sizeof(w.url), "https://127.0.0.1:%u/", w.port);
	talk_open(&t);
	loop_run(w.loop);
	is_int(t.result.failure, HTTP_NO_TLS, "no TLS: %s", t.result.error);
	buf_done(&t.heard);
	http_end(&w);
	http_begin(&w, deaf, NULL);
	snprintf(w.url, sizeof(w.url), "https://127.0.0.1:%u/", w.port);
	w.request.connect_ms = 300;
	t = (struct talk){.opened = 0};
	talk_open(&t);
	loop_run(w.loop);
	ok(t.result.failure == HTTP_NO_TLS || t.result.failure == HTTP_UNREACHABLE, "silence: %s", t.result.error);
	buf_done(&t.heard);
	http_end(&w);
}

static void tick(void *context)
{
	++*(unsigned *)context;
}

static void test_flood(void)
{
	struct talk t = {.enough = 0};
	unsigned ticks = 0;
	struct loop_timer timer = {.fire = tick, .context = &ticks};

	http_begin(&w, floods, NULL);
	talk_open(&t);
	loop_timer_in(w.loop, &timer, 5);
	loop_run(w.loop);
	ok(t.closed == 1 && ticks == 1, "others have their turn in a flood");
	buf_done(&t.heard);
	http_end(&w);
}

static void test_policy(void)
{
	struct talk t = {.greeting = "through", .enough = 7};
	char proxy[64];

	http_begin(&w, tunnel, NULL);
	snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%u", w.port);
	w.request.proxy = proxy;
	w.request.public_only = true;
	w.request.url = "http://tracker.example:8000/";
	talk_open(&t);
	loop_run(w.loop);
	is_str(buf_str(&t.heard), "through", "a tunnel: %s", t.result.error);
	is_str(w.seen->text, "CONNECT tracker.example:8000 HTTP/1.1", "to a name that the proxy knows");
	http_stream_close(t.stream);
	buf_done(&t.heard);

	w.request.proxy = NULL;
	w.request.url = w.url;
	t = (struct talk){.opened = 0};
	talk_open(&t);
	loop_run(w.loop);
	is_int(t.result.failure, HTTP_DENIED, "no special address: %s", t.result.error);
	buf_done(&t.heard);
	http_end(&w);
}

int main(void)
{
	alarm(120);
	signal(SIGPIPE, SIG_IGN);
	test_echo();
	test_backlog();
	test_ends();
	test_tls();
	test_flood();
	test_policy();
	return tap_done();
}
