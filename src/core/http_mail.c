/* One mail: libcurl speaks SMTP, in a thread of its own, because it waits there for answers with all that runs beside
 * it: for the one to the text of a mail, and for the one to QUIT. The thread touches nothing but its mail; the loop is
 * told of its end by a descriptor. It does not know what is in a mail. */
#include "core/http_mail.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"
#include "base/xmalloc.h"
#include "core/http_private.h"
#include "core/mail_replies.h"

enum { SOCKETS = 8 /* tried at once */ };

struct http_mail {
	struct loop *loop;
	struct http_kept kept; /* the recipients are its headers */
	struct http_policy policy;
	CURL *easy;
	struct curl_slist *recipients;
	void (*refused)(void *context, const char *to, long status, const char *said);
	struct mail_replies replies;
	size_t sent; /* of the text */
	char error[CURL_ERROR_SIZE];
	CURLcode code;
	pthread_t thread;
	int ended;              /* eventfd, -1 = there is no thread */
	struct loop_timer soon; /* the end of one that never began */
	_Atomic bool cancelled;
	pthread_mutex_t lock;
	int sockets[SOCKETS]; /* that are open; under the lock */
	unsigned socket_count;
};

/* From here on all of the mail is ours. */
static void join(struct http_mail *mail)
{
	if (mail->ended < 0)
		return;
	pthread_join(mail->thread, NULL);
	loop_unwatch(mail->loop, mail->ended);
	close(mail->ended);
	mail->ended = -1;
}

static void mail_free(struct http_mail *mail)
{
	join(mail);
	loop_timer_stop(mail->loop, &mail->soon);
	pthread_mutex_destroy(&mail->lock);
	curl_easy_cleanup(mail->easy);
	curl_slist_free_all(mail->recipients);
	mail_replies_done(&mail->replies);
	http_kept_done(&mail->kept);
	free(mail);
}

/* ---- sockets: to be able to end what waits ---- */

static void shut(struct http_mail *mail, int how)
{
	pthread_mutex_lock(&mail->lock);
	for (unsigned i = 0; i < mail->socket_count; i++)
		shutdown(mail->sockets[i], how);
	pthread_mutex_unlock(&mail->lock);
}

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct http_mail *mail = context;
	curl_socket_t fd = CURL_SOCKET_BAD;

	(void)purpose;
	pthread_mutex_lock(&mail->lock);
	if (mail->socket_count < SOCKETS && !mail->cancelled)
		fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	if (fd >= 0)
		mail->sockets[mail->socket_count++] = fd;
	pthread_mutex_unlock(&mail->lock);
	return fd;
}

static int close_socket(void *context, curl_socket_t fd)
{
	struct http_mail *mail = context;
	unsigned kept = 0;
	int rc;

	pthread_mutex_lock(&mail->lock);
	for (unsigned i = 0; i < mail->socket_count; i++)
		if (mail->sockets[i] != fd)
			mail->sockets[kept++] = mail->sockets[i];
	mail->socket_count = kept;
	rc = close(fd);
	pthread_mutex_unlock(&mail->lock);
	return rc;
}

/* Once QUIT is out nobody waits for the answer. libcurl tells line by line. */
static int watch_words(CURL *easy, curl_infotype type, char *bytes, size_t size, void *context)
{
	struct http_mail *mail = context;

	(void)easy;
	if (type == CURLINFO_HEADER_OUT)
		mail_replies_asked(&mail->replies, bytes, size);
	else if (type == CURLINFO_HEADER_IN)
		mail_replies_said(&mail->replies, bytes, size);
	if (type == CURLINFO_HEADER_OUT && size >= 4 && memcmp(bytes, "QUIT", 4) == 0)
		shut(context, SHUT_RD);
	return 0;
}

static int watch_progress(void *context, curl_off_t all_down, curl_off_t down, curl_off_t all_up, curl_off_t up)
{
	struct http_mail *mail = context;

	(void)all_down;
	(void)down;
	(void)all_up;
	(void)up;
	return mail->cancelled;
}

static void set_watchers(struct http_mail *mail)
{
	CURL *easy = mail->easy;

	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, mail);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, mail);
	curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
	curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, watch_words);
	curl_easy_setopt(easy, CURLOPT_DEBUGDATA, mail);
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, watch_progress);
	curl_easy_setopt(easy, CURLOPT_XFERINFODATA, mail);
}

/* ---- the end ---- */

void http_mail_cancel(struct http_mail *mail)
{
	if (!mail)
		return;
	mail->cancelled = true;
	shut(mail, SHUT_RDWR);
	mail_free(mail);
}

/* A greeting that does not come has nothing to do with encryption. */
static enum http_failure failure_of(const struct http_mail *mail)
{
	enum http_failure failure = http_easy_failure(mail->easy, mail->code, &mail->policy);

	return failure == HTTP_NO_TLS && mail->code == CURLE_OPERATION_TIMEDOUT ? HTTP_SILENT : failure;
}

