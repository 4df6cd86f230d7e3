/* How it went, for charts: polls of the past in steps, and the days of the countries seen most. Reads the file. */
#ifndef PEERS_HISTORY_COURSE_H
#define PEERS_HISTORY_COURSE_H

#include "core/store.h"
#include "peers/history.h"

enum { COURSE_POINTS = 400, COURSE_DAYS = 368, COURSE_COUNTRIES = 5 };

/* Averages over the polls of a step. */
struct course_point {
	int64_t at; /* seconds since 1970, the beginning of the step */
	double connections, addresses, rate_up, rate_down;
	uint64_t peak; /* connections */
};

struct course {
	int64_t since, until, step; /* seconds */
	struct course_point points[COURSE_POINTS];
	unsigned count;
};

/* The last `seconds` before `now`, in steps of which there is room for. Steps without a poll are left out. 0 or -errno
 * with a message. */
int history_course(struct store *store, int64_t now, int64_t seconds, struct course *c, struct err *err);

/* Sightings of local days. */
struct course_days {
	char days[COURSE_DAYS][12]; /* "2026-11-21"; those that were observed */
	unsigned day_count;
	country_t countries[COURSE_COUNTRIES]; /* those seen most, most first */
	unsigned country_count;
	uint64_t seen[COURSE_COUNTRIES + 1][COURSE_DAYS]; /* the last: of all others */
};

int history_course_days(struct store *store, int64_t now, unsigned days, struct course_days *d, struct err *err);

struct history_past {
	struct course course;
	struct course_days days;
};

/* Both, read on a thread of its own. 0: `past` is valid until the next call; or -errno with a message: -EAGAIN when it
 * is being read, what is asked again soon is answered then; or when no file is open. */
int history_past(struct history *h, struct now now, int64_t seconds, unsigned days, const struct history_past **past,
		 struct err *err);

#endif
