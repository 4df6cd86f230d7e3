/* What waits to be saved: of each address what it did since, and sums by time, country and client. It is merged, not
 * listed, so a disk that is away for days costs little. It does not know the clock, nor how it is stored. */
#include "peers/history_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"

enum {
	FIRST_CAP = 64,
	CUT4 = 15, /* bytes that stay, of the 16 */
	CUT6 = 6,
	CUT_6TO4 = 5,
	JITTER_S = 2, /* two clocks, both cut to seconds */
};

void ledger_init(struct ledger *l, uint32_t peers_max)
{
	*l = (struct ledger){.peers_max = peers_max};
	map_init(&l->by_ip, sizeof(struct ledger_peer), offsetof(struct ledger_peer, ip), sizeof(struct ip));
	map_init(&l->by_key, sizeof(struct ledger_cell), offsetof(struct ledger_cell, key), sizeof(struct ledger_key));
	ledger_set_refresh(l, 0);
}

void ledger_done(struct ledger *l)
{
	map_done(&l->by_ip);
	map_done(&l->by_key);
	free(l->peers);
	free(l->cells);
	free(l->polls);
}

/* Two and a half polls: one may be lost. */
void ledger_set_refresh(struct ledger *l, int64_t refresh_ms)
{
	l->near_ms = refresh_ms * 5 / 2;
	l->gap_ms = l->near_ms > HISTORY_GAP * 1000 ? l->near_ms : HISTORY_GAP * 1000;
}

/* 6to4 (RFC 3056) has an IPv4 address in its bytes 2 to 5, of which the /24 stays, as of any other. What Teredo
 * (2001::/32) has of its client is behind the first 64 bits. */
static size_t kept_bytes(const struct ip *ip)
{
	if (ip_is4(ip))
		return CUT4;
	return ip->b[0] == 0x20 && ip->b[1] == 0x02 ? CUT_6TO4 : CUT6;
}

struct ip ledger_cut(const struct ip *ip)
{
	struct ip cut = *ip;
	size_t keep = kept_bytes(ip);

	memset(cut.b + keep, 0, sizeof(cut.b) - keep);
	return cut;
}

struct ip ledger_address(const struct ledger *l, const struct ip *ip)
{
	return l->anonymize ? ledger_cut(ip) : *ip;
}

/* Room for one more in an array. */
static void *room(void *array, uint32_t count, uint32_t *cap, size_t size)
{
	if (count < *cap)
		return array;
	*cap = *cap ? *cap * 2 : FIRST_CAP;
	return xreallocarray(array, *cap, size);
}

/* ---- peers ---- */

const struct ledger_peer *ledger_find(const struct ledger *l, const struct ip *ip)
{
	struct ip key = ledger_address(l, ip);
	uint32_t at = map_find(&l->by_ip, l->peers, &key, map_hash(&l->by_ip, &key));

	return at == MAP_NONE ? NULL : &l->peers[at];
}

/* Of who is saved those that were not seen for so long. */
static void forget(struct ledger *l, int64_t mono_ms, int64_t away_ms)
{
	uint32_t kept = 0, next = l->next_peer;

	map_clear(&l->by_ip);
	for (uint32_t i = 0; i < l->peer_count; i++) {
		const struct ledger_peer *p = &l->peers[i];

		if (!p->sightings && mono_ms - p->mono_ms > away_ms) {
			l->next_peer -= i < next;
			continue;
		}
		l->peers[kept] = *p;
		map_add(&l->by_ip, map_hash(&l->by_ip, &p->ip), kept);
		kept++;
	}
	l->peer_count = kept;
}

void ledger_forget_idle(struct ledger *l, int64_t mono_ms)
{
	forget(l, mono_ms, l->gap_ms);
	l->swept = false;
}

/* When it is full, who is saved and not connected gives way, unseen longest first: should it come back soon, that is
 * one visit more. An eighth at a time, as it takes a look at all; where there is not that much, once between saves. */
