/* The monitor's alerts on their way to people: checked after each poll, logged, handed to the notifiers. It knows
 * neither conditions nor how anybody is told. */
#include "peers/monitor_private.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "peers/alert_state.h"

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

static void message_heard(void *context, const struct notify_message *message)
{
	struct monitor *m = context;

	alerts_heard(m->alerts, message);
}

static void message_dropped(void *context, const struct notify_message *message)
{
	struct monitor *m = context;

	alerts_dropped(m->alerts, message);
	m->keep_alerts = true;
}

static bool ring(void *context, bool aloud)
{
	struct monitor *m = context;
	bool heard = m->dashboard || isatty(STDERR_FILENO);

	if (aloud && m->dashboard)
		dashboard_ring(m->dashboard);
	else if (aloud && heard)
		fputs("\a", stderr);
	return heard;
}

static void tell_doubts(struct monitor *m, const struct conf *conf)
{
	struct err doubt;
	size_t at = 0;

	while (conf_doubt(conf, &at, &doubt))
		monitor_tell(m, true, "", doubt.msg);
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
			.heard = message_heard,
			.dropped = message_dropped,
			.context = m,
		});
	}
	rc = notify_configure(m->notify, &o->conf, err);
	if (rc)
		return rc;
	alerts_configure(m->alerts, &o->conf);
	tell_doubts(m, &o->conf);
	return 0;
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

static unsigned waits(void *context, const char *name, int64_t told_at)
{
	return (notify_waits(context, name, told_at) ? ALERT_BEGIN_WAITS : 0) |
	       (notify_end_waits(context, name) ? ALERT_END_WAITS : 0);
}

static void keep(struct monitor *m)
{
	struct history_alert kept[HISTORY_ALERTS];
	size_t count = alerts_keep(m->alerts, clock_now(), waits, m->notify, kept, HISTORY_ALERTS);

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

/* Does the next start tell it? The last message about an alert stands for those before, but for new countries each has
 * its own. */
static bool is_kept(void *context, const struct notify_message *message, bool last)
{
	struct history_alert kept[HISTORY_ALERTS];
	const struct monitor *m = context;
	size_t count;

	if (!m->history || m->options.polls || !m->gone_on || history_state(m->history) != HISTORY_RECORDS)
		return false;
	count = alerts_keep(m->alerts, clock_now(), waits, m->notify, kept, HISTORY_ALERTS);
	for (size_t i = 0; i < count; i++) {
		enum alert_known owed = message->state == NOTIFY_RAISED ? ALERT_OWED : ALERT_ENDED;

		if (strcmp(kept[i].name, message->alert) == 0)
			return (last && kept[i].since && kept[i].told == owed) ||
			       (message->state == NOTIFY_RAISED && !kept[i].since && *kept[i].untold);
	}
	return false;
}

void monitor_end_alerts(struct monitor *m)
{
	notify_flush(m->notify, LAST_MESSAGES_MS);
	if (m->history && !m->options.polls && m->gone_on)
		keep(m);
	notify_tell_left(m->notify, is_kept, m);
}
