/* The pass over the trackers: what the plan says is asked through the probes, and what they say goes into the catalog.
 * It does not know packets, nor in which order trackers are asked. */
#include "swarm/pass.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/log.h"
#include "base/str.h"
#include "base/words.h"
#include "base/xmalloc.h"
#include "swarm/command.h"
#include "swarm/own_client.h"
#include "swarm/passkey.h"
#include "swarm/plan.h"
#include "swarm/probe.h"
#include "swarm/recall.h"

enum {
	ERROR = 128,
	PATIENCE_MS = 15 * 60000, /* for one job: a tracker that takes longer holds up the next pass */
};

/* A probe at work, in one of as many places as the plan has in flight. */
struct work {
	struct pass *pass;
	const struct probe_ops *ops;
	struct probe *probe; /* NULL = a free place */
	struct plan_job job;
	struct loop_timer patience;
	bool ended;
	struct probe_end end; /* its words are in `error` */
	char error[ERROR];
};

struct pass {
	struct pass_world world;
	void (*ended)(void *context);
	void *context;
	struct catalog_target *targets;
	size_t target_count;
	struct catalog_trackers trackers; /* and the extra ones behind them */
	uint32_t *extras;                 /* positions */
	size_t extra_count;
	struct plan *plan;
	struct recall *recall;
	struct own_client *own;
	bool own_ended;
	size_t own_known;
	struct work works[PLAN_FLIGHT];
	struct loop_timer turn; /* what is told must not be worked on from within the telling */
	bool udp_off, stopped, over;
	uint64_t packets, requests;
	int64_t began_ms, ended_ms;
};

/* ---- what comes out ---- */

static void keep_answer(void *context, uint32_t torrent, uint32_t tracker, const struct probe_row *row, int64_t now)
{
	struct pass *pass = context;
	struct catalog_answer answer = {
		.torrent = pass->targets[torrent].id,
		.tracker = pass->trackers.trackers[tracker].id,
		.at = now,
		.seeders = row->seeders,
		.leechers = row->leechers,
		.completed = row->completed,
	};

	catalog_put_answer(pass->world.catalog, &answer);
}

static void keep_result(void *context, uint32_t torrent, const struct plan_result *result)
{
	struct pass *pass = context;
	bool known = result->tracker != PLAN_NONE;
	struct catalog_sample sample = {
		.torrent = pass->targets[torrent].id,
		.at = known ? result->at : loop_now(pass->world.loop).wall,
		.kind = CATALOG_TRACKER,
		.seeders = result->seeders,
		.leechers = result->leechers,
		.completed = result->completed,
		.peers = CATALOG_UNKNOWN,
		.tracker = known ? pass->trackers.trackers[result->tracker].id : 0,
		.taken_up = result->old ? loop_now(pass->world.loop).wall : 0,
	};

	catalog_put_sample(pass->world.catalog, &sample);
}

static void keep_health(void *context, uint32_t tracker)
{
	struct pass *pass = context;

	catalog_put_tracker(pass->world.catalog, &pass->trackers.trackers[tracker]);
}

static void recall(void *context, uint32_t tracker, int64_t since, plan_recall_fn *take, void *taker)
{
	struct pass *pass = context;

	recall_said(pass->recall, pass->trackers.trackers[tracker].id, since, take, taker);
}

static void drop_answers(void *context, uint32_t tracker, const uint32_t *torrents, size_t count)
{
	struct pass *pass = context;
	int64_t *ids = xreallocarray(NULL, count, sizeof(*ids));

	for (size_t i = 0; i < count; i++)
		ids[i] = pass->targets[torrents[i]].id;
	catalog_drop_answers(pass->world.catalog, pass->trackers.trackers[tracker].id, ids, count);
	free(ids);
}

/* ---- asking ---- */

static void take_row(void *context, size_t index, const struct probe_row *row)
{
	struct work *work = context;

	plan_row(work->pass->plan, work->job.id, index, row, loop_now(work->pass->world.loop).wall);
}

