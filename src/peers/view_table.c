/* The views: their columns, where each value comes from, which rows they have. */
#include "peers/view_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/words.h"
#include "base/xmalloc.h"
#include "peers/view_networks.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- flags ----------------------------------------------------------------------------------------------------- */

/* In the order of flagStr. */
static const struct {
	char letter;
	uint16_t set, clear;
} letters_of_flags[] = {
	{'T', PEER_UTP, 0},
	{'O', PEER_OPTIMISTIC, 0},
	{'D', PEER_DOWNLOADING, 0},
	{'d', PEER_WE_WANT, PEER_DOWNLOADING},
	{'U', PEER_UPLOADING, 0},
	{'u', PEER_WANTS, PEER_UPLOADING},
	{'K', 0, PEER_CHOKES_US | PEER_WE_WANT},
	{'?', 0, PEER_CHOKED | PEER_WANTS},
	{'E', PEER_ENCRYPTED, 0},
	{'H', PEER_FROM_DHT, 0},
	{'X', PEER_FROM_PEX, PEER_FROM_DHT},
	{'I', PEER_INCOMING, 0},
};

void view_flags(uint16_t flags, char letters[VIEW_FLAGS])
{
	size_t n = 0;

	for (size_t i = 0; i < COUNT_OF(letters_of_flags) && n + 1 < VIEW_FLAGS; i++) {
		if ((flags & letters_of_flags[i].set) == letters_of_flags[i].set &&
		    !(flags & letters_of_flags[i].clear))
			letters[n++] = letters_of_flags[i].letter;
	}
	letters[n] = '\0';
}

/* ---- values ---------------------------------------------------------------------------------------------------- */

static const struct fold *tables(const struct view *v)
{
	return v->scene->fold;
}

static const struct address *peer(const struct view *v, uint32_t row)
{
	return &tables(v)->addresses[row];
}

static uint64_t thousandths(uint64_t part, uint64_t whole)
{
	return whole ? (part * 1000 + whole / 2) / whole : 0;
}

static bool peer_live(const struct view *v, uint32_t row)
{
	return fold_connected(tables(v), peer(v, row));
}

static uint64_t peer_ip_key(const struct view *v, uint32_t row)
{
	const struct ip *ip = &peer(v, row)->ip;
	uint64_t key = 0;

	if (ip_is4(ip))
		return ip_v4(ip);
	for (int i = 0; i < 8; i++)
		key = key << 8 | ip->b[i];
	return key;
}

static const char *peer_address(const struct view *v, uint32_t row, char scratch[VIEW_CELL])
{
	ip_format(&peer(v, row)->ip, scratch);
	return scratch;
}

static const char *peer_hidden(const struct view *v, uint32_t row, char scratch[VIEW_CELL])
{
	ip_format_hidden(&peer(v, row)->ip, scratch);
	return scratch;
}

static const char *peer_country(const struct view *v, uint32_t row, char scratch[VIEW_CELL])
{
	(void)scratch;
	return country_code(peer(v, row)->country);
}

static const char *peer_country_name(const struct view *v, uint32_t row, char scratch[VIEW_CELL])
{
	(void)scratch;
	return view_word(v, country_name(peer(v, row)->country));
}

static const char *city_of(const struct view *v, const struct address *a)
{
	const struct place *place = v->scene->locate ? locate_get(v->scene->locate, a->place) : NULL;

	return place && place->city ? place->city : "";
}

static const char *peer_city(const struct view *v, uint32_t row, char scratch[VIEW_CELL])
{
	(void)scratch;
	return city_of(v, peer(v, row));
}

static const char *peer_network(const struct view *v, uint32_t row, char scratch[VIEW_CELL])
{
	const struct network *n = v->scene->locate ? locate_network_get(v->scene->locate, peer(v, row)->network) : NULL;

	if (!n || !n->asn)
		return "";
	snprintf(scratch, VIEW_CELL, "AS%u %s", (unsigned)n->asn, n->name);
	return scratch;
}

static const char *peer_tags(const struct view *v, uint32_t row, char scratch[VIEW_CELL])
{
	netlists_tags_text(v->scene->lists, peer(v, row)->tags, scratch, VIEW_CELL);
	return scratch;
}

