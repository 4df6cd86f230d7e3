/* What the environment and the command line set, into a struct conf. It knows no key by name. */
#include "core/conf_private.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "core/conf_value.h"

enum { NAME_TEXT = 64, SET_TEXT = 256 };

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
		if (value)
			conf_note_place(l, (struct conf_spot){k->section, "", k->name}, 0, 0);
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

/* Is any of them for us? Nearly always none is, and there are many names. */
static bool any_variable(void)
{
	for (char **variable = environ; *variable; variable++)
		if (str_starts(*variable, "SWARMTOP_"))
			return true;
	return false;
}

void conf_variables_apply(struct load *l)
{
	if (!any_variable())
		return;
	apply_variables(l);
	check_variables(l);
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
	else if (s && s->shape == CONF_NAMED &&
		 (!name->element || !conf_good_name(name->element, strlen(name->element))))
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
	*base = k && name.element ? conf_named(l, conf_section_find(name.section), name.element) : l->conf;
	if (k)
		conf_note_place(l, (struct conf_spot){k->section, name.element ? name.element : "", k->name}, 0, 0);
	if (*base)
		return k;
	conf_complain(l, EXIT_USAGE, "%s: at most %zu sections [%s.NAME]", option, conf_section_find(name.section)->max,
		      name.section);
	return NULL;
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

void conf_sets_apply(struct load *l)
{
	for (size_t i = 0; i < l->source->set_count; i++)
		apply_set(l, &l->source->sets[i]);
}
