/* The alerts that the history keeps over restarts. It does not know what they watch, nor how they are written. */
#include "peers/history_private.h"

#include <string.h>

unsigned history_alerts(const struct history *h, const struct history_alert **alerts)
{
	*alerts = h->alerts;
	return h->alert_count;
}

static bool is_told_alike(const struct history_alert *a, const struct history_alert *b)
{
	return strcmp(a->name, b->name) == 0 && a->condition == b->condition && a->told == b->told &&
	       a->told_at == b->told_at && strcmp(a->untold, b->untold) == 0;
}

/* What was told is written soon: who is killed would tell it twice. The rest has time. */
bool history_keep_alerts(struct history *h, const struct history_alert *alerts, unsigned count)
{
	bool changed = count != h->alert_count || (!h->loaded && !h->alerts_given), told = changed;

	for (unsigned i = 0; i < count && !told; i++) {
		told = !is_told_alike(&alerts[i], &h->alerts[i]);
		changed |= told || alerts[i].since != h->alerts[i].since;
	}
	for (unsigned i = 0; i < count && changed; i++)
		h->alerts[i] = alerts[i];
	h->alert_count = count;
	h->alerts_given = true;
	h->alerts_changed |= changed;
	h->alerts_told |= told;
	return told;
}
