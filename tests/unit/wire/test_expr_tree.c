/* wire/expr_tree.c: the truth of trees made by hand, what the source is asked for; and that the trees which the parser
 * makes stay within its limits of depth and memory. */
#include "wire/expr_tree.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"
#include "fuzz/expr_world.h"
#include "tap.h"

enum { ARENA_ENOUGH = 128 << 10, DEEP = 100 };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A source that knows three texts and one number, and counts how often it was asked. */
struct world {
	const char *texts[3]; /* by id; NULL: unknown */
	double number;
	bool flag;
	const char *argument; /* of the latest question */
	int id;
	int questions;
};

static struct world *asked(void *context, int id, const char *argument)
{
	struct world *w = context;

	w->id = id;
	w->argument = argument;
	w->questions++;
	return w;
}

static const char *world_text(void *context, int id, const char *argument)
{
	return asked(context, id, argument)->texts[id];
}

static double world_number(void *context, int id, const char *argument)
{
	return asked(context, id, argument)->number;
}

static bool world_flag(void *context, int id, const char *argument)
{
	return asked(context, id, argument)->flag;
}

static bool world_any_text(void *context, const char *needle)
{
	struct world *w = asked(context, -1, NULL);

	for (int i = 0; i < 3; i++)
		if (w->texts[i] && text_has(w->texts[i], needle))
			return true;
	return false;
}

static bool truth(const struct expr *e, struct world *w)
{
	const struct expr_source source = {w, world_text, world_number, world_flag, world_any_text, NULL};

	w->questions = 0;
	return expr_eval(e, &source);
}

/* Every way to compare, with every way two numbers may stand. */
static void test_numbers(void)
{
	static const struct {
		unsigned relation;
		bool less, equal, greater;
	} rows[] = {
		{LESS, true, false, false},          {EQUAL, false, true, false},
		{GREATER, false, false, true},       {LESS | EQUAL, true, true, false},
		{GREATER | EQUAL, false, true, true}, {UNEQUAL, true, false, true},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct expr e = {.kind = IS_NUMBER, .relation = rows[i].relation, .id = 7, .number = 10};
		struct world w = {.number = 9.5};

		is_int(truth(&e, &w), rows[i].less, "relation %u: 9.5 to 10", rows[i].relation);
		w.number = 10;
		is_int(truth(&e, &w), rows[i].equal, "10 to 10");
		w.number = 10.5;
		is_int(truth(&e, &w), rows[i].greater, "10.5 to 10");
		w.number = (double)INFINITY;
		is_int(truth(&e, &w), rows[i].greater, "infinity to 10");
		w.number = -(double)INFINITY;
		is_int(truth(&e, &w), rows[i].less, "minus infinity to 10");
		w.number = NAN;
		is_int(truth(&e, &w), false, "unknown to 10");
		is_int(w.id, 7, "the source was asked for its number");
	}
}

static void test_texts(void)
{
	static const struct {
		const char *one, *other;
		unsigned relation;
		const char *text;
		bool is;
	} rows[] = {
		{"IT", NULL, EQUAL, "it", true},
		{"IT", NULL, EQUAL, "i", false},
		{"IT", NULL, UNEQUAL, "it", false},
		{"IT", NULL, UNEQUAL, "de", true},
		{"IT", NULL, HAS, "i", true},
		{"IT", NULL, HAS, "", true},
		{"IT", NULL, LACKS, "i", false},
		{"IT", NULL, LACKS, "x", true},
		{"", NULL, EQUAL, "", true},
		{"", NULL, LACKS, "x", true},
		{NULL, NULL, EQUAL, "it", false},
		{NULL, NULL, UNEQUAL, "it", false},
		{NULL, NULL, HAS, "it", false},
		{NULL, NULL, LACKS, "it", false},
		{"IT", "Italy", EQUAL, "italy", true},
		{"IT", "Italy", HAS, "aly", true},
		{"IT", "Italy", UNEQUAL, "italy", false},
		{"IT", "Italy", UNEQUAL, "it", false},
		{"IT", "Italy", LACKS, "aly", false},
		{"IT", "Italy", LACKS, "IT", false},
		{"IT", "Italy", LACKS, "many", true},
		{NULL, "Italy", EQUAL, "italy", true},
		{NULL, "Italy", UNEQUAL, "germany", true},
		{"IT", NULL, EQUAL, "italy", false},
		{"IT", NULL, UNEQUAL, "italy", true},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct expr e = {.kind = IS_TEXT, .relation = rows[i].relation, .text = rows[i].text, .id = 1};
		struct world w = {.texts = {NULL, rows[i].one, rows[i].other}};

		e.other_id = rows[i].other || i >= 21 ? 2 : 0;
		is_int(truth(&e, &w), rows[i].is, "text %zu: %s, %s to '%s'", i, rows[i].one ? rows[i].one : "unknown",
		       rows[i].other ? rows[i].other : "nothing", rows[i].text);
	}
}

