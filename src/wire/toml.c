/* A parser of TOML 1.0 by recursive descent: keys, headers, values and the tree that they make. It does not know what a
 * document is for, nor where it came from; characters and strings are toml_reader.c's.
 *
 * A value is found by its table and key in one hash index for the whole document. */
#include "wire/toml.h"

#include <errno.h>
#include <string.h>

#include "base/map.h"
#include "wire/toml_reader.h"
#include "wire/toml_scalar.h"

/* Who made a table decides who may still add to it ("Table", "Keys" and "Inline Table" of the specification). */
enum {
	MARK_HEADER = 1, /* by [header] or [[header]]: dotted keys from elsewhere may not add to it */
	MARK_DOTTED = 2, /* by a dotted key: a header may not define it again */
	MARK_CLOSED = 4, /* an inline table or a static array: nothing may add to it */
	MARK_TABLES = 8, /* an array that [[header]] made */
};

struct parser {
	struct toml_reader in;
	struct toml **buckets;
	size_t mask; /* buckets - 1 */
	struct toml *section;
};

struct key {
	size_t at; /* where it begins in the document */
	char *text;
	size_t len;
};

static int parse_value(struct parser *p, struct toml *value);

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
		return toml_fail(&p->in, at, "expected at most %d levels of tables and arrays", TOML_DEPTH);
	v = arena_alloc(p->in.arena, sizeof(*v));
	if (!v)
		return toml_no_memory(&p->in);
	toml_place(&p->in, at, &v->line, &v->column);
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
	char clean[TOML_SHOWN];

	return toml_fail(&p->in, k->at, "expected a new key, but \"%s\" is already defined in line %u",
			 toml_shown(k->text, k->len, clean), old->line);
}

static int not_open(struct parser *p, const struct key *k, const struct toml *old)
{
	char clean[TOML_SHOWN];

	if (old->type == TOML_TABLE || old->type == TOML_ARRAY)
		return toml_fail(&p->in, k->at, "expected a table that is still open, but \"%s\" was closed in line %u",
				 toml_shown(k->text, k->len, clean), old->line);
	return toml_fail(&p->in, k->at, "expected a table, but \"%s\" is %s (line %u)",
			 toml_shown(k->text, k->len, clean), toml_type_name(old->type), old->line);
}

/* --- keys --- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_bare(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

static int parse_key(struct parser *p, struct key *k)
{
	size_t begin = p->in.at;

	k->at = begin;
	if (toml_at_text(&p->in, "\"\"\"") || toml_at_text(&p->in, "'''"))
		return toml_fail(&p->in, begin,
				 "expected a key in one pair of quotes; keys of several lines do not exist");
	if (toml_at_string(&p->in))
		return toml_read_string(&p->in, &k->text, &k->len);
	while (is_bare(toml_peek(&p->in, 0)))
		p->in.at++;
	if (p->in.at == begin)
		return toml_expected(&p->in, "a key");
	k->len = p->in.at - begin;
	k->text = arena_strndup(p->in.arena, p->in.text + begin, k->len);
	return k->text ? 0 : toml_no_memory(&p->in);
}

/* One part of a dotted path: its key, and whether another follows. */
static int parse_part(struct parser *p, struct key *k, bool *another)
{
	int r;

	toml_skip_blanks(&p->in);
	r = parse_key(p, k);
	if (r)
		return r;
	toml_skip_blanks(&p->in);
	*another = toml_take(&p->in, '.');
	return 0;
}

static int find_or_make(struct parser *p, struct toml *table, const struct key *k, struct toml **child)
{
	int r = 0;

	*child = table_find(p, table, k);
	if (!*child) {
		r = table_add(p, table, k, child);
		if (!r)
			(*child)->type = TOML_TABLE;
	}
	return r;
}

/* Into the table of a dotted key, which is made if need be. */
static int dotted_step(struct parser *p, struct toml **table, const struct key *k)
{
	struct toml *child;
	int r = find_or_make(p, *table, k, &child);

	if (r)
		return r;
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
	if (!toml_take(&p->in, '='))
		return toml_expected(&p->in, "'.' or '=' behind the key");
	r = table_add(p, table, &k, &value);
	if (r)
		return r;
	toml_skip_blanks(&p->in);
	return parse_value(p, value);
}

/* --- headers --- */

