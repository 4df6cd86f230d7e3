/* wire/toml_scalar.c: numbers, dates and times to the edge of what TOML 1.0 allows, and one step further. What strings
 * may hold is read by the parser around it, so that part asks toml_parse_value(). */
#include "wire/toml_scalar.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>

#include "comma_locale.h"
#include "tap.h"

enum { TOKEN = 256 };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define NO_VALUE(token) "expected a value, found \"" token "\"; texts are written in quotes"
#define NO_TIME "expected a date or time such as 2026-11-21T07:30:00Z"
#define NO_INT "expected an integer from -9223372036854775808 to 9223372036854775807"

/* The token may be changed, so it is a copy, which lives until the next call. */
static int read_token(const char *text, struct toml *value, struct err *why)
{
	static char token[TOKEN];

	snprintf(token, sizeof(token), "%s", text);
	*value = (struct toml){.type = TOML_TABLE};
	*why = (struct err){""};
	return toml_scalar(token, value, why);
}

static void test_integers(void)
{
	static const struct {
		const char *text;
		int64_t want;
	} rows[] = {
		{"0", 0},
		{"-0", 0},
		{"+0", 0},
		{"+99", 99},
		{"-17", -17},
		{"1_000_000", 1000000},
		{"5_3_4", 534},
		{"9223372036854775807", INT64_MAX},
		{"+9_223_372_036_854_775_807", INT64_MAX},
		{"-9223372036854775808", INT64_MIN},
		{"0x0", 0},
		{"0x7fffffffffffffff", INT64_MAX},
		{"0x00000000000000000000ff", 255},
		{"0xDead_Beef", 0xdeadbeef},
		{"0o755", 0755},
		{"0o777777777777777777777", INT64_MAX},
		{"0b1101_0110", 0xd6},
		{"0b111111111111111111111111111111111111111111111111111111111111111", INT64_MAX},
	};
	struct toml v;
	struct err why;

	for (size_t i = 0; i < COUNT(rows); i++) {
		is_int(read_token(rows[i].text, &v, &why), 0, "%s is read", rows[i].text);
		is_int(v.type, TOML_INT, "as an integer");
		is_int(v.integer, rows[i].want, "of this value");
	}
}

static void test_floats(void)
{
	static const struct {
		const char *text;
		double want;
	} rows[] = {
		{"1.0", 1},
		{"+1.5", 1.5},
		{"-0.01", -0.01},
		{"0.5", 0.5},
		{"5e+22", 5e22},
		{"1e06", 1e6},
		{"-2E-2", -2e-2},
		{"0e0", 0},
		{"6.626e-34", 6.626e-34},
		{"224_617.445_991_228", 224617.445991228},
		{"1_0e1_0", 10e10},
		{"1.7976931348623157e308", 1.7976931348623157e308},
		{"5e-324", 5e-324},
		{"1e-400", 0},
		{"1e400", (double)INFINITY},
		{"inf", (double)INFINITY},
		{"+inf", (double)INFINITY},
		{"-inf", -(double)INFINITY},
	};
	static const char *const nans[] = {"nan", "+nan", "-nan"};
	struct toml v;
	struct err why;

	for (size_t i = 0; i < COUNT(rows); i++) {
		is_int(read_token(rows[i].text, &v, &why), 0, "%s is read", rows[i].text);
		is_int(v.type, TOML_FLOAT, "as a float");
		ok(v.real >= rows[i].want && v.real <= rows[i].want, "of this value");
	}
	is_int(read_token("-0.0", &v, &why), 0, "-0.0 is read");
	ok(v.real >= 0 && signbit(v.real), "and keeps its sign");
	for (size_t i = 0; i < COUNT(nans); i++) {
		is_int(read_token(nans[i], &v, &why), 0, "%s is read", nans[i]);
		ok(v.type == TOML_FLOAT && isnan(v.real), "as no number");
	}
}

/* strtod(3) would read 1.5 as 1 here. */
static void test_locale(void)
{
	struct toml v;
	struct err why;

	if (!comma_locale()) {
		ok(true, "# SKIP no locale with a decimal comma");
		return;
	}
	is_int(read_token("1.5", &v, &why), 0, "1.5 is read where a comma is the decimal point");
	ok(v.real > 1.4, "as one and a half");
	is_int(read_token("1,5", &v, &why), -EINVAL, "1,5 is not");
	ok(comma_now(), "the locale is as before");
	setlocale(LC_ALL, "C");
}

