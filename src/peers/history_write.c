/* From memory into the store's queue, some thousand rows at a time: a save of a whole month of a broken disk shall
 * neither fill the queue nor stop the loop. It does not know when a save is due. */
#include "peers/history_private.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { TAGS_TEXT = NETLISTS_TAGS * NETLIST_TAG };

static struct store_value number(uint64_t n)
{
	return STORE_INT_OF(n > INT64_MAX ? INT64_MAX : (int64_t)n);
}

static struct store_value seconds(uint64_t ms)
{
	return number((ms + 500) / 1000);
}

size_t history_address_bytes(const struct ip *ip, uint8_t bytes[HISTORY_ADDRESS])
{
	size_t len = ip_is4(ip) ? 4 : 16;

	memcpy(bytes, ip->b + 16 - len, len);
	return len;
}

/* ---- sums ---- */

/* What a part of a save adds to the totals of all time. */
struct totals {
	uint64_t polls;
	int64_t since;
	struct ledger_cell countries[COUNTRY_MAX];
};

static void put_country(struct history *h, const struct ledger_cell *cell, struct totals *t)
{
	static const char put[] =
		"INSERT INTO hours VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT(hour, country) DO UPDATE SET "
		"sightings = sightings + ?3, connected = connected + ?4, up = up + ?5, down = down + ?6";
	struct ledger_cell *sum = &t->countries[cell->key.subject];

	HISTORY_PUT(h->store, put, STORE_INT_OF((int64_t)cell->key.slot * HISTORY_SLOT / 3600),
		    store_text(country_code((country_t)cell->key.subject)), number(cell->sightings),
		    seconds(cell->connected_ms), number(cell->up), number(cell->down));
	sum->sightings += cell->sightings;
	sum->connected_ms += cell->connected_ms;
	sum->up += cell->up;
	sum->down += cell->down;
}

static void put_client(struct history *h, const struct ledger_cell *cell, struct totals *t)
{
	static const char put[] = "INSERT INTO clients VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(day, client) DO UPDATE "
				  "SET sightings = sightings + ?3, up = up + ?4, down = down + ?5";
	const struct client *client = clients_get(h->setup.clients, cell->key.subject - COUNTRY_MAX);

	(void)t;
	HISTORY_PUT(h->store, put, STORE_INT_OF((int64_t)cell->key.slot * HISTORY_SLOT / HISTORY_DAY),
		    store_text(client->family_name), number(cell->sightings), number(cell->up), number(cell->down));
}

static void put_observed(struct history *h, const struct ledger_cell *cell, struct totals *t)
{
	static const char put[] =
		"INSERT INTO observed VALUES(?1, ?2) ON CONFLICT(hour) DO UPDATE SET polls = polls + ?2";
	int64_t at = (int64_t)cell->key.slot * HISTORY_SLOT;

	HISTORY_PUT(h->store, put, STORE_INT_OF(at / 3600), number(cell->sightings));
	t->polls += cell->sightings;
	t->since = !t->since || at < t->since ? at : t->since;
}

static void put_totals(struct history *h, const struct totals *t)
{
	static const char total[] =
		"INSERT INTO totals VALUES(?1, ?2, 0, ?3, ?4, ?5) ON CONFLICT(country) DO UPDATE SET "
		"sightings = sightings + ?2, connected = connected + ?3, up = up + ?4, down = down + ?5";
	static const char polls[] =
		"INSERT INTO state VALUES('polls', ?1) ON CONFLICT(key) DO UPDATE SET value = value + ?1";
	static const char since[] =
		"INSERT INTO state VALUES('since', ?1) ON CONFLICT(key) DO UPDATE SET value = min(value, ?1)";

	for (unsigned i = 0; i < COUNTRY_MAX; i++) {
		const struct ledger_cell *sum = &t->countries[i];

		if (sum->sightings)
			HISTORY_PUT(h->store, total, store_text(country_code((country_t)i)), number(sum->sightings),
				    seconds(sum->connected_ms), number(sum->up), number(sum->down));
	}
	if (t->polls) {
		HISTORY_PUT(h->store, polls, number(t->polls));
		HISTORY_PUT(h->store, since, STORE_INT_OF(t->since));
	}
}

