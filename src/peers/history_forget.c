/* Forgetting on request. It does not know how it was asked for. */
#include "peers/history_forget.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xmalloc.h"
#include "peers/history_private.h"

enum { QUEUE = 16 << 20, COMMIT_MS = 1000, FIRST_ROOM = 64, PATIENCE_MS = 10000 };

/* PATH.corrupt-DATE and their logs: peers are in them too. Removes them, or only counts. */
static int damaged(const char *path, bool remove, unsigned *count, struct err *err)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	char folder[PATH_MAX], start[NAME_MAX + 16];
	int start_len = snprintf(start, sizeof(start), "%.*s.corrupt-", NAME_MAX, base), code = 0;
	const struct dirent *entry;
	DIR *dir;

	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(base - path) : 1, slash ? path : ".");
	dir = opendir(folder);
	if (!dir)
		return err_set(err, -errno, "cannot look into %s: %s", folder, strerror(errno));
	while (!code && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, start, (size_t)start_len) != 0)
			continue;
		if (remove && unlinkat(dirfd(dir), entry->d_name, 0) < 0)
			code = err_set(err, -errno, "cannot remove %.200s: %s", entry->d_name, strerror(errno));
		++*count;
	}
	closedir(dir);
	return code;
}

static int missing(const char *path, struct err *err)
{
	struct err none;
	unsigned count = 0;

	if (damaged(path, false, &count, &none) || !count)
		return err_set(err, -ENOENT, "there is no history at %s", path);
	return err_set(err, -ENODATA,
		       "there is no history at %.300s but damaged ones, %.300s.corrupt-*: --forget alone removes them",
		       path, path);
}

/* The lock is held from here on: no monitor begins meanwhile. `path`: PATH_MAX, where the file really is. */
static int open_file(const char *name, char *path, struct store **store, struct err *err)
{
	struct store_open how = {path, history_migrations, true, QUEUE, COMMIT_MS, NULL};
	struct err why;
	int code;

	store_resolve(name, path);
	if (access(path, F_OK) < 0 && errno == ENOENT)
		return missing(path, err);
	code = store_open(&how, store, &why);
	if (code == -EBUSY)
		return err_set(err, code, "%.300s; end the monitor that records there first", why.msg);
	if (code == -EUCLEAN && history_is_ours(path))
		return err_set(err, code, "%.300s is damaged: --forget alone removes it", path);
	if (code)
		return err_set(err, code, "%s", why.msg);
	/* What is deleted is overwritten, not only taken off the lists. */
	store_put(*store, "PRAGMA secure_delete = ON", NULL, 0);
	return 0;
}

/* By who holds the lock. */
static int remove_files(const char *path, struct err *err)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	char name[PATH_MAX + 8];
	unsigned count = 0;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		if (unlink(name) < 0 && errno != ENOENT)
			return err_set(err, -errno, "cannot remove %s: %s", name, strerror(errno));
	}
	return damaged(path, true, &count, err);
}

/* It cannot be opened. */
static int remove_damaged(const char *path, struct err *err)
{
	int lock, code = store_lock(path, &lock, err);

	if (code)
		return code;
	code = remove_files(path, err);
	close(lock);
	return code;
}

int history_forget_all(const char *name, struct err *err)
{
	struct store *store;
	unsigned count = 0;
	char path[PATH_MAX];
	int code = open_file(name, path, &store, err);

	if (code == -ENODATA)
		return damaged(path, true, &count, err);
	if (code == -EUCLEAN && history_is_ours(path))
		return remove_damaged(path, err);
	if (code)
		return code;
	code = remove_files(path, err);
	store_free(store);
	return code;
}

/* Commits, however many attempts that takes, and closes: who is told that it failed must not find it done later. */
static int finish(struct store *store, int code, bool *remains, struct err *err)
{
	if (!code)
		code = store_flush_patiently(store, PATIENCE_MS, err);
	*remains = !code && store_settle_log(store, NULL) != 0;
	if (code)
		store_free_within(store, 0);
	else
		store_free(store);
	return code;
}

int history_forget_until(const char *name, int64_t until, bool *remains, struct err *err)
{
	struct store *store;
	char path[PATH_MAX];
	int code = open_file(name, path, &store, err);

	if (code)
		return code;
	HISTORY_PUT(store, "INSERT INTO settled VALUES(?1)", STORE_INT_OF(0));
	HISTORY_PUT(store, "INSERT INTO kept VALUES(?1, ?2)", STORE_INT_OF(until), STORE_INT_OF(0));
	HISTORY_PUT(store, "DELETE FROM alerts WHERE since < ?1 AND told_at < ?1", STORE_INT_OF(until));
	return finish(store, 0, remains, err);
}

/* ---- peers ---- */

struct search {
	const struct ip_prefix *prefixes;
	size_t prefix_count;
	struct ip *found; /* owned */
	size_t count, room;
};

static int take_address(void *context, const struct store_value *columns, size_t n)
{
	struct search *s = context;
	struct ip ip;
	size_t i = 0;

	(void)n;
	if (!history_address_of(&columns[0], &ip))
		return 0;
	while (i < s->prefix_count && !ip_in(&ip, &s->prefixes[i]))
		i++;
	if (i == s->prefix_count)
		return 0;
	if (s->count == s->room) {
		s->room = s->room ? 2 * s->room : FIRST_ROOM;
		s->found = xreallocarray(s->found, s->room, sizeof(*s->found));
	}
	s->found[s->count++] = ip;
	return 0;
}

int history_forget_peers(const char *name, const struct ip_prefix *prefixes, size_t count, size_t *found, bool *remains,
			 struct err *err)
{
	struct search s = {.prefixes = prefixes, .prefix_count = count};
	struct store *store;
	char path[PATH_MAX];
	int code = open_file(name, path, &store, err);

	if (code)
		return code;
	/* The totals count an address when it settles. */
	HISTORY_PUT(store, "INSERT INTO settled VALUES(?1)", STORE_INT_OF(0));
	code = store_get(store, "SELECT ip FROM peers UNION SELECT ip FROM fresh", NULL, 0, take_address, &s, err);
	for (size_t i = 0; i < s.count && !code; i++) {
		uint8_t bytes[HISTORY_ADDRESS];
		struct store_value ip = store_blob(bytes, history_address_bytes(&s.found[i], bytes));

		HISTORY_PUT(store, "DELETE FROM peers WHERE ip = ?1", ip);
		HISTORY_PUT(store, "DELETE FROM fresh WHERE ip = ?1", ip);
	}
	code = finish(store, code, remains, err);
	if (!code)
		*found = s.count;
	free(s.found);
	return code;
}
