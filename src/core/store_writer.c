/* The thread that writes: it commits in batches, tries again what a disk refuses, and gives up what cannot be. It does
 * not know what it writes. */
#include "core/store_private.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/xmalloc.h"

enum {
	RETRY_FIRST_MS = 100,
	RETRY_MAX_MS = 30 * 1000,
	FULL_PART = 8, /* of a full queue goes at once */
};

void store_remember(struct store *s, int code, const struct err *message, bool kept)
{
	if (!s->code) {
		s->code = code;
		s->message = *message;
		s->kept = kept;
	}
}

struct outcome {
	enum store_cure cure; /* STORE_SKIP = committed, but what was refused */
	int code;             /* the first failure */
	struct err message;
};

static void failed(const struct store_link *l, int rc, const char *sql, struct outcome *o)
{
	struct err message = {""};
	enum store_cure cure;
	int code;

	/* SQLite takes it for damage when the disk does not give a page: another time it may. */
	if ((rc & 0xff) == SQLITE_CORRUPT && errno == EIO)
		rc = SQLITE_IOERR_READ;
	code = store_complain(l, rc, sql, &message);
	cure = store_failure_of(rc)->cure;
	/* What ends the batch is worth more than a statement that was refused. */
	if (!o->code || cure != STORE_SKIP) {
		o->code = code;
		o->message = message;
	}
	o->cure = cure;
}

/* One parameter of a write, and what is behind it. */
static const char *read_param(const char *at, struct store_value *v)
{
	enum store_type type = (enum store_type)(*at++);
	uint64_t len = 0;

	*v = (struct store_value){.type = type};
	if (v->type == STORE_NULL)
		return at;
	if (v->type == STORE_INT)
		memcpy(&v->number, at, sizeof(v->number));
	else if (v->type == STORE_REAL)
		memcpy(&v->real, at, sizeof(v->real));
	else
		memcpy(&len, at, sizeof(len));
	at += sizeof(len);
	v->bytes = at;
	v->len = len;
	return at + len;
}

/* One write of the batch; false: the batch ends here. */
static bool write_one(struct store_link *l, const struct store_queued *put, const char *at, struct outcome *o)
{
	struct store_value params[STORE_PARAMS];
	sqlite3_stmt *prepared = NULL;
	int rc;

	for (size_t i = 0; i < put->count; i++)
		at = read_param(at, &params[i]);
	rc = store_statement(l, put->sql, params, put->count, &prepared);
	while (rc == SQLITE_OK || rc == SQLITE_ROW)
		rc = sqlite3_step(prepared);
	if (rc != SQLITE_DONE)
		failed(l, rc, put->sql, o);
	store_statement_done(prepared);
	return o->cure == STORE_SKIP;
}

static void write_all(struct store *s, struct outcome *o)
{
	struct store_link *l = &s->writing;
	struct store_queued put;

	for (size_t at = 0; at < s->batch.len; at += put.size) {
		memcpy(&put, s->batch.data + at, sizeof(put));
		if (!write_one(l, &put, s->batch.data + at + sizeof(put), o))
			return;
		/* A statement ended the transaction: what came before it may be gone. */
		if (sqlite3_get_autocommit(l->db)) {
			failed(l, SQLITE_ABORT, put.sql, o);
			o->cure = STORE_GIVE_UP;
			return;
		}
	}
}

