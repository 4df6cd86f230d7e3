/* Fuzz target of wire/expr.c: the first byte chooses filter or alert, the rest is the text. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"
#include "fuzz/expr_world.h"
#include "fuzz/text_properties.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEMORY = 128 << 10 };

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

/* A message is clean, and its column is one of the text or the one behind its end. */
static void check_mistake(const char *text, int r, const struct err *err, unsigned column)
{
	char start[32];

	must(r == -EINVAL, "128 KiB are not enough, or another code");
	snprintf(start, sizeof(start), "column %u: ", column);
	must(strncmp(err->msg, start, strlen(start)) == 0, "no column in the message");
	must(column >= 1 && column <= strlen(text) + 1, "a column that is not there");
	must(!unclean(err->msg), "a message with foreign bytes");
}

static bool truth_of(const struct expr *expr, bool filter)
{
	struct peer peer = {{"93.40.1.2", "IT", "Italy", NULL}, 20e3, 0.5, NAN, true, false};
	struct expr_source source = filter ? peer_source(&peer) : screen_source;

	return expr_eval(expr, &source);
}

/* not (x) is understood and has the other truth, unless it is too long or too deep. */
static void check_negation(const char *text, bool filter, bool truth)
{
	const struct expr_schema *schema = filter ? &filter_schema : &alert_schema;
	char negated[EXPR_TEXT_MAX + 16];
	struct expr *expr;
	struct arena arena;

	snprintf(negated, sizeof(negated), "not(%s)", text);
	arena_init(&arena, MEMORY);
	if (expr_parse(negated, schema, &arena, &expr, NULL, NULL) == 0)
		must(truth_of(expr, filter) == !truth, "a negation has the truth of what it negates");
	else
		must(strlen(text) >= EXPR_DEPTH_MAX || strspn(text, " \t\r\n") == strlen(text),
		     "a negation is not understood");
	arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool filter = size > 0 && (data[0] & 1);
	unsigned column = 0;
	struct arena arena;
	struct expr *expr;
	struct err err;
	char *text;
	int r;

	if (size == 0)
		return 0;
	text = malloc(size); /* of its exact size, so that the sanitizer sees a byte too many */
	if (!text)
		abort();
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	arena_init(&arena, MEMORY);
	r = expr_parse(text, filter ? &filter_schema : &alert_schema, &arena, &expr, &err, &column);
	if (r)
		check_mistake(text, r, &err, column);
	else
		check_negation(text, filter, truth_of(expr, filter));
	arena_done(&arena);
	free(text);
	return 0;
}
