/* The event loop: one thread runs the program. Descriptors, timers on the monotonic clock, signals as events, and one
 * hook before each sleep, where drawing and saving happen. */
#ifndef CORE_LOOP_H
#define CORE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

enum { LOOP_IN = 1, LOOP_OUT = 2 };

struct loop;

/* A timer lives in its owner's struct; zero it, fill the first two members, and stop it before the memory goes. */
struct loop_timer {
	void (*fire)(void *context);
	void *context;
	int64_t at_ms; /* monotonic; private from here on */
	struct loop_timer *next;
	bool armed;
};

/* This and loop_signal() end the program when the system has no descriptor for it. */
struct loop *loop_new(void);
void loop_free(struct loop *l);
/* Runs until loop_stop(). */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);
/* Both clocks as read after the last wake-up. */
struct now loop_now(const struct loop *l);

/* Watches a descriptor for `events` (LOOP_IN | LOOP_OUT), or changes what is watched. `ready` gets the events; an error
 * or hang-up is told as all that is watched. 0, or -EPERM: a file that is always ready, or -EBADF. Where the kernel
 * fails otherwise, as without memory, it is tried again every 100 ms. */
int loop_watch(struct loop *l, int fd, unsigned events, void (*ready)(void *context, int fd, unsigned events),
	       void *context);
void loop_unwatch(struct loop *l, int fd);

/* Fires once at `at_ms` on the monotonic clock; arming again moves it. */
void loop_timer_at(struct loop *l, struct loop_timer *timer, int64_t at_ms);
/* Fires `delay_ms` after loop_now(). */
void loop_timer_in(struct loop *l, struct loop_timer *timer, int64_t delay_ms);
void loop_timer_stop(struct loop *l, struct loop_timer *timer);

/* From now on the signal is an event of the loop (signalfd). */
void loop_signal(struct loop *l, int signal, void (*caught)(void *context, int signal), void *context);
/* Called before each sleep. */
void loop_before_sleep(struct loop *l, void (*hook)(void *context), void *context);

#endif
