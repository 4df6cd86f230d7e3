/* What a stranger's URL may lead to: addresses, redirects, proxies. */
#include "core/http.h"

#include <errno.h>
#include <netdb.h>

#include "base/ip.h"
#include "base/str.h"
#include "core/http_private.h"
#include "http_world.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\n"

/* ---- a server that sends on what is asked for: /to?URL, and says "here" otherwise ---- */

static void sends_on(int fd, struct http_seen *seen, const void *arg)
{
	char request[4096], answer[4200];

	(void)arg;
	while (read_request(fd, request, sizeof(request))) {
		const char *to = strstr(request, "/to?"), *status = strstr(request, " /status?");
		int len;

		seen->requests++;
		snprintf(seen->text, sizeof(seen->text), "%s", request);
		if (to)
			len = snprintf(answer, sizeof(answer),
				       "HTTP/1.1 302 Found\r\nETag: \"old\"\r\nLocation: %.*s\r\nContent-Length: "
				       "6\r\n\r\nthere!",
				       (int)strcspn(to + 4, " \r"), to + 4);
		else if (status)
			len = snprintf(answer, sizeof(answer),
				       "HTTP/1.1 %.3s Thing\r\nLocation: /here\r\nContent-Length: 0\r\n\r\n",
				       status + 9);
		else
			len = snprintf(answer, sizeof(answer),
				       OK_HEAD "ETag: \"new\"\r\nContent-Length: 4\r\n\r\nhere");
		send_text(fd, answer, (size_t)len);
	}
}

static struct http_world w;

static void begin(void)
{
	http_begin(&w, sends_on, NULL);
}

