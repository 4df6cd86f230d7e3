/* The monitor's life on one page: rounds bring answers, answers are folded, before each sleep what has changed is
 * counted and drawn. How to ask, to count and to draw is known elsewhere. */
#include "peers/monitor.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/exits.h"
#include "base/log.h"
#include "base/words.h"
#include "base/xmalloc.h"
#include "peers/log_words.h"
#include "peers/monitor_private.h"

enum {
	ASKS_MS = 300, /* how often it is looked whether the history has answered */
	LAST_WORDS_MS = 10000, /* that a slow reader may take at the end */
	PATIENCE_MS = 5000,    /* that a daemon may take before its round goes on without it */
};

_Static_assert((int)CONF_DAEMONS <= (int)FOLD_SOURCES, "each configured daemon has a place in the fold");

struct scene monitor_scene(struct monitor *m)
{
	for (unsigned i = 0; i < m->daemons.count; i++)
		m->statuses[i] = m->daemons.sources[i]->status;
	return (struct scene){
		.fold = m->fold,
		.locate = m->locate,
		.clients = m->clients,
		.lists = m->lists,
		.excluded = sieve_count(&m->sieve, m->fold),
		.sources = m->statuses,
		.source_count = m->daemons.count,
		.events = &m->events,
		.history = m->history,
		.history_id = m->history_id,
		.all_time = m->history ? history_totals(m->history) : NULL,
		.alerts = m->alerts,
		.notify = m->notify,
		.now = clock_now(),
		.wall = m->wall,
		.mono_ms = m->mono_ms,
		.poll = m->poll,
		.refresh = m->options.conf.monitor.refresh,
		.paused = m->round.paused,
		.held = m->held,
		.credit = locate_credit(m->locate),
	};
}

/* The log and the web are in English, the screen says the same in the user's language. */
static void tell(struct monitor *m, bool problem, const char *who, const char *what, const char *said)
{
	events_add(&m->events, clock_now().wall, "%s%s%s", who, *who ? ": " : "", what);
	events_say(&m->events, "%s%s%s", who, *who ? ": " : "", said);
	if (problem)
		log_warn("%s%s%s", who, *who ? ": " : "", what);
	else
		log_debug("%s%s%s", who, *who ? ": " : "", what);
	m->redraw = true;
}

void monitor_tell(struct monitor *m, bool problem, const char *who, const char *what)
{
	char said[EVENT_TEXT];

	log_words(what, said, sizeof(said));
	tell(m, problem, who, what, said);
}

/* ---- answers ---- */

static void source_answer(void *context, struct source *s)
{
	struct monitor *m = context;
	struct fold_time when = {s->status.good_mono_ms, s->status.good_wall, clock_hour(s->status.good_wall)};

	if (m->failing[s->number] != SOURCE_OK)
		tell(m, true, s->status.name, "answers again", _("answers again"));
	m->failing[s->number] = SOURCE_OK;
	sieve_answer(&m->sieve, s->number, &s->answer);
	fold_answer(m->fold, s->number, &s->answer, when);
	if (m->history)
		history_answer(m->history, m->fold, s->number, (struct now){when.mono_ms, when.wall});
	answer_reset(&s->answer);
	m->wall = when.wall;
	m->mono_ms = when.mono_ms;
	if (!m->began_ms)
		m->began_ms = when.mono_ms;
	m->recount = m->redraw = true;
	round_answered(&m->round, s);
}

/* In the footer too: the user who has just typed a login waits for a word. */
static void refused(struct monitor *m, const struct source *s)
{
	char text[128];

	snprintf(text, sizeof(text), _("%s refuses the login: l takes another one"), s->status.name);
	dashboard_message(m->dashboard, true, text);
}

/* What TR_AUTH and the key l are to others. */
static const char service_login[] =
	"the service takes its login from /etc/credstore/swarmtop.rpc-password, as user:password, when it is restarted";

/* Each trouble is told once, not at every poll. */
static void complain(struct monitor *m, const struct source *s)
{
	if (m->failing[s->number] != s->status.state) {
		tell(m, true, s->status.name, s->status.error, source_said(&s->status));
		if (m->dashboard && s->status.state == SOURCE_REFUSED)
			refused(m, s);
		if (m->service && s->status.state == SOURCE_REFUSED)
			monitor_tell(m, true, s->status.name, service_login);
	}
	m->failing[s->number] = s->status.state;
	m->recount = m->redraw = true;
}

static void source_failure(void *context, struct source *s)
{
	struct monitor *m = context;

	fold_lost(m->fold, s->number);
	complain(m, s);
	round_settle(&m->round);
}

