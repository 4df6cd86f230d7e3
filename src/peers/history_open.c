/* Opening the history's file, aside: a lock, a slow disk and a file of many years stop nobody. A file that is damaged
 * is moved out of the way, never removed. It does not know what waits in memory. */
#include "peers/history_private.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "base/words.h"
#include "base/xmalloc.h"
#include "core/state.h"

enum { QUEUE = 16 << 20, COMMIT_MS = 1000, NAMES = 100 };

struct opening *opening_new(const char *path, bool load, struct now now)
{
	struct opening *o = xcalloc(1, sizeof(*o));

	str_copy(o->path, sizeof(o->path), path);
	o->wall = now.wall;
	o->load = load;
	known_init(&o->known);
	return o;
}

void opening_free(void *context)
{
	struct opening *o = context;

	store_free_within(o->doubtful, 0, NULL);
	store_free(o->store);
	store_free(o->reader);
	store_rest_free(o->rest);
	known_done(&o->known);
	free(o);
}

/* ---- a damaged file ---- */

static int take_check(void *context, const struct store_value *columns, size_t n)
{
	struct err *err = context;

	(void)n;
	if (columns[0].type != STORE_TEXT || strcmp(columns[0].bytes, "ok") == 0)
		return 0;
	return err_set(err, -EUCLEAN, "it is damaged: %.200s", (const char *)columns[0].bytes);
}

bool history_is_ours(const char *path)
{
	char usual[PATH_MAX], real[PATH_MAX], usual_real[PATH_MAX];
	struct err none;

	if (store_is_ours(path))
		return true;
	if (history_path(NULL, usual, sizeof(usual), &none))
		return false;
	store_resolve(path, real);
	store_resolve(usual, usual_real);
	return strcmp(real, usual_real) == 0;
}

/* PATH.corrupt-DATE, or PATH.corrupt-DATE-2 ... */
static int free_name(const struct opening *o, char name[PATH_MAX + 64])
{
	char text[CLOCK_TEXT], date[CLOCK_TEXT], *end = date;

	clock_rfc3339(o->wall, text);
	for (const char *c = text; *c; c++)
		if (*c != '-' && *c != ':')
			*end++ = *c;
	*end = '\0';
	for (int i = 1; i <= NAMES; i++) {
		int len = snprintf(name, PATH_MAX + 64, "%s.corrupt-%s", o->path, date);

		if (i > 1)
			snprintf(name + len, (size_t)(PATH_MAX + 64 - len), "-%d", i);
		if (access(name, F_OK) < 0 && errno == ENOENT)
			return 0;
	}
	return -EEXIST;
}

/* With its log, which may hold what the file does not. */
static int move_aside(struct opening *o, struct err *err)
{
	static const char *const ends[] = {"-wal", "-shm", ""};
	char to[PATH_MAX + 64], from_end[PATH_MAX + 8], to_end[PATH_MAX + 72];
	int code = free_name(o, to);

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]) && !code; i++) {
		snprintf(from_end, sizeof(from_end), "%s%s", o->path, ends[i]);
		snprintf(to_end, sizeof(to_end), "%s%s", to, ends[i]);
		if (rename(from_end, to_end) < 0 && errno != ENOENT)
			code = -errno;
	}
	if (code)
		return err_set(err, -EUCLEAN, "%.300s is damaged, and cannot be moved out of the way: %s", o->path,
			       strerror(-code));
	err_set(&o->moved, 0, N_("the history was damaged; it was moved to %.330s, and a new history begins"), to);
	return 0;
}

/* ---- the job ---- */

static int open_and_check(struct opening *o, struct err *err)
{
	const struct store_open how = {o->path, history_migrations, true, QUEUE, COMMIT_MS, NULL};
	struct err found = {""};
	int code = store_open(&how, &o->store, err);

	if (code)
		return code;
	code = store_get(o->store, "PRAGMA quick_check(1)", NULL, 0, take_check, &found, NULL);
	if (code != -EUCLEAN)
		return 0; /* what cannot be read now is no damage */
	code = err_set(err, -EUCLEAN, "%.300s: %.200s", o->path, *found.msg ? found.msg : "it is damaged");
	store_close(o->store);
	o->store = NULL;
	return code;
}

/* What the disk does not give is not damaged, but that is what SQLite says of it (SQLITE_IOERR_CORRUPTFS). */
static void check_disk(struct opening *o)
{
	if (o->code == -EUCLEAN && !store_can_be_read(o->path))
		o->code = err_set(&o->err, -EIO, "%.300s cannot be read: look after the disk", o->path);
}

/* Who does not record may still read. */
static void open_reader(struct opening *o)
{
	const struct store_open how = {.path = o->path, .migrations = history_migrations};

	if (store_open(&how, &o->reader, NULL))
		o->reader = NULL;
}

static void load(struct opening *o)
{
	struct store *store = o->store ? o->store : o->reader;

	if (o->load && store)
		o->load_code = history_load(o, store, &o->load_err);
	o->loaded = o->load && store && !o->load_code;
}

static enum history_state state_of(struct opening *o)
{
	enum store_lock_state lock = o->code == -EBUSY ? store_lock_look(o->path) : STORE_LOCK_FREE;

	o->ours = lock == STORE_LOCK_OURS;
	if (o->ours)
		err_set(&o->err, -EBUSY, N_("%.430s is still being closed"), o->path);
	if (!o->code)
		return HISTORY_RECORDS;
	if (o->code == -EPROTO || o->code == -EUCLEAN || o->code == -EMEDIUMTYPE)
		return HISTORY_OFF;
	return lock == STORE_LOCK_OTHERS ? HISTORY_OTHER : HISTORY_WAITS;
}

void opening_run(void *context)
{
	struct opening *o = context;
	char given[PATH_MAX];
	struct err lost;

	if (o->doubtful)
		o->rest = store_close_to_rest(o->doubtful, &o->left);
	o->doubtful = NULL;
	o->code = state_make_folders(o->path, &o->err);
	str_copy(given, sizeof(given), o->path);
	store_resolve(given, o->path);
	if (o->damaged)
		o->code = err_set(&o->err, -EUCLEAN, "%.300s is damaged", o->path);
	else if (!o->code)
		o->code = open_and_check(o, &o->err);
	check_disk(o);
	/* What is wrong once and not again was read wrong. */
	if (o->code == -EUCLEAN && !o->damaged) {
		o->code = open_and_check(o, &o->err);
		check_disk(o);
	}
	if (o->code == -EUCLEAN && history_is_ours(o->path)) {
		o->code = move_aside(o, &o->err);
		if (!o->code)
			o->code = open_and_check(o, &o->err);
	}
	if (o->store) {
		store_take_left(o->store, &lost);
		if (*lost.msg)
			o->left = lost; /* a log that was found is worth more words than one that was left */
		store_keep_rest(o->store);
		store_put_rest(o->store, o->rest);
		o->rest = NULL;
	}
	o->state = state_of(o);
	history_look(o->path, &o->file);
	store_resolve(o->path, o->real); /* again: a new file is there only now */
	if (o->state == HISTORY_OTHER)
		open_reader(o);
	if (o->store)
		history_find_whole(o);
	load(o);
}

/* ---- what came of it ---- */

/* Nothing is told after it: what waits to be heard last is the same once more. */
int history_refused(struct history *h, struct err *err)
{
	if (!*h->refused.msg)
		return 0;
	h->message_count -= h->message_count > 0;
	return err_set(err, -EPROTO, "%s", h->refused.msg);
}
