/* The first view: everything at a glance. */
#ifndef PEERS_SCREEN_OVERVIEW_H
#define PEERS_SCREEN_OVERVIEW_H

#include "peers/screen.h"

extern const struct screen_view screen_overview;

#endif
