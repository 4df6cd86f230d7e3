/* What the files of the views (view_peers.c, view_countries.c, ...) tell each other. */
#ifndef PEERS_VIEW_COLUMNS_H
#define PEERS_VIEW_COLUMNS_H

#include "peers/view.h"

extern const struct view_table view_of_countries, view_of_peers, view_of_clients, view_of_versions, view_of_torrents,
	view_of_cities, view_of_networks;

static inline const struct fold *view_fold(const struct view *v)
{
	return v->scene->fold;
}

static inline uint64_t view_thousandths(uint64_t part, uint64_t whole)
{
	return whole ? (part * 1000 + whole / 2) / whole : 0;
}

/* ---- view_clients.c ---- */

const struct client *view_client_at(const struct view *v, uint32_t number);
const char *view_client_title(const struct view *v, uint32_t number, const char *text);

/* ---- view_cities.c ---- */

const char *view_city_of(const struct view *v, const struct address *a);

/* ---- view_groups.c: columns of rows that are sums of others ---- */

/* One more row. There is room for it: the caller has made v->groups. */
struct view_group *view_group_new(struct view *v, const char *name, uint32_t id);

const char *view_group_name(const struct view *v, uint32_t row, char scratch[VIEW_CELL]);
uint64_t view_group_members(const struct view *v, uint32_t row);
uint64_t view_group_now(const struct view *v, uint32_t row);
uint64_t view_group_addresses(const struct view *v, uint32_t row);
uint64_t view_group_up(const struct view *v, uint32_t row);
uint64_t view_group_down(const struct view *v, uint32_t row);
uint64_t view_group_seen(const struct view *v, uint32_t row);
uint64_t view_group_all_seen(const struct view *v, uint32_t row);
uint64_t view_group_share(const struct view *v, uint32_t row);
bool view_group_live(const struct view *v, uint32_t row);

#endif
