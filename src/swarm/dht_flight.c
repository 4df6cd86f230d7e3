/* Queries on their way. One that is slower than nine of ten makes room for another; what is still wanted after three
 * times that is sent once more; and a late answer is welcome for ten seconds. It does not know what is looked for. */
#include "swarm/dht_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"

enum {
	SLOTS = 1 << 14,
	TID = 4,
	SLOW_MIN = 30,
	SLOW_MAX = 2000, /* ms */
	AGAIN_MIN = 300,
	AGAIN_MAX = 3000,
	LATE_MS = 10000,
	P90_MIN = 5,
	P90_MAX = 5000,
	SYSTEM_FULL_MS = 10,
	TAKEN_MS = 1, /* by another process */
	IN_FLIGHT = 512, /* without a rate */
	IN_FLIGHT_MIN = 64,
	IN_FLIGHT_MAX = 2000,
	IN_FLIGHT_S = 4, /* seconds of the rate */
};

static const char version[] = "ST01"; /* as others do: two letters of the client, two of its version */

static int64_t clamp(double value, int64_t low, int64_t high)
{
	return value < (double)low ? low : value > (double)high ? high : (int64_t)value;
}

void dht_flights_done(struct dht_flights *f)
{
	free(f->list);
	free(f->free);
	dht_heap_done(&f->due);
}

bool dht_flights_room(const struct dht *d)
{
	const struct dht_flights *f = &d->flights;
	uint32_t most = d->config.in_flight;

	if (!most)
		most = d->config.rate > 0 ? (uint32_t)clamp(d->config.rate * IN_FLIGHT_S, IN_FLIGHT_MIN, IN_FLIGHT_MAX)
					  : IN_FLIGHT;
	return f->waited_for < most && (f->free_count || f->top < SLOTS);
}

static uint32_t take_slot(struct dht_flights *f)
{
	if (f->free_count)
		return f->free[--f->free_count];
	if (f->top == f->cap) {
		f->cap = f->cap ? f->cap * 2 : 256;
		f->list = xreallocarray(f->list, f->cap, sizeof(*f->list));
		f->free = xreallocarray(f->free, f->cap, sizeof(*f->free));
	}
	return f->top++;
}

static void give_slot(struct dht_flights *f, uint32_t slot)
{
	f->list[slot].stage = DHT_FREE;
	f->free[f->free_count++] = slot;
	dht_heap_drop(&f->due, slot);
}

/* BEP 32: both families only while both DHTs look for their first nodes. */
static bool wants_both(const struct dht *d, const struct dht_flight *f)
{
	return f->lookup == DHT_NOBODY && d->sides[DHT_V4].warmth.state == DHT_WARMING &&
	       d->sides[DHT_V6].warmth.state == DHT_WARMING;
}

static int put_out(struct dht *d, const struct dht_flight *f, uint32_t slot)
{
	const uint8_t tid[TID] = {(uint8_t)(slot >> 8), (uint8_t)slot, (uint8_t)(f->nonce >> 8), (uint8_t)f->nonce};
	bool both = wants_both(d, f);
	struct krpc_query q = {
		.method = f->kind == DHT_FIND || f->kind == DHT_ROUTE ? KRPC_FIND_NODE : KRPC_GET_PEERS,
		.id = d->sides[f->family].self.id,
		.target = f->target,
		.tid = tid,
		.tid_len = TID,
		.version = version,
		.want4 = both,
		.want6 = both,
		.scrape = f->kind == DHT_SCRAPE,
		.read_only = true,
	};
	uint8_t datagram[KRPC_QUERY_MAX];
	int len = krpc_write_query(&q, datagram), rc;

	if (!dht_budget_take(&d->budget, &f->at.ip, d->now)) {
		d->blocked = d->now + TAKEN_MS;
		return -EAGAIN;
	}
	rc = d->events.send(d->events.context, &f->at.ip, f->at.port, datagram, (size_t)len);
	if (rc == -EAGAIN) {
		dht_budget_give_back(&d->budget, &f->at.ip);
		d->blocked = d->now + SYSTEM_FULL_MS;
		return rc;
	}
	if (rc)
		d->counters.unsent++;
	else
		d->counters.sent++;
	return rc;
}

int dht_flight_start(struct dht *d, const struct dht_order *order)
{
	struct dht_flights *fs = &d->flights;
	uint32_t slot = take_slot(fs);
	struct dht_flight *f = &fs->list[slot];
	int rc;

	*f = (struct dht_flight){
		.at = order->at,
		.nonce = (uint16_t)dht_random(d),
		.stage = DHT_FRESH,
		.kind = (uint8_t)order->kind,
		.family = (uint8_t)order->family,
		.packets = 1,
		.lookup = order->lookup,
		.turn = order->turn,
		.sent = d->now,
		.again_ms = clamp(3 * fs->p90, AGAIN_MIN, AGAIN_MAX),
	};
	memcpy(f->target, order->target, sizeof(f->target));
	rc = put_out(d, f, slot);
	if (rc) {
		give_slot(fs, slot);
		return rc;
	}
	fs->waited_for++;
	dht_heap_put(&fs->due, slot, d->now + clamp(fs->p90, SLOW_MIN, SLOW_MAX));
	return 0;
}

