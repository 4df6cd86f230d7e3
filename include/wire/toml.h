/* TOML 1.0 (https://toml.io/en/v1.0.0) -> a small tree. */
#ifndef WIRE_TOML_H
#define WIRE_TOML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum {
	TOML_MAX = 256 * 1024, /* bytes of a document */
	TOML_DEPTH = 32,       /* tables and arrays inside each other, dotted keys and headers included */
};

enum toml_type { TOML_STRING, TOML_INT, TOML_FLOAT, TOML_BOOL, TOML_TIME, TOML_ARRAY, TOML_TABLE };

/* A value. All memory belongs to the arena. */
struct toml {
	enum toml_type type;
	unsigned line, column; /* of the value; of a table made by a header or a dotted key: of that key; from 1 */
	unsigned key_line, key_column; /* of the key */
	char *key;                     /* NUL-terminated, may hold NULs of its own; NULL in an array and at the root */
	size_t key_len;
	struct toml *next; /* the next value of the same table or array, in the order of the document */
	union {
		struct {
			char *text; /* NUL-terminated, may hold NULs of its own; valid UTF-8 */
			size_t len;
		} string; /* TOML_STRING; TOML_TIME as it was written, checked */
		int64_t integer;
		double real;
		bool boolean;
		struct {
			struct toml *first, *last;
			size_t count;
		} list; /* TOML_ARRAY and TOML_TABLE */
	};
	/* The parser's own notes. */
	struct toml *parent, *chain;
	unsigned depth;
	unsigned marks;
};

/* Columns count characters, not bytes. */
struct toml_error {
	unsigned line, column;
	char msg[200]; /* what is wrong or was expected; clean text */
};

/* Parses a document, which need not end in a NUL. The tree is made of nothing but memory of `a` (about 150 bytes a
 * value beside its texts). 0; -EINVAL, -EFBIG or -ENOMEM with `error` filled in. */
int toml_parse(const char *text, size_t len, struct arena *a, const struct toml **root, struct toml_error *error);
/* The same for a single value, e.g. of an option; white space around it is allowed. */
int toml_parse_value(const char *text, size_t len, struct arena *a, const struct toml **value,
		     struct toml_error *error);

/* The value of a key of a table; NULL if there is none. */
const struct toml *toml_get(const struct toml *table, const char *key);
/* "a string", "an integer", ... */
const char *toml_type_name(enum toml_type type);

#endif
