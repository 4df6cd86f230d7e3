/* `swarmtop inspect`: one torrent in; what it is, what the store knows of it, and what every source says now, out. It
 * does not know how sources are asked. */
#include "swarm/inspect.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/words.h"
#include "core/language.h"
#include "core/newfile.h"
#include "swarm/command.h"
#include "swarm/health.h"
#include "swarm/live.h"
#include "swarm/subject.h"

enum { PRINT_MAX = 8 << 20, SECONDS = 20 };

struct given {
	bool json, offline;
	uint32_t timeout;
};

struct inspect {
	struct given given;
	struct command command;
	struct arena arena;
	struct subject subject;
	struct pass_world world; /* its catalog is open for reading; NULL = there is none */
	struct catalog_target known; /* in the store */
	struct live *live;
	struct buf out;
	struct jsonw json;
};

/* ---- what the store knows ---- */

static void text_dht(struct inspect *in, const struct health *h)
{
	unsigned long peers = (unsigned long)h->dht_peers, seeders = (unsigned long)h->dht_seeders;
	char when[CLOCK_TEXT];

	clock_age(clock_now().wall - h->dht_scraped, when);
	buf_printf(&in->out, _("%s ago in the DHT: "), when);
	buf_printf(&in->out, _n("%d peer", "%d peers", peers), h->dht_peers);
	if (h->dht_seeders >= 0)
		buf_printf(&in->out, _n(", about %d seeder", ", about %d seeders", seeders), h->dht_seeders);
}

static void text_stored(struct inspect *in, const struct catalog_row *row, const struct health *h)
{
	char when[CLOCK_TEXT];

	subject_line(&in->out, _("collections"), row->collections);
	subject_label(&in->out, _("measured"));
	if (h->seeders >= 0) {
		clock_age(clock_now().wall - h->scraped, when);
		buf_printf(&in->out, _("%s ago: "), when);
		live_write_counts(h->seeders, h->leechers, &in->out);
		buf_puts(&in->out, h->dht_peers >= 0 ? "; " : "");
	} else if (h->dht_peers < 0) {
		buf_puts(&in->out, _("never"));
	}
	if (h->dht_peers >= 0)
		text_dht(in, h);
	if (!isnan(h->trend))
		buf_printf(&in->out, _("; %+.1f seeders a day"), h->trend);
	buf_putc(&in->out, '\n');
}

static void json_stored(struct inspect *in, const struct catalog_row *row, const struct health *h)
{
	struct jsonw *w = &in->json;

	jsonw_key(w, "store");
	jsonw_object(w);
	jsonw_key(w, "collections");
	jsonw_text(w, row->collections);
	jsonw_member_int(w, "seeders", h->seeders >= 0, h->seeders);
	jsonw_member_int(w, "leechers", h->leechers >= 0, h->leechers);
	jsonw_member_int(w, "scraped_date", h->scraped > 0, h->scraped);
	jsonw_member_int(w, "dht_peers", h->dht_peers >= 0, h->dht_peers);
	jsonw_member_int(w, "dht_scraped", h->dht_scraped > 0, h->dht_scraped);
	jsonw_key(w, "trend");
	jsonw_double(w, h->trend, 3);
	jsonw_object_end(w);
}

static int take_row(void *context, const struct catalog_row *row)
{
	struct inspect *in = context;
	struct health h;

	health_of(row, &h);
	(in->given.json ? json_stored : text_stored)(in, row, &h);
	return 0;
}

/* No store, or one without anything, is no trouble: not everybody has collections. */
static int open_store(struct inspect *in, struct err *err)
{
	char path[PATH_MAX];
	int rc = catalog_path(in->command.conf.store.path, path, sizeof(path), err);

	if (!rc)
		rc = catalog_open(path, CATALOG_READ, &in->world.catalog, err);
	if (rc)
		in->world.catalog = NULL;
	return rc == -ENOENT || rc == -ENOTDIR || rc == -ENODATA ? 0 : rc;
}