static void source_remark(void *context, struct source *s, bool problem, const char *text)
{
	monitor_tell(context, problem, s->status.name, text);
}

static void round_late(void *context, struct source *s)
{
	struct monitor *m = context;

	source_late(s);
	fold_late(m->fold, s->number);
	complain(m, s);
}

static void round_over(void *context)
{
	struct monitor *m = context;

	m->poll++;
	m->record = m->redraw = true;
}

static struct located locate_address(void *context, const struct ip *ip)
{
	struct monitor *m = context;
	struct located where = {.place = locate_place(m->locate, ip), .network = locate_network(m->locate, ip)};

	where.country = locate_get(m->locate, where.place)->country;
	return where;
}

/* ---- before each sleep ---- */

void monitor_recount(struct monitor *m)
{
	if (m->recount)
		fold_recount(m->fold, clock_now().wall);
	m->recount = false;
}

/* For `systemctl status`. */
static void tell_service(struct monitor *m)
{
	const struct fold_now *now = &m->fold->now;
	const struct source_status *failing = NULL;

	for (unsigned i = 0; i < m->daemons.count && !failing; i++) {
		if (*m->daemons.sources[i]->status.error)
			failing = &m->daemons.sources[i]->status;
	}
	sdnotify_status(m->service, "poll %" PRIu32 ": %" PRIu32 " connection%s from %" PRIu32 " address%s%s%s%s%s",
			m->poll, now->connections, now->connections == 1 ? "" : "s", now->addresses,
			now->addresses == 1 ? "" : "es", failing ? "; " : "", failing ? failing->name : "",
			failing ? ": " : "", failing ? failing->error : "");
}

static void record(struct monitor *m)
{
	/* One block is both record and summary. */
	bool only_summary = m->options.polls == 1 && recorder_has_summary(m->recorder);
	struct scene scene;

	if (m->record && !m->dashboard && !only_summary) {
		scene = monitor_scene(m);
		if (recorder_poll(m->recorder, &scene))
			monitor_tell(m, true, "", N_("a record was dropped: its reader is too slow"));
	}
	if (m->record)
		tell_service(m);
	if (m->record && m->options.textfile) {
		scene = monitor_scene(m);
		monitor_save_metrics(m, &scene);
	}
	if (m->record && m->options.polls && m->poll >= m->options.polls)
		loop_stop(m->loop);
	m->record = false;
}

static void remember(struct monitor *m)
{
	if (!m->record || !m->history)
		return;
	history_refresh(m->history, m->round.refresh_ms);
	history_poll(m->history, m->fold, clock_now(), clock_is_set());
	monitor_save_history(m);
}

static void redraw(struct monitor *m)
{
	struct scene scene;
	int64_t next;

	if (!m->dashboard || !m->redraw)
		return;
	scene = monitor_scene(m);
	dashboard_touch(m->dashboard, false);
	dashboard_draw(m->dashboard, &scene);
	next = screen_next_ms(&scene);
	if (m->history && history_asks(m->history))
		next = scene.now.mono_ms + ASKS_MS;
	if (next >= 0)
		loop_timer_at(m->loop, &m->aging, next);
	else
		loop_timer_stop(m->loop, &m->aging);
	m->redraw = false;
}

/* What is written and told of a poll waits while addresses get other tags. */
static void finish_poll(struct monitor *m)
{
	monitor_recount(m);
	if (m->retags)
		return;
	remember(m);
	monitor_check_alerts(m);
	record(m);
}

static void before_sleep(void *context)
{
	struct monitor *m = context;

	finish_poll(m);
	redraw(m);
}

/* ---- beginning and end ---- */

