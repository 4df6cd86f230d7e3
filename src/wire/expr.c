/* Filters and alert conditions: text into a tree, by one grammar. It knows no field: the schema says what may be
 * written; words are read in expr_words.c. */
#include "wire/expr.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/words.h"
#include "wire/expr_private.h"
#include "wire/expr_tree.h"
#include "wire/expr_value.h"

/* ---- what fits to what ------------------------------------------------------------------------------------------- */

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

/* ---- the grammar ------------------------------------------------------------------------------------------------- */

static int parse_either(struct expr_parser *p, struct expr **out);

static int node_new(struct expr_parser *p, enum expr_kind kind, struct expr **out)
{
	struct expr *node = arena_alloc(p->arena, sizeof(*node));

	if (!node)
		return expr_no_memory(p);
	node->kind = kind;
	*out = node;
	return 0;
}

static int bare_new(struct expr_parser *p, const char *text, struct expr **out)
{
	int r = node_new(p, BARE, out);

	if (!r)
		(*out)->text = text;
	return r;
}

static int check_argument(struct expr_parser *p, const struct expr_field *field, const struct expr_reference *ref)
{
	const char *reason = NULL;

	if (ref->argument && p->schema->refuse)
		reason = p->schema->refuse(p->schema->context, field, ref->argument);
	return reason ? expr_mistake(p, ref->argument_at, "%s", words(reason)) : 0;
}

static int field_new(struct expr_parser *p, const struct expr_field *field, const struct expr_reference *ref,
		     enum expr_kind kind, struct expr **out)
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
static int check_text(struct expr_parser *p, const struct expr_field *field, unsigned relation, const char *text,
		      const char *text_at)
{
	const char *reason = NULL;

	if (field->type == EXPR_TEXT && 1u << relation & SAMENESS && p->schema->refuse_text)
		reason = p->schema->refuse_text(field, text);
	return reason ? expr_mistake(p, text_at, "%s", words(reason)) : 0;
}

/* Passes the operator and the value behind a field. */
static int parse_comparison(struct expr_parser *p, const struct expr_field *field, const struct expr_comparison *op,
			    struct expr *node)
{
	const struct type *type = &types[field->type];
	const char *text, *value_at;
	int r;

	if (!(1u << op->relation & type->relations))
		return expr_mistake(p, p->at, type->by, expr_spell(field).text);
	p->at += strlen(op->spelling);
	expr_skip_blanks(p);
	value_at = p->at;
	r = expr_read_text(p, op->spelling, &text);
	if (r)
		return r;
	node->relation = op->relation;
	node->text = text;
	if (type->value && !type->value(text, &node->number))
		return expr_mistake(p, value_at, type->with, expr_spell(field).text,
				    expr_show((struct expr_word){text, strlen(text)}).text);
	return check_text(p, field, op->relation, text, value_at);
}

/* A field that is compared with nothing. */
static int parse_alone(struct expr_parser *p, const struct expr_field *field, const struct expr_reference *ref,
		       struct expr **out)
{
	int r;

	if (field->type == EXPR_TEXT)
		return expr_mistake(p, ref->word.at, N_("'%s' is a text: compare it with another, as in = 'text'"),
				    expr_spell(field).text);
	r = field_new(p, field, ref, field->type == EXPR_FLAG ? IS_FLAG : IS_SET, out);
	if (!r) {
		(*out)->relation = EQUAL;
		(*out)->number = 1;
	}
	return r;
}

static int parse_word(struct expr_parser *p, struct expr **out)
{
	const struct expr_field *field;
	const struct expr_comparison *op;
	struct expr_reference ref;
	int r = expr_read_reference(p, &ref);

	if (r)
		return r;
	field = expr_find_field(p->schema, &ref);
	expr_skip_blanks(p);
	op = expr_comparison_at(p->at);
	if (!op && !ref.argument && p->schema->bare_text && !(field && field->type == EXPR_FLAG)) {
		const char *text = arena_strndup(p->arena, ref.word.at, ref.word.len);

		return text ? bare_new(p, text, out) : expr_no_memory(p);
	}
	if (!field)
		return expr_no_such_field(p, &ref);
	if (!op)
		return parse_alone(p, field, &ref, out);
	r = field_new(p, field, &ref, types[field->type].kind, out);
	return r ? r : parse_comparison(p, field, op, *out);
}

