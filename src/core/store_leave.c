/* What becomes of a store's log. SQLite finds it by its file's name alone: the log of a file that was moved stays
 * behind, the next file there would be read through it, and an empty one makes an end of it. So it is taken along, or
 * kept under another name. It does not know who has moved the file, nor why. */
#include "core/store_private.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/words.h"

enum { NAMES = 100 };

struct name {
	char text[PATH_MAX + 64];
};

static struct name name_of(const char *path, const char *end)
{
	struct name name;

	snprintf(name.text, sizeof(name.text), "%s%s", path, end);
	return name;
}

static struct store_file file_at(const char *path, const char *end)
{
	struct name name = name_of(path, end);
	struct stat st;

	if (stat(name.text, &st) < 0)
		return (struct store_file){.known = false};
	return (struct store_file){true, st.st_dev, st.st_ino};
}

static bool is_same(const struct store_file *a, const struct store_file *b)
{
	return a->known && b->known && a->dev == b->dev && a->ino == b->ino;
}

void store_know_files(struct store *s)
{
	s->file = file_at(s->path, "");
	s->log = file_at(s->path, "-wal");
	s->index = file_at(s->path, "-shm");
}

bool store_has_log(const char *path)
{
	struct name log = name_of(path, "-wal");
	struct stat st;

	return stat(log.text, &st) == 0 && st.st_size > 0;
}

/* ---- under another name ---- */

/* PATH.lost-DATE-wal, or PATH.lost-DATE-2-wal ... */
static int lost_name(const char *path, struct name *name)
{
	char text[CLOCK_TEXT], date[CLOCK_TEXT], *end = date;

	clock_rfc3339(clock_now().wall, text);
	for (const char *c = text; *c; c++)
		if (*c != '-' && *c != ':')
			*end++ = *c;
	*end = '\0';
	for (int i = 1; i <= NAMES; i++) {
		if (i > 1)
			snprintf(name->text, sizeof(name->text), "%s.lost-%s-%d-wal", path, date, i);
		else
			snprintf(name->text, sizeof(name->text), "%s.lost-%s-wal", path, date);
		if (access(name->text, F_OK) < 0)
			return errno == ENOENT ? 0 : -errno;
	}
	return -EEXIST;
}

/* Out of the way of what is at the path now. */
static int keep_log(struct store *s)
{
	struct name log = name_of(s->path, "-wal"), kept;
	int code = lost_name(s->path, &kept);

	if (!code && rename(log.text, kept.text) < 0)
		code = -errno;
	if (!code)
		err_set(&s->left, -EBUSY,
			N_("the last of what was moved or removed is in %.320s: if nothing was written to what was "
			   "moved since, copy that, and give the log the copy's name with -wal behind"),
			kept.text);
	return code;
}

int store_keep_lost_log(struct store *s, struct err *err)
{
	struct name index = name_of(s->path, "-shm");
	struct stat st;
	int code;

	if (stat(s->path, &st) == 0 ? st.st_size > 0 : errno != ENOENT && errno != ENOTDIR)
		return 0;
	if (!store_has_log(s->path))
		return 0;
	code = keep_log(s);
	if (code)
		return err_set(err, code, "%.300s is gone, and its log %.100s-wal cannot be kept: %s", s->path, s->path,
			       strerror(-code));
	unlink(index.text);
	return 0;
}

/* ---- into the file ---- */

/* Puts what the log holds into the file, wherever that is. Who reads may be in the way of that, or only of shortening
 * the log, which is none. Whether all of it is in. */