static void make_room(struct ledger *l, int64_t mono_ms)
{
	uint32_t enough = l->peers_max - l->peers_max / 8;

	for (int64_t away = l->gap_ms / 2; l->peer_count >= enough && !l->swept; away /= 2) {
		l->swept = away <= l->near_ms;
		forget(l, mono_ms, l->swept ? l->near_ms : away);
	}
}

/* NULL: there is no room. */
static struct ledger_peer *peer_at(struct ledger *l, const struct ip *ip, int64_t mono_ms)
{
	uint32_t hash = map_hash(&l->by_ip, ip), at = map_find(&l->by_ip, l->peers, ip, hash);

	if (at != MAP_NONE)
		return &l->peers[at];
	if (l->peer_count >= l->peers_max)
		make_room(l, mono_ms);
	if (l->peer_count >= l->peers_max)
		return NULL;
	l->peers = room(l->peers, l->peer_count, &l->peer_cap, sizeof(*l->peers));
	l->peers[l->peer_count] = (struct ledger_peer){.ip = *ip, .mono_ms = -1};
	map_add(&l->by_ip, hash, l->peer_count);
	return &l->peers[l->peer_count++];
}

/* What the sighting adds to the time connected. Several at one time, in torrents or at daemons, add nothing. */
static uint32_t sight(const struct ledger *l, struct ledger_peer *p, int64_t at, int64_t mono_ms)
{
	int64_t away = p->mono_ms < 0 ? -1 : mono_ms - p->mono_ms;
	bool visit = away < 0 || away > l->gap_ms;
	uint32_t connected = away > 0 && away <= l->near_ms ? (uint32_t)away : 0;

	if (!p->sightings) {
		p->first = p->last = at;
		p->begun = visit;
	}
	p->first = at < p->first ? at : p->first;
	p->last = at > p->last ? at : p->last;
	p->visits += visit;
	p->sightings += p->sightings != UINT32_MAX;
	p->connected_ms += connected;
	p->mono_ms = mono_ms;
	return connected;
}

void ledger_saved_peer(struct ledger_peer *p)
{
	p->sightings = p->visits = 0;
	p->connected_ms = p->up = p->down = 0;
	p->begun = p->tagged = false;
}

static void tag(struct ledger_peer *p, uint64_t tags, uint64_t doubtful)
{
	p->doubtful = p->tagged ? p->doubtful & doubtful : doubtful;
	p->tags = tags | (p->tags & doubtful);
	p->tagged = true;
}

static void peer_merge(struct ledger_peer *p, const struct ledger_peer *more)
{
	p->first = more->first < p->first ? more->first : p->first;
	p->last = more->last > p->last ? more->last : p->last;
	p->mono_ms = more->mono_ms > p->mono_ms ? more->mono_ms : p->mono_ms;
	p->connected_ms += more->connected_ms;
	p->up += more->up;
	p->down += more->down;
	p->sightings += more->sightings;
	p->visits = more->visits > p->visits ? more->visits : p->visits;
	p->begun |= more->begun;
	if (more->tagged)
		tag(p, more->tags, more->doubtful);
}

/* Those of one network become one, as if they had never been more. */
void ledger_anonymize(struct ledger *l, bool anonymize)
{
	uint32_t count = l->peer_count;

	if (l->anonymize == anonymize)
		return;
	l->anonymize = anonymize;
	l->peer_count = l->next_peer = 0;
	map_clear(&l->by_ip);
	for (uint32_t i = 0; i < count; i++) {
		struct ledger_peer p = l->peers[i];
		uint32_t hash, at;

		p.ip = ledger_address(l, &p.ip);
		hash = map_hash(&l->by_ip, &p.ip);
		at = map_find(&l->by_ip, l->peers, &p.ip, hash);
		if (at != MAP_NONE) {
			peer_merge(&l->peers[at], &p);
			continue;
		}
		l->peers[l->peer_count] = p;
		map_add(&l->by_ip, hash, l->peer_count++);
	}
}

/* ---- sums ---- */

static int32_t slot_of(int64_t at)
{
	return (int32_t)(at / HISTORY_SLOT);
}

