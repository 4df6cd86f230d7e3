/* Keys in announce URLs ("http://host/0123abcd/announce", "?passkey=0123abcd"), which only the tracker may see, and in
 * links to .torrent files. */
#ifndef SWARM_PASSKEY_H
#define SWARM_PASSKEY_H

#include <stdbool.h>

#include "wire/tracker_url.h"

/* What a tracker says may repeat the key it was asked with: makes stars of it, in place, whatever its case. */
void passkey_hide(const struct tracker_url *url, char *text);
/* Whether a link to the file of a private torrent may have a key in it: a login, a query, or a part of its path that is
 * none of people's words (20 letters and digits or more, both, and nothing else but '-' and '_' where they look random;
 * or 16 of hex), nor a file named by its info-hash. */
bool passkey_in_link(const char *link);

#endif
