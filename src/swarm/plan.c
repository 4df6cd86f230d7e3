/* A plan at work: jobs are given out, answers come back, results are told. It does not know how trackers are asked, nor
 * what keeps the results. */
#include "swarm/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"
#include "swarm/plan_private.h"

static const struct plan_result nothing = {
	.seeders = CATALOG_UNKNOWN,
	.leechers = CATALOG_UNKNOWN,
	.completed = CATALOG_UNKNOWN,
	.tracker = PLAN_NONE,
};
static const struct probe_row doubt = {CATALOG_UNKNOWN, CATALOG_UNKNOWN, CATALOG_UNKNOWN};

struct plan *plan_new(const struct plan_world *world, const struct plan_events *events)
{
	struct plan *plan = xcalloc(1, sizeof(*plan));

	plan->world = *world;
	plan->events = *events;
	plan->standings = xcalloc(world->target_count + 1, sizeof(*plan->standings));
	for (size_t i = 0; i < world->target_count; i++)
		plan->standings[i].result = nothing;
	plan_build(plan);
	return plan;
}

static void free_flight(struct plan_flight *flight)
{
	if (!flight)
		return;
	free(flight->slots);
	free(flight->said);
	free(flight->held);
	free(flight->hashes);
	free(flight);
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	for (uint32_t i = 0; i < plan->group_count; i++) {
		free_flight(plan->groups[i].flight);
		free(plan->groups[i].members);
		free(plan->groups[i].words);
	}
	for (uint32_t i = 0; i < plan->endpoint_count; i++)
		free(plan->endpoints[i].own);
	free(plan->groups);
	free(plan->endpoints);
	free(plan->same);
	free(plan->standings);
	free(plan);
}

/* ---- results ---- */

static void tell_result(struct plan *plan, uint32_t torrent)
{
	const struct plan_standing *standing = &plan->standings[torrent];

	plan->done++;
	plan->told += standing->told;
	plan->unasked += plan->ending && !standing->told;
	if (standing->told || standing->asked)
		plan->events.result(plan->events.context, torrent, standing->told ? &standing->result : &nothing);
}

/* A tracker has said what it knows of one of its torrents. */
static void member_done(struct plan *plan, struct plan_group *group, uint32_t slot)
{
	uint32_t torrent = group->members[slot] & PLAN_MEMBER;

	if (group->members[slot] & PLAN_MEMBER_DONE)
		return;
	group->members[slot] |= PLAN_MEMBER_DONE;
	plan->steps_done++;
	if (--plan->standings[torrent].pending == 0)
		tell_result(plan, torrent);
}

static int32_t most(int32_t a, int32_t b)
{
	return a > b ? a : b;
}

/* Of two that say the same, the one that says so now. */
void plan_add_row(struct plan_standing *standing, const struct probe_row *row, uint32_t tracker, int64_t at, bool old)
{
	struct plan_result *best = &standing->result;

	if (best->tracker == PLAN_NONE || row->seeders > best->seeders ||
	    (row->seeders == best->seeders && best->old && !old)) {
		best->tracker = tracker;
		best->at = at;
		best->old = old;
	}
	best->seeders = most(best->seeders, row->seeders);
	best->leechers = most(best->leechers, row->leechers);
	best->completed = most(best->completed, row->completed);
	standing->told |= !old;
}

static void note_said(struct plan_endpoint *endpoint, uint32_t torrent)
{
	uint32_t own = plan_find(endpoint->own, endpoint->own_count, torrent);

	if (own != PLAN_NONE)
		endpoint->own[own] |= PLAN_OWN_SAID;
}

static uint32_t torrent_in(const struct plan_group *group, size_t index)
{
	return group->members[group->flight->slots[index] & PLAN_MEMBER] & PLAN_MEMBER;
}

static void take_row(struct plan *plan, struct plan_group *group, size_t index, const struct probe_row *row,
		     int64_t now)
{
	struct plan_endpoint *endpoint = &plan->endpoints[group->first + group->at];
	uint32_t slot = group->flight->slots[index], torrent = torrent_in(group, index);

	group->members[slot & PLAN_MEMBER] |= PLAN_MEMBER_TOLD;
	plan_add_row(&plan->standings[torrent], row, endpoint->tracker, now, false);
	note_said(endpoint, torrent);
	plan->events.answer(plan->events.context, torrent, endpoint->tracker, row, now);
	if (!(slot & PLAN_OWN_UDP))
		member_done(plan, group, slot & PLAN_MEMBER);
}

/* What an extra tracker says may mean little; and a URL of its host that the torrent names knows better. */
static bool is_held(struct plan_group *group, size_t index, const struct probe_row *row)
{
	uint32_t slot = group->flight->slots[index], torrent = torrent_in(group, index);

	if (slot & (PLAN_OWN_UDP | PLAN_OWN_KEY))
		return false;
	plan_weigh(group, torrent, row);
	return (slot & PLAN_OWN_UNNAMED) && plan_hold(group, torrent, index, row);
}

