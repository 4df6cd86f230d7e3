/* The torrents that a reading subcommand is about, from the store. */
#ifndef SWARM_ROWS_H
#define SWARM_ROWS_H

#include <stdbool.h>

#include "swarm/catalog.h"
#include "swarm/command.h"

/* Opens the store for reading and hands every torrent of the command's collections to `take`: of those that were named,
 * else of all that are enabled. take() returns 0 to go on, else that is returned. On a terminal a line on stderr says
 * each second how far it is. 0; EXIT_FAILED, EXIT_BUSY with a message; -EINTR after a signal, see below. `command` is a
 * struct command. */
int rows_walk(void *command, int (*take)(void *context, const struct catalog_row *row), void *context, struct err *err);

/* From now on SIGINT, SIGTERM and SIGHUP, unless they are ignored, end rows_walk() and interrupt a write. A second one
 * ends the process as ever. */
void rows_catch_signals(void);
/* Whether there was one. */
bool rows_interrupted(void);

#endif
