/* Hands chosen torrents to a Transmission by its RPC. */
#ifndef SWARM_PICK_ADD_H
#define SWARM_PICK_ADD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "core/conf.h"
#include "swarm/picked.h"

struct pick_added {
	size_t added, had, failed;
	struct err first; /* of the failed ones; clean */
};

/* Adds them in their order, paused unless `start`, past those that it has. Waits until it is done: it runs a loop of
 * its own. 0 (see `done` for those that failed); EXIT_UNREACHABLE, EXIT_REFUSED, EXIT_CONFIG (its login cannot be read)
 * or EXIT_FAILED with a message, when the daemon cannot be talked to; `done` then counts what was done before. */
int pick_add(const struct conf_daemon *daemon, const struct picked *picked, bool start, struct pick_added *done,
	     struct err *err);

#endif
