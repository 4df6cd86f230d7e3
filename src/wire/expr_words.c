/* The words of an expression, for the grammar of expr.c: what stands at a place, and which field of the schema it
 * names. Where a text is wrong it says so, with the column. It knows no field, nor how words are joined. */
#include "wire/expr_private.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/text.h"
#include "base/words.h"

/* Longer ones first. */
static const struct expr_comparison comparisons[] = {
	{"!=", UNEQUAL}, {"!~", LACKS}, {">=", GREATER | EQUAL}, {"<=", LESS | EQUAL}, {"==", EQUAL},
	{"=", EQUAL},	 {"~", HAS},	{">", GREATER},		 {"<", LESS},
};

/* ---- mistakes ---------------------------------------------------------------------------------------------------- */

static unsigned column_of(const struct expr_parser *p, const char *at)
{
	unsigned column = 1;

	for (const char *c = p->start; c < at; c++)
		column += ((unsigned char)*c & 0xc0) != 0x80;
	return column;
}

int expr_mistake(struct expr_parser *p, const char *at, const char *format, ...)
{
	unsigned column = column_of(p, at);
	char what[400];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), words(format), args);
	va_end(args);
	if (p->column)
		*p->column = column;
	return err_set(p->err, -EINVAL, _("column %u: %s"), column, what);
}

int expr_no_memory(struct expr_parser *p)
{
	return err_set(p->err, -ENOMEM, "no memory left for this expression");
}

struct expr_shown expr_show(struct expr_word word)
{
	struct expr_shown shown = {""};

	text_clean(shown.text, sizeof(shown.text), word.at, word.len, EXPR_SHOWN_COLS);
	return shown;
}

/* ---- words ------------------------------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

void expr_skip_blanks(struct expr_parser *p)
{
	while (is_blank(*p->at))
		p->at++;
}

const struct expr_comparison *expr_comparison_at(const char *at)
{
	for (size_t i = 0; i < sizeof(comparisons) / sizeof(comparisons[0]); i++)
		if (str_starts(at, comparisons[i].spelling))
			return &comparisons[i];
	return NULL;
}

static bool ends_word(const char *at)
{
	return *at == '\0' || is_blank(*at) || strchr("()|&", *at) || expr_comparison_at(at);
}

struct expr_word expr_word_at(const char *at)
{
	struct expr_word word = {at, 0};

	while (!ends_word(at + word.len))
		word.len++;
	return word;
}

bool expr_word_is(struct expr_word word, const char *text)
{
	return strlen(text) == word.len && strncasecmp(word.at, text, word.len) == 0;
}

bool expr_is_quote(char c)
{
	return c == '\'' || c == '"';
}

int expr_read_quoted(struct expr_parser *p, const char **text)
{
	const char *end = strchr(p->at + 1, *p->at);

	if (!end)
		return expr_mistake(p, p->at, N_("this quote is not closed"));
	*text = arena_strndup(p->arena, p->at + 1, (size_t)(end - p->at - 1));
	p->at = end + 1;
	return *text ? 0 : expr_no_memory(p);
}

int expr_read_text(struct expr_parser *p, const char *after, const char **text)
{
	struct expr_word word;

	expr_skip_blanks(p);
	if (expr_is_quote(*p->at))
		return expr_read_quoted(p, text);
	word = expr_word_at(p->at);
	if (word.len == 0)
		return expr_mistake(p, p->at, N_("a value is missing after '%s'"), after);
	*text = arena_strndup(p->arena, word.at, word.len);
	p->at += word.len;
	return *text ? 0 : expr_no_memory(p);
}

/* ---- fields ------------------------------------------------------------------------------------------------------ */

struct expr_spelling expr_spell(const struct expr_field *field)
{
	struct expr_spelling spelling;

	snprintf(spelling.text, sizeof(spelling.text), "%s%s%s%s", field->name, field->takes_argument ? "('...')" : "",
		 field->member ? "." : "", field->member ? field->member : "");
	return spelling;
}

