/* Times as people write them, for --since and --until. */
#ifndef PEERS_HISTORY_RANGE_H
#define PEERS_HISTORY_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* "2026-11-21", "2026-11-21T07:30" (local time; UTC with a "Z" at the end), "today", "yesterday", or how long ago:
 * "90m", "12h", "7d", "4w". Of a day its beginning, or with `end` the beginning of the day after. Seconds since 1970.
 * 0, or -EINVAL with the rest of "option --since ...". */
int history_time(const char *text, int64_t now, bool end, int64_t *time, struct err *why);

#endif
