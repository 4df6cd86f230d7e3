/* The store: migrations, who may open it, the order of what is written, what a killed process leaves, and disks that
 * refuse. */
#include "core/store.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "core/store_private.h"
#include "random.h"
#include "killed.h"
#include "scratch.h"
#include "tap.h"

static const char *const first_schema[] = {"CREATE TABLE t(n INTEGER, v)", NULL};
static const char *const second_schema[] = {
	"CREATE TABLE t(n INTEGER, v)",
	"CREATE TABLE u(k INTEGER PRIMARY KEY, t TEXT NOT NULL); INSERT INTO u VALUES(1, 'new')",
	NULL,
};
static const char *const broken_schema[] = {
	"CREATE TABLE t(n INTEGER, v)",
	"CREATE TABLE u(k); INSERT INTO u VALUES(1); CREATE TABLE t(again)",
	NULL,
};
static const char insert[] = "INSERT INTO t VALUES(?, ?)";

enum { QUEUE = 1 << 20, KILLS = 20, MANY_KILLS = 200, SIZE_LIMIT = 256 * 1024, PAGE = 4096, NOBODY = 65534 };

static struct err err;

static int try_open(const char *path, const char *const *schema, bool writer, struct store **s)
{
	struct store_open how = {path, schema, writer, QUEUE, 20, NULL};

	err.msg[0] = '\0';
	return store_open(&how, s, &err);
}

/* A store that must open. */
static struct store *opened(const char *path, const char *const *schema, bool writer)
{
	struct store *s = NULL;
	int code = try_open(path, schema, writer, &s);

	if (code) {
		printf("Bail out! cannot open %s: %d %s\n", path, code, err.msg);
		exit(1);
	}
	return s;
}

static int take_number(void *context, const struct store_value *columns, size_t count)
{
	*(int64_t *)context = count ? columns[0].number : -1;
	return 0;
}

static int64_t number(struct store *s, const char *sql)
{
	int64_t n = -1;
	int code = store_get(s, sql, NULL, 0, take_number, &n, &err);

	return code ? code : n;
}

static int take_text(void *context, const struct store_value *columns, size_t count)
{
	if (count && columns[0].type == STORE_TEXT)
		snprintf(context, 64, "%s", (const char *)columns[0].bytes);
	return 0;
}

static bool sound(struct store *s)
{
	char text[64] = "";

	return store_get(s, "PRAGMA integrity_check", NULL, 0, take_text, text, &err) == 0 && strcmp(text, "ok") == 0;
}

static void put(struct store *s, int64_t n)
{
	struct store_value params[] = {STORE_INT_OF(n), store_text("a row")};

	store_put(s, insert, params, 2);
}

static bool says(const char *part)
{
	if (strstr(err.msg, part))
		return true;
	printf("# '%s' is not in '%s'\n", part, err.msg);
	return false;
}

/* Attempts that fail one after the other: until one succeeds, or something is lost. */
static int flush_at_last(struct store *s)
{
	int code;

	do
		code = store_flush(s, &err);
	while (code && strstr(err.msg, "is kept and tried again"));
	return code;
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_mode & 07777 : 0;
}

/* ---- schema ---- */

static void test_migrations(void)
{
	struct store *s = opened("m.db", first_schema, true);

	is_int(number(s, "PRAGMA user_version"), 1, "from 0 to 1");
	put(s, 7);
	store_free(s);
	is_int(try_open("m.db", second_schema, false, &s), -EPROTO, "a reader brings nothing up to date");
	ok(says("older"), "and says so");

	is_int(try_open("m.db", broken_schema, true, &s), -EINVAL, "a step that fails");
	s = opened("m.db", first_schema, true);
	is_int(number(s, "SELECT count(*) FROM sqlite_master WHERE name = 'u'"), 0, "leaves nothing behind");
	store_free(s);

	s = opened("m.db", second_schema, true);
	is_int(number(s, "PRAGMA user_version"), 2, "from 1 to 2");
	is_int(number(s, "SELECT n FROM t"), 7, "the rows are kept");
	is_int(number(s, "SELECT k FROM u"), 1, "the second step ran");
	store_free(s);

	s = opened("zero.db", second_schema, true);
	is_int(number(s, "PRAGMA user_version"), 2, "from 0 to 2");
	store_free(s);
	s = opened("zero.db", second_schema, true);
	is_int(number(s, "SELECT count(*) FROM u"), 1, "a step runs once");
	store_free(s);

	is_int(try_open("m.db", first_schema, true, &s), -EPROTO, "a newer version is refused");
	ok(says("newer") && says("m.db"), "with a message");
}