static void probe_ended(void *context, const struct probe_end *end)
{
	struct work *work = context;

	work->ended = true;
	work->end = *end;
	work->end.error = work->error;
	str_copy(work->error, sizeof(work->error), end->error);
	passkey_hide(work->job.url, work->error);
	loop_timer_in(work->pass->world.loop, &work->pass->turn, 0);
}

static void out_of_patience(void *context)
{
	probe_ended(context, &(struct probe_end){.rc = -ETIMEDOUT, .error = "it is too slow"});
}

static struct work *free_place(struct pass *pass)
{
	for (size_t i = 0; i < PLAN_FLIGHT; i++)
		if (!pass->works[i].probe)
			return &pass->works[i];
	return NULL;
}

static void start_work(struct pass *pass, struct work *work)
{
	const struct conf *conf = pass->world.conf;
	struct probe_events events = {.row = take_row, .ended = probe_ended, .context = work};
	struct probe_ask ask = {
		.loop = pass->world.loop,
		.http = pass->world.http,
		.resolve = pass->world.resolve,
		.url = work->job.url,
		.hashes = work->job.hashes,
		.count = work->job.count,
		.suspect = work->job.suspect,
		.public_only = !conf->trackers.allow_private,
		.proxy = conf->proxy.url,
	};

	work->pass = pass;
	work->ended = false;
	work->ops = probe_of(work->job.url->scheme);
	work->probe = work->ops->start(&ask, &events);
	work->patience = (struct loop_timer){.fire = out_of_patience, .context = work};
	loop_timer_in(pass->world.loop, &work->patience, PATIENCE_MS);
}

static void log_end(const struct work *work)
{
	char shown[TRACKER_SHOWN_MAX];

	tracker_url_show(work->job.url, shown);
	if (work->end.rc)
		log_debug("tracker %s: %s", shown, work->error);
	else
		log_debug("tracker %s: asked for %zu torrents, %.0f ms", shown, work->job.count, work->end.latency_ms);
}

/* Packets and requests of a probe are counted once it goes. */
static void drop_work(struct work *work)
{
	struct pass *pass = work->pass;

	*(work->ops == &probe_udp ? &pass->packets : &pass->requests) += work->ops->sent(work->probe);
	loop_timer_stop(pass->world.loop, &work->patience);
	work->ops->free(work->probe);
	work->probe = NULL;
}

static void finish(struct pass *pass)
{
	for (size_t i = 0; i < PLAN_FLIGHT; i++)
		if (pass->works[i].probe)
			drop_work(&pass->works[i]);
	plan_finish(pass->plan);
	pass->own_known = own_client_known(pass->own);
	own_client_free(pass->own);
	pass->own = NULL;
	pass->over = true;
	pass->ended_ms = loop_now(pass->world.loop).mono_ms;
	pass->ended(pass->context);
}

static void own_ended(void *context)
{
	struct pass *pass = context;

	pass->own_ended = true;
	loop_timer_in(pass->world.loop, &pass->turn, 0);
}

static void take_turn(void *context)
{
	struct pass *pass = context;
	int64_t now = loop_now(pass->world.loop).wall;
	struct plan_job job;

	for (size_t i = 0; i < PLAN_FLIGHT; i++) {
		struct work *work = &pass->works[i];

		if (!work->probe || !work->ended)
			continue;
		log_end(work);
		drop_work(work);
		plan_end(pass->plan, work->job.id, &work->end, now);
	}
	while (!pass->stopped && plan_next(pass->plan, now, &job)) {
		struct work *work = free_place(pass);

		work->job = job;
		start_work(pass, work);
	}
	if (pass->stopped || (plan_is_done(pass->plan) && pass->own_ended))
		finish(pass);
}

/* ---- beginning ---- */

static int read_targets(struct pass *pass, struct err *err)
{
	const char **names = command_names(pass->world.conf, pass->world.collections);
	int64_t count = catalog_targets(pass->world.catalog, names, CATALOG_TRACKER, &pass->targets, err);

	free(names);
	if (count < 0)
		return (int)count;
	if (count >= PLAN_TORRENTS)
		return err_set(err, -E2BIG, "there are more torrents than can be counted");
	pass->target_count = (size_t)count;
	return catalog_trackers(pass->world.catalog, pass->targets, pass->target_count, &pass->trackers, err);
}

