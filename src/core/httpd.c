/* libmicrohttpd without a thread: its epoll descriptor is one of our loop's, its timeouts are a timer. The library's
 * idea of a timeout is silence; who sends a byte now and then would stay for ever, so that deadlines are kept here. It
 * does not know what is served, nor to whom. */
#include "core/httpd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/ip.h"
#include "base/str.h"
#include "base/words.h"
#include "base/xmalloc.h"

enum {
	URL_MAX = 96,
	BACKLOG = 64,
	CROWD = HTTPD_CONNECTIONS - 4,     /* so many, and the slow ones must go */
	CROWD_MS = 250,                    /* that a request may take then */
	READ_AFTER = 2,                    /* so many runs what a new one has sent was looked at */
	RUNS = 4,                          /* at a time, before others have their turn */
	MEMORY = 4 * HTTPD_REQUEST_MAX,    /* of a connection: the request, what the library makes of it, our headers */
};

_Static_assert(HTTPD_ANSWER_MS > HTTPD_REQUEST_MS, "an answer has more time than a request");

struct client {
	struct httpd *httpd;
	struct MHD_Connection *connection; /* NULL = free */
	int fd;
	int64_t since_ms; /* it is here, or its answer is on its way */
	uint32_t run; /* in which it came */
	bool answered, dropped;
	char *target; /* owned */
};

struct httpd {
	struct loop *loop;
	struct MHD_Daemon *daemon;
	int epoll;
	struct loop_timer timer;
	struct client clients[HTTPD_CONNECTIONS];
	uint32_t run;    /* of the library, by number */
	bool closed_one; /* a connection, in this run */
	void (*serve)(void *context, const struct httpd_request *request, struct httpd_answer *answer);
	void *context;
	char url[URL_MAX];
};

/* ---- connections ------------------------------------------------------------------------------------------------ */

static unsigned client_count(const struct httpd *h)
{
	unsigned count = 0;

	for (int i = 0; i < HTTPD_CONNECTIONS; i++)
		count += h->clients[i].connection && !h->clients[i].dropped;
	return count;
}

/* The slow have time while there is room for others. */
static int64_t deadline(const struct httpd *h, const struct client *c)
{
	bool crowded = client_count(h) >= CROWD;

	if (c->answered)
		return c->since_ms + (crowded ? HTTPD_REQUEST_MS : HTTPD_ANSWER_MS);
	return c->since_ms + (crowded ? CROWD_MS : HTTPD_REQUEST_MS);
}

/* The library sees the end of it, and closes. */
static void drop(struct client *c)
{
	c->dropped = true;
	shutdown(c->fd, SHUT_RDWR);
}

static struct client *slowest(struct httpd *h)
{
	struct client *found = NULL;

	for (int i = 0; i < HTTPD_CONNECTIONS; i++) {
		struct client *c = &h->clients[i];

		if (c->connection && !c->dropped && !c->answered && (!found || c->since_ms < found->since_ms))
			found = c;
	}
	return found;
}

/* Who has asked for something is served; who has not makes room for those who might. */
static void make_room(struct httpd *h)
{
	struct client *c = slowest(h);

	if (c && client_count(h) >= CROWD && h->run - c->run >= READ_AFTER)
		drop(c);
}

static void client_begin(struct httpd *h, struct MHD_Connection *connection, void **socket_context)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	make_room(h);
	for (int i = 0; i < HTTPD_CONNECTIONS; i++) {
		struct client *c = &h->clients[i];

		if (c->connection)
			continue;
		*c = (struct client){.httpd = h,
				     .connection = connection,
				     .fd = info->connect_fd,
				     .since_ms = clock_now().mono_ms,
				     .run = h->run};
		*socket_context = c;
		return;
	}
}

static void client_end(struct httpd *h, struct client *c)
{
	h->closed_one = true;
	if (!c)
		return;
	free(c->target);
	*c = (struct client){.httpd = NULL};
}

static void on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
			  enum MHD_ConnectionNotificationCode code)
{
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		client_begin(context, connection, socket_context);
	else
		client_end(context, *socket_context);
}

static struct client *client_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

/* ---- requests --------------------------------------------------------------------------------------------------- */

/* The target as it was sent, before the library takes it apart. */
static void *on_target(void *context, const char *target, struct MHD_Connection *connection)
{
	struct client *c = client_of(connection);

	(void)context;
	if (c && !c->target)
		c->target = xstrdup(target);
	return NULL;
}

struct only {
	const char *name, *value;
	unsigned count;
};

static enum MHD_Result look(void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct only *only = context;

	(void)kind;
	if (strcasecmp(name, only->name) == 0) {
		only->count++;
		only->value = value;
	}
	return MHD_YES;
}

