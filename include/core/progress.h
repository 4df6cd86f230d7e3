/* How far long work has come: a bar with rate and time left on a terminal, a line every few seconds elsewhere, on
 * stderr. It does not know what is being done. */
#ifndef CORE_PROGRESS_H
#define CORE_PROGRESS_H

#include <stdint.h>

#include "core/loop.h"

struct progress;

/* `what` and `unit`: "trackers", "torrents". Draws by itself on a timer of the loop; NULL: at progress_step(). */
struct progress *progress_new(struct loop *loop, const char *what, const char *unit);
/* `total` 0 = not known yet; `note` is shown behind ("" = none; copied). */
void progress_set(struct progress *p, uint64_t done, uint64_t total, const char *note);
/* Without a loop: draws if it is time to. Cheap enough to be called for every thing that is done. */
void progress_step(struct progress *p);
/* So many of those that are done took no work, as they were done in an earlier run: the rate is that of the others. */
void progress_pass(struct progress *p, uint64_t passed);
/* Clears the bar. NULL is accepted. */
void progress_free(struct progress *p);

#endif
