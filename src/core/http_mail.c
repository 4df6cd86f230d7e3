/* One mail: libcurl speaks SMTP. Each has a multi handle of its own, as streams have, and no connection is kept: mails
 * are rare. It does not know what is in it. */
#include "core/http_mail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/xmalloc.h"
#include "core/http_private.h"

struct http_mail {
	struct http_engine engine;
	struct http_kept kept; /* the recipients are its headers */
	struct http_policy policy;
	CURL *easy;
	struct curl_slist *recipients;
	size_t sent; /* of the text */
	struct loop *loop;
	struct loop_timer soon; /* the end that is told from the loop */
	char error[CURL_ERROR_SIZE];
};

static void mail_free(struct http_mail *mail)
{
	loop_timer_stop(mail->loop, &mail->soon);
	curl_multi_remove_handle(mail->engine.multi, mail->easy);
	curl_easy_cleanup(mail->easy);
	curl_slist_free_all(mail->recipients);
	http_engine_done(&mail->engine);
	http_kept_done(&mail->kept);
	free(mail);
}

void http_mail_cancel(struct http_mail *mail)
{
	if (mail)
		mail_free(mail);
}

static void mail_end(struct http_mail *mail, CURLcode code)
{
	struct http_request request = mail->kept.request;
	struct http_result result = {.failure = HTTP_FINE, .url = ""};

	curl_easy_getinfo(mail->easy, CURLINFO_RESPONSE_CODE, &result.status);
	if (mail->policy.denied)
		result.failure = HTTP_DENIED;
	else if (code != CURLE_OK)
		result.failure = http_easy_failure(mail->easy, code, &mail->policy);
	http_easy_words(&result, code, mail->error, &mail->policy);
	mail_free(mail);
	request.done(request.context, &result);
}

static void tell_denied(void *context)
{
	mail_end(context, CURLE_URL_MALFORMAT);
}

static void after_turn(void *context)
{
	struct http_mail *mail = context;
	CURLMsg *message;
	int left;

	message = curl_multi_info_read(mail->engine.multi, &left);
	if (message && message->msg == CURLMSG_DONE)
		mail_end(mail, message->data.result);
}

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
}

struct http_mail *http_mail_start(struct http *h, const struct http_mail_request *request)
{
	struct http_mail *mail = xcalloc(1, sizeof(*mail));
	struct http_request base = request->base;

	base.headers = request->to;
	mail->loop = http_loop(h);
	mail->easy = curl_easy_init();
	mail->soon = (struct loop_timer){.fire = tell_denied, .context = mail};
	http_kept_init(&mail->kept, &base);
	http_policy_init(&mail->policy, &base);
	http_engine_init(&mail->engine, mail->loop, after_turn, mail);
	if (mail->policy.bad_proxy) {
		str_copy(mail->policy.why, sizeof(mail->policy.why),
			 "the proxy's URL begins with none of http://, https:// and socks5h://");
		mail->policy.denied = true;
		loop_timer_in(mail->loop, &mail->soon, 0);
		return mail;
	}
	set_options(mail, request->starttls);
	set_envelope(mail, request->from);
	curl_multi_add_handle(mail->engine.multi, mail->easy);
	return mail;
}
