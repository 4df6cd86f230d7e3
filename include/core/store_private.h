/* What the parts of the store share: a connection, the queue, and who may touch what. */
#ifndef CORE_STORE_PRIVATE_H
#define CORE_STORE_PRIVATE_H

#include <pthread.h>
#include <sys/types.h>

#include "base/buf.h"
#include "core/store.h"

struct sqlite3;
struct sqlite3_stmt;

enum {
	STORE_STATEMENTS = 64, /* prepared at a time */
	STORE_BUSY_MS = 2000,
	STORE_BUSY_SOON_MS = 500, /* where somebody waits over several attempts, and wants to know why */
	STORE_SQL_SHOWN = 120, /* characters of a failing statement in its message */
};

/* A connection and what is prepared on it. One thread at a time. */
struct store_link {
	struct sqlite3 *db;
	const char *path; /* of the store */
	struct {
		const char *sql;
		struct sqlite3_stmt *prepared;
	} statements[STORE_STATEMENTS];
	unsigned next_victim;
};

/* A write in the queue: this, then `count` parameters: of each its type in one byte; unless that is STORE_NULL a number
 * of eight, in the order of this machine: the integer, the real, or how many bytes of text or blob follow. */
struct store_queued {
	const char *sql;
	size_t count, size; /* size of all */
};

enum { STORE_NUMBER = 1 + 8 }; /* bytes of a parameter that is a number */

/* Writes of a store that is no more. */
struct store_rest {
	struct buf writes;
	uint64_t count;
};

/* Which file it is. */
struct store_file {
	bool known;
	dev_t dev;
	ino_t ino;
};

struct store {
	char *path;
	struct store_lock lock;
	bool writes;
	uint32_t commit_ms;
	size_t queue_max;
	struct store_link reading, writing;
	struct store_file file, log, index; /* with -wal and -shm, that `writing` has open */
	pthread_t thread;
	struct buf batch; /* of the thread: what it writes now */
	struct store_rest *rest; /* likewise: what a damaged file did not take, NULL = nothing; then of who closes it */

	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t work;   /* for the thread */
	pthread_cond_t news;   /* from the thread */
	struct buf queue;
	size_t batch_len;         /* batch.len, for everybody */
	uint64_t queued, batched; /* writes in each */
	uint64_t put, settled;    /* writes since the start: all, and those committed or given up */
	int64_t first_ms;         /* when the first of the queue came */
	uint64_t failed_attempts;
	size_t wanted;    /* bytes of the callers that wait for room */
	unsigned flushes; /* callers that wait ... */
	unsigned patient; /* ... those of them who do so over attempts that fail */
	uint64_t flush_calls;
	bool ending, ended;
	bool keeps;         /* what a damaged file does not take */
	uint64_t rest_count; /* writes in `rest` */
	int64_t end_by_ms;
	int code; /* the first failure that nobody was told: 0 or -errno */
	struct err message;
	bool kept;     /* it lost nothing so far */
	uint64_t lost; /* writes, of which nobody was told */
	struct err left; /* what came of a log whose file was gone; "" = nothing */
};

/* ---- store_link.c: connections, statements, messages ---- */

/* What is done with a batch when a statement of it fails. */
enum store_cure { STORE_GIVE_UP, STORE_SKIP, STORE_TRY_AGAIN };

struct store_failure {
	int sqlite, code; /* SQLite's and ours, -errno */
	enum store_cure cure;
	const char *what;
};

const struct store_failure *store_failure_of(int rc);
/* Says what SQLite's `rc` means; `sql` may be NULL. Returns -errno. Call it before anything else touches the
 * connection. */
int store_complain(const struct store_link *l, int rc, const char *sql, struct err *err);
/* `flags` as sqlite3_open_v2() has them. 0 or -errno with a message. */
int store_link_open(struct store_link *l, const char *path, int flags, struct err *err);
void store_link_close(struct store_link *l);
/* Prepares, or finds it prepared, and binds; the parameters must live until store_statement_done(). SQLite's code. */
int store_statement(struct store_link *l, const char *sql, const struct store_value *params, size_t count,
		    struct sqlite3_stmt **prepared);
/* NULL is accepted. */
void store_statement_done(struct sqlite3_stmt *prepared);
/* One statement or several, without parameters. 0 or -errno with a message. */
int store_run(struct store_link *l, const char *sql, struct err *err);
/* The number, or the text if `text` is given, in the first row of a pragma or query. */
int store_ask(struct store_link *l, const char *sql, int64_t *number, char text[16], struct err *err);

/* ---- store_lock.c: who writes ---- */

int store_lock_name(struct store_lock *lock, const char *path, struct err *err);
/* Of a file that is there. */
int store_lock_file(struct store_lock *lock, const char *path, struct err *err);

/* ---- store_open.c: the files, the schema ---- */

int store_open_writing(struct store *s, const struct store_open *how, int64_t newest, struct err *err);
int store_open_reading(struct store *s, const struct store_open *how, int64_t newest, struct err *err);
int store_open_alone(struct store *s, const struct store_open *how, int64_t newest, bool *behind, struct err *err);

/* ---- store_leave.c: the log, and a file that was moved ---- */

/* Whether something is in the log beside that file. */
bool store_has_log(const char *path);
/* Before there is a file, under the lock: the log of one that is not there any more, or is empty, gets another name,
 * and `left` says which. SQLite would throw it away. */
int store_keep_lost_log(struct store *s, struct err *err);
/* When the writing connection has opened its log. */
void store_know_files(struct store *s);
/* On the thread of the writer, at the end: what the log holds is written into the file; and if that was moved, the log
 * goes with it, or with `left` to another name. */
void store_close_writing(struct store *s);

/* ---- store_writer.c: the thread ---- */

int store_thread_start(struct store *s, struct err *err);
/* Waits for `cond`, or until the moment (monotonic). With the mutex. */
void store_sleep_until(pthread_cond_t *cond, pthread_mutex_t *mutex, int64_t at_ms);
/* Keeps a failure until somebody asks; the first of several. With the mutex. */
void store_remember(struct store *s, int code, const struct err *message, bool kept);

#endif
