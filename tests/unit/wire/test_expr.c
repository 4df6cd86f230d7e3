/* wire/expr*.c: filters, alert conditions, mistakes and their columns, and the laws of logic. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"
#include "fuzz/expr_world.h"
#include "tap.h"
#include "wire/expr_value.h"

enum { ARENA_ENOUGH = 128 << 10 };

static struct peer peers[] = {
	{{"93.40.1.2", "IT", "Italy", "qBittorrent 4.6.3"}, 20e3, 1, 30, true, true},
	{{"5.9.1.2", "DE", "Germany", "Transmission 3.00"}, 5e3, 0.5, 400, false, true},
	{{"2001:db8::1", "GB", "United Kingdom", "µTorrent 3.5.5 (it's R&D)"}, 1.5e6, 0.333, 3600, false, false},
	{{"10.0.0.9", "--", "Local", NULL}, NAN, 0, NAN, true, false},
};

enum { PEERS = sizeof(peers) / sizeof(peers[0]) };

/* Which peers pass: "0 2"; or the message of the mistake. */
static void passing(const char *filter, char *list, size_t size)
{
	struct expr *expr = NULL;
	struct arena arena;
	struct err err;

	arena_init(&arena, ARENA_ENOUGH);
	list[0] = '\0';
	if (expr_parse(filter, &filter_schema, &arena, &expr, &err, NULL) != 0)
		snprintf(list, size, "%s", err.msg);
	for (int i = 0; expr && i < PEERS; i++) {
		struct expr_source source = peer_source(&peers[i]);
		size_t used = strlen(list);

		if (expr_eval(expr, &source))
			snprintf(list + used, size - used, "%s%d", used ? " " : "", i);
	}
	arena_done(&arena);
}

static void test_filters(void)
{
	static const char *const cases[][2] = {
		{"", "0 1 2 3"},
		{" \t ", "0 1 2 3"},
		{"qbit", "0"},
		{"QBIT", "0"},
		{"it", "0 2"},
		{"2001:db8::1", "2"},
		{"3.", "0 1 2"},
		{"'united k'", "2"},
		{"\"it's\"", "2"},
		{"it's", "2"},
		{"'R&D'", "2"},
		{"nothing-like-it", ""},
		{"country=IT", "0"},
		{"country=it", "0"},
		{"Country==Italy", "0"},
		{"country!=it", "1 2 3"},
		{"country~united", "2"},
		{"country!~it", "1 3"},
		{"country = '--'", "3"},
		{"country=--", "3"},
		{"client~qbit", "0"},
		{"client!~qbit", "1 2"},
		{"!client~qbit", "1 2 3"},
		{"not client~qbit", "1 2 3"},
		{"client=''", ""},
		{"client~''", "0 1 2"},
		{"rate-up>10k", "0 2"},
		{"rate_up > 10K", "0 2"},
		{"RATE-UP>=20kB/s", "0 2"},
		{"rate-up<=5000", "1"},
		{"rate-up=1.5M", "2"},
		{"rate-up!=1.5MB", "0 1"},
		{"rate-up<-1", ""},
		{"not rate-up>=0", "3"},
		{"progress>50%", "0"},
		{"progress>=50%", "0 1"},
		{"progress=33.3%", "2"},
		{"progress=.5", "1"},
		{"progress=1", "0"},
		{"seen<5m", "0"},
		{"seen=1h", "2"},
		{"seen>5m30s", "1 2"},
		{"seeding", "0 3"},
		{"!seeding", "1 2"},
		{"seeding=no", "1 2"},
		{"seeding!=yes", "1 2"},
		{"seeding=yes utp", "0"},
		{"'seeding'", ""},
		{"! ! seeding", "0 3"},
		{"country=IT client~qbit rate-up>10k seeding", "0"},
		{"country=IT or country=DE", "0 1"},
		{"country=IT|country=DE", "0 1"},
		{"country=IT || country=DE && utp", "0 1"},
		{"country=IT OR rate-up>1M", "0 2"},
		{"utp and not seeding", "1"},
		{"utp & !seeding", "1"},
		{"utp&!seeding", "1"},
		{"utp (seeding or rate-up<10k)", "0 1"},
		{"germany(utp)", "1"},
		{"client", ""},
		{"country (seeding)", ""},
		{"µtorr", "2"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char list[600];

		passing(cases[i][0], list, sizeof(list));
		is_str(list, cases[i][1], "peers for /%s/", cases[i][0]);
	}
}

/* Precedence shows only where the groupings differ: these are told apart by the peers' flags. */
static void test_precedence(void)
{
	static const char *const same[][2] = {
		{"seeding or utp rate-up>1M", "seeding or (utp and rate-up>1M)"},
		{"not seeding or utp", "(not seeding) or utp"},
		{"not seeding utp", "(not seeding) and utp"},
		{"!seeding|utp&it", "(!seeding)|(utp&it)"},
		{"it utp or de seeding or local", "((it) (utp)) or ((de) (seeding)) or (local)"},
	};
	char left[600], right[600];

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		passing(same[i][0], left, sizeof(left));
		passing(same[i][1], right, sizeof(right));
		is_str(left, right, "/%s/ is /%s/", same[i][0], same[i][1]);
	}
	passing("(seeding or utp) rate-up>1M", left, sizeof(left));
	passing("seeding or utp rate-up>1M", right, sizeof(right));
	ok(strcmp(left, right) != 0, "parentheses change what passes");
}

