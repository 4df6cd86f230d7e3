/* Parses many TOML documents for toml_oracle.t. On stdin each is a 4-byte big-endian length and the text; on stdout
 * each gets one line: typed JSON, or "error LINE:COLUMN message". */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "wire/toml.h"

enum { ARENA_MAX = 64 * 1024 * 1024 };

static void dump(const struct toml *v);

static void dump_text(const char *text, size_t len)
{
	putchar('"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < 0x20 || c == '"' || c == '\\')
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

/* Every value but a table and an array is ["type", "text"]. */
static void dump_string(const struct toml *v)
{
	printf("[\"%s\",", v->type == TOML_STRING ? "str" : "time");
	dump_text(v->string.text, v->string.len);
	putchar(']');
}

static void dump_int(const struct toml *v)
{
	printf("[\"int\",\"%" PRId64 "\"]", v->integer);
}

static void dump_float(const struct toml *v)
{
	if (isnan(v->real))
		printf("[\"float\",\"nan\"]");
	else
		printf("[\"float\",\"%a\"]", v->real);
}

static void dump_bool(const struct toml *v)
{
	printf("[\"bool\",\"%s\"]", v->boolean ? "true" : "false");
}

static void dump_array(const struct toml *v)
{
	printf("[\"array\"");
	for (const struct toml *item = v->list.first; item; item = item->next) {
		putchar(',');
		dump(item);
	}
	putchar(']');
}

static void dump_table(const struct toml *v)
{
	putchar('{');
	for (const struct toml *item = v->list.first; item; item = item->next) {
		dump_text(item->key, item->key_len);
		putchar(':');
		dump(item);
		if (item->next)
			putchar(',');
	}
	putchar('}');
}

static void dump(const struct toml *v)
{
	static void (*const dumps[])(const struct toml *) = {
		[TOML_STRING] = dump_string, [TOML_INT] = dump_int,     [TOML_FLOAT] = dump_float,
		[TOML_BOOL] = dump_bool,     [TOML_TIME] = dump_string, [TOML_ARRAY] = dump_array,
		[TOML_TABLE] = dump_table,
	};

	dumps[v->type](v);
}

static void one(const char *text, size_t len)
{
	struct toml_error error = {0};
	const struct toml *root;
	struct arena arena;

	arena_init(&arena, ARENA_MAX);
	if (toml_parse(text, len, &arena, &root, &error) == 0)
		dump(root);
	else
		printf("error %u:%u %s", error.line, error.column, error.msg);
	putchar('\n');
	arena_done(&arena);
}

int main(void)
{
	unsigned char head[4];

	while (fread(head, 1, sizeof(head), stdin) == sizeof(head)) {
		size_t len = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
		/* Exactly as long as the text, so that a sanitiser sees a read behind it. */
		char *text = malloc(len ? len : 1);

		if (!text || fread(text, 1, len, stdin) != len) {
			fprintf(stderr, "toml_dump: the input is cut\n");
			free(text);
			return 1;
		}
		one(text, len);
		free(text);
	}
	return 0;
}
