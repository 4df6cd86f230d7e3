/* A map of the world or of a continent: coast lines in braille, and over them places by their weight. Pure: draws into
 * a frame, and knows neither peers nor countries. Equirectangular, its standard parallel the middle of what it shows.
 * The page of the web server draws the same map, with the windows, the coasts and the steps that are told here.
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

/* What is seen of the earth, in degrees; east - west is 360 at most, and east may be more than 180. */
struct atlas_window {
	const char *name; /* "Europe" */
	double west, east, south, north;
};

/* What is no zoom is the world. */
const struct atlas_window *atlas_window(enum atlas_zoom zoom);
/* The same longitude a whole number of turns away, from `west` to less than `west` + 360. */
double atlas_turn(double longitude, double west);

struct atlas_drawn {
	uint64_t outside; /* weight of what lies beyond the picture */
	uint64_t most;    /* the most that is in one cell */
};

/* Draws into the area the window of the zoom, and around it what fits, with the ratio of a cell that is twice as high
 * as wide. The weights within a cell are added up; its step is frame_heat_level(weight, the most that is in sight). */
struct atlas_drawn atlas_draw(struct frame *f, struct frame_area area, enum atlas_zoom zoom,
			      const struct atlas_place *places, size_t count);
/* The coast lines as the data of an SVG path, x = longitude and y = -latitude in degrees times ATLAS_UNIT: 26 kB for a
 * page that draws the same map. */
void atlas_svg_path(struct buf *out);
/* The symbol of a step from 1 to FRAME_HEAT_LEVELS, for a legend; its style is FRAME_HEAT1 + level - 1. */
const char *atlas_symbol(const struct frame *f, unsigned level);

#endif
