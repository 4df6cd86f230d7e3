/* Compact peers and nodes. It does not know which addresses are worth asking: that is ip_kind()'s business. */
#include "wire/compact.h"

#include <string.h>

enum { IP4 = 4, IP6 = 16, PORT = 2, MAPPED = IP6 - IP4 };

bool compact_get_ip(const uint8_t *bytes, size_t len, struct ip *ip)
{
	uint32_t v4;

	if (len == IP4) {
		memcpy(&v4, bytes, sizeof(v4));
		*ip = ip_from_v4(be32toh(v4));
	} else if (len == IP6) {
		memcpy(ip->b, bytes, IP6);
	}
	return len == IP4 || len == IP6;
}

bool compact_get_peer(const uint8_t *bytes, size_t len, struct compact_peer *peer)
{
	uint16_t port = len < PORT ? 0 : (uint16_t)(bytes[len - 2] << 8 | bytes[len - 1]);

	if (!port || !compact_get_ip(bytes, len - PORT, &peer->ip))
		return false;
	peer->port = port;
	return true;
}

size_t compact_get_peers(const uint8_t *bytes, size_t len, size_t each, struct compact_peer *peers, size_t max)
{
	size_t count = 0;

	for (; len >= each && count < max; bytes += each, len -= each)
		if (compact_get_peer(bytes, each, &peers[count]))
			count++;
	return count;
}

size_t compact_get_nodes(const uint8_t *bytes, size_t len, size_t each, struct compact_node *nodes, size_t max)
{
	size_t count = 0;

	for (; len >= each && count < max; bytes += each, len -= each) {
		struct compact_peer at;

		if (!compact_get_peer(bytes + COMPACT_ID, each - COMPACT_ID, &at))
			continue;
		if (ip_is4(&at.ip) != (each == COMPACT_NODE4))
			continue;
		memcpy(nodes[count].id, bytes, COMPACT_ID);
		nodes[count++].at = at;
	}
	return count;
}

size_t compact_put_peer(const struct compact_peer *peer, uint8_t bytes[COMPACT_PEER6])
{
	size_t skipped = ip_is4(&peer->ip) ? MAPPED : 0, len = IP6 - skipped;

	memcpy(bytes, peer->ip.b + skipped, len);
	bytes[len] = (uint8_t)(peer->port >> 8);
	bytes[len + 1] = (uint8_t)peer->port;
	return len + PORT;
}

size_t compact_put_node(const struct compact_node *node, uint8_t bytes[COMPACT_NODE6])
{
	memcpy(bytes, node->id, COMPACT_ID);
	return COMPACT_ID + compact_put_peer(&node->at, bytes + COMPACT_ID);
}
