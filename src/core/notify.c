/* Notifiers: who there is, whose turn it is, what became of a try. It does not know how any of them tells. */
#include "core/notify.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "base/log.h"
#include "base/str.h"
#include "base/text.h"
#include "base/xmalloc.h"
#include "core/notify_form.h"
#include "core/notify_private.h"
#include "core/notify_secret.h"

enum { ERROR_COLS = 240, CREDENTIAL = 300 };

struct notify {
	struct notify_world world;
	struct notifier *list[CONF_NOTIFIERS]; /* owned */
	size_t count;
	struct loop_timer patience; /* of notify_flush() */
	bool flushing;
};

struct notify *notify_new(const struct notify_world *world)
{
	struct notify *n = xcalloc(1, sizeof(*n));

	n->world = *world;
	return n;
}

/* ---- words ---- */

/* It is somebody else's, and may repeat what it was sent. */
void notify_quote(const struct notifier *r, const char *said, char quoted[NOTIFY_QUOTE])
{
	const char *secret = notify_secret(r->conf, r->password, said);
	char clean[NOTIFY_QUOTE - 2];

	text_clean(clean, sizeof(clean), said, strlen(said), ERROR_COLS);
	if (secret)
		snprintf(quoted, NOTIFY_QUOTE, "; what it said holds %s and is not shown", secret);
	else
		snprintf(quoted, NOTIFY_QUOTE, "%s%s", *clean ? ": " : "", clean);
}

void notify_say(struct notify_outcome *outcome, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	text_clean(outcome->error, sizeof(outcome->error), text, strlen(text), ERROR_COLS);
}

void notify_http_failed(const struct notifier *r, const struct http_result *result, struct notify_outcome *outcome)
{
	static const char *const words[] = {
		[HTTP_FINE] = "failed",
		[HTTP_NO_HOST] = "the name of its host is not known",
		[HTTP_UNREACHABLE] = "no connection to its host",
		[HTTP_NO_TLS] = "no encryption could be agreed on",
		[HTTP_UNTRUSTED] = "its certificate is not trusted (cacert names one that is)",
		[HTTP_SILENT] = "no answer in time",
		[HTTP_BROKEN] = "it does not work out",
		[HTTP_TOO_BIG] = "its answer is too big",
		[HTTP_STOPPED] = "stopped",
		[HTTP_LEFT_ALONE] = "it wants to be left alone",
		[HTTP_DENIED] = "not possible",
	};
	char quoted[NOTIFY_QUOTE];

	outcome->verdict = result->failure == HTTP_DENIED ? NOTIFY_NEVER : NOTIFY_LATER;
	notify_quote(r, result->error, quoted);
	notify_say(outcome, "%s%s", words[result->failure], quoted);
}

static void note(const struct notifier *r, bool problem, const char *text)
{
	if (r->world->noted)
		r->world->noted(r->world->context, problem, r->name, text);
}

/* ---- tries ---- */

static void go_on(struct notifier *r);

static void due_fired(void *context)
{
	go_on(context);
}

/* Arms the timer for the next try. From within the loop, so that no try is made while somebody hands in messages. */
static void schedule(struct notifier *r)
{
	int64_t due = notify_queue_due(&r->queue);

	if (due < 0)
		loop_timer_stop(r->world->loop, &r->due);
	else
		loop_timer_at(r->world->loop, &r->due, due);
}

static void tell_lost(const struct notifier *r, struct notify_message *m)
{
	size_t len = strlen(m->text);

	if (r->queue.lost_since)
		snprintf(m->text + len, sizeof(m->text) - len, "%s(%u earlier message%s could not be delivered.)",
			 len ? "\n" : "", r->queue.lost_since, r->queue.lost_since == 1 ? "" : "s");
}

static void go_on(struct notifier *r)
{
	const struct notify_message *next = notify_queue_next(&r->queue, loop_now(r->world->loop).mono_ms);
	struct notify_message m;

	if (next) {
		m = *next;
		tell_lost(r, &m);
		r->ops->start(r, &m);
	} else {
		schedule(r);
	}
}

/* Behind the number that counts something and begins here, as in "after 3001 milliseconds"; `text` where none does. A
 * number that no word follows is a name, as in "answers 503". */
static const char *skip_amount(const char *text)
{
	const char *end = text + strspn(text, "0123456789");
	const char *word = end + (*end == ' ');

	return end > text && isalpha((unsigned char)*word) ? word : text;
}

