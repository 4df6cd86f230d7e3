/* What plan*.c share. */
#ifndef SWARM_PLAN_PRIVATE_H
#define SWARM_PLAN_PRIVATE_H

#include "swarm/plan.h"

/* A tracker's list of torrents: positions, sorted, and marks. */
#define PLAN_MEMBER_DONE (1u << 31)  /* it has said what it knows */
#define PLAN_MEMBER_EXTRA (1u << 30) /* the torrent names none of its URLs */
#define PLAN_MEMBER_TOLD (1u << 29)  /* one of its URLs has said something */
#define PLAN_MEMBER (PLAN_MEMBER_TOLD - 1)

/* An endpoint's list: likewise, with marks of its own; and a flight's, of positions in the tracker's list. */
#define PLAN_OWN_UDP (1u << 31)     /* the torrent names another port of this host for UDP, which is asked later */
#define PLAN_OWN_KEY (1u << 30)     /* it names another URL with a path of its own, which is asked later */
#define PLAN_OWN_UNNAMED (1u << 29) /* a flight's: it does not name this one */
#define PLAN_OWN_SAID (1u << 29)    /* an endpoint's: it has answered for this torrent in this pass */

/* A way to speak to a tracker: one URL, or several that are the same for UDP. */
struct plan_endpoint {
	uint64_t key; /* hash of what makes it one */
	uint32_t group;
	uint32_t tracker; /* the first of its URLs; more behind it in plan.same */
	uint32_t links;
	uint32_t shuffle;
	uint8_t rank;
	bool udp;
	bool keyed;    /* its path may be a passkey */
	bool extra;    /* asked for any public torrent */
	bool failed;   /* in this pass */
	bool silent;   /* likewise, or not asked, because it rests, waits or the pass was stopped */
	uint32_t *own; /* sorted: torrents that name it */
	uint32_t own_count;
};

/* Zeros of an extra tracker, about flight.hashes[index]: at the end they are an answer, or in doubt. */
struct plan_held {
	uint32_t index;
	struct probe_row row;
	int64_t doubted; /* since then, 0 = not yet */
};

struct plan_flight {
	struct tracker_url url;
	uint32_t *slots; /* positions in members, with the marks of an endpoint's list */
	uint8_t (*hashes)[INFO_HASH];
	bool *said; /* something of this one */
	size_t count, told;
	struct plan_held *held; /* of what it told of before */
	size_t held_count, held_room;
};

/* A tracker: all URLs of a host, WebSocket apart. */
struct plan_group {
	uint64_t key;
	uint32_t shuffle;
	uint16_t tier;
	bool finished, asked, answered;
	bool waits; /* wants to be left alone still, but for UDP */
	uint32_t *members;
	uint32_t member_count;
	uint32_t first, count; /* its endpoints */
	uint32_t at, cursor;   /* the endpoint that is asked, and from where on in its list */
	struct plan_flight *flight;
	uint64_t *words; /* of an extra one that is asked: its last of each torrent, see plan_zero.c */
	uint32_t kept, lost; /* torrents of which it told before, at the endpoint that is asked */
};

/* What is known of a torrent so far. */
struct plan_standing {
	struct plan_result result;
	uint16_t pending; /* trackers that have not said what they know */
	bool asked, told;
};

struct plan {
	struct plan_world world;
	struct plan_events events;
	struct plan_group *groups; /* in the order in which they are asked */
	uint32_t group_count, first; /* all before `first` are finished */
	struct plan_endpoint *endpoints; /* by group, in the order in which they are tried */
	uint32_t endpoint_count;
	uint32_t *same; /* by tracker: the next URL of the same endpoint, PLAN_NONE = none */
	struct plan_standing *standings;
	unsigned in_flight;
	bool answered; /* anybody, in this pass */
	int64_t now;   /* the latest that was told */
	bool ending;   /* in plan_finish() */
	size_t done, told, unasked;
	uint64_t steps, steps_done; /* a torrent at a tracker is one */
	size_t trackers, left, answered_count, resting, waiting;
};

/* Makes groups, endpoints and standings from plan.world. */
void plan_build(struct plan *plan);
/* The place of a torrent in a sorted list, or PLAN_NONE. */
uint32_t plan_find(const uint32_t *numbers, uint32_t count, uint32_t torrent);
/* An answer into a standing. */
void plan_add_row(struct plan_standing *standing, const struct probe_row *row, uint32_t tracker, int64_t at, bool old);
/* An endpoint gives no answer in this pass, or no more. */
void plan_silent(struct plan *plan, struct plan_endpoint *endpoint);
/* An endpoint has answered for all of its group's flight: what it has not told now, it takes back. */
void plan_take_back(struct plan *plan, const struct plan_group *group, const struct plan_endpoint *endpoint);
/* A tracker is about to be finished: what its silent endpoints said before, for whom it has said nothing now. */
void plan_recall(struct plan *plan, const struct plan_group *group);

/* ---- plan_health.c ---- */

/* Not while it rests after failures; but a clock that was set back wakes everybody. */
bool plan_is_due(const struct catalog_tracker *t, int64_t now);
/* Has one of a tracker's URLs said that it wants to be left alone, is that time not over, and has it told of one of
 * these torrents in it? Likewise with clocks. */
bool plan_waits(const struct plan *plan, const struct plan_group *group, int64_t now);
/* Of who was not asked: was it for failures alone? */
bool plan_rests(const struct plan *plan, const struct plan_group *group, int64_t now);
/* A job of an endpoint has ended, well or not. Failures are counted only at the end of the pass, by
 * plan_count_failure() for each that has failed: when nobody at all has answered, the fault is most likely here. */
void plan_note_success(struct plan *plan, struct plan_endpoint *endpoint, const struct probe_end *end, int64_t now);
void plan_note_failure(struct plan *plan, struct plan_endpoint *endpoint, const struct probe_end *end, int64_t now);
void plan_count_failure(struct plan *plan, struct plan_endpoint *endpoint);

/* ---- plan_zero.c ---- */

/* What a tracker has told of torrents in earlier passes: read once, if it is an extra one. */
void plan_recall_words(const struct plan *plan, struct plan_group *group);
/* Whether it has kept or lost what it told of the torrent. */
void plan_weigh(struct plan_group *group, uint32_t torrent, const struct probe_row *row);
/* A row of an extra tracker, of a torrent that does not name it: true if it is a zero that waits in the flight. */
bool plan_hold(const struct plan_group *group, uint32_t torrent, size_t index, const struct probe_row *row);
/* At the end of the flight: what waited is an answer; else it is in doubt. */
bool plan_is_zero(const struct plan_group *group, const struct plan_held *held, int64_t now);

#endif
