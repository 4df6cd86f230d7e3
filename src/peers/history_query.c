/* The SQL of `swarmtop history`, and hours of UTC folded into local hours and days. It does not know how rows are
 * shown. */
#include "peers/history_query.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/country.h"
#include "base/ip.h"
#include "base/str.h"
#include "base/words.h"
#include "peers/history_private.h"

/* An hour of the day, or a day. */
/* clang-format off */
#define SPAN(name, shown) \
	{name, \
	 {{name, shown, HISTORY_TEXT, -10}, \
	  {"polls", N_("polls"), HISTORY_COUNT, 9}, \
	  {"sightings", N_("sightings"), HISTORY_COUNT, 12}, \
	  {"average", N_("a poll"), HISTORY_AVERAGE, 8}, \
	  {"connected", N_("connected"), HISTORY_SECONDS, 10}, \
	  {"bytes_up", N_("up"), HISTORY_BYTES, 8}, \
	  {"bytes_down", N_("down"), HISTORY_BYTES, 8}}}
/* clang-format on */

const struct history_table history_tables[HISTORY_BYS] = {
	[HISTORY_COUNTRY] = {"country",
			     {{"code", "", HISTORY_TEXT, -4},
			      {"name", N_("country"), HISTORY_TEXT, -24},
			      {"sightings", N_("sightings"), HISTORY_COUNT, 12},
			      {"peers", N_("peers"), HISTORY_COUNT, 9},
			      {"connected", N_("connected"), HISTORY_SECONDS, 10},
			      {"bytes_up", N_("up"), HISTORY_BYTES, 8},
			      {"bytes_down", N_("down"), HISTORY_BYTES, 8}}},
	[HISTORY_HOUR] = SPAN("hour", N_("hour")),
	[HISTORY_DAYS] = SPAN("day", N_("day")),
	[HISTORY_PEER] = {"peer",
			  {{"address", N_("address"), HISTORY_TEXT, -21},
			   {"country", N_("cc"), HISTORY_TEXT, -2},
			   {"client", N_("client"), HISTORY_TEXT, -18},
			   {"tags", "", HISTORY_TEXT, -1},
			   {"first_seen", "", HISTORY_TIME, -10},
			   {"last_seen", N_("last seen"), HISTORY_TIME, -10},
			   {"visits", N_("visits"), HISTORY_COUNT, 6},
			   {"sightings", "", HISTORY_COUNT, 9},
			   {"connected", N_("time"), HISTORY_SECONDS, 7},
			   {"bytes_up", N_("up"), HISTORY_BYTES, 7},
			   {"bytes_down", "", HISTORY_BYTES, 7}}},
	[HISTORY_CLIENT] = {"client",
			    {{"client", N_("client"), HISTORY_TEXT, -30},
			     {"sightings", N_("sightings"), HISTORY_COUNT, 12},
			     {"bytes_up", N_("up"), HISTORY_BYTES, 8},
			     {"bytes_down", N_("down"), HISTORY_BYTES, 8}}},
};

struct query {
	int (*take)(void *context, const struct history_cell *cells);
	void *context;
	/* Hours that are being added up: 24 of the day, or one day. */
	struct sum {
		int64_t polls, sightings, connected, up, down;
	} sums[24];
	char day[CLOCK_TEXT]; /* the one in sums[0] */
};

static const char *text_of(const struct store_value *column)
{
	return column->type == STORE_TEXT ? column->bytes : NULL;
}

/* ---- countries, clients, peers: a row is a row ---- */

static const char *country_name_of(const char *code)
{
	country_t country = code ? country_by_code(code, strlen(code)) : COUNTRY_UNKNOWN;

	return country_name(code && strcmp(code, country_code(COUNTRY_LOCAL)) == 0 ? COUNTRY_LOCAL : country);
}

static int take_country(void *context, const struct store_value *c, size_t count)
{
	const struct query *q = context;
	const char *code = text_of(&c[0]);
	struct history_cell cells[HISTORY_COLUMNS] = {{.text = code}, {.text = country_name_of(code)}};

	for (size_t i = 1; i < count; i++)
		cells[i + 1].number = c[i].number;
	return q->take(q->context, cells);
}

static int take_client(void *context, const struct store_value *c, size_t count)
{
	const struct query *q = context;
	const char *name = text_of(&c[0]);
	struct history_cell cells[HISTORY_COLUMNS] = {{.text = name && *name ? name : N_("Unknown")}};

	for (size_t i = 1; i < count; i++)
		cells[i].number = c[i].number;
	return q->take(q->context, cells);
}

static int take_peer(void *context, const struct store_value *c, size_t count)
{
	const struct query *q = context;
	struct history_cell cells[HISTORY_COLUMNS] = {{.text = NULL}};
	char address[IP_TEXT];
	struct ip ip;

	if (!history_address_of(&c[0], &ip))
		return 0;
	ip_format(&ip, address);
	cells[0].text = address;
	for (size_t i = 1; i < count; i++) {
		const char *text = text_of(&c[i]);

		cells[i] = (struct history_cell){.text = text && *text ? text : NULL, .number = c[i].number};
	}
	return q->take(q->context, cells);
}

/* ---- hours and days: added up ---- */

static void sum_add(struct sum *sum, const struct store_value *c)
{
	sum->polls += c[1].number;
	sum->sightings += c[2].number;
	sum->connected += c[3].number;
	sum->up += c[4].number;
	sum->down += c[5].number;
}

static int take_sum(const struct query *q, const char *name, const struct sum *sum)
{
	const struct history_cell cells[HISTORY_COLUMNS] = {
		{.text = name},
		{.number = sum->polls},
		{.number = sum->sightings},
		{.real = sum->polls ? (double)sum->sightings / (double)sum->polls : 0},
		{.number = sum->connected},
		{.number = sum->up},
		{.number = sum->down},
	};

	return q->take(q->context, cells);
}

