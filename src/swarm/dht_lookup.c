/* One lookup: whom to ask next, when to wait, and what its end proves. It goes on until the closest nodes that answer
 * have answered, whatever was found on the way; when they disagree on who is there, some more are asked. It knows no
 * sockets and no other lookup. */
#include "swarm/dht_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"

enum {
	STARTS = 16, /* nodes of the cache to begin with */
	AGAIN_MOST = 8,
	SETTLED = 8, /* bits: nodes are 256 times as dense as they should be */
	LOOKUPS = 1000,
	LOOKUPS_MIN = 32,
};

/* ---- the lookups on their way ---- */

static void free_lookup(struct dht_lookup *l)
{
	dht_values_done(l);
	free(l->candidates);
	free(l);
}

void dht_lookups_done(struct dht_lookups *l)
{
	for (uint32_t i = 0; i < l->cap; i++) {
		if (l->list[i])
			free_lookup(l->list[i]);
	}
	free(l->list);
	free(l->turns);
	dht_heap_done(&l->ready);
	dht_heap_done(&l->resting);
}

struct dht_lookup *dht_lookup_of(struct dht *d, uint32_t slot, uint32_t turn)
{
	return d->lookups.turns[slot] == turn ? d->lookups.list[slot] : NULL;
}

void dht_lookup_wake(struct dht *d, struct dht_lookup *l)
{
	dht_heap_drop(&d->lookups.resting, l->slot);
	dht_heap_put(&d->lookups.ready, l->slot, l->order);
}

uint32_t dht_room(const struct dht *d)
{
	uint32_t most = d->config.lookups;

	if (!most)
		most = d->config.rate > 0 && d->config.rate < LOOKUPS ? (uint32_t)d->config.rate : LOOKUPS;
	if (most < LOOKUPS_MIN && !d->config.lookups)
		most = LOOKUPS_MIN;
	return d->lookups.count < most ? most - d->lookups.count : 0;
}

static uint32_t take_slot(struct dht_lookups *ls)
{
	uint32_t before = ls->cap;

	if (ls->count == ls->cap) {
		ls->cap = ls->cap ? ls->cap * 2 : 64;
		ls->list = xreallocarray(ls->list, ls->cap, sizeof(struct dht_lookup *));
		ls->turns = xreallocarray(ls->turns, ls->cap, sizeof(*ls->turns));
		memset(ls->list + before, 0, (ls->cap - before) * sizeof(struct dht_lookup *));
		memset(ls->turns + before, 0, (ls->cap - before) * sizeof(*ls->turns));
		ls->hint = before;
	}
	while (ls->list[ls->hint])
		ls->hint = (ls->hint + 1) % ls->cap;
	ls->count++;
	return ls->hint;
}

/* Of the closest nodes of the cache those that may be asked now, as long as there are enough of them: else all. */
static void add_starts(struct dht *d, struct dht_lookup *l)
{
	const struct dht_node *closest[STARTS];
	uint32_t count = dht_nodes_closest(&d->sides[l->family].nodes, l->target, closest, STARTS), free_now = 0;

	for (uint32_t i = 0; i < count; i++)
		free_now += dht_budget_wait_at(&d->budget, &closest[i]->key.ip, d->now) == 0;
	for (uint32_t i = 0; i < count; i++) {
		struct dht_at at = {closest[i]->key.ip, closest[i]->port};

		if (free_now < DHT_CLOSEST || dht_budget_wait_at(&d->budget, &at.ip, d->now) == 0)
			dht_candidates_add(d, l, &at, closest[i]->id);
	}
}

int dht_look_up(struct dht *d, const struct dht_ask *ask, int64_t now)
{
	struct dht_lookups *ls = &d->lookups;
	struct dht_lookup *l;

	if (!dht_warm(d, ask->family) || !dht_room(d))
		return -EAGAIN;
	d->now = now;
	l = xcalloc(1, sizeof(*l));
	memcpy(l->target, ask->target, sizeof(l->target));
	l->family = ask->family;
	l->user = ask->user;
	l->slot = take_slot(ls);
	l->turn = ++ls->turns[l->slot];
	l->order = ls->order++;
	l->began = now;
	l->want = DHT_CLOSEST;
	l->again = DHT_AGAIN_MIN;
	ls->list[l->slot] = l;
	if (ask->near)
		dht_candidates_read(d, l, (struct krpc_slice){ask->near, ask->near_len});
	add_starts(d, l);
	dht_lookup_wake(d, l);
	return 0;
}

