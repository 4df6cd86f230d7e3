/* What the store knows of collections, torrents, trackers and health: the only SQL of this wing. Writes are queued to
 * the store's writer and come back at once; reads are answered at once, from what is on disk. Seconds since 1970. */
#ifndef SWARM_CATALOG_H
#define SWARM_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "wire/info_hash.h"

enum { CATALOG_TRACKERS = 64, CATALOG_UNKNOWN = -1, CATALOG_COUNTRIES = 1600 };

struct catalog;

enum catalog_mode { CATALOG_READ, CATALOG_WRITE };

/* Opens the store at `path`, makes or migrates it when writing. 0; -EBUSY: another writer has it (exit 75); -ENOENT:
 * there is none to read; else -errno. All with a message. */
int catalog_open(const char *path, enum catalog_mode mode, struct catalog **catalog, struct err *err);
/* Waits until what was written so far is on disk, 5 s at most. 0 or -errno with a message. */
int catalog_flush(struct catalog *c, struct err *err);
/* Asks for that, and returns at once: whether it is. */
bool catalog_settled(struct catalog *c);
/* Flushes, then frees; NULL is accepted. */
void catalog_free(struct catalog *c);
/* swarm.db in the state folder (core/state.h), or `configured`. Makes nothing:
 * catalog_open() makes the state folder, when writing. */
int catalog_path(const char *configured, char *path, size_t size, struct err *err);

/* ---- collections and torrents ---- */

/* The id of a collection, made or renewed. >= 1, or -errno with a message. */
int64_t catalog_collection(struct catalog *c, const char *name, const char *type, const char *url, struct err *err);
/* Whether it was made, with this type and URL the last time. */
bool catalog_has_collection(struct catalog *c, const char *name, const char *type, const char *url);
/* Whether it has a torrent that is not gone. */
bool catalog_has_torrents(struct catalog *c, const char *name);

struct catalog_tracker_url { /* as in metainfo */
	const char *url;
	unsigned tier; /* BEP 12, from 0 */
};

/* What is known of a torrent. Foreign texts are clean (base/text.h); NULL or 0 is unknown. */
struct catalog_torrent {
	uint8_t hash[INFO_HASH]; /* v1; of a torrent that is only v2 the v2 one, cut (BEP 52) */
	bool has_v1, has_v2;
	uint8_t hash_v2[INFO_HASH_V2];
	bool private;     /* BEP 27 */
	const char *name; /* in the info dictionary, or as a list says */
	const char *comment, *created_by;
	int64_t created;
	uint64_t size; /* bytes of all files, padding (BEP 47) not counted */
	uint32_t files;
	const struct catalog_tracker_url *trackers;
	size_t tracker_count;
	const char *const *web_seeds; /* NULL-terminated; may be NULL */
	bool whole; /* read from a .torrent file: its trackers replace those of its place, else they are added */
};

/* Where a collection has it: its URL or file ("" = none: then `magnet`), a magnet link ("" = none). */
struct catalog_place {
	int64_t collection;
	const char *link, *magnet, *file; /* file: the stem of the file's name, for reports */
	const char *type;                 /* for a collection without one; "" = none */
	int64_t seen;                     /* when the page had it */
};

/* Adds or renews; a torrent in two collections is one, with two places, and so is one that is known by its v1 hash
 * here and by its v2 hash there, once both are known. What is unknown now never takes the place of what is known. A
 * torrent that is `whole` takes the place of another that was at the same link. Texts and lists are cut at a maximum.
 */
void catalog_put_torrent(struct catalog *c, const struct catalog_torrent *t, const struct catalog_place *place);
/* It is still there, and nothing else is new. `link` or, where there is none, `hash` says which. */
void catalog_seen(struct catalog *c, int64_t collection, const char *link, const uint8_t *hash, int64_t seen);
/* Those of the collection that were last seen before `since` are gone from the page (never deleted). */
void catalog_gone(struct catalog *c, int64_t collection, int64_t since);

/* What is remembered of a URL of a collection, for conditional requests and for going on after an interruption. */
struct catalog_url {
	char etag[256], modified[64];
	int64_t fetched; /* 0 = never fetched whole */
	int status;      /* the last HTTP status; 0 = none */
	unsigned failures;
	bool bad; /* the file is no torrent: not fetched again until it changes */
};

