/* The daemon of this wing, its loop on one page: what is due -> start -> told when it ends -> due again. It does not
 * know what a pass does. */
#include "swarm/daemon.h"

#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/words.h"
#include "core/progress.h"
#include "core/sdnotify.h"
#include "swarm/report_child.h"
#include "swarm/world.h"

enum { SYNC, TRACKERS, DHT, REPORT, JOBS, PASSES = REPORT };
enum { SHOW_MS = 200, AGAIN_MS = 2000, LINE_MAX_BYTES = 1024 };
enum { RETRY_MS = 60 * 1000, RETRIES = 10 };             /* after failures: 1, 2, 4 ... minutes */
enum { SETTLE_MS = 20, SETTLE_PATIENCE_MS = 10 * 1000 }; /* for the disk, between two passes */

struct health;

/* One kind of work. */
struct job {
	struct health *health;
	const char *name, *last_key; /* last_key: of the catalog, when it was last */
	const struct pass_ops *ops; /* NULL: the report */
	struct pass *pass;
	pid_t child;
	bool running, soon; /* soon: it is due because of what the last one left */
	int64_t again_ms;  /* soon, though it was good, but not before that; < 0: no */
	unsigned ended;    /* how often */
	unsigned failures; /* in a row, and what is to come again soon */
	int64_t due_ms;    /* monotonic */
	int64_t started_ms;
};

struct health {
	struct command command;
	bool once;
	struct pass_world world;
	struct job jobs[JOBS];
	struct loop_timer wake, show;
	bool watched;              /* somebody looks */
	int terminal;              /* -1 = none */
	struct progress *progress; /* NULL: nothing to be shown */
	int64_t unsettled_ms;      /* since when the disk keeps us waiting, 0 = it does not */
	int64_t stopped_ms;        /* the first Ctrl+C, 0 = none */
	bool reload, failed, others; /* others: so are the collections since sync was begun with last */
	struct sdnotify *service; /* NULL without a service manager */
};

static int64_t mono(const struct health *h)
{
	return loop_now(h->world.loop).mono_ms;
}

static int64_t interval_ms(const struct health *h, const struct job *job)
{
	const struct conf *c = &h->command.conf;
	const double seconds[JOBS] = {c->sync.interval, c->trackers.interval, c->dht.interval, c->report.interval};

	return llround(seconds[job - h->jobs] * 1000);
}

static bool running(const struct health *h)
{
	for (size_t i = 0; i < JOBS; i++)
		if (h->jobs[i].running)
			return true;
	return false;
}

/* ---- when the last one was, over restarts ---- */

/* What it wrote is gone, there is something that it has never read, or it failed: a new configuration may help. */
static bool lacks(const struct health *h, const struct job *job)
{
	if (job == &h->jobs[REPORT] && report_child_lacks(&h->command.conf))
		return true;
	return job->failures || (job == &h->jobs[SYNC] && (h->others || pass_sync_lacks(&h->world)));
}

/* At the start, and with a new configuration. A pass of before the restart counts; a clock that was ahead does not. */
static int64_t due(struct health *h, const struct job *job)
{
	struct now now = loop_now(h->world.loop);
	int64_t interval = interval_ms(h, job), ago = now.wall - catalog_time(h->world.catalog, job->last_key);

	if (h->once || lacks(h, job))
		return now.mono_ms;
	if (job->ended)
		return job->started_ms + interval;
	return ago < 0 || ago >= interval / 1000 ? now.mono_ms : now.mono_ms + interval - ago * 1000;
}

/* ---- start and end of a job ---- */

static void next(void *context);
static void raise_bar(struct health *h);
static void show(void *context);

/* Not before a server wants to be asked again. */
static int64_t soon_ms(const struct job *job)
{
	int64_t ms = RETRY_MS << (job->failures - 1);

	return ms > job->again_ms ? ms : job->again_ms;
}

/* A network that is not there yet, as after a boot, is no reason to wait for a day, nor for longer than that. */
static void settle_due(struct health *h, struct job *job, bool good)
{
	int64_t all_ms = job->started_ms + interval_ms(h, job);
	bool fine = good && job->again_ms < 0;

	job->ended++;
	job->failures = fine ? 0 : job->failures + 1;
	job->soon = !fine && job->failures <= RETRIES && mono(h) + soon_ms(job) < all_ms;
	job->due_ms = job->soon ? mono(h) + soon_ms(job) : all_ms;
}

