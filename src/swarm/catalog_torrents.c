/* Collections, the torrents in them, and what is remembered of URLs. It does not know what was measured. */
#include "swarm/catalog_private.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"

/* ---- collections ---- */

int64_t catalog_collection(struct catalog *c, const char *name, const char *type, const char *url, struct err *err)
{
	static const char put[] = "INSERT INTO collections(name, type, url) VALUES(?1, ?2, ?3) "
				  "ON CONFLICT(name) DO UPDATE SET type = excluded.type, url = excluded.url";
	static const char get[] = "SELECT id FROM collections WHERE name = ?1";
	struct store_value key = catalog_text(name, CATALOG_MAX_SHORT);
	int64_t id = 0;
	int code = 0;

	if (c->writes) {
		CATALOG_PUT(c, put, key, catalog_text(type, CATALOG_MAX_SHORT),
			    catalog_whole_text(url, CATALOG_MAX_URL));
		code = store_flush(c->store, err);
	}
	if (!code)
		code = store_get(c->store, get, &key, 1, catalog_take_number, &id, err);
	if (!code && !id)
		code = err_set(err, -ENOENT, "the store has no collection %s: run `swarmtop sync` first", name);
	return code ? code : id;
}

bool catalog_has_collection(struct catalog *c, const char *name, const char *type, const char *url)
{
	static const char get[] = "SELECT count(*) FROM collections WHERE name = ?1 AND type IS ?2 AND url IS ?3";
	int64_t count = 0;

	CATALOG_GET(c, get, catalog_take_number, &count, NULL, catalog_text(name, CATALOG_MAX_SHORT),
		    catalog_text(type, CATALOG_MAX_SHORT), catalog_whole_text(url, CATALOG_MAX_URL));
	return count > 0;
}

bool catalog_has_torrents(struct catalog *c, const char *name)
{
	static const char get[] = "SELECT EXISTS(SELECT 1 FROM places WHERE NOT gone AND collection = "
				  "(SELECT id FROM collections WHERE name = ?1))";
	int64_t has = 0;

	CATALOG_GET(c, get, catalog_take_number, &has, NULL, catalog_text(name, CATALOG_MAX_SHORT));
	return has > 0;
}

/* ---- torrents ---- */

/* What the two hashes of a torrent look like to CATALOG_TORRENT_ID. */
struct keys {
	struct store_value hash, cut;
};

static struct keys keys_of(const struct catalog_torrent *t)
{
	struct keys k = {store_blob(t->hash, INFO_HASH), {.type = STORE_NULL}};

	if (t->has_v2 && (t->whole || !t->has_v1))
		k.cut = store_blob(t->hash_v2, INFO_HASH);
	return k;
}

/* A torrent file has shown that a v2 torrent and a v1 torrent are the two faces of one. */
static void put_hybrid(struct catalog *c, const struct keys *k)
{
	static const char rename[] = "UPDATE torrents SET hash = ?1, v1 = 1 WHERE hash = ?2 AND NOT v1 "
				     "AND NOT EXISTS(SELECT 1 FROM torrents WHERE hash = ?1)";
	static const char move[] = "UPDATE OR IGNORE places SET torrent = (SELECT id FROM torrents WHERE hash = ?1) "
				   "WHERE torrent = (SELECT id FROM torrents WHERE hash = ?2 AND NOT v1)";
	static const char move_trackers[] =
		"UPDATE OR IGNORE names SET torrent = (SELECT id FROM torrents WHERE hash = ?1) "
		"WHERE torrent = (SELECT id FROM torrents WHERE hash = ?2 AND NOT v1)";
	static const char drop[] = "DELETE FROM torrents WHERE hash = ?2 AND NOT v1 AND ?1 IS NOT NULL";

	CATALOG_PUT(c, rename, k->hash, k->cut);
	CATALOG_PUT(c, move, k->hash, k->cut);
	CATALOG_PUT(c, move_trackers, k->hash, k->cut);
	CATALOG_PUT(c, drop, k->hash, k->cut);
}

/* Once there is a file it alone knows: anybody may write a link which says that it is another torrent, too. */
#define PROVEN(column, claim)                                                                                          \
	column " = CASE WHEN excluded.whole THEN excluded." column " WHEN whole THEN " column " ELSE " claim " END, "