/* NULL: there is no room. */
static struct ledger_cell *cell_at(struct ledger *l, int64_t at, uint32_t subject)
{
	struct ledger_key key = {slot_of(at), subject};
	uint32_t hash = map_hash(&l->by_key, &key), found = map_find(&l->by_key, l->cells, &key, hash);

	if (found != MAP_NONE)
		return &l->cells[found];
	if (l->cell_count == HISTORY_CELLS)
		return NULL;
	l->cells = room(l->cells, l->cell_count, &l->cell_cap, sizeof(*l->cells));
	l->cells[l->cell_count] = (struct ledger_cell){.key = key};
	map_add(&l->by_key, hash, l->cell_count);
	return &l->cells[l->cell_count++];
}

static bool cell_add(struct ledger *l, int64_t at, uint32_t subject, const struct ledger_cell *add)
{
	struct ledger_cell *cell = cell_at(l, at, subject);

	if (!cell)
		return false;
	cell->sightings += add->sightings;
	cell->connected_ms += add->connected_ms;
	cell->up += add->up;
	cell->down += add->down;
	return true;
}

uint32_t ledger_sighting(struct ledger *l, const struct address *a, const struct connection *c, int64_t at,
			 int64_t mono_ms, int64_t interval_ms)
{
	struct ip key = ledger_address(l, &a->ip);
	struct ledger_peer *p = peer_at(l, &key, mono_ms);
	struct ledger_cell add = {
		.sightings = 1,
		.up = (uint64_t)((int64_t)c->rate_up * interval_ms / 1000),
		.down = (uint64_t)((int64_t)c->rate_down * interval_ms / 1000),
	};
	bool fits;

	if (p) {
		add.connected_ms = sight(l, p, at, mono_ms);
		p->up += add.up;
		p->down += add.down;
		p->country = a->country;
		if (!l->untagged)
			tag(p, a->tags, l->doubtful);
		p->client = c->client;
	}
	fits = cell_add(l, at, a->country, &add);
	fits &= cell_add(l, at, COUNTRY_MAX + c->client, &add);
	l->dropped += !fits;
	l->crowded |= fits && !p;
	return (uint32_t)add.connected_ms;
}

/* The oldest half goes when there are too many. */
void ledger_poll(struct ledger *l, const struct fold_now *now, int64_t at)
{
	struct ledger_cell add = {.sightings = 1};

	if (l->poll_count == HISTORY_POLLS) {
		l->poll_count /= 2;
		l->dropped += l->poll_count;
		memmove(l->polls, l->polls + l->poll_count, l->poll_count * sizeof(*l->polls));
	}
	l->polls = room(l->polls, l->poll_count, &l->poll_cap, sizeof(*l->polls));
	l->polls[l->poll_count++] = (struct ledger_poll){
		.at = at,
		.connections = now->connections,
		.addresses = now->addresses,
		.rate_up = now->rate_up,
		.rate_down = now->rate_down,
	};
	l->dropped += !cell_add(l, at, LEDGER_POLLS, &add);
}

const struct ledger_cell *ledger_take_cell(struct ledger *l)
{
	const struct ledger_cell *last;

	if (!l->cell_count)
		return NULL;
	last = &l->cells[--l->cell_count];
	map_del(&l->by_key, map_hash(&l->by_key, &last->key), l->cell_count);
	return last;
}

const struct ledger_poll *ledger_take_poll(struct ledger *l)
{
	return l->poll_count ? &l->polls[--l->poll_count] : NULL;
}

/* All slots move by the same, so no two become one. */
void ledger_date(struct ledger *l, int64_t offset)
{
	l->dated = true;
	for (uint32_t i = 0; i < l->peer_count; i++) {
		l->peers[i].first += offset;
		l->peers[i].last += offset;
	}
	for (uint32_t i = 0; i < l->poll_count; i++)
		l->polls[i].at += offset;
	map_clear(&l->by_key);
	for (uint32_t i = 0; i < l->cell_count; i++) {
		struct ledger_key *key = &l->cells[i].key;

		key->slot = slot_of((int64_t)key->slot * HISTORY_SLOT + offset + JITTER_S);
		map_add(&l->by_key, map_hash(&l->by_key, key), i);
	}
}
