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
/* For a restart: the states that are worth it, at most `max` of them; returns how many. One that is over, of which
 * somebody still waits to hear (end_waits), is kept as raised and told. */
size_t alerts_keep(const struct alerts *a, struct now now, bool (*end_waits)(void *context, const char *name),
		   void *context, struct history_alert *kept, size_t max);
/* After one: an alert of the same name and condition that is not raised goes on as it was. */
void alerts_go_on(struct alerts *a, struct now now, const struct history_alert *kept, size_t count);
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
