/* The monitor's life on one page: rounds bring answers, answers are folded, before each sleep what has changed is
 * counted and drawn. How to ask, to count and to draw is known elsewhere. */
#include "peers/monitor.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/exits.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "peers/daemons.h"
#include "peers/dashboard.h"
#include "peers/options.h"
#include "peers/recorder.h"
#include "peers/round.h"

enum {
	LAST_WORDS_MS = 10000, /* that a slow reader may take at the end */
};

_Static_assert((int)CONF_DAEMONS <= (int)FOLD_SOURCES, "each configured daemon has a place in the fold");

struct monitor {
	struct options options;
	struct loop *loop;
	struct http *http;
	struct clients *clients;
	struct locate *locate;
	struct fold *fold;
	struct events events;
	struct daemons daemons;
	struct source_status statuses[FOLD_SOURCES]; /* copies, side by side for the scene */
	enum source_state failing[FOLD_SOURCES]; /* the trouble that was told last; SOURCE_OK = none */
	struct round round;
	double configured_refresh; /* seconds; a key may have chosen another one */
	struct recorder *recorder;
	struct dashboard *dashboard; /* NULL without a terminal */
	int terminal;                /* what it was started on; -1 = none */
	struct loop_timer aging;     /* when the data grows visibly older */
	uint32_t poll;
	int64_t wall, mono_ms; /* of the latest good answer */
	bool recount, record, redraw;
	int exit;
};

static struct scene scene_of(struct monitor *m)
{
	for (unsigned i = 0; i < m->daemons.count; i++)
		m->statuses[i] = m->daemons.sources[i]->status;
	return (struct scene){
		.fold = m->fold,
		.locate = m->locate,
		.clients = m->clients,
		.sources = m->statuses,
		.source_count = m->daemons.count,
		.events = &m->events,
		.now = clock_now(),
		.wall = m->wall,
		.mono_ms = m->mono_ms,
		.poll = m->poll,
		.refresh = m->options.conf.monitor.refresh,
		.paused = m->round.paused,
		.credit = locate_credit(m->locate),
	};
}

static void tell(struct monitor *m, bool problem, const char *who, const char *what)
{
	events_add(&m->events, clock_now().wall, "%s%s%s", who, *who ? ": " : "", what);
	if (problem)
		log_warn("%s%s%s", who, *who ? ": " : "", what);
	else
		log_debug("%s%s%s", who, *who ? ": " : "", what);
	m->redraw = true;
}

/* ---- answers ---- */

static void source_answer(void *context, struct source *s)
{
	struct monitor *m = context;
	struct fold_time when = {s->status.good_mono_ms, s->status.good_wall, clock_hour(s->status.good_wall)};

	if (m->failing[s->number] != SOURCE_OK)
		tell(m, true, s->status.name, "answers again");
	m->failing[s->number] = SOURCE_OK;
	fold_answer(m->fold, s->number, &s->answer, when);
	answer_reset(&s->answer);
	m->wall = when.wall;
	m->mono_ms = when.mono_ms;
	m->recount = m->redraw = true;
	round_answered(&m->round, s);
}

/* Each trouble is told once, not at every poll. */
static void complain(struct monitor *m, const struct source *s)
{
	if (m->failing[s->number] != s->status.state)
		tell(m, true, s->status.name, s->status.error);
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
	tell(context, problem, s->status.name, text);
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
	struct locate *locate = context;
	struct located where = {.place = locate_place(locate, ip), .network = locate_network(locate, ip)};

	where.country = locate_get(locate, where.place)->country;
	return where;
}

/* ---- before each sleep ---- */

static void recount(struct monitor *m)
{
	if (m->recount)
		fold_recount(m->fold, clock_now().wall);
	m->recount = false;
}