#define PROVEN_HASHES PROVEN("hash_v2", "coalesce(excluded.hash_v2, hash_v2)") PROVEN("v1", "max(v1, excluded.v1)")
/* Before there is one, a list that calls it private is believed: that is the safe side. */
#define PROVEN_PRIVATE PROVEN("private", "max(private, excluded.private)")
/* What a torrent file says is worth more than what a list says. */
#define RENEWED(column)                                                                                                \
	column " = CASE WHEN whole > excluded.whole THEN coalesce(" column ", excluded." column ") "                   \
	       "ELSE coalesce(excluded." column ", " column ") END, "
#define RENEWED_NUMBERS RENEWED("created") RENEWED("size") RENEWED("files")
#define RENEWED_TEXTS RENEWED("name") RENEWED("comment") RENEWED("created_by")

static void put_facts(struct catalog *c, const struct catalog_torrent *t, const struct keys *k, int64_t seen)
{
	static const char put[] =
		"INSERT INTO torrents(hash, hash_v2, v1, private, whole, name, comment, created_by, created, size,"
		" files, added) "
		"VALUES(coalesce((SELECT hash FROM torrents WHERE id = " CATALOG_TORRENT_ID "), ?1),"
		" ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) "
		"ON CONFLICT(hash) DO UPDATE SET " PROVEN_HASHES PROVEN_PRIVATE RENEWED_NUMBERS RENEWED_TEXTS
		"whole = max(whole, excluded.whole)";

	CATALOG_PUT(c, put, k->hash, k->cut,
		    t->has_v2 ? store_blob(t->hash_v2, INFO_HASH_V2) : (struct store_value){.type = STORE_NULL},
		    STORE_INT_OF(t->has_v1), STORE_INT_OF(t->private), STORE_INT_OF(t->whole),
		    catalog_text(t->name, CATALOG_MAX_NAME), catalog_text(t->comment, CATALOG_MAX_COMMENT),
		    catalog_text(t->created_by, CATALOG_MAX_SHORT), catalog_known_or_none(t->created),
		    catalog_known_or_none((int64_t)(t->size > INT64_MAX ? INT64_MAX : t->size)),
		    catalog_known_or_none(t->files), STORE_INT_OF(seen));
}

static void put_web_seeds(struct catalog *c, const struct catalog_torrent *t, const struct keys *k)
{
	static const char put[] = "UPDATE torrents SET web_seeds = ?3 WHERE id = " CATALOG_TORRENT_ID;
	struct buf lines;

	if (!t->web_seeds || !*t->web_seeds)
		return;
	buf_init(&lines, CATALOG_MAX_WEB_SEEDS);
	for (const char *const *seed = t->web_seeds; *seed; seed++)
		buf_printf(&lines, "%s%s", lines.len ? "\n" : "", *seed);
	CATALOG_PUT(c, put, k->hash, k->cut, catalog_text(buf_str(&lines), CATALOG_MAX_WEB_SEEDS));
	buf_done(&lines);
}

/* "" where there is none: it is part of a key. */
static struct store_value link_of(const char *link)
{
	struct store_value url = catalog_whole_text(link, CATALOG_MAX_URL);

	return url.type == STORE_NULL ? store_text("") : url;
}

/* A torrent file from the place whose file was the first of its torrent stays that; if that place is gone, another of
 * the same collection takes over. */
static void put_place(struct catalog *c, const struct catalog_place *p, const struct keys *k, bool whole)
{
	static const char pass_on[] = "UPDATE places SET first = 0 WHERE torrent = " CATALOG_TORRENT_ID
				      " AND first AND gone <> 0 AND collection = ?3 AND link <> ?4";
	static const char put[] = "INSERT INTO places(torrent, collection, link, magnet, file, type, seen, first) "
				  "VALUES(" CATALOG_TORRENT_ID ", ?3, ?4, ?5, ?6, ?7, ?8,"
				  " ?9 AND NOT EXISTS(SELECT 1 FROM places WHERE torrent = " CATALOG_TORRENT_ID
				  " AND first)) "
				  "ON CONFLICT(torrent, collection, link) DO UPDATE SET "
				  "magnet = coalesce(excluded.magnet, magnet), file = coalesce(excluded.file, file), "
				  "type = coalesce(excluded.type, type), seen = max(seen, excluded.seen), gone = 0, "
				  "first = max(first, excluded.first)";
	static const char replace[] =
		"UPDATE places SET gone = 2 WHERE collection = ?3 AND link = ?4 AND torrent <> " CATALOG_TORRENT_ID;
	struct store_value link = link_of(p->link);

	if (whole)
		CATALOG_PUT(c, pass_on, k->hash, k->cut, STORE_INT_OF(p->collection), link);
	CATALOG_PUT(c, put, k->hash, k->cut, STORE_INT_OF(p->collection), link,
		    catalog_whole_text(p->magnet, CATALOG_MAX_MAGNET), catalog_text(p->file, CATALOG_MAX_SHORT),
		    catalog_text(p->type, CATALOG_MAX_SHORT), STORE_INT_OF(p->seen), STORE_INT_OF(whole));
	if (whole && link.len)
		CATALOG_PUT(c, replace, k->hash, k->cut, STORE_INT_OF(p->collection), link);
}

