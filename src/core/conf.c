/* Makes a struct conf from its sources and prints one. It knows hardly a key by name: they are rows of conf_table.c;
 * what daemons are is in conf_daemons.c. */
#include "core/conf.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/str.h"
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
	NAME_MAX_COLS = 64,
	NAME_TEXT = 64,
	SET_TEXT = 256,
	PATH_TEXT = 4096,
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

static void conf_complain_at(struct load *l, unsigned line, unsigned column, const char *msg)
{
	conf_complain(l, EXIT_CONFIG, "%s:%u:%u: %s", l->file, line, column, msg);
}

/* --- built-in values --- */

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

/* --- the file --- */

static void unknown_key(struct load *l, const char *section, const struct toml *v)
{
	const char *near = conf_key_nearest(section, v->key);
	char clean[CONF_SHOWN], msg[512];

	snprintf(msg, sizeof(msg), "unknown key \"%s\" in [%s]%s%s%s", conf_shown(v->key, v->key_len, clean), section,
		 near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
	conf_complain_at(l, v->key_line, v->key_column, msg);
}

static void unknown_section(struct load *l, const struct toml *v)
{
	const char *near = conf_section_nearest(v->key), *what = v->type == TOML_TABLE ? "section" : "key";
	char clean[CONF_SHOWN], msg[512];

	snprintf(msg, sizeof(msg), "unknown %s \"%s\"%s%s%s", what, conf_shown(v->key, v->key_len, clean),
		 near ? "; did you mean [" : "", near ? near : "", near ? "]?" : "");
	conf_complain_at(l, v->key_line, v->key_column, msg);
}

/* Whether a secret was in it. */
static bool apply_table(struct load *l, const char *section, const struct toml *table, void *base)
{
	bool secret = false;

	for (const struct toml *v = table->list.first; v; v = v->next) {
		const struct conf_key *k = conf_key_find(section, v->key);
		char msg[sizeof(struct err) + 64];
		struct err why;

		if (!k || strlen(v->key) != v->key_len) {
			unknown_key(l, section, v);
		} else if (conf_value_set(k, base, v, &why)) {
			snprintf(msg, sizeof(msg), "%s %s", k->name, why.msg);
			conf_complain_at(l, v->line, v->column, msg);
		} else if (conf_is_secret(k, base)) {
			secret = true;
			explicit_bzero(v->string.text, v->string.len); /* one copy is enough */
		}
	}
	return secret;
}

static bool apply_repeated(struct load *l, const struct conf_section *s, const struct toml *array)
{
	char msg[SET_TEXT];
	bool secret = false;
	size_t count = 0;

	if (array->type != TOML_ARRAY || (array->list.first && array->list.first->type != TOML_TABLE)) {
		snprintf(msg, sizeof(msg), "this section repeats: write [[%s]] in two pairs of brackets", s->name);
		conf_complain_at(l, array->key_line, array->key_column, msg);
		return false;
	}
	for (const struct toml *table = array->list.first; table; table = table->next) {
		if (table->type != TOML_TABLE || ++count > s->max) {
			snprintf(msg, sizeof(msg), "at most %zu of these sections, and nothing else", s->max);
			conf_complain_at(l, table->line, table->column, msg);
			break;
		}
		secret |= apply_table(l, s->name, table, conf_add(l, s));
	}
	return secret;
}

/* What a user may call a collection: it stands in reports, on the command line and in --set. */
static bool good_name(const char *name, size_t len)
{
	char clean[CONF_SHOWN];

	conf_shown(name, len, clean);
	return len && len == strlen(name) && strcmp(clean, name) == 0 && *name != '-' && !strpbrk(name, "=,/") &&
	       text_cols(name) <= NAME_MAX_COLS;
}

/* The element of that name; a new one when there is none. NULL: no room. */
static void *named(struct load *l, const struct conf_section *s, const char *name)
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

static bool apply_named(struct load *l, const struct conf_section *s, const struct toml *tables)
{
	bool secret = false;
	char msg[SET_TEXT];

	for (const struct toml *v = tables->type == TOML_TABLE ? tables->list.first : NULL; v; v = v->next) {
		void *element = NULL;

		if (v->type != TOML_TABLE)
			snprintf(msg, sizeof(msg), "this needs a name: write [%s.NAME]", s->name);
		else if (!good_name(v->key, v->key_len))
			snprintf(msg, sizeof(msg),
				 "a name has 1 to %d plain characters, and no '=', ',', '/' or '-' "
				 "in front",
				 NAME_MAX_COLS);
		else if (!(element = named(l, s, v->key)))
			snprintf(msg, sizeof(msg), "at most %zu of these sections", s->max);
		if (!element) {
			conf_complain_at(l, v->key_line, v->key_column, msg);
			continue;
		}
		secret |= apply_table(l, s->name, v, element);
	}
	if (tables->type != TOML_TABLE) {
		snprintf(msg, sizeof(msg), "this section has names: write [%s.NAME]", s->name);
		conf_complain_at(l, tables->key_line, tables->key_column, msg);
	}
	return secret;
}

static bool apply_document(struct load *l, const struct toml *root)
{
	bool secret = false;

	for (const struct toml *v = root->list.first; v; v = v->next) {
		const struct conf_section *s = conf_section_find(v->key);

		if (!s || strlen(v->key) != v->key_len)
			unknown_section(l, v);
		else if (s->shape == CONF_REPEATED)
			secret |= apply_repeated(l, s, v);
		else if (s->shape == CONF_NAMED)
			secret |= apply_named(l, s, v);
		else if (v->type == TOML_TABLE)
			secret |= apply_table(l, s->name, v, l->conf);
		else
			conf_complain_at(l, v->key_line, v->key_column,
					 "this is the name of a section: write it in brackets");
	}
	return secret;
}

static int read_all(int fd, char *text, size_t size, size_t *len)
{
	ssize_t n = 1;

	*len = 0;
	while (n && *len < size) {
		n = read(fd, text + *len, size - *len);
		if (n < 0 && errno != EINTR)
			return -errno;
		*len += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static void apply_text(struct load *l, int fd, const char *text, size_t len)
{
	struct toml_error error;
	const struct toml *root;
	struct err why;

	if (toml_parse(text, len, &l->arena, &root, &error))
		conf_complain_at(l, error.line, error.column, error.msg);
	else if (apply_document(l, root) && login_check_private(fd, l->file, &why))
		conf_complain(l, EXIT_CONFIG, "%s", why.msg);
}

static void apply_file(struct load *l, int fd, const char *path)
{
	char *text = xmalloc(TOML_MAX + 1);
	size_t len = 0;
	int r = read_all(fd, text, TOML_MAX + 1, &len);

	conf_shown(path, strlen(path), l->file);
	free(l->conf->path);
	l->conf->path = xstrdup(path);
	if (r)
		conf_complain(l, EXIT_CONFIG, "cannot read the config %s: %s", l->file, strerror(-r));
	else
		apply_text(l, fd, text, len);
	explicit_bzero(text, len);
	free(text);
}

/* Whether there is such a file. */
static bool try_file(struct load *l, const char *path, bool named)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	char clean[CONF_SHOWN];

	if (fd < 0 && (named || (errno != ENOENT && errno != ENOTDIR)))
		conf_complain(l, EXIT_CONFIG, "cannot read the config %s: %s", conf_shown(path, strlen(path), clean),
			      strerror(errno));
	if (fd < 0)
		return false;
	apply_file(l, fd, path);
	close(fd);
	return true;
}

static void find_file(struct load *l)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	char path[PATH_TEXT];
	int len = 0;

	if (l->source->file) {
		try_file(l, l->source->file, true);
		return;
	}
	/* The XDG Base Directory Specification: a relative path is to be ignored. */
	if (xdg && *xdg == '/')
		len = snprintf(path, sizeof(path), "%s/swarmtop/config.toml", xdg);
	else if (home && *home)
		len = snprintf(path, sizeof(path), "%s/.config/swarmtop/config.toml", home);
	if (len > 0 && len < PATH_TEXT && try_file(l, path, false))
		return;
	try_file(l, "/etc/swarmtop/config.toml", false);
}

/* --- the environment --- */

/* "SWARMTOP_MONITOR_REFRESH"; with an empty key only what all of the section begin with. */
static void variable_name(const char *section, const char *key, char name[NAME_TEXT])
{
	snprintf(name, NAME_TEXT, "SWARMTOP_%s_%s", section, key);
	for (char *p = name; *p; p++)
		*p = (char)toupper((unsigned char)*p);
}

static void apply_variables(struct load *l)
{
	for (const struct conf_key *k = conf_keys; k->name; k++) {
		char name[NAME_TEXT];
		const char *value;
		struct err why;

		variable_name(k->section, k->name, name);
		value = conf_section_find(k->section)->shape == CONF_ONE ? getenv(name) : NULL;
		if (value && conf_value_set_text(k, l->conf, value, &l->arena, &why))
			conf_complain(l, EXIT_CONFIG, "%s: %s %s", name, k->name, why.msg);
	}
}

/* One variable that begins as those of a section do: is it one of its keys? */
static void check_variable(struct load *l, const struct conf_section *s, const char *variable, size_t prefix)
{
	char key[NAME_TEXT], clean[CONF_SHOWN];
	const char *near;
	size_t len = strcspn(variable, "=");

	snprintf(key, sizeof(key), "%.*s", (int)(len - prefix), variable + prefix);
	for (char *p = key; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	conf_shown(variable, len, clean);
	near = conf_key_nearest(s->name, key);
	if (s->shape == CONF_REPEATED)
		conf_complain(l, EXIT_CONFIG, "%s: [[%s]] cannot be set from the environment; use --url or the config",
			      clean, s->name);
	else if (s->shape == CONF_NAMED)
		conf_complain(l, EXIT_CONFIG, "%s: [%s.NAME] cannot be set from the environment; use --set %s.NAME.%s",
			      clean, s->name, s->name, key);
	else if (!conf_key_find(s->name, key))
		conf_complain(l, EXIT_CONFIG, "%s: unknown key \"%s\" in [%s]%s%s%s", clean, key, s->name,
			      near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static void check_variables(struct load *l)
{
	for (char **variable = environ; *variable; variable++) {
		for (const struct conf_section *s = conf_sections; s->name; s++) {
			char prefix[NAME_TEXT];

			variable_name(s->name, "", prefix);
			if (str_starts(*variable, prefix))
				check_variable(l, s, *variable, strlen(prefix));
		}
	}
}

/* --- argv --- */

/* "SECTION.KEY", or "SECTION.NAME.KEY" of a named section; `text` is cut up. The names may be empty. */
struct set_name {
	char *section, *element, *key;
};

static struct set_name split_name(char *text)
{
	struct set_name name = {.section = text, .element = NULL, .key = strchr(text, '.')};
	char *last = strrchr(text, '.');

	if (!name.key)
		return name;
	*name.key++ = '\0';
	if (last >= name.key) {
		*last = '\0';
		name.element = name.key;
		name.key = last + 1;
	}
	return name;
}

/* What is wrong with a name of --set; the key, or NULL when it has been said. */
static const struct conf_key *check_name(struct load *l, const char *option, const char *text,
					 const struct set_name *name)
{
	const struct conf_section *s = conf_section_find(name->section);
	const struct conf_key *k = s ? conf_key_find(name->section, name->key) : NULL;
	const char *near = s ? conf_key_nearest(name->section, name->key) : conf_section_nearest(name->section);

	if (s && s->shape == CONF_REPEATED)
		conf_complain(l, EXIT_USAGE, "%s cannot set [[%s]]: use --url or the config", option, s->name);
	else if (s && s->shape == CONF_NAMED && (!name->element || !good_name(name->element, strlen(name->element))))
		conf_complain(l, EXIT_USAGE, "%s takes %s.NAME.KEY=VALUE, not \"%s\"", option, s->name, text);
	else if (!k || (s->shape == CONF_ONE && name->element))
		conf_complain(l, EXIT_USAGE, "%s: unknown %s in \"%s\"%s%s%s", option, s ? "key" : "section", text,
			      near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
	else
		return k;
	return NULL;
}

/* Splits SECTION.KEY[=VALUE] and finds what it is about; NULL if there is no such key, which has been said. */
static const struct conf_key *named_key(struct load *l, const char *option, const char *text, const char **value,
					void **base)
{
	const char *equals = strchr(text, '=');
	size_t len = equals ? (size_t)(equals - text) : strlen(text);
	char copy[SET_TEXT] = "", clean[CONF_SHOWN];
	const struct conf_key *k;
	struct set_name name;

	if (len < sizeof(copy))
		memcpy(copy, text, len);
	copy[len < sizeof(copy) ? len : 0] = '\0';
	name = split_name(copy);
	conf_shown(text, len, clean);
	if (!name.key || (value && !equals)) {
		conf_complain(l, EXIT_USAGE, "%s takes SECTION.KEY=VALUE, not \"%s\"", option, clean);
		return NULL;
	}
	if (value)
		*value = equals + 1;
	k = check_name(l, option, clean, &name);
	*base = k && name.element ? named(l, conf_section_find(name.section), name.element) : l->conf;
	return *base ? k : NULL;
}

static void apply_set(struct load *l, const struct conf_set *set)
{
	const char *value = set->value;
	void *base;
	const struct conf_key *k = named_key(l, set->option, set->key ? set->key : set->value, set->key ? NULL : &value,
					     &base);
	struct err why;
	int r;

	if (!k)
		return;
	if (k->secret) {
		conf_complain(l, EXIT_USAGE, "%s: a %s is not taken from the command line, where others may read it",
			      set->option, k->name);
		return;
	}
	if (set->items)
		r = conf_value_set_items(k, base, set->items, set->count, &why);
	else
		r = conf_value_set_text(k, base, value, &l->arena, &why);
	if (r)
		conf_complain(l, EXIT_USAGE, "%s: %s %s", set->option, k->name, why.msg);
}

/* --- what belongs together --- */

static void settle_collections(struct load *l)
{
	const struct conf *c = l->conf;

	for (size_t i = 0; i < c->collection_count; i++) {
		if (c->collections[i].enabled && !*c->collections[i].torrent_url)
			conf_complain(l, EXIT_CONFIG,
				      "[collection.%s] has no torrent_url: say where its torrents are, or "
				      "enabled = false",
				      c->collections[i].name);
	}
	if (c->proxy.enforce && !*c->proxy.url)
		conf_complain(l, EXIT_CONFIG, "proxy.enforce is true, but there is no proxy.url");
}

/* That of systemd comes before that of the file. */
static void take_web_token(struct load *l)
{
	const struct conf_key *k = conf_key_find("web", "token");
	char token[SET_TEXT] = "";
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
	conf_complain(
		l, EXIT_CONFIG,
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
	find_file(&l);
	apply_variables(&l);
	check_variables(&l);
	for (size_t i = 0; i < source->set_count; i++)
		apply_set(&l, &source->sets[i]);
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
