/* From torrents, their trackers and the extra ones to the groups of a plan. It does not know time, and asks nobody. */
#include "swarm/plan_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/xmalloc.h"

struct build {
	struct plan *plan;
	struct map endpoints, groups;
	uint32_t endpoint_cap, group_cap;
	uint32_t *endpoint_of; /* by tracker */
	uint64_t random;
};

/* xorshift64* (Marsaglia; Vigna). */
static uint32_t next_random(struct build *b)
{
	b->random ^= b->random >> 12;
	b->random ^= b->random << 25;
	b->random ^= b->random >> 27;
	return (uint32_t)((b->random * 0x2545f4914f6cdd1du) >> 32);
}

/* ---- URLs to endpoints to groups ---- */

/* A path that many trackers have, so that it can be no passkey. */
static bool is_common_path(const char *path)
{
	static const char *const common[] = {"", "/", "/announce", "/announce/", "/announce.php", NULL};

	for (size_t i = 0; common[i]; i++)
		if (strcmp(path, common[i]) == 0)
			return true;
	return false;
}

static uint8_t rank_of(enum tracker_scheme scheme)
{
	static const uint8_t ranks[] = {
		[TRACKER_UDP] = 0, [TRACKER_HTTP] = 1, [TRACKER_HTTPS] = 1, [TRACKER_WS] = 2, [TRACKER_WSS] = 2,
	};

	return ranks[scheme];
}

/* A hash that strangers cannot aim at stands for the text. */
static uint64_t key_of(const struct build *b, const char *text)
{
	return siphash13(b->endpoints.seed, text, strlen(text));
}

static uint64_t endpoint_key(const struct build *b, const struct tracker_url *url)
{
	char text[TRACKER_HOST_MAX + 16];

	if (url->scheme != TRACKER_UDP)
		return key_of(b, url->text);
	snprintf(text, sizeof(text), "udp|%s|%u", url->host, (unsigned)url->port);
	return key_of(b, text);
}

static uint32_t find_group(struct build *b, const struct tracker_url *url)
{
	struct plan *plan = b->plan;
	char text[TRACKER_KEY_MAX];
	uint32_t hash, at;
	uint64_t key;

	tracker_url_key(url, text);
	key = key_of(b, text);
	hash = map_hash(&b->groups, &key);
	at = map_find(&b->groups, plan->groups, &key, hash);
	if (at != MAP_NONE)
		return at;
	if (plan->group_count == b->group_cap) {
		b->group_cap = b->group_cap ? 2 * b->group_cap : 64;
		plan->groups = xreallocarray(plan->groups, b->group_cap, sizeof(*plan->groups));
	}
	at = plan->group_count++;
	plan->groups[at] = (struct plan_group){.key = key, .tier = UINT16_MAX, .shuffle = next_random(b)};
	map_add(&b->groups, hash, at);
	return at;
}

static uint32_t new_endpoint(struct build *b, const struct tracker_url *url, uint64_t key)
{
	struct plan *plan = b->plan;
	uint32_t at = plan->endpoint_count;

	if (at == b->endpoint_cap) {
		b->endpoint_cap = b->endpoint_cap ? 2 * b->endpoint_cap : 64;
		plan->endpoints = xreallocarray(plan->endpoints, b->endpoint_cap, sizeof(*plan->endpoints));
	}
	plan->endpoint_count++;
	plan->endpoints[at] = (struct plan_endpoint){
		.key = key,
		.group = find_group(b, url),
		.tracker = PLAN_NONE,
		.shuffle = next_random(b),
		.rank = rank_of(url->scheme),
		.udp = url->scheme == TRACKER_UDP,
		.keyed = url->scheme != TRACKER_UDP && !is_common_path(url->text + url->path),
	};
	return at;
}

/* The URL that was tried last knows most of the endpoint's health: it comes first. */
static void join(struct plan *plan, struct plan_endpoint *endpoint, uint32_t tracker)
{
	const struct catalog_tracker *trackers = plan->world.trackers;
	uint32_t first = endpoint->tracker;

	if (first == PLAN_NONE || trackers[tracker].tried > trackers[first].tried) {
		plan->same[tracker] = first;
		endpoint->tracker = tracker;
		return;
	}
	plan->same[tracker] = plan->same[first];
	plan->same[first] = tracker;
}