/* ---- the end ---- */

static bool is_pending(uint8_t state)
{
	return state == DHT_PENDING_FRESH || state == DHT_PENDING_SLOW;
}

/* How many bits of it are 0 from the start on. */
static unsigned closeness(const struct dht_candidate *c)
{
	unsigned bits = 0;

	while (bits < 8 * COMPACT_ID && !(c->distance[bits / 8] & 0x80 >> bits % 8))
		bits++;
	return bits;
}

/* Ids that are bound to addresses are as dense around a target as anywhere else. So of those nodes some must have
 * answered, and nearly as close ones as of all: else others have settled there on purpose. Were there hardly any that
 * live, it is enough that they did. */
static bool is_natural(const struct dht_lookup *l)
{
	uint32_t answered = 0, compliant = 0, silent = 0, want = DHT_COMPLIANT;
	unsigned all = 0, bound = 0;

	for (uint32_t i = 0; i < l->count; i++) {
		const struct dht_candidate *c = &l->candidates[i];
		bool has = c->state == DHT_ANSWERED;

		silent += c->compliant && (c->state == DHT_SILENT || c->state == DHT_REFUSED);
		if (has && answered++ < DHT_COMPLIANT)
			all = closeness(c);
		if (has && c->compliant && compliant++ < DHT_COMPLIANT)
			bound = closeness(c);
	}
	if (l->seen < want + silent)
		want = l->seen > silent ? l->seen - silent : l->seen > 0;
	return compliant >= want && (!want || all <= bound + SETTLED);
}

/* At least DHT_PROOF of the DHT_CLOSEST closest that were asked, or of all if there are fewer, in a place where nothing
 * is strange. Nodes that are known to be dead were never asked, and do not count. */
static bool is_proven(const struct dht_lookup *l)
{
	uint32_t asked = 0, answered = 0;

	for (uint32_t i = 0; i < l->count && asked < DHT_CLOSEST; i++) {
		asked += l->candidates[i].state != DHT_UNASKED;
		answered += l->candidates[i].state == DHT_ANSWERED;
	}
	return answered >= DHT_PROOF && is_natural(l);
}

/* At least DHT_PROOF of the closest that answered sent filters: what is in none of them is not there, unless others
 * have settled in their place. */
static bool is_scraped(const struct dht_lookup *l)
{
	uint32_t answered = 0, scraped = 0;

	for (uint32_t i = 0; i < l->count && answered < DHT_CLOSEST; i++) {
		answered += l->candidates[i].state == DHT_ANSWERED;
		scraped += l->candidates[i].state == DHT_ANSWERED && l->candidates[i].scraped;
	}
	return scraped >= DHT_PROOF;
}

static size_t write_near(const struct dht_lookup *l, uint8_t near[DHT_NEAR_BYTES])
{
	uint32_t count = 0;
	size_t len = 0;

	for (uint32_t i = 0; i < l->count && count < DHT_CLOSEST; i++) {
		const struct dht_candidate *c = &l->candidates[i];
		struct compact_node node = {.at = {.ip = c->at.ip, .port = c->at.port}};

		if (c->state != DHT_ANSWERED)
			continue;
		for (int b = 0; b < COMPACT_ID; b++)
			node.id[b] = c->distance[b] ^ l->target[b];
		len += compact_put_node(&node, near + len);
		count++;
	}
	return len;
}

/* Where nodes tell of somebody, and are not believed, there is no proof either. */
static enum dht_outcome outcome_of(const struct dht_lookup *l, bool in_time, const struct dht_result *r)
{
	if (r->address_count || r->seeds > 0 || r->peers > 0)
		return DHT_FOUND;
	if (!in_time)
		return DHT_TIMED_OUT;
	return is_proven(l) && !l->doubtful ? DHT_NONE : DHT_UNREACHABLE;
}

