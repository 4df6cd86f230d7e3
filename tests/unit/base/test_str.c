/* base/str.c: copies, trimming, numbers from and to text, the nearest name; all again under a locale with commas. */
#include "base/str.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "comma_locale.h"
#include "random.h"
#include "tap.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void test_copy(void)
{
	static const struct {
		const char *from;
		size_t size;
		bool whole;
		const char *want;
	} rows[] = {
		{"abc", 4, true, "abc"}, {"abc", 9, true, "abc"}, {"abc", 3, false, "ab"},
		{"abc", 1, false, ""},   {"", 1, true, ""},       {"né", 4, true, "né"},
		{"né", 3, false, "n"},   {"n€x", 4, false, "n"},  {"n€x", 5, false, "n€"},
		{"😀", 4, false, ""},     {"😀😀", 8, false, "😀"},   {"\x80\x80\x80", 3, false, ""},
	};
	char to[16];

	for (size_t i = 0; i < COUNT(rows); i++) {
		memset(to, '#', sizeof(to));
		is_int(str_copy(to, rows[i].size, rows[i].from), rows[i].whole, "copy %zu: whole", i);
		is_str(to, rows[i].want, "copy %zu", i);
		ok(to[rows[i].size] == '#', "copy %zu: nothing behind", i);
	}
}

static void test_ends(void)
{
	ok(str_starts("http://x", "http://") && !str_starts("htt", "http") && str_starts("x", ""), "starts");
	ok(str_ends("a.torrent", ".torrent") && !str_ends("rent", "torrent") && str_ends("x", ""), "ends");
}

