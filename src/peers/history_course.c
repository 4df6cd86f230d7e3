/* The SQL of the charts. What a clock that was ahead has written is of no chart before its time. It does not know how
 * they are drawn. */
#include "peers/history_course.h"

#include <string.h>

#include "base/str.h"
#include "peers/history_private.h"

static country_t country(const struct store_value *column)
{
	const char *code = column->bytes;

	return strcmp(code, country_code(COUNTRY_LOCAL)) == 0 ? COUNTRY_LOCAL : country_by_code(code, strlen(code));
}

/* ---- polls in steps ---- */

static int take_point(void *context, const struct store_value *c, size_t count)
{
	struct course *to = context;
	double n = (double)c[1].number;

	(void)count;
	if (to->count == COURSE_POINTS || c[1].number <= 0)
		return 0;
	to->points[to->count++] = (struct course_point){
		.at = c[0].number,
		.connections = (double)c[2].number / n,
		.peak = (uint64_t)c[3].number,
		.addresses = (double)c[4].number / n,
		.rate_up = (double)c[5].number / n,
		.rate_down = (double)c[6].number / n,
	};
	return 0;
}

/* Whole minutes, quarters or hours: those that polls of the past were thinned to fit. */
static int64_t step_of(int64_t seconds)
{
	static const int64_t steps[] = {60, 300, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400};
	size_t i = 0;

	while (i + 1 < sizeof(steps) / sizeof(steps[0]) && seconds / steps[i] >= COURSE_POINTS)
		i++;
	return steps[i];
}

int history_course(struct store *store, int64_t now, int64_t seconds, struct course *c, struct err *err)
{
	static const char get[] =
		"SELECT at / ?2 * ?2 AS q, sum(n), sum(connections), max(peak), sum(addresses), sum(up), "
		"sum(down) FROM course WHERE at BETWEEN ?1 AND ?3 GROUP BY q ORDER BY q";

	*c = (struct course){.step = step_of(seconds), .until = now};
	c->since = (now - seconds) / c->step * c->step;
	return HISTORY_GET(store, get, take_point, c, err, STORE_INT_OF(c->since), STORE_INT_OF(c->step),
			   STORE_INT_OF(c->until));
}

/* ---- days ---- */

static int take_country(void *context, const struct store_value *c, size_t count)
{
	struct course_days *d = context;

	(void)count;
	if (c[0].type == STORE_TEXT && d->country_count < COURSE_COUNTRIES)
		d->countries[d->country_count++] = country(&c[0]);
	return 0;
}

static unsigned row_of(const struct course_days *d, country_t country)
{
	unsigned row = 0;

	while (row < d->country_count && d->countries[row] != country)
		row++;
	return row < d->country_count ? row : COURSE_COUNTRIES;
}

struct hours {
	struct course_days *days;
	int64_t hour; /* the last one */
};

/* They come in the order of time: hour, country, sightings. */
static int take_hour(void *context, const struct store_value *c, size_t count)
{
	struct hours *hours = context;
	struct course_days *d = hours->days;
	char day[CLOCK_TEXT];

	(void)count;
	if (c[0].number != hours->hour) {
		hours->hour = c[0].number;
		clock_local(c[0].number * 3600, "%Y-%m-%d", day);
		if (!d->day_count || strcmp(d->days[d->day_count - 1], day) != 0) {
			if (d->day_count == COURSE_DAYS)
				return 0;
			str_copy(d->days[d->day_count++], sizeof(d->days[0]), day);
		}
	}
	if (c[1].type == STORE_TEXT)
		d->seen[row_of(d, country(&c[1]))][d->day_count - 1] += (uint64_t)c[2].number;
	return 0;
}

int history_course_days(struct store *store, int64_t now, unsigned days, struct course_days *d, struct err *err)
{
	static const char most[] =
		"SELECT country FROM hours WHERE hour BETWEEN ?1 AND ?2 GROUP BY country ORDER BY sum(sightings) DESC, "
		"country LIMIT ?3";
	static const char by_hour[] =
		"SELECT o.hour, h.country, h.sightings FROM observed o LEFT JOIN hours h ON h.hour = "
		"o.hour WHERE o.hour BETWEEN ?1 AND ?2 ORDER BY o.hour";
	struct hours hours = {d, -1};
	struct store_value since = STORE_INT_OF((now - (int64_t)days * HISTORY_DAY) / 3600);
	struct store_value until = STORE_INT_OF(now / 3600);
	int code;

	memset(d, 0, sizeof(*d));
	code = HISTORY_GET(store, most, take_country, d, err, since, until, STORE_INT_OF(COURSE_COUNTRIES));
	return code ? code : HISTORY_GET(store, by_hour, take_hour, &hours, err, since, until);
}
