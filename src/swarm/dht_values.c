/* Who is there, as nodes say: peers, each address once, and filters that are OR-ed (BEP 33). It does not know which
 * nodes to believe. */
#include "swarm/dht_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"
#include "core/hash.h"

enum { REPLY_VALUES = 512 }; /* of one reply; a datagram of 4 KiB has no more */

/* Where it is in the sorted addresses, or where it would be. */
static uint32_t place_of(const struct dht_lookup *l, const struct ip *ip, bool *known)
{
	uint32_t low = 0, high = l->address_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = memcmp(l->addresses[middle].b, ip->b, sizeof(ip->b));

		*known = order == 0;
		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*known = false;
	return low;
}

static bool add(struct dht_lookup *l, const struct ip *ip)
{
	bool known;
	uint32_t at = place_of(l, ip, &known);

	if (known)
		return false;
	if (l->address_count == DHT_ADDRESSES) {
		l->more = true;
		return false;
	}
	if (l->address_count == l->address_cap) {
		l->address_cap = l->address_cap ? l->address_cap * 2 : 16;
		l->addresses = xreallocarray(l->addresses, l->address_cap, sizeof(*l->addresses));
	}
	memmove(&l->addresses[at + 1], &l->addresses[at], (l->address_count - at) * sizeof(*l->addresses));
	l->addresses[at] = *ip;
	l->address_count++;
	return true;
}

/* True if somebody is in it. */
static bool take_filter(struct dht *d, struct dht_lookup *l, struct bloom *all, const uint8_t *bits)
{
	double count;

	if (!bits)
		return false;
	if (bloom_estimate(bits, &count)) {
		d->counters.poisoned++;
		return false;
	}
	bloom_or(all, bits);
	l->has_filters = true;
	return count > 0;
}

/* Peers with port 0 are gone by now: they were no values. */
struct dht_told dht_values_take(struct dht *d, struct dht_lookup *l, const struct krpc_message *m)
{
	struct compact_peer peers[REPLY_VALUES];
	size_t count = krpc_values(m, peers, REPLY_VALUES);
	struct dht_told told = {0};

	for (size_t i = 0; i < count; i++) {
		if (peers[i].port == 1)
			d->counters.port_one++;
		if (!dht_plausible(d, &peers[i].ip))
			continue;
		told.values++;
		told.added += add(l, &peers[i].ip);
	}
	told.filters |= take_filter(d, l, &l->seeds, m->seeds);
	told.filters |= take_filter(d, l, &l->peers, m->peers);
	return told;
}

/* Addresses of nodes without filters count as peers, unless some filter has them as seeds. */
void dht_values_estimate(struct dht_lookup *l, int32_t *seeds, int32_t *peers)
{
	double count;

	*seeds = *peers = -1;
	if (!l->has_filters)
		return;
	for (uint32_t i = 0; i < l->address_count; i++)
		if (!bloom_has(&l->seeds, &l->addresses[i], hash_sha1))
			bloom_insert(&l->peers, &l->addresses[i], hash_sha1);
	if (bloom_estimate(l->seeds.bits, &count) == 0)
		*seeds = (int32_t)(count + 0.5);
	if (bloom_estimate(l->peers.bits, &count) == 0)
		*peers = (int32_t)(count + 0.5);
}
