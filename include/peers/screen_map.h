/* Where the peers of now are, on a map of the world or of a continent. */
#ifndef PEERS_SCREEN_MAP_H
#define PEERS_SCREEN_MAP_H

#include "peers/screen.h"

extern const struct screen_view screen_map;

#endif
