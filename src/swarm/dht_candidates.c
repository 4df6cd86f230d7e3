/* The nodes that one lookup knows, closest first. It keeps Sybils apart: one node of a network, and which ids are bound
 * to their address. It sends nothing. */
#include "swarm/dht_private.h"

#include <string.h>

#include "wire/nodeid.h"

enum { NETWORK4 = 15, NETWORK6 = 8 }; /* bytes of a /24 in the mapped form, of a /64 */

struct dht_candidate *dht_candidates_find(struct dht_lookup *l, const struct dht_at *at)
{
	for (uint32_t i = 0; i < l->count; i++)
		if (memcmp(&l->candidates[i].at, at, sizeof(*at)) == 0)
			return &l->candidates[i];
	return NULL;
}

static void distance_of(const struct dht_lookup *l, const uint8_t *id, uint8_t *distance)
{
	for (int i = 0; i < COMPACT_ID; i++)
		distance[i] = id[i] ^ l->target[i];
}

static void take_out(struct dht_lookup *l, uint32_t at)
{
	memmove(&l->candidates[at], &l->candidates[at + 1], (--l->count - at) * sizeof(l->candidates[0]));
}

static void put_in(struct dht_lookup *l, const struct dht_candidate *c)
{
	uint32_t at = l->count++;

	for (; at > 0 && memcmp(c->distance, l->candidates[at - 1].distance, COMPACT_ID) < 0; at--)
		l->candidates[at] = l->candidates[at - 1];
	l->candidates[at] = *c;
}

static bool same_network(const struct ip *a, const struct ip *b)
{
	return memcmp(a->b, b->b, ip_is4(a) ? NETWORK4 : NETWORK6) == 0;
}

/* May it join? Of two in one network the one that was asked stays, else the closer one. */
static bool admit(struct dht *d, struct dht_lookup *l, const struct dht_at *at, const uint8_t *distance)
{
	uint32_t i = 0;

	if (dht_candidates_find(l, at))
		return false;
	if (d->config.allow_private)
		return true;
	while (i < l->count && !same_network(&l->candidates[i].at.ip, &at->ip))
		i++;
	if (i == l->count)
		return true;
	d->counters.crowded++;
	if (l->candidates[i].state != DHT_UNASKED || memcmp(l->candidates[i].distance, distance, COMPACT_ID) < 0)
		return false;
	take_out(l, i);
	return true;
}

void dht_candidates_add(struct dht *d, struct dht_lookup *l, const struct dht_at *at, const uint8_t *id)
{
	struct dht_candidate c = {.at = *at, .state = DHT_UNASKED};

	distance_of(l, id, c.distance);
	if (l->count == DHT_CANDIDATES && memcmp(c.distance, l->candidates[l->count - 1].distance, COMPACT_ID) >= 0)
		return;
	if (!admit(d, l, at, c.distance) || dht_graves_strikes(&d->graves, at, d->now) >= DHT_BURIED)
		return;
	c.compliant = nodeid_matches(&at->ip, id);
	if (l->count == DHT_CANDIDATES)
		l->count--;
	put_in(l, &c);
}

void dht_candidates_rename(struct dht_lookup *l, struct dht_candidate *c, const uint8_t *id)
{
	struct dht_candidate renamed = *c;

	distance_of(l, id, renamed.distance);
	if (memcmp(renamed.distance, c->distance, COMPACT_ID) == 0)
		return;
	renamed.compliant = nodeid_matches(&c->at.ip, id);
	take_out(l, (uint32_t)(c - l->candidates));
	put_in(l, &renamed);
}
