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
#include "peers/alert_private.h"
#include "peers/alert_values.h"
#include "peers/history.h"
#include "peers/scene.h"

enum {
	MESSAGE_COLS = 240,
	HOST_COLS = 64,
	OWN = ALERT_COL * MESSAGE_COLS + 1,
	HOST = ALERT_COL * HOST_COLS + 1,
	LONG = ALERT_VALUES + 2 * ALERT_COL,
	LINE = ALERT_NAME + ALERT_VALUES + 32,
	NEW_NAMES = 6,
	HISTORY_PATIENCE_MS = 10 * 60 * 1000, /* that countries wait for the history to say whether they are new */
	STATES_PATIENCE_MS = 60 * 1000,       /* that alerts do, to say whether they are raised */
	SUMS_PATIENCE_MS = 5 * 60 * 1000,     /* that sums wait for a daemon that is lost */
	ENDS_PATIENCE_MS = 5 * 60 * 1000,     /* that an end waits for daemons which have not answered yet */
};

_Static_assert((int)ALERT_NAME > (int)ALERT_COL * (int)ALERT_NAME_COLS && (int)NOTIFY_TITLE > (int)ALERT_NAME + 32 &&
		       (int)NOTIFY_TEXT > (int)OWN + (int)ALERT_VALUES + (int)ALERT_WHEN + (int)HOST + 256,
	       "there is room for every message");

struct alerts *alerts_new(void)
{
	return xcalloc(1, sizeof(struct alerts));
}

/* ---- the configuration ---- */

/* Clean, and with a mark at the end of what is cut. */
static void shorten(char *out, size_t size, const char *text, size_t len, unsigned cols)
{
	char clean[LONG];

	text_clean(clean, sizeof(clean), text, len, cols + 2);
	text_cut(out, size, clean, cols, false);
}

/* It has been checked with the configuration. */
static struct expr *parse(struct alert *a, const char *text)
{
	struct expr_schema schema = alert_schema(NULL);
	struct expr *expr = NULL;

	if (*text)
		expr_parse(text, &schema, &a->arena, &expr, NULL, NULL);
	return expr;
}

/* Nothing that is open decides, so all is asked for. */
static bool note_new(void *context, int id, const char *argument)
{
	(void)argument;
	*(bool *)context |= id == ALERT_NEW_COUNTRY;
	return true;
}

static const char *no_text(void *context, int id, const char *argument)
{
	(void)context, (void)id, (void)argument;
	return NULL;
}

static double no_number(void *context, int id, const char *argument)
{
	(void)context, (void)id, (void)argument;
	return 0;
}

static bool asks_new(const struct expr *when)
{
	bool found = false;
	struct expr_source source = {&found, no_text, no_number, note_new, NULL, note_new};

	if (when)
		expr_truth(when, &source);
	return found;
}

static void init(struct alert *a, const struct conf_alert *c)
{
	static const uint64_t seed[2] = {0};

	*a = (struct alert){.conf = c, .rule = {.polls = c->polls, .cooldown_ms = (int64_t)(c->cooldown * 1000)}};
	arena_init(&a->arena, 2 * ALERT_ARENA);
	a->when = parse(a, c->when);
	a->clear = parse(a, c->clear);
	a->id = siphash13(seed, c->when, strlen(c->when));
	a->asks_new = asks_new(a->when);
	text_clean(a->name, sizeof(a->name), c->name, strlen(c->name), ALERT_NAME_COLS);
	shorten(a->condition, sizeof(a->condition), c->when, strlen(c->when), ALERT_WHEN_COLS);
}

static struct alert *find_same(struct alerts *a, const struct alert *like)
{
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->list[i].name, like->name) == 0 && a->list[i].id == like->id)
			return &a->list[i];
	return NULL;
}

