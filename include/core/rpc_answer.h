/* The answers of Transmission's RPC that are short enough to be read by a tree. */
#ifndef CORE_RPC_ANSWER_H
#define CORE_RPC_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "core/json.h"
#include "core/rpc.h"
#include "wire/info_hash.h"

/* The useful part of an answer ("arguments", "result") inside *document, which the caller frees. 0, -EBADMSG, or
 * -EREMOTE when the daemon reports a failure; both with a message. */
int rpc_payload(const char *body, size_t len, struct json **document, const struct json **payload, struct err *err);

/* What a daemon says of a torrent that was to be added. */
struct rpc_added {
	bool duplicate;            /* it had it */
	char hash[INFO_HASH_TEXT]; /* "" = not said */
};

/* Reads the answer to rpc_add(). Errors as of rpc_payload(). */
int rpc_read_added(enum rpc_dialect dialect, const char *body, size_t len, struct rpc_added *added, struct err *err);

#endif
