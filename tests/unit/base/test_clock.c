/* base/clock.c: readings, dates, ages, and the local hour when summer time begins and ends. */
#include "base/clock.h"

#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tap.h"

static void test_now(void)
{
	struct now first = clock_now(), second = clock_now();
	int64_t us = clock_mono_us();

	ok(first.wall > 1700000000, "the wall clock is of this age");
	ok(second.mono_ms >= first.mono_ms, "the monotonic clock does not go back");
	ok(us / 1000 >= second.mono_ms && us / 1000 - second.mono_ms < 10000, "both units are of one clock");
	ok(clock_mono_us() >= us, "microseconds do not go back");
}

static void test_rfc3339(void)
{
	static const struct {
		int64_t wall;
		const char *want;
	} rows[] = {
		{0, "1970-01-01T00:00:00Z"},          {-1, "1969-12-31T23:59:59Z"},
		{1795246200, "2026-11-21T07:30:00Z"}, {951782400, "2000-02-29T00:00:00Z"},
		{2147483647, "2038-01-19T03:14:07Z"}, {2147483648, "2038-01-19T03:14:08Z"},
		{4102444800, "2100-01-01T00:00:00Z"},
	};
	char text[CLOCK_TEXT];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		clock_rfc3339(rows[i].wall, text);
		is_str(text, rows[i].want, "%s", rows[i].want);
	}
	clock_rfc3339(INT64_MAX, text);
	ok(strlen(text) < CLOCK_TEXT, "a time beyond all calendars is some text: %s", text);
}

static void test_age(void)
{
	static const struct {
		int64_t seconds;
		const char *want;
	} rows[] = {
		{-5, "0 s"},     {0, "0 s"},        {42, "42 s"},        {119, "119 s"},    {120, "2 min"},
		{420, "7 min"},  {7199, "119 min"}, {7200, "2 h 00"},    {11100, "3 h 05"}, {172799, "47 h 59"},
		{172800, "2 d"}, {1036800, "12 d"}, {31536000, "365 d"},
	};
	char text[CLOCK_TEXT];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		clock_age(rows[i].seconds, text);
		is_str(text, rows[i].want, "%lld seconds", (long long)rows[i].seconds);
	}
	clock_age(INT64_MAX, text);
	ok(strlen(text) < CLOCK_TEXT, "for ever: %s", text);
}

static void set_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

/* Central Europe in 2026: summer time from 29 March 01:00 UTC to 25 October 01:00 UTC. */
static void test_summer_time(const char *zone)
{
	static const struct {
		int64_t wall;
		int hour;
		const char *text;
	} rows[] = {
		{1774745999, 1, "01:59:59"}, /* the second before 2 o'clock, which there is not */
		{1774746000, 3, "03:00:00"}, {1782900000, 12, "12:00:00"}, {1792886399, 1, "01:59:59"},
		{1792886400, 2, "02:00:00"}, {1792889999, 2, "02:59:59"}, /* the first 2 o'clock hour ends */
		{1792890000, 2, "02:00:00"},                              /* the second begins */
		{1792893599, 2, "02:59:59"}, {1792893600, 3, "03:00:00"},  {1795246200, 8, "08:30:00"},
	};
	char text[CLOCK_TEXT];

	set_zone(zone);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		is_int(clock_hour(rows[i].wall), rows[i].hour, "%s: hour at %lld", zone, (long long)rows[i].wall);
		clock_local(rows[i].wall, "%H:%M:%S", text);
		is_str(text, rows[i].text, "%s: time at %lld", zone, (long long)rows[i].wall);
	}
	is_int(clock_offset(1782900000), 7200, "%s: two hours ahead in summer", zone);
	is_int(clock_offset(1795246200), 3600, "... one in winter");
	clock_rfc3339(1795246200, text);
	is_str(text, "2026-11-21T07:30:00Z", "%s: RFC 3339 stays UTC", zone);
}

static void test_other_zones(void)
{
	char text[CLOCK_TEXT];

	set_zone("UTC");
	is_int(clock_hour(1795246200), 7, "UTC");
	is_int(clock_offset(1795246200), 0, "... which is ahead of nothing");
	set_zone("<+0545>-5:45");
	is_int(clock_hour(1795246200), 13, "Nepal, 5:45 ahead");
	is_int(clock_offset(1795246200), 20700, "... in seconds");
	set_zone("<-0330>3:30");
	is_int(clock_hour(0), 20, "Newfoundland, the evening before");
	is_int(clock_offset(0), -12600, "... behind");
	set_zone("UTC");
	clock_local(0, "%Y-%m-%d %H:%M:%S %Y-%m-%d %H:%M:%S", text);
	is_str(text, "?", "a format that gives too much");
}

int main(void)
{
	test_now();
	test_rfc3339();
	test_age();
	test_summer_time("CET-1CEST,M3.5.0,M10.5.0/3");
	if (access("/usr/share/zoneinfo/Europe/Rome", R_OK) == 0)
		test_summer_time("Europe/Rome");
	else
		ok(true, "Europe/Rome # SKIP no tzdata");
	test_other_zones();
	return tap_done();
}
