/* The health of one torrent now: every source is asked at once, and each one's own answer is kept. */
#ifndef SWARM_LIVE_H
#define SWARM_LIVE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "core/conf.h"
#include "swarm/pass.h"
#include "wire/metainfo.h"
#include "wire/tracker_url.h"

enum { LIVE_SOURCES = 128, LIVE_ERROR = 160 };

enum live_state {
	LIVE_ASKED,    /* no answer until the end */
	LIVE_ANSWERED, /* it knows the torrent */
	LIVE_UNKNOWN,  /* it answered, and does not */
	LIVE_FAILED,
	LIVE_OFF, /* was not asked: `error` says why */
};

enum live_kind { LIVE_TRACKER, LIVE_DHT, LIVE_CLIENT };

/* What one source says; CATALOG_UNKNOWN = it does not. */
struct live_answer {
	enum live_kind kind;
	enum live_state state;
	char source[TRACKER_SHOWN_MAX]; /* "udp://tracker.example.org", "DHT IPv4", "Transmission home"; clean */
	int32_t seeders, leechers, completed;
	int32_t peers;            /* DHT: distinct addresses; CLIENT: connected ones */
	uint16_t asked, answered; /* DHT: nodes */
	double latency_ms;        /* 0 = unknown */
	char error[LIVE_ERROR];   /* clean */
};

struct live;

/* Asks all of them; `world` needs no catalog. `ended` is called once, when all have answered or `timeout_ms` is over,
 * never from within. All of the arguments must outlive it. */
struct live *live_start(const struct pass_world *world, const struct metainfo *subject, int64_t timeout_ms,
			void (*ended)(void *context), void *context);
/* The answers so far, in the order of the torrent's tiers, then the DHT, then one's own daemons. */
const struct live_answer *live_answers(const struct live *live, size_t *count);
/* For people, a line for each source under one for all of them; and as the member "health" of an object. */
void live_write_counts(int32_t seeders, int32_t leechers, struct buf *out); /* "2 seeders, 1 leecher" */
void live_write_text(const struct live_answer *answers, size_t count, struct buf *out);
void live_write_json(const struct live_answer *answers, size_t count, struct jsonw *w);
/* NULL is accepted. */
void live_free(struct live *live);

#endif
