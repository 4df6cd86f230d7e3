/* The daemons of the configuration as sources. */
#ifndef PEERS_DAEMONS_H
#define PEERS_DAEMONS_H

#include "core/conf.h"
#include "core/http.h"
#include "peers/clients.h"
#include "peers/source.h"

/* A row of sources, as many as there are daemons in a configuration. */
struct daemons {
	struct source *sources[CONF_DAEMONS];
	unsigned count;
};

/* What all of them share; outlives them. */
struct daemons_share {
	struct http *http;
	struct loop *loop;
	struct clients *clients;
	struct source_listener listener; /* also told what a user should know of a login */
};

/* Makes a source for each daemon, with its login. A source of `old` in the same place that would be made the same
 * again, login and all, is taken over as it is: with its state, and with a login that was typed in. 0, or -errno with
 * a message when a login cannot be had; then nothing is made. */
int daemons_make(const struct conf *conf, const struct daemons_share *share, const struct daemons *old,
		 struct daemons *made, struct err *err);
/* Frees the sources of `these` that are not in `those` too. */
void daemons_free_but(struct daemons *these, const struct daemons *those);

#endif
