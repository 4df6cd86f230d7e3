/* Replaces files as a whole. It does not know what is in them. */
#include "core/newfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "base/text.h"
#include "base/xmalloc.h"

enum {
	MODE = 0644,
	SHOWN = 256,
	SHOWN_COLS = 120,
	GLANCE_MS = 100, /* how long to wait for the reader of a pipe, before asking whether to stop */
	GLANCES = 5,     /* without a word of it, where nobody can be asked */
};

static int complain(struct err *err, int rc, const char *path)
{
	char shown[SHOWN];

	text_clean(shown, sizeof(shown), path, strlen(path), SHOWN_COLS);
	return err_set(err, rc, "cannot write %s: %s", strcmp(path, "-") == 0 ? "to stdout" : shown, strerror(-rc));
}

/* What a path leads to; the path itself where nothing is yet. */
static char *target_of(const char *path)
{
	char *real = realpath(path, NULL);

	return real ? real : xstrdup(path);
}

/* A hidden name in the same folder, so that renaming needs no copy and a web server does not offer it. */
static char *name_beside(const char *path, const char *suffix)
{
	const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
	size_t size = strlen(path) + strlen(suffix) + sizeof("..");
	char *name = xmalloc(size);

	snprintf(name, size, "%.*s.%s.%s", (int)(file - path), path, file, suffix);
	return name;
}

/* "." for a path without a slash. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? xstrndup(path, slash == path ? 1 : (size_t)(slash - path)) : xstrdup(".");
}

/* Where the file system can, the file has no name until it is whole: a process that is killed leaves nothing. */
static int open_nameless(struct newfile *f)
{
	char *folder;

	/* Through which it gets its name. */
	if (access("/proc/self/fd", X_OK))
		return -errno;
	folder = folder_of(f->path);
	f->fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, MODE);
	free(folder);
	return f->fd < 0 ? -errno : 0;
}

static int open_beside(struct newfile *f)
{
	f->replaces = true;
	if (open_nameless(f)) {
		f->beside = name_beside(f->path, "XXXXXX");
		f->fd = mkostemp(f->beside, O_CLOEXEC);
	}
	if (f->fd < 0) {
		int rc = -errno;

		free(f->beside);
		f->beside = NULL;
		return rc;
	}
	return fchmod(f->fd, MODE) ? -errno : 0;
}

/* Only a name can take the place of another. One that is there already is of a process of our number, long dead. */
static int give_name(struct newfile *f)
{
	char number[STR_NUMBER], self[64];
	int rc;

	snprintf(number, sizeof(number), "%ld", (long)getpid());
	snprintf(self, sizeof(self), "/proc/self/fd/%d", f->fd);
	f->beside = name_beside(f->path, number);
	rc = linkat(AT_FDCWD, self, AT_FDCWD, f->beside, AT_SYMLINK_FOLLOW);
	if (rc && errno == EEXIST && unlink(f->beside) == 0)
		rc = linkat(AT_FDCWD, self, AT_FDCWD, f->beside, AT_SYMLINK_FOLLOW);
	if (!rc)
		return 0;
	rc = -errno;
	free(f->beside);
	f->beside = NULL;
	return rc;
}

/* A pipe that nobody reads would hold us up, and so would one whose reader sleeps, or a terminal that was stopped: it
 * is not waited for (ENXIO), and stays so. */
static int open_in_place(struct newfile *f)
{
	f->fd = open(f->path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return f->fd < 0 ? -errno : 0;
}

static int open_any(struct newfile *f)
{
	struct stat st;

	if (strcmp(f->path, "-") == 0) {
		f->fd = STDOUT_FILENO;
		return 0;
	}
	if (stat(f->path, &st) || S_ISREG(st.st_mode))
		return open_beside(f);
	return open_in_place(f);
}

int newfile_open(struct newfile *f, const char *path, struct err *err)
{
	struct newfile new = {.path = strcmp(path, "-") == 0 ? xstrdup(path) : target_of(path), .fd = -1};
	int rc;

	buf_init(&new.text, NEWFILE_TEXT_MAX);
	rc = open_any(&new);
	if (rc) {
		newfile_abort(&new);
		return complain(err, rc, path);
	}
	*f = new;
	return 0;
}

/* The pipe is full: 0 once there may be room, -EAGAIN if its reader has slept for too long. */
static int await_reader(const struct newfile *f, unsigned *glances)
{
	struct pollfd p = {.fd = f->fd, .events = POLLOUT};

	if (!f->stopped && ++*glances > GLANCES)
		return -EAGAIN;
	(void)poll(&p, 1, GLANCE_MS);
	return 0;
}

/* Who can be stopped asks before each write, and does not sleep in one: a signal in between would not be seen.
 * A pipe that has room has it for PIPE_BUF bytes. */
static bool has_room(const struct newfile *f)
{
	struct pollfd p = {.fd = f->fd, .events = POLLOUT};

	return !f->stopped || poll(&p, 1, GLANCE_MS) > 0;
}

static size_t at_once(const struct newfile *f, size_t len)
{
	return f->stopped && len > PIPE_BUF ? PIPE_BUF : len;
}

static void write_all(struct newfile *f, const char *bytes, size_t len)
{
	unsigned glances = 0;

	while (len && !f->rc) {
		bool stopped = f->stopped && f->stopped();
		ssize_t n = stopped || !has_room(f) ? 0 : write(f->fd, bytes, at_once(f, len));

		if (stopped)
			f->rc = -EINTR;
		else if (n < 0 && errno == EAGAIN)
			f->rc = await_reader(f, &glances);
		else if (n < 0 && errno != EINTR)
			f->rc = -errno;
		if (n <= 0)
			continue;
		glances = 0;
		bytes += n;
		len -= (size_t)n;
	}
}

static void pass_all(struct newfile *f)
{
	if (f->text.full && !f->rc)
		f->rc = -ENOBUFS;
	write_all(f, buf_str(&f->text), f->text.len);
	buf_reset(&f->text);
}

void newfile_pass(struct newfile *f)
{
	if (f->text.len >= NEWFILE_PASS || f->text.full)
		pass_all(f);
}

void newfile_write(struct newfile *f, const void *bytes, size_t len)
{
	pass_all(f);
	write_all(f, bytes, len);
}

/* The folder too: else the new name is there after a power cut, or not, as it comes. */
static void sync_folder(const char *path)
{
	char *folder = folder_of(path);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(folder);
}

static int replace(struct newfile *f)
{
	int rc = !f->hasty && fsync(f->fd) ? -errno : 0;

	if (!rc && !f->beside)
		rc = give_name(f);
	if (!rc && rename(f->beside, f->path))
		rc = -errno;
	if (rc)
		return rc;
	free(f->beside);
	f->beside = NULL;
	if (!f->hasty)
		sync_folder(f->path);
	return 0;
}

int newfile_commit(struct newfile *f, struct err *err)
{
	int rc;

	pass_all(f);
	rc = f->rc;
	if (!rc && f->replaces)
		rc = replace(f);
	if (rc)
		complain(err, rc, f->path);
	newfile_abort(f);
	return rc;
}

void newfile_abort(struct newfile *f)
{
	if (f->beside)
		unlink(f->beside);
	if (f->fd > STDERR_FILENO)
		close(f->fd);
	free(f->beside);
	free(f->path);
	buf_done(&f->text);
	*f = (struct newfile){.fd = -1};
}
