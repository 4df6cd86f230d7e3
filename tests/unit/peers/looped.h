/* The loop of a test program. Include it once, in the .c with main(), which makes and frees the loop. */
#ifndef LOOPED_H
#define LOOPED_H

#include "core/loop.h"

static struct loop *loop;

static inline void loop_over(void *context)
{
	loop_stop(context);
}

static inline void run_for(int64_t ms)
{
	struct loop_timer timer = {.fire = loop_over, .context = loop};

	loop_timer_in(loop, &timer, ms);
	loop_run(loop);
}

#endif
