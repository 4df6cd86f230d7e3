/* What a pass wants to measure and what it has measured. It does not know how. */
#include "swarm/catalog_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xmalloc.h"

enum {
	FIRST_ROOM = 1024,
	DROPPED = 4096,             /* answers in one statement */
	LIST = DROPPED * 20 + 64, /* characters of their ids */
};

/* ---- targets ---- */

struct targets {
	struct catalog_target *list;
	size_t count, room;
};

static int take_target(void *context, const struct store_value *columns, size_t count)
{
	struct targets *t = context;
	struct catalog_target *target;

	(void)count;
	if (t->count == t->room) {
		t->room = t->room ? t->room * 2 : FIRST_ROOM;
		t->list = xreallocarray(t->list, t->room, sizeof(*t->list));
	}
	target = &t->list[t->count++];
	memset(target, 0, sizeof(*target));
	target->id = columns[0].number;
	if (columns[1].len == INFO_HASH)
		memcpy(target->hash, columns[1].bytes, INFO_HASH);
	target->private = catalog_column(&columns[2], 0);
	target->measured = catalog_column(&columns[3], 0);
	return 0;
}

/* By the last try: what fails again and again must not keep the others waiting. */
int64_t catalog_targets(struct catalog *c, const char *const *collections, enum catalog_kind kind,
			struct catalog_target **targets, struct err *err)
{
	static const char get[] =
		"SELECT t.id, t.hash, t.private, l.at FROM torrents t NOT INDEXED LEFT JOIN latest l ON l.series = "
		"t.id * 4 + ?1 "
		"WHERE EXISTS(SELECT 1 FROM places p WHERE p.torrent = t.id AND p.gone = 0 AND " CATALOG_CHOSEN(
			"?2", "p.collection") ") ORDER BY coalesce(l.tried, 0), t.id";
	struct targets found = {NULL, 0, 0};
	char *list = NULL;
	int code = catalog_chosen(c, collections, &list, err);

	if (!code)
		code = CATALOG_GET(c, get, take_target, &found, err, STORE_INT_OF(kind), store_text(list));
	free(list);
	if (code) {
		free(found.list);
		return code;
	}
	*targets = found.list;
	return (int64_t)found.count;
}

/* ---- trackers ---- */

struct order {
	int64_t id;
	uint32_t position;
};

/* The torrents that are asked for, by id, and what has been read. */
struct reading {
	const struct catalog_target *targets;
	struct order *order;
	size_t count, next;
	struct catalog_trackers *out;
	size_t link_room, tracker_room, linked;
};