static void test_alerts(void)
{
	static const struct {
		const char *when;
		bool is;
	} cases[] = {
		{"connections > 50", true},
		{"connections > 60", false},
		{"connections >= 60", true},
		{"country('CN').connections > 39 and not paused", true},
		{"country('CN').connections > 39 and paused", false},
		{"country(CN).connections > 39", true},
		{"country( \"CN\" ).Connections=40", true},
		{"country('DE').connections > 0", false},
		{"share('CN') > 0.5", true},
		{"share('CN') > 70%", false},
		{"tag('vpn').connections", true},
		{"tag('tor').connections", false},
		{"source('home').state != 'ok'", true},
		{"source('home').state = unreachable", true},
		{"source('home').peers < 10", false},
		{"new_country", true},
		{"new-country and paused", false},
		{"new_country or\n\tpaused", true},
		{"unique > 0", false},
		{"unique <= 0", false},
		{"unique != 5", false},
		{"unique", false},
		{"not unique = 5", true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct expr *expr = NULL;
		struct err err = {""};
		struct arena arena;
		int r;

		arena_init(&arena, ARENA_ENOUGH);
		r = expr_parse(cases[i].when, &alert_schema, &arena, &expr, &err, NULL);
		if (ok(r == 0, "understood: %s %s", cases[i].when, err.msg))
			is_int(expr_eval(expr, &screen_source), cases[i].is, "its truth");
		arena_done(&arena);
	}
}

struct mistake {
	const char *text, *message;
};

static void check_mistakes(const struct expr_schema *schema, const struct mistake *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct expr *untouched = NULL;
		struct err err = {"understood"};
		unsigned column = 0;
		struct arena arena;
		char start[32];
		int r;

		arena_init(&arena, ARENA_ENOUGH);
		r = expr_parse(cases[i].text, schema, &arena, &untouched, &err, &column);
		is_str(err.msg, cases[i].message, "mistake in: %s", cases[i].text);
		snprintf(start, sizeof(start), "column %u: ", column);
		ok(r == -EINVAL && !untouched && strncmp(err.msg, start, strlen(start)) == 0, "its code and column");
		arena_done(&arena);
	}
}

