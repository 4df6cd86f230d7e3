/* Numbers, words and escapes of JSON. It does not know what document they stand in. */
#include "wire/jsontoken.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/str.h"
#include "base/text.h"

static double scale(double value, int exponent)
{
	/* Progress is written with a few decimals: these need no pow(). */
	static const double tens[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10};

	if (exponent <= 0 && exponent >= -10)
		return value / tens[-exponent];
	if (exponent < -400 || value == 0)
		return 0;
	return exponent > 400 ? INFINITY : value * pow(10, exponent);
}

/* The digits of a number; counts into *exponent where the point is when `fraction`. */
static const char *digits(const char *p, const char *end, bool fraction, uint64_t *mantissa, int *exponent)
{
	for (; p < end && *p >= '0' && *p <= '9'; p++) {
		bool room = *mantissa < UINT64_MAX / 10 - 1;

		if (room)
			*mantissa = *mantissa * 10 + (uint64_t)(*p - '0');
		*exponent += fraction ? (room ? -1 : 0) : (room ? 0 : 1);
	}
	return p;
}

const char *jsontoken_number(const char *p, const char *end, double *value, int *rc)
{
	const char *start = p, *from;
	bool minus = p < end && *p == '-';
	uint64_t mantissa = 0, power = 0;
	int exponent = 0, ignored = 0, sign = 1;

	from = minus ? ++p : p;
	p = digits(p, end, false, &mantissa, &exponent);
	if (p < end && p == from)
		*rc = -EBADMSG;
	if (p < end && *p == '.')
		p = digits(p + 1, end, true, &mantissa, &exponent);
	if (p < end && (*p == 'e' || *p == 'E')) {
		if (++p < end && (*p == '-' || *p == '+'))
			sign = *p++ == '-' ? -1 : 1;
		p = digits(p, end, false, &power, &ignored);
		exponent += sign * (power > 10000 ? 10000 : (int)power);
	}
	if (p < end && (p == start || jsontoken_in_number(*p)))
		*rc = -EBADMSG;
	*value = scale((double)mantissa, exponent);
	if (minus)
		*value = -*value;
	return p < end ? p : NULL;
}

const char *jsontoken_other_truth(const char *p, const char *end, bool *value, int *rc)
{
	static const struct {
		const char *word;
		size_t len;
		bool value;
	} words[] = {{"true", 4, true}, {"false", 5, false}, {"null", 4, false}};
	double n = 0;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (*p != words[i].word[0])
			continue;
		if ((size_t)(end - p) < words[i].len)
			return NULL;
		if (memcmp(p, words[i].word, words[i].len) != 0)
			*rc = -EBADMSG;
		*value = words[i].value;
		return p + words[i].len;
	}
	p = jsontoken_number(p, end, &n, rc);
	*value = n != 0;
	return p;
}

/* An object or array inside a peer, of which we want nothing. */
static const char *skip_container(const char *p, const char *end, int *rc)
{
	int depth = 0;

	for (; p < end; p++) {
		if (*p == '"') {
			p = jsontoken_text(p + 1, end);
			if (!p)
				return NULL;
		} else if (*p == '{' || *p == '[') {
			if (++depth > JSONTOKEN_DEPTH)
				*rc = -EBADMSG;
		} else if (*p == '}' || *p == ']') {
			if (--depth == 0)
				return p + 1;
		}
	}
	return NULL;
}

const char *jsontoken_skip(const char *p, const char *end, int *rc)
{
	bool ignored;

	if (*p == '"') {
		p = jsontoken_text(p + 1, end);
		return p ? p + 1 : NULL;
	}
	if (*p == '{' || *p == '[')
		return skip_container(p, end, rc);
	return jsontoken_truth(p, end, &ignored, rc);
}

/* Four hex digits at p, or -1. */
static long hex4(const char *p, const char *end)
{
	long value = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = str_hex(p[i]);

		if (digit < 0)
			return -1;
		value = value << 4 | digit;
	}
	return value;
}

/* p is behind "\u". Returns how many bytes were read. */
static size_t unicode_escape(const char *p, const char *end, uint32_t *character)
{
	long high = hex4(p, end), low;

	*character = 0xfffd;
	if (high < 0)
		return 0;
	if (high < 0xd800 || high > 0xdfff) {
		*character = (uint32_t)high;
		return 4;
	}
	if (high > 0xdbff || end - p < 10 || p[4] != '\\' || p[5] != 'u')
		return 4;
	low = hex4(p + 6, end);
	if (low < 0xdc00 || low > 0xdfff)
		return 4;
	*character = 0x10000 + ((uint32_t)(high - 0xd800) << 10) + (uint32_t)(low - 0xdc00);
	return 10;
}

size_t jsontoken_unescape(const char *source, size_t source_len, char *text, size_t size)
{
	static const char plain[256] = {['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t'};
	const char *p = source, *end = p + source_len;
	size_t len = 0;

	while (p < end) {
		char bytes[4] = {*p};
		size_t n = 1;
		uint32_t character;

		if (*p++ == '\\' && p < end) {
			char c = *p++;

			if (c == 'u') {
				p += unicode_escape(p, end, &character);
				n = text_encode(character, bytes);
			} else {
				bytes[0] = plain[(unsigned char)c] ? plain[(unsigned char)c] : c;
			}
		}
		if (len + n > size)
			break;
		memcpy(text + len, bytes, n);
		len += n;
	}
	return len;
}
