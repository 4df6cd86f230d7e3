/* Filters and alert conditions: text into a tree. It knows no field: the schema says what may be written. */
#include "wire/expr.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/text.h"
#include "base/words.h"
#include "wire/expr_tree.h"
#include "wire/expr_value.h"

struct parser {
	const char *start, *at;
	const struct expr_schema *schema;
	struct arena *arena;
	struct err *err;
	unsigned *column;
	unsigned depth;
};

struct word {
	const char *at;
	size_t len;
};

struct comparison {
	const char *spelling;
	unsigned relation;
};

/* Longer ones first. */
static const struct comparison comparisons[] = {
	{"!=", UNEQUAL}, {"!~", LACKS}, {">=", GREATER | EQUAL}, {"<=", LESS | EQUAL}, {"==", EQUAL},
	{"=", EQUAL},	 {"~", HAS},	{">", GREATER},		 {"<", LESS},
};

enum { NAME_MAX_LEN = 48, SHOWN_COLS = 40 };

/* A field as the text names it, small letters and '-'. */
struct reference {
	struct word word; /* the name, and the member if there is no argument between */
	char name[NAME_MAX_LEN], member[NAME_MAX_LEN];
	const char *argument;
	const char *argument_at;
};

/* ---- mistakes ---------------------------------------------------------------------------------------------------- */

static unsigned column_of(const struct parser *p, const char *at)
{
	unsigned column = 1;

	for (const char *c = p->start; c < at; c++)
		column += ((unsigned char)*c & 0xc0) != 0x80;
	return column;
}

__attribute__((format(printf, 3, 4))) static int mistake(struct parser *p, const char *at, const char *format, ...)
{
	unsigned column = column_of(p, at);
	char what[400];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), words(format), args);
	va_end(args);
	if (p->column)
		*p->column = column;
	return err_set(p->err, -EINVAL, _("column %u: %s"), column, what);
}

static int full(struct parser *p)
{
	return err_set(p->err, -ENOMEM, "no memory left for this expression");
}

/* A word of the text as a message may show it. */
struct shown {
	char text[4 * SHOWN_COLS + 8];
};

static struct shown show(struct word word)
{
	struct shown shown = {""};

	text_clean(shown.text, sizeof(shown.text), word.at, word.len, SHOWN_COLS);
	return shown;
}

/* ---- words ------------------------------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_blanks(struct parser *p)
{
	while (is_blank(*p->at))
		p->at++;
}

static const struct comparison *comparison_at(const char *at)
{
	for (size_t i = 0; i < sizeof(comparisons) / sizeof(comparisons[0]); i++)
		if (str_starts(at, comparisons[i].spelling))
			return &comparisons[i];
	return NULL;
}

static bool ends_word(const char *at)
{
	return *at == '\0' || is_blank(*at) || strchr("()|&", *at) || comparison_at(at);
}

static struct word word_at(const char *at)
{
	struct word word = {at, 0};

	while (!ends_word(at + word.len))
		word.len++;
	return word;
}

static bool word_is(struct word word, const char *text)
{
	return strlen(text) == word.len && strncasecmp(word.at, text, word.len) == 0;
}

static bool is_quote(char c)
{
	return c == '\'' || c == '"';
}

static int read_quoted(struct parser *p, const char **text)
{
	const char *end = strchr(p->at + 1, *p->at);

	if (!end)
		return mistake(p, p->at, N_("this quote is not closed"));
	*text = arena_strndup(p->arena, p->at + 1, (size_t)(end - p->at - 1));
	p->at = end + 1;
	return *text ? 0 : full(p);
}

/* A value or an argument: quoted, or one word. `after` is what stands before it. */
static int read_text(struct parser *p, const char *after, const char **text)
{
	struct word word;

	skip_blanks(p);
	if (is_quote(*p->at))
		return read_quoted(p, text);
	word = word_at(p->at);
	if (word.len == 0)
		return mistake(p, p->at, N_("a value is missing after '%s'"), after);
	*text = arena_strndup(p->arena, word.at, word.len);
	p->at += word.len;
	return *text ? 0 : full(p);
}

/* Is the next word or sign the connective? Passes it if so. */
static bool take_connective(struct parser *p, const char *name, char sign)
{
	struct word word;

	skip_blanks(p);
	if (*p->at == sign) {
		p->at += p->at[1] == sign ? 2 : 1;
		return true;
	}
	word = word_at(p->at);
	if (!word_is(word, name))
		return false;
	p->at += word.len;
	return true;
}

/* ---- fields ------------------------------------------------------------------------------------------------------ */

/* Sets of relations, one bit for each. */
enum {
	SAMENESS = 1 << EQUAL | 1 << UNEQUAL,
	ORDER = SAMENESS | 1 << LESS | 1 << GREATER | 1 << (LESS | EQUAL) | 1 << (GREATER | EQUAL),
	SEARCH = SAMENESS | 1 << HAS | 1 << LACKS,
};

