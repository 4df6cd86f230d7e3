/* The monitor's alerts on their way to people: checked after each poll, logged, handed to the notifiers. It knows
 * neither conditions nor how anybody is told. */
#include "peers/monitor_private.h"

#include <stdio.h>
#include <unistd.h>

enum { LAST_MESSAGES_MS = 3000 };

static void notifier_noted(void *context, bool problem, const char *name, const char *text)
{
	monitor_tell(context, problem, name, text);
}

/* One that waited waits no more. */
static void message_done(void *context, const char *name, const char *error)
{
	struct monitor *m = context;

	(void)name;
	(void)error;
	m->keep_alerts = true;
}

static void ring(void *context)
{
	struct monitor *m = context;

	if (m->dashboard)
		dashboard_ring(m->dashboard);
	else if (isatty(STDERR_FILENO))
		fputs("\a", stderr);
}

int monitor_set_alerts(struct monitor *m, const struct options *o, struct err *err)
{
	int rc;

	if (!m->notify) {
		m->alerts = alerts_new();
		m->notify = notify_new(&(struct notify_world){
			.loop = m->loop,
			.http = m->http,
			.ring = ring,
			.noted = notifier_noted,
			.done = message_done,
			.context = m,
		});
	}
	rc = notify_configure(m->notify, &o->conf, err);
	if (!rc)
		alerts_configure(m->alerts, &o->conf);
	return rc;
}

/* A look with --once or -n shows alerts and tells nobody. */
static void tell(void *context, const struct alert_told *told)
{
	struct monitor *m = context;

	monitor_tell(m, true, "", told->line);
	if (!m->options.polls)
		notify_send(m->notify, told->notify, told->message);
}

/* How they were before the start, as soon as the history says so. Those of another monitor are its own. */
static void go_on(struct monitor *m)
{
	const struct history_alert *kept;
	unsigned count = history_alerts(m->history, &kept);

	if (!history_totals(m->history) && history_state(m->history) == HISTORY_WAITS)
		return;
	alerts_go_on(m->alerts, clock_now(), kept, history_state(m->history) == HISTORY_RECORDS ? count : 0);
	m->gone_on = true;
}

static bool end_waits(void *context, const char *name)
{
	return notify_end_waits(context, name);
}

/* One whose message still waits counts as told only here: the queue ends with the program, and the next one shall tell
 * it. Better twice than never. */
static void keep(struct monitor *m)
{
	struct history_alert kept[HISTORY_ALERTS];
	size_t count = alerts_keep(m->alerts, clock_now(), end_waits, m->notify, kept, HISTORY_ALERTS);

	for (size_t i = 0; i < count; i++) {
		if (!notify_waits(m->notify, kept[i].name, kept[i].told_at))
			continue;
		kept[i].told = false;
		kept[i].told_at = 0;
	}
	m->keep_alerts = false;
	if (history_keep_alerts(m->history, kept, (unsigned)count))
		monitor_save_history(m);
}

/* A look with --once or -n tells nobody, and leaves no trace. */
void monitor_check_alerts(struct monitor *m)
{
	bool lasts = m->history && !m->options.polls, late = false, check;
	struct scene scene;

	if (lasts && !m->gone_on && (m->record || m->unchecked)) {
		go_on(m);
		late = m->gone_on && !m->record;
	}
	check = m->record || late;
	if (check) {
		scene = monitor_scene(m);
		m->unchecked = !(late ? alerts_check_late : alerts_check)(m->alerts, &scene, tell, m);
		m->redraw = true;
	}
	if (lasts && m->gone_on && (check || m->keep_alerts))
		keep(m);
}

void monitor_end_alerts(struct monitor *m)
{
	notify_flush(m->notify, LAST_MESSAGES_MS);
	if (m->history && !m->options.polls && m->gone_on)
		keep(m);
}
