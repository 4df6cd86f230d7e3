/* What a condition may ask about, and whether it names what is there. It knows no value. */
#include "core/alert_words.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/country.h"
#include "base/text.h"
#include "wire/netlist.h"

/* In the order of enum alert_word. */
static const struct expr_field fields[] = {
	{.name = "connections", .type = EXPR_NUMBER, .id = ALERT_CONNECTIONS},
	{.name = "addresses", .type = EXPR_NUMBER, .id = ALERT_ADDRESSES},
	{.name = "unique", .type = EXPR_NUMBER, .id = ALERT_UNIQUE},
	{.name = "sightings", .type = EXPR_NUMBER, .id = ALERT_SIGHTINGS},
	{.name = "rate-up", .type = EXPR_NUMBER, .id = ALERT_RATE_UP},
	{.name = "rate-down", .type = EXPR_NUMBER, .id = ALERT_RATE_DOWN},
	{.name = "countries", .type = EXPR_NUMBER, .id = ALERT_COUNTRIES},
	{.name = "encrypted", .type = EXPR_FRACTION, .id = ALERT_ENCRYPTED},
	{.name = "incoming", .type = EXPR_FRACTION, .id = ALERT_INCOMING},
	{.name = "utp", .type = EXPR_FRACTION, .id = ALERT_UTP},
	{.name = "seeds", .type = EXPR_FRACTION, .id = ALERT_SEEDS},
	{.name = "ipv6", .type = EXPR_FRACTION, .id = ALERT_IPV6},
	{.name = "hour", .type = EXPR_NUMBER, .id = ALERT_HOUR},
	{.name = "sources-down", .type = EXPR_NUMBER, .id = ALERT_SOURCES_DOWN},
	{.name = "new-country", .type = EXPR_FLAG, .id = ALERT_NEW_COUNTRY},
	{"country", "connections", EXPR_NUMBER, true, ALERT_COUNTRY_CONNECTIONS, 0},
	{"country", "addresses", EXPR_NUMBER, true, ALERT_COUNTRY_ADDRESSES, 0},
	{"country", "unique", EXPR_NUMBER, true, ALERT_COUNTRY_UNIQUE, 0},
	{"country", "sightings", EXPR_NUMBER, true, ALERT_COUNTRY_SIGHTINGS, 0},
	{"country", "rate-up", EXPR_NUMBER, true, ALERT_COUNTRY_RATE_UP, 0},
	{"country", "rate-down", EXPR_NUMBER, true, ALERT_COUNTRY_RATE_DOWN, 0},
	{"share", NULL, EXPR_FRACTION, true, ALERT_SHARE, 0},
	{"tag", "connections", EXPR_NUMBER, true, ALERT_TAG_CONNECTIONS, 0},
	{"tag", "addresses", EXPR_NUMBER, true, ALERT_TAG_ADDRESSES, 0},
	{"tag", "sightings", EXPR_NUMBER, true, ALERT_TAG_SIGHTINGS, 0},
	{"tag", "rate-up", EXPR_NUMBER, true, ALERT_TAG_RATE_UP, 0},
	{"tag", "rate-down", EXPR_NUMBER, true, ALERT_TAG_RATE_DOWN, 0},
	{"tag", "share", EXPR_FRACTION, true, ALERT_TAG_SHARE, 0},
	{"client", "connections", EXPR_NUMBER, true, ALERT_CLIENT_CONNECTIONS, 0},
	{"client", "rate-up", EXPR_NUMBER, true, ALERT_CLIENT_RATE_UP, 0},
	{"client", "rate-down", EXPR_NUMBER, true, ALERT_CLIENT_RATE_DOWN, 0},
	{"source", "state", EXPR_TEXT, true, ALERT_SOURCE_STATE, 0},
	{"source", "peers", EXPR_NUMBER, true, ALERT_SOURCE_PEERS, 0},
	{"source", "torrents", EXPR_NUMBER, true, ALERT_SOURCE_TORRENTS, 0},
	{"source", "age", EXPR_TIME, true, ALERT_SOURCE_AGE, 0},
	{"source", "rate-up", EXPR_NUMBER, true, ALERT_SOURCE_RATE_UP, 0},
	{"source", "rate-down", EXPR_NUMBER, true, ALERT_SOURCE_RATE_DOWN, 0},
};

enum { FIELDS = sizeof(fields) / sizeof(fields[0]) };

_Static_assert(FIELDS == ALERT_WORDS - 1, "each word has its row");

/* ---- arguments ---- */

static const char *refuse_country(const struct conf *conf, const char *code)
{
	(void)conf;
	if (strcmp(code, "??") == 0 || strcmp(code, "--") == 0 ||
	    country_by_code(code, strlen(code)) != COUNTRY_UNKNOWN)
		return NULL;
	return "no country has this code: two letters are needed, as in country('CN'), or '--' for local addresses";
}