/* The position of a tracker, which is put behind the others if no torrent names it. */
static int add_extra(struct pass *pass, const char *url, uint32_t *position, struct err *err)
{
	struct catalog_trackers *t = &pass->trackers;
	int64_t id = catalog_tracker(pass->world.catalog, url, err);
	int rc;

	if (id < 0)
		return (int)id;
	for (*position = 0; *position < t->count; ++*position)
		if (t->trackers[*position].id == id)
			return 0;
	t->trackers = xreallocarray(t->trackers, t->count + 1, sizeof(*t->trackers));
	rc = catalog_tracker_get(pass->world.catalog, id, &t->trackers[t->count], err);
	if (!rc)
		t->count++;
	return rc;
}

static int read_extras(struct pass *pass, struct err *err)
{
	const struct conf_list *extra = &pass->world.conf->trackers.extra;

	pass->extras = xcalloc(extra->count + 1, sizeof(*pass->extras));
	for (size_t i = 0; i < extra->count; i++) {
		struct tracker_url url;
		int rc;

		/* Not the URL itself, which may hold a passkey. */
		if (tracker_url_parse(extra->items[i], strlen(extra->items[i]), &url))
			return err_set(err, -EINVAL,
				       "[trackers] extra: number %zu is no announce URL (udp, http, "
				       "https, ws or wss)",
				       i + 1);
		rc = add_extra(pass, url.text, &pass->extras[i], err);
		if (rc)
			return rc;
		pass->extra_count++;
	}
	return 0;
}

/* Is there a UDP tracker that is left out because of the proxy? */
static bool names_udp(const struct pass *pass)
{
	for (size_t i = 0; i < pass->trackers.count; i++)
		if (str_starts(pass->trackers.trackers[i].url, "udp:"))
			return true;
	return false;
}

static void make_plan(struct pass *pass)
{
	struct plan_events events = {
		.answer = keep_answer,
		.result = keep_result,
		.health = keep_health,
		.recall = recall,
		.unsaid = drop_answers,
		.context = pass,
	};
	struct plan_world world = {
		.targets = pass->targets,
		.target_count = pass->target_count,
		.trackers = pass->trackers.trackers,
		.tracker_count = pass->trackers.count,
		.links = pass->trackers.links,
		.link_count = pass->trackers.link_count,
		.extras = pass->extras,
		.extra_count = pass->extra_count,
		.no_udp = pass->world.conf->proxy.enforce,
	};

	if (getrandom(&world.seed, sizeof(world.seed), 0) != sizeof(world.seed))
		world.seed = 1; /* only an order hangs on it */
	pass->udp_off = world.no_udp && names_udp(pass);
	if (pass->udp_off)
		log_warn("[proxy] enforce is on: UDP trackers are not asked");
	pass->recall = recall_new(pass->world.catalog, pass->targets, pass->target_count);
	pass->plan = plan_new(&world, &events);
	/* The largest list of all, and nobody needs it any more. */
	free(pass->trackers.links);
	pass->trackers.links = NULL;
	pass->trackers.link_count = 0;
}

static void free_pass(struct pass *pass)
{
	if (!pass)
		return;
	loop_timer_stop(pass->world.loop, &pass->turn);
	for (size_t i = 0; i < PLAN_FLIGHT; i++)
		if (pass->works[i].probe)
			drop_work(&pass->works[i]);
	own_client_free(pass->own);
	plan_free(pass->plan);
	recall_free(pass->recall);
	free(pass->targets);
	free(pass->extras);
	catalog_trackers_free(&pass->trackers);
	free(pass);
}

static struct pass *start(const struct pass_world *world, void (*ended)(void *context), void *context, struct err *err)
{
	struct pass *pass = xcalloc(1, sizeof(*pass));

