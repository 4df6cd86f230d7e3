/* A map of the world or of a continent: coast lines in braille, and over them places by their weight. Pure: draws into
 * a frame, and knows neither peers nor countries. Equirectangular, its standard parallel the middle of what it shows.
 * (map.h is the hash table.) */
#ifndef PEERS_ATLAS_H
#define PEERS_ATLAS_H

#include <stddef.h>
#include <stdint.h>

#include "peers/frame.h"

enum atlas_zoom {
	ATLAS_WORLD,
	ATLAS_EUROPE,
	ATLAS_ASIA,
	ATLAS_AFRICA,
	ATLAS_NORTH_AMERICA,
	ATLAS_SOUTH_AMERICA,
	ATLAS_OCEANIA,
	ATLAS_ZOOMS,
};

/* Where something is, in degrees, north and east positive, and how much of it. Not drawn if not finite, or nothing. */
struct atlas_place {
	float latitude, longitude;
	uint64_t weight;
};

/* "Europe"; what is no zoom is the world. */
const char *atlas_zoom_name(enum atlas_zoom zoom);

struct atlas_drawn {
	uint64_t outside; /* weight of what lies beyond the picture */
	uint64_t most;    /* the most that is in one cell */
};

/* Draws into the area what fits of the continent and around it, with the ratio of a cell that is twice as high as wide.
 * The weights within a cell are added up; its symbol goes by frame_heat_level(). */
struct atlas_drawn atlas_draw(struct frame *f, struct frame_area area, enum atlas_zoom zoom,
			      const struct atlas_place *places, size_t count);
/* The coast lines as the data of an SVG path, x = longitude and y = -latitude in degrees times ATLAS_UNIT: 26 kB for a
 * page that draws the same map. */
void atlas_svg_path(struct buf *out);
/* The symbol of a step from 1 to FRAME_HEAT_LEVELS, for a legend; its style is FRAME_HEAT1 + level - 1. */
const char *atlas_symbol(const struct frame *f, unsigned level);

#endif
