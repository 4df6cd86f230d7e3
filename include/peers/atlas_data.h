/* The coast lines of the world, made by tests/tools/world.mjs. */
#ifndef PEERS_ATLAS_DATA_H
#define PEERS_ATLAS_DATA_H

#include <stdint.h>

enum {
	ATLAS_UNIT = 10,     /* to the degree */
	ATLAS_BREAK = 32766, /* instead of a longitude: the line ends */
	ATLAS_END = 32767,   /* so do all */
};

/* Longitude, latitude, longitude, latitude ... ATLAS_BREAK, the next line ... ATLAS_BREAK, ATLAS_END. */
extern const int16_t atlas_coasts[];

#endif
