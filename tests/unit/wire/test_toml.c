/* TOML: what is read, and the exact words and places of errors. toml_oracle.t compares many more with tomllib. */
#include "wire/toml.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "tap.h"

enum { ARENA_MAX = 1 << 20 };

static void rejected(void)
{
	static const struct {
		const char *text;
		unsigned line, column;
		const char *msg;
	} cases[] = {
		{"a", 1, 2, "expected '.' or '=' behind the key, found the end of the document"},
		{"a =", 1, 4, "expected a value, found the end of the document"},
		{"a = \nb = 1", 1, 5, "expected a value, found the end of the line"},
		{"= 1", 1, 1, "expected a key, found '='"},
		{"a = 1 b = 2", 1, 7, "expected the end of the line, found 'b'"},
		{"a.b.  = 1", 1, 7, "expected a key, found '='"},
		{"x = 1\na = hello", 2, 5, "expected a value, found \"hello\"; texts are written in quotes"},
		{"a = True", 1, 5, "expected a value, found \"True\"; texts are written in quotes"},
		{"a = 1\na = 2", 2, 1, "expected a new key, but \"a\" is already defined in line 1"},
		{"\xc3\xa4 = 1", 1, 1, "expected a key, found '\xc3\xa4'"},
		{"\"\xc3\xa4\" = x", 1, 7, "expected a value, found \"x\"; texts are written in quotes"},
		{"a = \"\xff\"", 1, 6, "expected UTF-8 text, found the byte 0xff"},
		{"a = \"\xed\xa0\x80\"", 1, 6, "expected UTF-8 text, found the byte 0xed"},
		{"a = 1\rb = 2", 1, 6, "expected text, found the control character U+000D"},
		{"# a\x1b", 1, 4, "expected text, found the control character U+001B"},
		{"\xef\xbb\xbf"
		 "a = 1",
		 1, 1, "expected a key or a table, found a byte order mark; save the file without one"},
		{"a = \"x\nb = 1", 1, 5, "expected a closing \" before the end of the line"},
		{"a = '''x", 1, 5, "expected a closing ''' before the end of the document"},
		{"a = \"c:\\dir\"", 1, 8,
		 "expected one of \\b \\t \\n \\f \\r \\\" \\\\ \\uXXXX \\UXXXXXXXX; a plain backslash is written \\\\ "
		 "or in '...'"},
		{"a = \"\\u12\"", 1, 10, "expected 4 hexadecimal digits behind \\u"},
		{"a = \"\\ud800\"", 1, 6, "expected the number of a character, found U+D800"},
		{"\"\"\"a\"\"\" = 1", 1, 1, "expected a key in one pair of quotes; keys of several lines do not exist"},
		{"a = 012", 1, 5, "expected a number without leading zeros"},
		{"a = 0x", 1, 5, "expected digits of base 16 behind 0x"},
		{"a = 1__0", 1, 5, "expected a value, found \"1__0\"; texts are written in quotes"},
		{"a = 1_e5", 1, 5, "expected a value, found \"1_e5\"; texts are written in quotes"},
		{"a = .5", 1, 5, "expected a value, found \".5\"; texts are written in quotes"},
		{"a = 9223372036854775808", 1, 5,
		 "expected an integer from -9223372036854775808 to 9223372036854775807"},
		{"a = 0xffffffffffffffff", 1, 5, "expected an integer of at most 63 bits"},
		{"a = 2026-02-29", 1, 5, "expected a date or time such as 2026-11-21T07:30:00Z"},
		{"a = 24:00:00", 1, 5, "expected a date or time such as 2026-11-21T07:30:00Z"},
		{"a = [1, 2\nb = 1", 2, 1, "expected ',' or ']' behind the value, found 'b'"},
		{"a = {b = 1,}", 1, 12, "expected a key, found '}'"},
		{"a = {b = 1\n}", 1, 11, "expected ',' or '}' behind the value, found the end of the line"},
		{"[a", 1, 3, "expected '.' or ']' behind the key, found the end of the document"},
		{"[[a]", 1, 4, "expected '.' or ']]' behind the key, found ']'"},
		{"[a]\n[a]", 2, 2, "expected a new key, but \"a\" is already defined in line 1"},
		{"a = 1\n[a.b]", 2, 2, "expected a table, but \"a\" is an integer (line 1)"},
		{"a = {}\na.b = 1", 2, 1, "expected a table that is still open, but \"a\" was closed in line 1"},
		{"a = []\n[[a]]", 2, 3, "expected a new key, but \"a\" is already defined in line 1"},
		{"[a.b]\n[a]\nb.c = 1", 3, 1, "expected a table that is still open, but \"b\" was closed in line 1"},
		{"a.b = 1\n[a]", 2, 2, "expected a new key, but \"a\" is already defined in line 1"},
	};
	struct toml_error error;
	const struct toml *root;
	struct arena arena;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		arena_init(&arena, ARENA_MAX);
		error = (struct toml_error){0};
		is_int(toml_parse(cases[i].text, strlen(cases[i].text), &arena, &root, &error), -EINVAL,
		       "case %zu is rejected", i);
		is_str(error.msg, cases[i].msg, "and says why");
		ok(error.line == cases[i].line && error.column == cases[i].column, "at %u:%u (got %u:%u)",
		   cases[i].line, cases[i].column, error.line, error.column);
		arena_done(&arena);
	}
}

