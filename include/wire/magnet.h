/* Magnet links (BEP 9, BEP 53's x.pe passed over; btmh of BEP 52). */
#ifndef WIRE_MAGNET_H
#define WIRE_MAGNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "wire/info_hash.h"

enum { MAGNET_TRACKERS = 64, MAGNET_MAX = 16384 };

struct magnet {
	bool has_v1, has_v2;
	uint8_t hash[20];    /* xt=urn:btih:, 40 hex or 32 base32 digits; v2 only: the v2 one, cut */
	uint8_t hash_v2[32]; /* xt=urn:btmh:1220... */
	const char *name;    /* dn, clean; "" = none */
	uint64_t size;       /* xl, 0 = none */
	const char *trackers[MAGNET_TRACKERS]; /* tr, decoded */
	size_t tracker_count;
};

/* 0, -EBADMSG with a message, -ENOMEM (arena). HTML's &amp; between parameters is taken for &. */
int magnet_read(const char *text, size_t len, struct arena *a, struct magnet *m, struct err *err);
/* A link for a torrent that has none; `name` may be NULL or "". 0 or -ENOBUFS. */
int magnet_write(const uint8_t hash[20], const char *name, struct buf *out);
/* Likewise for one that has no v1 hash: btmh of BEP 52. */
int magnet_write_v2(const uint8_t hash_v2[32], const char *name, struct buf *out);
/* One more tracker for it (tr). 0 or -ENOBUFS. */
int magnet_write_tracker(const char *url, struct buf *out);

#endif
