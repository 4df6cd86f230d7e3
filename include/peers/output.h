/* Where records go: stdout or a file that is appended to. Written without ever waiting for a slow reader. */
#ifndef PEERS_OUTPUT_H
#define PEERS_OUTPUT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "core/loop.h"

struct output;

/* `path` NULL = stdout. `broken` is called once nobody reads any more (closed pipe). NULL with a message if the file
 * cannot be opened. */
struct output *output_new(struct loop *loop, const char *path, void (*broken)(void *context), void *context,
			  struct err *err);
void output_free(struct output *o);
/* True if nothing stands in it yet: a file of size 0, or a stdout that was not written to. */
bool output_is_empty(const struct output *o);
/* Queues the text. A record is taken whole or, when the reader is too far behind, dropped whole: -ENOBUFS. */
int output_write(struct output *o, const struct buf *text);
/* Opens the file anew (after logrotate). 0 or -errno with a message; then it goes on with the old one. */
int output_reopen(struct output *o, struct err *err);
/* Writes what is queued, waiting for the reader at most so long, for ever if negative. 0 when all is written or nobody
 * reads any more; -ETIMEDOUT when some is not written yet, -EIO when some is lost. */
int output_flush(struct output *o, int wait_ms);

#endif