static int read_file(const char *path, char *bytes, size_t size)
{
	FILE *file = fopen(path, "r");
	size_t got = file ? fread(bytes, 1, size, file) : 0;

	if (file)
		fclose(file);
	return (int)got;
}

static void test_foreign(void)
{
	static const char words[] =
		"This is a letter to my aunt, and it is long enough to be longer than a header of a "
		"database, which has one hundred bytes.\n";
	char now[512] = "", page[PAGE];
	struct store *s;
	int fd;

	scratch_file("aunt.db", words, 0600);
	is_int(try_open("aunt.db", first_schema, true, &s), -EUCLEAN, "a text is no database");
	ok(says("aunt.db") && says("move it away"), "the message names it and what to do");
	is_int(read_file("aunt.db", now, sizeof(now) - 1), (int)strlen(words), "its length is the same");
	is_str(now, words, "and so is the text");

	/* Ours, but for the name that it carries: application_id is at byte 68. */
	store_free(opened("other.db", first_schema, true));
	fd = open("other.db", O_RDWR);
	ok(pwrite(fd, "abcd", 4, 68) == 4, "a database of another program");
	close(fd);
	is_int(try_open("other.db", first_schema, true, &s), -EMEDIUMTYPE, "is refused");
	ok(!store_is_ours("other.db") && !store_is_ours("aunt.db") && !store_is_ours("none.db"), "not ours");
	ok(says("another program"), "with a message");

	store_free(opened("bad.db", first_schema, true));
	fd = open("bad.db", O_RDWR);
	memset(page, 0x5a, sizeof(page));
	ok(pwrite(fd, page, PAGE - 100, 100) == PAGE - 100, "a damaged schema");
	close(fd);
	is_int(try_open("bad.db", first_schema, true, &s), -EUCLEAN, "is refused");
	ok(says("bad.db") && says("damaged"), "with a message");
	ok(store_is_ours("bad.db"), "it is ours all the same");

	is_int(try_open("absent/x.db", first_schema, true, &s), -ENOENT, "no such folder");
	ok(says("absent/x.db"), "named");
	is_int(try_open("absent.db", first_schema, false, &s), -ENOENT, "a reader makes no file");
	ok(mkdir("folder", 0700) == 0, "a folder");
	is_int(try_open("folder", first_schema, true, &s), -EINVAL, "is no database");
}

/* Damage that shows only when it is written. */
static void test_damaged_later(void)
{
	struct store *s = opened("later.db", first_schema, true);
	char page[PAGE];
	int fd;

	put(s, 1);
	store_free(s);
	fd = open("later.db", O_RDWR);
	memset(page, 0x5a, sizeof(page));
	ok(pwrite(fd, page, PAGE, PAGE) == PAGE, "the page of the table is damaged");
	close(fd);
	s = opened("later.db", first_schema, true);
	put(s, 2);
	is_int(store_flush(s, &err), -EUCLEAN, "a write into it fails");
	ok(says("1 writes are lost"), "and is not kept");
	is_int(store_flush(s, &err), 0, "said once");
	is_int(number(s, "SELECT count(*) FROM t"), -EUCLEAN, "reading fails");
	store_free(s);
}

/* ---- who opens it ---- */

