/* Any bytes as a TOML document, and as a single value: the tree is walked so that a sanitiser sees every node. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "wire/toml.h"

enum { ARENA_MAX = 32 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void walk(const struct toml *v, unsigned depth)
{
	if (depth > TOML_DEPTH || !v->line || !v->column || (v->key && v->key[v->key_len]))
		abort();
	if ((v->type == TOML_STRING || v->type == TOML_TIME) && v->string.text[v->string.len])
		abort();
	if (v->type != TOML_ARRAY && v->type != TOML_TABLE)
		return;
	for (const struct toml *item = v->list.first; item; item = item->next)
		walk(item, depth + 1);
}

static void parse(int (*parser)(const char *, size_t, struct arena *, const struct toml **, struct toml_error *),
		  const uint8_t *bytes, size_t len)
{
	struct toml_error error = {0};
	const struct toml *tree;
	struct arena arena;

	arena_init(&arena, ARENA_MAX);
	if (parser((const char *)bytes, len, &arena, &tree, &error) == 0)
		walk(tree, 0);
	else if (!error.line || !error.column || !*error.msg)
		abort();
	arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	parse(toml_parse, bytes, len);
	parse(toml_parse_value, bytes, len);
	return 0;
}
