/* Addresses added up by autonomous system. It knows neither how rows are sorted nor how they are drawn.
 *
 * One pass over the addresses adds up by the numbers that core/locate gives to networks; then those of one system, of
 * which each database has many, become one row. */
#include "peers/view_networks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/words.h"
#include "base/xmalloc.h"
#include "peers/view_columns.h"

static const struct network *network_of(const struct scene *scene, const struct address *a)
{
	return scene->locate ? locate_network_get(scene->locate, a->network) : NULL;
}

uint32_t view_network_of(const struct scene *scene, const struct address *a)
{
	const struct network *n = network_of(scene, a);

	if (a->country == COUNTRY_LOCAL)
		return VIEW_NONE;
	return n ? n->asn : 0;
}

bool view_networks_known(const struct scene *scene)
{
	const struct geo_info *info;

	for (size_t i = 0; scene->locate && (info = locate_file(scene->locate, i)) != NULL; i++)
		if (info->has_asn)
			return true;
	return false;
}

static int hosting_bit(const struct scene *scene)
{
	int bit = scene->lists ? netlists_tag_find(scene->lists, "hosting") : -1;
	uint64_t known = bit >= 0 ? netlists_tags_in_use(scene->lists) & ~netlists_unknown(scene->lists) : 0;

	return bit >= 0 && known >> bit & 1 ? bit : -1;
}

bool view_hosting_known(const struct scene *scene)
{
	return hosting_bit(scene) >= 0;
}

/* ---- columns ---- */

static const struct address *first_of(const struct view *v, uint32_t row)
{
	return &v->scene->fold->addresses[v->groups[row].id];
}

/* 0: nobody knows it, or Local. */
static uint64_t network_asn(const struct view *v, uint32_t row)
{
	uint32_t asn = view_network_of(v->scene, first_of(v, row));

	return asn == VIEW_NONE ? 0 : asn;
}

static const char *network_number(const struct view *v, uint32_t row, char scratch[VIEW_CELL])
{
	unsigned asn = (unsigned)network_asn(v, row);

	if (!asn)
		return "";
	snprintf(scratch, VIEW_CELL, "AS%u", asn);
	return scratch;
}

static const char *network_name(const struct view *v, uint32_t row, char scratch[VIEW_CELL])
{
	(void)scratch;
	return v->groups[row].name;
}

const char *view_network_name(const struct view *v, uint32_t row)
{
	const struct network *n = network_of(v->scene, first_of(v, row));

	return first_of(v, row)->country != COUNTRY_LOCAL && n && n->asn && *n->name ? n->name : NULL;
}

const char *view_network_kind(const struct view *v, uint32_t row, char scratch[VIEW_CELL])
{
	const struct view_group *group = &v->groups[row];
	uint32_t asn = view_network_of(v->scene, first_of(v, row));

	(void)scratch;
	if (asn == 0 || asn == VIEW_NONE || !view_hosting_known(v->scene))
		return "";
	return group->hosting * 2 > group->members ? N_("hosting") : N_("residential");
}

/* ---- rows ---- */

static void address_add(struct view_group *group, const struct fold *fold, const struct address *a, bool hosting)
{
	group->members++;
	group->hosting += hosting;
	group->sightings += a->sightings;
	if (!fold_connected(fold, a))
		return;
	group->now.addresses++;
	group->now.connections += a->torrents;
	group->hosting_now += hosting ? a->torrents : 0;
	group->now.rate_up += a->rate_up;
	group->now.rate_down += a->rate_down;
}

static void group_add(struct view_group *sum, const struct view_group *more)
{
	sum->members += more->members;
	sum->hosting += more->hosting;
	sum->hosting_now += more->hosting_now;
	sum->sightings += more->sightings;
	sum->now.connections += more->now.connections;
	sum->now.addresses += more->now.addresses;
	sum->now.rate_up += more->now.rate_up;
	sum->now.rate_down += more->now.rate_down;
}

static const char *name_of(const struct view *v, const struct address *a)
{
	const struct network *n = network_of(v->scene, a);

	if (a->country == COUNTRY_LOCAL)
		return view_word(v, N_("(local)"));
	if (!n || !n->asn)
		return view_word(v, N_("(network unknown)"));
	return *n->name ? n->name : view_word(v, N_("(no name)"));
}

