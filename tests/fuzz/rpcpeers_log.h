/* What a reader of peers hands over, written down line by line, so that two readings can be compared. */
#ifndef RPCPEERS_LOG_H
#define RPCPEERS_LOG_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "random.h"
#include "wire/jsontoken.h"
#include "wire/rpcpeers.h"

enum { LOG_MAX = 256 << 20 };

struct reading {
	int rc; /* of the feed that failed, else of the finish */
	char failure[512];
	struct buf log;
	unsigned peers, torrents;
};

/* Lengths before the texts: no text can look like the end of another. */
static inline void log_text(struct buf *log, const char *bytes, size_t len)
{
	buf_printf(log, " %zu:", len);
	buf_add(log, bytes, len);
}

static inline void log_slice(struct buf *log, struct rpcslice slice)
{
	char *text = malloc(slice.len + 1);

	log_text(log, text, jsontoken_unescape(slice.bytes, slice.len, text, slice.len));
	free(text);
}

static inline void log_numbers(struct buf *log, const struct rpcpeer *peer)
{
	buf_printf(log, " up %u down %u flags %x progress %u port %u\n", peer->rate_up, peer->rate_down, peer->flags,
		   peer->progress, peer->port);
}

static inline int log_peer(void *context, const struct rpcpeer *peer)
{
	struct reading *r = context;

	r->peers++;
	buf_puts(&r->log, "peer");
	log_slice(&r->log, peer->address);
	log_slice(&r->log, peer->client);
	log_numbers(&r->log, peer);
	return 0;
}

static inline int log_torrent(void *context, const struct rpctorrent *torrent)
{
	struct reading *r = context;

	r->torrents++;
	buf_puts(&r->log, "torrent");
	log_slice(&r->log, torrent->hash);
	log_slice(&r->log, torrent->name);
	for (int i = 0; i < ORIGIN_COUNT; i++)
		buf_printf(&r->log, " %u", torrent->from[i]);
	buf_putc(&r->log, '\n');
	return 0;
}

static const struct rpcpeers_ops log_ops = {log_peer, log_torrent};

/* In pieces of `most` bytes, or with `random` of 1 to `most`; each is a copy of its own size, so that a sanitiser sees
 * a byte too many. */
static inline int feed_pieces(struct rpcpeers *reader, const char *text, size_t len, size_t most, struct random *random)
{
	int rc = 0;

	for (size_t at = 0; at < len && rc == 0;) {
		size_t piece = random ? random_below(random, (uint32_t)most) + 1 : most;
		char *copy;

		if (piece > len - at)
			piece = len - at;
		copy = malloc(piece);
		memcpy(copy, text + at, piece);
		rc = rpcpeers_feed(reader, copy, piece);
		free(copy);
		at += piece;
	}
	return rc;
}

/* To be ended with reading_done(). */
static inline struct reading reading_of(const char *text, size_t len, size_t most, struct random *random)
{
	struct reading r = {0};
	struct rpcpeers *reader = rpcpeers_new(&log_ops, &r);

	buf_init(&r.log, LOG_MAX);
	r.rc = feed_pieces(reader, text, len, most, random);
	if (r.rc == 0)
		r.rc = rpcpeers_finish(reader);
	snprintf(r.failure, sizeof(r.failure), "%s", rpcpeers_failure(reader));
	rpcpeers_free(reader);
	return r;
}

static inline void reading_done(struct reading *r)
{
	buf_done(&r->log);
}

static inline bool reading_equal(const struct reading *a, const struct reading *b)
{
	return a->rc == b->rc && a->log.len == b->log.len && strcmp(a->failure, b->failure) == 0 &&
	       (a->log.len == 0 || memcmp(a->log.data, b->log.data, a->log.len) == 0);
}

#endif
