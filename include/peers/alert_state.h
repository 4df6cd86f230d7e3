/* When an alert is raised, when it is over, and when somebody is told. Pure: poll after poll comes in. */
#ifndef PEERS_ALERT_STATE_H
#define PEERS_ALERT_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

struct alert_rule {
	uint32_t polls;      /* in a row that it takes, both ways; >= 1 */
	int64_t cooldown_ms; /* from one message of a raised alert to the next */
};

enum alert_news { ALERT_SILENT, ALERT_RAISED, ALERT_CLEARED };

/* Zeroed at the start. */
struct alert_state {
	bool raised;
	bool told;        /* somebody knows that it is */
	uint32_t polls;   /* in a row that speak for a change */
	int64_t since;    /* of the first poll that led to what is raised; seconds since 1970 */
	bool quiet;       /* no message ... */
	int64_t quiet_ms; /* ... before this time on the monotonic clock */
	int64_t told_at;  /* when it was told last, seconds since 1970; 0 = never */
};

/* A poll: does the condition of the alert hold, does that of its end? Returns what is to be told now. An alert that is
 * raised while a message is too new is told later, if its condition holds then; one whose beginning was not told has no
 * end that is told. */
enum alert_news alert_step(struct alert_state *s, const struct alert_rule *rule, bool holds, bool ends, struct now now);

/* What an alert is about happened anew: while it is raised that is to be told as well, as soon as its cooldown
 * allows. */
void alert_again(struct alert_state *s, struct now now);

/* Whether a restart has anything to go on with. */
bool alert_lasts(const struct alert_state *s, struct now now);
/* After a restart: `since`, or 0 if it was not raised, `told` and `told_at` are those of before. A cooldown runs on by
 * the date; one that began in the future, as it seems, begins now. */
void alert_go_on(struct alert_state *s, const struct alert_rule *rule, int64_t since, bool told, int64_t told_at,
		 struct now now);

#endif
