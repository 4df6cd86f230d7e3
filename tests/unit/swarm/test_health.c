/* Health from samples: the maximum, never the DHT's for trackers; the trend against lines that are known; the need, in
 * the order that people would say. */
#include "swarm/health.h"

#include <math.h>

#include "tap.h"

enum { DAY = 86400, NOW = 1800000000, NONE = CATALOG_UNKNOWN };

static bool near(double got, double want)
{
	return fabs(got - want) < 1e-9;
}

static void set(struct catalog_row *row, enum catalog_kind kind, int64_t at, int32_t seeders, int32_t leechers,
		int32_t completed)
{
	row->latest[kind] = (struct catalog_sample){.at = at,
						    .kind = kind,
						    .seeders = seeders,
						    .leechers = leechers,
						    .completed = completed,
						    .peers = NONE};
}

static void latest(void)
{
	struct catalog_row row = {0};
	struct health h;

	health_of(&row, &h);
	ok(h.seeders == NONE && h.leechers == NONE && h.completed == NONE && h.dht_peers == NONE &&
		   h.dht_seeders == NONE,
	   "unmeasured: nothing is known");
	ok(!h.scraped && !h.dht_scraped && !h.seen && isnan(h.trend) && !health_measured(&h), "... nor when");
	set(&row, CATALOG_TRACKER, NOW - 60, 3, 9, NONE);
	set(&row, CATALOG_CLIENT, NOW - 30, 5, 2, 70);
	set(&row, CATALOG_DHT, NOW - 10, 40, 50, NONE);
	row.latest[CATALOG_DHT].peers = 88;
	health_of(&row, &h);
	is_int(h.seeders, 5, "seeders: the maximum of trackers and client, not the DHT's");
	is_int(h.scraped, NOW - 30, "... and when that was said");
	is_int(h.leechers, 9, "leechers: the maximum");
	is_int(h.completed, 70, "completed: of who says so");
	ok(h.dht_seeders == 40 && h.dht_leechers == 50 && h.dht_peers == 88, "the DHT's stand beside them");
	is_int(h.seen, NOW - 10, "seen in the DHT last");
	set(&row, CATALOG_CLIENT, NOW - 8 * DAY, 500, 500, 500);
	health_of(&row, &h);
	is_int(h.seeders, 3, "a client's word of last week does not outweigh today's");
	set(&row, CATALOG_TRACKER, NOW - 8 * DAY, 500, 500, 500);
	set(&row, CATALOG_CLIENT, NOW, 0, 0, 0);
	health_of(&row, &h);
	is_int(h.seeders, 0, "... nor a tracker's");
	set(&row, CATALOG_TRACKER, NOW, NONE, 4, NONE);
	set(&row, CATALOG_CLIENT, NOW - 20 * DAY, 7, NONE, NONE);
	health_of(&row, &h);
	ok(h.seeders == 7 && h.scraped == NOW - 20 * DAY && h.leechers == 4, "an old number is better than none");
}

static void guesses(void)
{
	struct health h = {.seeders = NONE, .dht_seeders = NONE, .dht_peers = NONE};

	is_int(health_guess(&h), NONE, "no guess without a measurement");
	is_int(health_said(&h), 0, "... nor a time");
	h.dht_peers = 31;
	h.dht_scraped = NOW - 10;
	ok(health_guess(&h) == NONE && !health_measured(&h), "addresses alone tell nothing of seeders");
	is_int(health_said(&h), NOW - 10, "... but when they were seen");
	h.dht_peers = h.dht_seeders = 0;
	is_int(health_guess(&h), 0, "the DHT's proof that nobody is there");
	h.dht_seeders = 2;
	is_int(health_guess(&h), 2, "the DHT's estimate");
	h.seeders = 1;
	h.scraped = NOW - 200 * DAY;
	is_int(health_guess(&h), 1, "a tracker's word is best");
	is_int(health_said(&h), NOW - 200 * DAY, "... and its age is shown, not the DHT's");
}

static double trend_of(const struct catalog_point *points, size_t count)
{
	struct catalog_row row = {.points = points, .point_count = count};
	struct health h;

	health_of(&row, &h);
	return h.trend;
}

static struct catalog_point at(double day, double until, int32_t seeders)
{
	return (struct catalog_point){.from = NOW + (int64_t)(day * DAY),
				      .to = NOW + (int64_t)(until * DAY),
				      .kind = CATALOG_TRACKER,
				      .seeders = seeders,
				      .peers = NONE};
}