static void job_ended(struct job *job, bool good)
{
	struct health *h = job->health;

	job->running = false;
	settle_due(h, job, good);
	h->failed |= !good && (job == &h->jobs[SYNC] || job == &h->jobs[REPORT]);
	if (good && job->again_ms < 0 && !h->stopped_ms)
		catalog_put_time(h->world.catalog, job->last_key, loop_now(h->world.loop).wall);
	next(h);
}

static void pass_ended(void *context)
{
	struct job *job = context;
	struct buf line;
	bool good = job->ops->good(job->pass);

	buf_init(&line, LINE_MAX_BYTES);
	words_hush(true); /* in the log */
	job->ops->summary(job->pass, &line);
	words_hush(false);
	job->again_ms = job->ops->again ? 1000 * job->ops->again(job->pass) : -1;
	(good ? log_info : log_warn)("%s", buf_str(&line));
	sdnotify_status(job->health->service, "%s", buf_str(&line));
	buf_done(&line);
	job->ops->free(job->pass);
	job->pass = NULL;
	catalog_thin(job->health->world.catalog, clock_now().wall);
	job_ended(job, good);
}

static void child_ended(void *context, int signal)
{
	struct health *h = context;
	struct job *job = &h->jobs[REPORT];
	int status;

	(void)signal;
	if (!job->running || !report_child_ended(job->child, &status))
		return;
	if (status && !h->stopped_ms)
		log_warn("report: ended with %d", status);
	job_ended(job, status == 0);
}

static void start_report(struct health *h, struct job *job, struct err *err)
{
	int rc;

	job->running = true;
	raise_bar(h);
	rc = report_child_start(&h->command, &job->child);
	job->running = rc == 0;
	if (rc)
		err_set(err, rc, "cannot start a process: %s", strerror(-rc));
}

static void start(struct health *h, struct job *job)
{
	struct err err = {""};

	/* Only for what the last one left, unless it is time for all. One that does not come to its end was none. */
	h->world.again = job->soon && job->ops && job->ops->again && mono(h) - job->started_ms < interval_ms(h, job);
	if (!h->world.again) {
		job->started_ms = mono(h);
		catalog_put_time(h->world.catalog, job->last_key, 0);
	}
	h->others &= job != &h->jobs[SYNC];
	job->again_ms = -1;
	if (job->ops) {
		job->pass = job->ops->start(&h->world, pass_ended, job, &err);
		job->running = job->pass != NULL;
	} else {
		start_report(h, job, &err);
	}
	if (job->running && job->ops)
		sdnotify_status(h->service, "%s: running", job->name);
	if (job->running)
		return;
	log_error("%s: %s", job->name, err.msg);
	h->failed = true;
	settle_due(h, job, false);
}

/* ---- what is due ---- */

/* The first report waits for the first of everything; nothing is measured while torrents are still coming in. */
static bool may_start(const struct health *h, const struct job *job)
{
	bool report = job == &h->jobs[REPORT];

	if (job->running || (h->once && job->ended) || h->stopped_ms || h->reload)
		return false;
	if (report && !h->once && !report_child_wanted(&h->command.conf))
		return false;
	for (size_t i = 0; report && i < PASSES; i++)
		if (!h->jobs[i].ended && h->jobs[i].due_ms <= mono(h))
			return false;
	return job == &h->jobs[SYNC] || !h->jobs[SYNC].running;
}

static bool all_once(const struct health *h)
{
	for (size_t i = 0; i < JOBS; i++)
		if (!h->jobs[i].ended)
			return false;
	return h->once;
}

/* The one that has waited longest, so that a short interval keeps nobody out; NULL = none. */
static struct job *most_due(struct health *h)
{
	struct job *best = NULL;

	for (size_t i = 0; i < JOBS; i++) {
		struct job *job = &h->jobs[i];

		if (job->due_ms <= mono(h) && may_start(h, job) && (!best || job->due_ms < best->due_ms))
			best = job;
	}
	return best;
}