static void test_filter_mistakes(void)
{
	static const struct mistake cases[] = {
		{"seeding contry=IT", "column 9: no field 'contry' here; did you mean 'country'?"},
		{"µ zzzzzzzzzzzz>3", "column 3: no field 'zzzzzzzzzzzz' here"},
		{"country=", "column 9: a value is missing after '='"},
		{"country= )", "column 10: a value is missing after '='"},
		{"rate-up>fast", "column 9: 'rate-up' is compared with a number (50, 1.5M, 10k), not with 'fast'"},
		{"rate-up>50%", "column 9: 'rate-up' is compared with a number (50, 1.5M, 10k), not with '50%'"},
		{"progress>50", "column 10: 'progress' is compared with a fraction (0.5, 50%), not with '50'"},
		{"seen<soon", "column 6: 'seen' is compared with a time (90s, 5m, 1h30m), not with 'soon'"},
		{"seeding=maybe", "column 9: 'seeding' is compared with a flag (yes, no), not with 'maybe'"},
		{"seeding>1", "column 8: 'seeding' is a flag: compare it by = !="},
		{"client > 5", "column 8: 'client' is a text: compare it by = != ~ !~"},
		{"rate-up~5", "column 8: 'rate-up' is a number: compare it by = != > >= < <="},
		{"=5", "column 1: a field is missing before '='"},
		{"rate-up > 5 > 3", "column 13: a field is missing before '>'"},
		{"'rate-up' > 5", "column 1: a field is expected before '>', not a quoted text"},
		{"a 'b", "column 3: this quote is not closed"},
		{"client='b", "column 8: this quote is not closed"},
		{"(a or b", "column 1: no ) closes this ("},
		{"a or b)", "column 7: no ( opens this )"},
		{"()", "column 2: a condition is missing here"},
		{"a and", "column 6: a condition is missing here"},
		{"a and or b", "column 7: a condition is missing here"},
		{"or a", "column 1: a condition is missing here"},
		{"a | ", "column 5: a condition is missing here"},
		{"not", "column 4: a condition is missing here"},
		{"a !", "column 4: a condition is missing here"},
		{"x\033]52=1", "column 1: no field 'x\xef\xbf\xbd]52' here"},
	};

	check_mistakes(&filter_schema, cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_alert_mistakes(void)
{
	static const struct mistake cases[] = {
		{"", "column 1: a condition is missing here"},
		{"conections > 5", "column 1: no field 'conections' here; did you mean 'connections'?"},
		{"paused and contry('CN').connections > 5",
		 "column 12: no field 'contry' here; did you mean 'country'?"},
		{"country > 5", "column 1: 'country' is written country('...').connections here"},
		{"country('CN') > 5", "column 1: 'country' is written country('...').connections here"},
		{"country('CN').conections > 5", "column 1: 'country' is written country('...').connections here"},
		{"connections('CN') > 5", "column 1: 'connections' is written connections here"},
		{"connections. > 5", "column 1: 'connections' is written connections here"},
		{"country('CN'). > 5", "column 1: 'country' is written country('...').connections here"},
		{"connections.nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn > 5",
		 "column 1: 'connections' is written connections here"},
		{"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn > 5",
		 "column 1: no field 'nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn' here"},
		{"connections.now > 5", "column 1: 'connections' is written connections here"},
		{"source('home').stat = ok",
		 "column 1: 'source' is written source('...').state, source('...').peers here"},
		{"paused or source('hom').state = ok", "column 18: no daemon has this name"},
		{"source('home').state",
		 "column 1: 'source('...').state' is a text: compare it with another, as in = 'text'"},
		{"country('CN'.connections > 5", "column 13: a ) is missing here"},
		{"country() > 5", "column 9: a value is missing after '('"},
		{"country('CN", "column 9: this quote is not closed"},
		{"'paused'", "column 1: a field must stand before a text here"},
		{"50 < connections", "column 1: no field '50' here"},
	};

	check_mistakes(&alert_schema, cases, sizeof(cases) / sizeof(cases[0]));
}

/* `count` times `part`, then `tail`; returns the code and says the column. */
static int parse_repeated(const char *part, size_t count, const char *tail, size_t memory, unsigned *column,
			  bool *truth)
{
	char text[4096] = "";
	size_t used = 0, step = strlen(part);
	struct expr_source source = peer_source(&peers[0]);
	struct expr *expr = NULL;
	struct arena arena;
	struct err err;
	int r;

	for (; count > 0; count--, used += step)
		memcpy(text + used, part, step);
	snprintf(text + used, sizeof(text) - used, "%s", tail);
	arena_init(&arena, memory);
	r = expr_parse(text, &filter_schema, &arena, &expr, &err, column);
	if (r == 0)
		*truth = expr_eval(expr, &source);
	arena_done(&arena);
	return r;
}

static void test_limits(void)
{
	unsigned column = 0;
	bool truth = false;

	is_int(parse_repeated("!", EXPR_DEPTH_MAX, "seeding", ARENA_ENOUGH, &column, &truth), 0, "32 negations");
	ok(truth, "an even number of negations is none");
	is_int(parse_repeated("!", EXPR_DEPTH_MAX + 1, "seeding", ARENA_ENOUGH, &column, &truth), -EINVAL,
	       "33 negations");
	is_int(column, EXPR_DEPTH_MAX + 1, "the column of the 33rd");
	is_int(parse_repeated("(", 1000, "", ARENA_ENOUGH, &column, &truth), -EINVAL, "1,000 parentheses");
	is_int(parse_repeated("(a) ", 200, "it", ARENA_ENOUGH, &column, &truth), 0, "parentheses side by side");
	is_int(parse_repeated("i ", 512, "", ARENA_ENOUGH, &column, &truth), 0, "1,024 bytes, 512 words");
	ok(truth, "all of them are found");
	is_int(parse_repeated("i ", 512, "i", ARENA_ENOUGH, &column, &truth), -EINVAL, "1,025 bytes");
	is_int(parse_repeated("!i|", 341, "i", ARENA_ENOUGH, &column, &truth), 0, "the tree that needs most memory");
	is_int(parse_repeated("i ", 512, "", 1000, &column, &truth), -ENOMEM, "a full arena");
	is_int(parse_repeated("!", 9, "i", 200, &column, &truth), -ENOMEM, "a full arena inside a negation");
}

static void test_values(void)
{
	static const struct {
		bool (*value)(const char *, double *);
		const char *text;
		double want; /* -1: no such value */
	} cases[] = {
		{value_number, "0", 0},
		{value_number, "10Ki", 10240},
		{value_number, "2MiB/s", 2097152},
		{value_number, "1T", 1e12},
		{value_number, "7b", 7},
		{value_number, "0.1", 0.1},
		{value_number, "5.", 5},
		{value_number, "", -1},
		{value_number, ".", -1},
		{value_number, "1,000", -1},
		{value_number, "0x10", -1},
		{value_number, "inf", -1},
		{value_number, "nan", -1},
		{value_number, "1e3", -1},
		{value_number, "1.2.3", -1},
		{value_number, "10kk", -1},
		{value_number, "--5", -1},
		{value_number, "/s", -1},
		{value_number, "1234567890123456789", -1},
		{value_fraction, "100%", 1},
		{value_fraction, "150%", 1.5},
		{value_fraction, "0.35", 0.35},
		{value_fraction, "5%%", -1},
		{value_fraction, "-5%", -1},
		{value_fraction, "%", -1},
		{value_fraction, "2", -1},
		{value_time, "90", 90},
		{value_time, "1.5h", 5400},
		{value_time, "1w2d", 777600},
		{value_time, "1h30", -1},
		{value_time, "1.2.3", -1},
		{value_time, "", -1},
		{value_time, "5y", -1},
		{value_time, "m", -1},
		{value_flag, "YES", 1},
		{value_flag, "off", 0},
		{value_flag, "", -1},
		{value_flag, "ye", -1},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		double value = -1;
		bool is = cases[i].value(cases[i].text, &value);

		ok(is == (cases[i].want >= 0) && !(value < cases[i].want) && !(value > cases[i].want), "value '%s'",
		   cases[i].text);
	}
}

/* ---- random expressions, whose truth is known from the way they were made ---------------------------------------- */

struct maker {
	char text[1200];
	size_t used;
	uint32_t seed;
	const struct peer *peer;
};

static unsigned dice(struct maker *m, unsigned sides)
{
	m->seed = m->seed * 1664525 + 1013904223;
	return (m->seed >> 16) % sides;
}

static void say(struct maker *m, const char *text)
{
	m->used += (size_t)snprintf(m->text + m->used, sizeof(m->text) - m->used, "%s", text);
}

static bool make_leaf(struct maker *m)
{
	const struct peer *p = m->peer;
	const struct {
		const char *text;
		bool truth;
	} leaves[] = {
		{"seeding", p->seeding},
		{"utp=no", !p->utp},
		{"rate-up > 10k", p->rate_up > 10e3},
		{"rate-up<=10k", p->rate_up <= 10e3},
		{"progress>=50%", p->progress >= 0.5},
		{"country=IT", strcmp(p->texts[ID_COUNTRY], "IT") == 0},
		{"client!~bit", p->texts[ID_CLIENT] && !strstr(p->texts[ID_CLIENT], "Bit")},
		{"'united k'", strcmp(p->texts[ID_COUNTRY], "GB") == 0},
	};
	unsigned which = dice(m, sizeof(leaves) / sizeof(leaves[0]));

	say(m, leaves[which].text);
	return leaves[which].truth;
}

/* Operands in parentheses where precedence asks for them, and at random elsewhere. `level`: 0 or, 1 and, 2 not. */
static bool make(struct maker *m, unsigned level, unsigned depth)
{
	static const char *const joints[2][3] = {{" or ", "|", " || "}, {" and ", " ", "&"}};
	unsigned kind = depth == 0 ? 3 : dice(m, 4);
	bool group = kind < level || dice(m, 6) == 0, truth;

	say(m, group ? "(" : "");
	if (kind == 3) {
		truth = make_leaf(m);
	} else if (kind == 2) {
		say(m, dice(m, 2) ? "!" : "not ");
		truth = !make(m, 2, depth - 1);
	} else {
		bool left = make(m, kind, depth - 1), right;

		say(m, joints[kind][dice(m, 3)]);
		right = make(m, kind + 1, depth - 1);
		truth = kind == 0 ? left || right : left && right;
	}
	say(m, group ? ")" : "");
	return truth;
}

/* 1 or 0, -1 if it is not understood. */
static int truth_of(const char *text, struct peer *peer)
{
	struct expr_source source = peer_source(peer);
	struct expr *expr;
	struct arena arena;
	int truth = -1;

	arena_init(&arena, ARENA_ENOUGH);
	if (expr_parse(text, &filter_schema, &arena, &expr, NULL, NULL) == 0)
		truth = expr_eval(expr, &source);
	arena_done(&arena);
	return truth;
}

static void test_random(void)
{
	unsigned wrong = 0, truths = 0;

	for (uint32_t seed = 1; seed <= 20000; seed++) {
		struct maker m = {.seed = seed, .peer = &peers[seed % PEERS]};
		bool truth = make(&m, 0, 5);

		truths += truth;
		if (truth_of(m.text, &peers[seed % PEERS]) == truth)
			continue;
		if (wrong++ == 0)
			printf("# seed %u, should be %d: %s\n", seed, truth, m.text);
	}
	is_int(wrong, 0, "20,000 random expressions have the truth they were made with");
	ok(truths > 4000 && truths < 16000, "%u of them are true", truths);
}

static void test_de_morgan(void)
{
	static const char *const laws[][2] = {
		{"not ((%s) and (%s))", "not (%s) or not (%s)"},
		{"!((%s)|(%s))", "!(%s)&!(%s)"},
		{"(%s)(%s)", "not(not(%s)or not(%s))"},
	};
	unsigned wrong = 0;

	for (uint32_t seed = 1; seed <= 5000; seed++) {
		struct maker a = {.seed = seed, .peer = &peers[0]}, b = {.seed = ~seed, .peer = &peers[0]};
		const char *const *law = laws[seed % 3];
		char sides[2][2500];

		make(&a, 0, 3);
		make(&b, 0, 3);
		for (int side = 0; side < 2; side++) {
			const char *first = strstr(law[side], "%s"), *second = strstr(first + 2, "%s");

			snprintf(sides[side], sizeof(sides[side]), "%.*s%s%.*s%s%s", (int)(first - law[side]),
				 law[side], a.text, (int)(second - first - 2), first + 2, b.text, second + 2);
		}
		for (int i = 0; i < PEERS; i++) {
			int left = truth_of(sides[0], &peers[i]);

			wrong += left < 0 || left != truth_of(sides[1], &peers[i]);
		}
	}
	is_int(wrong, 0, "De Morgan's laws hold for 5,000 pairs of random expressions, unknown values among them");
}

int main(void)
{
	test_filters();
	test_precedence();
	test_alerts();
	test_filter_mistakes();
	test_alert_mistakes();
	test_limits();
	test_values();
	test_random();
	test_de_morgan();
	return tap_done();
}
