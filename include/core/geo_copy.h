/* A copy of a file in memory that has a path: what is done to the file does not reach who maps the copy. */
#ifndef CORE_GEO_COPY_H
#define CORE_GEO_COPY_H

#include <sys/types.h>

enum { GEO_COPY_PATH = 32 };

/* Copies a file as it is now, of `max` bytes at most. 0, the copy's path, and its descriptor: closed by the caller, who
 * has what was mapped by then. Or -errno of the file or of memory: -EFBIG, -ENODATA (cut short meanwhile), -ENOSYS (no
 * memory on this system has a path). */
int geo_copy(const char *path, off_t max, char copy[GEO_COPY_PATH], int *fd);

#endif
