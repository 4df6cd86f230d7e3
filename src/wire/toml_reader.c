/* The characters of a TOML document: where we are, what is wrong there, blanks, comments and strings. It knows no keys
 * and no values.
 *
 * The whole text is first proved to be UTF-8 without forbidden control characters (toml_check_text()), so that nothing
 * behind has to look for them. */
#include "wire/toml_reader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "wire/toml_scalar.h"

/* --- places and errors --- */

void toml_place(struct toml_reader *r, size_t at, unsigned *line, unsigned *column)
{
	if (at < r->place.at) {
		r->place.at = 0;
		r->place.line = r->place.column = 1;
	}
	for (; r->place.at < at; r->place.at++) {
		unsigned char c = (unsigned char)r->text[r->place.at];

		if (c == '\n') {
			r->place.line++;
			r->place.column = 1;
		} else if ((c & 0xc0) != 0x80) {
			r->place.column++;
		}
	}
	*line = r->place.line;
	*column = r->place.column;
}

int toml_fail(struct toml_reader *r, size_t at, const char *format, ...)
{
	va_list args;

	toml_place(r, at, &r->error->line, &r->error->column);
	va_start(args, format);
	vsnprintf(r->error->msg, sizeof(r->error->msg), format, args);
	va_end(args);
	return -EINVAL;
}

int toml_no_memory(struct toml_reader *r)
{
	toml_fail(r, r->at, "the document holds too many values");
	return -ENOMEM;
}

const char *toml_shown(const char *text, size_t len, char clean[TOML_SHOWN])
{
	text_clean(clean, TOML_SHOWN, text, len, TOML_SHOWN_COLS);
	return clean;
}

/* What stands at the next byte, for "expected ..., found ...". */
static const char *found(struct toml_reader *r, char clean[TOML_SHOWN])
{
	uint32_t character;
	char one[8];
	size_t len;

	if (r->at >= r->len)
		return "the end of the document";
	if (r->text[r->at] == '\n' || r->text[r->at] == '\r')
		return "the end of the line";
	len = text_decode(r->text + r->at, r->len - r->at, &character);
	text_clean(one, sizeof(one), r->text + r->at, len, 2);
	snprintf(clean, TOML_SHOWN, "'%s'", one);
	return clean;
}

int toml_expected(struct toml_reader *r, const char *what)
{
	char clean[TOML_SHOWN];

	return toml_fail(r, r->at, "expected %s, found %s", what, found(r, clean));
}

/* --- characters --- */

bool toml_more(const struct toml_reader *r)
{
	return r->at < r->len;
}

/* The byte `ahead` of the next one, 0 behind the end (a NUL is in no document that gets here). */
char toml_peek(const struct toml_reader *r, size_t ahead)
{
	return ahead < r->len - r->at ? r->text[r->at + ahead] : '\0';
}

bool toml_take(struct toml_reader *r, char c)
{
	if (toml_peek(r, 0) != c)
		return false;
	r->at++;
	return true;
}

bool toml_at_text(const struct toml_reader *r, const char *text)
{
	size_t len = strlen(text);

	return len <= r->len - r->at && memcmp(r->text + r->at, text, len) == 0;
}

void toml_skip_blanks(struct toml_reader *r)
{
	while (toml_peek(r, 0) == ' ' || toml_peek(r, 0) == '\t')
		r->at++;
}

static bool take_newline(struct toml_reader *r)
{
	if (toml_peek(r, 0) == '\r' && toml_peek(r, 1) == '\n')
		r->at++;
	return toml_take(r, '\n');
}

static void skip_comment(struct toml_reader *r)
{
	const char *end;

	if (toml_peek(r, 0) != '#')
		return;
	end = memchr(r->text + r->at, '\n', r->len - r->at);
	r->at = end ? (size_t)(end - r->text) : r->len;
}

int toml_end_of_line(struct toml_reader *r)
{
	toml_skip_blanks(r);
	skip_comment(r);
	if (toml_more(r) && !take_newline(r))
		return toml_expected(r, "the end of the line");
	return 0;
}

/* White space, comments and newlines, as between the values of an array. */
void toml_skip_lines(struct toml_reader *r)
{
	do {
		toml_skip_blanks(r);
		skip_comment(r);
	} while (take_newline(r));
}

static int check_character(struct toml_reader *r, size_t at, size_t *len)
{
	uint32_t c;

	*len = text_decode(r->text + at, r->len - at, &c);
	if (c == 0xfffd && *len != 3)
		return toml_fail(r, at, "expected UTF-8 text, found the byte 0x%02x", (unsigned char)r->text[at]);
	if (c == '\r' && at + 1 < r->len && r->text[at + 1] == '\n')
		return 0;
	if ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7f)
		return toml_fail(r, at, "expected text, found the control character U+%04X", (unsigned)c);
	return 0;
}

int toml_check_text(struct toml_reader *r)
{
	size_t at = 0, len;
	int rc;

	if (r->len > TOML_MAX) {
		toml_fail(r, 0, "expected at most %d bytes, found %zu", TOML_MAX, r->len);
		return -EFBIG;
	}
	for (; at < r->len; at += len) {
		rc = check_character(r, at, &len);
		if (rc)
			return rc;
	}
	if (toml_at_text(r, "\xef\xbb\xbf"))
		return toml_fail(r, 0, "expected a key or a table, found a byte order mark; save the file without one");
	return 0;
}

