/* SQLite, a thread that writes, and the queue between it and the loop. It does not know what is stored, nor why. */
#include "core/store.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/xmalloc.h"

enum {
	APPLICATION_ID = 0x73776d74, /* "swmt" */
	STATEMENTS = 64,             /* prepared at a time */
	BUSY_MS = 2000,
	RETRY_FIRST_MS = 100,
	RETRY_MAX_MS = 30 * 1000,
	FREE_MS = 10 * 1000,
	SQL_SHOWN = 120, /* characters of a failing statement in its message */
};

/* A connection and what is prepared on it. One thread at a time. */
struct link {
	sqlite3 *db;
	const char *path; /* of the store */
	struct {
		const char *sql;
		sqlite3_stmt *prepared;
	} statements[STATEMENTS];
	unsigned next_victim;
};

/* A write in the queue: this, then `count` times struct param and its bytes. Not aligned. */
struct put {
	const char *sql;
	size_t count, size; /* size of all */
};

struct param {
	enum store_type type;
	int64_t number;
	double real;
	size_t len;
};

struct store {
	char *path;
	int lock;
	bool writes;
	uint32_t commit_ms;
	size_t queue_max;
	struct link reading, writing;
	pthread_t thread;
	struct buf batch; /* of the thread: what it writes now */

	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t work;   /* for the thread */
	pthread_cond_t news;   /* from the thread */
	struct buf queue;
	size_t batch_len;         /* batch.len, for everybody */
	uint64_t queued, batched; /* writes in each */
	uint64_t put, settled;    /* writes since the start: all, and those committed or given up */
	int64_t first_ms;         /* when the first of the queue came */
	uint64_t failed_attempts;
	unsigned flushes, waiting_puts; /* callers that wait */
	uint64_t flush_calls;
	bool ending, ended;
	int64_t end_by_ms;
	int code; /* the first failure that nobody was told: 0 or -errno */
	struct err message;
	bool kept; /* it lost nothing so far */
};

/* ---- messages ---- */

enum cure { GIVE_UP, SKIP_STATEMENT, TRY_AGAIN };

static const struct failure {
	int sqlite, code;
	enum cure cure;
	const char *what;
} failures[] = {
	{SQLITE_BUSY, -EBUSY, TRY_AGAIN, "is locked by another program: close whatever else has it open"},
	{SQLITE_LOCKED, -EBUSY, TRY_AGAIN, "is locked: close whatever else has it open"},
	{SQLITE_FULL, -ENOSPC, TRY_AGAIN, "cannot grow, the disk is full: make room"},
	{SQLITE_IOERR, -EIO, TRY_AGAIN, "cannot be read or written: look after the disk"},
	{SQLITE_READONLY, -EROFS, TRY_AGAIN, "cannot be written: make the file and its folder writable"},
	{SQLITE_CANTOPEN, -EACCES, TRY_AGAIN, "cannot be opened: make the file and its folder readable and writable"},
	{SQLITE_PERM, -EACCES, TRY_AGAIN, "cannot be opened: make the file and its folder writable"},
	{SQLITE_PROTOCOL, -EBUSY, TRY_AGAIN, "cannot be locked: keep it on a local disk"},
	{SQLITE_NOMEM, -ENOMEM, TRY_AGAIN, "needs more memory"},
	{SQLITE_CORRUPT, -EUCLEAN, GIVE_UP,
	 "is damaged and was left as it is: move it away with its -wal and -shm, or mend it with sqlite3 .recover"},
	{SQLITE_NOTADB, -EUCLEAN, GIVE_UP,
	 "is no database of swarmtop, or is damaged; it was left as it is: move it away or name another file"},
};

static const struct failure *failure_of(int rc)
{
	static const struct failure other = {SQLITE_ERROR, -EINVAL, SKIP_STATEMENT, "refuses a statement"};

	for (size_t i = 0; i < sizeof(failures) / sizeof(*failures); i++) {
		if (failures[i].sqlite == (rc & 0xff))
			return &failures[i];
	}
	return &other;
}