/* Each returns how many rows it queued, at most `left`. */
static unsigned put_cells(struct history *h, unsigned left)
{
	struct totals t = {.polls = 0};
	const struct ledger_cell *cell;
	unsigned done = 0;

	while (done < left && (cell = ledger_take_cell(&h->ledger))) {
		if (cell->key.subject == LEDGER_POLLS)
			put_observed(h, cell, &t);
		else if (cell->key.subject < COUNTRY_MAX)
			put_country(h, cell, &t);
		else
			put_client(h, cell, &t);
		done++;
	}
	put_totals(h, &t);
	return done;
}

static unsigned put_polls(struct history *h, unsigned left)
{
	/* At the same second when the clock went back: one row of both. */
	static const char put[] =
		"INSERT INTO polls VALUES(?1, 1, ?2, ?2, ?3, ?4, ?5) ON CONFLICT(at) DO UPDATE SET n = n + 1, "
		"connections = connections + ?2, peak = max(peak, ?2), addresses = addresses + ?3, up = up + ?4, "
		"down = down + ?5";
	const struct ledger_poll *poll;
	unsigned done = 0;

	for (; done < left && (poll = ledger_take_poll(&h->ledger)); done++)
		HISTORY_PUT(h->store, put, STORE_INT_OF(poll->at), STORE_INT_OF(poll->connections),
			    STORE_INT_OF(poll->addresses), number(poll->rate_up), number(poll->rate_down));
	return done;
}

/* ---- peers ---- */

/* NULL where nobody could know: what was known of it before stays. */
static const char *tags_text(const struct history *h, const struct ledger_peer *p, char text[TAGS_TEXT])
{
	if (!p->tagged)
		return NULL;
	netlists_tags_text(h->setup.lists, p->tags, text, TAGS_TEXT);
	return text;
}

#define PUT_PEER(tags) "INSERT INTO fresh VALUES(?1, ?2, ?3, " tags ", ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"

/* Of the tags that nobody could know (?13) those stay that it had. */
static const char put_doubtful[] = PUT_PEER(
	"trim(?12 || ' ' || coalesce((SELECT group_concat(value, ' ')"
	" FROM json_each('[\"' || replace(?13, ' ', '\",\"') || '\"]') WHERE instr(' ' || coalesce("
	" (SELECT tags FROM fresh WHERE ip = ?1 AND tags IS NOT NULL ORDER BY rowid DESC LIMIT 1),"
	" (SELECT tags FROM peers WHERE ip = ?1)) || ' ', ' ' || value || ' ')), ''))");

static void put_peer(struct history *h, const struct ledger_peer *p)
{
	static const char put[] = PUT_PEER("coalesce(?12, ?13)"); /* ?13 is NULL */
	uint8_t bytes[HISTORY_ADDRESS];
	char tags[TAGS_TEXT], doubtful[TAGS_TEXT];
	size_t len = history_address_bytes(&p->ip, bytes);
	bool doubts = p->tagged && (p->doubtful & ~p->tags);

	netlists_tags_text(h->setup.lists, doubts ? p->doubtful & ~p->tags : 0, doubtful, sizeof(doubtful));
	HISTORY_PUT(h->store, doubts ? put_doubtful : put, store_blob(bytes, len), store_text(country_code(p->country)),
		    store_text(clients_get(h->setup.clients, p->client)->name), STORE_INT_OF(p->first),
		    STORE_INT_OF(p->last), STORE_INT_OF(p->visits), STORE_INT_OF(p->sightings),
		    seconds(p->connected_ms), number(p->up), number(p->down),
		    STORE_INT_OF(p->begun ? h->ledger.gap_ms / 1000 : -1), store_text(tags_text(h, p, tags)),
		    store_text(doubts ? doubtful : NULL));
	h->fresh++;
}

