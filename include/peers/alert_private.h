/* What the files of peers/alert share. */
#ifndef PEERS_ALERT_PRIVATE_H
#define PEERS_ALERT_PRIVATE_H

#include "base/arena.h"
#include "base/country.h"
#include "peers/alert.h"
#include "peers/alert_state.h"
#include "wire/expr.h"

/* Of what is shown; a column takes four bytes at most. */
enum {
	ALERT_NAME_COLS = 64,
	ALERT_WHEN_COLS = 200,
	ALERT_VALUES_COLS = 300,
	ALERT_COL = 4,
	ALERT_NAME = NOTIFY_ALERT,
	ALERT_WHEN = ALERT_COL * ALERT_WHEN_COLS + 1,
	ALERT_VALUES = ALERT_COL * ALERT_VALUES_COLS + 1,
};

struct alert {
	const struct conf_alert *conf;
	struct alert_rule rule;
	struct alert_state state;
	struct arena arena;
	struct expr *when, *clear; /* in the arena; clear: NULL = when `when` is false */
	uint64_t id;               /* of the whole condition, not of what is shown of it */
	bool gone_on;              /* it was so before a restart, and not all daemons have answered since */
	bool asks_new;             /* for new countries */
	bool only_new;             /* in the latest poll it holds for them alone */
	bool lasts;                /* it was told for more than them: there is an end that is worth a message */
	bool heard;                /* what was told last has reached somebody */
	int64_t told_date;         /* when that was: as the state has it, but for a clock that was set since */
	bool fresh[COUNTRY_MAX];   /* countries that are new, and not told yet */
	bool unheard[COUNTRY_MAX]; /* told, in messages that may still wait */
	char name[ALERT_NAME], condition[ALERT_WHEN], values[ALERT_VALUES]; /* clean */
};

/* Whether a daemon has ever answered, and which one that is. */
struct alert_answer {
	bool came;
	int64_t began_ms; /* since when it is asked */
};

struct alerts {
	struct alert *list; /* owned */
	size_t count;
	bool gone_on; /* the history has said how they were */
	bool known[COUNTRY_MAX];
	struct alert_answer answers[CONF_DAEMONS];
	bool began;
	int64_t began_ms;  /* time of the first check, on the monotonic clock */
	int64_t date_at_0; /* of that clock, by the date at the latest check */
};

#endif
