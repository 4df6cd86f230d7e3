/* Torrents with all that is known of them, one at a time, for reports. It does not know what is shown of it. */
#include "swarm/catalog_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "base/xmalloc.h"

enum {
	FIRST_ROOM = 64,
	PLACES = 32, /* of a torrent, that are told */
};

/* One that is wanted or not; sorted by name. */
struct collection {
	int64_t id;
	char *name, *type; /* owned */
	bool chosen;
};

/* Of what a place has: which of two is to be shown. */
struct rank {
	size_t at; /* position of its collection; before there is one: their count */
	bool gone;
	int worth; /* 0 nothing, 1 something, 2 a link into the web */
};

struct rows {
	struct catalog *c;
	int (*take)(void *context, const struct catalog_row *row);
	void *context;
	struct err *err;
	char *chosen; /* ids of collections */
	struct catalog_history history;

	struct collection *collections;
	size_t collection_count, collection_room;

	int64_t *ids;
	size_t count, room;

	/* Of the row that is being made. */
	bool found;
	size_t in[PLACES], in_count;
	struct rank first, link_from, path_from, magnet_from, file_from;
	char link[CATALOG_MAX_URL + 1], path[CATALOG_MAX_URL + 1], magnet[CATALOG_MAX_MAGNET + 1],
		file[CATALOG_MAX_SHORT + 1], type[CATALOG_MAX_SHORT + 1], names[PLACES * (CATALOG_MAX_SHORT + 1)];
	char tracker[CATALOG_MAX_URL + 1], countries[CATALOG_COUNTRIES + 1];
	int64_t since[CATALOG_KINDS]; /* of the latest values */
};

/* ---- the latest values ---- */

struct latest {
	struct rows *r;
	struct catalog_row *row;
};

static int take_latest(void *context, const struct store_value *columns, size_t count)
{
	const struct latest *l = context;
	int kind = (int)(columns[0].number & 3);
	struct catalog_sample *s;

	(void)count;
	if (kind >= CATALOG_KINDS)
		return 0;
	s = &l->row->latest[kind];
	l->r->since[kind] = columns[1].number;
	s->at = columns[2].number;
	l->row->tried[kind] = columns[3].number;
	s->seeders = catalog_column_count(&columns[4]);
	s->leechers = catalog_column_count(&columns[5]);
	s->peers = catalog_column_count(&columns[6]);
	s->completed = catalog_column_count(&columns[7]);
	s->tracker = catalog_column(&columns[8], 0);
	s->outcome = (enum catalog_outcome)catalog_column(&columns[9], CATALOG_FOUND);
	s->asked = (uint16_t)catalog_column(&columns[10], 0);
	s->answered = (uint16_t)catalog_column(&columns[11], 0);
	if (columns[12].type == STORE_TEXT) {
		catalog_column_copy(&columns[12], l->r->countries, sizeof(l->r->countries));
		s->countries = l->r->countries;
	}
	if (kind == CATALOG_TRACKER)
		catalog_column_copy(&columns[13], l->r->tracker, sizeof(l->r->tracker));
	return 0;
}

static int read_latest(struct rows *r, struct catalog_row *row)
{
	static const char get[] =
		"SELECT l.series, l.since, l.at, l.tried, l.seeders, l.leechers, l.peers, l.completed, l.tracker, "
		"l.outcome,"
		" l.asked, l.answered, l.countries, t.url FROM latest l LEFT JOIN trackers t ON t.id = l.tracker "
		"WHERE l.series BETWEEN ?1 AND ?2";
	struct latest l = {r, row};

	for (int kind = 0; kind < CATALOG_KINDS; kind++)
		row->latest[kind] = (struct catalog_sample){
			.torrent = row->id,
			.kind = (enum catalog_kind)kind,
			.seeders = CATALOG_UNKNOWN,
			.leechers = CATALOG_UNKNOWN,
			.completed = CATALOG_UNKNOWN,
			.peers = CATALOG_UNKNOWN,
		};
	r->tracker[0] = '\0';
	row->tracker = r->tracker;
	return CATALOG_GET(r->c, get, take_latest, &l, r->err, STORE_INT_OF(row->id * 4),
			   STORE_INT_OF(row->id * 4 + 3));
}

/* ---- places ---- */

static size_t collection_at(const struct rows *r, int64_t id)
{
	size_t i = 0;

	while (i < r->collection_count && r->collections[i].id != id)
		i++;
	return i;
}

/* One that is there, in a collection that is wanted, that is worth most, by the names. */
static bool comes_first(const struct rows *r, struct rank now, struct rank before)
{
	if (before.at == r->collection_count)
		return true;
	if (now.gone != before.gone)
		return before.gone;
	if (r->collections[now.at].chosen != r->collections[before.at].chosen)
		return r->collections[now.at].chosen;
	if (now.worth != before.worth)
		return now.worth > before.worth;
	return now.at < before.at;
}

