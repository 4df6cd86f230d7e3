/* `swarmtop history`: what argv asks for, and where the answer goes. It does not know how the file is made. */
#include "peers/history_main.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/exits.h"
#include "base/text.h"
#include "base/words.h"
#include "base/xmalloc.h"
#include "core/conf.h"
#include "core/language.h"
#include "core/newfile.h"
#include "core/opt.h"
#include "peers/history_forget.h"
#include "peers/history_private.h"
#include "peers/history_range.h"
#include "peers/history_show.h"

struct given {
	struct opt_common common;
	const char *since, *until;
	int by;
	bool json, csv, forget;
	char **addresses; /* of argv */
	int address_count;
	struct history_range range;
	int64_t now;
	char path[PATH_MAX];
};

#define IN_GIVEN(field) offsetof(struct given, field)

static const char *const bys[] = {"country", "hour", "day", "peer", "client", NULL};

static const struct opt table[] = {
	{.name = "since",
	 .argument = "TIME",
	 .at = IN_GIVEN(since),
	 .take = opt_text,
	 .help = N_("From then on: a day (2026-11-21), a local time (2026-11-21T07:30, UTC with a Z), today, "
		 "yesterday, or an age (12h, 7d, 4w). Else from the beginning. Hours count whole; of clients, UTC "
		 "days.")},
	{.name = "until",
	 .argument = "TIME",
	 .at = IN_GIVEN(until),
	 .take = opt_text,
	 .help = N_("Up to then; a day is included. Else up to now.")},
	{.name = "by",
	 .argument = "WHAT",
	 .at = IN_GIVEN(by),
	 .take = opt_choice,
	 .choices = bys,
	 .help = N_("country (the default), hour (of the day), day, peer or client. Peers are those that were seen in "
		 "this time, with all they ever did.")},
	{.name = "json", .at = IN_GIVEN(json), .take = opt_flag, .help = N_("JSON.")},
	{.name = "csv", .at = IN_GIVEN(csv), .take = opt_flag, .help = N_("CSV.")},
	{.name = "forget",
	 .at = IN_GIVEN(forget),
	 .take = opt_flag,
	 .help = N_("Remove the whole history; with --until what is older (a day itself stays); with addresses or "
		 "prefixes (5.9.0.0/16) those peers. No monitor may be recording.")},
};

static const struct opt_usage usage = {
	.command = "swarmtop history",
	.operands = N_("[OPTION...] [--forget [ADDRESS...]]"),
	.about = N_("Shows what the monitor has recorded. Asks nobody."),
};

/* ---- argv ---- */

static int take_time(const char *option, const char *text, bool end, int64_t *when, struct err *err)
{
	struct err why;

	if (text && history_time(text, clock_now().wall, end, when, &why))
		return opt_refuse(&usage, err, "option --%s %.300s", option, why.msg);
	return 0;
}

static int settle(struct given *g, struct err *err)
{
	int rc;

	g->now = clock_now().wall + 1;
	g->range = (struct history_range){0, g->now};
	rc = take_time("since", g->since, false, &g->range.since, err);
	if (!rc)
		rc = take_time("until", g->until, !g->forget, &g->range.until, err);
	if (rc)
		return rc;
	if (g->json && g->csv)
		return opt_refuse(&usage, err, "only one of --json and --csv can be had");
	if (g->range.since >= g->range.until)
		return opt_refuse(&usage, err, "--since is not before --until");
	if (g->forget && g->since)
		return opt_refuse(&usage, err, "--forget takes --until, not --since");
	if (g->forget && g->until && g->address_count)
		return opt_refuse(&usage, err, "--forget takes addresses or --until, not both");
	if (g->address_count && !g->forget)
		return opt_refuse(&usage, err, "addresses go with --forget only");
	return 0;
}

static int load(struct given *g, struct err *err)
{
	struct conf_set sets[OPT_LIST_MAX + 1];
	struct conf_source source = {.file = g->common.config, .sets = sets};
	struct conf conf;
	int rc;

	for (size_t i = 0; i < g->common.sets.count; i++)
		sets[source.set_count++] = (struct conf_set){.option = "--set", .value = g->common.sets.items[i]};
	rc = conf_load(&source, &conf, err);
	if (rc)
		return rc;
	if (history_is_off(conf.history.path))
		rc = err_set(err, EXIT_CONFIG, "no history is kept: [history] path is \"none\"");
	else if (history_path(conf.history.path, g->path, sizeof(g->path), err))
		rc = EXIT_CONFIG;
	conf_done(&conf);
	return rc;
}