static void record(struct monitor *m)
{
	/* One block is both record and summary. */
	bool only_summary = m->options.polls == 1 && recorder_has_summary(m->recorder);
	struct scene scene;

	if (m->record && !m->dashboard && !only_summary) {
		scene = scene_of(m);
		if (recorder_poll(m->recorder, &scene))
			tell(m, true, "", "a record was dropped: its reader is too slow");
	}
	if (m->record && m->options.polls && m->poll >= m->options.polls)
		loop_stop(m->loop);
	m->record = false;
}

static void redraw(struct monitor *m)
{
	struct scene scene;
	int64_t next;

	if (!m->dashboard || !m->redraw)
		return;
	scene = scene_of(m);
	dashboard_touch(m->dashboard, false);
	dashboard_draw(m->dashboard, &scene);
	next = screen_next_ms(&scene);
	if (next >= 0)
		loop_timer_at(m->loop, &m->aging, next);
	else
		loop_timer_stop(m->loop, &m->aging);
	m->redraw = false;
}

static void before_sleep(void *context)
{
	struct monitor *m = context;

	recount(m);
	record(m);
	redraw(m);
}

static void grown_older(void *context)
{
	struct monitor *m = context;

	m->redraw = true;
}

/* ---- keys ---- */

static void do_quit(struct monitor *m)
{
	loop_stop(m->loop);
}

static void do_poll(struct monitor *m)
{
	round_hurry(&m->round);
}

static void do_pause(struct monitor *m)
{
	round_pause(&m->round, !m->round.paused);
}

static void do_interval(struct monitor *m, bool longer)
{
	round_refresh(&m->round, round_next_interval(&m->round, longer));
	m->options.conf.monitor.refresh = (double)m->round.refresh_ms / 1000;
}

static void do_faster(struct monitor *m)
{
	do_interval(m, false);
}

static void do_slower(struct monitor *m)
{
	do_interval(m, true);
}

static void do_login(struct monitor *m)
{
	const struct screen_login *login = dashboard_login(m->dashboard);

	if (login->source < m->daemons.count)
		source_login(m->daemons.sources[login->source], login->user, login->password);
	dashboard_forget_login(m->dashboard);
}

static const struct {
	unsigned wish;
	void (*act)(struct monitor *m);
} wishes[] = {
	{SCREEN_QUIT, do_quit},     {SCREEN_POLL_NOW, do_poll}, {SCREEN_PAUSE, do_pause},
	{SCREEN_FASTER, do_faster}, {SCREEN_SLOWER, do_slower}, {SCREEN_LOGIN, do_login},
};

static bool terminal_is_gone(const struct monitor *m)
{
	struct termios settings;

	return m->terminal >= 0 && tcgetattr(m->terminal, &settings) != 0;
}

static void keys_ready(void *context, int fd, unsigned events)
{
	struct monitor *m = context;
	struct scene scene = scene_of(m);
	unsigned result = dashboard_keys(m->dashboard, &scene);

	(void)fd;
	(void)events;
	if (!result && terminal_is_gone(m))
		loop_stop(m->loop);
	for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++)
		if (result & wishes[i].wish)
			wishes[i].act(m);
	m->redraw |= result != 0;
}

/* ---- daemons ---- */

static int make_daemons(struct monitor *m, const struct options *o, struct daemons *made, struct err *err)
{
	struct daemons_share share = {m->http, m->loop, m->clients, {source_answer, source_failure, source_remark, m}};

	return daemons_make(&o->conf, &share, &m->daemons, made, err);
}

/* New daemons in place of those that are. */
static void change_daemons(struct monitor *m, const struct daemons *made)
{
	for (unsigned i = 0; i < m->daemons.count; i++) {
		if (i < made->count && made->sources[i] == m->daemons.sources[i])
			continue;
		fold_drop(m->fold, i);
		m->failing[i] = SOURCE_OK;
	}
	daemons_free_but(&m->daemons, made);
	m->daemons = *made;
	m->round.source_count = made->count;
}

