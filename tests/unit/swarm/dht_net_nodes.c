/* The nodes and torrents of dht_net.h. What a node knows is computed when it is asked: of the half of the tree that the
 * target is in, eight nodes of its bucket; close to the target, all. */
#include "dht_net_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"
#include "wire/nodeid.h"

enum {
	FIRST_NODE = 5 << 24, /* 5.0.0.1, 5.0.1.1, ... */
	FIRST_PEER = 20 << 24,
	PEERS_OF_ONE = 256,
};

/* ---- addresses and ids ---- */

static struct ip node_ip(const struct net_config *c, uint32_t number)
{
	struct ip ip = {{0x2a, 0x01, [15] = 1}};

	if (!c->v6)
		return ip_from_v4(c->base ? c->base + number * c->stride : FIRST_NODE + (number << 8 | 1));
	ip.b[5] = (uint8_t)(number >> 16);
	ip.b[6] = (uint8_t)(number >> 8);
	ip.b[7] = (uint8_t)number;
	return ip;
}

struct ip net_peer_ip(const struct net *n, const struct net_torrent *t, uint32_t peer)
{
	uint32_t number = (uint32_t)(t - n->torrents) * PEERS_OF_ONE + peer;
	struct ip ip = {{0x26, 0x00}};

	if (!n->config.v6)
		return ip_from_v4(FIRST_PEER + number);
	for (int i = 0; i < 4; i++)
		ip.b[12 + i] = (uint8_t)(number >> (24 - 8 * i));
	return ip;
}

static uint32_t number_of(const struct net *n, const struct ip *ip)
{
	if (n->config.v6)
		return (uint32_t)ip->b[5] << 16 | (uint32_t)ip->b[6] << 8 | ip->b[7];
	if (n->config.base)
		return (ip_v4(ip) - n->config.base) / n->config.stride;
	return (ip_v4(ip) - FIRST_NODE) >> 8;
}

struct net_node *net_at(const struct net *n, const struct ip *ip)
{
	uint32_t number = number_of(n, ip);
	struct net_node *node = number < n->config.nodes ? &n->nodes[n->by_number[number]] : NULL;

	return node && ip_equal(&node->ip, ip) ? node : NULL;
}

static int by_id(const void *a, const void *b)
{
	return memcmp(a, b, 20);
}

void net_random_bytes(struct net *n, uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(random_next(&n->random) >> 56);
}

static void sort_nodes(struct net *n)
{
	qsort(n->nodes, n->config.nodes, sizeof(*n->nodes), by_id);
	for (uint32_t i = 0; i < n->config.nodes; i++)
		n->by_number[n->nodes[i].number] = i;
}

void net_make_nodes(struct net *n)
{
	const struct net_config *c = &n->config;

	n->nodes = xcalloc(c->nodes, sizeof(*n->nodes));
	n->by_number = xcalloc(c->nodes, sizeof(*n->by_number));
	for (uint32_t i = 0; i < c->nodes; i++) {
		struct net_node *node = &n->nodes[i];

		node->ip = node_ip(c, i);
		node->port = NET_PORT;
		node->number = i;
		net_random_bytes(n, node->id, 20);
		if (!c->random_ids)
			nodeid_make(&node->ip, node->id[19], node->id);
		node->window = node->banned = INT64_MIN / 2;
		if (i >= NET_ROUTERS && random_below(&n->random, 100) < c->dead)
			node->flags = NET_DEAD;
	}
	sort_nodes(n);
}

/* ---- who is close ---- */

static int compare_distance(const uint8_t *a, const uint8_t *b, const uint8_t *target)
{
	for (int i = 0; i < 20; i++)
		if (a[i] != b[i])
			return (a[i] ^ target[i]) - (b[i] ^ target[i]);
	return 0;
}

/* The first `bits` bits of a are not above those of b. */
static int compare_prefix(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	int order = memcmp(a, b, bits / 8);
	unsigned rest = bits % 8;

	if (order || !rest)
		return order;
	return (a[bits / 8] >> (8 - rest)) - (b[bits / 8] >> (8 - rest));
}

/* Nodes that share `bits` bits with the target: [*first, return value). */
static uint32_t range_of(const struct net *n, const uint8_t *target, unsigned bits, uint32_t *first)
{
	uint32_t ends[2];

	for (int side = 0; side < 2; side++) {
		uint32_t low = 0, high = n->config.nodes;

		while (low < high) {
			uint32_t middle = (low + high) / 2;
			int order = compare_prefix(n->nodes[middle].id, target, bits);

			if (order < 0 || (side && order == 0))
				low = middle + 1;
			else
				high = middle;
		}
		ends[side] = low;
	}
	*first = ends[0];
	return ends[1];
}

static uint32_t insert(const struct net *n, uint32_t *closest, uint32_t count, uint32_t max, uint32_t node,
		       const uint8_t *target)
{
	uint32_t at = count;

	if (count < max)
		count++;
	else if (compare_distance(n->nodes[node].id, n->nodes[closest[--at]].id, target) >= 0)
		return count;
	for (; at > 0 && compare_distance(n->nodes[node].id, n->nodes[closest[at - 1]].id, target) < 0; at--)
		closest[at] = closest[at - 1];
	closest[at] = node;
	return count;
}

