/* Makes a struct conf from its sources, one after the other, and prints one. It knows hardly a key by name: they are
 * rows of conf_table.c; what daemons are is in conf_daemons.c. */
#include "core/conf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "base/xmalloc.h"
#include "core/conf_private.h"
#include "core/conf_table.h"
#include "core/conf_value.h"
#include "core/httpd.h"
#include "core/login.h"

enum {
	ARENA_MAX = 64 * 1024 * 1024,
	SHOWN_COLS = 100,
	TOKEN_TEXT = 256,
};

/* --- messages --- */

const char *conf_shown(const char *text, size_t len, char clean[CONF_SHOWN])
{
	text_clean(clean, CONF_SHOWN, text, len, SHOWN_COLS);
	return clean;
}

void conf_complain(struct load *l, int status, const char *format, ...)
{
	struct err msg;
	va_list args;

	va_start(args, format);
	vsnprintf(msg.msg, sizeof(msg.msg), format, args);
	va_end(args);
	if (!l->status) {
		l->status = status;
		err_set(l->err, 0, "%s", msg.msg);
	}
	if (l->source->errors)
		buf_printf(l->source->errors, "%s\n", msg.msg);
}

/* --- where what is wrong stands --- */

void conf_note_place(struct load *l, struct conf_spot of, unsigned line, unsigned column)
{
	struct conf_place *place = arena_alloc(&l->arena, sizeof(*place));

	of.element = arena_strndup(&l->arena, of.element, strlen(of.element));
	if (!place || !of.element)
		return;
	*place = (struct conf_place){of, line, column, l->places};
	l->places = place;
}

static const struct conf_place *find_place(const struct load *l, struct conf_spot of)
{
	const struct conf_place *p = l->places;

	while (p && (strcmp(p->of.section, of.section) != 0 || strcmp(p->of.element, of.element) != 0 ||
		     strcmp(p->of.key, of.key) != 0))
		p = p->older;
	return p;
}

bool conf_was_given(const struct load *l, struct conf_spot of)
{
	return find_place(l, of) != NULL;
}

void conf_complain_of(struct load *l, struct conf_spot of, const char *format, ...)
{
	const struct conf_place *place = find_place(l, of);
	struct err msg;
	va_list args;

	va_start(args, format);
	vsnprintf(msg.msg, sizeof(msg.msg), format, args);
	va_end(args);
	of.key = "";
	place = place ? place : find_place(l, of);
	if (place && place->line)
		conf_complain(l, EXIT_CONFIG, "%s:%u:%u: %s", l->file, place->line, place->column, msg.msg);
	else
		conf_complain(l, EXIT_CONFIG, "%s", msg.msg);
}

/* --- elements, and built-in values --- */

static void set_presets(struct load *l, const char *section, void *base)
{
	for (const struct conf_key *k = conf_keys; k->name; k++) {
		struct err why;

		if (strcmp(k->section, section) == 0 && conf_value_set_text(k, base, k->preset, &l->arena, &why))
			conf_complain(l, EXIT_CONFIG, "the built-in %s.%s %s", k->section, k->name, why.msg);
	}
}

/* A new element at the end, with built-in values. */
void *conf_add(struct load *l, const struct conf_section *s)
{
	char *conf = (char *)l->conf, *elements, *element;
	size_t count;

	elements = conf_elements(s, conf, &count);
	elements = xreallocarray(elements, count + 1, s->size);
	element = elements + count * s->size;
	memset(element, 0, s->size);
	memcpy(conf + s->at, &elements, sizeof(elements));
	*(size_t *)(conf + s->count_at) = count + 1;
	set_presets(l, s->name, element);
	return element;
}

bool conf_good_name(const char *name, size_t len)
{
	char clean[CONF_SHOWN];

	conf_shown(name, len, clean);
	return len && len == strlen(name) && strcmp(clean, name) == 0 && *name != '-' && !strpbrk(name, "=,/") &&
	       text_cols(name) <= CONF_NAME_COLS;
}

void *conf_named(struct load *l, const struct conf_section *s, const char *name)
{
	size_t count;
	char *elements = conf_elements(s, l->conf, &count), *element;

	for (size_t i = 0; i < count; i++) {
		if (strcmp(*(char **)(elements + i * s->size), name) == 0)
			return elements + i * s->size;
	}
	if (count >= s->max)
		return NULL;
	element = conf_add(l, s);
	*(char **)element = xstrdup(name);
	return element;
}

static void section_done(const char *section, void *base)
{
	for (const struct conf_key *k = conf_keys; k->name; k++) {
		if (strcmp(k->section, section) == 0)
			conf_value_done(k, base);
	}
}

void conf_elements_done(const struct conf_section *s, void *elements, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *element = (char *)elements + i * s->size;

		section_done(s->name, element);
		if (s->shape == CONF_NAMED)
			free(*(char **)element);
	}
	free(elements);
}