static bool empty_log(struct store *s)
{
	sqlite3_stmt *prepared = NULL;
	bool all = false;
	int rc;

	sqlite3_busy_timeout(s->writing.db, STORE_BUSY_SOON_MS);
	rc = sqlite3_prepare_v2(s->writing.db, "PRAGMA wal_checkpoint(TRUNCATE)", -1, &prepared, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(prepared);
	if (rc == SQLITE_ROW)
		all = !sqlite3_column_int(prepared, 0) ||
		      (sqlite3_column_int(prepared, 1) >= 0 &&
		       sqlite3_column_int(prepared, 1) == sqlite3_column_int(prepared, 2));
	sqlite3_finalize(prepared);
	return all;
}

/* ---- with the file ---- */

enum place { HERE, MOVED, GONE, UNKNOWN };

/* One of the descriptors by which SQLite has it open says where it is. */
static bool find_open(const struct store_file *ours, struct stat *st, char now[PATH_MAX])
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;
	bool found = false;

	while (dir && !found && (entry = readdir(dir))) {
		char link[64 + NAME_MAX];
		ssize_t len;

		snprintf(link, sizeof(link), "/proc/self/fd/%s", entry->d_name);
		found = stat(link, st) == 0 && S_ISREG(st->st_mode) && st->st_dev == ours->dev &&
			st->st_ino == ours->ino;
		len = found ? readlink(link, now, PATH_MAX - 1) : 0;
		now[len > 0 ? len : 0] = '\0';
	}
	if (dir)
		closedir(dir);
	return found;
}

/* NFS gives a removed file that is open such a name. */
static bool is_removed(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strncmp(slash ? slash + 1 : path, ".nfs", 4) == 0;
}

/* Where the file is by now. A link at the path is not the file. */
static enum place find(const struct store *s, char now[PATH_MAX])
{
	struct store_file there;
	struct stat st;

	if (lstat(s->path, &st) == 0 && st.st_dev == s->file.dev && st.st_ino == s->file.ino)
		return HERE;
	if (!s->file.known || !find_open(&s->file, &st, now))
		return UNKNOWN;
	if (!st.st_nlink || is_removed(now))
		return GONE;
	there = file_at(now, "");
	return is_same(&there, &s->file) ? MOVED : UNKNOWN;
}

/* Ours, and nothing else; never over another one. */
static bool may_go(const struct store *s, const char *now, const char *end, const struct store_file *ours)
{
	struct store_file left = file_at(s->path, end), there = file_at(now, end);

	return is_same(&there, ours) || (is_same(&left, ours) && !there.known);
}

static bool take_along(const struct store *s, const char *now, const char *end, const struct store_file *ours)
{
	struct name from = name_of(s->path, end), to = name_of(now, end);
	struct store_file there = file_at(now, end);

	return is_same(&there, ours) || rename(from.text, to.text) == 0;
}

/* Whoever reads the old file has log and index open, and who opens it there next finds both: so they agree. Unless
 * somebody has opened it there already, and has others. */
static bool move_log(struct store *s, const char *now)
{
	if (!may_go(s, now, "-wal", &s->log) || !may_go(s, now, "-shm", &s->index) ||
	    !take_along(s, now, "-wal", &s->log) || !take_along(s, now, "-shm", &s->index))
		return false;
	empty_log(s);
	return true;
}

/* What is at the path now must not be read through it. */
static void leave_log(struct store *s, bool emptied)
{
	struct name log = name_of(s->path, "-wal"), index = name_of(s->path, "-shm");
	struct store_file log_there = file_at(s->path, "-wal"), index_there = file_at(s->path, "-shm");
	bool lost = is_same(&log_there, &s->log);
	int code = 0;

	if (lost && (emptied || !store_has_log(s->path)))
		unlink(log.text);
	else if (lost)
		code = keep_log(s);
	if (code)
		err_set(&s->left, code, N_("%.300s was moved or removed, and the last of it could not be kept: %s"),
			s->path, strerror(-code));
	if (is_same(&index_there, &s->index))
		unlink(index.text);
}

void store_close_writing(struct store *s)
{
	char now[PATH_MAX] = "";
	enum place place;

	if (!s->writing.db)
		return;
	place = find(s, now);
	if (place == HERE)
		empty_log(s);
	else if (place != MOVED || !move_log(s, now))
		leave_log(s, place != GONE && empty_log(s));
	store_link_close(&s->writing);
}