static void add_tracker(struct build *b, uint32_t tracker)
{
	struct plan *plan = b->plan;
	const char *text = plan->world.trackers[tracker].url;
	struct tracker_url url;
	uint32_t hash, at;
	uint64_t key;

	b->endpoint_of[tracker] = plan->same[tracker] = PLAN_NONE;
	if (tracker_url_parse(text, strlen(text), &url) || (plan->world.no_udp && url.scheme == TRACKER_UDP))
		return;
	key = endpoint_key(b, &url);
	hash = map_hash(&b->endpoints, &key);
	at = map_find(&b->endpoints, plan->endpoints, &key, hash);
	if (at == MAP_NONE) {
		at = new_endpoint(b, &url, key);
		map_add(&b->endpoints, hash, at);
	}
	join(plan, &plan->endpoints[at], tracker);
	b->endpoint_of[tracker] = at;
}

/* ---- torrents to groups ---- */

/* Calls `take` for every link that leads to a tracker we can speak to. */
static void each_link(const struct build *b,
		      void (*take)(struct plan *plan, struct plan_endpoint *endpoint, const struct catalog_link *link))
{
	struct plan *plan = b->plan;

	for (size_t i = 0; i < plan->world.link_count; i++) {
		const struct catalog_link *link = &plan->world.links[i];

		if (b->endpoint_of[link->tracker] != PLAN_NONE)
			take(plan, &plan->endpoints[b->endpoint_of[link->tracker]], link);
	}
}

static void count_link(struct plan *plan, struct plan_endpoint *endpoint, const struct catalog_link *link)
{
	struct plan_group *group = &plan->groups[endpoint->group];

	endpoint->links++;
	endpoint->own_count++;
	group->member_count++;
	if (link->tier < group->tier)
		group->tier = link->tier;
}

static void take_link(struct plan *plan, struct plan_endpoint *endpoint, const struct catalog_link *link)
{
	struct plan_group *group = &plan->groups[endpoint->group];

	endpoint->own[endpoint->own_count++] = link->torrent;
	group->members[group->member_count++] = link->torrent;
}

static int compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Sorts, and drops what is there twice; returns how many are left. */
static uint32_t sort_unique(uint32_t *numbers, uint32_t count)
{
	uint32_t kept = 0;

	if (count)
		qsort(numbers, count, sizeof(*numbers), compare_numbers);
	for (uint32_t i = 0; i < count; i++)
		if (!kept || numbers[i] != numbers[kept - 1])
			numbers[kept++] = numbers[i];
	return kept;
}

uint32_t plan_find(const uint32_t *numbers, uint32_t count, uint32_t torrent)
{
	uint32_t low = 0, high = count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if ((numbers[middle] & PLAN_MEMBER) < torrent)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && (numbers[low] & PLAN_MEMBER) == torrent ? low : PLAN_NONE;
}

/* Makes room for `*count` numbers, to be filled from 0 on. */
static uint32_t *room(uint32_t *count)
{
	uint32_t *numbers = *count ? xreallocarray(NULL, *count, sizeof(*numbers)) : NULL;

	*count = 0;
	return numbers;
}

static void make_lists(struct build *b)
{
	struct plan *plan = b->plan;

	each_link(b, count_link);
	for (uint32_t i = 0; i < plan->group_count; i++)
		plan->groups[i].members = room(&plan->groups[i].member_count);
	for (uint32_t i = 0; i < plan->endpoint_count; i++)
		plan->endpoints[i].own = room(&plan->endpoints[i].own_count);
	each_link(b, take_link);
	for (uint32_t i = 0; i < plan->group_count; i++)
		plan->groups[i].member_count = sort_unique(plan->groups[i].members, plan->groups[i].member_count);
	for (uint32_t i = 0; i < plan->endpoint_count; i++)
		plan->endpoints[i].own_count = sort_unique(plan->endpoints[i].own, plan->endpoints[i].own_count);
}

/* An extra tracker's group gets every public torrent; those that do not name it are marked. */
static void widen(struct plan *plan, struct plan_group *group)
{
	uint32_t *old = group->members, old_count = group->member_count, at = 0, count = 0;
	uint32_t *members = xreallocarray(NULL, plan->world.target_count + 1, sizeof(*members));

	for (uint32_t i = 0; i < plan->world.target_count; i++) {
		if (at < old_count && (old[at] & PLAN_MEMBER) == i)
			members[count++] = old[at++];
		else if (!plan->world.targets[i].private)
			members[count++] = i | PLAN_MEMBER_EXTRA;
	}
	free(old);
	group->members = members;
	group->member_count = count;
}

