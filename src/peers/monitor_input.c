/* What reaches the monitor from outside the network: keys and signals. It does not know how answers are counted. */
#include "peers/monitor_private.h"

#include <signal.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include "base/exits.h"
#include "base/log.h"
#include "base/words.h"
#include "core/language.h"
#include "peers/log_words.h"

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
	char text[64];

	round_refresh(&m->round, round_next_interval(&m->round, longer));
	m->options.conf.monitor.refresh = (double)m->round.refresh_ms / 1000;
	snprintf(text, sizeof(text), _("asking every %g s"), m->options.conf.monitor.refresh);
	dashboard_message(m->dashboard, false, text);
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

	if (login->source < m->daemons.count) {
		m->failing[login->source] = SOURCE_OK; /* another refusal is news */
		source_login(m->daemons.sources[login->source], login->user, login->password);
	}
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
	struct scene scene = monitor_scene(m);
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

/* ---- signals ---- */

static void hang_up(void *context, int signal)
{
	struct monitor *m = context;
	struct err err;

	(void)signal;
	if (terminal_is_gone(m)) {
		loop_stop(m->loop);
		return;
	}
	sdnotify_reloading(m->service);
	monitor_reload(m);
	monitor_open_log(&m->options);
	if (recorder_reopen(m->recorder, &err))
		monitor_tell(m, true, "", err.msg);
	sdnotify_ready(m->service);
	m->recount = m->redraw = true;
	if (m->dashboard)
		dashboard_touch(m->dashboard, true);
}

static void stop_at_once(int signal)
{
	(void)signal;
	_exit(EXIT_INTERRUPTED);
}

static void interrupted(void *context, int signal)
{
	struct monitor *m = context;

	(void)signal;
	loop_stop(m->loop);
}

void monitor_let_signals_through(void)
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

void monitor_take_signals(struct monitor *m)
{
	m->terminal = isatty(STDIN_FILENO) ? STDIN_FILENO : isatty(STDOUT_FILENO) ? STDOUT_FILENO : -1;
	loop_signal(m->loop, SIGINT, interrupted, m);
	loop_signal(m->loop, SIGTERM, interrupted, m);
	loop_signal(m->loop, SIGHUP, hang_up, m);
}

static void grown_older(void *context)
{
	struct monitor *m = context;

	m->redraw = true;
}

void monitor_open_dashboard(struct monitor *m)
{
	struct err why;

	m->dashboard = dashboard_start(recorder_wants_color(&m->options), m->options.ascii, &why);
	if (!m->dashboard) {
		log_warn("%s: plain text instead of the dashboard", why.msg);
		return;
	}
	language_start();
	events_say_all(&m->events, log_words);
	log_mute_terminal(true);
	m->aging = (struct loop_timer){.fire = grown_older, .context = m};
	loop_watch(m->loop, STDIN_FILENO, LOOP_IN, keys_ready, m);
	loop_signal(m->loop, SIGWINCH, resized, m);
	loop_signal(m->loop, SIGTSTP, suspended, m);
	m->redraw = true;
}
