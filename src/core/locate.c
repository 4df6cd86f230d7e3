/* Keeps what the geo databases said, once per record. It does not know which files there are, nor how one is built. */
#include "core/locate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/xmalloc.h"
#include "core/locate_files.h"

/* Which record of which file; file 0 is no file: a place that is only a country, `record` its number. */
struct origin {
	uint32_t file, record;
};

struct known_place {
	struct origin origin;
	struct place place;
};

struct known_network {
	struct origin origin;
	struct network network;
};

struct locate {
	struct locate_files files;
	struct known_place *places;
	uint32_t place_count, place_room;
	struct map place_index;
	struct known_network *networks;
	uint32_t network_count, network_room;
	struct map network_index;
	char credit[LOCATE_CREDIT];
};

/* --- Known places and networks --- */

/* Makes room for one more element; a power of two times the first room. */
static void *make_room(void *array, uint32_t count, uint32_t *room, size_t size)
{
	if (count < *room)
		return array;
	*room = *room ? *room * 2 : 256;
	return xreallocarray(array, *room, size);
}

static uint32_t add_place(struct locate *l, struct origin origin, const struct place *place, uint32_t hash)
{
	l->places = make_room(l->places, l->place_count, &l->place_room, sizeof(*l->places));
	l->places[l->place_count] = (struct known_place){origin, *place};
	map_add(&l->place_index, hash, l->place_count);
	return l->place_count++;
}

/* The place that is only a country. */
static uint32_t country_place(struct locate *l, country_t country)
{
	struct origin origin = {0, country};
	uint32_t hash = map_hash(&l->place_index, &origin);
	uint32_t id = map_find(&l->place_index, l->places, &origin, hash);
	struct place place = {.country = country};

	if (id != MAP_NONE)
		return id;
	country_centroid(country, &place.latitude, &place.longitude);
	return add_place(l, origin, &place, hash);
}

/* A record that cannot be read is an unknown place, remembered like any other. */
static uint32_t record_place(struct locate *l, const struct geo *geo, struct origin origin)
{
	uint32_t hash = map_hash(&l->place_index, &origin);
	uint32_t id = map_find(&l->place_index, l->places, &origin, hash);
	struct geo_record record = {0};
	struct place place = {0};

	if (id != MAP_NONE)
		return id;
	(void)geo_read(geo, origin.record, &record);
	place.country = country_by_code(record.country, strlen(record.country));
	if (l->place_count >= LOCATE_PLACES)
		return country_place(l, place.country);
	country_centroid(place.country, &place.latitude, &place.longitude);
	if (record.located) {
		place.latitude = record.latitude;
		place.longitude = record.longitude;
	}
	if (record.city[0])
		place.city = xstrdup(record.city);
	return add_place(l, origin, &place, hash);
}

static uint32_t record_network(struct locate *l, const struct geo *geo, struct origin origin)
{
	uint32_t hash = map_hash(&l->network_index, &origin);
	uint32_t id = map_find(&l->network_index, l->networks, &origin, hash);
	struct geo_record record = {0};

	if (id != MAP_NONE)
		return id;
	if (l->network_count >= LOCATE_PLACES || geo_read(geo, origin.record, &record) < 0 || record.asn == 0)
		return NETWORK_UNKNOWN;
	l->networks = make_room(l->networks, l->network_count, &l->network_room, sizeof(*l->networks));
	l->networks[l->network_count] = (struct known_network){origin, {record.asn, xstrdup(record.as_name)}};
	map_add(&l->network_index, hash, l->network_count);
	return l->network_count++;
}

static bool has_country(const struct geo_info *info)
{
	return info->has_country;
}

static bool has_network(const struct geo_info *info)
{
	return info->has_asn;
}

/* The next file of a kind that knows the address; origin->file says which, and which one was before it, 0 = none. */
static const struct geo *next_answer(const struct locate *l, const struct ip *at, bool (*kind)(const struct geo_info *),
				     struct origin *origin)
{
	int family = !ip_is4(at);

