/* What is remembered of trackers from pass to pass, and who is not asked because of it. It does not know torrents.
 *
 * Two things keep us away: failures (by URL), and that a tracker said how long it wants no other question (BEP 48).
 * That is meant for all of its URLs but those of UDP, which has no such word: else of http and https, or of two
 * passkeys, one would be asked in the other's place. And it is meant for what it has told: a pass over other
 * collections, that have none of these torrents, may follow. */
#include "swarm/plan_private.h"

#include <errno.h>

#include "base/str.h"

enum { FAILURES_MAX = 32 }; /* counted; the rest is the same */

/* Seconds that something rests after so many failures. */
static int64_t rest(unsigned failures)
{
	int64_t seconds = PLAN_REST_S;

	for (unsigned i = 0; i < failures && seconds < PLAN_REST_MAX_S; i++)
		seconds *= 2;
	return seconds < PLAN_REST_MAX_S ? seconds : PLAN_REST_MAX_S;
}

bool plan_is_due(const struct catalog_tracker *t, int64_t now)
{
	return !t->failures || t->tried > now || now - t->tried >= rest(t->failures);
}

static int64_t wait_of(const struct catalog_tracker *t)
{
	return t->wait_s < PLAN_WAIT_MAX_S ? t->wait_s : PLAN_WAIT_MAX_S;
}

static bool wants_rest(const struct catalog_tracker *t, int64_t now)
{
	return t->tried <= now && now - t->tried < wait_of(t);
}

/* Has it told of a torrent of this pass lately? */
struct lately {
	int64_t now;
	bool told;
};

static void take(void *context, uint32_t torrent, const struct probe_row *row, int64_t at)
{
	struct lately *l = context;

	(void)torrent, (void)row;
	l->told |= at <= l->now;
}

/* A refusal tells of none. Where nothing is remembered, it may have told of all. */
static bool was_asked(const struct plan *plan, const struct catalog_tracker *t, int64_t now)
{
	struct lately l = {.now = now};

	if (t->failures || !plan->events.recall)
		return true;
	for (uint32_t i = (uint32_t)(t - plan->world.trackers); i != PLAN_NONE && !l.told; i = plan->same[i])
		plan->events.recall(plan->events.context, i, now - wait_of(t), take, &l);
	return l.told;
}

static const struct catalog_tracker *tracker_of(const struct plan *plan, const struct plan_group *group, uint32_t i)
{
	return &plan->world.trackers[plan->endpoints[group->first + i].tracker];
}

bool plan_waits(const struct plan *plan, const struct plan_group *group, int64_t now)
{
	for (uint32_t i = 0; i < group->count; i++) {
		const struct catalog_tracker *t = tracker_of(plan, group, i);

		if (wants_rest(t, now) && was_asked(plan, t, now))
			return true;
	}
	return false;
}

bool plan_rests(const struct plan *plan, const struct plan_group *group, int64_t now)
{
	for (uint32_t i = 0; i < group->count; i++) {
		const struct catalog_tracker *t = tracker_of(plan, group, i);

		if (wants_rest(t, now) && !t->failures)
			return false;
	}
	return true;
}

/* All URLs of an endpoint share what the first one knows. */
static void tell_health(struct plan *plan, const struct plan_endpoint *endpoint)
{
	const struct catalog_tracker *first = &plan->world.trackers[endpoint->tracker];

	for (uint32_t i = endpoint->tracker; i != PLAN_NONE; i = plan->same[i]) {
		struct catalog_tracker *t = &plan->world.trackers[i];

		t->answered = first->answered;
		t->tried = first->tried;
		t->failures = first->failures;
		t->latency_ms = first->latency_ms;
		t->wait_s = first->wait_s;
		if (t != first)
			str_copy(t->error, sizeof(t->error), first->error);
		plan->events.health(plan->events.context, i);
	}
}

static void note_try(struct catalog_tracker *t, const struct probe_end *end, int64_t now)
{
	t->tried = now;
	t->wait_s = end->wait_s;
	str_copy(t->error, sizeof(t->error), end->rc ? end->error : "");
}

void plan_note_success(struct plan *plan, struct plan_endpoint *endpoint, const struct probe_end *end, int64_t now)
{
	struct catalog_tracker *t = &plan->world.trackers[endpoint->tracker];

	note_try(t, end, now);
	t->answered = now;
	t->failures = 0;
	if (end->latency_ms > 0)
		t->latency_ms = t->latency_ms > 0 ? 0.7 * t->latency_ms + 0.3 * end->latency_ms : end->latency_ms;
	tell_health(plan, endpoint);
}

/* Where we may not ask nobody has failed: so it does not rest, and is asked as soon as we may. */
void plan_note_failure(struct plan *plan, struct plan_endpoint *endpoint, const struct probe_end *end, int64_t now)
{
	struct catalog_tracker *t = &plan->world.trackers[endpoint->tracker];
	bool some = plan->groups[endpoint->group].flight->told > 0;

	endpoint->failed = end->rc != -EACCES;
	plan_silent(plan, endpoint);
	note_try(t, end, now);
	if (some)
		t->answered = now;
	if (some || !endpoint->failed)
		t->failures = 0;
	if (!endpoint->failed)
		tell_health(plan, endpoint);
}

void plan_count_failure(struct plan *plan, struct plan_endpoint *endpoint)
{
	struct catalog_tracker *t = &plan->world.trackers[endpoint->tracker];

	if (!t->failures || (plan->answered && t->failures < FAILURES_MAX))
		t->failures++;
	endpoint->failed = false;
	tell_health(plan, endpoint);
}