/* Without another id nobody asks for the text of id 0. */
static void test_one_id(void)
{
	struct expr e = {.kind = IS_TEXT, .relation = EQUAL, .text = "x", .id = 1, .argument = "arg"};
	struct world w = {.texts = {"x", "y", NULL}};

	ok(!truth(&e, &w), "only its own id is compared");
	is_int(w.questions, 1, "and asked for");
	is_str(w.argument, "arg", "with its argument");
	e.id = 0;
	ok(truth(&e, &w), "id 0 is an id like others");
}

static void test_flags(void)
{
	for (int is = 0; is < 2; is++) {
		for (int wanted = 0; wanted < 2; wanted++) {
			struct expr e = {.kind = IS_FLAG, .relation = EQUAL, .number = wanted};
			struct world w = {.flag = is};

			is_int(truth(&e, &w), is == wanted, "flag %d = %d", is, wanted);
			e.relation = UNEQUAL;
			is_int(truth(&e, &w), is != wanted, "flag %d != %d", is, wanted);
		}
	}
}

static void test_set(void)
{
	static const struct {
		double value;
		bool is;
	} rows[] = {
		{0, false}, {-0.0, false}, {1, true}, {-1, true}, {1e-300, true}, {NAN, false},
		{(double)INFINITY, true},
	};
	struct expr e = {.kind = IS_SET};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct world w = {.number = rows[i].value};

		is_int(truth(&e, &w), rows[i].is, "%g alone", rows[i].value);
	}
}

/* --- groups --- */

/* A flag that is true or not in a world whose flag is set. */
static struct expr leaf(bool is, struct expr *next)
{
	return (struct expr){.kind = IS_FLAG, .relation = EQUAL, .number = is, .next = next};
}

static void test_groups(void)
{
	struct world w = {.flag = true};

	for (int bits = 0; bits < 8; bits++) {
		struct expr c = leaf(bits & 4, NULL), b = leaf(bits & 2, &c), a = leaf(bits & 1, &b);
		struct expr all = {.kind = ALL, .first = &a}, any = {.kind = ANY, .first = &a};
		struct expr not_all = {.kind = NOT, .first = &all};

		is_int(truth(&all, &w), bits == 7, "all of %d", bits);
		is_int(truth(&any, &w), bits != 0, "any of %d", bits);
		is_int(truth(&not_all, &w), bits != 7, "not all of %d", bits);
	}
}

static bool is_open(void *context, int id, const char *argument)
{
	(void)context;
	(void)argument;
	return id == EXPR_OPEN;
}

static double is_yes(void *context, int id, const char *argument)
{
	(void)context;
	(void)argument;
	return id == EXPR_YES;
}

/* All pairs; the ids of the operands are what they are worth. */
static void test_open(void)
{
	const struct expr_source source = {.number = is_yes, .is_open = is_open};
	static const enum expr_truth both[3][3] = {
		{EXPR_NO, EXPR_NO, EXPR_NO}, {EXPR_NO, EXPR_YES, EXPR_OPEN}, {EXPR_NO, EXPR_OPEN, EXPR_OPEN}};
	static const enum expr_truth either[3][3] = {
		{EXPR_NO, EXPR_YES, EXPR_OPEN}, {EXPR_YES, EXPR_YES, EXPR_YES}, {EXPR_OPEN, EXPR_YES, EXPR_OPEN}};

	for (int i = 0; i < 9; i++) {
		struct expr b = {.kind = IS_SET, .id = i % 3}, a = {.kind = IS_SET, .id = i / 3, .next = &b};
		struct expr all = {.kind = ALL, .first = &a}, any = {.kind = ANY, .first = &a};
		struct expr not_all = {.kind = NOT, .first = &all};

		is_int(expr_truth(&all, &source), both[i / 3][i % 3], "%d and %d", i / 3, i % 3);
		is_int(expr_truth(&any, &source), either[i / 3][i % 3], "%d or %d", i / 3, i % 3);
		is_int(expr_truth(&not_all, &source), expr_not(both[i / 3][i % 3]), "not (%d and %d)", i / 3, i % 3);
		is_int(expr_eval(&all, &source), both[i / 3][i % 3] == EXPR_YES, "what is open is not true");
	}
	is_int(expr_not(EXPR_OPEN), EXPR_OPEN, "not open is open");
}

