/* A catalog to write in and to look into, for the tests of all that have to do with it. After scratch.h and tap.h. */
#ifndef CATALOGUED_H
#define CATALOGUED_H

#include <stdlib.h>

#include "base/str.h"
#include "swarm/catalog_private.h"

enum {
	MINUTE = 60,
	HOUR = 60 * MINUTE,
	DAY = 24 * HOUR,
	START = 1700006400, /* a midnight (UTC) */
};

static struct err err;

static inline void catalogued_must(int64_t code, const char *what)
{
	if (code >= 0)
		return;
	printf("Bail out! %s: %lld %s\n", what, (long long)code, err.msg);
	exit(1);
}

/* A catalog that must open. */
static inline struct catalog *catalogued(const char *path, enum catalog_mode mode)
{
	struct catalog *c = NULL;

	catalogued_must(catalog_open(path, mode, &c, &err), path);
	return c;
}

static inline void flushed(struct catalog *c)
{
	catalogued_must(catalog_flush(c, &err), "flush");
}

static inline int64_t collection(struct catalog *c, const char *name)
{
	int64_t id = catalog_collection(c, name, NULL, "http://example.org/", &err);

	catalogued_must(id, name);
	return id;
}

/* The info-hash of the n-th torrent of a test. */
static inline void hash_of(unsigned n, uint8_t hash[INFO_HASH])
{
	memset(hash, 0x40, INFO_HASH);
	for (int i = 0; i < 4; i++)
		hash[i] = (uint8_t)(n >> (24 - 8 * i));
}

/* The n-th torrent as a list has it: a hash and a name. */
static inline struct catalog_torrent listed(unsigned n, const char *name)
{
	struct catalog_torrent t = {.has_v1 = true, .name = name};

	hash_of(n, t.hash);
	return t;
}

static inline void put_at(struct catalog *c, int64_t in, const struct catalog_torrent *t, const char *link,
			  int64_t seen)
{
	struct catalog_place place = {.collection = in, .link = link, .seen = seen};

	catalog_put_torrent(c, t, &place);
}

/* ---- what is read ---- */

/* The parts of a row that a test asks for. */
struct seen_row {
	int count;
	struct catalog_row row; /* of the last; its texts below */
	char name[256], comment[256], link[256], magnet[256], file[64], type[64], collection[64], collections[256];
	char tracker[256], countries[256], link_collection[64], path[256];
	struct catalog_point points[512];
	char order[1024]; /* names, comma separated */
};

static inline int see_row(void *context, const struct catalog_row *row)
{
	struct seen_row *s = context;
	size_t len = strlen(s->order);

	s->count++;
	s->row = *row;
	str_copy(s->name, sizeof(s->name), row->torrent.name);
	str_copy(s->comment, sizeof(s->comment), row->torrent.comment);
	str_copy(s->link, sizeof(s->link), row->link);
	str_copy(s->link_collection, sizeof(s->link_collection), row->link_collection);
	str_copy(s->path, sizeof(s->path), row->path);
	str_copy(s->magnet, sizeof(s->magnet), row->magnet);
	str_copy(s->file, sizeof(s->file), row->file);
	str_copy(s->type, sizeof(s->type), row->type);
	str_copy(s->collection, sizeof(s->collection), row->collection);
	str_copy(s->collections, sizeof(s->collections), row->collections);
	str_copy(s->tracker, sizeof(s->tracker), row->tracker);
	s->countries[0] = '\0';
	if (row->latest[CATALOG_DHT].countries)
		str_copy(s->countries, sizeof(s->countries), row->latest[CATALOG_DHT].countries);
	for (size_t i = 0; i < row->point_count && i < 512; i++)
		s->points[i] = row->points[i];
	snprintf(s->order + len, sizeof(s->order) - len, "%s%s", len ? "," : "", row->torrent.name);
	return 0;
}

/* The row of the n-th torrent; count is 0 if there is none. */
static inline void look_at(struct catalog *c, unsigned n, struct seen_row *seen)
{
	uint8_t hash[INFO_HASH];

	hash_of(n, hash);
	memset(seen, 0, sizeof(*seen));
	catalogued_must(catalog_row(c, hash, see_row, seen, &err), "row");
}

/* The names of all, in the order of the rows. */
static inline void look_at_all(struct catalog *c, const char *const *collections, struct seen_row *seen)
{
	memset(seen, 0, sizeof(*seen));
	catalogued_must(catalog_rows(c, collections, see_row, seen, &err), "rows");
}

/* The id of the n-th torrent, 0 = none. */
static inline int64_t id_of(struct catalog *c, unsigned n)
{
	struct seen_row *seen = malloc(sizeof(*seen));
	int64_t id = 0;

	if (seen) {
		look_at(c, n, seen);
		id = seen->row.id;
	}
	free(seen);
	return id;
}

/* ---- what was measured ---- */

static inline int64_t number(struct catalog *c, const char *sql)
{
	int64_t n = -2;

	catalogued_must(store_get(c->store, sql, NULL, 0, catalog_take_number, &n, &err), sql);
	return n;
}

/* A catalog with torrents 1 to `count`, whose ids are the same, in one collection. */
static inline struct catalog *filled(const char *path, unsigned count)
{
	struct catalog *c = catalogued(path, CATALOG_WRITE);
	int64_t in = collection(c, "books");
	char name[32];

	for (unsigned i = 1; i <= count; i++) {
		struct catalog_torrent t = listed(i, name);

		snprintf(name, sizeof(name), "r_%06u", i);
		put_at(c, in, &t, "", START);
	}
	flushed(c);
	return c;
}

static inline void put_counts(struct catalog *c, int64_t torrent, int64_t at, int32_t seeders, int32_t leechers)
{
	struct catalog_sample s = {
		.torrent = torrent,
		.at = at,
		.kind = CATALOG_TRACKER,
		.seeders = seeders,
		.leechers = leechers,
		.completed = CATALOG_UNKNOWN,
		.peers = CATALOG_UNKNOWN,
	};

	catalog_put_sample(c, &s);
}

static inline void put_lookup(struct catalog *c, int64_t torrent, int64_t at, enum catalog_outcome outcome,
			      int32_t peers)
{
	struct catalog_sample s = {
		.torrent = torrent,
		.at = at,
		.kind = CATALOG_DHT,
		.seeders = CATALOG_UNKNOWN,
		.leechers = CATALOG_UNKNOWN,
		.completed = CATALOG_UNKNOWN,
		.peers = peers,
		.outcome = outcome,
		.asked = 12,
		.answered = 8,
		.countries = outcome == CATALOG_FOUND ? "DE 2,?? 1" : NULL,
	};

	catalog_put_sample(c, &s);
}

/* "from-to kind seeders/leechers/peers; ...", times since START in minutes. */
static inline const char *points_are(const struct seen_row *seen)
{
	static char text[1024];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < seen->row.point_count && len < sizeof(text); i++) {
		const struct catalog_point *p = &seen->points[i];

		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%lld-%lld %d %d/%d/%d", i ? "; " : "",
					(long long)(p->from - START) / MINUTE, (long long)(p->to - START) / MINUTE,
					p->kind, p->seeders, p->leechers, p->peers);
	}
	return text;
}

#endif
