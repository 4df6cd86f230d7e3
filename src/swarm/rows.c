/* From a command line to the rows of the store, with patience: it says how far it is, and ends by Ctrl+C. It
 * does not know what is done with the rows. */
#include "swarm/rows.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/words.h"
#include "core/progress.h"

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

enum { NAMES_MAX = 1 << 20 };

struct walk {
	int (*take)(void *context, const struct catalog_row *row);
	void *context;
	struct progress *progress;
	uint64_t count;
	const struct conf *conf;
	struct buf names;
};

static bool is_configured(const struct conf *conf, const char *name, size_t len)
{
	for (size_t i = 0; i < conf->collection_count; i++) {
		const char *one = conf->collections[i].name;

		if (strncmp(one, name, len) == 0 && !one[len])
			return true;
	}
	return false;
}

/* The store remembers what was a collection once; who reads a report has not heard of it. */
static const char *configured(struct walk *w, const char *names)
{
	buf_reset(&w->names);
	while (*names) {
		size_t len = strcspn(names, ",");

		if (is_configured(w->conf, names, len))
			buf_printf(&w->names, "%s%.*s", w->names.len ? "," : "", (int)len, names);
		names += len + (names[len] == ',');
	}
	return buf_str(&w->names);
}

static int take(void *context, const struct catalog_row *row)
{
	struct catalog_row shown = *row;
	struct walk *w = context;

	if (interrupted)
		return -EINTR;
	progress_set(w->progress, ++w->count, row->rows, "");
	progress_step(w->progress);
	shown.collections = configured(w, row->collections);
	return w->take(w->context, &shown);
}

static int walk_all(const struct command *c, struct walk *w, struct err *err)
{
	const char **names = command_names(&c->conf, c->collections);
	struct catalog *catalog = NULL;
	char path[PATH_MAX];
	int rc = catalog_path(c->conf.store.path, path, sizeof(path), err);

	if (!rc)
		rc = catalog_open(path, CATALOG_READ, &catalog, err);
	rc = rc ? command_store_status(rc) : catalog_rows(catalog, names, take, w, err);
	catalog_free(catalog);
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
		.progress = progress_new(NULL, space ? space + 1 : c->usage->command, N_("torrents")),
		.conf = &c->conf,
	};
	int rc;

	buf_init(&w.names, NAMES_MAX);
	rc = walk_all(c, &w, err);
	buf_done(&w.names);
	progress_free(w.progress);
	return rc;
}