static bool wants_dashboard(const struct options *o)
{
	return o->format == OPTIONS_SCREEN && !o->polls && !o->output && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

static void nobody_reads(void *context)
{
	struct monitor *m = context;

	loop_stop(m->loop);
}

static int open_outputs(struct monitor *m, struct err *err)
{
	m->recorder = recorder_new(&m->options, m->loop, nobody_reads, m, err);
	if (!m->recorder)
		return EXIT_FAILED;
	if (wants_dashboard(&m->options))
		monitor_open_dashboard(m);
	return 0;
}

static void start_rounds(struct monitor *m)
{
	m->configured_refresh = m->options.conf.monitor.refresh;
	m->round = (struct round){
		.loop = m->loop,
		.sources = m->daemons.sources,
		.source_count = m->daemons.count,
		.refresh_ms = llround(m->options.conf.monitor.refresh * 1000),
		.patience_ms = PATIENCE_MS,
		.late = round_late,
		.over = round_over,
		.context = m,
	};
	if (!monitor_holds(m))
		round_start(&m->round);
}

static int begin(struct monitor *m, struct err *err)
{
	struct daemons made;

	m->loop = loop_new();
	m->service = sdnotify_new(m->loop);
	for (unsigned i = 0; i < FOLD_SOURCES; i++)
		m->failing[i] = SOURCE_OK;
	monitor_take_signals(m);
	m->http = http_new(m->loop);
	m->clients = clients_new();
	m->locate = locate_new();
	m->lists = netlists_new((struct netlists_ear){monitor_inform, m});
	m->fold = fold_new(m->options.conf.monitor.remember,
			   (struct fold_locator){locate_address, m, monitor_find_tags});
	if (!m->http) {
		err_set(err, 0, "libcurl cannot be started");
		return EXIT_FAILED;
	}
	monitor_open_log(&m->options);
	m->share = (struct daemons_share){
		m->http, m->loop, m->clients, {source_answer, source_failure, source_remark, m}};
	if (monitor_open_databases(m, &m->options, err) || monitor_open_lists(m, &m->options, err) ||
	    monitor_make_daemons(m, &m->options, &made, err))
		return EXIT_CONFIG;
	monitor_await_lists(m);
	monitor_miss_networks(m);
	monitor_change_daemons(m, &made);
	if (monitor_keep_history(m, &m->options, err))
		return EXIT_CONFIG;
	if (monitor_set_alerts(m, &m->options, err))
		return EXIT_CONFIG;
	monitor_open_web(m);
	return open_outputs(m, err);
}

/* With --once and -n the exit status tells whether anybody answered, and then whether --textfile is there. */
static int verdict(const struct monitor *m)
{
	int verdict = EXIT_UNREACHABLE;

	if (!m->options.polls || m->poll < m->options.polls)
		return EXIT_FINE;
	for (unsigned i = 0; i < m->daemons.count; i++) {
		const struct source_status *s = &m->daemons.sources[i]->status;

		if (s->good_wall)
			return m->textfile_failed ? EXIT_FAILED : EXIT_FINE;
		if (s->http_status == 401 || s->http_status == 403)
			verdict = EXIT_REFUSED;
	}
	return verdict;
}

/* Who asked for a number of polls wants them all, however slow the reader; else the end must come. */
static int last_words(struct monitor *m)
{
	int rc = recorder_flush(m->recorder, m->options.polls ? -1 : LAST_WORDS_MS);

	if (rc == -ETIMEDOUT)
		log_error("the end of the output is lost: its reader is too slow");
	return rc;
}

static void end(struct monitor *m)
{
	struct scene scene;
	bool lost;

	sdnotify_stopping(m->service);
	monitor_retag_rest(m);
	finish_poll(m);
	dashboard_stop(m->dashboard);
	m->dashboard = NULL;
	log_mute_terminal(false);
	monitor_let_signals_through();
	round_stop(&m->round);
	if (*m->refusal.msg) {
		log_fatal("%s", m->refusal.msg);
		m->exit = EXIT_CONFIG;
		return;
	}
	scene = monitor_scene(m);
	recorder_summary(m->recorder, &scene);
	lost = last_words(m) != 0;
	m->exit = verdict(m);
	if (lost && m->exit == EXIT_FINE)
		m->exit = EXIT_FAILED;
	monitor_end_alerts(m);
}

/* Returns the exit status. */
static int done(struct monitor *m)
{
	int rc = m->exit, recorded;

	daemons_free_but(&m->daemons, &(struct daemons){.count = 0});
	web_free(m->web);
	recorder_free(m->recorder);
	notify_free(m->notify);
	alerts_free(m->alerts);
	http_free(m->http);
	recorded = monitor_end_history(m);
	sieve_done(&m->sieve);
	fold_free(m->fold);
	clients_free(m->clients);
	locate_free(m->locate);
	netlists_free(m->lists);
	sdnotify_free(m->service);
	loop_free(m->loop);
	options_done(&m->options);
	free(m);
	return rc ? rc : recorded;
}

int monitor_main(int argc, char **argv)
{
	struct monitor *m = xcalloc(1, sizeof(*m));
	struct err err = {""};
	int rc = options_parse(argc, argv, &m->options, &err);

	if (rc) {
		free(m);
		if (rc == OPTIONS_DONE)
			return EXIT_FINE;
		log_fatal("%s", err.msg);
		return rc;
	}
	m->exit = begin(m, &err);
	if (m->exit) {
		log_fatal("%s", err.msg);
	} else {
		loop_before_sleep(m->loop, before_sleep, m);
		start_rounds(m);
		sdnotify_ready(m->service);
		loop_run(m->loop);
		end(m);
	}
	return done(m);
}
