/* What the file of the history says of a range of time, as rows. */
#ifndef PEERS_HISTORY_QUERY_H
#define PEERS_HISTORY_QUERY_H

#include <stdint.h>

#include "base/err.h"
#include "core/store.h"

enum history_by { HISTORY_COUNTRY, HISTORY_HOUR, HISTORY_DAYS, HISTORY_PEER, HISTORY_CLIENT, HISTORY_BYS };

enum { HISTORY_COLUMNS = 12 };

enum history_kind {
	HISTORY_TEXT,
	HISTORY_COUNT,
	HISTORY_SECONDS,
	HISTORY_BYTES,
	HISTORY_TIME,    /* seconds since 1970 */
	HISTORY_AVERAGE,
};

struct history_column {
	const char *key, *title; /* for programs; for people, "" = not shown to them */
	enum history_kind kind;
	int width; /* of the text, negative = to the left */
};

struct history_table {
	const char *name; /* "country" */
	struct history_column columns[HISTORY_COLUMNS + 1]; /* the last has no key */
};

extern const struct history_table history_tables[HISTORY_BYS];

struct history_cell {
	const char *text; /* clean; NULL = null */
	int64_t number;
	double real;
};

struct history_range {
	int64_t since, until; /* seconds since 1970, until is the first that is not in it; hours and days count whole */
};

/* The range that the numbers are of: clients are kept by day (UTC), peers by the second, all else by hour. It does not
 * end after `now` if the one that was asked for does not. */
struct history_range history_whole(enum history_by by, const struct history_range *range, int64_t now);
/* Hands every row to `take`, most sightings first, hours and days in their order; cells are valid during the call.
 * take() returns 0 to go on, else that is returned. Hours and days are local. 0 or -errno with a message. */
int history_query(struct store *store, enum history_by by, const struct history_range *range,
		  int (*take)(void *context, const struct history_cell *cells), void *context, struct err *err);

#endif
