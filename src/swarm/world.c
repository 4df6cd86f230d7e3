/* What every pass is given, from a configuration. It knows no pass. */
#include "swarm/world.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/xmalloc.h"

enum { CONNECTIONS = 64, LEFT_MAX = 1 << 20 };

static const int endings[] = {SIGINT, SIGTERM};

int world_make(struct pass_world *world, const struct command *command, bool http, struct err *err)
{
	char path[PATH_MAX];
	int rc;

	*world = (struct pass_world){.conf = &command->conf, .collections = command->collections};
	rc = catalog_path(command->conf.store.path, path, sizeof(path), err);
	if (!rc)
		rc = catalog_open(path, CATALOG_WRITE, &world->catalog, err);
	if (rc)
		return command_store_status(rc);
	world->said = said_new();
	world->left = xmalloc(sizeof(*world->left));
	buf_init(world->left, LEFT_MAX);
	world->loop = loop_new();
	world->resolve = resolve_new(world->loop);
	if (http)
		world->http = http_new(world->loop);
	if (!world->resolve || (http && !world->http)) {
		err_set(err, 0, "cannot start %s", world->resolve ? "libcurl" : "c-ares");
		return EXIT_FAILED;
	}
	if (http)
		world_limits(world);
	return 0;
}

void world_limits(struct pass_world *world)
{
	http_limits(world->http, world->conf->sync.connections, CONNECTIONS);
}

int world_save(struct pass_world *world, struct err *err)
{
	return world->catalog && catalog_flush(world->catalog, err) ? EXIT_FAILED : 0;
}

void world_done(struct pass_world *world)
{
	said_free(world->said);
	if (world->left)
		buf_done(world->left);
	free(world->left);
	resolve_free(world->resolve);
	http_free(world->http);
	catalog_free(world->catalog);
	if (world->loop)
		loop_free(world->loop);
}

void world_take_signals(struct pass_world *world, void (*caught)(void *context, int signal), void *context)
{
	struct sigaction hang_up;

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		loop_signal(world->loop, endings[i], caught, context);
	if (sigaction(SIGHUP, NULL, &hang_up) == 0 && hang_up.sa_handler != SIG_IGN)
		loop_signal(world->loop, SIGHUP, caught, context);
}

static void end_at_once(int signal)
{
	(void)signal;
	_exit(EXIT_INTERRUPTED);
}

static void end_next_time(int number)
{
	signal(number, end_at_once);
}

void world_let_signals_through(bool stopped)
{
	sigset_t none;

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		signal(endings[i], stopped ? end_at_once : end_next_time);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}