/* A header that is there once. */
static const char *header(struct MHD_Connection *connection, const char *name)
{
	struct only only = {.name = name};

	MHD_get_connection_values(connection, MHD_HEADER_KIND, look, &only);
	return only.count == 1 && only.value ? only.value : "";
}

static void add_headers(struct MHD_Response *response, const struct httpd_answer *a)
{
	static const char *const always[][2] = {
		{"Cache-Control", "no-store"},
		{"Connection", "close"},
		{"Cross-Origin-Opener-Policy", "same-origin"},
		{"Cross-Origin-Resource-Policy", "same-origin"},
		{"Referrer-Policy", "no-referrer"},
		{"X-Content-Type-Options", "nosniff"},
		{"X-Frame-Options", "DENY"},
	};

	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		MHD_add_response_header(response, always[i][0], always[i][1]);
	MHD_add_response_header(response, "Content-Type", a->type);
	MHD_add_response_header(response, "Content-Security-Policy",
				*a->policy ? a->policy : "default-src 'none'; frame-ancestors 'none'");
	if (a->name)
		MHD_add_response_header(response, a->name, a->value);
}

/* Takes the text over. */
static enum MHD_Result send_answer(struct MHD_Connection *connection, struct httpd_answer *a)
{
	struct MHD_Response *response;
	enum MHD_Result result;

	if (a->text.full) {
		buf_reset(&a->text);
		a->status = 500;
		a->type = "text/plain; charset=utf-8";
		buf_puts(&a->text, "The answer is too large.\n");
	}
	response = MHD_create_response_from_buffer(a->text.len, a->text.data, MHD_RESPMEM_MUST_FREE);
	if (!response) {
		buf_done(&a->text);
		return MHD_NO;
	}
	add_headers(response, a);
	result = MHD_queue_response(connection, a->status, response);
	MHD_destroy_response(response);
	return result;
}

/* What is wrong with any request like this, whatever it asks for. */
static bool refused(struct MHD_Connection *connection, const char *method, struct httpd_answer *a)
{
	const union MHD_ConnectionInfo *size = MHD_get_connection_info(connection,
								       MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
		a->status = 405;
		a->name = "Allow";
		a->value = "GET, HEAD";
		buf_puts(&a->text, "Only GET and HEAD.\n");
		return true;
	}
	if (!size || size->header_size > HTTPD_REQUEST_MAX) {
		a->status = 431;
		buf_puts(&a->text, "The request is too large.\n");
		return true;
	}
	return false;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url, const char *method,
				  const char *version, const char *upload, size_t *upload_len, void **request_context)
{
	struct httpd_answer answer = {.status = 200, .type = "text/plain; charset=utf-8"};
	struct client *c = client_of(connection);
	struct httpd *h = context;

	(void)url;
	(void)version;
	(void)upload;
	(void)upload_len;
	(void)request_context;
	if (!c || c->answered || !c->target)
		return MHD_NO;
	buf_init(&answer.text, HTTPD_TEXT_MAX);
	if (!refused(connection, method, &answer))
		h->serve(h->context,
			 &(struct httpd_request){
				 .target = c->target,
				 .host = header(connection, "Host"),
				 .authorization = header(connection, "Authorization"),
			 },
			 &answer);
	c->answered = true;
	c->since_ms = clock_now().mono_ms;
	return send_answer(connection, &answer);
}

/* ---- in the loop ------------------------------------------------------------------------------------------------ */

static void arm(struct httpd *h)
{
	int64_t next = INT64_MAX, now = clock_now().mono_ms;
	MHD_UNSIGNED_LONG_LONG left;

	if (MHD_get_timeout(h->daemon, &left) == MHD_YES)
		next = now + (int64_t)(left > HTTPD_ANSWER_MS ? HTTPD_ANSWER_MS : left);
	for (int i = 0; i < HTTPD_CONNECTIONS; i++) {
		const struct client *c = &h->clients[i];

		if (c->connection && !c->dropped && deadline(h, c) < next)
			next = deadline(h, c);
	}
	if (next == INT64_MAX)
		loop_timer_stop(h->loop, &h->timer);
	else
		loop_timer_at(h->loop, &h->timer, next);
}

/* Again after a connection has gone: only then does the library listen again, when it had too many. */
static void run(struct httpd *h)
{
	for (int i = 0; i < RUNS; i++) {
		h->closed_one = false;
		h->run++;
		MHD_run(h->daemon);
		if (!h->closed_one)
			break;
	}
	arm(h);
}

static void on_ready(void *context, int fd, unsigned events)
{
	(void)fd;
	(void)events;
	run(context);
}

static void on_timer(void *context)
{
	struct httpd *h = context;
	int64_t now = clock_now().mono_ms;

	for (int i = 0; i < HTTPD_CONNECTIONS; i++) {
		struct client *c = &h->clients[i];

		if (c->connection && !c->dropped && deadline(h, c) <= now)
			drop(c);
	}
	run(h);
}

