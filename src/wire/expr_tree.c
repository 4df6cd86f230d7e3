/* The truth of an expression. It knows the tree and asks the source; fields and their names are long gone. */
#include "wire/expr_tree.h"

#include <stddef.h>
#include <strings.h>

#include "base/text.h"

/* What one operand decides, the open ones cannot change. */
static enum expr_truth joined(const struct expr *e, const struct expr_source *source, enum expr_truth decides)
{
	enum expr_truth truth = decides == EXPR_NO ? EXPR_YES : EXPR_NO;

	for (const struct expr *operand = e->first; operand; operand = operand->next) {
		enum expr_truth t = expr_truth(operand, source);

		if (t == decides)
			return t;
		truth = t == EXPR_OPEN ? t : truth;
	}
	return truth;
}

static enum expr_truth all_of(const struct expr *e, const struct expr_source *source)
{
	return joined(e, source, EXPR_NO);
}

static enum expr_truth any_of(const struct expr *e, const struct expr_source *source)
{
	return joined(e, source, EXPR_YES);
}

static enum expr_truth not_of(const struct expr *e, const struct expr_source *source)
{
	return expr_not(expr_truth(e->first, source));
}

static bool is_text(const struct expr *e, const struct expr_source *source)
{
	const int ids[] = {e->id, e->other_id};
	bool known = false, hit = false;

	for (size_t i = 0; i < (e->other_id ? 2 : 1) && !hit; i++) {
		const char *text = source->text(source->context, ids[i], e->argument);

		if (!text)
			continue;
		known = true;
		hit = (e->relation & (HAS | LACKS)) ? text_has(text, e->text) : strcasecmp(text, e->text) == 0;
	}
	return known && hit == !!(e->relation & (HAS | EQUAL));
}

static bool is_number(const struct expr *e, const struct expr_source *source)
{
	double value = source->number(source->context, e->id, e->argument);
	unsigned relation = value < e->number ? LESS : value > e->number ? GREATER : value == e->number ? EQUAL : 0;

	return relation & e->relation;
}

static bool is_flag(const struct expr *e, const struct expr_source *source)
{
	bool same = source->flag(source->context, e->id, e->argument) == (e->number > 0);

	return same == (e->relation == EQUAL);
}

static bool is_set(const struct expr *e, const struct expr_source *source)
{
	double value = source->number(source->context, e->id, e->argument);

	return value < 0 || value > 0;
}

static bool is_anywhere(const struct expr *e, const struct expr_source *source)
{
	return source->any_text(source->context, e->text);
}

/* It is asked for its value all the same: who wants to know what a condition is about sees it. */
static enum expr_truth leaf(bool truth, const struct expr *e, const struct expr_source *source)
{
	if (source->is_open && source->is_open(source->context, e->id, e->argument))
		return EXPR_OPEN;
	return truth ? EXPR_YES : EXPR_NO;
}

enum expr_truth expr_not(enum expr_truth truth)
{
	return truth == EXPR_OPEN ? truth : truth == EXPR_NO ? EXPR_YES : EXPR_NO;
}

enum expr_truth expr_truth(const struct expr *expr, const struct expr_source *source)
{
	static enum expr_truth (*const groups[])(const struct expr *, const struct expr_source *) = {
		[ALL] = all_of, [ANY] = any_of, [NOT] = not_of};
	static bool (*const leaves[])(const struct expr *, const struct expr_source *) = {
		[IS_TEXT] = is_text, [IS_NUMBER] = is_number, [IS_FLAG] = is_flag,
		[IS_SET] = is_set,   [BARE] = is_anywhere,
	};

	if (expr->kind <= NOT)
		return groups[expr->kind](expr, source);
	return leaf(leaves[expr->kind](expr, source), expr, source);
}

bool expr_eval(const struct expr *expr, const struct expr_source *source)
{
	return expr_truth(expr, source) == EXPR_YES;
}