/* 0 to go on; OPT_DONE: all is said; else the exit status with a message. */
enum { OPT_DONE = -1 };

static int parse(struct given *g, int argc, char **argv, struct err *err)
{
	const struct opt_group groups[] = {
		{table, sizeof(table) / sizeof(table[0]), g},
		opt_common_group(&g->common),
	};
	int first, rc = opt_parse(argc, argv, &usage, groups, 2, &first, err);

	if (rc)
		return rc;
	if (g->common.help)
		opt_help(stdout, &usage, groups, 2);
	else if (g->common.version)
		printf("swarmtop %s\n", SWARMTOP_VERSION);
	if (g->common.help || g->common.version)
		return OPT_DONE;
	g->addresses = argv + first;
	g->address_count = argc - first;
	rc = settle(g, err);
	return rc ? rc : load(g, err);
}

/* ---- showing ---- */

struct showing {
	const struct history_table *table;
	const struct history_show *show;
	struct newfile out;
	size_t rows;
};

static int take_row(void *context, const struct history_cell *cells)
{
	struct showing *s = context;

	s->show->row(s->table, cells, s->rows++, &s->out.text);
	newfile_pass(&s->out);
	return s->out.rc;
}

static int take_since(void *context, const struct store_value *columns, size_t count)
{
	struct history_range *range = context;

	(void)count;
	if (columns[0].type == STORE_INT && range->since < columns[0].number)
		range->since = columns[0].number < range->until ? columns[0].number : range->until;
	return 0;
}

static int take_width(void *context, const struct history_cell *cells)
{
	struct history_column *address = context;
	int cols = cells[0].text ? (int)strlen(cells[0].text) : 0;

	address->width = -address->width < cols ? -cols : address->width;
	return 0;
}

/* For people who asked for a range: the one they get. */
static void put_range(const struct given *g, const struct history_range *range, struct buf *out)
{
	char since[CLOCK_TEXT], until[CLOCK_TEXT];

	if (g->json || g->csv || (!g->since && !g->until) || range->since >= range->until)
		return;
	clock_local(range->since, "%Y-%m-%d %H:%M", since);
	clock_local(range->until, "%Y-%m-%d %H:%M", until);
	buf_printf(out, _(" %s to %s%s\n"), since, until, g->by == HISTORY_CLIENT ? _(" (whole days of UTC)") : "");
}

static int write_rows(const struct given *g, struct store *store, struct err *err)
{
	struct history_table shown = history_tables[g->by];
	struct showing s = {
		.table = &shown,
		.show = &history_shows[g->json ? HISTORY_AS_JSON : g->csv ? HISTORY_AS_CSV : HISTORY_AS_TEXT],
	};
	struct history_range whole = history_whole((enum history_by)g->by, &g->range, g->now), range = whole;
	int rc;

	/* Where nothing is recorded nothing begins. */
	rc = store_get(store, "SELECT min(hour) * 3600 FROM observed", NULL, 0, take_since, &range, err);
	/* An address that is cut is none. */
	if (!rc && g->by == HISTORY_PEER && !g->json && !g->csv)
		rc = history_query(store, HISTORY_PEER, &whole, take_width, &shown.columns[0], err);
	if (!rc)
		rc = newfile_open(&s.out, "-", err);
	if (rc)
		return rc;
	put_range(g, &range, &s.out.text);
	s.show->head(s.table, &range, &s.out.text);
	rc = history_query(store, (enum history_by)g->by, &whole, take_row, &s, err);
	if (s.show->end && !rc)
		s.show->end(&s.out.text);
	if (rc && rc != s.out.rc) {
		newfile_abort(&s.out);
		return rc;
	}
	return newfile_commit(&s.out, err);
}

