/* What the nodes of dht_net.h say, the honest and the others. */
#include "dht_net_private.h"

#include <string.h>

#include "core/hash.h"
#include "wire/bencode.h"
#include "wire/bloom.h"
#include "wire/compact.h"

enum {
	VALUES = 100,
	DECOYS = 45,
	FILLED = NET_FULL | NET_EMPTY | NET_STUFFED,
};

static const struct ip us = {{[10] = 0xff, [11] = 0xff, [12] = 93, [13] = 184, [14] = 216, [15] = 34}};

static void put_peer(struct buf *out, const struct ip *ip, uint16_t port)
{
	struct compact_peer peer = {*ip, port};
	uint8_t bytes[COMPACT_PEER6];

	bencode_put_bytes(out, bytes, compact_put_peer(&peer, bytes));
}

/* Peers that do not exist. */
static void put_liars(const struct net_node *node, struct buf *out)
{
	bool many = node->flags & NET_MANY;

	for (uint32_t i = 0; i < (many ? 400u : 100u); i++) {
		struct ip ip = ip_from_v4((uint32_t)(93 << 24) + (node->number << 10 | i) + 1);

		put_peer(out, &ip, many ? 5000 : 1);
	}
}

static void put_values(const struct net *n, const struct net_node *node, const struct net_torrent *t, struct buf *out)
{
	struct ip martian = ip_from_v4(127 << 24 | 1);

	bencode_put_text(out, "values");
	buf_putc(out, 'l');
	if (node->flags & (NET_MANY | NET_PORT_ONE)) {
		put_liars(node, out);
		buf_putc(out, 'e');
		return;
	}
	for (uint32_t p = 0; p < t->peers && p < VALUES; p++) {
		struct ip ip = net_peer_ip(n, t, p);

		if (net_misses(n, node, t, p))
			continue;
		put_peer(out, &ip, 51413);
		if (node->flags & NET_PORTS) {
			put_peer(out, &ip, 1);
			put_peer(out, &ip, 0);
		}
	}
	if (node->flags & NET_MARTIANS)
		put_peer(out, &martian, 6881);
	buf_putc(out, 'e');
}

static void put_filters(const struct net *n, const struct net_node *node, const struct net_torrent *t, struct buf *out)
{
	struct bloom filters[2] = {0}; /* peers, seeds: in the order of their keys */

	for (uint32_t p = 0; t && p < t->peers && !(node->flags & NET_EMPTY); p++) {
		struct ip ip = net_peer_ip(n, t, p);

		if (!net_misses(n, node, t, p))
			bloom_insert(&filters[p < t->seeds], &ip, hash_sha1);
	}
	if (node->flags & NET_FULL)
		memset(filters, 0xff, sizeof(filters));
	if (node->flags & NET_STUFFED)
		memset(filters[1].bits, 0xff, 200);
	bencode_put_text(out, "BFpe");
	bencode_put_bytes(out, filters[0].bits, BLOOM_BYTES);
	bencode_put_text(out, "BFsd");
	bencode_put_bytes(out, filters[1].bits, BLOOM_BYTES);
}

static void put_node(struct buf *out, const uint8_t *id, const struct ip *ip, uint16_t port)
{
	struct compact_node node = {.at = {*ip, port}};
	uint8_t bytes[COMPACT_NODE6];

	memcpy(node.id, id, 20);
	buf_add(out, bytes, compact_put_node(&node, bytes));
}

/* Nodes that do not exist, next to the target. */
static void put_inventions(struct net *n, const struct net_node *node, const uint8_t *target, struct buf *nodes)
{
	uint8_t id[20];

	uint32_t count = n->config.inventions ? n->config.inventions : NET_NODES;

	for (uint32_t i = 0; i < count; i++) {
		struct ip ip = ip_from_v4((uint32_t)(60 << 24) + (uint32_t)(random_next(&n->random) >> 40));

		if (node->flags & NET_CROWD)
			ip = ip_from_v4((uint32_t)(61 << 24) + i + 1);
		memcpy(id, target, 20);
		id[18] ^= (uint8_t)random_next(&n->random);
		id[19] ^= (uint8_t)(i + 1);
		put_node(nodes, id, &ip, NET_PORT);
	}
}

