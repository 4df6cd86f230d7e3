/* Asking one of the user's own Transmissions what it knows of its torrents' swarms: what their trackers told it, and
 * how many peers are connected. Nothing is sent to a tracker, and no proxy stands between. */
#ifndef SWARM_PROBE_RPC_H
#define SWARM_PROBE_RPC_H

#include <stddef.h>
#include <stdint.h>

#include "core/conf.h"
#include "core/http.h"
#include "core/loop.h"
#include "wire/info_hash.h"
#include "wire/tracker_url.h"

/* CATALOG_UNKNOWN (-1) = no tracker said. */
struct probe_rpc_row {
	const uint8_t *hash; /* INFO_HASH bytes */
	/* Each the maximum over its trackers whose last announce or scrape went well. */
	int32_t seeders, leechers, completed;
	const char *tracker; /* who said so of the seeders, else of the leechers: "udp://host"; "" = nobody */
	int64_t when;        /* and when, seconds since 1970; 0 = nobody. The daemon's clock, but not in the future */
	int32_t connected;   /* peers now */
};

struct probe_rpc_events {
	void (*row)(void *context, const struct probe_rpc_row *row);
	/* Once, never from within start(): 0: all that it has was told; else -errno, and `error` says what to do
	 * (clean). The probe is still there: free it. */
	void (*ended)(void *context, int rc, const char *error);
	void *context;
};

struct probe_rpc;

/* Asks for `count` hashes, which must live until the end; NULL: for all torrents that it has. The login is found as for
 * the dashboard. */
struct probe_rpc *probe_rpc_start(struct loop *loop, struct http *http, const struct conf_daemon *daemon,
				  const uint8_t (*hashes)[INFO_HASH], size_t count,
				  const struct probe_rpc_events *events);
/* Also before the end: then nothing is told any more. NULL is accepted. */
void probe_rpc_free(struct probe_rpc *p);

#endif
