/* Rounds: every `refresh` seconds all daemons are asked; a round is over when all have answered or failed, at the
 * latest when the next one starts. A daemon that does not answer is late when the patience with it is over: until then,
 * with a shorter interval, its latest answer is still true, and the first round goes on while nobody has answered yet.
 * It knows when, not what is done with the answers. */
#ifndef PEERS_ROUND_H
#define PEERS_ROUND_H

#include <stdbool.h>
#include <stdint.h>

#include "core/loop.h"
#include "peers/source.h"

struct round {
	struct loop *loop;
	struct source **sources;
	unsigned source_count;
	int64_t refresh_ms;
	int64_t patience_ms; /* with a daemon, from when it was asked */
	bool running, open, paused;
	int64_t next_ms; /* when the next one starts, monotonic */
	struct loop_timer timer;
	/* A source that is asked for so long that no round waits for it any more. */
	void (*late)(void *context, struct source *s);
	/* A round is over. */
	void (*over)(void *context);
	void *context;
};

/* The first round starts as soon as the loop runs. Until then nobody is asked, and what is set is set for later. */
void round_start(struct round *r);
void round_stop(struct round *r);
/* A source answered. One that does so outside a round was down and is back: that starts a round, in which the others
 * are asked and it is not asked again; so every answer is of a round, and counted once. */
void round_answered(struct round *r, const struct source *s);
/* A source failed: perhaps the last one. */
void round_settle(struct round *r);
/* Asks all that are not being asked; starts a round for that, unless one is open. */
void round_hurry(struct round *r);
void round_pause(struct round *r, bool pause);
/* The next longer or shorter of the intervals that people like, in milliseconds; the same at either end. */
int64_t round_next_interval(const struct round *r, bool longer);
/* Another interval, from now on. */
void round_refresh(struct round *r, int64_t refresh_ms);

#endif
