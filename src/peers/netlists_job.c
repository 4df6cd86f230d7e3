/* One file of networks, looked at and read where nobody waits for it. It does not know tags, nor what was read
 * before. */
#include "peers/netlists_job.h"

#include <errno.h>
#include <stdlib.h>

#include "base/words.h"
#include "base/xmalloc.h"

struct netlists_job *netlists_job_new(const char *path, bool database)
{
	struct netlists_job *job = xcalloc(1, sizeof(*job));

	job->path = xstrdup(path);
	job->database = database;
	return job;
}

void netlists_job_free(void *context)
{
	struct netlists_job *job = context;

	netset_done(&job->set);
	geo_close(job->geo);
	free(job->path);
	free(job);
}

static int read_database(struct netlists_job *job)
{
	struct geo *geo;
	int code = geo_open_copy(job->path, &geo, &job->err);

	if (code)
		return code;
	if (!geo_info(geo)->has_anonymity) {
		code = err_set(&job->err, -EMEDIUMTYPE, N_("%s does not say which addresses are anonymous"),
			       geo_info(geo)->path);
		geo_close(geo);
		return code;
	}
	job->geo = geo;
	return 0;
}

static bool is_wanted(const struct netlists_job *job)
{
	return job->anyway || (netlists_is_there(&job->now) && netlists_same(&job->now, &job->seen) &&
			       !netlists_same(&job->now, &job->read));
}

void netlists_job_run(void *context)
{
	struct netlists_job *job = context;

	job->now = netlists_stamp(job->path);
	if (!is_wanted(job))
		return;
	job->done = true;
	job->read = job->now;
	if (job->database)
		job->code = read_database(job);
	else
		job->code = netlists_read(job->path, &job->set, &job->list, &job->read, &job->err);
}
