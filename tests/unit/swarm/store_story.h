/* A store in a story: what is put into it, and what is found. After scenario.h, scratch.h and faulted.h. */
#ifndef STORE_STORY_H
#define STORE_STORY_H

#include "core/loop.h"
#include "core/store_private.h"
#include "swarm/catalog_private.h"

enum { STORY_SECOND = 1000, STORY_TOLD = 1024, STORY_TEXT = 1024 };

/* A file and its log, as they are on the disk. */
struct story_files {
	char *bytes[2];
	size_t len[2];
};

struct story {
	struct scenario scenario;
	char folder[128], path[160];
	size_t queue;
	bool is_catalog;
	struct store *store; /* NULL = it is not open */
	struct catalog *catalog;
	int64_t collection;
	int64_t put;
	bool settled;
	int64_t began_ms;
	struct loop *loop;
	struct loop_timer tick;
	long ticks, wanted, late, unread;
	int64_t due_ms;
	bool ticks_put;
	pid_t other; /* that has a lock; 0 = none */
	int other_ends;
	char *told; /* in a child: shared with the parent; NULL = we are none */
};

/* Each row is two writes: a half of one is none. */
static const char *const story_schema[] = {
	"CREATE TABLE t(n INTEGER, bytes)",
	"CREATE TABLE halves(n INTEGER); INSERT INTO halves SELECT n FROM t",
	NULL,
};

static const char *const story_files[] = {"", "-wal"};

/* ---- telling ---- */

static inline void story_replace(char *text, const char *part, const char *with)
{
	for (char *at; *part && (at = strstr(text, part));) {
		memmove(at + strlen(with), at + strlen(part), strlen(at + strlen(part)) + 1);
		memcpy(at, with, strlen(with));
	}
}

/* Without what is another each time. */
static inline void story_plain(const struct story *s, char *text)
{
	char part[192];

	snprintf(part, sizeof(part), "%s/", s->folder);
	story_replace(text, part, "");
	snprintf(part, sizeof(part), "(%ld)", (long)getpid());
	story_replace(text, part, "(N)");
}

__attribute__((format(printf, 2, 3))) static inline void story_add(char told[STORY_TOLD], const char *format, ...)
{
	size_t len = strlen(told);
	va_list args;

	va_start(args, format);
	vsnprintf(told + len, STORY_TOLD - len, format, args);
	va_end(args);
}

/* Of a child only what stands before the colon: whatever failed, the words differ. */
static inline void story_tell(struct story *s, const char *what, const char *words)
{
	char text[sizeof(struct err)] = "";

	if (s->told) {
		story_add(s->told, "%s%s, ", what, words && !*words ? " without a word" : "");
		return;
	}
	if (words)
		snprintf(text, sizeof(text), "%s", words);
	story_plain(s, text);
	buf_printf(&s->scenario.happened, "%s%s%s\n", what, words ? ": " : "", text);
}

static inline void story_tell_failure(struct story *s, const char *what, int code, const char *words)
{
	char text[64];

	snprintf(text, sizeof(text), "%s (%s)", what, strerrorname_np(-code));
	story_tell(s, s->told ? what : text, words);
}

/* ---- files ---- */

static inline struct story_files story_read_files(const struct story *s)
{
	struct story_files files = {{NULL, NULL}, {0, 0}};
	char name[192];

	for (size_t i = 0; i < 2; i++) {
		FILE *file;

		snprintf(name, sizeof(name), "%s%s", s->path, story_files[i]);
		file = fopen(name, "r");
		if (!file)
			continue;
		fseek(file, 0, SEEK_END);
		files.len[i] = (size_t)ftell(file);
		rewind(file);
		files.bytes[i] = xcalloc(1, files.len[i] + STORY_TEXT);
		files.len[i] = fread(files.bytes[i], 1, files.len[i], file);
		fclose(file);
	}
	return files;
}

static inline void story_free_files(struct story_files *files)
{
	for (size_t i = 0; i < 2; i++)
		free(files->bytes[i]);
}

/* Nothing else is left in the folder. */
static inline void story_write_files(const struct story *s, const struct story_files *files)
{
	char name[192];

	nftw(s->folder, scratch_remove, 8, FTW_DEPTH | FTW_PHYS);
	mkdir(s->folder, 0700);
	for (size_t i = 0; i < 2; i++) {
		FILE *file;

		snprintf(name, sizeof(name), "%s%s", s->path, story_files[i]);
		if (!files->bytes[i])
			continue;
		file = fopen(name, "w");
		if (!file || fwrite(files->bytes[i], 1, files->len[i], file) != files->len[i] || fclose(file))
			scenario_bail(&s->scenario, "cannot write the file");
	}
}

