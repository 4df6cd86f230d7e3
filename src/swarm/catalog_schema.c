/* The tables of the catalog, step by step. It knows nothing of who fills them. */
#include "swarm/catalog_private.h"

/* A series is what one kind measured of one torrent: torrent * 4 + kind. `latest` has its value of now; when that
 * changes, the one before goes to `fresh`, in the order of time, because a pass over thousands of torrents shall write
 * a few pages and not one for each. From time to time all of it moves to `samples`, in the order of the series. What
 * is unknown is NULL. */
static const char first[] =
	"CREATE TABLE collections("
	" id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, type TEXT, url TEXT);"

	"CREATE TABLE torrents("
	" id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, hash_v2 BLOB,"
	" v1 INTEGER NOT NULL, private INTEGER NOT NULL, whole INTEGER NOT NULL,"
	" name TEXT, comment TEXT, created_by TEXT, created INTEGER, size INTEGER, files INTEGER, web_seeds TEXT,"
	" added INTEGER NOT NULL);"
	"CREATE INDEX torrents_v2 ON torrents(substr(hash_v2, 1, 20)) WHERE whole = 1 AND hash_v2 IS NOT NULL;"

	/* gone: 0 it is there, 1 it left the page, 2 its link leads to another torrent now */
	"CREATE TABLE places("
	" torrent INTEGER NOT NULL REFERENCES torrents ON DELETE CASCADE,"
	" collection INTEGER NOT NULL REFERENCES collections,"
	" link TEXT NOT NULL, magnet TEXT, file TEXT, type TEXT,"
	" seen INTEGER NOT NULL, gone INTEGER NOT NULL DEFAULT 0,"
	" PRIMARY KEY(torrent, collection, link)) WITHOUT ROWID;"
	"CREATE INDEX places_link ON places(collection, link);"

	"CREATE TABLE urls("
	" collection INTEGER NOT NULL, url TEXT NOT NULL, etag TEXT, modified TEXT, fetched INTEGER NOT NULL,"
	" status INTEGER NOT NULL, failures INTEGER NOT NULL, bad INTEGER NOT NULL,"
	" PRIMARY KEY(collection, url)) WITHOUT ROWID;"

	"CREATE TABLE trackers("
	" id INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE, answered INTEGER, tried INTEGER, failures INTEGER,"
	" latency REAL, error TEXT);"
	"CREATE TABLE names("
	" torrent INTEGER NOT NULL REFERENCES torrents ON DELETE CASCADE, tracker INTEGER NOT NULL, tier INTEGER NOT "
	"NULL,"
	" PRIMARY KEY(torrent, tracker)) WITHOUT ROWID;"
	/* By tracker, because that is how they come. */
	"CREATE TABLE answers("
	" tracker INTEGER NOT NULL, torrent INTEGER NOT NULL, at INTEGER NOT NULL, seeders INTEGER, leechers INTEGER,"
	" completed INTEGER, PRIMARY KEY(tracker, torrent)) WITHOUT ROWID;"

	"CREATE TABLE latest("
	" series INTEGER PRIMARY KEY, since INTEGER NOT NULL, at INTEGER NOT NULL, tried INTEGER NOT NULL,"
	" seeders INTEGER, leechers INTEGER, peers INTEGER, completed INTEGER, tracker INTEGER, outcome INTEGER,"
	" asked INTEGER, answered INTEGER, countries TEXT);"
	"CREATE TABLE fresh("
	" series INTEGER NOT NULL, since INTEGER NOT NULL, span INTEGER NOT NULL, seeders INTEGER, leechers INTEGER,"
	" peers INTEGER);"
	"CREATE TABLE samples("
	" series INTEGER NOT NULL, since INTEGER NOT NULL, span INTEGER NOT NULL, seeders INTEGER, leechers INTEGER,"
	" peers INTEGER, PRIMARY KEY(series, since)) WITHOUT ROWID;"
	"CREATE TRIGGER latest_changed AFTER UPDATE OF since ON latest WHEN old.at > 0 AND new.since <> old.since BEGIN"
	" INSERT INTO fresh VALUES(old.series, old.since, old.at - old.since, old.seeders, old.leechers, old.peers);"
	"END;"
	/* An insert into this view moves them. */
	"CREATE VIEW settled AS SELECT count(*) AS n FROM fresh;"
	"CREATE TRIGGER settle INSTEAD OF INSERT ON settled BEGIN"
	" INSERT OR IGNORE INTO samples SELECT * FROM fresh ORDER BY series, since;"
	" DELETE FROM fresh;"
	"END;"

	"CREATE TABLE near("
	" torrent INTEGER NOT NULL, family INTEGER NOT NULL, nodes BLOB NOT NULL, PRIMARY KEY(torrent, family))"
	" WITHOUT ROWID;"
	"CREATE TABLE state(key TEXT PRIMARY KEY, value BLOB NOT NULL);"

	/* What has no reference, because it is written all the time. */
	"CREATE TRIGGER torrent_deleted AFTER DELETE ON torrents BEGIN"
	" DELETE FROM latest WHERE series BETWEEN old.id * 4 AND old.id * 4 + 3;"
	" DELETE FROM fresh WHERE series BETWEEN old.id * 4 AND old.id * 4 + 3;"
	" DELETE FROM samples WHERE series BETWEEN old.id * 4 AND old.id * 4 + 3;"
	" DELETE FROM answers WHERE torrent = old.id;"
	" DELETE FROM near WHERE torrent = old.id;"
	"END;";

/* Which collection names a tracker, and whether the file did that was the first of its torrent: of a private one only
 * those may be asked. What was kept does not say so: it is taken for the word of the first place that a file came from,
 * and all is to be read again when it is due. */
static const char by_collection[] =
	"ALTER TABLE places ADD COLUMN first INTEGER NOT NULL DEFAULT 0;"
	"UPDATE places SET first = 1 WHERE (torrent, collection, link) IN ("
	" SELECT torrent, collection, link FROM (SELECT p.torrent, p.collection, p.link, row_number() OVER ("
	"  PARTITION BY p.torrent ORDER BY p.gone, p.collection, p.link) AS n"
	"  FROM torrents t JOIN places p ON p.torrent = t.id"
	"  JOIN urls u ON u.collection = p.collection AND u.url = p.link AND u.fetched > 0 AND NOT u.bad"
	"  WHERE t.whole) WHERE n = 1);"
	"CREATE TABLE named("
	" torrent INTEGER NOT NULL REFERENCES torrents ON DELETE CASCADE, tracker INTEGER NOT NULL,"
	" collection INTEGER NOT NULL, first INTEGER NOT NULL, tier INTEGER NOT NULL,"
	" PRIMARY KEY(torrent, tracker, collection, first)) WITHOUT ROWID;"
	"INSERT INTO named SELECT n.torrent, n.tracker, p.collection, p.first, n.tier FROM names n"
	" JOIN (SELECT torrent, collection, first, row_number() OVER ("
	"  PARTITION BY torrent ORDER BY first DESC, gone, collection) AS n FROM places) p"
	" ON p.torrent = n.torrent AND p.n = 1;"
	"DROP TABLE names;"
	"ALTER TABLE named RENAME TO names;"
	"UPDATE urls SET etag = NULL, modified = NULL;";

/* For how many seconds after `tried` a tracker wants to be left alone. */
static const char wait[] = "ALTER TABLE trackers ADD COLUMN wait INTEGER;";

const char *const catalog_migrations[] = {first, by_collection, wait, NULL};
