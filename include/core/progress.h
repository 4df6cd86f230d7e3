/* How far long work has come: a bar with rate and time left on a terminal, a line every few seconds elsewhere, on
 * stderr. It does not know what is being done. */
#ifndef CORE_PROGRESS_H
#define CORE_PROGRESS_H

#include <stdint.h>

#include "core/loop.h"

struct progress;

/* `what` and `unit`: "trackers", "torrents". Draws by itself on a timer of the loop. */
struct progress *progress_new(struct loop *loop, const char *what, const char *unit);
/* `total` 0 = not known yet; `note` is shown behind ("" = none; copied). */
void progress_set(struct progress *p, uint64_t done, uint64_t total, const char *note);
/* Clears the bar. NULL is accepted. */
void progress_free(struct progress *p);

#endif
