/* `swarmtop pick`: what argv wishes for, the walk through the store, and where the choice goes. It does not know how
 * torrents are judged. */
#include "swarm/pick.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/words.h"
#include "core/daemon_url.h"
#include "core/language.h"
#include "core/newfile.h"
#include "swarm/amount.h"
#include "swarm/command.h"
#include "swarm/pick_add.h"
#include "swarm/picked.h"
#include "swarm/rows.h"

enum { OUT_MAX = 1 << 30, NOTE_MAX = 1024 };
enum { ENDED = -1 }; /* by a signal: nothing more to do */

struct seeders {
	bool given;
	int32_t least, most;
};

struct given {
	uint64_t size; /* 0 = not given */
	struct seeders seeders;
	bool json, links, add, start, private, unmeasured;
	const char *url; /* NULL = not given */
	struct command command;
};

static int take_size(const struct opt *opt, void *field, const char *argument, struct err *why)
{
	(void)opt;
	return amount_bytes(argument, field)
		       ? err_set(why, -EINVAL, "takes a number and a unit: 500GB, 1.5TiB, at most 9000PB")
		       : 0;
}

static int take_seeders(const struct opt *opt, void *field, const char *argument, struct err *why)
{
	struct seeders *s = field;

	(void)opt;
	if (amount_range(argument, &s->least, &s->most))
		return err_set(why, -EINVAL, "takes a number or a range: 2, 0-3, 4-");
	s->given = true;
	return 0;
}

#define IN_GIVEN(field) offsetof(struct given, field)

static const struct opt table[] = {
	{.name = "size",
	 .argument = "SIZE",
	 .at = IN_GIVEN(size),
	 .take = take_size,
	 .help = N_("Together they take no more than this: 500GB, 1.5TiB. No limit by default.")},
	{.name = "seeders",
	 .argument = "RANGE",
	 .at = IN_GIVEN(seeders),
	 .take = take_seeders,
	 .help = N_("Only those with so many: 2, 0-3, 4-. Where no tracker knows, the DHT's estimate (BEP 33) counts; "
		 "its addresses alone tell nothing of seeders.")},
	{.name = "json",
	 .at = IN_GIVEN(json),
	 .take = opt_flag,
	 .help = N_("One JSON array, as `swarmtop report` has it.")},
	{.name = "links",
	 .at = IN_GIVEN(links),
	 .take = opt_flag,
	 .help = N_("URLs, magnet links or files, one a line, as clients take them.")},
	{.name = "add",
	 .at = IN_GIVEN(add),
	 .take = opt_flag,
	 .help = N_("Hand them to Transmission, paused, past those that it has. It is the first of the config, or "
		 "--url. It gets torrent files that were fetched and checked here, else magnet links.")},
	{.name = "start", .at = IN_GIVEN(start), .take = opt_flag, .help = N_("With --add: not paused.")},
	{.letter = 'u',
	 .name = "url",
	 .argument = "URL",
	 .at = IN_GIVEN(url),
	 .take = opt_text,
	 .help = N_("With --add: this Transmission.")},
	{.name = "private",
	 .at = IN_GIVEN(private),
	 .take = opt_flag,
	 .help = N_("Private torrents too. They are of use only with an account at their tracker.")},
	{.name = "unmeasured",
	 .at = IN_GIVEN(unmeasured),
	 .take = opt_flag,
	 .help = N_("Those too of which nobody knows how many seeders they have.")},
};

static const struct opt_usage usage = {
	.command = "swarmtop pick",
	.operands = N_("[COLLECTION...] [OPTION...]"),
	.about = N_("Chooses the torrents that need seeders most, within a disk budget."),
};

/* ---- choosing ---- */

struct walk {
	struct picked *picked;
	int64_t now;
};

static int take(void *context, const struct catalog_row *row)
{
	struct walk *w = context;
	struct report_row r;

	report_row_of(row, w->now, false, &r);
	return picked_add(w->picked, &r);
}

static int choose(struct given *g, struct picked *picked)
{
	struct walk walk = {picked, clock_now().wall};
	struct err err = {"more torrents than fit in memory: name fewer collections, or --seeders"};
	int rc;

	rows_catch_signals();
	rc = rows_walk(&g->command, take, &walk, &err);
	if (rc == -EINTR)
		return ENDED;
	if (rc)
		return command_complain(&err, rc > 0 ? rc : EXIT_FAILED);
	picked_choose(picked);
	return EXIT_FINE;
}

/* ---- what becomes of it ---- */