	while (origin->file < l->files.count) {
		const struct geo *geo = l->files.geo[origin->file++];

		if (kind(geo_info(geo)) && locate_answers(geo_info(geo), family) &&
		    geo_find(geo, at, &origin->record) >= 0)
			return geo;
	}
	return NULL;
}

uint32_t locate_place(struct locate *l, const struct ip *ip)
{
	struct origin origin = {.file = 0};
	uint32_t id, first = PLACE_UNKNOWN;
	const struct geo *geo;
	struct ip at;

	if (ip_kind(ip) != IP_GLOBAL)
		return PLACE_LOCAL;
	at = ip_located(ip);
	while ((geo = next_answer(l, &at, has_country, &origin))) {
		id = record_place(l, geo, origin);
		if (l->places[id].place.country != COUNTRY_UNKNOWN)
			return id;
		if (first == PLACE_UNKNOWN)
			first = id;
	}
	return first;
}

static bool has_networks(const struct locate *l)
{
	for (size_t i = 0; i < l->files.count; i++)
		if (has_network(geo_info(l->files.geo[i])))
			return true;
	return false;
}

uint32_t locate_network(struct locate *l, const struct ip *ip)
{
	struct origin origin = {.file = 0};
	uint32_t id = NETWORK_UNKNOWN;
	const struct geo *geo;
	struct ip at;

	if (!has_networks(l) || ip_kind(ip) != IP_GLOBAL)
		return NETWORK_UNKNOWN;
	at = ip_located(ip);
	while (id == NETWORK_UNKNOWN && (geo = next_answer(l, &at, has_network, &origin)))
		id = record_network(l, geo, origin);
	return id;
}

const struct place *locate_get(const struct locate *l, uint32_t id)
{
	return &l->places[id].place;
}

const struct network *locate_network_get(const struct locate *l, uint32_t id)
{
	return &l->networks[id].network;
}

uint32_t locate_count(const struct locate *l)
{
	return l->place_count;
}

static void drop_known(struct locate *l)
{
	while (l->place_count > 0)
		free(l->places[--l->place_count].place.city);
	while (l->network_count > 1)
		free(l->networks[--l->network_count].network.name);
	map_clear(&l->place_index);
	map_clear(&l->network_index);
}

void locate_forget(struct locate *l)
{
	drop_known(l);
	(void)country_place(l, COUNTRY_UNKNOWN);
	(void)country_place(l, COUNTRY_LOCAL);
}

/* --- Life --- */

struct locate *locate_new(void)
{
	static char no_name[] = "";
	struct locate *l = xcalloc(1, sizeof(*l));

	map_init(&l->place_index, sizeof(struct known_place), offsetof(struct known_place, origin),
		 sizeof(struct origin));
	map_init(&l->network_index, sizeof(struct known_network), offsetof(struct known_network, origin),
		 sizeof(struct origin));
	l->networks = make_room(NULL, 0, &l->network_room, sizeof(*l->networks));
	l->networks[l->network_count++] = (struct known_network){.network = {0, no_name}};
	locate_forget(l);
	return l;
}

void locate_free(struct locate *l)
{
	if (!l)
		return;
	drop_known(l);
	locate_files_close(&l->files);
	map_done(&l->place_index);
	map_done(&l->network_index);
	free(l->places);
	free(l->networks);
	free(l);
}

int locate_open(struct locate *l, const struct locate_ask *ask, struct err *err)
{
	struct locate_files files = {.count = 0};
	int rc = locate_files_find(ask, &files, err);

	if (rc == 0 && files.count == 0 && l->files.count > 0)
		rc = err_set(err, -ENOENT, "no geo database found any more; going on with the one that is open");
	if (rc) {
		locate_files_close(&files);
		return rc;
	}
	locate_files_close(&l->files);
	l->files = files;
	locate_forget(l);
	locate_files_credit(&l->files, l->credit);
	locate_files_note(&l->files, ask);
	return 0;
}

const struct geo_info *locate_file(const struct locate *l, size_t i)
{
	return i < l->files.count ? geo_info(l->files.geo[i]) : NULL;
}

const char *locate_credit(const struct locate *l)
{
	return l->credit;
}
