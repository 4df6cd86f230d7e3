/* What the files of the sync pass share: one collection on its way, and how its findings reach the catalog. */
#ifndef SWARM_COLLECT_H
#define SWARM_COLLECT_H

#include "base/map.h"
#include "swarm/collect_fetch.h"
#include "swarm/collect_page.h"
#include "swarm/collect_server.h"
#include "swarm/pass.h"

enum {
	COLLECT_KEY = 16,
	COLLECT_URL_MAX = 4096, /* the catalog keeps no longer ones */
	COLLECT_WINDOW = 16, /* downloads of one collection that are begun */
	COLLECT_GONE = 410,  /* catalog_url's status of what left the page */
	COLLECT_SHOWN = 400, /* room for a text that is shown */
	COLLECT_ENTRY_KEY = 64,
	COLLECT_ITEMS = 1000000, /* torrents of one collection that are looked at */
};

#define COLLECT_NONE UINT32_MAX

/* What is remembered of a URL, or of an entry of a list. */
struct collect_known {
	uint8_t key[COLLECT_KEY]; /* of its SHA-1 */
	bool bad, seen, back;     /* in this run: seen, and back on the page that it had left */
	bool conditions;          /* an ETag or a date is known */
	bool entry;               /* of a list, and no file */
	bool list;                /* on this machine: `print` is how many torrents it named */
	uint8_t failures;         /* in a row; 255 = or more */
	int16_t status;
	int64_t fetched;
	uint64_t print; /* of an entry: what it said */
};

struct collect_counts {
	uint64_t fresh, same, gone, bad, failed, elsewhere, bytes;
	uint64_t left;       /* links that were not asked for any more */
	uint64_t unfinished; /* of those that failed or are left: to be tried again soon */
	uint64_t skipped;    /* there were too many */
	uint64_t left_out;   /* by required_substring */
};

struct collection;

/* A URL that is to be fetched. */
struct collect_link {
	uint32_t at;      /* in the collection's links */
	uint32_t server, after; /* the next one of that server; COLLECT_NONE = there is none */
	uint8_t failures; /* in a row, before this run */
	bool refused;     /* by the server, and not only for the moment */
	bool begun;
};

struct collect_download {
	struct collection *collection;
	struct collect_fetch *fetch; /* NULL = free */
	uint32_t server;
	char *url;
	struct catalog_url known;
	bool kept; /* what came is no torrent: the one of before stays */
	struct buf body;
};

/* One collection. It begins with collection_start() and ends with its done(). */
struct collection {
	const struct pass_world *world;
	const struct conf_collection *conf;
	void (*done)(void *context, struct collection *c);
	void *context;
	struct loop_timer step;
	int64_t id, stamp;            /* stamp: when it began */
	struct buf url, page_key;     /* of its page; its key in the catalog */
	struct buf home;              /* its host */
	const char **hosts;           /* that its links may lead to, but for home; NULL-terminated */
	struct catalog_url page_known;
	bool page_seen_before;
	struct map map;               /* of known */
	struct collect_known *known;
	uint32_t known_count, known_cap;
	/* The page while it comes in. */
	struct collect_fetch *fetch;
	struct collect_page *page;
	struct collect_local *local;
	struct err why;
	int broken;                   /* of the page: -errno */
	struct buf references;        /* NUL-terminated, each */
	size_t reference_at;
	struct buf base;              /* of references */
	uint64_t found;               /* items of the page, after the filter */
	/* Downloads. */
	struct buf links;              /* URLs, NUL-terminated each */
	struct collect_link *order;    /* of links */
	uint32_t order_count, order_cap;
	struct collect_servers servers; /* of links */
	bool sorted;
	struct collect_download downloads[COLLECT_WINDOW];
	unsigned running;
	int64_t page_wait_s;          /* the page's server wants to be left alone for so long; 0 = it does not */
	/* What has come of it. */
	struct collect_counts counts;
	uint64_t total, handled, passed; /* passed: of those that are handled, without being asked for */
	unsigned complaints;
	uint64_t known_then;          /* torrents that were there before this run */
	uint64_t named;               /* by the page, or by lists so far, whatever became of them */
	enum collect_ending ending;   /* of the page; COLLECT_CUT if one of the lists on this machine may be cut */
	char cut[COLLECT_SHOWN];      /* that list, clean */
	const char *cut_why;          /* and what is wrong with it */
	bool framed;                  /* so was its answer: see collect_fetched; or it is .torrent files alone */
	bool started, counted, ended, unread, whole, same;
	bool storeless; /* unread because of the store, which has been said */
};

void collection_init(struct collection *c, const struct pass_world *world, const struct conf_collection *conf);
/* done() is called once, never from within; not after collection_stop(). */
void collection_start(struct collection *c, void (*done)(void *context, struct collection *c), void *context);
void collection_stop(struct collection *c);
void collection_done(struct collection *c);