/* `sql` may be NULL. Call it before anything else touches the connection. */
static int complain(const struct link *l, int rc, const char *sql, struct err *err)
{
	const struct failure *f = failure_of(rc);
	/* A connection that was never made has only the code to tell. */
	const char *detail = l->db && sqlite3_errcode(l->db) != SQLITE_OK ? sqlite3_errmsg(l->db) : sqlite3_errstr(rc);

	if (sql && f->cure == SKIP_STATEMENT)
		return err_set(err, f->code, "%s %s (%s): %.*s", l->path, f->what, detail, SQL_SHOWN, sql);
	return err_set(err, f->code, "%s %s (%s)", l->path, f->what, detail);
}

/* ---- statements ---- */

static void link_close(struct link *l)
{
	for (unsigned i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(l->statements[i].prepared);
	sqlite3_close(l->db);
	*l = (struct link){.path = l->path};
}

static int link_open(struct link *l, const char *path, int flags, struct err *err)
{
	int rc;

	*l = (struct link){.path = path};
	rc = sqlite3_open_v2(path, &l->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc != SQLITE_OK)
		goto fail;
	sqlite3_extended_result_codes(l->db, 1);
	sqlite3_busy_timeout(l->db, BUSY_MS);
	return 0;
fail:
	rc = complain(l, rc, NULL, err);
	link_close(l);
	return rc;
}

/* The place of a statement: its own, or else one that is free, or else one whose turn it is to go; never one that is
 * being read. The text is compared too: who breaks the rule of constants is slow, not wrong. */
static unsigned statement_slot(struct link *l, const char *sql)
{
	unsigned i, empty = STATEMENTS;

	for (i = 0; i < STATEMENTS; i++) {
		sqlite3_stmt *prepared = l->statements[i].prepared;

		if (!prepared)
			empty = empty < i ? empty : i;
		else if (l->statements[i].sql == sql && !sqlite3_stmt_busy(prepared))
			return i;
	}
	if (empty < STATEMENTS)
		return empty;
	for (i = 0; i < STATEMENTS && sqlite3_stmt_busy(l->statements[l->next_victim % STATEMENTS].prepared); i++)
		l->next_victim++;
	return i < STATEMENTS ? l->next_victim++ % STATEMENTS : STATEMENTS;
}

static int statement(struct link *l, const char *sql, sqlite3_stmt **prepared)
{
	unsigned slot = statement_slot(l, sql);
	const char *rest;
	int rc;

	if (slot == STATEMENTS)
		return SQLITE_MISUSE;
	*prepared = l->statements[slot].prepared;
	if (*prepared && l->statements[slot].sql == sql && strcmp(sqlite3_sql(*prepared), sql) == 0)
		return SQLITE_OK;
	sqlite3_finalize(*prepared);
	l->statements[slot].prepared = NULL;
	rc = sqlite3_prepare_v3(l->db, sql, -1, SQLITE_PREPARE_PERSISTENT, prepared, &rest);
	if (rc != SQLITE_OK)
		return rc;
	/* The rest of several statements would silently never run. */
	if (!*prepared || rest[strspn(rest, "; \t\n")]) {
		sqlite3_finalize(*prepared);
		*prepared = NULL;
		return SQLITE_MISUSE;
	}
	l->statements[slot].sql = sql;
	l->statements[slot].prepared = *prepared;
	return SQLITE_OK;
}

/* The bytes are not copied: they live until the statement is reset. */
static int bind(sqlite3_stmt *prepared, int at, const struct store_value *v)
{
	/* A NULL pointer would bind NULL. */
	const char *bytes = v->len ? v->bytes : "";

	switch (v->type) {
	case STORE_INT:
		return sqlite3_bind_int64(prepared, at, v->number);
	case STORE_REAL:
		return sqlite3_bind_double(prepared, at, v->real);
	case STORE_TEXT:
		return sqlite3_bind_text64(prepared, at, bytes, v->len, SQLITE_STATIC, SQLITE_UTF8);
	case STORE_BLOB:
		return sqlite3_bind_blob64(prepared, at, bytes, v->len, SQLITE_STATIC);
	default:
		return sqlite3_bind_null(prepared, at);
	}
}

/* Prepares and binds. */
static int statement_with(struct link *l, const char *sql, const struct store_value *params, size_t count,
			  sqlite3_stmt **prepared)
{
	int rc = statement(l, sql, prepared);

	if (rc == SQLITE_OK && (size_t)sqlite3_bind_parameter_count(*prepared) != count)
		rc = SQLITE_RANGE;
	for (size_t i = 0; i < count && rc == SQLITE_OK; i++)
		rc = bind(*prepared, (int)i + 1, &params[i]);
	return rc;
}

static void statement_done(sqlite3_stmt *prepared)
{
	if (!prepared)
		return;
	sqlite3_reset(prepared);
	sqlite3_clear_bindings(prepared);
}

static int run(struct link *l, const char *sql, struct err *err)
{
	int rc = sqlite3_exec(l->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : complain(l, rc, sql, err);
}

/* The number, or the text if `text` is given, in the first row of a pragma or query. */
static int ask(struct link *l, const char *sql, int64_t *number, char text[16], struct err *err)
{
	sqlite3_stmt *prepared;
	int rc = sqlite3_prepare_v2(l->db, sql, -1, &prepared, NULL), code = 0;

	if (rc == SQLITE_OK)
		rc = sqlite3_step(prepared);
	if (rc != SQLITE_ROW)
		code = complain(l, rc, sql, err);
	else if (text)
		snprintf(text, 16, "%s", (const char *)sqlite3_column_text(prepared, 0));
	else
		*number = sqlite3_column_int64(prepared, 0);
	sqlite3_finalize(prepared);
	return code;
}

/* ---- opening ---- */

static int lock_taken(int lock, const char *path, struct err *err)
{
	char text[24] = "";
	ssize_t got = pread(lock, text, sizeof(text) - 1, 0);
	long pid = got > 0 ? strtol(text, NULL, 10) : 0;

	if (pid > 0)
		return err_set(err, -EBUSY, "%s is written by another process (%ld): stop it or name another file",
			       path, pid);
	return err_set(err, -EBUSY, "%s is written by another process: stop it or name another file", path);
}

/* flock(2): of the open file, so that a second writer in the same process is refused too. The file stays behind:
 * who removed it could remove the lock of the next. */
static int lock_take(const char *path, int *lock, struct err *err)
{
	char name[4096];
	int fd, code = 0;

	if ((size_t)snprintf(name, sizeof(name), "%s.lock", path) >= sizeof(name))
		return err_set(err, -ENAMETOOLONG, "the path of the database is too long");
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || fchmod(fd, 0600) < 0) {
		code = err_set(err, -errno, "cannot make %s: %s", name, strerror(errno));
	} else if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		code = errno == EWOULDBLOCK ? lock_taken(fd, path, err)
					    : err_set(err, -errno, "cannot lock %s: %s", name, strerror(errno));
	} else if (ftruncate(fd, 0) < 0 || dprintf(fd, "%ld\n", (long)getpid()) < 0) {
		/* The number is a courtesy: on a full disk the lock does without. */
	}
	if (code && fd >= 0)
		close(fd);
	if (!code)
		*lock = fd;
	return code;
}