static void test_two_writers(void)
{
	struct store *s = opened("two.db", first_schema, true), *other = NULL;
	char pid[32];
	int status = -1;
	pid_t child;

	snprintf(pid, sizeof(pid), "(%ld)", (long)getpid());
	fflush(stdout);
	child = fork();
	if (child == 0)
		_exit(try_open("two.db", first_schema, true, &other) == -EBUSY && strstr(err.msg, pid) ? 0 : 1);
	waitpid(child, &status, 0);
	is_int(status, 0, "another process is refused, and told who has it");
	is_int(try_open("two.db", first_schema, true, &other), -EBUSY, "a second writer of this process too");
	store_free(s);
	is_int(try_open("two.db", first_schema, true, &s), 0, "then it is free");
	store_free(s);
	store_free(NULL);
}

static void test_reader_beside(void)
{
	struct store *writer = opened("beside.db", first_schema, true),
		     *reader = opened("beside.db", first_schema, false);

	put(writer, 1);
	is_int(store_flush(writer, &err), 0, "written");
	is_int(number(reader, "SELECT count(*) FROM t"), 1, "the reader sees it");
	is_int(store_snapshot(reader, &err), 0, "a snapshot");
	put(writer, 2);
	is_int(store_flush(writer, &err), 0, "written meanwhile");
	is_int(number(reader, "SELECT count(*) FROM t"), 1, "the snapshot stands still");
	is_int(number(writer, "SELECT count(*) FROM t"), 2, "the other goes on");
	store_snapshot_end(reader);
	is_int(number(reader, "SELECT count(*) FROM t"), 2, "after its end the reader sees all");
	store_snapshot_end(reader);
	put(reader, 3);
	is_int(store_flush(reader, &err), -EROFS, "a reader cannot write");
	is_int(number(reader, "DELETE FROM t"), -EROFS, "nor by reading");
	store_free(reader);
	store_free(writer);
}

static void test_private(void)
{
	mode_t before = umask(0);
	struct store *s = opened("mode.db", first_schema, true);

	put(s, 1);
	store_flush(s, &err);
	is_int(mode_of("mode.db"), 0600, "the file is private");
	is_int(mode_of("mode.db-wal"), 0600, "its log too");
	is_int(mode_of("mode.db-shm"), 0600, "and the index of the log");
	is_int(mode_of("mode.db.lock"), 0600, "and the lock");
	store_free(s);
	chmod("mode.db", 0644);
	umask(0777);
	store_free(opened("mode.db", first_schema, true));
	is_int(mode_of("mode.db"), 0600, "an open one is made private");
	store_free(opened("mask.db", first_schema, true));
	is_int(mode_of("mask.db"), 0600, "a umask that forbids everything");
	umask(before);
}

/* root may write everywhere: be nobody. */
static void test_read_only_folder(void)
{
	struct store *s;
	int status = -1;
	pid_t child;

	store_free(opened(scratch_file("ro/x.db", "", 0666), first_schema, true));
	chmod("ro/x.db", 0444);
	unlink("ro/x.db.lock");
	chmod("ro", 0555);
	chmod(scratch, 0755);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		if (geteuid() == 0 && setuid(NOBODY) < 0)
			_exit(2);
		_exit(try_open("ro/x.db", first_schema, true, &s) == -EACCES && strstr(err.msg, "ro/x.db") ? 0 : 1);
	}
	waitpid(child, &status, 0);
	is_int(status, 0, "a folder that cannot be written");
	chmod("ro", 0755);
	chmod(scratch, 0700);
}

/* ---- writing ---- */

struct sequence {
	int64_t next;
	bool broken;
};

static int take_sequence(void *context, const struct store_value *columns, size_t count)
{
	struct sequence *q = context;

	(void)count;
	q->broken |= columns[0].number != q->next++;
	return 0;
}

/* How many rows there are, if they are 0, 1, 2 ... in this order; else -1. */
static int64_t rows_in_order(struct store *s)
{
	struct sequence q = {0, false};

	if (store_get(s, "SELECT n FROM t ORDER BY rowid", NULL, 0, take_sequence, &q, &err))
		return -1;
	return q.broken ? -1 : q.next;
}