/* Small letters and '-'; "?", which is nobody's name, if it is empty or longer than any name. */
static void normalise(char name[EXPR_NAME_TEXT], struct expr_word word)
{
	size_t len = word.len;

	if (len == 0 || len >= EXPR_NAME_TEXT) {
		str_copy(name, EXPR_NAME_TEXT, "?");
		return;
	}
	for (size_t i = 0; i < len; i++) {
		char c = word.at[i];

		name[i] = (char)(c == '_' ? '-' : c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	}
	name[len] = '\0';
}

static bool any_takes_argument(const struct expr_schema *schema, const char *name)
{
	for (size_t i = 0; i < schema->count; i++)
		if (schema->fields[i].takes_argument && strcmp(schema->fields[i].name, name) == 0)
			return true;
	return false;
}

static bool is_named(const struct expr_field *field, const struct expr_reference *ref)
{
	const char *member = field->member ? field->member : "";

	return field->takes_argument == (ref->argument != NULL) && strcmp(field->name, ref->name) == 0 &&
	       strcmp(member, ref->member) == 0;
}

const struct expr_field *expr_find_field(const struct expr_schema *schema, const struct expr_reference *ref)
{
	for (size_t i = 0; i < schema->count; i++)
		if (is_named(&schema->fields[i], ref))
			return &schema->fields[i];
	return NULL;
}

/* The other ways to write this name, "a, b, c"; false if there is none. */
static bool list_forms(const struct expr_schema *schema, const char *name, char *list, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < schema->count && used < size; i++)
		if (strcmp(schema->fields[i].name, name) == 0)
			used += (size_t)snprintf(list + used, size - used, "%s%s", used ? ", " : "",
						 expr_spell(&schema->fields[i]).text);
	return used > 0;
}

int expr_no_such_field(struct expr_parser *p, const struct expr_reference *ref)
{
	const struct expr_schema *schema = p->schema;
	const char *names[EXPR_FIELDS_MAX + 1] = {NULL}, *nearest;
	char forms[200];

	if (list_forms(schema, ref->name, forms, sizeof(forms)))
		return expr_mistake(p, ref->word.at, N_("'%s' is written %s here"), ref->name, forms);
	for (size_t i = 0; i < schema->count && i < EXPR_FIELDS_MAX; i++)
		names[i] = schema->fields[i].name;
	nearest = str_nearest(ref->name, names);
	if (nearest)
		return expr_mistake(p, ref->word.at, N_("no field '%s' here; did you mean '%s'?"),
				    expr_show(ref->word).text, nearest);
	return expr_mistake(p, ref->word.at, N_("no field '%s' here"), expr_show(ref->word).text);
}

static int read_argument(struct expr_parser *p, struct expr_reference *ref)
{
	int r;

	p->at++;
	expr_skip_blanks(p);
	ref->argument_at = p->at;
	r = expr_read_text(p, "(", &ref->argument);
	if (r)
		return r;
	expr_skip_blanks(p);
	if (*p->at != ')')
		return expr_mistake(p, p->at, N_("a ) is missing here"));
	p->at++;
	if (*p->at == '.') {
		struct expr_word member = expr_word_at(p->at + 1);

		normalise(ref->member, member);
		p->at += 1 + member.len;
	}
	return 0;
}

int expr_read_reference(struct expr_parser *p, struct expr_reference *ref)
{
	struct expr_word word = expr_word_at(p->at), name = word, member;
	const char *dot = memchr(word.at, '.', word.len);

	*ref = (struct expr_reference){.word = word};
	p->at += word.len;
	normalise(ref->name, word);
	if (*p->at == '(' && (!p->schema->bare_text || any_takes_argument(p->schema, ref->name)))
		return read_argument(p, ref);
	if (dot) {
		name.len = (size_t)(dot - word.at);
		member = (struct expr_word){dot + 1, word.len - name.len - 1};
		normalise(ref->name, name);
		normalise(ref->member, member);
	}
	return 0;
}
