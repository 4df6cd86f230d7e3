/* HTTP requests against a server that plays canned bytes: a child on 127.0.0.1. */
#include "core/http.h"

#include "http_world.h"

/* ---- the server ---- */

struct script {
	const char *answer; /* "ECHO": the request itself as the body; "" = silence */
	size_t filler;      /* so many bytes more */
	const char *end;    /* and this */
	bool keep;          /* the connection, for the next request, which is not answered */
};

static void serve(int fd, struct http_seen *seen, const void *arg)
{
	const struct script *script = arg;
	static char request[BODY_MAX], filler[4096];

	(void)seen;
	memset(filler, 'x', sizeof(filler));
	if (!read_request(fd, request, sizeof(request)))
		return;
	if (strcmp(script->answer, "ECHO") == 0) {
		char head[128];

		snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", strlen(request));
		send_text(fd, head, strlen(head));
		send_text(fd, request, strlen(request));
	} else {
		send_text(fd, script->answer, strlen(script->answer));
	}
	for (size_t left = script->filler; left > 0;) {
		size_t n = left < sizeof(filler) ? left : sizeof(filler);

		send_text(fd, filler, n);
		left -= n;
	}
	if (script->end)
		send_text(fd, script->end, strlen(script->end));
	if (script->keep || !*script->answer)
		while (read_request(fd, request, sizeof(request)))
			;
}

static void begin(struct http_world *w, const struct script *script)
{
	http_begin(w, serve, script);
}

/* One call to one server. */
static void ends(enum http_failure failure, long status, const struct script *script, const char *name)
{
	struct http_world w;

	begin(&w, script);
	w.request.total_ms = failure == HTTP_SILENT ? 1000 : 20000;
	w.request.connect_ms = 20000;
	http_call(&w);
	is_int(w.out.result.failure, failure, "%s: %s", name, w.out.result.error);
	is_int(w.out.result.status, status, "%s: status", name);
	is_int(w.out.done, 1, "%s: told once", name);
	ok(failure == HTTP_FINE || *w.out.result.error, "%s: with a reason", name);
	http_end(&w);
}

#define OK_HEAD "HTTP/1.1 200 OK\r\n"

static void test_answer(void)
{
	static const struct script script = {
		.answer = OK_HEAD "X-Transmission-Session-Id: abc\r\nContent-Length: 5\r\n\r\nhello", .keep = true};
	struct http_world w;

	begin(&w, &script);
	http_call(&w);
	is_int(w.out.result.failure, HTTP_FINE, "an answer");
	is_int(w.out.result.status, 200, "its status");
	is_int(w.out.status, 200, "is known before its body");
	is_str(buf_str(&w.out.body), "hello", "its body");
	is_str(buf_str(&w.out.headers), "HTTP/1.1 200 OK|X-Transmission-Session-Id: abc|Content-Length: 5|",
	       "its headers");
	is_int(w.out.done, 1, "it is told once");
	/* The connection is there already: a silence on it is no want of a connection. */
	w.request.total_ms = 300;
	http_call(&w);
	is_int(w.out.result.failure, HTTP_SILENT, "silence on a connection that is kept: %s", w.out.result.error);
	http_end(&w);
}

static void test_requests(void)
{
	static const struct script script = {.answer = "ECHO"};
	static const char *const headers[] = {"X-One: 1", "X-Two: 2", NULL};
	struct http_world w;
	char *big = malloc(100001);

	begin(&w, &script);
	w.request.headers = headers;
	w.request.post = "{\"a\":\0 1}";
	w.request.post_len = 8;
	w.request.content_type = "application/json";
	w.request.username = "me";
	w.request.password = "a:b";
	http_call(&w);
	ok(strncmp(buf_str(&w.out.body), "POST /transmission/rpc HTTP/1.1\r\n", 33) == 0, "a POST");
	ok(strstr(buf_str(&w.out.body), "\r\nX-One: 1\r\nX-Two: 2\r\n") != NULL, "its headers");
	ok(strstr(buf_str(&w.out.body), "\r\nContent-Type: application/json\r\n") != NULL, "its type");
	ok(strstr(buf_str(&w.out.body), "\r\nContent-Length: 8\r\n") != NULL, "its length");
	ok(strstr(buf_str(&w.out.body), "\r\nAuthorization: Basic bWU6YTpi\r\n") != NULL, "its login, at once");
	ok(!strstr(buf_str(&w.out.body), "Expect:") && !strstr(buf_str(&w.out.body), "Accept-Encoding"), "and no more");
	http_end(&w);
	begin(&w, &script);
	w.request.compressed = true;
	http_call(&w);
	ok(strncmp(buf_str(&w.out.body), "GET ", 4) == 0, "a GET");
	ok(strstr(buf_str(&w.out.body), "Accept-Encoding: ") && !strstr(buf_str(&w.out.body), "Authorization"),
	   "that asks for compression");
	http_end(&w);
	begin(&w, &script);
	memset(big, 'p', 100000);
	big[100000] = '\0';
	w.request.post = big;
	w.request.post_len = 100000;
	http_call(&w);
	ok(w.out.body.len > 100000 && strstr(w.out.body.data, "\r\n\r\npppp") && !strstr(w.out.body.data, "Expect:"),
	   "a large POST goes at once too");
	http_end(&w);
	free(big);
}

