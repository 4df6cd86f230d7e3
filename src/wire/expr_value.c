/* Numbers, fractions, times and flags as people write them in expressions. It knows no locale: a point is a point. */
#include "wire/expr_value.h"

#include <math.h>
#include <string.h>
#include <strings.h>

struct unit {
	const char *name;
	double factor;
};

/* clang-format off */
static const struct unit multiples[] = {
	{"", 1}, {"k", 1e3}, {"m", 1e6}, {"g", 1e9}, {"t", 1e12}, {"p", 1e15},
	{"ki", 1024.0}, {"mi", 1048576.0}, {"gi", 1073741824.0}, {"ti", 1099511627776.0}, {NULL, 0},
};
/* clang-format on */

static const struct unit times[] = {
	{"", 1}, {"s", 1}, {"m", 60}, {"min", 60}, {"h", 3600}, {"d", 86400}, {"w", 604800}, {NULL, 0},
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Passes digits with an optional point, never what the locale has for one. shifted() divides once for all decimals, so
 * that 33.3% is the same double as 333.0 / 1000. */
static bool take_decimal(const char **at, double *digits, unsigned *decimals)
{
	unsigned count = 0;
	bool point = false;

	*digits = 0;
	*decimals = 0;
	for (; is_digit(**at) || (**at == '.' && !point); ++*at) {
		if (**at == '.') {
			point = true;
			continue;
		}
		*digits = *digits * 10 + (**at - '0');
		*decimals += point;
		count++;
	}
	return count > 0 && count <= 18;
}

/* Multiplied first: the product of whole numbers is exact, and "16.1k" is 16100. */
static double shifted(double digits, unsigned decimals, double factor)
{
	return digits * factor / pow(10, decimals);
}

static const struct unit *unit_named(const struct unit *units, const char *name, size_t len)
{
	for (; units->name; units++)
		if (strlen(units->name) == len && strncasecmp(units->name, name, len) == 0)
			return units;
	return NULL;
}

bool value_number(const char *text, double *value)
{
	double sign = *text == '-' ? -1 : 1, digits;
	const struct unit *unit;
	unsigned decimals;
	size_t len;

	text += *text == '-';
	if (!take_decimal(&text, &digits, &decimals))
		return false;
	len = strlen(text);
	if (len >= 2 && strcasecmp(text + len - 2, "/s") == 0)
		len -= 2;
	if (len >= 1 && (text[len - 1] == 'B' || text[len - 1] == 'b'))
		len--;
	unit = unit_named(multiples, text, len);
	if (!unit)
		return false;
	*value = sign * shifted(digits, decimals, unit->factor);
	return true;
}

bool value_fraction(const char *text, double *value)
{
	double digits, fraction;
	unsigned decimals;
	bool percent;

	if (!take_decimal(&text, &digits, &decimals))
		return false;
	percent = *text == '%';
	fraction = shifted(digits, decimals + (percent ? 2 : 0), 1);
	if (text[percent] != '\0' || (!percent && fraction > 1))
		return false;
	*value = fraction;
	return true;
}

/* Only a lone number may go without a unit: in 1h30 one could mean minutes. */
bool value_time(const char *text, double *value)
{
	const char *start = text;
	double sum = 0;

	do {
		const struct unit *unit;
		bool first = text == start;
		unsigned decimals;
		double digits;
		size_t len;

		if (!take_decimal(&text, &digits, &decimals))
			return false;
		len = strcspn(text, "0123456789.");
		unit = unit_named(times, text, len);
		if (!unit || (len == 0 && !(first && *text == '\0')))
			return false;
		sum += shifted(digits, decimals, unit->factor);
		text += len;
	} while (*text);
	*value = sum;
	return true;
}

bool value_flag(const char *text, double *value)
{
	static const struct unit words[] = {{"yes", 1},	  {"true", 1}, {"1", 1},   {"on", 1}, {"no", 0},
					    {"false", 0}, {"0", 0},    {"off", 0}, {NULL, 0}};
	const struct unit *word = unit_named(words, text, strlen(text));

	if (word)
		*value = word->factor;
	return word != NULL;
}
