/* The closest nodes of every torrent, as they were the last time: where its next lookup begins. */
#ifndef SWARM_DHT_NEAR_H
#define SWARM_DHT_NEAR_H

#include "swarm/catalog.h"
#include "swarm/dht.h"

struct dht_near;

/* Of those targets that have some. `targets` must outlive it. */
struct dht_near *dht_near_load(struct catalog *c, enum dht_family family, const struct catalog_target *targets,
			       size_t count);
/* NULL is accepted. */
void dht_near_free(struct dht_near *n);
/* Compact nodes of the target at `position`; NULL and 0 if there are none, or `n` is NULL. */
const uint8_t *dht_near_get(const struct dht_near *n, size_t position, size_t *len);
/* Writes the new ones, unless they are nearly those that are there. */
void dht_near_put(struct dht_near *n, size_t position, const uint8_t *nodes, size_t len);

#endif
