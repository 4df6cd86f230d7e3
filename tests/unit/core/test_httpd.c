/* The web server as clients find it, good ones and others: answers, limits, deadlines, who makes room for whom. */
#include "core/httpd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"
#include "tap.h"

enum { TEXT = 1 << 16, PATIENCE_MS = 30000, STEP_MS = 5 };

static struct loop *loop;
static struct httpd *httpd;
static uint16_t port;
static unsigned served;
static struct httpd_request last;
static char last_target[256], last_host[256], last_authorization[256];
static size_t answer_len; /* 0 = "hello" */
static int window;        /* bytes that a client takes without reading; 0 = as the kernel likes */

static void serve(void *context, const struct httpd_request *request, struct httpd_answer *answer)
{
	ok(context == &served, "the context is ours");
	served++;
	last = *request;
	str_copy(last_target, sizeof(last_target), request->target);
	str_copy(last_host, sizeof(last_host), request->host);
	str_copy(last_authorization, sizeof(last_authorization), request->authorization);
	if (!answer_len)
		buf_puts(&answer->text, "hello");
	while (answer->text.len < answer_len && !answer->text.full)
		buf_puts(&answer->text, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
}

static void stop(void *context)
{
	loop_stop(context);
}

static void run_for(int64_t ms)
{
	struct loop_timer timer = {.fire = stop, .context = loop};

	loop_timer_at(loop, &timer, clock_now().mono_ms + ms);
	loop_run(loop);
	loop_timer_stop(loop, &timer);
}

static int dial(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (window)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof(window));
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to))) {
		printf("Bail out! cannot connect: %s\n", strerror(errno));
		exit(1);
	}
	return fd;
}

static void say(int fd, const char *text)
{
	ssize_t n = send(fd, text, strlen(text), MSG_NOSIGNAL);

	(void)n;
}

/* Whether the server has closed; what it said meanwhile is added. */
static bool closed(int fd, char *text, size_t *len)
{
	char scrap[4096];
	ssize_t n;

	while ((n = recv(fd, scrap, sizeof(scrap), MSG_DONTWAIT)) > 0) {
		size_t fits = *len + (size_t)n < TEXT ? (size_t)n : 0;

		memcpy(text + *len, scrap, fits);
		*len += fits;
	}
	text[*len] = '\0';
	return n == 0 || (errno != EAGAIN && errno != EINTR);
}

/* Runs until the server closes; milliseconds that it took, -1 = it did not. */
static int64_t hear(int fd, char text[TEXT])
{
	int64_t begin = clock_now().mono_ms;
	size_t len = 0;

	while (!closed(fd, text, &len)) {
		if (clock_now().mono_ms - begin > PATIENCE_MS)
			return -1;
		run_for(STEP_MS);
	}
	close(fd);
	return clock_now().mono_ms - begin;
}

static const char *ask(const char *request)
{
	static char text[TEXT];
	int fd = dial();

	text[0] = '\0';
	say(fd, request);
	ok(hear(fd, text) >= 0, "the connection is closed");
	return text;
}