/* But for amounts. */
static bool is_same_trouble(const char *a, const char *b)
{
	for (;; a++, b++) {
		const char *a_word = skip_amount(a), *b_word = skip_amount(b);

		if ((a_word > a) != (b_word > b) || *a_word != *b_word)
			return false;
		if (!*a_word)
			return true;
		a = a_word;
		b = b_word;
	}
}

/* Each trouble once, and its end. */
static void note_change(struct notifier *r, const struct notify_outcome *outcome)
{
	const char *error = outcome->error,
		   *end = r->partly ? "messages are sent to all again" : "messages are sent again";
	char text[sizeof(r->error) + 32];
	bool same = is_same_trouble(r->error, error);

	r->partly = *error && outcome->verdict == NOTIFY_SENT;
	str_copy(r->error, sizeof(r->error), error);
	if (same)
		return;
	if (*error)
		snprintf(text, sizeof(text), "message %s%s", r->partly ? "" : "not sent: ", error);
	else
		str_copy(text, sizeof(text), end);
	note(r, true, text);
}

static uint32_t random_number(void)
{
	uint32_t random = 0;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
		random = (uint32_t)clock_mono_us();
	return random;
}

static void sent(struct notifier *r)
{
	if (r->world->heard)
		r->world->heard(r->world->context, notify_queue_at(&r->queue, 0));
	notify_queue_sent(&r->queue);
	note(r, false, "message sent");
}

void notify_ended(struct notifier *r, const struct notify_outcome *outcome)
{
	bool done = outcome->verdict != NOTIFY_LATER || r->once;

	note_change(r, outcome);
	if (outcome->verdict == NOTIFY_SENT)
		sent(r);
	else if (done)
		notify_queue_refused(&r->queue);
	else
		notify_queue_failed(&r->queue, loop_now(r->world->loop).mono_ms, outcome->after_ms, random_number());
	schedule(r);
	if (done && r->world->done)
		r->world->done(r->world->context, r->name, outcome->error);
	if (r->owner->flushing && !notify_busy(r->owner))
		loop_stop(r->world->loop);
}

/* ---- messages ---- */

static struct notifier *find(const struct notify *n, const char *name)
{
	for (size_t i = 0; i < n->count; i++)
		if (strcmp(n->list[i]->name, name) == 0)
			return n->list[i];
	return NULL;
}

static void hand_in(struct notifier *r, const struct notify_message *m)
{
	if (!notify_queue_add(&r->queue, m, loop_now(r->world->loop).mono_ms) && r->queue.lost_since == 1)
		note(r, true, "too many messages wait: the oldest are lost");
	schedule(r);
}

void notify_send(struct notify *n, const struct conf_list *names, const struct notify_message *m)
{
	for (size_t i = 0; i < names->count; i++) {
		struct notifier *r = find(n, names->items[i]);

		if (r)
			hand_in(r, m);
	}
}

int notify_try(struct notify *n, const char *name, const struct notify_message *m)
{
	struct notifier *r = find(n, name);

	if (!r)
		return -ENOENT;
	r->once = true;
	hand_in(r, m);
	return 0;
}

bool notify_busy(const struct notify *n)
{
	for (size_t i = 0; i < n->count; i++) {
		const struct notify_queue *q = &n->list[i]->queue;

		if (q->flying || (q->count && !q->failures))
			return true;
	}
	return false;
}

bool notify_end_waits(const struct notify *n, const char *alert)
{
	for (size_t i = 0; i < n->count; i++)
		if (notify_queue_holds_end(&n->list[i]->queue, alert))
			return true;
	return false;
}

bool notify_waits(const struct notify *n, const char *alert, int64_t wall)
{
	for (size_t i = 0; i < n->count; i++)
		if (notify_queue_holds(&n->list[i]->queue, alert, wall))
			return true;
	return false;
}

static void lose_patience(void *context)
{
	struct notify *n = context;

	loop_stop(n->world.loop);
}

void notify_flush(struct notify *n, int64_t wait_ms)
{
	n->patience = (struct loop_timer){.fire = lose_patience, .context = n};
	n->flushing = true;
	loop_timer_at(n->world.loop, &n->patience, clock_now().mono_ms + wait_ms);
	if (notify_busy(n))
		loop_run(n->world.loop);
	loop_timer_stop(n->world.loop, &n->patience);
	n->flushing = false;
}

