/* What silent trackers said in earlier passes, for torrents of which others tell in this one; and what they take back.
 * It does not know where that is kept, nor what the others say.
 *
 * A tracker's older answer counts until one of its URLs answers: the newest one that any of its silent URLs gave. Two
 * UDP ports of a host that a torrent names may be two trackers: each counts for itself. */
#include "swarm/plan_private.h"

#include <stdlib.h>

#include "base/xmalloc.h"

struct recalled {
	uint32_t torrent, tracker;
	int64_t at;
	struct probe_row row;
};

struct recall {
	struct plan *plan;
	const struct plan_group *group;
	const struct plan_endpoint *endpoint;
	uint32_t tracker; /* one of its URLs */
	bool early;       /* only for torrents that name another port, which is asked later */
	struct recalled *list;
	size_t count, room;
};

static uint32_t member_of(const struct plan_group *group, uint32_t torrent)
{
	uint32_t at = plan_find(group->members, group->member_count, torrent);

	return at == PLAN_NONE ? PLAN_MEMBER_DONE : group->members[at];
}

/* Does the torrent still go to this URL, and has the tracker said nothing of it in this pass? */
static bool counts(const struct recall *r, uint32_t torrent)
{
	const struct plan_endpoint *endpoint = r->endpoint;
	uint32_t own = plan_find(endpoint->own, endpoint->own_count, torrent);
	uint32_t marks = own == PLAN_NONE ? 0 : endpoint->own[own], member = member_of(r->group, torrent);

	if ((member & PLAN_MEMBER_DONE) || (own != PLAN_NONE && (marks & PLAN_OWN_SAID)))
		return false;
	if (own == PLAN_NONE)
		return endpoint->extra && !r->plan->world.targets[torrent].private && !r->early &&
		       !(member & PLAN_MEMBER_TOLD);
	if (r->early || (marks & PLAN_OWN_UDP))
		return r->early && (marks & PLAN_OWN_UDP);
	return endpoint->udp || !(member & PLAN_MEMBER_TOLD);
}

static void take(void *context, uint32_t torrent, const struct probe_row *row, int64_t at)
{
	struct recall *r = context;

	if (torrent >= r->plan->world.target_count || at > r->plan->now || !counts(r, torrent))
		return;
	if (r->count == r->room) {
		r->room = r->room ? 2 * r->room : 64;
		r->list = xreallocarray(r->list, r->room, sizeof(*r->list));
	}
	r->list[r->count++] = (struct recalled){torrent, r->tracker, at, *row};
}

/* A tracker that has not answered for so long is not looked for. */
static void recall_endpoint(struct recall *r, const struct plan_endpoint *endpoint)
{
	struct plan *plan = r->plan;
	int64_t since = plan->now - PLAN_RECALL_S;

	r->endpoint = endpoint;
	for (r->tracker = endpoint->tracker; r->tracker != PLAN_NONE; r->tracker = plan->same[r->tracker])
		if (plan->world.trackers[r->tracker].answered >= since)
			plan->events.recall(plan->events.context, r->tracker, since, take, r);
}

/* By torrent, the newest first. */
static int compare(const void *a, const void *b)
{
	const struct recalled *x = a, *y = b;

	if (x->torrent != y->torrent)
		return x->torrent < y->torrent ? -1 : 1;
	return (x->at < y->at) - (x->at > y->at);
}

static void add_recalled(struct recall *r)
{
	if (r->count)
		qsort(r->list, r->count, sizeof(*r->list), compare);
	for (size_t i = 0; i < r->count; i++) {
		const struct recalled *one = &r->list[i];

		if ((!i || one->torrent != one[-1].torrent) && probe_row_says(&one->row, true))
			plan_add_row(&r->plan->standings[one->torrent], &one->row, one->tracker, one->at, true);
	}
	free(r->list);
}

static bool has_other_ports(const struct plan_endpoint *endpoint)
{
	for (uint32_t i = 0; i < endpoint->own_count; i++)
		if (endpoint->own[i] & PLAN_OWN_UDP)
			return true;
	return false;
}

/* Another port of the host may answer, and then the torrent is done. */
void plan_silent(struct plan *plan, struct plan_endpoint *endpoint)
{
	struct recall r = {.plan = plan, .group = &plan->groups[endpoint->group], .early = true};

	endpoint->silent = true;
	if (!plan->events.recall || !endpoint->udp || !has_other_ports(endpoint))
		return;
	recall_endpoint(&r, endpoint);
	add_recalled(&r);
}

/* Of what was not told: what no URL of the tracker will be asked for, or the rest. */
static size_t add_untold(const struct plan_group *group, bool final, uint32_t *list, size_t count)
{
	const struct plan_flight *flight = group->flight;

	for (size_t i = 0; i < flight->count; i++) {
		uint32_t slot = flight->slots[i], member = group->members[slot & PLAN_MEMBER];
		bool open = (slot & (PLAN_OWN_UDP | PLAN_OWN_KEY)) || (member & PLAN_MEMBER_TOLD);

		if (!flight->said[i] && open != final)
			list[count++] = member & PLAN_MEMBER;
	}
	return count;
}

/* Also for its other URLs, unless one of them has told, or may know more. */
void plan_take_back(struct plan *plan, const struct plan_group *group, const struct plan_endpoint *endpoint)
{
	uint32_t *list = xreallocarray(NULL, group->flight->count, sizeof(*list));
	size_t final = add_untold(group, true, list, 0), all = add_untold(group, false, list, final);

	for (uint32_t i = 0; plan->events.unsaid && i < group->count; i++) {
		const struct plan_endpoint *one = &plan->endpoints[group->first + i];
		size_t count = one == endpoint ? all : final;

		for (uint32_t tracker = one->tracker; count && tracker != PLAN_NONE; tracker = plan->same[tracker])
			plan->events.unsaid(plan->events.context, tracker, list, count);
	}
	free(list);
}

void plan_recall(struct plan *plan, const struct plan_group *group)
{
	struct recall r = {.plan = plan, .group = group};

	if (!plan->events.recall || !group->member_count)
		return;
	for (uint32_t i = 0; i < group->count; i++)
		if (plan->endpoints[group->first + i].silent)
			recall_endpoint(&r, &plan->endpoints[group->first + i]);
	add_recalled(&r);
}