static void test_order(void)
{
	struct store_open small = {"order.db", first_schema, true, 4096, 20, NULL};
	struct store *s = NULL;

	is_int(store_open(&small, &s, &err), 0, "a small queue");
	for (int i = 0; i < 5000; i++)
		put(s, i);
	is_int(store_flush(s, &err), 0, "more than fits");
	is_int(rows_in_order(s), 5000, "all are there, in order");
	for (int i = 5000; i < 5010; i++)
		put(s, i);
	store_free(s);
	s = opened("order.db", first_schema, false);
	is_int(rows_in_order(s), 5010, "the end commits what waits");
	store_free(s);
}

/* Without a flush: the thread commits by itself. */
static void test_commit_in_time(void)
{
	struct store *s = opened("time.db", first_schema, true);
	int64_t until = clock_now().mono_ms + 10000;

	put(s, 0);
	while (number(s, "SELECT count(*) FROM t") != 1 && clock_now().mono_ms < until)
		usleep(1000);
	is_int(number(s, "SELECT count(*) FROM t"), 1, "committed by itself");
	store_free(s);
}

static int take_types(void *context, const struct store_value *c, size_t count)
{
	*(bool *)context = count == 8 && c[0].type == STORE_NULL && c[1].type == STORE_INT &&
			   c[1].number == INT64_MIN && c[2].type == STORE_REAL && c[2].real == 0.1 &&
			   c[3].type == STORE_TEXT && c[3].len == 4 && memcmp(c[3].bytes, "\xf0\x9f\x90\x9d", 4) == 0 &&
			   c[4].type == STORE_BLOB && c[4].len == 3 && memcmp(c[4].bytes, "a\0b", 3) == 0 &&
			   c[5].type == STORE_TEXT && c[5].len == 0 && c[6].type == STORE_BLOB && c[6].len == 0 &&
			   c[7].type == STORE_NULL;
	return 0;
}

static int take_seven(void *context, const struct store_value *c, size_t count)
{
	(void)c, (void)count;
	++*(int *)context;
	return 7;
}

static void test_types(void)
{
	static const char *const schema[] = {"CREATE TABLE a(a, b, c, d, e, f, g, h)", NULL};
	struct store *s = opened("types.db", schema, true);
	char bytes[3] = {'a', '\0', 'b'};
	struct store_value v[8] = {{.type = STORE_NULL}, STORE_INT_OF(INT64_MIN), STORE_REAL_OF(0.1),
				   store_text("\xf0\x9f\x90\x9d"), store_blob(bytes, 3), store_text(""),
				   store_blob(NULL, 0), store_text(NULL)};
	bool same = false;
	int calls = 0;

	store_put(s, "INSERT INTO a VALUES(?, ?, ?, ?, ?, ?, ?, ?)", v, 8);
	memset(bytes, 'x', sizeof(bytes));
	is_int(store_flush(s, &err), 0, "every type is written");
	is_int(store_get(s, "SELECT * FROM a", NULL, 0, take_types, &same, &err), 0, "and read");
	ok(same, "the same");
	is_int(store_get(s, "SELECT 1 UNION ALL SELECT 2", NULL, 0, take_seven, &calls, &err), 7, "a taker ends it");
	is_int(calls, 1, "at the first row");
	is_int(store_get(s, "SELECT 1 FROM a WHERE b = ?", &v[1], 1, take_seven, &calls, &err), 7, "with a parameter");
	is_int(store_get(s, "SELECT nothing", NULL, 0, take_seven, &calls, &err), -EINVAL, "no such column");
	ok(says("SELECT nothing"), "the message has the statement");
	store_free(s);
}

/* A write of a blob, a number and a NULL. */
enum { FULL = QUEUE - sizeof(struct store_queued) - 2 * STORE_NUMBER - 1 };

static int put_blob(struct store *s, const char *bytes, size_t len)
{
	struct store_value v[] = {STORE_INT_OF(0), store_blob(bytes, len), {.type = STORE_NULL}};

	store_put(s, "INSERT INTO t SELECT ?1, coalesce(?3, ?2)", v, 3);
	return store_flush(s, &err);
}

