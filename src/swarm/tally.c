/* Counts torrents by collection. It does not know how the counts are shown. */
#include "swarm/tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/words.h"
#include "base/xmalloc.h"

const char *const tally_range_names[TALLY_RANGES] = {"0", "1-3", "4-10", N_("more"), N_("unknown")};

void tally_init(struct tally *t, const char *const *chosen)
{
	*t = (struct tally){.chosen = chosen};
}

void tally_done(struct tally *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->lines[i].name);
	free(t->lines);
	tally_init(t, NULL);
}

enum tally_range tally_range_of(int32_t seeders)
{
	static const int32_t most[] = {[TALLY_NONE] = 0, [TALLY_FEW] = 3, [TALLY_SOME] = 10, [TALLY_MANY] = INT32_MAX};
	size_t range = 0;

	if (seeders < 0)
		return TALLY_UNKNOWN;
	while (seeders > most[range])
		range++;
	return (enum tally_range)range;
}

bool tally_country(const char **text, country_t *country, uint64_t *count)
{
	const char *at = *text;
	char *end;

	if (strlen(at) < 4 || at[2] != ' ')
		return false;
	*country = country_by_code(at, 2);
	if (strncmp(at, country_code(COUNTRY_LOCAL), 2) == 0)
		*country = COUNTRY_LOCAL;
	*count = strtoull(at + 3, &end, 10);
	*text = *end == ',' ? end + 1 : end;
	return end > at + 3;
}

static void add_to(struct tally_line *line, const struct report_row *r)
{
	const char *countries = r->row->latest[CATALOG_DHT].countries;
	country_t country;
	uint64_t count;

	line->torrents++;
	line->bytes += r->size;
	line->ranges[tally_range_of(r->health.seeders)]++;
	while (countries && tally_country(&countries, &country, &count))
		line->countries[country] += count;
}

static bool is_chosen(const struct tally *t, const char *name, size_t len)
{
	const char *const *chosen = t->chosen;

	while (chosen && *chosen && (strncmp(*chosen, name, len) != 0 || (*chosen)[len]))
		chosen++;
	return !chosen || *chosen;
}

static bool is_named(const struct tally_line *line, const char *name, size_t len)
{
	return strncmp(line->name, name, len) == 0 && !line->name[len];
}

/* Rows come in the order of their collection, so it is most often the one of last time. */
static struct tally_line *line_of(struct tally *t, const char *name, size_t len)
{
	if (t->last < t->count && is_named(&t->lines[t->last], name, len))
		return &t->lines[t->last];
	for (t->last = 0; t->last < t->count; t->last++)
		if (is_named(&t->lines[t->last], name, len))
			return &t->lines[t->last];
	/* Of another that has some of the torrents too, it is not known how many it has besides. */
	if (t->count == TALLY_COLLECTIONS || !is_chosen(t, name, len))
		return NULL;
	t->lines = xreallocarray(t->lines, t->count + 1, sizeof(*t->lines));
	t->lines[t->count] = (struct tally_line){.name = xstrndup(name, len)};
	return &t->lines[t->count++];
}

const struct tally_line *tally_find(const struct tally *t, const char *name)
{
	for (size_t i = 0; i < t->count; i++)
		if (strcmp(t->lines[i].name, name) == 0)
			return &t->lines[i];
	return NULL;
}

void tally_add(struct tally *t, const struct report_row *row)
{
	const char *name = row->row->collections;
	struct tally_line *line;

	add_to(&t->total, row);
	while (*name) {
		size_t len = strcspn(name, ",");

		line = len ? line_of(t, name, len) : NULL;
		if (line)
			add_to(line, row);
		name += len + strspn(name + len, ", ");
	}
}

struct ranked {
	country_t country;
	uint64_t count;
};

static int by_count(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return strcmp(country_code(x->country), country_code(y->country));
}

size_t tally_countries(const struct tally_line *line, country_t countries[COUNTRY_MAX])
{
	struct ranked ranked[COUNTRY_MAX];
	size_t n = 0;

	for (country_t i = 0; i < COUNTRY_MAX; i++)
		if (line->countries[i])
			ranked[n++] = (struct ranked){i, line->countries[i]};
	qsort(ranked, n, sizeof(ranked[0]), by_count);
	for (size_t i = 0; i < n; i++)
		countries[i] = ranked[i].country;
	return n;
}