/* SQLite would make it as the umask says; -wal and -shm take after it. */
static int make_file(const char *path, struct err *err)
{
	int code = 0, fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 && errno == EEXIST)
		return 0;
	if (fd < 0 || fchmod(fd, 0600) < 0)
		code = err_set(err, -errno, "cannot make the database %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return code;
}

/* By name: to close a second descriptor of a database drops the locks of the first (fcntl(2)). */
static int make_private(const char *path, struct err *err)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	char name[4096];
	struct stat st;

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		if (stat(name, &st) == 0 && (st.st_mode & 077) && chmod(name, 0600) < 0)
			return err_set(err, -errno, "cannot make %s private (mode 0600): %s", name, strerror(errno));
	}
	return 0;
}

static int check_regular(const char *path, struct err *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return err_set(err, -errno, "cannot open the database %s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(err, -EINVAL, "%s is not a file: name another for the database", path);
	return 0;
}

/* Whether it is ours, or empty, and its version. Reads only. */
static int check_identity(struct link *l, int64_t newest, int64_t *version, struct err *err)
{
	int64_t id = 0, tables = 0, is = 0;
	int code = ask(l, "PRAGMA application_id", &id, NULL, err);

	if (!code)
		code = ask(l, "PRAGMA user_version", &is, NULL, err);
	if (!code)
		code = ask(l, "SELECT count(*) FROM sqlite_master", &tables, NULL, err);
	if (code)
		return code;
	if (id != APPLICATION_ID && (id || is || tables))
		return err_set(err, -EUCLEAN,
			       "%s is a database of another program and was left as it is: "
			       "name another file",
			       l->path);
	if (is < 0 || is > newest)
		return err_set(err, -EPROTO,
			       "%s was written by a newer swarmtop (its version is %lld, this one knows "
			       "%lld): use that one, or name another file",
			       l->path, (long long)is, (long long)newest);
	*version = is;
	return 0;
}

/* Without foreign keys: with them, to rebuild a table is to delete what refers to it. */
static int migrate(struct link *l, const char *const *migrations, int64_t version, struct err *err)
{
	char text[96];
	int code;

	for (; migrations[version]; version++) {
		snprintf(text, sizeof(text), "PRAGMA application_id = %d; PRAGMA user_version = %lld; COMMIT",
			 (int)APPLICATION_ID, (long long)version + 1);
		code = run(l, "BEGIN IMMEDIATE", err);
		if (!code)
			code = run(l, migrations[version], err);
		if (!code)
			code = run(l, text, err);
		if (code) {
			if (!sqlite3_get_autocommit(l->db))
				sqlite3_exec(l->db, "ROLLBACK", NULL, NULL, NULL);
			return code;
		}
	}
	return 0;
}

static int go_wal(struct link *l, struct err *err)
{
	char mode[16] = "";
	int code = ask(l, "PRAGMA journal_mode = WAL", NULL, mode, err);

	if (!code && strcmp(mode, "wal") != 0)
		code = err_set(err, -EOPNOTSUPP, "%s cannot have a write-ahead log there: keep it on a local disk",
			       l->path);
	return code;
}

static int open_writing(struct store *s, const struct store_open *how, int64_t newest, struct err *err)
{
	int64_t version = 0;
	int code = lock_take(s->path, &s->lock, err);

	if (!code)
		code = make_file(s->path, err);
	if (!code)
		code = check_regular(s->path, err);
	if (!code)
		code = link_open(&s->writing, s->path, SQLITE_OPEN_READWRITE, err);
	if (!code)
		code = check_identity(&s->writing, newest, &version, err);
	if (!code)
		code = make_private(s->path, err);
	if (!code)
		code = go_wal(&s->writing, err);
	if (!code)
		code = run(&s->writing, "PRAGMA synchronous = NORMAL", err);
	if (!code)
		code = migrate(&s->writing, how->migrations, version, err);
	if (!code)
		code = run(&s->writing, "PRAGMA foreign_keys = ON", err);
	return code;
}

static int open_reading(struct store *s, int64_t newest, struct err *err)
{
	int64_t version = 0;
	int code = check_regular(s->path, err);

	if (!code)
		code = link_open(&s->reading, s->path, SQLITE_OPEN_READONLY, err);
	if (!code)
		code = check_identity(&s->reading, newest, &version, err);
	if (!code && version < newest)
		code = err_set(err, -EPROTO,
			       "%s was written by an older swarmtop: let this one write to it once, it brings "
			       "it up to date",
			       s->path);
	return code;
}

static int thread_start(struct store *s, struct err *err);

static void store_destroy(struct store *s)
{
	/* The last to close makes one file of it, and a reader cannot. */
	link_close(&s->reading);
	link_close(&s->writing);
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

	s->path = xstrdup(how->path);
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
		code = open_writing(s, how, newest, err);
	if (!code)
		code = open_reading(s, newest, err);
	if (!code && how->writer)
		code = thread_start(s, err);
	if (code) {
		store_destroy(s);
		return code;
	}
	*store = s;
	return 0;
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

/* With the mutex. Remembers the first. */
static void remember(struct store *s, int code, const struct err *message, bool kept)
{
	if (!s->code) {
		s->code = code;
		s->message = *message;
		s->kept = kept;
	}
}

static void queue_add(struct store *s, const struct put *put, const struct store_value *params)
{
	buf_add(&s->queue, put, sizeof(*put));
	for (size_t i = 0; i < put->count; i++) {
		struct param p = {params[i].type, params[i].number, params[i].real, param_len(&params[i])};

		buf_add(&s->queue, &p, sizeof(p));
		if (p.len)
			buf_add(&s->queue, params[i].bytes, p.len);
	}
}

/* 0, or why it can never be queued. */
static int put_refused(const struct store *s, const struct put *put, struct err *err)
{
	if (!s->writes)
		return err_set(err, -EROFS, "%s is open for reading only", s->path);
	if (put->count > STORE_PARAMS)
		return err_set(err, -E2BIG, "%s: more than %d parameters: %.*s", s->path, (int)STORE_PARAMS, SQL_SHOWN,
			       put->sql);
	if (put->size > s->queue_max)
		return err_set(err, -EMSGSIZE, "%s: a write is larger than the queue: %.*s", s->path, SQL_SHOWN,
			       put->sql);
	return 0;
}

void store_put(struct store *s, const char *sql, const struct store_value *params, size_t count)
{
	struct put put;
	struct err message;
	int code;

	memset(&put, 0, sizeof(put));
	put.sql = sql;
	put.count = count;
	put.size = sizeof(put);
	for (size_t i = 0; i < count && put.size <= s->queue_max; i++) {
		size_t len = param_len(&params[i]);

		put.size += sizeof(struct param) + (len < s->queue_max ? len : s->queue_max);
	}
	pthread_mutex_lock(&s->mutex);
	code = put_refused(s, &put, &message);
	if (code) {
		remember(s, code, &message, false);
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

/* An attempt that failed ends the wait: who waits shall know now, and the thread goes on trying. */
int store_flush(struct store *s, struct err *err)
{
	uint64_t until, failed;
	int code;

	pthread_mutex_lock(&s->mutex);
	until = s->put;
	failed = s->failed_attempts;
	s->flushes++;
	s->flush_calls++;
	pthread_cond_signal(&s->work);
	while (s->settled < until && s->failed_attempts == failed)
		pthread_cond_wait(&s->news, &s->mutex);
	s->flushes--;
	code = s->code;
	if (code)
		err_set(err, code, "%s%s", s->message.msg,
			!s->kept             ? ""
			: s->settled < until ? "; what waits is kept and tried again"
					     : "; it works again and nothing was lost");
	s->code = 0;
	pthread_mutex_unlock(&s->mutex);
	return code;
}

/* ---- the thread ---- */

struct outcome {
	enum cure cure; /* SKIP_STATEMENT = committed, but what was refused */
	int code;       /* the first failure */
	struct err message;
};

static void failed(const struct link *l, int rc, const char *sql, struct outcome *o)
{
	struct err message = {""};
	int code = complain(l, rc, sql, &message);
	enum cure cure = failure_of(rc)->cure;

	/* What ends the batch is worth more than a statement that was refused. */
	if (!o->code || cure != SKIP_STATEMENT) {
		o->code = code;
		o->message = message;
	}
	o->cure = cure;
}

/* One write of the batch; false: the batch ends here. */
static bool write_one(struct link *l, const struct put *put, const char *at, struct outcome *o)
{
	struct store_value params[STORE_PARAMS];
	sqlite3_stmt *prepared = NULL;
	struct param p;
	int rc;

	for (size_t i = 0; i < put->count; i++) {
		memcpy(&p, at, sizeof(p));
		at += sizeof(p);
		params[i] = (struct store_value){p.type, p.number, p.real, at, p.len};
		at += p.len;
	}
	rc = statement_with(l, put->sql, params, put->count, &prepared);
	while (rc == SQLITE_OK || rc == SQLITE_ROW)
		rc = sqlite3_step(prepared);
	if (rc != SQLITE_DONE)
		failed(l, rc, put->sql, o);
	statement_done(prepared);
	return o->cure == SKIP_STATEMENT;
}

static void write_all(struct store *s, struct outcome *o)
{
	struct link *l = &s->writing;
	struct put put;

	for (size_t at = 0; at < s->batch.len; at += put.size) {
		memcpy(&put, s->batch.data + at, sizeof(put));
		if (!write_one(l, &put, s->batch.data + at + sizeof(put), o))
			return;
		/* A statement ended the transaction: what came before it may be gone. */
		if (sqlite3_get_autocommit(l->db)) {
			failed(l, SQLITE_ABORT, put.sql, o);
			o->cure = GIVE_UP;
			return;
		}
	}
}

/* A transaction of the whole batch. */
static void write_batch(struct store *s, int busy_ms, struct outcome *o)
{
	struct link *l = &s->writing;
	int rc;

	*o = (struct outcome){.cure = SKIP_STATEMENT};
	sqlite3_busy_timeout(l->db, busy_ms);
	rc = sqlite3_exec(l->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	if (rc == SQLITE_OK) {
		write_all(s, o);
		if (o->cure == SKIP_STATEMENT)
			rc = sqlite3_exec(l->db, "COMMIT", NULL, NULL, NULL);
	}
	if (rc != SQLITE_OK) {
		failed(l, rc, NULL, o);
		if (o->cure == SKIP_STATEMENT)
			o->cure = GIVE_UP;
	}
	if (!sqlite3_get_autocommit(l->db))
		sqlite3_exec(l->db, "ROLLBACK", NULL, NULL, NULL);
}

/* Waits for `work`, or until the moment. With the mutex. */
static void sleep_until(pthread_cond_t *cond, pthread_mutex_t *mutex, int64_t at_ms)
{
	struct timespec at = {.tv_sec = (time_t)(at_ms / 1000), .tv_nsec = (long)(at_ms % 1000) * 1000000};

	pthread_cond_timedwait(cond, mutex, &at);
}

static bool hurry(const struct store *s)
{
	return s->flushes || s->ending || s->queue.len > s->queue_max / 2 || (s->waiting_puts && s->queue.len);
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
		sleep_until(&s->work, &s->mutex, s->first_ms + s->commit_ms);
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

static void drop_batch(struct store *s)
{
	buf_reset(&s->batch);
	s->batch_len = 0;
	s->settled += s->batched;
	s->batched = 0;
}

/* Whether the batch shall be tried again; else it is lost. A full queue goes before an old batch: the loop must not
 * stand still for as long as a disk is full. */
static bool worth_trying(const struct store *s, const struct outcome *o)
{
	if (o->cure != TRY_AGAIN)
		return false;
	return s->ending ? clock_now().mono_ms < s->end_by_ms : !s->waiting_puts;
}

static int64_t busy_ms(const struct store *s)
{
	int64_t left = s->ending ? s->end_by_ms - clock_now().mono_ms : BUSY_MS;

	return left < 0 ? 0 : left < BUSY_MS ? left : BUSY_MS;
}

/* Those who began to wait before the attempt failed have been told; who comes later wants another. */
static void back_off(struct store *s, int64_t ms)
{
	uint64_t told = s->flush_calls;
	int64_t until = clock_now().mono_ms + (s->ending ? RETRY_FIRST_MS : ms);
	bool ending = s->ending;

	while (clock_now().mono_ms < until && !s->waiting_puts && s->flush_calls == told && s->ending == ending)
		sleep_until(&s->work, &s->mutex, until);
}

static void settle(struct store *s, const struct outcome *o, bool again)
{
	struct err message = o->message;
	bool lost = !again && (o->cure != SKIP_STATEMENT);
	size_t len = strlen(message.msg);

	if (lost)
		snprintf(message.msg + len, sizeof(message.msg) - len, "; %llu writes are lost",
			 (unsigned long long)s->batched);
	if (lost && s->kept)
		s->code = 0; /* what nobody has read yet is no longer true */
	if (o->code)
		remember(s, o->code, &message, again);
	if (o->code && o->cure != SKIP_STATEMENT)
		s->failed_attempts++;
	if (!again)
		drop_batch(s);
	pthread_cond_broadcast(&s->news);
}

/* Tries until the batch is committed or given up. */
static void settle_batch(struct store *s)
{
	int64_t pause_ms = RETRY_FIRST_MS;
	struct outcome outcome;
	bool again;

	do {
		int busy = (int)busy_ms(s);

		pthread_mutex_unlock(&s->mutex);
		write_batch(s, busy, &outcome);
		pthread_mutex_lock(&s->mutex);
		again = worth_trying(s, &outcome);
		settle(s, &outcome, again);
		if (again)
			back_off(s, pause_ms);
		pause_ms = pause_ms * 2 < RETRY_MAX_MS ? pause_ms * 2 : RETRY_MAX_MS;
	} while (again);
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
	link_close(&s->writing);
	pthread_mutex_lock(&s->mutex);
	s->ended = true;
	pthread_cond_broadcast(&s->news);
	pthread_mutex_unlock(&s->mutex);
	return NULL;
}

static int thread_start(struct store *s, struct err *err)
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

void store_free(struct store *s)
{
	bool ended;

	if (!s)
		return;
	link_close(&s->reading);
	if (s->writes) {
		pthread_mutex_lock(&s->mutex);
		s->ending = true;
		s->end_by_ms = clock_now().mono_ms + FREE_MS;
		pthread_cond_signal(&s->work);
		while (!s->ended && clock_now().mono_ms < s->end_by_ms + 500)
			sleep_until(&s->news, &s->mutex, s->end_by_ms + 500);
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

/* ---- reading ---- */

static struct store_value column(sqlite3_stmt *row, int at)
{
	struct store_value v = {.type = STORE_NULL};

	switch (sqlite3_column_type(row, at)) {
	case SQLITE_INTEGER:
		return STORE_INT_OF(sqlite3_column_int64(row, at));
	case SQLITE_FLOAT:
		return STORE_REAL_OF(sqlite3_column_double(row, at));
	case SQLITE_TEXT:
		v.type = STORE_TEXT;
		v.bytes = sqlite3_column_text(row, at);
		break;
	case SQLITE_BLOB:
		v.type = STORE_BLOB;
		v.bytes = sqlite3_column_blob(row, at);
		break;
	default:
		return v;
	}
	v.len = (size_t)sqlite3_column_bytes(row, at);
	if (!v.bytes) {
		v.bytes = "";
		v.len = 0;
	}
	return v;
}

int store_get(struct store *s, const char *sql, const struct store_value *params, size_t count,
	      int (*take)(void *context, const struct store_value *columns, size_t column_count), void *context,
	      struct err *err)
{
	struct store_value columns[STORE_COLUMNS];
	sqlite3_stmt *prepared = NULL;
	int n, code = 0, rc = statement_with(&s->reading, sql, params, count, &prepared);

	if (rc != SQLITE_OK) {
		code = complain(&s->reading, rc, sql, err);
		goto out;
	}
	n = sqlite3_column_count(prepared);
	if (n > STORE_COLUMNS) {
		code = err_set(err, -E2BIG, "%s: more than %d columns: %.*s", s->path, (int)STORE_COLUMNS, SQL_SHOWN,
			       sql);
		goto out;
	}
	while (!code && (rc = sqlite3_step(prepared)) == SQLITE_ROW) {
		for (int i = 0; i < n; i++)
			columns[i] = column(prepared, i);
		code = take(context, columns, (size_t)n);
	}
	if (!code && rc != SQLITE_DONE)
		code = complain(&s->reading, rc, sql, err);
out:
	statement_done(prepared);
	return code;
}

/* BEGIN alone takes the view only at the first read. */
int store_snapshot(struct store *s, struct err *err)
{
	int64_t unused;
	int code = run(&s->reading, "BEGIN", err);

	if (code)
		return code;
	code = ask(&s->reading, "SELECT count(*) FROM sqlite_master", &unused, NULL, err);
	if (code)
		store_snapshot_end(s);
	return code;
}

void store_snapshot_end(struct store *s)
{
	if (!sqlite3_get_autocommit(s->reading.db))
		sqlite3_exec(s->reading.db, "COMMIT", NULL, NULL, NULL);
}