struct type {
	const char *by, *with; /* formats of what to say: it is compared by these operators, with such values */
	unsigned relations;
	enum expr_kind kind;
	bool (*value)(const char *text, double *value);
};

static const struct type types[] = {
	[EXPR_TEXT] = {N_("'%s' is a text: compare it by = != ~ !~"), "", SEARCH, IS_TEXT, NULL},
	[EXPR_NUMBER] = {N_("'%s' is a number: compare it by = != > >= < <="),
			 N_("'%s' is compared with a number (50, 1.5M, 10k), not with '%s'"), ORDER, IS_NUMBER,
			 value_number},
	[EXPR_FRACTION] = {N_("'%s' is a fraction: compare it by = != > >= < <="),
			   N_("'%s' is compared with a fraction (0.5, 50%%), not with '%s'"), ORDER, IS_NUMBER,
			   value_fraction},
	[EXPR_TIME] = {N_("'%s' is a time: compare it by = != > >= < <="),
		       N_("'%s' is compared with a time (90s, 5m, 1h30m), not with '%s'"), ORDER, IS_NUMBER,
		       value_time},
	[EXPR_FLAG] = {N_("'%s' is a flag: compare it by = !="),
		       N_("'%s' is compared with a flag (yes, no), not with '%s'"), SAMENESS, IS_FLAG, value_flag},
};

/* How a field is written, for messages. */
struct spelling {
	char text[2 * NAME_MAX_LEN + 16];
};

static struct spelling spell(const struct expr_field *field)
{
	struct spelling spelling;

	snprintf(spelling.text, sizeof(spelling.text), "%s%s%s%s", field->name, field->takes_argument ? "('...')" : "",
		 field->member ? "." : "", field->member ? field->member : "");
	return spelling;
}

/* Small letters and '-'; "?", which is nobody's name, if it is empty or longer than any name. */
static void normalise(char name[NAME_MAX_LEN], struct word word)
{
	size_t len = word.len;

	if (len == 0 || len >= NAME_MAX_LEN) {
		str_copy(name, NAME_MAX_LEN, "?");
		return;
	}
	for (size_t i = 0; i < len; i++) {
		char c = word.at[i];

		name[i] = (char)(c == '_' ? '-' : c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	}
	name[len] = '\0';
}

static bool any_takes_argument(const struct expr_schema *schema, const char *name)
{
	for (size_t i = 0; i < schema->count; i++)
		if (schema->fields[i].takes_argument && strcmp(schema->fields[i].name, name) == 0)
			return true;
	return false;
}

static bool is_named(const struct expr_field *field, const struct reference *ref)
{
	const char *member = field->member ? field->member : "";

	return field->takes_argument == (ref->argument != NULL) && strcmp(field->name, ref->name) == 0 &&
	       strcmp(member, ref->member) == 0;
}

static const struct expr_field *find_field(const struct expr_schema *schema, const struct reference *ref)
{
	for (size_t i = 0; i < schema->count; i++)
		if (is_named(&schema->fields[i], ref))
			return &schema->fields[i];
	return NULL;
}

/* The other ways to write this name, "a, b, c"; false if there is none. */
static bool list_forms(const struct expr_schema *schema, const char *name, char *list, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < schema->count && used < size; i++)
		if (strcmp(schema->fields[i].name, name) == 0)
			used += (size_t)snprintf(list + used, size - used, "%s%s", used ? ", " : "",
						 spell(&schema->fields[i]).text);
	return used > 0;
}

static int no_such_field(struct parser *p, const struct reference *ref)
{
	const struct expr_schema *schema = p->schema;
	const char *names[EXPR_FIELDS_MAX + 1] = {NULL}, *nearest;
	char forms[200];

	if (list_forms(schema, ref->name, forms, sizeof(forms)))
		return mistake(p, ref->word.at, N_("'%s' is written %s here"), ref->name, forms);
	for (size_t i = 0; i < schema->count && i < EXPR_FIELDS_MAX; i++)
		names[i] = schema->fields[i].name;
	nearest = str_nearest(ref->name, names);
	if (nearest)
		return mistake(p, ref->word.at, N_("no field '%s' here; did you mean '%s'?"), show(ref->word).text,
			       nearest);
	return mistake(p, ref->word.at, N_("no field '%s' here"), show(ref->word).text);
}

static int read_argument(struct parser *p, struct reference *ref)
{
	int r;

	p->at++;
	skip_blanks(p);
	ref->argument_at = p->at;
	r = read_text(p, "(", &ref->argument);
	if (r)
		return r;
	skip_blanks(p);
	if (*p->at != ')')
		return mistake(p, p->at, N_("a ) is missing here"));
	p->at++;
	if (*p->at == '.') {
		struct word member = word_at(p->at + 1);

		normalise(ref->member, member);
		p->at += 1 + member.len;
	}
	return 0;
}

