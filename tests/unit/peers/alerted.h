/* Alerts over the tables of drawn.h, and an ear for what they tell. After tap.h. */
#ifndef ALERTED_H
#define ALERTED_H

#include <stdio.h>

#include "peers/alert.h"
#include "peers/history.h"
#include "unit/peers/drawn.h"

enum { TOLD_MAX = 8 };

struct ear {
	unsigned count;
	struct notify_message messages[TOLD_MAX];
	char lines[TOLD_MAX][1024];
};

static inline void hear(void *context, const struct alert_told *told)
{
	struct ear *ear = context;

	if (ear->count == TOLD_MAX)
		return;
	ear->messages[ear->count] = *told->message;
	snprintf(ear->lines[ear->count++], sizeof(ear->lines[0]), "%s", told->line);
}

/* One of the daemons was lost long ago, so that sums are those of the others. */
static inline void begin(struct drawn *d)
{
	drawn_begin(d);
	d->sources[1].good_mono_ms -= 3600 * 1000;
}

static inline struct conf_alert alert(const char *name, const char *when, const char *clear, uint32_t polls)
{
	return (struct conf_alert){.name = (char *)name,
				   .when = (char *)when,
				   .clear = (char *)clear,
				   .polls = polls,
				   .cooldown = 3600,
				   .message = ""};
}

static inline unsigned waits(void *context, const char *name, int64_t told_at)
{
	ok(*name && told_at >= 0, "%s is asked for", name);
	return *(const unsigned *)context;
}

/* As a restart: what the one keeps the other goes on with. */
static inline struct alerts *restarted_waiting(struct alerts *a, const struct conf *conf, struct drawn *d,
					       unsigned waiting)
{
	struct history_alert kept[HISTORY_ALERTS];
	size_t count = alerts_keep(a, d->scene.now, waits, &waiting, kept, HISTORY_ALERTS);

	alerts_free(a);
	a = alerts_new();
	alerts_configure(a, conf);
	alerts_go_on(a, d->scene.now, kept, count);
	d->scene.alerts = a;
	return a;
}

static inline struct alerts *restarted(struct alerts *a, const struct conf *conf, struct drawn *d)
{
	return restarted_waiting(a, conf, d, 0);
}

#endif