static unsigned terminal_cols(void)
{
	struct winsize size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/* Also when nobody reads it any more: head(1) has seen enough. */
static int print(const struct buf *text)
{
	struct newfile out;
	struct err err;
	int rc = newfile_open(&out, "-", &err);

	if (rc)
		return command_complain(&err, EXIT_FAILED);
	out.stopped = rows_interrupted;
	newfile_write(&out, buf_str(text), text->len);
	rc = newfile_commit(&out, &err);
	if (rc == -EINTR)
		return ENDED;
	return rc && rc != -EPIPE ? command_complain(&err, EXIT_FAILED) : EXIT_FINE;
}

static int show(const struct given *g, const struct picked *picked)
{
	struct buf out;
	int status = EXIT_FAILED;

	buf_init(&out, OUT_MAX);
	if (g->json)
		picked_json(picked, &out);
	else if (g->links)
		picked_links(picked, &out);
	else
		picked_table(picked, clock_now().wall, terminal_cols(), &out);
	if (out.full)
		fprintf(stderr, "swarmtop: that is more than fits in memory: name fewer collections, or --size\n");
	else
		status = print(&out);
	buf_done(&out);
	return status;
}

/* What programs and clients take has no line of totals in it. */
static void say_end(const struct given *g, const struct picked *picked)
{
	struct buf note;

	buf_init(&note, NOTE_MAX);
	picked_total(picked, &note);
	if (g->json || g->links)
		fprintf(stderr, "pick: %s", buf_str(&note));
	buf_reset(&note);
	picked_left_out(picked, &note);
	if (note.len)
		fprintf(stderr, _("pick: left out %s\n"), buf_str(&note));
	buf_done(&note);
}

/* The daemon that --url names, with the login of the config's entry of the same host and port; else the first. The
 * strings are the caller's or the config's. 0 or EXIT_USAGE with a message. */
static int find_daemon(const struct given *g, char url[DAEMON_URL_MAX], struct conf_daemon *daemon, struct err *err)
{
	const struct conf *conf = &g->command.conf;
	struct daemon_url wanted, other;
	struct err why;

	*daemon = conf->daemons[0];
	if (!g->url)
		return 0;
	if (daemon_url_parse(g->url, &wanted, &why))
		return opt_refuse(&usage, err, "--url %s", why.msg);
	daemon_url_format(&wanted, url);
	*daemon = (struct conf_daemon){.name = url, .username = "", .password = "", .password_file = "", .cacert = ""};
	for (size_t i = 0; i < conf->daemon_count; i++) {
		if (daemon_url_parse(conf->daemons[i].url, &other, &why) == 0 && daemon_url_same(&wanted, &other)) {
			*daemon = conf->daemons[i];
			break;
		}
	}
	daemon->url = url;
	daemon->from_argv = true;
	return 0;
}

static void say_added(const char *daemon, bool start, const struct pick_added *done)
{
	fprintf(stderr,
		_n("pick: %s has %zu new torrent%s, had %zu already",
		   "pick: %s has %zu new torrents%s, had %zu already", done->added),
		daemon, done->added, start ? "" : _(" (paused)"), done->had);
	if (done->left)
		fprintf(stderr, _(", and was not asked for %zu"), done->left);
	fputc('\n', stderr);
	if (done->magnets)
		fprintf(stderr, _("pick: %zu of them only by magnet link: %s\n"), done->magnets,
			done->first_magnet.msg);
	if (done->failed)
		fprintf(stderr, _("pick: %zu could not be added: %s\n"), done->failed, done->first.msg);
}

static int add(const struct given *g, const struct picked *picked)
{
	struct pick_added done = {0};
	char url[DAEMON_URL_MAX];
	struct conf_daemon daemon;
	struct err err;
	int status = find_daemon(g, url, &daemon, &err);

	if (status)
		return command_complain(&err, status);
	status = pick_add(&g->command.conf, &daemon, picked, g->start, &done, &err);
	say_added(daemon.name, g->start, &done);
	if (status)
		return command_complain(&err, status);
	return done.failed ? EXIT_FAILED : EXIT_FINE;
}

static int pick(struct given *g)
{
	const struct picked_wish wish = {
		.budget = g->size ? g->size : UINT64_MAX,
		.least = g->seeders.given ? g->seeders.least : 0,
		.most = g->seeders.given ? g->seeders.most : INT32_MAX,
		.private = g->private,
		.unmeasured = g->unmeasured,
		.json = g->json,
		.add = g->add,
	};
	struct picked picked;
	int status;

	picked_init(&picked, &wish);
	status = choose(g, &picked);
	if (!status)
		status = show(g, &picked);
	if (!status)
		say_end(g, &picked);
	if (!status && g->add)
		status = add(g, &picked);
	picked_done(&picked);
	if (status == ENDED)
		fputs(_("pick: ended; the list is not whole\n"), stderr);
	return status == ENDED ? EXIT_FINE : status;
}

static int check(const struct given *g)
{
	char url[DAEMON_URL_MAX];
	struct conf_daemon daemon;
	struct err err;

	if (g->json && g->links)
		return command_complain(&err, opt_refuse(&usage, &err, "--json and --links are one too many"));
	if (!g->add && (g->start || g->url))
		return command_complain(&err, opt_refuse(&usage, &err, "--start and --url need --add"));
	if (find_daemon(g, url, &daemon, &err))
		return command_complain(&err, EXIT_USAGE);
	return EXIT_FINE;
}

int pick_main(int argc, char **argv)
{
	struct given g = {0};
	const struct opt_group own = {table, sizeof(table) / sizeof(table[0]), &g};
	int status;

	g.command.usage = &usage;
	g.command.own = &own;
	if (command_begin(&g.command, argc, argv, NULL, &status)) {
		if (!g.json && !g.links)
			language_start();
		status = check(&g);
		if (!status)
			status = pick(&g);
	}
	command_done(&g.command);
	return status;
}
