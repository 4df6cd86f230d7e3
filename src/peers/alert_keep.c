/* What is left of alerts over a restart, and when a message reaches nobody. It does not know where they are kept, nor
 * who is told how. */
#include "peers/alert_private.h"

#include <string.h>

#include "base/str.h"
#include "peers/history.h"

/* ---- new countries ---- */

/* Codes, as the numbers of countries are those of this run. */
static void write_untold(const struct alert *alert, bool begin_waits, char untold[HISTORY_UNTOLD])
{
	char *end = untold;

	untold[0] = '\0';
	for (country_t c = COUNTRY_FIRST; alert->asks_new && c < country_count(); c++) {
		if (!alert->fresh[c] && !(begin_waits && alert->unheard[c]))
			continue;
		if (end > untold)
			*end++ = ' ';
		str_copy(end, 3, country_code(c));
		end += strlen(end);
	}
}

static void read_untold(struct alert *alert, const char *untold)
{
	for (const char *code = untold; *code;) {
		size_t len = strcspn(code, " ");

		alert->fresh[country_by_code(code, len)] = true;
		code += len + strspn(code + len, " ");
	}
}

static void tell_anew(struct alert *alert)
{
	for (size_t c = 0; c < COUNTRY_MAX; c++)
		alert->fresh[c] |= alert->unheard[c];
	memset(alert->unheard, 0, sizeof(alert->unheard));
}

/* ---- over a restart ---- */

/* What is kept of one is what the next start makes it tell: the queues end with the program. Better twice than never.
 * What was only told for new countries has no end. */
static bool keep(struct alert *alert, struct now now, unsigned waits, struct history_alert *k)
{
	const struct alert_state *s = &alert->state;
	bool owed = waits && s->told_at, event = !alert->lasts && s->told != ALERT_UNTOLD;

	if (!(waits & ALERT_BEGIN_WAITS))
		memset(alert->unheard, 0, sizeof(alert->unheard));
	*k = (struct history_alert){.condition = alert->id};
	if (s->told_at && !(waits & ALERT_BEGIN_WAITS))
		k->told_at = alert->told_date;
	str_copy(k->name, sizeof(k->name), alert->name);
	write_untold(alert, waits & ALERT_BEGIN_WAITS, k->untold);
	if (s->raised && !event) {
		k->since = s->since;
		k->told = owed && s->told != ALERT_ENDED ? ALERT_OWED : s->told;
	} else if (owed && (waits & ALERT_END_WAITS)) {
		k->since = s->since;
		k->told = ALERT_ENDED;
	}
	return k->since || *k->untold || (k->told_at && alert_is_quiet(s, now));
}

size_t alerts_keep(struct alerts *a, struct now now,
		   unsigned (*waits)(void *context, const char *name, int64_t told_at), void *context,
		   struct history_alert *kept, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < a->count && count < max; i++) {
		struct alert *alert = &a->list[i];

		count += keep(alert, now, waits ? waits(context, alert->name, alert->state.told_at) : 0, &kept[count]);
	}
	return count;
}

static void go_on(struct alert *alert, const struct history_alert *k, struct now now)
{
	enum alert_known told = k->told <= ALERT_ENDED ? (enum alert_known)k->told : ALERT_TOLD;

	read_untold(alert, k->untold);
	if (alert->state.raised)
		return;
	alert_go_on(&alert->state, &alert->rule, k->since, told, k->told_at, now);
	alert->told_date = k->told_at;
	alert->lasts = alert->state.told != ALERT_UNTOLD;
	alert->heard = told == ALERT_TOLD;
	alert->gone_on = true;
}

void alerts_go_on(struct alerts *a, struct now now, const struct history_alert *kept, size_t count)
{
	a->gone_on = true;
	for (size_t i = 0; i < a->count; i++)
		for (size_t k = 0; k < count; k++)
			if (strcmp(kept[k].name, a->list[i].name) == 0 && kept[k].condition == a->list[i].id)
				go_on(&a->list[i], &kept[k], now);
}

/* ---- messages ---- */

static struct alert *find_told(struct alerts *a, const struct notify_message *m)
{
	for (size_t i = 0; m->state == NOTIFY_RAISED && i < a->count; i++)
		if (strcmp(a->list[i].name, m->alert) == 0 && a->list[i].state.told_at == m->wall)
			return &a->list[i];
	return NULL;
}

void alerts_heard(struct alerts *a, const struct notify_message *m)
{
	struct alert *alert = find_told(a, m);

	if (alert)
		alert->heard = true;
}

void alerts_dropped(struct alerts *a, const struct notify_message *m)
{
	struct alert *alert = find_told(a, m);

	if (!alert || alert->heard)
		return;
	tell_anew(alert);
	alert_unheard(&alert->state);
}