/* What was written is on disk, or the disk has had its time. */
static bool settled(struct health *h)
{
	if (catalog_settled(h->world.catalog)) {
		h->unsettled_ms = 0;
		return true;
	}
	if (!h->unsettled_ms)
		h->unsettled_ms = mono(h);
	return mono(h) - h->unsettled_ms >= SETTLE_PATIENCE_MS;
}

/* ---- a new configuration ---- */

static void read_again(struct health *h)
{
	struct err err = {""};

	if (command_reload(&h->command, &h->others, &err)) {
		log_error("%s; the old configuration stays", err.msg);
		return;
	}
	world_limits(&h->world);
	h->world.collections = h->command.collections;
	for (size_t i = 0; i < JOBS; i++) {
		h->jobs[i].soon = false;
		h->jobs[i].due_ms = due(h, &h->jobs[i]);
	}
	log_info("the configuration was read again");
}

/* The service manager hears of it only now: a reload that waits for a pass may outlast its patience. */
static void reload(struct health *h)
{
	h->reload = false;
	sdnotify_reloading(h->service);
	read_again(h);
	sdnotify_ready(h->service);
}

/* ---- the loop ---- */

/* Starts what is due, and sleeps until more is. */
static void next(void *context)
{
	struct health *h = context;
	int64_t wake = INT64_MAX;
	struct job *job;

	if (h->reload && !running(h))
		reload(h);
	/* Each reads what the one before it has written; the loop does not wait for the disk. */
	while ((job = most_due(h))) {
		if (!settled(h)) {
			loop_timer_in(h->world.loop, &h->wake, SETTLE_MS);
			return;
		}
		start(h, job);
	}
	raise_bar(h);
	for (size_t i = 0; i < JOBS; i++)
		if (!h->jobs[i].running && h->jobs[i].due_ms > mono(h) && h->jobs[i].due_ms < wake)
			wake = h->jobs[i].due_ms;
	if (!running(h) && (h->stopped_ms || all_once(h)))
		loop_stop(h->world.loop);
	else if (wake != INT64_MAX)
		loop_timer_at(h->world.loop, &h->wake, wake);
}

/* ---- signals ---- */

static void stop(struct health *h)
{
	for (size_t i = 0; i < PASSES; i++)
		if (h->jobs[i].running)
			h->jobs[i].ops->stop(h->jobs[i].pass);
	if (h->jobs[REPORT].running)
		kill(h->jobs[REPORT].child, SIGTERM);
}

static void interrupted(void *context, int signal)
{
	struct health *h = context;
	bool again = h->stopped_ms != 0;

	(void)signal;
	if (again && mono(h) - h->stopped_ms < AGAIN_MS)
		_exit(EXIT_INTERRUPTED);
	h->stopped_ms = mono(h);
	if (again)
		return;
	log_info("stopping; what was measured is saved");
	sdnotify_stopping(h->service);
	stop(h);
	next(h);
}

/* A pass reads its configuration while it runs, so a new one waits until none does, and none begins before it. */
static void hung_up(void *context, int signal)
{
	struct health *h = context;
	struct termios settings;

	if (h->terminal >= 0 && tcgetattr(h->terminal, &settings) != 0) {
		interrupted(h, signal); /* our terminal is gone */
		return;
	}
	/* At once: who has moved it away may be about to pack it. */
	command_reopen_log(&h->command);
	h->reload = true;
	next(h);
}

/* ---- what a person sees ---- */

/* The bar is there while a pass runs, and not while the report writes its line. */
static void raise_bar(struct health *h)
{
	bool wanted = h->watched && !h->jobs[REPORT].running && running(h);

	if (wanted && !h->progress) {
		h->progress = progress_new(h->world.loop, "health", N_("torrents"));
		show(h);
	} else if (!wanted && h->progress) {
		loop_timer_stop(h->world.loop, &h->show);
		progress_free(h->progress);
		h->progress = NULL;
	}
}

static void show(void *context)
{
	struct health *h = context;
	struct pass_progress all = {0};

	for (size_t i = 0; i < PASSES; i++) {
		const struct job *job = &h->jobs[i];
		struct pass_progress one = {0};
		size_t at = strlen(all.note);

		if (!job->running)
			continue;
		job->ops->progress(job->pass, &one);
		all.done += one.done;
		all.passed += one.passed;
		all.total += one.total;
		snprintf(all.note + at, sizeof(all.note) - at, "%s%s", at ? ", " : "", job->name);
	}
	progress_pass(h->progress, all.passed);
	progress_set(h->progress, all.done, all.total, all.note);
	loop_timer_in(h->world.loop, &h->show, SHOW_MS);
}

