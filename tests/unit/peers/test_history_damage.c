/* peers/history_open.c: a history that is damaged, on a disk that is slow. */
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "scratch.h"
#include "tap.h"
#include "unit/peers/historied.h"

/* ---- a disk that takes its time ---- */

static atomic_int sync_ms;

static int sync_slowly(long which, int fd)
{
	int ms = sync_ms;

	nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
	return (int)syscall(which, fd);
}

/* Those that SQLite calls. */
int fsync(int fd)
{
	return sync_slowly(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	return sync_slowly(SYS_fdatasync, fd);
}

/* ---- a disk that does not give what is on it ---- */

static _Atomic(int64_t) unread; /* from this offset on; 0 = all can be read */

/* The one that SQLite calls. */
ssize_t pread(int fd, void *bytes, size_t size, off_t at)
{
	struct iovec iov = {bytes, size};

	if (!unread || at < unread)
		return preadv(fd, &iov, 1, at);
	errno = EIO;
	return -1;
}

/* ---- histories ---- */

static void copy(const char *from, const char *to)
{
	char bytes[4096];
	FILE *in = fopen(from, "r"), *out = fopen(to, "w");
	size_t count;

	ok(in && out, "%s becomes %s", from, to);
	while (in && out && (count = fread(bytes, 1, sizeof(bytes), in)) > 0)
		fwrite(bytes, 1, count, out);
	if (in)
		fclose(in);
	if (out)
		fclose(out);
}

/* A page that nothing needs that is not looked for. */
static void damage_little(const char *path, const char *whole)
{
	int64_t page = in_file(whole, "SELECT rootpage FROM sqlite_schema WHERE name = 'quarters'");
	char bytes[4096];
	int fd = open(path, O_RDWR);

	memset(bytes, 0x5a, sizeof(bytes));
	ok(page > 1 && pwrite(fd, bytes, sizeof(bytes), (page - 1) * 4096) == sizeof(bytes), "a page is damaged");
	close(fd);
}

static void one_peer(struct world *w)
{
	answer_of(w);
	add_peer(&w->answer, IP4(5, 9, 1, 1), CLIENT_NONE);
}

/* As a monitor leaves it that is killed: with a log. */
static void make_killed(const char *path, const char *log)
{
	struct world w;

	world_init(&w, "whole.db");
	world_open(&w);
	one_peer(&w);
	poll_times(&w, 40);
	world_close(&w);
	world_open(&w);
	poll_times(&w, 3);
	saved(&w);
	copy("whole.db", path);
	copy("whole.db-wal", log);
	world_done(&w);
}

static void test_slow_disk(void)
{
	struct world w;

	make_killed("killed.db", "killed.db-wal");
	damage_little("killed.db", "whole.db");
	sync_ms = 1500;
	world_init(&w, "killed.db");
	world_open(&w);
	is_int(history_state(w.history), HISTORY_RECORDS, "it is damaged, and the disk is slow: a new one is begun");
	is_told(&w, true, "killed.db.corrupt-");
	is_int(count_names("killed.db.corrupt-"), 1, "the old one is there");
	sync_ms = 0;
	one_peer(&w);
	poll_times(&w, 3);
	world_done(&w);
	is_int(in_file("killed.db", "SELECT sum(polls) FROM observed"), 3, "and it is recorded");
}

/* A cable that is loose for a while. */
static void test_unread(void)
{
	struct world w;

	world_init(&w, "unread.db");
	world_open(&w);
	one_peer(&w);
	poll_times(&w, 40);
	world_close(&w);
	unread = (in_file("unread.db", "SELECT rootpage FROM sqlite_schema WHERE name = 'quarters'") - 1) * 4096;
	world_open(&w);
	is_int(history_state(w.history), HISTORY_WAITS, "what cannot be read is waited for");
	is_told(&w, true, "unread.db cannot be read: look after the disk; what is seen is kept in memory");
	is_int(count_names("unread.db.corrupt-"), 0, "it is not damaged");
	poll_times(&w, 3);
	unread = 0;
	poll_times(&w, 30);
	is_int(history_state(w.history), HISTORY_RECORDS, "and recorded when it can be");
	world_done(&w);
	is_int(in_file("unread.db", "SELECT sum(polls) FROM observed"), 73, "nothing is lost");
}

/* As long as a slow disk closes what this process has left. */
static void test_own_lock(void)
{
	struct world w, again;

	world_init(&w, "own.db");
	world_open(&w);
	world_init(&again, "own.db");
	world_open(&again);
	is_int(history_state(again.history), HISTORY_WAITS, "what this process itself has open is waited for");
	is_told(&again, true, "is still being closed; what is seen is kept in memory");
	one_peer(&again);
	poll_times(&again, 2);
	world_done(&w);
	poll_times(&again, 1);
	is_int(history_state(again.history), HISTORY_RECORDS, "for no longer than that lasts");
	world_done(&again);
	is_int(in_file("own.db", "SELECT sum(polls) FROM observed"), 3, "and nothing is lost");
}

/* Another monitor has it, and it cannot be read. */
static void test_unknown(void)
{
	struct store *other = NULL;
	struct store_open how = {"unknown.db", history_migrations, true, 1 << 20, 1, NULL};
	struct err told;
	unsigned count = 0;
	struct world w;
	bool bad;

	is_int(store_open(&how, &other, &err), 0, "another monitor");
	store_put(other, "DROP TABLE totals", NULL, 0);
	is_int(store_flush(other, &err), 0, "whose file is not whole");
	ok(truncate("unknown.db.lock", 0) == 0, "in another process");
	world_init(&w, "unknown.db");
	world_open(&w);
	one_peer(&w);
	poll_times(&w, 40);
	while (history_trouble(w.history, &bad, &told))
		count += strstr(told.msg, "the numbers of all time are unknown") != NULL;
	is_int(count, 1, "that its numbers are unknown is told once");
	is_int(history_state(w.history), HISTORY_OTHER, "however often it is tried");
	world_done(&w);
	store_free(other);
}

int main(void)
{
	scratch_init();
	setenv("TZ", "UTC", 1);
	test_slow_disk();
	test_unread();
	test_own_lock();
	test_unknown();
	return tap_done();
}
