/* Helpers for C strings and for numbers as text. Nothing here depends on the locale. */
#include "base/str.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_NAME = 63 }; /* for str_nearest() */

bool str_copy(char *to, size_t size, const char *from)
{
	size_t len = strnlen(from, size);
	bool whole = len < size;

	if (!whole) {
		len = size - 1;
		for (int back = 0; back < 3 && len > 0 && (from[len] & 0xc0) == 0x80; back++)
			len--;
	}
	memmove(to, from, len);
	to[len] = '\0';
	return whole;
}

bool str_starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *text, const char *suffix)
{
	size_t len = strlen(text), tail = strlen(suffix);

	return len >= tail && memcmp(text + len - tail, suffix, tail) == 0;
}

char *str_trim(char *text)
{
	static const char space[] = " \t\n\v\f\r";
	size_t len;

	text += strspn(text, space);
	len = strlen(text);
	while (len > 0 && strchr(space, text[len - 1]))
		len--;
	text[len] = '\0';
	return text;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int str_u64(const char *text, uint64_t *value)
{
	uint64_t sum = 0;

	if (text[0] == '\0' || text[strspn(text, "0123456789")] != '\0')
		return -EINVAL;
	for (; *text; text++) {
		uint64_t digit = (uint64_t)(*text - '0');

		if (sum > (UINT64_MAX - digit) / 10)
			return -ERANGE;
		sum = sum * 10 + digit;
	}
	*value = sum;
	return 0;
}

int str_i64(const char *text, int64_t *value)
{
	bool negative = text[0] == '-';
	uint64_t size;
	int rc = str_u64(text + (negative || text[0] == '+'), &size);

	if (rc)
		return rc;
	if (size > (uint64_t)INT64_MAX + negative)
		return -ERANGE;
	*value = (int64_t)(negative ? 0 - size : size);
	return 0;
}

static const char *skip_digits(const char *p)
{
	while (is_digit(*p))
		p++;
	return p;
}

/* [+-] digits [. digits] [e [+-] digits], with a digit before or behind the point. */
static bool is_decimal(const char *p)
{
	const char *start;

	p += *p == '+' || *p == '-';
	start = p;
	p = skip_digits(p);
	if (*p == '.')
		p = skip_digits(p + 1);
	if (!is_digit(*start) && p - start < 2)
		return false;
	if (*p != 'e' && *p != 'E')
		return *p == '\0';
	p++;
	p += *p == '+' || *p == '-';
	return is_digit(*p) && *skip_digits(p) == '\0';
}

int str_double(const char *text, double *value)
{
	locale_t c, old;
	double read;

	if (!is_decimal(text))
		return -EINVAL;
	c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	if (!c)
		return -errno;
	old = uselocale(c);
	read = strtod(text, NULL);
	uselocale(old);
	freelocale(c);
	if (isinf(read))
		return -ERANGE;
	*value = read;
	return 0;
}

void str_decimal(double value, int decimals, char text[STR_NUMBER])
{
	locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	locale_t old = c ? uselocale(c) : (locale_t)0;
	char *end;

	if (decimals > STR_DECIMALS)
		decimals = STR_DECIMALS;
	snprintf(text, STR_NUMBER, fabs(value) < 1e15 ? "%.*f" : "%.*g", fabs(value) < 1e15 ? decimals : 17, value);
	if (c) {
		uselocale(old);
		freelocale(c);
	}
	if (strchr(text, '.') && !strchr(text, 'e')) {
		end = text + strlen(text);
		while (end[-1] == '0')
			*--end = '\0';
		if (end[-1] == '.')
			*--end = '\0';
	}
	if (strcmp(text, "-0") == 0)
		str_copy(text, STR_NUMBER, "0");
}

/* One row further in the table of Levenshtein distances: the prefixes of `name` against one more letter of `text`. */
static void next_row(unsigned *row, const char *name, size_t len, char letter)
{
	unsigned corner = row[0]++;

	for (size_t i = 1; i <= len; i++) {
		unsigned best = corner + (name[i - 1] != letter);

		corner = row[i];
		if (row[i] + 1 < best)
			best = row[i] + 1;
		if (row[i - 1] + 1 < best)
			best = row[i - 1] + 1;
		row[i] = best;
	}
}

static unsigned distance(const char *text, const char *name)
{
	unsigned row[LONGEST_NAME + 1];
	size_t len = strlen(name);

	if (len > LONGEST_NAME)
		return UINT32_MAX;
	for (size_t i = 0; i <= len; i++)
		row[i] = (unsigned)i;
	for (; *text; text++)
		next_row(row, name, len, *text);
	return row[len];
}

const char *str_nearest(const char *text, const char *const *names)
{
	size_t len = strnlen(text, LONGEST_NAME + 1);
	unsigned best = (unsigned)len / 3 + 2;
	const char *nearest = NULL;

	if (len > LONGEST_NAME)
		return NULL;
	for (; *names; names++) {
		unsigned d = distance(text, *names);

		if (d < best) {
			best = d;
			nearest = *names;
		}
	}
	return nearest;
}

void str_count(uint64_t value, char text[STR_NUMBER])
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);
	char *to = text;

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
}

void str_bytes(double bytes, char text[STR_NUMBER])
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
	double figure = bytes > 0 ? bytes : 0; /* NaN too */
	unsigned unit = 0, tenths;

	for (; figure >= 999.5 && unit < 5; unit++)
		figure /= 1000;
	if (figure > 999)
		figure = 999;
	tenths = (unsigned)(figure * 10 + 0.5);
	if (unit > 0 && tenths < 100)
		snprintf(text, STR_NUMBER, "%u.%u %s", tenths / 10, tenths % 10, units[unit]);
	else
		snprintf(text, STR_NUMBER, "%u %s", (unsigned)(figure + 0.5), units[unit]);
}

int str_hex(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	digit |= 0x20;
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}
