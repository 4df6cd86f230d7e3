/* Sorted ranges and binary search. It does not know what being in a set means. */
#include "peers/netset.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"

enum { FIRST_ROOM = 64 };

static int compare_spans(const void *a, const void *b)
{
	const struct netset_span *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

static bool is_less(struct netset_key a, struct netset_key b)
{
	return (a.high < b.high) | ((a.high == b.high) & (a.low < b.low));
}

static int compare_spans6(const void *a, const void *b)
{
	const struct netset_span6 *x = a, *y = b;

	return is_less(y->first, x->first) - is_less(x->first, y->first);
}

struct netset_key netset_key(const struct ip *ip)
{
	struct netset_key key;

	memcpy(&key, ip->b, sizeof(key));
	return (struct netset_key){be64toh(key.high), be64toh(key.low)};
}

static void *make_room(void *spans, uint32_t count, uint32_t *room, size_t size)
{
	if (count < *room)
		return spans;
	*room = *room ? *room + *room / 2 : FIRST_ROOM;
	return xreallocarray(spans, *room, size);
}

static void add_span(struct netset_span **spans, uint32_t *count, uint32_t *room, struct netset_span span)
{
	*spans = make_room(*spans, *count, room, sizeof(**spans));
	(*spans)[(*count)++] = span;
}

bool netset_add(struct netset *set, const struct netlist_entry *entry)
{
	if (set->v4_count + set->system_count + set->v6_count >= NETSET_MAX)
		return false;
	if (entry->asn) {
		add_span(&set->systems, &set->system_count, &set->system_room,
			 (struct netset_span){entry->asn, entry->asn});
	} else if (ip_is4(&entry->first)) {
		add_span(&set->v4, &set->v4_count, &set->v4_room,
			 (struct netset_span){ip_v4(&entry->first), ip_v4(&entry->last)});
	} else {
		set->v6 = make_room(set->v6, set->v6_count, &set->v6_room, sizeof(*set->v6));
		set->v6[set->v6_count++] = (struct netset_span6){netset_key(&entry->first), netset_key(&entry->last)};
	}
	return true;
}

/* Most published lists are sorted. */
static void sort(void *spans, uint32_t count, size_t size, int (*compare)(const void *, const void *))
{
	const char *at = spans;

	for (uint32_t i = 1; i < count; i++)
		if (compare(at + (i - 1) * size, at + i * size) > 0) {
			qsort(spans, count, size, compare);
			return;
		}
}

/* Gives back what room is left over. */
static void *fit(void *spans, uint32_t count, uint32_t *room, size_t size)
{
	if (*room == count)
		return spans;
	*room = count;
	return xreallocarray(spans, count, size);
}

static struct netset_span *settle(struct netset_span *spans, uint32_t *count, uint32_t *room)
{
	uint32_t kept = 0;

	sort(spans, *count, sizeof(*spans), compare_spans);
	for (uint32_t i = 1; i < *count; i++) {
		struct netset_span *to = &spans[kept];

		if (to->last == UINT32_MAX || spans[i].first <= to->last + 1)
			to->last = spans[i].last > to->last ? spans[i].last : to->last;
		else
			spans[++kept] = spans[i];
	}
	*count = *count ? kept + 1 : 0;
	return *count ? fit(spans, *count, room, sizeof(*spans)) : spans;
}

/* Does `next`, which begins no earlier, touch `span` or overlap it? */
static bool meets6(const struct netset_span6 *span, const struct netset_span6 *next)
{
	struct netset_key behind = {span->last.high + (span->last.low == UINT64_MAX), span->last.low + 1};
	bool wraps = behind.high == 0 && behind.low == 0;

	return wraps || !is_less(behind, next->first);
}

static struct netset_span6 *settle6(struct netset_span6 *spans, uint32_t *count, uint32_t *room)
{
	uint32_t kept = 0;

	sort(spans, *count, sizeof(*spans), compare_spans6);
	for (uint32_t i = 1; i < *count; i++) {
		struct netset_span6 *to = &spans[kept];

		if (!meets6(to, &spans[i]))
			spans[++kept] = spans[i];
		else if (is_less(to->last, spans[i].last))
			to->last = spans[i].last;
	}
	*count = *count ? kept + 1 : 0;
	return *count ? fit(spans, *count, room, sizeof(*spans)) : spans;
}

void netset_settle(struct netset *set)
{
	set->v4 = settle(set->v4, &set->v4_count, &set->v4_room);
	set->systems = settle(set->systems, &set->system_count, &set->system_room);
	set->v6 = settle6(set->v6, &set->v6_count, &set->v6_room);
}

void netset_done(struct netset *set)
{
	free(set->v4);
	free(set->systems);
	free(set->v6);
	*set = (struct netset){0};
}

/* The last span that begins at `value` or before, without a branch that the processor would have to guess. */
static bool find(const struct netset_span *spans, uint32_t count, uint32_t value)
{
	if (!count)
		return false;
	while (count > 1) {
		uint32_t half = count / 2;

		spans += spans[half].first <= value ? half : 0;
		count -= half;
	}
	return spans->first <= value && value <= spans->last;
}

static bool find6(const struct netset_span6 *spans, uint32_t count, struct netset_key value)
{
	if (!count)
		return false;
	while (count > 1) {
		uint32_t half = count / 2;

		/* Both places where the next look may be: waiting for memory is most of the cost. */
		__builtin_prefetch(&spans[half / 2].first);
		__builtin_prefetch(&spans[half + half / 2].first);
		if (!is_less(value, spans[half].first))
			spans += half;
		count -= half;
	}
	return !is_less(value, spans->first) && !is_less(spans->last, value);
}

bool netset_has(const struct netset *set, const struct ip *ip)
{
	return ip_is4(ip) ? find(set->v4, set->v4_count, ip_v4(ip)) : find6(set->v6, set->v6_count, netset_key(ip));
}

bool netset_has_system(const struct netset *set, uint32_t asn)
{
	return asn && find(set->systems, set->system_count, asn);
}
