/* Countries by hour of day. */
#ifndef PEERS_SCREEN_HEATMAP_H
#define PEERS_SCREEN_HEATMAP_H

#include "peers/screen.h"

extern const struct screen_view screen_heatmap;

#endif