static bool peer_has_tag(const struct view *v, uint32_t row, const char *name)
{
	int bit = v->scene->lists ? netlists_tag_find(v->scene->lists, name) : -1;

	return bit >= 0 && (peer(v, row)->tags >> bit & 1);
}

static const struct client *client_at(const struct view *v, uint32_t number)
{
	bool known = v->scene->clients && number < clients_count(v->scene->clients);

	return known ? clients_get(v->scene->clients, number) : NULL;
}

static const char *client_title(const struct view *v, uint32_t number, const char *text)
{
	return number > CLIENT_OTHER ? text : view_word(v, text);
}

static const char *peer_client(const struct view *v, uint32_t row, char scratch[VIEW_CELL])
{
	uint32_t number = peer(v, row)->client;
	const struct client *c = client_at(v, number);

	(void)scratch;
	return client_title(v, number, c ? c->name : "Unknown");
}

static const char *peer_flags(const struct view *v, uint32_t row, char scratch[VIEW_CELL])
{
	view_flags(peer(v, row)->flags, scratch);
	return scratch;
}

static uint64_t peer_progress(const struct view *v, uint32_t row)
{
	return peer(v, row)->progress;
}

static uint64_t peer_rate_up(const struct view *v, uint32_t row)
{
	return peer_live(v, row) ? peer(v, row)->rate_up : 0;
}

static uint64_t peer_rate_down(const struct view *v, uint32_t row)
{
	return peer_live(v, row) ? peer(v, row)->rate_down : 0;
}

static uint64_t peer_sightings(const struct view *v, uint32_t row)
{
	return peer(v, row)->sightings;
}

static uint64_t peer_torrents(const struct view *v, uint32_t row)
{
	return peer(v, row)->torrents;
}

static uint64_t peer_first(const struct view *v, uint32_t row)
{
	return peer(v, row)->first_seen;
}

static uint64_t peer_last(const struct view *v, uint32_t row)
{
	return peer_live(v, row) ? 0 : peer(v, row)->last_seen;
}

static uint64_t peer_bytes_up(const struct view *v, uint32_t row)
{
	return peer(v, row)->bytes_up;
}

static uint64_t peer_bytes_down(const struct view *v, uint32_t row)
{
	return peer(v, row)->bytes_down;
}

static const struct fold_country *land(const struct view *v, uint32_t row)
{
	return &tables(v)->countries[row];
}

static const char *land_code(const struct view *v, uint32_t row, char scratch[VIEW_CELL])
{
	(void)v, (void)scratch;
	return country_code((country_t)row);
}

static const char *land_name(const struct view *v, uint32_t row, char scratch[VIEW_CELL])
{
	(void)scratch;
	return view_word(v, country_name((country_t)row));
}

static uint64_t land_now(const struct view *v, uint32_t row)
{
	return land(v, row)->now.connections;
}

static uint64_t land_addresses(const struct view *v, uint32_t row)
{
	return land(v, row)->now.addresses;
}

static uint64_t land_unique(const struct view *v, uint32_t row)
{
	return fold_unique(tables(v), (country_t)row);
}

static uint64_t land_seen(const struct view *v, uint32_t row)
{
	return land(v, row)->sightings;
}

static uint64_t land_up(const struct view *v, uint32_t row)
{
	return land(v, row)->now.rate_up;
}

static uint64_t land_down(const struct view *v, uint32_t row)
{
	return land(v, row)->now.rate_down;
}

static uint64_t land_share(const struct view *v, uint32_t row)
{
	return thousandths(land(v, row)->now.connections, tables(v)->now.connections);
}

static const struct history_sums *land_ever(const struct view *v, uint32_t row)
{
	static const struct history_sums nothing = {.unique = 0};

	return v->scene->all_time ? &v->scene->all_time->countries[row] : &nothing;
}

static uint64_t land_all_unique(const struct view *v, uint32_t row)
{
	return land_ever(v, row)->unique;
}

static uint64_t land_all_seen(const struct view *v, uint32_t row)
{
	return land_ever(v, row)->sightings;
}

static uint64_t land_all_up(const struct view *v, uint32_t row)
{
	return land_ever(v, row)->bytes_up;
}

static uint64_t land_all_down(const struct view *v, uint32_t row)
{
	return land_ever(v, row)->bytes_down;
}

static bool land_live(const struct view *v, uint32_t row)
{
	return land_now(v, row) > 0;
}