static void test_no_operands(void)
{
	struct expr all = {.kind = ALL}, any = {.kind = ANY};
	struct world w = {.flag = false};

	ok(truth(&all, &w), "all of nothing is true: the empty filter");
	ok(!truth(&any, &w), "any of nothing is false");
}

/* What decides ends the questions: there are a million rows to ask about. */
static void test_stops(void)
{
	struct expr c = leaf(true, NULL), b = leaf(false, &c), a = leaf(true, &b);
	struct expr all = {.kind = ALL, .first = &a}, any = {.kind = ANY, .first = &a};
	struct world w = {.flag = true};

	truth(&all, &w);
	is_int(w.questions, 2, "all of them ends at the first that is false");
	truth(&any, &w);
	is_int(w.questions, 1, "any of them ends at the first that is true");
}

static void test_bare(void)
{
	struct expr e = {.kind = BARE, .text = "TAL"};
	struct world w = {.texts = {"x", NULL, "Italy"}};

	ok(truth(&e, &w), "bare text is searched for everywhere");
	e.text = "zz";
	ok(!truth(&e, &w), "and not found where it is not");
}

/* The negation of a comparison with something unknown is true; != of it is not. */
static void test_unknown(void)
{
	struct expr same = {.kind = IS_NUMBER, .relation = EQUAL, .number = 1}, not = {.kind = NOT, .first = &same};
	struct expr differs = {.kind = IS_NUMBER, .relation = UNEQUAL, .number = 1};
	struct world w = {.number = NAN};

	ok(truth(&not, &w), "not x = 1 finds the unknown");
	ok(!truth(&differs, &w), "x != 1 does not");
}

/* --- the parser's trees --- */

static int parse(const char *text, struct arena *arena, struct expr **out, struct err *err)
{
	return expr_parse(text, &filter_schema, arena, out, err, NULL);
}

static unsigned depth_of(const struct expr *e)
{
	unsigned deepest = 0;

	for (const struct expr *operand = e->first; operand; operand = operand->next) {
		unsigned depth = depth_of(operand);

		deepest = depth > deepest ? depth : deepest;
	}
	return deepest + 1;
}

static void test_shape(void)
{
	struct expr *e = NULL, *both;
	struct arena arena;

	arena_init(&arena, ARENA_ENOUGH);
	is_int(parse("a b utp or !seeding or 'c d'", &arena, &e, NULL), 0, "a tree");
	is_int(e->kind, ANY, "any of");
	both = e->first;
	is_int(both->kind, ALL, "all of");
	ok(both->first->kind == BARE && both->first->next->kind == BARE && both->first->next->next->kind == IS_FLAG &&
		   !both->first->next->next->next,
	   "two bare texts and a flag;");
	ok(both->next->kind == NOT && both->next->first->kind == IS_FLAG, "the negation of a flag;");
	ok(both->next->next->kind == BARE && !both->next->next->next, "a quoted text");
	is_str(both->next->next->text, "c d", "without its quotes");
	is_int(parse("((((utp))))", &arena, &e, NULL), 0, "parentheses around one condition");
	ok(e->kind == IS_FLAG && !e->first, "leave no trace");
	arena_done(&arena);
}

/* Puts `count` of `open`, then `middle`, then as many of `close`. */
static void nest(char *text, size_t size, const char *open, int count, const char *middle, const char *close)
{
	size_t used = 0;

	for (int i = 0; i < count; i++)
		used += (size_t)snprintf(text + used, size - used, "%s", open);
	used += (size_t)snprintf(text + used, size - used, "%s", middle);
	for (int i = 0; i < count; i++)
		used += (size_t)snprintf(text + used, size - used, "%s", close);
}