static void test_trim(void)
{
	static const char *const rows[][2] = {
		{"abc", "abc"}, {"  abc\t\r\n", "abc"},     {"a b", "a b"}, {"", ""}, {" \n ", ""},
		{"\v\fx", "x"}, {"\xc2\xa0x", "\xc2\xa0x"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[16];

		str_copy(text, sizeof(text), rows[i][0]);
		is_str(str_trim(text), rows[i][1], "trim %zu", i);
	}
}

static void test_u64(void)
{
	static const struct {
		const char *text;
		int rc;
		uint64_t value;
	} rows[] = {
		{"0", 0, 0},
		{"42", 0, 42},
		{"007", 0, 7},
		{"18446744073709551615", 0, UINT64_MAX},
		{"18446744073709551616", -ERANGE, 0},
		{"99999999999999999999999", -ERANGE, 0},
		{"", -EINVAL, 0},
		{"-1", -EINVAL, 0},
		{"+1", -EINVAL, 0},
		{" 1", -EINVAL, 0},
		{"1 ", -EINVAL, 0},
		{"1x", -EINVAL, 0},
		{"0x10", -EINVAL, 0},
		{"1.0", -EINVAL, 0},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t value = 77;

		is_int(str_u64(rows[i].text, &value), rows[i].rc, "u64 '%s'", rows[i].text);
		ok(value == (rows[i].rc ? 77 : rows[i].value), "u64 '%s': value", rows[i].text);
	}
}

static void test_i64(void)
{
	static const struct {
		const char *text;
		int rc;
		int64_t value;
	} rows[] = {
		{"0", 0, 0},
		{"-0", 0, 0},
		{"+5", 0, 5},
		{"-5", 0, -5},
		{"9223372036854775807", 0, INT64_MAX},
		{"9223372036854775808", -ERANGE, 0},
		{"-9223372036854775808", 0, INT64_MIN},
		{"-9223372036854775809", -ERANGE, 0},
		{"", -EINVAL, 0},
		{"-", -EINVAL, 0},
		{"--1", -EINVAL, 0},
		{"+-1", -EINVAL, 0},
		{"- 1", -EINVAL, 0},
		{"1-", -EINVAL, 0},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t value = 77;

		is_int(str_i64(rows[i].text, &value), rows[i].rc, "i64 '%s'", rows[i].text);
		is_int(value, rows[i].rc ? 77 : rows[i].value, "i64 '%s': value", rows[i].text);
	}
}

static void test_double(void)
{
	static const struct {
		const char *text;
		int rc;
		double value;
	} rows[] = {
		{"0", 0, 0},
		{"30", 0, 30},
		{"0.1", 0, 0.1},
		{"-2.5", 0, -2.5},
		{"+.5", 0, 0.5},
		{"5.", 0, 5},
		{"1e3", 0, 1000},
		{"1.5E-3", 0, 0.0015},
		{"1e+2", 0, 100},
		{"1e308", 0, 1e308},
		{"1e-999", 0, 0},
		{"1e309", -ERANGE, 0},
		{"-1e999", -ERANGE, 0},
		{"", -EINVAL, 0},
		{".", -EINVAL, 0},
		{"-", -EINVAL, 0},
		{"0,1", -EINVAL, 0},
		{"1e", -EINVAL, 0},
		{"1e+", -EINVAL, 0},
		{"e5", -EINVAL, 0},
		{".e5", -EINVAL, 0},
		{"inf", -EINVAL, 0},
		{"nan", -EINVAL, 0},
		{"0x1p3", -EINVAL, 0},
		{" 1", -EINVAL, 0},
		{"1 ", -EINVAL, 0},
		{"1.2.3", -EINVAL, 0},
		{"1'000", -EINVAL, 0},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		double value = 77;

		is_int(str_double(rows[i].text, &value), rows[i].rc, "double '%s'", rows[i].text);
		ok(value == (rows[i].rc ? 77 : rows[i].value), "double '%s': value", rows[i].text);
	}
}

static void test_decimal(void)
{
	static const struct {
		double value;
		int decimals;
		const char *want;
	} rows[] = {
		{0, 2, "0"},
		{-0.0, 2, "0"},
		{1.5, 2, "1.5"},
		{1.25, 2, "1.25"},
		{1.256, 2, "1.26"},
		{100, 2, "100"},
		{100, 0, "100"},
		{-0.001, 2, "0"},
		{-2.5, 1, "-2.5"},
		{51.3, 4, "51.3"},
		{0.1 + 0.2, 6, "0.3"},
		{1e14, 3, "100000000000000"},
		{1e15, 3, "1000000000000000"},
		{1e300, 2, "1.0000000000000001e+300"},
		{-123456789012345.5, 14, "-123456789012345.5"},
		{0.5, 99, "0.5"},
	};
	char text[STR_NUMBER];

	for (size_t i = 0; i < COUNT(rows); i++) {
		str_decimal(rows[i].value, rows[i].decimals, text);
		is_str(text, rows[i].want, "%g with %d decimals", rows[i].value, rows[i].decimals);
	}
	str_decimal(-1.7976931348623157e308, 14, text);
	is_str(text, "-1.7976931348623157e+308", "the longest number fits");
}

static void test_decimal_random(void)
{
	struct random r = {.state = 5};
	char text[STR_NUMBER];
	unsigned wrong = 0;

	for (int i = 0; i < 10000; i++) {
		double value = ((double)random_next(&r) / 1e12 - 9e6) / (1 + random_below(&r, 1000)), back;

		str_decimal(value, 6, text);
		wrong += str_double(text, &back) != 0 || fabs(back - value) > 0.5000001e-6 || strchr(text, ',') != NULL;
	}
	is_int(wrong, 0, "10,000 random numbers come back");
}

static void test_nearest(void)
{
	static const char *const names[] = {"refresh", "remember", "torrents", "url", "username", "password", NULL};
	static const char *const none[] = {NULL};
	static const char *const rows[][2] = {
		{"refresh", "refresh"},         {"refersh", "refresh"},
		{"refrsh", "refresh"},          {"torrent", "torrents"},
		{"user_name", "username"},      {"ulr", "url"},
		{"pasword", "password"},        {"xyzzy", NULL},
		{"completely_different", NULL}, {"r", NULL},
	};
	char longest[300];

	for (size_t i = 0; i < COUNT(rows); i++)
		is_str(str_nearest(rows[i][0], names), rows[i][1], "nearest to '%s'", rows[i][0]);
	is_str(str_nearest("x", none), NULL, "no names");
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	is_str(str_nearest(longest, names), NULL, "a very long text is near nothing");
	is_str(str_nearest("abcd", (const char *const[]){longest, "abce", "abcf", NULL}), "abce",
	       "a very long name is skipped; the first of equals");
}

static void test_count(void)
{
	static const struct {
		uint64_t value;
		const char *want;
	} rows[] = {
		{0, "0"},
		{7, "7"},
		{999, "999"},
		{1000, "1,000"},
		{1204, "1,204"},
		{12345, "12,345"},
		{999999, "999,999"},
		{1000000, "1,000,000"},
		{UINT64_MAX, "18,446,744,073,709,551,615"},
	};
	char text[STR_NUMBER];

	for (size_t i = 0; i < COUNT(rows); i++) {
		str_count(rows[i].value, text);
		is_str(text, rows[i].want, "count %s", rows[i].want);
	}
}

static void test_bytes(void)
{
	static const struct {
		double bytes;
		const char *want;
	} rows[] = {
		{0, "0 B"},
		{1, "1 B"},
		{0.4, "0 B"},
		{999, "999 B"},
		{999.4, "999 B"},
		{999.5, "1.0 kB"},
		{1000, "1.0 kB"},
		{1049, "1.0 kB"},
		{1050, "1.1 kB"},
		{9940, "9.9 kB"},
		{9960, "10 kB"},
		{12345, "12 kB"},
		{410000, "410 kB"},
		{999499, "999 kB"},
		{999500, "1.0 MB"},
		{1234567, "1.2 MB"},
		{1e9, "1.0 GB"},
		{2.5e12, "2.5 TB"},
		{1e15, "1.0 PB"},
		{42e15, "42 PB"},
		{999e15, "999 PB"},
		{1e18, "999 PB"},
		{1e300, "999 PB"},
		{-5, "0 B"},
		{(double)INFINITY, "999 PB"},
		{(double)NAN, "0 B"},
	};
	char text[STR_NUMBER];

	for (size_t i = 0; i < COUNT(rows); i++) {
		str_bytes(rows[i].bytes, text);
		is_str(text, rows[i].want, "bytes %g", rows[i].bytes);
	}
}

static void test_numbers(void)
{
	test_u64();
	test_i64();
	test_double();
	test_decimal();
	test_decimal_random();
	test_count();
	test_bytes();
}

int main(void)
{
	char text[STR_NUMBER];

	test_copy();
	test_ends();
	test_trim();
	test_nearest();
	test_numbers();
	if (!comma_locale()) {
		ok(true, "numbers under it_IT # SKIP no such locale, and localedef cannot make one");
		return tap_done();
	}
	snprintf(text, sizeof(text), "%.1f", 1.5);
	is_str(text, "1,5", "printf writes commas now");
	test_numbers();
	return tap_done();
}
