/* The alerts of the monitor: conditions over what the screen shows, checked after each poll. */
#ifndef PEERS_ALERT_H
#define PEERS_ALERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "core/conf.h"
#include "core/notify_message.h"

struct alerts;
struct history_alert;
struct scene;

/* What is to be told. */
struct alert_told {
	const struct conf_list *notify; /* whom */
	const struct notify_message *message;
	const char *line; /* the same in a line, for logs */
};

struct alert_status {
	const char *name, *when; /* clean */
	bool raised;
	int64_t since;      /* while raised: seconds since 1970 */
	const char *values; /* what the condition asked about in the latest poll, clean */
};

struct alerts *alerts_new(void);
void alerts_free(struct alerts *a);
/* Takes over the alerts of a configuration, which must live until the next call or alerts_free(). One whose name and
 * condition stay keeps its state. */
void alerts_configure(struct alerts *a, const struct conf *conf);
/* What somebody still waits to hear of an alert. */
enum alert_waiting { ALERT_BEGIN_WAITS = 1, ALERT_END_WAITS = 2 };

/* For a restart: the states that are worth it, at most `max` of them; returns how many. `waits`: what waits of an
 * alert, the beginning that was decided at `told_at` and any end; NULL = nothing does. */
size_t alerts_keep(struct alerts *a, struct now now,
		   unsigned (*waits)(void *context, const char *name, int64_t told_at), void *context,
		   struct history_alert *kept, size_t max);
/* After one: an alert of the same name and condition that is not raised goes on as it was. */
void alerts_go_on(struct alerts *a, struct now now, const struct history_alert *kept, size_t count);
/* A message has reached somebody. */
void alerts_heard(struct alerts *a, const struct notify_message *m);
/* One was given up. If nobody had it, it is told anew. */
void alerts_dropped(struct alerts *a, const struct notify_message *m);
/* A poll is over. False: the history may yet say how they were, so nothing but their values is known. */
bool alerts_check(struct alerts *a, const struct scene *scene,
		  void (*tell)(void *context, const struct alert_told *told), void *context);
/* The same poll again, when it has. */
bool alerts_check_late(struct alerts *a, const struct scene *scene,
		       void (*tell)(void *context, const struct alert_told *told), void *context);
/* Countries are located anew: those that are there now are not new. */
void alerts_relocated(struct alerts *a);

size_t alerts_count(const struct alerts *a);
struct alert_status alerts_status(const struct alerts *a, size_t i);
size_t alerts_raised(const struct alerts *a);

#endif
