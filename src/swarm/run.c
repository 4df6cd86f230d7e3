/* One pass in the foreground: started, shown, stopped by Ctrl+C, and told in one line. It does not know what a pass
 * does. */
#include "swarm/run.h"

#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/exits.h"
#include "base/words.h"
#include "core/progress.h"
#include "swarm/world.h"

enum { SHOW_MS = 200, AGAIN_MS = 2000, LINE_MAX_BYTES = 1024 };

struct run {
	struct command command;
	struct pass_world world;
	const struct pass_ops *ops;
	int bad; /* exit status of a pass that is not good */
	struct pass *pass;
	struct progress *progress;
	struct loop_timer show;
	int64_t stopped_ms; /* the first Ctrl+C, 0 = none */
};

static void show(void *context)
{
	struct run *r = context;
	struct pass_progress now = {0};

	r->ops->progress(r->pass, &now);
	progress_pass(r->progress, now.passed);
	progress_set(r->progress, now.done, now.total, now.note);
	loop_timer_in(r->world.loop, &r->show, SHOW_MS);
}

static void ended(void *context)
{
	struct run *r = context;

	loop_stop(r->world.loop);
}

static void say_stopping(void)
{
	const char *text = _("swarmtop: stopping; what was measured is saved\n");

	/* Behind a bar, and the terminal's own "^C". */
	if (isatty(STDERR_FILENO) && write(STDERR_FILENO, "\n", 1) < 0)
		return;
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		return; /* nobody reads it any more */
}

static void interrupted(void *context, int signal)
{
	struct run *r = context;
	int64_t now = loop_now(r->world.loop).mono_ms;

	(void)signal;
	if (r->stopped_ms && now - r->stopped_ms < AGAIN_MS)
		_exit(EXIT_INTERRUPTED);
	if (!r->stopped_ms) {
		say_stopping();
		r->ops->stop(r->pass);
	}
	r->stopped_ms = now;
}

static void tell_end(const struct run *r, const char *more)
{
	struct buf line;

	buf_init(&line, LINE_MAX_BYTES);
	r->ops->summary(r->pass, &line);
	fprintf(stderr, "%s%s\n", buf_str(&line), more);
	buf_done(&line);
}

/* That there was nothing to ask for looks like nobody's answer. */
static void say_lacking(const struct run *r)
{
	const char **names = command_names(r->world.conf, r->world.collections);

	for (size_t i = 0; names[i] && r->ops != &pass_sync; i++)
		if (!catalog_has_torrents(r->world.catalog, names[i]))
			command_say_lacking(r->ops->name, names[i]);
	free(names);
}

/* The pass from start to end; the exit status, and all has been said. */
static int run_pass(struct run *r, struct err *err)
{
	int status;

	r->pass = r->ops->start(&r->world, ended, r, err);
	if (!r->pass)
		return command_complain(err, EXIT_FAILED);
	world_take_signals(&r->world, interrupted, r);
	r->progress = progress_new(r->world.loop, r->ops->name, r->ops->unit);
	r->show = (struct loop_timer){.fire = show, .context = r};
	show(r);
	loop_run(r->world.loop);
	loop_timer_stop(r->world.loop, &r->show);
	progress_free(r->progress);
	world_let_signals_through(r->stopped_ms != 0);
	catalog_thin(r->world.catalog, clock_now().wall);
	status = world_save(&r->world, err);
	if (status)
		command_complain(err, status);
	say_lacking(r);
	tell_end(r, status ? _("; but it could not be saved, see above") : "");
	if (!status && !r->stopped_ms && !r->ops->good(r->pass))
		status = r->bad;
	r->ops->free(r->pass);
	return status;
}

static int run_main(int argc, char **argv, const struct pass_ops *ops, int bad, const struct opt_usage *usage)
{
	struct run r = {.command = {.usage = usage}, .ops = ops, .bad = bad};
	struct err err;
	int status;

	if (command_begin(&r.command, argc, argv, NULL, &status)) {
		status = world_make(&r.world, &r.command, ops->http, &err);
		status = status ? command_complain(&err, status) : run_pass(&r, &err);
		world_done(&r.world);
	}
	command_done(&r.command);
	return status;
}

int sync_main(int argc, char **argv)
{
	static const struct opt_usage usage = {
		.command = "swarmtop sync",
		.operands = N_("[COLLECTION...] [OPTION...]"),
		.about = N_("Fetches the torrents of the collections into the store."),
	};

	return run_main(argc, argv, &pass_sync, EXIT_FAILED, &usage);
}

int trackers_main(int argc, char **argv)
{
	static const struct opt_usage usage = {
		.command = "swarmtop trackers",
		.operands = N_("[COLLECTION...] [OPTION...]"),
		.about = N_("Asks the trackers of the collections' torrents for seeders and leechers."),
	};

	/* That none answers is what was measured. */
	return run_main(argc, argv, &pass_trackers, EXIT_FINE, &usage);
}

int dht_main(int argc, char **argv)
{
	static const struct opt_usage usage = {
		.command = "swarmtop dht",
		.operands = N_("[COLLECTION...] [OPTION...]"),
		.about = N_("Looks the collections' torrents up in the DHT."),
	};

	return run_main(argc, argv, &pass_dht, EXIT_UNREACHABLE, &usage);
}
