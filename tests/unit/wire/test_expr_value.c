/* wire/expr_value.c: numbers, fractions, times and flags as people write them, to the edge of what is one. */
#include "wire/expr_value.h"

#include <math.h>
#include <stdio.h>

#include "comma_locale.h"
#include "tap.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

typedef bool reader(const char *text, double *value);

struct row {
	const char *text;
	double want;
};

static void check_rows(reader *read, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		double value = NAN;

		ok(read(rows[i].text, &value), "'%s' is read", rows[i].text);
		if (!ok(value >= rows[i].want && value <= rows[i].want, "as %.17g", rows[i].want))
			printf("# got %.17g\n", value);
	}
}

static void check_refused(reader *read, const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		double value = 4711;

		ok(!read(texts[i], &value), "'%s' is refused", texts[i]);
		ok(value > 4710 && value < 4712, "and the value is as before");
	}
}

static void test_numbers(void)
{
	static const struct row rows[] = {
		{"0", 0},          {"00", 0},          {"-0", 0},
		{"-1", -1},        {"-1.5k", -1500},   {".5", 0.5},
		{"-.5", -0.5},     {"5.", 5},          {"5.k", 5000},
		{"1.1k", 1100},    {"16.1k", 16100},   {"32.3k", 32300},
		{"1.005k", 1005},  {"0.1", 0.1},      {"1k", 1e3},
		{"1K", 1e3},       {"1M", 1e6},        {"1g", 1e9},
		{"1T", 1e12},      {"1P", 1e15},       {"1Ki", 1024},
		{"1kI", 1024},     {"1Mi", 1048576},   {"1Gi", 1073741824},
		{"1Ti", 1099511627776}, {"1B", 1},     {"1b/s", 1},
		{"1/s", 1},        {"1/S", 1},         {"2kB/s", 2000},
		{"2KIB/S", 2048},  {"1.5MB", 1.5e6},   {"0.5Ki", 512},
		{"900000000000000000", 9e17},
		{"0.00000000000000001", 1e-17},
		{"000000000000000001", 1},
		{"900000000000000000T", 9e29},
	};
	static const char *const refused[] = {
		"",      " ",     "-",      ".",     "-.",   "k",     "B",    "/s",    "B/s",   "+1",  "--1",
		"- 1",   " 1",    "1 ",     "1 k",   "1e3",  "1E3",   "0x1f", "1,5",   "1,000", "1_0", "1.2.3",
		"1..2",  "inf",   "-inf",   "nan",   "5%",   "10kk",  "10ik", "10Pi",  "10Bk",  "10BB", "10/sB",
		"10/s/s", "10kB/h", "10s",  "1-1",   "\xd9\xa1", "1\xc2\xa0", "1000000000000000000",
		"0.000000000000000001", "0000000000000000001",
	};

	check_rows(value_number, rows, COUNT(rows));
	check_refused(value_number, refused, COUNT(refused));
}

static void test_fractions(void)
{
	static const struct row rows[] = {
		{"0", 0},        {"0%", 0},           {"1", 1},         {"1.0", 1},      {"1.", 1},
		{"0.5", 0.5},    {".5", 0.5},         {"50%", 0.5},     {"100%", 1},     {"33.3%", 333.0 / 1000},
		{"0.1%", 0.001}, {".5%", 0.005},      {"5.%", 0.05},    {"250%", 2.5},   {"0.333", 0.333},
		{"1.000000", 1}, {"100.0000%", 1},    {"7%", 0.07},     {"29%", 0.29},   {"57%", 0.57},
	};
	static const char *const refused[] = {
		"",     "%",   ".",    ".%",  "1.0001", "2",    "50",   "-0",  "-1%",  "+5%",
		"50%%", "50 %", " 50%", "50% ", "5k",   "5k%",  "1e-2", "nan", "1/2",  "0,5",
		"%50",  "0.5.5", "1000000000000000000%",
	};

	check_rows(value_fraction, rows, COUNT(rows));
	check_refused(value_fraction, refused, COUNT(refused));
}

