/* A Transmission daemon as a source of peers. */
#ifndef PEERS_SOURCE_TRANSMISSION_H
#define PEERS_SOURCE_TRANSMISSION_H

#include "core/conf.h"
#include "core/http.h"
#include "core/rpc.h"
#include "peers/clients.h"
#include "peers/source.h"

struct source_transmission_config {
	const char *name;
	struct rpc_config rpc;
	const struct conf_list *torrents; /* "all", ids or info-hashes; copied */
	struct clients *clients;          /* where names get their numbers; outlives the source */
};

/* Freed by source_free(). */
struct source *source_transmission_new(const struct source_transmission_config *config, unsigned number,
				       struct http *http, struct loop *loop, const struct source_listener *listener);

#endif
