/* The engine's face and its pump: datagrams are judged and handed to whom they belong, and what is due is done. It
 * knows neither what lookups want nor how nodes are kept. */
#include "swarm/dht.h"

#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"
#include "swarm/dht_private.h"

enum { WARM_POLL_MS = 100 };

struct dht *dht_new(const struct dht_config *config, const struct dht_events *events, int64_t now)
{
	struct dht *d = xcalloc(1, sizeof(*d));

	d->config = *config;
	d->events = *events;
	d->now = now;
	d->blocked = now;
	d->flights.p90 = DHT_ROUND_TRIP;
	for (int i = 0; i < DHT_FAMILIES; i++) {
		d->sides[i].heard = now;
		dht_self_init(d, &d->sides[i].self);
		dht_nodes_init(&d->sides[i].nodes, config->allow_private);
	}
	dht_graves_init(&d->graves, config->seed);
	dht_budget_init(&d->budget, config, now);
	return d;
}

void dht_free(struct dht *d)
{
	if (!d)
		return;
	for (int i = 0; i < DHT_FAMILIES; i++) {
		dht_nodes_done(&d->sides[i].nodes);
		dht_warmth_done(&d->sides[i].warmth);
	}
	dht_graves_done(&d->graves);
	dht_budget_done(&d->budget);
	dht_flights_done(&d->flights);
	dht_lookups_done(&d->lookups);
	free(d);
}

void dht_share(struct dht *d, struct dht_ledger *ledger, int64_t now)
{
	dht_budget_share(&d->budget, ledger, d->config.seed, now);
}

const struct dht_counters *dht_counters(const struct dht *d)
{
	return &d->counters;
}

/* A keyed hash of a counter: nobody guesses the next one. */
uint64_t dht_random(struct dht *d)
{
	d->random++;
	return siphash13(d->config.seed, &d->random, sizeof(d->random));
}

void dht_random_id(struct dht *d, uint8_t id[COMPACT_ID])
{
	for (size_t at = 0; at < COMPACT_ID; at += sizeof(uint64_t)) {
		uint64_t word = htole64(dht_random(d));

		memcpy(id + at, &word, COMPACT_ID - at < sizeof(word) ? COMPACT_ID - at : sizeof(word));
	}
}

/* ---- what to believe ---- */

bool dht_plausible(struct dht *d, const struct ip *ip)
{
	enum ip_kind kind = ip_kind(ip);
	bool good = kind == IP_GLOBAL;

	if (d->config.allow_private)
		good = kind != IP_UNSPECIFIED && kind != IP_MULTICAST;
	d->counters.martians += !good;
	return good;
}

bool dht_is_self(struct dht *d, enum dht_family family, const struct dht_at *at, const uint8_t *id)
{
	const struct dht_self *s = &d->sides[family].self;
	bool is = memcmp(id, s->id, sizeof(s->id)) == 0;

	/* In a network of one's own others may well live at the same address. */
	is |= s->known && !d->config.allow_private && ip_equal(&s->ip, &at->ip);
	d->counters.selves += is;
	return is;
}

/* Routers are for the warm-up only (BEP 5), but those of one's own network are nodes like any other. */
static bool is_router(const struct dht *d, enum dht_family family, const struct dht_at *at)
{
	const struct dht_warmth *w = &d->sides[family].warmth;

	for (uint32_t i = 0; i < w->router_count && !d->config.allow_private; i++)
		if (memcmp(&w->routers[i], at, sizeof(*at)) == 0)
			return true;
	return false;
}

bool dht_read_node(struct dht *d, enum dht_family family, const uint8_t *record, struct compact_node *node)
{
	size_t each = family == DHT_V4 ? COMPACT_NODE4 : COMPACT_NODE6;
	struct dht_at at;

	if (!compact_get_nodes(record, each, each, node, 1)) {
		d->counters.port_zero++;
		return false;
	}
	at = (struct dht_at){node->at.ip, node->at.port};
	return dht_plausible(d, &at.ip) && !dht_is_self(d, family, &at, node->id) && !is_router(d, family, &at);
}

/* ---- datagrams ---- */

/* An answer of any kind: it lives. */
static void greet(struct dht *d, const struct dht_flight *f)
{
	d->sides[f->family].heard = d->now;
	dht_graves_rise(&d->graves, &f->at);
}

