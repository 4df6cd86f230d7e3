/* One job on a thread of its own, for what may take long and must not stop the loop: opening a file on a disk that does
 * not answer, or that another program has locked. */
#ifndef CORE_ASIDE_H
#define CORE_ASIDE_H

#include <stdbool.h>
#include <stdint.h>

struct aside;

/* Starts run(context), which touches nothing but the context, as the caller does nothing with it until the job is over.
 * Where no thread can be had the job is done at once, by the caller. */
struct aside *aside_begin(void (*run)(void *context), void *context);
/* Whether the job is over, waiting `ms` for that at most. True: `a` is freed, and the context is the caller's again. */
bool aside_over(struct aside *a, int64_t ms);
/* Nobody waits for it any more: drop(context) is called once it is over, here or there. */
void aside_drop(struct aside *a, void (*drop)(void *context));

#endif
