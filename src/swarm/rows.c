/* From a command line to the rows of the store, with patience: a line that says how far it is, and an end by Ctrl+C. It
 * does not know what is done with the rows. */
#include "swarm/rows.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "base/words.h"

enum { TELL_US = 1000000 };

/* ---- signals ---- */

static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

void rows_catch_signals(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	/* Without SA_RESTART, so that a write to a pipe that nobody empties ends too. */
	struct sigaction caught = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND}, before;

	sigemptyset(&caught.sa_mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
			sigaction(signals[i], &caught, NULL);
	}
}

bool rows_interrupted(void)
{
	return interrupted;
}

/* ---- the walk ---- */

struct walk {
	int (*take)(void *context, const struct catalog_row *row);
	void *context;
	const char *name; /* of the subcommand */
	uint64_t count;
	int64_t told_us; /* when, or when it began */
	bool terminal, told;
};

static void tell(struct walk *w)
{
	int64_t now_us = clock_mono_us();
	char count[STR_NUMBER];

	if (!w->terminal || now_us - w->told_us < TELL_US)
		return;
	w->told_us = now_us;
	w->told = true;
	str_count(w->count, count);
	fputc('\r', stderr);
	fprintf(stderr, _n("%s: %s torrent read, Ctrl+C ends it", "%s: %s torrents read, Ctrl+C ends it", w->count),
		w->name, count);
	fputs("\x1b[K", stderr);
}

static int take(void *context, const struct catalog_row *row)
{
	struct walk *w = context;

	if (interrupted)
		return -EINTR;
	w->count++;
	tell(w);
	return w->take(w->context, row);
}

static int walk_all(const struct command *c, struct catalog *catalog, struct walk *w, struct err *err)
{
	const char **names = command_names(&c->conf, c->collections);
	int rc = catalog_rows(catalog, names, take, w, err);

	if (w->told)
		fputs("\r\x1b[K", stderr);
	free(names);
	return interrupted ? -EINTR : rc;
}

int rows_walk(void *command, int (*each)(void *context, const struct catalog_row *row), void *context, struct err *err)
{
	const struct command *c = command;
	const char *space = strrchr(c->usage->command, ' ');
	struct walk w = {
		.take = each,
		.context = context,
		.name = space ? space + 1 : c->usage->command,
		.told_us = clock_mono_us(),
		.terminal = isatty(STDERR_FILENO),
	};
	struct catalog *catalog = NULL;
	char path[PATH_MAX];
	int rc = catalog_path(c->conf.store.path, path, sizeof(path), err);

	if (rc)
		return EXIT_FAILED;
	rc = catalog_open(path, CATALOG_READ, &catalog, err);
	if (rc)
		return command_store_status(rc);
	rc = walk_all(c, catalog, &w, err);
	catalog_free(catalog);
	return rc;
}
