/* Thinning: what is left of a year and how large it is, in steps, from one process to the next. */
#include "swarm/catalog_private.h"

#include "scratch.h"
#include "tap.h"
#include "unit/swarm/catalogued.h"

static struct seen_row seen;

/* The value changes every 20 minutes for `days`; thinned daily. */
static void one_year(struct catalog *c, unsigned torrents, int days)
{
	for (int64_t at = START; at < START + (int64_t)days * DAY; at += 20 * MINUTE) {
		for (unsigned i = 1; i <= torrents; i++) {
			int32_t n = (int32_t)((at / (20 * MINUTE) * 7 + i) % 300);

			put_counts(c, i, at, n, n / 3);
			put_lookup(c, i, at + 5 * MINUTE, CATALOG_FOUND, n + 2);
		}
		if (at % DAY == 0)
			catalog_thin(c, at);
	}
	catalog_thin(c, START + (int64_t)days * DAY);
	flushed(c);
}

static void test_year(void)
{
	enum { TORRENTS = 20, DAYS = 366, TEN_THOUSAND = 10000 };
	struct catalog *c = filled("year.db", TORRENTS);
	int64_t before = number(c, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"), used,
		rows, each;

	one_year(c, TORRENTS, DAYS);
	rows = number(c, "SELECT count(*) FROM samples") / TORRENTS / 2;
	ok(rows >= 2 * 72 + 28 * 4 + 336 - 2 && rows <= 2 * 72 + 28 * 4 + 336 + 2,
	   "%lld samples of a year are left for each torrent and kind", (long long)rows);
	is_int(number(c, "SELECT count(*) FROM samples WHERE series = 4 AND since >= 1700006400 + 364 * 86400"),
	       2 * 72 - 1, "all of the last two days");
	is_int(number(c, "SELECT max(n) FROM (SELECT count(*) AS n FROM samples WHERE since < 1700006400 + 364 * 86400 "
			 "GROUP BY series, since / 21600)"),
	       1, "one in six hours at most before that");
	is_int(number(c, "SELECT max(n) FROM (SELECT count(*) AS n FROM samples WHERE since < 1700006400 + 336 * 86400 "
			 "GROUP BY series, since / 86400)"),
	       1, "and one a day before the last thirty");
	is_int(number(c, "SELECT count(*) FROM samples WHERE series = 4 AND since < 1700006400 + 336 * 86400"), 336,
	       "no day is without");
	used = number(c,
		      "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, "
		      "pragma_page_size");
	each = (used - before) / TORRENTS;
	ok(each * TEN_THOUSAND < 1000000000, "%lld bytes a torrent: a year of 10,000 takes %lld MB", (long long)each,
	   (long long)(each * TEN_THOUSAND / 1000000));
	catalog_free(c);
}

static const char *thinning_is(struct catalog *c)
{
	static char text[128];
	void *bytes;
	int64_t len = catalog_state(c, "thinning", &bytes);

	if (len < 0)
		return "none";
	snprintf(text, sizeof(text), "%.*s", (int)len, (const char *)bytes);
	free(bytes);
	return text;
}

/* More torrents than are thinned at a time, and a process that ends half-way. */
static void test_steps(void)
{
	enum { MANY = 1200 };
	struct catalog *c = filled("steps.db", MANY);
	int64_t now = START + 3 * DAY;

	for (int64_t i = 1; i <= MANY; i++)
		for (int k = 0; k < 4; k++)
			put_counts(c, i, START + k * HOUR, k, k);
	flushed(c);
	catalog_thin(c, now);
	flushed(c);
	is_int(number(c, "SELECT count(*) FROM samples WHERE series < 500 * 4"), 499, "some are thinned at once");
	is_int(number(c, "SELECT count(*) FROM samples WHERE series >= 500 * 4"), 701 * 3, "and not all");
	is_str(thinning_is(c), "0 1700265600 500", "what is done is remembered");
	catalog_free(c);

	c = catalogued("steps.db", CATALOG_WRITE);
	catalog_thin(c, now + MINUTE);
	flushed(c);
	is_int(number(c, "SELECT count(*) FROM samples WHERE series < 1000 * 4"), 999, "another process goes on");
	put_counts(c, 1, now + MINUTE, 3, 3);
	flushed(c);
	is_int(number(c, "SELECT count(*) FROM samples"), 999 + 201 * 3, "a step a second");
	put_counts(c, 1, now + MINUTE + 1, 3, 3);
	flushed(c);
	is_int(number(c, "SELECT count(*) FROM samples"), MANY, "with the samples that come");
	is_str(thinning_is(c), "1700265600 0 1500", "until all is done");
	catalog_thin(c, now + HOUR);
	flushed(c);
	is_str(thinning_is(c), "1700265600 0 1500", "for that day");
	catalog_thin(c, now + DAY);
	flushed(c);
	is_str(thinning_is(c), "1700265600 1700352000 500", "the next day again");
	catalog_free(c);
}

/* A value that stood for long stays, though others began in the same stretch of time. */
static void test_long_value(void)
{
	struct catalog *c = filled("long.db", 1);

	put_counts(c, 1, START, 1, 0);
	put_counts(c, 1, START + 20 * MINUTE, 2, 0);
	put_counts(c, 1, START + 40 * MINUTE, 3, 0);
	put_counts(c, 1, START + 2 * DAY, 3, 0);
	put_counts(c, 1, START + 2 * DAY + HOUR, 4, 0);
	put_counts(c, 1, START + 5 * DAY, 5, 0);
	catalog_thin(c, START + 5 * DAY);
	flushed(c);
	look_at(c, 1, &seen);
	is_str(points_are(&seen), "40-2880 0 3/0/-1; 2940-2940 0 4/0/-1; 7200-7200 0 5/0/-1",
	       "the last of six hours stays");
	catalog_free(c);
}

/* Changes are moved when many wait, also when nobody thins. */
static void test_settling(void)
{
	struct catalog *c = filled("settling.db", 10);

	c->fresh_max = 1000;
	for (int i = 0; i < 40000; i++) {
		put_counts(c, i % 10 + 1, START + i, i, 0);
		if (i % 10000 == 9999)
			flushed(c);
	}
	ok(number(c, "SELECT count(*) FROM samples") >= 16000, "most have moved");
	is_int(number(c, "SELECT (SELECT count(*) FROM samples) + (SELECT count(*) FROM fresh)"), 39990,
	       "none is lost");
	look_at(c, 3, &seen);
	is_int(seen.row.point_count, 4000, "and all are read");
	catalog_free(c);
}

int main(void)
{
	scratch_init();
	test_year();
	test_steps();
	test_long_value();
	test_settling();
	return tap_done();
}
