/* The daemons of the configuration as sources. */
#ifndef PEERS_DAEMONS_H
#define PEERS_DAEMONS_H

#include "core/conf.h"
#include "core/http.h"
#include "peers/clients.h"
#include "peers/source.h"

/* What all of them share; outlives them. */
struct daemons_share {
	struct http *http;
	struct loop *loop;
	struct clients *clients;
	struct source_listener listener; /* also told what a user should know of a login */
};

/* Makes one source for each daemon, with its login: conf->daemon_count of them, to be freed by daemons_free(). 0, or
 * -errno with a message when a login cannot be had; then none is made. */
int daemons_make(const struct conf *conf, const struct daemons_share *share, struct source **sources, struct err *err);
void daemons_free(struct source **sources, unsigned count);

#endif
