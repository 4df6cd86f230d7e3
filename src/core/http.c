/* Calls: they wait for their turn, are made with libcurl, perhaps sent on, and end once. It does not know what is in
 * the bodies. */
#include "core/http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"
#include "core/hash.h"
#include "core/http_private.h"

enum {
	MAX_HEADERS = 64 * 1024, /* bytes: a server may send headers for ever */
	MAX_URL = 48 * 1024,
	MAX_REDIRECTS = 5,
	IDLE_HANDLES = 32,
};

struct http_call {
	struct http *http;
	struct http_call *next, *previous; /* of all calls */
	struct http_turn turn;
	CURL *easy; /* NULL as long as it waits */
	struct http_kept kept;
	struct curl_slist *headers;
	struct http_policy policy;
	struct buf url;       /* what is asked now */
	unsigned redirects;
	long status;
	int64_t spent_us;     /* by the calls before a redirect */
	curl_off_t retry_after;
	size_t header_bytes, body_bytes;
	bool too_big, stopped, cancelled, ended, elsewhere, left_alone;
	char error[CURL_ERROR_SIZE];
};

struct http {
	struct loop *loop;
	struct http_engine engine;
	struct http_call *calls;
	struct http_queue queue;
	bool in_callback; /* libcurl takes no new handles and drops none meanwhile */
	struct loop_timer soon; /* what ended before it began is told from the loop */
	struct loop_timer rested; /* the first of the hosts that rest */
	CURL *idle[IDLE_HANDLES];
	unsigned idle_count;
};

static void after_turn(void *context);
static void tell_ended(void *context);
static void start_waiting(struct http *h);
static void wake(void *context);

struct http *http_new(struct loop *loop)
{
	struct http *h;

	hash_begin();
	/* Out of memory, libcurl would say that a header is too long, or nothing. */
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, xmalloc, free, xrealloc, xstrdup, xcalloc))
		return NULL;
	h = xcalloc(1, sizeof(*h));
	h->loop = loop;
	h->soon = (struct loop_timer){.fire = tell_ended, .context = h};
	h->rested = (struct loop_timer){.fire = wake, .context = h};
	http_engine_init(&h->engine, loop, after_turn, h);
	return h;
}

void http_limits(struct http *h, unsigned per_host, unsigned total)
{
	h->queue.per_host = per_host;
	h->queue.total = total;
	/* Connections that are kept for later are bounded too: each is a descriptor. */
	curl_multi_setopt(h->engine.multi, CURLMOPT_MAXCONNECTS, 2L * total);
}

struct loop *http_loop(const struct http *h)
{
	return h->loop;
}

/* ---- handles: what one costs is made once ---- */

static CURL *handle_take(struct http *h)
{
	return h->idle_count ? h->idle[--h->idle_count] : curl_easy_init();
}

static void handle_give(struct http *h, CURL *easy)
{
	if (h->idle_count == IDLE_HANDLES) {
		curl_easy_cleanup(easy);
		return;
	}
	curl_easy_reset(easy);
	h->idle[h->idle_count++] = easy;
}

/* ---- the end of a call ---- */

/* Out of libcurl's hands, and out of the way of those who wait. */
static void call_park(struct http_call *call)
{
	struct http *h = call->http;

	if (call->easy) {
		curl_multi_remove_handle(h->engine.multi, call->easy);
		handle_give(h, call->easy);
		call->easy = NULL;
	}
	http_queue_drop(&h->queue, &call->turn);
	curl_slist_free_all(call->headers);
	call->headers = NULL;
}

static void call_free(struct http_call *call)
{
	call_park(call);
	*(call->previous ? &call->previous->next : &call->http->calls) = call->next;
	if (call->next)
		call->next->previous = call->previous;
	http_kept_done(&call->kept);
	buf_done(&call->url);
	free(call);
}

void http_cancel(struct http_call *call)
{
	struct http *h = call->http;

	if (h->in_callback) {
		call->cancelled = true;
		loop_timer_in(h->loop, &h->soon, 0);
		return;
	}
	call_free(call);
	start_waiting(h);
}

void http_free(struct http *h)
{
	if (!h)
		return;
	while (h->calls)
		call_free(h->calls);
	while (h->idle_count)
		curl_easy_cleanup(h->idle[--h->idle_count]);
	http_engine_done(&h->engine);
	loop_timer_stop(h->loop, &h->soon);
	loop_timer_stop(h->loop, &h->rested);
	http_queue_wake(&h->queue, INT64_MAX);
	free(h);
	curl_global_cleanup();
}