/* Into a table on the way of a header, which is made if need be. */
static int header_step(struct parser *p, struct toml **table, const struct key *k)
{
	struct toml *child;
	int r = find_or_make(p, *table, k, &child);

	if (r)
		return r;
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
	toml_place(&p->in, k->at, &table->line, &table->column);
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

	p->in.at++;
	element = toml_take(&p->in, '[');
	r = parse_part(p, &k, &another);
	while (!r && another) {
		r = header_step(p, &table, &k);
		if (!r)
			r = parse_part(p, &k, &another);
	}
	if (r)
		return r;
	if (!toml_at_text(&p->in, element ? "]]" : "]"))
		return toml_expected(&p->in, element ? "'.' or ']]' behind the key" : "'.' or ']' behind the key");
	p->in.at += element ? 2 : 1;
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
	size_t begin = p->in.at;
	const char *text = p->in.text + begin;
	struct err why;
	char *token;

	while (is_token(toml_peek(&p->in, 0)))
		p->in.at++;
	/* A date and a time may be parted by a space. */
	if (p->in.at - begin == 10 && text[4] == '-' && toml_peek(&p->in, 0) == ' ' && is_digit(toml_peek(&p->in, 1))) {
		p->in.at++;
		while (is_token(toml_peek(&p->in, 0)))
			p->in.at++;
	}
	if (p->in.at == begin)
		return toml_expected(&p->in, "a value");
	token = arena_strndup(p->in.arena, text, p->in.at - begin);
	if (!token)
		return toml_no_memory(&p->in);
	return toml_scalar(token, value, &why) ? toml_fail(&p->in, begin, "%s", why.msg) : 0;
}

static int parse_array(struct parser *p, struct toml *array)
{
	struct toml *value;
	int r = 0;

	array->type = TOML_ARRAY;
	array->marks = MARK_CLOSED;
	p->in.at++;
	for (;;) {
		toml_skip_lines(&p->in);
		if (toml_take(&p->in, ']'))
			return 0;
		r = list_add(p, array, p->in.at, &value);
		if (!r)
			r = parse_value(p, value);
		if (r)
			return r;
		toml_skip_lines(&p->in);
		if (!toml_take(&p->in, ',') && toml_peek(&p->in, 0) != ']')
			return toml_expected(&p->in, "',' or ']' behind the value");
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
	p->in.at++;
	toml_skip_blanks(&p->in);
	if (toml_take(&p->in, '}'))
		goto done;
	do {
		r = parse_pair(p, table);
		if (r)
			return r;
		toml_skip_blanks(&p->in);
	} while (toml_take(&p->in, ','));
	if (!toml_take(&p->in, '}'))
		return toml_expected(&p->in, "',' or '}' behind the value");
done:
	close_tables(table);
	return 0;
}

static int parse_value(struct parser *p, struct toml *value)
{
	toml_place(&p->in, p->in.at, &value->line, &value->column);
	if (toml_at_string(&p->in)) {
		value->type = TOML_STRING;
		return toml_read_string(&p->in, &value->string.text, &value->string.len);
	}
	if (toml_peek(&p->in, 0) == '[')
		return parse_array(p, value);
	if (toml_peek(&p->in, 0) == '{')
		return parse_inline_table(p, value);
	return parse_token(p, value);
}

/* --- documents --- */

static int parser_init(struct parser *p, const char *text, size_t len, struct arena *a, struct toml_error *error)
{
	size_t buckets = 16;
	int r;

	*p = (struct parser){
		.in = {.text = text, .len = len, .arena = a, .place = {.line = 1, .column = 1}, .error = error}};
	r = toml_check_text(&p->in);
	if (r)
		return r;
	while (buckets < len / 8)
		buckets *= 2;
	p->buckets = arena_alloc(a, buckets * sizeof(*p->buckets));
	p->mask = buckets - 1;
	return p->buckets ? 0 : toml_no_memory(&p->in);
}

static int new_root(struct parser *p, struct toml **root)
{
	*root = arena_alloc(p->in.arena, sizeof(**root));
	if (!*root)
		return toml_no_memory(&p->in);
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
		toml_skip_lines(&p.in);
		if (!toml_more(&p.in)) {
			*root = made;
			return 0;
		}
		r = toml_peek(&p.in, 0) == '[' ? parse_header(&p, made) : parse_pair(&p, p.section);
		if (!r)
			r = toml_end_of_line(&p.in);
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
	toml_skip_blanks(&p.in);
	r = parse_value(&p, made);
	if (r)
		return r;
	toml_skip_lines(&p.in);
	if (toml_more(&p.in))
		return toml_expected(&p.in, "nothing behind the value");
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
