/* Memory that all processes of a user share, as long as they have the same state folder: it is in no file of a disk,
 * outlives who made it however he ended, and is gone when the machine is started anew. It does not know what is in
 * it; zeros, at first. */
#ifndef CORE_SHARED_H
#define CORE_SHARED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum { SHARED_NAME = 64 };

struct shared {
	void *bytes; /* NULL = not open */
	size_t size;
	int fd;
};

/* Its name for shm_open(3): one for the state folder, however its path is written. `what` tells one purpose, and one
 * layout, from another. */
void shared_name(const char *what, char name[SHARED_NAME]);
/* Opens it, or makes it; two that do so at once have the same. 0; -errno with a message: -EPERM: what has that name is
 * somebody else's or open to others; -ERANGE: it has another size. Others of the same user may write to it at any time,
 * so whatever is read from it is checked. */
int shared_open(struct shared *s, const char *what, size_t size, struct err *err);
/* Harmless if it is not open. */
void shared_close(struct shared *s);
/* Somebody has removed it: who comes from now on has another. (A user who logs out loses his, where logind.conf(5) has
 * RemoveIPC.) */
bool shared_is_gone(const struct shared *s);

#endif
