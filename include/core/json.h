/* JSON documents that are small or read once: a tree. The only door to json-c. */
#ifndef CORE_JSON_H
#define CORE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Any value of a document; valid until the document is freed. NULL is a value that is not there: every function below
 * accepts it. */
struct json;

/* The document, to be freed with json_free(); NULL with a message for what is no JSON, or nested deeper than 32. */
struct json *json_parse(const char *text, size_t len, struct err *err);
void json_free(struct json *document);
const struct json *json_member(const struct json *object, const char *key);
bool json_is_object(const struct json *value);
bool json_is_array(const struct json *value);
size_t json_count(const struct json *array);
const struct json *json_item(const struct json *array, size_t i);
/* Numbers and numerical texts; else `fallback`. Clamped to 64 bits. */
int64_t json_int(const struct json *value, int64_t fallback);
/* true and false, and numbers (0 is false); else `fallback`. */
bool json_flag(const struct json *value, bool fallback);
/* A string, foreign and of `*len` bytes with possible NULs inside; NULL for any other type. */
const char *json_text(const struct json *value, size_t *len);

#endif