static void trends(void)
{
	struct catalog_point line[] = {at(-9, -9, 20), at(-8, -8, 18), at(-5, -5, 12), at(-1, -1, 4)};
	struct catalog_point flat[] = {at(-20, -3, 7), at(-2, 0, 7)}, brief[] = {at(-1.9, -1, 3), at(-0.5, 0, 9)};
	struct catalog_point dense[200], step[] = {at(-2, -1, 0), at(-1, 0, 6)};
	struct catalog_point mixed[] = {at(-9, -9, 1), at(-8, -8, 100), at(-7, -7, NONE), at(-5, -5, 5)};

	ok(near(trend_of(line, 4), -2), "a line of -2 a day, measured unevenly");
	ok(near(trend_of(flat, 2), 0), "what does not change has no trend");
	ok(isnan(trend_of(brief, 2)), "two days are needed");
	ok(isnan(trend_of(NULL, 0)), "nothing known");
	/* Of a step from 0 to 6 in the middle of two days: 6 * 1.5 / 2. */
	ok(near(trend_of(step, 2), 4.5), "a step, as least squares have it (%g)", trend_of(step, 2));
	mixed[1].kind = CATALOG_CLIENT;
	ok(near(trend_of(mixed, 4), 1), "other kinds and the unknown do not count");
	for (int i = 0; i < 200; i++)
		dense[i] = at(-10 + (i < 199 ? i / 1000.0 : 10), -10 + (i < 199 ? i / 1000.0 : 10), i < 199 ? 10 : 0);
	ok(fabs(trend_of(dense, 200) + 1) < 0.05, "how often was measured weighs nothing (%g)", trend_of(dense, 200));
	for (int i = 0; i < 4; i++)
		line[i].kind = CATALOG_DHT;
	ok(near(trend_of(line, 4), -2), "where trackers say nothing, the DHT's estimates count");
}

static void days(void)
{
	const struct catalog_point points[] = {at(-40, -35, 50), at(-29.5, -27.5, 9), at(-10, -10, 4), at(-0.2, 0, 2)};
	struct catalog_row row = {.points = points, .point_count = 4};
	int32_t got[HEALTH_DAYS];

	is_int(health_days(&row, NOW, got), 5, "days known");
	ok(got[0] == 9 && got[1] == 9 && got[2] == 9 && got[3] == NONE, "a value stands for its days");
	ok(got[20] == 4 && got[19] == NONE && got[21] == NONE, "a single measurement is its day's");
	is_int(got[29], 2, "today");
	row.point_count = 0;
	is_int(health_days(&row, NOW, got), 0, "nothing known");
	row.point_count = 1;
	is_int(health_days(&row, NOW, got), 0, "what is older does not count");
	is_int(health_days(&row, NOW - 60 * DAY, got), 0, "a clock that was set back does no harm");
}

static void last_seen(void)
{
	struct catalog_point points[] = {at(-20, -6, 1), at(-5, 0, 0), at(-3, -2, 0)};
	struct catalog_row row = {.points = points, .point_count = 3};
	struct health h;

	set(&row, CATALOG_TRACKER, NOW, 0, 4, NONE);
	health_of(&row, &h);
	is_int(h.seen, NOW - 6 * DAY, "the last seeder in the history");
	points[2].peers = 3;
	health_of(&row, &h);
	is_int(h.seen, NOW - 6 * DAY, "peers of a client or tracker are no seeders");
	points[2].kind = CATALOG_DHT;
	health_of(&row, &h);
	is_int(h.seen, NOW - 2 * DAY, "addresses in the DHT are a sign of life");
}

static double need(int32_t seeders, double trend, int64_t unseen)
{
	return health_need(&(struct health){.seeders = seeders,
					    .dht_seeders = NONE,
					    .dht_peers = NONE,
					    .scraped = NOW,
					    .seen = unseen < 0 ? 0 : NOW - unseen,
					    .trend = trend},
			   NOW);
}

static void needs(void)
{
	struct health stranger = {.seeders = NONE, .dht_seeders = NONE, .dht_peers = NONE, .trend = NAN};

	ok(near(need(0, NAN, 0), 60) && near(need(3, NAN, 0), 30) && near(need(3, 0.5, 0), 30),
	   "few seeders weigh most");
	ok(near(need(1, -1.0 / 30, 0), 75 * 0.725), "one that leaves within a month");
	ok(near(need(0, NAN, 7 * DAY), 67.5) && near(need(0, NAN, -1), 75), "the longer unseen, the more");
	ok(near(need(0, -5, -1), 100), "never above 100");
	ok(need(0, -1, DAY) > need(0, NAN, -1), "one that died yesterday before one long dead");
	ok(need(1, -0.2, 0) > need(1, 0, 0) && need(1, 0, 0) > need(2, 0, 0), "a falling one before a steady one");
	ok(need(1000, -10, 0) < 0.3 && need(1000, -10, 0) > 0, "a big swarm is in no danger");
	ok(near(health_need(&stranger, NOW), 37.5), "a stranger stands in the middle");
	stranger.seeders = 0;
	stranger.seen = NOW + DAY;
	ok(near(health_need(&stranger, NOW), 60), "seen in the future is now");
}

int main(void)
{
	latest();
	guesses();
	trends();
	days();
	last_seen();
	needs();
	return tap_done();
}
