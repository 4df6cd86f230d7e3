/* A parser of TOML 1.0 by recursive descent. It does not know what a document is for, nor where it came from.
 *
 * The whole text is first proved to be UTF-8 without forbidden control characters, so that nothing behind has to look
 * for them. A value is found by its table and key in one hash index for the whole document. */
#include "wire/toml.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/map.h"
#include "base/text.h"
#include "wire/toml_scalar.h"

enum { SHOWN_COLS = 40, SHOWN = 4 * SHOWN_COLS };

/* Who made a table decides who may still add to it ("Table", "Keys" and "Inline Table" of the specification). */
enum {
	MARK_HEADER = 1, /* by [header] or [[header]]: dotted keys from elsewhere may not add to it */
	MARK_DOTTED = 2, /* by a dotted key: a header may not define it again */
	MARK_CLOSED = 4, /* an inline table or a static array: nothing may add to it */
	MARK_TABLES = 8, /* an array that [[header]] made */
};

struct parser {
	const char *text;
	size_t len;
	size_t at; /* the next byte */
	struct arena *arena;
	struct toml **buckets;
	size_t mask; /* buckets - 1 */
	struct toml *section;
	struct {
		size_t at;
		unsigned line, column;
	} place; /* the last one that was asked for: places are asked for in order, nearly */
	struct toml_error *error;
};

struct key {
	size_t at; /* where it begins in the document */
	char *text;
	size_t len;
};

static int parse_value(struct parser *p, struct toml *value);

/* --- places and errors --- */

static void place_of(struct parser *p, size_t at, unsigned *line, unsigned *column)
{
	if (at < p->place.at) {
		p->place.at = 0;
		p->place.line = p->place.column = 1;
	}
	for (; p->place.at < at; p->place.at++) {
		unsigned char c = (unsigned char)p->text[p->place.at];

		if (c == '\n') {
			p->place.line++;
			p->place.column = 1;
		} else if ((c & 0xc0) != 0x80) {
			p->place.column++;
		}
	}
	*line = p->place.line;
	*column = p->place.column;
}

__attribute__((format(printf, 3, 4))) static int fail(struct parser *p, size_t at, const char *format, ...)
{
	va_list args;

	place_of(p, at, &p->error->line, &p->error->column);
	va_start(args, format);
	vsnprintf(p->error->msg, sizeof(p->error->msg), format, args);
	va_end(args);
	return -EINVAL;
}

static int no_memory(struct parser *p)
{
	fail(p, p->at, "the document holds too many values");
	return -ENOMEM;
}

static const char *shown(const char *text, size_t len, char clean[SHOWN])
{
	text_clean(clean, SHOWN, text, len, SHOWN_COLS);
	return clean;
}

/* What stands at the next byte, for "expected ..., found ...". */
static const char *found(struct parser *p, char clean[SHOWN])
{
	uint32_t character;
	char one[8];
	size_t len;

	if (p->at >= p->len)
		return "the end of the document";
	if (p->text[p->at] == '\n' || p->text[p->at] == '\r')
		return "the end of the line";
	len = text_decode(p->text + p->at, p->len - p->at, &character);
	text_clean(one, sizeof(one), p->text + p->at, len, 2);
	snprintf(clean, SHOWN, "'%s'", one);
	return clean;
}

static int expected(struct parser *p, const char *what)
{
	char clean[SHOWN];

	return fail(p, p->at, "expected %s, found %s", what, found(p, clean));
}

/* --- characters --- */

static bool more(const struct parser *p)
{
	return p->at < p->len;
}

/* The byte `ahead` of the next one, 0 behind the end (a NUL is in no document that gets here). */
static char peek(const struct parser *p, size_t ahead)
{
	return ahead < p->len - p->at ? p->text[p->at + ahead] : '\0';
}

static bool take(struct parser *p, char c)
{
	if (peek(p, 0) != c)
		return false;
	p->at++;
	return true;
}