/* Trackers and the DHT know a hybrid by its v1 hash, whichever of the two was given, cut or whole. */
static void learn_hashes(struct metainfo *m, const struct catalog_torrent *t)
{
	m->has_v1 = t->has_v1 || !t->has_v2;
	memcpy(m->hash, t->hash, sizeof(m->hash));
	if (!t->has_v2)
		return;
	m->has_v2 = true;
	memcpy(m->hash_v2, t->hash_v2, sizeof(m->hash_v2));
}

/* A torrent file that the store has read knows better than a link; else others have only said it. */
static const char *learn_text(struct inspect *in, bool whole, const char *own, const char *known)
{
	const char *kept = known && *known && (whole || !*own) ? arena_strndup(&in->arena, known, strlen(known)) : NULL;

	return kept ? kept : own;
}

static void learn_facts(struct inspect *in, const struct catalog_torrent *t)
{
	struct metainfo *m = &in->subject.metainfo;

	in->subject.whole = t->whole;
	m->private |= t->private;
	m->name = learn_text(in, t->whole, m->name, t->name);
	m->comment = learn_text(in, t->whole, m->comment, t->comment);
	m->created_by = learn_text(in, t->whole, m->created_by, t->created_by);
	m->created = t->created;
	m->files = t->files;
	if (t->whole || !m->size)
		m->size = t->size;
}

/* No torrent file was given: the store may know what is in it, that it is private, and its trackers. */
static int learn_row(void *context, const struct catalog_row *row)
{
	struct inspect *in = context;
	struct metainfo *m = &in->subject.metainfo;

	learn_hashes(m, &row->torrent);
	in->known = (struct catalog_target){.id = row->id, .private = row->torrent.private};
	memcpy(in->known.hash, m->hash, sizeof(m->hash));
	learn_facts(in, &row->torrent);
	return 0;
}

static void learn_trackers(struct inspect *in)
{
	struct metainfo *m = &in->subject.metainfo;
	struct catalog_trackers known;

	if (catalog_trackers(in->world.catalog, &in->known, 1, &known, NULL))
		return;
	for (size_t i = 0; i < known.link_count && m->tracker_count < METAINFO_TRACKERS; i++) {
		const char *url = known.trackers[known.links[i].tracker].url;

		m->trackers[m->tracker_count].url = arena_strndup(&in->arena, url, strlen(url));
		m->trackers[m->tracker_count++].tier = known.links[i].tier;
	}
	catalog_trackers_free(&known);
}

/* Of a private torrent only the trackers of its torrent file may hear, not those of a link to it. */
static int learn(struct inspect *in, struct err *err)
{
	struct metainfo *m = &in->subject.metainfo;
	int rc = open_store(in, err);

	if (rc || !in->world.catalog || in->subject.whole)
		return rc;
	rc = catalog_row(in->world.catalog, m->hash, learn_row, in, err);
	if (rc != 1)
		return rc;
	if (m->private)
		m->tracker_count = 0;
	if (!m->tracker_count)
		learn_trackers(in);
	return 0;
}

/* ---- what sources say ---- */

static void stop(void *context)
{
	struct inspect *in = context;

	loop_stop(in->world.loop);
}

static void interrupted(void *context, int signal)
{
	(void)signal;
	stop(context);
}

static int ask(struct inspect *in, struct err *err)
{
	struct pass_world *w = &in->world;

	w->conf = &in->command.conf;
	w->loop = loop_new();
	w->http = http_new(w->loop);
	w->resolve = resolve_new(w->loop);
	if (!w->http || !w->resolve)
		return err_set(err, -1, "cannot start %s", w->http ? "c-ares" : "libcurl");
	loop_signal(w->loop, SIGINT, interrupted, in);
	loop_signal(w->loop, SIGTERM, interrupted, in);
	if (isatty(STDERR_FILENO)) {
		fprintf(stderr, _("Asking trackers and the DHT, for %u s at most; Ctrl+C shows what has come."),
			in->given.timeout);
		fputc('\r', stderr);
	}
	in->live = live_start(w, &in->subject.metainfo, (int64_t)in->given.timeout * 1000, stop, in);
	loop_run(w->loop);
	if (isatty(STDERR_FILENO))
		fputs("\r\x1b[K", stderr);
	return 0;
}