static void tell(struct http_call *call, CURLcode code)
{
	struct http_request request = call->kept.request;
	struct http_result result = {.status = call->status, .retry_after = (long)call->retry_after};
	struct buf url = call->url;

	if (call->too_big)
		result.failure = HTTP_TOO_BIG;
	else if (call->stopped)
		result.failure = HTTP_STOPPED;
	else if (call->left_alone)
		result.failure = HTTP_LEFT_ALONE;
	else if (call->ended)
		result.failure = HTTP_DENIED;
	else
		result.failure = http_easy_failure(call->easy, code, &call->policy);
	http_easy_words(&result, code, call->error, &call->policy);
	result.url = buf_str(&url);
	buf_init(&call->url, 0); /* the text outlives the call */
	if (result.status && result.status != HTTP_TOO_MANY && result.status < 500)
		http_queue_answered(&call->turn);
	call_free(call);
	if (request.done)
		request.done(request.context, &result);
	buf_done(&url);
}

/* ---- redirects ---- */

static bool is_redirect(const struct http_call *call)
{
	static const long statuses[] = {301, 302, 303, 307, 308};

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (call->status == statuses[i])
			return call->kept.request.hosts && !call->kept.request.post;
	return false;
}

/* A login is for the origin that it was given for. */
static void drop_login(struct http_call *call)
{
	call->kept.request.username = NULL;
}

static bool same_origin(const char *a, const char *b)
{
	size_t len = strcspn(a, ":");

	len += a[len] ? 3 : 0; /* "://" */
	if (strlen(a) < len)
		return false;
	len += strcspn(a + len, "/?");
	return strncmp(a, b, len) == 0 && (b[len] == '/' || b[len] == '?' || !b[len]);
}

/* Where it is sent on to. 0; -ENOENT: nowhere; -EACCES: where it must not go. */
static int redirect_target(struct http_call *call, struct buf *to)
{
	const char *location = NULL;
	struct buf target;
	int rc;

	curl_easy_getinfo(call->easy, CURLINFO_REDIRECT_URL, &location);
	if (!location)
		return -ENOENT;
	if (call->redirects == MAX_REDIRECTS) {
		snprintf(call->policy.why, sizeof(call->policy.why), "redirected more than %d times", MAX_REDIRECTS);
		return -EACCES;
	}
	buf_init(&target, MAX_URL);
	if (http_url_join(NULL, location, &target))
		buf_reset(&target);
	rc = http_policy_redirect(&call->policy, call->kept.request.url, buf_str(&call->url), buf_str(&target),
				  call->kept.request.hosts);
	if (rc == 0)
		rc = http_policy_url(&call->policy, buf_str(&target), to);
	buf_done(&target);
	return rc;
}

/* Who asks for `url` does not know its host, and cannot see to that. */
static bool is_left_alone(struct http_call *call)
{
	int64_t ms = call->elsewhere ? http_asked(call->http, buf_str(&call->url)) : 0;

	if (ms <= 0)
		return false;
	call->left_alone = call->ended = true;
	call->status = 0; /* which was not its own */
	call->retry_after = (curl_off_t)(ms + 999) / 1000;
	return true;
}

/* As above; with 0 it waits for another turn, and with -EBUSY it may not come. */
static int redirect(struct http_call *call)
{
	curl_off_t spent = 0;
	struct buf to;
	int rc;

	buf_init(&to, MAX_URL);
	rc = redirect_target(call, &to);
	if (rc) {
		buf_done(&to);
		return rc;
	}
	curl_easy_getinfo(call->easy, CURLINFO_TOTAL_TIME_T, &spent);
	call->spent_us += spent;
	if (!same_origin(buf_str(&call->url), buf_str(&to)))
		drop_login(call);
	call->elsewhere |= http_queue_sent_on(&call->turn, buf_str(&to));
	call_park(call);
	buf_done(&call->url);
	call->url = to;
	call->redirects++;
	if (is_left_alone(call))
		return -EBUSY;
	/* It has waited before. */
	http_queue_add(&call->http->queue, &call->turn, buf_str(&call->url), true);
	return 0;
}

static void finish(struct http_call *call, CURLcode code)
{
	int rc = 0;

	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &call->status);
	curl_easy_getinfo(call->easy, CURLINFO_RETRY_AFTER, &call->retry_after);
	if (code == CURLE_OK && is_redirect(call)) {
		rc = redirect(call);
		if (rc == 0)
			return;
		call->ended = rc != -ENOENT;
	}
	tell(call, code);
}

static void finish_calls(struct http *h)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(h->engine.multi, &left))) {
		struct http_call *call;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&call);
		if (call->cancelled)
			call_free(call);
		else
			finish(call, message->data.result);
	}
}

static void after_turn(void *context)
{
	finish_calls(context);
	start_waiting(context);
}

/* Each may free others: begin again after one. */
static struct http_call *find_ended(const struct http *h)
{
	for (struct http_call *call = h->calls; call; call = call->next)
		if (call->cancelled || call->ended)
			return call;
	return NULL;
}

static void tell_ended(void *context)
{
	struct http *h = context;
	struct http_call *call;

	while ((call = find_ended(h))) {
		if (call->cancelled)
			call_free(call);
		else
			tell(call, CURLE_OK);
	}
	start_waiting(h);
}