static void ask(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void ask(const char *format, ...)
{
	static char url[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(url, sizeof(url), format, args);
	va_end(args);
	w.request.url = url;
	w.out.status = 0;
	http_call(&w);
}

/* ---- addresses ---- */

static void denied(const char *url, const char *words)
{
	unsigned before = w.seen->connections;

	ask(url, w.port);
	is_int(w.out.result.failure, HTTP_DENIED, "%s is denied: %s", w.out.url, w.out.result.error);
	ok(strstr(w.out.result.error, words) != NULL, "and said why");
	is_int(w.seen->connections, before, "nobody connected");
}

static void test_special_addresses(void)
{
	begin();
	ask("http://127.0.0.1:%u/", w.port);
	is_int(w.out.result.failure, HTTP_FINE, "one's own server may be asked: %s", w.out.result.error);
	w.request.public_only = true;
	denied("http://127.0.0.1:%u/", "127.0.0.1 is no public address");
	denied("http://127.1:%u/", "127.0.0.1 is no public address");
	denied("http://0x7f.1:%u/", "127.0.0.1 is no public address");
	denied("http://2130706433:%u/", "127.0.0.1 is no public address");
	denied("http://017700000001:%u/", "127.0.0.1 is no public address");
	denied("http://%%31%%32%%37.0.0.1:%u/", "127.0.0.1 is no public address");
	denied("http://127.0.0.1.:%u/", "127.0.0.1 is no public address");
	denied("http://0.0.0.0:%u/", "0.0.0.0 is no public address");
	denied("http://10.0.0.1:%u/", "10.0.0.1 is no public address");
	denied("http://169.254.169.254:%u/", "169.254.169.254 is no public address");
	denied("http://[::1]:%u/", "::1 is no public address");
	denied("http://[::]:%u/", "is no public address");
	denied("http://[::ffff:127.0.0.1]:%u/", "127.0.0.1 is no public address");
	denied("http://[64:ff9b::127.0.0.1]:%u/", "is no public address");
	denied("http://[2002:7f00:1::]:%u/", "is no public address");
	denied("http://localhost:%u/", "localhost is this machine");
	denied("http://LocalHost.:%u/", "localhost is this machine");
	denied("http://a.localhost:%u/", "a.localhost is this machine");
	denied("http://ip6-localhost:%u/", "ip6-localhost is this machine");
	denied("http://2130706433.:%u/", "2130706433 is no name");
	denied("http://0x7f.1.:%u/", "0x7f.1 is no name");
	denied("http://017700000001.:%u/", "017700000001 is no name");
	denied("http://0.:%u/", "0 is no name");
	denied("http://10.1.2.3..:%u/", "10.1.2.3. is no name");
	denied("http://me:pw@127.0.0.1:%u/", "without a login");
	denied("file:///etc/passwd", "only http and https");
	denied("ftp://127.0.0.1:%u/", "only http and https");
	denied("gopher://127.0.0.1:%u/", "only http and https");
	denied("http://[fe80::1%%25lo]:%u/", "only http and https");
	http_end(&w);
}

/* A name of this machine that is a special address, if it has one. */
static bool local_name(char *name, size_t size)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list, *a;
	bool special = true;

	if (gethostname(name, size) || strcmp(name, "localhost") == 0 || getaddrinfo(name, NULL, &hints, &list))
		return false;
	for (a = list; a; a = a->ai_next) {
		struct ip ip;

		memset(&ip, 0, sizeof(ip));
		if (a->ai_family == AF_INET)
			ip = ip_from_v4(ntohl(((struct sockaddr_in *)(void *)a->ai_addr)->sin_addr.s_addr));
		else if (a->ai_family == AF_INET6)
			memcpy(ip.b, &((struct sockaddr_in6 *)(void *)a->ai_addr)->sin6_addr, sizeof(ip.b));
		special = special && ip_kind(&ip) != IP_GLOBAL;
	}
	freeaddrinfo(list);
	return special;
}

/* What a name means is known only when it is connected to, or has been. */
static void test_names(void)
{
	char name[200], url[300];
	unsigned before;

	if (!local_name(name, sizeof(name))) {
		ok(true, "this machine's name is no special address # SKIP");
		return;
	}
	begin();
	snprintf(url, sizeof(url), "http://%s:%u/", name, w.port);
	w.request.public_only = true;
	ask("%s", url);
	is_int(w.out.result.failure, HTTP_DENIED, "a name of a special address is denied: %s", w.out.result.error);
	ok(strstr(w.out.result.error, "is no public address") != NULL, "and said why");
	is_int(w.seen->connections, 0, "nobody connected");
	w.request.public_only = false;
	ask("%s", url);
	before = w.seen->requests;
	w.request.public_only = true;
	ask("%s", url);
	is_int(w.out.result.failure, HTTP_DENIED, "nor is a connection used that was there already: %s",
	       w.out.result.error);
	is_int(w.seen->requests, before, "it was not asked");
	http_end(&w);
}

/* ---- redirects ---- */

static void test_redirects(void)
{
	static const char *const none[] = {NULL}, *const local[] = {"files.example.org", "LOCALHOST", NULL};
	static const char *const headers[] = {"If-None-Match: \"x\"", NULL};
	uint16_t port;

	begin();
	port = w.port;
	ask("http://127.0.0.1:%u/to?/here", port);
	is_int(w.out.result.status, 302, "a redirect is an answer to whom it is one");
	is_str(buf_str(&w.out.body), "there!", "with its body");
	w.request.hosts = none;
	w.request.headers = headers;
	ask("http://127.0.0.1:%u/to?/here", port);
	is_int(w.out.result.status, 200, "else it is followed: %s", w.out.result.error);
	is_str(buf_str(&w.out.body), "here", "to the body");
	ok(strstr(buf_str(&w.out.headers), "new") && !strstr(buf_str(&w.out.headers), "old"), "and its headers only");
	ok(str_ends(w.out.url, "/here"), "and where it was: %s", w.out.url);
	ok(strstr(w.seen->text, "If-None-Match: \"x\"\r\n") != NULL, "the condition goes along");
	w.request.headers = NULL;
	ask("http://127.0.0.1:%u/to?http://127.0.0.1:%u/to?../a/../here", port, port);
	is_int(w.out.result.status, 200, "twice");
	ask("http://127.0.0.1:%u/to?//127.1:%u/here", port, port);
	is_int(w.out.result.status, 200, "the same host written in another way");
	ask("http://127.0.0.1:%u/to?http://localhost:%u/here", port, port);
	is_int(w.out.result.failure, HTTP_DENIED, "not to another host: %s", w.out.result.error);
	ok(strstr(w.out.result.error, "localhost") != NULL, "which is named");
	w.request.hosts = local;
	ask("http://127.0.0.1:%u/to?http://localhost:%u/here", port, port);
	is_int(w.out.result.status, 200, "but to one that was agreed on: %s", w.out.result.error);
	ask("http://localhost:%u/to?http://127.0.0.1:%u/to?http://localhost:%u/here", port, port, port);
	is_int(w.out.result.failure, HTTP_DENIED, "where it comes from makes no difference");
	ask("http://127.0.0.1:%u/to?ftp://127.0.0.1/", port);
	is_int(w.out.result.failure, HTTP_DENIED, "no other protocol: %s", w.out.result.error);
	ask("http://127.0.0.1:%u/to?file:///etc/passwd", port);
	is_int(w.out.result.failure, HTTP_DENIED, "no file: %s", w.out.result.error);
	ask("http://127.0.0.1:%u/to?http://me:pw@127.0.0.1/", port);
	is_int(w.out.result.failure, HTTP_DENIED, "no login: %s", w.out.result.error);
	ask("http://127.0.0.1:%u/to?", port);
	ok(w.out.result.failure == HTTP_FINE && w.out.result.status == 302, "nowhere to go is an answer");
	http_end(&w);
}

static void test_redirect_counts(void)
{
	static const char *const none[] = {NULL};
	static const struct {
		int status;
		long end;
	} statuses[] = {{301, 200}, {302, 200}, {303, 200}, {307, 200}, {308, 200}, {300, 300}, {305, 305}, {200, 200}};
	char url[512];

	begin();
	w.request.hosts = none;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		ask("http://127.0.0.1:%u/status?%d", w.port, statuses[i].status);
		is_int(w.out.result.status, statuses[i].end, "status %d", statuses[i].status);
	}
	for (int times = 5; times <= 6; times++) {
		int len = snprintf(url, sizeof(url), "http://127.0.0.1:%u", w.port);

		for (int i = 0; i < times; i++)
			len += snprintf(url + len, sizeof(url) - (size_t)len, "/to?");
		snprintf(url + len, sizeof(url) - (size_t)len, "/here");
		ask("%s", url);
		is_int(w.out.result.failure, times == 5 ? HTTP_FINE : HTTP_DENIED, "%d redirects: %s", times,
		       w.out.result.error);
	}
	w.request.post = "x";
	w.request.post_len = 1;
	ask("http://127.0.0.1:%u/to?/here", w.port);
	is_int(w.out.result.status, 302, "what is posted is posted once");
	http_end(&w);
}

