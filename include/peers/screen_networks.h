/* Peers by network, and the peers of one. */
#ifndef PEERS_SCREEN_NETWORKS_H
#define PEERS_SCREEN_NETWORKS_H

#include "peers/screen.h"

extern const struct screen_view screen_networks, screen_network;

#endif
