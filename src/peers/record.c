/* What JSON and CSV say of a country and of a peer. It does not know how they write it. */
#include "peers/record.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "peers/view_table.h"

void record_get(const struct record_field *field, const struct scene *scene, uint32_t row, struct record_value *value)
{
	value->kind = RECORD_NULL;
	field->get(scene, row, value);
}

static void set_text(struct record_value *v, const char *text)
{
	v->kind = RECORD_TEXT;
	v->text = text;
}

static void set_int(struct record_value *v, uint64_t number)
{
	v->kind = RECORD_INT;
	v->number = number > INT64_MAX ? INT64_MAX : (int64_t)number;
}

static void set_time(struct record_value *v, uint32_t wall)
{
	v->kind = RECORD_TIME;
	v->number = wall;
}

/* ---- countries ---- */

static void c_code(const struct scene *s, uint32_t row, struct record_value *v)
{
	(void)s;
	set_text(v, country_code((country_t)row));
}

static void c_name(const struct scene *s, uint32_t row, struct record_value *v)
{
	(void)s;
	set_text(v, country_name((country_t)row));
}

static void c_sightings(const struct scene *s, uint32_t row, struct record_value *v)
{
	set_int(v, s->fold->countries[row].sightings);
}

static void c_unique(const struct scene *s, uint32_t row, struct record_value *v)
{
	set_int(v, fold_unique(s->fold, (country_t)row));
}

static void c_connections(const struct scene *s, uint32_t row, struct record_value *v)
{
	set_int(v, s->fold->countries[row].now.connections);
}

static void c_addresses(const struct scene *s, uint32_t row, struct record_value *v)
{
	set_int(v, s->fold->countries[row].now.addresses);
}

static void c_rate_up(const struct scene *s, uint32_t row, struct record_value *v)
{
	set_int(v, s->fold->countries[row].now.rate_up);
}

static void c_rate_down(const struct scene *s, uint32_t row, struct record_value *v)
{
	set_int(v, s->fold->countries[row].now.rate_down);
}

const struct record_field record_country_fields[] = {
	{"code", c_code},
	{"name", c_name},
	{"sightings", c_sightings},
	{"unique", c_unique},
	{"connections", c_connections},
	{"addresses", c_addresses},
	{"rate_up", c_rate_up},
	{"rate_down", c_rate_down},
	{NULL, NULL},
};

/* ---- peers ---- */

static const struct address *peer(const struct scene *s, uint32_t row)
{
	return &s->fold->addresses[row];
}

static const struct place *place_of(const struct scene *s, uint32_t row)
{
	return s->locate ? locate_get(s->locate, peer(s, row)->place) : NULL;
}

static const struct network *network_of(const struct scene *s, uint32_t row)
{
	const struct address *a = peer(s, row);

	return s->locate && a->network != NETWORK_UNKNOWN ? locate_network_get(s->locate, a->network) : NULL;
}

static void p_address(const struct scene *s, uint32_t row, struct record_value *v)
{
	ip_format(&peer(s, row)->ip, v->scratch);
	set_text(v, v->scratch);
}

static void p_country(const struct scene *s, uint32_t row, struct record_value *v)
{
	set_text(v, country_code(peer(s, row)->country));
}

static void p_city(const struct scene *s, uint32_t row, struct record_value *v)
{
	const struct place *place = place_of(s, row);

	if (place && place->city)
		set_text(v, place->city);
}

static void set_degrees(const struct scene *s, uint32_t row, bool north, struct record_value *v)
{
	const struct place *place = place_of(s, row);

	if (!place || peer(s, row)->country < COUNTRY_FIRST)
		return;
	v->kind = RECORD_DOUBLE;
	v->real = north ? place->latitude : place->longitude;
}

static void p_latitude(const struct scene *s, uint32_t row, struct record_value *v)
{
	set_degrees(s, row, true, v);
}

static void p_longitude(const struct scene *s, uint32_t row, struct record_value *v)
{
	set_degrees(s, row, false, v);
}

static void p_sightings(const struct scene *s, uint32_t row, struct record_value *v)
{
	set_int(v, peer(s, row)->sightings);
}

/* Who has gone sends nothing, whatever the latest sighting said. */
static uint64_t now_only(const struct scene *s, uint32_t row, uint64_t value)
{
	return fold_connected(s->fold, peer(s, row)) ? value : 0;
}