static const char *const times[] = {
	"1979-05-27T07:32:00Z",      "1979-05-27T00:32:00-07:00", "1979-05-27t07:32:00z",
	"1979-05-27 07:32:00+00:00", "1979-05-27T07:32:00",       "1979-05-27T07:32:00.999999",
	"1979-05-27",                "07:32:00",                  "00:00:00.5",
	"0001-01-01",                "9999-12-31T23:59:59Z",      "2026-01-31",
	"2026-04-30",                "2024-02-29",                "2000-02-29",
	"2026-02-28",                "23:59:59.123456789012345",  "2026-11-21T07:30:00.1+23:59",
	"2026-11-21T07:30:00-00:00",
};

static void test_times(void)
{
	struct toml v;
	struct err why;

	for (size_t i = 0; i < COUNT(times); i++) {
		is_int(read_token(times[i], &v, &why), 0, "%s is read", times[i]);
		is_int(v.type, TOML_TIME, "as a time");
		is_str(v.string.text, times[i], "as it was written");
		is_int(v.string.len, strlen(times[i]), "whole");
	}
}

static const char *const no_times[] = {
	"0000-01-01",
	"2026-00-10",
	"2026-13-10",
	"2026-01-00",
	"2026-01-32",
	"2026-04-31",
	"2026-06-31",
	"2026-09-31",
	"2026-11-31",
	"2026-02-29",
	"1900-02-29",
	"2100-02-29",
	"2024-02-30",
	"2026-1-1",
	"2026-",
	"2026-11",
	"2026-11-",
	"2026-11-2",
	"2026-11-21x",
	"2026-11-21T",
	"2026-11-21T07",
	"2026-11-21T07:30",
	"2026-11-21T07:30:00x",
	"2026-11-21T07:30:00.",
	"2026-11-21T07:30:00.Z",
	"2026-11-21T07:30:00,5",
	"2026-11-21T07:30:00ZZ",
	"2026-11-21T07:30:00+",
	"2026-11-21T07:30:00+1:00",
	"2026-11-21T07:30:00+0100",
	"2026-11-21T07:30:00+24:00",
	"2026-11-21T07:30:00+01:60",
	"2026-11-21T07:30:00+01:000",
	"2026-11-21T24:00:00",
	"2026-11-21T07:60:00",
	"2026-11-21T07:30:61",
	"2026/11/21-",
	"12026-11-21",
	"07:",
	"07:3",
	"07:30",
	"07:30:0",
	"24:00:00",
	"07:60:00",
	"07:30:00Z",
	"07:30:00.",
	"07:30:00 ",
};

/* Some of these do not begin as a time does, and are complained of as no value at all. */
static void test_no_times(void)
{
	struct toml v;
	struct err why;

	for (size_t i = 0; i < COUNT(no_times); i++) {
		bool begins = strspn(no_times[i], "0123456789") == 4 ? no_times[i][4] == '-' : no_times[i][2] == ':';

		is_int(read_token(no_times[i], &v, &why), -EINVAL, "%s is refused", no_times[i]);
		if (begins)
			is_str(why.msg, NO_TIME, "and the message shows a good one");
		else
			ok(strstr(why.msg, "expected a value, found"), "and the message shows it: %s", why.msg);
		is_int(v.type, TOML_TABLE, "the value is as before");
	}
}

