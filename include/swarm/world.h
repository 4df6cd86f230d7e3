/* Makes and ends what passes are given: loop, HTTP, resolver, and the store open for writing. */
#ifndef SWARM_WORLD_H
#define SWARM_WORLD_H

#include "swarm/command.h"
#include "swarm/pass.h"

/* 0 or an exit status with a message. world_done() in both cases; `command` must outlive it. */
int world_make(struct pass_world *world, const struct command *command, struct err *err);
/* Waits until all is on disk; 0, or EXIT_FAILED with a message. */
int world_save(struct pass_world *world, struct err *err);
void world_done(struct pass_world *world);
#endif