static int compare_systems(const void *a, const void *b, void *scene)
{
	const struct view_group *x = a, *y = b;
	const struct address *addresses = ((const struct scene *)scene)->fold->addresses;
	uint32_t one = view_network_of(scene, &addresses[x->id]), two = view_network_of(scene, &addresses[y->id]);

	return (one > two) - (one < two);
}

/* By number of locate's; the one behind the last is for Local addresses. Those without members are left out. Returns
 * how many there are. */
static uint32_t add_up(const struct view *v, struct view_group *sums, uint32_t local)
{
	const struct fold *fold = v->scene->fold;
	int bit = hosting_bit(v->scene);
	uint32_t kept = 0;

	for (uint32_t i = 0; i < fold->address_top; i++) {
		const struct address *a = &fold->addresses[i];
		struct view_group *sum = &sums[a->country == COUNTRY_LOCAL ? local : v->scene->locate ? a->network : 0];

		if (!a->first_seen)
			continue;
		if (!sum->members)
			sum->id = i;
		address_add(sum, fold, a, bit >= 0 && (a->tags >> bit & 1));
	}
	for (uint32_t i = 0; i <= local; i++)
		if (sums[i].members)
			sums[kept++] = sums[i];
	return kept;
}

static void collect(struct view *v)
{
	const struct fold *fold = v->scene->fold;
	uint32_t most = 0, count;

	for (uint32_t i = 0; i < fold->address_top; i++)
		most = fold->addresses[i].first_seen && fold->addresses[i].network > most ? fold->addresses[i].network
											  : most;
	free(v->groups);
	v->groups = xcalloc((size_t)most + 2, sizeof(*v->groups));
	count = add_up(v, v->groups, most + 1);
	if (count)
		qsort_r(v->groups, count, sizeof(*v->groups), compare_systems, (void *)v->scene);
	for (uint32_t i = 0; i < count; i++) {
		struct view_group *group = &v->groups[i];

		if (v->group_count && compare_systems(&v->groups[v->group_count - 1], group, (void *)v->scene) == 0) {
			group_add(&v->groups[v->group_count - 1], group);
			continue;
		}
		v->groups[v->group_count] = *group;
		v->groups[v->group_count].name = name_of(v, &fold->addresses[group->id]);
		view_row_add(v, v->group_count++);
	}
}

const struct view_table view_of_networks = {
	.noun = "networks",
	.column_count = 10,
	.columns = {
		{"name", N_("Network"), VIEW_TEXT, 20, 30, 60, 0, 0, NULL, network_name, NULL, false},
		{"asn", N_("number"), VIEW_TEXT, 8, 10, 12, 4, 0, network_asn, network_number, NULL, false},
		{"kind", N_("kind"), VIEW_TEXT, 11, 11, 11, 5, 0, NULL, view_network_kind, NULL, true},
		{"connections", N_("now"), VIEW_COUNT, 5, 6, 8, 0, 0, view_group_now, NULL, NULL, false},
		{"addresses", N_("addresses"), VIEW_COUNT, 10, 10, 10, 7, 0, view_group_addresses, NULL, NULL, false},
		{"remembered", N_("known"), VIEW_COUNT, 6, 7, 9, 6, 0, view_group_members, NULL, NULL, false},
		{"sightings", N_("seen"), VIEW_COUNT, 6, 9, 11, 1, 0, view_group_seen, NULL, NULL, false},
		{"rate-up", "↑/s", VIEW_RATE_UP, 7, 8, 9, 2, 0, view_group_up, NULL, NULL, false},
		{"rate-down", "↓/s", VIEW_RATE_DOWN, 7, 8, 9, 3, 0, view_group_down, NULL, NULL, false},
		{"share", N_("share"), VIEW_SHARE, 7, 18, 48, 8, 0, view_group_share, NULL, NULL, false},
	},
	.sort = 3,
	.tie = 6,
	.collect = collect,
	.live = view_group_live,
};
