/* The words of alert conditions: what may be asked about, in the grammar of wire/expr.h. Who knows the answers is
 * peers/alert_values.c. */
#ifndef CORE_ALERT_WORDS_H
#define CORE_ALERT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "core/conf.h"
#include "wire/expr.h"

enum alert_word {
	ALERT_CONNECTIONS = 1,
	ALERT_ADDRESSES,
	ALERT_UNIQUE,
	ALERT_SIGHTINGS,
	ALERT_RATE_UP,
	ALERT_RATE_DOWN,
	ALERT_COUNTRIES,
	ALERT_ENCRYPTED,
	ALERT_INCOMING,
	ALERT_UTP,
	ALERT_SEEDS,
	ALERT_IPV6,
	ALERT_HOUR,
	ALERT_SOURCES_DOWN,
	ALERT_NEW_COUNTRY,
	ALERT_COUNTRY_CONNECTIONS,
	ALERT_COUNTRY_ADDRESSES,
	ALERT_COUNTRY_UNIQUE,
	ALERT_COUNTRY_SIGHTINGS,
	ALERT_COUNTRY_RATE_UP,
	ALERT_COUNTRY_RATE_DOWN,
	ALERT_SHARE,
	ALERT_TAG_CONNECTIONS,
	ALERT_TAG_ADDRESSES,
	ALERT_TAG_SIGHTINGS,
	ALERT_TAG_RATE_UP,
	ALERT_TAG_RATE_DOWN,
	ALERT_TAG_SHARE,
	ALERT_CLIENT_CONNECTIONS,
	ALERT_CLIENT_RATE_UP,
	ALERT_CLIENT_RATE_DOWN,
	ALERT_SOURCE_STATE,
	ALERT_SOURCE_PEERS,
	ALERT_SOURCE_TORRENTS,
	ALERT_SOURCE_AGE,
	ALERT_SOURCE_RATE_UP,
	ALERT_SOURCE_RATE_DOWN,
	ALERT_WORDS,
};

enum {
	ALERT_ARENA = 128 << 10, /* bytes, enough for every condition */
	ALERT_SPELLING = 320,    /* bytes of a word with its argument */
};

/* The schema of a condition. With a configuration the daemons and tags that it names must be there, and it must live as
 * long as the schema; with NULL any name is fine. */
struct expr_schema alert_schema(const struct conf *conf);
/* The same where other daemons than its own are watched: those that a condition names may be missing. */
struct expr_schema alert_schema_elsewhere(const struct conf *conf);
/* Does a list of [filter] have this tag? */
bool alert_has_tag(const struct conf *conf, const char *tag);
/* Does a condition ask for a tag that [filter] leaves out? True with what is to be said of it. */
bool alert_asks_excluded(const char *text, const struct conf *conf, struct err *why);
/* The row of a word. */
const struct expr_field *alert_field(int word);
/* "country('CN').connections"; `argument` may be NULL. */
void alert_spell(int word, const char *argument, char text[ALERT_SPELLING]);

/* A check for conf_table.c: is this a condition, as far as one can tell without the rest of the configuration? */
int alert_check(const char *text, struct err *why);

#endif
