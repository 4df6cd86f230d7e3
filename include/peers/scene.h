/* All that a drawer may know: the tables and what stands around them. Read only. */
#ifndef PEERS_SCENE_H
#define PEERS_SCENE_H

#include "base/clock.h"
#include "core/locate.h"
#include "peers/alert.h"
#include "peers/clients.h"
#include "peers/events.h"
#include "peers/fold.h"
#include "peers/history.h"
#include "peers/netlists.h"
#include "peers/sieve.h"
#include "peers/source.h"

struct scene {
	const struct fold *fold;
	const struct locate *locate;
	const struct clients *clients;
	const struct source_status *sources; /* in the order of the configuration, which is fold.sources' too */
	unsigned source_count;
	const struct events *events;
	const struct netlists *lists;          /* names of tags; NULL = there are none */
	struct sieve_count excluded;           /* what is in no table */
	const struct history_totals *all_time; /* NULL: no history is kept */
	struct history *history;               /* to ask for one peer; NULL likewise */
	uint64_t history_id;                   /* another one of another history, also in a damaged one's place */
	const struct alerts *alerts;           /* NULL: there are none */
	const struct notify *notify;           /* who tells them; NULL likewise */
	struct now now;                        /* when this is drawn */
	int64_t wall;                          /* time of the data: latest good answer; 0 = none yet */
	int64_t mono_ms;                       /* the same on the monotonic clock */
	uint32_t poll;                         /* rounds completed */
	double refresh;                        /* seconds */
	bool paused;
	bool held;          /* the first poll waits for lists of what is left out */
	const char *credit; /* what the database's licence wants to be shown, "" = nothing */
};

#endif
