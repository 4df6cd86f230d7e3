/* Alerts: their conditions, poll after poll, and the messages about them. It does not know how values are found, when
 * an alert is due, or who is told how. */
#include "peers/alert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/str.h"
#include "base/text.h"
#include "base/words.h"
#include "base/xmalloc.h"
#include "core/alert_words.h"
#include "peers/alert_state.h"
#include "peers/alert_values.h"
#include "peers/history.h"
#include "peers/scene.h"

/* Of what is shown; a column takes four bytes at most. */
enum {
	NAME_COLS = 64,
	WHEN_COLS = 200,
	VALUES_COLS = 300,
	MESSAGE_COLS = 240,
	HOST_COLS = 64,
	COL = 4,
	NAME = NOTIFY_ALERT,
	WHEN = COL * WHEN_COLS + 1,
	VALUES = COL * VALUES_COLS + 1,
	OWN = COL * MESSAGE_COLS + 1,
	HOST = COL * HOST_COLS + 1,
	LINE = NAME + VALUES + 32,
	NEW_NAMES = 6,
	HISTORY_PATIENCE_MS = 10 * 60 * 1000, /* that countries wait for the history to say whether they are new */
	STATES_PATIENCE_MS = 60 * 1000,       /* that alerts do, to say whether they are raised */
	SUMS_PATIENCE_MS = 5 * 60 * 1000,     /* that sums wait for a daemon that is lost */
	ENDS_PATIENCE_MS = 5 * 60 * 1000,     /* that an end waits for daemons which have not answered yet */
};

_Static_assert((int)NAME > COL * NAME_COLS && (int)NOTIFY_TITLE > (int)NAME + 32 &&
		       (int)NOTIFY_TEXT > (int)OWN + (int)VALUES + (int)WHEN + (int)HOST + 256,
	       "there is room for every message");

struct alert {
	const struct conf_alert *conf;
	struct alert_rule rule;
	struct alert_state state;
	struct arena arena;
	struct expr *when, *clear; /* in the arena; clear: NULL = when `when` is false */
	bool gone_on;              /* it was so before a restart, and not all daemons have answered since */
	bool event;                /* it asks for something new, which has no end that is worth a message */
	uint64_t told_check;       /* number of the check that was told last */
	char name[NAME], condition[WHEN], values[VALUES]; /* clean */
};

struct alerts {
	struct alert *list; /* owned */
	size_t count;
	bool gone_on; /* the history has said how they were */
	uint64_t checks;
	uint64_t new_at[COUNTRY_MAX]; /* check in which a country was new, 0 = not new */
	bool known[COUNTRY_MAX];
	unsigned answered; /* daemons that have ever */
	int64_t began_ms;  /* time of the first check, on the monotonic clock */
};

struct alerts *alerts_new(void)
{
	return xcalloc(1, sizeof(struct alerts));
}

/* ---- the configuration ---- */

/* It has been checked with the configuration. */
static struct expr *parse(struct alert *a, const char *text)
{
	struct expr_schema schema = alert_schema(NULL);
	struct expr *expr = NULL;

	if (*text)
		expr_parse(text, &schema, &a->arena, &expr, NULL, NULL);
	return expr;
}

static void init(struct alert *a, const struct conf_alert *c)
{
	*a = (struct alert){.conf = c, .rule = {.polls = c->polls, .cooldown_ms = (int64_t)(c->cooldown * 1000)}};
	arena_init(&a->arena, 2 * ALERT_ARENA);
	a->when = parse(a, c->when);
	a->clear = parse(a, c->clear);
	text_clean(a->name, sizeof(a->name), c->name, strlen(c->name), NAME_COLS);
	text_clean(a->condition, sizeof(a->condition), c->when, strlen(c->when), WHEN_COLS);
}

