/* Rows of the history as text, JSON or CSV. */
#ifndef PEERS_HISTORY_SHOW_H
#define PEERS_HISTORY_SHOW_H

#include "base/buf.h"
#include "peers/history_query.h"

struct history_show {
	/* NULL = nothing. */
	void (*head)(const struct history_table *table, const struct history_range *range, struct buf *out);
	void (*row)(const struct history_table *table, const struct history_cell *cells, size_t number,
		    struct buf *out);
	void (*end)(struct buf *out);
};

enum { HISTORY_AS_TEXT, HISTORY_AS_JSON, HISTORY_AS_CSV, HISTORY_SHOWS };

extern const struct history_show history_shows[HISTORY_SHOWS];

#endif
