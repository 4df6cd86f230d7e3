/* The characters of a TOML document, for wire/toml.c. Lines and columns count from 1; a column is a character. */
#ifndef WIRE_TOML_READER_H
#define WIRE_TOML_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "wire/toml.h"

enum { TOML_SHOWN_COLS = 40, TOML_SHOWN = 4 * TOML_SHOWN_COLS };

struct toml_reader {
	const char *text;
	size_t len;
	size_t at; /* the next byte */
	struct arena *arena;
	struct {
		size_t at;
		unsigned line, column;
	} place; /* the last one that was asked for: places are asked for in order, nearly */
	struct toml_error *error;
};

/* The line and column of the byte `at`. */
void toml_place(struct toml_reader *r, size_t at, unsigned *line, unsigned *column);

/* What is wrong, into r->error: -EINVAL, and -ENOMEM for the second. */
__attribute__((format(printf, 3, 4))) int toml_fail(struct toml_reader *r, size_t at, const char *format, ...);
int toml_no_memory(struct toml_reader *r);
/* "expected WHAT, found ...", at the next byte */
int toml_expected(struct toml_reader *r, const char *what);
/* A piece of the document for a message, clean and cut to TOML_SHOWN_COLS. Returns `clean`. */
const char *toml_shown(const char *text, size_t len, char clean[TOML_SHOWN]);

/* UTF-8, and no control characters but tab and the ends of lines: 0, or -EINVAL with an error. To be called first. */
int toml_check_text(struct toml_reader *r);
bool toml_more(const struct toml_reader *r);
/* The byte `ahead` of the next one; 0 behind the end. */
char toml_peek(const struct toml_reader *r, size_t ahead);
/* Steps over the next byte if it is `c`. */
bool toml_take(struct toml_reader *r, char c);
/* Does the document go on with this? */
bool toml_at_text(const struct toml_reader *r, const char *text);
void toml_skip_blanks(struct toml_reader *r);
/* Over blanks and a comment to the end of the line: -EINVAL if there is something else. */
int toml_end_of_line(struct toml_reader *r);
/* Over blanks, comments and ends of lines. */
void toml_skip_lines(struct toml_reader *r);

/* A string of any of the four kinds: does one begin here; read it into the arena, NUL-terminated. 0 or an error. */
bool toml_at_string(const struct toml_reader *r);
int toml_read_string(struct toml_reader *r, char **text, size_t *len);

#endif
