/* What the files of the network in memory share, and nobody else. */
#ifndef DHT_NET_PRIVATE_H
#define DHT_NET_PRIVATE_H

#include "base/buf.h"
#include "dht_net.h"
#include "wire/krpc.h"

enum {
	NET_NODES = 8, /* of a reply, and holders */
	NET_PORT = 6881,
	NET_DATAGRAM = 4096,
};

/* ---- dht_net_nodes.c: who is there, and who knows whom ---- */

void net_make_nodes(struct net *n);
void net_make_torrents(struct net *n);
void net_random_bytes(struct net *n, uint8_t *bytes, size_t len);
/* What a node has in its table for a target: at most `max` positions. */
uint32_t net_known_to(const struct net *n, const struct net_node *node, const uint8_t *target, uint32_t *known,
		      uint32_t max);
struct ip net_peer_ip(const struct net *n, const struct net_torrent *t, uint32_t peer);
/* NULL = there is none. */
struct net_torrent *net_torrent_of(const struct net *n, const uint8_t *hash);
/* Does a node know of peers? And of this one not? */
bool net_holds(const struct net *n, const struct net_node *node, const struct net_torrent *t);
bool net_misses(const struct net *n, const struct net_node *node, const struct net_torrent *t, uint32_t peer);

/* ---- dht_net_reply.c: what a node says ---- */

void net_put_message(struct net *n, const struct net_node *node, const struct krpc_message *q, bool scrape,
		     const uint8_t *tid, size_t tid_len, struct buf *out);

#endif
