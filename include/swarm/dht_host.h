/* The DHT engine in the world: its sockets, the names of its first nodes, its timer, and what is remembered of nodes
 * from one run to the next. It does not know what is looked up, nor why. */
#ifndef SWARM_DHT_HOST_H
#define SWARM_DHT_HOST_H

#include "base/err.h"
#include "core/conf.h"
#include "core/loop.h"
#include "core/resolve.h"
#include "swarm/catalog.h"
#include "swarm/dht.h"
#include "swarm/said.h"

struct dht_host;

struct dht_host_events {
	/* The warm-up is over, and perhaps there is room: lookups may be begun from within. Also called after each end
	 * of lookups. */
	void (*ready)(void *context);
	/* As dht_events.ended; never from within dht_host_look_up(). The host must not be freed from within either. */
	void (*ended)(void *context, const struct dht_result *result);
	void *context;
};

/* All of it must outlive the host. */
struct dht_host_world {
	struct loop *loop;
	struct resolve *resolve;
	const struct conf *conf;
	struct catalog *catalog; /* NULL = nothing is remembered */
	struct said *said;       /* NULL = all is said */
};

/* Opens what [dht] listen names; a family that the system lacks is left out, a port that is busy is replaced, and said.
 * 0, or -errno with a message when no socket is left. */
int dht_host_open(const struct dht_host_world *world, const struct dht_host_events *events, struct dht_host **host,
		  struct err *err);
/* NULL is accepted. */
void dht_host_free(struct dht_host *h);
/* Writes the live nodes to the catalog, if there are some. */
void dht_host_save(const struct dht_host *h);
/* The warm-up is over, of all families. */
bool dht_host_warm(const struct dht_host *h);
/* Whether it has a socket. */
bool dht_host_listens(const struct dht_host *h, enum dht_family family);
/* After the warm-up: whether this DHT has nodes enough to be asked. */
bool dht_host_has(const struct dht_host *h, enum dht_family family);
/* Whether nothing but its own proof says that nobody is there. IPv4, where most are: once it has a socket, even if no
 * node of it answers. IPv6, which many homes lack: as long as it has nodes enough for a proof. */
bool dht_host_on(const struct dht_host *h, enum dht_family family);
/* As dht_look_up() and dht_room(). */
int dht_host_look_up(struct dht_host *h, const struct dht_ask *ask);
uint32_t dht_host_room(const struct dht_host *h);
/* Calls ready() soon. */
void dht_host_wake(struct dht_host *h);
/* For looking at it. */
const struct dht *dht_host_engine(const struct dht_host *h);

#endif
