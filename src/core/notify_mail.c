/* Sends messages as mails. It knows neither SMTP nor MIME: they are in http_mail.c and mail_text.c. */
#include "core/notify_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "base/text.h"
#include "base/xmalloc.h"
#include "core/http_mail.h"
#include "core/mail_text.h"
#include "core/notify_form.h"

enum { MAIL_MAX = 512 * 1024, CONNECT_MS = 20000, REFUSALS = 1024, SAID_COLS = 100 };

struct flight {
	struct http_mail *mail;
	size_t recipients, refused;
	bool passing;     /* one of them only for now: RFC 5321, section 4.2.1, 4yz */
	struct buf names; /* of those refused, with the answers: as many as fit */
};

static void flight_free(struct notifier *r)
{
	struct flight *f = r->flight;

	r->flight = NULL;
	buf_done(&f->names);
	free(f);
}

static void refused(void *context, const char *to, long status, const char *said)
{
	char quoted[NOTIFY_QUOTE], clean[NOTIFY_QUOTE];
	struct notifier *r = context;
	struct flight *f = r->flight;

	notify_quote(r, said, quoted);
	text_clean(clean, sizeof(clean), quoted, strlen(quoted), SAID_COLS);
	buf_printf(&f->names, "%s%s (%ld%s)", f->refused ? ", " : "", to, status, clean);
	f->refused++;
	f->passing = f->passing || status / 100 == 4;
}

/* Replies of the class 5yz are for ever (RFC 5321, section 4.2.1). */
static void judge(const struct notifier *r, const struct http_result *result, struct notify_outcome *outcome)
{
	const struct flight *f = r->flight;

	if (result->failure == HTTP_FINE) {
		outcome->verdict = NOTIFY_SENT;
		if (f->refused)
			notify_say(outcome, "sent, but %zu of %zu recipients %s refused: %s", f->refused, f->recipients,
				   f->refused == 1 ? "is" : "are", buf_str(&f->names));
	} else if (f->refused == f->recipients) {
		outcome->verdict = f->passing ? NOTIFY_LATER : NOTIFY_NEVER;
		notify_say(outcome, "every recipient is refused: %s", buf_str(&f->names));
	} else {
		notify_http_failed(r, result, outcome);
		if (result->failure == HTTP_BROKEN && result->status / 100 == 5)
			outcome->verdict = NOTIFY_NEVER;
	}
}

static void done(void *context, const struct http_result *result)
{
	struct notify_outcome outcome = {.verdict = NOTIFY_NEVER};
	struct notifier *r = context;

	judge(r, result, &outcome);
	flight_free(r);
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
	struct flight *f = xcalloc(1, sizeof(*f));

	buf_init(&f->names, REFUSALS);
	while (to[f->recipients])
		f->recipients++;
	r->flight = f;
	f->mail = http_mail_start(r->world->http, &(struct http_mail_request){
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
							  .refused = refused,
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

		notify_say(&outcome, "the mail is too long");
		notify_ended(r, &outcome);
	} else {
		send_mail(r, to, &text);
	}
	buf_done(&text);
}

static void mail_cancel(struct notifier *r)
{
	struct flight *f = r->flight;

	http_mail_cancel(f->mail);
	flight_free(r);
}

const struct notify_ops notify_mail = {mail_start, mail_cancel};
