/* `swarmtop report`: where the reports go, from argv or the configuration. It does not know what is in them. */
#include "swarm/report_main.h"

#include <stddef.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
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
	 .help = "Write the report for programs here, \"-\" is stdout. With any of these options only what they name "
		 "is written, whatever the config says; with none, and nothing in the config, it goes to stdout."},
	{.name = "html",
	 .argument = "FILE",
	 .at = IN_GIVEN(1),
	 .take = opt_text,
	 .help = "Write the page with all torrents here."},
	{.name = "stats",
	 .argument = "FILE",
	 .at = IN_GIVEN(2),
	 .take = opt_text,
	 .help = "Write the page with the counts of each collection here."},
};

static const struct opt_usage usage = {
	.command = "swarmtop report",
	.operands = "[COLLECTION...] [OPTION...]",
	.about = "Writes what the store knows of the torrents as JSON and HTML. Asks nobody.",
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
}

static void say_done(const struct tally *t, const struct report_paths *paths, int64_t took_us)
{
	char torrents[STR_NUMBER], unknown[STR_NUMBER], seconds[STR_NUMBER];

	str_count(t->total.torrents, torrents);
	str_count(t->total.ranges[TALLY_UNKNOWN], unknown);
	str_decimal((double)took_us / 1e6, 2, seconds);
	fprintf(stderr, "report: %s torrent%s in %zu collection%s, %s without a tracker's word, to", torrents,
		t->total.torrents == 1 ? "" : "s", t->count, t->count == 1 ? "" : "s", unknown);
	for (size_t i = 0, n = 0; i < REPORT_KINDS; i++)
		if (*paths->path[i])
			fprintf(stderr, "%s %s", n++ ? "," : "",
				strcmp(paths->path[i], "-") == 0 ? "stdout" : paths->path[i]);
	fprintf(stderr, " in %s s\n", seconds);
}

static int report(struct command *c, const struct given *g)
{
	int64_t began = clock_mono_us();
	struct report_paths paths;
	struct err err = {""};
	struct tally tally;
	int rc;

	choose_paths(g, &c->conf, &paths);
	tally_init(&tally);
	rc = report_write(rows_walk, c, &paths, clock_now().wall, &tally, &err);
	if (rc)
		command_complain(&err, rc > 0 ? rc : EXIT_FAILED);
	else
		say_done(&tally, &paths, clock_mono_us() - began);
	tally_done(&tally);
	return rc < 0 ? EXIT_FAILED : rc;
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