static void answers(void)
{
	static const char *const headers[] = {
		"HTTP/1.1 200 OK\r\n",
		"\r\nConnection: close\r\n",
		"\r\nCache-Control: no-store\r\n",
		"\r\nX-Content-Type-Options: nosniff\r\n",
		"\r\nX-Frame-Options: DENY\r\n",
		"\r\nReferrer-Policy: no-referrer\r\n",
		"\r\nContent-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n",
		"\r\nContent-Length: 5\r\n",
		"\r\n\r\nhello",
	};
	const char *text = ask("GET /a%20b?c=%41&d HTTP/1.1\r\nHost: localhost:1\r\nAuthorization: Bearer x\r\n\r\n");

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		const char *line = headers[i] + strspn(headers[i], "\r\n");

		ok(strstr(text, headers[i]), "an answer has %.*s", (int)strcspn(line, "\r"), line);
	}
	ok(!strstr(text, "Access-Control"), "nothing is said to other origins");
	is_str(last_target, "/a%20b?c=%41&d", "the target is as it was sent");
	is_str(last_host, "localhost:1", "the host");
	is_str(last_authorization, "Bearer x", "the token");
	text = ask("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
	ok(strstr(text, "\r\nContent-Length: 5\r\n") && strcmp(strstr(text, "\r\n\r\n"), "\r\n\r\n") == 0,
	   "a HEAD is a head");
	is_str(last_authorization, "", "no token is none");
	ask("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
	is_str(last_host, "", "two hosts are none");
}

static void refusals(void)
{
	static char large[3 * HTTPD_REQUEST_MAX];
	static const char *const methods[] = {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH", "BREW"};
	unsigned before = served;
	char request[128];

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		snprintf(request, sizeof(request), "%s / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", methods[i]);
		ok(str_starts(ask(request), "HTTP/1.1 405 "), "%s is refused", methods[i]);
	}
	ok(strstr(ask("POST / HTTP/1.1\r\nHost: a\r\n\r\n"), "\r\nAllow: GET, HEAD\r\n"), "what is allowed is said");
	ok(str_starts(ask("GET / HTTP/1.1\r\n\r\n"), "HTTP/1.1 400 "), "HTTP/1.1 without a host");
	ok(!str_starts(ask("\x16\x03\x01\x02\r\n\r\n"), "HTTP/1.1 200"), "TLS");
	ok(!str_starts(ask("hello\r\n\r\n"), "HTTP/1.1 200"), "no HTTP at all");
	memset(large, 'x', sizeof(large) - 1);
	memcpy(large, "GET / HTTP/1.1\r\nHost: a\r\nX: ", 28);
	memcpy(large + HTTPD_REQUEST_MAX + 200, "\r\n\r\n", 5);
	ok(str_starts(ask(large), "HTTP/1.1 431 "), "more than 8 KB of headers");
	is_int(served, before, "nothing of that was asked for");
	memcpy(large + HTTPD_REQUEST_MAX - 200, "\r\n\r\n", 5);
	ok(str_starts(ask(large), "HTTP/1.1 200 "), "a little less is fine");
}

/* A second request in the same packet is not answered, nor does it harm. */
static void pipelining(void)
{
	unsigned before = served;
	const char *text = ask("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"
			       "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n");

	is_int(served, before + 1, "of three requests one is served");
	is_str(last_target, "/1", "... the first");
	ok(str_starts(text, "HTTP/1.1 200 ") && !strstr(text + 9, "HTTP/1.1"), "... and answered");
}

/* Who sends a byte now and then is not silent, but has no more time than others. */
static void slow_request(void)
{
	static char text[TEXT];
	int64_t begin = clock_now().mono_ms, took = -1;
	int fd = dial();
	size_t len = 0;

	say(fd, "GET / HTTP/1.1\r\nHost: a\r\nX: ");
	while (clock_now().mono_ms - begin < PATIENCE_MS) {
		if (closed(fd, text, &len)) {
			took = clock_now().mono_ms - begin;
			break;
		}
		say(fd, "x");
		run_for(100);
	}
	close(fd);
	ok(took >= HTTPD_REQUEST_MS - 100 && took < PATIENCE_MS, "a byte each 100 ms: closed after %lld ms",
	   (long long)took);
}

/* A hundred who say nothing whole: others are served all the while. */
static void crowd(void)
{
	int fds[100];
	unsigned before = served;
	int64_t worst = 0;
	static char text[TEXT];

	for (int i = 0; i < 100; i++) {
		fds[i] = dial();
		say(fds[i], "GET / HTTP/1.1\r\nHo");
		if (i % 10 == 9) {
			int64_t took;
			int fd = dial();

			say(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
			took = hear(fd, text);
			worst = took < 0 ? PATIENCE_MS : took > worst ? took : worst;
		}
	}
	is_int(served, before + 10, "ten in a crowd of a hundred slow ones are served");
	ok(worst < HTTPD_REQUEST_MS, "... within %lld ms", (long long)worst);
	for (int i = 0; i < 100; i++)
		close(fds[i]);
	run_for(50);
}

/* Not everything fits into the buffers of the kernel: a reader who sleeps is waited for, without the loop. */
static void large_answer(void)
{
	char scrap[65536];
	int64_t begin = clock_now().mono_ms;
	size_t len = 0;
	ssize_t n;
	int fd = dial();

	answer_len = 8 << 20;
	say(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	run_for(300);
	ok(str_starts(ask("GET / HTTP/1.0\r\nHost: a\r\n\r\n"), "HTTP/1."), "another is served meanwhile");
	while (clock_now().mono_ms - begin < PATIENCE_MS) {
		n = recv(fd, scrap, sizeof(scrap), MSG_DONTWAIT);
		if (n == 0)
			break;
		if (n > 0)
			len += (size_t)n;
		else
			run_for(STEP_MS);
	}
	close(fd);
	ok(len > 8 << 20, "8 MB arrive: %zu", len);
	answer_len = (size_t)HTTPD_TEXT_MAX + 1;
	ok(strstr(ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), "HTTP/1.1 500 "),
	   "an answer that is too large is an error");
	answer_len = 0;
}

/* Many at once, each with a whole request: nobody is sent away. */
static void burst(void)
{
	static char text[TEXT];
	int fds[40], good = 0;

	for (int i = 0; i < 40; i++) {
		fds[i] = dial();
		say(fds[i], "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	}
	for (int i = 0; i < 40; i++) {
		text[0] = '\0';
		good += hear(fds[i], text) >= 0 && str_starts(text, "HTTP/1.1 200");
	}
	is_int(good, 40, "forty at once are all served");
}

/* Readers that do not read: they leave when others wait, not before. */
static void readers(void)
{
	int fds[HTTPD_CONNECTIONS + 8];
	static char text[TEXT];
	unsigned before = served;
	int64_t took, since = clock_now().mono_ms;
	bool punctual;
	int fd;

	answer_len = 8 << 20;
	window = 4096;
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		fds[i] = dial();
		say(fds[i], "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	}
	for (int i = 0; i < PATIENCE_MS / STEP_MS && served - before < HTTPD_CONNECTIONS; i++)
		run_for(STEP_MS);
	run_for(100);
	punctual = clock_now().mono_ms - since < HTTPD_REQUEST_MS; /* else some have had to leave already */
	ok(punctual ? served - before == HTTPD_CONNECTIONS : served - before >= HTTPD_CONNECTIONS,
	   "as many as there may be are served: %u", served - before);
	answer_len = window = 0;
	fd = dial();
	say(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	took = hear(fd, text);
	ok(took >= 0 && took < HTTPD_ANSWER_MS - HTTPD_REQUEST_MS && str_starts(text, "HTTP/1.1 200"),
	   "who comes later is served after %lld ms", (long long)took);
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		close(fds[i]);
	run_for(50);
}

static void addresses(void)
{
	static const struct {
		const char *text, *host;
		bool six, loopback;
		unsigned short port;
	} good[] = {
		{"127.0.0.1:9899", "127.0.0.1", false, true, 9899},
		{"127.1.2.3:0", "127.1.2.3", false, true, 0},
		{"[::1]:80", "::1", true, true, 80},
		{"0.0.0.0:65535", "0.0.0.0", false, false, 65535},
		{"[::]:1", "::", true, false, 1},
		{"192.168.1.2:1", "192.168.1.2", false, false, 1},
	};
	static const char *const bad[] = {"",
					  ":80",
					  "127.0.0.1",
					  "127.0.0.1:",
					  "127.0.0.1:65536",
					  "localhost:80",
					  "::1:80",
					  "[127.0.0.1]:80",
					  "[::1]",
					  "127.0.0.1:80 ",
					  "127.0.0.1:-1",
					  "[]:1"};
	struct httpd_address a = {.port = 7};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(httpd_address_parse(bad[i], &a) == -EINVAL && a.port == 7, "'%s' is none", bad[i]);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		is_int(httpd_address_parse(good[i].text, &a), 0, "%s", good[i].text);
		is_str(a.host, good[i].host, "... its host");
		ok(a.six == good[i].six && a.loopback == good[i].loopback && a.port == good[i].port, "... the rest");
	}
}

static void busy(void)
{
	struct httpd_ask again = {.loop = loop, .serve = serve, .context = &served};
	char listen[64];
	struct err err;

	snprintf(listen, sizeof(listen), "127.0.0.1:%u", port);
	again.listen = listen;
	ok(!httpd_new(&again, &err), "a port that is taken");
	ok(strstr(err.msg, "cannot listen at 127.0.0.1:") && strstr(err.msg, "in use"), "... is told: %s", err.msg);
	again.listen = "nonsense";
	ok(!httpd_new(&again, &err), "no address");
}

int main(void)
{
	struct httpd_ask first = {.serve = serve, .context = &served, .listen = "127.0.0.1:0"};
	struct err err;

	signal(SIGPIPE, SIG_IGN);
	first.loop = loop = loop_new();
	httpd = httpd_new(&first, &err);
	if (!httpd) {
		printf("Bail out! %s\n", err.msg);
		return 1;
	}
	ok(str_starts(httpd_url(httpd), "http://127.0.0.1:"), "it has an address: %s", httpd_url(httpd));
	port = (uint16_t)strtoul(strrchr(httpd_url(httpd), ':') + 1, NULL, 10);
	addresses();
	answers();
	refusals();
	pipelining();
	burst();
	crowd();
	slow_request();
	large_answer();
	readers();
	busy();
	dial();
	run_for(20);
	httpd_free(httpd);
	httpd_free(NULL);
	loop_free(loop);
	return tap_done();
}
