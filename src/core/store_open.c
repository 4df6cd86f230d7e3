/* Opening a store: files that nobody else reads, whose they are, and the schema step by step. It does not know what is
 * in it. */
#include "core/store_private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/str.h"

enum { APPLICATION_ID = 0x73776d74 /* "swmt" */, LINKS = 40 };

/* A link that leads nowhere yet: one step of it. */
static bool follow(char *path)
{
	char target[PATH_MAX], next[2 * PATH_MAX];
	ssize_t len = readlink(path, target, sizeof(target) - 1);
	const char *slash = strrchr(path, '/');

	if (len <= 0)
		return false;
	target[len] = '\0';
	snprintf(next, sizeof(next), "%.*s%s", slash && *target != '/' ? (int)(slash + 1 - path) : 0, path, target);
	return str_copy(path, PATH_MAX, next);
}

void store_resolve(const char *path, char *real)
{
	char *found = NULL;

	str_copy(real, PATH_MAX, path);
	for (int i = 0; i < LINKS && !found; i++) {
		found = realpath(real, NULL);
		if (!found && !follow(real))
			return;
	}
	if (found)
		str_copy(real, PATH_MAX, found);
	free(found);
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

/* The first page of a file, as the file format of SQLite has it (sections 1.3 and 1.6): the magic string, user_version
 * at byte 60, application_id at byte 68 and the number of cells at byte 103, big-endian. */
enum { HEAD = 108 };

static bool is_sqlite(const uint8_t *head)
{
	static const char magic[] = "SQLite format 3";

	return memcmp(head, magic, sizeof(magic)) == 0;
}

static bool has_our_id(const uint8_t *head)
{
	return ((uint32_t)head[68] << 24 | (uint32_t)head[69] << 16 | (uint32_t)head[70] << 8 | head[71]) ==
	       APPLICATION_ID;
}

/* No version, no id and no table yet. */
static bool is_new(const uint8_t *head)
{
	static const uint8_t zero[16];

	return memcmp(head + 60, zero, 4) == 0 && memcmp(head + 68, zero, 4) == 0 && memcmp(head + 103, zero, 2) == 0;
}

bool store_is_ours(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	uint8_t head[HEAD];
	bool read_it = fd >= 0 && pread(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head);

	if (fd >= 0)
		close(fd);
	return read_it && is_sqlite(head) && has_our_id(head);
}

bool store_can_be_read(const char *path)
{
	static const char *const ends[] = {"", "-wal"};
	char name[PATH_MAX + 8], bytes[1 << 14];
	ssize_t got = 0;

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends) && got == 0; i++) {
		int fd;

		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (fd < 0)
			continue;
		for (off_t at = 0; (got = pread(fd, bytes, sizeof(bytes), at)) > 0;)
			at += got;
		close(fd);
	}
	return got == 0;
}

static int refuse_foreign(const char *path, struct err *err)
{
	return err_set(err, -EMEDIUMTYPE,
		       "%s is a database of another program and was left as it is: name another file", path);
}

/* SQLite reads a file through the log beside it, whichever file that was the log of: the file itself must be ours. By
 * SQLite's own descriptor: to close another one would be to lose the locks of a reader of this process. */
