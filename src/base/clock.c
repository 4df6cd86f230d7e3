/* Reads the clocks and writes times down. It schedules nothing. */
#include "base/clock.h"

#include <stdio.h>
#include <sys/timex.h>
#include <time.h>

struct now clock_now(void)
{
	struct timespec mono, wall;

	clock_gettime(CLOCK_MONOTONIC, &mono);
	clock_gettime(CLOCK_REALTIME, &wall);
	return (struct now){
		.mono_ms = (int64_t)mono.tv_sec * 1000 + mono.tv_nsec / 1000000,
		.wall = (int64_t)wall.tv_sec,
	};
}

bool clock_is_set(void)
{
	struct timex state = {.modes = 0};
	int rc = adjtimex(&state);

	return rc >= 0 && rc != TIME_ERROR && !(state.status & STA_UNSYNC);
}

int64_t clock_mono_us(void)
{
	struct timespec mono;

	clock_gettime(CLOCK_MONOTONIC, &mono);
	return (int64_t)mono.tv_sec * 1000000 + mono.tv_nsec / 1000;
}

static void format_tm(const struct tm *tm, const char *format, char text[CLOCK_TEXT])
{
	if (!tm || strftime(text, CLOCK_TEXT, format, tm) == 0)
		snprintf(text, CLOCK_TEXT, "?");
}

void clock_rfc3339(int64_t wall, char text[CLOCK_TEXT])
{
	time_t t = (time_t)wall;
	struct tm tm;

	format_tm(gmtime_r(&t, &tm), "%Y-%m-%dT%H:%M:%SZ", text);
}

void clock_local(int64_t wall, const char *format, char text[CLOCK_TEXT])
{
	time_t t = (time_t)wall;
	struct tm tm;

	format_tm(localtime_r(&t, &tm), format, text);
}

int clock_hour(int64_t wall)
{
	time_t t = (time_t)wall;
	struct tm tm;

	return localtime_r(&t, &tm) ? tm.tm_hour : 0;
}

int clock_offset(int64_t wall)
{
	time_t t = (time_t)wall;
	struct tm tm;

	return localtime_r(&t, &tm) ? (int)tm.tm_gmtoff : 0;
}

void clock_age(int64_t seconds, char text[CLOCK_TEXT])
{
	int64_t s = seconds > 0 ? seconds : 0;

	if (s < 120)
		snprintf(text, CLOCK_TEXT, "%lld s", (long long)s);
	else if (s < 7200)
		snprintf(text, CLOCK_TEXT, "%lld min", (long long)(s / 60));
	else if (s < 172800)
		snprintf(text, CLOCK_TEXT, "%lld h %02lld", (long long)(s / 3600), (long long)(s / 60 % 60));
	else
		snprintf(text, CLOCK_TEXT, "%lld d", (long long)(s / 86400));
}
