/* Tokens of JSON: numbers against strtod, escapes by hand. */
#include "wire/jsontoken.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "random.h"
#include "tap.h"

static unsigned number_of_text;

static void unescapes(const char *text, const char *want, size_t want_len)
{
	char got[256];
	size_t len = jsontoken_unescape(text, strlen(text), got, sizeof(got));

	ok(len == want_len && memcmp(got, want, len) == 0, "escapes %u: %zu bytes, and those", ++number_of_text,
	   want_len);
}

#define UNESCAPES(text, want) unescapes((text), (want), sizeof(want) - 1)

static void test_escapes(void)
{
	UNESCAPES("", "");
	UNESCAPES("plain \303\251 \377", "plain \303\251 \377");
	UNESCAPES("\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t");
	UNESCAPES("\\u0041\\u00e9\\u4E2D\\uFffe", "A\303\251\344\270\255\357\277\276");
	UNESCAPES("a\\u0000b", "a\0b");
	UNESCAPES("\\ud83d\\ude00", "\360\237\230\200");
	UNESCAPES("\\uD800\\uDC00\\uDBFF\\uDFFF", "\360\220\200\200\364\217\277\277");
	UNESCAPES("\\ud83d", "\357\277\275");
	UNESCAPES("\\ud83dx", "\357\277\275x");
	UNESCAPES("\\ud83d\\n", "\357\277\275\n");
	UNESCAPES("\\ud83d\\u0041", "\357\277\275A");
	UNESCAPES("\\ud83d\\ud83d\\ude00", "\357\277\275\360\237\230\200");
	UNESCAPES("\\ude00\\ud83d", "\357\277\275\357\277\275");
	UNESCAPES("\\u", "\357\277\275");
	UNESCAPES("\\u12", "\357\277\27512");
	UNESCAPES("\\u12g4", "\357\277\27512g4");
	UNESCAPES("\\", "\\");
	UNESCAPES("\\x", "x");
	UNESCAPES("\\\356", "\356");
}

static void test_room(void)
{
	char text[8];

	memset(text, '#', sizeof(text));
	is_int(jsontoken_unescape("ab\\u00e9cd", 10, text, 3), 2, "a character is written whole or not at all");
	is_int(text[2], '#', "and nothing behind it");
	is_int(jsontoken_unescape("abc", 3, text, 0), 0, "no room");
}

static void number(const char *text, double want, size_t want_len)
{
	char copy[64];
	double value = 0;
	int rc = 0;
	const char *end;

	snprintf(copy, sizeof(copy), "%s,", text);
	end = jsontoken_number(copy, copy + strlen(copy), &value, &rc);
	ok(rc == 0 && end == copy + want_len && (value == want || fabs(value - want) <= 1e-15 * fabs(want)), "%s is %g",
	   text, value);
}

static void test_numbers(void)
{
	static const char *const wrong[] = {"", "-", "+1", ".5", "1-", "1.2.3", "--1", "e1", "1e5e", "abc"};

	number("0", 0, 1);
	number("-0", 0, 2);
	number("12345", 12345, 5);
	number("-1.5", -1.5, 4);
	number("1E3", 1000, 3);
	number("1e+3", 1000, 4);
	number("25e-1", 2.5, 5);
	number("1e400", INFINITY, 5);
	number("-1e400", -INFINITY, 6);
	number("1e-400", 0, 6);
	number("0e99999999999999999999", 0, 22);
	number("18446744073709551615", 18446744073709551615.0, 20);
	number("184467440737095516150000", 184467440737095516150000.0, 24);
	number("0.00000000000000000000000000001", 1e-29, 31);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char copy[64];
		double value = 0;
		int rc = 0;

		snprintf(copy, sizeof(copy), "%s,", wrong[i]);
		jsontoken_number(copy, copy + strlen(copy), &value, &rc);
		is_int(rc, -EBADMSG, "\"%s\" is no number", wrong[i]);
	}
	for (const char *cut = "-12.5e+10"; *cut; cut++) {
		double value = 0;
		int rc = 0;

		if (*cut != '+' && *cut != '.' && *cut != 'e')
			ok(!jsontoken_number(cut, cut + strlen(cut), &value, &rc) && rc == 0, "%s may go on", cut);
	}
}

static void test_random_numbers(void)
{
	struct random random = {5};
	unsigned wrong = 0;

	for (int i = 0; i < 20000; i++) {
		char text[64];
		double value = 0, want;
		int rc = 0;

		snprintf(text, sizeof(text), i & 1 ? "%s%u.%0*u," : "%s%u.%0*ue-7,", i & 2 ? "-" : "",
			 random_below(&random, 1u << random_below(&random, 31)), (int)random_below(&random, 9) + 1,
			 random_below(&random, 10));
		want = strtod(text, NULL);
		jsontoken_number(text, text + strlen(text), &value, &rc);
		if ((rc || fabs(value - want) > 1e-14 * fabs(want)) && wrong++ == 0)
			printf("# %s is %.17g and not %.17g\n", text, value, want);
	}
	is_int(wrong, 0, "random numbers are what strtod() makes of them");
}

static void test_truth(void)
{
	static const struct {
		const char *text;
		int len; /* of the token; 0: not complete */
		bool value;
		int rc;
	} words[] = {
		{"true,", 4, true, 0}, {"false,", 5, false, 0}, {"null,", 4, false, 0}, {"1,", 1, true, 0},
		{"0,", 1, false, 0}, {"0.0,", 3, false, 0}, {"tru", 0, false, 0}, {"fals", 0, false, 0},
		{"trux,", 4, true, -EBADMSG}, {"Null,", 0, false, -EBADMSG}, {"]", 0, false, -EBADMSG},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		bool value = false;
		int rc = 0;
		const char *text = words[i].text, *end = jsontoken_truth(text, text + strlen(text), &value, &rc);

		is_int(rc, words[i].rc, "%s", text);
		if (rc == 0)
			ok(end == (words[i].len ? text + words[i].len : NULL) && value == words[i].value,
			   "%s: value and end", text);
	}
}

static void test_skip(void)
{
	static const struct {
		const char *text;
		int len;
	} values[] = {
		{"\"a\\\"b\",", 6}, {"\"a", 0}, {"\"a\\", 0}, {"{},", 2}, {"[],", 2}, {"[1,{\"a\":\"]}\"}],", 14},
		{"[1,", 0}, {"{\"]", 0}, {"1.5e3}", 5}, {"null]", 4}, {"[[[[]]]]", 8},
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		const char *text = values[i].text;
		int rc = 0;
		const char *end = jsontoken_skip(text, text + strlen(text), &rc);

		ok(rc == 0 && end == (values[i].len ? text + values[i].len : NULL), "%s is passed over", text);
	}
}

int main(void)
{
	test_escapes();
	test_room();
	test_numbers();
	test_random_numbers();
	test_truth();
	test_skip();
	return tap_done();
}