/* Calls `take` for every URL of the collection of which something is remembered; take() returns 0 to go on, else that
 * is returned. 0 or -errno with a message. The way for thousands of URLs: one at a time they take as many reads. */
int catalog_urls(struct catalog *c, int64_t collection,
		 int (*take)(void *context, const char *url, const struct catalog_url *known), void *context,
		 struct err *err);
bool catalog_url_get(struct catalog *c, int64_t collection, const char *url, struct catalog_url *known);
/* Whether the link leads to another torrent than this one, as far as is known. */
bool catalog_link_differs(struct catalog *c, int64_t collection, const char *link, const uint8_t hash[INFO_HASH]);
/* After the torrent that came from it: what a killed process has written is what was put first. */
void catalog_url_put(struct catalog *c, int64_t collection, const char *url, const struct catalog_url *known);

/* ---- measuring ---- */

enum catalog_kind { CATALOG_TRACKER, CATALOG_DHT, CATALOG_CLIENT, CATALOG_KINDS };

/* A torrent as a pass wants it. */
struct catalog_target {
	int64_t id;
	uint8_t hash[INFO_HASH];
	bool private;
	int64_t measured; /* by this kind, 0 = never */
};

/* All torrents of the collections (NULL-terminated names, NULL = all) that are not gone, the longest unmeasured by
 * `kind` first. *targets is the caller's (free()). The count, or -errno with a message. */
int64_t catalog_targets(struct catalog *c, const char *const *collections, enum catalog_kind kind,
			struct catalog_target **targets, struct err *err);

/* Which torrent names which tracker; `torrent` is a position in an array of targets. */
struct catalog_link {
	uint32_t torrent, tracker; /* positions */
	uint16_t tier;
};

/* A tracker and what is remembered of its health. */
struct catalog_tracker {
	int64_t id;
	char *url;               /* owned by the array: catalog_trackers_free() */
	int64_t answered, tried; /* last success, last try, 0 = never */
	unsigned failures;       /* in a row */
	double latency_ms;       /* smoothed, 0 = unknown */
	int64_t wait_s;          /* it wants to be left alone for so long after `tried`, 0 = it does not */
	char error[96];
};

struct catalog_trackers {
	struct catalog_tracker *trackers;
	size_t count;
	struct catalog_link *links; /* sorted by tracker, then as the targets are */
	size_t link_count;
};

/* All that is named by the collections that have the torrent still. Of a private torrent: by the torrent file that was
 * the first, if there was one. */
int catalog_trackers(struct catalog *c, const struct catalog_target *targets, size_t count,
		     struct catalog_trackers *trackers, struct err *err);
void catalog_trackers_free(struct catalog_trackers *trackers);
/* The id of a tracker that no torrent names ([trackers] extra). */
int64_t catalog_tracker(struct catalog *c, const char *url, struct err *err);
/* A tracker by its id; `url` is the caller's (free()). 0, or -errno with a message. */
int catalog_tracker_get(struct catalog *c, int64_t id, struct catalog_tracker *t, struct err *err);
void catalog_put_tracker(struct catalog *c, const struct catalog_tracker *t);

/* What one tracker said of one torrent. */
struct catalog_answer {
	int64_t torrent, tracker, at;
	int32_t seeders, leechers, completed; /* CATALOG_UNKNOWN = not said */
};

/* Only the latest of a tracker and a torrent is kept. */
void catalog_put_answer(struct catalog *c, const struct catalog_answer *answer);
/* The tracker does not know them any more: its answers are forgotten. Where there is none, nothing is written. */
void catalog_drop_answers(struct catalog *c, int64_t tracker, const int64_t *torrents, size_t count);
/* What each tracker said last of one torrent, most seeders first; `url` is valid during the call. take() returns 0 to
 * go on, else that is returned. 0 or -errno with a message. */
int catalog_answers(struct catalog *c, int64_t torrent,
		    int (*take)(void *context, const char *url, const struct catalog_answer *answer), void *context,
		    struct err *err);

/* What a tracker said last, of every torrent of which it said something since then, by the torrents' ids. */
int catalog_said(struct catalog *c, int64_t tracker, int64_t since,
		 int (*take)(void *context, const struct catalog_answer *answer), void *context, struct err *err);

