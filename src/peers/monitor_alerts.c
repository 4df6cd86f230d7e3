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
			.loop = m->loop, .http = m->http, .ring = ring, .noted = notifier_noted, .context = m});
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

void monitor_check_alerts(struct monitor *m)
{
	struct scene scene = monitor_scene(m);

	if (m->record)
		alerts_check(m->alerts, &scene, tell, m);
}

void monitor_end_alerts(struct monitor *m)
{
	notify_flush(m->notify, LAST_MESSAGES_MS);
}