static void tell_refused(const struct http_mail *mail)
{
	const struct http_request *q = &mail->kept.request;
	size_t count = 0;

	while (q->headers[count])
		count++;
	for (size_t i = 0; i < mail->replies.count && mail->refused; i++) {
		const struct mail_refusal *r = &mail->replies.refusals[i];

		if (r->to < count)
			mail->refused(q->context, q->headers[r->to], r->status, r->said);
	}
}

static void tell(void *context)
{
	struct http_mail *mail = context;
	struct http_request request = mail->kept.request;
	struct http_result result = {.failure = HTTP_FINE, .url = ""};

	join(mail);
	curl_easy_getinfo(mail->easy, CURLINFO_RESPONSE_CODE, &result.status);
	if (mail->policy.denied)
		result.failure = HTTP_DENIED;
	else if (mail->code != CURLE_OK)
		result.failure = failure_of(mail);
	http_easy_words(&result, mail->code, mail->error, &mail->policy);
	if (result.failure == HTTP_BROKEN && mail->replies.last.status)
		snprintf(result.error, sizeof(result.error), "the server says %ld %s", mail->replies.last.status,
			 mail->replies.last.said);
	tell_refused(mail);
	mail_free(mail);
	request.done(request.context, &result);
}

static void thread_ended(void *context, int fd, unsigned events)
{
	(void)fd;
	(void)events;
	tell(context);
}

static void *run(void *context)
{
	struct http_mail *mail = context;

	mail->code = curl_easy_perform(mail->easy);
	eventfd_write(mail->ended, 1);
	return NULL;
}

/* Signals are the loop's. */
static int start_thread(struct http_mail *mail)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&mail->thread, NULL, run, mail);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

/* ---- a mail ---- */

/* The text; libcurl doubles dots at the beginning of a line. */
static size_t give_text(char *to, size_t size, size_t count, void *context)
{
	struct http_mail *mail = context;
	size_t left = mail->kept.request.post_len - mail->sent, len = size * count < left ? size * count : left;

	memcpy(to, mail->kept.request.post + mail->sent, len);
	mail->sent += len;
	return len;
}

/* What the server says is in the error text, as far as it matters. */
static size_t drop(char *bytes, size_t size, size_t count, void *context)
{
	(void)bytes;
	(void)context;
	return size * count;
}

static void set_envelope(struct http_mail *mail, const char *from)
{
	char address[300];

	for (const char *const *to = mail->kept.request.headers; *to; to++) {
		snprintf(address, sizeof(address), "<%s>", *to);
		mail->recipients = curl_slist_append(mail->recipients, address);
	}
	snprintf(address, sizeof(address), "<%s>", from);
	curl_easy_setopt(mail->easy, CURLOPT_MAIL_FROM, address);
	curl_easy_setopt(mail->easy, CURLOPT_MAIL_RCPT, mail->recipients);
	curl_easy_setopt(mail->easy, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
}

static void set_options(struct http_mail *mail, bool starttls)
{
	const struct http_request *q = &mail->kept.request;
	CURL *easy = mail->easy;

	http_easy_connect(easy, q);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
	curl_easy_setopt(easy, CURLOPT_URL, q->url);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, q->total_ms);
	curl_easy_setopt(easy, CURLOPT_USE_SSL, starttls ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_NONE);
	if (q->username && *q->username) {
		curl_easy_setopt(easy, CURLOPT_USERNAME, q->username);
		curl_easy_setopt(easy, CURLOPT_PASSWORD, q->password ? q->password : "");
	}
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, mail->error);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
	curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_text);
	curl_easy_setopt(easy, CURLOPT_READDATA, mail);
	set_watchers(mail);
}

static bool launch(struct http_mail *mail)
{
	mail->ended = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (mail->ended < 0)
		return false;
	if (loop_watch(mail->loop, mail->ended, LOOP_IN, thread_ended, mail) == 0 && start_thread(mail) == 0)
		return true;
	loop_unwatch(mail->loop, mail->ended);
	close(mail->ended);
	mail->ended = -1;
	return false;
}

/* It will not even be tried. */
static void deny(struct http_mail *mail, CURLcode code, const char *why)
{
	str_copy(mail->policy.why, sizeof(mail->policy.why), why);
	mail->policy.denied = code == CURLE_URL_MALFORMAT;
	mail->code = code;
	loop_timer_in(mail->loop, &mail->soon, 0);
}

struct http_mail *http_mail_start(struct http *h, const struct http_mail_request *request)
{
	struct http_mail *mail = xcalloc(1, sizeof(*mail));
	struct http_request base = request->base;

	base.headers = request->to;
	mail->loop = http_loop(h);
	mail->ended = -1;
	mail->refused = request->refused;
	mail_replies_init(&mail->replies);
	mail->easy = curl_easy_init();
	mail->soon = (struct loop_timer){.fire = tell, .context = mail};
	pthread_mutex_init(&mail->lock, NULL);
	http_kept_init(&mail->kept, &base);
	http_policy_init(&mail->policy, &base);
	set_options(mail, request->starttls);
	set_envelope(mail, request->from);
	if (mail->policy.bad_proxy)
		deny(mail, CURLE_URL_MALFORMAT, "the proxy's URL begins with none of http://, https:// and socks5h://");
	else if (!launch(mail))
		deny(mail, CURLE_OUT_OF_MEMORY, "");
	return mail;
}