static void test_redirect_login(void)
{
	static const char *const local[] = {"localhost", NULL};

	begin();
	w.request.hosts = local;
	w.request.username = "me";
	w.request.password = "pw";
	ask("http://127.0.0.1:%u/to?/here", w.port);
	ok(strstr(w.seen->text, "Authorization: Basic") != NULL, "a login goes along to the same origin");
	ask("http://127.0.0.1:%u/to?http://localhost:%u/here", w.port, w.port);
	ok(w.out.result.status == 200 && !strstr(w.seen->text, "Authorization"), "and to no other");
	http_end(&w);
}

/* What a server of this test's own, without TLS, cannot ask for. */
static void test_redirect_schemes(void)
{
	static const char *const none[] = {NULL};
	static const struct {
		const char *from, *to;
		int rc;
	} rows[] = {
		{"http://a/", "https://a/", 0},
		{"https://a/", "https://a:8443/x", 0},
		{"https://a/", "http://a/", -EACCES},
		{"https://a/", "HTTP://a/", -EACCES},
		{"HTTPS://a/", "http://a/", -EACCES},
		{"https://a/", "https://b/", -EACCES},
		{"https://a/", "https://a.b/", -EACCES},
		{"https://a/", "", -EACCES},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct http_policy policy = {.denied = false};
		int rc = http_policy_redirect(&policy, rows[i].from, rows[i].from, rows[i].to, none);

		is_int(rc, rows[i].rc, "from %s to '%s': %s", rows[i].from, rows[i].to, policy.why);
		is_int(policy.denied, rc != 0, "it is remembered");
	}
}

/* ---- proxies ---- */

static void http_proxy(int fd, struct http_seen *seen, const void *arg)
{
	char request[4096], answer[4200];

	(void)arg;
	(void)seen;
	while (read_request(fd, request, sizeof(request))) {
		char *end = strchr(request, '\r');

		*end = '\0';
		send_text(fd, answer,
			  (size_t)snprintf(answer, sizeof(answer), OK_HEAD "Content-Length: %zu\r\n\r\n%s",
					   strlen(request), request));
	}
}