static int check_beside_log(const struct store *s, struct err *err)
{
	sqlite3_file *file = NULL;
	uint8_t head[HEAD];

	if (!store_has_log(s->path) ||
	    sqlite3_file_control(s->writing.db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || !file ||
	    !file->pMethods || file->pMethods->xRead(file, head, sizeof(head), 0) != SQLITE_OK)
		return 0;
	if (!is_sqlite(head))
		return err_set(err, -EUCLEAN,
			       "%s is no database, or is damaged; it was left as it is: move it away with its -wal, or "
			       "name another file",
			       s->path);
	return has_our_id(head) || is_new(head) ? 0 : refuse_foreign(s->path, err);
}

/* Whether it is ours, or empty, and its version. Reads only. */
static int check_identity(struct store_link *l, int64_t newest, int64_t *version, struct err *err)
{
	int64_t id = 0, tables = 0, is = 0;
	int code = store_ask(l, "PRAGMA application_id", &id, NULL, err);

	if (!code)
		code = store_ask(l, "PRAGMA user_version", &is, NULL, err);
	if (!code)
		code = store_ask(l, "SELECT count(*) FROM sqlite_master", &tables, NULL, err);
	if (code)
		return code;
	if (id != APPLICATION_ID && (id || is || tables))
		return refuse_foreign(l->path, err);
	if (is < 0 || is > newest)
		return err_set(err, -EPROTO,
			       "%s was written by a newer swarmtop (its version is %lld, this one knows "
			       "%lld): use that one, or name another file",
			       l->path, (long long)is, (long long)newest);
	*version = is;
	return 0;
}

/* Without foreign keys: with them, to rebuild a table is to delete what refers to it. */
static int migrate(struct store_link *l, const char *const *migrations, int64_t version, struct err *err)
{
	char text[96];
	int code;

	for (; migrations[version]; version++) {
		snprintf(text, sizeof(text), "PRAGMA application_id = %d; PRAGMA user_version = %lld; COMMIT",
			 (int)APPLICATION_ID, (long long)version + 1);
		code = store_run(l, "BEGIN IMMEDIATE", err);
		if (!code)
			code = store_run(l, migrations[version], err);
		if (!code)
			code = store_run(l, text, err);
		if (code) {
			if (!sqlite3_get_autocommit(l->db))
				sqlite3_exec(l->db, "ROLLBACK", NULL, NULL, NULL);
			return code;
		}
	}
	return 0;
}

static int go_wal(struct store_link *l, struct err *err)
{
	char mode[16] = "";
	int code = store_ask(l, "PRAGMA journal_mode = WAL", NULL, mode, err);

	if (!code && strcmp(mode, "wal") != 0)
		code = err_set(err, -EOPNOTSUPP, "%s cannot have a write-ahead log there: keep it on a local disk",
			       l->path);
	return code;
}

/* Where SQLite may not write it reads, without a word: then nothing would ever be kept. */
static int check_writable(const struct store_link *l, struct err *err)
{
	if (sqlite3_db_readonly(l->db, "main") != 1)
		return 0;
	return err_set(err, -EROFS, "%s cannot be written: make the file and its folder writable", l->path);
}

int store_open_writing(struct store *s, const struct store_open *how, int64_t newest, struct err *err)
{
	int64_t version = 0;
	int code = store_lock_name(&s->lock, s->path, err);

	/* A file that may not grow is an error like a full disk; not the end of the process, in whatever thread. */
	signal(SIGXFSZ, SIG_IGN);
	if (!code)
		code = store_keep_lost_log(s, err);
	if (!code)
		code = make_file(s->path, err);
	if (!code)
		code = check_regular(s->path, err);
	if (!code)
		code = store_lock_file(&s->lock, s->path, err);
	if (!code)
		code = store_link_open(&s->writing, s->path, SQLITE_OPEN_READWRITE, err);
	if (!code)
		code = check_beside_log(s, err);
	if (!code)
		code = check_writable(&s->writing, err);
	if (!code)
		code = check_identity(&s->writing, newest, &version, err);
	if (!code)
		code = make_private(s->path, err);
	if (!code)
		code = go_wal(&s->writing, err);
	if (!code)
		code = store_run(&s->writing, "PRAGMA synchronous = NORMAL", err);
	/* What one large batch has made of the log is given back. */
	if (!code)
		code = store_run(&s->writing, "PRAGMA journal_size_limit = 16777216", err);
	if (!code)
		code = migrate(&s->writing, how->migrations, version, err);
	if (!code)
		code = store_run(&s->writing, "PRAGMA foreign_keys = ON", err);
	if (!code)
		store_know_files(s);
	return code;
}

/* On a connection of its own: that of the writer belongs to its thread, and the other one cannot write. */
int store_settle_log(struct store *s, struct err *err)
{
	struct store_link l = {0};
	int64_t busy = 0;
	int code = store_link_open(&l, s->path, SQLITE_OPEN_READWRITE, err);

	if (!code)
		code = store_ask(&l, "PRAGMA wal_checkpoint(TRUNCATE)", &busy, NULL, err);
	if (!code && busy)
		code = err_set(err, -EBUSY, "another program reads %s", s->path);
	store_link_close(&l);
	return code;
}

/* ---- reading ---- */

/* Whether it is ours, and of this version. */
static int check_reading(struct store *s, const struct store_open *how, int64_t newest, struct err *err)
{
	const char *writers = how->writers ? how->writers : "`swarmtop`";
	int64_t version = 0;
	int code = check_identity(&s->reading, newest, &version, err);

	if (!code && !version)
		code = err_set(err, -ENODATA, "%s is empty, nothing was ever written to it: run %s first", s->path,
			       writers);
	else if (!code && version < newest)
		code = err_set(err, -EPROTO,
			       "%s was written by an older swarmtop: run %s once, it brings it up to date", s->path,
			       writers);
	return code;
}

int store_open_reading(struct store *s, const struct store_open *how, int64_t newest, struct err *err)
{
	int code = check_regular(s->path, err);

	if (!code)
		code = store_link_open(&s->reading, s->path, SQLITE_OPEN_READONLY, err);
	return code ? code : check_reading(s, how, newest, err);
}

/* Whether nobody can write to it, or nobody does: for a look that takes a moment that will do. */
static bool is_still(const char *path)
{
	struct statvfs disk;

	return (statvfs(path, &disk) == 0 && (disk.f_flag & ST_RDONLY)) ||
	       (!store_has_log(path) && store_lock_look(path) == STORE_LOCK_FREE);
}

/* Nothing is locked, and nothing may change. */
int store_open_alone(struct store *s, const struct store_open *how, int64_t newest, bool *behind, struct err *err)
{
	char uri[3 * PATH_MAX + 32] = "file:", log[PATH_MAX + 8];
	size_t len = strlen(uri);
	struct stat st;
	int code = check_regular(s->path, err);

	if (code)
		return code;
	if (!is_still(s->path))
		return err_set(err, -EROFS, "%s may be written to meanwhile", s->path);
	for (const char *c = s->path; *c; c++)
		len += (size_t)snprintf(uri + len, sizeof(uri) - len, strchr("%?#", *c) ? "%%%02x" : "%c", *c);
	snprintf(uri + len, sizeof(uri) - len, "?immutable=1");
	code = store_link_open(&s->reading, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err);
	s->reading.path = s->path;
	if (!code)
		code = check_reading(s, how, newest, err);
	snprintf(log, sizeof(log), "%s-wal", s->path);
	if (!code)
		*behind = stat(log, &st) == 0 && st.st_size > 0;
	return code;
}