/* It may say no (201, 202, 203, 204), or leave out its id. */
static void take_error(struct dht *d, struct dht_flight *f)
{
	struct dht_lookup *l = f->lookup == DHT_NOBODY ? NULL : dht_lookup_of(d, f->lookup, f->turn);

	if (l)
		dht_lookup_mark(d, l, f, DHT_REFUSED);
	else if (f->lookup == DHT_NOBODY)
		dht_warmth_landed(d, f);
}

static void take_reply(struct dht *d, struct dht_flight *f, const struct krpc_message *m)
{
	struct dht_side *side = &d->sides[f->family];
	struct dht_lookup *l = f->lookup == DHT_NOBODY ? NULL : dht_lookup_of(d, f->lookup, f->turn);

	if (f->kind != DHT_ROUTE || d->config.allow_private)
		dht_nodes_seen(&side->nodes, &f->at, m->id, (uint32_t)(d->now - f->sent), d->now);
	if (m->has_external && dht_plausible(d, &m->external))
		dht_self_vote(d, &side->self, &f->at, &m->external);
	if (l)
		dht_lookup_reply(d, l, f, m);
	if (f->lookup == DHT_NOBODY) {
		dht_warmth_reply(d, m);
		dht_warmth_landed(d, f);
	}
}

void dht_packet(struct dht *d, const struct ip *from, uint16_t port, const uint8_t *bytes, size_t len, int64_t now)
{
	struct dht_at at = {*from, port};
	struct krpc_message m;
	struct dht_flight *f;

	d->now = now;
	d->counters.received++;
	if (krpc_read(bytes, len, &m)) {
		d->counters.malformed++;
		return;
	}
	if (m.type == KRPC_QUERY) {
		d->counters.queries++;
		return;
	}
	f = dht_flight_of(d, &at, &m);
	if (!f)
		return;
	greet(d, f);
	if (m.type == KRPC_REPLY && m.id) {
		d->counters.replies++;
		take_reply(d, f, &m);
	} else {
		d->counters.errors++;
		take_error(d, f);
	}
	dht_flight_land(d, f);
}

/* Whoever was asked there is told when his query is next looked at. */
void dht_refused(struct dht *d, const struct ip *to, uint16_t port, int64_t now)
{
	struct dht_at at = {*to, port};

	d->now = now;
	dht_graves_strike(&d->graves, &at, DHT_BURIED, now);
}

/* ---- the pump ---- */

bool dht_may_send(struct dht *d)
{
	return d->blocked <= d->now && dht_flights_room(d) && dht_budget_wait(&d->budget, d->now) == 0;
}

static void pump(struct dht *d)
{
	struct dht_lookups *ls = &d->lookups;

	while (dht_may_send(d)) {
		if (dht_warmth_step(d, DHT_V4) || dht_warmth_step(d, DHT_V6))
			continue;
		if (!ls->ready.count)
			break;
		dht_lookup_step(d, ls->list[ls->ready.items[0].slot]);
	}
	ls->poor = ls->ready.count && dht_budget_wait(&d->budget, d->now) > 0;
}

static void sooner(int64_t *at, int64_t when)
{
	if (when < *at)
		*at = when;
}

static bool is_warming(const struct dht *d)
{
	return d->sides[DHT_V4].warmth.state == DHT_WARMING || d->sides[DHT_V6].warmth.state == DHT_WARMING;
}

/* When a packet may be sent, if somebody wishes to: what else holds it back ends with a flight. */
static void wait_to_send(struct dht *d, int64_t *at)
{
	int64_t wait = dht_budget_wait(&d->budget, d->now);

	if (d->blocked - d->now > wait)
		wait = d->blocked - d->now;
	if (wait > 0)
		sooner(at, d->now + wait);
}

static int64_t next_tick(struct dht *d)
{
	int64_t at = INT64_MAX;

	if (d->flights.due.count)
		sooner(&at, d->flights.due.items[0].key);
	if (d->lookups.resting.count)
		sooner(&at, d->lookups.resting.items[0].key);
	if (is_warming(d))
		sooner(&at, d->now + WARM_POLL_MS);
	if (is_warming(d) || d->lookups.ready.count)
		wait_to_send(d, &at);
	return at;
}

int64_t dht_tick(struct dht *d, int64_t now)
{
	struct dht_lookups *ls = &d->lookups;

	d->now = now;
	dht_flights_tick(d);
	while (ls->resting.count && ls->resting.items[0].key <= now)
		dht_lookup_wake(d, ls->list[ls->resting.items[0].slot]);
	pump(d);
	for (int i = 0; i < DHT_FAMILIES; i++)
		dht_warmth_check(d, (enum dht_family)i);
	return next_tick(d);
}