static void p_first_seen(const struct scene *s, uint32_t row, struct record_value *v)
{
	set_time(v, peer(s, row)->first_seen);
}

static void p_last_seen(const struct scene *s, uint32_t row, struct record_value *v)
{
	set_time(v, peer(s, row)->last_seen);
}

static void p_connected(const struct scene *s, uint32_t row, struct record_value *v)
{
	v->kind = RECORD_BOOL;
	v->number = fold_connected(s->fold, peer(s, row));
}

static void p_torrents(const struct scene *s, uint32_t row, struct record_value *v)
{
	set_int(v, peer(s, row)->torrents);
}

static void p_client(const struct scene *s, uint32_t row, struct record_value *v)
{
	if (peer(s, row)->client != CLIENT_NONE)
		set_text(v, clients_get(s->clients, peer(s, row)->client)->name);
}

static void p_rate_up(const struct scene *s, uint32_t row, struct record_value *v)
{
	set_int(v, now_only(s, row, peer(s, row)->rate_up));
}

static void p_rate_down(const struct scene *s, uint32_t row, struct record_value *v)
{
	set_int(v, now_only(s, row, peer(s, row)->rate_down));
}

static void p_bytes_up(const struct scene *s, uint32_t row, struct record_value *v)
{
	set_int(v, peer(s, row)->bytes_up);
}

static void p_bytes_down(const struct scene *s, uint32_t row, struct record_value *v)
{
	set_int(v, peer(s, row)->bytes_down);
}

static void p_progress(const struct scene *s, uint32_t row, struct record_value *v)
{
	v->kind = RECORD_DOUBLE;
	v->real = peer(s, row)->progress / 1000.0;
}

static void p_flags(const struct scene *s, uint32_t row, struct record_value *v)
{
	view_flags(peer(s, row)->flags, v->scratch);
	set_text(v, v->scratch);
}

static void p_asn(const struct scene *s, uint32_t row, struct record_value *v)
{
	const struct network *network = network_of(s, row);

	if (network)
		set_int(v, network->asn);
}

static void p_network(const struct scene *s, uint32_t row, struct record_value *v)
{
	const struct network *network = network_of(s, row);

	if (network)
		set_text(v, network->name);
}

static void p_tags(const struct scene *s, uint32_t row, struct record_value *v)
{
	netlists_tags_text(s->lists, peer(s, row)->tags, v->scratch, sizeof(v->scratch));
	if (*v->scratch)
		set_text(v, v->scratch);
}

const struct record_field record_peer_fields[] = {
	{"address", p_address},
	{"country", p_country},
	{"city", p_city},
	{"latitude", p_latitude},
	{"longitude", p_longitude},
	{"sightings", p_sightings},
	{"first_seen", p_first_seen},
	{"last_seen", p_last_seen},
	{"connected", p_connected},
	{"torrents", p_torrents},
	{"client", p_client},
	{"rate_up", p_rate_up},
	{"rate_down", p_rate_down},
	{"estimated_bytes_up", p_bytes_up},
	{"estimated_bytes_down", p_bytes_down},
	{"progress", p_progress},
	{"flags", p_flags},
	{"asn", p_asn},
	{"network", p_network},
	{"tags", p_tags},
	{NULL, NULL},
};

/* ---- rows ---- */

static int by_sightings(const void *a, const void *b, void *countries)
{
	const struct fold_country *table = countries;
	const uint32_t *x = a, *y = b;

	if (table[*x].sightings != table[*y].sightings)
		return table[*x].sightings > table[*y].sightings ? -1 : 1;
	return strcmp(country_code((country_t)*x), country_code((country_t)*y));
}

uint32_t record_countries(const struct scene *scene, uint32_t rows[COUNTRY_MAX])
{
	uint32_t count = 0;

	for (country_t c = 0; c < country_count(); c++)
		if (scene->fold->countries[c].sightings)
			rows[count++] = c;
	qsort_r(rows, count, sizeof(*rows), by_sightings, (void *)(uintptr_t)scene->fold->countries);
	return count;
}

void record_peers(struct view *view, const struct scene *scene)
{
	view_init(view, VIEW_PEERS);
	view_sort(view, view_column(view, "sightings"), false);
	view_update(view, scene);
}

int64_t record_wall(const struct scene *scene)
{
	return scene->now.wall;
}
