/* What wire/expr.c reads an expression into and wire/expr_tree.c evaluates. Nobody else looks inside. */
#ifndef WIRE_EXPR_TREE_H
#define WIRE_EXPR_TREE_H

#include "wire/expr.h"

/* Groups, then what is asked of the source. */
enum expr_kind { ALL, ANY, NOT, IS_TEXT, IS_NUMBER, IS_FLAG, IS_SET, BARE };

/* The first three are how two numbers may stand; a comparison is the set of those that satisfy it. */
enum expr_relation {
	LESS = 1,
	EQUAL = 2,
	GREATER = 4,
	UNEQUAL = LESS | GREATER,
	HAS = 8,
	LACKS = 16,
};

struct expr {
	enum expr_kind kind;
	unsigned relation; /* enum expr_relation, of IS_TEXT, IS_NUMBER and IS_FLAG */
	int id, other_id;
	const char *argument;
	const char *text; /* the value of IS_TEXT, the needle of BARE */
	double number;
	struct expr *first; /* ALL, ANY: the operands; NOT: the only one */
	struct expr *next;  /* the next operand of the same parent */
};

#endif
