/* The values of expressions, from text. wire/expr.h says how each may be written. */
#ifndef WIRE_EXPR_VALUE_H
#define WIRE_EXPR_VALUE_H

#include <stdbool.h>

/* Each takes the whole text; false if it is no such value, and then *value is untouched. */
bool value_number(const char *text, double *value);
/* 0.5 or 50% -> 0.5. Without a %, more than 1 is refused: 50 would be a silent mistake. */
bool value_fraction(const char *text, double *value);
/* In seconds. */
bool value_time(const char *text, double *value);
/* 1 for yes, 0 for no. */
bool value_flag(const char *text, double *value);

#endif
