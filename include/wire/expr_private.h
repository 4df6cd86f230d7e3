/* What the files that read expressions share. */
#ifndef WIRE_EXPR_PRIVATE_H
#define WIRE_EXPR_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "wire/expr_tree.h"

enum { EXPR_NAME_TEXT = 48, EXPR_SHOWN_COLS = 40 };

/* One expr_parse(). */
struct expr_parser {
	const char *start, *at;
	const struct expr_schema *schema;
	struct arena *arena;
	struct err *err;
	unsigned *column;
	unsigned depth;
};

struct expr_word {
	const char *at;
	size_t len;
};

struct expr_comparison {
	const char *spelling;
	unsigned relation; /* enum expr_relation */
};

/* A field as the text names it, small letters and '-'. */
struct expr_reference {
	struct expr_word word; /* the name, and the member if there is no argument between */
	char name[EXPR_NAME_TEXT], member[EXPR_NAME_TEXT];
	const char *argument;
	const char *argument_at;
};

/* A word of the text as a message may show it. */
struct expr_shown {
	char text[4 * EXPR_SHOWN_COLS + 8];
};

/* How a field is written, for messages. */
struct expr_spelling {
	char text[2 * EXPR_NAME_TEXT + 16];
};

/* -EINVAL, with the column of `at`; the format is translated. */
int expr_mistake(struct expr_parser *p, const char *at, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* -ENOMEM */
int expr_no_memory(struct expr_parser *p);
struct expr_shown expr_show(struct expr_word word);
struct expr_spelling expr_spell(const struct expr_field *field);

void expr_skip_blanks(struct expr_parser *p);
/* NULL: there is no operator. */
const struct expr_comparison *expr_comparison_at(const char *at);
struct expr_word expr_word_at(const char *at);
/* In any case. */
bool expr_word_is(struct expr_word word, const char *text);
bool expr_is_quote(char c);

/* These pass what they read. 0, or -errno with a message. Texts are of the arena. */
int expr_read_quoted(struct expr_parser *p, const char **text);
/* A value or an argument: quoted, or one word. `after` is what stands before it, for the message. */
int expr_read_text(struct expr_parser *p, const char *after, const char **text);
/* Name, argument and member. What looks like a call is one, unless it can be bare text before a group. */
int expr_read_reference(struct expr_parser *p, struct expr_reference *ref);

/* NULL: no field is written so. */
const struct expr_field *expr_find_field(const struct expr_schema *schema, const struct expr_reference *ref);
/* -EINVAL, with the forms or the name that may have been meant. */
int expr_no_such_field(struct expr_parser *p, const struct expr_reference *ref);

#endif
