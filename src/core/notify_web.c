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
	ANSWER_KEPT = 4096, /* enough to find a secret in, before it is cut */
	CONNECT_MS = 10000,
	HEADER = LOGIN_TEXT + 64,
	REST_MS = 2000, /* for what comes behind a status that settles it */
};

struct flight {
	struct notifier *notifier;
	struct http_call *call;
	struct loop_timer rest;
	char answer[ANSWER_KEPT]; /* what the server says of a refusal */
	size_t len;
};

static bool is_taken(long status)
{
	return status / 100 == 2;
}

static void flight_free(struct flight *f)
{
	loop_timer_stop(f->notifier->world->loop, &f->rest);
	f->notifier->flight = NULL;
	free(f);
}

/* The message is there, whatever becomes of the rest of the answer. */
static void stop_waiting(void *context)
{
	const struct notify_outcome outcome = {.verdict = NOTIFY_SENT};
	struct flight *f = context;
	struct notifier *r = f->notifier;

	http_cancel(f->call);
	flight_free(f);
	notify_ended(r, &outcome);
}

/* "HTTP/1.1 200 OK" begins an answer, an interim one too (RFC 9110, section 15.2). */
static void take_header(void *context, const char *line, size_t len)
{
	struct notifier *r = context;
	struct flight *f = r->flight;
	const char *blank = memchr(line, ' ', len);

	if (len > 5 && memcmp(line, "HTTP/", 5) == 0 && blank && blank + 1 < line + len && blank[1] == '2' &&
	    !f->rest.armed)
		loop_timer_in(r->world->loop, &f->rest, REST_MS);
}

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
	char clean[3 * ANSWER_KEPT + 1], quoted[NOTIFY_QUOTE];

	if (is_taken(result->status)) {
		outcome->verdict = NOTIFY_SENT;
	} else if (result->failure != HTTP_FINE) {
		notify_http_failed(r, result, outcome);
	} else if (result->status / 100 == 3) {
		notify_say(outcome, "answers with a redirect (%ld): the url must be the place itself", result->status);
	} else {
		outcome->verdict = is_passing(result->status) ? NOTIFY_LATER : NOTIFY_NEVER;
		outcome->after_ms = result->retry_after * 1000LL;
		text_clean(clean, sizeof(clean), f->answer, f->len, ANSWER_KEPT);
		notify_quote(r, clean, quoted);
		notify_say(outcome, "answers %ld%s", result->status, quoted);
	}
}

static void done(void *context, const struct http_result *result)
{
	struct notify_outcome outcome = {.verdict = NOTIFY_NEVER};
	struct notifier *r = context;
	struct flight *f = r->flight;

	judge(r, result, f, &outcome);
	flight_free(f);
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
	f->notifier = r;
	f->rest = (struct loop_timer){.fire = stop_waiting, .context = f};
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
						     .header = take_header,
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
	notify_say(&outcome, "%s",
		   rc == -EINVAL ? "the password has characters that no URL has" : "the url is too long");
	notify_ended(r, &outcome);
}

static void web_cancel(struct notifier *r)
{
	struct flight *f = r->flight;

	http_cancel(f->call);
	flight_free(f);
}

const struct notify_ops notify_web = {web_start, web_cancel};