/* Ports of one address where nobody is. */
static void put_decoys(struct net *n, struct buf *nodes)
{
	struct ip ip = ip_from_v4(81u << 24 | 200 << 16 | 7 << 8 | 9);
	uint8_t id[20];

	for (uint16_t i = 0; i < DECOYS; i++) {
		net_random_bytes(n, id, sizeof(id));
		put_node(nodes, id, &ip, (uint16_t)(2000 + random_below(&n->random, 40000)));
	}
}

static void put_others(struct net *n, const struct net_node *node, const uint8_t *target, struct buf *nodes)
{
	struct ip martian = ip_from_v4(127u << 24 | 2), private = ip_from_v4(10u << 24 | 2),
		  multi = ip_from_v4(230u << 24);
	uint8_t id[20];

	memcpy(id, target, 20);
	id[19] ^= 1;
	if (node->flags & NET_MARTIANS) {
		put_node(nodes, id, &martian, NET_PORT);
		put_node(nodes, id, &private, NET_PORT);
		put_node(nodes, id, &multi, NET_PORT);
	}
	if (node->flags & NET_PORTS)
		put_node(nodes, id, &node->ip, 0);
	if (node->flags & NET_DECOYS)
		put_decoys(n, nodes);
	if (node->flags & NET_SELF)
		put_node(nodes, id, &us, NET_PORT);
	if (node->flags & (NET_CROWD | NET_SYBIL))
		put_inventions(n, node, target, nodes);
}

static void put_nodes(struct net *n, const struct net_node *node, const uint8_t *target, struct buf *out)
{
	uint32_t known[64], max = n->config.replies ? n->config.replies : NET_NODES;
	uint32_t count = node->flags & NET_SYBIL ? 0 : net_known_to(n, node, target, known, max);
	struct buf nodes;

	buf_init(&nodes, NET_DATAGRAM);
	put_others(n, node, target, &nodes);
	for (uint32_t i = 0; i < count; i++)
		put_node(&nodes, n->nodes[known[i]].id, &n->nodes[known[i]].ip, n->nodes[known[i]].port);
	bencode_put_text(out, n->config.v6 ? "nodes6" : "nodes");
	bencode_put_bytes(out, buf_str(&nodes), nodes.len);
	buf_done(&nodes);
}

static void put_result(struct net *n, const struct net_node *node, const struct krpc_message *q, bool scrape,
		       struct buf *out)
{
	bool get = q->method.len == 9 && memcmp(q->method.bytes, "get_peers", 9) == 0;
	const struct net_torrent *t = get ? net_torrent_of(n, q->target) : NULL;
	bool held = net_holds(n, node, t) && !(node->flags & NET_SYBIL);
	bool lies = get && node->flags & (NET_MANY | NET_PORT_ONE);
	bool filters = get && scrape && ((node->flags & NET_FILTERS && held) || node->flags & FILLED);
	uint8_t id[20];

	memcpy(id, node->id, 20);
	if (node->flags & NET_OTHER_ID)
		id[0] ^= 0xff;
	buf_putc(out, 'd');
	if (filters)
		put_filters(n, node, t, out);
	bencode_put_text(out, "id");
	bencode_put_bytes(out, id, 20);
	if (!(node->flags & NET_CLASSIC && held))
		put_nodes(n, node, q->target, out);
	if (get && !(node->flags & NET_NO_TOKEN)) {
		bencode_put_text(out, "token");
		bencode_put_text(out, "abcd");
	}
	if (lies || (held && !filters))
		put_values(n, node, t, out);
	buf_putc(out, 'e');
}

static void put_error(const struct net_node *node, struct buf *out)
{
	bencode_put_text(out, "e");
	buf_putc(out, 'l');
	bencode_put_int(out, node->flags & NET_LIMIT ? 201 : 203);
	bencode_put_text(out, node->flags & NET_LIMIT ? "Too many requests" : "Protocol Error");
	buf_putc(out, 'e');
}

void net_put_message(struct net *n, const struct net_node *node, const struct krpc_message *q, bool scrape,
		     const uint8_t *tid, size_t tid_len, struct buf *out)
{
	bool error = node->flags & (NET_ERROR | NET_LIMIT);

	buf_putc(out, 'd');
	if (error)
		put_error(node, out);
	bencode_put_text(out, "ip");
	put_peer(out, &us, NET_PORT);
	if (!error) {
		bencode_put_text(out, "r");
		put_result(n, node, q, scrape, out);
	}
	bencode_put_text(out, "t");
	bencode_put_bytes(out, tid, tid_len);
	bencode_put_text(out, "y");
	bencode_put_text(out, error ? "e" : "r");
	buf_putc(out, 'e');
}