static void test_refused(void)
{
	static const struct {
		const char *text, *msg;
	} rows[] = {
		{"9223372036854775808", NO_INT},
		{"-9223372036854775809", NO_INT},
		{"99999999999999999999999999", NO_INT},
		{"0x8000000000000000", "expected an integer of at most 63 bits"},
		{"0o1000000000000000000000", "expected an integer of at most 63 bits"},
		{"0x", "expected digits of base 16 behind 0x"},
		{"0o8", "expected digits of base 8 behind 0o"},
		{"0b2", "expected digits of base 2 behind 0b"},
		{"0b", "expected digits of base 2 behind 0b"},
		{"0xfg", "expected digits of base 16 behind 0x"},
		{"0x_f", "expected digits of base 16 behind 0x"},
		{"0xf_", "expected digits of base 16 behind 0x"},
		{"0xf__f", "expected digits of base 16 behind 0x"},
		{"0x-1", "expected digits of base 16 behind 0x"},
		{"-0x1", NO_VALUE("-0x1")},
		{"+0b1", NO_VALUE("+0b1")},
		{"0XF", NO_VALUE("0XF")},
		{"00", "expected a number without leading zeros"},
		{"-01", "expected a number without leading zeros"},
		{"0_1", "expected a number without leading zeros"},
		{"01.5", "expected a number without leading zeros"},
		{"_1", NO_VALUE("_1")},
		{"1_", NO_VALUE("1_")},
		{"1__1", NO_VALUE("1__1")},
		{"1.", NO_VALUE("1.")},
		{"1.e5", NO_VALUE("1.e5")},
		{"1._5", NO_VALUE("1._5")},
		{"1.5_", NO_VALUE("1.5_")},
		{"1.2.3", NO_VALUE("1.2.3")},
		{"1e", NO_VALUE("1e")},
		{"1e+", NO_VALUE("1e+")},
		{"1e1.5", NO_VALUE("1e1.5")},
		{"1e_5", NO_VALUE("1e_5")},
		{"1e5e5", NO_VALUE("1e5e5")},
		{"1f", NO_VALUE("1f")},
		{"--1", NO_VALUE("--1")},
		{"+-1", NO_VALUE("+-1")},
		{"+", NO_VALUE("+")},
		{"-", NO_VALUE("-")},
		{"", NO_VALUE("")},
		{"infinity", NO_VALUE("infinity")},
		{"Inf", NO_VALUE("Inf")},
		{"NaN", NO_VALUE("NaN")},
		{"nan0", NO_VALUE("nan0")},
		{"++inf", NO_VALUE("++inf")},
		{"TRUE", NO_VALUE("TRUE")},
		{"truefalse", NO_VALUE("truefalse")},
		{"yes", NO_VALUE("yes")},
		{"\xd9\xa1", NO_VALUE("\xd9\xa1")},
		{"x\xe2\x80\xaey", NO_VALUE("x\xef\xbf\xbdy")},
	};
	struct toml v;
	struct err why;

	for (size_t i = 0; i < COUNT(rows); i++) {
		is_int(read_token(rows[i].text, &v, &why), -EINVAL, "'%s' is refused", rows[i].text);
		is_str(why.msg, rows[i].msg, "and the message says what was expected");
	}
}

