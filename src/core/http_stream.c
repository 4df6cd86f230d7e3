/* Connections for another protocol: libcurl connects, with TLS and proxy, and then only carries bytes. Each has a multi
 * handle of its own, because in a shared one libcurl takes an idle connection for one that it may close. It does not
 * know what the bytes mean. */
#include "core/http_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/xmalloc.h"

enum {
	MAX_URL = 48 * 1024,
	MAX_WAITING = 256 * 1024, /* bytes to be sent */
	READ_AT_ONCE = 16 * 1024,
	READS_A_TURN = 16, /* then others have theirs */
};

struct http_stream {
	struct loop *loop;
	struct http_engine engine;
	struct http_kept kept;
	struct http_policy policy;
	struct http_stream_events events;
	CURL *easy;
	char error[CURL_ERROR_SIZE];
	int fd; /* -1 as long as libcurl is connecting */
	unsigned watched;
	struct buf waiting;
	struct loop_timer soon; /* to go on with what no descriptor tells of */
	bool failed;            /* the end is told from the loop */
	CURLcode code;
	bool busy, closed; /* in a callback; and closed there */
};

static void stream_free(struct http_stream *s)
{
	if (s->fd >= 0)
		loop_unwatch(s->loop, s->fd);
	loop_timer_stop(s->loop, &s->soon);
	curl_multi_remove_handle(s->engine.multi, s->easy);
	curl_easy_cleanup(s->easy);
	http_engine_done(&s->engine);
	http_kept_done(&s->kept);
	buf_done(&s->waiting);
	free(s);
}

void http_stream_close(struct http_stream *s)
{
	if (!s)
		return;
	s->closed = true;
	if (!s->busy)
		stream_free(s);
}

static void stream_end(struct http_stream *s, CURLcode code)
{
	struct http_stream_events events = s->events;
	struct http_result result = {.failure = HTTP_FINE};

	if (s->policy.denied && s->fd < 0)
		result.failure = HTTP_DENIED;
	else if (code != CURLE_OK)
		result.failure = http_easy_failure(s->easy, code, &s->policy);
	http_easy_words(&result, code, s->error, &s->policy);
	stream_free(s);
	if (events.closed)
		events.closed(events.context, &result);
}

static void stream_fail(struct http_stream *s, CURLcode code)
{
	s->failed = true;
	s->code = code;
	loop_timer_in(s->loop, &s->soon, 0);
}

/* ---- bytes ---- */

static void stream_ready(void *context, int fd, unsigned events);

static void stream_watch(struct http_stream *s)
{
	unsigned events = LOOP_IN | (s->waiting.len ? LOOP_OUT : 0);

	if (events == s->watched)
		return;
	s->watched = events;
	if (loop_watch(s->loop, s->fd, events, stream_ready, s))
		stream_fail(s, CURLE_FAILED_INIT);
}

static void stream_flush(struct http_stream *s)
{
	while (s->waiting.len && !s->failed) {
		size_t sent = 0;
		CURLcode code = curl_easy_send(s->easy, s->waiting.data, s->waiting.len, &sent);

		buf_drop(&s->waiting, sent);
		if (code == CURLE_AGAIN)
			break;
		if (code != CURLE_OK)
			stream_fail(s, code);
	}
	if (!s->failed)
		stream_watch(s);
}

/* Gives what has come to the owner. False: the stream is gone. */
static bool stream_read(struct http_stream *s)
{
	char bytes[READ_AT_ONCE];

	for (unsigned i = 0; i < READS_A_TURN && !s->failed; i++) {
		size_t len = 0;
		CURLcode code = curl_easy_recv(s->easy, bytes, sizeof(bytes), &len);

		if (code == CURLE_AGAIN)
			return true;
		if (code != CURLE_OK || len == 0) {
			stream_end(s, code);
			return false;
		}
		s->busy = true;
		s->events.bytes(s->events.context, bytes, len);
		s->busy = false;
		if (s->closed) {
			stream_free(s);
			return false;
		}
	}
	/* What TLS has read already wakes nobody. */
	loop_timer_in(s->loop, &s->soon, 0);
	return true;
}

static void stream_ready(void *context, int fd, unsigned events)
{
	struct http_stream *s = context;

	(void)fd;
	if (events & LOOP_OUT)
		stream_flush(s);
	if ((events & LOOP_IN) && !s->failed)
		stream_read(s);
}

static void stream_soon(void *context)
{
	struct http_stream *s = context;

	if (s->failed)
		stream_end(s, s->code);
	else
		stream_read(s);
}

int http_stream_send(struct http_stream *s, const void *bytes, size_t len)
{
	if (buf_add(&s->waiting, bytes, len))
		return -ENOBUFS;
	if (s->fd >= 0 && !s->failed)
		stream_flush(s);
	return 0;
}

/* ---- connecting ---- */

static void stream_opened(struct http_stream *s)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	if (curl_easy_getinfo(s->easy, CURLINFO_ACTIVESOCKET, &fd) || fd == CURL_SOCKET_BAD) {
		stream_end(s, CURLE_GOT_NOTHING);
		return;
	}
	s->fd = fd;
	s->busy = true;
	if (s->events.opened)
		s->events.opened(s->events.context);
	s->busy = false;
	if (s->closed) {
		stream_free(s);
		return;
	}
	stream_flush(s);
	/* The other side may have spoken already, and TLS have read it. */
	loop_timer_in(s->loop, &s->soon, 0);
}

static void after_turn(void *context)
{
	struct http_stream *s = context;
	CURLMsg *message;
	int left;

	message = curl_multi_info_read(s->engine.multi, &left);
	if (!message || message->msg != CURLMSG_DONE)
		return;
	if (message->data.result == CURLE_OK)
		stream_opened(s);
	else
		stream_end(s, message->data.result);
}

static void stream_connect(struct http_stream *s, const char *url)
{
	const struct http_request *q = &s->kept.request;

	curl_easy_setopt(s->easy, CURLOPT_URL, url);
	http_easy_connect(s->easy, q);
	http_policy_watch(&s->policy, s->easy);
	curl_easy_setopt(s->easy, CURLOPT_ERRORBUFFER, s->error);
	curl_easy_setopt(s->easy, CURLOPT_CONNECT_ONLY, 1L);
	/* What is spoken on it is no HTTP that a proxy could pass on. */
	curl_easy_setopt(s->easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
	curl_easy_setopt(s->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(s->easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_multi_add_handle(s->engine.multi, s->easy);
}

struct http_stream *http_stream_open(struct http *h, const struct http_request *request,
				     const struct http_stream_events *events)
{
	struct http_stream *s = xcalloc(1, sizeof(*s));
	struct buf url;

	s->loop = http_loop(h);
	s->fd = -1;
	s->events = *events;
	s->easy = curl_easy_init();
	s->soon = (struct loop_timer){.fire = stream_soon, .context = s};
	http_kept_init(&s->kept, request);
	http_policy_init(&s->policy, request);
	buf_init(&s->waiting, MAX_WAITING);
	http_engine_init(&s->engine, s->loop, after_turn, s);
	buf_init(&url, MAX_URL);
	if (http_policy_url(&s->policy, request->url, &url))
		stream_fail(s, CURLE_URL_MALFORMAT);
	else
		stream_connect(s, buf_str(&url));
	buf_done(&url);
	return s;
}