enum catalog_outcome { CATALOG_FOUND, CATALOG_NONE, CATALOG_UNREACHABLE, CATALOG_TIMED_OUT };

/* The result of one pass for one torrent: of trackers the maximum. An unchanged one extends the one before it. */
struct catalog_sample {
	int64_t torrent, at;
	int64_t taken_up; /* when, if what was said at `at` became the result only later; else 0 */
	enum catalog_kind kind;
	int32_t seeders, leechers, completed; /* CATALOG_UNKNOWN = unknown; DHT: BEP 33 estimates, rounded */
	int32_t peers;                        /* DHT: distinct addresses; CLIENT: connected ones; TRACKER: not kept */
	int64_t tracker;                      /* which said so, 0 = none */
	enum catalog_outcome outcome;         /* DHT: of the latest lookup, with a result or without */
	uint16_t asked, answered;             /* DHT: nodes of that lookup */
	const char *countries; /* DHT: distinct addresses by country, most first: "DE 12,US 3,?? 1"; NULL = none.
				* Only the latest is kept. */
};

/* DHT outcomes but FOUND and NONE leave the values that were known: only the try is noted, and how it ended. */
void catalog_put_sample(struct catalog *c, const struct catalog_sample *sample);
/* Thins samples: all for 2 days, one in 6 hours to 30 days, one a day after that. Call it before or after each pass:
 * it begins a round at most once a day, and goes on in small steps, one a call and one for each second of the samples
 * that are put, if need be in the next process. */
void catalog_thin(struct catalog *c, int64_t now);

/* Small things by name: the DHT's node cache ("dht.nodes4"), closest nodes of a torrent ("near4.<id>"). */
void catalog_put_state(struct catalog *c, const char *key, const void *bytes, size_t len);
/* Bytes copied to *bytes (free()), or -ENOENT. */
int64_t catalog_state(struct catalog *c, const char *key, void **bytes);
/* Likewise a time, in seconds since 1970; 0 = none. */
void catalog_put_time(struct catalog *c, const char *key, int64_t wall);
int64_t catalog_time(struct catalog *c, const char *key);
void catalog_put_near(struct catalog *c, int64_t torrent, int family, const void *nodes, size_t len);
/* Calls `take` for every torrent that has some. */
void catalog_near(struct catalog *c, int family,
		  void (*take)(void *context, int64_t torrent, const void *nodes, size_t len), void *context);

/* ---- reading ---- */

/* A point of a torrent's history: the value stood from `from` to `to`. */
struct catalog_point {
	int64_t from, to;
	enum catalog_kind kind;
	int32_t seeders, leechers, peers;
};

/* A torrent with all that reports show. Valid during the callback. */
struct catalog_row {
	int64_t id;
	size_t rows; /* of how many this is one; 0 = of itself */
	struct catalog_torrent torrent; /* without trackers and web seeds */
	const char *collection, *type; /* of its first place; type: the collection's, the place's, else its name */
	/* Of the first place that has one; a link into the web comes before others. link_collection: which has it.
	 * path: link or path of a torrent file on the disk. */
	const char *link, *link_collection, *path, *magnet, *file;
	const char *collections;                     /* all of them, comma separated */
	int64_t added;                               /* first seen */
	struct catalog_sample latest[CATALOG_KINDS]; /* at 0 = never measured with a result */
	int64_t tried[CATALOG_KINDS];                /* the last try, with a result or without */
	const char *tracker;                         /* URL of the tracker that said so; "" = none */
	const struct catalog_point *points;          /* oldest first; of 30 days */
	size_t point_count;
};

/* Every torrent that is not gone, each once, in the order of collection and name; `collections` as above. The points
 * reach back to 30 days before the newest measurement in the store. take() returns 0 to go on, else that is returned.
 * 0 or -errno with a message. */
int catalog_rows(struct catalog *c, const char *const *collections,
		 int (*take)(void *context, const struct catalog_row *row), void *context, struct err *err);
/* One torrent by its hash, v1 or v2 cut, gone or not: 1 found, 0 not, -errno; or what take() returned, if not 0. */
int catalog_row(struct catalog *c, const uint8_t hash[INFO_HASH],
		int (*take)(void *context, const struct catalog_row *row), void *context, struct err *err);

#endif