void conf_done(struct conf *conf)
{
	for (const struct conf_section *s = conf_sections; s->name; s++) {
		size_t count = 0;
		void *elements = s->shape == CONF_ONE ? NULL : conf_elements(s, conf, &count);

		if (s->shape == CONF_ONE)
			section_done(s->name, conf);
		else
			conf_elements_done(s, elements, count);
	}
	free(conf->path);
	*conf = (struct conf){0};
}

/* --- what belongs together --- */

static void settle_collections(struct load *l)
{
	const struct conf *c = l->conf;

	for (size_t i = 0; i < c->collection_count; i++) {
		if (c->collections[i].enabled && !*c->collections[i].torrent_url)
			conf_complain_of(l, (struct conf_spot){"collection", c->collections[i].name, "torrent_url"},
					 "[collection.%s] has no torrent_url: say where its torrents are, or "
					 "enabled = false",
					 c->collections[i].name);
	}
	if (c->proxy.enforce && !*c->proxy.url)
		conf_complain_of(l, (struct conf_spot){"proxy", "", "enforce"},
				 "proxy.enforce is true, but there is no proxy.url");
}

/* That of systemd comes before that of the file. */
static void take_web_token(struct load *l)
{
	const struct conf_key *k = conf_key_find("web", "token");
	char token[TOKEN_TEXT] = "";
	struct err why;
	int r = login_credential("web-token", token, sizeof(token), &why);

	if (r > 0 && k->check(token, &why)) {
		conf_complain(l, EXIT_CONFIG, "the credential web-token %s", why.msg);
	} else if (r > 0 && *token) {
		conf_value_done(k, l->conf);
		l->conf->web.token = xstrdup(token);
	} else if (r < 0) {
		conf_complain(l, EXIT_CONFIG, "%s", why.msg);
	}
	explicit_bzero(token, sizeof(token));
}

/* Who peers are is nobody else's business: what other machines can reach is behind a token. */
static void settle_web(struct load *l)
{
	struct conf *c = l->conf;
	struct httpd_address address;

	take_web_token(l);
	if (!*c->web.listen || *c->web.token || httpd_address_parse(c->web.listen, &address) || address.loopback)
		return;
	conf_complain_of(
		l, (struct conf_spot){"web", "", "listen"},
		"web.listen is %s, which other machines can reach: set web.token (`openssl rand -hex 16` makes one), "
		"or listen at 127.0.0.1",
		c->web.listen);
}

int conf_load(const struct conf_source *source, struct conf *conf, struct err *err)
{
	struct conf made = {.path = xstrdup("")};
	struct load l = {.source = source, .conf = &made, .err = err};

	arena_init(&l.arena, ARENA_MAX);
	for (const struct conf_section *s = conf_sections; s->name; s++) {
		if (s->shape == CONF_ONE)
			set_presets(&l, s->name, &made);
	}
	conf_file_apply(&l);
	conf_variables_apply(&l);
	conf_sets_apply(&l);
	conf_daemons_settle(&l);
	settle_collections(&l);
	conf_alerts_settle(&l);
	settle_web(&l);
	made.geoip.named = made.geoip.databases.count > 0;
	arena_done(&l.arena);
	if (l.status)
		conf_done(&made);
	else
		*conf = made;
	return l.status;
}

/* --- printing --- */

static int print_head(const struct conf_section *s, const void *base, struct buf *out)
{
	static const char *const heads[] = {[CONF_ONE] = "[%s]\n", [CONF_REPEATED] = "[[%s]]\n", [CONF_NAMED] = "[%s."};
	int r = out->len ? buf_putc(out, '\n') : 0;

	if (!r)
		r = buf_printf(out, heads[s->shape], s->name);
	if (!r && s->shape == CONF_NAMED)
		r = conf_value_quote(*(char *const *)base, out);
	return r || s->shape != CONF_NAMED ? r : buf_puts(out, "]\n");
}

static int print_section(const struct conf_section *s, const void *base, struct buf *out)
{
	int r = print_head(s, base, out);

	for (const struct conf_key *k = conf_keys; k->name && !r; k++) {
		if (strcmp(k->section, s->name) != 0)
			continue;
		r = buf_printf(out, "%s = ", k->name);
		if (!r)
			r = conf_value_print(k, base, out);
		if (!r)
			r = buf_putc(out, '\n');
	}
	return r;
}

int conf_print(const struct conf *conf, struct buf *out)
{
	int r = 0;

	for (const struct conf_section *s = conf_sections; s->name && !r; s++) {
		size_t count = 0;
		const char *elements = s->shape == CONF_ONE ? NULL : conf_elements(s, conf, &count);

		if (s->shape == CONF_ONE)
			r = print_section(s, conf, out);
		for (size_t i = 0; i < count && !r; i++)
			r = print_section(s, elements + i * s->size, out);
	}
	return r;
}
