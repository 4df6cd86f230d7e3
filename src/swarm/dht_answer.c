/* Joins the results of two DHTs and counts them. It asks nobody. */
#include "swarm/dht_answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/country.h"
#include "base/xmalloc.h"

void dht_answer_done(struct dht_answer *a)
{
	free(a->addresses);
	*a = (struct dht_answer){0};
}

/* Two sorted lists to one, each address once. */
static void join(struct dht_answer *a, const struct ip *more, uint32_t count)
{
	struct ip *all = xreallocarray(NULL, (size_t)a->address_count + count + 1, sizeof(*all));
	uint32_t i = 0, k = 0, n = 0;

	while (i < a->address_count || k < count) {
		int order = i == a->address_count ? 1
			    : k == count          ? -1
						  : memcmp(&a->addresses[i], &more[k], sizeof(*more));

		all[n++] = order <= 0 ? a->addresses[i] : more[k];
		i += order <= 0;
		k += order >= 0;
	}
	free(a->addresses);
	a->addresses = all;
	a->address_count = n;
}

/* Who is in both DHTs is in the filters of both: estimates are not added. */
static void add_estimate(struct dht_estimate *e, int32_t count)
{
	e->told |= count >= 0;
	e->open |= count < 0;
	if (count > e->count)
		e->count = count;
}

static int32_t estimate_of(const struct dht_estimate *e)
{
	return e->count > 0 || (e->told && !e->open) ? e->count : CATALOG_UNKNOWN;
}

void dht_answer_add(struct dht_answer *a, const struct dht_result *r)
{
	a->ended[r->family] = true;
	a->outcomes[r->family] = r->outcome;
	a->asked = (uint16_t)(a->asked + r->asked);
	a->answered = (uint16_t)(a->answered + r->answered);
	add_estimate(&a->seeds, r->outcome == DHT_NONE ? 0 : r->seeds);
	add_estimate(&a->peers, r->outcome == DHT_NONE ? 0 : r->peers);
	if (r->address_count)
		join(a, r->addresses, r->address_count);
}

static bool has(const struct dht_answer *a, enum dht_outcome outcome)
{
	for (int i = 0; i < DHT_FAMILIES; i++)
		if (a->ended[i] && a->outcomes[i] == outcome)
			return true;
	return false;
}

bool dht_answer_failed(const struct dht_answer *a)
{
	return has(a, DHT_UNREACHABLE) || has(a, DHT_TIMED_OUT);
}

static bool proves(const struct dht_answer *a, enum dht_family family)
{
	return a->ended[family] && a->outcomes[family] == DHT_NONE;
}

enum dht_outcome dht_answer_outcome(const struct dht_answer *a, const bool on[DHT_FAMILIES])
{
	bool none = has(a, DHT_NONE);

	if (has(a, DHT_FOUND))
		return DHT_FOUND;
	for (int i = 0; i < DHT_FAMILIES; i++)
		none &= !on[i] || proves(a, (enum dht_family)i);
	if (none)
		return DHT_NONE;
	return has(a, DHT_TIMED_OUT) ? DHT_TIMED_OUT : DHT_UNREACHABLE;
}

/* ---- countries ---- */

struct tally {
	country_t country;
	uint32_t count;
};

/* Most first, then by code. */
static int by_count(const void *a, const void *b)
{
	const struct tally *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return strcmp(country_code(x->country), country_code(y->country));
}

static void count_countries(const struct dht_answer *a, struct locate *locate, char text[CATALOG_COUNTRIES])
{
	struct tally tallies[COUNTRY_MAX];
	unsigned found = 0;
	size_t len = 0;

	for (uint32_t i = 0; i < a->address_count; i++) {
		country_t country = locate_get(locate, locate_place(locate, &a->addresses[i]))->country;
		unsigned t = 0;

		while (t < found && tallies[t].country != country)
			t++;
		if (t == found)
			tallies[found++] = (struct tally){country, 0};
		tallies[t].count++;
	}
	qsort(tallies, found, sizeof(tallies[0]), by_count);
	text[0] = '\0';
	for (unsigned i = 0; i < found && len + 16 < CATALOG_COUNTRIES; i++)
		len += (size_t)snprintf(text + len, CATALOG_COUNTRIES - len, "%s%s %u", len ? "," : "",
					country_code(tallies[i].country), tallies[i].count);
}

/* ---- the sample ---- */

/* Of nodes that told only filters there is an estimate instead of a count. */
static int32_t peers_of(const struct dht_answer *a)
{
	return a->address_count ? (int32_t)a->address_count : a->seeds.count + a->peers.count;
}

void dht_answer_sample(const struct dht_answer *a, enum dht_outcome outcome, struct locate *locate,
		       char countries[CATALOG_COUNTRIES], struct catalog_sample *sample)
{
	static const enum catalog_outcome outcomes[] = {
		[DHT_FOUND] = CATALOG_FOUND,
		[DHT_NONE] = CATALOG_NONE,
		[DHT_UNREACHABLE] = CATALOG_UNREACHABLE,
		[DHT_TIMED_OUT] = CATALOG_TIMED_OUT,
	};

	*sample = (struct catalog_sample){
		.torrent = sample->torrent,
		.at = sample->at,
		.kind = CATALOG_DHT,
		.seeders = CATALOG_UNKNOWN,
		.leechers = CATALOG_UNKNOWN,
		.completed = CATALOG_UNKNOWN,
		.peers = CATALOG_UNKNOWN,
		.outcome = outcomes[outcome],
		.asked = a->asked,
		.answered = a->answered,
	};
	if (outcome == DHT_NONE)
		sample->seeders = sample->leechers = sample->peers = 0;
	if (outcome != DHT_FOUND)
		return;
	sample->seeders = estimate_of(&a->seeds);
	sample->leechers = estimate_of(&a->peers);
	sample->peers = peers_of(a);
	if (!locate || !a->address_count)
		return;
	count_countries(a, locate, countries);
	sample->countries = countries;
}