/* By what was shown of it: the old configuration may be gone. */
static struct alert *find_same(struct alerts *a, const struct alert *like)
{
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->list[i].name, like->name) == 0 && strcmp(a->list[i].condition, like->condition) == 0)
			return &a->list[i];
	return NULL;
}

static void free_list(struct alert *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		arena_done(&list[i].arena);
	free(list);
}

void alerts_configure(struct alerts *a, const struct conf *conf)
{
	struct alert *list = xcalloc(conf->alert_count + 1, sizeof(*list));

	for (size_t i = 0; i < conf->alert_count; i++) {
		const struct alert *old;

		init(&list[i], &conf->alerts[i]);
		old = find_same(a, &list[i]);
		if (!old) {
			list[i].told_check = a->checks; /* what was new before is not new to it */
			continue;
		}
		list[i].state = old->state;
		list[i].gone_on = old->gone_on;
		list[i].told_check = old->told_check;
		str_copy(list[i].values, sizeof(list[i].values), old->values);
	}
	free_list(a->list, a->count);
	a->list = list;
	a->count = conf->alert_count;
}

void alerts_free(struct alerts *a)
{
	if (!a)
		return;
	free_list(a->list, a->count);
	free(a);
}

/* ---- over a restart ---- */

/* Of the whole condition, not of what is shown. */
static uint64_t condition_of(const struct alert *alert)
{
	static const uint64_t seed[2] = {0};

	return siphash13(seed, alert->conf->when, strlen(alert->conf->when));
}

size_t alerts_keep(const struct alerts *a, struct now now, bool (*end_waits)(void *context, const char *name),
		   void *context, struct history_alert *kept, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < a->count && count < max; i++) {
		const struct alert_state *state = &a->list[i].state;
		struct history_alert *k = &kept[count];

		bool waits = end_waits && end_waits(context, a->list[i].name);

		if (!alert_lasts(state, now) && !waits)
			continue;
		*k = (struct history_alert){.condition = condition_of(&a->list[i]), .told_at = state->told_at};
		str_copy(k->name, sizeof(k->name), a->list[i].name);
		k->since = state->raised || waits ? state->since : 0;
		k->told = state->raised ? state->told : waits;
		count++;
	}
	return count;
}

void alerts_go_on(struct alerts *a, struct now now, const struct history_alert *kept, size_t count)
{
	a->gone_on = true;
	for (size_t i = 0; i < a->count; i++) {
		struct alert *alert = &a->list[i];

		for (size_t k = 0; k < count && !alert->state.raised; k++) {
			if (strcmp(kept[k].name, alert->name) != 0 || kept[k].condition != condition_of(alert))
				continue;
			alert_go_on(&alert->state, &alert->rule, kept[k].since, kept[k].told, kept[k].told_at, now);
			alert->gone_on = true;
		}
	}
}

/* The history may yet say that somebody was told already. */
static bool waits_for_states(const struct alerts *a, const struct scene *scene)
{
	return scene->history && !scene->all_time && !a->gone_on && history_state(scene->history) == HISTORY_WAITS &&
	       scene->now.mono_ms - a->began_ms < STATES_PATIENCE_MS;
}

/* ---- new countries ---- */

void alerts_relocated(struct alerts *a)
{
	a->answered = 0;
}

static unsigned answered(const struct scene *scene)
{
	unsigned count = 0;

	for (unsigned i = 0; i < scene->source_count; i++)
		count += scene->sources[i].good_wall != 0;
	return count;
}

/* Has the history known it before this run? */
static bool is_old(const struct scene *scene, country_t c)
{
	return scene->all_time && scene->all_time->countries[c].sightings > scene->fold->countries[c].sightings;
}

/* The history may yet tell that it has known them. */
static bool waits_for_history(const struct alerts *a, const struct scene *scene)
{
	return scene->history && !scene->all_time && history_state(scene->history) == HISTORY_WAITS &&
	       scene->now.mono_ms - a->began_ms < HISTORY_PATIENCE_MS;
}

