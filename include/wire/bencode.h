/* Bencoding (BEP 3): a reader into a tree, and a writer. The tree points into the bytes that were read. */
#ifndef WIRE_BENCODE_H
#define WIRE_BENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

enum { BENCODE_DEPTH = 32 }; /* deepest nesting that is read */

enum bencode_type { BENCODE_INT, BENCODE_BYTES, BENCODE_LIST, BENCODE_DICT };

struct bencode {
	enum bencode_type type;
	const char *raw; /* the value as it was written ... */
	size_t raw_len;  /* ... for hashes over it */
	int64_t number;
	const char *bytes; /* not NUL-terminated */
	size_t len;        /* of bytes */
	const struct bencode *key;   /* of a dictionary's member */
	const struct bencode *child; /* first element or member */
	const struct bencode *next;  /* its neighbour */
	size_t count;                /* elements, members */
};

/* Reads one value that fills all `len` bytes. Keys may be in any order and twice (the first one counts), as files in
 * the wild have them; integers out of int64 are refused. 0, -EBADMSG, -EMSGSIZE (too deep) or -ENOMEM (arena). */
int bencode_read(const void *bytes, size_t len, struct arena *a, const struct bencode **value);
/* As above, but bytes may follow; *used is how many belong to the value. For datagrams with trailing rubbish. */
int bencode_read_first(const void *bytes, size_t len, struct arena *a, const struct bencode **value, size_t *used);

/* Of a dictionary; NULL if it has none, or `dict` is NULL or none. */
const struct bencode *bencode_get(const struct bencode *dict, const char *key);
/* As above, but only of that type. */
const struct bencode *bencode_get_type(const struct bencode *dict, const char *key, enum bencode_type type);
bool bencode_is(const struct bencode *value, const char *text);

/* The writer: the caller keeps keys sorted. What does not fit sets out->full. */
void bencode_put_int(struct buf *out, int64_t number);
void bencode_put_bytes(struct buf *out, const void *bytes, size_t len);
void bencode_put_text(struct buf *out, const char *text);
/* Lists and dictionaries: buf_putc(out, 'l' or 'd') ... buf_putc(out, 'e'). */

#endif