/* --- strings --- */

/* What kind of string begins here. */
struct quote {
	const char *mark; /* what ends it */
	bool basic;       /* with escapes */
	bool lines;
};

static const struct quote *quote_here(const struct toml_reader *r)
{
	static const struct quote quotes[] = {
		{"\"\"\"", true, true},
		{"'''", false, true},
		{"\"", true, false},
		{"'", false, false},
	};

	for (size_t i = 0; i < sizeof(quotes) / sizeof(quotes[0]); i++) {
		if (toml_at_text(r, quotes[i].mark))
			return &quotes[i];
	}
	return NULL;
}

static void put_character(uint32_t character, char **to)
{
	char bytes[4];
	size_t len = text_encode(character, bytes);

	memcpy(*to, bytes, len);
	*to += len;
}

/* \uXXXX and \UXXXXXXXX; r->at is behind the letter. */
static int parse_unicode(struct toml_reader *r, size_t digits, char **to)
{
	size_t begin = r->at - 2;
	uint32_t character = 0;

	for (size_t i = 0; i < digits; i++) {
		int digit = toml_hex_digit(toml_peek(r, 0));

		if (digit < 0)
			return toml_fail(r, r->at, "expected %zu hexadecimal digits behind \\%c", digits,
					 digits == 4 ? 'u' : 'U');
		character = character << 4 | (uint32_t)digit;
		r->at++;
	}
	if (character > 0x10ffff || (character >= 0xd800 && character <= 0xdfff))
		return toml_fail(r, begin, "expected the number of a character, found U+%04X", (unsigned)character);
	put_character(character, to);
	return 0;
}

/* A backslash at the end of a line takes all white space up to the next character away. */
static bool skip_continuation(struct toml_reader *r)
{
	size_t begin = r->at;

	toml_skip_blanks(r);
	if (!take_newline(r)) {
		r->at = begin;
		return false;
	}
	do
		toml_skip_blanks(r);
	while (take_newline(r));
	return true;
}

/* r->at is behind the backslash. */
static int parse_escape(struct toml_reader *r, bool lines, char **to)
{
	static const char letters[] = "btnfr\"\\", meanings[] = "\b\t\n\f\r\"\\";
	char c = toml_peek(r, 0);
	const char *letter = c ? strchr(letters, c) : NULL;

	if (lines && skip_continuation(r))
		return 0;
	if (!letter && c != 'u' && c != 'U')
		return toml_fail(r, r->at - 1,
				 "expected one of \\b \\t \\n \\f \\r \\\" \\\\ \\uXXXX \\UXXXXXXXX; "
				 "a plain backslash is written \\\\ or in '...'");
	r->at++;
	if (!letter)
		return parse_unicode(r, c == 'u' ? 4 : 8, to);
	*(*to)++ = meanings[letter - letters];
	return 0;
}

/* How far the string reaches at most: what it becomes is never longer. */
static size_t string_end(const struct toml_reader *r, const struct quote *q)
{
	size_t mark = strlen(q->mark), at = r->at;

	for (; at < r->len; at++) {
		if (r->len - at >= mark && memcmp(r->text + at, q->mark, mark) == 0)
			return at;
		if (r->text[at] == '\n' && !q->lines)
			break;
		if (r->text[at] == '\\' && q->basic)
			at++;
	}
	return SIZE_MAX;
}

/* Copies up to `end`, with escapes read and CR LF turned into LF. */
static int copy_string(struct toml_reader *r, const struct quote *q, size_t end, char **to)
{
	while (r->at < end) {
		char c = r->text[r->at++];
		int rc;

		if (c == '\r')
			continue; /* proved to stand before a LF */
		if (c != '\\' || !q->basic) {
			*(*to)++ = c;
			continue;
		}
		rc = parse_escape(r, q->lines, to);
		if (rc)
			return rc;
	}
	return 0;
}

bool toml_at_string(const struct toml_reader *r)
{
	return quote_here(r);
}

int toml_read_string(struct toml_reader *r, char **text, size_t *len)
{
	const struct quote *q = quote_here(r);
	size_t begin = r->at, end;
	char *copy, *to;
	int rc;

	r->at += strlen(q->mark);
	if (q->lines)
		take_newline(r);
	end = string_end(r, q);
	if (end == SIZE_MAX)
		return toml_fail(r, begin, "expected a closing %s %s", q->mark,
				 q->lines ? "before the end of the document" : "before the end of the line");
	/* One or two quotes may stand before the three that end it. */
	for (int i = 0; i < 2 && q->lines && end + 3 < r->len && r->text[end + 3] == q->mark[0]; i++)
		end++;
	copy = to = arena_alloc(r->arena, end - r->at + 1);
	if (!copy)
		return toml_no_memory(r);
	rc = copy_string(r, q, end, &to);
	if (rc)
		return rc;
	r->at += strlen(q->mark);
	*text = copy;
	*len = (size_t)(to - copy);
	return 0;
}