/* What is shown is a number of thousandths, 7 or 0.7 %: each must be found by what was written. */
static void test_every_thousandth(void)
{
	int found = 0;

	for (int i = 0; i <= 1000; i++) {
		char percent[16], plain[16];
		double a = -1, b = -1, want = (double)i / 1000;

		snprintf(percent, sizeof(percent), "%d.%d%%", i / 10, i % 10);
		snprintf(plain, sizeof(plain), "%d.%03d", i / 1000, i % 1000);
		found += value_fraction(percent, &a) && a >= want && a <= want && value_fraction(plain, &b) &&
			 b >= want && b <= want;
	}
	is_int(found, 1001, "0.0%% to 100.0%%, and 0.000 to 1.000, are exactly their thousandths");
}

static void test_times(void)
{
	static const struct row rows[] = {
		{"0", 0},         {"90", 90},        {"90s", 90},       {"5m", 300},     {"5min", 300},
		{"5MIN", 300},    {"2h", 7200},      {"1d", 86400},     {"1w", 604800},  {"1h30m", 5400},
		{"1H30M15S", 5415}, {"1w2d", 777600}, {"1.5h", 5400},   {"0.5d", 43200}, {".5m", 30},
		{"1.5", 1.5},     {"30m1h", 5400},   {"1m1m", 120},     {"1m0s", 60},    {"2.m", 120},
		{"0.1s", 0.1},    {"1000w", 604800000},
	};
	static const char *const refused[] = {
		"",      "m",    "s5",   "1h30",  "1h 30m", "1 h", " 1h",  "1h ",   "5y",  "5mo", "5ms", "-5m",
		"+5m",   "1h-5m", "1h.", "5m.",   "1.2.3",  "1..", "1:30", "00:05", "1e3", "inf", "nan", "5m,",
		"1,5h",  "1h1",  "5minm", "50%",  "1000000000000000000s", "1h1000000000000000000s",
	};

	check_rows(value_time, rows, COUNT(rows));
	check_refused(value_time, refused, COUNT(refused));
}

static void test_flags(void)
{
	static const struct row rows[] = {
		{"yes", 1}, {"YES", 1}, {"true", 1}, {"True", 1}, {"1", 1}, {"on", 1},
		{"no", 0},  {"No", 0},  {"false", 0}, {"0", 0},   {"off", 0}, {"OFF", 0},
	};
	static const char *const refused[] = {
		"", " ", "y", "n", "yess", "ye", " yes", "yes ", "2", "-1", "00", "01", "1.0", "offf", "t",
	};

	check_rows(value_flag, rows, COUNT(rows));
	check_refused(value_flag, refused, COUNT(refused));
}

/* The text is foreign and may be long; what is not its end is never read. */
static void test_long(void)
{
	char text[1025];
	double value = 4711;

	memset(text, '9', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ok(!value_number(text, &value) && !value_fraction(text, &value) && !value_time(text, &value), "1,024 digits");
	memset(text, 'k', sizeof(text) - 1);
	text[0] = '1';
	ok(!value_number(text, &value) && !value_time(text, &value) && !value_flag(text, &value), "1,023 units");
	for (size_t i = 0; i + 1 < sizeof(text); i += 2)
		memcpy(text + i, "1w", 2);
	ok(value_time(text, &value), "512 weeks, one by one");
	ok(value > 512 * 604800.0 - 1 && value < 512 * 604800.0 + 1, "are 512 weeks");
}

static void test_locale(void)
{
	double value = 0;

	if (!comma_locale()) {
		ok(true, "# SKIP no locale with a decimal comma");
		return;
	}
	ok(value_number("1.5", &value) && value > 1.4 && value < 1.6, "where a comma is the point, 1.5 is the same");
	ok(!value_number("1,5", &value) && !value_fraction("0,5", &value) && !value_time("1,5h", &value),
	   "and a comma is none");
}

int main(void)
{
	test_numbers();
	test_fractions();
	test_every_thousandth();
	test_times();
	test_flags();
	test_long();
	test_locale();
	return tap_done();
}
