/* One loop, one http and one server of the test's own, for programs that make HTTP calls. Include it once, in the .c
 * with main(). */
#ifndef HTTP_WORLD_H
#define HTTP_WORLD_H

#include "base/buf.h"
#include "canned.h"
#include "core/http.h"
#include "tap.h"

enum { BODY_MAX = 8 << 20 };

/* What server processes and the test see both. */
struct http_seen {
	_Atomic unsigned connections, open, most_open, requests;
	char text[4096]; /* the server's to write */
};

struct http_outcome {
	struct loop *loop;
	struct http_result result;
	char url[1024]; /* of the result */
	unsigned done;
	struct buf body, headers;
	long status; /* as body() was told */
	int stop;    /* what body() says */
};

struct http_world {
	struct loop *loop;
	struct http *http;
	struct http_outcome out;
	struct http_request request; /* to the server */
	char url[64];
	uint16_t port;
	pid_t server;
	struct http_seen *seen;
};

/* A server in processes of its own, one a connection. */
static inline pid_t http_serve(int listener, struct http_seen *seen,
			       void (*serve)(int fd, struct http_seen *seen, const void *arg), const void *arg)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid != 0)
		return pid;
	setpgid(0, 0); /* ended together */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	alarm(30);
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			_exit(0);
		seen->connections++;
		if (fork() == 0) {
			unsigned open = ++seen->open;

			close(listener);
			alarm(30);
			if (open > seen->most_open)
				seen->most_open = open;
			serve(fd, seen, arg);
			seen->open--;
			_exit(0);
		}
		close(fd);
	}
}

static inline void http_on_header(void *context, const char *line, size_t len)
{
	struct http_outcome *o = context;

	buf_add(&o->headers, line, len);
	buf_putc(&o->headers, '|');
}

static inline int http_on_body(void *context, long status, const char *bytes, size_t len)
{
	struct http_outcome *o = context;

	o->status = status;
	buf_add(&o->body, bytes, len);
	return o->stop;
}

static inline void http_on_done(void *context, const struct http_result *result)
{
	struct http_outcome *o = context;

	o->result = *result;
	snprintf(o->url, sizeof(o->url), "%s", result->url);
	o->done++;
	loop_stop(o->loop);
}

static inline void http_begin(struct http_world *w, void (*serve)(int fd, struct http_seen *seen, const void *arg),
			      const void *arg)
{
	int listener = listener_open(&w->port);

	w->seen = mmap(NULL, sizeof(*w->seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	w->loop = loop_new();
	w->http = http_new(w->loop);
	w->out = (struct http_outcome){.loop = w->loop};
	buf_init(&w->out.body, BODY_MAX);
	buf_init(&w->out.headers, BODY_MAX);
	w->server = http_serve(listener, w->seen, serve, arg);
	close(listener);
	snprintf(w->url, sizeof(w->url), "http://127.0.0.1:%u/transmission/rpc", w->port);
	w->request = (struct http_request){
		.url = w->url,
		.connect_ms = 5000,
		.total_ms = 5000,
		.max_body = 1 << 20,
		.header = http_on_header,
		.body = http_on_body,
		.done = http_on_done,
		.context = &w->out,
	};
}

/* One call, to its end. */
static inline void http_call(struct http_world *w)
{
	buf_reset(&w->out.body);
	buf_reset(&w->out.headers);
	http_start(w->http, &w->request);
	loop_run(w->loop);
}

static inline void http_end(struct http_world *w)
{
	http_free(w->http);
	loop_free(w->loop);
	buf_done(&w->out.body);
	buf_done(&w->out.headers);
	kill(-w->server, SIGKILL);
	server_stop(w->server);
	munmap(w->seen, sizeof(*w->seen));
}

#endif
