/* Advice about calls that failed, for core/rpc.c: each sets outcome, error and said. */
#ifndef CORE_RPC_ADVICE_H
#define CORE_RPC_ADVICE_H

#include "core/rpc.h"

/* An answer with another status than 200; `page` is the beginning of what came with it. */
void rpc_advise_status(long status, const char *page, struct rpc_result *result);
/* No answer, or not all of it. `first` byte of its body, 0 = none; `unix_socket` NULL = it went over the network. */
void rpc_advise_failure(const struct http_result *http, char first, const char *unix_socket, struct rpc_result *result);

#endif
