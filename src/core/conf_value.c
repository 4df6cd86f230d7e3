/* Sets, prints and frees the field of one key, whatever its type. It does not know which keys exist. */
#include "core/conf_value.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/text.h"
#include "base/xmalloc.h"
#include "core/conf.h"

enum { DIGITS = 9 };

/* --- from a TOML value --- */

static void list_done(struct conf_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct conf_list){0};
}

static int wrong_type(const struct toml *v, const char *wanted, struct err *why)
{
	return err_set(why, -EINVAL, "must be %s, not %s", wanted, toml_type_name(v->type));
}

static int set_bool(const struct conf_key *k, void *field, const struct toml *v, struct err *why)
{
	(void)k;
	if (v->type != TOML_BOOL)
		return wrong_type(v, "true or false", why);
	*(bool *)field = v->boolean;
	return 0;
}

static int set_count(const struct conf_key *k, void *field, const struct toml *v, struct err *why)
{
	if (v->type != TOML_INT)
		return wrong_type(v, "a whole number", why);
	if ((double)v->integer < k->min || (double)v->integer > k->max)
		return err_set(why, -EINVAL, "must be from %.0f to %.0f", k->min, k->max);
	*(uint32_t *)field = (uint32_t)v->integer;
	return 0;
}

static int set_number(const struct conf_key *k, void *field, const struct toml *v, struct err *why)
{
	const bool seconds = k->type == CONF_SECONDS;
	double value;

	if (v->type != TOML_INT && v->type != TOML_FLOAT)
		return wrong_type(v, seconds ? "a number of seconds" : "a number", why);
	value = v->type == TOML_INT ? (double)v->integer : v->real;
	if (!(value >= k->min && value <= k->max)) /* NaN too */
		return err_set(why, -EINVAL, "must be from %.*g to %.*g%s", DIGITS, k->min, DIGITS, k->max,
			       seconds ? " seconds" : "");
	*(double *)field = value;
	return 0;
}

/* Nobody means a control character in a name or a path; a NUL would cut it. */
static int check_text(const struct conf_key *k, const char *text, size_t len, struct err *why)
{
	if (len > CONF_TEXT_MAX)
		return err_set(why, -EINVAL, "is too long: at most %d bytes", CONF_TEXT_MAX);
	for (size_t i = 0; i < len; i++) {
		if (!text[i] || ((unsigned char)text[i] < ' ' && !k->secret) || text[i] == 0x7f)
			return err_set(why, -EINVAL, "must not hold control characters");
	}
	return k->check ? k->check(text, why) : 0;
}

/* The text, to be freed; with "~/" as the user's own folder if it is the path of a file. */
static char *taken(const struct conf_key *k, const char *text)
{
	const char *home = getenv("HOME"), *equals = k->type == CONF_LIST ? strchr(text, '=') : NULL;
	const char *path = equals && !str_starts(text, "~/") ? equals + 1 : text;
	size_t size;
	char *whole;

	if (!k->file || !home || *home != '/' || !str_starts(path, "~/"))
		return xstrdup(text);
	size = strlen(text) + strlen(home);
	whole = xcalloc(1, size);
	snprintf(whole, size, "%.*s%s%s", (int)(path - text), text, home, path + 1);
	return whole;
}

static int set_text(const struct conf_key *k, void *field, const struct toml *v, struct err *why)
{
	int r;

	if (v->type != TOML_STRING)
		return wrong_type(v, "a text in quotes", why);
	r = check_text(k, v->string.text, v->string.len, why);
	if (r)
		return r;
	free(*(char **)field);
	*(char **)field = taken(k, v->string.text);
	return 0;
}

/* The ids of torrents may be written as numbers. */
static int list_item(const struct conf_key *k, const struct toml *v, char **item, struct err *why)
{
	char number[STR_NUMBER];
	const char *text = number;
	int r;

	if (v->type == TOML_STRING)
		text = v->string.text;
	else if (v->type == TOML_INT)
		snprintf(number, sizeof(number), "%lld", (long long)v->integer);
	else
		return wrong_type(v, "a list of texts in quotes", why);
	r = check_text(k, text, v->type == TOML_STRING ? v->string.len : strlen(text), why);
	if (!r)
		*item = taken(k, text);
	return r;
}

static int set_list(const struct conf_key *k, void *field, const struct toml *v, struct err *why)
{
	struct conf_list list = {0};
	int r;

	if (v->type != TOML_ARRAY)
		return wrong_type(v, "a list such as [\"a\", \"b\"]", why);
	if (v->list.count > CONF_ITEMS)
		return err_set(why, -EINVAL, "is too long: at most %d items", CONF_ITEMS);
	if ((double)v->list.count < k->min)
		return err_set(why, -EINVAL, "must not be empty");
	list.items = v->list.count ? xcalloc(v->list.count, sizeof(*list.items)) : NULL;
	for (const struct toml *item = v->list.first; item; item = item->next, list.count++) {
		r = list_item(k, item, &list.items[list.count], why);
		if (r) {
			list_done(&list);
			return r;
		}
	}
	list_done(field);
	*(struct conf_list *)field = list;
	return 0;
}

static int (*const setters[])(const struct conf_key *, void *, const struct toml *, struct err *) = {
	[CONF_BOOL] = set_bool, [CONF_COUNT] = set_count, [CONF_SECONDS] = set_number,
	[CONF_NUMBER] = set_number, [CONF_TEXT] = set_text, [CONF_LIST] = set_list,
};

void *conf_value_field(const struct conf_key *k, void *base)
{
	return (char *)base + k->at;
}

int conf_value_set(const struct conf_key *k, void *base, const struct toml *v, struct err *why)
{
	return setters[k->type](k, conf_value_field(k, base), v, why);
}

