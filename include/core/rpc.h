/* Transmission's RPC (docs/rpc-spec.md of Transmission): session id, login, and both dialects, classic (2.40 and
 * later) and JSON-RPC 2.0 (4.1 and later), behind one table of keys. One call at a time. */
#ifndef CORE_RPC_H
#define CORE_RPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "core/http.h"

enum rpc_dialect { RPC_CLASSIC, RPC_MODERN };

enum rpc_key {
	RPC_TORRENT_GET,
	RPC_SESSION_GET,
	RPC_ID,
	RPC_HASH,
	RPC_NAME,
	RPC_PEERS_CONNECTED,
	RPC_PEERS,
	RPC_PEERS_FROM,
	RPC_VERSION,
	RPC_TORRENTS,
	RPC_TRACKER_STATS,
	RPC_ANNOUNCE,
	RPC_SEEDER_COUNT,
	RPC_LEECHER_COUNT,
	RPC_DOWNLOAD_COUNT,
	RPC_LAST_ANNOUNCE_TIME,
	RPC_LAST_ANNOUNCE_SUCCEEDED,
	RPC_LAST_SCRAPE_TIME,
	RPC_LAST_SCRAPE_SUCCEEDED,
	RPC_TORRENT_ADD,
	RPC_FILENAME,
	RPC_METAINFO,
	RPC_PAUSED,
	RPC_DOWNLOAD_DIR,
	RPC_TORRENT_ADDED,
	RPC_TORRENT_DUPLICATE,
	RPC_KEYS,
};

const char *rpc_name(enum rpc_dialect dialect, enum rpc_key key);

/* How a call ended. */
enum rpc_outcome {
	RPC_OK,
	RPC_REFUSED,     /* 401 */
	RPC_FORBIDDEN,   /* 403, 421 */
	RPC_UNREACHABLE, /* no connection, or no answer in time */
	RPC_ERROR,       /* an answer that is no use */
};

struct rpc_result {
	enum rpc_outcome outcome;
	long status; /* of HTTP, 0 = none */
	bool new_session; /* we had to take another session id: a restart, perhaps, and other ids */
	struct err error; /* what is wrong and what to do; clean */
	char said[512];   /* the same in the user's language */
};

struct rpc_query {
	enum rpc_key method;
	const enum rpc_key *fields;
	size_t field_count;
	bool table;               /* rows instead of objects, from daemons that can (3.00 and later) */
	const int64_t *ids;       /* with id_count > 0: either these ... */
	const char *const *names; /* ... or these, each an id or an info-hash in hex; both NULL: all */
	size_t id_count;
};

/* A torrent to be added; NULL is "not given". */
struct rpc_addition {
	const char *filename; /* a URL or a magnet link, or a path on the daemon's machine ... */
	const char *metainfo; /* ... or a .torrent file in base64 */
	const char *download_dir;
	bool paused;
};

struct rpc_sink {
	void (*begin)(void *context);                              /* a body comes, or comes again */
	int (*body)(void *context, const char *bytes, size_t len); /* of a 200; 0, else the call ends with RPC_ERROR */
	void (*done)(void *context, const struct rpc_result *result);
	void *context;
};

/* Where and how; texts are copied. */
struct rpc_config {
	const char *url; /* http(s)://... or unix:/path */
	const char *username, *password;
	const char *cacert;
	bool insecure;
};

struct rpc;

struct rpc *rpc_new(struct http *http, const struct rpc_config *config);
/* Cancels a call that is under way. */
void rpc_free(struct rpc *rpc);
void rpc_login(struct rpc *rpc, const char *username, const char *password);
/* Starts a call; the texts and numbers of the query must live until done(). */
void rpc_call(struct rpc *rpc, const struct rpc_query *query, const struct rpc_sink *sink);
/* The same for a torrent that is to be added; its texts must live until done(). 0; -EMSGSIZE: too big, nothing was
 * started. */
int rpc_add(struct rpc *rpc, const struct rpc_addition *addition, const struct rpc_sink *sink);
bool rpc_busy(const struct rpc *rpc);
enum rpc_dialect rpc_dialect(const struct rpc *rpc);

#endif
