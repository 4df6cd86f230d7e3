/* The field of one key: set, printed and freed by its type. `base` is always the struct conf, or the element of a
 * repeated section, that the key's offset is in. */
#ifndef CORE_CONF_VALUE_H
#define CORE_CONF_VALUE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "core/conf_table.h"
#include "wire/toml.h"

void *conf_value_field(const struct conf_key *k, void *base);

/* Each 0, or -EINVAL with what belongs behind the key's name ("must be ..."); the field is as before then. */
int conf_value_set(const struct conf_key *k, void *base, const struct toml *v, struct err *why);
/* The texts of a list as they are. */
int conf_value_set_items(const struct conf_key *k, void *base, const char *const *items, size_t count, struct err *why);
/* A text of the environment or of argv: read as TOML, else as it is; lists also comma separated. `a` is scratch memory.
 * */
int conf_value_set_text(const struct conf_key *k, void *base, const char *text, struct arena *a, struct err *why);

/* As TOML, a secret as "***", and so what is behind the host of an announce URL. 0 or -ENOBUFS. */
int conf_value_print(const struct conf_key *k, const void *base, struct buf *out);
/* A text as TOML writes it, in quotes. 0 or -ENOBUFS. */
int conf_value_quote(const char *text, struct buf *out);
/* Frees what the field owns; a secret is wiped. */
void conf_value_done(const struct conf_key *k, void *base);

#endif