static int by_id(const void *a, const void *b)
{
	const struct order *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static void add_link(struct reading *r, uint32_t torrent, uint32_t tracker, uint16_t tier)
{
	struct catalog_trackers *out = r->out;
	struct catalog_link *last = out->link_count ? &out->links[out->link_count - 1] : NULL;

	if (last && last->torrent == torrent && last->tracker == tracker) {
		last->tier = tier < last->tier ? tier : last->tier;
		return;
	}
	if (out->link_count == r->link_room) {
		r->link_room = r->link_room ? r->link_room * 2 : FIRST_ROOM;
		out->links = xreallocarray(out->links, r->link_room, sizeof(*out->links));
	}
	out->links[out->link_count++] = (struct catalog_link){torrent, tracker, tier};
}

/* They come by torrent, so that the two lists are read side by side, and by tracker. A private torrent (BEP 27) has the
 * trackers of the torrent file that was the first: others must never hear of it, whatever names them. */
static int take_link(void *context, const struct store_value *columns, size_t count)
{
	struct reading *r = context;
	uint32_t torrent;

	(void)count;
	while (r->next < r->count && r->order[r->next].id < columns[0].number)
		r->next++;
	if (r->next == r->count || r->order[r->next].id != columns[0].number)
		return 0;
	torrent = r->order[r->next].position;
	if (columns[r->targets[torrent].private ? 3 : 4].number)
		add_link(r, torrent, (uint32_t)columns[1].number, (uint16_t)columns[2].number);
	return 0;
}

static int by_tracker(const void *a, const void *b)
{
	const struct catalog_link *x = a, *y = b;

	if (x->tracker != y->tracker)
		return x->tracker < y->tracker ? -1 : 1;
	return x->torrent < y->torrent ? -1 : x->torrent > y->torrent;
}

static void read_tracker(const struct store_value *columns, struct catalog_tracker *t)
{
	memset(t, 0, sizeof(*t));
	t->id = columns[0].number;
	t->url = xstrdup(catalog_column_text(&columns[1]));
	t->answered = catalog_column(&columns[2], 0);
	t->tried = catalog_column(&columns[3], 0);
	t->failures = (unsigned)catalog_column(&columns[4], 0);
	t->latency_ms = columns[5].type == STORE_REAL ? columns[5].real : 0;
	catalog_column_copy(&columns[6], t->error, sizeof(t->error));
	t->wait_s = catalog_column(&columns[7], 0);
}

/* They come by id, as the links are sorted, which name a tracker by its id so far. */
static int take_tracker(void *context, const struct store_value *columns, size_t count)
{
	struct reading *r = context;
	struct catalog_trackers *out = r->out;
	size_t first = r->linked;

	(void)count;
	while (r->linked < out->link_count && out->links[r->linked].tracker == columns[0].number)
		out->links[r->linked++].tracker = (uint32_t)out->count;
	if (r->linked == first)
		return 0;
	if (out->count == r->tracker_room) {
		r->tracker_room = r->tracker_room ? r->tracker_room * 2 : FIRST_ROOM;
		out->trackers = xreallocarray(out->trackers, r->tracker_room, sizeof(*out->trackers));
	}
	read_tracker(columns, &out->trackers[out->count++]);
	return 0;
}

static int read_trackers(struct catalog *c, struct reading *r, struct err *err)
{
	/* Of a torrent that has left all collections what each of them said. */
	static const char links[] =
		"SELECT torrent, tracker, tier, first, EXISTS(SELECT 1 FROM places p WHERE p.torrent = n.torrent "
		"AND p.collection = n.collection AND p.gone = 0) OR NOT EXISTS(SELECT 1 FROM places p "
		"WHERE p.torrent = n.torrent AND p.gone = 0) FROM names n ORDER BY torrent, tracker";
	static const char trackers[] =
		"SELECT id, url, answered, tried, failures, latency, error, wait FROM trackers ORDER BY id";
	int code = store_snapshot(c->store, err);

	if (code)
		return code;
	code = store_get(c->store, links, NULL, 0, take_link, r, err);
	if (!code && r->out->link_count) {
		qsort(r->out->links, r->out->link_count, sizeof(*r->out->links), by_tracker);
		code = store_get(c->store, trackers, NULL, 0, take_tracker, r, err);
	}
	store_snapshot_end(c->store);
	/* All of them, unless somebody else has written to the file. */
	r->out->link_count = r->linked;
	return code;
}

int catalog_trackers(struct catalog *c, const struct catalog_target *targets, size_t count,
		     struct catalog_trackers *trackers, struct err *err)
{
	struct catalog_trackers out = {NULL, 0, NULL, 0};
	struct reading r = {
		.targets = targets, .order = xcalloc(count ? count : 1, sizeof(*r.order)), .count = count, .out = &out};
	int code;

	for (size_t i = 0; i < count; i++)
		r.order[i] = (struct order){targets[i].id, (uint32_t)i};
	qsort(r.order, count, sizeof(*r.order), by_id);
	code = read_trackers(c, &r, err);
	free(r.order);
	if (code)
		catalog_trackers_free(&out);
	else
		*trackers = out;
	return code;
}

void catalog_trackers_free(struct catalog_trackers *trackers)
{
	for (size_t i = 0; i < trackers->count; i++)
		free(trackers->trackers[i].url);
	free(trackers->trackers);
	free(trackers->links);
	memset(trackers, 0, sizeof(*trackers));
}

int64_t catalog_tracker(struct catalog *c, const char *url, struct err *err)
{
	static const char put[] = "INSERT INTO trackers(url) VALUES(?1) ON CONFLICT(url) DO NOTHING";
	static const char get[] = "SELECT id FROM trackers WHERE url = ?1";
	struct store_value key = catalog_whole_text(url, CATALOG_MAX_URL);
	int64_t id = 0;
	int code;

	if (key.type == STORE_NULL)
		return err_set(err, -EINVAL, "a tracker's URL has 1 to %d characters", (int)CATALOG_MAX_URL);
	code = store_get(c->store, get, &key, 1, catalog_take_number, &id, err);
	if (!code && !id && c->writes) {
		CATALOG_PUT(c, put, key);
		code = store_flush(c->store, err);
		if (!code)
			code = store_get(c->store, get, &key, 1, catalog_take_number, &id, err);
	}
	if (!code && !id)
		code = err_set(err, -ENOENT, "the store does not know this tracker");
	return code ? code : id;
}

static int take_known(void *context, const struct store_value *columns, size_t count)
{
	(void)count;
	read_tracker(columns, context);
	return 0;
}

int catalog_tracker_get(struct catalog *c, int64_t id, struct catalog_tracker *t, struct err *err)
{
	static const char get[] =
		"SELECT id, url, answered, tried, failures, latency, error, wait FROM trackers WHERE id = ?1";
	struct catalog_tracker found = {.url = NULL};
	int code = CATALOG_GET(c, get, take_known, &found, err, STORE_INT_OF(id));

	if (!code && !found.url)
		code = err_set(err, -ENOENT, "the store does not know this tracker");
	if (!code)
		*t = found;
	return code;
}

void catalog_put_tracker(struct catalog *c, const struct catalog_tracker *t)
{
	static const char put[] =
		"UPDATE trackers SET answered = ?2, tried = ?3, failures = ?4, latency = ?5, error = ?6, wait = ?7 "
		"WHERE id = ?1";

	CATALOG_PUT(c, put, STORE_INT_OF(t->id), catalog_known_or_none(t->answered), catalog_known_or_none(t->tried),
		    STORE_INT_OF(t->failures), STORE_REAL_OF(t->latency_ms), catalog_text(t->error, sizeof(t->error)),
		    STORE_INT_OF(t->wait_s));
}

/* ---- answers ---- */

void catalog_put_answer(struct catalog *c, const struct catalog_answer *a)
{
	static const char put[] =
		"INSERT INTO answers(tracker, torrent, at, seeders, leechers, completed) VALUES(?1, ?2, ?3, ?4, ?5, "
		"?6) "
		"ON CONFLICT(tracker, torrent) DO UPDATE SET at = excluded.at, seeders = excluded.seeders, "
		"leechers = excluded.leechers, completed = excluded.completed";

	CATALOG_PUT(c, put, STORE_INT_OF(a->tracker), STORE_INT_OF(a->torrent), STORE_INT_OF(a->at),
		    catalog_known(a->seeders), catalog_known(a->leechers), catalog_known(a->completed));
}

void catalog_drop_answers(struct catalog *c, int64_t tracker, const int64_t *torrents, size_t count)
{
	static const char drop[] =
		"DELETE FROM answers WHERE tracker = ?1 AND torrent IN (SELECT value FROM json_each(?2))";
	struct buf list;

	for (size_t i = 0; i < count; i += DROPPED) {
		buf_init(&list, LIST);
		for (size_t k = i; k < count && k < i + DROPPED; k++)
			buf_printf(&list, "%c%lld", k == i ? '[' : ',', (long long)torrents[k]);
		buf_putc(&list, ']');
		CATALOG_PUT(c, drop, STORE_INT_OF(tracker), store_text(buf_str(&list)));
		buf_done(&list);
	}
}

struct answer_taker {
	int (*take)(void *context, const char *url, const struct catalog_answer *answer);
	void *context;
	int64_t torrent;
};

static int take_answer(void *context, const struct store_value *columns, size_t count)
{
	const struct answer_taker *t = context;
	struct catalog_answer a = {
		.torrent = t->torrent,
		.tracker = columns[1].number,
		.at = columns[2].number,
		.seeders = catalog_column_count(&columns[3]),
		.leechers = catalog_column_count(&columns[4]),
		.completed = catalog_column_count(&columns[5]),
	};

	(void)count;
	return t->take(t->context, catalog_column_text(&columns[0]), &a);
}

int catalog_answers(struct catalog *c, int64_t torrent,
		    int (*take)(void *context, const char *url, const struct catalog_answer *answer), void *context,
		    struct err *err)
{
	static const char get[] = "SELECT r.url, a.tracker, a.at, a.seeders, a.leechers, a.completed FROM trackers r "
				  "CROSS JOIN answers a ON a.tracker = r.id AND a.torrent = ?1 "
				  "ORDER BY coalesce(a.seeders, -1) DESC, r.url";
	struct answer_taker t = {take, context, torrent};

	return CATALOG_GET(c, get, take_answer, &t, err, STORE_INT_OF(torrent));
}

struct said_taker {
	int (*take)(void *context, const struct catalog_answer *answer);
	void *context;
	int64_t tracker;
};

static int take_said(void *context, const struct store_value *columns, size_t count)
{
	const struct said_taker *t = context;
	struct catalog_answer a = {
		.torrent = columns[0].number,
		.tracker = t->tracker,
		.at = columns[1].number,
		.seeders = catalog_column_count(&columns[2]),
		.leechers = catalog_column_count(&columns[3]),
		.completed = catalog_column_count(&columns[4]),
	};

	(void)count;
	return t->take(t->context, &a);
}

int catalog_said(struct catalog *c, int64_t tracker, int64_t since,
		 int (*take)(void *context, const struct catalog_answer *answer), void *context, struct err *err)
{
	static const char get[] = "SELECT torrent, at, seeders, leechers, completed FROM answers "
				  "WHERE tracker = ?1 AND at >= ?2 ORDER BY torrent";
	struct said_taker t = {take, context, tracker};

	return CATALOG_GET(c, get, take_said, &t, err, STORE_INT_OF(tracker), STORE_INT_OF(since));
}

/* ---- samples ---- */

static bool has_result(const struct catalog_sample *s)
{
	if (s->kind == CATALOG_DHT)
		return s->outcome == CATALOG_FOUND || s->outcome == CATALOG_NONE;
	return s->seeders >= 0 || s->leechers >= 0 || (s->kind == CATALOG_CLIENT && s->peers >= 0);
}

/* Cut between two countries, if it must be. */
static struct store_value countries_of(const struct catalog_sample *s)
{
	struct store_value v = catalog_text(s->kind == CATALOG_DHT ? s->countries : NULL, CATALOG_COUNTRIES);

	if (v.len == CATALOG_COUNTRIES)
		while (v.len && s->countries[v.len] && s->countries[v.len] != ',')
			v.len--;
	return v;
}

static int64_t tried(const struct catalog_sample *s)
{
	return s->taken_up ? s->taken_up : s->at;
}

/* A trigger of the table keeps what was there before, if it has changed. What was taken up later has no span until it
 * is said again, so that the past of another value stays as it was; if it is not, what comes next stands from there on.
 */
static void put_result(struct catalog *c, const struct catalog_sample *s)
{
	static const char put[] =
		"INSERT INTO latest(series, since, at, tried, seeders, leechers, peers, completed, tracker, outcome, "
		"asked,"
		" answered, countries) VALUES(?1, ?12, ?2, ?12, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) "
		"ON CONFLICT(series) DO UPDATE SET since = CASE WHEN at > 0 AND at < since AND excluded.since >= since "
		"THEN since WHEN at > 0 AND excluded.at >= at "
		"AND seeders IS excluded.seeders AND leechers IS excluded.leechers AND peers IS excluded.peers "
		"THEN since ELSE excluded.since END, at = excluded.at, tried = excluded.tried, "
		"seeders = excluded.seeders, leechers = excluded.leechers, peers = excluded.peers, "
		"completed = coalesce(excluded.completed, completed), tracker = excluded.tracker, "
		"outcome = excluded.outcome, asked = excluded.asked, answered = excluded.answered, "
		"countries = excluded.countries";

	CATALOG_PUT(c, put, STORE_INT_OF(s->torrent * 4 + s->kind), STORE_INT_OF(s->at), catalog_known(s->seeders),
		    catalog_known(s->leechers), catalog_known(s->kind == CATALOG_TRACKER ? CATALOG_UNKNOWN : s->peers),
		    catalog_known(s->completed), catalog_known_or_none(s->tracker), catalog_known_or_none(s->outcome),
		    catalog_known_or_none(s->asked), catalog_known_or_none(s->answered), countries_of(s),
		    STORE_INT_OF(tried(s)));
}

static void put_try(struct catalog *c, const struct catalog_sample *s)
{
	static const char put[] =
		"INSERT INTO latest(series, since, at, tried, outcome, asked, answered) "
		"VALUES(?1, 0, 0, ?2, ?3, ?4, ?5) "
		"ON CONFLICT(series) DO UPDATE SET tried = excluded.tried, outcome = excluded.outcome, "
		"asked = excluded.asked, answered = excluded.answered";

	CATALOG_PUT(c, put, STORE_INT_OF(s->torrent * 4 + s->kind), STORE_INT_OF(s->at),
		    catalog_known_or_none(s->outcome), catalog_known_or_none(s->asked),
		    catalog_known_or_none(s->answered));
}

void catalog_put_sample(struct catalog *c, const struct catalog_sample *sample)
{
	(has_result(sample) ? put_result : put_try)(c, sample);
	catalog_thin_step(c, tried(sample));
}
