/* What the charts of the past are made of, read aside by a connection of its own: a disk that takes seconds must not
 * stop the loop. It does not know the SQL. */
#include "peers/history_course.h"

#include <errno.h>
#include <stdlib.h>

#include "base/str.h"
#include "base/xmalloc.h"
#include "peers/history_private.h"

enum {
	SOON_MS = 50, /* a file that is in memory answers within that */
	STALE_MS = 600 * 1000,
	HELD_MS = 6000,
};

struct past_job {
	char path[PATH_MAX];
	struct now now;
	int64_t seconds;
	unsigned days;
	/* The result. */
	struct history_past past;
	int code;
	struct err err;
};

static void job_run(void *context)
{
	struct past_job *job = context;
	const struct store_open how = {.path = job->path, .migrations = history_migrations};
	struct store *store;

	job->code = store_open(&how, &store, &job->err);
	if (job->code)
		return;
	job->code = history_course(store, job->now.wall, job->seconds, &job->past.course, &job->err);
	if (!job->code)
		job->code = history_course_days(store, job->now.wall, job->days, &job->past.days, &job->err);
	store_free(store);
}

static void job_begin(struct history *h, struct now now, int64_t seconds, unsigned days)
{
	struct past_job *job = xcalloc(1, sizeof(*job));

	str_copy(job->path, sizeof(job->path), h->path);
	job->now = now;
	job->seconds = seconds;
	job->days = days;
	free(h->past.job);
	h->past.job = job;
	h->past.given = false;
	h->past.aside = aside_begin(job_run, job);
}

static bool job_over(struct history *h, int64_t ms)
{
	if (h->past.aside && aside_over(h->past.aside, ms))
		h->past.aside = NULL;
	return !h->past.aside;
}

static bool has_answer(const struct history *h, struct now now, int64_t seconds)
{
	const struct past_job *job = h->past.job;

	return job && !h->past.given && job->seconds == seconds && now.mono_ms - job->now.mono_ms < STALE_MS;
}

/* Who asked for another range was told to ask again, and will. */
static bool is_held(const struct history *h, struct now now, int64_t seconds)
{
	const struct past_job *job = h->past.job;

	return job && !h->past.given && job->seconds != seconds && now.mono_ms - job->now.mono_ms < HELD_MS;
}

int history_past(struct history *h, struct now now, int64_t seconds, unsigned days, const struct history_past **past,
		 struct err *err)
{
	if (!h->store && !h->reader)
		return err_set(err, -EAGAIN, "the history cannot be read now");
	if (job_over(h, 0) && !has_answer(h, now, seconds) && !is_held(h, now, seconds))
		job_begin(h, now, seconds, days);
	if (!job_over(h, SOON_MS) || !has_answer(h, now, seconds))
		return err_set(err, -EAGAIN, "the history is being read: ask again");
	h->past.given = true;
	if (h->past.job->code)
		return err_set(err, h->past.job->code, "%s", h->past.job->err.msg);
	*past = &h->past.job->past;
	return 0;
}

void history_past_end(struct history *h, int64_t ms)
{
	if (job_over(h, ms))
		free(h->past.job);
	else
		aside_drop(h->past.aside, free);
	h->past.aside = NULL;
	h->past.job = NULL;
}
