/* Reads the dates of HTTP, in whatever locale. It does not know what time it is. */
#include "swarm/collect_date.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

enum { DIGITS = 4 };

/* What has been read so far. */
struct date {
	int month;               /* 0 = none yet */
	int day_year[2], time[3]; /* in the order in which they stand there in all three forms */
	unsigned days, times;
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A month, or what does not matter: the day of the week, GMT. */
static const char *take_word(struct date *d, const char *at)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	size_t len = 0;

	while (is_letter(at[len]))
		len++;
	for (int i = 0; len == 3 && i < 12; i++)
		if (strncasecmp(months + (size_t)i * 3, at, 3) == 0)
			d->month = i + 1;
	return at + len;
}

/* Beside a colon it is of the time. NULL: one too many, or too long. */
static const char *take_number(struct date *d, const char *at, bool behind_colon)
{
	int value = 0;
	size_t len = 0;

	for (; len <= DIGITS && is_digit(at[len]); len++)
		value = value * 10 + (at[len] - '0');
	if (len > DIGITS)
		return NULL;
	if ((behind_colon || at[len] == ':') && d->times < 3)
		d->time[d->times++] = value;
	else if (!behind_colon && at[len] != ':' && d->days < 2)
		d->day_year[d->days++] = value;
	else
		return NULL;
	return at + len;
}

static int read_date(const char *text, struct date *d)
{
	const char *at = text;

	while (at && *at) {
		if (is_letter(*at))
			at = take_word(d, at);
		else if (is_digit(*at))
			at = take_number(d, at, at > text && at[-1] == ':');
		else
			at = strchr(" ,-:", *at) ? at + 1 : NULL;
	}
	return at && d->days == 2 && d->times == 3 && d->month ? 0 : -EINVAL;
}

/* Days from 1970-01-01 in the Gregorian calendar. Years begin in March here, so that a leap day ends one. */
static int64_t days(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year, months = month > 2 ? month - 3 : month + 9;

	return y * 365 + y / 4 - y / 100 + y / 400 + (153 * months + 2) / 5 + day - 1 - 719468;
}

int collect_date(const char *text, int64_t *date)
{
	struct date d = {.month = 0};
	int64_t year;

	if (read_date(text, &d))
		return -EINVAL;
	year = d.day_year[1];
	if (d.day_year[0] < 1 || d.day_year[0] > 31 || d.time[0] > 23 || d.time[1] > 59 || d.time[2] > 60)
		return -EINVAL;
	year += year < 70 ? 2000 : year < 100 ? 1900 : 0;
	*date = days(year, d.month, d.day_year[0]) * 86400 + d.time[0] * 3600 + d.time[1] * 60 + d.time[2];
	return 0;
}