	pass->world = *world;
	pass->ended = ended;
	pass->context = context;
	pass->turn = (struct loop_timer){.fire = take_turn, .context = pass};
	pass->began_ms = loop_now(world->loop).mono_ms;
	if (read_targets(pass, err) || read_extras(pass, err)) {
		free_pass(pass);
		return NULL;
	}
	make_plan(pass);
	pass->own = own_client_start(world, pass->targets, pass->target_count, own_ended, pass);
	loop_timer_in(world->loop, &pass->turn, 0);
	return pass;
}

/* ---- what can be seen of it ---- */

static void progress(const struct pass *pass, struct pass_progress *progress)
{
	struct plan_counts counts;

	plan_count(pass->plan, &counts);
	/* A tracker that is slow is asked for all torrents: few of them are done before it is. */
	*progress = (struct pass_progress){.done = (uint64_t)(counts.part * (double)counts.torrents),
					   .total = counts.torrents};
	if (counts.left)
		snprintf(progress->note, sizeof(progress->note),
			 _n("%zu tracker left", "%zu trackers left", counts.left), counts.left);
}

static void stop(struct pass *pass)
{
	pass->stopped = true;
	if (!pass->over)
		loop_timer_in(pass->world.loop, &pass->turn, 0);
}

static void add_count(struct buf *out, const char *format, uint64_t count)
{
	char number[STR_NUMBER];

	str_count(count, number);
	buf_printf(out, format, number);
}

static void add_trackers(struct buf *out, const struct plan_counts *counts)
{
	char answered[STR_NUMBER];

	str_count(counts->answered, answered);
	add_count(out, _n("%s tracker", "%s trackers", counts->trackers), counts->trackers);
	buf_printf(out, _(" (%s answered"), answered);
	if (counts->resting)
		add_count(out, _(", %s left alone after failures"), counts->resting);
	if (counts->waiting)
		add_count(out,
			  _n(", %s wants to be left alone for now", ", %s want to be left alone for now",
			     counts->waiting),
			  counts->waiting);
	buf_puts(out, ")");
}

static void add_effort(struct buf *out, const struct pass *pass)
{
	char age[CLOCK_TEXT];

	add_count(out, _n("%s packet", "%s packets", pass->packets), pass->packets);
	if (pass->requests) {
		add_count(out, _n(" and %s request", " and %s requests", pass->requests), pass->requests);
	}
	clock_age((pass->ended_ms - pass->began_ms + 999) / 1000, age);
	buf_printf(out, _(" in %s"), age);
}

static void summary(const struct pass *pass, struct buf *out)
{
	char told[STR_NUMBER], untold[STR_NUMBER];
	struct plan_counts counts;

	plan_count(pass->plan, &counts);
	buf_puts(out, "trackers: ");
	add_count(out, _n("%s torrent", "%s torrents", counts.torrents), counts.torrents);
	buf_puts(out, _(" at "));
	add_trackers(out, &counts);
	str_count(counts.told, told);
	str_count(counts.torrents - counts.told - counts.unasked, untold);
	buf_printf(out, _(": %s with an answer, %s without"), told, untold);
	if (counts.unasked)
		add_count(out, _(", %s left"), counts.unasked);
	buf_puts(out, "; ");
	add_effort(out, pass);
	if (pass->own_known) {
		add_count(out,
			  _n("; %s torrent known to Transmission", "; %s torrents known to Transmission",
			     pass->own_known),
			  pass->own_known);
	}
	if (pass->stopped)
		buf_puts(out, _("; stopped before the end"));
	if (pass->udp_off)
		buf_puts(out, _("; UDP is off ([proxy] enforce)"));
}

/* Who wants to be left alone has answered lately: where nobody had to be asked, nothing failed. */
static bool good(const struct pass *pass)
{
	struct plan_counts counts;

	plan_count(pass->plan, &counts);
	return pass->stopped || !counts.trackers || counts.answered + pass->own_known > 0 ||
	       (counts.waiting && counts.waiting + counts.resting == counts.trackers);
}

const struct pass_ops pass_trackers = {
	.name = "trackers",
	.http = true,
	.unit = N_("torrents"),
	.start = start,
	.progress = progress,
	.stop = stop,
	.summary = summary,
	.good = good,
	.free = free_pass,
};
