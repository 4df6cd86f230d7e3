/* The tables of the history, step by step. It knows nothing of who fills them. */
#include "peers/history_private.h"

/* Times are seconds since 1970 (UTC), `connected` is in seconds, `up` and `down` in bytes.
 *
 * A save of peers would touch a page for each, all over the file, and wear out a card. So it appends to `fresh`, a few
 * pages in a row, and once a day all of that moves to `peers`. `gap`: a visit of before that ended no more than so many
 * seconds ago goes on; -1 = none does. An address is 4 or 16 bytes. */
static const char first[] =
	"CREATE TABLE state(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"

	/* Of all time: what keep_days does not touch. */
	"CREATE TABLE totals("
	" country TEXT PRIMARY KEY, sightings INTEGER NOT NULL, uniques INTEGER NOT NULL, connected INTEGER NOT NULL,"
	" up INTEGER NOT NULL, down INTEGER NOT NULL) WITHOUT ROWID;"

	"CREATE TABLE hours("
	" hour INTEGER NOT NULL, country TEXT NOT NULL, sightings INTEGER NOT NULL, connected INTEGER NOT NULL,"
	" up INTEGER NOT NULL, down INTEGER NOT NULL, PRIMARY KEY(hour, country)) WITHOUT ROWID;"
	"CREATE TABLE observed(hour INTEGER PRIMARY KEY, polls INTEGER NOT NULL);"
	"CREATE TABLE clients("
	" day INTEGER NOT NULL, client TEXT NOT NULL, sightings INTEGER NOT NULL, up INTEGER NOT NULL,"
	" down INTEGER NOT NULL, PRIMARY KEY(day, client)) WITHOUT ROWID;"

	"CREATE TABLE peers("
	" id INTEGER PRIMARY KEY, ip BLOB NOT NULL UNIQUE, country TEXT NOT NULL, client TEXT NOT NULL, tags TEXT,"
	" first INTEGER NOT NULL, last INTEGER NOT NULL, visits INTEGER NOT NULL, sightings INTEGER NOT NULL,"
	" connected INTEGER NOT NULL, up INTEGER NOT NULL, down INTEGER NOT NULL);"
	"CREATE TABLE fresh("
	" ip BLOB NOT NULL, country TEXT NOT NULL, client TEXT NOT NULL, tags TEXT,"
	" first INTEGER NOT NULL, last INTEGER NOT NULL, visits INTEGER NOT NULL, sightings INTEGER NOT NULL,"
	" connected INTEGER NOT NULL, up INTEGER NOT NULL, down INTEGER NOT NULL, gap INTEGER NOT NULL);"
	"CREATE TRIGGER peer_new AFTER INSERT ON peers BEGIN"
	" INSERT INTO totals VALUES(new.country, 0, 1, 0, 0, 0) ON CONFLICT(country) DO UPDATE SET uniques = uniques + "
	"1;"
	"END;"
	/* An insert into this view moves them, in the order of time. */
	"CREATE VIEW settled AS SELECT count(*) AS n FROM fresh;"
	"CREATE TRIGGER settle INSTEAD OF INSERT ON settled BEGIN"
	" UPDATE fresh SET visits = visits - 1 WHERE gap >= 0 AND EXISTS(SELECT 1 FROM peers p"
	"  WHERE p.ip = fresh.ip AND fresh.first - p.last BETWEEN 0 AND fresh.gap);"
	" INSERT INTO peers(ip, country, client, tags, first, last, visits, sightings, connected, up, down)"
	"  SELECT ip, country, client, tags, first, last, visits, sightings, connected, up, down FROM fresh"
	"  WHERE true ORDER BY rowid"
	"  ON CONFLICT(ip) DO UPDATE SET country = excluded.country, client = excluded.client,"
	"  tags = coalesce(excluded.tags, tags), first = min(first, excluded.first), last = max(last, excluded.last),"
	"  visits = visits + excluded.visits, sightings = sightings + excluded.sightings,"
	"  connected = connected + excluded.connected, up = up + excluded.up, down = down + excluded.down;"
	" DELETE FROM fresh;"
	"END;"

	/* All that is known of each address; what it is called is what it was called last. It is for other readers
	 * of the file: history_query.c asks for the same in a faster way. */
	"CREATE VIEW everyone AS SELECT ip,"
	" substr(max(printf('%016d', last) || country), 17) AS country,"
	" substr(max(printf('%016d', last) || client), 17) AS client,"
	" substr(max(coalesce(printf('%016d', last) || tags, '')), 17) AS tags,"
	" min(first) AS first, max(last) AS last, sum(visits) AS visits, sum(sightings) AS sightings,"
	" sum(connected) AS connected, sum(up) AS up, sum(down) AS down FROM ("
	"  SELECT ip, country, client, tags, first, last, visits, sightings, connected, up, down FROM peers UNION ALL"
	"  SELECT f.ip, f.country, f.client, f.tags, f.first, f.last, f.visits - EXISTS(SELECT 1 FROM peers p"
	"   WHERE p.ip = f.ip AND f.first - p.last BETWEEN 0 AND f.gap), f.sightings, f.connected, f.up, f.down"
	"  FROM fresh f) GROUP BY ip;"

	/* A row is `n` polls, its numbers are sums over them. All for two days, then of quarters of an hour,
	 * then of hours. */
	"CREATE TABLE polls("
	" at INTEGER PRIMARY KEY, n INTEGER NOT NULL, connections INTEGER NOT NULL, peak INTEGER NOT NULL,"
	" addresses INTEGER NOT NULL, up INTEGER NOT NULL, down INTEGER NOT NULL);"
	"CREATE TABLE quarters("
	" at INTEGER PRIMARY KEY, n INTEGER NOT NULL, connections INTEGER NOT NULL, peak INTEGER NOT NULL,"
	" addresses INTEGER NOT NULL, up INTEGER NOT NULL, down INTEGER NOT NULL);"
	"CREATE TABLE whole_hours("
	" at INTEGER PRIMARY KEY, n INTEGER NOT NULL, connections INTEGER NOT NULL, peak INTEGER NOT NULL,"
	" addresses INTEGER NOT NULL, up INTEGER NOT NULL, down INTEGER NOT NULL);"
	"CREATE VIEW course AS SELECT 0 AS span, * FROM polls UNION ALL SELECT 900, * FROM quarters"
	" UNION ALL SELECT 3600, * FROM whole_hours;"
	/* An insert of the time of now into this view thins. */
	"CREATE VIEW thinned AS SELECT count(*) AS now FROM polls;"
	"CREATE TRIGGER thin INSTEAD OF INSERT ON thinned BEGIN"
	" INSERT INTO quarters SELECT at / 900 * 900 AS q, sum(n), sum(connections), max(peak), sum(addresses), "
	"sum(up), sum(down)"
	"  FROM polls WHERE at < (new.now - 172800) / 900 * 900 GROUP BY q"
	"  ON CONFLICT(at) DO UPDATE SET n = n + excluded.n, connections = connections + excluded.connections,"
	"  peak = max(peak, excluded.peak), addresses = addresses + excluded.addresses, up = up + excluded.up,"
	"  down = down + excluded.down;"
	" DELETE FROM polls WHERE at < (new.now - 172800) / 900 * 900;"
	" INSERT INTO whole_hours SELECT at / 3600 * 3600 AS q, sum(n), sum(connections), max(peak), sum(addresses), "
	"sum(up), sum(down)"
	"  FROM quarters WHERE at < (new.now - 2592000) / 3600 * 3600 GROUP BY q"
	"  ON CONFLICT(at) DO UPDATE SET n = n + excluded.n, connections = connections + excluded.connections,"
	"  peak = max(peak, excluded.peak), addresses = addresses + excluded.addresses, up = up + excluded.up,"
	"  down = down + excluded.down;"
	" DELETE FROM quarters WHERE at < (new.now - 2592000) / 3600 * 3600;"
	"END;"

	/* An insert into this view forgets what ended before `cut`; but where the date is only believed, never one of
	 * the last `days` days that were observed: a clock that has jumped a year ahead must not empty the file. */
	"CREATE VIEW kept AS SELECT 0 AS cut, 0 AS days;"
	"CREATE TRIGGER forget INSTEAD OF INSERT ON kept BEGIN"
	" INSERT INTO state VALUES('cut', CASE WHEN new.days = 0 THEN new.cut ELSE min(new.cut, coalesce("
	"  (SELECT DISTINCT hour / 24 * 86400 FROM observed ORDER BY 1 DESC LIMIT 1 OFFSET new.days - 1), 0)) END)"
	"  ON CONFLICT(key) DO UPDATE SET value = excluded.value;"
	" DELETE FROM peers WHERE last < (SELECT value FROM state WHERE key = 'cut');"
	" DELETE FROM fresh WHERE last < (SELECT value FROM state WHERE key = 'cut');"
	" DELETE FROM hours WHERE hour < (SELECT value / 3600 FROM state WHERE key = 'cut');"
	" DELETE FROM observed WHERE hour < (SELECT value / 3600 FROM state WHERE key = 'cut');"
	" DELETE FROM clients WHERE day < (SELECT value / 86400 FROM state WHERE key = 'cut');"
	" DELETE FROM polls WHERE at < (SELECT value FROM state WHERE key = 'cut');"
	" DELETE FROM quarters WHERE at < (SELECT value FROM state WHERE key = 'cut');"
	" DELETE FROM whole_hours WHERE at < (SELECT value FROM state WHERE key = 'cut');"
	"END;";

/* Of an alert that is raised, or was told lately: since when it is raised (0 = it is not), whether somebody was told,
 * and when that was last. `condition` stands for its text: one that has changed has no past. The name is
 * followed by a line with the codes of new countries that it is yet to tell, if there are any. */
static const char second[] =
	"CREATE TABLE alerts("
	" name TEXT PRIMARY KEY, condition INTEGER NOT NULL, since INTEGER NOT NULL, told INTEGER NOT NULL,"
	" told_at INTEGER NOT NULL) WITHOUT ROWID;";

const char *const history_migrations[] = {first, second, NULL};
const char *const history_migrations_shown[] = {first, NULL};
