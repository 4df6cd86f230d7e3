/* The nodes that one lookup knows, closest first. It keeps Sybils apart: one node of a network, and which ids are bound
 * to their address: for such ones places are reserved, as whoever invents nodes next to a hash invents any number. It
 * sends nothing. */
#include "swarm/dht_private.h"

#include <string.h>

#include "base/xmalloc.h"
#include "wire/nodeid.h"

enum {
	NETWORK4 = 15, /* bytes of a /24 in the mapped form */
	NETWORK6 = 8,  /* of a /64 */
	CANDIDATES = 16, /* that there is room for at first */
};

struct dht_candidate *dht_candidates_find(struct dht_lookup *l, const struct dht_at *at)
{
	for (uint32_t i = 0; i < l->count; i++)
		if (dht_same_at(&l->candidates[i].at, at))
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
	l->compliant -= l->candidates[at].compliant;
	memmove(&l->candidates[at], &l->candidates[at + 1], (--l->count - at) * sizeof(l->candidates[0]));
}

static void put_in(struct dht_lookup *l, const struct dht_candidate *c)
{
	uint32_t at;

	if (l->count == l->cap) {
		l->cap = l->cap ? l->cap * 2 : CANDIDATES;
		l->candidates = xreallocarray(l->candidates, l->cap, sizeof(*l->candidates));
	}
	at = l->count++;
	for (; at > 0 && dht_compare(c->distance, l->candidates[at - 1].distance) < 0; at--)
		l->candidates[at] = l->candidates[at - 1];
	l->candidates[at] = *c;
	l->compliant += c->compliant;
}

static bool same_network(const struct ip *a, const struct ip *b)
{
	return memcmp(a->b, b->b, ip_is4(a) ? NETWORK4 : NETWORK6) == 0;
}

/* Somebody says that it is known by another id, or that another one is in its network. Who was asked stays, else who
 * has an id that is bound to the address, else the closer one. */
static bool is_better(const struct dht_candidate *known, const struct dht_candidate *c)
{
	if (known->state != DHT_UNASKED)
		return false;
	if (known->compliant != c->compliant)
		return c->compliant;
	return !dht_same_at(&known->at, &c->at) && dht_compare(c->distance, known->distance) <= 0;
}

/* May it join, beside one at the same address or in the same network? */
static bool admit(struct dht *d, struct dht_lookup *l, const struct dht_candidate *c)
{
	struct dht_candidate *known = dht_candidates_find(l, &c->at);
	uint32_t i = 0;

	if (!known && d->config.allow_private)
		return true;
	while (!known && i < l->count && !same_network(&l->candidates[i].at.ip, &c->at.ip))
		i++;
	if (!known && i == l->count)
		return true;
	if (!known) {
		known = &l->candidates[i];
		d->counters.crowded++;
	}
	if (!is_better(known, c))
		return false;
	take_out(l, (uint32_t)(known - l->candidates));
	return true;
}

/* The farthest that has not answered, of all or of those without a compliant id. Else the farthest of them. */
static uint32_t farthest(const struct dht_lookup *l, bool any)
{
	uint32_t last = DHT_NOBODY;

	for (uint32_t i = l->count; i-- > 0;) {
		const struct dht_candidate *c = &l->candidates[i];

		if (c->compliant && !any)
			continue;
		if (c->state != DHT_ANSWERED)
			return i;
		if (last == DHT_NOBODY)
			last = i;
	}
	return last;
}

/* Makes room, if it is worth it. */
static bool make_room(struct dht_lookup *l, const struct dht_candidate *c)
{
	bool claims = c->compliant && l->compliant < DHT_RESERVED;
	uint32_t at;

	if (l->count < DHT_CANDIDATES)
		return true;
	at = farthest(l, c->compliant ? !claims : l->compliant > DHT_RESERVED);
	if (!claims && dht_compare(c->distance, l->candidates[at].distance) >= 0)
		return false;
	take_out(l, at);
	return true;
}

/* Too far away to join, whatever its id is. */
static bool is_far(const struct dht_lookup *l, const uint8_t *distance)
{
	return l->count == DHT_CANDIDATES && l->compliant >= DHT_RESERVED &&
	       dht_compare(distance, l->candidates[l->count - 1].distance) >= 0;
}

void dht_candidates_add(struct dht *d, struct dht_lookup *l, const struct dht_at *at, const uint8_t *id)
{
	struct dht_candidate c = {.at = *at, .state = DHT_UNASKED};

	distance_of(l, id, c.distance);
	if (is_far(l, c.distance))
		return;
	c.compliant = nodeid_matches(&at->ip, id);
	if (dht_graves_strikes(&d->graves, at, d->now) >= DHT_BURIED || !admit(d, l, &c) || !make_room(l, &c))
		return;
	put_in(l, &c);
	l->seen += c.compliant;
}

/* Where a distance is, or would be. */
static uint32_t place_of(const struct dht_lookup *l, const uint8_t *distance)
{
	uint32_t low = 0, high = l->count;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (dht_compare(l->candidates[middle].distance, distance) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Most nodes of most replies are too far away, or known by that id: they are not even read. */
static bool is_news(const struct dht_lookup *l, const uint8_t *record, size_t len)
{
	uint8_t distance[COMPACT_ID], known[COMPACT_PEER6];
	const struct dht_candidate *c;
	uint32_t at;

	if (l->count == DHT_CANDIDATES && l->compliant >= DHT_RESERVED &&
	    (record[0] ^ l->target[0]) > l->candidates[DHT_CANDIDATES - 1].distance[0])
		return false;
	distance_of(l, record, distance);
	at = place_of(l, distance);
	if (at == l->count)
		return !is_far(l, distance);
	c = &l->candidates[at];
	if (dht_compare(c->distance, distance) != 0)
		return true;
	compact_put_peer(&(struct compact_peer){c->at.ip, c->at.port}, known);
	return memcmp(known, record + COMPACT_ID, len - COMPACT_ID) != 0;
}

void dht_candidates_read(struct dht *d, struct dht_lookup *l, struct krpc_slice nodes)
{
	size_t each = l->family == DHT_V4 ? COMPACT_NODE4 : COMPACT_NODE6;
	const uint8_t *p = nodes.bytes;
	struct compact_node node;

	for (size_t left = nodes.len; left >= each; left -= each, p += each)
		if (is_news(l, p, each) && dht_read_node(d, l->family, p, &node))
			dht_candidates_add(d, l, &(struct dht_at){node.at.ip, node.at.port}, node.id);
}

void dht_candidates_rename(struct dht_lookup *l, struct dht_candidate *c, const uint8_t *id)
{
	struct dht_candidate renamed = *c;

	distance_of(l, id, renamed.distance);
	if (dht_compare(renamed.distance, c->distance) == 0)
		return;
	renamed.compliant = nodeid_matches(&c->at.ip, id);
	l->seen += renamed.compliant && !c->compliant;
	take_out(l, (uint32_t)(c - l->candidates));
	put_in(l, &renamed);
}