/* True when none is left. */
static bool put_peers(struct history *h, unsigned left)
{
	struct ledger *l = &h->ledger;

	for (; l->next_peer < l->peer_count && left; l->next_peer++) {
		struct ledger_peer *p = &l->peers[l->next_peer];

		if (!p->sightings)
			continue;
		put_peer(h, p);
		ledger_saved_peer(p);
		left--;
	}
	return l->next_peer >= l->peer_count;
}

bool history_write(struct history *h, struct now now)
{
	unsigned left = HISTORY_CHUNK;

	left -= put_cells(h, left);
	left -= put_polls(h, left);
	if (!put_peers(h, left) || !left)
		return false;
	if (h->whole) {
		if (!history_cut(h))
			return false;
		history_upkeep(h, now); /* it had to wait: a whole address is not to become a peer */
	}
	ledger_forget_idle(&h->ledger, now.mono_ms);
	return true;
}

/* ---- alerts ---- */

/* What it is called in the file: see history_schema.c. */
static void name_alert(const struct history_alert *a, char name[HISTORY_ALERT_NAME])
{
	snprintf(name, HISTORY_ALERT_NAME, "%s%s%s", a->name, *a->untold ? "\n" : "", a->untold);
}

void history_write_alerts(struct history *h)
{
	static const char put[] = "INSERT INTO alerts VALUES(?1, ?2, ?3, ?4, ?5)";

	if (!h->alerts_changed)
		return;
	store_put(h->store, "DELETE FROM alerts", NULL, 0);
	for (unsigned i = 0; i < h->alert_count; i++) {
		const struct history_alert *a = &h->alerts[i];
		char name[HISTORY_ALERT_NAME];

		name_alert(a, name);
		HISTORY_PUT(h->store, put, store_text(name), STORE_INT_OF((int64_t)a->condition),
			    STORE_INT_OF(a->since), STORE_INT_OF(a->told), STORE_INT_OF(a->told_at));
	}
	h->alerts_changed = false;
}

/* ---- once a day ---- */

#define OBSERVED_DAYS "SELECT DISTINCT hour / 24 * 86400 FROM observed ORDER BY 1 DESC "

void history_upkeep(struct history *h, struct now now)
{
	/* Who was seen while the clock was ahead. */
	static const char back[] = "UPDATE peers SET first = min(first, ?1), last = ?1 WHERE last > ?1 + 86400";
	/* Where the date is only believed, what 2 (or, into hours, 30) days were observed since, as with `kept`. */
	static const char thin[] = "INSERT INTO thinned SELECT min(?1,"
				   " coalesce((" OBSERVED_DAYS "LIMIT 1 OFFSET 2), 0) + 172800,"
				   " coalesce((" OBSERVED_DAYS
				   "LIMIT 1 OFFSET 30), (SELECT min(hour) * 3600 FROM observed), 0)"
				   " + 2592000)";
	int64_t cut = now.wall - (int64_t)h->setup.keep_days * HISTORY_DAY;

	HISTORY_PUT(h->store, "INSERT INTO settled VALUES(?1)", STORE_INT_OF(0));
	if (h->set)
		HISTORY_PUT(h->store, back, STORE_INT_OF(now.wall));
	HISTORY_PUT(h->store, h->set ? "INSERT INTO thinned VALUES(?1)" : thin, STORE_INT_OF(now.wall));
	HISTORY_PUT(h->store, "INSERT INTO kept VALUES(?1, ?2)", STORE_INT_OF(cut),
		    STORE_INT_OF(h->set ? 0 : h->setup.keep_days));
	h->upkeep_ms = now.mono_ms;
	h->ids += h->fresh;
	h->fresh = 0;
}
