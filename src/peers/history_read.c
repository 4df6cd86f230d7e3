/* From the store: the totals of all time, and what is known of one address. It does not know what was seen since. */
#include "peers/history_private.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

bool history_address_of(const struct store_value *column, struct ip *ip)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (column->type != STORE_BLOB || (column->len != 4 && column->len != 16))
		return false;
	memcpy(ip->b, mapped, sizeof(mapped));
	memcpy(ip->b + 16 - column->len, column->bytes, column->len);
	return true;
}

static uint64_t count(const struct store_value *column)
{
	return column->type == STORE_INT && column->number > 0 ? (uint64_t)column->number : 0;
}

static country_t country(const struct store_value *column)
{
	const char *code = column->type == STORE_TEXT ? column->bytes : "";

	/* Local has no code of letters. */
	return strcmp(code, country_code(COUNTRY_LOCAL)) == 0 ? COUNTRY_LOCAL : country_by_code(code, strlen(code));
}

static void add(struct history_sums *sum, const struct store_value *columns)
{
	sum->sightings += count(&columns[1]);
	sum->unique += count(&columns[2]);
	sum->connected_ms += count(&columns[3]) * 1000;
	sum->bytes_up += count(&columns[4]);
	sum->bytes_down += count(&columns[5]);
}

static int take_total(void *context, const struct store_value *columns, size_t n)
{
	struct history_totals *t = context;

	(void)n;
	add(&t->all, columns);
	add(&t->countries[country(&columns[0])], columns);
	return 0;
}

static int take_state(void *context, const struct store_value *columns, size_t n)
{
	struct history_totals *t = context;

	(void)n;
	t->polls += count(&columns[0]);
	if (count(&columns[1]) && (!t->since || columns[1].number < t->since))
		t->since = columns[1].number;
	return 0;
}

/* The totals count it already. */
static int take_address(void *context, const struct store_value *columns, size_t n)
{
	struct opening *o = context;
	struct ip ip;

	(void)n;
	if (history_address_of(&columns[0], &ip))
		known_add(&o->known, &ip);
	return 0;
}

/* Not yet counted by the totals. */
static int take_fresh(void *context, const struct store_value *columns, size_t n)
{
	struct opening *o = context;
	struct ip ip;

	(void)n;
	if (!history_address_of(&columns[0], &ip) || !known_add(&o->known, &ip))
		return 0;
	o->totals.all.unique++;
	o->totals.countries[country(&columns[1])].unique++;
	return 0;
}

/* Hours of UTC become hours of here. */
static int take_hour(void *context, const struct store_value *columns, size_t n)
{
	struct history_totals *t = context;

	(void)n;
	t->hours[country(&columns[1])][clock_hour((int64_t)count(&columns[0]) * 3600)] += count(&columns[2]);
	return 0;
}

static int take_family(void *context, const struct store_value *columns, size_t n)
{
	struct history_totals *t = context;
	struct history_family *family = &t->families[t->family_count];

	(void)n;
	if (t->family_count == HISTORY_FAMILIES)
		return 0;
	text_clean(family->name, sizeof(family->name), columns[0].type == STORE_TEXT ? columns[0].bytes : "",
		   columns[0].type == STORE_TEXT ? columns[0].len : 0, TEXT_CLIENT_COLS);
	family->sightings = count(&columns[1]);
	t->family_count++;
	return 0;
}

int history_load(struct opening *o, struct store *store, struct err *err)
{
	static const char totals[] = "SELECT country, sightings, uniques, connected, up, down FROM totals";
	static const char state[] = "SELECT (SELECT value FROM state WHERE key = 'polls'), "
				    "(SELECT value FROM state WHERE key = 'since')";
	static const char families[] =
		"SELECT client, sum(sightings) FROM clients GROUP BY client ORDER BY 2 DESC, 1 LIMIT ?1";
	int code = store_snapshot(store, err);

	if (code)
		return code;
	code = store_get(store, totals, NULL, 0, take_total, &o->totals, err);
	if (!code)
		code = store_get(store, state, NULL, 0, take_state, &o->totals, err);
	if (!code)
		code = store_get(store, "SELECT ip, country FROM peers", NULL, 0, take_address, o, err);
	if (!code)
		code = store_get(store, "SELECT ip, country FROM fresh", NULL, 0, take_fresh, o, err);
	if (!code)
		code = store_get(store, "SELECT hour, country, sightings FROM hours", NULL, 0, take_hour, &o->totals,
				 err);
	if (!code)
		code = HISTORY_GET(store, families, take_family, &o->totals, err, STORE_INT_OF(HISTORY_FAMILIES));
	store_snapshot_end(store);
	return code;
}