/* Sorted, each once. */
static void add_collection(struct rows *r, size_t at)
{
	size_t i = 0;

	while (i < r->in_count && r->in[i] < at)
		i++;
	if (r->in_count == PLACES || (i < r->in_count && r->in[i] == at))
		return;
	memmove(&r->in[i + 1], &r->in[i], (r->in_count - i) * sizeof(*r->in));
	r->in[i] = at;
	r->in_count++;
}

static int worth_of(const char *text)
{
	if (strncasecmp(text, "http://", 7) == 0 || strncasecmp(text, "https://", 8) == 0)
		return 2;
	return *text != '\0';
}

static void take_text(const struct rows *r, struct rank now, const char *text, struct rank *from, char *shown,
		      size_t size)
{
	now.worth = worth_of(text);
	if (!comes_first(r, now, *from))
		return;
	*from = now;
	str_copy(shown, size, text);
}

static int take_place(void *context, const struct store_value *columns, size_t count)
{
	struct rows *r = context;
	struct rank rank = {.at = collection_at(r, columns[0].number), .gone = columns[1].number};
	const char *link = catalog_column_text(&columns[2]);
	bool local = *link == '/' || str_starts(link, "file:///");

	(void)count;
	if (rank.at == r->collection_count)
		return 0;
	if (!rank.gone)
		add_collection(r, rank.at);
	take_text(r, rank, link, &r->link_from, r->link, sizeof(r->link));
	take_text(r, rank, local ? link : "", &r->path_from, r->path, sizeof(r->path));
	take_text(r, rank, catalog_column_text(&columns[3]), &r->magnet_from, r->magnet, sizeof(r->magnet));
	take_text(r, rank, catalog_column_text(&columns[4]), &r->file_from, r->file, sizeof(r->file));
	if (comes_first(r, rank, r->first)) {
		r->first = rank;
		catalog_column_copy(&columns[5], r->type, sizeof(r->type));
	}
	return 0;
}

static void name_collections(struct rows *r)
{
	char *end = r->names;

	*end = '\0';
	for (size_t i = 0; i < r->in_count; i++)
		end += snprintf(end, (size_t)(r->names + sizeof(r->names) - end), "%s%.*s", i ? "," : "",
				(int)CATALOG_MAX_SHORT, r->collections[r->in[i]].name);
}

static int read_places(struct rows *r, struct catalog_row *row)
{
	static const char get[] = "SELECT collection, gone, link, magnet, file, type FROM places WHERE torrent = ?1";
	const struct rank none = {.at = r->collection_count};
	const struct collection *first;
	int code;

	r->first = r->link_from = r->path_from = r->magnet_from = r->file_from = none;
	r->in_count = 0;
	r->link[0] = r->path[0] = r->magnet[0] = r->file[0] = r->type[0] = '\0';
	code = CATALOG_GET(r->c, get, take_place, r, r->err, STORE_INT_OF(row->id));
	first = r->first.at < r->collection_count ? &r->collections[r->first.at] : NULL;
	name_collections(r);
	row->link = r->link;
	row->link_collection = first ? r->collections[r->link_from.at].name : "";
	row->path = r->path;
	row->magnet = r->magnet;
	row->file = r->file;
	row->collection = first ? first->name : "";
	row->collections = r->names;
	row->type = first && first->type[0] ? first->type : r->type[0] ? r->type : row->collection;
	return code;
}

/* ---- one torrent ---- */

static void read_bytes(const struct store_value *column, uint8_t *bytes, size_t len)
{
	if (column->len == len)
		memcpy(bytes, column->bytes, len);
}

static int take_torrent(void *context, const struct store_value *columns, size_t count)
{
	struct rows *r = context;
	struct catalog_row row = {.id = columns[0].number};
	struct catalog_torrent *t = &row.torrent;
	int code;

	(void)count;
	read_bytes(&columns[1], t->hash, sizeof(t->hash));
	read_bytes(&columns[2], t->hash_v2, sizeof(t->hash_v2));
	t->has_v2 = columns[2].type == STORE_BLOB;
	t->has_v1 = catalog_column(&columns[3], 0);
	t->private = catalog_column(&columns[4], 0);
	t->whole = catalog_column(&columns[5], 0);
	t->name = catalog_column_text(&columns[6]);
	t->comment = catalog_column_text(&columns[7]);
	t->created_by = catalog_column_text(&columns[8]);
	t->created = catalog_column(&columns[9], 0);
	t->size = (uint64_t)catalog_column(&columns[10], 0);
	t->files = (uint32_t)catalog_column(&columns[11], 0);
	row.added = catalog_column(&columns[12], 0);
	r->found = true;
	code = read_places(r, &row);
	if (!code)
		code = read_latest(r, &row);
	if (!code)
		code = catalog_history_of(&r->history, row.latest, r->since, r->err);
	row.rows = r->count;
	row.points = r->history.points;
	row.point_count = r->history.count;
	return code ? code : r->take(r->context, &row);
}

