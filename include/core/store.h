/* SQLite behind a bounded queue: a writer thread commits in batches, so that a disk that takes minutes never stops the
 * loop. The only door to sqlite3. It does not know what is stored. */
#ifndef CORE_STORE_H
#define CORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct store;

enum store_type { STORE_NULL, STORE_INT, STORE_REAL, STORE_TEXT, STORE_BLOB };

struct store_value {
	enum store_type type;
	int64_t number;
	double real;
	const void *bytes; /* TEXT, BLOB; copied when it is given, valid during the row when it is read */
	size_t len;
};

enum { STORE_PARAMS = 32, STORE_COLUMNS = 48 };

/* A step of the schema: SQL that leads from version i to i+1; kept in user_version, each in a transaction of its own.
 * A store of a newer version is refused with a message. A step runs without foreign keys (it may rebuild a table), and
 * has no BEGIN or COMMIT of its own. */
struct store_open {
	const char *path;
	const char *const *migrations; /* NULL-terminated */
	/* Takes the lock, <path>.lock and one of the file itself: -EBUSY when another process has it, by whichever
	 * name. Without it nothing is written: -EPROTO when
	 * the schema is older or newer than the migrations, -ENOENT when there is no file, -ENODATA when
	 * it is empty. */
	bool writer;
	size_t queue_max;    /* bytes of waiting writes; store_put() waits when it is full */
	uint32_t commit_ms;  /* a batch is committed so long after its first write */
	const char *writers; /* for messages: what writes such files, as it is typed; NULL = "`swarmtop`" */
};

/* WAL, foreign keys, busy timeout; files 0600. 0 or -errno with a message: -EUCLEAN for a damaged file or no database
 * at all, -EMEDIUMTYPE for one of another program: they are left as they are. A process with a writer ignores SIGXFSZ.
 * Not to be used across fork(). */
int store_open(const struct store_open *how, struct store **store, struct err *err);
/* Descriptors: <path>.lock, and a socket with the file's number for its name; -1 = none. */
struct store_lock {
	int name, file;
};
#define STORE_UNLOCKED ((struct store_lock){-1, -1})
/* Takes the writer's lock alone, for what cannot be opened. 0 or -errno with a message: -EBUSY. */
int store_lock(struct store_lock *lock, const char *path, struct err *err);
void store_unlock(struct store_lock *lock);
/* Who has it, looked at from outside: SQLite's own locks fail alike, and they are worth waiting for. */
enum store_lock_state { STORE_LOCK_FREE, STORE_LOCK_OURS, STORE_LOCK_OTHERS };
enum store_lock_state store_lock_look(const char *path);
/* Where the file really is, or will be when it is made: at the end of symbolic links, so that by whichever name there
 * is one lock, and the file itself is removed. store_open() and store_lock() do so themselves. `real`: PATH_MAX. */
void store_resolve(const char *path, char *real);
/* Whether the file says in its header that it is a store of swarmtop, sound or damaged. */
bool store_is_ours(const char *path);
/* Whether the disk gives all of the file and its log, whatever is in them: false is an error of reading. Takes as long
 * as that takes. */
bool store_can_be_read(const char *path);
/* What the opening has to say, once: a log without its file, which was given another name. "" = nothing. */
void store_take_left(struct store *s, struct err *left);
/* Reads the file alone, without its log, which cannot be opened on a file system that nobody can write to, or that is
 * full. `behind`: the log is not empty, and what it holds is missing. 0 or -errno with a message; -EROFS: others may
 * write to it meanwhile. */
int store_open_without_log(const struct store_open *how, struct store **store, bool *behind, struct err *err);
/* Commits what waits, ends the writer, closes; after 10 s it gives up what is not written. What has to be said then, or
 * was not taken by store_take_left(), is logged. NULL is accepted. */
void store_free(struct store *s);
/* The same with another time. A close that takes longer goes on, on a thread that has the lock meanwhile.
 * A file that was moved takes its log along, by whichever of these, and all that was committed is written into it. That
 * of one which was removed, or cannot take it, is kept under another name, and `left` (may be NULL) says so; or which
 * writes are lost that nobody was told of; else it is untouched. */
void store_free_within(struct store *s, int64_t ms, struct err *left);
/* Gives up what waits, and waits for the close for as long as that takes. */
void store_close(struct store *s);

/* From now on what a damaged file does not take is kept, and nothing is written to it any more: until another one takes
 * it, from the thread that has opened that one. */
void store_keep_rest(struct store *s);
/* How many writes are kept. */
uint64_t store_rest_of(struct store *s);
struct store_rest;
/* As store_close(), but what was kept is returned, owned; NULL = nothing was. */
struct store_rest *store_close_to_rest(struct store *s, struct err *left);
/* Queues it, and frees it. Both may be NULL. */
void store_put_rest(struct store *s, struct store_rest *rest);
/* How many writes it is; NULL is none. */
uint64_t store_rest_count(const struct store_rest *rest);
void store_rest_free(struct store_rest *rest);

#define STORE_INT_OF(n) ((struct store_value){.type = STORE_INT, .number = (n)})
#define STORE_REAL_OF(n) ((struct store_value){.type = STORE_REAL, .real = (n)})
struct store_value store_text(const char *text); /* NULL = NULL */
struct store_value store_blob(const void *bytes, size_t len);

/* Queues a statement; `sql` must be a constant: prepared once. What is refused (too many parameters, larger than the
 * queue, a constraint) is left out alone and told by store_flush(). When the disk is full, or the file locked or
 * unwritable, the writes are kept and tried again, until the queue is full too: then the oldest are lost. */
void store_put(struct store *s, const char *sql, const struct store_value *params, size_t count);
/* Waits until all that was queued is committed, or an attempt to do so has failed. 0, or -errno with the message of the
 * first failure since the last call, which says whether the writes are kept, written by now, or lost. */
int store_flush(struct store *s, struct err *err);
/* The same for at most so long: -ETIMEDOUT when the disk does not answer; what waits is kept. */
int store_flush_within(struct store *s, int64_t ms, struct err *err);
/* The same, but an attempt that failed does not end the wait: 0 = all is committed, by whichever attempt. */
int store_flush_patiently(struct store *s, int64_t ms, struct err *err);
/* Asks for a commit now, and returns at once: whether all that was queued is committed. */
bool store_settled(struct store *s);

/* Writes all that is committed into the file itself, so that nothing older is left in it or in its log. 0; -EBUSY with
 * a message: another program is reading; or -errno. Waits for the disk. */
int store_settle_log(struct store *s, struct err *err);

/* Reads on a connection of the caller's thread (always the same one): what is committed. take() gets each row and
 * returns 0 to go on, else that is returned. 0 or -errno with a message. */
int store_get(struct store *s, const char *sql, const struct store_value *params, size_t count,
	      int (*take)(void *context, const struct store_value *columns, size_t column_count), void *context,
	      struct err *err);
/* A consistent view for several store_get(): between the two nothing changes. */
int store_snapshot(struct store *s, struct err *err);
void store_snapshot_end(struct store *s);

#endif
