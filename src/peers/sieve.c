/* Leaves peers out of answers, and counts them. It does not know why they are left out. */
#include "peers/sieve.h"

#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"

static int compare_ips(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct ip));
}

static uint32_t count_distinct(struct ip *ips, size_t count)
{
	uint32_t distinct = count > 0;

	qsort(ips, count, sizeof(*ips), compare_ips);
	for (size_t i = 1; i < count; i++)
		distinct += !ip_equal(&ips[i - 1], &ips[i]);
	return distinct;
}

void sieve_answer(struct sieve *sieve, unsigned source, struct answer *answer)
{
	struct fold_now out = {0};
	struct ip *ips;
	size_t kept = 0;

	sieve->sources[source] = out;
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
	out.addresses = count_distinct(ips, out.connections);
	free(ips);
	answer->sighting_count = kept;
	sieve->sightings += out.connections;
	sieve->sources[source] = out;
}

void sieve_drop(struct sieve *sieve, unsigned source)
{
	sieve->sources[source] = (struct fold_now){0};
}

struct sieve_count sieve_count(const struct sieve *sieve, const struct fold *fold)
{
	struct sieve_count sum = {.sightings = sieve->sightings};

	for (unsigned i = 0; i < FOLD_SOURCES; i++) {
		const struct fold_now *out = &sieve->sources[i];

		if (!fold->sources[i].live)
			continue;
		sum.connections += out->connections;
		sum.addresses += out->addresses;
		sum.rate_up += out->rate_up;
		sum.rate_down += out->rate_down;
	}
	return sum;
}