/* RFC 1928, without a login; then the answer is what was asked for. */
static void socks_proxy(int fd, struct http_seen *seen, const void *arg)
{
	char bytes[512], answer[600];
	ssize_t n = read(fd, bytes, sizeof(bytes));

	(void)arg;
	(void)seen;
	if (n < 3)
		return;
	send_text(fd, "\5", 2);
	n = read(fd, bytes, sizeof(bytes));
	if (n < 7 || bytes[3] != 3)
		return;
	snprintf(answer, sizeof(answer), OK_HEAD "Content-Length: %d\r\n\r\n%.*s", bytes[4], bytes[4], bytes + 5);
	send_text(fd, "\5\0\0\1\0\0\0\0\0", 10);
	while (read_request(fd, bytes, sizeof(bytes)))
		send_text(fd, answer, strlen(answer));
}

static void refuses(int fd, struct http_seen *seen, const void *arg)
{
	char request[4096];

	(void)arg;
	(void)seen;
	if (read_request(fd, request, sizeof(request)))
		send_text(fd, "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", 38);
}

static void proxied(const char *scheme, void (*serve)(int fd, struct http_seen *seen, const void *arg),
		    const char *answer)
{
	char proxy[64];

	http_begin(&w, serve, NULL);
	snprintf(proxy, sizeof(proxy), "%s://127.0.0.1:%u", scheme, w.port);
	w.request.proxy = proxy;
	w.request.public_only = true;
	ask("http://files.example/list");
	is_int(w.out.result.failure, HTTP_FINE, "%s: names are its business: %s", scheme, w.out.result.error);
	is_str(buf_str(&w.out.body), answer, "%s: what it was asked", scheme);
	denied("http://127.1:%u/", "127.0.0.1 is no public address");
	denied("http://[::ffff:10.0.0.1]:%u/", "10.0.0.1 is no public address");
	denied("http://localhost:%u/", "this machine");
	setenv("no_proxy", "*", 1);
	setenv("NO_PROXY", "*", 1);
	ask("http://files.example/list");
	is_str(buf_str(&w.out.body), answer, "%s: the environment cannot lead around it", scheme);
	unsetenv("no_proxy");
	unsetenv("NO_PROXY");
	http_end(&w);
}

/* A proxy's answers are a stranger's too. */
static void test_proxy_redirects(void)
{
	static const char *const listed[] = {"10.0.0.1", "files.example", NULL};
	char proxy[64];

	http_begin(&w, sends_on, NULL);
	snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%u", w.port);
	w.request.proxy = proxy;
	w.request.hosts = listed;
	ask("http://list.example/to?http://files.example/");
	is_int(w.out.result.status, 200, "sent on through a proxy: %s", w.out.result.error);
	w.request.public_only = true;
	ask("http://list.example/to?http://10.0.0.1/");
	is_int(w.out.result.failure, HTTP_DENIED, "to a special address: %s", w.out.result.error);
	ok(strstr(w.out.result.error, "10.0.0.1 is no public address") != NULL, "which was listed");
	http_end(&w);
}

static void test_proxies(void)
{
	static const char *const others[] = {"ftp://127.0.0.1:9", "socks5://127.0.0.1:9", "socks4a://127.0.0.1:9",
					     "127.0.0.1:9"};
	char proxy[64];

	proxied("http", http_proxy, "GET http://files.example/list HTTP/1.1");
	proxied("socks5h", socks_proxy, "files.example");
	http_begin(&w, refuses, NULL);
	snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%u", w.port);
	w.request.proxy = proxy;
	ask("https://files.example/list");
	is_int(w.out.result.failure, HTTP_UNREACHABLE, "a proxy that refuses: %s", w.out.result.error);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		w.request.proxy = others[i];
		ask("http://files.example/list");
		is_int(w.out.result.failure, HTTP_DENIED, "%s: %s", others[i], w.out.result.error);
	}
	http_end(&w);
}

int main(void)
{
	alarm(120);
	signal(SIGPIPE, SIG_IGN);
	test_special_addresses();
	test_names();
	test_redirects();
	test_redirect_counts();
	test_redirect_login();
	test_redirect_schemes();
	test_proxies();
	test_proxy_redirects();
	return tap_done();
}
