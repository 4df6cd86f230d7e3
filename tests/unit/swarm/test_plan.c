/* The plan with many torrents and trackers: everybody is asked for everything once, a host by one at a time, and no
 * more at once than is allowed. What happens when something fails is told in tests/replay/plan-*.scn. */
#include "swarm/plan.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

#include "base/xmalloc.h"
#include "random.h"
#include "tap.h"

enum { TORRENTS = 100000, NOW = 1000000, KEYS = 500 };

struct world {
	struct plan *plan;
	struct plan_world world;
	size_t results, answers, unknown, wrong;
	struct plan_job jobs[PLAN_FLIGHT + 1];
	size_t job_count, most;
};

static void on_answer(void *context, uint32_t torrent, uint32_t tracker, const struct probe_row *row, int64_t now)
{
	struct world *w = context;

	(void)torrent, (void)tracker, (void)row, (void)now;
	w->answers++;
}

static void on_result(void *context, uint32_t torrent, const struct plan_result *r)
{
	struct world *w = context;

	w->results++;
	w->unknown += r->tracker == PLAN_NONE;
	/* Tracker number i says i seeders more than the torrent has as its number. */
	w->wrong += r->tracker != PLAN_NONE && r->seeders != (int32_t)(torrent + r->tracker);
}

static void on_health(void *context, uint32_t tracker)
{
	(void)context, (void)tracker;
}

static void make_hash(uint32_t torrent, uint8_t hash[INFO_HASH])
{
	memset(hash, 0, INFO_HASH);
	memcpy(hash, &torrent, sizeof(torrent));
}

static void make_torrents(struct plan_world *world, size_t count)
{
	struct catalog_target *targets = xcalloc(count, sizeof(*targets));

	for (uint32_t i = 0; i < count; i++) {
		targets[i].id = i + 1;
		make_hash(i, targets[i].hash);
	}
	world->targets = targets;
	world->target_count = count;
}

static void make_trackers(struct plan_world *world, size_t count, const char *format)
{
	world->trackers = xcalloc(count, sizeof(*world->trackers));
	world->tracker_count = count;
	for (size_t i = 0; i < count; i++) {
		char url[128];

		snprintf(url, sizeof(url), format, i);
		world->trackers[i] = (struct catalog_tracker){.id = (int64_t)i + 1, .url = xstrdup(url)};
	}
}

/* Every torrent names every tracker. */
static void link_all(struct plan_world *world)
{
	size_t count = world->target_count * world->tracker_count, at = 0;
	struct catalog_link *links = xcalloc(count, sizeof(*links));

	for (uint32_t tracker = 0; tracker < world->tracker_count; tracker++)
		for (uint32_t torrent = 0; torrent < world->target_count; torrent++)
			links[at++] = (struct catalog_link){.torrent = torrent, .tracker = tracker};
	world->links = links;
	world->link_count = count;
}

static void drop_links(struct plan_world *world)
{
	free((void *)world->links);
	world->links = NULL;
	world->link_count = 0;
}

static void begin(struct world *w)
{
	struct plan_events events = {on_answer, on_result, on_health, NULL, NULL, w};

	w->plan = plan_new(&w->world, &events);
	drop_links(&w->world);
}

static void end(struct world *w)
{
	plan_free(w->plan);
	free((void *)w->world.targets);
	for (size_t i = 0; i < w->world.tracker_count; i++)
		free(w->world.trackers[i].url);
	free(w->world.trackers);
}

static uint32_t tracker_of(const struct world *w, const struct plan_job *job)
{
	for (uint32_t i = 0; i < w->world.tracker_count; i++)
		if (strcmp(w->world.trackers[i].url, job->url->text) == 0)
			return i;
	return PLAN_NONE;
}

static void answer(struct world *w, const struct plan_job *job)
{
	uint32_t tracker = tracker_of(w, job), torrent;

	for (size_t i = 0; i < job->count; i++) {
		memcpy(&torrent, job->hashes[i], sizeof(torrent));
		plan_row(w->plan, job->id, i, &(struct probe_row){(int32_t)(torrent + tracker), 1, 2}, NOW);
	}
	plan_end(w->plan, job->id, &(struct probe_end){0, "", 10, 0}, NOW);
}

static bool is_running(const struct world *w, uint32_t id)
{
	for (size_t i = 0; i < w->job_count; i++)
		if (w->jobs[i].id == id)
			return true;
	return false;
}

