/* Makes and ends what passes are given: loop, HTTP, resolver, and the store open for writing. */
#ifndef SWARM_WORLD_H
#define SWARM_WORLD_H

#include "swarm/command.h"
#include "swarm/pass.h"

/* 0 or an exit status with a message. world_done() in both cases; `command` must outlive it. Libcurl and what it brings
 * take milliseconds to start: `http` says whether somebody needs them. */
int world_make(struct pass_world *world, const struct command *command, bool http, struct err *err);
/* Takes over what a configuration that was read again says of connections. */
void world_limits(struct pass_world *world);
/* Waits until all is on disk; 0, or EXIT_FAILED with a message. */
int world_save(struct pass_world *world, struct err *err);
void world_done(struct pass_world *world);
/* After the loop has ended: signals are no events any more. From the second interrupt on, counting the one that
 * `stopped` the loop, the program ends at once with EXIT_INTERRUPTED, also while the disk keeps it waiting. */
void world_let_signals_through(bool stopped);
/* Takes what ends a pass: SIGINT, SIGTERM, and SIGHUP unless it was ignored from the start (nohup). */
void world_take_signals(struct pass_world *world, void (*caught)(void *context, int signal), void *context);
#endif
