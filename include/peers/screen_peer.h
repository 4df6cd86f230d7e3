/* All that is known of one peer. */
#ifndef PEERS_SCREEN_PEER_H
#define PEERS_SCREEN_PEER_H

#include "peers/screen.h"

extern const struct screen_view screen_peer;

#endif
