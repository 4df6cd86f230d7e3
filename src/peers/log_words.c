/* Finds by its format which of our sentences a line is, and says it with the same values in the user's language, as
 * share/page/words.js does for a page. It does not know who has written the line. */
#include "peers/log_words.h"

#include <stdbool.h>
#include <string.h>

#include "base/str.h"
#include "base/words.h"

enum {
	PARTS = 8,     /* values of a sentence */
	DEPTH = 3,     /* sentences in each other */
	STEPS = 20000, /* to try one sentence: a hostile name may nearly fit in many ways */
	SAID = 1024,
};

static const char *const formats[] = {
#include "log_formats.h"
};

/* Values that are sentences of ours: format, which one. */
static const struct {
	const char *format;
	unsigned part;
} nested[] = {
#include "log_nested.h"
};

struct part {
	const char *at;
	size_t len;
};

/* ---- which one it is ---- */

/* Behind the conversion that begins here; with *at: the number of the value it names, "%2$s", from 0. */
static const char *pass_conversion(const char *format, unsigned *at)
{
	size_t digits = strspn(++format, "0123456789");

	if (digits == 1 && format[digits] == '$' && *format != '0') {
		*at = (unsigned)(*format - '1');
		format += digits + 1;
	}
	format += strspn(format, "-+ #0123456789.*");
	format += strspn(format, "hlzjt");
	return *format ? format + 1 : format;
}

static bool fits(char c, bool text)
{
	return c && (text || strchr("-0123456789.", c));
}

static bool match(const char *format, const char *line, struct part *parts, unsigned count, unsigned *steps)
{
	const char *rest;
	unsigned at = 0;
	bool text;

	for (; *format && *format != '%' && *format == *line; format++)
		line++;
	if (*format != '%')
		return !*format && !*line;
	if (format[1] == '%')
		return *line == '%' && match(format + 2, line + 1, parts, count, steps);
	rest = pass_conversion(format, &at);
	text = rest[-1] == 's';
	for (size_t len = 0; count < PARTS && *steps; len++) {
		--*steps;
		parts[count] = (struct part){line, len};
		if ((len || text) && match(rest, line + len, parts, count + 1, steps))
			return true;
		if (!fits(line[len], text))
			break;
	}
	return false;
}

/* ---- how it is said ---- */

static void say(const char *english, char *said, size_t size, unsigned depth);

static bool is_nested(const char *format, unsigned part)
{
	for (size_t i = 0; i < sizeof(nested) / sizeof(nested[0]); i++)
		if (nested[i].part == part && strcmp(nested[i].format, format) == 0)
			return true;
	return false;
}

struct out {
	char *text;
	size_t size, len;
};

static void add(struct out *out, const char *text, size_t len)
{
	size_t room = out->size - 1 - out->len;

	len = len < room ? len : room;
	memcpy(out->text + out->len, text, len);
	out->len += len;
	out->text[out->len] = '\0';
}

static void add_part(struct out *out, const char *format, unsigned at, struct part part, unsigned depth)
{
	char english[SAID], said[SAID];

	if (part.len >= sizeof(english) || !is_nested(format, at)) {
		add(out, part.at, part.len);
		return;
	}
	memcpy(english, part.at, part.len);
	english[part.len] = '\0';
	say(english, said, sizeof(said), depth + 1);
	add(out, said, strlen(said));
}

/* A translation may order its values anew. */
static void fill(struct out *out, const char *format, const struct part parts[PARTS], unsigned depth)
{
	unsigned next = 0;

	for (const char *at = words(format); *at;) {
		size_t plain = strcspn(at, "%");
		unsigned which = next;

		add(out, at, plain);
		at += plain;
		if (!*at)
			break;
		if (at[1] == '%') {
			add(out, at, 1);
			at += 2;
			continue;
		}
		at = pass_conversion(at, &which);
		next++;
		if (which < PARTS)
			add_part(out, format, which, parts[which], depth);
	}
}

static void say(const char *english, char *said, size_t size, unsigned depth)
{
	struct out out = {said, size, 0};
	const char *whole = words(english);

	str_copy(said, size, whole);
	if (strcmp(whole, english) != 0 || depth >= DEPTH)
		return;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct part parts[PARTS] = {{NULL, 0}};
		unsigned steps = STEPS;

		if (!match(formats[i], english, parts, 0, &steps))
			continue;
		fill(&out, formats[i], parts, depth);
		return;
	}
}

void log_words(const char *english, char *said, size_t size)
{
	say(english, said, size, 0);
}
