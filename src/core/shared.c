/* POSIX shared memory, in /dev/shm. It does not know what is in it. */
#include "core/shared.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/map.h"
#include "base/str.h"
#include "core/state.h"

enum { MODE = 0600, TRIES = 100 };

/* Links are followed as far as there is something: the folder may not have been made yet. */
static void follow(char path[PATH_MAX])
{
	char real[PATH_MAX], all[2 * PATH_MAX];

	for (size_t len = strlen(path); len > 1; len--) {
		const char *found;

		if (path[len] != '/')
			continue;
		path[len] = '\0';
		found = realpath(path, real);
		path[len] = '/';
		if (!found)
			continue;
		snprintf(all, sizeof(all), "%s%s", real, path + len);
		str_copy(path, PATH_MAX, all);
		return;
	}
}

void shared_name(const char *what, char name[SHARED_NAME])
{
	static const uint64_t always[2] = {0};
	char path[PATH_MAX];

	if (state_path(NULL, what, what, path, sizeof(path), NULL))
		str_copy(path, sizeof(path), what);
	follow(path);
	/* The path is the user's own: nobody gains by two that are alike. libcrypto would take longer to start. */
	snprintf(name, SHARED_NAME, "/swarmtop-%ju-%016" PRIx64, (uintmax_t)geteuid(),
		 siphash13(always, path, strlen(path)));
}

/* At once: where there is no room later, a write would end the program. So would a file size that is too large, if its
 * signal were not ignored. Who else has just done the same is no worse for it. */
static int make_room(int fd, size_t size)
{
	int rc = EINTR;

	signal(SIGXFSZ, SIG_IGN);
	for (int tries = 0; rc == EINTR && tries < TRIES; tries++)
		rc = posix_fallocate(fd, 0, (off_t)size);
	return -rc;
}

static int check(int fd, size_t size)
{
	struct stat st;
	int rc;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & ALLPERMS) != MODE)
		return -EPERM;
	rc = st.st_size == 0 ? make_room(fd, size) : 0;
	if (rc)
		return rc;
	if (fstat(fd, &st))
		return -errno;
	return st.st_size == (off_t)size ? 0 : -ERANGE;
}

static const char *reason(int rc)
{
	if (rc == -ERANGE)
		return "it has another size";
	return rc == -EPERM ? "it is somebody else's, or open to others" : strerror(-rc);
}

int shared_open(struct shared *s, const char *what, size_t size, struct err *err)
{
	char name[SHARED_NAME];
	void *bytes = NULL;
	int fd, rc;

	shared_name(what, name);
	fd = shm_open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, MODE);
	rc = fd < 0 ? -errno : check(fd, size);
	if (!rc)
		bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED)
		rc = -errno;
	if (!rc) {
		*s = (struct shared){bytes, size, fd};
		return 0;
	}
	if (fd >= 0)
		close(fd);
	return err_set(err, rc, "the shared memory /dev/shm%s is not to be had: %s", name, reason(rc));
}

void shared_close(struct shared *s)
{
	if (!s->bytes)
		return;
	munmap(s->bytes, s->size);
	close(s->fd);
	s->bytes = NULL;
}

bool shared_is_gone(const struct shared *s)
{
	struct stat st;

	return fstat(s->fd, &st) == 0 && st.st_nlink == 0;
}