static int show(const struct given *g, struct err *err)
{
	struct store_open how = {.path = g->path, .migrations = history_migrations};
	struct store *store;
	bool behind = false;
	int rc = store_open(&how, &store, err);

	/* No monitor of this version has written to it yet. */
	if (rc == -EPROTO) {
		how.migrations = history_migrations_shown;
		if (!store_open(&how, &store, NULL))
			rc = 0;
	}
	if ((rc == -EACCES || rc == -ENOSPC) && !store_open_without_log(&how, &store, &behind, NULL))
		rc = 0;
	if (rc == -ENOENT)
		return err_set(err, rc, "there is no history at %s yet: the monitor makes it", g->path);
	if (rc)
		return rc;
	if (behind)
		fputs(_("history: the file system is read-only, and the latest is in a log beside the file that cannot "
			"be "
			"read there: it is missing below\n"),
		      stderr);
	rc = store_snapshot(store, err);
	if (!rc)
		rc = write_rows(g, store, err);
	store_snapshot_end(store);
	store_free(store);
	return rc;
}

/* ---- forgetting ---- */

/* Gone for who asks, but not yet from the disk. */
static void tell_remains(const struct history_remains *remains)
{
	if (remains->code == -EBUSY)
		fputs(_("history: another program reads the file: the bytes stay on the disk until it has ended and "
			"--forget, or the monitor, has run once more\n"),
		      stderr);
	else if (remains->code)
		fprintf(stderr,
			_("history: %s: the bytes stay on the disk until --forget, or the monitor, has run once "
			  "more\n"),
			remains->why.msg);
}

static int forget_peers(const struct given *g, struct err *err)
{
	struct ip_prefix *prefixes = xcalloc((size_t)g->address_count, sizeof(*prefixes));
	char shown[64];
	struct history_forgotten found = {.peers = 0};
	struct history_remains remains = {.code = 0};
	int rc = 0;

	for (int i = 0; i < g->address_count && !rc; i++) {
		text_clean(shown, sizeof(shown), g->addresses[i], strlen(g->addresses[i]), 40);
		if (ip_prefix_parse(g->addresses[i], &prefixes[i]))
			rc = err_set(err, EXIT_USAGE, "\"%s\" is neither an address nor a prefix", shown);
	}
	if (!rc)
		rc = history_forget_peers(g->path, prefixes, (size_t)g->address_count, &found, &remains, err);
	if (!rc && (found.peers || !found.networks))
		fprintf(stderr, _n("history: %zu peer forgotten\n", "history: %zu peers forgotten\n", found.peers),
			found.peers);
	if (!rc && found.networks)
		fprintf(stderr,
			_n("history: %zu network forgotten: addresses are kept by network here, so those beside them "
			   "went too\n",
			   "history: %zu networks forgotten: addresses are kept by network here, so those beside them "
			   "went too\n",
			   found.networks),
			found.networks);
	tell_remains(&remains);
	free(prefixes);
	return rc;
}

static int forget(const struct given *g, struct err *err)
{
	struct history_remains remains = {.code = 0};
	int rc;

	if (g->address_count)
		return forget_peers(g, err);
	rc = g->until ? history_forget_until(g->path, g->range.until, &remains, err) : history_forget_all(g->path, err);
	if (!rc)
		fputs(g->until ? _("history: what is older is forgotten\n") : _("history: all is forgotten\n"), stderr);
	tell_remains(&remains);
	return rc;
}

/* ---- the command ---- */

static int status_of(int rc)
{
	static const struct {
		int rc, status;
	} statuses[] = {{0, EXIT_FINE}, {-EPIPE, EXIT_FINE}, {-EBUSY, EXIT_BUSY}, {-EPROTO, EXIT_CONFIG}};

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (statuses[i].rc == rc)
			return statuses[i].status;
	return rc > 0 ? rc : EXIT_FAILED;
}

int history_main(int argc, char **argv)
{
	struct given g = {.by = HISTORY_COUNTRY};
	struct err err = {""};
	int rc;

	rc = parse(&g, argc, argv, &err);
	if (rc == OPT_DONE)
		return EXIT_FINE;
	if (!rc && (g.forget ? isatty(STDERR_FILENO) : !g.json && !g.csv))
		language_start();
	if (!rc)
		rc = g.forget ? forget(&g, &err) : show(&g, &err);
	if (rc && rc != -EPIPE)
		fprintf(stderr, "swarmtop: %s\n", err.msg);
	return status_of(rc);
}
