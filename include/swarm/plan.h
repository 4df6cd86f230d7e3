/* Which tracker is asked next, at which of its URLs, for which torrents, and what comes out for each torrent. Pure: it
 * sends nothing, and `now` (seconds since 1970) is handed in.
 *
 * - A tracker is a host (tracker_url_key(): WebSocket apart): its udp and http URLs count once, it is asked by one of
 *   them at a time, udp first, and once for all its torrents. When one fails, the next gets what was not told.
 * - UDP URLs of the same host and port are one, as the path is not sent. Two UDP ports of a host may be two trackers: a
 *   torrent that names both is asked for at both.
 * - A torrent is asked for only at URLs that it names itself, and a public one at the extra ones (BEP 27). Trackers say
 *   zeros for what they do not know: from an extra one that the torrent does not name they are no answer, unless it
 *   told of the torrent before and has not forgotten it: the rule is in plan_zero.c.
 * - Trackers of lower tiers (BEP 12) come first, within a tier in an order that is shuffled once.
 * - What has failed rests, twice as long each time, and is then asked as a suspect (probe.h).
 * - Who wants no other question for some time (BEP 48, min_request_interval) is asked for what it has told in no pass
 *   that begins earlier.
 * - What is silent has not taken back what it said: where another tracker answers, what the silent one of a torrent
 *   said in an earlier pass counts too, for PLAN_RECALL_S. But what it did not know any more when it was last heard, it
 *   has taken back. When nobody answers, there is no result. */
#ifndef SWARM_PLAN_H
#define SWARM_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "swarm/catalog.h"
#include "swarm/probe.h"

enum {
	PLAN_FLIGHT = 64,      /* trackers asked at once */
	PLAN_BATCH = 400 * 70, /* torrents in one job */
	PLAN_REST_S = 60,      /* after n failures in a row a URL rests min(PLAN_REST_S * 2^n, PLAN_REST_MAX_S) */
	PLAN_REST_MAX_S = 86400,
	PLAN_WAIT_MAX_S = 3600, /* what a tracker may want at most: trackers say 10 or 30 minutes, and none shall keep
				 * its torrents' counts from being measured for a day */
	PLAN_RECALL_S = 3 * 86400,
	PLAN_TORRENTS = 1 << 29, /* at most */
	PLAN_NONE = UINT32_MAX,
};

struct plan;

/* What is planned. Torrents and trackers are told by their positions in these arrays. */
struct plan_world {
	const struct catalog_target *targets; /* kept until plan_free(); asked in this order */
	size_t target_count;
	struct catalog_tracker *trackers; /* kept until plan_free(); their health is brought up to date here */
	size_t tracker_count;
	const struct catalog_link *links; /* read by plan_new() only */
	size_t link_count;
	const uint32_t *extras; /* positions of trackers that are asked for every public torrent; likewise */
	size_t extra_count;
	bool no_udp;
	uint64_t seed; /* of the shuffle */
};

/* The maximum of each value over the trackers; CATALOG_UNKNOWN = nobody said. */
struct plan_result {
	int32_t seeders, leechers, completed;
	uint32_t tracker; /* that said most seeders (or, where none were said, anything) */
	int64_t at;       /* when */
	bool old;         /* in an earlier pass */
};

/* Takes what was said of a torrent in an earlier pass. */
typedef void plan_recall_fn(void *context, uint32_t torrent, const struct probe_row *row, int64_t at);

struct plan_events {
	/* A tracker's answer for a torrent, to be recalled later. All values unknown: it says zeros, which are in doubt
	 * from now on. */
	void (*answer)(void *context, uint32_t torrent, uint32_t tracker, const struct probe_row *row, int64_t now);
	/* A torrent's trackers have had their say; once for a torrent, and not for one that was never asked for. If
	 * they knew nothing of it, all values are unknown, and `tracker` is PLAN_NONE. */
	void (*result)(void *context, uint32_t torrent, const struct plan_result *result);
	/* The health of trackers[tracker] is another now. */
	void (*health)(void *context, uint32_t tracker);
	/* Calls `take` for everything that trackers[tracker] is known to have said since then. NULL = nothing is
	 * known. */
	void (*recall)(void *context, uint32_t tracker, int64_t since, plan_recall_fn *take, void *taker);
	/* trackers[tracker] does not know these torrents now: whatever it said of them earlier is to be forgotten.
	 * Most often that is nothing. NULL = nobody wants to know. */
	void (*unsaid)(void *context, uint32_t tracker, const uint32_t *torrents, size_t count);
	void *context;
};

/* What to ask now; valid until plan_end() of this id. */
struct plan_job {
	uint32_t id;
	const struct tracker_url *url;
	bool suspect;
	const uint8_t (*hashes)[INFO_HASH];
	size_t count;
};

struct plan *plan_new(const struct plan_world *world, const struct plan_events *events);
/* NULL is accepted. */
void plan_free(struct plan *plan);
/* False: nothing now. It may be more after the next plan_end(). */
bool plan_next(struct plan *plan, int64_t now, struct plan_job *job);
/* What was said of hashes[index] of a job. */
void plan_row(struct plan *plan, uint32_t id, size_t index, const struct probe_row *row, int64_t now);
/* A job has ended, as probe_events.ended() tells it; -EACCES: we may not ask there, which is no failure. */
void plan_end(struct plan *plan, uint32_t id, const struct probe_end *end, int64_t now);
/* Nothing is under way, and nothing is left to ask. */
bool plan_is_done(const struct plan *plan);
/* The end of the pass, also before its time: gives up what is left, and tells the results and the failures. */
void plan_finish(struct plan *plan);

struct plan_counts {
	size_t torrents, done, told; /* done: all their trackers asked; told: with a result */
	size_t unasked;              /* given up by plan_finish() without one */
	size_t trackers, left, answered; /* left: not done */
	size_t resting, waiting;         /* not asked: for they failed before; for they want to be left alone */
	double part; /* of all the work that is done, 0 to 1 */
};

void plan_count(const struct plan *plan, struct plan_counts *counts);

#endif
