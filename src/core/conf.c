/* Makes a struct conf from its sources and prints one. It knows no key by name but the daemons', whom -u may replace:
 * all others are rows of conf_table.c. */
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
#include "core/conf_table.h"
#include "core/conf_value.h"
#include "core/daemon_url.h"
#include "core/login.h"

enum { ARENA_MAX = 64 * 1024 * 1024, SHOWN = 256, SHOWN_COLS = 100, NAME_TEXT = 64, PATH_TEXT = 4096 };

/* One conf_load(). */
struct load {
	const struct conf_source *source;
	struct conf *conf;
	struct arena arena;
	struct err *err;
	char file[SHOWN]; /* for messages; "" = no file was read */
	int status;       /* of the first message; 0 = none yet */
};

/* --- messages --- */

static const char *shown(const char *text, size_t len, char clean[SHOWN])
{
	text_clean(clean, SHOWN, text, len, SHOWN_COLS);
	return clean;
}

/* `status` says whose fault it is. */
__attribute__((format(printf, 3, 4))) static void complain(struct load *l, int status, const char *format, ...)
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

static void complain_at(struct load *l, unsigned line, unsigned column, const char *msg)
{
	complain(l, EXIT_CONFIG, "%s:%u:%u: %s", l->file, line, column, msg);
}

/* --- built-in values --- */

static void set_presets(struct load *l, const char *section, void *base)
{
	for (const struct conf_key *k = conf_keys; k->name; k++) {
		struct err why;

		if (strcmp(k->section, section) == 0 && conf_value_set_text(k, base, k->preset, &l->arena, &why))
			complain(l, EXIT_CONFIG, "the built-in %s.%s %s", k->section, k->name, why.msg);
	}
}

static struct conf_daemon *add_daemon(struct load *l)
{
	struct conf *c = l->conf;

	c->daemons = xreallocarray(c->daemons, c->daemon_count + 1, sizeof(*c->daemons));
	c->daemons[c->daemon_count] = (struct conf_daemon){0};
	set_presets(l, "transmission", &c->daemons[c->daemon_count]);
	return &c->daemons[c->daemon_count++];
}

static void section_done(const char *section, void *base)
{
	for (const struct conf_key *k = conf_keys; k->name; k++) {
		if (strcmp(k->section, section) == 0)
			conf_value_done(k, base);
	}
}

static void daemons_done(struct conf_daemon *daemons, size_t count)
{
	for (size_t i = 0; i < count; i++)
		section_done("transmission", &daemons[i]);
	free(daemons);
}

void conf_done(struct conf *conf)
{
	daemons_done(conf->daemons, conf->daemon_count);
	for (const struct conf_section *s = conf_sections; s->name; s++) {
		if (!s->repeated)
			section_done(s->name, conf);
	}
	free(conf->path);
	*conf = (struct conf){0};
}

/* --- the file --- */

static void unknown_key(struct load *l, const char *section, const struct toml *v)
{
	const char *near = conf_key_nearest(section, v->key);
	char clean[SHOWN], msg[512];

	snprintf(msg, sizeof(msg), "unknown key \"%s\" in [%s]%s%s%s", shown(v->key, v->key_len, clean), section,
		 near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
	complain_at(l, v->key_line, v->key_column, msg);
}

static void unknown_section(struct load *l, const struct toml *v)
{
	const char *near = conf_section_nearest(v->key), *what = v->type == TOML_TABLE ? "section" : "key";
	char clean[SHOWN], msg[512];

	snprintf(msg, sizeof(msg), "unknown %s \"%s\"%s%s%s", what, shown(v->key, v->key_len, clean),
		 near ? "; did you mean [" : "", near ? near : "", near ? "]?" : "");
	complain_at(l, v->key_line, v->key_column, msg);
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
			complain_at(l, v->line, v->column, msg);
		} else if (k->secret) {
			secret |= **(char **)conf_value_field(k, base) != '\0';
			explicit_bzero(v->string.text, v->string.len); /* one copy is enough */
		}
	}
	return secret;
}

