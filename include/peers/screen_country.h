/* One country: its cities and its peers. */
#ifndef PEERS_SCREEN_COUNTRY_H
#define PEERS_SCREEN_COUNTRY_H

#include "peers/screen.h"

extern const struct screen_view screen_country;

#endif