static void test_limits(void)
{
	static const char many[] = "INSERT INTO t SELECT max(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,"
				   "?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?), 0";
	struct store *s = opened("limits.db", first_schema, true);
	struct store_value v[STORE_PARAMS + 1];
	char columns[512] = "SELECT 0";
	static char large[QUEUE];
	int64_t n;

	for (int i = 0; i <= STORE_PARAMS; i++)
		v[i] = STORE_INT_OF(i);
	store_put(s, many, v, STORE_PARAMS);
	is_int(store_flush(s, &err), 0, "as many parameters as may be");
	is_int(number(s, "SELECT n FROM t"), STORE_PARAMS - 1, "are bound");
	store_put(s, many, v, STORE_PARAMS + 1);
	is_int(store_flush(s, &err), -E2BIG, "one more is refused");
	v[0] = store_blob(large, sizeof(large));
	store_put(s, "INSERT INTO t VALUES(0, ?)", v, 1);
	is_int(store_flush(s, &err), -EMSGSIZE, "larger than the queue");
	is_int(put_blob(s, large, FULL), 0, "as large as the queue");
	is_int(number(s, "SELECT length(v) FROM t WHERE n = 0"), FULL, "is whole");
	is_int(put_blob(s, large, FULL + 1), -EMSGSIZE, "a byte more is too large");
	for (int i = 0; i < STORE_COLUMNS; i++)
		strncat(columns, ",0", sizeof(columns) - strlen(columns) - 1);
	is_int(store_get(s, columns, NULL, 0, take_number, &n, &err), -E2BIG, "too many columns");
	store_free(s);
}

/* A statement that is refused takes nothing with it. */
static void test_refused(void)
{
	struct store *s = opened("refused.db", second_schema, true);
	struct store_value null = {.type = STORE_NULL};

	put(s, 0);
	store_put(s, "INSERT INTO u VALUES(9, ?)", &null, 1);
	store_put(s, "INSERT INTO nowhere VALUES(1)", NULL, 0);
	store_put(s, "INSERT INTO t VALUES(1, ?)", NULL, 0);
	store_put(s, "DELETE FROM t; DELETE FROM u", NULL, 0);
	put(s, 1);
	is_int(store_flush(s, &err), -EINVAL, "a constraint");
	ok(says("NOT NULL"), "the first failure is told");
	is_int(store_flush(s, &err), 0, "once");
	is_int(rows_in_order(s), 2, "the others are written");
	store_put(s, "ROLLBACK", NULL, 0);
	is_int(store_flush(s, &err), -EINVAL, "a statement that ends the transaction");
	put(s, 2);
	is_int(store_flush(s, &err), 0, "harms only its batch");
	is_int(rows_in_order(s), 3, "all are there");
	store_free(s);
}

/* ---- what goes wrong ---- */

/* Says how many rows are committed, again and again. */
static void write_until_killed(int committed)
{
	struct store *s = opened("killed.db", first_schema, true);
	int64_t n = number(s, "SELECT count(*) FROM t");

	for (;;) {
		killed_say(committed, n);
		for (int i = 0; i < 500; i++)
			put(s, n++);
		if (store_flush(s, &err))
			_exit(1);
	}
}

static void test_killed(void)
{
	struct random random = {2026};
	int64_t before = 0;
	int good = 0, grown = 0, kills = 0;

	store_free(opened("killed.db", first_schema, true));
	/* On a busy machine it may take more of them until one comes within writing. */
	for (; kills < KILLS || (!grown && kills < MANY_KILLS); kills++) {
		int64_t said = killed_at_work(&random, write_until_killed), rows;
		struct store *s = opened("killed.db", first_schema, true);

		rows = rows_in_order(s);
		if (sound(s) && said >= before && rows >= said)
			good++;
		else
			printf("# kill %d: %lld rows, %lld were committed\n", kills, (long long)rows, (long long)said);
		grown += rows > before;
		before = rows;
		store_free(s);
	}
	is_int(good, kills,
	       "killed at any moment: sound, and a beginning of what was written, with all that was flushed");
	ok(grown > 0, "killed %d times within writing", grown);
}

static void set_limit(rlim_t bytes)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = bytes == RLIM_INFINITY ? limit.rlim_max : bytes;
	setrlimit(RLIMIT_FSIZE, &limit);
}