static bool apply_repeated(struct load *l, const struct conf_section *s, const struct toml *array)
{
	bool secret = false;
	size_t count = 0;

	if (array->type != TOML_ARRAY || (array->list.first && array->list.first->type != TOML_TABLE)) {
		char msg[128];

		snprintf(msg, sizeof(msg), "this section repeats: write [[%s]] in two pairs of brackets", s->name);
		complain_at(l, array->key_line, array->key_column, msg);
		return false;
	}
	for (const struct toml *table = array->list.first; table; table = table->next) {
		if (table->type != TOML_TABLE || ++count > CONF_DAEMONS) {
			complain_at(l, table->line, table->column,
				    "at most " CONF_DAEMONS_TEXT " of these sections, and nothing else");
			break;
		}
		secret |= apply_table(l, s->name, table, add_daemon(l));
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
		else if (s->repeated)
			secret |= apply_repeated(l, s, v);
		else if (v->type == TOML_TABLE)
			secret |= apply_table(l, s->name, v, l->conf);
		else
			complain_at(l, v->key_line, v->key_column,
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
		complain_at(l, error.line, error.column, error.msg);
	else if (apply_document(l, root) && login_check_private(fd, l->file, &why))
		complain(l, EXIT_CONFIG, "%s", why.msg);
}

static void apply_file(struct load *l, int fd, const char *path)
{
	char *text = xmalloc(TOML_MAX + 1);
	size_t len = 0;
	int r = read_all(fd, text, TOML_MAX + 1, &len);

	shown(path, strlen(path), l->file);
	free(l->conf->path);
	l->conf->path = xstrdup(path);
	if (r)
		complain(l, EXIT_CONFIG, "cannot read the config %s: %s", l->file, strerror(-r));
	else
		apply_text(l, fd, text, len);
	explicit_bzero(text, len);
	free(text);
}

/* Whether there is such a file. */
static bool try_file(struct load *l, const char *path, bool named)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	char clean[SHOWN];

	if (fd < 0 && (named || (errno != ENOENT && errno != ENOTDIR)))
		complain(l, EXIT_CONFIG, "cannot read the config %s: %s", shown(path, strlen(path), clean),
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
		value = conf_section_find(k->section)->repeated ? NULL : getenv(name);
		if (value && conf_value_set_text(k, l->conf, value, &l->arena, &why))
			complain(l, EXIT_CONFIG, "%s: %s %s", name, k->name, why.msg);
	}
}

/* One variable that begins as those of a section do: is it one of its keys? */
static void check_variable(struct load *l, const struct conf_section *s, const char *variable, size_t prefix)
{
	char key[NAME_TEXT], clean[SHOWN];
	const char *near;
	size_t len = strcspn(variable, "=");

	snprintf(key, sizeof(key), "%.*s", (int)(len - prefix), variable + prefix);
	for (char *p = key; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	shown(variable, len, clean);
	near = conf_key_nearest(s->name, key);
	if (s->repeated)
		complain(l, EXIT_CONFIG, "%s: [[%s]] cannot be set from the environment; use --url or the config",
			 clean, s->name);
	else if (!conf_key_find(s->name, key))
		complain(l, EXIT_CONFIG, "%s: unknown key \"%s\" in [%s]%s%s%s", clean, key, s->name,
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

/* Splits SECTION.KEY[=VALUE]; NULL if there is no such key, which has been said. */
static const struct conf_key *named_key(struct load *l, const char *option, const char *text, const char **value)
{
	const char *equals = strchr(text, '='), *near;
	size_t len = equals ? (size_t)(equals - text) : strlen(text);
	char name[NAME_TEXT] = "", clean[SHOWN], *dot;
	const struct conf_section *s;

	if (len < sizeof(name))
		memcpy(name, text, len);
	name[len < sizeof(name) ? len : 0] = '\0';
	dot = strchr(name, '.');
	if (!dot || (value && !equals)) {
		complain(l, EXIT_USAGE, "%s takes SECTION.KEY=VALUE, not \"%s\"", option, shown(text, len, clean));
		return NULL;
	}
	*dot = '\0';
	if (value)
		*value = equals + 1;
	s = conf_section_find(name);
	if (s && s->repeated)
		complain(l, EXIT_USAGE, "%s cannot set [[%s]]: use --url or the config", option, s->name);
	else if (!s || !conf_key_find(name, dot + 1)) {
		near = s ? conf_key_nearest(name, dot + 1) : conf_section_nearest(name);
		complain(l, EXIT_USAGE, "%s: unknown %s in \"%s\"%s%s%s", option, s ? "key" : "section",
			 shown(text, len, clean), near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
	} else {
		return conf_key_find(name, dot + 1);
	}
	return NULL;
}

static void apply_set(struct load *l, const struct conf_set *set)
{
	const char *value = set->value;
	const struct conf_key *k = named_key(l, set->option, set->key ? set->key : set->value,
					     set->key ? NULL : &value);
	struct err why;
	int r;

	if (!k)
		return;
	if (set->items)
		r = conf_value_set_items(k, l->conf, set->items, set->count, &why);
	else
		r = conf_value_set_text(k, l->conf, value, &l->arena, &why);
	if (r)
		complain(l, EXIT_USAGE, "%s: %s %s", set->option, k->name, why.msg);
}

/* --- the daemons --- */

static void replace_text(char **field, const char *text)
{
	char *copy = xstrdup(text);

	free(*field);
	*field = copy;
}

/* What one daemon of the config lends to a -u of the same host and port. A login that was meant for https is not lent
 * to plain http; a -u without a scheme takes the whole address. */
static void lend(struct conf_daemon *to, const struct daemon_url *url, const struct conf_daemon *from)
{
	struct daemon_url lender;

	if (daemon_url_parse(from->url, &lender, NULL) || !daemon_url_same(url, &lender))
		return;
	if (lender.tls && !url->tls && !url->bare)
		return;
	if (url->bare)
		replace_text(&to->url, from->url);
	replace_text(&to->name, from->name);
	replace_text(&to->username, from->username);
	replace_text(&to->password, from->password);
	replace_text(&to->password_file, from->password_file);
	replace_text(&to->cacert, from->cacert);
	to->insecure = from->insecure;
}

static void apply_urls(struct load *l)
{
	struct conf_daemon *lenders = l->conf->daemons;
	size_t lender_count = l->conf->daemon_count;

	if (!l->source->url_count)
		return;
	l->conf->daemons = NULL;
	l->conf->daemon_count = 0;
	if (l->source->url_count > CONF_DAEMONS)
		complain(l, EXIT_USAGE, "--url: at most " CONF_DAEMONS_TEXT " daemons");
	for (size_t i = 0; i < l->source->url_count && i < CONF_DAEMONS; i++) {
		struct daemon_url url;
		struct conf_daemon *d;
		struct err why;

		if (daemon_url_parse(l->source->urls[i], &url, &why)) {
			complain(l, EXIT_USAGE, "--url: %s", why.msg);
			continue;
		}
		d = add_daemon(l);
		d->from_argv = true;
		replace_text(&d->url, l->source->urls[i]);
		for (size_t j = lender_count; j-- > 0;)
			lend(d, &url, &lenders[j]);
	}
	daemons_done(lenders, lender_count);
}

static bool name_taken(const struct conf *c, size_t before, const char *name)
{
	for (size_t i = 0; i < before; i++) {
		if (strcmp(c->daemons[i].name, name) == 0)
			return true;
	}
	return false;
}

/* "nas", "nas-2", "nas-3" */
static void name_daemon(struct conf *c, size_t which, const struct daemon_url *url)
{
	struct conf_daemon *d = &c->daemons[which];
	const char *wanted = *d->name ? d->name : daemon_url_name(url);
	char base[NAME_TEXT - 8], name[NAME_TEXT];
	unsigned number = 1;

	text_clean(base, sizeof(base), wanted, strlen(wanted), sizeof(base));
	snprintf(name, sizeof(name), "%s", base);
	while (name_taken(c, which, name))
		snprintf(name, sizeof(name), "%s-%u", base, ++number);
	replace_text(&d->name, name);
}

/* Addresses in full, names, no daemon twice, password files that are private. */
static void settle_daemons(struct load *l)
{
	struct conf *c = l->conf;
	int status = l->source->url_count ? EXIT_USAGE : EXIT_CONFIG;

	if (!c->daemon_count && !l->status)
		add_daemon(l)->from_argv = true;
	for (size_t i = 0; i < c->daemon_count; i++) {
		struct conf_daemon *d = &c->daemons[i];
		char text[DAEMON_URL_MAX];
		struct daemon_url url;
		struct err why;

		if (daemon_url_parse(d->url, &url, &why))
			continue; /* said before */
		daemon_url_format(&url, text);
		replace_text(&d->url, text);
		name_daemon(c, i, &url);
		for (size_t j = 0; j < i; j++) {
			if (strcmp(c->daemons[j].url, text) == 0)
				complain(l, status, "the daemon %s is named twice", text);
		}
		if (*d->password_file && login_check_file(d->password_file, &why))
			complain(l, EXIT_CONFIG, "%s", why.msg);
	}
}

int conf_load(const struct conf_source *source, struct conf *conf, struct err *err)
{
	struct conf made = {.path = xstrdup("")};
	struct load l = {.source = source, .conf = &made, .err = err};

	arena_init(&l.arena, ARENA_MAX);
	for (const struct conf_section *s = conf_sections; s->name; s++) {
		if (!s->repeated)
			set_presets(&l, s->name, &made);
	}
	find_file(&l);
	apply_variables(&l);
	check_variables(&l);
	for (size_t i = 0; i < source->set_count; i++)
		apply_set(&l, &source->sets[i]);
	apply_urls(&l);
	settle_daemons(&l);
	made.geoip.named = made.geoip.databases.count > 0;
	arena_done(&l.arena);
	if (l.status)
		conf_done(&made);
	else
		*conf = made;
	return l.status;
}

/* --- printing --- */

static int print_section(const struct conf_section *s, const void *base, struct buf *out)
{
	int r = buf_printf(out, s->repeated ? "%s[[%s]]\n" : "%s[%s]\n", out->len ? "\n" : "", s->name);

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
		if (!s->repeated)
			r = print_section(s, conf, out);
		for (size_t i = 0; s->repeated && i < conf->daemon_count && !r; i++)
			r = print_section(s, &conf->daemons[i], out);
	}
	return r;
}