/* The recursion of expr_eval() is bounded by what the parser lets through. */
static void test_depth(void)
{
	static const struct {
		const char *open, *close;
		int per; /* levels of the 32 that one of it takes */
	} rows[] = {
		{"(", ")", 1},  {"!", "", 1},        {"not ", "", 1},
		{"!(", ")", 2}, {"(i or i ", ")", 1}, {"(i & !(i|", "))", 3},
	};
	char text[DEEP * 32];
	struct expr *e;
	struct arena arena;
	struct err err;

	for (size_t i = 0; i < COUNT(rows); i++) {
		int most = EXPR_DEPTH_MAX / rows[i].per;

		arena_init(&arena, ARENA_ENOUGH);
		nest(text, sizeof(text), rows[i].open, most, "utp", rows[i].close);
		is_int(parse(text, &arena, &e, &err), 0, "%d times '%s'", most, rows[i].open);
		ok(depth_of(e) <= 3 * EXPR_DEPTH_MAX + 2, "a tree %u deep", depth_of(e));
		e = NULL;
		nest(text, sizeof(text), rows[i].open, most + 1, "utp", rows[i].close);
		is_int(parse(text, &arena, &e, &err), -EINVAL, "%d times '%s' is too much", most + 1, rows[i].open);
		ok(strstr(err.msg, "more than 32 parentheses and negations") && !e, "and it says so");
		arena_done(&arena);
	}
}

/* With each cap on memory up to what is needed: a message, no tree, and nothing beyond the cap. */
static void check_starved(const char *text)
{
	struct arena arena;
	struct expr *e = NULL;
	size_t need, failures = 0;

	arena_init(&arena, ARENA_ENOUGH);
	is_int(parse(text, &arena, &e, NULL), 0, "%.40s: is parsed in 128 KiB", text);
	need = arena.used;
	arena_done(&arena);
	for (size_t max = 0; max < need; max++) {
		struct err err = {""};

		e = NULL;
		arena_init(&arena, max);
		failures += parse(text, &arena, &e, &err) == -ENOMEM && !e && err.msg[0] && arena.used <= max;
		arena_done(&arena);
	}
	is_int(failures, need, "%.40s: less than its %zu bytes is -ENOMEM, whatever is left", text, need);
}

static void test_starved(void)
{
	check_starved("");
	check_starved("a");
	check_starved("'a b' client~x or !(rate-up>10k and country='it') progress<50% | seen>1h utp=no");
}

/* What costs most memory for its bytes. */
static void test_greedy(void)
{
	static const char *const units[] = {"i ", "!i|", "!i ", "''", "a|b&", "(i)", "utp|", "'a'|", "!''|"};

	for (size_t i = 0; i < COUNT(units); i++) {
		char text[EXPR_TEXT_MAX + 1] = "";
		struct expr *e = NULL;
		struct arena arena;
		size_t len = strlen(units[i]), used = 0;

		for (; used + len < EXPR_TEXT_MAX; used += len)
			memcpy(text + used, units[i], len);
		text[used] = 'i';
		arena_init(&arena, ARENA_ENOUGH);
		is_int(parse(text, &arena, &e, NULL), 0, "'%s' up to the limit needs %zu bytes", units[i], arena.used);
		arena_done(&arena);
	}
}

/* The text may be gone when the tree is used. */
static void test_own_memory(void)
{
	struct peer it = {{"1.2.3.4", "IT", "Italy", "qBit 4"}, 20e3, 1, 30, true, true};
	struct expr_source source = peer_source(&it);
	char text[] = "client~qbit country='Italy' 1.2.3 rate-up>10k";
	struct expr *e = NULL;
	struct arena arena;

	arena_init(&arena, ARENA_ENOUGH);
	is_int(parse(text, &arena, &e, NULL), 0, "a filter");
	ok(expr_eval(e, &source), "finds a peer");
	memset(text, '!', sizeof(text) - 1);
	ok(expr_eval(e, &source), "also when its text is gone");
	it.texts[ID_CLIENT] = "Deluge";
	ok(!expr_eval(e, &source), "and not another");
	arena_done(&arena);
}

int main(void)
{
	test_numbers();
	test_texts();
	test_one_id();
	test_flags();
	test_set();
	test_groups();
	test_no_operands();
	test_open();
	test_stops();
	test_bare();
	test_unknown();
	test_shape();
	test_depth();
	test_starved();
	test_greedy();
	test_own_memory();
	return tap_done();
}
