/* Reads the values of TOML that have no quotes and no brackets. It does not know where in a document they are. */
#include "wire/toml_scalar.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { SHOWN_COLS = 40, SHOWN = 4 * SHOWN_COLS };

static const char *shown(const char *text, char clean[SHOWN])
{
	text_clean(clean, SHOWN, text, strlen(text), SHOWN_COLS);
	return clean;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int toml_hex_digit(char c)
{
	static const char all[] = "0123456789abcdef";
	const char *digit = c ? strchr(all, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;

	return digit ? (int)(digit - all) : -1;
}

/* --- numbers --- */

static bool is_digit_of(char c, int base)
{
	int digit = toml_hex_digit(c);

	return digit >= 0 && digit < base;
}

/* The digits of a number, single underscores between them allowed. */
static size_t digits(const char *text, int base)
{
	size_t len = 0;

	while (is_digit_of(text[len], base) || (len && text[len] == '_' && is_digit_of(text[len + 1], base)))
		len++;
	return len;
}

static void drop_underscores(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (*text != '_')
			*to++ = *text;
	}
	*to = '\0';
}

static int read_int(const char *token, int base, int64_t *value)
{
	long long number;

	errno = 0;
	number = strtoll(token, NULL, base);
	if (errno)
		return -ERANGE;
	*value = number;
	return 0;
}

/* strtod(3) reads what the user's locale writes; TOML is the same everywhere. */
static double read_float(const char *token)
{
	locale_t c = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
	locale_t old = c ? uselocale(c) : (locale_t)0;
	double value = strtod(token, NULL);

	if (c) {
		uselocale(old);
		freelocale(c);
	}
	return value;
}

/* 0x, 0o, 0b; the token has been told to begin so. */
static int parse_based(char *token, struct toml *value, struct err *why)
{
	int base = token[1] == 'x' ? 16 : token[1] == 'o' ? 8 : 2;
	size_t len = digits(token + 2, base);

	if (!len || token[2 + len])
		return err_set(why, -EINVAL, "expected digits of base %d behind 0%c", base, token[1]);
	drop_underscores(token);
	value->type = TOML_INT;
	if (read_int(token + 2, base, &value->integer))
		return err_set(why, -EINVAL, "expected an integer of at most 63 bits");
	return 0;
}

/* What is behind the integer part of a float: 0 = nothing, SIZE_MAX = not the rest of a float. */
static size_t float_part(const char *text)
{
	size_t at = 0, len;

	if (text[at] == '.') {
		len = digits(text + 1, 10);
		if (!len)
			return SIZE_MAX;
		at += 1 + len;
	}
	if (text[at] == 'e' || text[at] == 'E') {
		at++;
		at += text[at] == '+' || text[at] == '-';
		len = digits(text + at, 10);
		if (!len)
			return SIZE_MAX;
		at += len;
	}
	return text[at] ? SIZE_MAX : at;
}

static int parse_number(char *token, struct toml *value, struct err *why)
{
	char *body = token + (*token == '+' || *token == '-'), clean[SHOWN];
	size_t len = digits(body, 10), rest = len ? float_part(body + len) : SIZE_MAX;

	if (strcmp(body, "inf") == 0 || strcmp(body, "nan") == 0) {
		value->type = TOML_FLOAT;
		value->real = read_float(token);
		return 0;
	}
	if (token == body && token[0] == '0' && token[1] && strchr("xob", token[1]))
		return parse_based(token, value, why);
	if (rest == SIZE_MAX)
		return err_set(why, -EINVAL, "expected a value, found \"%s\"; texts are written in quotes",
			       shown(token, clean));
	if (body[0] == '0' && len > 1)
		return err_set(why, -EINVAL, "expected a number without leading zeros");
	drop_underscores(token);
	value->type = rest ? TOML_FLOAT : TOML_INT;
	if (rest)
		value->real = read_float(token);
	else if (read_int(token, 10, &value->integer))
		return err_set(why, -EINVAL, "expected an integer from -9223372036854775808 to 9223372036854775807");
	return 0;
}

/* --- dates and times --- */

/* Reads by a pattern in which 0 stands for a digit and others for themselves; SIZE_MAX if it is not so. */
static size_t match(const char *text, const char *pattern)
{
	size_t i;

	for (i = 0; pattern[i]; i++) {
		if (pattern[i] == '0' ? !is_digit(text[i]) : text[i] != pattern[i])
			return SIZE_MAX;
	}
	return i;
}

static unsigned two(const char *text)
{
	return (unsigned)(text[0] - '0') * 10 + (unsigned)(text[1] - '0');
}

static bool date_ok(const char *date)
{
	static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	unsigned year = two(date) * 100 + two(date + 2), month = two(date + 5), day = two(date + 8);
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	if (month < 1 || month > 12 || year < 1)
		return false;
	return day >= 1 && day <= days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

/* hh:mm:ss and fraction; its length, SIZE_MAX if it is none. */
static size_t time_part(const char *text)
{
	size_t len = match(text, "00:00:00");

	if (len == SIZE_MAX || two(text) > 23 || two(text + 3) > 59 || two(text + 6) > 59)
		return SIZE_MAX;
	if (text[len] != '.')
		return len;
	if (!is_digit(text[++len]))
		return SIZE_MAX;
	while (is_digit(text[len]))
		len++;
	return len;
}

static bool offset_ok(const char *text)
{
	if (strcmp(text, "Z") == 0 || strcmp(text, "z") == 0 || !*text)
		return true;
	if (*text != '+' && *text != '-')
		return false;
	return match(text + 1, "00:00") == 5 && !text[6] && two(text + 1) <= 23 && two(text + 4) <= 59;
}

/* RFC 3339: date and time with or without offset, date, or time. */
static bool time_ok(const char *text)
{
	size_t len;

	if (match(text, "00:00") != SIZE_MAX) {
		len = time_part(text);
		return len != SIZE_MAX && !text[len];
	}
	if (match(text, "0000-00-00") == SIZE_MAX || !date_ok(text))
		return false;
	if (!text[10])
		return true;
	len = strchr("Tt ", text[10]) ? time_part(text + 11) : SIZE_MAX;
	return len != SIZE_MAX && offset_ok(text + 11 + len);
}

static int parse_time(char *token, struct toml *value, struct err *why)
{
	if (!time_ok(token))
		return err_set(why, -EINVAL, "expected a date or time such as 2026-11-21T07:30:00Z");
	value->type = TOML_TIME;
	value->string.text = token;
	value->string.len = strlen(token);
	return 0;
}

int toml_scalar(char *token, struct toml *value, struct err *why)
{
	if (strcmp(token, "true") == 0 || strcmp(token, "false") == 0) {
		value->type = TOML_BOOL;
		value->boolean = *token == 't';
		return 0;
	}
	if (match(token, "0000-") != SIZE_MAX || match(token, "00:") != SIZE_MAX)
		return parse_time(token, value, why);
	return parse_number(token, value, why);
}
