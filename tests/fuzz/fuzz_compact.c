/* Any bytes as compact peers and nodes of each form; what was read is written and must be what was read. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/compact.h"

enum { ROOM = 32 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_peer(const struct compact_peer *peer)
{
	struct compact_peer again;
	uint8_t written[COMPACT_PEER6];
	size_t len = compact_put_peer(peer, written);

	must(peer->port && len == (ip_is4(&peer->ip) ? COMPACT_PEER4 : COMPACT_PEER6));
	must(compact_get_peer(written, len, &again));
	must(again.port == peer->port && ip_equal(&again.ip, &peer->ip));
}

static void check_peers(const uint8_t *bytes, size_t len, size_t each)
{
	struct compact_peer peers[ROOM];
	size_t count = compact_get_peers(bytes, len, each, peers, ROOM);

	must(count <= ROOM && count <= len / each);
	for (size_t i = 0; i < count; i++)
		check_peer(&peers[i]);
}

static void check_nodes(const uint8_t *bytes, size_t len, size_t each)
{
	struct compact_node nodes[ROOM], again;
	size_t count = compact_get_nodes(bytes, len, each, nodes, ROOM);

	must(count <= ROOM && count <= len / each);
	for (size_t i = 0; i < count; i++) {
		uint8_t written[COMPACT_NODE6];

		check_peer(&nodes[i].at);
		must(compact_put_node(&nodes[i], written) == each);
		must(compact_get_nodes(written, each, each, &again, 1) == 1);
		must(memcmp(again.id, nodes[i].id, COMPACT_ID) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct compact_peer peer;

	check_peers(bytes, len, COMPACT_PEER4);
	check_peers(bytes, len, COMPACT_PEER6);
	check_nodes(bytes, len, COMPACT_NODE4);
	check_nodes(bytes, len, COMPACT_NODE6);
	if (compact_get_peer(bytes, len, &peer))
		check_peer(&peer);
	return 0;
}
