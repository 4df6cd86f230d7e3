/* `swarmtop report`: where the reports go, from argv or the configuration. It does not know what is in them. */
#include "swarm/report_main.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/str.h"
#include "base/words.h"
#include "core/store.h"
#include "swarm/command.h"
#include "swarm/report.h"
#include "swarm/rows.h"

struct given {
	const char *path[REPORT_KINDS]; /* NULL = not given */
};

#define IN_GIVEN(kind) (offsetof(struct given, path) + (kind) * sizeof(const char *))

static const struct opt table[] = {
	{.name = "json",
	 .argument = "FILE",
	 .at = IN_GIVEN(0),
	 .take = opt_text,
	 .help = N_("Write the report for programs here, \"-\" is stdout. With any of these options only what "
		    "they name is written, whatever the config says; with none, and nothing in the config, it goes to "
		    "stdout.")},
	{.name = "html",
	 .argument = "FILE",
	 .at = IN_GIVEN(1),
	 .take = opt_text,
	 .help = N_("Write the page with all torrents here.")},
	{.name = "stats",
	 .argument = "FILE",
	 .at = IN_GIVEN(2),
	 .take = opt_text,
	 .help = N_("Write the page with the counts of each collection here.")},
};

static const struct opt_usage usage = {
	.command = "swarmtop report",
	.operands = N_("[COLLECTION...] [OPTION...]"),
	.about = N_("Writes what the store knows of the torrents as JSON and HTML. Asks nobody."),
};

static bool any(const char *const path[REPORT_KINDS])
{
	for (size_t i = 0; i < REPORT_KINDS; i++) {
		if (path[i] && *path[i])
			return true;
	}
	return false;
}

static void choose_paths(const struct given *g, const struct conf *conf, struct report_paths *paths)
{
	const char *const configured[REPORT_KINDS] = {conf->report.json, conf->report.html, conf->report.stats};
	const char *const stdout_alone[REPORT_KINDS] = {"-", "", ""};
	const char *const *from = any(g->path) ? g->path : any(configured) ? configured : stdout_alone;

	for (size_t i = 0; i < REPORT_KINDS; i++)
		paths->path[i] = from[i] ? from[i] : "";
	paths->stopped = rows_interrupted;
}

/* ---- one file for two reports ---- */

/* The path without links and dots; of a file that is not there yet, that of its folder. */
static void resolve(const char *path, char real[2 * PATH_MAX])
{
	const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
	char folder[PATH_MAX], there[PATH_MAX];

	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(file - path) : 1, slash ? path : ".");
	if (realpath(path, there))
		snprintf(real, 2 * PATH_MAX, "%s", there);
	else
		snprintf(real, 2 * PATH_MAX, "%s/%s", realpath(folder, there) ? there : folder, file);
}

static bool is_same(const char *a, const char *b)
{
	char real_a[2 * PATH_MAX], real_b[2 * PATH_MAX];
	struct stat st;

	if (!*a || !*b)
		return false;
	/* /dev/null takes any number of them. */
	if (strcmp(a, "-") != 0 && stat(a, &st) == 0 && S_ISCHR(st.st_mode))
		return false;
	if (strcmp(a, "-") == 0 || strcmp(b, "-") == 0)
		return strcmp(a, b) == 0;
	resolve(a, real_a);
	resolve(b, real_b);
	return strcmp(real_a, real_b) == 0;
}

/* A report would take the place of all that was measured. */
static int check_stores(const struct given *g, const struct report_paths *paths, struct err *err)
{
	for (size_t i = 0; i < REPORT_KINDS; i++) {
		if (!*paths->path[i] || strcmp(paths->path[i], "-") == 0 || !store_is_ours(paths->path[i]))
			continue;
		if (any(g->path))
			return opt_refuse(&usage, err, "--%s names a database of swarmtop, which is not overwritten",
					  report_kinds[i]->name);
		err_set(err, 0, "[report] %s names a database of swarmtop, which is not overwritten: name another file",
			report_kinds[i]->name);
		return EXIT_CONFIG;
	}
	return 0;
}

/* 0; EXIT_USAGE or EXIT_CONFIG with a message. */
static int check_paths(const struct given *g, const struct report_paths *paths, struct err *err)
{
	for (size_t i = 0; i < REPORT_KINDS; i++) {
		for (size_t j = i + 1; j < REPORT_KINDS; j++) {
			if (!is_same(paths->path[i], paths->path[j]))
				continue;
			if (any(g->path))
				return opt_refuse(&usage, err, "--%s and --%s name the same file",
						  report_kinds[i]->name, report_kinds[j]->name);
			err_set(err, 0, "[report] %s and %s name the same file: give each its own",
				report_kinds[i]->name, report_kinds[j]->name);
			return EXIT_CONFIG;
		}
	}
	return 0;
}

/* ---- what is said ---- */

/* An empty report looks like one of a collection without torrents. */
static void say_unknown(const struct tally *t, const char *const *names)
{
	for (; *names; names++)
		if (!tally_find(t, *names))
			command_say_lacking("report", *names);
}

static void say_done(const struct tally *t, const struct report_paths *paths, int64_t took_us)
{
	char torrents[STR_NUMBER], unknown[STR_NUMBER], seconds[STR_NUMBER];

	str_count(t->total.torrents, torrents);
	str_count(t->total.ranges[TALLY_UNKNOWN], unknown);
	str_decimal((double)took_us / 1e6, 2, seconds);
	fputs("report: ", stderr);
	fprintf(stderr, _n("%s torrent", "%s torrents", t->total.torrents), torrents);
	fprintf(stderr, _n(" in %zu collection", " in %zu collections", t->count), t->count);
	fprintf(stderr, _(", %s without a tracker's word, to"), unknown);
	for (size_t i = 0, n = 0; i < REPORT_KINDS; i++)
		if (*paths->path[i])
			fprintf(stderr, "%s %s", n++ ? "," : "",
				strcmp(paths->path[i], "-") == 0 ? "stdout" : paths->path[i]);
	fprintf(stderr, _(" in %s s\n"), seconds);
}

static int report(struct command *c, const struct given *g)
{
	int64_t began = clock_mono_us();
	const char **names;
	struct report_paths paths;
	struct err err = {""};
	struct tally tally;
	int rc;

	choose_paths(g, &c->conf, &paths);
	rc = check_paths(g, &paths, &err);
	if (!rc)
		rc = check_stores(g, &paths, &err);
	if (rc)
		return command_complain(&err, rc);
	names = command_names(&c->conf, c->collections);
	tally_init(&tally, names);
	rows_catch_signals();
	rc = report_write(rows_walk, c, &paths, clock_now().wall, &tally, &err);
	if (!rc) {
		say_unknown(&tally, names);
		say_done(&tally, &paths, clock_mono_us() - began);
	} else if (rc == -EINTR) {
		fputs(_("report: ended; what was there before stays\n"), stderr);
	} else if (rc != -EPIPE) {
		command_complain(&err, rc > 0 ? rc : EXIT_FAILED);
	}
	tally_done(&tally);
	free(names);
	return rc >= 0 ? rc : rc == -EINTR || rc == -EPIPE ? EXIT_FINE : EXIT_FAILED;
}

int report_main(int argc, char **argv)
{
	struct given g = {{NULL}};
	const struct opt_group own = {table, sizeof(table) / sizeof(table[0]), &g};
	struct command c = {.usage = &usage, .own = &own};
	int status;

	if (command_begin(&c, argc, argv, NULL, &status))
		status = report(&c, &g);
	command_done(&c);
	return status;
}
