/* Posts messages to webhooks. What a body looks like is known in notify_form.c. */
#include "core/notify_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/xmalloc.h"
#include "core/notify_form.h"

enum {
	BODY_MAX = 64 * 1024,
	URL_MAX = CONF_TEXT_MAX + LOGIN_TEXT,
	ANSWER_MAX = 64 * 1024,
	ANSWER_KEPT = 400,
	ANSWER_COLS = 120,
	CONNECT_MS = 10000,
	HEADER = LOGIN_TEXT + 64,
};

struct flight {
	struct http_call *call;
	char answer[ANSWER_KEPT]; /* what the server says of a refusal */
	size_t len;
};

static int take_answer(void *context, long status, const char *bytes, size_t len)
{
	struct notifier *r = context;
	struct flight *f = r->flight;
	size_t room = sizeof(f->answer) - f->len;

	(void)status;
	len = len < room ? len : room;
	memcpy(f->answer + f->len, bytes, len);
	f->len += len;
	return 0;
}

/* Statuses (RFC 9110, RFC 6585) that the same message may not have tomorrow. */
static bool is_passing(long status)
{
	return status == 408 || status == 425 || status == 429 || status >= 500;
}

static void judge(const struct notifier *r, const struct http_result *result, const struct flight *f,
		  struct notify_outcome *outcome)
{
	char clean[4 * ANSWER_COLS];

	text_clean(clean, sizeof(clean), f->answer, f->len, ANSWER_COLS);
	if (result->status / 100 == 2 && (result->failure == HTTP_FINE || result->failure == HTTP_TOO_BIG)) {
		outcome->verdict = NOTIFY_SENT;
	} else if (result->failure != HTTP_FINE) {
		notify_http_failed(r, result, outcome);
	} else if (result->status / 100 == 3) {
		notify_say(r, outcome, "answers with a redirect (%ld): the url must be the place itself",
			   result->status);
	} else {
		outcome->verdict = is_passing(result->status) ? NOTIFY_LATER : NOTIFY_NEVER;
		outcome->after_ms = result->retry_after * 1000LL;
		notify_say(r, outcome, "answers %ld%s%s", result->status, *clean ? ": " : "", clean);
	}
}

static void done(void *context, const struct http_result *result)
{
	struct notify_outcome outcome = {.verdict = NOTIFY_NEVER};
	struct notifier *r = context;
	struct flight *f = r->flight;

	judge(r, result, f, &outcome);
	free(f);
	r->flight = NULL;
	notify_ended(r, &outcome);
}

static bool asks_bearer(const struct notifier *r)
{
	return *r->password && !*r->conf->username && !strstr(r->conf->url, CONF_PASSWORD);
}

static void post(struct notifier *r, const char *url, const struct buf *body)
{
	struct flight *f = xcalloc(1, sizeof(*f));
	char bearer[HEADER] = "", agent[] = "User-Agent: swarmtop/" SWARMTOP_VERSION;
	const char *headers[] = {agent, NULL, NULL};

	if (asks_bearer(r)) {
		snprintf(bearer, sizeof(bearer), "Authorization: Bearer %s", r->password);
		headers[1] = bearer;
	}
	r->flight = f;
	f->call = http_start(r->world->http, &(struct http_request){
						     .url = url,
						     .post = body->data,
						     .post_len = body->len,
						     .content_type = "application/json",
						     .headers = headers,
						     .username = *r->conf->username ? r->conf->username : NULL,
						     .password = r->password,
						     .cacert = r->conf->cacert,
						     .insecure = r->conf->insecure,
						     .connect_ms = CONNECT_MS,
						     .total_ms = (long)(r->conf->timeout * 1000),
						     .proxy = r->proxy,
						     .max_body = ANSWER_MAX,
						     .body = take_answer,
						     .done = done,
						     .context = r,
					     });
	explicit_bzero(bearer, sizeof(bearer));
}

static void web_start(struct notifier *r, const struct notify_message *m)
{
	struct notify_outcome outcome = {.verdict = NOTIFY_NEVER};
	struct buf url, body;
	int rc;

	buf_init(&url, URL_MAX);
	buf_init(&body, BODY_MAX);
	rc = notify_form_url(r->conf, r->password, &url);
	if (!rc)
		rc = notify_form_write(m, r->conf, r->password, &body);
	if (!rc)
		post(r, buf_str(&url), &body);
	if (url.data)
		explicit_bzero(url.data, url.cap);
	buf_done(&url);
	buf_done(&body);
	if (!rc)
		return;
	notify_say(r, &outcome, "%s",
		   rc == -EINVAL ? "the password has characters that no URL has" : "the url is too long");
	notify_ended(r, &outcome);
}

static void web_cancel(struct notifier *r)
{
	struct flight *f = r->flight;

	http_cancel(f->call);
	free(f);
	r->flight = NULL;
}

const struct notify_ops notify_web = {web_start, web_cancel};
