/* The torrent file of a chosen torrent: read from the disk or fetched by us, never by whom it is handed to, and checked
 * to be the one that was chosen. */
#ifndef SWARM_PICK_TORRENT_H
#define SWARM_PICK_TORRENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "core/conf.h"
#include "core/http.h"
#include "core/loop.h"
#include "swarm/collect_fetch.h"
#include "swarm/picked.h"

enum { PICK_TORRENT_MAX = 10 << 20 }; /* bytes of a torrent file */

/* What a torrent file says of itself. */
struct pick_torrent {
	char hash[INFO_HASH_TEXT]; /* as Transmission tells it: v1, else v2 cut */
	bool private;
	uint64_t size;
};

/* Whether the bytes are the torrent that was chosen. 0; -EBADMSG or -ESTALE (another torrent) with a message. */
int pick_torrent_check(const struct picked_one *one, const struct buf *bytes, struct pick_torrent *torrent,
		       struct err *err);
/* Of a local file. 0 or -errno: a pipe or a device is none. */
int pick_torrent_read(const char *path, struct buf *bytes);
/* Whether its link is one to be fetched. */
bool pick_torrent_is_web(const struct picked_one *one);

struct pick_fetch;

struct pick_fetch_ask {
	struct loop *loop;
	struct http *http;
	const struct conf *conf;
	const struct picked_one *one;
	struct buf *bytes; /* where it goes; of PICK_TORRENT_MAX */
	/* Once, never from within pick_fetch_start(); COLLECT_FETCHED: all is there. The fetch is still there: free it.
	 */
	void (*done)(void *context, const struct collect_fetched *fetched);
	void *context;
};

/* Under the rules of the collection that has the link: from its own host and its `hosts` only, from a private address
 * only with its allow_private, through [proxy]. NULL with a message: they do not allow it. */
struct pick_fetch *pick_fetch_start(const struct pick_fetch_ask *ask, struct err *err);
/* Also before the end; NULL is accepted. */
void pick_fetch_free(struct pick_fetch *f);

#endif
