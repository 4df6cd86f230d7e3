/* Where the history is, whether it is still there, and whether it is where another path leads. It does not open it. */
#include "peers/history_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"
#include "base/xmalloc.h"
#include "core/state.h"
#include "core/store.h"

enum {
	SOON_MS = 200,  /* a disk that is well knows its files within that ... */
	MOMENT_MS = 50, /* ... and one that it has open much sooner */
};

int history_path(const char *configured, char *path, size_t size, struct err *err)
{
	return state_path(configured, "peers.db", "[history] path", path, size, err);
}

bool history_is_off(const char *configured)
{
	return configured && strcmp(configured, "none") == 0;
}

/* A job for core/aside.h: a disk may hang. */
struct looking {
	char path[PATH_MAX], real[PATH_MAX];
	struct history_file file;
	bool gone;
};

void history_look(const char *path, struct history_file *file)
{
	struct stat st;

	if (stat(path, &st) == 0)
		*file = (struct history_file){true, st.st_dev, st.st_ino};
}

static void look(void *context)
{
	struct looking *l = context;

	errno = 0;
	history_look(l->path, &l->file);
	l->gone = !l->file.known && (errno == ENOENT || errno == ENOTDIR);
	store_resolve(l->path, l->real);
}

/* Returns what is to be freed; NULL: the disk does not answer. */
static struct looking *look_within(const char *path, int64_t ms)
{
	struct looking *l = xcalloc(1, sizeof(*l));
	struct aside *aside;

	str_copy(l->path, sizeof(l->path), path);
	aside = aside_begin(look, l);
	if (aside_over(aside, ms))
		return l;
	aside_drop(aside, free);
	return NULL;
}

struct history_file history_file_at(const char *path)
{
	struct looking *l = look_within(path, SOON_MS);
	struct history_file file = l ? l->file : (struct history_file){false};

	free(l);
	return file;
}

static bool is_same(const struct history_file *a, const struct history_file *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

bool history_is_astray(const struct history *h)
{
	struct looking *l = h->file.known ? look_within(h->path, MOMENT_MS) : NULL;
	bool other = l && l->file.known && (!is_same(&l->file, &h->file) || strcmp(l->real, h->real) != 0);
	bool astray = l && (l->gone || other);

	free(l);
	return astray;
}

/* Through a link to the file or to a folder above it. */
bool history_is_at(const struct history *h, const char *path, const struct history_file *file)
{
	return file->known && h->file.known ? is_same(file, &h->file) : strcmp(h->path, path) == 0;
}

bool history_is_named(const struct history *h, const char *path)
{
	return strcmp(h->path, path) == 0;
}

bool history_was_replaced(struct history *h)
{
	bool replaced = h->replaced;

	h->replaced = false;
	return replaced;
}
