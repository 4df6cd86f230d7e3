/* The only reader of the clocks. Everybody else is handed a struct now. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One reading of both clocks: schedules use `mono_ms`, dates for people use `wall`. */
struct now {
	int64_t mono_ms; /* CLOCK_MONOTONIC, milliseconds */
	int64_t wall;    /* CLOCK_REALTIME, seconds since 1970 UTC */
};

enum {
	CLOCK_TEXT = 32,             /* room for any text below */
	CLOCK_OLDEST = 1577836800, /* 2020: an earlier date is that of no clock */
};

struct now clock_now(void);
/* Whether the system says that its date is right: it was synchronised since it started, adjtimex(2). */
bool clock_is_set(void);
/* Microseconds of CLOCK_MONOTONIC, for measuring durations. */
int64_t clock_mono_us(void);

/* "2026-11-21T07:30:00Z" (RFC 3339, UTC). */
void clock_rfc3339(int64_t wall, char text[CLOCK_TEXT]);
/* Local time through strftime(3), e.g. "%H:%M:%S". */
void clock_local(int64_t wall, const char *format, char text[CLOCK_TEXT]);
/* Local hour of the day, 0-23. */
int clock_hour(int64_t wall);
/* Seconds that local time is ahead of UTC then. */
int clock_offset(int64_t wall);
/* A duration for people: "42 s", "7 min", "3 h 05", "12 d". Negative counts as 0. */
void clock_age(int64_t seconds, char text[CLOCK_TEXT]);

#endif
