/* The truth of an expression. It knows the tree and asks the source; fields and their names are long gone. */
#include "wire/expr_tree.h"

#include <stddef.h>
#include <strings.h>

#include "base/text.h"

static bool all_of(const struct expr *e, const struct expr_source *source)
{
	for (const struct expr *operand = e->first; operand; operand = operand->next)
		if (!expr_eval(operand, source))
			return false;
	return true;
}

static bool any_of(const struct expr *e, const struct expr_source *source)
{
	for (const struct expr *operand = e->first; operand; operand = operand->next)
		if (expr_eval(operand, source))
			return true;
	return false;
}

static bool not_of(const struct expr *e, const struct expr_source *source)
{
	return !expr_eval(e->first, source);
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

bool expr_eval(const struct expr *expr, const struct expr_source *source)
{
	static bool (*const truth[])(const struct expr *, const struct expr_source *) = {
		[ALL] = all_of,		 [ANY] = any_of,      [NOT] = not_of,	 [IS_TEXT] = is_text,
		[IS_NUMBER] = is_number, [IS_FLAG] = is_flag, [IS_SET] = is_set, [BARE] = is_anywhere,
	};

	return truth[expr->kind](expr, source);
}
