/* What every pass is given, from a configuration. It knows no pass. */
#include "swarm/world.h"

#include <limits.h>

enum { CONNECTIONS = 64 };

int world_make(struct pass_world *world, const struct command *command, struct err *err)
{
	char path[PATH_MAX];
	int rc;

	*world = (struct pass_world){.conf = &command->conf, .collections = command->collections};
	rc = catalog_path(command->conf.store.path, path, sizeof(path), err);
	if (!rc)
		rc = catalog_open(path, CATALOG_WRITE, &world->catalog, err);
	if (rc)
		return command_store_status(rc);
	world->loop = loop_new();
	world->http = http_new(world->loop);
	world->resolve = resolve_new(world->loop);
	if (!world->http || !world->resolve) {
		err_set(err, 0, "cannot start %s", world->http ? "c-ares" : "libcurl");
		return EXIT_FAILED;
	}
	http_limits(world->http, command->conf.sync.connections, CONNECTIONS);
	return 0;
}

int world_save(struct pass_world *world, struct err *err)
{
	return world->catalog && catalog_flush(world->catalog, err) ? EXIT_FAILED : 0;
}

void world_done(struct pass_world *world)
{
	resolve_free(world->resolve);
	http_free(world->http);
	catalog_free(world->catalog);
	if (world->loop)
		loop_free(world->loop);
}
