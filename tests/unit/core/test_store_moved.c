/* core/store_leave.c, store_lock.c: a file that is moved, linked, removed or replaced, open and closed, and its log. */
#include "core/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scratch.h"
#include "tap.h"

static const char *const schema[] = {"CREATE TABLE t(n INTEGER)", NULL};
static struct err err;

static int try_open(const char *path, bool writer, struct store **s)
{
	struct store_open how = {path, schema, writer, 1 << 20, 10, NULL};

	err.msg[0] = '\0';
	return store_open(&how, s, &err);
}

static struct store *opened(const char *path, bool writer)
{
	struct store *s = NULL;

	if (!ok(try_open(path, writer, &s) == 0, "%s opens%s: %s", path, writer ? " for writing" : "", err.msg))
		exit(1);
	return s;
}

static void put(struct store *s, int64_t n)
{
	store_put(s, "INSERT INTO t VALUES(?)", &STORE_INT_OF(n), 1);
	ok(store_flush(s, &err) == 0, "%d is committed", (int)n);
}

static int take_number(void *context, const struct store_value *columns, size_t count)
{
	*(int64_t *)context = count ? columns[0].number : -1;
	return 0;
}

static int64_t sum(struct store *s)
{
	int64_t n = -1;

	store_get(s, "SELECT coalesce(sum(n), 0) FROM t", NULL, 0, take_number, &n, &err);
	return n;
}

static int64_t sum_in(const char *path)
{
	struct store *s = opened(path, true);
	int64_t n = sum(s);

	store_free(s);
	return n;
}

/* Of the one file whose name begins so; "" = there is none. */
static const char *found(const char *start)
{
	static char name[NAME_MAX + 1];
	DIR *dir = opendir(".");
	struct dirent *one;

	name[0] = '\0';
	while (dir && (one = readdir(dir)))
		if (strncmp(one->d_name, start, strlen(start)) == 0)
			snprintf(name, sizeof(name), "%s", one->d_name);
	closedir(dir);
	return name;
}

static bool is_there(const char *name)
{
	return access(name, F_OK) == 0;
}

/* By another process, which is killed: the log stays. */
static void write_and_die(const char *path, int64_t n)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		struct store *s;

		if (try_open(path, true, &s))
			_exit(1);
		store_put(s, "INSERT INTO t VALUES(?)", &STORE_INT_OF(n), 1);
		_exit(store_flush(s, &err) ? 1 : 0);
	}
	waitpid(child, &status, 0);
	ok(status == 0 && is_there(path), "%s is written, and its writer killed", path);
}

/* What another process is told that wants to write. */
static int code_elsewhere(const char *path)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		struct store *s;

		_exit(-try_open(path, true, &s));
	}
	waitpid(child, &status, 0);
	return -WEXITSTATUS(status);
}

/* ---- open, and moved ---- */

static void test_moved(void)
{
	struct store *s = opened("a.db", true);
	struct stat st;

	put(s, 1);
	ok(rename("a.db", "b.db") == 0, "the file alone is moved");
	put(s, 2);
	store_free(s);
	ok(!is_there("a.db-wal") && !is_there("a.db-shm"), "its log is not left behind");
	ok(stat("b.db-wal", &st) < 0 || !st.st_size, "nor has it one");
	is_int(sum_in("b.db"), 3, "all is in it");
}

static void test_linked_while_read(void)
{
	struct store *s = opened("c.db", true), *reader;

	put(s, 1);
	reader = opened("c.db", false);
	store_snapshot(reader, &err);
	put(s, 2);
	ok(rename("c.db", "d.db") == 0 && symlink("d.db", "c.db") == 0, "a link takes its place, while somebody reads");
	put(s, 4);
	store_free(s);
	ok(!is_there("c.db-wal") && is_there("d.db-wal"), "its log goes with it");
	is_int(sum(reader), 1, "who reads still reads what was");
	s = opened("c.db", true);
	is_int(sum(s), 7, "all is in it");
	put(s, 8);
	is_int(sum(reader), 1, "also while it is written again");
	store_snapshot_end(reader);
	is_int(sum(reader), 15, "and then what is");
	store_free(reader);
	store_free(s);
	ok(!is_there("d.db-wal"), "the last one closes it");
	is_int(sum_in("d.db"), 15, "whole");
}

/* Its log could not be put back if it were given to the next file there. */
static void test_removed(void)
{
	struct store *s = opened("e.db", true);
	struct err left = {""};
	char log[NAME_MAX + 1];

	put(s, 1);
	ok(unlink("e.db") == 0, "the file alone is removed");
	store_free_within(s, 10000, &left);
	ok(strstr(left.msg, "e.db.lost-"), "its log is kept: %s", left.msg);
	snprintf(log, sizeof(log), "%s", found("e.db.lost-"));
	ok(*log && !is_there("e.db-wal") && !is_there("e.db-shm"), "under another name");
	is_int(sum_in("e.db"), 0, "the next one there is empty");
}

