/* Cities of a country: sums of addresses. It does not know how rows are sorted, nor how they are drawn. */
#include "peers/view_columns.h"

#include <stdlib.h>
#include <string.h>

#include "base/words.h"
#include "base/xmalloc.h"

const char *view_city_of(const struct view *v, const struct address *a)
{
	const struct place *place = v->scene->locate ? locate_get(v->scene->locate, a->place) : NULL;

	return place && place->city ? place->city : "";
}

static uint64_t city_share(const struct view *v, uint32_t row)
{
	return view_thousandths(v->groups[row].now.addresses, view_fold(v)->countries[v->scope].now.addresses);
}

static bool city_live(const struct view *v, uint32_t row)
{
	return view_group_addresses(v, row) > 0;
}

static int compare_cities(const void *a, const void *b, void *context)
{
	const struct view *v = context;
	const struct address *x = &view_fold(v)->addresses[*(const uint32_t *)a];
	const struct address *y = &view_fold(v)->addresses[*(const uint32_t *)b];

	return strcmp(view_city_of(v, x), view_city_of(v, y));
}

static void city_add(struct view_group *group, const struct view *v, const struct address *a)
{
	group->members++;
	group->sightings += a->sightings;
	if (!fold_connected(view_fold(v), a))
		return;
	group->now.addresses++;
	group->now.connections += a->torrents;
	group->now.rate_up += a->rate_up;
	group->now.rate_down += a->rate_down;
}

/* Addresses of one city stand together once they are sorted by its name. */
static void collect_cities(struct view *v)
{
	const struct fold *f = view_fold(v);
	uint32_t *found, count;

	for (uint32_t i = 0; i < f->address_top; i++) {
		if (f->addresses[i].first_seen && f->addresses[i].country == v->scope)
			view_row_add(v, i);
	}
	if (v->count == 0)
		return;
	qsort_r(v->rows, v->count, sizeof(*v->rows), compare_cities, v);
	found = v->rows;
	count = v->count;
	v->rows = NULL;
	v->count = v->cap = 0;
	v->groups = xreallocarray(v->groups, count, sizeof(*v->groups));
	for (uint32_t i = 0; i < count; i++) {
		const char *city = view_city_of(v, &view_fold(v)->addresses[found[i]]);

		if (i == 0 || compare_cities(&found[i - 1], &found[i], v) != 0)
			view_group_new(v, *city ? city : view_word(v, N_("(city unknown)")), found[i]);
		city_add(&v->groups[v->group_count - 1], v, &view_fold(v)->addresses[found[i]]);
	}
	free(found);
}

const struct view_table view_of_cities = {
	.noun = "cities",
	.column_count = 7,
	.columns = {
		{"city", N_("City"), VIEW_TEXT, 14, 24, 40, 0, 0, NULL, view_group_name, NULL, false},
		{"addresses", N_("now"), VIEW_COUNT, 5, 6, 8, 0, 0, view_group_addresses, NULL, NULL, false},
		{"remembered", N_("known"), VIEW_COUNT, 6, 7, 9, 4, 0, view_group_members, NULL, NULL, false},
		{"sightings", N_("seen"), VIEW_COUNT, 6, 9, 11, 1, 0, view_group_seen, NULL, NULL, false},
		{"rate-up", "↑/s", VIEW_RATE_UP, 7, 8, 9, 2, 0, view_group_up, NULL, NULL, false},
		{"rate-down", "↓/s", VIEW_RATE_DOWN, 7, 8, 9, 3, 0, view_group_down, NULL, NULL, false},
		{"share", N_("share"), VIEW_SHARE, 7, 18, 48, 5, 0, city_share, NULL, NULL, false},
	},
	.sort = 1,
	.tie = 3,
	.collect = collect_cities,
	.live = city_live,
};
