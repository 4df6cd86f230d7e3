/* The only door to json-c. It does not know any document's form. */
#include "core/json.h"

#include <json-c/json.h>
#include <limits.h>
#include <string.h>

#include "base/str.h"

enum { DEPTH = 32 };

/* struct json is json_object under another name: the pointers are the same. */
static json_object *object_of(const struct json *value)
{
	return (json_object *)(uintptr_t)value;
}

struct json *json_parse(const char *text, size_t len, struct err *err)
{
	json_tokener *tokener = json_tokener_new_ex(DEPTH);
	enum json_tokener_error failed;
	json_object *root;
	size_t at;

	if (!tokener || len > INT_MAX) {
		err_set(err, 0, "the JSON is too big");
		if (tokener)
			json_tokener_free(tokener);
		return NULL;
	}
	root = json_tokener_parse_ex(tokener, text, (int)len);
	at = json_tokener_get_parse_end(tokener);
	while (root && at < len && strchr(" \t\r\n", text[at]))
		at++;
	if (root && at < len) {
		err_set(err, 0, "more than one JSON value at byte %zu", at);
		json_object_put(root);
		root = NULL;
	} else if (!root) {
		failed = json_tokener_get_error(tokener);
		err_set(err, 0, "%s at byte %zu",
			failed == json_tokener_continue ? "cut off" : json_tokener_error_desc(failed), at);
	}
	json_tokener_free(tokener);
	return (struct json *)root;
}

void json_free(struct json *document)
{
	json_object_put(object_of(document));
}

const struct json *json_member(const struct json *object, const char *key)
{
	json_object *found = NULL;

	if (!json_is_object(object) || !json_object_object_get_ex(object_of(object), key, &found))
		return NULL;
	return (const struct json *)found;
}

bool json_is_object(const struct json *value)
{
	return json_object_is_type(object_of(value), json_type_object);
}

bool json_is_array(const struct json *value)
{
	return json_object_is_type(object_of(value), json_type_array);
}

size_t json_count(const struct json *array)
{
	return json_is_array(array) ? json_object_array_length(object_of(array)) : 0;
}

const struct json *json_item(const struct json *array, size_t i)
{
	if (i >= json_count(array))
		return NULL;
	return (const struct json *)json_object_array_get_idx(object_of(array), i);
}

int64_t json_int(const struct json *value, int64_t fallback)
{
	static const json_type numeric[] = {json_type_int, json_type_double, json_type_boolean};
	int64_t number;
	size_t len;

	if (json_text(value, &len))
		return str_i64(json_text(value, &len), &number) == 0 ? number : fallback;
	for (size_t i = 0; i < sizeof(numeric) / sizeof(numeric[0]); i++)
		if (value && json_object_is_type(object_of(value), numeric[i]))
			return json_object_get_int64(object_of(value));
	return fallback;
}

bool json_flag(const struct json *value, bool fallback)
{
	static const json_type types[] = {json_type_boolean, json_type_int, json_type_double};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (value && json_object_is_type(object_of(value), types[i]))
			return json_object_get_boolean(object_of(value));
	return fallback;
}

const char *json_text(const struct json *value, size_t *len)
{
	if (!value || !json_object_is_type(object_of(value), json_type_string))
		return NULL;
	*len = (size_t)json_object_get_string_len(object_of(value));
	return json_object_get_string(object_of(value));
}
