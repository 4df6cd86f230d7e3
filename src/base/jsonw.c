/* A JSON writer. It checks no structure and does not know where the buffer goes. */
#include "base/jsonw.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"

void jsonw_init(struct jsonw *w, struct buf *out)
{
	*w = (struct jsonw){.out = out};
}

/* The comma before an element that is not the first, unless it is the value of a key. */
static void separate(struct jsonw *w)
{
	bool *some = w->depth > 0 ? &w->some[w->depth - 1] : NULL;

	if (some && *some && !w->after_key)
		buf_putc(w->out, ',');
	if (some)
		*some = true;
	w->after_key = false;
}

static void write_word(struct jsonw *w, const char *word)
{
	separate(w);
	buf_puts(w->out, word);
}

static void open_level(struct jsonw *w, char bracket)
{
	separate(w);
	assert(w->depth < JSONW_DEPTH);
	w->some[w->depth++] = false;
	buf_putc(w->out, bracket);
}

static void close_level(struct jsonw *w, char bracket)
{
	assert(w->depth > 0);
	w->depth--;
	buf_putc(w->out, bracket);
}

void jsonw_object(struct jsonw *w)
{
	open_level(w, '{');
}

void jsonw_object_end(struct jsonw *w)
{
	close_level(w, '}');
}

void jsonw_array(struct jsonw *w)
{
	open_level(w, '[');
}

void jsonw_array_end(struct jsonw *w)
{
	close_level(w, ']');
}

static bool is_plain(char c)
{
	return (unsigned char)c >= ' ' && c != '"' && c != '\\';
}

static void write_escape(struct buf *out, char c)
{
	static const char letters[] = {
		['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't',
	};

	if (letters[(unsigned char)c])
		buf_printf(out, "\\%c", letters[(unsigned char)c]);
	else
		buf_printf(out, "\\u%04x", (unsigned char)c);
}

static void write_quoted(struct buf *out, const char *text)
{
	buf_putc(out, '"');
	while (*text) {
		size_t run = 0;

		while (text[run] && is_plain(text[run]))
			run++;
		buf_add(out, text, run);
		text += run;
		if (*text)
			write_escape(out, *text++);
	}
	buf_putc(out, '"');
}

void jsonw_key(struct jsonw *w, const char *key)
{
	separate(w);
	write_quoted(w->out, key);
	buf_putc(w->out, ':');
	w->after_key = true;
}

void jsonw_text(struct jsonw *w, const char *text)
{
	if (!text) {
		jsonw_null(w);
		return;
	}
	separate(w);
	write_quoted(w->out, text);
}

void jsonw_int(struct jsonw *w, int64_t value)
{
	separate(w);
	buf_printf(w->out, "%lld", (long long)value);
}

void jsonw_double(struct jsonw *w, double value, int decimals)
{
	char text[STR_NUMBER];

	if (!isfinite(value)) {
		jsonw_null(w);
		return;
	}
	str_decimal(value, decimals, text);
	write_word(w, text);
}

void jsonw_bool(struct jsonw *w, bool value)
{
	write_word(w, value ? "true" : "false");
}

void jsonw_null(struct jsonw *w)
{
	write_word(w, "null");
}

void jsonw_time(struct jsonw *w, int64_t wall)
{
	char text[CLOCK_TEXT];

	clock_rfc3339(wall, text);
	jsonw_text(w, text);
}

void jsonw_member_text(struct jsonw *w, const char *key, const char *text)
{
	jsonw_key(w, key);
	jsonw_text(w, *text ? text : NULL);
}

void jsonw_member_int(struct jsonw *w, const char *key, bool known, int64_t value)
{
	jsonw_key(w, key);
	if (known)
		jsonw_int(w, value);
	else
		jsonw_null(w);
}

void jsonw_member_time(struct jsonw *w, const char *key, int64_t wall)
{
	jsonw_key(w, key);
	if (wall)
		jsonw_time(w, wall);
	else
		jsonw_null(w);
}
