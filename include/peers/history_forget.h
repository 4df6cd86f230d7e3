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
/* Why the bytes are still in the file or in its log, though nobody is shown them: 0, they are not; -EBUSY: another
 * program reads the file; or another -errno. */
struct history_remains {
	int code;
	struct err why;
};

/* What ended before `until`; the totals of all time stay. */
int history_forget_until(const char *name, int64_t until, struct history_remains *remains, struct err *err);
struct history_forgotten {
	size_t peers;
	size_t networks; /* that an address or a prefix is only a part of, where nothing else is kept of it */
};

/* These peers; the sums that they are in stay. */
int history_forget_peers(const char *name, const struct ip_prefix *prefixes, size_t count,
			 struct history_forgotten *forgotten, struct history_remains *remains, struct err *err);

#endif