static const char *group_name(const struct view *v, uint32_t row, char scratch[VIEW_CELL])
{
	(void)scratch;
	return v->groups[row].name;
}

static uint64_t group_members(const struct view *v, uint32_t row)
{
	return v->groups[row].members;
}

static uint64_t group_now(const struct view *v, uint32_t row)
{
	return v->groups[row].now.connections;
}

static uint64_t group_addresses(const struct view *v, uint32_t row)
{
	return v->groups[row].now.addresses;
}

static uint64_t group_up(const struct view *v, uint32_t row)
{
	return v->groups[row].now.rate_up;
}

static uint64_t group_down(const struct view *v, uint32_t row)
{
	return v->groups[row].now.rate_down;
}

static uint64_t group_seen(const struct view *v, uint32_t row)
{
	return v->groups[row].sightings;
}

static uint64_t group_all_seen(const struct view *v, uint32_t row)
{
	return v->groups[row].all_sightings;
}

static uint64_t group_share(const struct view *v, uint32_t row)
{
	return thousandths(v->groups[row].now.connections, tables(v)->now.connections);
}

static bool group_live(const struct view *v, uint32_t row)
{
	return group_now(v, row) > 0;
}

static uint64_t city_share(const struct view *v, uint32_t row)
{
	return thousandths(v->groups[row].now.addresses, tables(v)->countries[v->scope].now.addresses);
}

static bool city_live(const struct view *v, uint32_t row)
{
	return group_addresses(v, row) > 0;
}

static const struct fold_client *version(const struct view *v, uint32_t row)
{
	return &tables(v)->clients[row];
}

static const char *version_name(const struct view *v, uint32_t row, char scratch[VIEW_CELL])
{
	const struct client *c = client_at(v, row);

	(void)scratch;
	return client_title(v, row, c ? c->name : "Unknown");
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
	return thousandths(version(v, row)->now.connections, tables(v)->now.connections);
}

static bool version_live(const struct view *v, uint32_t row)
{
	return version_now(v, row) > 0;
}

static const struct fold_torrent *torrent(const struct view *v, uint32_t row)
{
	return &tables(v)->torrents[row];
}

static const char *torrent_name(const struct view *v, uint32_t row, char scratch[VIEW_CELL])
{
	const char *name = torrent(v, row)->name;

	(void)scratch;
	return name && *name ? name : view_word(v, N_("(no name)"));
}

static uint64_t torrent_now(const struct view *v, uint32_t row)
{
	return torrent(v, row)->now.connections;
}

static uint64_t torrent_countries(const struct view *v, uint32_t row)
{
	return torrent(v, row)->now_countries;
}

static uint64_t torrent_up(const struct view *v, uint32_t row)
{
	return torrent(v, row)->now.rate_up;
}

static uint64_t torrent_down(const struct view *v, uint32_t row)
{
	return torrent(v, row)->now.rate_down;
}

static uint64_t torrent_seen(const struct view *v, uint32_t row)
{
	return torrent(v, row)->sightings;
}

static uint64_t torrent_first(const struct view *v, uint32_t row)
{
	return torrent(v, row)->first_seen;
}

static uint64_t torrent_last(const struct view *v, uint32_t row)
{
	return torrent_now(v, row) ? 0 : torrent(v, row)->last_seen;
}

static bool torrent_live(const struct view *v, uint32_t row)
{
	return torrent_now(v, row) > 0;
}

/* ---- flags of peers in filters --------------------------------------------------------------------------------- */

static bool has_flag(const struct view *v, uint32_t row, unsigned flag)
{
	return (peer(v, row)->flags & flag) != 0;
}

static bool is_seed(const struct view *v, uint32_t row)
{
	return has_flag(v, row, PEER_SEED);
}

static bool is_encrypted(const struct view *v, uint32_t row)
{
	return has_flag(v, row, PEER_ENCRYPTED);
}

static bool is_incoming(const struct view *v, uint32_t row)
{
	return has_flag(v, row, PEER_INCOMING);
}

static bool is_utp(const struct view *v, uint32_t row)
{
	return has_flag(v, row, PEER_UTP);
}

static bool is_uploading(const struct view *v, uint32_t row)
{
	return peer_live(v, row) && has_flag(v, row, PEER_UPLOADING);
}

static bool is_downloading(const struct view *v, uint32_t row)
{
	return peer_live(v, row) && has_flag(v, row, PEER_DOWNLOADING);
}