/* What a file says takes the place of what its collection said, unless the torrent has another place there. */
static void put_trackers(struct catalog *c, const struct catalog_torrent *t, const struct catalog_place *p,
			 const struct keys *k)
{
	static const char forget[] =
		"DELETE FROM names WHERE torrent = " CATALOG_TORRENT_ID " AND EXISTS(SELECT 1 FROM places p "
		"WHERE p.torrent = names.torrent AND p.collection = ?3 AND p.link = ?4 "
		"AND names.collection = p.collection AND names.first = p.first "
		"AND NOT EXISTS(SELECT 1 FROM places o WHERE o.torrent = p.torrent AND o.collection = p.collection "
		"AND o.link <> p.link AND o.first = p.first AND o.gone = 0))";
	static const char tracker[] = "INSERT INTO trackers(url) VALUES(?1) ON CONFLICT(url) DO NOTHING";
	static const char name[] =
		"INSERT INTO names(torrent, tracker, collection, first, tier) "
		"SELECT p.torrent, r.id, p.collection, ?5 AND p.first, ?6 FROM places p, trackers r "
		"WHERE p.torrent = " CATALOG_TORRENT_ID " AND p.collection = ?3 AND p.link = ?4 AND r.url = ?7 "
		"ON CONFLICT(torrent, tracker, collection, first) DO UPDATE SET tier = min(tier, excluded.tier)";
	size_t count = t->tracker_count < CATALOG_TRACKERS ? t->tracker_count : CATALOG_TRACKERS;
	struct store_value link = link_of(p->link);

	if (t->whole)
		CATALOG_PUT(c, forget, k->hash, k->cut, STORE_INT_OF(p->collection), link);
	for (size_t i = 0; i < count; i++) {
		struct store_value url = catalog_whole_text(t->trackers[i].url, CATALOG_MAX_URL);

		if (url.type == STORE_NULL)
			continue;
		CATALOG_PUT(c, tracker, url);
		CATALOG_PUT(c, name, k->hash, k->cut, STORE_INT_OF(p->collection), link, STORE_INT_OF(t->whole),
			    STORE_INT_OF(t->trackers[i].tier & 0xffff), url);
	}
}

void catalog_put_torrent(struct catalog *c, const struct catalog_torrent *t, const struct catalog_place *place)
{
	struct keys k = keys_of(t);

	if (t->whole && t->has_v1 && t->has_v2)
		put_hybrid(c, &k);
	put_facts(c, t, &k, place->seen);
	put_web_seeds(c, t, &k);
	put_place(c, place, &k, t->whole);
	put_trackers(c, t, place, &k);
}

void catalog_seen(struct catalog *c, int64_t collection, const char *link, const uint8_t *hash, int64_t seen)
{
	static const char by_link[] =
		"UPDATE places SET seen = max(seen, ?3), gone = 0 WHERE collection = ?1 AND link = ?2 AND gone <> 2";
	static const char by_hash[] = "UPDATE places SET seen = max(seen, ?4), gone = 0 "
				      "WHERE torrent = " CATALOG_TORRENT_ID
				      " AND collection = ?3 AND link = '' AND gone <> 2";
	struct store_value url = link_of(link);

	if (url.len) {
		CATALOG_PUT(c, by_link, STORE_INT_OF(collection), url, STORE_INT_OF(seen));
	} else if (hash) {
		struct store_value key = store_blob(hash, INFO_HASH);

		CATALOG_PUT(c, by_hash, key, key, STORE_INT_OF(collection), STORE_INT_OF(seen));
	}
}

