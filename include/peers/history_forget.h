/* Taking out of the history's file what shall not be in it. */
#ifndef PEERS_HISTORY_FORGET_H
#define PEERS_HISTORY_FORGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/ip.h"

/* Removes the file and all that belongs to it, also what was damaged and moved out of its way. These return 0 or -errno
 * with a message; -EBUSY: a monitor records. */
int history_forget_all(const char *name, struct err *err);
/* What ended before `until`; the totals of all time stay. `remains`: another program reads the file, so that the bytes
 * are still in it or in its log. */
int history_forget_until(const char *name, int64_t until, bool *remains, struct err *err);
/* These peers; the sums that they are in stay. The number that was found in `found`. */
int history_forget_peers(const char *name, const struct ip_prefix *prefixes, size_t count, size_t *found, bool *remains,
			 struct err *err);

#endif
