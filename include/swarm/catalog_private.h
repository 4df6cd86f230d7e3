/* What the parts of the catalog share: the store, the schema, and values as SQL takes them. */
#ifndef SWARM_CATALOG_PRIVATE_H
#define SWARM_CATALOG_PRIVATE_H

#include "core/store.h"
#include "swarm/catalog.h"

/* Most bytes of what is stored. A text is cut there, at a character; a URL that is longer is none. */
enum {
	CATALOG_MAX_NAME = 1024,
	CATALOG_MAX_COMMENT = 4096,
	CATALOG_MAX_SHORT = 256, /* type, file, created_by, headers, errors */
	CATALOG_MAX_URL = 4096,
	CATALOG_MAX_MAGNET = 16384,
	CATALOG_MAX_WEB_SEEDS = 16384, /* of all, a line each */
	CATALOG_MAX_NEAR = 4096,
	CATALOG_MAX_STATE = 4 << 20,
	CATALOG_FRESH = 1 << 19, /* changes that wait in the order of time */
};

struct catalog_thinning {
	int64_t done; /* `now` of the last round that came to its end */
	int64_t now;  /* of the round that is on its way, 0 = none */
	int64_t next; /* torrent it goes on with */
	int64_t last; /* highest torrent */
	int64_t at;   /* when the last step was queued, by the samples' time */
};

struct catalog {
	struct store *store;
	bool writes;
	unsigned samples; /* put since it was looked how many changes wait */
	int64_t fresh_max; /* that may wait */
	struct catalog_thinning thinning;
};

extern const char *const catalog_migrations[];

#define CATALOG_PUT(c, sql, ...) \
	store_put((c)->store, sql, (const struct store_value[]){__VA_ARGS__}, \
		  sizeof((const struct store_value[]){__VA_ARGS__}) / sizeof(struct store_value))
#define CATALOG_GET(c, sql, take, context, err, ...) \
	store_get((c)->store, sql, (const struct store_value[]){__VA_ARGS__}, \
		  sizeof((const struct store_value[]){__VA_ARGS__}) / sizeof(struct store_value), take, context, err)

/* The id of the torrent that ?1 names, or ?2, the v2 hash, cut, of one whose file was read: what a list says of two
 * hashes proves nothing. */
#define CATALOG_TORRENT_ID \
	"coalesce((SELECT id FROM torrents WHERE hash = ?1), " \
	"(SELECT id FROM torrents WHERE whole = 1 AND hash_v2 IS NOT NULL AND substr(hash_v2, 1, 20) = ?2))"
/* Whether `collection` is in the list that catalog_chosen() made. */
#define CATALOG_CHOSEN(list, collection) "(" list " IS NULL OR instr(" list ", ',' || " collection " || ','))"

/* NULL and "" are NULL. */
struct store_value catalog_text(const char *text, size_t max);
/* Like it, but what is too long is NULL. */
struct store_value catalog_whole_text(const char *text, size_t max);
/* Below 0 is NULL; and 0 is NULL. */
struct store_value catalog_known(int64_t number);
struct store_value catalog_known_or_none(int64_t number);

/* Columns; NULL is "", 0 or what is said. A text is valid as long as the row. */
const char *catalog_column_text(const struct store_value *column);
int64_t catalog_column(const struct store_value *column, int64_t if_null);
/* CATALOG_UNKNOWN for NULL, and at most INT32_MAX. */
int32_t catalog_column_count(const struct store_value *column);
/* Copies; cut if it must be. */
void catalog_column_copy(const struct store_value *column, char *text, size_t size);
/* Takes the number in the first column into an int64_t. */
int catalog_take_number(void *context, const struct store_value *columns, size_t count);

/* The ids of collections as CATALOG_CHOSEN takes them, ",1,2,"; *list is NULL for all; free(). 0 or -errno. */
int catalog_chosen(struct catalog *c, const char *const *collections, char **list, struct err *err);

/* A change that waits in the order of time. */
struct catalog_fresh {
	int64_t series; /* torrent * 4 + kind */
	struct catalog_point point;
};

/* Begin with all of it 0. */
struct catalog_history {
	struct catalog *c;
	int64_t since; /* 30 days before the newest measurement of all */
	struct catalog_fresh *fresh;
	size_t fresh_count, fresh_room;
	/* Of the torrent that was asked for last, oldest first. */
	struct catalog_point *points;
	size_t count, room;
};

/* In the snapshot in which all the rest is read, for the series from `first` to `last`. 0 or -errno with a message. */
int catalog_history_begin(struct catalog_history *h, struct catalog *c, int64_t first, int64_t last, struct err *err);
/* The points of a torrent; its latest values have stood since `since`. 0 or -errno with a message. */
int catalog_history_of(struct catalog_history *h, const struct catalog_sample latest[CATALOG_KINDS],
		       const int64_t since[CATALOG_KINDS], struct err *err);
void catalog_history_done(struct catalog_history *h);

/* A sample was put: goes on with thinning, a step a second, and moves what has changed to where it stays. */
void catalog_thin_step(struct catalog *c, int64_t at);

#endif
