/* Torrent files: v1, v2 and hybrid (BEP 3, 12, 19, 27, 47, 52). */
#ifndef WIRE_METAINFO_H
#define WIRE_METAINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum { METAINFO_TRACKERS = 64, METAINFO_WEB_SEEDS = 32, METAINFO_FILES = 1000000 };

/* Digests are arguments: wire links with no library. */
struct metainfo_digests {
	void (*sha1)(const void *bytes, size_t len, uint8_t digest[20]);
	void (*sha256)(const void *bytes, size_t len, uint8_t digest[32]);
};

struct metainfo {
	bool has_v1, has_v2;
	uint8_t hash[20];    /* v1: SHA-1 over the raw info dictionary; v2 only: the v2 one, cut */
	uint8_t hash_v2[32]; /* SHA-256 over the same bytes */
	bool private; /* BEP 27; any number but 0 */
	const char *name, *comment, *created_by; /* clean; in the arena; "" = none */
	int64_t created;                         /* 0 = none */
	uint64_t size;                           /* bytes, padding files (BEP 47) not counted */
	uint32_t files;                          /* likewise */
	struct {
		const char *url;
		unsigned tier;
	} trackers[METAINFO_TRACKERS]; /* announce-list, else announce; udp, http, https, ws, wss only; each once */
	size_t tracker_count;
	const char *web_seeds[METAINFO_WEB_SEEDS]; /* url-list */
	size_t web_seed_count;
};

/* White space behind the dictionary is passed over. 0; -EBADMSG with a message that says what is wrong with it; -ENOMEM
 * (arena). */
int metainfo_read(const void *bytes, size_t len, const struct metainfo_digests *digests, struct arena *a,
		  struct metainfo *m, struct err *err);

#endif
