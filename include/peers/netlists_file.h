/* One file of networks: read it whole, and see whether it is another one by now. */
#ifndef PEERS_NETLISTS_FILE_H
#define PEERS_NETLISTS_FILE_H

#include <sys/stat.h>

#include "base/err.h"
#include "peers/netset.h"
#include "wire/netlist.h"

enum {
	NETLISTS_BYTES = 64 << 20, /* of a file, at most */
	NETLISTS_SHOWN = 512,      /* room for a path in a message */
};

/* A path for people: clean, and of a long one the end, where the name is. */
void netlists_show(const char *path, char shown[NETLISTS_SHOWN]);

/* What tells one state of a file from another. */
struct netlists_stamp {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec written, changed; /* its contents, and also its permissions: it may be readable now */
};

/* All zero for a file that is not there. */
struct netlists_stamp netlists_stamp(const char *path);
bool netlists_same(const struct netlists_stamp *a, const struct netlists_stamp *b);
bool netlists_is_there(const struct netlists_stamp *stamp);

/* Reads a list into an empty set, and settles it. 0, *list with its counts and rejected lines, and *stamp of what was
 * read; or -errno, and a line in err: the file cannot be read, is no file, too large, or holds no network though it has
 * lines (an error page of a web server, say). */
int netlists_read(const char *path, struct netset *set, struct netlist *list, struct netlists_stamp *stamp,
		  struct err *err);

#endif
