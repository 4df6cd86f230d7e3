/* Where the history is, and whether it is where another path leads. It does not open it. */
#include "peers/history_private.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"
#include "base/xmalloc.h"
#include "core/state.h"

enum { SOON_MS = 200 /* a disk that is well knows its files within that */ };

int history_path(const char *configured, char *path, size_t size, struct err *err)
{
	return state_path(configured, "peers.db", "[history] path", path, size, err);
}

bool history_is_off(const char *configured)
{
	return configured && strcmp(configured, "none") == 0;
}

/* A job for core/aside.h: a disk may hang. */
struct comparing {
	char paths[2][PATH_MAX];
	bool same;
};

static void compare(void *context)
{
	struct comparing *c = context;
	struct stat one, other;

	c->same = stat(c->paths[0], &one) == 0 && stat(c->paths[1], &other) == 0 && one.st_dev == other.st_dev &&
		  one.st_ino == other.st_ino;
}

/* Through a link to the file or to a folder above it. */
static bool is_same_file(const char *path, const char *other)
{
	struct comparing *c = xcalloc(1, sizeof(*c));
	struct aside *aside;
	bool same;

	str_copy(c->paths[0], sizeof(c->paths[0]), path);
	str_copy(c->paths[1], sizeof(c->paths[1]), other);
	aside = aside_begin(compare, c);
	if (!aside_over(aside, SOON_MS)) {
		aside_drop(aside, free);
		return false;
	}
	same = c->same;
	free(c);
	return same;
}

bool history_is_at(const struct history *h, const char *path)
{
	return strcmp(h->path, path) == 0 || is_same_file(h->path, path);
}