/* ---- a call at work ---- */

/* What is only a signpost is nobody's answer. */
static bool is_hidden(struct http_call *call)
{
	if (!call->status)
		curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &call->status);
	return is_redirect(call);
}

static size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
	struct http_call *call = context;
	const struct http_request *q = &call->kept.request;
	size_t len = size * count, text = len;

	call->header_bytes += len;
	if (call->header_bytes > MAX_HEADERS) {
		call->too_big = true;
		return 0;
	}
	while (text && (bytes[text - 1] == '\n' || bytes[text - 1] == '\r'))
		text--;
	call->status = 0; /* after "100 Continue" comes another one */
	if (!q->header || !text || call->cancelled || is_hidden(call))
		return len;
	call->http->in_callback = true;
	q->header(q->context, bytes, text);
	call->http->in_callback = false;
	return len;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
	struct http_call *call = context;
	const struct http_request *q = &call->kept.request;
	size_t len = size * count;

	call->body_bytes += len;
	if (call->body_bytes > q->max_body) {
		call->too_big = true;
		return 0;
	}
	if (call->cancelled)
		return 0;
	if (!q->body || is_hidden(call))
		return len;
	call->http->in_callback = true;
	call->stopped = q->body(q->context, call->status, bytes, len) != 0;
	call->http->in_callback = false;
	return call->stopped ? 0 : len;
}

static void set_callbacks(struct http_call *call)
{
	curl_easy_setopt(call->easy, CURLOPT_PRIVATE, call);
	curl_easy_setopt(call->easy, CURLOPT_ERRORBUFFER, call->error);
	curl_easy_setopt(call->easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(call->easy, CURLOPT_HEADERDATA, call);
	curl_easy_setopt(call->easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(call->easy, CURLOPT_WRITEDATA, call);
}

/* What is left of the time for all; a call that has waited for its turn has not lost any. */
static long time_left(const struct http_call *call)
{
	long left = call->kept.request.total_ms - (long)(call->spent_us / 1000);

	return call->kept.request.total_ms && left < 1 ? 1 : left;
}

static void call_launch(struct http_call *call)
{
	struct http *h = call->http;

	call->easy = handle_take(h);
	call->status = 0;
	call->header_bytes = call->body_bytes = 0;
	call->error[0] = '\0';
	curl_easy_setopt(call->easy, CURLOPT_URL, buf_str(&call->url));
	http_easy_connect(call->easy, &call->kept.request);
	call->headers = http_easy_ask(call->easy, &call->kept.request);
	curl_easy_setopt(call->easy, CURLOPT_TIMEOUT_MS, time_left(call));
	http_policy_watch(&call->policy, call->easy);
	set_callbacks(call);
	curl_multi_add_handle(h->engine.multi, call->easy);
}

static void start_waiting(struct http *h)
{
	struct http_turn *turn;

	while (!h->in_callback && (turn = http_queue_next(&h->queue)))
		call_launch((struct http_call *)(void *)((char *)turn - offsetof(struct http_call, turn)));
}

static void wake(void *context)
{
	struct http *h = context;
	int64_t next = http_queue_wake(&h->queue, loop_now(h->loop).mono_ms);

	if (next != INT64_MAX)
		loop_timer_at(h->loop, &h->rested, next);
	start_waiting(h);
}

unsigned http_rest(struct http *h, const char *url, int64_t ms)
{
	unsigned rests = http_queue_rest(&h->queue, url, loop_now(h->loop).mono_ms, ms);

	/* Which of them is the first to wake is seen there. */
	loop_timer_in(h->loop, &h->rested, 0);
	for (struct http_call *call = h->calls; call; call = call->next)
		if (!call->easy && !call->ended && is_left_alone(call))
			loop_timer_in(h->loop, &h->soon, 0);
	return rests;
}

int64_t http_asked(struct http *h, const char *url)
{
	return http_queue_asked(&h->queue, url, loop_now(h->loop).mono_ms);
}

struct http_call *http_start(struct http *h, const struct http_request *request)
{
	struct http_call *call = xcalloc(1, sizeof(*call));

	call->http = h;
	http_kept_init(&call->kept, request);
	http_policy_init(&call->policy, request);
	buf_init(&call->url, MAX_URL);
	call->next = h->calls;
	if (h->calls)
		h->calls->previous = call;
	h->calls = call;
	if (http_policy_url(&call->policy, request->url, &call->url)) {
		call->ended = true;
		loop_timer_in(h->loop, &h->soon, 0);
		return call;
	}
	http_queue_add(&h->queue, &call->turn, buf_str(&call->url), false);
	if (h->in_callback)
		loop_timer_in(h->loop, &h->soon, 0);
	else
		start_waiting(h);
	return call;
}