/* What a daemon brings along with its first answer has been there before. */
static void find_new(struct alerts *a, const struct scene *scene)
{
	unsigned count = answered(scene);
	bool first = count != a->answered, waits = !first && waits_for_history(a, scene);

	a->answered = count;
	for (country_t c = COUNTRY_FIRST; c < country_count(); c++) {
		if (a->known[c] || waits || !scene->fold->countries[c].sightings)
			continue;
		a->known[c] = true;
		a->new_at[c] = first || is_old(scene, c) ? 0 : a->checks;
	}
}

/* Writes the names of those that are new since the alert was last told. */
static void list_new(const struct alerts *a, const struct alert *alert, char *names, size_t size)
{
	size_t used = 0;
	unsigned count = 0;

	names[0] = '\0';
	for (country_t c = COUNTRY_FIRST; c < country_count(); c++) {
		if (a->new_at[c] <= alert->told_check)
			continue;
		if (++count <= NEW_NAMES && used < size)
			used += (size_t)snprintf(names + used, size - used, "%s%s %s", used ? ", " : "",
						 country_code(c), country_name(c));
	}
	if (count > NEW_NAMES && used < size)
		snprintf(names + used, size - used, " and %u more", count - NEW_NAMES);
}

/* ---- messages ---- */

static void host_name(char clean[HOST])
{
	char name[HOST] = "";

	gethostname(name, sizeof(name) - 1);
	text_clean(clean, HOST, name, strlen(name), HOST_COLS);
}

static void write_raised(const struct alert *alert, struct buf *out)
{
	char time[CLOCK_TEXT], own[OWN];

	text_clean(own, sizeof(own), alert->conf->message, strlen(alert->conf->message), MESSAGE_COLS);
	clock_local(alert->state.since, "%Y-%m-%d %H:%M:%S %Z", time);
	if (*own)
		buf_printf(out, "%s\n", own);
	buf_printf(out, "Now: %s\nCondition: %s\nSince: %s\n", alert->values, alert->condition, time);
}

static void write_cleared(const struct alert *alert, struct now now, struct buf *out)
{
	char time[CLOCK_TEXT], lasted[CLOCK_TEXT];

	clock_local(alert->state.since, "%Y-%m-%d %H:%M:%S %Z", time);
	clock_age(now.wall - alert->state.since, lasted);
	buf_printf(out, "Now: %s\nCondition: %s\nIt began: %s, and lasted %s\n", alert->values, alert->condition, time,
		   lasted);
}

static void make_message(const struct alert *alert, enum alert_news news, struct now now, struct notify_message *m)
{
	bool raised = news == ALERT_RAISED;
	char host[HOST];
	struct buf text;

	host_name(host);
	*m = (struct notify_message){.wall = now.wall, .state = raised ? NOTIFY_RAISED : NOTIFY_CLEARED};
	str_copy(m->alert, sizeof(m->alert), alert->name);
	snprintf(m->title, sizeof(m->title), "swarmtop: %s%s", alert->name, raised ? "" : " is over");
	buf_init(&text, sizeof(m->text) - 1);
	if (raised)
		write_raised(alert, &text);
	else
		write_cleared(alert, now, &text);
	buf_printf(&text, "Host: %s", host);
	str_copy(m->text, sizeof(m->text), buf_str(&text));
	buf_done(&text);
}

/* ---- the check ---- */

static bool is_true(const struct expr *expr, struct alert_values *values)
{
	struct expr_source source = alert_values_source(values);

	return expr && expr_eval(expr, &source);
}

/* Who has not answered yet says nothing about the end of what was raised before a restart. But a daemon may have gone
 * for good. */
static bool may_end(const struct alerts *a, struct alert *alert, const struct scene *scene)
{
	bool waited = scene->now.mono_ms - a->began_ms >= ENDS_PATIENCE_MS;

	if (scene->wall && (waited || answered(scene) == scene->source_count))
		alert->gone_on = false;
	return !alert->gone_on;
}

