/* What waits to be told by one notifier, and when it is tried: in order, again after a failure, at most so many. Pure:
 * the clock comes in. */
#ifndef CORE_NOTIFY_QUEUE_H
#define CORE_NOTIFY_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/notify_message.h"

enum {
	NOTIFY_WAITING = 100,             /* messages, at most; then the oldest are lost */
	NOTIFY_FIRST_MS = 2000,           /* rest after a failure, twice as long after the next ... */
	NOTIFY_REST_MS = 15 * 60 * 1000,  /* ... up to this */
	NOTIFY_AFTER_MS = 60 * 60 * 1000, /* the longest that the other side may ask for */
	NOTIFY_OLD_MS = 24 * 3600 * 1000, /* what is older is no news */
};

struct notify_queue {
	struct {
		struct notify_message *message; /* owned */
		int64_t born_ms;
	} items[NOTIFY_WAITING]; /* ring */
	unsigned first, count;
	bool flying;       /* the first of them is on its way */
	unsigned failures; /* in a row */
	int64_t next_ms;   /* not to be tried before */
	uint64_t sent, lost;
	uint32_t lost_since; /* lost since one was sent: to be told with the next */
};

/* Zeroed it is empty. */
void notify_queue_done(struct notify_queue *q);
/* Takes a copy. False: the oldest that is not on its way was lost for it. */
bool notify_queue_add(struct notify_queue *q, const struct notify_message *m, int64_t now_ms);
/* The one to be sent now, on its way from here on until one of the three below is called; NULL: none yet. What has
 * grown too old is lost before. */
const struct notify_message *notify_queue_next(struct notify_queue *q, int64_t now_ms);
/* When to ask for the next, on the monotonic clock; -1: nothing waits, or one is on its way. */
int64_t notify_queue_due(const struct notify_queue *q);

/* The i-th of them, from the oldest. */
const struct notify_message *notify_queue_at(const struct notify_queue *q, unsigned i);

void notify_queue_sent(struct notify_queue *q);
/* It may succeed later. `after_ms`: what the other side asks for, 0 = nothing; `random`: any number. */
void notify_queue_failed(struct notify_queue *q, int64_t now_ms, int64_t after_ms, uint32_t random);
/* It will never be taken: lost. */
void notify_queue_refused(struct notify_queue *q);
/* It was called back: to be sent again, at once. */
void notify_queue_landed(struct notify_queue *q);
/* Whether it is in: that the alert was raised, as was decided at `wall`. */
bool notify_queue_holds(const struct notify_queue *q, const char *alert, int64_t wall);
/* Or one about its end. */
bool notify_queue_holds_end(const struct notify_queue *q, const char *alert);
/* At the end of the program: how many of them the next start tells, which are those of which `kept` says so (`last`: of
 * those about its alert); the others are lost. */
unsigned notify_queue_kept(const struct notify_queue *q,
			   bool (*kept)(void *context, const struct notify_message *m, bool last), void *context);
/* Whatever has failed: the next one is tried at once. */
void notify_queue_hurry(struct notify_queue *q);

#endif