static void write_live(struct inspect *in)
{
	const struct live_answer *answers;
	size_t count;

	if (!in->live)
		return;
	answers = live_answers(in->live, &count);
	if (in->given.json)
		live_write_json(answers, count, &in->json);
	else
		live_write_text(answers, count, &in->out);
}

/* ---- from start to end ---- */

static void write_all(struct inspect *in)
{
	if (in->given.json) {
		jsonw_init(&in->json, &in->out);
		jsonw_object(&in->json);
		subject_write_json(&in->subject, &in->json);
	} else {
		subject_write_text(&in->subject, &in->out);
	}
	if (in->world.catalog)
		catalog_row(in->world.catalog, in->subject.metainfo.hash, take_row, in, NULL);
	write_live(in);
	if (in->given.json) {
		jsonw_object_end(&in->json);
		buf_putc(&in->out, '\n');
	}
}

static int show(const struct inspect *in, struct err *err)
{
	struct newfile to;
	int rc = newfile_open(&to, "-", err);

	if (rc)
		return rc;
	if (in->out.full)
		to.rc = -ENOBUFS;
	newfile_write(&to, buf_str(&in->out), in->out.len);
	return newfile_commit(&to, err);
}

static int inspect(struct inspect *in, const char *text)
{
	struct err err = {""};
	bool whole;
	int rc;

	if (subject_read(text, &in->arena, &in->subject, &err))
		return command_complain(&err, EXIT_FAILED);
	whole = in->subject.whole;
	rc = learn(in, &err);
	/* It may know that this is a private torrent: then nobody else must hear of it. */
	if (rc && !whole && !in->given.offline)
		return command_complain(&err, command_store_status(rc));
	if (rc)
		log_warn("%s", err.msg);
	if (!in->given.offline && ask(in, &err))
		return command_complain(&err, EXIT_FAILED);
	write_all(in);
	rc = show(in, &err);
	return rc && rc != -EPIPE ? command_complain(&err, EXIT_FAILED) : EXIT_FINE;
}

static void done(struct inspect *in)
{
	live_free(in->live);
	resolve_free(in->world.resolve);
	http_free(in->world.http);
	catalog_free(in->world.catalog);
	if (in->world.loop)
		loop_free(in->world.loop);
	command_done(&in->command);
	buf_done(&in->out);
	arena_done(&in->arena);
}

static const struct opt table[] = {
	{.name = "json", .at = offsetof(struct given, json), .take = opt_flag, .help = N_("One JSON object.")},
	{.name = "offline",
	 .at = offsetof(struct given, offline),
	 .take = opt_flag,
	 .help = N_("Ask nobody: only what it says of itself, and what the store knows.")},
	{.name = "timeout",
	 .argument = "SECONDS",
	 .at = offsetof(struct given, timeout),
	 .take = opt_number,
	 .help = N_("How long answers are waited for (20).")},
};

static const struct opt_usage usage = {
	.command = "swarmtop inspect",
	.operands = N_("FILE.torrent | MAGNET | INFO-HASH [OPTION...]"),
	.about = N_("Shows what a torrent is, and how healthy its swarm is now, source by source."),
};

int inspect_main(int argc, char **argv)
{
	struct inspect in = {.given = {.timeout = SECONDS}, .command = {.usage = &usage}};
	const struct opt_group own = {table, sizeof(table) / sizeof(table[0]), &in.given};
	const char *text;
	int status;

	in.command.own = &own;
	arena_init(&in.arena, SUBJECT_ARENA);
	buf_init(&in.out, PRINT_MAX);
	if (command_begin(&in.command, argc, argv, &text, &status)) {
		if (!in.given.json)
			language_start();
		status = inspect(&in, text);
	}
	done(&in);
	return status;
}
