/* Records: which drawer writes them, in which style, and where to. */
#ifndef PEERS_RECORDER_H
#define PEERS_RECORDER_H

#include <stdbool.h>

#include "base/err.h"
#include "core/loop.h"
#include "peers/options.h"
#include "peers/scene.h"

struct recorder;

/* Opens the output that the options ask for. `broken` is called when nobody reads any more. NULL with a message. */
struct recorder *recorder_new(const struct options *options, struct loop *loop, void (*broken)(void *context),
			      void *context, struct err *err);
void recorder_free(struct recorder *r);
/* Writes a poll. -ENOBUFS: its reader is so far behind that it was dropped. */
int recorder_poll(struct recorder *r, const struct scene *scene);
/* Writes the summary of the run, if its format has one. */
void recorder_summary(struct recorder *r, const struct scene *scene);
bool recorder_has_summary(const struct recorder *r);
/* After logrotate. 0 or -errno with a message. */
int recorder_reopen(struct recorder *r, struct err *err);
/* Waits for a slow reader at most so long, for ever if negative. 0 when all is written or nobody reads any more;
 * -ETIMEDOUT when some is not written yet, -EIO when some is lost. */
int recorder_flush(struct recorder *r, int wait_ms);

/* Are escape codes wanted? --color, then NO_COLOR, CLICOLOR_FORCE, then whether stdout is a terminal that has
 * colours. */
bool recorder_wants_color(const struct options *options);

#endif
