/* Reads sizes and ranges. It does not know what they are of. */
#include "swarm/amount.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"

enum { NUMBER_MAX = 24, PREFIXES = 6 };

/* 1000 or 1024 to the power of its prefix; 0 for what is no unit. */
static double unit_of(const char *text)
{
	static const char prefixes[PREFIXES + 1] = " KMGTP";
	double unit = 1;
	const char *rest = text + 1, *prefix;

	if (!*text || strcasecmp(text, "B") == 0)
		return 1;
	prefix = strchr(prefixes + 1, *text >= 'a' ? *text - 'a' + 'A' : *text);
	if (!prefix || !*prefix || (*rest && strcasecmp(rest, "B") != 0 && strcasecmp(rest, "iB") != 0))
		return 0;
	for (const char *p = prefixes; p < prefix; p++)
		unit *= strcasecmp(rest, "iB") == 0 ? 1024 : 1000;
	return unit;
}

int amount_bytes(const char *text, uint64_t *bytes)
{
	size_t digits = strspn(text, "0123456789."), space = strspn(text + digits, " ");
	double unit = unit_of(text + digits + space), value;
	char number[NUMBER_MAX];

	if (unit == 0 || digits == 0 || digits >= sizeof(number))
		return -EINVAL;
	memcpy(number, text, digits);
	number[digits] = '\0';
	if (str_double(number, &value))
		return -EINVAL;
	value *= unit;
	if (value < 1 || value >= 0x1p63)
		return -ERANGE;
	/* A unit was forgotten: there is no half of a byte. */
	if (unit == 1 && strchr(number, '.'))
		return -EINVAL;
	*bytes = (uint64_t)value;
	return 0;
}

/* Up to `len` digits; INT32_MAX for none. */
static int read_end(const char *text, size_t len, int32_t *end)
{
	char number[NUMBER_MAX];
	uint64_t value;

	if (!len) {
		*end = INT32_MAX;
		return 0;
	}
	if (len >= sizeof(number))
		return -EINVAL;
	memcpy(number, text, len);
	number[len] = '\0';
	if (str_u64(number, &value) || value > INT32_MAX)
		return -EINVAL;
	*end = (int32_t)value;
	return 0;
}

int amount_range(const char *text, int32_t *least, int32_t *most)
{
	size_t digits = strcspn(text, "-");
	const char *end = text[digits] ? text + digits + 1 : text;
	int32_t from, to;

	if (!digits || read_end(text, digits, &from) || read_end(end, strlen(end), &to) || to < from)
		return -EINVAL;
	*least = from;
	*most = to;
	return 0;
}