/* ---- on demand ---- */

static struct store *readable(const struct history *h)
{
	return h->store ? h->store : h->reader;
}

static void merge(struct history_peer *peer, const struct history_peer *more)
{
	peer->first = !peer->first || more->first < peer->first ? more->first : peer->first;
	peer->last = more->last > peer->last ? more->last : peer->last;
	peer->sightings += more->sightings;
	peer->visits += more->visits;
	peer->connected += more->connected;
	peer->bytes_up += more->bytes_up;
	peer->bytes_down += more->bytes_down;
}

static int take_peer(void *context, const struct store_value *columns, size_t n)
{
	struct history_peer *peer = context, more = {
		.first = columns[0].number,
		.last = columns[1].number,
		.visits = count(&columns[2]),
		.sightings = count(&columns[3]),
		.connected = count(&columns[4]),
		.bytes_up = count(&columns[5]),
		.bytes_down = count(&columns[6]),
	};

	(void)n;
	merge(peer, &more);
	return 0;
}

/* What waits. As long as it has no date, nobody knows whether its first visit is the last one of before: it is taken
 * for that. */
static void add_waiting(const struct history *h, const struct ledger_peer *p, struct history_peer *peer)
{
	struct history_peer more = {
		.first = p->first,
		.last = p->last,
		.sightings = p->sightings,
		.visits = p->visits,
		.connected = p->connected_ms / 1000,
		.bytes_up = p->up,
		.bytes_down = p->down,
	};
	int64_t away = more.first - peer->last;
	bool goes_on = !h->ledger.dated || (away >= 0 && away <= h->ledger.gap_ms / 1000);

	if (!h->ledger.dated)
		more.first = more.last = peer->last;
	if (p->begun && peer->sightings && goes_on)
		more.visits--;
	merge(peer, &more);
}

static int find_peer(const struct history *h, const struct ip *ip, struct history_peer *peer)
{
	static const char get[] =
		"SELECT first, last, visits, sightings, connected, up, down FROM peers WHERE ip = ?1 UNION ALL "
		"SELECT f.first, f.last, f.visits - EXISTS(SELECT 1 FROM peers p WHERE p.ip = f.ip AND "
		"f.first - p.last BETWEEN 0 AND f.gap), f.sightings, f.connected, f.up, f.down FROM fresh f "
		"WHERE f.ip = ?1";
	const struct ledger_peer *waiting = ledger_find(&h->ledger, ip);
	struct history_peer found = {.first = 0};
	struct ip key = ledger_address(&h->ledger, ip);
	uint8_t bytes[HISTORY_ADDRESS];
	size_t len = history_address_bytes(&key, bytes);
	int code = readable(h) ? HISTORY_GET(readable(h), get, take_peer, &found, NULL, store_blob(bytes, len)) : 0;

	if (waiting && waiting->sightings)
		add_waiting(h, waiting, &found);
	if (!code && found.sightings)
		*peer = found;
	return code ? code : found.sightings > 0;
}

int history_peer(struct history *h, const struct ip *ip, struct history_peer *peer)
{
	if (!h->asked.valid || !ip_equal(&h->asked.ip, ip)) {
		h->asked.ip = *ip;
		h->asked.code = find_peer(h, ip, &h->asked.peer);
		h->asked.valid = true;
	}
	if (h->asked.code > 0)
		*peer = h->asked.peer;
	return h->asked.code;
}