/* A token of any length is shown by its beginning. */
static void test_long_token(void)
{
	char token[4000];
	struct toml v = {.type = TOML_TABLE};
	struct err why;

	memset(token, 'x', sizeof(token) - 1);
	token[sizeof(token) - 1] = '\0';
	is_int(toml_scalar(token, &v, &why), -EINVAL, "a token of 4,000 bytes is refused");
	is_str(why.msg, NO_VALUE("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), "40 characters of it are shown");
	memset(token, '1', sizeof(token) - 1);
	is_int(toml_scalar(token, &v, &why), -EINVAL, "an integer of 4,000 digits is refused");
	is_str(why.msg, NO_INT, "by its size");
	token[1] = '.';
	is_int(toml_scalar(token, &v, &why), 0, "a float of 4,000 digits is read");
	ok(v.type == TOML_FLOAT && v.real > 1.1 && v.real < 1.2, "by its first ones");
}

static void test_booleans(void)
{
	struct toml v;
	struct err why;

	is_int(read_token("true", &v, &why), 0, "true is read");
	ok(v.type == TOML_BOOL && v.boolean, "as true");
	is_int(read_token("false", &v, &why), 0, "false is read");
	ok(v.type == TOML_BOOL && !v.boolean, "as false");
}

static void test_hex_digits(void)
{
	bool good = true;

	for (int c = 0; c < 256; c++) {
		const char *all = "0123456789abcdefABCDEF", *at = c ? strchr(all, c) : NULL;
		int want = !at ? -1 : at - all < 16 ? (int)(at - all) : (int)(at - all) - 6;

		good = good && toml_hex_digit((char)c) == want;
	}
	ok(good, "hexadecimal digits among all bytes");
}

/* --- what stands in quotes --- */

static void test_strings(void)
{
	static const struct {
		const char *text, *want;
		size_t len;
	} rows[] = {
		{"\"\\b\\t\\n\\f\\r\\\"\\\\\"", "\b\t\n\f\r\"\\", 7},
		{"\"\\u0041\\u00e9\\u20AC\"", "A\xc3\xa9\xe2\x82\xac", 6},
		{"\"\\ud7ff\\ue000\\uffff\"", "\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf", 9},
		{"\"\\U0001F600\\U0010FFFF\"", "\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf", 8},
		{"\"a\\u0000b\"", "a\0b", 3},
		{"'\\u0041\\'", "\\u0041\\", 7},
		{"\"\"\"a\\  \n\n\t b\"\"\"", "ab", 2},
		{"\"\"\"\"\"a\"\"\"\"\"", "\"\"a\"\"", 5},
		{"'''''a'''''", "''a''", 5},
		{"\"\"", "", 0},
		{"''''''", "", 0},
	};
	struct toml_error error;
	const struct toml *v;
	struct arena arena;

	arena_init(&arena, 65536);
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (!ok(toml_parse_value(rows[i].text, strlen(rows[i].text), &arena, &v, &error) == 0,
			"string %zu is read", i))
			continue;
		ok(v->type == TOML_STRING && v->string.len == rows[i].len &&
			   memcmp(v->string.text, rows[i].want, rows[i].len + 1) == 0,
		   "as these bytes and a NUL: '%s'", v->string.text);
	}
	arena_done(&arena);
}

static void test_no_strings(void)
{
	static const char letters[] = "expected one of \\b \\t \\n \\f \\r \\\" \\\\ \\uXXXX \\UXXXXXXXX; a plain "
				      "backslash is written \\\\ or in '...'";
	static const struct {
		const char *text, *msg;
		unsigned column;
	} rows[] = {
		{"\"\\uD800\"", "expected the number of a character, found U+D800", 2},
		{"\"\\uDFFF\"", "expected the number of a character, found U+DFFF", 2},
		{"\"\\uD83D\\uDE00\"", "expected the number of a character, found U+D83D", 2},
		{"\"\\U0000DC00\"", "expected the number of a character, found U+DC00", 2},
		{"\"\\U00110000\"", "expected the number of a character, found U+110000", 2},
		{"\"\\UFFFFFFFF\"", "expected the number of a character, found U+FFFFFFFF", 2},
		{"\"\\u004\"", "expected 4 hexadecimal digits behind \\u", 7},
		{"\"\\U0001F60\"", "expected 8 hexadecimal digits behind \\U", 11},
		{"\"\\u00g0\"", "expected 4 hexadecimal digits behind \\u", 6},
		{"\"\\x41\"", letters, 2},
		{"\"\\e\"", letters, 2},
		{"\"\\/\"", letters, 2},
		{"\"\\\n\"", letters, 2},
		{"\"\"\"a\\ b\"\"\"", letters, 5},
		{"\"\\\"", "expected a closing \" before the end of the line", 1},
		{"\"a", "expected a closing \" before the end of the line", 1},
		{"'a\nb'", "expected a closing ' before the end of the line", 1},
		{"\"\"\"a\"\"", "expected a closing \"\"\" before the end of the document", 1},
	};
	const struct toml *v;
	struct arena arena;

	arena_init(&arena, 65536);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct toml_error error = {0};

		is_int(toml_parse_value(rows[i].text, strlen(rows[i].text), &arena, &v, &error), -EINVAL,
		       "string %zu is refused", i);
		is_str(error.msg, rows[i].msg, "and the message says why");
		is_int(error.column, rows[i].column, "and where");
	}
	arena_done(&arena);
}

int main(void)
{
	test_integers();
	test_floats();
	test_locale();
	test_times();
	test_no_times();
	test_refused();
	test_long_token();
	test_booleans();
	test_hex_digits();
	test_strings();
	test_no_strings();
	return tap_done();
}
