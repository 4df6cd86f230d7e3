/* Sends messages as mails. It knows neither SMTP nor MIME: they are in http_mail.c and mail_text.c. */
#include "core/notify_private.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "base/xmalloc.h"
#include "core/http_mail.h"
#include "core/mail_text.h"
#include "core/notify_form.h"

enum { MAIL_MAX = 512 * 1024, CONNECT_MS = 20000 };

/* Replies of the class 5yz are for ever (RFC 5321, section 4.2.1). */
static void done(void *context, const struct http_result *result)
{
	struct notify_outcome outcome = {.verdict = NOTIFY_SENT};
	struct notifier *r = context;

	r->flight = NULL;
	if (result->failure != HTTP_FINE) {
		notify_http_failed(r, result, &outcome);
		if (result->failure == HTTP_BROKEN && result->status / 100 == 5)
			outcome.verdict = NOTIFY_NEVER;
	}
	notify_ended(r, &outcome);
}

static bool wants_starttls(const struct notifier *r)
{
	if (strcmp(r->conf->starttls, "auto") == 0)
		return !notify_loopback(r->conf->url);
	return strcmp(r->conf->starttls, "always") == 0;
}

static void send_mail(struct notifier *r, const char *const *to, const struct buf *text)
{
	r->flight = http_mail_start(r->world->http, &(struct http_mail_request){
							    .base =
								    {
									    .url = r->conf->url,
									    .username = r->conf->username,
									    .password = r->password,
									    .cacert = r->conf->cacert,
									    .insecure = r->conf->insecure,
									    .connect_ms = CONNECT_MS,
									    .total_ms = (long)(r->conf->timeout * 1000),
									    .proxy = r->proxy,
									    .post = text->data,
									    .post_len = text->len,
									    .done = done,
									    .context = r,
								    },
							    .starttls = wants_starttls(r),
							    .from = r->conf->from,
							    .to = to,
						    });
}

static void mail_start(struct notifier *r, const struct notify_message *m)
{
	const char *to[CONF_ITEMS + 1] = {NULL};
	struct mail mail = {.from = r->conf->from, .to = to, .subject = m->title, .text = m->text, .wall = m->wall};
	struct buf text;

	for (size_t i = 0; i < r->conf->to.count; i++)
		to[i] = r->conf->to.items[i];
	if (getrandom(mail.id, sizeof(mail.id), GRND_NONBLOCK) != (ssize_t)sizeof(mail.id))
		mail.id[0] = (uint64_t)clock_mono_us();
	buf_init(&text, MAIL_MAX);
	if (mail_write(&mail, &text)) {
		struct notify_outcome outcome = {.verdict = NOTIFY_NEVER};

		notify_say(r, &outcome, "the mail is too long");
		notify_ended(r, &outcome);
	} else {
		send_mail(r, to, &text);
	}
	buf_done(&text);
}

static void mail_cancel(struct notifier *r)
{
	http_mail_cancel(r->flight);
	r->flight = NULL;
}

const struct notify_ops notify_mail = {mail_start, mail_cancel};
