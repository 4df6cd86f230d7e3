/* The summary of a tally as HTML, the same on every page. */
#ifndef SWARM_SUMMARY_H
#define SWARM_SUMMARY_H

#include <stdint.h>

#include "base/buf.h"
#include "swarm/tally.h"

/* The script of a page: what says its words in the reader's language, then its own. 0, or -ENOBUFS; buf_done() is the
 * caller's. */
int summary_script(const char *own, struct buf *out);
/* The top of a page: heading, of when it is; ends before </header>. */
void summary_top(const char *heading, int64_t now, struct buf *out);
/* A table: collection, torrents, bytes, seeders by range with a bar, countries. */
void summary_table(const struct tally *tally, struct buf *out);

#endif
