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
	size_t magnets;                 /* of the added ones: by magnet link, as the torrent file could not be had */
	size_t left;                    /* not reached before a signal */
	struct err first, first_magnet; /* of the failed ones, and why only by magnet link; clean */
};

/* Adds them in their order (picked with `add`), paused unless `start`, past those that it has. The daemon is never told
 * a stranger's URL: it gets the torrent file, fetched and checked here, or a magnet link. Waits until it is done, or
 * SIGINT or SIGTERM comes: it runs a loop of its own. 0 (see `done` for those that failed); EXIT_UNREACHABLE,
 * EXIT_REFUSED, EXIT_CONFIG (its login cannot be read) or EXIT_FAILED with a message, when the daemon cannot be talked
 * to; `done` then counts what was done before. */
int pick_add(const struct conf *conf, const struct conf_daemon *daemon, const struct picked *picked, bool start,
	     struct pick_added *done, struct err *err);

#endif