static void finish(struct dht *d, struct dht_lookup *l, bool in_time)
{
	struct dht_lookups *ls = &d->lookups;
	uint8_t near[DHT_NEAR_BYTES];
	struct dht_result r = {
		.user = l->user,
		.family = l->family,
		.asked = l->asked,
		.answered = l->answered,
		.packets = l->packets,
		.near = near,
		.near_len = write_near(l, near),
	};
	bool proven = in_time && is_natural(l) && is_scraped(l);
	struct ip *addresses = dht_values_believe(d, l, proven, &r);

	r.outcome = outcome_of(l, in_time, &r);
	dht_heap_drop(&ls->ready, l->slot);
	dht_heap_drop(&ls->resting, l->slot);
	ls->list[l->slot] = NULL;
	ls->count--;
	d->events.ended(d->events.context, &r);
	free(addresses);
	free_lookup(l);
}

/* ---- whom to ask ---- */

/* One look at all candidates, in which those are asked who may be. */
struct survey {
	uint32_t open; /* nodes whose answer the end waits for */
	uint32_t room; /* for more queries on their way, once that is `counted` */
	bool counted;
	int64_t rest; /* until somebody else who is to be asked may be; INT64_MAX = there is nobody */
	enum {
		ALL,     /* who may be asked now has been */
		FULL,    /* others are, when there is room */
		HELD_UP, /* another look is needed as soon as somebody may be asked */
	} end;
};

/* How many queries more it may have on their way. */
static uint32_t room_of(const struct dht *d, const struct dht_lookup *l)
{
	uint32_t alpha = d->lookups.poor ? DHT_ALPHA_POOR : DHT_ALPHA, fresh = 0, pending = 0;

	for (uint32_t i = 0; i < l->count; i++) {
		const struct dht_candidate *c = &l->candidates[i];

		fresh += (c->state == DHT_PENDING_FRESH) + (c->plain == DHT_PENDING_FRESH);
		pending += is_pending(c->state) + is_pending(c->plain);
	}
	if (fresh >= alpha || pending >= DHT_PENDING)
		return 0;
	return alpha - fresh < DHT_PENDING - pending ? alpha - fresh : DHT_PENDING - pending;
}

static void ask(struct dht *d, struct dht_lookup *l, struct dht_candidate *c, bool plain, struct survey *s)
{
	uint8_t *state = plain ? &c->plain : &c->state;
	struct dht_order order = {
		.kind = plain ? DHT_PLAIN : DHT_SCRAPE,
		.family = l->family,
		.at = c->at,
		.target = l->target,
		.lookup = l->slot,
		.turn = l->turn,
	};
	int rc = dht_flight_start(d, &order);

	if (rc != -EAGAIN) {
		*state = rc ? DHT_SILENT : DHT_PENDING_FRESH;
		l->asked += !plain;
		l->packets += rc == 0;
		s->room--;
	}
	if (rc || l->asked >= DHT_ASKED_MAX || !dht_may_send(d))
		s->end = HELD_UP;
}

/* A node whose answer is needed: it is waited for, or asked. */
static void need(struct dht *d, struct dht_lookup *l, struct dht_candidate *c, bool plain, struct survey *s)
{
	int64_t wait;

	s->open++;
	if (is_pending(plain ? c->plain : c->state) || s->end != ALL)
		return;
	wait = dht_budget_wait_at(&d->budget, &c->at.ip, d->now);
	if (wait > 0) {
		s->rest = wait < s->rest ? wait : s->rest;
		return;
	}
	if (!s->counted)
		s->room = room_of(d, l);
	s->counted = true;
	if (s->room)
		ask(d, l, c, plain, s);
	else
		s->end = FULL;
}

static bool is_settled(uint8_t state)
{
	return state != DHT_UNASKED && !is_pending(state);
}

/* Nobody is asked in place of a node that will probably answer yet. */
static void need_closest(struct dht *d, struct dht_lookup *l, struct survey *s)
{
	uint32_t answered = 0, likely = 0;

	for (uint32_t i = 0; i < l->count && answered < l->want; i++) {
		struct dht_candidate *c = &l->candidates[i];

		answered += c->state == DHT_ANSWERED;
		if (is_pending(c->state) || (c->state == DHT_UNASKED && likely < l->want))
			need(d, l, c, false, s);
		likely += c->state == DHT_ANSWERED || c->state == DHT_PENDING_FRESH;
	}
}

/* Whoever chooses ids next to a hash chooses them without regard to his address: the closest of the others must be
 * heard too. */
