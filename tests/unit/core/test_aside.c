/* core/aside.c: a job that is waited for, that takes its time, and that is given up. */
#include "core/aside.h"

#include <stdatomic.h>
#include <time.h>

#include "base/clock.h"
#include "tap.h"

struct job {
	atomic_bool go, dropped;
	atomic_int runs;
};

static void nap(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static void run(void *context)
{
	struct job *job = context;

	while (!job->go)
		nap();
	job->runs++;
}

static void drop(void *context)
{
	struct job *job = context;

	job->dropped = true;
}

static void test_waited(void)
{
	struct job job = {.go = true};
	struct aside *a = aside_begin(run, &job);

	ok(aside_over(a, 10000), "a job is done");
	is_int(job.runs, 1, "once");
	ok(!job.dropped, "and not dropped");
}

static void test_slow(void)
{
	struct job job = {.go = false};
	struct aside *a = aside_begin(run, &job);
	int64_t began = clock_now().mono_ms;

	ok(!aside_over(a, 0), "one that takes its time is not over");
	ok(!aside_over(a, 30), "nor a moment later");
	ok(clock_now().mono_ms - began >= 30, "which was waited for");
	job.go = true;
	ok(aside_over(a, 10000), "then it is");
	is_int(job.runs, 1, "and done");
}

static void test_dropped(void)
{
	struct job job = {.go = false}, done = {.go = true};
	struct aside *a = aside_begin(run, &job);

	aside_drop(a, drop);
	ok(!job.dropped, "nobody waits for it, and it still runs");
	job.go = true;
	for (int i = 0; i < 10000 && !job.dropped; i++)
		nap();
	ok(job.dropped && job.runs == 1, "it drops its context itself");
	a = aside_begin(run, &done);
	for (int i = 0; i < 10000 && !done.runs; i++)
		nap();
	aside_drop(a, drop);
	for (int i = 0; i < 10000 && !done.dropped; i++)
		nap();
	ok(done.dropped, "one that is over too");
}

int main(void)
{
	test_waited();
	test_slow();
	test_dropped();
	return tap_done();
}
