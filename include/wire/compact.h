/* Compact peers (BEP 23, BEP 7) and compact nodes (BEP 5, BEP 32): an address of 4 or 16 bytes and a port of 2, all big
 * endian; a node's id of 20 bytes stands before them. */
#ifndef WIRE_COMPACT_H
#define WIRE_COMPACT_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/ip.h"

enum {
	COMPACT_ID = 20,
	COMPACT_PEER4 = 6,
	COMPACT_PEER6 = 18,
	COMPACT_NODE4 = COMPACT_ID + COMPACT_PEER4,
	COMPACT_NODE6 = COMPACT_ID + COMPACT_PEER6,
};

struct compact_peer {
	struct ip ip;
	uint16_t port; /* host order, never 0 */
};

struct compact_node {
	uint8_t id[COMPACT_ID];
	struct compact_peer at;
};

/* An address alone: 4 or 16 bytes. False for any other length. */
bool compact_get_ip(const uint8_t *bytes, size_t len, struct ip *ip);
/* One peer: 6 or 18 bytes. False for any other length and for port 0, where nobody listens. */
bool compact_get_peer(const uint8_t *bytes, size_t len, struct compact_peer *peer);
/* One of 6 bytes: most are. Writes `peer` also where the port is 0. */
static inline bool compact_get_peer4(const uint8_t bytes[COMPACT_PEER4], struct compact_peer *peer)
{
	uint32_t v4;

	memcpy(&v4, bytes, sizeof(v4));
	peer->ip = ip_from_v4(be32toh(v4));
	peer->port = (uint16_t)(bytes[4] << 8 | bytes[5]);
	return peer->port != 0;
}

/* As many as `max` of the peers in `len` bytes, `each` COMPACT_PEER4 or COMPACT_PEER6 long; returns how many were
 * written. Peers with port 0 and a rest too short for a peer are left out. */
size_t compact_get_peers(const uint8_t *bytes, size_t len, size_t each, struct compact_peer *peers, size_t max);
/* As above for nodes, `each` COMPACT_NODE4 or COMPACT_NODE6. Here an IPv4 address in 16 bytes is left out as well: the
 * two DHTs are apart (BEP 32). */
size_t compact_get_nodes(const uint8_t *bytes, size_t len, size_t each, struct compact_node *nodes, size_t max);

/* Each returns how many bytes it wrote: the IPv4 form for ip_is4(), else the IPv6 form. */
size_t compact_put_peer(const struct compact_peer *peer, uint8_t bytes[COMPACT_PEER6]);
size_t compact_put_node(const struct compact_node *node, uint8_t bytes[COMPACT_NODE6]);

#endif
