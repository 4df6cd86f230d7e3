/* Clients: families, which are sums of versions, and versions. It does not know how rows are sorted, nor how they are
 * drawn. */
#include "peers/view_columns.h"

#include <stdlib.h>
#include <string.h>

#include "base/words.h"
#include "base/xmalloc.h"

const struct client *view_client_at(const struct view *v, uint32_t number)
{
	bool known = v->scene->clients && number < clients_count(v->scene->clients);

	return known ? clients_get(v->scene->clients, number) : NULL;
}

const char *view_client_title(const struct view *v, uint32_t number, const char *text)
{
	return number > CLIENT_OTHER ? text : view_word(v, text);
}

static void now_add(struct fold_now *sum, const struct fold_now *part)
{
	sum->connections += part->connections;
	sum->addresses += part->addresses;
	sum->rate_up += part->rate_up;
	sum->rate_down += part->rate_down;
}

static const struct fold_client *version(const struct view *v, uint32_t row)
{
	return &view_fold(v)->clients[row];
}

static const char *version_name(const struct view *v, uint32_t row, char scratch[VIEW_CELL])
{
	const struct client *c = view_client_at(v, row);

	(void)scratch;
	return view_client_title(v, row, c ? c->name : "Unknown");
}

static uint64_t version_now(const struct view *v, uint32_t row)
{
	return version(v, row)->now.connections;
}

static uint64_t version_addresses(const struct view *v, uint32_t row)
{
	return version(v, row)->now.addresses;
}

static uint64_t version_up(const struct view *v, uint32_t row)
{
	return version(v, row)->now.rate_up;
}

static uint64_t version_down(const struct view *v, uint32_t row)
{
	return version(v, row)->now.rate_down;
}

static uint64_t version_seen(const struct view *v, uint32_t row)
{
	return version(v, row)->sightings;
}

static uint64_t version_share(const struct view *v, uint32_t row)
{
	return view_thousandths(version(v, row)->now.connections, view_fold(v)->now.connections);
}

static bool version_live(const struct view *v, uint32_t row)
{
	return version_now(v, row) > 0;
}

static uint32_t known_clients(const struct view *v)
{
	uint32_t known = v->scene->clients ? clients_count(v->scene->clients) : 0;

	return known < view_fold(v)->client_count ? known : view_fold(v)->client_count;
}

/* The families that the history knows: those of this run get their sightings of before, others a row of their own. */
static void add_ever(struct view *v, const struct history_totals *t)
{
	uint32_t known = v->group_count;

	for (uint32_t i = 0; i < t->family_count; i++) {
		const struct history_family *family = &t->families[i];
		const char *name = *family->name ? family->name : "Unknown";
		struct view_group *group = NULL;

		for (uint32_t g = 0; g < known && !group; g++)
			group = strcmp(v->groups[g].name, name) == 0 ? &v->groups[g] : NULL;
		if (!group)
			group = view_group_new(v, name, VIEW_NONE);
		group->all_sightings += family->sightings;
	}
}

static uint64_t ever_since(const struct history_totals *t, uint32_t client)
{
	return t && client < t->client_count ? t->clients[client] : 0;
}

static void collect_families(struct view *v)
{
	const struct history_totals *t = v->all_time ? v->scene->all_time : NULL;
	uint32_t count = known_clients(v);
	uint32_t *group_of = xcalloc(count + 1, sizeof(*group_of)); /* by family; number + 1 */

	v->groups = xreallocarray(v->groups, count + 1 + (t ? t->family_count : 0), sizeof(*v->groups));
	for (uint32_t i = 0; i < count; i++) {
		const struct client *c = view_client_at(v, i);
		const struct fold_client *sums = version(v, i);
		struct view_group *group;

		if (!sums->sightings || c->family >= count)
			continue;
		if (!group_of[c->family]) {
			view_group_new(v, view_client_title(v, c->family, c->family_name), c->family);
			group_of[c->family] = v->group_count;
		}
		group = &v->groups[group_of[c->family] - 1];
		group->members++;
		group->sightings += sums->sightings;
		group->all_sightings += ever_since(t, i);
		now_add(&group->now, &sums->now);
	}
	if (t)
		add_ever(v, t);
	free(group_of);
}

static void collect_versions(struct view *v)
{
	uint32_t count = known_clients(v);

	for (uint32_t i = 0; i < count; i++) {
		if (version(v, i)->sightings && view_client_at(v, i)->family == v->scope)
			view_row_add(v, i);
	}
}

const struct view_table view_of_clients = {
	.noun = "clients",
	.column_count = 9,
	.columns = {
		{"client", N_("Client"), VIEW_TEXT, 18, 24, 40, 0, 0, NULL, view_group_name, NULL, false},
		{"versions", N_("versions"), VIEW_COUNT, 9, 9, 9, 6, 0, view_group_members, NULL, NULL, false},
		{"connections", N_("now"), VIEW_COUNT, 5, 6, 8, 0, 0, view_group_now, NULL, NULL, false},
		{"addresses", N_("addresses"), VIEW_COUNT, 10, 10, 10, 5, 0, view_group_addresses, NULL, NULL, false},
		{"sightings", N_("seen"), VIEW_COUNT, 6, 9, 11, 1, 0, view_group_seen, NULL, NULL, false},
		{"rate-up", "↑/s", VIEW_RATE_UP, 7, 8, 9, 2, 0, view_group_up, NULL, NULL, false},
		{"rate-down", "↓/s", VIEW_RATE_DOWN, 7, 8, 9, 3, 0, view_group_down, NULL, NULL, false},
		{"share", N_("share"), VIEW_SHARE, 7, 18, 48, 7, 0, view_group_share, NULL, NULL, false},
		{"all-sightings", N_("all seen"), VIEW_COUNT, 9, 11, 13, 4, 0, view_group_all_seen, NULL, NULL, false},
	},
	.all_time = 1 << 8,
	.sort = 2,
	.tie = 4,
	.collect = collect_families,
	.live = view_group_live,
};

const struct view_table view_of_versions = {
	.noun = "versions",
	.column_count = 7,
	.columns = {
		{"client", N_("Client"), VIEW_TEXT, 20, 28, 64, 0, 0, NULL, version_name, NULL, false},
		{"connections", N_("now"), VIEW_COUNT, 5, 6, 8, 0, 0, version_now, NULL, NULL, false},
		{"addresses", N_("addresses"), VIEW_COUNT, 10, 10, 10, 4, 0, version_addresses, NULL, NULL, false},
		{"sightings", N_("seen"), VIEW_COUNT, 6, 9, 11, 1, 0, version_seen, NULL, NULL, false},
		{"rate-up", "↑/s", VIEW_RATE_UP, 7, 8, 9, 2, 0, version_up, NULL, NULL, false},
		{"rate-down", "↓/s", VIEW_RATE_DOWN, 7, 8, 9, 3, 0, version_down, NULL, NULL, false},
		{"share", N_("share"), VIEW_SHARE, 7, 18, 48, 6, 0, version_share, NULL, NULL, false},
	},
	.sort = 1,
	.tie = 3,
	.collect = collect_versions,
	.live = version_live,
};