static void accepted(void)
{
	static const char text[] = "s = \"a\\u00e9\\n\"\nl = 'c:\\x'\nm = \"\"\"\r\none\\\n   two\r\n\"\"\"\n"
				   "i = -1_000\nh = 0xff\nf = 6.5e-1\ninf = -inf\nb = true\nd = 2026-11-21 07:30:00Z\n"
				   "[t.u]\nx.y = [1,\n2, # two\n]\n[[n]]\n[[n]]\nz = {a.b = 1}\n";
	struct toml_error error = {0};
	const struct toml *root, *v;
	struct arena arena;

	arena_init(&arena, ARENA_MAX);
	if (!ok(toml_parse(text, sizeof(text) - 1, &arena, &root, &error) == 0, "a document is read"))
		return;
	is_str(toml_get(root, "s")->string.text, "a\xc3\xa9\n", "escapes");
	is_str(toml_get(root, "l")->string.text, "c:\\x", "a literal string");
	is_str(toml_get(root, "m")->string.text, "onetwo\n", "several lines, with a continuation and CR LF");
	is_int(toml_get(root, "i")->integer, -1000, "an integer");
	is_int(toml_get(root, "h")->integer, 255, "a hexadecimal integer");
	ok(toml_get(root, "f")->real > .6499 && toml_get(root, "f")->real < .6501, "a float");
	ok(isinf(toml_get(root, "inf")->real) && toml_get(root, "inf")->real < 0, "minus infinity");
	ok(toml_get(root, "b")->boolean, "a boolean");
	is_str(toml_get(root, "d")->string.text, "2026-11-21 07:30:00Z", "a time stays text");
	v = toml_get(toml_get(toml_get(toml_get(root, "t"), "u"), "x"), "y");
	is_int(v->list.count, 2, "an array over lines, in a dotted key, in a table");
	is_int(v->list.first->next->line, 15, "a value knows its line");
	is_int(v->key_column, 3, "and the column of its key");
	v = toml_get(root, "n");
	is_int(v->list.count, 2, "two tables of one name");
	is_int(toml_get(toml_get(toml_get(v->list.last, "z"), "a"), "b")->integer, 1, "an inline table");
	ok(!toml_get(root, "nothing"), "what is not there is NULL");
	arena_done(&arena);
}

static void limits(void)
{
	static char big[TOML_MAX + 1];
	struct toml_error error = {0};
	const struct toml *root;
	struct arena arena;
	char deep[128];

	memset(big, '#', sizeof(big));
	arena_init(&arena, ARENA_MAX);
	is_int(toml_parse(big, TOML_MAX, &arena, &root, &error), 0, "256 KB are read");
	is_int(toml_parse(big, TOML_MAX + 1, &arena, &root, &error), -EFBIG, "one byte more is not");
	memcpy(deep, "a = ", 4);
	memset(deep + 4, '[', TOML_DEPTH);
	memset(deep + 4 + TOML_DEPTH, ']', TOML_DEPTH);
	is_int(toml_parse(deep, 4 + 2 * TOML_DEPTH, &arena, &root, &error), 0, "32 levels are read");
	memset(deep + 4, '[', TOML_DEPTH + 2);
	is_int(toml_parse(deep, 4 + TOML_DEPTH + 2, &arena, &root, &error), -EINVAL, "34 are not");
	is_str(error.msg, "expected at most 32 levels of tables and arrays", "and it says so");
	arena_done(&arena);
	arena_init(&arena, 400);
	is_int(toml_parse("a = [1, 2, 3, 4]", 16, &arena, &root, &error), -ENOMEM, "the arena's cap holds");
	arena_done(&arena);
}

static void single_values(void)
{
	struct toml_error error = {0};
	const struct toml *v;
	struct arena arena;

	arena_init(&arena, ARENA_MAX);
	is_int(toml_parse_value(" [1, \"x\"] ", 10, &arena, &v, &error), 0, "a value by itself");
	is_int(v->list.count, 2, "is an array of two");
	is_int(toml_parse_value("1 2", 3, &arena, &v, &error), -EINVAL, "two values are one too many");
	is_str(error.msg, "expected nothing behind the value, found '2'", "and it says so");
	is_int(toml_parse_value("", 0, &arena, &v, &error), -EINVAL, "nothing is no value");
	arena_done(&arena);
}

int main(void)
{
	rejected();
	accepted();
	limits();
	single_values();
	return tap_done();
}
