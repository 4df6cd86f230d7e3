/* Replaces files as a whole. It does not know what is in them. */
#include "core/newfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "base/xmalloc.h"

enum { MODE = 0644, SHOWN = 256, SHOWN_COLS = 120 };

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
static char *name_beside(const char *path)
{
	const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
	size_t size = strlen(path) + sizeof("..XXXXXX");
	char *name = xmalloc(size);

	snprintf(name, size, "%.*s.%s.XXXXXX", (int)(file - path), path, file);
	return name;
}

static int open_beside(struct newfile *f)
{
	f->beside = name_beside(f->path);
	f->fd = mkostemp(f->beside, O_CLOEXEC);
	if (f->fd < 0) {
		int rc = -errno;

		free(f->beside);
		f->beside = NULL;
		return rc;
	}
	return fchmod(f->fd, MODE) ? -errno : 0;
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
	f->fd = open(f->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	return f->fd < 0 ? -errno : 0;
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

static void write_all(struct newfile *f, const char *bytes, size_t len)
{
	while (len && !f->rc) {
		ssize_t n = write(f->fd, bytes, len);

		if (n < 0 && errno != EINTR)
			f->rc = -errno;
		if (n <= 0)
			continue;
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
	char *folder = xstrdup(path), *slash = strrchr(folder, '/');
	int fd;

	if (slash)
		slash[slash == folder] = '\0';
	fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(folder);
}

int newfile_commit(struct newfile *f, struct err *err)
{
	int rc;

	pass_all(f);
	if (f->beside && !f->rc && (fsync(f->fd) || rename(f->beside, f->path)))
		f->rc = -errno;
	rc = f->rc;
	if (rc)
		complain(err, rc, f->path);
	if (f->beside && !rc) {
		sync_folder(f->path);
		free(f->beside);
		f->beside = NULL;
	}
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
