/* Copies a file into memory that has a path. It does not know what the file is. */
#include "core/geo_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xmalloc.h"

enum { PIECE = 256 * 1024 };

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U
#endif

/* A system may allow no other memory than what is never run; an old one does not know the word. */
static int make_memory(void)
{
	int fd = memfd_create("swarmtop-geo", MFD_CLOEXEC | MFD_NOEXEC_SEAL);

	return fd < 0 && errno == EINVAL ? memfd_create("swarmtop-geo", MFD_CLOEXEC) : fd;
}

/* -ENOSYS: there is no room, or none is allowed (RLIMIT_FSIZE counts memory too). */
static int write_all(int fd, const char *bytes, ssize_t len)
{
	while (len > 0) {
		ssize_t put = write(fd, bytes, (size_t)len);

		if (put < 0 && errno != EINTR)
			return -ENOSYS;
		bytes += put > 0 ? put : 0;
		len -= put > 0 ? put : 0;
	}
	return 0;
}

/* Not more than the file had at first: one that grows meanwhile is not read for ever. */
static int copy_bytes(int from, int to, off_t left)
{
	char *piece = xmalloc(PIECE);
	int rc = 0;

	while (left > 0 && rc == 0) {
		ssize_t got = read(from, piece, left < PIECE ? (size_t)left : PIECE);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			rc = got ? -errno : -ENODATA;
		else
			rc = write_all(to, piece, got);
		left -= got;
	}
	free(piece);
	return rc;
}

int geo_copy(const char *path, off_t max, char copy[GEO_COPY_PATH], int *fd)
{
	int from = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	int to = -1, rc = 0;

	if (from < 0 || fstat(from, &st) < 0)
		rc = -errno;
	else if (st.st_size > max)
		rc = -EFBIG;
	if (rc)
		goto out;
	signal(SIGXFSZ, SIG_IGN);
	to = make_memory();
	snprintf(copy, GEO_COPY_PATH, "/proc/self/fd/%d", to);
	rc = to < 0 || access(copy, R_OK) ? -ENOSYS : copy_bytes(from, to, st.st_size);
out:
	if (from >= 0)
		close(from);
	if (rc && to >= 0)
		close(to);
	if (rc == 0)
		*fd = to;
	return rc;
}