static bool at_text(const struct parser *p, const char *text)
{
	size_t len = strlen(text);

	return len <= p->len - p->at && memcmp(p->text + p->at, text, len) == 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_bare(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

static void skip_blanks(struct parser *p)
{
	while (peek(p, 0) == ' ' || peek(p, 0) == '\t')
		p->at++;
}

static bool take_newline(struct parser *p)
{
	if (peek(p, 0) == '\r' && peek(p, 1) == '\n')
		p->at++;
	return take(p, '\n');
}

static void skip_comment(struct parser *p)
{
	const char *end;

	if (peek(p, 0) != '#')
		return;
	end = memchr(p->text + p->at, '\n', p->len - p->at);
	p->at = end ? (size_t)(end - p->text) : p->len;
}

static int end_of_line(struct parser *p)
{
	skip_blanks(p);
	skip_comment(p);
	if (more(p) && !take_newline(p))
		return expected(p, "the end of the line");
	return 0;
}

/* White space, comments and newlines, as between the values of an array. */
static void skip_lines(struct parser *p)
{
	do {
		skip_blanks(p);
		skip_comment(p);
	} while (take_newline(p));
}

static int check_character(struct parser *p, size_t at, size_t *len)
{
	uint32_t c;

	*len = text_decode(p->text + at, p->len - at, &c);
	if (c == 0xfffd && *len != 3)
		return fail(p, at, "expected UTF-8 text, found the byte 0x%02x", (unsigned char)p->text[at]);
	if (c == '\r' && at + 1 < p->len && p->text[at + 1] == '\n')
		return 0;
	if ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7f)
		return fail(p, at, "expected text, found the control character U+%04X", (unsigned)c);
	return 0;
}

static int check_text(struct parser *p)
{
	size_t at = 0, len;
	int r;

	if (p->len > TOML_MAX) {
		fail(p, 0, "expected at most %d bytes, found %zu", TOML_MAX, p->len);
		return -EFBIG;
	}
	for (; at < p->len; at += len) {
		r = check_character(p, at, &len);
		if (r)
			return r;
	}
	if (at_text(p, "\xef\xbb\xbf"))
		return fail(p, 0, "expected a key or a table, found a byte order mark; save the file without one");
	return 0;
}

/* --- strings --- */

/* What kind of string begins here. */
struct quote {
	const char *mark; /* what ends it */
	bool basic;       /* with escapes */
	bool lines;
};

static const struct quote *quote_here(const struct parser *p)
{
	static const struct quote quotes[] = {
		{"\"\"\"", true, true},
		{"'''", false, true},
		{"\"", true, false},
		{"'", false, false},
	};

	for (size_t i = 0; i < sizeof(quotes) / sizeof(quotes[0]); i++) {
		if (at_text(p, quotes[i].mark))
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

/* \uXXXX and \UXXXXXXXX; p->at is behind the letter. */
static int parse_unicode(struct parser *p, size_t digits, char **to)
{
	size_t begin = p->at - 2;
	uint32_t character = 0;

	for (size_t i = 0; i < digits; i++) {
		int digit = toml_hex_digit(peek(p, 0));

		if (digit < 0)
			return fail(p, p->at, "expected %zu hexadecimal digits behind \\%c", digits,
				    digits == 4 ? 'u' : 'U');
		character = character << 4 | (uint32_t)digit;
		p->at++;
	}
	if (character > 0x10ffff || (character >= 0xd800 && character <= 0xdfff))
		return fail(p, begin, "expected the number of a character, found U+%04X", (unsigned)character);
	put_character(character, to);
	return 0;
}

/* A backslash at the end of a line takes all white space up to the next character away. */
static bool skip_continuation(struct parser *p)
{
	size_t begin = p->at;

	skip_blanks(p);
	if (!take_newline(p)) {
		p->at = begin;
		return false;
	}
	do
		skip_blanks(p);
	while (take_newline(p));
	return true;
}

/* p->at is behind the backslash. */
static int parse_escape(struct parser *p, bool lines, char **to)
{
	static const char letters[] = "btnfr\"\\", meanings[] = "\b\t\n\f\r\"\\";
	char c = peek(p, 0);
	const char *letter = c ? strchr(letters, c) : NULL;

	if (lines && skip_continuation(p))
		return 0;
	if (!letter && c != 'u' && c != 'U')
		return fail(p, p->at - 1,
			    "expected one of \\b \\t \\n \\f \\r \\\" \\\\ \\uXXXX \\UXXXXXXXX; "
			    "a plain backslash is written \\\\ or in '...'");
	p->at++;
	if (!letter)
		return parse_unicode(p, c == 'u' ? 4 : 8, to);
	*(*to)++ = meanings[letter - letters];
	return 0;
}

/* How far the string reaches at most: what it becomes is never longer. */
static size_t string_end(const struct parser *p, const struct quote *q)
{
	size_t mark = strlen(q->mark), at = p->at;

	for (; at < p->len; at++) {
		if (p->len - at >= mark && memcmp(p->text + at, q->mark, mark) == 0)
			return at;
		if (p->text[at] == '\n' && !q->lines)
			break;
		if (p->text[at] == '\\' && q->basic)
			at++;
	}
	return SIZE_MAX;
}

/* Copies up to `end`, with escapes read and CR LF turned into LF. */
static int copy_string(struct parser *p, const struct quote *q, size_t end, char **to)
{
	while (p->at < end) {
		char c = p->text[p->at++];
		int r;

		if (c == '\r')
			continue; /* proved to stand before a LF */
		if (c != '\\' || !q->basic) {
			*(*to)++ = c;
			continue;
		}
		r = parse_escape(p, q->lines, to);
		if (r)
			return r;
	}
	return 0;
}

static int parse_string(struct parser *p, char **text, size_t *len)
{
	const struct quote *q = quote_here(p);
	size_t begin = p->at, end;
	char *copy, *to;
	int r;

	p->at += strlen(q->mark);
	if (q->lines)
		take_newline(p);
	end = string_end(p, q);
	if (end == SIZE_MAX)
		return fail(p, begin, "expected a closing %s %s", q->mark,
			    q->lines ? "before the end of the document" : "before the end of the line");
	/* One or two quotes may stand before the three that end it. */
	for (int i = 0; i < 2 && q->lines && end + 3 < p->len && p->text[end + 3] == q->mark[0]; i++)
		end++;
	copy = to = arena_alloc(p->arena, end - p->at + 1);
	if (!copy)
		return no_memory(p);
	r = copy_string(p, q, end, &to);
	if (r)
		return r;
	p->at += strlen(q->mark);
	*text = copy;
	*len = (size_t)(to - copy);
	return 0;
}

/* --- the tree --- */

static struct toml **bucket(const struct parser *p, const struct toml *table, const char *key, size_t len)
{
	const uint64_t seed[2] = {(uintptr_t)table, 0};

	return &p->buckets[siphash13(seed, key, len) & p->mask];
}

static struct toml *table_find(const struct parser *p, const struct toml *table, const struct key *k)
{
	struct toml *v = *bucket(p, table, k->text, k->len);

	for (; v; v = v->chain) {
		if (v->parent == table && v->key_len == k->len && memcmp(v->key, k->text, k->len) == 0)
			return v;
	}
	return NULL;
}

/* A new value at the end of a table or an array. */
static int list_add(struct parser *p, struct toml *list, size_t at, struct toml **added)
{
	struct toml *v;

	if (list->depth >= TOML_DEPTH)
		return fail(p, at, "expected at most %d levels of tables and arrays", TOML_DEPTH);
	v = arena_alloc(p->arena, sizeof(*v));
	if (!v)
		return no_memory(p);
	place_of(p, at, &v->line, &v->column);
	v->parent = list;
	v->depth = list->depth + 1;
	*(list->list.last ? &list->list.last->next : &list->list.first) = v;
	list->list.last = v;
	list->list.count++;
	*added = v;
	return 0;
}

static int table_add(struct parser *p, struct toml *table, const struct key *k, struct toml **added)
{
	struct toml **chain = bucket(p, table, k->text, k->len), *v;
	int r = list_add(p, table, k->at, &v);

	if (r)
		return r;
	v->key = k->text;
	v->key_len = k->len;
	v->key_line = v->line;
	v->key_column = v->column;
	v->chain = *chain;
	*chain = v;
	*added = v;
	return 0;
}

static int taken(struct parser *p, const struct key *k, const struct toml *old)
{
	char clean[SHOWN];

	return fail(p, k->at, "expected a new key, but \"%s\" is already defined in line %u",
		    shown(k->text, k->len, clean), old->line);
}

static int not_open(struct parser *p, const struct key *k, const struct toml *old)
{
	char clean[SHOWN];

	if (old->type == TOML_TABLE || old->type == TOML_ARRAY)
		return fail(p, k->at, "expected a table that is still open, but \"%s\" was closed in line %u",
			    shown(k->text, k->len, clean), old->line);
	return fail(p, k->at, "expected a table, but \"%s\" is %s (line %u)", shown(k->text, k->len, clean),
		    toml_type_name(old->type), old->line);
}

/* --- keys --- */

static int parse_key(struct parser *p, struct key *k)
{
	size_t begin = p->at;

	k->at = begin;
	if (at_text(p, "\"\"\"") || at_text(p, "'''"))
		return fail(p, begin, "expected a key in one pair of quotes; keys of several lines do not exist");
	if (quote_here(p))
		return parse_string(p, &k->text, &k->len);
	while (is_bare(peek(p, 0)))
		p->at++;
	if (p->at == begin)
		return expected(p, "a key");
	k->len = p->at - begin;
	k->text = arena_strndup(p->arena, p->text + begin, k->len);
	return k->text ? 0 : no_memory(p);
}

/* One part of a dotted path: its key, and whether another follows. */
static int parse_part(struct parser *p, struct key *k, bool *another)
{
	int r;

	skip_blanks(p);
	r = parse_key(p, k);
	if (r)
		return r;
	skip_blanks(p);
	*another = take(p, '.');
	return 0;
}

/* Into the table of a dotted key, which is made if need be. */
static int dotted_step(struct parser *p, struct toml **table, const struct key *k)
{
	struct toml *child = table_find(p, *table, k);
	int r;

	if (!child) {
		r = table_add(p, *table, k, &child);
		if (r)
			return r;
		child->type = TOML_TABLE;
	}
	if (child->type != TOML_TABLE || child->marks & (MARK_HEADER | MARK_CLOSED))
		return not_open(p, k, child);
	child->marks |= MARK_DOTTED;
	*table = child;
	return 0;
}

/* key = value, into `table` */
static int parse_pair(struct parser *p, struct toml *table)
{
	struct toml *value;
	struct key k;
	bool another;
	int r = parse_part(p, &k, &another);

	while (!r && another) {
		r = dotted_step(p, &table, &k);
		if (!r)
			r = parse_part(p, &k, &another);
	}
	if (r)
		return r;
	value = table_find(p, table, &k);
	if (value)
		return taken(p, &k, value);
	if (!take(p, '='))
		return expected(p, "'.' or '=' behind the key");
	r = table_add(p, table, &k, &value);
	if (r)
		return r;
	skip_blanks(p);
	return parse_value(p, value);
}

/* --- headers --- */

/* Into a table on the way of a header, which is made if need be. */
static int header_step(struct parser *p, struct toml **table, const struct key *k)
{
	struct toml *child = table_find(p, *table, k);
	int r;

	if (!child) {
		r = table_add(p, *table, k, &child);
		if (r)
			return r;
		child->type = TOML_TABLE;
	}
	if (child->marks & MARK_TABLES)
		child = child->list.last;
	if (child->type != TOML_TABLE || child->marks & MARK_CLOSED)
		return not_open(p, k, child);
	*table = child;
	return 0;
}

static int define_table(struct parser *p, struct toml *parent, const struct key *k)
{
	struct toml *table = table_find(p, parent, k);
	int r;

	if (!table) {
		r = table_add(p, parent, k, &table);
		if (r)
			return r;
		table->type = TOML_TABLE;
	} else if (table->type != TOML_TABLE || table->marks) {
		return taken(p, k, table);
	}
	table->marks |= MARK_HEADER;
	place_of(p, k->at, &table->line, &table->column);
	p->section = table;
	return 0;
}

static int define_element(struct parser *p, struct toml *parent, const struct key *k)
{
	struct toml *array = table_find(p, parent, k), *table;
	int r = 0;

	if (!array) {
		r = table_add(p, parent, k, &array);
		if (r)
			return r;
		array->type = TOML_ARRAY;
		array->marks = MARK_TABLES;
	} else if (!(array->marks & MARK_TABLES)) {
		return taken(p, k, array);
	}
	r = list_add(p, array, k->at, &table);
	if (r)
		return r;
	table->type = TOML_TABLE;
	table->marks = MARK_HEADER;
	p->section = table;
	return 0;
}

/* [a.b] or [[a.b]] */
static int parse_header(struct parser *p, struct toml *root)
{
	struct toml *table = root;
	struct key k;
	bool another, element;
	int r;

	p->at++;
	element = take(p, '[');
	r = parse_part(p, &k, &another);
	while (!r && another) {
		r = header_step(p, &table, &k);
		if (!r)
			r = parse_part(p, &k, &another);
	}
	if (r)
		return r;
	if (!at_text(p, element ? "]]" : "]"))
		return expected(p, element ? "'.' or ']]' behind the key" : "'.' or ']' behind the key");
	p->at += element ? 2 : 1;
	return element ? define_element(p, table, &k) : define_table(p, table, &k);
}

/* --- values --- */

static bool is_token(char c)
{
	return is_bare(c) || c == '+' || c == '.' || c == ':';
}

/* Booleans, numbers, times. */
static int parse_token(struct parser *p, struct toml *value)
{
	size_t begin = p->at;
	const char *text = p->text + begin;
	struct err why;
	char *token;

	while (is_token(peek(p, 0)))
		p->at++;
	/* A date and a time may be parted by a space. */
	if (p->at - begin == 10 && text[4] == '-' && peek(p, 0) == ' ' && is_digit(peek(p, 1))) {
		p->at++;
		while (is_token(peek(p, 0)))
			p->at++;
	}
	if (p->at == begin)
		return expected(p, "a value");
	token = arena_strndup(p->arena, text, p->at - begin);
	if (!token)
		return no_memory(p);
	return toml_scalar(token, value, &why) ? fail(p, begin, "%s", why.msg) : 0;
}

static int parse_array(struct parser *p, struct toml *array)
{
	struct toml *value;
	int r = 0;

	array->type = TOML_ARRAY;
	array->marks = MARK_CLOSED;
	p->at++;
	for (;;) {
		skip_lines(p);
		if (take(p, ']'))
			return 0;
		r = list_add(p, array, p->at, &value);
		if (!r)
			r = parse_value(p, value);
		if (r)
			return r;
		skip_lines(p);
		if (!take(p, ',') && peek(p, 0) != ']')
			return expected(p, "',' or ']' behind the value");
	}
}

static void close_tables(struct toml *table)
{
	table->marks |= MARK_CLOSED;
	for (struct toml *v = table->list.first; v; v = v->next) {
		if (v->type == TOML_TABLE)
			close_tables(v);
	}
}

/* One line, no comma at the end: TOML 1.0. */
static int parse_inline_table(struct parser *p, struct toml *table)
{
	int r;

	table->type = TOML_TABLE;
	p->at++;
	skip_blanks(p);
	if (take(p, '}'))
		goto done;
	do {
		r = parse_pair(p, table);
		if (r)
			return r;
		skip_blanks(p);
	} while (take(p, ','));
	if (!take(p, '}'))
		return expected(p, "',' or '}' behind the value");
done:
	close_tables(table);
	return 0;
}

static int parse_value(struct parser *p, struct toml *value)
{
	place_of(p, p->at, &value->line, &value->column);
	if (quote_here(p)) {
		value->type = TOML_STRING;
		return parse_string(p, &value->string.text, &value->string.len);
	}
	if (peek(p, 0) == '[')
		return parse_array(p, value);
	if (peek(p, 0) == '{')
		return parse_inline_table(p, value);
	return parse_token(p, value);
}

/* --- documents --- */

static int parser_init(struct parser *p, const char *text, size_t len, struct arena *a, struct toml_error *error)
{
	size_t buckets = 16;
	int r;

	*p = (struct parser){.text = text, .len = len, .arena = a, .place = {.line = 1, .column = 1}, .error = error};
	r = check_text(p);
	if (r)
		return r;
	while (buckets < len / 8)
		buckets *= 2;
	p->buckets = arena_alloc(a, buckets * sizeof(*p->buckets));
	p->mask = buckets - 1;
	return p->buckets ? 0 : no_memory(p);
}

static int new_root(struct parser *p, struct toml **root)
{
	*root = arena_alloc(p->arena, sizeof(**root));
	if (!*root)
		return no_memory(p);
	(*root)->type = TOML_TABLE;
	(*root)->marks = MARK_HEADER;
	(*root)->line = (*root)->column = 1;
	p->section = *root;
	return 0;
}

int toml_parse(const char *text, size_t len, struct arena *a, const struct toml **root, struct toml_error *error)
{
	struct toml *made = NULL;
	struct parser p;
	int r = parser_init(&p, text, len, a, error);

	if (!r)
		r = new_root(&p, &made);
	while (!r) {
		skip_lines(&p);
		if (!more(&p)) {
			*root = made;
			return 0;
		}
		r = peek(&p, 0) == '[' ? parse_header(&p, made) : parse_pair(&p, p.section);
		if (!r)
			r = end_of_line(&p);
	}
	return r;
}

int toml_parse_value(const char *text, size_t len, struct arena *a, const struct toml **value, struct toml_error *error)
{
	struct toml *made = NULL;
	struct parser p;
	int r = parser_init(&p, text, len, a, error);

	if (!r)
		r = new_root(&p, &made);
	if (r)
		return r;
	skip_blanks(&p);
	r = parse_value(&p, made);
	if (r)
		return r;
	skip_lines(&p);
	if (more(&p))
		return expected(&p, "nothing behind the value");
	*value = made;
	return 0;
}

const struct toml *toml_get(const struct toml *table, const char *key)
{
	size_t len = strlen(key);

	for (const struct toml *v = table->list.first; v; v = v->next) {
		if (v->key_len == len && memcmp(v->key, key, len) == 0)
			return v;
	}
	return NULL;
}

const char *toml_type_name(enum toml_type type)
{
	static const char *const names[] = {
		[TOML_STRING] = "a string", [TOML_INT] = "an integer",      [TOML_FLOAT] = "a number with a point",
		[TOML_BOOL] = "a boolean",  [TOML_TIME] = "a date or time", [TOML_ARRAY] = "an array",
		[TOML_TABLE] = "a table",
	};

	return names[type];
}
