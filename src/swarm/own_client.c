/* Asks one's own Transmissions and merges what they say. It does not know how they are asked (probe_rpc.c does). */
#include "swarm/own_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/map.h"
#include "base/xmalloc.h"
#include "swarm/probe_rpc.h"

enum {
	NAMED = 50, /* so few torrents are asked for by name; else for all that the daemon has */
	REST_S = 86400,
};

static const char rest_key[] = "own_client.refused";

/* What the daemons say of a torrent: the maximum of each value, the sum of connections. */
struct said {
	int64_t when;
	int32_t seeders, leechers, completed, connected;
	bool known;
};

struct daemon {
	struct own_client *own;
	const struct conf_daemon *conf;
	struct probe_rpc *probe;
};

struct own_client {
	struct pass_world world;
	const struct catalog_target *targets;
	size_t count, known;
	struct map map; /* hash -> target */
	struct said *said;
	uint8_t (*hashes)[INFO_HASH]; /* that are asked for by name; NULL = all */
	struct daemon *daemons;
	size_t daemon_count, running;
	void (*ended)(void *context);
	void *context;
	struct loop_timer end;
};

/* ---- what they say ---- */

static int32_t most(int32_t a, int32_t b)
{
	return a > b ? a : b;
}

static void take_row(void *context, const struct probe_rpc_row *row)
{
	struct own_client *own = ((struct daemon *)context)->own;
	uint32_t at = map_find(&own->map, own->targets, row->hash, map_hash(&own->map, row->hash));
	struct said *said;

	if (at == MAP_NONE)
		return;
	said = &own->said[at];
	own->known += !said->known;
	if (!said->known || row->seeders > said->seeders)
		said->when = row->when;
	said->known = true;
	said->seeders = most(said->seeders, row->seeders);
	said->leechers = most(said->leechers, row->leechers);
	said->completed = most(said->completed, row->completed);
	said->connected += row->connected > 0 ? row->connected : 0;
}

/* A default daemon that does not let us in counts our tries, and locks everybody out after a hundred. */
static void leave_alone(struct own_client *own)
{
	catalog_put_time(own->world.catalog, rest_key, loop_now(own->world.loop).wall);
}

static bool is_left_alone(const struct own_client *own)
{
	int64_t now = loop_now(own->world.loop).wall, failed = catalog_time(own->world.catalog, rest_key);

	return failed && failed <= now && now - failed < REST_S;
}

static void daemon_ended(void *context, int rc, const char *error)
{
	struct daemon *daemon = context;
	struct own_client *own = daemon->own;

	if (rc && daemon->conf->from_argv) {
		log_debug("Transmission %s: %s", daemon->conf->name, error);
		if (rc == -EACCES)
			leave_alone(own);
	} else if (rc) {
		log_warn("Transmission %s: %s", daemon->conf->name, error);
	}
	if (--own->running == 0)
		loop_timer_in(own->world.loop, &own->end, 0);
}

static void tell_end(void *context)
{
	struct own_client *own = context;

	own->ended(own->context);
}

/* ---- beginning ---- */

static void index_targets(struct own_client *own)
{
	map_init(&own->map, sizeof(*own->targets), offsetof(struct catalog_target, hash), INFO_HASH);
	for (size_t i = 0; i < own->count; i++) {
		uint32_t hash = map_hash(&own->map, own->targets[i].hash);

		if (map_find(&own->map, own->targets, own->targets[i].hash, hash) == MAP_NONE)
			map_add(&own->map, hash, (uint32_t)i);
	}
}

static void name_hashes(struct own_client *own)
{
	if (own->count > NAMED)
		return;
	own->hashes = xcalloc(NAMED, sizeof(*own->hashes));
	for (size_t i = 0; i < own->count; i++)
		memcpy(own->hashes[i], own->targets[i].hash, INFO_HASH);
}

static void ask(struct own_client *own, const struct conf_daemon *conf)
{
	struct daemon *daemon = &own->daemons[own->daemon_count];
	struct probe_rpc_events events = {.row = take_row, .ended = daemon_ended, .context = daemon};

	if (conf->from_argv && is_left_alone(own))
		return;
	own->daemon_count++;
	own->running++;
	*daemon = (struct daemon){.own = own, .conf = conf};
	daemon->probe = probe_rpc_start(own->world.loop, own->world.http, conf,
					(const uint8_t(*)[INFO_HASH])own->hashes, own->hashes ? own->count : 0,
					&events);
}

struct own_client *own_client_start(const struct pass_world *world, const struct catalog_target *targets, size_t count,
				    void (*ended)(void *context), void *context)
{
	struct own_client *own = xcalloc(1, sizeof(*own));
	const struct conf *conf = world->conf;

	*own = (struct own_client){
		.world = *world, .targets = targets, .count = count, .ended = ended, .context = context};
	own->end = (struct loop_timer){.fire = tell_end, .context = own};
	own->said = xcalloc(count + 1, sizeof(*own->said));
	own->daemons = xcalloc(conf->daemon_count + 1, sizeof(*own->daemons));
	for (size_t i = 0; i < count; i++)
		own->said[i] = (struct said){
			.seeders = CATALOG_UNKNOWN, .leechers = CATALOG_UNKNOWN, .completed = CATALOG_UNKNOWN};
	index_targets(own);
	name_hashes(own);
	for (size_t i = 0; i < conf->daemon_count && count; i++)
		ask(own, &conf->daemons[i]);
	if (!own->running)
		loop_timer_in(world->loop, &own->end, 0);
	return own;
}

/* ---- the end ---- */

static void save(const struct own_client *own)
{
	int64_t now = loop_now(own->world.loop).wall;

	for (size_t i = 0; i < own->count; i++) {
		const struct said *said = &own->said[i];
		struct catalog_sample sample = {
			.torrent = own->targets[i].id,
			.at = said->when > 0 && said->when < now ? said->when : now,
			.kind = CATALOG_CLIENT,
			.seeders = said->seeders,
			.leechers = said->leechers,
			.completed = said->completed,
			.peers = said->connected,
		};

		if (said->known)
			catalog_put_sample(own->world.catalog, &sample);
	}
}

void own_client_free(struct own_client *own)
{
	if (!own)
		return;
	save(own);
	loop_timer_stop(own->world.loop, &own->end);
	for (size_t i = 0; i < own->daemon_count; i++)
		probe_rpc_free(own->daemons[i].probe);
	map_done(&own->map);
	free(own->daemons);
	free(own->hashes);
	free(own->said);
	free(own);
}

size_t own_client_known(const struct own_client *own)
{
	return own->known;
}