static void take_over(struct alert *alert, const struct alert *old)
{
	struct alert made = *alert;

	*alert = *old;
	alert->conf = made.conf;
	alert->rule = made.rule;
	alert->arena = made.arena;
	alert->when = made.when;
	alert->clear = made.clear;
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
		if (old)
			take_over(&list[i], old);
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

/* The history may yet say that somebody was told already. */
static bool waits_for_states(const struct alerts *a, const struct scene *scene)
{
	return scene->history && !scene->all_time && !a->gone_on && history_state(scene->history) == HISTORY_WAITS &&
	       scene->now.mono_ms - a->began_ms < STATES_PATIENCE_MS;
}

/* ---- new countries ---- */

void alerts_relocated(struct alerts *a)
{
	memset(a->answers, 0, sizeof(a->answers));
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

/* Has a daemon answered for the first time since this was asked last? A reload may have put it in the place of another
 * one. */
static bool note_answers(struct alerts *a, const struct scene *scene)
{
	bool first = false;

	for (unsigned i = 0; i < scene->source_count; i++) {
		struct alert_answer *known = &a->answers[i];
		struct alert_answer now = {scene->sources[i].good_wall != 0, scene->sources[i].began_mono_ms};

		first |= now.came && !(known->came && known->began_ms == now.began_ms);
		*known = now;
	}
	return first;
}

/* What a daemon brings along with its first answer has been there before. */
static void find_new(struct alerts *a, const struct scene *scene)
{
	bool first = note_answers(a, scene), waits = !first && waits_for_history(a, scene);

	for (country_t c = COUNTRY_FIRST; c < country_count(); c++) {
		if (a->known[c] || waits || !scene->fold->countries[c].sightings)
			continue;
		a->known[c] = true;
		for (size_t i = 0; i < a->count && !first && !is_old(scene, c); i++)
			a->list[i].fresh[c] = true;
	}
}

/* Writes the names of those that it has not told yet. */
static void list_new(const struct alert *alert, char *names, size_t size)
{
	size_t used = 0;
	unsigned count = 0;

	names[0] = '\0';
	for (country_t c = COUNTRY_FIRST; c < country_count(); c++) {
		if (!alert->fresh[c])
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

	shorten(own, sizeof(own), alert->conf->message, strlen(alert->conf->message), MESSAGE_COLS);
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

static enum expr_truth truth(const struct expr *expr, struct alert_values *values)
{
	struct expr_source source = alert_values_source(values);

	return expr ? expr_truth(expr, &source) : EXPR_NO;
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

/* Sums without the peers of a daemon that was lost a moment ago, or has yet to answer, say nothing: who is asked for
 * connections is not to be told of a daemon. One that stays away is not counted any more, as long as others answer. */
static bool is_partial(const struct scene *scene)
{
	int64_t patience_ms = SUMS_PATIENCE_MS + (int64_t)(3 * scene->refresh * 1000);
	bool any = false, lately = false;

	for (unsigned i = 0; i < scene->source_count; i++) {
		const struct source_status *s = &scene->sources[i];
		int64_t since_ms = s->good_wall ? s->good_mono_ms : s->began_mono_ms;

		any |= s->state == SOURCE_OK;
		lately |= s->state != SOURCE_OK && scene->now.mono_ms - since_ms < patience_ms;
	}
	return !any || lately;
}

static bool is_undecided(void *context, int id, const char *argument)
{
	(void)context, (void)id, (void)argument;
	return true;
}

/* A new country decides: who hears of it is told what else the condition asks for, too. */
static void ask_rest(const struct alert *alert, struct alert_values *values)
{
	struct expr_source source = alert_values_source(values);

	source.is_open = is_undecided;
	expr_truth(alert->when, &source);
}

static void write_values(struct alert *alert, const struct alert_values *values)
{
	struct buf text;

	buf_init(&text, ALERT_ASKED * (ALERT_SPELLING + ALERT_VALUE + 8));
	alert_values_write(values, &text);
	shorten(alert->values, sizeof(alert->values), buf_str(&text), text.len, ALERT_VALUES_COLS);
	buf_done(&text);
}

/* New countries are told while it is raised, too; and, where it was told for them alone, that it holds without them. */
static void look_for_news(struct alert *alert, const struct scene *scene, bool news)
{
	struct alert_values without = {.scene = scene, .new_countries = "", .partial = is_partial(scene)};

	alert->only_new = news && truth(alert->when, &without) != EXPR_YES;
	if (news || !alert->lasts)
		alert_again(&alert->state, alert->lasts, scene->now);
}

/* One that waits has its values, and goes no further. */
static enum alert_news check(struct alerts *a, struct alert *alert, const struct scene *scene, bool waits)
{
	char names[ALERT_VALUE];
	struct alert_values values = {.scene = scene, .new_countries = names, .partial = is_partial(scene)};
	enum expr_truth holds, ends;
	bool news;

	list_new(alert, names, sizeof(names));
	news = alert->asks_new && *names;
	if (news)
		alert_values_add_new(&values);
	holds = truth(alert->when, &values);
	if (news && holds == EXPR_YES)
		ask_rest(alert, &values);
	ends = alert->clear ? truth(alert->clear, &values) : expr_not(holds);
	if (!may_end(a, alert, scene) || holds == EXPR_YES)
		ends = EXPR_NO;
	write_values(alert, &values);
	if (waits)
		return ALERT_SILENT;
	if (alert->asks_new && holds == EXPR_YES)
		look_for_news(alert, scene, news);
	return alert_step(&alert->state, &alert->rule, holds, ends, scene->now);
}

static void note_told(struct alert *alert)
{
	alert->lasts |= !alert->only_new;
	alert->heard = false;
	alert->told_date = alert->state.told_at;
	for (size_t c = 0; c < COUNTRY_MAX; c++)
		alert->unheard[c] |= alert->fresh[c];
	memset(alert->fresh, 0, sizeof(alert->fresh));
}

static bool is_told(struct alert *alert, enum alert_news news)
{
	bool told = news == ALERT_RAISED || (news == ALERT_CLEARED && alert->lasts);

	if (news == ALERT_RAISED)
		note_told(alert);
	alert->lasts = alert->lasts && alert->state.raised;
	return told;
}

static int64_t dated(int64_t date, int64_t ahead)
{
	return date + (date && date < CLOCK_OLDEST ? ahead : 0);
}

/* What began before the clock was set, or was told, was so when it was, and not in 1970. The state's own date of that
 * stays as it is in the message. */
static void date_anew(struct alerts *a, struct now now)
{
	int64_t date_at_0 = now.wall - now.mono_ms / 1000, ahead = date_at_0 - a->date_at_0;

	/* The clocks tick apart. */
	if (a->began && llabs(ahead) <= 1)
		return;
	for (size_t i = 0; i < a->count && a->began; i++) {
		struct alert *alert = &a->list[i];

		alert->state.since = dated(alert->state.since, ahead);
		alert->told_date = dated(alert->told_date, ahead);
	}
	a->date_at_0 = date_at_0;
}

bool alerts_check_late(struct alerts *a, const struct scene *scene,
		       void (*tell)(void *context, const struct alert_told *told), void *context)
{
	bool waits = waits_for_states(a, scene);

	date_anew(a, scene->now);
	for (size_t i = 0; i < a->count; i++) {
		struct alert *alert = &a->list[i];
		enum alert_news news = check(a, alert, scene, waits);
		struct notify_message m;
		char line[LINE];

		if (!is_told(alert, news))
			continue;
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
	date_anew(a, scene->now);
	if (!a->began)
		a->began_ms = scene->now.mono_ms;
	a->began = true;
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
