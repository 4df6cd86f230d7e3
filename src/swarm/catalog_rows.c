/* Torrents with all that is known of them, one at a time, for reports. It does not know what is shown of it. */
#include "swarm/catalog_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/xmalloc.h"

enum {
	SHOWN = 30 * 24 * 3600, /* seconds of history */
	FIRST_ROOM = 64,
	POINTS_MAX = 1 << 16, /* of a torrent */
};

/* A change that has not yet moved to where the others of its series are. */
struct fresh {
	int64_t series;
	struct catalog_point point;
};

struct rows {
	struct catalog *c;
	int (*take)(void *context, const struct catalog_row *row);
	void *context;
	struct err *err;
	char *chosen;  /* collections */
	int64_t since; /* of the history that is shown */

	int64_t *ids;
	size_t count, room;
	struct fresh *fresh; /* by series and time */
	size_t fresh_count, fresh_room;

	/* Of the row that is being made. */
	bool found;
	char tracker[CATALOG_MAX_URL + 1], countries[CATALOG_COUNTRIES + 1];
	struct catalog_point *points;
	size_t point_count, point_room;
	int64_t value_since[CATALOG_KINDS];
};

/* ---- points ---- */

static int32_t count_of(const struct store_value *column)
{
	return (int32_t)catalog_column(column, CATALOG_UNKNOWN);
}

static void add_point(struct rows *r, const struct catalog_point *p)
{
	if (p->to < r->since || r->point_count == POINTS_MAX)
		return;
	if (r->point_count == r->point_room) {
		r->point_room = r->point_room ? r->point_room * 2 : FIRST_ROOM;
		r->points = xreallocarray(r->points, r->point_room, sizeof(*r->points));
	}
	r->points[r->point_count++] = *p;
}

/* series, since, span, seeders, leechers, peers */
static struct catalog_point point_of(const struct store_value *columns)
{
	return (struct catalog_point){
		.from = columns[1].number,
		.to = columns[1].number + columns[2].number,
		.kind = (enum catalog_kind)(columns[0].number & 3),
		.seeders = count_of(&columns[3]),
		.leechers = count_of(&columns[4]),
		.peers = count_of(&columns[5]),
	};
}

static int take_point(void *context, const struct store_value *columns, size_t count)
{
	struct catalog_point p = point_of(columns);

	(void)count;
	add_point(context, &p);
	return 0;
}

static int by_series(const void *a, const void *b)
{
	const struct fresh *x = a, *y = b;

	if (x->series != y->series)
		return x->series < y->series ? -1 : 1;
	return x->point.from < y->point.from ? -1 : x->point.from > y->point.from;
}

static int take_fresh(void *context, const struct store_value *columns, size_t count)
{
	struct rows *r = context;

	(void)count;
	if (r->fresh_count == r->fresh_room) {
		r->fresh_room = r->fresh_room ? r->fresh_room * 2 : FIRST_ROOM;
		r->fresh = xreallocarray(r->fresh, r->fresh_room, sizeof(*r->fresh));
	}
	r->fresh[r->fresh_count++] = (struct fresh){columns[0].number, point_of(columns)};
	return 0;
}

/* Those of the series from `first` to `last`. They are in the order of time: sorted once, they are found quickly. */
static int read_fresh(struct rows *r, int64_t first, int64_t last)
{
	static const char get[] = "SELECT series, since, span, seeders, leechers, peers FROM fresh "
				  "WHERE series BETWEEN ?1 AND ?2 AND since + span >= ?3";
	int code = CATALOG_GET(r->c, get, take_fresh, r, r->err, STORE_INT_OF(first), STORE_INT_OF(last),
			       STORE_INT_OF(r->since));

	if (r->fresh_count)
		qsort(r->fresh, r->fresh_count, sizeof(*r->fresh), by_series);
	return code;
}

static void add_fresh(struct rows *r, int64_t series)
{
	size_t low = 0, high = r->fresh_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (r->fresh[middle].series < series)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < r->fresh_count && r->fresh[low].series == series; low++)
		add_point(r, &r->fresh[low].point);
}

/* From the one that stood when the time that is shown began. */
static int add_samples(struct rows *r, int64_t series)
{
	static const char get[] =
		"SELECT series, since, span, seeders, leechers, peers FROM samples WHERE series = ?1 AND since >= "
		"coalesce((SELECT max(since) FROM samples WHERE series = ?1 AND since <= ?2), ?2)";

	return CATALOG_GET(r->c, get, take_point, r, r->err, STORE_INT_OF(series), STORE_INT_OF(r->since));
}

