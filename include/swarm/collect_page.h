/* What a page or a list of a collection holds: HTML with links, a text list, a JSON list, or a torrent itself. Sans
 * I/O: bytes in, findings out. It knows no host, no store and no filter. */
#ifndef SWARM_COLLECT_PAGE_H
#define SWARM_COLLECT_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "wire/info_hash.h"

enum collect_kind { COLLECT_UNKNOWN, COLLECT_HTML, COLLECT_TEXT, COLLECT_JSON, COLLECT_TORRENT };

enum {
	COLLECT_PAGE_MAX = 64 << 20,
	COLLECT_LIST_MAX = 256 << 20, /* text, JSON */
	COLLECT_TORRENT_MAX = 32 << 20,
	COLLECT_REFERENCE_MAX = 16384,
	COLLECT_OBJECT_MAX = 1 << 20, /* of a JSON list */
};

/* An object of a JSON list. Texts are foreign, and "" where there is none. */
struct collect_entry {
	bool has_hash, has_v2; /* without has_hash the magnet link has it */
	bool private;          /* it says so itself */
	uint8_t hash[INFO_HASH]; /* of a torrent that is only v2 the first bytes of hash_v2 */
	uint8_t hash_v2[INFO_HASH_V2];
	const char *name, *link, *magnet, *type;
	uint64_t size;   /* 0 = unknown, as is what no torrent can have: at most 2^53 */
	int64_t created;
};

struct collect_page_events {
	/* A reference to a .torrent, as it stands there. */
	void (*link)(void *context, const char *reference);
	void (*magnet)(void *context, const char *magnet);
	void (*entry)(void *context, const struct collect_entry *entry);
	/* An item of a list that is none; `why` is clean. */
	void (*bad)(void *context, const char *why);
	void *context;
};

struct collect_page;

/* `type` is the Content-Type, "" = unknown: what the bytes look like counts more. */
struct collect_page *collect_page_new(const char *type, const struct collect_page_events *events);
/* 0, -EFBIG (over the cap of its kind) or -EBADMSG with a message. */
int collect_page_feed(struct collect_page *p, const char *bytes, size_t len, struct err *err);
/* The end: 0, or -EBADMSG with a message when it broke off, or is nothing that is known. */
int collect_page_end(struct collect_page *p, struct err *err);
/* Whether that was all, as the page itself tells: a list is closed, a page of HTML has </html>, a text says nothing. */
enum collect_ending { COLLECT_UNTOLD, COLLECT_CLOSED, COLLECT_CUT };
/* After the end. */
enum collect_ending collect_page_ending(const struct collect_page *p);
enum collect_kind collect_page_kind(const struct collect_page *p);
/* The href of <base>, "" if there is none. */
const char *collect_page_base(const struct collect_page *p);
/* The bytes of a COLLECT_TORRENT. */
const struct buf *collect_page_torrent(const struct collect_page *p);
/* NULL is accepted. */
void collect_page_free(struct collect_page *p);

/* Whether a reference leads to a .torrent: its path, or all of it, ends so. */
bool collect_is_torrent(const char *reference);

#endif
