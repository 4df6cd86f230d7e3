/* How healthy a swarm is, by arithmetic. It does not know who measured, and never asks what time it is.
 *
 * How much a torrent needs seeders:
 *
 *     need     = 100 * scarcity * (0.60 + 0.25 * decline + 0.15 * unseen)
 *     scarcity = 1 / (1 + seeders / 3)          none 1, one 0.75, three 0.5, ten 0.23, a hundred 0.03
 *     decline  = 30 / (30 + days until none are left at the present trend); 0 if seeders do not get fewer
 *     unseen   = age / (age + 7 days), the age of the last sight of a seeder or an address in the DHT; 1 if none in
 *                30 days
 *
 * Few seeders weigh most, because one more helps few of them most. Decline and absence only raise what is scarce:
 * a swarm of a thousand that loses ten a day is in no danger. A torrent that nobody has measured is taken for one with
 * three seeders that has long not been seen (37.5): behind those known to be in need, before those known to be well. */
#include "swarm/health.h"

#include <math.h>

enum { DAY = 86400, MEMORY = 7 * DAY, KNOWN_MIN = 2 * DAY };

static const double scarce_at = 3, horizon_days = 30;
static const double base_weight = 0.60, decline_weight = 0.25, unseen_weight = 0.15;

/* ---- now ---- */

static int32_t greater(int32_t a, int32_t b)
{
	return a > b ? a : b;
}

static void take_said(const struct catalog_sample *s, struct health *h)
{
	if (!s->at)
		return;
	h->leechers = greater(h->leechers, s->leechers);
	h->completed = greater(h->completed, s->completed);
	if (s->seeders > h->seeders || (s->seeders == h->seeders && s->at > h->scraped)) {
		h->seeders = s->seeders;
		h->scraped = s->seeders == CATALOG_UNKNOWN ? h->scraped : s->at;
	}
}

static void take_trackers(const struct catalog_row *row, struct health *h)
{
	const struct catalog_sample *tracker = &row->latest[CATALOG_TRACKER], *client = &row->latest[CATALOG_CLIENT];

	if (tracker->seeders == CATALOG_UNKNOWN || tracker->at + MEMORY >= client->at)
		take_said(tracker, h);
	if (client->at + MEMORY >= tracker->at || tracker->seeders == CATALOG_UNKNOWN)
		take_said(client, h);
}

static bool anybody(int32_t seeders, int32_t dht_peers)
{
	return seeders > 0 || dht_peers > 0;
}

/* A Transmission's own connections are no proof of a seeder. */
static int64_t last_seen(const struct catalog_row *row, const struct health *h)
{
	int64_t seen = anybody(h->seeders, 0) ? h->scraped : 0;

	if (anybody(h->dht_seeders, h->dht_peers) && h->dht_scraped > seen)
		seen = h->dht_scraped;
	for (size_t i = 0; i < row->point_count; i++) {
		const struct catalog_point *p = &row->points[i];

		if (p->to > seen && anybody(p->seeders, p->kind == CATALOG_DHT ? p->peers : 0))
			seen = p->to;
	}
	return seen;
}

/* ---- over time ---- */

static bool next_point(const struct catalog_row *row, enum catalog_kind kind, size_t *i, struct catalog_point *point)
{
	for (; *i < row->point_count; ++*i) {
		*point = row->points[*i];
		if (point->kind == kind && point->seeders != CATALOG_UNKNOWN && point->to >= point->from) {
			++*i;
			return true;
		}
	}
	return false;
}

/* Seconds from the first to the last that is known of a kind; -1 = nothing. */
static int64_t span_of(const struct catalog_row *row, enum catalog_kind kind, int64_t *first)
{
	struct catalog_point p;
	int64_t last = 0;
	size_t i = 0;

	if (!next_point(row, kind, &i, &p))
		return -1;
	*first = p.from;
	do
		last = p.to > last ? p.to : last;
	while (next_point(row, kind, &i, &p));
	return last - *first;
}

/* The first kind that tells of two days, else the first that tells anything: what they count differs too much to be
 * joined. */
static enum catalog_kind series_of(const struct catalog_row *row)
{
	static const enum catalog_kind kinds[] = {CATALOG_TRACKER, CATALOG_CLIENT, CATALOG_DHT};
	enum catalog_kind best = CATALOG_KINDS;
	int64_t first;