void plan_row(struct plan *plan, uint32_t id, size_t index, const struct probe_row *row, int64_t now)
{
	struct plan_group *group = &plan->groups[id];
	uint32_t slot;
	bool held;

	if (!group->flight || index >= group->flight->count)
		return;
	group->flight->told++;
	slot = group->flight->slots[index];
	if (group->flight->said[index] || (group->members[slot & PLAN_MEMBER] & PLAN_MEMBER_DONE))
		return;
	held = is_held(group, index, row);
	if (!held && !probe_row_says(row, !(slot & PLAN_OWN_UNNAMED)))
		return;
	group->flight->said[index] = true;
	if (!held)
		take_row(plan, group, index, row, now);
}

/* In the place of what it told before. Since when is kept: from now on, if it has kept nothing else. */
static void take_doubt(struct plan *plan, const struct plan_group *group, const struct plan_held *held, int64_t now)
{
	uint32_t tracker = plan->endpoints[group->first + group->at].tracker;

	if (!held->doubted || !group->kept)
		plan->events.answer(plan->events.context, torrent_in(group, held->index), tracker, &doubt, now);
}

static void take_held(struct plan *plan, struct plan_group *group, int64_t now)
{
	const struct plan_flight *flight = group->flight;

	for (size_t i = 0; i < flight->held_count; i++) {
		const struct plan_held *held = &flight->held[i];

		if (plan_is_zero(group, held, now))
			take_row(plan, group, held->index, &held->row, now);
		else
			take_doubt(plan, group, held, now);
	}
}

/* ---- jobs ---- */

/* What one URL of the host has told, only another UDP port is asked for too. */
static void add_slot(const struct plan *plan, const struct plan_group *group, const struct plan_endpoint *endpoint,
		     struct plan_flight *flight, uint32_t slot, uint32_t marks)
{
	uint32_t member = group->members[slot];

	if ((member & PLAN_MEMBER_DONE) || ((member & PLAN_MEMBER_TOLD) && !endpoint->udp))
		return;
	memcpy(flight->hashes[flight->count], plan->world.targets[member & PLAN_MEMBER].hash, INFO_HASH);
	flight->slots[flight->count++] = slot | marks;
}

/* Of a torrent that an extra tracker is asked for unnamed; its own URLs at the host may say more. */
static uint32_t unnamed_marks(uint32_t member)
{
	return PLAN_OWN_UNNAMED | (member & PLAN_MEMBER_EXTRA ? 0 : PLAN_OWN_UDP | PLAN_OWN_KEY);
}

/* Every public torrent of the group, and the private ones that name it. */
static void collect_extra(const struct plan *plan, struct plan_group *group, const struct plan_endpoint *endpoint,
			  struct plan_flight *flight, size_t max)
{
	for (; group->cursor < group->member_count && flight->count < max; group->cursor++) {
		uint32_t member = group->members[group->cursor];
		uint32_t own = plan_find(endpoint->own, endpoint->own_count, member & PLAN_MEMBER);

		if (own != PLAN_NONE)
			add_slot(plan, group, endpoint, flight, group->cursor,
				 endpoint->own[own] & (PLAN_OWN_UDP | PLAN_OWN_KEY));
		else if (!plan->world.targets[member & PLAN_MEMBER].private)
			add_slot(plan, group, endpoint, flight, group->cursor, unnamed_marks(member));
	}
}

static void collect_own(const struct plan *plan, struct plan_group *group, const struct plan_endpoint *endpoint,
			struct plan_flight *flight, size_t max)
{
	for (; group->cursor < endpoint->own_count && flight->count < max; group->cursor++) {
		uint32_t own = endpoint->own[group->cursor];

		add_slot(plan, group, endpoint, flight,
			 plan_find(group->members, group->member_count, own & PLAN_MEMBER),
			 own & (PLAN_OWN_UDP | PLAN_OWN_KEY));
	}
}

/* The next torrents for an endpoint, or NULL: it has had all. */
static struct plan_flight *collect(const struct plan *plan, struct plan_group *group,
				   const struct plan_endpoint *endpoint)
{
	uint32_t end = endpoint->extra ? group->member_count : endpoint->own_count;
	size_t max = end - group->cursor < PLAN_BATCH ? end - group->cursor : PLAN_BATCH;
	struct plan_flight *flight;

	if (!max)
		return NULL;
	flight = xcalloc(1, sizeof(*flight));
	flight->slots = xreallocarray(NULL, max, sizeof(*flight->slots));
	flight->hashes = xreallocarray(NULL, max, sizeof(*flight->hashes));
	flight->said = xcalloc(max, sizeof(*flight->said));
	(endpoint->extra ? collect_extra : collect_own)(plan, group, endpoint, flight, max);
	if (flight->count)
		return flight;
	free_flight(flight);
	return NULL;
}

static void next_endpoint(struct plan_group *group)
{
	group->at++;
	group->cursor = 0;
	group->kept = group->lost = 0;
}

static void finish_group(struct plan *plan, struct plan_group *group)
{
	group->finished = true;
	plan_recall(plan, group);
	for (uint32_t i = 0; i < group->member_count; i++)
		member_done(plan, group, i);
	plan->left -= group->member_count > 0;
	plan->answered_count += group->answered;
	if (group->member_count && !group->asked)
		*(plan_rests(plan, group, plan->now) ? &plan->resting : &plan->waiting) += 1;
	/* A tracker's list is no use any more. */
	free(group->members);
	free(group->words);
	group->members = NULL;
	group->words = NULL;
	group->member_count = 0;
}