static int read_torrent(struct rows *r, int64_t id)
{
	static const char get[] =
		"SELECT id, hash, hash_v2, v1, private, whole, name, comment, created_by, created, size, files, added "
		"FROM torrents WHERE id = ?1";

	return CATALOG_GET(r->c, get, take_torrent, r, r->err, STORE_INT_OF(id));
}

/* ---- all ---- */

static int take_id(void *context, const struct store_value *columns, size_t count)
{
	struct rows *r = context;

	(void)count;
	if (r->count == r->room) {
		r->room = r->room ? r->room * 2 : FIRST_ROOM;
		r->ids = xreallocarray(r->ids, r->room, sizeof(*r->ids));
	}
	r->ids[r->count++] = columns[0].number;
	return 0;
}

/* Only the numbers are kept of 100,000 torrents that have to be sorted. */
static int read_ids(struct rows *r)
{
	static const char get[] =
		"SELECT t.id FROM (SELECT p.torrent AS id, min(c.name) AS collection FROM places p "
		"CROSS JOIN collections c ON c.id = p.collection "
		"WHERE p.gone = 0 AND " CATALOG_CHOSEN(
			"?1",
			"p.collection") " GROUP BY p.torrent) f "
					"CROSS JOIN torrents t ON t.id = f.id ORDER BY f.collection, t.name, t.id";

	return CATALOG_GET(r->c, get, take_id, r, r->err, store_text(r->chosen));
}

static int take_collection(void *context, const struct store_value *columns, size_t count)
{
	struct rows *r = context;

	(void)count;
	if (r->collection_count == r->collection_room) {
		r->collection_room = r->collection_room ? r->collection_room * 2 : FIRST_ROOM;
		r->collections = xreallocarray(r->collections, r->collection_room, sizeof(*r->collections));
	}
	r->collections[r->collection_count++] = (struct collection){
		.id = columns[0].number,
		.name = xstrdup(catalog_column_text(&columns[1])),
		.type = xstrdup(catalog_column_text(&columns[2])),
		.chosen = columns[3].number,
	};
	return 0;
}

static int read_collections(struct rows *r)
{
	static const char get[] = "SELECT id, name, type, " CATALOG_CHOSEN("?1",
									   "id") " FROM collections ORDER BY name";

	return CATALOG_GET(r->c, get, take_collection, r, r->err, store_text(r->chosen));
}

/* What does not depend on the torrent. */
static int rows_begin(struct rows *r, const char *const *collections)
{
	int code = catalog_chosen(r->c, collections, &r->chosen, r->err);

	if (!code)
		code = read_collections(r);
	return code;
}

static void rows_free(struct rows *r)
{
	for (size_t i = 0; i < r->collection_count; i++) {
		free(r->collections[i].name);
		free(r->collections[i].type);
	}
	free(r->collections);
	free(r->chosen);
	free(r->ids);
	catalog_history_done(&r->history);
	free(r);
}

static struct rows *rows_new(struct catalog *c, int (*take)(void *context, const struct catalog_row *row),
			     void *context, struct err *err)
{
	struct rows *r = xcalloc(1, sizeof(*r));

	r->c = c;
	r->take = take;
	r->context = context;
	r->err = err;
	return r;
}

int catalog_rows(struct catalog *c, const char *const *collections,
		 int (*take)(void *context, const struct catalog_row *row), void *context, struct err *err)
{
	struct rows *r = rows_new(c, take, context, err);
	int code = store_snapshot(c->store, err);

	if (code)
		goto out;
	code = rows_begin(r, collections);
	if (!code)
		code = read_ids(r);
	if (!code)
		code = catalog_history_begin(&r->history, c, 0, INT64_MAX, err);
	for (size_t i = 0; i < r->count && !code; i++)
		code = read_torrent(r, r->ids[i]);
	store_snapshot_end(c->store);
out:
	rows_free(r);
	return code;
}

int catalog_row(struct catalog *c, const uint8_t hash[INFO_HASH],
		int (*take)(void *context, const struct catalog_row *row), void *context, struct err *err)
{
	struct rows *r = rows_new(c, take, context, err);
	struct store_value key = store_blob(hash, INFO_HASH);
	int64_t id = 0;
	int code = store_snapshot(c->store, err);

	if (code)
		goto out;
	code = rows_begin(r, NULL);
	if (!code)
		code = CATALOG_GET(c, "SELECT " CATALOG_TORRENT_ID, catalog_take_number, &id, err, key, key);
	if (!code)
		code = catalog_history_begin(&r->history, c, id * 4, id * 4 + 3, err);
	if (!code && id)
		code = read_torrent(r, id);
	if (!code)
		code = r->found;
	store_snapshot_end(c->store);
out:
	rows_free(r);
	return code;
}