static inline bool story_are_same(const struct story_files *a, const struct story_files *b)
{
	bool same = true;

	for (size_t i = 0; i < 2; i++)
		same = same && !a->bytes[i] == !b->bytes[i] && a->len[i] == b->len[i] &&
		       (!a->bytes[i] || memcmp(a->bytes[i], b->bytes[i], a->len[i]) == 0);
	return same;
}

/* ---- opening, writing ---- */

static inline int story_open_catalog(struct story *s, struct err *err)
{
	int code = catalog_open(s->path, CATALOG_WRITE, &s->catalog, err);

	if (code)
		return code;
	s->store = s->catalog->store;
	s->collection = catalog_collection(s->catalog, "books", NULL, "http://example.org/", err);
	if (s->collection > 0)
		return 0;
	catalog_free(s->catalog);
	s->catalog = NULL;
	s->store = NULL;
	return (int)s->collection;
}

static inline int story_open(struct story *s, struct err *err)
{
	struct store_open how = {s->path, story_schema, true, s->queue, 20, NULL};

	return s->is_catalog ? story_open_catalog(s, err) : store_open(&how, &s->store, err);
}

static inline void story_close(struct story *s, struct err *left)
{
	if (s->catalog)
		catalog_free(s->catalog);
	else
		store_free_within(s->store, 10 * STORY_SECOND, left);
	s->catalog = NULL;
	s->store = NULL;
}

static inline void story_put(struct story *s)
{
	static const struct catalog_tracker_url tracker = {"udp://a:1", 0};
	struct catalog_torrent t = {.has_v1 = true, .name = "a torrent", .trackers = &tracker, .tracker_count = 1};
	struct catalog_place place = {.collection = s->collection, .link = "", .seen = 1};
	int64_t n = s->put++;

	if (s->catalog) {
		memcpy(t.hash, &n, sizeof(n));
		catalog_put_torrent(s->catalog, &t, &place);
		return;
	}
	store_put(s->store, "INSERT INTO t VALUES(?, zeroblob(100))", &STORE_INT_OF(n), 1);
	store_put(s->store, "INSERT INTO halves VALUES(?)", &STORE_INT_OF(n), 1);
}

static inline int story_save(struct story *s, int64_t within_ms, struct err *err)
{
	if (s->catalog)
		return catalog_flush(s->catalog, err);
	return within_ms ? store_flush_within(s->store, within_ms, err) : store_flush(s->store, err);
}

/* ---- looking ---- */

static inline int story_take(void *context, const struct store_value *columns, size_t count)
{
	*(int64_t *)context = count ? columns[0].number : -1;
	return 0;
}

static inline int64_t story_number(struct store *s, const char *sql, struct err *err)
{
	int64_t n = -1;
	int code = store_get(s, sql, NULL, 0, story_take, &n, err);

	return code ? -1 : n;
}

/* How many rows there are, if they are whole and in the order in which they were put; else -1. */
static inline int64_t story_rows(struct story *s, struct err *err)
{
	static const char *const sql[] = {
		"SELECT CASE WHEN (SELECT count(*) FROM t WHERE n <> rowid - 1) OR "
		"(SELECT count(*) FROM halves WHERE n <> rowid - 1) OR (SELECT count(*) FROM t) <> (SELECT count(*) "
		"FROM halves) THEN -1 ELSE (SELECT count(*) FROM t) END",
		"SELECT CASE WHEN (SELECT count(*) FROM torrents) <> (SELECT count(*) FROM places) OR (SELECT count(*) "
		"FROM torrents) <> (SELECT count(*) FROM names) THEN -1 ELSE (SELECT count(*) FROM torrents) END",
	};

	return story_number(s->store, sql[s->is_catalog], err);
}

static inline void story_look(struct story *s, char *text, size_t size)
{
	static const char *const whole[] = {"SELECT count(*) FROM t", "SELECT count(*) FROM torrents"},
				 *const halves[] = {"SELECT count(*) FROM halves", "SELECT count(*) FROM places"};
	struct err err = {""};
	int64_t unsound = story_number(
			s->store, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'", &err),
		foreign = story_number(s->store, "SELECT count(*) FROM pragma_foreign_key_check", &err),
		rows = story_rows(s, &err);

	if (*err.msg)
		snprintf(text, size, "cannot be read: %s", err.msg);
	else if (rows < 0)
		snprintf(text, size, "integrity %s, rows are missing: %lld are there, %lld second halves",
			 unsound || foreign ? "NOT OK" : "ok",
			 (long long)story_number(s->store, whole[s->is_catalog], &err),
			 (long long)story_number(s->store, halves[s->is_catalog], &err));
	else
		snprintf(text, size, "integrity %s, %lld rows in order", unsound || foreign ? "NOT OK" : "ok",
			 (long long)rows);
	story_plain(s, text);
}

#endif
