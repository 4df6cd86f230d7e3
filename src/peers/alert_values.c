/* Looks up what a condition asks for in the tables. It does not know what is compared with what. Unknown is NaN or
 * NULL: before the first answer everything that is counted, and what only a daemon that answers can tell. */
#include "peers/alert_values.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/str.h"
#include "base/text.h"

enum { NUMBER = 32 };

_Static_assert((int)NUMBER >= (int)STR_NUMBER && (int)NUMBER >= (int)CLOCK_TEXT, "a number and an age have room");

/* ---- where to look ---- */

static country_t country_of(const char *code)
{
	return strcmp(code, "--") == 0 ? COUNTRY_LOCAL : country_by_code(code, strlen(code));
}

/* NULL: the daemon is not there: others are watched than those of the configuration. */
static const struct source_status *source_of(const struct scene *s, const char *name, unsigned *number)
{
	for (unsigned i = 0; i < s->source_count; i++) {
		if (conf_is_daemon(s->sources[i].name, name)) {
			*number = i;
			return &s->sources[i];
		}
	}
	return NULL;
}

static double part(uint32_t of, uint32_t all)
{
	return all ? (double)of / all : NAN;
}

/* ---- sums ---- */

static double total(const struct scene *s, int word)
{
	const struct fold *f = s->fold;
	const double values[ALERT_WORDS] = {
		[ALERT_CONNECTIONS] = f->now.connections,
		[ALERT_ADDRESSES] = f->now.addresses,
		[ALERT_UNIQUE] = f->unique,
		[ALERT_SIGHTINGS] = (double)f->sightings,
		[ALERT_RATE_UP] = (double)f->now.rate_up,
		[ALERT_RATE_DOWN] = (double)f->now.rate_down,
		[ALERT_ENCRYPTED] = part(f->mix.encrypted, f->now.connections),
		[ALERT_INCOMING] = part(f->mix.incoming, f->now.connections),
		[ALERT_UTP] = part(f->mix.utp, f->mix.utp_known),
		[ALERT_SEEDS] = part(f->mix.seeds, f->now.connections),
		[ALERT_IPV6] = part(f->mix.ipv6, f->now.connections),
	};

	return values[word];
}

static double countries(const struct scene *s)
{
	unsigned count = 0;

	for (country_t c = 0; c < country_count(); c++)
		count += s->fold->countries[c].now.connections > 0;
	return count;
}

static double country(const struct scene *s, int word, const char *code)
{
	country_t c = country_of(code);
	const struct fold_country *row = &s->fold->countries[c];
	const double values[ALERT_WORDS] = {
		[ALERT_COUNTRY_CONNECTIONS] = row->now.connections,
		[ALERT_COUNTRY_ADDRESSES] = row->now.addresses,
		[ALERT_COUNTRY_SIGHTINGS] = (double)row->sightings,
		[ALERT_COUNTRY_RATE_UP] = (double)row->now.rate_up,
		[ALERT_COUNTRY_RATE_DOWN] = (double)row->now.rate_down,
		[ALERT_SHARE] = part(row->now.connections, s->fold->now.connections),
	};

	return word == ALERT_COUNTRY_UNIQUE ? fold_unique(s->fold, c) : values[word];
}

static bool is_tag(int word)
{
	return word >= ALERT_TAG_CONNECTIONS && word < ALERT_CLIENT_CONNECTIONS;
}

static bool is_unknown(const struct scene *s, const char *tag)
{
	int bit = s->lists ? netlists_tag_find(s->lists, tag) : -1;

	return bit >= 0 && (netlists_unknown(s->lists) >> bit & 1);
}

static double tag(const struct scene *s, int word, const char *name)
{
	int bit = s->lists ? netlists_tag_find(s->lists, name) : -1;
	const struct fold_tag *row = bit < 0 ? NULL : &s->fold->tags[bit];
	double values[ALERT_WORDS];

	if (!row || is_unknown(s, name))
		return NAN;
	values[ALERT_TAG_CONNECTIONS] = row->now.connections;
	values[ALERT_TAG_ADDRESSES] = row->now.addresses;
	values[ALERT_TAG_SIGHTINGS] = (double)row->sightings;
	values[ALERT_TAG_RATE_UP] = (double)row->now.rate_up;
	values[ALERT_TAG_RATE_DOWN] = (double)row->now.rate_down;
	values[ALERT_TAG_SHARE] = part(row->now.connections, s->fold->now.connections);
	return values[word];
}

static double client(const struct scene *s, int word, const char *family)
{
	struct fold_now sum = {0};

	for (uint32_t i = 0; i < s->fold->client_count; i++) {
		const struct fold_now *now = &s->fold->clients[i].now;

		if (strcasecmp(clients_get(s->clients, i)->family_name, family) != 0)
			continue;
		sum.connections += now->connections;
		sum.rate_up += now->rate_up;
		sum.rate_down += now->rate_down;
	}
	return word == ALERT_CLIENT_CONNECTIONS ? sum.connections
	       : word == ALERT_CLIENT_RATE_UP   ? (double)sum.rate_up
						: (double)sum.rate_down;
}

static double source(const struct scene *s, int word, const char *name)
{
	unsigned number = 0;
	const struct source_status *status = source_of(s, name, &number);
	double values[ALERT_WORDS];

	if (!status || !status->good_wall)
		return NAN;
	values[ALERT_SOURCE_AGE] = (double)(s->now.mono_ms - status->good_mono_ms) / 1000;
	values[ALERT_SOURCE_TORRENTS] = status->torrents;
	values[ALERT_SOURCE_PEERS] = status->peers;
	values[ALERT_SOURCE_RATE_UP] = (double)s->fold->sources[number].now.rate_up;
	values[ALERT_SOURCE_RATE_DOWN] = (double)s->fold->sources[number].now.rate_down;
	return word == ALERT_SOURCE_AGE || status->state == SOURCE_OK ? values[word] : NAN;
}

