/* Files of networks on the disk. It does not know tags. */
#include "peers/netlists_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/words.h"
#include "base/xmalloc.h"

enum { PIECE = 65536, PATH_BYTES = 100, PATH_COLS = 110 };

void netlists_show(const char *path, char shown[NETLISTS_SHOWN])
{
	size_t len = strlen(path);
	const char *tail = len > PATH_BYTES ? strchr(path + len - PATH_BYTES, '/') : NULL;
	size_t dots = tail ? 3 : 0;

	if (!tail)
		tail = path;
	memcpy(shown, "...", dots);
	text_clean(shown + dots, NETLISTS_SHOWN - dots, tail, strlen(tail), PATH_COLS);
}

static struct netlists_stamp stamp_of(const struct stat *st)
{
	return (struct netlists_stamp){st->st_dev, st->st_ino, st->st_size, st->st_mtim, st->st_ctim};
}

struct netlists_stamp netlists_stamp(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? stamp_of(&st) : (struct netlists_stamp){0};
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool netlists_same(const struct netlists_stamp *a, const struct netlists_stamp *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	       same_time(&a->written, &b->written) && same_time(&a->changed, &b->changed);
}

bool netlists_is_there(const struct netlists_stamp *stamp)
{
	return !netlists_same(stamp, &(struct netlists_stamp){0});
}

static bool take(void *context, const struct netlist_entry *entry)
{
	return netset_add(context, entry);
}

/* No wait for the writer of a FIFO: what is no file is seen after opening. */
static int open_file(const char *path, const char *shown, struct stat *st, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int rc = 0;

	if (fd < 0 || fstat(fd, st) < 0)
		rc = err_set(err, -errno, N_("%s cannot be read: %s"), shown, strerror(errno));
	else if (!S_ISREG(st->st_mode))
		rc = err_set(err, -EINVAL, N_("%s is no file"), shown);
	else if (st->st_size > NETLISTS_BYTES)
		rc = err_set(err, -EFBIG, N_("%s is larger than %d MiB"), shown, (int)NETLISTS_BYTES >> 20);
	if (rc && fd >= 0)
		close(fd);
	return rc ? rc : fd;
}

/* A file that grows meanwhile is not read for ever. */
static int read_pieces(int fd, struct netlist *list)
{
	char *piece = xmalloc(PIECE);
	size_t left = NETLISTS_BYTES;
	ssize_t got = 0;
	int rc = 0;

	while (left > 0 && !list->full) {
		got = read(fd, piece, left < PIECE ? left : PIECE);
		if (got <= 0)
			break;
		netlist_feed(list, piece, (size_t)got);
		left -= (size_t)got;
	}
	if (got < 0)
		rc = -errno;
	netlist_end(list);
	free(piece);
	return rc;
}

int netlists_read(const char *path, struct netset *set, struct netlist *list, struct netlists_stamp *stamp,
		  struct err *err)
{
	char shown[NETLISTS_SHOWN];
	struct stat st;
	int fd, rc;

	netlists_show(path, shown);
	fd = open_file(path, shown, &st, err);
	if (fd < 0)
		return fd;
	netlist_init(list, take, set);
	rc = read_pieces(fd, list);
	close(fd);
	if (rc)
		err_set(err, rc, N_("%s cannot be read: %s"), shown, strerror(-rc));
	else if (list->networks == 0 && list->rejected > 0)
		rc = err_set(err, -EINVAL, N_("%s is no list of networks: line %u is \"%s\" (%s)"), shown,
			     (unsigned)list->faults[0].line, list->faults[0].text, list->faults[0].why);
	if (rc) {
		netset_done(set);
		return rc;
	}
	netset_settle(set);
	*stamp = stamp_of(&st);
	return 0;
}
