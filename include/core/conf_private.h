/* What the files that make a struct conf share. */
#ifndef CORE_CONF_PRIVATE_H
#define CORE_CONF_PRIVATE_H

#include "base/arena.h"
#include "core/conf.h"
#include "core/conf_table.h"

enum { CONF_SHOWN = 256, CONF_NAME_COLS = 64 };

enum { CONF_PLACE = 12 };

/* A key of the configuration, or a section: its key is "". `element` names that of a section with names, or has the
 * place of one that repeats, "1" and up; else "". */
struct conf_spot {
	const char *section, *element, *key;
};

/* Where that stands in the file. */
struct conf_place {
	struct conf_spot of;
	unsigned line, column; /* 0: nowhere, the command line or the environment has set it since */
	const struct conf_place *older;
};

/* One conf_load(). */
struct load {
	const struct conf_source *source;
	struct conf *conf;
	struct arena arena;
	struct err *err;
	char file[CONF_SHOWN]; /* for messages; "" = no file was read */
	int status;            /* of the first message; 0 = none yet */
	const struct conf_place *places; /* in the arena, the latest first */
};

/* Clean, for messages. Returns `clean`. */
const char *conf_shown(const char *text, size_t len, char clean[CONF_SHOWN]);
/* `status` says whose fault it is. */
void conf_complain(struct load *l, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Remembers where it stands. Section and key are those of conf_table.c. */
void conf_note_place(struct load *l, struct conf_spot of, unsigned line, unsigned column);
/* Has anything given the key a value, good or bad? */
bool conf_was_given(const struct load *l, struct conf_spot of);
/* A mistake of the configuration that shows when all of it is known: with the place of the key, or of its section. */
void conf_complain_of(struct load *l, struct conf_spot of, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* A new element at the end of a section that is not CONF_ONE, with built-in values. */
void *conf_add(struct load *l, const struct conf_section *s);
/* What a user may call an element of a CONF_NAMED section: it stands in reports, on the command line and in --set. */
bool conf_good_name(const char *name, size_t len);
/* The element of that name; a new one when there is none. NULL: no room. */
void *conf_named(struct load *l, const struct conf_section *s, const char *name);
void conf_elements_done(const struct conf_section *s, void *elements, size_t count);
/* The file, the environment, the command line: each goes before what was set already. Mistakes are complained of. */
void conf_file_apply(struct load *l);
void conf_variables_apply(struct load *l);
void conf_sets_apply(struct load *l);
/* -u, and what all daemons need: addresses in full, names, no daemon twice, password files that are private. */
void conf_daemons_settle(struct load *l);
/* Alerts, exclusions and notifiers: what they name is there, and nothing that they need is missing. After the
 * daemons. */
void conf_alerts_settle(struct load *l);

#endif
