/* What the tests of the DHT engine share: a network in memory, an engine that is warm, lookups of all its torrents. */
#ifndef DHT_TESTED_H
#define DHT_TESTED_H

#include "dht_net.h"
#include "swarm/dht.h"

/* No limits but those that a test asks for. */
static inline struct net_config config(uint32_t nodes, uint32_t torrents, uint32_t peers)
{
	return (struct net_config){
		.nodes = nodes,
		.torrents = torrents,
		.peers = peers,
		.ban = true,
		.dht = {.rate_per_address = 2, .seed = {11, 22}},
	};
}

/* A warm engine. */
static inline void start(struct net *n, struct net_config c)
{
	net_init(n, &c);
	net_warm_up(n);
}

static inline void look_up_all(struct net *n, uint32_t at_once)
{
	net_look_up(n, 0, n->config.torrents, at_once, false);
}

static inline const struct dht_counters *counters(const struct net *n)
{
	return dht_counters(n->dht);
}

static inline bool is_near(int got, double want)
{
	return got > want * 0.8 - 1 && got < want * 1.2 + 1;
}

#endif
