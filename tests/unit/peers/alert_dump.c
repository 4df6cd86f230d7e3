/* Evaluates conditions for alert_oracle.t over the tables of drawn.h; with an argument a daemon was lost a moment ago.
 * The first line of stdout is JSON, what each word is worth, "?" if that is open; then each line of stdin gets one:
 * "1", "0", "?" or "column N: ..." for a mistake. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonw.h"
#include "core/alert_words.h"
#include "peers/alert_values.h"
#include "unit/peers/drawn.h"

enum { LINE = 4096, OF_A_KIND = 5 };

static const char *const places[OF_A_KIND] = {"DE", "it", "--", "CN", "IT"};
static const char *const names[OF_A_KIND] = {"home", "nas", "attic", "vpn", "qBittorrent"};

static void write_value(struct jsonw *w, struct alert_values *v, int word, const char *argument)
{
	struct expr_source source = alert_values_source(v);
	const struct expr_field *f = alert_field(word);
	char key[ALERT_SPELLING];

	alert_spell(word, argument, key);
	jsonw_key(w, key);
	if (source.is_open(source.context, word, argument))
		jsonw_text(w, "?");
	else if (f->type == EXPR_TEXT)
		jsonw_text(w, source.text(source.context, word, argument));
	else if (f->type == EXPR_FLAG)
		jsonw_bool(w, source.flag(source.context, word, argument));
	else
		jsonw_double(w, source.number(source.context, word, argument), 9);
}

static void write_values(struct alert_values *v)
{
	struct jsonw w;
	struct buf out;

	buf_init(&out, 1 << 20);
	jsonw_init(&w, &out);
	jsonw_object(&w);
	for (int word = 1; word < ALERT_WORDS; word++) {
		const struct expr_field *f = alert_field(word);
		bool place = strcmp(f->name, "country") == 0 || strcmp(f->name, "share") == 0;

		if (!f->takes_argument)
			write_value(&w, v, word, NULL);
		for (size_t i = 0; f->takes_argument && i < OF_A_KIND; i++)
			write_value(&w, v, word, place ? places[i] : names[i]);
	}
	jsonw_object_end(&w);
	puts(buf_str(&out));
	buf_done(&out);
}

static const char *const truths[] = {[EXPR_NO] = "0", [EXPR_YES] = "1", [EXPR_OPEN] = "?"};

static void evaluate(struct alert_values *v, const char *text)
{
	struct expr_source source = alert_values_source(v);
	struct expr_schema schema = alert_schema(NULL);
	struct expr *expr;
	struct arena arena;
	struct err err;

	arena_init(&arena, ALERT_ARENA);
	if (expr_parse(text, &schema, &arena, &expr, &err, NULL))
		puts(err.msg);
	else
		puts(truths[expr_truth(expr, &source)]);
	arena_done(&arena);
}

int main(int argc, char **argv)
{
	struct alert_values v = {.new_countries = "BO Bolivia", .partial = argc > 1};
	char line[LINE];
	struct drawn d;

	(void)argv;
	drawn_begin(&d);
	v.scene = &d.scene;
	write_values(&v);
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		evaluate(&v, line);
	}
	drawn_end(&d);
	return 0;
}