uint32_t net_closest(const struct net *n, const uint8_t *target, uint32_t *closest, uint32_t max)
{
	uint32_t first = 0, end = 0, count = 0;
	unsigned bits = 40;

	do
		end = range_of(n, target, bits, &first);
	while (end - first < max && bits-- > 0);
	for (uint32_t i = first; i < end; i++)
		count = insert(n, closest, count, max, i, target);
	return count;
}

static uint32_t closest_alive(const struct net *n, const uint8_t *target, uint32_t *closest, uint32_t max)
{
	uint32_t all[256], want = max * 4 < 256 ? max * 4 : 256, count = 0;

	if (want > n->config.nodes)
		want = n->config.nodes;
	want = net_closest(n, target, all, want);
	for (uint32_t i = 0; i < want && count < max; i++)
		if (!(n->nodes[all[i]].flags & NET_DEAD))
			closest[count++] = all[i];
	return count;
}

void net_flag_closest(struct net *n, const uint8_t *target, uint32_t count, uint32_t flags)
{
	uint32_t closest[64];

	count = closest_alive(n, target, closest, count);
	for (uint32_t i = 0; i < count; i++)
		n->nodes[closest[i]].flags |= flags;
}

void net_flag_all(struct net *n, uint32_t flags)
{
	for (uint32_t i = 0; i < n->config.nodes; i++)
		n->nodes[i].flags |= flags;
}

uint32_t net_dead(const struct net *n)
{
	uint32_t i = 0;

	while (!(n->nodes[i].flags & NET_DEAD) || n->nodes[i].packets < 2)
		i++;
	return i;
}

static unsigned common_bits(const uint8_t *a, const uint8_t *b)
{
	unsigned bits = 0;

	while (bits < 160 && !((a[bits / 8] ^ b[bits / 8]) & 0x80 >> bits % 8))
		bits++;
	return bits;
}

/* What a node has in its table for a target. */
uint32_t net_known_to(const struct net *n, const struct net_node *node, const uint8_t *target, uint32_t *known,
		      uint32_t max)
{
	unsigned bits = common_bits(node->id, target);
	uint32_t first, end = range_of(n, target, bits < 160 ? bits + 1 : bits, &first), count = 0;
	struct random bucket = {.state = ((uint64_t)node->number << 16 | bits) * 0x9e3779b97f4a7c15u + 1};

	if (end - first <= 2 * max)
		return net_closest(n, target, known, max < n->config.nodes ? max : n->config.nodes);
	for (uint32_t tries = 0; tries < 4 * max && count < max; tries++) {
		uint32_t i = first + random_below(&bucket, end - first), k = 0;

		while (k < count && known[k] != i)
			k++;
		if (k == count)
			known[count++] = i;
	}
	return count;
}

/* ---- torrents ---- */

void net_make_torrents(struct net *n)
{
	const struct net_config *c = &n->config;

	n->torrents = xcalloc(c->torrents + 1, sizeof(*n->torrents));
	for (uint32_t i = 0; i < c->torrents; i++) {
		net_random_bytes(n, n->torrents[i].hash, 20);
		n->torrents[i].peers = c->peers;
		n->torrents[i].seeds = c->peers / 4;
	}
	qsort(n->torrents, c->torrents, sizeof(*n->torrents), by_id);
	for (uint32_t i = 0; i < c->torrents; i++)
		n->torrents[i].holder_count = closest_alive(n, n->torrents[i].hash, n->torrents[i].holders,
							    c->holders ? c->holders : NET_NODES);
}

/* The closest that live and hide nothing. */
static void choose_holders(struct net *n, struct net_torrent *t)
{
	uint32_t closest[64], count = closest_alive(n, t->hash, closest, 64), want = n->config.holders;

	t->holder_count = 0;
	for (uint32_t i = 0; i < count && t->holder_count < (want ? want : NET_NODES); i++)
		if (!(n->nodes[closest[i]].flags & NET_SYBIL))
			t->holders[t->holder_count++] = closest[i];
}

void net_add_sybils(struct net *n, uint32_t count)
{
	uint32_t number = NET_ROUTERS;

	for (uint32_t t = 0; t < n->config.torrents; t++)
		for (uint32_t i = 0; i < count; i++) {
			struct net_node *node = &n->nodes[n->by_number[number++]];

			memcpy(node->id, n->torrents[t].hash, 20);
			node->id[19] ^= (uint8_t)i;
			node->flags = NET_SYBIL;
		}
	sort_nodes(n);
	for (uint32_t t = 0; t < n->config.torrents; t++)
		choose_holders(n, &n->torrents[t]);
}

struct net_torrent *net_torrent_of(const struct net *n, const uint8_t *hash)
{
	return bsearch(hash, n->torrents, n->config.torrents, sizeof(*n->torrents), by_id);
}

bool net_holds(const struct net *n, const struct net_node *node, const struct net_torrent *t)
{
	for (uint32_t i = 0; t && i < t->holder_count; i++)
		if (t->peers && &n->nodes[t->holders[i]] == node)
			return true;
	return false;
}

/* Each holder misses others, but nobody is missed by all: peer p is known for sure to holder p. */
bool net_misses(const struct net *n, const struct net_node *node, const struct net_torrent *t, uint32_t peer)
{
	struct random r = {.state = ((uint64_t)node->number << 20 | peer) * 0x9e3779b97f4a7c15u + 1};

	if (&n->nodes[t->holders[peer % t->holder_count]] == node)
		return false;
	random_next(&r);
	return random_below(&r, 100) < n->config.missing;
}