/* Passes name, argument and member. What looks like a call is one, unless it can be bare text before a group. */
static int read_reference(struct parser *p, struct reference *ref)
{
	struct word word = word_at(p->at), name = word, member;
	const char *dot = memchr(word.at, '.', word.len);

	*ref = (struct reference){.word = word};
	p->at += word.len;
	normalise(ref->name, word);
	if (*p->at == '(' && (!p->schema->bare_text || any_takes_argument(p->schema, ref->name)))
		return read_argument(p, ref);
	if (dot) {
		name.len = (size_t)(dot - word.at);
		member = (struct word){dot + 1, word.len - name.len - 1};
		normalise(ref->name, name);
		normalise(ref->member, member);
	}
	return 0;
}

/* ---- the grammar ------------------------------------------------------------------------------------------------- */

static int parse_either(struct parser *p, struct expr **out);

static int node_new(struct parser *p, enum expr_kind kind, struct expr **out)
{
	struct expr *node = arena_alloc(p->arena, sizeof(*node));

	if (!node)
		return full(p);
	node->kind = kind;
	*out = node;
	return 0;
}

static int bare_new(struct parser *p, const char *text, struct expr **out)
{
	int r = node_new(p, BARE, out);

	if (!r)
		(*out)->text = text;
	return r;
}

static int check_argument(struct parser *p, const struct expr_field *field, const struct reference *ref)
{
	const char *reason = NULL;

	if (ref->argument && p->schema->refuse)
		reason = p->schema->refuse(p->schema->context, field, ref->argument);
	return reason ? mistake(p, ref->argument_at, "%s", words(reason)) : 0;
}

static int field_new(struct parser *p, const struct expr_field *field, const struct reference *ref, enum expr_kind kind,
		     struct expr **out)
{
	int r = check_argument(p, field, ref);

	if (!r)
		r = node_new(p, kind, out);
	if (r)
		return r;
	(*out)->id = field->id;
	(*out)->other_id = field->type == EXPR_TEXT ? field->other_id : 0;
	(*out)->argument = ref->argument;
	return 0;
}

/* What is only contained in a text may be any part of it. */
static int check_text(struct parser *p, const struct expr_field *field, unsigned relation, const char *text,
		      const char *text_at)
{
	const char *reason = NULL;

	if (field->type == EXPR_TEXT && 1u << relation & SAMENESS && p->schema->refuse_text)
		reason = p->schema->refuse_text(field, text);
	return reason ? mistake(p, text_at, "%s", words(reason)) : 0;
}

/* Passes the operator and the value behind a field. */
static int parse_comparison(struct parser *p, const struct expr_field *field, const struct comparison *op,
			    struct expr *node)
{
	const struct type *type = &types[field->type];
	const char *text, *value_at;
	int r;

	if (!(1u << op->relation & type->relations))
		return mistake(p, p->at, type->by, spell(field).text);
	p->at += strlen(op->spelling);
	skip_blanks(p);
	value_at = p->at;
	r = read_text(p, op->spelling, &text);
	if (r)
		return r;
	node->relation = op->relation;
	node->text = text;
	if (type->value && !type->value(text, &node->number))
		return mistake(p, value_at, type->with, spell(field).text,
			       show((struct word){text, strlen(text)}).text);
	return check_text(p, field, op->relation, text, value_at);
}

/* A field that is compared with nothing. */
static int parse_alone(struct parser *p, const struct expr_field *field, const struct reference *ref, struct expr **out)
{
	int r;

	if (field->type == EXPR_TEXT)
		return mistake(p, ref->word.at, N_("'%s' is a text: compare it with another, as in = 'text'"),
			       spell(field).text);
	r = field_new(p, field, ref, field->type == EXPR_FLAG ? IS_FLAG : IS_SET, out);
	if (!r) {
		(*out)->relation = EQUAL;
		(*out)->number = 1;
	}
	return r;
}

static int parse_word(struct parser *p, struct expr **out)
{
	const struct expr_field *field;
	const struct comparison *op;
	struct reference ref;
	int r = read_reference(p, &ref);

	if (r)
		return r;
	field = find_field(p->schema, &ref);
	skip_blanks(p);
	op = comparison_at(p->at);
	if (!op && !ref.argument && p->schema->bare_text && !(field && field->type == EXPR_FLAG)) {
		const char *text = arena_strndup(p->arena, ref.word.at, ref.word.len);

		return text ? bare_new(p, text, out) : full(p);
	}
	if (!field)
		return no_such_field(p, &ref);
	if (!op)
		return parse_alone(p, field, &ref, out);
	r = field_new(p, field, &ref, types[field->type].kind, out);
	return r ? r : parse_comparison(p, field, op, *out);
}