static int take_hour(void *context, const struct store_value *c, size_t count)
{
	struct query *q = context;

	(void)count;
	sum_add(&q->sums[clock_hour(c[0].number * 3600)], c);
	return 0;
}

static int end_hours(const struct query *q)
{
	int code = 0;

	for (int i = 0; i < 24 && !code; i++) {
		char name[8];

		snprintf(name, sizeof(name), "%02d", i);
		code = take_sum(q, name, &q->sums[i]);
	}
	return code;
}

static int end_day(const struct query *q)
{
	return *q->day ? take_sum(q, q->day, &q->sums[0]) : 0;
}

/* They come in the order of time. */
static int take_day(void *context, const struct store_value *c, size_t count)
{
	struct query *q = context;
	char day[CLOCK_TEXT];
	int code = 0;

	(void)count;
	clock_local(c[0].number * 3600, "%Y-%m-%d", day);
	if (strcmp(day, q->day) != 0) {
		code = end_day(q);
		str_copy(q->day, sizeof(q->day), day);
		q->sums[0] = (struct sum){0};
	}
	sum_add(&q->sums[0], c);
	return code;
}

/* ---- the SQL ---- */

/* ?1 and ?2: since and until, in seconds. */
#define HOURS(hour) " WHERE " hour " >= ?1 / 3600 AND " hour " < (?2 + 3599) / 3600 "

/* What the view `everyone` says, but only who is in both tables is sorted and added up: they are few. */
/* clang-format off */
#define SUMS "first, last, visits, sightings, connected, up, down"
#define EVERYONE \
	"(SELECT ip, country, client, tags, " SUMS " FROM peers WHERE ip NOT IN (SELECT ip FROM fresh) UNION ALL" \
	" SELECT ip, substr(max(printf('%016d', last) || country), 17)," \
	" substr(max(printf('%016d', last) || client), 17)," \
	" substr(max(coalesce(printf('%016d', last) || tags, '')), 17), min(first), max(last), sum(visits)," \
	" sum(sightings), sum(connected), sum(up), sum(down) FROM (" \
	"SELECT ip, country, client, tags, " SUMS " FROM peers WHERE ip IN (SELECT ip FROM fresh) UNION ALL" \
	" SELECT ip, country, client, tags, first, last, visits - EXISTS(SELECT 1 FROM peers p WHERE p.ip = f.ip" \
	" AND f.first - p.last BETWEEN 0 AND f.gap), sightings, connected, up, down FROM fresh f) GROUP BY ip)"
/* clang-format on */

static const char by_time[] =
	"SELECT o.hour, o.polls, coalesce(sum(h.sightings), 0), coalesce(sum(h.connected), 0), coalesce(sum(h.up), 0), "
	"coalesce(sum(h.down), 0) FROM observed o LEFT JOIN hours h ON h.hour = o.hour" HOURS(
		"o.hour") "GROUP BY o.hour ORDER BY o.hour";

static const struct kind {
	const char *sql;
	int (*take)(void *context, const struct store_value *columns, size_t count);
	int (*end)(const struct query *q);
} kinds[HISTORY_BYS] = {
	[HISTORY_COUNTRY] = {"SELECT h.country, sum(h.sightings), coalesce(p.n, 0), sum(h.connected), sum(h.up), "
			     "sum(h.down) FROM hours h LEFT JOIN (SELECT country, count(*) AS n FROM "
			     EVERYONE
			     " WHERE last >= ?1 AND first < ?2 GROUP BY country) p ON p.country = "
			     "h.country" HOURS("h.hour")
			     "GROUP BY h.country ORDER BY 2 DESC, 1",
			     take_country, NULL},
	[HISTORY_HOUR] = {by_time, take_hour, end_hours},
	[HISTORY_DAYS] = {by_time, take_day, end_day},
	[HISTORY_PEER] = {"SELECT ip, country, client, tags, first, last, visits, sightings, connected, up, down FROM "
			  EVERYONE " WHERE last >= ?1 AND first < ?2 ORDER BY sightings DESC, ip",
			  take_peer, NULL},
	[HISTORY_CLIENT] = {"SELECT client, sum(sightings), sum(up), sum(down) FROM clients WHERE day >= ?1 / 86400 "
			    "AND day < (?2 + 86399) / 86400 GROUP BY client ORDER BY 2 DESC, 1",
			    take_client, NULL},
};

/* Seconds that the numbers of a table are kept by. */
static int64_t step_of(enum history_by by)
{
	static const int64_t steps[HISTORY_BYS] = {[HISTORY_PEER] = 1, [HISTORY_CLIENT] = HISTORY_DAY};

	return steps[by] ? steps[by] : 3600;
}

struct history_range history_whole(enum history_by by, const struct history_range *range, int64_t now)
{
	int64_t step = step_of(by);
	struct history_range whole = {range->since / step * step, (range->until + step - 1) / step * step};
	int64_t known = range->until > now ? range->until : now;

	whole.until = whole.until < known ? whole.until : known;
	return whole;
}

int history_query(struct store *store, enum history_by by, const struct history_range *range,
		  int (*take)(void *context, const struct history_cell *cells), void *context, struct err *err)
{
	struct query q = {.take = take, .context = context};
	int code = HISTORY_GET(store, kinds[by].sql, kinds[by].take, &q, err, STORE_INT_OF(range->since),
			       STORE_INT_OF(range->until));

	return code || !kinds[by].end ? code : kinds[by].end(&q);
}