static void start_rounds(struct monitor *m)
{
	m->configured_refresh = m->options.conf.monitor.refresh;
	m->round = (struct round){
		.loop = m->loop,
		.sources = m->daemons.sources,
		.source_count = m->daemons.count,
		.refresh_ms = llround(m->options.conf.monitor.refresh * 1000),
		.late = round_late,
		.over = round_over,
		.context = m,
	};
	round_start(&m->round);
}

/* ---- databases ---- */

static void geo_note(void *context, bool problem, const char *line)
{
	tell(context, problem, "", line);
}

static int open_databases(struct monitor *m, const struct options *o, struct err *err)
{
	return locate_open(m->locate,
			   &(struct locate_ask){
				   .paths = o->conf.geoip.databases.items,
				   .count = o->conf.geoip.databases.count,
				   .named = o->conf.geoip.named,
				   .wall = clock_now().wall,
				   .note = geo_note,
				   .arg = m,
			   },
			   err);
}

/* ---- signals ---- */

static void open_log(const struct options *o)
{
	enum log_level level;

	if (log_level_parse(o->conf.log.level, &level) == 0)
		log_set_level(level);
	if (log_open(o->conf.log.file))
		log_error("cannot write the log to %s", o->conf.log.file);
}

/* Takes over what the options say, or nothing. */
static int renew(struct monitor *m, struct options *fresh, struct err *err)
{
	struct daemons made;
	int rc = make_daemons(m, fresh, &made, err);

	if (rc)
		return rc;
	rc = open_databases(m, fresh, err);
	if (rc && fresh->conf.geoip.named) {
		daemons_free_but(&made, &m->daemons);
		return rc;
	}
	if (rc)
		tell(m, true, "", err->msg);
	else
		fold_relocate(m->fold);
	change_daemons(m, &made);
	return 0;
}

static void reload(struct monitor *m)
{
	double refresh = m->options.conf.monitor.refresh;
	struct options fresh;
	struct err err;

	if (options_reload(&m->options, &fresh, &err)) {
		tell(m, true, "the old configuration stays", err.msg);
		return;
	}
	if (renew(m, &fresh, &err)) {
		tell(m, true, "the old configuration stays", err.msg);
		options_done(&fresh);
		return;
	}
	options_done(&m->options);
	m->options = fresh;
	fold_remember(m->fold, fresh.conf.monitor.remember);
	/* An interval that was chosen with a key stays, unless the configured one is another now. */
	if (fresh.conf.monitor.refresh != m->configured_refresh)
		round_refresh(&m->round, llround(fresh.conf.monitor.refresh * 1000));
	else
		m->options.conf.monitor.refresh = refresh;
	m->configured_refresh = fresh.conf.monitor.refresh;
	if (m->round.paused)
		round_settle(&m->round);
	else
		round_hurry(&m->round);
	tell(m, false, "", "the configuration was read again");
}

static void hang_up(void *context, int signal)
{
	struct monitor *m = context;
	struct err err;

	(void)signal;
	if (terminal_is_gone(m)) {
		loop_stop(m->loop);
		return;
	}
	reload(m);
	open_log(&m->options);
	if (recorder_reopen(m->recorder, &err))
		tell(m, true, "", err.msg);
	m->recount = m->redraw = true;
	if (m->dashboard)
		dashboard_touch(m->dashboard, true);
}

static void stop_at_once(int signal)
{
	(void)signal;
	_exit(EXIT_INTERRUPTED);
}

/* From here on the next Ctrl+C is the second one. */
static void interrupted(void *context, int signal)
{
	struct monitor *m = context;

	(void)signal;
	loop_stop(m->loop);
}

