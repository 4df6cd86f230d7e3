/* The report of a daemon, as a process of its own: it takes seconds, and the loop must not wait. */
#ifndef SWARM_REPORT_CHILD_H
#define SWARM_REPORT_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "swarm/command.h"

/* Starts `swarmtop report` with the same options and collections. 0 or -errno. */
int report_child_start(const struct command *command, pid_t *pid);
/* Whether a process has ended; *status is its exit status, 1 when a signal ended it. */
bool report_child_ended(pid_t pid, int *status);
/* Whether a file of it is not there, as in a folder in memory after a boot. */
bool report_child_lacks(const struct conf *conf);
/* Whether there is any report to be written to a file, and a collection for it. */
bool report_child_wanted(const struct conf *conf);

#endif
