/* Reads times as people write them. It knows no clock but the one it is given, and the local time zone. */
#include "peers/history_range.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "base/text.h"

enum { DAY = 86400, AMOUNT = 8 /* digits */ };

static const struct unit {
	char letter;
	int64_t seconds;
} units[] = {{'m', 60}, {'h', 3600}, {'d', DAY}, {'w', 7 * DAY}};

/* "12h" */
static bool ago(const char *text, int64_t now, int64_t *when)
{
	size_t digits = strspn(text, "0123456789");
	char amount[AMOUNT + 1];
	uint64_t n;

	if (!digits || digits > AMOUNT || !text[digits] || text[digits + 1])
		return false;
	snprintf(amount, sizeof(amount), "%.*s", (int)digits, text);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (units[i].letter == text[digits] && str_u64(amount, &n) == 0) {
			*when = now - (int64_t)n * units[i].seconds;
			return true;
		}
	}
	return false;
}

/* mktime(3) knows how long a day is when the clocks change. */
static int64_t day_of(int64_t now, int days)
{
	time_t t = (time_t)now;
	struct tm tm;

	if (!localtime_r(&t, &tm))
		return now;
	tm.tm_mday += days;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm);
}

/* `format` is of strptime(3). */
static bool date(const char *text, const char *format, bool utc, struct tm *tm, int64_t *when)
{
	struct tm asked;
	const char *rest;

	*tm = (struct tm){.tm_isdst = utc ? 0 : -1};
	rest = strptime(text, format, tm);
	if (!rest || *rest || tm->tm_year < 70)
		return false;
	asked = *tm;
	*when = utc ? (int64_t)timegm(tm) : (int64_t)mktime(tm);
	return asked.tm_mday == tm->tm_mday; /* not the 31st of November */
}

int history_time(const char *text, int64_t now, bool end, int64_t *when, struct err *why)
{
	char shown[64];
	struct tm tm;
	int64_t found;

	if (strcmp(text, "today") == 0)
		found = day_of(now, end);
	else if (strcmp(text, "yesterday") == 0)
		found = day_of(now, end - 1);
	else if (date(text, "%Y-%m-%d", false, &tm, &found))
		found = end ? day_of(found, 1) : found;
	else if (!ago(text, now, &found) && !date(text, "%Y-%m-%dT%H:%M", false, &tm, &found) &&
		 !date(text, "%Y-%m-%dT%H:%M:%S", false, &tm, &found) &&
		 !date(text, "%Y-%m-%dT%H:%MZ", true, &tm, &found) &&
		 !date(text, "%Y-%m-%dT%H:%M:%SZ", true, &tm, &found)) {
		text_clean(shown, sizeof(shown), text, strlen(text), 40);
		return err_set(
			why, -EINVAL,
			"takes a day like 2026-11-21, a time like 2026-11-21T07:30, \"today\", \"yesterday\" or an "
			"age like 12h, 7d or 4w, not \"%s\"",
			shown);
	}
	*when = found;
	return 0;
}