void catalog_gone(struct catalog *c, int64_t collection, int64_t since)
{
	static const char put[] = "UPDATE places SET gone = 1 WHERE collection = ?1 AND gone = 0 AND seen < ?2";
	/* A file that was moved, perhaps with a new passkey in it: it is to be read again, to take the first one's
	 * place. */
	static const char again[] =
		"UPDATE urls SET etag = NULL, modified = NULL WHERE collection = ?1 AND url IN ("
		"SELECT o.link FROM places p CROSS JOIN torrents t ON t.id = p.torrent AND t.private "
		"CROSS JOIN places o ON o.torrent = p.torrent AND o.collection = p.collection AND o.gone = 0 "
		"WHERE p.collection = ?1 AND p.first AND p.gone <> 0)";

	CATALOG_PUT(c, put, STORE_INT_OF(collection), STORE_INT_OF(since));
	CATALOG_PUT(c, again, STORE_INT_OF(collection));
}

bool catalog_link_differs(struct catalog *c, int64_t collection, const char *link, const uint8_t hash[INFO_HASH])
{
	static const char get[] = "SELECT count(*) FROM places p JOIN torrents t ON t.id = p.torrent "
				  "WHERE p.collection = ?1 AND p.link = ?2 AND p.gone = 0 AND t.hash <> ?3";
	int64_t count = 0;

	CATALOG_GET(c, get, catalog_take_number, &count, NULL, STORE_INT_OF(collection), link_of(link),
		    store_blob(hash, INFO_HASH));
	return count > 0;
}

/* ---- URLs ---- */

static void read_url(const struct store_value *columns, struct catalog_url *known)
{
	memset(known, 0, sizeof(*known));
	catalog_column_copy(&columns[0], known->etag, sizeof(known->etag));
	catalog_column_copy(&columns[1], known->modified, sizeof(known->modified));
	known->fetched = catalog_column(&columns[2], 0);
	known->status = (int)catalog_column(&columns[3], 0);
	known->failures = (unsigned)catalog_column(&columns[4], 0);
	known->bad = catalog_column(&columns[5], 0);
}

struct url_taker {
	int (*take)(void *context, const char *url, const struct catalog_url *known);
	void *context;
};

static int take_url(void *context, const struct store_value *columns, size_t count)
{
	const struct url_taker *t = context;
	struct catalog_url known;

	(void)count;
	read_url(columns, &known);
	return t->take(t->context, catalog_column_text(&columns[6]), &known);
}

int catalog_urls(struct catalog *c, int64_t collection,
		 int (*take)(void *context, const char *url, const struct catalog_url *known), void *context,
		 struct err *err)
{
	static const char get[] =
		"SELECT etag, modified, fetched, status, failures, bad, url FROM urls WHERE collection = ?1";
	struct url_taker t = {take, context};

	return CATALOG_GET(c, get, take_url, &t, err, STORE_INT_OF(collection));
}

struct found_url {
	struct catalog_url *known;
	bool found;
};

static int take_found_url(void *context, const struct store_value *columns, size_t count)
{
	struct found_url *f = context;

	(void)count;
	read_url(columns, f->known);
	f->found = true;
	return 0;
}

bool catalog_url_get(struct catalog *c, int64_t collection, const char *url, struct catalog_url *known)
{
	static const char get[] =
		"SELECT etag, modified, fetched, status, failures, bad FROM urls WHERE collection = ?1 AND url = ?2";
	struct found_url f = {known, false};

	CATALOG_GET(c, get, take_found_url, &f, NULL, STORE_INT_OF(collection), store_text(url));
	return f.found;
}

void catalog_url_put(struct catalog *c, int64_t collection, const char *url, const struct catalog_url *known)
{
	static const char put[] = "INSERT INTO urls(collection, url, etag, modified, fetched, status, failures, bad) "
				  "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT(collection, url) DO UPDATE SET "
				  "etag = excluded.etag, modified = excluded.modified, fetched = excluded.fetched, "
				  "status = excluded.status, failures = excluded.failures, bad = excluded.bad";
	struct store_value key = catalog_whole_text(url, CATALOG_MAX_URL);

	if (key.type == STORE_NULL)
		return;
	CATALOG_PUT(c, put, STORE_INT_OF(collection), key, catalog_whole_text(known->etag, CATALOG_MAX_SHORT),
		    catalog_whole_text(known->modified, CATALOG_MAX_SHORT), STORE_INT_OF(known->fetched),
		    STORE_INT_OF(known->status), STORE_INT_OF(known->failures), STORE_INT_OF(known->bad));
}
