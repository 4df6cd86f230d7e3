/* A set of networks: addresses in sorted ranges that neither touch nor overlap, and autonomous systems likewise. Filled
 * once, settled, and then asked. An IPv4 range takes 8 bytes, an IPv6 range 32. */
#ifndef PEERS_NETSET_H
#define PEERS_NETSET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"
#include "wire/netlist.h"

enum { NETSET_MAX = 2000000 }; /* networks put into one set */

struct netset_span {
	uint32_t first, last;
};

/* An IPv6 address as a number: two words are compared faster than sixteen bytes. */
struct netset_key {
	uint64_t high, low;
};

struct netset_span6 {
	struct netset_key first, last;
};

/* All zero: empty and settled. */
struct netset {
	struct netset_span *v4;      /* addresses in host order */
	struct netset_span *systems; /* AS numbers */
	struct netset_span6 *v6;
	uint32_t v4_count, system_count, v6_count;
	uint32_t v4_room, system_room, v6_room;
};

void netset_done(struct netset *set);
/* False when the set is full. */
bool netset_add(struct netset *set, const struct netlist_entry *entry);
/* Sorts and merges what was added: before anything is asked. */
void netset_settle(struct netset *set);

/* The address as it is: the caller unwraps 6to4 and the like. No IPv4 address is in an IPv6 range. */
bool netset_has(const struct netset *set, const struct ip *ip);
/* False for 0. */
bool netset_has_system(const struct netset *set, uint32_t asn);

struct netset_key netset_key(const struct ip *ip);

#endif