struct dht_flight *dht_flight_of(struct dht *d, const struct dht_at *from, const struct krpc_message *m)
{
	const uint8_t *t = m->tid.bytes;
	uint32_t slot = m->tid.len == TID ? (uint32_t)t[0] << 8 | t[1] : DHT_NOBODY;
	struct dht_flight *f = slot < d->flights.top ? &d->flights.list[slot] : NULL;

	if (!f || f->stage == DHT_FREE || f->nonce != (t[2] << 8 | t[3])) {
		d->counters.bad_tid++;
		return NULL;
	}
	if (!dht_same_at(&f->at, from)) {
		d->counters.wrong_source++;
		return NULL;
	}
	return f;
}

/* The p90 of round trips, by small steps: nine up are one down. */
static void learn(struct dht_flights *fs, double rtt)
{
	double step = fs->p90 / 20;

	fs->p90 += rtt > fs->p90 ? 0.9 * step : -0.1 * step;
	if (fs->p90 < P90_MIN)
		fs->p90 = P90_MIN;
	if (fs->p90 > P90_MAX)
		fs->p90 = P90_MAX;
}

void dht_flight_land(struct dht *d, struct dht_flight *f)
{
	struct dht_flights *fs = &d->flights;

	learn(fs, (double)(d->now - f->sent));
	if (f->stage != DHT_LATE)
		fs->waited_for--;
	give_slot(fs, (uint32_t)(f - fs->list));
}

/* ---- time ---- */

static struct dht_lookup *lookup_of(struct dht *d, const struct dht_flight *f)
{
	return f->lookup == DHT_NOBODY ? NULL : dht_lookup_of(d, f->lookup, f->turn);
}

static void wait_until(struct dht *d, struct dht_flight *f, enum dht_stage stage, int64_t at)
{
	f->stage = (uint8_t)stage;
	dht_heap_put(&d->flights.due, (uint32_t)(f - d->flights.list), at);
}

/* Silence says something only while others are heard over the same network: also when its answer was due. */
static bool is_telling(const struct dht *d, const struct dht_flight *f)
{
	return d->sides[f->family].heard > f->sent + (int64_t)d->flights.p90;
}

/* Nobody waits for it any more. */
static void give_up(struct dht *d, struct dht_flight *f)
{
	struct dht_lookup *l = lookup_of(d, f);

	d->counters.silent++;
	d->flights.waited_for--;
	if (is_telling(d, f) && f->kind != DHT_ROUTE) {
		dht_graves_strike(&d->graves, &f->at, f->packets, d->now);
		dht_nodes_forget(&d->sides[f->family].nodes, &f->at);
	}
	if (l)
		dht_lookup_mark(d, l, f, DHT_SILENT);
	else if (f->lookup == DHT_NOBODY)
		dht_warmth_landed(d, f);
	wait_until(d, f, DHT_LATE, f->sent + LATE_MS > d->now ? f->sent + LATE_MS : d->now + 1);
}

static bool is_needed(struct dht *d, const struct dht_flight *f)
{
	const struct dht_lookup *l = lookup_of(d, f);

	return f->kind == DHT_ROUTE || (l && dht_lookup_needs(l, f));
}

static void grow_slow(struct dht *d, struct dht_flight *f)
{
	struct dht_lookup *l = lookup_of(d, f);

	wait_until(d, f, DHT_SLOW, f->sent + f->again_ms);
	if (l)
		dht_lookup_mark(d, l, f, DHT_PENDING_SLOW);
	else if (f->lookup == DHT_NOBODY)
		dht_warmth_slow(d, (enum dht_family)f->family);
}

/* A second time, on credit of the whole budget but never on that of the address. */
static void send_again(struct dht *d, struct dht_flight *f)
{
	int64_t wait = dht_budget_wait_at(&d->budget, &f->at.ip, d->now);

	if (wait || d->blocked > d->now) {
		wait_until(d, f, DHT_SLOW, d->now + wait + SYSTEM_FULL_MS);
		return;
	}
	if (put_out(d, f, (uint32_t)(f - d->flights.list)) == 0) {
		struct dht_lookup *l = lookup_of(d, f);

		d->counters.again++;
		f->packets++;
		if (l)
			l->packets++;
	}
	wait_until(d, f, DHT_AGAIN, d->now + 2 * f->again_ms);
}

static void decide(struct dht *d, struct dht_flight *f)
{
	unsigned strikes = dht_graves_strikes(&d->graves, &f->at, d->now);

	if (!is_needed(d, f) || strikes >= DHT_BURIED)
		give_up(d, f);
	else if (strikes)
		wait_until(d, f, DHT_AGAIN, d->now + f->again_ms);
	else
		send_again(d, f);
}

static void let_go(struct dht *d, struct dht_flight *f)
{
	give_slot(&d->flights, (uint32_t)(f - d->flights.list));
}

void dht_flights_tick(struct dht *d)
{
	static void (*const steps[])(struct dht *, struct dht_flight *) = {
		[DHT_FRESH] = grow_slow, [DHT_SLOW] = decide, [DHT_AGAIN] = give_up, [DHT_LATE] = let_go,
	};
	struct dht_flights *fs = &d->flights;

	while (fs->due.count && fs->due.items[0].key <= d->now) {
		struct dht_flight *f = &fs->list[fs->due.items[0].slot];

		steps[f->stage](d, f);
	}
}
