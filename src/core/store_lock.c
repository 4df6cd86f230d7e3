/* Who writes a store: by its name, so that it can be said before there is a file; and by the file itself, so that a
 * link or a new name leads to no second writer. It does not know SQLite, whose own locks are others. */
#include "core/store_private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { LOCK_TEXT = 48, MOMENT_MS = 10 };

/* The number of a process may be that of one in another container. */
static void lock_owner(char text[LOCK_TEXT])
{
	struct stat space = {.st_ino = 0};

	if (stat("/proc/self/ns/pid", &space) < 0)
		space.st_ino = 0;
	snprintf(text, LOCK_TEXT, "%ld %llu\n", (long)getpid(), (unsigned long long)space.st_ino);
}

static int lock_taken(int lock, const char *path, struct err *err)
{
	char text[LOCK_TEXT] = "";
	ssize_t got = pread(lock, text, sizeof(text) - 1, 0);
	long pid = got > 0 ? strtol(text, NULL, 10) : 0;

	if (pid > 0)
		return err_set(err, -EBUSY, "%s is written by another process (%ld): stop it or name another file",
			       path, pid);
	return err_set(err, -EBUSY, "%s is written by another process: stop it or name another file", path);
}

/* flock(2): of the open file, so that a second writer in the same process is refused too. It stays behind: who removed
 * it could remove the lock of the next. */
int store_lock_name(struct store_lock *lock, const char *path, struct err *err)
{
	char name[4096], real[PATH_MAX], owner[LOCK_TEXT];
	int fd, code = 0;

	lock_owner(owner);
	store_resolve(path, real);
	if ((size_t)snprintf(name, sizeof(name), "%s.lock", real) >= sizeof(name))
		return err_set(err, -ENAMETOOLONG, "the path of the database is too long");
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || fchmod(fd, 0600) < 0) {
		code = err_set(err, -errno, "cannot make %s: %s", name, strerror(errno));
	} else if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		code = errno == EWOULDBLOCK ? lock_taken(fd, path, err)
					    : err_set(err, -errno, "cannot lock %s: %s", name, strerror(errno));
	} else if (ftruncate(fd, 0) < 0 || write(fd, owner, strlen(owner)) < 0) {
		/* The number is a courtesy: on a full disk the lock does without. */
	}
	if (code && fd >= 0)
		close(fd);
	if (!code)
		lock->name = fd;
	return code;
}

/* ---- by the file ---- */

/* An abstract name of a socket, unix(7), which ends with the process. It is no lock of the file itself, since to close
 * any descriptor of that would be to lose SQLite's own locks of it, fcntl(2). Other containers do not see it. */
static socklen_t file_name(const struct stat *st, struct sockaddr_un *name)
{
	int len;

	*name = (struct sockaddr_un){.sun_family = AF_UNIX};
	len = snprintf(name->sun_path + 1, sizeof(name->sun_path) - 1, "swarmtop-store-%lu-%llx-%llx",
		       (unsigned long)st->st_uid, (unsigned long long)st->st_dev, (unsigned long long)st->st_ino);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len);
}

/* Whether who has the name may write the file: anybody may take a name. Ours listens, a moment after it took it, and
 * hears nobody. */
static bool is_writer(const struct stat *st, const struct sockaddr_un *name, socklen_t len)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), rc = ECONNREFUSED;
	struct ucred who = {.uid = 0};
	socklen_t who_len = sizeof(who);

	if (fd < 0)
		return false;
	for (int turn = 0; turn < 2 && rc == ECONNREFUSED; turn++) {
		poll(NULL, 0, turn * MOMENT_MS);
		rc = connect(fd, (const struct sockaddr *)name, len) < 0 ? errno : 0;
	}
	if (!rc && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &who_len) < 0)
		who.uid = 0;
	close(fd);
	return rc != ECONNREFUSED && (!who.uid || who.uid == st->st_uid);
}

/* Where there is no such socket, that by name must do. */
int store_lock_file(struct store_lock *lock, const char *path, struct err *err)
{
	struct sockaddr_un name;
	struct stat st;
	socklen_t len;
	int fd;
	bool taken;

	if (stat(path, &st) < 0)
		return 0; /* who opens it says why */
	len = file_name(&st, &name);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return 0;
	if (bind(fd, (struct sockaddr *)&name, len) == 0 && listen(fd, 1) == 0) {
		lock->file = fd;
		return 0;
	}
	taken = errno == EADDRINUSE;
	close(fd);
	if (!taken || !is_writer(&st, &name, len))
		return 0;
	return err_set(err, -EBUSY,
		       "%s is written by another process, which has it by another name: stop it or name another file",
		       path);
}

/* By asking alone: who takes the name to see whether it is free would be in the way of a writer that begins. */
static enum store_lock_state look_at_file(const char *real)
{
	struct sockaddr_un name;
	struct stat st;
	socklen_t len;

	if (stat(real, &st) < 0)
		return STORE_LOCK_FREE;
	len = file_name(&st, &name);
	return is_writer(&st, &name, len) ? STORE_LOCK_OTHERS : STORE_LOCK_FREE;
}

/* ---- both ---- */

int store_lock(struct store_lock *lock, const char *path, struct err *err)
{
	int code;

	*lock = STORE_UNLOCKED;
	code = store_lock_name(lock, path, err);
	if (!code)
		code = store_lock_file(lock, path, err);
	if (code)
		store_unlock(lock);
	return code;
}

void store_unlock(struct store_lock *lock)
{
	if (lock->file >= 0)
		close(lock->file);
	if (lock->name >= 0)
		close(lock->name);
	*lock = STORE_UNLOCKED;
}

static enum store_lock_state look_at_name(const char *real)
{
	char name[PATH_MAX + 8], owner[LOCK_TEXT], text[LOCK_TEXT] = "";
	enum store_lock_state state = STORE_LOCK_FREE;
	int fd;

	snprintf(name, sizeof(name), "%s.lock", real);
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return state;
	lock_owner(owner);
	if (flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		state = pread(fd, text, sizeof(text) - 1, 0) > 0 && strcmp(text, owner) == 0 ? STORE_LOCK_OURS
											     : STORE_LOCK_OTHERS;
	close(fd);
	return state;
}

enum store_lock_state store_lock_look(const char *path)
{
	char real[PATH_MAX];
	enum store_lock_state state;

	store_resolve(path, real);
	state = look_at_name(real);
	return state == STORE_LOCK_FREE ? look_at_file(real) : state;
}
