/* The addresses that the fold remembers: added with their place, forgotten when they are too many, longest unseen
 * first; from then on the unique ones are estimated. It does not know answers nor what is true now. */
#include "peers/fold_private.h"

#include <stdlib.h>

#include "base/xmalloc.h"

enum {
	UNIQUE_BITS = 14,  /* 16 KiB, 0.8 % */
	COUNTRY_BITS = 10, /* 1 KiB each, 3.3 % */
};

/* ---- unique ---- */

/* Only once addresses have been forgotten: before that the count is exact. */
static void estimate_add(struct fold *f, const struct address *a)
{
	struct fold_private *p = f->p;
	uint64_t hash = siphash13(p->by_ip.seed, &a->ip, sizeof(a->ip));

	if (!p->countries[a->country].registers)
		hll_init(&p->countries[a->country], COUNTRY_BITS);
	hll_add(&p->unique, hash);
	hll_add(&p->countries[a->country], hash);
}

/* The first address is about to be forgotten: all that were ever seen are still here. */
static void estimate_start(struct fold *f)
{
	f->forgot = true;
	hll_init(&f->p->unique, UNIQUE_BITS);
	for (uint32_t i = 0; i < f->address_top; i++)
		if (f->addresses[i].first_seen)
			estimate_add(f, &f->addresses[i]);
}

static uint32_t at_least(uint32_t known, double estimate)
{
	return estimate > known ? (uint32_t)(estimate + 0.5) : known;
}

uint32_t fold_unique(const struct fold *f, country_t country)
{
	const struct hll *h = &f->p->countries[country];
	uint32_t known = f->countries[country].unique;

	return f->forgot && h->registers ? at_least(known, hll_estimate(h)) : known;
}

/* ---- addresses ---- */

static uint32_t address_slot(struct fold *f)
{
	struct fold_private *p = f->p;

	if (p->hole_count)
		return p->holes[--p->hole_count];
	if (f->address_top == p->address_cap) {
		p->address_cap = p->address_cap ? p->address_cap + p->address_cap / 2 : 64;
		f->addresses = xreallocarray(f->addresses, p->address_cap, sizeof(*f->addresses));
	}
	return f->address_top++;
}

static uint64_t tags_of(const struct fold *f, const struct ip *ip, uint32_t network)
{
	const struct fold_locator *locator = &f->p->locator;

	return locator->tags ? locator->tags(locator->context, ip, network) : 0;
}

uint32_t fold_address_add(struct fold *f, const struct ip *ip, uint32_t hash, uint32_t seen)
{
	struct fold_private *p = f->p;
	uint32_t at = address_slot(f);
	struct located where = p->locator.find(p->locator.context, ip);
	uint64_t tags = tags_of(f, ip, where.network);
	struct address *a = &f->addresses[at];

	*a = (struct address){
		.ip = *ip,
		.first_seen = seen,
		.place = where.place,
		.network = where.network,
		.country = where.country,
		.tags = tags,
	};
	map_add(&p->by_ip, hash, at);
	f->address_count++;
	if (f->forgot) {
		estimate_add(f, a);
	} else {
		f->unique++;
		f->countries[a->country].unique++;
	}
	return at;
}

static void address_drop(struct fold *f, uint32_t at)
{
	struct fold_private *p = f->p;
	struct address *a = &f->addresses[at];

	map_del(&p->by_ip, map_hash(&p->by_ip, &a->ip), at);
	a->first_seen = 0;
	a->stamp = 0;
	f->address_count--;
	if (p->hole_count == p->hole_cap) {
		p->hole_cap = p->hole_cap ? p->hole_cap * 2 : 64;
		p->holes = xreallocarray(p->holes, p->hole_cap, sizeof(*p->holes));
	}
	p->holes[p->hole_count++] = at;
}

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* All that may be forgotten, longest unseen first. Of these a good part is taken before the next sorting. */
static void queue_fill(struct fold *f)
{
	struct fold_private *p = f->p;

	p->queue = xreallocarray(p->queue, f->address_count, sizeof(*p->queue));
	p->queue_count = p->queue_next = 0;
	p->let_go = UINT32_MAX;
	for (uint32_t i = 0; i < f->address_top; i++)
		if (f->addresses[i].first_seen && !f->addresses[i].refs)
			p->queue[p->queue_count++] = (uint64_t)f->addresses[i].poll << 32 | i;
	qsort(p->queue, p->queue_count, sizeof(*p->queue), by_number);
}

/* The longest unseen address, or FOLD_NONE if all are connected. */
static uint32_t longest_unseen(struct fold *f)
{
	struct fold_private *p = f->p;

	for (int fills = 0; fills < 2; fills++) {
		while (p->queue_next < p->queue_count) {
			uint64_t entry = p->queue[p->queue_next++];
			const struct address *a = &f->addresses[(uint32_t)entry];

			if ((uint32_t)(entry >> 32) > p->let_go)
				break;
			if (a->first_seen && !a->refs && a->poll == (uint32_t)(entry >> 32))
				return (uint32_t)entry;
		}
		if (fills == 0)
			queue_fill(f);
	}
	return FOLD_NONE;
}

void fold_address_forget(struct fold *f)
{
	uint32_t at;

	while (f->address_count > f->p->remember && (at = longest_unseen(f)) != FOLD_NONE) {
		if (!f->forgot)
			estimate_start(f);
		address_drop(f, at);
	}
	if (f->forgot)
		f->unique = at_least(f->unique, hll_estimate(&f->p->unique));
}

/* Tags that come and go take the sightings of the address with them. */
static void retag(struct fold *f, struct address *a, uint64_t tags)
{
	uint64_t come = tags & ~a->tags, gone = a->tags & ~tags;

	while (come) {
		unsigned bit = fold_next_tag(&come);

		f->tags[bit].sightings += a->sightings;
		f->p->tags_moved[bit] += a->sightings;
	}
	while (gone) {
		unsigned bit = fold_next_tag(&gone);

		f->tags[bit].sightings -= a->sightings;
		f->p->tags_moved[bit] -= a->sightings;
	}
	a->tags = tags;
}

uint32_t fold_retag(struct fold *f, uint32_t from, uint32_t count)
{
	for (; from < f->address_top && count > 0; from++, count--) {
		struct address *a = &f->addresses[from];

		if (a->first_seen)
			retag(f, a, tags_of(f, &a->ip, a->network));
	}
	return from < f->address_top ? from : 0;
}

/* The hours of a country stay as they were located. */
uint64_t fold_counted(const struct fold *f, country_t country)
{
	uint64_t sum = 0;

	for (int hour = 0; hour < 24; hour++)
		sum += f->countries[country].hours[hour];
	return sum;
}

uint64_t fold_tag_counted(const struct fold *f, unsigned bit)
{
	return f->tags[bit].sightings - f->p->tags_moved[bit];
}

void fold_relocate(struct fold *f)
{
	for (uint32_t i = 0; i < f->address_top; i++) {
		struct address *a = &f->addresses[i];
		struct located where;

		if (!a->first_seen)
			continue;
		where = f->p->locator.find(f->p->locator.context, &a->ip);
		a->place = where.place;
		a->network = where.network;
		if (where.country == a->country)
			continue;
		f->countries[a->country].sightings -= a->sightings;
		f->countries[a->country].unique -= f->countries[a->country].unique > 0;
		a->country = where.country;
		f->countries[a->country].sightings += a->sightings;
		f->countries[a->country].unique++;
		if (f->forgot)
			estimate_add(f, a);
	}
}