/* Sums without the peers of a daemon that was lost a moment ago say nothing: who is asked for connections is not to be
 * told of a daemon. One that stays away is not counted any more, as long as others answer. */
static bool is_partial(const struct scene *scene)
{
	int64_t patience_ms = SUMS_PATIENCE_MS + (int64_t)(3 * scene->refresh * 1000);
	bool any = false, lately = false;

	for (unsigned i = 0; i < scene->source_count; i++) {
		const struct source_status *s = &scene->sources[i];

		any |= s->state == SOURCE_OK;
		lately |= s->state != SOURCE_OK && s->good_wall && scene->now.mono_ms - s->good_mono_ms < patience_ms;
	}
	return scene->wall && (!any || lately);
}

/* One that waits has its values, and goes no further. */
static enum alert_news check(struct alerts *a, struct alert *alert, const struct scene *scene, bool waits)
{
	char names[ALERT_VALUE];
	struct alert_values values = {.scene = scene, .new_countries = names, .partial = is_partial(scene)};
	bool holds, ends;
	struct buf text;

	list_new(a, alert, names, sizeof(names));
	holds = is_true(alert->when, &values);
	ends = alert->clear ? is_true(alert->clear, &values) : !holds;
	ends = may_end(a, alert, scene) && ends;
	for (unsigned i = 0; i < values.count; i++)
		alert->event = alert->event || values.asked[i].word == ALERT_NEW_COUNTRY;
	ends = ends && !values.early && !values.lost;
	buf_init(&text, ALERT_ASKED * (ALERT_SPELLING + ALERT_VALUE + 8));
	alert_values_write(&values, &text);
	text_clean(alert->values, sizeof(alert->values), buf_str(&text), text.len, VALUES_COLS);
	buf_done(&text);
	/* A poll without the peers of a daemon neither counts nor breaks the row of those that do. */
	if (waits || (values.lost && !holds))
		return ALERT_SILENT;
	if (alert->event && holds && *names)
		alert_again(&alert->state, scene->now);
	return alert_step(&alert->state, &alert->rule, holds, ends, scene->now);
}

bool alerts_check_late(struct alerts *a, const struct scene *scene,
		       void (*tell)(void *context, const struct alert_told *told), void *context)
{
	bool waits = waits_for_states(a, scene);

	for (size_t i = 0; i < a->count; i++) {
		struct alert *alert = &a->list[i];
		enum alert_news news = check(a, alert, scene, waits);
		struct notify_message m;
		char line[LINE];

		if (news == ALERT_SILENT || (news == ALERT_CLEARED && alert->event))
			continue;
		if (news == ALERT_RAISED)
			alert->told_check = a->checks;
		make_message(alert, news, scene->now, &m);
		snprintf(line, sizeof(line), news == ALERT_RAISED ? N_("alert %s: %s") : N_("alert %s is over: %s"),
			 alert->name, alert->values);
		tell(context, &(struct alert_told){&alert->conf->notify, &m, line});
	}
	return !waits;
}

bool alerts_check(struct alerts *a, const struct scene *scene,
		  void (*tell)(void *context, const struct alert_told *told), void *context)
{
	if (a->checks++ == 0)
		a->began_ms = scene->now.mono_ms;
	find_new(a, scene);
	return alerts_check_late(a, scene, tell, context);
}

size_t alerts_count(const struct alerts *a)
{
	return a ? a->count : 0;
}

struct alert_status alerts_status(const struct alerts *a, size_t i)
{
	const struct alert *alert = &a->list[i];

	return (struct alert_status){alert->name, alert->condition, alert->state.raised, alert->state.since,
				     alert->values};
}

size_t alerts_raised(const struct alerts *a)
{
	size_t count = 0;

	for (size_t i = 0; i < alerts_count(a); i++)
		count += a->list[i].state.raised;
	return count;
}
