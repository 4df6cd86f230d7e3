/* peers/history_query.c, history_range.c: ranges as people write them, and hours of UTC as local hours and days, also
 * where the clocks change. */
#include "peers/history_query.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "peers/history_range.h"
#include "scratch.h"
#include "tap.h"
#include "unit/peers/historied.h"

enum { NOW = 1795246200 }; /* 2026-11-21T07:30:00Z */

static void zone(const char *name)
{
	setenv("TZ", name, 1);
	tzset();
}

static void is_time(const char *text, bool end, int64_t want)
{
	struct err why = {""};
	int64_t when = -1;

	is_int(history_time(text, NOW, end, &when, &why), 0, "%s%s is read", text, end ? " as an end" : "");
	is_int(when, want, "as what it is");
}

static void test_times(void)
{
	static const char *const wrong[] = {"",    "soon", "2026-13-01", "2026-02-31", "2026-11-21T25:00", "12", "12y",
					    "-3d", "3d ",  "123456789d", "now",        "2026-11-21Z"};
	struct err why;

	zone("Europe/Rome");
	is_time("2026-11-21", false, NOW - 8 * HOUR - 30 * MINUTE);
	is_time("2026-11-21", true, NOW + 15 * HOUR + 30 * MINUTE);
	is_time("2026-10-25", true, 1792969200); /* a day of 25 hours */
	is_time("today", false, NOW - 8 * HOUR - 30 * MINUTE);
	is_time("yesterday", true, NOW - 8 * HOUR - 30 * MINUTE);
	is_time("yesterday", false, NOW - 32 * HOUR - 30 * MINUTE);
	is_time("2026-11-21T08:30", false, NOW);
	is_time("2026-11-21T08:30:05", true, NOW + 5);
	is_time("2026-11-21T07:30Z", false, NOW);
	is_time("12h", false, NOW - 12 * HOUR);
	is_time("90m", true, NOW - 90 * MINUTE);
	is_time("4w", false, NOW - 28 * DAY);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		int64_t when = 5;

		ok(history_time(wrong[i], NOW, false, &when, &why) == -EINVAL && when == 5, "\"%s\" is refused",
		   wrong[i]);
	}
	zone("UTC");
}

/* ---- where the clocks change ---- */

struct got {
	int rows;
	char text[64][16];
	int64_t polls[64], sightings[64];
};

static int take(void *context, const struct history_cell *cells)
{
	struct got *g = context;

	snprintf(g->text[g->rows], sizeof(g->text[0]), "%s", cells[0].text ? cells[0].text : "");
	g->polls[g->rows] = cells[1].number;
	g->sightings[g->rows++] = cells[2].number;
	return 0;
}

/* Rows of a year.db made of one day, polled every 30 s. */
static void query(struct got *g, enum history_by by, int64_t since, int64_t until)
{
	struct store_open how = {.path = "dst.db", .migrations = history_migrations};
	const struct history_range range = {since, until};
	struct store *s;

	*g = (struct got){.rows = 0};
	if (store_open(&how, &s, &err) || history_query(s, by, &range, take, g, &err))
		printf("Bail out! %s\n", err.msg);
	store_free(s);
}

/* 26 hours from an hour before the day. */
static void a_day(int64_t midnight)
{
	struct world w;

	remove("dst.db");
	world_init(&w, "dst.db");
	w.now.wall = midnight - HOUR;
	world_open(&w);
	answer_of(&w);
	add_peer(&w.answer, IP4(5, 9, 1, 1), CLIENT_NONE);
	poll_times(&w, 27 * 120 - 1);
	world_done(&w);
}

static void test_dst(void)
{
	enum { SPRING = 1774738800, AUTUMN = 1792879200 }; /* midnights in Rome */
	static struct got g;

	zone("Europe/Rome");
	a_day(SPRING);
	query(&g, HISTORY_HOUR, SPRING, SPRING + 23 * HOUR);
	is_int(g.rows, 24, "24 hours");
	is_str(g.text[2], "02", "the third");
	is_int(g.polls[2], 0, "is skipped in spring");
	is_int(g.polls[1], 120, "the one before is not");
	is_int(g.polls[3], 120, "nor the one after");
	query(&g, HISTORY_DAYS, SPRING, SPRING + 23 * HOUR);
	is_int(g.rows, 1, "it is one day");
	is_str(g.text[0], "2026-03-29", "by its local date");
	is_int(g.polls[0], 23 * 120, "of 23 hours");

	a_day(AUTUMN);
	query(&g, HISTORY_HOUR, AUTUMN, AUTUMN + 25 * HOUR);
	is_int(g.polls[2], 240, "in autumn it comes twice");
	is_int(g.sightings[2], 240, "with all that was seen");
	is_int(g.polls[3], 120, "the one after once");
	query(&g, HISTORY_DAYS, AUTUMN, AUTUMN + 25 * HOUR);
	is_int(g.rows, 1, "it is one day");
	is_int(g.polls[0], 25 * 120, "of 25 hours");
	query(&g, HISTORY_COUNTRY, AUTUMN + 2 * HOUR, AUTUMN + 3 * HOUR);
	is_int(g.rows, 1, "a country");
	is_int(g.polls[0], 0, "(its first column is its name)");
	is_int(g.sightings[0], 120, "of one hour");
	query(&g, HISTORY_PEER, AUTUMN - DAY, AUTUMN - 2 * HOUR);
	is_int(g.rows, 0, "nobody was there before");
	zone("UTC");
}

