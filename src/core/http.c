/* libcurl's multi interface on our loop. It does not know what is in the bodies. */
#include "core/http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/xmalloc.h"

enum {
	MAX_HEADERS = 64 * 1024, /* bytes: a server may send headers for ever */
	RECEIVE_BUFFER = 128 * 1024,
};

struct http_call {
	struct http *http;
	CURL *easy;
	struct http_request request; /* its pointers are not used after the start, but for the functions */
	struct curl_slist *headers;
	size_t header_bytes, body_bytes;
	bool too_big, stopped;
	char error[CURL_ERROR_SIZE];
	struct http_call *next;
};

struct http {
	struct loop *loop;
	CURLM *multi;
	struct loop_timer timer;
	struct http_call *calls;
};

/* ---- libcurl on the loop ---- */

static void finish_calls(struct http *h);

static void socket_ready(void *context, int fd, unsigned events)
{
	struct http *h = context;
	int running, mask = 0;

	if (events & LOOP_IN)
		mask |= CURL_CSELECT_IN;
	if (events & LOOP_OUT)
		mask |= CURL_CSELECT_OUT;
	curl_multi_socket_action(h->multi, fd, mask, &running);
	finish_calls(h);
}

static void timer_fired(void *context)
{
	struct http *h = context;
	int running;

	curl_multi_socket_action(h->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	finish_calls(h);
}

static int socket_wanted(CURL *easy, curl_socket_t fd, int what, void *context, void *unused)
{
	static const unsigned events[] = {
		[CURL_POLL_IN] = LOOP_IN,
		[CURL_POLL_OUT] = LOOP_OUT,
		[CURL_POLL_INOUT] = LOOP_IN | LOOP_OUT,
	};
	struct http *h = context;

	(void)easy;
	(void)unused;
	if (what == CURL_POLL_REMOVE)
		loop_unwatch(h->loop, fd);
	else
		loop_watch(h->loop, fd, events[what], socket_ready, h);
	return 0;
}

static int timer_wanted(CURLM *multi, long delay_ms, void *context)
{
	struct http *h = context;

	(void)multi;
	if (delay_ms < 0)
		loop_timer_stop(h->loop, &h->timer);
	else
		loop_timer_in(h->loop, &h->timer, delay_ms);
	return 0;
}

struct http *http_new(struct loop *loop)
{
	struct http *h;

	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		return NULL;
	h = xcalloc(1, sizeof(*h));
	h->loop = loop;
	h->timer = (struct loop_timer){.fire = timer_fired, .context = h};
	h->multi = curl_multi_init();
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, socket_wanted);
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, timer_wanted);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
	return h;
}

void http_free(struct http *h)
{
	if (!h)
		return;
	while (h->calls)
		http_cancel(h->calls);
	curl_multi_cleanup(h->multi);
	loop_timer_stop(h->loop, &h->timer);
	free(h);
	curl_global_cleanup();
}

const char *http_version(void)
{
	return curl_version();
}

/* ---- a call ---- */

static size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
	struct http_call *call = context;
	size_t len = size * count, text = len;

	call->header_bytes += len;
	if (call->header_bytes > MAX_HEADERS) {
		call->too_big = true;
		return 0;
	}
	while (text && (bytes[text - 1] == '\n' || bytes[text - 1] == '\r'))
		text--;
	if (call->request.header && text)
		call->request.header(call->request.context, bytes, text);
	return len;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
	struct http_call *call = context;
	size_t len = size * count;
	long status = 0;

	call->body_bytes += len;
	if (call->body_bytes > call->request.max_body) {
		call->too_big = true;
		return 0;
	}
	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	if (call->request.body && call->request.body(call->request.context, status, bytes, len)) {
		call->stopped = true;
		return 0;
	}
	return len;
}

static void call_free(struct http_call *call)
{
	struct http_call **at = &call->http->calls;

	while (*at != call)
		at = &(*at)->next;
	*at = call->next;
	curl_multi_remove_handle(call->http->multi, call->easy);
	curl_easy_cleanup(call->easy);
	curl_slist_free_all(call->headers);
	free(call);
}

void http_cancel(struct http_call *call)
{
	call_free(call);
}

