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

/* A date as in 20260922T061500Z, and nothing else but a number or the end of a log's name. */
static bool begins_with_date(const char *text)
{
	static const char form[] = "00000000T000000Z";

	for (const char *f = form; *f; f++, text++)
		if (*f == '0' ? *text < '0' || *text > '9' : *text != *f)
			return false;
	return !*text || *text == '-';
}

/* PATH.corrupt-DATE and their logs, and PATH.lost-DATE-wal: peers are in them too. Removes them, or only counts. */
static int damaged(const char *path, bool remove, unsigned *count, struct err *err)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	char folder[PATH_MAX], start[NAME_MAX + 16];
	int start_len = snprintf(start, sizeof(start), "%.*s.", NAME_MAX, base), code = 0;
	const struct dirent *entry;
	DIR *dir;

	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(base - path) : 1, slash ? path : ".");
	dir = opendir(folder);
	if (!dir)
		return err_set(err, -errno, "cannot look into %s: %s", folder, strerror(errno));
	while (!code && (entry = readdir(dir))) {
		const char *end = entry->d_name + start_len;

		if (strncmp(entry->d_name, start, (size_t)start_len) != 0 ||
		    !((strncmp(end, "corrupt-", 8) == 0 && begins_with_date(end + 8)) ||
		      (strncmp(end, "lost-", 5) == 0 && begins_with_date(end + 5))))
			continue;
		if (remove && unlinkat(dirfd(dir), entry->d_name, 0) < 0)
			code = err_set(err, -errno, "cannot remove %.200s: %s", entry->d_name, strerror(errno));
		++*count;
	}
	closedir(dir);
	return code;
}

/* The log of a file that was moved away after the monitor was killed: peers are in it. Who has a lock was a monitor. */
static bool has_log(const char *path)
{
	char log[PATH_MAX + 8], lock[PATH_MAX + 8];

	snprintf(log, sizeof(log), "%s-wal", path);
	snprintf(lock, sizeof(lock), "%s.lock", path);
	return access(log, F_OK) == 0 && access(lock, F_OK) == 0;
}

static int missing(const char *path, struct err *err)
{
	struct err none;
	unsigned count = 0;

	if (!has_log(path) && (damaged(path, false, &count, &none) || !count))
		return err_set(err, -ENOENT, "there is no history at %s", path);
	return err_set(err, -ENODATA,
		       "there is no history at %.300s but what is left of others, moved or damaged: --forget alone "
		       "removes that",
		       path);
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

/* It cannot be opened, or is not there. */
static int remove_rest(const char *path, struct err *err)
{
	struct store_lock lock;
	int code = store_lock(&lock, path, err);

	if (code)
		return code;
	code = remove_files(path, err);
	store_unlock(&lock);
	return code;
}

int history_forget_all(const char *name, struct err *err)
{
	struct store *store;
	struct err removed;
	char path[PATH_MAX];
	int code = open_file(name, path, &store, err);

	if (code == -ENODATA || (code == -EUCLEAN && history_is_ours(path)))
		return remove_rest(path, err);
	if (code)
		return code;
	store_take_left(store, &removed); /* what it tells of goes too */
	code = remove_files(path, err);
	store_free(store);
	return code;
}

/* Commits, however many attempts that takes, and closes: who is told that it failed must not find it done later. */
static int finish(struct store *store, int code, struct history_remains *remains, struct err *err)
{
	*remains = (struct history_remains){.code = 0};
	if (!code)
		code = store_flush_patiently(store, PATIENCE_MS, err);
	if (!code)
		remains->code = store_settle_log(store, &remains->why);
	if (code)
		store_free_within(store, 0, NULL);
	else
		store_free(store);
	return code;
}

int history_forget_until(const char *name, int64_t until, struct history_remains *remains, struct err *err)
{
	/* Those that name countries which are yet to be told stay: nothing says when they came, and as their totals
	 * stay, they would never be new again. */
	static const char alerts[] =
		"DELETE FROM alerts WHERE since < ?1 AND told_at < ?1 AND instr(name, char(10)) = 0";
	struct store *store;
	char path[PATH_MAX];
	int code = open_file(name, path, &store, err);

	if (code)
		return code;
	HISTORY_PUT(store, "INSERT INTO settled VALUES(?1)", STORE_INT_OF(0));
	HISTORY_PUT(store, "INSERT INTO kept VALUES(?1, ?2)", STORE_INT_OF(until), STORE_INT_OF(0));
	HISTORY_PUT(store, alerts, STORE_INT_OF(until));
	return finish(store, 0, remains, err);
}

/* ---- peers ---- */

struct search {
	const struct ip_prefix *prefixes;
	bool *hit; /* of each: some address is in it */
	size_t prefix_count;
	bool networks;    /* those are meant that it is a part of */
	struct ip *found; /* owned */
	size_t count, room;
};

/* Of a part of a network nothing is kept but the network, where addresses are cut. */
static bool is_meant(struct search *s, const struct ip *ip, size_t i)
{
	struct ip network = ledger_cut(&s->prefixes[i].ip);

	if (s->networks)
		return !s->hit[i] && ip_equal(ip, &network);
	s->hit[i] |= ip_in(ip, &s->prefixes[i]);
	return ip_in(ip, &s->prefixes[i]);
}

static int take_address(void *context, const struct store_value *columns, size_t n)
{
	struct search *s = context;
	bool meant = false;
	struct ip ip;

	(void)n;
	if (!history_address_of(&columns[0], &ip))
		return 0;
	for (size_t i = 0; i < s->prefix_count; i++)
		meant |= is_meant(s, &ip, i);
	if (!meant)
		return 0;
	if (s->count == s->room) {
		s->room = s->room ? 2 * s->room : FIRST_ROOM;
		s->found = xreallocarray(s->found, s->room, sizeof(*s->found));
	}
	s->found[s->count++] = ip;
	return 0;
}

/* A prefix that is shorter than a network has its hits itself. */
static int find(struct store *store, struct search *s, struct history_forgotten *forgotten, struct err *err)
{
	static const char get[] = "SELECT ip FROM peers UNION SELECT ip FROM fresh";
	int code = store_get(store, get, NULL, 0, take_address, s, err);

	forgotten->peers = s->count;
	s->networks = true;
	if (!code)
		code = store_get(store, get, NULL, 0, take_address, s, err);
	forgotten->networks = s->count - forgotten->peers;
	return code;
}

int history_forget_peers(const char *name, const struct ip_prefix *prefixes, size_t count,
			 struct history_forgotten *forgotten, struct history_remains *remains, struct err *err)
{
	struct search s = {.prefixes = prefixes, .prefix_count = count};
	struct history_forgotten found;
	struct store *store;
	char path[PATH_MAX];
	int code = open_file(name, path, &store, err);

	if (code)
		return code;
	s.hit = xcalloc(count, sizeof(*s.hit));
	/* The totals count an address when it settles. */
	HISTORY_PUT(store, "INSERT INTO settled VALUES(?1)", STORE_INT_OF(0));
	code = find(store, &s, &found, err);
	for (size_t i = 0; i < s.count && !code; i++) {
		uint8_t bytes[HISTORY_ADDRESS];
		struct store_value ip = store_blob(bytes, history_address_bytes(&s.found[i], bytes));

		HISTORY_PUT(store, "DELETE FROM peers WHERE ip = ?1", ip);
		HISTORY_PUT(store, "DELETE FROM fresh WHERE ip = ?1", ip);
	}
	code = finish(store, code, remains, err);
	if (!code)
		*forgotten = found;
	free(s.found);
	free(s.hit);
	return code;
}