/* --- from a text --- */

static struct toml string_value(const char *text)
{
	return (struct toml){.type = TOML_STRING, .string = {.text = (char *)text, .len = strlen(text)}};
}

int conf_value_set_items(const struct conf_key *k, void *base, const char *const *items, size_t count, struct err *why)
{
	struct toml list = {.type = TOML_ARRAY}, *values = xcalloc(count ? count : 1, sizeof(*values));
	int r;

	for (size_t i = 0; i < count; i++) {
		values[i] = string_value(items[i]);
		values[i].next = i + 1 < count ? &values[i + 1] : NULL;
	}
	list.list.first = count ? values : NULL;
	list.list.count = count;
	r = conf_value_set(k, base, &list, why);
	free(values);
	return r;
}

/* "a, b,c": a comma more than needed is no item. */
static int set_commas(const struct conf_key *k, void *base, const char *text, struct err *why)
{
	const char *items[CONF_ITEMS];
	char *copy = xstrdup(text), *rest = copy, *item;
	size_t count = 0;
	int r = 0;

	while ((item = strsep(&rest, ",")) && !r) {
		item = str_trim(item);
		if (*item && count == CONF_ITEMS)
			r = err_set(why, -EINVAL, "is too long: at most %d items", CONF_ITEMS);
		else if (*item)
			items[count++] = item;
	}
	if (!r)
		r = conf_value_set_items(k, base, items, count, why);
	free(copy);
	return r;
}

int conf_value_set_text(const struct conf_key *k, void *base, const char *text, struct arena *a, struct err *why)
{
	struct toml plain = string_value(text);
	struct toml_error error;
	const struct toml *v;
	bool toml = toml_parse_value(text, strlen(text), a, &v, &error) == 0;

	if (k->type == CONF_LIST && !(toml && v->type == TOML_ARRAY)) {
		if (text[strspn(text, " \t")] == '[')
			return err_set(why, -EINVAL, "is no list, character %u: %s", error.column, error.msg);
		if (toml && v->type == TOML_STRING && strlen(v->string.text) != v->string.len)
			return err_set(why, -EINVAL, "must not contain a NUL");
		return set_commas(k, base, toml && v->type == TOML_STRING ? v->string.text : text, why);
	}
	if (!toml || (k->type == CONF_TEXT && v->type != TOML_STRING))
		v = &plain;
	return conf_value_set(k, base, v, why);
}

void conf_value_done(const struct conf_key *k, void *base)
{
	char **text = conf_value_field(k, base);

	if (k->type == CONF_LIST)
		list_done(conf_value_field(k, base));
	if (k->type != CONF_TEXT)
		return;
	if ((k->secret || k->login || k->path) && *text)
		explicit_bzero(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

/* --- printing --- */

int conf_value_quote(const char *text, struct buf *out)
{
	size_t len = strlen(text), step;
	char bytes[4];
	uint32_t c;
	int r = buf_putc(out, '"');

	for (size_t at = 0; at < len && !r; at += step) {
		step = text_decode(text + at, len - at, &c);
		if (c < 0x20 || c == 0x7f)
			r = buf_printf(out, "\\u%04x", (unsigned)c);
		else if (c == '"' || c == '\\')
			r = buf_printf(out, "\\%c", (char)c);
		else
			r = buf_add(out, bytes, text_encode(c, bytes));
	}
	return r ? r : buf_putc(out, '"');
}

static int print_bool(struct buf *out, const void *field)
{
	return buf_puts(out, *(const bool *)field ? "true" : "false");
}

static int print_count(struct buf *out, const void *field)
{
	return buf_printf(out, "%u", (unsigned)*(const uint32_t *)field);
}

static int print_number(struct buf *out, const void *field)
{
	char text[STR_NUMBER];

	str_decimal(*(const double *)field, 3, text);
	return buf_puts(out, text);
}

static int print_text(struct buf *out, const void *field)
{
	return conf_value_quote(*(char *const *)field, out);
}

/* What stands behind the host of an announce URL may be a passkey, unless everybody has it. */
static int print_item(struct buf *out, const char *text)
{
	const char *host = strstr(text, "://"), *path = host ? host + 3 + strcspn(host + 3, "/?#") : "";
	struct buf shown;
	int r;

	if (!*path || strcmp(path, "/") == 0 || strcmp(path, "/announce") == 0)
		return conf_value_quote(text, out);
	buf_init(&shown, strlen(text) + sizeof("/***"));
	r = buf_add(&shown, text, (size_t)(path - text));
	r = r ? r : buf_puts(&shown, "/***");
	r = r ? r : conf_value_quote(buf_str(&shown), out);
	buf_done(&shown);
	return r;
}

static int print_list(struct buf *out, const void *field)
{
	const struct conf_list *list = field;
	int r = buf_putc(out, '[');

	for (size_t i = 0; i < list->count && !r; i++) {
		r = i ? buf_puts(out, ", ") : 0;
		if (!r)
			r = print_item(out, list->items[i]);
	}
	return r ? r : buf_putc(out, ']');
}

int conf_value_print(const struct conf_key *k, const void *base, struct buf *out)
{
	static int (*const printers[])(struct buf *, const void *) = {
		[CONF_BOOL] = print_bool, [CONF_COUNT] = print_count, [CONF_SECONDS] = print_number,
		[CONF_NUMBER] = print_number, [CONF_TEXT] = print_text, [CONF_LIST] = print_list,
	};
	const void *field = (const char *)base + k->at;

	if (conf_is_secret(k, base))
		return k->path ? print_item(out, *(char *const *)field) : buf_puts(out, "\"***\"");
	return printers[k->type](out, field);
}