static int parse_quoted(struct parser *p, struct expr **out)
{
	const char *text, *at = p->at;
	int r;

	if (!p->schema->bare_text)
		return mistake(p, at, N_("a field must stand before a text here"));
	r = read_quoted(p, &text);
	if (r)
		return r;
	skip_blanks(p);
	if (comparison_at(p->at))
		return mistake(p, at, N_("a field is expected before '%s', not a quoted text"),
			       comparison_at(p->at)->spelling);
	return bare_new(p, text, out);
}

static int parse_group(struct parser *p, struct expr **out)
{
	const char *open = p->at++;
	int r = parse_either(p, out);

	if (r)
		return r;
	if (*p->at != ')')
		return mistake(p, open, N_("no ) closes this ("));
	p->at++;
	return 0;
}

static int parse_term(struct parser *p, struct expr **out);

static int parse_not(struct parser *p, size_t skip, struct expr **out)
{
	int r = node_new(p, NOT, out);

	p->at += skip;
	return r ? r : parse_term(p, &(*out)->first);
}

static int nothing_here(struct parser *p)
{
	const struct comparison *op = comparison_at(p->at);

	if (op)
		return mistake(p, p->at, N_("a field is missing before '%s'"), op->spelling);
	return mistake(p, p->at, N_("a condition is missing here"));
}

static int parse_deeper(struct parser *p, struct word word, struct expr **out)
{
	int r;

	if (p->depth == EXPR_DEPTH_MAX)
		return mistake(p, p->at, N_("more than %d parentheses and negations in each other"), EXPR_DEPTH_MAX);
	p->depth++;
	r = *p->at == '(' ? parse_group(p, out) : parse_not(p, *p->at == '!' ? 1 : word.len, out);
	p->depth--;
	return r;
}

static int parse_term(struct parser *p, struct expr **out)
{
	struct word word;

	skip_blanks(p);
	word = word_at(p->at);
	if (*p->at == '(' || (*p->at == '!' && !comparison_at(p->at)) || word_is(word, "not"))
		return parse_deeper(p, word, out);
	if (is_quote(*p->at))
		return parse_quoted(p, out);
	if (word.len == 0 || word_is(word, "and") || word_is(word, "or"))
		return nothing_here(p);
	return parse_word(p, out);
}

/* Joins an operand to what was read: the second one makes the group. */
static int join(struct parser *p, enum expr_kind kind, struct expr **out, struct expr **last, struct expr *operand)
{
	struct expr *group = NULL;
	int r;

	if (!*last) {
		*out = *last = operand;
		return 0;
	}
	if (*out == *last) {
		r = node_new(p, kind, &group);
		if (r)
			return r;
		group->first = *last;
		*out = group;
	}
	(*last)->next = operand;
	*last = operand;
	return 0;
}

static bool ends_both(struct parser *p)
{
	skip_blanks(p);
	return *p->at == '\0' || *p->at == ')' || *p->at == '|' || word_is(word_at(p->at), "or");
}

static int parse_both(struct parser *p, struct expr **out)
{
	struct expr *group = NULL, *last = NULL, *operand = NULL;
	int r;

	do {
		r = parse_term(p, &operand);
		if (!r)
			r = join(p, ALL, &group, &last, operand);
	} while (!r && (take_connective(p, "and", '&') || !ends_both(p)));
	if (!r)
		*out = group;
	return r;
}

static int parse_either(struct parser *p, struct expr **out)
{
	struct expr *group = NULL, *last = NULL, *operand = NULL;
	int r;

	do {
		r = parse_both(p, &operand);
		if (!r)
			r = join(p, ANY, &group, &last, operand);
	} while (!r && take_connective(p, "or", '|'));
	if (!r)
		*out = group;
	return r;
}

int expr_parse(const char *text, const struct expr_schema *schema, struct arena *arena, struct expr **out,
	       struct err *err, unsigned *column)
{
	struct parser p = {.start = text, .at = text, .schema = schema, .arena = arena, .err = err, .column = column};
	struct expr *tree = NULL;
	int r;

	if (strnlen(text, EXPR_TEXT_MAX + 1) > EXPR_TEXT_MAX)
		return mistake(&p, text + EXPR_TEXT_MAX, N_("an expression has at most %d bytes"), EXPR_TEXT_MAX);
	skip_blanks(&p);
	if (*p.at == '\0' && schema->bare_text)
		r = node_new(&p, ALL, &tree);
	else
		r = parse_either(&p, &tree);
	if (r)
		return r;
	if (*p.at)
		return mistake(&p, p.at, N_("no ( opens this )"));
	*out = tree;
	return 0;
}
