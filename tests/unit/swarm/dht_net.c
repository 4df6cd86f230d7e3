/* The network of dht_net.h. What a node knows is computed when it is asked: of the half of the tree that the target is
 * in, eight nodes of its bucket; close to the target, all. */
#include "dht_net.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xmalloc.h"
#include "core/hash.h"
#include "wire/bencode.h"
#include "wire/bloom.h"
#include "wire/compact.h"
#include "wire/krpc.h"
#include "wire/nodeid.h"

enum {
	BAN_PACKETS = 50,
	BAN_WINDOW = 10000,
	BAN = 300000,
	NODES = 8,
	DATAGRAM = 4096,
	VALUES = 100,
	ROUTERS = 3,
	PORT = 6881,
	FIRST_NODE = 5 << 24, /* 5.0.0.1, 5.0.1.1, ... */
	FIRST_PEER = 20 << 24,
	PEERS_OF_ONE = 256,
	FLOOD = 100,
	FILLED = NET_FULL | NET_EMPTY | NET_STUFFED,
};

static const struct ip us = {{[10] = 0xff, [11] = 0xff, [12] = 93, [13] = 184, [14] = 216, [15] = 34}};

struct net_event {
	int64_t at;
	uint64_t order;
	struct ip from;
	uint16_t port, len;
	uint8_t *bytes;
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

static struct ip peer_ip(const struct net *n, const struct net_torrent *t, uint32_t peer)
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

static void random_bytes(struct net *n, uint8_t *bytes, size_t len)
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

static void make_nodes(struct net *n)
{
	const struct net_config *c = &n->config;

	n->nodes = xcalloc(c->nodes, sizeof(*n->nodes));
	n->by_number = xcalloc(c->nodes, sizeof(*n->by_number));
	for (uint32_t i = 0; i < c->nodes; i++) {
		struct net_node *node = &n->nodes[i];

		node->ip = node_ip(c, i);
		node->port = PORT;
		node->number = i;
		random_bytes(n, node->id, 20);
		if (!c->random_ids)
			nodeid_make(&node->ip, node->id[19], node->id);
		node->window = node->banned = INT64_MIN / 2;
		if (i >= ROUTERS && random_below(&n->random, 100) < c->dead)
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
static uint32_t known_to(const struct net *n, const struct net_node *node, const uint8_t *target, uint32_t *known,
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

static void make_torrents(struct net *n)
{
	const struct net_config *c = &n->config;

	n->torrents = xcalloc(c->torrents + 1, sizeof(*n->torrents));
	for (uint32_t i = 0; i < c->torrents; i++) {
		random_bytes(n, n->torrents[i].hash, 20);
		n->torrents[i].peers = c->peers;
		n->torrents[i].seeds = c->peers / 4;
	}
	qsort(n->torrents, c->torrents, sizeof(*n->torrents), by_id);
	for (uint32_t i = 0; i < c->torrents; i++)
		n->torrents[i].holder_count = closest_alive(n, n->torrents[i].hash, n->torrents[i].holders,
							    c->holders ? c->holders : NODES);
}

/* The closest that live and hide nothing. */
static void choose_holders(struct net *n, struct net_torrent *t)
{
	uint32_t closest[64], count = closest_alive(n, t->hash, closest, 64), want = n->config.holders;

	t->holder_count = 0;
	for (uint32_t i = 0; i < count && t->holder_count < (want ? want : NODES); i++)
		if (!(n->nodes[closest[i]].flags & NET_SYBIL))
			t->holders[t->holder_count++] = closest[i];
}

void net_add_sybils(struct net *n, uint32_t count)
{
	uint32_t number = ROUTERS;

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

static struct net_torrent *torrent_of(const struct net *n, const uint8_t *hash)
{
	return bsearch(hash, n->torrents, n->config.torrents, sizeof(*n->torrents), by_id);
}

static bool holds(const struct net *n, const struct net_node *node, const struct net_torrent *t)
{
	for (uint32_t i = 0; t && i < t->holder_count; i++)
		if (t->peers && &n->nodes[t->holders[i]] == node)
			return true;
	return false;
}

/* Each holder misses others, but nobody is missed by all: peer p is known for sure to holder p. */
static bool misses(const struct net *n, const struct net_node *node, const struct net_torrent *t, uint32_t peer)
{
	struct random r = {.state = ((uint64_t)node->number << 20 | peer) * 0x9e3779b97f4a7c15u + 1};

	if (&n->nodes[t->holders[peer % t->holder_count]] == node)
		return false;
	random_next(&r);
	return random_below(&r, 100) < n->config.missing;
}

/* ---- replies ---- */

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
		struct ip ip = peer_ip(n, t, p);

		if (misses(n, node, t, p))
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
		struct ip ip = peer_ip(n, t, p);

		if (!misses(n, node, t, p))
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

	uint32_t count = n->config.inventions ? n->config.inventions : NODES;

	for (uint32_t i = 0; i < count; i++) {
		struct ip ip = ip_from_v4((uint32_t)(60 << 24) + (uint32_t)(random_next(&n->random) >> 40));

		if (node->flags & NET_CROWD)
			ip = ip_from_v4((uint32_t)(61 << 24) + i + 1);
		memcpy(id, target, 20);
		id[18] ^= (uint8_t)random_next(&n->random);
		id[19] ^= (uint8_t)(i + 1);
		put_node(nodes, id, &ip, PORT);
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
		put_node(nodes, id, &martian, PORT);
		put_node(nodes, id, &private, PORT);
		put_node(nodes, id, &multi, PORT);
	}
	if (node->flags & NET_PORTS)
		put_node(nodes, id, &node->ip, 0);
	if (node->flags & NET_SELF)
		put_node(nodes, id, &us, PORT);
	if (node->flags & (NET_CROWD | NET_SYBIL))
		put_inventions(n, node, target, nodes);
}

static void put_nodes(struct net *n, const struct net_node *node, const uint8_t *target, struct buf *out)
{
	uint32_t known[64], max = n->config.replies ? n->config.replies : NODES;
	uint32_t count = node->flags & NET_SYBIL ? 0 : known_to(n, node, target, known, max);
	struct buf nodes;

	buf_init(&nodes, DATAGRAM);
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
	const struct net_torrent *t = get ? torrent_of(n, q->target) : NULL;
	bool held = holds(n, node, t) && !(node->flags & NET_SYBIL);
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

static void put_message(struct net *n, const struct net_node *node, const struct krpc_message *q, bool scrape,
			const uint8_t *tid, size_t tid_len, struct buf *out)
{
	bool error = node->flags & (NET_ERROR | NET_LIMIT);

	buf_putc(out, 'd');
	if (error)
		put_error(node, out);
	bencode_put_text(out, "ip");
	put_peer(out, &us, PORT);
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

/* ---- time ---- */

static bool earlier(const struct net_event *a, const struct net_event *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void push(struct net *n, struct net_event event)
{
	uint32_t at = n->event_count++;

	if (at == n->event_cap) {
		n->event_cap = n->event_cap ? n->event_cap * 2 : 1024;
		n->events = xreallocarray(n->events, n->event_cap, sizeof(*n->events));
	}
	for (; at > 0 && earlier(&event, &n->events[(at - 1) / 2]); at = (at - 1) / 2)
		n->events[at] = n->events[(at - 1) / 2];
	n->events[at] = event;
}

static struct net_event pop(struct net *n)
{
	struct net_event top = n->events[0], last = n->events[--n->event_count];
	uint32_t at = 0, child;

	for (; (child = 2 * at + 1) < n->event_count; at = child) {
		if (child + 1 < n->event_count && earlier(&n->events[child + 1], &n->events[child]))
			child++;
		if (!earlier(&n->events[child], &last))
			break;
		n->events[at] = n->events[child];
	}
	n->events[at] = last;
	return top;
}

static bool is_lost(struct net *n)
{
	return n->config.loss && random_below(&n->random, 100) < n->config.loss;
}

static void send_back(struct net *n, const struct net_node *node, const struct ip *from, const void *bytes, size_t len)
{
	uint32_t spread = n->config.rtt_max - n->config.rtt_min + 1;
	int64_t at = n->now + n->config.rtt_min + random_below(&n->random, spread);
	struct net_event event = {at, n->packets++, *from, node->port, (uint16_t)len, NULL};

	if (is_lost(n))
		return;
	event.bytes = xmalloc(len + 1);
	memcpy(event.bytes, bytes, len);
	push(n, event);
}

/* libtorrent's dos_blocker: the 50th packet within 10 s, and nothing more until there was silence for 300 s. */
static bool is_banned(struct net *n, struct net_node *node)
{
	node->packets++;
	if (n->now - node->window >= BAN_WINDOW) {
		node->window = n->now;
		node->in_window = 0;
	}
	if (++node->in_window > node->most)
		node->most = node->in_window;
	if (!n->config.ban)
		return false;
	if (n->now < node->banned || node->in_window >= BAN_PACKETS) {
		n->banned += node->banned < 0;
		node->banned = n->now + BAN;
		return true;
	}
	return false;
}

static void flood(struct net *n, const struct net_node *node)
{
	uint8_t rubbish[64];

	for (int i = 0; i < FLOOD; i++) {
		random_bytes(n, rubbish, sizeof(rubbish));
		memcpy(rubbish, "d1:rd2:id20:", i % 2 ? 12 : 0);
		send_back(n, node, &node->ip, rubbish, sizeof(rubbish));
	}
}

static void answer(struct net *n, struct net_node *node, const struct krpc_message *q, bool scrape)
{
	uint8_t tid[KRPC_TID_MAX + 1] = {0};
	struct ip elsewhere = ip_from_v4(77u << 24 | 1);
	struct buf out;

	buf_init(&out, DATAGRAM);
	memcpy(tid, q->tid.bytes, q->tid.len <= KRPC_TID_MAX ? q->tid.len : KRPC_TID_MAX);
	if (node->flags & NET_TID) {
		tid[q->tid.len - 1] ^= 1;
		put_message(n, node, q, scrape, tid, q->tid.len, &out);
		send_back(n, node, &node->ip, buf_str(&out), out.len);
		buf_reset(&out);
		tid[q->tid.len - 1] ^= 1;
	}
	put_message(n, node, q, scrape, tid, q->tid.len, &out);
	if (node->flags & NET_SOURCE)
		send_back(n, node, &elsewhere, buf_str(&out), out.len);
	if (node->flags & NET_NESTED) {
		buf_reset(&out);
		while (buf_putc(&out, 'l') == 0)
			;
	}
	for (int times = node->flags & NET_TWICE ? 2 : 1; times > 0; times--)
		send_back(n, node, &node->ip, buf_str(&out), node->flags & NET_CUT ? out.len / 2 : out.len);
	buf_done(&out);
}

static void ask_back(struct net *n, const struct net_node *node)
{
	static const char ping[] = "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe";

	send_back(n, node, &node->ip, ping, sizeof(ping) - 1);
}

void net_query(struct net *n, struct net_node *node, const uint8_t *bytes, size_t len)
{
	bool scrape = memmem(bytes, len, "6:scrapei1e", 11) != NULL;
	struct krpc_message q;

	if (is_banned(n, node) || node->flags & NET_DEAD || is_lost(n) || krpc_read(bytes, len, &q) || !q.target)
		return;
	n->plain_asked |= !q.read_only;
	n->get_peers_of_router += node->number < ROUTERS && q.method.bytes[0] == 'g';
	if (node->flags & NET_FLOOD)
		flood(n, node);
	if (node->flags & NET_QUERIES)
		ask_back(n, node);
	answer(n, node, &q, scrape);
}

/* ---- the engine ---- */

static int send_query(void *context, const struct ip *to, uint16_t port, const void *bytes, size_t len)
{
	struct net *n = context;
	struct net_node *node = net_at(n, to);

	if (n->error)
		return n->error;
	if (n->block) {
		n->block--;
		return -EAGAIN;
	}
	n->packets++;
	if (node && port == node->port)
		net_query(n, node, bytes, len);
	return 0;
}

static void take_result(void *context, const struct dht_result *r)
{
	struct net *n = context;
	struct net_torrent *t = &n->torrents[r->user];

	n->ended++;
	t->ended = true;
	t->outcome = r->outcome;
	t->addresses = r->address_count;
	t->asked = r->asked;
	t->answered = r->answered;
	t->packets = r->packets;
	t->bep33_seeds = r->seeds;
	t->bep33_peers = r->peers;
	t->near_len = r->near_len;
	memcpy(t->near, r->near, r->near_len);
}

void net_init(struct net *n, const struct net_config *config)
{
	*n = (struct net){.config = *config, .random = {.state = 4711}, .now = 1000000};
	if (!n->config.rtt_max) {
		n->config.rtt_min = 20;
		n->config.rtt_max = 120;
	}
	make_nodes(n);
	make_torrents(n);
}

void net_done(struct net *n)
{
	dht_free(n->dht);
	while (n->event_count)
		free(pop(n).bytes);
	free(n->events);
	free(n->nodes);
	free(n->by_number);
	free(n->torrents);
}

int64_t net_flush(struct net *n, net_deliver *deliver, void *context)
{
	while (n->event_count && n->events[0].at <= n->now) {
		struct net_event event = pop(n);

		deliver(context, &event.from, event.port, event.bytes, event.len);
		free(event.bytes);
	}
	return n->event_count ? n->events[0].at : INT64_MAX;
}

static void to_engine(void *context, const struct ip *from, uint16_t port, const uint8_t *bytes, size_t len)
{
	struct net *n = context;

	dht_packet(n->dht, from, port, bytes, len, n->now);
}

/* One step: to the next datagram or tick, but not beyond `end`; false if there is nothing to wait for. */
static bool step(struct net *n, int64_t end)
{
	int64_t next = n->wake;

	if (n->event_count && n->events[0].at < next)
		next = n->events[0].at;
	if (next == INT64_MAX)
		return false;
	n->now = next > end ? end : next > n->now ? next : n->now + 1;
	net_flush(n, to_engine, n);
	n->wake = dht_tick(n->dht, n->now);
	return true;
}

void net_run(struct net *n, int64_t ms)
{
	int64_t end = n->now + ms;

	n->wake = dht_tick(n->dht, n->now);
	while (n->now < end)
		if (!step(n, end))
			n->now = end;
}

void net_engine(struct net *n)
{
	struct dht_events events = {send_query, take_result, n};

	n->dht = dht_new(&n->config.dht, &events, n->now);
}

int64_t net_warm_up(struct net *n)
{
	enum dht_family family = n->config.v6 ? DHT_V6 : DHT_V4;
	int64_t began = n->now;

	if (!n->dht)
		net_engine(n);
	for (uint32_t i = 0; i < ROUTERS && i < n->config.nodes && !n->no_routers; i++)
		dht_router(n->dht, &n->nodes[n->by_number[i]].ip, PORT);
	dht_warm_up(n->dht, family, n->now);
	n->wake = dht_tick(n->dht, n->now);
	while (!dht_warm(n->dht, family) && step(n, INT64_MAX))
		;
	return n->now - began;
}

static void begin(struct net *n, uint32_t torrent, bool near)
{
	struct net_torrent *t = &n->torrents[torrent];
	struct dht_ask ask = {.family = n->config.v6 ? DHT_V6 : DHT_V4, .user = torrent};

	memcpy(ask.target, t->hash, 20);
	if (near) {
		ask.near = t->near;
		ask.near_len = t->near_len;
	}
	dht_look_up(n->dht, &ask, n->now);
}

void net_begin(struct net *n, uint32_t first, uint32_t count)
{
	n->ended = 0;
	for (uint32_t i = 0; i < count; i++)
		begin(n, first + i, false);
	n->wake = dht_tick(n->dht, n->now);
}

void net_finish(struct net *n, uint32_t count)
{
	while (n->ended < count && step(n, INT64_MAX))
		;
}

int64_t net_look_up(struct net *n, uint32_t first, uint32_t count, uint32_t at_once, bool near)
{
	int64_t began = n->now;
	uint32_t next = first;

	n->ended = 0;
	while (n->ended < count) {
		while (next < first + count && next - first - n->ended < at_once && dht_room(n->dht))
			begin(n, next++, near);
		n->wake = dht_tick(n->dht, n->now);
		if (n->ended == count)
			break;
		if (!step(n, INT64_MAX))
			break;
	}
	return n->now - began;
}

uint32_t net_outcomes(const struct net *n, enum dht_outcome outcome)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < n->config.torrents; i++)
		count += n->torrents[i].ended && n->torrents[i].outcome == outcome;
	return count;
}

uint32_t net_exact(const struct net *n)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < n->config.torrents; i++)
		count += n->torrents[i].ended && n->torrents[i].addresses == n->torrents[i].peers;
	return count;
}