/* ---- from start to end ---- */

static void make_jobs(struct health *h)
{
	static const struct pass_ops *const ops[JOBS] = {&pass_sync, &pass_trackers, &pass_dht, NULL};
	static const char *const keys[JOBS] = {"pass.sync", "pass.trackers", "pass.dht", "pass.report"};

	for (size_t i = 0; i < JOBS; i++) {
		struct job *job = &h->jobs[i];

		*job = (struct job){.health = h, .ops = ops[i], .last_key = keys[i], .name = keys[i] + strlen("pass.")};
		job->due_ms = due(h, job);
	}
}

/* After a restart hours may pass until something is due: what a service manager shows till then. */
static void tell_waiting(struct health *h)
{
	const struct job *next = NULL;
	int64_t left_ms;
	char time[CLOCK_TEXT];

	for (size_t i = 0; i < JOBS; i++)
		if (may_start(h, &h->jobs[i]) && (!next || h->jobs[i].due_ms < next->due_ms))
			next = &h->jobs[i];
	left_ms = next ? next->due_ms - mono(h) : 0;
	if (left_ms <= 0)
		return;
	clock_local(clock_now().wall + left_ms / 1000, "%Y-%m-%d %H:%M", time);
	sdnotify_status(h->service, "waiting: %s is next, %s", next->name, time);
}

static void run(struct health *h)
{
	loop_signal(h->world.loop, SIGINT, interrupted, h);
	loop_signal(h->world.loop, SIGTERM, interrupted, h);
	loop_signal(h->world.loop, SIGHUP, hung_up, h);
	loop_signal(h->world.loop, SIGCHLD, child_ended, h);
	h->wake = (struct loop_timer){.fire = next, .context = h};
	h->show = (struct loop_timer){.fire = show, .context = h};
	make_jobs(h);
	h->terminal = isatty(STDIN_FILENO) ? STDIN_FILENO : isatty(STDERR_FILENO) ? STDERR_FILENO : -1;
	h->watched = h->once || isatty(STDERR_FILENO);
	loop_timer_in(h->world.loop, &h->wake, 0);
	h->service = sdnotify_new(h->world.loop);
	sdnotify_ready(h->service);
	tell_waiting(h);
	loop_run(h->world.loop);
	sdnotify_free(h->service);
	loop_timer_stop(h->world.loop, &h->wake);
	loop_timer_stop(h->world.loop, &h->show);
	progress_free(h->progress);
}

static int health(struct health *h, struct err *err)
{
	int status = world_make(&h->world, &h->command, true, err);

	if (status)
		return status;
	run(h);
	world_let_signals_through(h->stopped_ms != 0);
	status = world_save(&h->world, err);
	fprintf(stderr, _("health: passes of sync: %u, trackers: %u, dht: %u, report: %u\n"), h->jobs[SYNC].ended,
		h->jobs[TRACKERS].ended, h->jobs[DHT].ended, h->jobs[REPORT].ended);
	return status;
}

int health_main(int argc, char **argv)
{
	static const struct opt_usage usage = {
		.command = "swarmtop health",
		.operands = N_("[COLLECTION...] [OPTION...]"),
		.about = N_("Runs sync, trackers, dht and report at their intervals until it is stopped."),
	};
	static const struct opt table[] = {
		{.name = "once", .at = 0, .take = opt_flag, .help = N_("One pass of each, then the end.")},
	};
	bool once = false;
	const struct opt_group own = {table, sizeof(table) / sizeof(table[0]), &once};
	struct health h = {.command = {.usage = &usage, .own = &own}};
	struct err err = {""};
	int status;

	if (command_begin(&h.command, argc, argv, NULL, &status)) {
		h.once = once;
		status = health(&h, &err);
		if (status)
			command_complain(&err, status);
		world_done(&h.world);
	}
	command_done(&h.command);
	return status ? status : h.once && h.failed && !h.stopped_ms ? EXIT_FAILED : EXIT_FINE;
}
