/* How the values of a torrent went in the last thirty days, from the three places where they are. It does not know
 * whose they are, nor who looks. */
#include "swarm/catalog_private.h"

#include <stdlib.h>

#include "base/xmalloc.h"

enum {
	SHOWN = 30 * 24 * 3600, /* seconds */
	FIRST_ROOM = 64,
	POINTS_MAX = 1 << 16, /* of a torrent */
};

static void add_point(struct catalog_history *h, const struct catalog_point *p)
{
	/* One without a span was taken up from the past, and has not been said again. */
	if (p->to < p->from || p->to < h->since || h->count == POINTS_MAX)
		return;
	if (h->count == h->room) {
		h->room = h->room ? h->room * 2 : FIRST_ROOM;
		h->points = xreallocarray(h->points, h->room, sizeof(*h->points));
	}
	h->points[h->count++] = *p;
}

/* series, since, span, seeders, leechers, peers */
static struct catalog_point point_of(const struct store_value *columns)
{
	return (struct catalog_point){
		.from = columns[1].number,
		.to = columns[1].number + columns[2].number,
		.kind = (enum catalog_kind)(columns[0].number & 3),
		.seeders = catalog_column_count(&columns[3]),
		.leechers = catalog_column_count(&columns[4]),
		.peers = catalog_column_count(&columns[5]),
	};
}

/* ---- changes that have not yet moved to where the others of their series are ---- */

static int take_fresh(void *context, const struct store_value *columns, size_t count)
{
	struct catalog_history *h = context;

	(void)count;
	if (h->fresh_count == h->fresh_room) {
		h->fresh_room = h->fresh_room ? h->fresh_room * 2 : FIRST_ROOM;
		h->fresh = xreallocarray(h->fresh, h->fresh_room, sizeof(*h->fresh));
	}
	h->fresh[h->fresh_count++] = (struct catalog_fresh){columns[0].number, point_of(columns)};
	return 0;
}

static int by_series(const void *a, const void *b)
{
	const struct catalog_fresh *x = a, *y = b;

	if (x->series != y->series)
		return x->series < y->series ? -1 : 1;
	return x->point.from < y->point.from ? -1 : x->point.from > y->point.from;
}

int catalog_history_begin(struct catalog_history *h, struct catalog *c, int64_t first, int64_t last, struct err *err)
{
	static const char newest[] = "SELECT max(at) FROM latest";
	static const char get[] = "SELECT series, since, span, seeders, leechers, peers FROM fresh "
				  "WHERE series BETWEEN ?1 AND ?2 AND since + span >= ?3";
	int code = store_get(c->store, newest, NULL, 0, catalog_take_number, &h->since, err);

	h->c = c;
	h->since -= SHOWN;
	if (!code)
		code = CATALOG_GET(c, get, take_fresh, h, err, STORE_INT_OF(first), STORE_INT_OF(last),
				   STORE_INT_OF(h->since));
	/* They come in the order of time: sorted once, those of a torrent are found quickly. */
	if (h->fresh_count)
		qsort(h->fresh, h->fresh_count, sizeof(*h->fresh), by_series);
	return code;
}

static void add_fresh(struct catalog_history *h, int64_t series)
{
	size_t low = 0, high = h->fresh_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (h->fresh[middle].series < series)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < h->fresh_count && h->fresh[low].series == series; low++)
		add_point(h, &h->fresh[low].point);
}

/* ---- all of them ---- */

static int take_point(void *context, const struct store_value *columns, size_t count)
{
	struct catalog_point p = point_of(columns);

	(void)count;
	add_point(context, &p);
	return 0;
}

/* From the one that stood when the time that is shown began. */
static int add_samples(struct catalog_history *h, int64_t series, struct err *err)
{
	static const char get[] =
		"SELECT series, since, span, seeders, leechers, peers FROM samples WHERE series = ?1 AND since >= "
		"coalesce((SELECT max(since) FROM samples WHERE series = ?1 AND since <= ?2), ?2)";

	return CATALOG_GET(h->c, get, take_point, h, err, STORE_INT_OF(series), STORE_INT_OF(h->since));
}

static int by_time(const void *a, const void *b)
{
	const struct catalog_point *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return (int)x->kind - (int)y->kind;
}

int catalog_history_of(struct catalog_history *h, const struct catalog_sample latest[CATALOG_KINDS],
		       const int64_t since[CATALOG_KINDS], struct err *err)
{
	int code = 0;

	h->count = 0;
	for (int kind = 0; kind < CATALOG_KINDS && !code; kind++) {
		const struct catalog_sample *s = &latest[kind];
		struct catalog_point now = {since[kind], s->at, s->kind, s->seeders, s->leechers, s->peers};

		if (!s->at)
			continue;
		/* What has stood all the time has no history. */
		if (now.from > h->since) {
			code = add_samples(h, s->torrent * 4 + kind, err);
			add_fresh(h, s->torrent * 4 + kind);
		}
		add_point(h, &now);
	}
	if (h->count)
		qsort(h->points, h->count, sizeof(*h->points), by_time);
	return code;
}

void catalog_history_done(struct catalog_history *h)
{
	free(h->fresh);
	free(h->points);
}