/* A transaction of the whole batch. */
static void write_batch(struct store *s, int busy_ms, struct outcome *o)
{
	struct store_link *l = &s->writing;
	int rc;

	*o = (struct outcome){.cure = STORE_SKIP};
	errno = 0;
	sqlite3_busy_timeout(l->db, busy_ms);
	rc = sqlite3_exec(l->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	if (rc == SQLITE_OK) {
		write_all(s, o);
		if (o->cure == STORE_SKIP)
			rc = sqlite3_exec(l->db, "COMMIT", NULL, NULL, NULL);
	}
	if (rc != SQLITE_OK) {
		failed(l, rc, NULL, o);
		if (o->cure == STORE_SKIP)
			o->cure = STORE_GIVE_UP;
	}
	if (!sqlite3_get_autocommit(l->db))
		sqlite3_exec(l->db, "ROLLBACK", NULL, NULL, NULL);
}

void store_sleep_until(pthread_cond_t *cond, pthread_mutex_t *mutex, int64_t at_ms)
{
	struct timespec at = {.tv_sec = (time_t)(at_ms / 1000), .tv_nsec = (long)(at_ms % 1000) * 1000000};

	pthread_cond_timedwait(cond, mutex, &at);
}

/* Who waits for room may have it, and not know yet. */
static bool is_full(const struct store *s)
{
	return s->wanted && s->queue.len + s->batch_len + s->wanted > s->queue_max;
}

static bool hurry(const struct store *s)
{
	return s->flushes || s->ending || s->queue.len > s->queue_max / 2 || (is_full(s) && s->queue.len);
}

/* Until there is something to write and it is time. false: there is nothing, and the end is near. */
static bool wait_for_batch(struct store *s)
{
	while (!s->queued) {
		if (s->ending)
			return false;
		pthread_cond_wait(&s->work, &s->mutex);
	}
	while (!hurry(s) && clock_now().mono_ms < s->first_ms + s->commit_ms)
		store_sleep_until(&s->work, &s->mutex, s->first_ms + s->commit_ms);
	return true;
}

static void take_batch(struct store *s)
{
	struct buf empty = s->batch;

	s->batch = s->queue;
	s->queue = empty;
	s->batch_len = s->batch.len;
	s->batched = s->queued;
	s->queued = 0;
}

/* The oldest writes of the batch, of `bytes` or a little more; how many. */
static uint64_t drop_oldest(struct store *s, size_t bytes)
{
	struct store_queued put;
	uint64_t count = 0;
	size_t at = 0;

	for (; at < s->batch.len && at < bytes; at += put.size) {
		memcpy(&put, s->batch.data + at, sizeof(put));
		count++;
	}
	buf_drop(&s->batch, at);
	s->batch_len = s->batch.len;
	s->settled += count;
	s->batched -= count;
	return count;
}

/* How many bytes of the batch are done with, the oldest; the others shall be tried again. A full queue goes before old
 * writes: the loop must not stand still for as long as a disk is full. A part goes at once, or each put would cost
 * an attempt. */
static size_t done_with(const struct store *s, const struct outcome *o)
{
	if (o->cure != STORE_TRY_AGAIN)
		return SIZE_MAX;
	if (s->ending)
		return clock_now().mono_ms < s->end_by_ms ? 0 : SIZE_MAX;
	if (!is_full(s))
		return 0;
	return s->wanted > s->queue_max / FULL_PART ? s->wanted : s->queue_max / FULL_PART;
}

static int64_t busy_ms(const struct store *s)
{
	int64_t most = s->patient ? STORE_BUSY_SOON_MS : STORE_BUSY_MS;
	int64_t left = s->ending ? s->end_by_ms - clock_now().mono_ms : most;

	return left < 0 ? 0 : left < most ? left : most;
}

/* Those who began to wait before the attempt failed have been told; who comes later wants another. */
static void back_off(struct store *s, int64_t ms)
{
	uint64_t told = s->flush_calls;
	int64_t until = clock_now().mono_ms + (s->ending || s->patient ? RETRY_FIRST_MS : ms);
	bool ending = s->ending;

	while (clock_now().mono_ms < until && !is_full(s) && s->flush_calls == told && s->ending == ending)
		store_sleep_until(&s->work, &s->mutex, until);
}

/* Whether the batch waits for another file. */
static bool keep_batch(struct store *s, const struct outcome *o)
{
	if (!s->keeps || o->code != -EUCLEAN)
		return false;
	if (!s->rest) {
		s->rest = xcalloc(1, sizeof(*s->rest));
		buf_init(&s->rest->writes, s->queue_max);
	}
	if (buf_add(&s->rest->writes, s->batch.data, s->batch.len))
		return false;
	s->rest->count += s->batched;
	s->rest_count = s->rest->count;
	return true;
}

static void settle(struct store *s, const struct outcome *o, size_t bytes)
{
	struct err message = o->message;
	bool gone = bytes && o->cure != STORE_SKIP, lost = gone && !keep_batch(s, o);
	size_t len = strlen(message.msg);
	uint64_t done = drop_oldest(s, bytes);

	s->lost += lost ? done : 0;
	if (lost)
		snprintf(message.msg + len, sizeof(message.msg) - len, "; %llu writes are lost",
			 (unsigned long long)s->lost);
	if (gone && (s->kept || s->lost))
		s->code = 0; /* what nobody has read yet is no longer true */
	if (o->code)
		store_remember(s, o->code, &message, !bytes);
	if (o->code && o->cure != STORE_SKIP)
		s->failed_attempts++;
	pthread_cond_broadcast(&s->news);
}

/* Nothing is written to it any more. */
static void damaged(const struct store *s, struct outcome *o)
{
	*o = (struct outcome){.cure = STORE_GIVE_UP};
	o->code = err_set(&o->message, -EUCLEAN, "%s is damaged", s->path);
}

/* Tries until the batch is committed or given up. */
static void settle_batch(struct store *s)
{
	int64_t pause_ms = RETRY_FIRST_MS;
	struct outcome outcome;

	do {
		int busy = (int)busy_ms(s);

		if (s->rest) {
			damaged(s, &outcome);
		} else {
			pthread_mutex_unlock(&s->mutex);
			write_batch(s, busy, &outcome);
			pthread_mutex_lock(&s->mutex);
		}
		settle(s, &outcome, done_with(s, &outcome));
		if (s->batched)
			back_off(s, pause_ms);
		pause_ms = pause_ms * 2 < RETRY_MAX_MS ? pause_ms * 2 : RETRY_MAX_MS;
	} while (s->batched);
}

static void *thread_run(void *context)
{
	struct store *s = context;

	pthread_mutex_lock(&s->mutex);
	while (wait_for_batch(s)) {
		take_batch(s);
		settle_batch(s);
	}
	pthread_mutex_unlock(&s->mutex);
	/* Here, because it writes the log back into the file, and that may take as long as any other write. */
	store_close_writing(s);
	pthread_mutex_lock(&s->mutex);
	s->ended = true;
	pthread_cond_broadcast(&s->news);
	pthread_mutex_unlock(&s->mutex);
	return NULL;
}

int store_thread_start(struct store *s, struct err *err)
{
	sigset_t all, before;
	int code;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	code = pthread_create(&s->thread, NULL, thread_run, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (code)
		return err_set(err, -code, "cannot start the thread that writes %s: %s", s->path, strerror(code));
	s->writes = true;
	return 0;
}