/* A file that may not grow stands for a full disk. */
static void test_full(void)
{
	struct store *s = opened("full.db", first_schema, true);
	static char large[SIZE_LIMIT];
	struct store_value v[] = {STORE_INT_OF(0), store_blob(large, sizeof(large))};
	int64_t start;
	int code;

	set_limit(SIZE_LIMIT);
	store_put(s, insert, v, 2);
	put(s, 1);
	code = store_flush(s, &err);
	ok(code == -EIO || code == -ENOSPC, "a full disk is told");
	ok(says("full.db") && says("kept"), "with what becomes of it");
	put(s, 2);
	start = clock_now().mono_ms;
	ok(store_flush(s, &err) < 0, "and told again, as long as it lasts");
	ok(clock_now().mono_ms - start < 20000, "without waiting for better times");
	set_limit(RLIM_INFINITY);
	ok(flush_at_last(s) == 0 || says("nothing was lost"), "then it is written");
	is_int(rows_in_order(s), 3, "nothing was lost");
	is_int(store_flush(s, &err), 0, "and all is well");

	set_limit(SIZE_LIMIT);
	start = clock_now().mono_ms;
	for (int i = 0; i < 8; i++)
		store_put(s, insert, v, 2);
	ok(clock_now().mono_ms - start < 20000, "a full queue on a full disk does not stand still");
	set_limit(RLIM_INFINITY);
	ok(flush_at_last(s) < 0 && says("lost"), "what was given up is told");
	ok(sound(s), "the database is sound");
	store_free(s);
}

/* Another program that writes: a lock on the byte where SQLite locks its log (walformat.html, WAL_WRITE_LOCK). */
static void test_locked(void)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 120, .l_len = 1};
	struct store *s = opened("locked.db", first_schema, true);
	int locked[2], done[2], status = -1;
	char byte = 0;
	pid_t child;

	put(s, 0);
	store_flush(s, &err);
	ok(pipe(locked) == 0 && pipe(done) == 0, "pipes");
	fflush(stdout);
	child = fork();
	if (child == 0) {
		int fd = open("locked.db-shm", O_RDWR);

		close(done[1]);
		if (fcntl(fd, F_SETLK, &lock) < 0 || write(locked[1], "", 1) != 1)
			_exit(1);
		_exit(read(done[0], &byte, 1) < 0);
	}
	ok(read(locked[0], &byte, 1) == 1, "another program writes");
	put(s, 1);
	is_int(store_flush(s, &err), -EBUSY, "it is told");
	ok(says("another program") && says("kept"), "with what becomes of it");
	is_int(number(s, "SELECT count(*) FROM t"), 1, "reading goes on");
	close(done[1]);
	waitpid(child, &status, 0);
	is_int(status, 0, "the other has gone");
	store_free(s);
	s = opened("locked.db", first_schema, false);
	is_int(rows_in_order(s), 2, "then it is written");
	store_free(s);
}

static int signals;

static void count_signal(int signal)
{
	(void)signal;
	signals++;
}

/* With the signal blocked here, only the thread could take it: it stays pending. */
static void test_signals(void)
{
	struct sigaction action = {.sa_handler = count_signal};
	struct store *s;
	sigset_t usr1, pending;

	sigaction(SIGUSR1, &action, NULL);
	s = opened("signals.db", first_schema, true);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &usr1, NULL);
	kill(getpid(), SIGUSR1);
	put(s, 0);
	is_int(store_flush(s, &err), 0, "the thread works");
	sigpending(&pending);
	ok(signals == 0 && sigismember(&pending, SIGUSR1) == 1, "and leaves signals to others");
	pthread_sigmask(SIG_UNBLOCK, &usr1, NULL);
	store_free(s);
}

int main(void)
{
	scratch_init();
	test_migrations();
	test_foreign();
	test_damaged_later();
	test_two_writers();
	test_reader_beside();
	test_private();
	test_read_only_folder();
	test_order();
	test_commit_in_time();
	test_types();
	test_limits();
	test_refused();
	test_killed();
	test_full();
	test_locked();
	test_signals();
	return tap_done();
}
