/* Keys in announce URLs ("http://host/0123abcd/announce", "?passkey=0123abcd"), which only the tracker may see. */
#ifndef SWARM_PASSKEY_H
#define SWARM_PASSKEY_H

#include "wire/tracker_url.h"

/* What a tracker says may repeat the key it was asked with: makes stars of it, in place, whatever its case. */
void passkey_hide(const struct tracker_url *url, char *text);

#endif
