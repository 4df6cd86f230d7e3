/* Finds the configuration file and puts what it says into a struct conf. It knows no key by name. */
#include "core/conf_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xmalloc.h"
#include "core/conf_value.h"
#include "core/login.h"

enum { MESSAGE = 256, PATH_TEXT = 4096 };

static void complain_at(struct load *l, unsigned line, unsigned column, const char *msg)
{
	conf_complain(l, EXIT_CONFIG, "%s:%u:%u: %s", l->file, line, column, msg);
}

static void unknown_key(struct load *l, const char *section, const struct toml *v)
{
	const char *near = conf_key_nearest(section, v->key);
	char clean[CONF_SHOWN], msg[512];

	snprintf(msg, sizeof(msg), "unknown key \"%s\" in [%s]%s%s%s", conf_shown(v->key, v->key_len, clean), section,
		 near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
	complain_at(l, v->key_line, v->key_column, msg);
}

static void unknown_section(struct load *l, const struct toml *v)
{
	const char *near = conf_section_nearest(v->key), *what = v->type == TOML_TABLE ? "section" : "key";
	char clean[CONF_SHOWN], msg[512];

	snprintf(msg, sizeof(msg), "unknown %s \"%s\"%s%s%s", what, conf_shown(v->key, v->key_len, clean),
		 near ? "; did you mean [" : "", near ? near : "", near ? "]?" : "");
	complain_at(l, v->key_line, v->key_column, msg);
}

/* Whether a secret was in it. */
static bool apply_table(struct load *l, const char *section, const char *element, const struct toml *table, void *base)
{
	bool secret = false;

	for (const struct toml *v = table->list.first; v; v = v->next) {
		const struct conf_key *k = conf_key_find(section, v->key);
		char msg[sizeof(struct err) + 64];
		struct err why;

		if (k)
			conf_note_place(l, (struct conf_spot){section, element, k->name}, v->line, v->column);
		if (!k || strlen(v->key) != v->key_len) {
			unknown_key(l, section, v);
		} else if (conf_value_set(k, base, v, &why)) {
			snprintf(msg, sizeof(msg), "%s %s", k->name, why.msg);
			complain_at(l, v->line, v->column, msg);
		} else if (conf_is_secret(k, base)) {
			secret = true;
			explicit_bzero(v->string.text, v->string.len); /* one copy is enough */
		}
	}
	return secret;
}

static bool apply_repeated(struct load *l, const struct conf_section *s, const struct toml *array)
{
	char msg[MESSAGE], place[CONF_PLACE];
	bool secret = false;
	size_t count = 0;

	if (array->type != TOML_ARRAY || (array->list.first && array->list.first->type != TOML_TABLE)) {
		snprintf(msg, sizeof(msg), "this section repeats: write [[%s]] in two pairs of brackets", s->name);
		complain_at(l, array->key_line, array->key_column, msg);
		return false;
	}
	for (const struct toml *table = array->list.first; table; table = table->next) {
		if (table->type != TOML_TABLE || ++count > s->max) {
			snprintf(msg, sizeof(msg), "at most %zu of these sections, and nothing else", s->max);
			complain_at(l, table->line, table->column, msg);
			break;
		}
		snprintf(place, sizeof(place), "%zu", count);
		conf_note_place(l, (struct conf_spot){s->name, place, ""}, table->line, table->column);
		secret |= apply_table(l, s->name, place, table, conf_add(l, s));
	}
	return secret;
}

static bool apply_named(struct load *l, const struct conf_section *s, const struct toml *tables)
{
	bool secret = false;
	char msg[MESSAGE];

	for (const struct toml *v = tables->type == TOML_TABLE ? tables->list.first : NULL; v; v = v->next) {
		void *element = NULL;

		if (v->type != TOML_TABLE)
			snprintf(msg, sizeof(msg), "this needs a name: write [%s.NAME]", s->name);
		else if (!conf_good_name(v->key, v->key_len))
			snprintf(msg, sizeof(msg),
				 "a name has 1 to %d plain characters, and no '=', ',', '/' or '-' "
				 "in front",
				 CONF_NAME_COLS);
		else if (!(element = conf_named(l, s, v->key)))
			snprintf(msg, sizeof(msg), "at most %zu of these sections", s->max);
		if (!element) {
			complain_at(l, v->key_line, v->key_column, msg);
			continue;
		}
		conf_note_place(l, (struct conf_spot){s->name, v->key, ""}, v->key_line, v->key_column);
		secret |= apply_table(l, s->name, v->key, v, element);
	}
	if (tables->type != TOML_TABLE) {
		snprintf(msg, sizeof(msg), "this section has names: write [%s.NAME]", s->name);
		complain_at(l, tables->key_line, tables->key_column, msg);
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
			secret |= apply_table(l, s->name, "", v, l->conf);
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

void conf_file_apply(struct load *l)
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
