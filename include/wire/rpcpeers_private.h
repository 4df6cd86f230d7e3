/* What the files share that read Transmission's answer with peers. */
#ifndef WIRE_RPCPEERS_PRIVATE_H
#define WIRE_RPCPEERS_PRIVATE_H

#include "wire/rpcpeers.h"

enum {
	RPCPEERS_KEYS = 32,
	RPCPEERS_KEY_TEXT = 32, /* with quotes and colon */
};

enum { RPCPEERS_MORE = 1 }; /* beside 0 and -errno: the value is not complete yet */

struct rpcpeers_key;

/* A key as it stood in the last peer object at this position. */
struct rpcpeers_learned {
	char text[RPCPEERS_KEY_TEXT]; /* "\"port\":", zeros behind it */
	size_t len;                   /* 0 = nothing learned */
	const struct rpcpeers_key *key;
};

/* *at is at '{'; on 0 it is behind '}'. What is learned is for the next peer. */
int rpcpeers_peer(struct rpcpeers_learned learned[RPCPEERS_KEYS], const char **at, const char *end,
		  struct rpcpeer *peer);
/* `name` NULL: it is not. */
bool rpcpeers_is(const char *bytes, size_t len, const char *name);
/* 0 for what is no count. */
uint32_t rpcpeers_saturate(double value);

#endif