static const struct {
	CURLcode code;
	enum http_failure failure;
} failures[] = {
	{CURLE_OK, HTTP_FINE},
	{CURLE_COULDNT_RESOLVE_HOST, HTTP_NO_HOST},
	{CURLE_COULDNT_RESOLVE_PROXY, HTTP_NO_HOST},
	{CURLE_COULDNT_CONNECT, HTTP_UNREACHABLE},
	{CURLE_SSL_CONNECT_ERROR, HTTP_NO_TLS},
	{CURLE_SSL_CACERT_BADFILE, HTTP_UNTRUSTED},
	{CURLE_PEER_FAILED_VERIFICATION, HTTP_UNTRUSTED},
	{CURLE_OPERATION_TIMEDOUT, HTTP_SILENT},
	{CURLE_OUT_OF_MEMORY, HTTP_TOO_BIG}, /* a header line longer than 100 KiB */
};

static enum http_failure failure_of(const struct http_call *call, CURLcode code)
{
	curl_off_t connected = 0, secured = 0;

	if (call->too_big)
		return HTTP_TOO_BIG;
	if (call->stopped)
		return HTTP_STOPPED;
	/* A connection that was kept has no time of its own, but one to the transfer. */
	curl_easy_getinfo(call->easy, CURLINFO_CONNECT_TIME_T, &connected);
	curl_easy_getinfo(call->easy, CURLINFO_PRETRANSFER_TIME_T, &secured);
	if (code == CURLE_OPERATION_TIMEDOUT && secured == 0)
		return connected ? HTTP_NO_TLS : HTTP_UNREACHABLE;
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++)
		if (failures[i].code == code)
			return failures[i].failure;
	return HTTP_BROKEN;
}

static void finish(struct http_call *call, CURLcode code)
{
	struct http_result result = {.failure = failure_of(call, code)};
	struct http_request request = call->request;

	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &result.status);
	if (code != CURLE_OK)
		str_copy(result.error, sizeof(result.error), *call->error ? call->error : curl_easy_strerror(code));
	call_free(call);
	if (request.done)
		request.done(request.context, &result);
}

static void finish_calls(struct http *h)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(h->multi, &left))) {
		struct http_call *call;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&call);
		finish(call, message->data.result);
	}
}

static void set_body(CURL *easy, const struct http_request *q)
{
	if (!q->post)
		return;
	curl_easy_setopt(easy, CURLOPT_POST, 1L);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->post_len);
	curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, q->post);
}

static void set_headers(struct http_call *call, const struct http_request *q)
{
	char line[128];

	/* Without these libcurl would wait for "100 Continue" on longer bodies, which no daemon sends. */
	call->headers = curl_slist_append(call->headers, "Expect:");
	if (q->content_type) {
		snprintf(line, sizeof(line), "Content-Type: %s", q->content_type);
		call->headers = curl_slist_append(call->headers, line);
	}
	for (size_t i = 0; q->headers && q->headers[i]; i++)
		call->headers = curl_slist_append(call->headers, q->headers[i]);
	curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->headers);
}

static void set_trust(CURL *easy, const struct http_request *q)
{
	if (q->username && *q->username) {
		curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
		curl_easy_setopt(easy, CURLOPT_USERNAME, q->username);
		curl_easy_setopt(easy, CURLOPT_PASSWORD, q->password ? q->password : "");
	}
	if (q->cacert && *q->cacert)
		curl_easy_setopt(easy, CURLOPT_CAINFO, q->cacert);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, q->insecure ? 0L : 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, q->insecure ? 0L : 2L);
}

static void set_limits(CURL *easy, const struct http_request *q)
{
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, q->connect_ms);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, q->total_ms);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)RECEIVE_BUFFER);
	if (q->compressed)
		curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
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

struct http_call *http_start(struct http *h, const struct http_request *request)
{
	struct http_call *call = xcalloc(1, sizeof(*call));

	call->http = h;
	call->request = *request;
	call->easy = curl_easy_init();
	curl_easy_setopt(call->easy, CURLOPT_URL, request->url);
	if (request->unix_socket)
		curl_easy_setopt(call->easy, CURLOPT_UNIX_SOCKET_PATH, request->unix_socket);
	set_callbacks(call);
	set_limits(call->easy, request);
	set_trust(call->easy, request);
	set_headers(call, request);
	set_body(call->easy, request);
	call->next = h->calls;
	h->calls = call;
	curl_multi_add_handle(h->multi, call->easy);
	return call;
}
