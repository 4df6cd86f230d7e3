/* When a daemon is asked, and how it is left alone after a failure. It does not know how to ask. */
#include "peers/source.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/str.h"
#include "base/text.h"
#include "base/words.h"

enum {
	BACKOFF_FIRST_MS = 1000,
	BACKOFF_LAST_MS = 60000,
	FORBIDDEN_MS = 300000, /* whoever forbids is not to be pestered */
};

const char *source_state_name(enum source_state state)
{
	static const char *const names[] = {
		[SOURCE_CONNECTING] = N_("connecting"),   [SOURCE_OK] = N_("ok"),
		[SOURCE_REFUSED] = N_("refused"),         [SOURCE_FORBIDDEN] = N_("forbidden"),
		[SOURCE_UNREACHABLE] = N_("unreachable"), [SOURCE_ERROR] = N_("error"),
	};

	return names[state];
}

const char *source_said(const struct source_status *status)
{
	return status->said[0] ? status->said : status->error;
}

static void start(struct source *s)
{
	loop_timer_stop(s->loop, &s->retry);
	s->status.retry_mono_ms = 0;
	s->status.polling = true;
	s->status.late = false;
	s->start_us = clock_mono_us();
	answer_reset(&s->answer);
	s->ops->poll(s);
}

static void retry_fired(void *context)
{
	struct source *s = context;

	if (!s->status.polling)
		start(s);
}

void source_init(struct source *s, const struct source_ops *ops, unsigned number, const char *name, const char *url,
		 struct loop *loop, const struct source_listener *listener)
{
	s->ops = ops;
	s->number = number;
	s->loop = loop;
	s->listener = *listener;
	s->retry = (struct loop_timer){.fire = retry_fired, .context = s};
	text_clean(s->status.name, sizeof(s->status.name), name, strlen(name), CONF_NAME);
	text_clean(s->status.url, sizeof(s->status.url), url, strlen(url), 200);
	s->status.began_mono_ms = clock_now().mono_ms;
	answer_init(&s->answer);
}

void source_free(struct source *s)
{
	if (!s)
		return;
	loop_timer_stop(s->loop, &s->retry);
	answer_done(&s->answer);
	s->ops->free(s);
}

void source_round(struct source *s)
{
	if (!s->status.retry_mono_ms)
		source_hurry(s);
}

void source_hurry(struct source *s)
{
	if (!s->status.polling && s->status.state != SOURCE_REFUSED)
		start(s);
}

void source_late(struct source *s)
{
	static const char format[] = N_("no answer yet after %.1f s: the daemon may be busy with its disk, or hang");
	double seconds = (double)source_asked_ms(s) / 1000;

	s->status.late = true;
	s->status.state = SOURCE_UNREACHABLE;
	snprintf(s->status.error, sizeof(s->status.error), format, seconds);
	snprintf(s->status.said, sizeof(s->status.said), words(format), seconds);
}

void source_hold(struct source *s, bool hold)
{
	if (hold)
		loop_timer_stop(s->loop, &s->retry);
	else if (s->status.retry_mono_ms)
		loop_timer_at(s->loop, &s->retry, s->status.retry_mono_ms);
}

int64_t source_asked_ms(const struct source *s)
{
	return s->status.polling ? (clock_mono_us() - s->start_us) / 1000 : 0;
}

void source_login(struct source *s, const char *username, const char *password)
{
	s->ops->login(s, username, password);
	if (s->status.state == SOURCE_REFUSED)
		s->status.state = SOURCE_CONNECTING;
	s->failures = 0;
	source_hurry(s);
}

static void ended(struct source *s)
{
	s->status.polling = s->status.late = false;
	s->status.poll_ms = (double)(clock_mono_us() - s->start_us) / 1000;
}

void source_answered(struct source *s)
{
	struct now now = clock_now();

	ended(s);
	s->failures = 0;
	s->status.state = SOURCE_OK;
	s->status.error[0] = s->status.said[0] = '\0';
	s->status.torrents = s->answer.all_torrents;
	s->status.peers = (uint32_t)s->answer.sighting_count;
	s->status.good_wall = now.wall;
	s->status.good_mono_ms = now.mono_ms;
	s->listener.answered(s->listener.context, s);
}

int64_t source_backoff_max_ms(unsigned failures)
{
	int64_t ms = BACKOFF_FIRST_MS;

	while (failures-- > 1 && ms < BACKOFF_LAST_MS)
		ms *= 2;
	return ms < BACKOFF_LAST_MS ? ms : BACKOFF_LAST_MS;
}

/* Full jitter, so that many monitors do not come back in step; never less than a tenth, so that nobody is hammered. */
static int64_t backoff_ms(unsigned failures)
{
	int64_t most = source_backoff_max_ms(failures);
	uint32_t random = 0;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
		random = (uint32_t)clock_mono_us();
	return most / 10 + (int64_t)(random % (uint32_t)(most - most / 10 + 1));
}

void source_failed_said(struct source *s, enum source_state state, const char *message, const char *said)
{
	int64_t wait;

	ended(s);
	s->failures++;
	s->status.state = state;
	str_copy(s->status.error, sizeof(s->status.error), message);
	str_copy(s->status.said, sizeof(s->status.said), said);
	if (state != SOURCE_REFUSED) {
		wait = state == SOURCE_FORBIDDEN ? FORBIDDEN_MS : backoff_ms(s->failures);
		loop_timer_in(s->loop, &s->retry, wait);
		s->status.retry_mono_ms = s->retry.at_ms;
	}
	s->listener.failed(s->listener.context, s);
}

void source_failed(struct source *s, enum source_state state, const char *message)
{
	source_failed_said(s, state, message, "");
}

static void note(struct source *s, bool problem, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

static void note(struct source *s, bool problem, const char *format, va_list args)
{
	char text[512];

	vsnprintf(text, sizeof(text), format, args);
	s->listener.noted(s->listener.context, s, problem, text);
}

void source_note(struct source *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	note(s, false, format, args);
	va_end(args);
}

void source_warn(struct source *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	note(s, true, format, args);
	va_end(args);
}