static double sources_down(const struct scene *s)
{
	unsigned count = 0;

	for (unsigned i = 0; i < s->source_count; i++)
		count += s->sources[i].state != SOURCE_OK && s->sources[i].state != SOURCE_CONNECTING;
	return count;
}

/* ---- what was asked ---- */

static void remember(struct alert_values *v, int word, const char *argument, const char *value)
{
	char spelling[ALERT_SPELLING];
	bool twice = v->count == ALERT_ASKED;

	alert_spell(word, argument, spelling);
	for (unsigned i = 0; i < v->count; i++)
		twice = twice || strcmp(v->asked[i].spelling, spelling) == 0;
	if (twice)
		return;
	v->asked[v->count].word = word;
	str_copy(v->asked[v->count].spelling, ALERT_SPELLING, spelling);
	str_copy(v->asked[v->count].value, ALERT_VALUE, value);
	v->count++;
}

static bool is_rate(const struct expr_field *f)
{
	return str_starts(f->member ? f->member : f->name, "rate-");
}

static void number_text(int word, double value, char text[ALERT_VALUE])
{
	const struct expr_field *f = alert_field(word);
	char number[NUMBER];

	if (isnan(value)) {
		str_copy(text, ALERT_VALUE, "unknown");
		return;
	}
	if (f->type == EXPR_TIME)
		clock_age((int64_t)value, number);
	else if (is_rate(f))
		str_bytes(value, number);
	else
		str_decimal(f->type == EXPR_FRACTION ? value * 100 : value, 1, number);
	snprintf(text, ALERT_VALUE, "%s%s", number, f->type == EXPR_FRACTION ? " %" : is_rate(f) ? "/s" : "");
}

/* ---- lost daemons ---- */

/* What a word takes that names no daemon: all of them, as they are now; one answer ever, for what was seen so far
 * stays; or none. */
enum need { ALL_NOW, ANY_EVER, NO_ANSWER };

static enum need need_of(int word)
{
	static const enum need others[ALERT_WORDS] = {
		[ALERT_UNIQUE] = ANY_EVER,	     [ALERT_SIGHTINGS] = ANY_EVER,
		[ALERT_HOUR] = NO_ANSWER,	     [ALERT_SOURCES_DOWN] = NO_ANSWER,
		[ALERT_COUNTRY_UNIQUE] = ANY_EVER,   [ALERT_NEW_COUNTRY] = NO_ANSWER,
		[ALERT_COUNTRY_SIGHTINGS] = ANY_EVER, [ALERT_TAG_SIGHTINGS] = ANY_EVER,
	};

	return others[word];
}

static bool is_lost(const struct alert_values *v, int word, const char *argument)
{
	unsigned number;
	const struct source_status *status;

	if (word < ALERT_SOURCE_STATE)
		return need_of(word) == ALL_NOW ? v->partial : need_of(word) == ANY_EVER && !v->scene->wall;
	status = source_of(v->scene, argument, &number);
	if (!status || word == ALERT_SOURCE_STATE)
		return !status;
	return !status->good_wall || (word != ALERT_SOURCE_AGE && status->state != SOURCE_OK);
}

/* ---- for the evaluation ---- */

static double look_up(const struct alert_values *v, int word, const char *argument)
{
	const struct scene *s = v->scene;

	if (word == ALERT_HOUR)
		return clock_hour(s->now.wall);
	if (word == ALERT_SOURCES_DOWN)
		return sources_down(s);
	if (s->wall == 0)
		return NAN;
	if (word == ALERT_COUNTRIES)
		return countries(s);
	if (word >= ALERT_SOURCE_STATE)
		return source(s, word, argument);
	if (word >= ALERT_CLIENT_CONNECTIONS)
		return client(s, word, argument);
	if (word >= ALERT_TAG_CONNECTIONS)
		return tag(s, word, argument);
	return word >= ALERT_COUNTRY_CONNECTIONS ? country(s, word, argument) : total(s, word);
}

static double number(void *context, int id, const char *argument)
{
	struct alert_values *v = context;
	double value = is_lost(v, id, argument) ? NAN : look_up(v, id, argument);
	char text[ALERT_VALUE];

	number_text(id, value, text);
	remember(v, id, argument, text);
	return value;
}

static const char *text(void *context, int id, const char *argument)
{
	struct alert_values *v = context;
	unsigned at;
	const struct source_status *status = source_of(v->scene, argument, &at);
	const char *state = status ? source_state_name(status->state) : NULL;

	remember(v, id, argument, state ? state : "unknown");
	return state;
}

static bool flag(void *context, int id, const char *argument)
{
	struct alert_values *v = context;

	remember(v, id, argument, *v->new_countries ? v->new_countries : "none");
	return *v->new_countries;
}

static bool is_open(void *context, int id, const char *argument)
{
	struct alert_values *v = context;

	return is_lost(v, id, argument) || (is_tag(id) && is_unknown(v->scene, argument));
}

void alert_values_add_new(struct alert_values *v)
{
	flag(v, ALERT_NEW_COUNTRY, NULL);
}

struct expr_source alert_values_source(struct alert_values *v)
{
	return (struct expr_source){.context = v, .text = text, .number = number, .flag = flag, .is_open = is_open};
}

void alert_values_write(const struct alert_values *v, struct buf *out)
{
	for (unsigned i = 0; i < v->count; i++)
		buf_printf(out, "%s%s = %s", i ? ", " : "", v->asked[i].spelling, v->asked[i].value);
}
