/* The values of TOML that have no quotes and no brackets: booleans, numbers, dates and times. */
#ifndef WIRE_TOML_SCALAR_H
#define WIRE_TOML_SCALAR_H

#include "base/err.h"
#include "wire/toml.h"

/* Reads a whole token, which it may change and which a date or time keeps. 0 with type and value set; -EINVAL with what
 * was expected. */
int toml_scalar(char *token, struct toml *value, struct err *why);
/* 0 to 15, or -1. */
int toml_hex_digit(char c);

#endif