static void test_proxy(void)
{
	static const struct script script = {.answer = OK_HEAD "Content-Length: 2\r\n\r\nok"};

	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	ends(HTTP_FINE, 200, &script, "proxies of the environment are not used");
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
}

static void test_statuses(void)
{
	static const struct script moved = {
		.answer = "HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"};
	static const struct script conflict = {.answer = "HTTP/1.1 409 Conflict\r\nContent-Length: 3\r\n\r\n409"};
	static const struct script empty = {.answer = "HTTP/1.1 204 No Content\r\n\r\n"};
	static const struct script until_closed = {.answer = OK_HEAD "\r\nto the end"};
	static const struct script chunked = {
		.answer = OK_HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"};

	ends(HTTP_FINE, 301, &moved, "a redirect is not followed");
	ends(HTTP_FINE, 409, &conflict, "409");
	ends(HTTP_FINE, 204, &empty, "no content");
	ends(HTTP_FINE, 200, &until_closed, "a body until the end of the connection");
	ends(HTTP_FINE, 200, &chunked, "chunks");
}

static void test_limits(void)
{
	static const struct script exactly = {.answer = OK_HEAD "Content-Length: 1048576\r\n\r\n", .filler = 1 << 20};
	static const struct script one_more = {.answer = OK_HEAD "Content-Length: 1048577\r\n\r\n",
					     .filler = (1 << 20) + 1};
	static const struct script endless = {.answer = OK_HEAD "\r\n", .filler = (size_t)64 << 20};
	static const struct script header = {.answer = OK_HEAD "X-Long: ", .filler = 90000, .end = "\r\n\r\n"};
	static const struct script giant_header = {.answer = OK_HEAD "X-Long: ", .filler = 4 << 20, .end = "\r\n\r\n"};
	static char many[256 << 10];
	struct script headers = {.answer = many};

	ends(HTTP_FINE, 200, &exactly, "a body of the largest size");
	ends(HTTP_TOO_BIG, 200, &one_more, "a byte more");
	ends(HTTP_TOO_BIG, 200, &endless, "a body without end");
	ends(HTTP_TOO_BIG, 200, &header, "a header of 90,000 bytes");
	ends(HTTP_TOO_BIG, 200, &giant_header, "a header of 4 MiB");
	snprintf(many, sizeof(many), OK_HEAD);
	for (size_t len = strlen(many); len < sizeof(many) - 32; len += strlen(many + len))
		snprintf(many + len, 32, "X-Header: 12345678\r\n");
	ends(HTTP_TOO_BIG, 200, &headers, "headers without end");
}

static void test_broken(void)
{
	static const struct script nothing = {.answer = "\r"};
	static const struct script short_body = {.answer = OK_HEAD "Content-Length: 50\r\n\r\nonly this"};
	static const struct script short_chunk = {
		.answer = OK_HEAD "Transfer-Encoding: chunked\r\n\r\n50\r\nonly this"};
	static const struct script no_chunk = {.answer = OK_HEAD "Transfer-Encoding: chunked\r\n\r\nzz\r\n"};
	static const struct script no_http = {.answer = "SSH-2.0-OpenSSH_9.2p1\r\n"};
	static const struct script no_gzip = {
		.answer = OK_HEAD "Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot gzip."};
	static const struct script silent = {.answer = ""};
	static const struct script stuck = {.answer = OK_HEAD "Content-Length: 50\r\n\r\nonly", .keep = true};
	struct http_world w;

	ends(HTTP_BROKEN, 200, &short_body, "a body that ends early");
	ends(HTTP_BROKEN, 200, &short_chunk, "a chunk that ends early");
	ends(HTTP_BROKEN, 200, &no_chunk, "a chunk without a length");
	ends(HTTP_BROKEN, 0, &no_http, "no HTTP");
	ends(HTTP_BROKEN, 0, &nothing, "hardly anything");
	ends(HTTP_SILENT, 0, &silent, "silence");
	ends(HTTP_SILENT, 200, &stuck, "silence in the middle of a body");
	begin(&w, &no_gzip);
	w.request.compressed = true;
	http_call(&w);
	is_int(w.out.result.failure, HTTP_BROKEN, "compression that is none: %s", w.out.result.error);
	http_end(&w);
}

static void test_unreachable(void)
{
	static const struct script unused = {.answer = ""};
	uint16_t port;
	int listener = listener_open(&port);
	struct http_world w;

	close(listener);
	begin(&w, &unused);
	snprintf(w.url, sizeof(w.url), "http://127.0.0.1:%u/", port);
	http_call(&w);
	is_int(w.out.result.failure, HTTP_UNREACHABLE, "a refused connection: %s", w.out.result.error);
	is_int(w.out.result.status, 0, "has no status");
	w.request.unix_socket = "/nonexistent/socket";
	http_call(&w);
	is_int(w.out.result.failure, HTTP_UNREACHABLE, "a socket that is not there: %s", w.out.result.error);
	w.request.unix_socket = NULL;
	w.request.url = "ftp://127.0.0.1/";
	http_call(&w);
	ok(w.out.result.failure != HTTP_FINE, "another protocol: %s", w.out.result.error);
	w.request.url = "http://[::1";
	http_call(&w);
	ok(w.out.result.failure != HTTP_FINE, "no URL: %s", w.out.result.error);
	is_int(w.out.done, 4, "each is told once");
	http_end(&w);
}

static void test_stopped(void)
{
	static const struct script script = {.answer = OK_HEAD "Content-Length: 1000000\r\n\r\n", .filler = 1000000};
	struct http_world w;

	begin(&w, &script);
	w.out.stop = -1;
	http_call(&w);
	is_int(w.out.result.failure, HTTP_STOPPED, "body() ends the call");
	ok(w.out.body.len < 1000000, "before it is whole");
	http_end(&w);
	begin(&w, &script);
	w.request.body = NULL;
	w.request.header = NULL;
	http_call(&w);
	is_int(w.out.result.failure, HTTP_FINE, "nobody has to want the body");
	http_end(&w);
}

static void stop(void *context)
{
	loop_stop(context);
}

static void test_cancel(void)
{
	static const struct script silent = {.answer = ""};
	struct http_world w;
	struct http_call *started;
	struct loop_timer timer = {.fire = stop};

	begin(&w, &silent);
	timer.context = w.loop;
	started = http_start(w.http, &w.request);
	http_cancel(started);
	started = http_start(w.http, &w.request);
	loop_timer_in(w.loop, &timer, 50);
	loop_run(w.loop);
	http_cancel(started);
	loop_timer_in(w.loop, &timer, 50);
	loop_run(w.loop);
	is_int(w.out.done, 0, "a cancelled call is not told of, whenever it was cancelled");
	http_start(w.http, &w.request);
	loop_timer_in(w.loop, &timer, 20);
	loop_run(w.loop);
	http_end(&w);
	ok(true, "calls under way end with the whole");
	http_free(NULL);
}

struct again {
	struct http_world *w;
	unsigned count;
};

static void on_done_again(void *context, const struct http_result *result)
{
	struct again *a = context;

	if (result->failure == HTTP_FINE && ++a->count < 3)
		http_start(a->w->http, &a->w->request);
	else
		loop_stop(a->w->loop);
}

/* done() may start the next call. */
static void test_again(void)
{
	static const struct script script = {.answer = OK_HEAD "Connection: close\r\nContent-Length: 2\r\n\r\nok"};
	struct http_world w;
	struct again again = {&w, 0};

	begin(&w, &script);
	w.request.header = NULL;
	w.request.body = NULL;
	w.request.done = on_done_again;
	w.request.context = &again;
	http_call(&w);
	is_int(again.count, 3, "done() can start the next call");
	http_end(&w);
}

int main(void)
{
	alarm(120);
	signal(SIGPIPE, SIG_IGN);
	test_answer();
	test_requests();
	test_proxy();
	test_statuses();
	test_limits();
	test_broken();
	test_unreachable();
	test_stopped();
	test_cancel();
	test_again();
	return tap_done();
}