/* Answers in a random order; false if a tracker was asked twice at once. */
static bool run(struct world *w)
{
	struct random random = {11};
	bool alone = true;

	while (!plan_is_done(w->plan)) {
		struct plan_job job;
		size_t chosen;

		while (w->job_count <= PLAN_FLIGHT && plan_next(w->plan, NOW, &job)) {
			alone = alone && !is_running(w, job.id);
			w->jobs[w->job_count++] = job;
		}
		if (w->job_count > w->most)
			w->most = w->job_count;
		if (!w->job_count)
			break;
		chosen = random_below(&random, (uint32_t)w->job_count);
		job = w->jobs[chosen];
		w->jobs[chosen] = w->jobs[--w->job_count];
		answer(w, &job);
	}
	plan_finish(w->plan);
	return alone;
}

static void test_large(void)
{
	struct world w = {0};
	struct plan_counts counts;
	struct mallinfo2 before = mallinfo2(), after;
	size_t bytes;

	make_torrents(&w.world, TORRENTS);
	make_trackers(&w.world, 10, "udp://t%zu.example:1337/announce");
	link_all(&w.world);
	begin(&w);
	for (size_t i = 0; i < 10; i++)
		ok(plan_next(w.plan, NOW, &w.jobs[w.job_count++]), "tracker %zu of 10 has a job", i);
	after = mallinfo2();
	bytes = after.uordblks + after.hblkhd - before.uordblks - before.hblkhd;
	ok(bytes < 24u << 20, "100,000 torrents at 10 trackers, all asked at once: %zu KiB", bytes >> 10);
	ok(run(&w), "no tracker is asked twice at once");
	plan_count(w.plan, &counts);
	is_int(w.answers, 10 * TORRENTS, "every tracker was asked for every torrent, once");
	is_int(w.results, TORRENTS, "every torrent has one result");
	is_int(w.unknown + w.wrong, 0, "which is the maximum, and tells which tracker said it");
	is_int(counts.told, TORRENTS, "and is counted");
	is_int(counts.done, TORRENTS, "all are done");
	ok(counts.part == 1, "and all the work");
	is_int(counts.answered, 10, "all trackers have answered");
	end(&w);
}

static void test_flight(void)
{
	struct world w = {0};

	make_torrents(&w.world, 20);
	make_trackers(&w.world, 1000, "udp://t%zu.example:80");
	link_all(&w.world);
	begin(&w);
	ok(run(&w), "1,000 trackers: none is asked twice at once");
	is_int(w.most, PLAN_FLIGHT, "as many at once as are allowed, and no more");
	is_int(w.answers, 20 * 1000, "everybody was asked");
	end(&w);
}

/* Passkeys: each URL of a host only for the torrents that name it, and one of them at a time. */
static void test_keys(void)
{
	struct world w = {0};
	struct catalog_link *links = xcalloc(KEYS, sizeof(*links));

	make_torrents(&w.world, KEYS);
	for (uint32_t i = 0; i < KEYS; i++)
		((struct catalog_target *)w.world.targets)[i].private = true;
	make_trackers(&w.world, KEYS, "https://closed.example/%zu/announce");
	for (uint32_t i = 0; i < KEYS; i++)
		links[i] = (struct catalog_link){.torrent = i, .tracker = i};
	w.world.links = links;
	w.world.link_count = KEYS;
	begin(&w);
	ok(run(&w), "500 passkeys of one host: none at the same time as another");
	is_int(w.most, 1, "one after the other");
	is_int(w.answers, KEYS, "each torrent with its own");
	is_int(w.wrong, 0, "and no other");
	end(&w);
}

/* In the last pass a tracker told of every torrent. */
static void recall_ones(void *context, uint32_t tracker, int64_t since, plan_recall_fn *take, void *taker)
{
	const struct world *w = context;

	(void)tracker, (void)since;
	for (uint32_t i = 0; i < w->world.target_count; i++)
		take(taker, i, &(struct probe_row){1, 0, 0}, NOW - 1200);
}

static void see_zero(void *context, uint32_t torrent, uint32_t tracker, const struct probe_row *row, int64_t now)
{
	struct world *w = context;

	(void)torrent, (void)tracker, (void)now;
	w->answers += row->seeders == 0;
	w->unknown += row->seeders == CATALOG_UNKNOWN;
}