/* Several extras of one host widen it once. */
static void add_extras(struct build *b)
{
	struct plan *plan = b->plan;

	for (size_t i = 0; i < plan->world.extra_count; i++) {
		uint32_t at = b->endpoint_of[plan->world.extras[i]];

		if (at == PLAN_NONE)
			continue;
		plan->endpoints[at].extra = true;
		widen(plan, &plan->groups[plan->endpoints[at].group]);
	}
}

/* ---- the order ---- */

static int compare_groups(const void *a, const void *b)
{
	const struct plan_group *x = a, *y = b;

	if (x->tier != y->tier)
		return x->tier < y->tier ? -1 : 1;
	return (x->shuffle > y->shuffle) - (x->shuffle < y->shuffle);
}

/* By group; then udp before http; then what most torrents name. */
static int compare_endpoints(const void *a, const void *b)
{
	const struct plan_endpoint *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	if (x->links != y->links)
		return x->links > y->links ? -1 : 1;
	return (x->shuffle > y->shuffle) - (x->shuffle < y->shuffle);
}

/* The old place of a group finds its new one through `first`, which nobody uses yet. */
static void sort_all(struct plan *plan)
{
	uint32_t *moved = xreallocarray(NULL, plan->group_count + 1u, sizeof(*moved));

	for (uint32_t i = 0; i < plan->group_count; i++)
		plan->groups[i].first = i;
	if (plan->group_count)
		qsort(plan->groups, plan->group_count, sizeof(*plan->groups), compare_groups);
	for (uint32_t i = 0; i < plan->group_count; i++)
		moved[plan->groups[i].first] = i;
	for (uint32_t i = 0; i < plan->endpoint_count; i++)
		plan->endpoints[i].group = moved[plan->endpoints[i].group];
	free(moved);
	if (plan->endpoint_count)
		qsort(plan->endpoints, plan->endpoint_count, sizeof(*plan->endpoints), compare_endpoints);
	for (uint32_t i = plan->endpoint_count; i-- > 0;) {
		struct plan_group *group = &plan->groups[plan->endpoints[i].group];

		group->first = i;
		group->count++;
	}
}

/* Which torrents are asked for again at a later endpoint of the same host: from the last to the first. */
static void mark_own(struct plan *plan)
{
	uint32_t *udp = xcalloc(plan->world.target_count + 1, sizeof(*udp)); /* by torrent: the group + 1 */
	uint32_t *key = xcalloc(plan->world.target_count + 1, sizeof(*key));

	for (uint32_t i = plan->endpoint_count; i-- > 0;) {
		struct plan_endpoint *endpoint = &plan->endpoints[i];
		uint32_t group = endpoint->group + 1;

		for (uint32_t k = 0; k < endpoint->own_count; k++) {
			uint32_t torrent = endpoint->own[k];

			endpoint->own[k] |= (udp[torrent] == group ? PLAN_OWN_UDP : 0) |
					    (key[torrent] == group ? PLAN_OWN_KEY : 0);
			if (endpoint->udp)
				udp[torrent] = group;
			if (endpoint->keyed)
				key[torrent] = group;
		}
	}
	free(udp);
	free(key);
}

static void count_pending(struct plan *plan)
{
	for (uint32_t i = 0; i < plan->group_count; i++) {
		const struct plan_group *group = &plan->groups[i];

		for (uint32_t k = 0; k < group->member_count; k++)
			plan->standings[group->members[k] & PLAN_MEMBER].pending++;
		plan->trackers += group->member_count > 0;
		plan->steps += group->member_count;
	}
	plan->left = plan->trackers;
	for (size_t i = 0; i < plan->world.target_count; i++)
		plan->done += !plan->standings[i].pending;
}

void plan_build(struct plan *plan)
{
	struct build b = {.plan = plan, .random = plan->world.seed ? plan->world.seed : 1};

	map_init(&b.endpoints, sizeof(struct plan_endpoint), offsetof(struct plan_endpoint, key), sizeof(uint64_t));
	map_init(&b.groups, sizeof(struct plan_group), offsetof(struct plan_group, key), sizeof(uint64_t));
	b.endpoint_of = xreallocarray(NULL, plan->world.tracker_count + 1, sizeof(*b.endpoint_of));
	plan->same = xreallocarray(NULL, plan->world.tracker_count + 1, sizeof(*plan->same));
	for (uint32_t i = 0; i < plan->world.tracker_count; i++)
		add_tracker(&b, i);
	make_lists(&b);
	add_extras(&b);
	sort_all(plan);
	mark_own(plan);
	count_pending(plan);
	free(b.endpoint_of);
	map_done(&b.endpoints);
	map_done(&b.groups);
}