static int by_time(const void *a, const void *b)
{
	const struct catalog_point *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return (int)x->kind - (int)y->kind;
}

static int read_points(struct rows *r, struct catalog_row *row)
{
	int code = 0;

	r->point_count = 0;
	for (int kind = 0; kind < CATALOG_KINDS && !code; kind++) {
		const struct catalog_sample *s = &row->latest[kind];
		struct catalog_point now = {r->value_since[kind], s->at, s->kind, s->seeders, s->leechers, s->peers};

		if (!s->at)
			continue;
		/* What has stood all the time has no history. */
		if (now.from > r->since) {
			code = add_samples(r, row->id * 4 + kind);
			add_fresh(r, row->id * 4 + kind);
		}
		add_point(r, &now);
	}
	if (r->point_count)
		qsort(r->points, r->point_count, sizeof(*r->points), by_time);
	row->points = r->points;
	row->point_count = r->point_count;
	return code;
}

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
	l->r->value_since[kind] = columns[1].number;
	s->at = columns[2].number;
	l->row->tried[kind] = columns[3].number;
	s->seeders = count_of(&columns[4]);
	s->leechers = count_of(&columns[5]);
	s->peers = count_of(&columns[6]);
	s->completed = count_of(&columns[7]);
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
	row.link = catalog_column_text(&columns[13]);
	row.magnet = catalog_column_text(&columns[14]);
	row.file = catalog_column_text(&columns[15]);
	row.type = catalog_column_text(&columns[16]);
	row.collection = catalog_column_text(&columns[17]);
	row.collections = catalog_column_text(&columns[18]);
	r->found = true;
	code = read_latest(r, &row);
	if (!code)
		code = read_points(r, &row);
	return code ? code : r->take(r->context, &row);
}

/* Its first place is one that is there, in a collection that is wanted. */
static int read_torrent(struct rows *r, int64_t id)
{
	static const char get[] =
		"SELECT t.id, t.hash, t.hash_v2, t.v1, t.private, t.whole, t.name, t.comment, t.created_by, t.created,"
		" t.size, t.files, t.added, p.link, p.magnet, p.file, coalesce(p.type, c.type, c.name), c.name,"
		" (SELECT group_concat(name) FROM (SELECT DISTINCT d.name FROM places q JOIN collections d"
		" ON d.id = q.collection WHERE q.torrent = ?1 AND q.gone = 0 ORDER BY d.name)) "
		"FROM torrents t JOIN places p ON p.torrent = t.id JOIN collections c ON c.id = p.collection WHERE "
		"t.id = ?1 "
		"ORDER BY p.gone > 0, NOT " CATALOG_CHOSEN("?2", "c.id") ", c.name, p.link LIMIT 1";

	return CATALOG_GET(r->c, get, take_torrent, r, r->err, STORE_INT_OF(id), store_text(r->chosen));
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
		"SELECT t.id FROM (SELECT p.torrent AS id, min(c.name) AS collection FROM places p CROSS JOIN "
		"collections c "
		"ON c.id = p.collection WHERE p.gone = 0 AND " CATALOG_CHOSEN(
			"?1",
			"p.collection") " GROUP BY p.torrent) f "
					"CROSS JOIN torrents t ON t.id = f.id ORDER BY f.collection, t.name, t.id";

	return CATALOG_GET(r->c, get, take_id, r, r->err, store_text(r->chosen));
}

static int read_since(struct rows *r)
{
	int code = store_get(r->c->store, "SELECT max(at) FROM latest", NULL, 0, catalog_take_number, &r->since,
			     r->err);

	r->since -= SHOWN;
	return code;
}

static void rows_free(struct rows *r)
{
	free(r->chosen);
	free(r->ids);
	free(r->fresh);
	free(r->points);
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
	code = catalog_chosen(c, collections, &r->chosen, err);
	if (!code)
		code = read_since(r);
	if (!code)
		code = read_ids(r);
	if (!code)
		code = read_fresh(r, 0, INT64_MAX);
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
	code = CATALOG_GET(c, "SELECT " CATALOG_TORRENT_ID, catalog_take_number, &id, err, key, key);
	if (!code)
		code = read_since(r);
	if (!code)
		code = read_fresh(r, id * 4, id * 4 + 3);
	if (!code && id)
		code = read_torrent(r, id);
	if (!code)
		code = r->found;
	store_snapshot_end(c->store);
out:
	rows_free(r);
	return code;
}
