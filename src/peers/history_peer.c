/* What is known of one address: the file's part is read aside, by a connection of its own, since a disk that takes
 * seconds must not stop the screen; what waits in memory is added when it arrives. */
#include "peers/history_private.h"

#include <errno.h>
#include <stdlib.h>

#include "base/str.h"
#include "base/xmalloc.h"

enum { SOON_MS = 20 /* a file that is in memory answers within that: nothing flickers */ };

/* ---- the job ---- */

struct asking {
	char path[PATH_MAX];
	struct ip ip, key; /* as asked for, as it is kept */
	/* The result. */
	struct history_peer found;
	int code;
};

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
		.visits = history_count_of(&columns[2]),
		.sightings = history_count_of(&columns[3]),
		.connected = history_count_of(&columns[4]),
		.bytes_up = history_count_of(&columns[5]),
		.bytes_down = history_count_of(&columns[6]),
	};

	(void)n;
	merge(peer, &more);
	return 0;
}

static void asking_run(void *context)
{
	static const char get[] =
		"SELECT first, last, visits, sightings, connected, up, down FROM peers WHERE ip = ?1 UNION ALL "
		"SELECT f.first, f.last, f.visits - EXISTS(SELECT 1 FROM peers p WHERE p.ip = f.ip AND "
		"f.first - p.last BETWEEN 0 AND f.gap), f.sightings, f.connected, f.up, f.down FROM fresh f "
		"WHERE f.ip = ?1";
	struct asking *a = context;
	const struct store_open how = {.path = a->path, .migrations = history_migrations};
	uint8_t bytes[HISTORY_ADDRESS];
	size_t len = history_address_bytes(&a->key, bytes);
	struct store *store;

	a->code = store_open(&how, &store, NULL);
	if (a->code)
		return;
	a->code = HISTORY_GET(store, get, take_peer, &a->found, NULL, store_blob(bytes, len));
	store_free(store);
}

/* ---- on demand ---- */

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

static void settle(struct history *h, const struct ip *ip, const struct ip *key, int code, struct history_peer found)
{
	const struct ledger_peer *waiting = ledger_find(&h->ledger, key);

	if (waiting && waiting->sightings)
		add_waiting(h, waiting, &found);
	h->asked.known = h->asked.valid = true;
	h->asked.ip = *ip;
	h->asked.peer = found;
	h->asked.code = code ? code : found.sightings > 0;
}

static void take_asked(struct history *h, int64_t ms)
{
	struct asking *a = h->asked.asking;

	if (!h->asked.aside || !aside_over(h->asked.aside, ms))
		return;
	h->asked.aside = NULL;
	h->asked.asking = NULL;
	settle(h, &a->ip, &a->key, a->code, a->found);
	free(a);
}

static void begin_asking(struct history *h, const struct ip *ip)
{
	struct ip key = ledger_address(&h->ledger, ip);
	struct asking *a;

	if (!h->store && !h->reader) {
		settle(h, ip, &key, 0, (struct history_peer){.first = 0});
		return;
	}
	a = xcalloc(1, sizeof(*a));
	str_copy(a->path, sizeof(a->path), h->path);
	a->ip = *ip;
	a->key = key;
	h->asked.asking = a;
	h->asked.aside = aside_begin(asking_run, a);
}

static bool is_known(const struct history *h, const struct ip *ip)
{
	return h->asked.known && ip_equal(&h->asked.ip, ip);
}

int history_peer(struct history *h, const struct ip *ip, struct history_peer *peer)
{
	take_asked(h, 0);
	if (!h->asked.aside && !(is_known(h, ip) && h->asked.valid)) {
		begin_asking(h, ip);
		take_asked(h, is_known(h, ip) ? 0 : SOON_MS);
	}
	if (!is_known(h, ip))
		return -EAGAIN;
	if (h->asked.code > 0)
		*peer = h->asked.peer;
	return h->asked.code;
}

bool history_asks(struct history *h)
{
	bool asked = h->asked.aside != NULL;

	take_asked(h, 0);
	return asked;
}

void history_peer_end(struct history *h, int64_t ms)
{
	take_asked(h, ms);
	if (h->asked.aside)
		aside_drop(h->asked.aside, free);
	h->asked.aside = NULL;
	h->asked.asking = NULL;
}
