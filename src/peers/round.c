/* The clockwork of the monitor. It does not know what an answer is. */
#include "peers/round.h"

#include <stddef.h>

static void end(struct round *r)
{
	r->open = false;
	r->over(r->context);
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static bool waiting(const struct round *r)
{
	for (unsigned i = 0; i < r->source_count; i++)
		if (r->sources[i]->status.polling && !r->sources[i]->status.late)
			return true;
	return false;
}

void round_settle(struct round *r)
{
	if (r->open && !waiting(r))
		end(r);
}

static void lose_patience(struct round *r)
{
	for (unsigned i = 0; i < r->source_count; i++) {
		struct source *s = r->sources[i];

		if (s->status.polling && !s->status.late && source_asked_ms(s) >= r->patience_ms)
			r->late(r->context, s);
	}
}

static void ask(struct round *r, bool hurry, const struct source *but)
{
	r->open = true;
	for (unsigned i = 0; i < r->source_count; i++) {
		if (r->sources[i] == but)
			continue;
		if (hurry)
			source_hurry(r->sources[i]);
		else
			source_round(r->sources[i]);
	}
}

/* Nobody has ever answered, and somebody may soon: until then there is nothing to go on with. */
static bool hopeful(const struct round *r)
{
	for (unsigned i = 0; i < r->source_count; i++)
		if (r->sources[i]->status.good_wall)
			return false;
	return waiting(r);
}

static void start(struct round *r, bool hurry)
{
	ask(r, hurry, NULL);
	round_settle(r);
}

void round_answered(struct round *r, const struct source *s)
{
	if (!r->running)
		return;
	if (!r->open) {
		round_refresh(r, r->refresh_ms);
		r->open = true;
		if (!r->paused)
			ask(r, false, s);
	}
	round_settle(r);
}

/* With whoever has been asked longest; at least a millisecond. */
static int64_t patience_left(const struct round *r)
{
	int64_t left = r->patience_ms;

	for (unsigned i = 0; i < r->source_count; i++)
		if (r->sources[i]->status.polling && !r->sources[i]->status.late)
			left = sooner(left, r->patience_ms - source_asked_ms(r->sources[i]));
	return left > 1 ? left : 1;
}

static void timer_fired(void *context)
{
	struct round *r = context;
	int64_t now = loop_now(r->loop).mono_ms;
	bool ended;

	if (r->open)
		lose_patience(r);
	ended = r->open && !hopeful(r);
	if (ended)
		end(r);
	/* After a suspend of hours one round is enough. */
	r->next_ms += r->refresh_ms;
	if (r->next_ms <= now)
		r->next_ms = now + r->refresh_ms;
	if (r->open)
		r->next_ms = sooner(r->next_ms, now + patience_left(r));
	loop_timer_at(r->loop, &r->timer, r->next_ms);
	if (r->paused || r->open)
		return;
	ask(r, false, NULL);
	/* With nobody but late ones to wait for, the round that has just ended was this one. */
	if (ended && !waiting(r))
		r->open = false;
	else
		round_settle(r);
}

void round_start(struct round *r)
{
	r->timer = (struct loop_timer){.fire = timer_fired, .context = r};
	r->running = true;
	r->next_ms = loop_now(r->loop).mono_ms;
	loop_timer_at(r->loop, &r->timer, r->next_ms);
}

void round_stop(struct round *r)
{
	loop_timer_stop(r->loop, &r->timer);
	r->running = r->open = false;
}

void round_hurry(struct round *r)
{
	if (r->running)
		start(r, true);
}

void round_pause(struct round *r, bool pause)
{
	r->paused = pause;
	for (unsigned i = 0; i < r->source_count; i++)
		source_hold(r->sources[i], pause);
	if (!pause)
		round_hurry(r);
}

int64_t round_next_interval(const struct round *r, bool longer)
{
	static const int64_t steps[] = {100,   200,   500,   1000,   2000,   5000,   10000,  15000,
					30000, 60000, 120000, 300000, 600000, 1800000, 3600000};
	enum { STEPS = sizeof(steps) / sizeof(steps[0]) };

	for (int i = 0; i < STEPS; i++) {
		int64_t step = steps[longer ? i : STEPS - 1 - i];

		if (longer ? step > r->refresh_ms : step < r->refresh_ms)
			return step;
	}
	return r->refresh_ms;
}

void round_refresh(struct round *r, int64_t refresh_ms)
{
	r->refresh_ms = refresh_ms;
	if (!r->running)
		return;
	r->next_ms = loop_now(r->loop).mono_ms + refresh_ms;
	loop_timer_at(r->loop, &r->timer, r->next_ms);
}