static int parse_quoted(struct expr_parser *p, struct expr **out)
{
	const char *text, *at = p->at;
	int r;

	if (!p->schema->bare_text)
		return expr_mistake(p, at, N_("a field must stand before a text here"));
	r = expr_read_quoted(p, &text);
	if (r)
		return r;
	expr_skip_blanks(p);
	if (expr_comparison_at(p->at))
		return expr_mistake(p, at, N_("a field is expected before '%s', not a quoted text"),
				    expr_comparison_at(p->at)->spelling);
	return bare_new(p, text, out);
}

static int parse_group(struct expr_parser *p, struct expr **out)
{
	const char *open = p->at++;
	int r = parse_either(p, out);

	if (r)
		return r;
	if (*p->at != ')')
		return expr_mistake(p, open, N_("no ) closes this ("));
	p->at++;
	return 0;
}

static int parse_term(struct expr_parser *p, struct expr **out);

static int parse_not(struct expr_parser *p, size_t skip, struct expr **out)
{
	int r = node_new(p, NOT, out);

	p->at += skip;
	return r ? r : parse_term(p, &(*out)->first);
}

static int nothing_here(struct expr_parser *p)
{
	const struct expr_comparison *op = expr_comparison_at(p->at);

	if (op)
		return expr_mistake(p, p->at, N_("a field is missing before '%s'"), op->spelling);
	return expr_mistake(p, p->at, N_("a condition is missing here"));
}

static int parse_deeper(struct expr_parser *p, struct expr_word word, struct expr **out)
{
	int r;

	if (p->depth == EXPR_DEPTH_MAX)
		return expr_mistake(p, p->at, N_("more than %d parentheses and negations in each other"),
				    EXPR_DEPTH_MAX);
	p->depth++;
	r = *p->at == '(' ? parse_group(p, out) : parse_not(p, *p->at == '!' ? 1 : word.len, out);
	p->depth--;
	return r;
}

static int parse_term(struct expr_parser *p, struct expr **out)
{
	struct expr_word word;

	expr_skip_blanks(p);
	word = expr_word_at(p->at);
	if (*p->at == '(' || (*p->at == '!' && !expr_comparison_at(p->at)) || expr_word_is(word, "not"))
		return parse_deeper(p, word, out);
	if (expr_is_quote(*p->at))
		return parse_quoted(p, out);
	if (word.len == 0 || expr_word_is(word, "and") || expr_word_is(word, "or"))
		return nothing_here(p);
	return parse_word(p, out);
}

/* Joins an operand to what was read: the second one makes the group. */
static int join(struct expr_parser *p, enum expr_kind kind, struct expr **out, struct expr **last, struct expr *operand)
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

/* Is the next word or sign the connective? Passes it if so. */
static bool take_connective(struct expr_parser *p, const char *name, char sign)
{
	struct expr_word word;

	expr_skip_blanks(p);
	if (*p->at == sign) {
		p->at += p->at[1] == sign ? 2 : 1;
		return true;
	}
	word = expr_word_at(p->at);
	if (!expr_word_is(word, name))
		return false;
	p->at += word.len;
	return true;
}

static bool ends_both(struct expr_parser *p)
{
	expr_skip_blanks(p);
	return *p->at == '\0' || *p->at == ')' || *p->at == '|' || expr_word_is(expr_word_at(p->at), "or");
}

static int parse_both(struct expr_parser *p, struct expr **out)
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

static int parse_either(struct expr_parser *p, struct expr **out)
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
	struct expr_parser p = {
		.start = text, .at = text, .schema = schema, .arena = arena, .err = err, .column = column};
	struct expr *tree = NULL;
	int r;

	if (strnlen(text, EXPR_TEXT_MAX + 1) > EXPR_TEXT_MAX)
		return expr_mistake(&p, text + EXPR_TEXT_MAX, N_("an expression has at most %d bytes"), EXPR_TEXT_MAX);
	expr_skip_blanks(&p);
	if (*p.at == '\0' && schema->bare_text)
		r = node_new(&p, ALL, &tree);
	else
		r = parse_either(&p, &tree);
	if (r)
		return r;
	if (*p.at)
		return expr_mistake(&p, p.at, N_("no ( opens this )"));
	*out = tree;
	return 0;
}
