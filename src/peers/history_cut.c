/* Whole addresses that were kept before `anonymize` was set: the store's writer cuts them, some thousand rows at a
 * time, and those of one network become one row. What ends in between is gone on with: a row that is cut is never
 * touched again. It does not know when. */
#include "peers/history_private.h"

/* The same as ledger_cut(), of a column. */
#define CUT(ip)                                                                                                        \
	"CAST(CASE WHEN length(" ip ") = 4 THEN substr(" ip ", 1, 3) || x'00'"                                         \
	" WHEN substr(" ip ", 1, 2) = x'2002' THEN substr(" ip ", 1, 5) || zeroblob(11)"                               \
	" ELSE substr(" ip ", 1, 6) || zeroblob(10) END AS BLOB)"

#define WHOLE "id BETWEEN new.low AND new.high AND ip <> " CUT("ip")

/* They are of the connection and not of the file: an older swarmtop reads it as ever. */
static const char view[] = "CREATE TEMP VIEW IF NOT EXISTS cut AS SELECT 0 AS low, 0 AS high";
/* An insert of two ids into the view cuts the rows between them, in one go: kill -9 leaves each in one of two states.
 * The first of a network takes its name; the others, and all of one that has a row, are added to it, and go. The
 * uniques of the totals stay what they are, since none is new. */
/* clang-format off */
static const char trigger[] =
	"CREATE TEMP TRIGGER IF NOT EXISTS cut_peers INSTEAD OF INSERT ON cut BEGIN"
	" UPDATE peers SET ip = " CUT("ip") " WHERE id IN (SELECT min(id) FROM peers p WHERE " WHOLE
	"  AND NOT EXISTS(SELECT 1 FROM peers q WHERE q.ip = " CUT("p.ip") ") GROUP BY " CUT("ip") ");"
	" INSERT INTO peers(ip, country, client, tags, first, last, visits, sightings, connected, up, down)"
	"  SELECT " CUT("ip") ", country, client, tags, first, last, visits, sightings, connected, up, down FROM peers"
	"  WHERE " WHOLE
	"  ON CONFLICT(ip) DO UPDATE SET"
	"  country = CASE WHEN excluded.last > last THEN excluded.country ELSE country END,"
	"  client = CASE WHEN excluded.last > last THEN excluded.client ELSE client END,"
	"  tags = CASE WHEN excluded.last > last THEN coalesce(excluded.tags, tags)"
	"  ELSE coalesce(tags, excluded.tags) END,"
	"  first = min(first, excluded.first), last = max(last, excluded.last), visits = visits + excluded.visits,"
	"  sightings = sightings + excluded.sightings, connected = connected + excluded.connected,"
	"  up = up + excluded.up, down = down + excluded.down;"
	" DELETE FROM peers WHERE " WHOLE ";"
	"END";
/* clang-format on */

static int take_id(void *context, const struct store_value *columns, size_t n)
{
	(void)n;
	if (columns[0].type == STORE_INT)
		*(int64_t *)context = columns[0].number;
	return 0;
}

void history_find_whole(struct opening *o)
{
	static const char peers[] = "SELECT id FROM peers WHERE ip <> " CUT("ip") " ORDER BY id LIMIT 1";
	static const char fresh[] = "SELECT 1 FROM fresh WHERE ip <> " CUT("ip") " LIMIT 1";
	static const char ids[] = "SELECT (SELECT coalesce(max(id), 0) FROM peers) + (SELECT count(*) FROM fresh)";
	int64_t found = 0;

	store_get(o->store, ids, NULL, 0, take_id, &o->ids, NULL);
	store_get(o->store, fresh, NULL, 0, take_id, &found, NULL);
	o->whole = found ? o->ids + 1 : 0;
	store_get(o->store, peers, NULL, 0, take_id, &o->whole, NULL);
}

bool history_cut(struct history *h)
{
	int64_t low = h->whole;

	if (!low)
		return true;
	/* What is cut is overwritten too. */
	store_put(h->store, "PRAGMA secure_delete = ON", NULL, 0);
	if (low > h->ids) {
		store_put(h->store, "UPDATE fresh SET ip = " CUT("ip") " WHERE ip <> " CUT("ip"), NULL, 0);
		h->whole = 0;
		return true;
	}
	store_put(h->store, view, NULL, 0);
	store_put(h->store, trigger, NULL, 0);
	h->whole = low + HISTORY_CHUNK;
	HISTORY_PUT(h->store, "INSERT INTO cut VALUES(?1, ?2)", STORE_INT_OF(low), STORE_INT_OF(h->whole - 1));
	return false;
}
