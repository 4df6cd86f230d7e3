/* A store: made and ended, and the queue between the loop and the thread that writes. It does not know what is stored,
 * nor why. */
#include "core/store.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "core/store_private.h"

enum { FREE_MS = 10 * 1000, CLOSE_MS = 1000, FOR_EVER = 1 << 30 };

/* ---- making and ending ---- */

static void store_destroy(struct store *s)
{
	/* The last to close makes one file of it, and a reader cannot. */
	store_link_close(&s->reading);
	store_link_close(&s->writing);
	store_unlock(&s->lock);
	buf_done(&s->queue);
	buf_done(&s->batch);
	store_rest_free(s->rest);
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
	s->lock = STORE_UNLOCKED;
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

static int64_t newest_of(const struct store_open *how)
{
	int64_t newest = 0;

	while (how->migrations[newest])
		newest++;
	return newest;
}

int store_open(const struct store_open *how, struct store **store, struct err *err)
{
	struct store *s = store_new(how);
	int64_t newest = newest_of(how);
	int code = 0;

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

int store_open_without_log(const struct store_open *how, struct store **store, bool *behind, struct err *err)
{
	struct store *s = store_new(how);
	int code = store_open_alone(s, how, newest_of(how), behind, err);

	if (code)
		store_destroy(s);
	else
		*store = s;
	return code;
}

void store_take_left(struct store *s, struct err *left)
{
	*left = s->left;
	s->left = (struct err){""};
}

/* What waits is written within `ms`, or given up, or goes to `rest`; the close may take `close_ms` more. */
static void end_within(struct store *s, int64_t ms, int64_t close_ms, struct store_rest **rest, struct err *left)
{
	int64_t until;
	bool ended;

	if (!s)
		return;
	store_link_close(&s->reading);
	if (s->writes) {
		pthread_mutex_lock(&s->mutex);
		s->ending = true;
		s->end_by_ms = clock_now().mono_ms + ms;
		pthread_cond_signal(&s->work);
		until = s->end_by_ms + close_ms;
		while (!s->ended && clock_now().mono_ms < until)
			store_sleep_until(&s->news, &s->mutex, until);
		ended = s->ended;
		pthread_mutex_unlock(&s->mutex);
		if (!ended) {
			/* The disk holds it. What it still uses is never freed, and the lock ends with the process. */
			pthread_detach(s->thread);
			return;
		}
		pthread_join(s->thread, NULL);
	}
	if (left && *s->left.msg)
		*left = s->left;
	else if (left && !rest && s->code && !s->kept)
		*left = s->message;
	if (rest) {
		*rest = s->rest;
		s->rest = NULL;
	}
	store_destroy(s);
}

void store_free(struct store *s)
{
	struct err left = {""};

	store_free_within(s, FREE_MS, &left);
	if (*left.msg)
		log_warn("%s", left.msg);
}

void store_free_within(struct store *s, int64_t ms, struct err *left)
{
	end_within(s, ms, CLOSE_MS, NULL, left);
}

void store_close(struct store *s)
{
	end_within(s, 0, FOR_EVER, NULL, NULL);
}

struct store_rest *store_close_to_rest(struct store *s, struct err *left)
{
	struct store_rest *rest = NULL;

	end_within(s, 0, FOR_EVER, &rest, left);
	return rest;
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

static uint64_t param_len(const struct store_value *v)
{
	return v->type == STORE_TEXT || v->type == STORE_BLOB ? v->len : 0;
}

/* As it is queued; its number too. */
static size_t param_size(const struct store_value *v)
{
	return v->type == STORE_NULL ? 1 : STORE_NUMBER;
}

static void queue_add(struct store *s, const struct store_queued *put, const struct store_value *params)
{
	buf_add(&s->queue, put, sizeof(*put));
	for (size_t i = 0; i < put->count; i++) {
		const struct store_value *v = &params[i];
		uint64_t len = param_len(v);
		char param[STORE_NUMBER] = {(char)v->type};

		if (v->type == STORE_INT)
			memcpy(param + 1, &v->number, sizeof(v->number));
		else if (v->type == STORE_REAL)
			memcpy(param + 1, &v->real, sizeof(v->real));
		else
			memcpy(param + 1, &len, sizeof(len));
		buf_add(&s->queue, param, param_size(v));
		if (len)
			buf_add(&s->queue, v->bytes, len);
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

/* Waits for room. With the mutex, as the next. */
static void begin_put(struct store *s, size_t size)
{
	s->wanted += size;
	while (s->queue.len + s->batch_len + size > s->queue_max) {
		pthread_cond_signal(&s->work);
		pthread_cond_wait(&s->news, &s->mutex);
	}
	s->wanted -= size;
	if (!s->queued++)
		s->first_ms = clock_now().mono_ms;
	s->put++;
}

static void end_put(struct store *s)
{
	if (s->queued == 1 || s->queue.len > s->queue_max / 2)
		pthread_cond_signal(&s->work);
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

		put.size += param_size(&params[i]) + (len < s->queue_max ? len : s->queue_max);
	}
	pthread_mutex_lock(&s->mutex);
	code = put_refused(s, &put, &message);
	if (code) {
		store_remember(s, code, &message, false);
		goto out;
	}
	begin_put(s, put.size);
	queue_add(s, &put, params);
	end_put(s);
out:
	pthread_mutex_unlock(&s->mutex);
}

/* ---- what a damaged file did not take ---- */

void store_keep_rest(struct store *s)
{
	pthread_mutex_lock(&s->mutex);
	s->keeps = true;
	pthread_mutex_unlock(&s->mutex);
}

uint64_t store_rest_of(struct store *s)
{
	uint64_t count;

	pthread_mutex_lock(&s->mutex);
	count = s->rest_count;
	pthread_mutex_unlock(&s->mutex);
	return count;
}

void store_put_rest(struct store *s, struct store_rest *rest)
{
	struct store_queued put;

	for (size_t at = 0; s && rest && at < rest->writes.len; at += put.size) {
		memcpy(&put, rest->writes.data + at, sizeof(put));
		pthread_mutex_lock(&s->mutex);
		begin_put(s, put.size);
		buf_add(&s->queue, rest->writes.data + at, put.size);
		end_put(s);
		pthread_mutex_unlock(&s->mutex);
	}
	store_rest_free(rest);
}

uint64_t store_rest_count(const struct store_rest *rest)
{
	return rest ? rest->count : 0;
}

void store_rest_free(struct store_rest *rest)
{
	if (rest)
		buf_done(&rest->writes);
	free(rest);
}

/* ---- waiting ---- */

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
	s->patient += patient;
	s->flush_calls++;
	pthread_cond_signal(&s->work);
	while (s->settled < until && (patient || s->failed_attempts == failed) && clock_now().mono_ms < deadline)
		store_sleep_until(&s->news, &s->mutex, deadline);
	s->flushes--;
	s->patient -= patient;
	code = patient && s->kept && s->settled >= until ? 0 : s->code;
	if (!code && s->settled < until && (patient || s->failed_attempts == failed))
		code = err_set(err, -ETIMEDOUT, "the disk of %s does not answer%s", s->path,
			       patient ? "" : "; what waits is kept and tried again");
	else if (code)
		err_set(err, code, "%s%s", s->message.msg, sequel_of(s, until, patient));
	s->code = 0;
	s->lost = 0;
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