	for (size_t i = 0; i < CATALOG_KINDS; i++) {
		int64_t span = span_of(row, kinds[i], &first);

		if (span >= KNOWN_MIN)
			return kinds[i];
		if (span >= 0 && best == CATALOG_KINDS)
			best = kinds[i];
	}
	return best;
}

/* The integral of t * v(t), where v goes straight from v0 at t0 to v1 at t1: Simpson's rule, exact for squares. */
static double moment(double t0, double v0, double t1, double v1)
{
	return (t1 - t0) / 6 * (t0 * v0 + (t0 + t1) * (v0 + v1) + t1 * v1);
}

/* The least-squares slope of a function v over [-span/2, span/2]: its first moment, divided by that of a line of slope
 * one, span^3 / 12. Within a point v stands still, between two it goes straight; so how often was measured weighs
 * nothing. */
static double trend_of(const struct catalog_row *row)
{
	enum catalog_kind kind = series_of(row);
	int64_t first = 0, span = kind < CATALOG_KINDS ? span_of(row, kind, &first) : -1;
	double days = (double)span / DAY, sum = 0, at = -days / 2, value;
	struct catalog_point p;
	size_t i = 0;

	if (span < KNOWN_MIN || !next_point(row, kind, &i, &p))
		return NAN;
	value = p.seeders;
	do {
		double from = (double)(p.from - first) / DAY - days / 2, to = (double)(p.to - first) / DAY - days / 2;

		sum += moment(at, value, from, p.seeders) + moment(from, p.seeders, to, p.seeders);
		at = to;
		value = p.seeders;
	} while (next_point(row, kind, &i, &p));
	return sum * 12 / (days * days * days);
}

size_t health_days(const struct catalog_row *row, int64_t now, int32_t days[HEALTH_DAYS])
{
	enum catalog_kind kind = series_of(row);
	int64_t begin = now - (int64_t)HEALTH_DAYS * DAY;
	struct catalog_point p;
	size_t known = 0, i = 0;

	for (size_t day = 0; day < HEALTH_DAYS; day++)
		days[day] = CATALOG_UNKNOWN;
	while (kind < CATALOG_KINDS && next_point(row, kind, &i, &p)) {
		int64_t from = p.from > begin ? p.from - begin : 0, to = p.to > now ? now - begin : p.to - begin;

		for (int64_t day = from / DAY; to >= 0 && day <= to / DAY && day <= HEALTH_DAYS; day++)
			days[day < HEALTH_DAYS ? day : HEALTH_DAYS - 1] = p.seeders;
	}
	for (size_t day = 0; day < HEALTH_DAYS; day++)
		known += days[day] != CATALOG_UNKNOWN;
	return known;
}

/* ---- all of it ---- */

void health_of(const struct catalog_row *row, struct health *health)
{
	const struct catalog_sample *dht = &row->latest[CATALOG_DHT];
	struct health h = {
		.seeders = CATALOG_UNKNOWN,
		.leechers = CATALOG_UNKNOWN,
		.completed = CATALOG_UNKNOWN,
		.dht_seeders = dht->at ? dht->seeders : CATALOG_UNKNOWN,
		.dht_leechers = dht->at ? dht->leechers : CATALOG_UNKNOWN,
		.dht_peers = dht->at ? dht->peers : CATALOG_UNKNOWN,
		.dht_scraped = dht->at,
	};

	take_trackers(row, &h);
	h.seen = last_seen(row, &h);
	h.trend = trend_of(row);
	*health = h;
}

bool health_measured(const struct health *h)
{
	return health_guess(h) != CATALOG_UNKNOWN;
}

int32_t health_guess(const struct health *h)
{
	if (h->seeders != CATALOG_UNKNOWN)
		return h->seeders;
	/* Bare addresses are of seeders and leechers alike: they tell of nobody what he is. */
	return h->dht_seeders;
}

int64_t health_said(const struct health *h)
{
	return h->seeders != CATALOG_UNKNOWN ? h->scraped : h->dht_scraped;
}

double health_need(const struct health *h, int64_t now)
{
	int32_t guess = health_guess(h);
	double seeders = guess == CATALOG_UNKNOWN ? scarce_at : guess;
	double age = h->seen && now > h->seen ? (double)(now - h->seen) : 0;
	double unseen = h->seen ? age / (age + MEMORY) : 1, decline = 0;

	if (isfinite(h->trend) && h->trend < 0)
		decline = horizon_days / (horizon_days + seeders / -h->trend);
	return 100 / (1 + seeders / scarce_at) * (base_weight + decline_weight * decline + unseen_weight * unseen);
}