static const char *refuse_source(const struct conf *conf, const char *name)
{
	for (size_t i = 0; conf && i < conf->daemon_count; i++)
		if (conf_is_daemon(conf->daemons[i].name, name))
			return NULL;
	return conf ? "no daemon has this name: it is the name of a [[transmission]] section, or its host" : NULL;
}

/* MaxMind's Anonymous IP database has these. */
static bool is_anonymous_ip(const char *tag)
{
	static const char *const tags[] = {"vpn", "proxy", "tor", "hosting"};

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (strcmp(tags[i], tag) == 0)
			return true;
	return false;
}

static bool has_tag(const char *list, const char *tag)
{
	const char *equals = strchr(list, '=');
	size_t len = strlen(tag);

	if (equals && netlist_is_tag(list, (size_t)(equals - list)))
		return (size_t)(equals - list) == len && strncmp(list, tag, len) == 0;
	return is_anonymous_ip(tag);
}

bool alert_has_tag(const struct conf *conf, const char *tag)
{
	for (size_t i = 0; i < conf->filter.lists.count; i++)
		if (has_tag(conf->filter.lists.items[i], tag))
			return true;
	return false;
}

static const char *refuse_tag(const struct conf *conf, const char *tag)
{
	return conf && !alert_has_tag(conf, tag) ? "no list of [filter] has this tag" : NULL;
}

static const struct {
	const char *name;
	const char *(*refuse)(const struct conf *conf, const char *argument);
} arguments[] = {
	{"country", refuse_country},
	{"share", refuse_country},
	{"source", refuse_source},
	{"tag", refuse_tag},
};

static const char *refuse(const void *context, const struct expr_field *field, const char *argument)
{
	for (size_t i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++)
		if (strcmp(arguments[i].name, field->name) == 0)
			return arguments[i].refuse(context, argument);
	return NULL;
}

/* Those of source_state_name(). */
static const char *refuse_text(const struct expr_field *field, const char *text)
{
	static const char *const states[] = {"connecting", "ok", "refused", "forbidden", "unreachable", "error"};

	if (field->id != ALERT_SOURCE_STATE)
		return NULL;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcasecmp(states[i], text) == 0)
			return NULL;
	return "no daemon is ever in this state: there are connecting, ok, refused, forbidden, unreachable and error";
}

/* Of what is left out there is never any. */
static const char *refuse_excluded(const void *context, const struct expr_field *field, const char *argument)
{
	const struct conf *conf = context;

	for (size_t i = 0; i < conf->filter.exclude.count; i++)
		if (strcmp(field->name, "tag") == 0 && strcmp(conf->filter.exclude.items[i], argument) == 0)
			return "always 0, for [filter] exclude leaves out what has this tag";
	return NULL;
}

/* ---- the words ---- */

struct expr_schema alert_schema(const struct conf *conf)
{
	return (struct expr_schema){
		.fields = fields, .count = FIELDS, .refuse = refuse, .refuse_text = refuse_text, .context = conf};
}

/* Those whose names the configuration has say nothing of others. */
static const char *refuse_but_source(const void *context, const struct expr_field *field, const char *argument)
{
	return strcmp(field->name, "source") == 0 ? NULL : refuse(context, field, argument);
}

struct expr_schema alert_schema_elsewhere(const struct conf *conf)
{
	struct expr_schema schema = alert_schema(conf);

	schema.refuse = refuse_but_source;
	return schema;
}

const struct expr_field *alert_field(int word)
{
	return &fields[word - 1];
}

void alert_spell(int word, const char *argument, char text[ALERT_SPELLING])
{
	const struct expr_field *f = alert_field(word);
	char clean[200];

	text_clean(clean, sizeof(clean), argument ? argument : "", argument ? strlen(argument) : 0, 48);
	snprintf(text, ALERT_SPELLING, "%s%s%s%s%s%s", f->name, argument ? "('" : "", clean, argument ? "')" : "",
		 f->member ? "." : "", f->member ? f->member : "");
}

bool alert_asks_excluded(const char *text, const struct conf *conf, struct err *why)
{
	struct expr_schema schema = alert_schema(NULL);
	struct expr *expr;
	struct arena arena;
	bool asks;

	schema.refuse = refuse_excluded;
	schema.context = conf;
	arena_init(&arena, ALERT_ARENA);
	asks = *text && expr_parse(text, &schema, &arena, &expr, why, NULL);
	arena_done(&arena);
	return asks;
}

int alert_check(const char *text, struct err *why)
{
	struct expr_schema schema = alert_schema(NULL);
	struct expr *expr;
	struct arena arena;
	struct err mistake;
	int r;

	if (!*text)
		return 0;
	arena_init(&arena, ALERT_ARENA);
	r = expr_parse(text, &schema, &arena, &expr, &mistake, NULL);
	arena_done(&arena);
	return r ? err_set(why, -EINVAL, "is no condition, %s", mistake.msg) : 0;
}