static void let_signals_through(void)
{
	sigset_t none;

	signal(SIGINT, stop_at_once);
	signal(SIGTERM, stop_at_once);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void resized(void *context, int signal)
{
	struct monitor *m = context;

	(void)signal;
	dashboard_resized(m->dashboard);
	m->redraw = true;
}

static void suspended(void *context, int signal)
{
	struct monitor *m = context;

	(void)signal;
	dashboard_suspend(m->dashboard);
	m->redraw = true;
}

static void take_signals(struct monitor *m)
{
	m->terminal = isatty(STDIN_FILENO) ? STDIN_FILENO : isatty(STDOUT_FILENO) ? STDOUT_FILENO : -1;
	signal(SIGPIPE, SIG_IGN);
	loop_signal(m->loop, SIGINT, interrupted, m);
	loop_signal(m->loop, SIGTERM, interrupted, m);
	loop_signal(m->loop, SIGHUP, hang_up, m);
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

static void open_dashboard(struct monitor *m)
{
	struct err why;

	m->dashboard = dashboard_start(recorder_wants_color(&m->options), m->options.ascii, &why);
	if (!m->dashboard) {
		log_warn("%s: plain text instead of the dashboard", why.msg);
		return;
	}
	log_mute_terminal(true);
	m->aging = (struct loop_timer){.fire = grown_older, .context = m};
	loop_watch(m->loop, STDIN_FILENO, LOOP_IN, keys_ready, m);
	loop_signal(m->loop, SIGWINCH, resized, m);
	loop_signal(m->loop, SIGTSTP, suspended, m);
	m->redraw = true;
}

static int open_outputs(struct monitor *m, struct err *err)
{
	m->recorder = recorder_new(&m->options, m->loop, nobody_reads, m, err);
	if (!m->recorder)
		return EXIT_FAILED;
	if (wants_dashboard(&m->options))
		open_dashboard(m);
	return 0;
}

static int begin(struct monitor *m, struct err *err)
{
	struct daemons made;

	m->loop = loop_new();
	for (unsigned i = 0; i < FOLD_SOURCES; i++)
		m->failing[i] = SOURCE_OK;
	take_signals(m);
	m->http = http_new(m->loop);
	m->clients = clients_new();
	m->locate = locate_new();
	m->fold = fold_new(m->options.conf.monitor.remember, (struct fold_locator){locate_address, m->locate});
	if (!m->http) {
		err_set(err, 0, "libcurl cannot be started");
		return EXIT_FAILED;
	}
	open_log(&m->options);
	if (open_databases(m, &m->options, err) || make_daemons(m, &m->options, &made, err))
		return EXIT_CONFIG;
	change_daemons(m, &made);
	return open_outputs(m, err);
}

/* With --once and -n the exit status tells whether anybody answered. */
static int verdict(const struct monitor *m)
{
	int verdict = EXIT_UNREACHABLE;

	if (!m->options.polls || m->poll < m->options.polls)
		return EXIT_FINE;
	for (unsigned i = 0; i < m->daemons.count; i++) {
		const struct source_status *s = &m->daemons.sources[i]->status;

		if (s->good_wall)
			return EXIT_FINE;
		if (s->http_status == 401 || s->http_status == 403)
			verdict = EXIT_REFUSED;
	}
	return verdict;
}

static void end(struct monitor *m)
{
	struct scene scene;

	dashboard_stop(m->dashboard);
	m->dashboard = NULL;
	log_mute_terminal(false);
	let_signals_through();
	round_stop(&m->round);
	recount(m);
	scene = scene_of(m);
	recorder_summary(m->recorder, &scene);
	recorder_flush(m->recorder, LAST_WORDS_MS);
	m->exit = verdict(m);
}

static void done(struct monitor *m)
{
	daemons_free_but(&m->daemons, &(struct daemons){.count = 0});
	recorder_free(m->recorder);
	http_free(m->http);
	fold_free(m->fold);
	clients_free(m->clients);
	locate_free(m->locate);
	loop_free(m->loop);
	options_done(&m->options);
	free(m);
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
		log_error("%s", err.msg);
		return rc;
	}
	m->exit = begin(m, &err);
	if (m->exit) {
		log_error("%s", err.msg);
	} else {
		loop_before_sleep(m->loop, before_sleep, m);
		start_rounds(m);
		loop_run(m->loop);
		end(m);
	}
	rc = m->exit;
	done(m);
	return rc;
}
