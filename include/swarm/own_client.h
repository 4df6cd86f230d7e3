/* The user's own Transmissions as one more source of a pass over trackers: for the torrents they have, what their
 * trackers told them and how many peers are connected. Nothing is sent to a tracker. */
#ifndef SWARM_OWN_CLIENT_H
#define SWARM_OWN_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "swarm/pass.h"

struct own_client;

/* Asks all daemons of the configuration. One that is only the built-in default may well not be there: it is asked too,
 * nothing is said of a failure, and if it wants a login it is left alone for a day. `targets` live until
 * own_client_free(). `ended` is called once, never from within. */
struct own_client *own_client_start(const struct pass_world *world, const struct catalog_target *targets, size_t count,
				    void (*ended)(void *context), void *context);
/* Writes what has come so far into the catalog, asks for no more, and frees. NULL is accepted. */
void own_client_free(struct own_client *own);
/* Torrents that a daemon has. */
size_t own_client_known(const struct own_client *own);

#endif