/* Its name, clean; returns `clean`. */
const char *collection_name(const struct collection *c, char clean[COLLECT_SHOWN]);

/* ---- collect_page_in.c: a page or a list is read ---- */

/* Findings of a page; the context is the collection. */
extern const struct collect_page_events collection_findings;
/* One more line of what is wrong, if there were not too many; `subject` is a URL or a path. */
void collection_complain(struct collection *c, const char *subject, const char *what, const char *why);

/* ---- collect_known.c: what is remembered ---- */

/* Reads all of it at once. 0 or -errno with a message. */
int collection_recall(struct collection *c, struct err *err);
/* The record of a URL, made if it is new. Valid until the next call. */
struct collect_known *collection_known(struct collection *c, const char *url);
/* How many torrents a list on this machine named when it was last believed to be whole; it is there still. `url` is
 * its own. */
uint64_t collection_list_named(struct collection *c, const char *url);
void collection_list_put(struct collection *c, const char *url, uint64_t named);
/* A magnet link or an entry of a list is remembered by its hash, "urn:btih:...", and by what it said in place of an
 * ETag. */
void collection_entry_key(const uint8_t hash[INFO_HASH], char key[COLLECT_ENTRY_KEY]);
bool collection_is_entry(const char *url);
/* How many were there before and are not seen any more. */
uint64_t collection_lost(const struct collection *c);
/* What was there before and is not seen any more: tells the catalog, and counts them. */
void collection_mark_gone(struct collection *c);
/* Those that were fetched more than a week ago, for a page that is as it was. */
void collection_refresh_all(struct collection *c);
bool collection_is_due(const struct collection *c, const struct collect_known *k);

/* ---- collect_gone.c: what a page says of torrents that it does not name ---- */

/* Once, when all of it has been looked at: marks them as gone, or says why not. */
void collection_judge_gone(struct collection *c);
/* Whether the page may have more than came. */
bool collection_may_be_cut(const struct collection *c);

/* ---- collect_file.c: into the catalog ---- */

/* A torrent file; `link` is its URL. `before`: there was one before, which the caller counts as one that is as it was;
 * where another has taken its place, the counts are set right. 0, or -errno with a message: it is none, and what was
 * there before stays. */
int collection_put_file(struct collection *c, const void *bytes, size_t len, const char *link, bool before,
			struct err *err);
/* Counts one that is none, and says so; `kept`: another one was there before. */
void collection_bad_file(struct collection *c, const char *subject, bool kept, const char *why);
int collection_put_magnet(struct collection *c, const char *magnet, struct err *err);
int collection_put_entry(struct collection *c, const struct collect_entry *entry, struct err *err);

/* ---- collect_queue.c: links and downloads ---- */

/* Whether one more of the page is looked at; counts it. */
bool collection_has_room(struct collection *c);
/* The record of a URL that has not been met yet in this pass; NULL if it has, or if there is no room for it. */
struct collect_known *collection_meet(struct collection *c, const char *url);
/* A URL that is to be fetched, if it is not known. */
void collection_want(struct collection *c, const char *url);
void collection_queue(struct collection *c, const char *url);
/* Begins as many downloads as there is room for; false when there is nothing left and nothing on its way. */
bool collection_fetch_more(struct collection *c);
void collection_downloads_stop(struct collection *c);
/* After the end: for how long another try of what servers did not give for now would be of no use, in seconds; -1 = all
 * have given what they have. */
int64_t collection_again(const struct collection *c);
/* All of it was handled, or nothing more can be. */
void collection_moved(struct collection *c);

/* ---- collect_local.c: folders and files ---- */

/* A path, ~/ or file:// ; NULL if it is a URL of the web. free(). */
char *collect_local_path(const char *url);
struct collect_local *collect_local_new(struct collection *c, const char *path);
/* Does a piece of the work: 1 there is more, 0 done, or -errno with a message: it cannot be read. */
int collect_local_step(struct collect_local *l, struct err *err);
void collect_local_free(struct collect_local *l);

/* ---- collect_text.c ---- */

/* "host/path" of a URL, clean, without login and query; of a file its path. */
void collect_shown(const char *url, char *clean, size_t size);
/* Percent-decoded, but for %00; free(). */
char *collect_decoded(const char *text);
/* Whether it holds the text, as it stands there or decoded; each holds "". */
bool collect_holds(const char *url, const char *needle);
/* The stem of the last part of a URL's path, percent-decoded and clean. */
void collect_stem(const char *url, char *clean, size_t size);
/* The host part of a normalised http(s) URL. */
void collect_host(const char *url, struct buf *host);

#endif