/* ---- beginning and end ------------------------------------------------------------------------------------------ */

int httpd_address_parse(const char *text, struct httpd_address *address)
{
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 0;
	bool bracket = len > 2 && text[0] == '[' && text[len - 1] == ']';
	struct httpd_address made = {.six = bracket};
	uint64_t port;
	struct ip ip;

	if (!colon || str_u64(colon + 1, &port) || port > 65535 || len >= sizeof(made.host))
		return -EINVAL;
	snprintf(made.host, sizeof(made.host), "%.*s", (int)(len - 2 * bracket), text + bracket);
	if (ip_parse(made.host, strlen(made.host), &ip) || (strchr(made.host, ':') != NULL) != bracket)
		return -EINVAL;
	made.loopback = ip_kind(&ip) == IP_LOOPBACK;
	made.port = (unsigned short)port;
	*address = made;
	return 0;
}

union any_address {
	struct sockaddr any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
};

static socklen_t fill(const struct httpd_address *address, union any_address *to)
{
	*to = (union any_address){.four = {0}};
	if (!address->six) {
		to->four.sin_family = AF_INET;
		to->four.sin_port = htons(address->port);
		inet_pton(AF_INET, address->host, &to->four.sin_addr);
		return sizeof(to->four);
	}
	to->six.sin6_family = AF_INET6;
	to->six.sin6_port = htons(address->port);
	inet_pton(AF_INET6, address->host, &to->six.sin6_addr);
	return sizeof(to->six);
}

/* A listening socket, or -errno. The port that it got is put into the address. */
static int listen_at(struct httpd_address *address)
{
	int fd = socket(address->six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1,
	    rc = 0;
	union any_address at;
	socklen_t len = fill(address, &at);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (address->six)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, &at.any, len) || listen(fd, BACKLOG) || getsockname(fd, &at.any, &len))
		rc = -errno;
	if (rc) {
		close(fd);
		return rc;
	}
	address->port = ntohs(address->six ? at.six.sin6_port : at.four.sin_port);
	return fd;
}

static int start(struct httpd *h, int fd)
{
	const union MHD_DaemonInfo *info;

	h->daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, h, MHD_OPTION_LISTEN_SOCKET, fd,
				     MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTPD_CONNECTIONS,
				     MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY, MHD_OPTION_CONNECTION_TIMEOUT,
				     (unsigned)(HTTPD_REQUEST_MS / 1000), MHD_OPTION_NOTIFY_CONNECTION, on_connection,
				     h, MHD_OPTION_URI_LOG_CALLBACK, on_target, h, MHD_OPTION_STRICT_FOR_CLIENT, 1,
				     MHD_OPTION_END);
	info = h->daemon ? MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
	if (!info)
		return -ENOMEM;
	h->epoll = info->epoll_fd;
	return loop_watch(h->loop, h->epoll, LOOP_IN, on_ready, h);
}

/* What it says then is of the kernel or of itself; else it would abort. */
static void on_panic(void *context, const char *file, unsigned line, const char *reason)
{
	(void)context;
	xmalloc_end("libmicrohttpd gives up (%s:%u): %.*s", file, line, (int)strcspn(reason ? reason : "", "\n"),
		    reason ? reason : "");
}

struct httpd *httpd_new(const struct httpd_ask *ask, struct err *err)
{
	struct httpd_address address;
	struct httpd *h;
	int fd;

	if (httpd_address_parse(ask->listen, &address)) {
		err_set(err, -EINVAL, "\"%s\" is no address and port", ask->listen);
		return NULL;
	}
	MHD_set_panic_func(on_panic, NULL);
	fd = listen_at(&address);
	if (fd < 0) {
		err_set(err, fd, N_("cannot listen at %s: %s"), ask->listen, strerror(-fd));
		return NULL;
	}
	h = xcalloc(1, sizeof(*h));
	h->loop = ask->loop;
	h->serve = ask->serve;
	h->context = ask->context;
	h->timer = (struct loop_timer){.fire = on_timer, .context = h};
	h->epoll = -1;
	snprintf(h->url, sizeof(h->url), address.six ? "http://[%s]:%u/" : "http://%s:%u/", address.host, address.port);
	if (start(h, fd)) {
		err_set(err, -ENOMEM, "the web server cannot be started at %s", ask->listen);
		httpd_free(h);
		return NULL;
	}
	return h;
}

void httpd_free(struct httpd *h)
{
	if (!h)
		return;
	loop_timer_stop(h->loop, &h->timer);
	if (h->epoll >= 0)
		loop_unwatch(h->loop, h->epoll);
	if (h->daemon)
		MHD_stop_daemon(h->daemon);
	free(h);
}

const char *httpd_url(const struct httpd *h)
{
	return h->url;
}
