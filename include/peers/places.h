/* Where the connections of now are: places on a map, each once. */
#ifndef PEERS_PLACES_H
#define PEERS_PLACES_H

#include <stddef.h>
#include <stdint.h>

#include "peers/atlas.h"
#include "peers/scene.h"

struct placed {
	struct atlas_place at; /* weight: connections */
	country_t country;
	const char *city;      /* as long as the tables live; NULL if unknown */
};

struct places {
	struct placed *items; /* most connections first; owned */
	size_t count;
	uint64_t nowhere; /* connections whose country is Unknown or Local */
};

void places_find(struct places *p, const struct scene *scene);
void places_done(struct places *p);

#endif
