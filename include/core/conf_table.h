/* The table of what a user can set. */
#ifndef CORE_CONF_TABLE_H
#define CORE_CONF_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum conf_type {
	CONF_BOOL,    /* bool */
	CONF_COUNT,   /* uint32_t */
	CONF_SECONDS, /* double */
	CONF_NUMBER,  /* double, of no unit */
	CONF_TEXT,    /* char *, never NULL */
	CONF_LIST,    /* struct conf_list */
};

struct conf_key {
	const char *section, *name;
	enum conf_type type;
	double min, max;    /* of a number; of a list the least number of items */
	const char *preset; /* the built-in value, as TOML; config.example.toml says the same */
	size_t at;          /* offset in struct conf; in a section that is not CONF_ONE, in an element */
	bool secret;        /* never shown; the file that holds it must be private */
	bool login;         /* a URL that may hold a login: then it is a secret */
	bool path;          /* a URL whose path may be a key, as that of a webhook: then it is a secret */
	bool file;          /* paths of files: "~/" is one's own folder, also behind the tag of "tag=path" */
	int (*check)(const char *text,
		     struct err *why); /* of a text, or each of a list; 0 or -EINVAL. NULL = anything */
	const char *help;
};

/* [name]; [[name]], again and again; or [name.NAME] with names that the user gives. */
enum conf_shape { CONF_ONE, CONF_REPEATED, CONF_NAMED };

struct conf_section {
	const char *name;
	enum conf_shape shape;
	/* Of REPEATED and NAMED: where in struct conf the array and its count (size_t) are, the size of an element, how
	 * many there may be. An element of NAMED begins with `char *name`, which is none of its keys. */
	size_t at, count_at, size, max;
};

/* The rows, those of a section together; the last one has a NULL name. */
extern const struct conf_key conf_keys[];
extern const struct conf_section conf_sections[];

/* The elements of a section that is not CONF_ONE. */
void *conf_elements(const struct conf_section *s, const void *conf, size_t *count);
/* Whether this value of the key must not be shown. */
bool conf_is_secret(const struct conf_key *k, const void *base);

/* NULL if there is none. */
const struct conf_section *conf_section_find(const char *name);
const struct conf_key *conf_key_find(const char *section, const char *name);
/* The name that was probably meant; NULL if none is near. */
const char *conf_section_nearest(const char *name);
const char *conf_key_nearest(const char *section, const char *name);

#endif
