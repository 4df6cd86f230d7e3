/* One grammar for the `/` filters of the screen and for the conditions of alerts.
 *
 *     either = both { ("or" | "|") both }
 *     both   = term { ["and" | "&"] term }              terms side by side are ANDed
 *     term   = ("not" | "!") term | "(" either ")" | field [op value] | text
 *     field  = name [ "(" text ")" ] [ "." member ]     the schema says which; case does not matter, "_" is "-"
 *     op     = "=" "!=" "~" "!~" ">" ">=" "<" "<="      no blanks needed around; ~ is "contains"
 *     value  = text | number | "yes" | "no"
 *     text   = word | 'quoted' | "quoted"               no escapes: use the other quote
 *
 * Numbers: 10, 1.5, 10k 10M 10G 10T (decimal), 10Ki 10Mi 10Gi 10Ti, each with `B` or `B/s` if one likes; fractions:
 * 0.5 or 50%; times: 90, 90s, 5m, 1h30m, 2d, 1w. A flag stands alone (`seeding`). Without bare text a number may stand
 * alone, too: "known and not 0". With bare text every other lone word, and every lone quoted text, is searched for in
 * all text fields. Text is compared without regard to the case of ASCII letters. */
#ifndef WIRE_EXPR_H
#define WIRE_EXPR_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct err;

enum {
	EXPR_TEXT_MAX = 1024, /* bytes of one expression */
	EXPR_DEPTH_MAX = 32,  /* of parentheses and negations in each other */
	EXPR_FIELDS_MAX = 128 /* of a schema */
};

enum expr_type {
	EXPR_TEXT,
	EXPR_NUMBER,
	EXPR_FRACTION, /* 0 to 1; a larger number is a mistake unless it has a % */
	EXPR_TIME,     /* seconds */
	EXPR_FLAG,
};

/* One way to write a field. The same name may have several rows: with and without argument, with other members. */
struct expr_field {
	const char *name;   /* lower case, words joined by '-' */
	const char *member; /* what follows the dot, spelled alike; NULL: no dot */
	enum expr_type type;
	bool takes_argument; /* then it must have one */
	int id;
	int other_id; /* EXPR_TEXT: the same thing in other words, as a country's name beside its code; = and ~ match
		       * either text, != and !~ mean neither. 0: none */
};

struct expr_schema {
	const struct expr_field *fields;
	size_t count; /* at most EXPR_FIELDS_MAX */
	bool bare_text;
	/* NULL, or what is wrong with an argument ("no daemon has this name"), NULL when nothing is. */
	const char *(*refuse)(const void *context, const struct expr_field *field, const char *argument);
	/* NULL, or what is wrong with the whole text that a field is compared with (= and != only), NULL when nothing
	 * is. */
	const char *(*refuse_text)(const struct expr_field *field, const char *text);
	const void *context;
};

/* Who knows the values. `argument` is NULL where the field takes none. */
struct expr_source {
	void *context;
	/* NULL: unknown. Valid until the next call. */
	const char *(*text)(void *context, int id, const char *argument);
	/* NaN: unknown. Also for EXPR_FRACTION and EXPR_TIME. */
	double (*number)(void *context, int id, const char *argument);
	bool (*flag)(void *context, int id, const char *argument);
	/* Is `needle` in any of the texts, by text_has() of base/text.h? Only called for schemas with bare text. */
	bool (*any_text)(void *context, const char *needle);
	/* NULL, or whether what a field is compared with is an open question, whatever its value: see expr_truth(). */
	bool (*is_open)(void *context, int id, const char *argument);
};

enum expr_truth { EXPR_NO, EXPR_YES, EXPR_OPEN };

struct expr;

/* 0 and the tree, which lives in the arena and points neither into `text` nor into the schema. -EINVAL: a mistake; err
 * has "column N: " and what it is, `column` (or NULL) has N, in characters from 1. -ENOMEM, with a message: the arena
 * is full; 128 KiB are enough for every text. Blank text is a filter that everything passes, and a mistake where there
 * is no bare text. */
int expr_parse(const char *text, const struct expr_schema *schema, struct arena *arena, struct expr **out,
	       struct err *err, unsigned *column);

/* Every comparison with an unknown value is false, != and !~ too; so `not x = 1` also finds what is unknown.
 * What is open makes the whole open, unless the rest decides: "or" with a true operand, "and" with a false one. */
enum expr_truth expr_truth(const struct expr *expr, const struct expr_source *source);
enum expr_truth expr_not(enum expr_truth truth);
/* Is it EXPR_YES? */
bool expr_eval(const struct expr *expr, const struct expr_source *source);

#endif