/* An extra tracker that says one seeder of each torrent of its first job, and zeros of the only one of its second. */
static void test_last_of_extra(void)
{
	static const uint32_t extra = 0;
	struct world w = {.world = {.extras = &extra, .extra_count = 1}};
	struct plan_events events = {see_zero, on_result, on_health, recall_ones, NULL, &w};
	size_t jobs = 0;
	struct plan_job job;

	make_torrents(&w.world, PLAN_BATCH + 1);
	make_trackers(&w.world, 1, "udp://t%zu.example:80");
	w.world.trackers[0].answered = w.world.trackers[0].tried = NOW - 1200;
	w.plan = plan_new(&w.world, &events);
	for (; plan_next(w.plan, NOW, &job); jobs++) {
		for (size_t i = 0; i < job.count; i++)
			plan_row(w.plan, job.id, i, &(struct probe_row){job.count > 1, 0, 0}, NOW);
		plan_end(w.plan, job.id, &(struct probe_end){0, "", 10, 0}, NOW);
	}
	plan_finish(w.plan);
	is_int(jobs, 2, "an extra tracker is asked for its torrents by two jobs");
	is_int(w.answers, 1, "the zero of the second one counts, as the tracker has kept the first one's");
	is_int(w.unknown, 0, "and is not in doubt");
	end(&w);
}

/* Pass after pass: the latency that is remembered follows slowly. */
static void test_latency(void)
{
	static const double told[] = {10, 20, 0, 20};
	static const int want[] = {10, 13, 13, 15};
	struct world w = {0};
	struct plan_job job;

	make_torrents(&w.world, 1);
	make_trackers(&w.world, 1, "udp://t%zu.example:80");
	for (size_t i = 0; i < 4; i++) {
		link_all(&w.world);
		begin(&w);
		if (plan_next(w.plan, NOW, &job))
			plan_end(w.plan, job.id, &(struct probe_end){0, "", told[i], 0}, NOW);
		is_int((int)w.world.trackers[0].latency_ms, want[i], "after %d ms", (int)told[i]);
		plan_free(w.plan);
	}
	w.plan = NULL;
	end(&w);
}

/* A tracker that wants to be left alone for ten minutes after each answer is asked by two jobs, none of them late. */
static void test_wait(void)
{
	struct world w = {0};
	struct plan_counts counts;
	size_t jobs = 0;
	struct plan_job job;

	make_torrents(&w.world, PLAN_BATCH + 1);
	make_trackers(&w.world, 1, "http://t%zu.example/announce");
	for (int64_t now = NOW; now <= NOW + 600; now += 300) {
		link_all(&w.world);
		begin(&w);
		for (; plan_next(w.plan, now, &job); jobs++)
			plan_end(w.plan, job.id, &(struct probe_end){0, "", 10, 600}, now);
		plan_finish(w.plan);
		plan_count(w.plan, &counts);
		is_int(jobs, now < NOW + 600 ? 2 : 4, "jobs until %d s after the first pass", (int)(now - NOW));
		is_int(counts.waiting, now == NOW + 300, "who wants to be left alone is counted");
		plan_free(w.plan);
	}
	w.plan = NULL;
	end(&w);
}

static void test_odd(void)
{
	struct world w = {0};
	struct plan_counts counts;
	struct plan_job job;

	begin(&w);
	ok(plan_is_done(w.plan) && !plan_next(w.plan, NOW, &job), "nothing at all is done at once");
	plan_finish(w.plan);
	end(&w);

	make_torrents(&w.world, 3);
	make_trackers(&w.world, 2, "gopher://t%zu.example/announce");
	link_all(&w.world);
	begin(&w);
	ok(plan_is_done(w.plan) && !plan_next(w.plan, NOW, &job), "URLs that are no tracker's are passed over");
	plan_finish(w.plan);
	is_int(w.results, 0, "and nobody was asked");
	end(&w);
	plan_free(NULL);

	w = (struct world){0};
	make_torrents(&w.world, 3);
	make_trackers(&w.world, 1, "udp://t%zu.example:80");
	link_all(&w.world);
	begin(&w);
	ok(plan_next(w.plan, NOW, &job), "a job");
	plan_row(w.plan, job.id, 1, &(struct probe_row){5, 6, 7}, NOW);
	plan_row(w.plan, job.id, 1, &(struct probe_row){50, 60, 70}, NOW);
	plan_row(w.plan, job.id, 99, &(struct probe_row){1, 1, 1}, NOW);
	is_int(w.answers, 1, "a row that is told twice, and one that nobody asked for, count not");
	plan_count(w.plan, &counts);
	ok(counts.part > 0.3 && counts.part < 0.4, "a third is done");
	plan_end(w.plan, job.id, &(struct probe_end){-ETIMEDOUT, "no answer", 0, 0}, NOW);
	plan_end(w.plan, job.id, &(struct probe_end){0, "", 0, 0}, NOW);
	ok(!plan_next(w.plan, NOW, &job) && plan_is_done(w.plan), "a second end is none");
	is_int(w.results, 3, "three results");
	is_int(w.unknown, 2, "two of them unknown");
	end(&w);
}

int main(void)
{
	test_large();
	test_flight();
	test_keys();
	test_last_of_extra();
	test_latency();
	test_wait();
	test_odd();
	return tap_done();
}