void notify_tell_left(const struct notify *n, bool (*kept)(void *context, const struct notify_message *m, bool last),
		      void *context)
{
	unsigned waiting = 0, keep = 0, lost;

	for (size_t i = 0; i < n->count; i++) {
		waiting += n->list[i]->queue.count;
		keep += notify_queue_kept(&n->list[i]->queue, kept, context);
	}
	lost = waiting - keep;
	if (keep)
		log_warn("%u message%s about alerts wait%s for the next start", keep, keep == 1 ? "" : "s",
			 keep == 1 ? "s" : "");
	if (lost)
		log_warn("%u message%s about alerts %s lost with the end of the program", lost, lost == 1 ? "" : "s",
			 lost == 1 ? "is" : "are");
}

/* ---- the configuration ---- */

static const struct notify_ops *ops_of(const struct conf_notify *conf)
{
	if (conf->bell)
		return &notify_bell;
	if (conf->command.count)
		return &notify_command;
	return strncasecmp(conf->url, "smtp", 4) == 0 ? &notify_mail : &notify_web;
}

static void call_back(struct notifier *r)
{
	if (r->flight)
		r->ops->cancel(r);
	notify_queue_landed(&r->queue);
}

static void notifier_free(struct notifier *r)
{
	call_back(r);
	loop_timer_stop(r->world->loop, &r->due);
	notify_queue_done(&r->queue);
	explicit_bzero(r->password, sizeof(r->password));
	free(r->name);
	free(r);
}

void notify_free(struct notify *n)
{
	if (!n)
		return;
	for (size_t i = 0; i < n->count; i++)
		notifier_free(n->list[i]);
	free(n);
}

static int find_password(const struct conf_notify *conf, char password[LOGIN_TEXT], struct err *err)
{
	char credential[CREDENTIAL];

	password[0] = '\0';
	snprintf(credential, sizeof(credential), "notify-password-%s", conf->name);
	return login_password(credential, conf->password_file, conf->password, password, err);
}

/* What waits for a notifier of this name is told in the new way, at once; what is on its way goes on, if it can. */
static struct notifier *make(struct notify *n, const struct conf *conf, const struct conf_notify *c,
			     const char password[LOGIN_TEXT])
{
	struct notifier *r = find(n, c->name);

	if (!r) {
		r = xcalloc(1, sizeof(*r));
		r->owner = n;
		r->world = &n->world;
		r->name = xstrdup(c->name);
		r->due = (struct loop_timer){.fire = due_fired, .context = r};
	} else if (r->ops != ops_of(c)) {
		call_back(r);
	}
	r->ops = ops_of(c);
	r->conf = c;
	r->proxy = *c->url && notify_loopback(c->url) ? "" : conf->proxy.url;
	memcpy(r->password, password, sizeof(r->password));
	notify_queue_hurry(&r->queue);
	schedule(r);
	return r;
}

static bool is_in(struct notifier *const *list, size_t count, const struct notifier *r)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == r)
			return true;
	return false;
}

/* It is not in the configuration any more. */
static void drop(struct notifier *r)
{
	unsigned count = r->queue.count;
	char text[80];

	for (unsigned i = 0; i < count && r->world->dropped; i++)
		r->world->dropped(r->world->context, notify_queue_at(&r->queue, i));
	snprintf(text, sizeof(text), "it is gone, and %u message%s for it %s lost", count, count == 1 ? "" : "s",
		 count == 1 ? "is" : "are");
	if (count)
		note(r, true, text);
	notifier_free(r);
}

int notify_configure(struct notify *n, const struct conf *conf, struct err *err)
{
	char(*passwords)[LOGIN_TEXT] = xcalloc(CONF_NOTIFIERS, LOGIN_TEXT);
	struct notifier *made[CONF_NOTIFIERS];
	size_t count = conf->notifier_count;
	int rc = 0;

	for (size_t i = 0; i < count && !rc; i++)
		rc = find_password(&conf->notifiers[i], passwords[i], err);
	for (size_t i = 0; i < count && !rc; i++)
		made[i] = make(n, conf, &conf->notifiers[i], passwords[i]);
	explicit_bzero(passwords, (size_t)CONF_NOTIFIERS * LOGIN_TEXT);
	free(passwords);
	if (rc)
		return rc;
	for (size_t i = 0; i < n->count; i++)
		if (!is_in(made, count, n->list[i]))
			drop(n->list[i]);
	memcpy(n->list, made, count * sizeof(made[0]));
	n->count = count;
	return 0;
}

size_t notify_count(const struct notify *n)
{
	return n->count;
}

struct notify_status notify_status(const struct notify *n, size_t i)
{
	const struct notifier *r = n->list[i];

	return (struct notify_status){r->name, r->queue.count, r->queue.sent, r->queue.lost, r->error};
}
