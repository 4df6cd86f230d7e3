/* Tokens of JSON (RFC 8259) in a text that may end before they do. Each function takes [p, end) and returns what is
 * behind the token, or NULL when the token is not complete. No memory, no locale. */
#ifndef WIRE_JSONTOKEN_H
#define WIRE_JSONTOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { JSONTOKEN_DEPTH = 64 }; /* containers within each other that are passed over */

/* Never NULL: white space has no end of its own. */
static inline const char *jsontoken_blank(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r'))
		p++;
	return p;
}

/* A string: p is behind its opening quote; returns the closing one, not what is behind it. */
static inline const char *jsontoken_text(const char *p, const char *end)
{
	for (; p < end; p++) {
		if (*p == '"')
			return p;
		if (*p == '\\' && ++p == end)
			return NULL;
	}
	return NULL;
}

/* May this character stand in a number? */
static inline bool jsontoken_in_number(char c)
{
	return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/* A number of any size and form. *rc becomes -EBADMSG when it is none, else it is left alone. */
const char *jsontoken_number(const char *p, const char *end, double *value, int *rc);
/* null (false), the rest of a word that is cut, or, as old servers write, a number (false if 0). p < end. */
const char *jsontoken_other_truth(const char *p, const char *end, bool *value, int *rc);

/* true, false, or one of the above. p < end. */
static inline const char *jsontoken_truth(const char *p, const char *end, bool *value, int *rc)
{
	bool room = end - p >= 5;

	if (room && memcmp(p, "false", 5) == 0) {
		*value = false;
		return p + 5;
	}
	if (room && memcmp(p, "true", 4) == 0) {
		*value = true;
		return p + 4;
	}
	return jsontoken_other_truth(p, end, value, rc);
}

/* Any value. p < end. */
const char *jsontoken_skip(const char *p, const char *end, int *rc);

/* Undoes the escapes of a string (RFC 8259 section 7); a lone surrogate becomes U+FFFD. Writes at most `size` bytes,
 * no NUL, and returns how many. Does not validate UTF-8: that is text_clean()'s business. */
size_t jsontoken_unescape(const char *source, size_t source_len, char *text, size_t size);

#endif
