/* Leaves peers out of answers, and counts them. It does not know why they are left out. */
#include "peers/sieve.h"

#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"

_Static_assert(FOLD_SOURCES <= 32, "sieve.distinct_of has a bit for each daemon");

static int compare_ips(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct ip));
}

/* Sorts them, and leaves one of each. Returns how many. */
static uint32_t make_distinct(struct ip *ips, size_t count)
{
	uint32_t distinct = count > 0;

	qsort(ips, count, sizeof(*ips), compare_ips);
	for (size_t i = 1; i < count; i++)
		if (!ip_equal(&ips[distinct - 1], &ips[i]))
			ips[distinct++] = ips[i];
	return distinct;
}

/* The least of the addresses that come next in the lists of some daemons; NULL: all are through. */
static const struct ip *find_least(const struct sieve *sieve, uint32_t of, const uint32_t next[FOLD_SOURCES])
{
	const struct ip *least = NULL;

	for (unsigned i = 0; i < FOLD_SOURCES; i++) {
		if (!(of >> i & 1) || next[i] == sieve->sources[i].addresses)
			continue;
		if (!least || compare_ips(&sieve->ips[i][next[i]], least) < 0)
			least = &sieve->ips[i][next[i]];
	}
	return least;
}

/* Those that are at any of some daemons: merges their sorted lists. */
static uint32_t count_distinct(const struct sieve *sieve, uint32_t of)
{
	uint32_t next[FOLD_SOURCES] = {0}, distinct = 0;
	const struct ip *least;

	while ((least = find_least(sieve, of, next)) != NULL) {
		for (unsigned i = 0; i < FOLD_SOURCES; i++)
			if (next[i] < sieve->sources[i].addresses && ip_equal(&sieve->ips[i][next[i]], least))
				next[i]++;
		distinct++;
	}
	return distinct;
}

/* Takes over `ips`, in no more room than they need. */
static void keep_ips(struct sieve *sieve, unsigned source, struct ip *ips, uint32_t count)
{
	if (count) {
		sieve->ips[source] = xreallocarray(ips, count, sizeof(*ips));
		return;
	}
	free(ips);
}

void sieve_answer(struct sieve *sieve, unsigned source, struct answer *answer)
{
	struct fold_now out = {0};
	struct ip *ips;
	size_t kept = 0;

	sieve_drop(sieve, source);
	if (!sieve->excludes || answer->sighting_count == 0)
		return;
	ips = xreallocarray(NULL, answer->sighting_count, sizeof(*ips));
	for (size_t i = 0; i < answer->sighting_count; i++) {
		const struct sighting *s = &answer->sightings[i];

		if (!sieve->excludes(sieve->context, &s->ip)) {
			answer->sightings[kept++] = *s;
			continue;
		}
		ips[out.connections++] = s->ip;
		out.rate_up += s->rate_up;
		out.rate_down += s->rate_down;
	}
	out.addresses = make_distinct(ips, out.connections);
	keep_ips(sieve, source, ips, out.addresses);
	answer->sighting_count = kept;
	sieve->sightings += out.connections;
	sieve->sources[source] = out;
}

void sieve_drop(struct sieve *sieve, unsigned source)
{
	free(sieve->ips[source]);
	sieve->ips[source] = NULL;
	sieve->sources[source] = (struct fold_now){0};
	sieve->counted = false;
}

struct sieve_count sieve_count(struct sieve *sieve, const struct fold *fold)
{
	struct sieve_count sum = {.sightings = sieve->sightings};
	uint32_t live = 0;

	for (unsigned i = 0; i < FOLD_SOURCES; i++) {
		const struct fold_now *out = &sieve->sources[i];

		if (!fold->sources[i].live)
			continue;
		live |= UINT32_C(1) << i;
		sum.connections += out->connections;
		sum.rate_up += out->rate_up;
		sum.rate_down += out->rate_down;
	}
	if (!sieve->counted || sieve->distinct_of != live) {
		sieve->distinct = count_distinct(sieve, live);
		sieve->distinct_of = live;
		sieve->counted = true;
	}
	sum.addresses = sieve->distinct;
	return sum;
}

void sieve_done(struct sieve *sieve)
{
	for (unsigned i = 0; i < FOLD_SOURCES; i++)
		sieve_drop(sieve, i);
}
