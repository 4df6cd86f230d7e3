/* When an alert is raised, when it is over, and when somebody is told. Pure: poll after poll comes in. */
#ifndef PEERS_ALERT_STATE_H
#define PEERS_ALERT_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "wire/expr.h"

struct alert_rule {
	uint32_t polls;      /* in a row that it takes, both ways; >= 1 */
	int64_t cooldown_ms; /* from one message of a raised alert to the next */
};

enum alert_news { ALERT_SILENT, ALERT_RAISED, ALERT_CLEARED };

/* Of a raised alert. The history keeps these numbers. */
enum alert_known {
	ALERT_UNTOLD, /* nobody knows that it is, nor will of its end */
	ALERT_TOLD,
	ALERT_OWED,  /* somebody knows, or was to know: it is to be told again, and its end in any case */
	ALERT_ENDED, /* the same after a restart, when it was over before that: it begins anew if it holds */
};

/* Zeroed at the start. */
struct alert_state {
	bool raised;
	enum alert_known told;
	uint32_t polls;   /* in a row that speak for a change */
	int64_t since;    /* of the first poll that led to what is raised; seconds since 1970 */
	bool quiet;       /* no message ... */
	int64_t quiet_ms; /* ... before this time on the monotonic clock */
	int64_t told_at;  /* when it was told last, seconds since 1970; 0 = never */
};

/* A poll: does the condition of the alert hold, does that of its end? What is open neither adds to a row nor breaks it.
 * Returns what is to be told now. An alert that is
 * raised while a message is too new is told later, if its condition holds then; one whose beginning was not told has no
 * end that is told. */
enum alert_news alert_step(struct alert_state *s, const struct alert_rule *rule, enum expr_truth holds,
			   enum expr_truth ends, struct now now);

/* What an alert is about happened anew: while it is raised that is to be told as well, as soon as its cooldown
 * allows. `lasts`: what it was raised for goes on besides. */
void alert_again(struct alert_state *s, bool lasts, struct now now);
/* What was told last has reached nobody, and is told as soon as it holds. */
void alert_unheard(struct alert_state *s);

/* Is a message too new for another one? */
bool alert_is_quiet(const struct alert_state *s, struct now now);
/* After a restart: `since`, or 0 if it was not raised, `told` and `told_at` are those of before. A cooldown runs on by
 * the date; one that began in the future, as it seems, begins now. */
void alert_go_on(struct alert_state *s, const struct alert_rule *rule, int64_t since, enum alert_known told,
		 int64_t told_at, struct now now);

#endif
