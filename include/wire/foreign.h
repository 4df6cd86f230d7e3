/* Texts and URLs that strangers put into torrents and links, made fit to keep. */
#ifndef WIRE_FOREIGN_H
#define WIRE_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

enum {
	FOREIGN_COLS = 500,           /* most columns of a text */
	FOREIGN_URL_MAX = 2048,       /* longer ones are none, after escapes too */
	FOREIGN_URL = FOREIGN_URL_MAX + 1,
};

/* Clean (base/text.h), in the arena, at most `cols` <= FOREIGN_COLS wide; NULL = -ENOMEM. */
const char *foreign_text(struct arena *a, const char *bytes, size_t len, unsigned cols);

/* URLs of trackers: udp, http, https (BEP 3, 15), ws, wss (WebTorrent). Of web seeds: http, https, ftp (BEP 19).
 * White space around is cut off, the scheme made small; space and what is not ASCII is percent-encoded. False if it is
 * none: another scheme, nothing behind it, control characters, too long. `url` is inert on every output. */
bool foreign_tracker(const char *bytes, size_t len, char url[FOREIGN_URL]);
bool foreign_web_seed(const char *bytes, size_t len, char url[FOREIGN_URL]);

#endif
