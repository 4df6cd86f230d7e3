/* A store: made and ended, and the queue between the loop and the thread that writes. It does not know what is stored,
 * nor why. */
#include "core/store.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xmalloc.h"
#include "core/store_private.h"

enum { FREE_MS = 10 * 1000, FOR_EVER = 1 << 30 };

/* ---- making and ending ---- */

static void store_destroy(struct store *s)
{
	/* The last to close makes one file of it, and a reader cannot. */
	store_link_close(&s->reading);
	store_link_close(&s->writing);
	if (s->lock >= 0)
		close(s->lock);
	buf_done(&s->queue);
	buf_done(&s->batch);
	pthread_cond_destroy(&s->work);
	pthread_cond_destroy(&s->news);
	pthread_mutex_destroy(&s->mutex);
	free(s->path);
	free(s);
}

static struct store *store_new(const struct store_open *how)
{
	struct store *s = xcalloc(1, sizeof(*s));
	pthread_condattr_t monotonic;
	char real[PATH_MAX];

	store_resolve(how->path, real);
	s->path = xstrdup(real);
	s->lock = -1;
	s->commit_ms = how->commit_ms;
	s->queue_max = how->queue_max;
	buf_init(&s->queue, s->queue_max);
	buf_init(&s->batch, s->queue_max);
	pthread_mutex_init(&s->mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&s->work, &monotonic);
	pthread_cond_init(&s->news, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return s;
}

int store_open(const struct store_open *how, struct store **store, struct err *err)
{
	struct store *s = store_new(how);
	int64_t newest = 0;
	int code = 0;

	while (how->migrations[newest])
		newest++;
	if (how->writer)
		code = store_open_writing(s, how, newest, err);
	if (!code)
		code = store_open_reading(s, how, newest, err);
	if (!code && how->writer)
		code = store_thread_start(s, err);
	if (code) {
		store_destroy(s);
		return code;
	}
	*store = s;
	return 0;
}

void store_free(struct store *s)
{
	store_free_within(s, FREE_MS);
}

void store_free_within(struct store *s, int64_t ms)
{
	bool ended;

	if (!s)
		return;
	store_link_close(&s->reading);
	if (s->writes) {
		pthread_mutex_lock(&s->mutex);
		s->ending = true;
		s->end_by_ms = clock_now().mono_ms + ms;
		pthread_cond_signal(&s->work);
		while (!s->ended && clock_now().mono_ms < s->end_by_ms + 500)
			store_sleep_until(&s->news, &s->mutex, s->end_by_ms + 500);
		ended = s->ended;
		pthread_mutex_unlock(&s->mutex);
		if (!ended) {
			/* The disk holds it. What it still uses is never freed, and the lock ends with the process. */
			pthread_detach(s->thread);
			return;
		}
		pthread_join(s->thread, NULL);
	}
	store_destroy(s);
}

/* ---- the queue ---- */

struct store_value store_text(const char *text)
{
	if (!text)
		return (struct store_value){.type = STORE_NULL};
	return (struct store_value){.type = STORE_TEXT, .bytes = text, .len = strlen(text)};
}

struct store_value store_blob(const void *bytes, size_t len)
{
	return (struct store_value){.type = STORE_BLOB, .bytes = bytes, .len = len};
}

static size_t param_len(const struct store_value *v)
{
	return v->type == STORE_TEXT || v->type == STORE_BLOB ? v->len : 0;
}

static void queue_add(struct store *s, const struct store_queued *put, const struct store_value *params)
{
	buf_add(&s->queue, put, sizeof(*put));
	for (size_t i = 0; i < put->count; i++) {
		struct store_param p = {params[i].type, params[i].number, params[i].real, param_len(&params[i])};

		buf_add(&s->queue, &p, sizeof(p));
		if (p.len)
			buf_add(&s->queue, params[i].bytes, p.len);
	}
}

/* 0, or why it can never be queued. */
static int put_refused(const struct store *s, const struct store_queued *put, struct err *err)
{
	if (!s->writes)
		return err_set(err, -EROFS, "%s is open for reading only", s->path);
	if (put->count > STORE_PARAMS)
		return err_set(err, -E2BIG, "%s: more than %d parameters: %.*s", s->path, (int)STORE_PARAMS,
			       STORE_SQL_SHOWN, put->sql);
	if (put->size > s->queue_max)
		return err_set(err, -EMSGSIZE, "%s: a write is larger than the queue: %.*s", s->path, STORE_SQL_SHOWN,
			       put->sql);
	return 0;
}

void store_put(struct store *s, const char *sql, const struct store_value *params, size_t count)
{
	struct store_queued put;
	struct err message;
	int code;

	memset(&put, 0, sizeof(put));
	put.sql = sql;
	put.count = count;
	put.size = sizeof(put);
	for (size_t i = 0; i < count && put.size <= s->queue_max; i++) {
		size_t len = param_len(&params[i]);

		put.size += sizeof(struct store_param) + (len < s->queue_max ? len : s->queue_max);
	}
	pthread_mutex_lock(&s->mutex);
	code = put_refused(s, &put, &message);
	if (code) {
		store_remember(s, code, &message, false);
		goto out;
	}
	s->waiting_puts++;
	while (s->queue.len + s->batch_len + put.size > s->queue_max) {
		pthread_cond_signal(&s->work);
		pthread_cond_wait(&s->news, &s->mutex);
	}
	s->waiting_puts--;
	if (!s->queued++)
		s->first_ms = clock_now().mono_ms;
	s->put++;
	queue_add(s, &put, params);
	if (s->queued == 1 || s->queue.len > s->queue_max / 2)
		pthread_cond_signal(&s->work);
out:
	pthread_mutex_unlock(&s->mutex);
}

/* How what failed goes on, for the message. */
static const char *sequel_of(const struct store *s, uint64_t until, bool patient)
{
	if (!s->kept || patient)
		return "";
	return s->settled < until ? "; what waits is kept and tried again" : "; it works again and nothing was lost";
}

static int wait_until_settled(struct store *s, int64_t ms, bool patient, struct err *err)
{
	int64_t deadline = clock_now().mono_ms + ms;
	uint64_t until, failed;
	int code;

	pthread_mutex_lock(&s->mutex);
	until = s->put;
	failed = s->failed_attempts;
	s->flushes++;
	s->flush_calls++;
	pthread_cond_signal(&s->work);
	while (s->settled < until && (patient || s->failed_attempts == failed) && clock_now().mono_ms < deadline)
		store_sleep_until(&s->news, &s->mutex, deadline);
	s->flushes--;
	code = patient && s->kept && s->settled >= until ? 0 : s->code;
	if (!code && s->settled < until && (patient || s->failed_attempts == failed))
		code = err_set(err, -ETIMEDOUT, "the disk of %s does not answer%s", s->path,
			       patient ? "" : "; what waits is kept and tried again");
	else if (code)
		err_set(err, code, "%s%s", s->message.msg, sequel_of(s, until, patient));
	s->code = 0;
	pthread_mutex_unlock(&s->mutex);
	return code;
}

int store_flush(struct store *s, struct err *err)
{
	return wait_until_settled(s, FOR_EVER, false, err);
}

/* An attempt that failed ends the wait: who waits shall know now, and the thread goes on trying. */
int store_flush_within(struct store *s, int64_t ms, struct err *err)
{
	return wait_until_settled(s, ms, false, err);
}

int store_flush_patiently(struct store *s, int64_t ms, struct err *err)
{
	return wait_until_settled(s, ms, true, err);
}

bool store_settled(struct store *s)
{
	bool settled;

	pthread_mutex_lock(&s->mutex);
	settled = s->settled >= s->put;
	if (!settled) {
		s->first_ms = 0;
		pthread_cond_signal(&s->work);
	}
	pthread_mutex_unlock(&s->mutex);
	return settled;
}