/* Whoever frees it, and asks for no words. */
static void test_says_what_is_left(void)
{
	struct store *s = opened("said.db", true);
	int before = dup(STDERR_FILENO), file = open("words", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	char words[1024] = "";

	put(s, 1);
	ok(unlink("said.db") == 0, "a file is removed");
	dup2(file, STDERR_FILENO);
	store_free(s);
	dup2(before, STDERR_FILENO);
	ok(pread(file, words, sizeof(words) - 1, 0) > 0 && strstr(words, "said.db.lost-"),
	   "what is left of it is told: %s", words);
	close(file);
	close(before);
}

static void test_long_path(void)
{
	char path[3 * 91 + sizeof("long.db")] = "";
	struct store *s;
	struct err left = {""};

	for (int i = 0; i < 3; i++) {
		snprintf(path + strlen(path), sizeof(path) - strlen(path), "%090d/", i);
		mkdir(path, 0700);
	}
	snprintf(path + strlen(path), sizeof(path) - strlen(path), "long.db");
	s = opened(path, true);
	put(s, 1);
	ok(unlink(path) == 0, "a file far down is removed");
	store_free_within(s, 10000, &left);
	ok(strstr(left.msg, "long.db.lost-") && strstr(left.msg, "-wal: ") && strstr(left.msg, "with -wal behind"),
	   "where its log is, and what to do, is told whole: %s", left.msg);
}

/* ---- closed, and moved ---- */

static void test_log_alone(void)
{
	struct store *s;
	struct err left;

	write_and_die("f.db", 1);
	ok(rename("f.db", "g.db") == 0 && is_there("f.db-wal"), "the file alone is moved");
	s = opened("f.db", true);
	store_take_left(s, &left);
	ok(strstr(left.msg, "f.db.lost-"), "a new one is begun, and the log is kept: %s", left.msg);
	store_take_left(s, &left);
	is_str(left.msg, "", "which is told once");
	put(s, 2);
	store_free(s);
	ok(rename(found("f.db.lost-"), "g.db-wal") == 0, "with its right name ...");
	is_int(sum_in("g.db"), 1, "... all is in the old one");
	is_int(sum_in("f.db"), 2, "and in the new one what it was given");
}

static void test_log_of_an_empty_file(void)
{
	write_and_die("h.db", 1);
	ok(rename("h.db", "i.db") == 0 && close(creat("h.db", 0600)) == 0, "an empty file takes its place");
	is_int(sum_in("h.db"), 0, "which is a new one");
	ok(rename(found("h.db.lost-"), "i.db-wal") == 0, "the log is kept ...");
	is_int(sum_in("i.db"), 1, "... and belongs to the old one");
}

static void test_foreign_file(void)
{
	static const char *const other[] = {"CREATE TABLE t(n INTEGER); PRAGMA application_id = 7", NULL};
	struct store_open how = {"foreign.db", other, true, 1 << 20, 10, NULL};
	struct store *s;
	char before[4096], after[4096];
	int fd;

	is_int(store_open(&how, &s, &err), 0, "a database of another program");
	store_free(s);
	fd = open("foreign.db", O_RDWR);
	ok(pwrite(fd, "\0\0\0\7", 4, 68) == 4 && pread(fd, before, sizeof(before), 0) == (ssize_t)sizeof(before),
	   "is made");
	close(fd);
	write_and_die("j.db", 1);
	ok(rename("j.db", "k.db") == 0 && rename("foreign.db", "j.db") == 0, "takes the place of ours, beside its log");
	is_int(try_open("j.db", true, &s), -EMEDIUMTYPE, "and is refused: %s", err.msg);
	fd = open("j.db", O_RDONLY);
	ok(pread(fd, after, sizeof(after), 0) == (ssize_t)sizeof(after) && memcmp(before, after, sizeof(before)) == 0,
	   "as it was");
	close(fd);
	ok(rename("j.db-wal", "k.db-wal") == 0, "the log is there");
	is_int(sum_in("k.db"), 1, "for the file that it belongs to");
}

/* ---- one writer ---- */

static void test_one_writer(void)
{
	struct store *s = opened("m.db", true);

	put(s, 1);
	is_int(code_elsewhere("m.db"), -EBUSY, "a second writer is refused");
	ok(link("m.db", "hard.db") == 0, "by a hard link ...");
	is_int(code_elsewhere("hard.db"), -EBUSY, "... too");
	is_int(store_lock_look("hard.db"), STORE_LOCK_OTHERS, "since another one writes it");
	is_int(store_lock_look("nobody.db"), STORE_LOCK_FREE, "as nobody does elsewhere");
	ok(unlink("hard.db") == 0 && rename("m.db", "n.db") == 0, "by a new name ...");
	is_int(code_elsewhere("n.db"), -EBUSY, "... too");
	put(s, 2);
	store_free(s);
	is_int(sum_in("n.db"), 3, "until the first one has closed it");
}

/* Who closes it last may be one who cannot put the log into it. */
static void test_reader_closes_last(void)
{
	struct store *s = opened("o.db", true), *reader;

	put(s, 1);
	reader = opened("o.db", false);
	is_int(sum(reader), 1, "somebody reads");
	store_free(s);
	store_free(reader);
	ok(rename("o.db", "p.db") == 0, "the file alone is moved, when both have ended");
	is_int(sum_in("p.db"), 1, "all is in it");
}

int main(void)
{
	scratch_init();
	test_moved();
	test_linked_while_read();
	test_removed();
	test_says_what_is_left();
	test_long_path();
	test_log_alone();
	test_log_of_an_empty_file();
	test_foreign_file();
	test_one_writer();
	test_reader_closes_last();
	return tap_done();
}