static bool is_optimistic(const struct view *v, uint32_t row)
{
	return has_flag(v, row, PEER_OPTIMISTIC);
}

static bool is_from_dht(const struct view *v, uint32_t row)
{
	return has_flag(v, row, PEER_FROM_DHT);
}

static bool is_from_pex(const struct view *v, uint32_t row)
{
	return has_flag(v, row, PEER_FROM_PEX);
}

static bool is_ipv4(const struct view *v, uint32_t row)
{
	return ip_is4(&peer(v, row)->ip);
}

static bool is_ipv6(const struct view *v, uint32_t row)
{
	return !is_ipv4(v, row);
}

static bool is_local(const struct view *v, uint32_t row)
{
	return peer(v, row)->country == COUNTRY_LOCAL;
}

static const struct view_flag peer_flag_table[] = {
	{"connected", peer_live},
	{"seeding", is_seed},
	{"seed", is_seed},
	{"encrypted", is_encrypted},
	{"incoming", is_incoming},
	{"utp", is_utp},
	{"uploading", is_uploading},
	{"downloading", is_downloading},
	{"optimistic", is_optimistic},
	{"dht", is_from_dht},
	{"pex", is_from_pex},
	{"ipv4", is_ipv4},
	{"ipv6", is_ipv6},
	{"local", is_local},
};

/* ---- which rows ------------------------------------------------------------------------------------------------ */

static void collect_countries(struct view *v)
{
	for (uint32_t i = 0; i < country_count(); i++) {
		if (land(v, i)->sightings || land(v, i)->now.connections || (v->all_time && land_ever(v, i)->sightings))
			view_row_add(v, i);
	}
}

static int compare_rows(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Two daemons may hold the same peer in the same torrent. */
static void unique_rows(struct view *v)
{
	uint32_t kept = 0;

	if (v->count)
		qsort(v->rows, v->count, sizeof(*v->rows), compare_rows);
	for (uint32_t i = 0; i < v->count; i++) {
		if (i == 0 || v->rows[i] != v->rows[i - 1])
			v->rows[kept++] = v->rows[i];
	}
	v->count = kept;
}

static void collect_torrent_peers(struct view *v)
{
	const struct fold *f = tables(v);

	for (unsigned s = 0; s < FOLD_SOURCES; s++) {
		for (size_t i = 0; i < f->sources[s].count; i++) {
			if (f->sources[s].connections[i].torrent == v->scope)
				view_row_add(v, f->sources[s].connections[i].address);
		}
	}
	unique_rows(v);
}

static bool peer_in_scope(const struct view *v, const struct address *a)
{
	if (v->scope_kind == VIEW_OF_NETWORK)
		return view_network_of(v->scene, a) == v->scope;
	return v->scope_kind != VIEW_OF_COUNTRY || a->country == v->scope;
}

static void collect_peers(struct view *v)
{
	const struct fold *f = tables(v);

	if (v->scope_kind == VIEW_OF_TORRENT) {
		collect_torrent_peers(v);
		return;
	}
	for (uint32_t i = 0; i < f->address_top; i++) {
		if (f->addresses[i].first_seen && peer_in_scope(v, &f->addresses[i]))
			view_row_add(v, i);
	}
}

static void collect_torrents(struct view *v)
{
	for (uint32_t i = 0; i < tables(v)->torrent_count; i++) {
		if (torrent(v, i)->sightings)
			view_row_add(v, i);
	}
}

static uint32_t known_clients(const struct view *v)
{
	uint32_t known = v->scene->clients ? clients_count(v->scene->clients) : 0;

	return known < tables(v)->client_count ? known : tables(v)->client_count;
}

static struct view_group *group_new(struct view *v, const char *name, uint32_t id)
{
	struct view_group *group = &v->groups[v->group_count];

	*group = (struct view_group){.name = name, .id = id};
	view_row_add(v, v->group_count++);
	return group;
}

static void now_add(struct fold_now *sum, const struct fold_now *part)
{
	sum->connections += part->connections;
	sum->addresses += part->addresses;
	sum->rate_up += part->rate_up;
	sum->rate_down += part->rate_down;
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
			group = group_new(v, name, VIEW_NONE);
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
		const struct client *c = client_at(v, i);
		const struct fold_client *sums = version(v, i);
		struct view_group *group;

		if (!sums->sightings || c->family >= count)
			continue;
		if (!group_of[c->family]) {
			group_new(v, client_title(v, c->family, c->family_name), c->family);
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
		if (version(v, i)->sightings && client_at(v, i)->family == v->scope)
			view_row_add(v, i);
	}
}

static int compare_cities(const void *a, const void *b, void *context)
{
	const struct view *v = context;

	return strcmp(city_of(v, peer(v, *(const uint32_t *)a)), city_of(v, peer(v, *(const uint32_t *)b)));
}

static void city_add(struct view_group *group, const struct view *v, const struct address *a)
{
	group->members++;
	group->sightings += a->sightings;
	if (!fold_connected(tables(v), a))
		return;
	group->now.addresses++;
	group->now.connections += a->torrents;
	group->now.rate_up += a->rate_up;
	group->now.rate_down += a->rate_down;
}

/* Addresses of one city stand together once they are sorted by its name. */
static void collect_cities(struct view *v)
{
	const struct fold *f = tables(v);
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
		const char *city = city_of(v, peer(v, found[i]));

		if (i == 0 || compare_cities(&found[i - 1], &found[i], v) != 0)
			group_new(v, *city ? city : view_word(v, N_("(city unknown)")), found[i]);
		city_add(&v->groups[v->group_count - 1], v, peer(v, found[i]));
	}
	free(found);
}