static bool start_job(struct plan *plan, struct plan_group *group, int64_t now)
{
	/* Of what it said before this pass: one of several jobs is no reason not to be asked the next one. */
	if (!group->at && !group->cursor)
		group->waits = plan_waits(plan, group, now);
	while (group->at < group->count) {
		struct plan_endpoint *endpoint = &plan->endpoints[group->first + group->at];
		const struct catalog_tracker *tracker = &plan->world.trackers[endpoint->tracker];

		if ((endpoint->udp || !group->waits) && plan_is_due(tracker, now))
			group->flight = collect(plan, group, endpoint);
		else
			plan_silent(plan, endpoint);
		if (group->flight) {
			/* It was read before, so it can be read again. */
			tracker_url_parse(tracker->url, strlen(tracker->url), &group->flight->url);
			group->asked = true;
			if (endpoint->extra)
				plan_recall_words(plan, group);
			plan->in_flight++;
			return true;
		}
		next_endpoint(group);
	}
	finish_group(plan, group);
	return false;
}

bool plan_next(struct plan *plan, int64_t now, struct plan_job *job)
{
	while (plan->first < plan->group_count && plan->groups[plan->first].finished)
		plan->first++;
	plan->now = now;
	if (plan->in_flight >= PLAN_FLIGHT)
		return false;
	for (uint32_t i = plan->first; i < plan->group_count; i++) {
		struct plan_group *group = &plan->groups[i];

		if (group->finished || group->flight || !start_job(plan, group, now))
			continue;
		*job = (struct plan_job){
			.id = i,
			.url = &group->flight->url,
			.suspect = plan->world.trackers[plan->endpoints[group->first + group->at].tracker].failures > 0,
			.hashes = (const uint8_t(*)[INFO_HASH])group->flight->hashes,
			.count = group->flight->count,
		};
		return true;
	}
	return false;
}

static void drop_flight(struct plan *plan, struct plan_group *group)
{
	free_flight(group->flight);
	group->flight = NULL;
	plan->in_flight--;
}

/* Also for those it does not know, if another URL is still to be asked for them: with the others it is done. */
static void note_all_said(const struct plan_group *group, struct plan_endpoint *endpoint)
{
	for (size_t i = 0; i < group->flight->count; i++)
		if (group->flight->slots[i] & (PLAN_OWN_UDP | PLAN_OWN_KEY))
			note_said(endpoint, torrent_in(group, i));
}

void plan_end(struct plan *plan, uint32_t id, const struct probe_end *end, int64_t now)
{
	struct plan_group *group = &plan->groups[id];
	struct plan_endpoint *endpoint = &plan->endpoints[group->first + group->at];

	if (!group->flight)
		return;
	plan->now = now;
	take_held(plan, group, now);
	for (size_t i = 0; i < group->flight->count; i++)
		plan->standings[torrent_in(group, i)].asked = true;
	if (!end->rc || group->flight->told)
		group->answered = plan->answered = true;
	if (end->rc) {
		plan_note_failure(plan, endpoint, end, now);
		next_endpoint(group);
	} else {
		note_all_said(group, endpoint);
		plan_take_back(plan, group, endpoint);
		/* It answered for all: what it did not tell, it does not know. But a URL with a key may know more. */
		for (size_t i = 0; i < group->flight->count; i++)
			if (!(group->flight->slots[i] & (PLAN_OWN_UDP | PLAN_OWN_KEY)))
				member_done(plan, group, group->flight->slots[i] & PLAN_MEMBER);
		plan_note_success(plan, endpoint, end, now);
	}
	drop_flight(plan, group);
}

bool plan_is_done(const struct plan *plan)
{
	return plan->left == 0;
}

void plan_finish(struct plan *plan)
{
	plan->ending = true;
	for (uint32_t i = 0; i < plan->group_count; i++) {
		struct plan_group *group = &plan->groups[i];

		if (group->flight)
			drop_flight(plan, group);
		if (!group->finished) {
			group->asked = true; /* or would have been */
			for (uint32_t k = group->at; k < group->count; k++)
				plan_silent(plan, &plan->endpoints[group->first + k]);
			finish_group(plan, group);
		}
	}
	for (uint32_t i = 0; i < plan->endpoint_count; i++)
		if (plan->endpoints[i].failed)
			plan_count_failure(plan, &plan->endpoints[i]);
}

void plan_count(const struct plan *plan, struct plan_counts *counts)
{
	*counts = (struct plan_counts){
		.torrents = plan->world.target_count,
		.done = plan->done,
		.told = plan->told,
		.unasked = plan->unasked,
		.trackers = plan->trackers,
		.left = plan->left,
		.answered = plan->answered_count,
		.resting = plan->resting,
		.waiting = plan->waiting,
		.part = plan->steps ? (double)plan->steps_done / (double)plan->steps : 1,
	};
}
