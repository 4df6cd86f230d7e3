/* Peers: their columns, their flags, and which of them are shown. It does not know how rows are sorted, nor how they
 * are drawn. */
#include "peers/view_columns.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/words.h"
#include "peers/view_networks.h"
#include "peers/view_table.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

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

static const struct address *peer(const struct view *v, uint32_t row)
{
	return &view_fold(v)->addresses[row];
}

static bool peer_live(const struct view *v, uint32_t row)
{
	return fold_connected(view_fold(v), peer(v, row));
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

static const char *peer_city(const struct view *v, uint32_t row, char scratch[VIEW_CELL])
{
	(void)scratch;
	return view_city_of(v, peer(v, row));
}

static const struct network *network_of(const struct view *v, uint32_t row)
{
	return v->scene->locate ? locate_network_get(v->scene->locate, peer(v, row)->network) : NULL;
}

static uint64_t peer_asn(const struct view *v, uint32_t row)
{
	const struct network *n = network_of(v, row);

	return n ? n->asn : 0;
}

static const char *peer_network(const struct view *v, uint32_t row, char scratch[VIEW_CELL])
{
	const struct network *n = network_of(v, row);

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

static const char *peer_client(const struct view *v, uint32_t row, char scratch[VIEW_CELL])
{
	uint32_t number = peer(v, row)->client;
	const struct client *c = view_client_at(v, number);

	(void)scratch;
	return view_client_title(v, number, c ? c->name : "Unknown");
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
	const struct fold *f = view_fold(v);

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
	const struct fold *f = view_fold(v);

	if (v->scope_kind == VIEW_OF_TORRENT) {
		collect_torrent_peers(v);
		return;
	}
	for (uint32_t i = 0; i < f->address_top; i++) {
		if (f->addresses[i].first_seen && peer_in_scope(v, &f->addresses[i]))
			view_row_add(v, i);
	}
}

const struct view_table view_of_peers = {
	.noun = "peers",
	.column_count = 17,
	.columns = {
		{"address", N_("Address"), VIEW_TEXT, 15, 23, 39, 0, 0, peer_ip_key, peer_address, peer_hidden, false},
		{"country", "", VIEW_TEXT, 2, 2, 2, 2, 2, NULL, peer_country, NULL, false},
		{"country-name", N_("Country"), VIEW_TEXT, 11, 14, 20, 10, 0, NULL, peer_country_name, NULL, false},
		{"city", N_("City"), VIEW_TEXT, 11, 14, 22, 11, 0, NULL, peer_city, NULL, false},
		{"client", N_("Client"), VIEW_TEXT, 20, 24, 34, 3, 0, NULL, peer_client, NULL, false},
		{"flags", N_("Flags"), VIEW_TEXT, 6, 7, 9, 5, 0, NULL, peer_flags, NULL, false},
		{"progress", N_("done"), VIEW_PERCENT, 5, 5, 5, 6, 0, peer_progress, NULL, NULL, false},
		{"rate-up", "↑/s", VIEW_RATE_UP, 7, 7, 8, 1, 0, peer_rate_up, NULL, NULL, false},
		{"rate-down", "↓/s", VIEW_RATE_DOWN, 7, 7, 8, 4, 0, peer_rate_down, NULL, NULL, false},
		{"sightings", N_("seen"), VIEW_COUNT, 6, 6, 8, 8, 0, peer_sightings, NULL, NULL, false},
		{"torrents", N_("torrents"), VIEW_COUNT, 9, 9, 9, 12, 0, peer_torrents, NULL, NULL, false},
		{"bytes-up", N_("est. ↑"), VIEW_BYTES, 7, 7, 8, 13, 0, peer_bytes_up, NULL, NULL, false},
		{"bytes-down", N_("est. ↓"), VIEW_BYTES, 7, 7, 8, 14, 0, peer_bytes_down, NULL, NULL, false},
		{"first-seen", N_("first"), VIEW_TIME, 6, 6, 6, 15, 0, peer_first, NULL, NULL, false},
		{"last-seen", N_("last"), VIEW_AGE, 7, 7, 7, 7, 0, peer_last, NULL, NULL, false},
		{"network", N_("Network"), VIEW_TEXT, 12, 20, 40, 16, 0, peer_asn, peer_network, NULL, false},
		{"tags", N_("Tags"), VIEW_TEXT, 6, 12, 24, 9, 0, NULL, peer_tags, NULL, false},
	},
	.has_tag = peer_has_tag,
	.flags = peer_flag_table,
	.flag_count = COUNT_OF(peer_flag_table),
	.sort = 7,
	.tie = 9,
	.collect = collect_peers,
	.live = peer_live,
};