/* ---- the views ------------------------------------------------------------------------------------------------- */

static const struct view_table all_tables[VIEW_KINDS] = {
	[VIEW_COUNTRIES] = {
		.noun = "countries",
		.column_count = 13,
		.columns = {
			{"country", "", VIEW_TEXT, 2, 2, 2, 0, 1, NULL, land_code, NULL},
			{"name", N_("Country"), VIEW_TEXT, 8, 18, 32, 0, 0, NULL, land_name, NULL},
			{"connections", N_("now"), VIEW_COUNT, 5, 6, 8, 0, 0, land_now, NULL, NULL},
			{"addresses", N_("addresses"), VIEW_COUNT, 10, 10, 10, 7, 0, land_addresses, NULL, NULL},
			{"unique", N_("unique"), VIEW_COUNT, 7, 8, 10, 6, 0, land_unique, NULL, NULL},
			{"sightings", N_("seen"), VIEW_COUNT, 6, 9, 11, 1, 0, land_seen, NULL, NULL},
			{"rate-up", "↑/s", VIEW_RATE_UP, 7, 8, 9, 2, 0, land_up, NULL, NULL},
			{"rate-down", "↓/s", VIEW_RATE_DOWN, 7, 8, 9, 3, 0, land_down, NULL, NULL},
			{"share", N_("share"), VIEW_SHARE, 7, 18, 48, 8, 0, land_share, NULL, NULL},
			{"all-sightings", N_("all seen"), VIEW_COUNT, 9, 11, 13, 4, 0, land_all_seen, NULL, NULL},
			{"all-unique", N_("all unique"), VIEW_COUNT, 11, 11, 11, 5, 0, land_all_unique, NULL, NULL},
			{"all-bytes-up", N_("all ↑"), VIEW_BYTES, 7, 8, 9, 9, 0, land_all_up, NULL, NULL},
			{"all-bytes-down", N_("all ↓"), VIEW_BYTES, 7, 8, 9, 10, 0, land_all_down, NULL, NULL},
		},
		.all_time = 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12,
		.sort = 2,
		.tie = 5,
		.collect = collect_countries,
		.live = land_live,
	},
	[VIEW_PEERS] = {
		.noun = "peers",
		.column_count = 17,
		.columns = {
			{"address", N_("Address"), VIEW_TEXT, 15, 23, 39, 0, 0, peer_ip_key, peer_address, peer_hidden},
			{"country", "", VIEW_TEXT, 2, 2, 2, 2, 2, NULL, peer_country, NULL},
			{"country-name", N_("Country"), VIEW_TEXT, 11, 14, 20, 10, 0, NULL, peer_country_name, NULL},
			{"city", N_("City"), VIEW_TEXT, 11, 14, 22, 11, 0, NULL, peer_city, NULL},
			{"client", N_("Client"), VIEW_TEXT, 20, 24, 34, 3, 0, NULL, peer_client, NULL},
			{"flags", N_("Flags"), VIEW_TEXT, 6, 7, 9, 5, 0, NULL, peer_flags, NULL},
			{"progress", N_("done"), VIEW_PERCENT, 5, 5, 5, 6, 0, peer_progress, NULL, NULL},
			{"rate-up", "↑/s", VIEW_RATE_UP, 7, 7, 8, 1, 0, peer_rate_up, NULL, NULL},
			{"rate-down", "↓/s", VIEW_RATE_DOWN, 7, 7, 8, 4, 0, peer_rate_down, NULL, NULL},
			{"sightings", N_("seen"), VIEW_COUNT, 6, 6, 8, 8, 0, peer_sightings, NULL, NULL},
			{"torrents", N_("torrents"), VIEW_COUNT, 9, 9, 9, 12, 0, peer_torrents, NULL, NULL},
			{"bytes-up", N_("est. ↑"), VIEW_BYTES, 7, 7, 8, 13, 0, peer_bytes_up, NULL, NULL},
			{"bytes-down", N_("est. ↓"), VIEW_BYTES, 7, 7, 8, 14, 0, peer_bytes_down, NULL, NULL},
			{"first-seen", N_("first"), VIEW_TIME, 6, 6, 6, 15, 0, peer_first, NULL, NULL},
			{"last-seen", N_("last"), VIEW_AGE, 7, 7, 7, 7, 0, peer_last, NULL, NULL},
			{"network", N_("Network"), VIEW_TEXT, 12, 20, 40, 16, 0, NULL, peer_network, NULL},
			{"tags", N_("Tags"), VIEW_TEXT, 6, 12, 24, 9, 0, NULL, peer_tags, NULL},
		},
		.has_tag = peer_has_tag,
		.flags = peer_flag_table,
		.flag_count = COUNT_OF(peer_flag_table),
		.sort = 7,
		.tie = 9,
		.collect = collect_peers,
		.live = peer_live,
	},
	[VIEW_CLIENTS] = {
		.noun = "clients",
		.column_count = 9,
		.columns = {
			{"client", N_("Client"), VIEW_TEXT, 18, 24, 40, 0, 0, NULL, group_name, NULL},
			{"versions", N_("versions"), VIEW_COUNT, 9, 9, 9, 6, 0, group_members, NULL, NULL},
			{"connections", N_("now"), VIEW_COUNT, 5, 6, 8, 0, 0, group_now, NULL, NULL},
			{"addresses", N_("addresses"), VIEW_COUNT, 10, 10, 10, 5, 0, group_addresses, NULL, NULL},
			{"sightings", N_("seen"), VIEW_COUNT, 6, 9, 11, 1, 0, group_seen, NULL, NULL},
			{"rate-up", "↑/s", VIEW_RATE_UP, 7, 8, 9, 2, 0, group_up, NULL, NULL},
			{"rate-down", "↓/s", VIEW_RATE_DOWN, 7, 8, 9, 3, 0, group_down, NULL, NULL},
			{"share", N_("share"), VIEW_SHARE, 7, 18, 48, 7, 0, group_share, NULL, NULL},
			{"all-sightings", N_("all seen"), VIEW_COUNT, 9, 11, 13, 4, 0, group_all_seen, NULL, NULL},
		},
		.all_time = 1 << 8,
		.sort = 2,
		.tie = 4,
		.collect = collect_families,
		.live = group_live,
	},
	[VIEW_VERSIONS] = {
		.noun = "versions",
		.column_count = 7,
		.columns = {
			{"client", N_("Client"), VIEW_TEXT, 20, 28, 64, 0, 0, NULL, version_name, NULL},
			{"connections", N_("now"), VIEW_COUNT, 5, 6, 8, 0, 0, version_now, NULL, NULL},
			{"addresses", N_("addresses"), VIEW_COUNT, 10, 10, 10, 4, 0, version_addresses, NULL, NULL},
			{"sightings", N_("seen"), VIEW_COUNT, 6, 9, 11, 1, 0, version_seen, NULL, NULL},
			{"rate-up", "↑/s", VIEW_RATE_UP, 7, 8, 9, 2, 0, version_up, NULL, NULL},
			{"rate-down", "↓/s", VIEW_RATE_DOWN, 7, 8, 9, 3, 0, version_down, NULL, NULL},
			{"share", N_("share"), VIEW_SHARE, 7, 18, 48, 6, 0, version_share, NULL, NULL},
		},
		.sort = 1,
		.tie = 3,
		.collect = collect_versions,
		.live = version_live,
	},
	[VIEW_TORRENTS] = {
		.noun = "torrents",
		.column_count = 8,
		.columns = {
			{"name", N_("Torrent"), VIEW_TEXT, 28, 40, 120, 0, 0, NULL, torrent_name, NULL},
			{"peers", N_("peers"), VIEW_COUNT, 6, 6, 8, 0, 0, torrent_now, NULL, NULL},
			{"countries", N_("countries"), VIEW_COUNT, 10, 10, 10, 4, 0, torrent_countries, NULL, NULL},
			{"rate-up", "↑/s", VIEW_RATE_UP, 7, 8, 9, 1, 0, torrent_up, NULL, NULL},
			{"rate-down", "↓/s", VIEW_RATE_DOWN, 7, 8, 9, 2, 0, torrent_down, NULL, NULL},
			{"sightings", N_("seen"), VIEW_COUNT, 6, 9, 11, 3, 0, torrent_seen, NULL, NULL},
			{"first-seen", N_("first"), VIEW_TIME, 6, 6, 6, 6, 0, torrent_first, NULL, NULL},
			{"last-seen", N_("last"), VIEW_AGE, 7, 7, 7, 5, 0, torrent_last, NULL, NULL},
		},
		.sort = 1,
		.tie = 5,
		.collect = collect_torrents,
		.live = torrent_live,
	},
	[VIEW_CITIES] = {
		.noun = "cities",
		.column_count = 7,
		.columns = {
			{"city", N_("City"), VIEW_TEXT, 14, 24, 40, 0, 0, NULL, group_name, NULL},
			{"addresses", N_("now"), VIEW_COUNT, 5, 6, 8, 0, 0, group_addresses, NULL, NULL},
			{"remembered", N_("known"), VIEW_COUNT, 6, 7, 9, 4, 0, group_members, NULL, NULL},
			{"sightings", N_("seen"), VIEW_COUNT, 6, 9, 11, 1, 0, group_seen, NULL, NULL},
			{"rate-up", "↑/s", VIEW_RATE_UP, 7, 8, 9, 2, 0, group_up, NULL, NULL},
			{"rate-down", "↓/s", VIEW_RATE_DOWN, 7, 8, 9, 3, 0, group_down, NULL, NULL},
			{"share", N_("share"), VIEW_SHARE, 7, 18, 48, 5, 0, city_share, NULL, NULL},
		},
		.sort = 1,
		.tie = 3,
		.collect = collect_cities,
		.live = city_live,
	},
	[VIEW_NETWORKS] = {
		.noun = "networks",
		.column_count = 10,
		.columns = {
			{"name", N_("Network"), VIEW_TEXT, 20, 30, 60, 0, 0, NULL, view_network_name, NULL},
			{"asn", N_("number"), VIEW_TEXT, 8, 10, 12, 4, 0, NULL, view_network_number, NULL},
			{"kind", N_("kind"), VIEW_TEXT, 11, 11, 11, 5, 0, NULL, view_network_kind, NULL},
			{"connections", N_("now"), VIEW_COUNT, 5, 6, 8, 0, 0, group_now, NULL, NULL},
			{"addresses", N_("addresses"), VIEW_COUNT, 10, 10, 10, 7, 0, group_addresses, NULL, NULL},
			{"remembered", N_("known"), VIEW_COUNT, 6, 7, 9, 6, 0, group_members, NULL, NULL},
			{"sightings", N_("seen"), VIEW_COUNT, 6, 9, 11, 1, 0, group_seen, NULL, NULL},
			{"rate-up", "↑/s", VIEW_RATE_UP, 7, 8, 9, 2, 0, group_up, NULL, NULL},
			{"rate-down", "↓/s", VIEW_RATE_DOWN, 7, 8, 9, 3, 0, group_down, NULL, NULL},
			{"share", N_("share"), VIEW_SHARE, 7, 18, 48, 8, 0, group_share, NULL, NULL},
		},
		.sort = 3,
		.tie = 6,
		.collect = view_networks_collect,
		.live = group_live,
	},
};

const struct view_table *view_table(enum view_kind kind)
{
	return &all_tables[kind];
}
