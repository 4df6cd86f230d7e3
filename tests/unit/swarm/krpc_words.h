/* Datagrams as a story writes them: bencoding as it is, and in braces what nobody counts by hand.
 *
 *	{t} {id} {ip}           strings of the transaction, of the speaker's id, of the asker's address
 *	{nodes} {nodes a b ...}  a string of compact nodes: those that the speaker knows, or these: names, ID@ADDR:PORT,
 *	                        self@ADDR:PORT with the asker's id
 *	{peers ADDR:PORT ...}   strings of compact peers, each for itself; ADDR:PORT*N: N addresses from there on
 *	{joined ADDR:PORT ...}  the same in one string
 *	{filter full} {filter ADDR ...}  a filter of BEP 33: every bit, or these addresses (ADDR*N too); none is an
 *	                        empty one
 *	{string N} {lists N}    N letters as a string; N times the start of a list
 *	{bytes HEX}             a string of these bytes */
#ifndef KRPC_WORDS_H
#define KRPC_WORDS_H

#include <stdbool.h>

#include "base/buf.h"
#include "wire/compact.h"

struct krpc_words {
	uint8_t tid[4], id[COMPACT_ID], asker[COMPACT_ID];
	struct compact_peer asker_at;
	/* Of the speaker's story. False: nobody of that name. */
	bool (*find)(void *context, const char *name, struct compact_node *node);
	const char *known; /* names */
	void *context;
};

/* False: they cannot be understood. */
bool krpc_words_write(const struct krpc_words *w, const char *words, struct buf *out);
/* "1.2.3.4:5", "[2a00::1]:5". */
bool krpc_words_peer(const char *text, struct compact_peer *peer);
/* Up to 40 hex digits; the rest is 0. */
bool krpc_words_id(const char *text, uint8_t id[COMPACT_ID]);

#endif
