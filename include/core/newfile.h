/* A file that takes the place of another once it is whole: written beside it, without a name or under another, then
 * renamed. Who reads meanwhile sees the old one or the new one, never a part. */
#ifndef CORE_NEWFILE_H
#define CORE_NEWFILE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

enum { NEWFILE_PASS = 256 << 10, NEWFILE_TEXT_MAX = 64 << 20 };

struct newfile {
	struct buf text;       /* add here, and call newfile_pass() now and then */
	char *path, *beside;   /* where it will be, and its name until then; NULL = has none yet */
	bool replaces;         /* a file; not a device, nor stdout */
	bool hasty;          /* set it after opening: the disk is not waited for, after a power cut either is there */
	bool (*stopped)(void); /* asked before each write: true ends it with -EINTR, after a signal; NULL = never */
	int fd;
	int rc; /* the first failure, -errno */
};

/* "-" is stdout; a path that leads to a device or a pipe is written in place, a pipe only while somebody reads it
 * (-ENXIO: nobody does; without `stopped`, -EAGAIN after half a second); of a symbolic link what it leads to is
 * replaced. The new file may be read by all (0644). 0, or -errno with a message. */
int newfile_open(struct newfile *f, const char *path, struct err *err);
/* Hands what was added to the file once it is more than NEWFILE_PASS bytes. A failure shows in newfile_commit(). */
void newfile_pass(struct newfile *f);
/* Hands over all of it, then these bytes, past the buffer. */
void newfile_write(struct newfile *f, const void *bytes, size_t len);
/* Writes the rest, waits until it is on the disk, and renames. 0; else -errno with a message, and the old file is as it
 * was. Either way the struct is done with. */
int newfile_commit(struct newfile *f, struct err *err);
/* Leaves the old file as it was. */
void newfile_abort(struct newfile *f);

#endif