static void need_compliant(struct dht *d, struct dht_lookup *l, struct survey *s)
{
	uint32_t answered = 0, likely = 0;

	for (uint32_t i = 0; i < l->count && answered < DHT_COMPLIANT; i++) {
		struct dht_candidate *c = &l->candidates[i];

		if (!c->compliant)
			continue;
		answered += c->state == DHT_ANSWERED;
		if (is_pending(c->state) || (c->state == DHT_UNASKED && likely < DHT_COMPLIANT))
			need(d, l, c, false, s);
		likely += c->state == DHT_ANSWERED || c->state == DHT_PENDING_FRESH;
	}
}

/* libtorrent answers a scrape with filters and without addresses. */
static void need_addresses(struct dht *d, struct dht_lookup *l, struct survey *s)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < l->count && count < l->again; i++) {
		struct dht_candidate *c = &l->candidates[i];

		if (!c->filtered)
			continue;
		count += c->plain != DHT_SILENT && c->plain != DHT_REFUSED;
		if (!is_settled(c->plain))
			need(d, l, c, true, s);
	}
}

/* `over`: nobody is asked any more. */
static struct survey look_around(struct dht *d, struct dht_lookup *l, bool over)
{
	struct survey s = {.rest = INT64_MAX, .counted = over};

	need_closest(d, l, &s);
	if (!s.open && l->grew && l->want < DHT_WIDEST) {
		l->want += DHT_WIDER;
		l->grew = false;
		need_closest(d, l, &s);
	}
	if (!s.open)
		need_compliant(d, l, &s);
	if (!s.open)
		need_addresses(d, l, &s);
	return s;
}

void dht_lookup_step(struct dht *d, struct dht_lookup *l)
{
	bool over = l->asked >= DHT_ASKED_MAX || d->now - l->began > DHT_LOOKUP_MS;
	struct survey s = look_around(d, l, over);

	if (!s.open || over) {
		finish(d, l, !s.open);
		return;
	}
	if (s.end == HELD_UP)
		return;
	dht_heap_drop(&d->lookups.ready, l->slot);
	if (s.end == ALL && s.rest != INT64_MAX)
		dht_heap_put(&d->lookups.resting, l->slot, d->now + s.rest);
}

/* ---- what comes back ---- */

static uint8_t *state_of(struct dht_candidate *c, const struct dht_flight *f)
{
	return f->kind == DHT_PLAIN ? &c->plain : &c->state;
}

void dht_lookup_mark(struct dht *d, struct dht_lookup *l, const struct dht_flight *f, enum dht_state state)
{
	struct dht_candidate *c = dht_candidates_find(l, &f->at);

	if (c)
		*state_of(c, f) = (uint8_t)state;
	dht_lookup_wake(d, l);
}

bool dht_lookup_needs(const struct dht_lookup *l, const struct dht_flight *f)
{
	uint32_t answered = 0, compliant = 0;

	for (uint32_t i = 0; i < l->count; i++) {
		const struct dht_candidate *c = &l->candidates[i];

		if (dht_same_at(&c->at, &f->at))
			return f->kind == DHT_PLAIN || answered < l->want ||
			       (c->compliant && compliant < DHT_COMPLIANT);
		answered += c->state == DHT_ANSWERED;
		compliant += c->compliant && c->state == DHT_ANSWERED;
	}
	return false;
}

/* Nodes that tell of others than the ones before them make the lookup ask more of them. */
static void compare(struct dht_lookup *l, enum dht_kind kind, const struct dht_told *told)
{
	bool disagree = l->had_values && told->added && told->values < DHT_SAMPLED;

	if (disagree && kind == DHT_SCRAPE)
		l->grew = true;
	if (disagree && kind == DHT_PLAIN && l->again < AGAIN_MOST)
		l->again++;
	l->had_values |= told->values > 0;
}

void dht_lookup_reply(struct dht *d, struct dht_lookup *l, const struct dht_flight *f, const struct krpc_message *m)
{
	struct dht_candidate *c = dht_candidates_find(l, &f->at);
	struct dht_told told = dht_values_take(d, l, &f->at, m);

	compare(l, (enum dht_kind)f->kind, &told);
	if (f->kind == DHT_SCRAPE)
		l->answered++;
	if (c) {
		*state_of(c, f) = DHT_ANSWERED;
		c->scraped |= told.scraped;
		c->filtered |= f->kind == DHT_SCRAPE && told.filters && !told.values;
		dht_candidates_rename(l, c, m->id);
	}
	dht_candidates_read(d, l, l->family == DHT_V4 ? m->nodes : m->nodes6);
	dht_lookup_wake(d, l);
}
