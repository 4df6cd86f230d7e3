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
struct looking {
	char path[PATH_MAX];
	struct history_file file;
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

	history_look(l->path, &l->file);
}

struct history_file history_file_at(const char *path)
{
	struct looking *l = xcalloc(1, sizeof(*l));
	struct history_file file = {false};
	struct aside *aside;

	str_copy(l->path, sizeof(l->path), path);
	aside = aside_begin(look, l);
	if (!aside_over(aside, SOON_MS)) {
		aside_drop(aside, free);
		return file;
	}
	file = l->file;
	free(l);
	return file;
}

/* Through a link to the file or to a folder above it. */
bool history_is_at(const struct history *h, const char *path, const struct history_file *file)
{
	bool same = file->known && h->file.known && h->file.dev == file->dev && h->file.ino == file->ino;

	return same || strcmp(h->path, path) == 0;
}
