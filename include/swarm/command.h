/* What the subcommands of this wing share: their options, the configuration, and the names of collections. */
#ifndef SWARM_COMMAND_H
#define SWARM_COMMAND_H

#include <stdio.h>

#include "base/err.h"
#include "core/conf.h"
#include "core/opt.h"

/* One subcommand that was started: what argv said. */
struct command {
	const struct opt_usage *usage;
	const struct opt_group *own; /* its own options; NULL = none */
	struct opt_common common;
	struct conf conf;
	const char **collections; /* names that were given, NULL-terminated; NULL = none: all that are enabled */
	bool loaded;
};

/* Reads argv, the configuration and the log's place. Operands are names of collections, or, when `operand` is not
 * NULL, one of any kind. Returns true to go on; else *status is the exit status, and all has been said (--help,
 * --version, what is wrong). command_done() in both cases. */
bool command_begin(struct command *c, int argc, char **argv, const char **operand, int *status);
void command_done(struct command *c);
/* Reads the configuration again, from the same places; on failure all is as before. 0 or -EINVAL with a message.
 * `others` becomes true if its collections are not what they were. */
int command_reload(struct command *c, bool *others, struct err *err);
/* After logrotate: the log goes to what is at its path now. */
void command_reopen_log(const struct command *c);
/* Prints "swarmtop: message" on stderr and returns the status. */
int command_complain(const struct err *err, int status);
/* The exit status of an error of catalog_open(): 75 for another writer, 78 for a store of a newer swarmtop, else 1. */
int command_store_status(int rc);

bool command_any_enabled(const struct conf *conf);
/* Whether a pass is about this collection: it was named, or none was and it is enabled. */
bool command_wants(const char *const *collections, const struct conf_collection *collection);

/* A line on stderr: the collection has no torrents in the store. */
void command_say_lacking(const char *command, const char *name);

/* Names of those that command_wants(), NULL-terminated, as the catalog takes them; free() it, but not the names. */
const char **command_names(const struct conf *conf, const char *const *collections);

#endif