/* ---- who was there ---- */

static int take_shown(void *context, const struct history_cell *cells)
{
	const char *tags = cells[3].text ? cells[3].text : "", *client = cells[2].text ? cells[2].text : "";
	uint64_t sum = 0;

	for (int i = 4; i < 11; i++)
		sum = sum * 31 + (uint64_t)cells[i].number;
	buf_printf(context, "%s %s %s %" PRIu64 "\n", cells[1].text, client, tags, sum);
	return 0;
}

static int take_view(void *context, const struct store_value *c, size_t count)
{
	const char *country = c[1].bytes, *client = c[2].bytes, *tags = c[3].type == STORE_TEXT ? c[3].bytes : "";
	uint64_t sum = 0;

	(void)count;
	for (int i = 4; i < 11; i++)
		sum = sum * 31 + (uint64_t)c[i].number;
	buf_printf(context, "%s %s %s %" PRIu64 "\n", country, client, tags, sum);
	return 0;
}

/* The query adds up what the file's own view does: of who came again since the last upkeep, came first, or did not. */
static void test_everyone(void)
{
	static const char *const rows[] = {
		"INSERT INTO peers VALUES(1, x'05090101', 'DE', 'a', NULL, 100, 200, 3, 90, 50, 60, 70)",
		"INSERT INTO peers VALUES(2, x'05090102', 'DE', 'b', 'vpn', 100, 200, 1, 80, 50, 60, 70)",
		"INSERT INTO peers VALUES(3, x'05090103', '--', 'c', 'tor', 100, 200, 1, 70, 50, 60, 70)",
		"INSERT INTO fresh VALUES(x'05090102', 'IT', 'd', NULL, 300, 400, 1, 5, 6, 7, 8, 600)",
		"INSERT INTO fresh VALUES(x'05090103', 'FR', 'e', '', 3000, 4000, 2, 5, 6, 7, 8, 600)",
		"INSERT INTO fresh VALUES(x'05090103', 'FR', 'f', 'vpn', 3500, 5000, 0, 5, 6, 7, 8, -1)",
		"INSERT INTO fresh VALUES(x'05090104', 'US', 'g', 'vpn', 50, 60, 1, 5, 6, 7, 8, 600)",
	};
	const struct history_range whole = {0, NOW};
	struct store_open how = {"everyone.db", history_migrations, true, 1 << 20, 1000, NULL};
	struct buf shown, view;
	struct store *s;

	buf_init(&shown, 4096);
	buf_init(&view, 4096);
	if (store_open(&how, &s, &err))
		printf("Bail out! %s\n", err.msg);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		store_put(s, rows[i], NULL, 0);
	is_int(store_flush(s, &err), 0, "seven rows of four peers");
	is_int(history_query(s, HISTORY_PEER, &whole, take_shown, &shown, &err), 0, "are shown");
	is_int(store_get(s, "SELECT * FROM everyone ORDER BY sightings DESC, ip", NULL, 0, take_view, &view, &err), 0,
	       "as the view has them");
	is_str(buf_str(&shown), buf_str(&view), "each with all that it did");
	ok(strstr(buf_str(&view), "IT d vpn") && strstr(buf_str(&view), "US g vpn"), "under its latest names");
	store_free(s);
	buf_done(&shown);
	buf_done(&view);
}

static void is_whole(enum history_by by, int64_t since, int64_t until, const char *want)
{
	const struct history_range asked = {since, until};
	struct history_range whole = history_whole(by, &asked, NOW);
	char from[CLOCK_TEXT], to[CLOCK_TEXT], text[2 * CLOCK_TEXT + 4];

	clock_rfc3339(whole.since, from);
	clock_rfc3339(whole.until, to);
	snprintf(text, sizeof(text), "%s %s", from, to);
	is_str(text, want, "the range of %s", history_tables[by].name);
}

static void test_whole(void)
{
	enum { TODAY = NOW - 8 * HOUR - 30 * MINUTE, QUARTER = 15 * MINUTE }; /* in Rome */

	is_whole(HISTORY_COUNTRY, NOW - HOUR, NOW, "2026-11-21T06:00:00Z 2026-11-21T07:30:00Z");
	is_whole(HISTORY_DAYS, NOW - 3 * HOUR, NOW - HOUR + QUARTER, "2026-11-21T04:00:00Z 2026-11-21T07:00:00Z");
	is_whole(HISTORY_HOUR, NOW - HOUR, NOW - QUARTER, "2026-11-21T06:00:00Z 2026-11-21T07:30:00Z");
	is_whole(HISTORY_PEER, NOW - QUARTER, NOW - 1, "2026-11-21T07:15:00Z 2026-11-21T07:29:59Z");
	is_whole(HISTORY_CLIENT, TODAY, NOW, "2026-11-20T00:00:00Z 2026-11-21T07:30:00Z");
	is_whole(HISTORY_CLIENT, TODAY - DAY, TODAY, "2026-11-19T00:00:00Z 2026-11-21T00:00:00Z");
	is_whole(HISTORY_CLIENT, TODAY, TODAY + DAY, "2026-11-20T00:00:00Z 2026-11-21T23:00:00Z");
}

int main(void)
{
	scratch_init();
	test_times();
	test_dst();
	test_everyone();
	test_whole();
	return tap_done();
}
