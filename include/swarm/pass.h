/* A pass: one kind of work over the collections (sync, trackers, dht), started, watched and stopped by whoever runs it:
 * a subcommand, or the daemon at its intervals. */
#ifndef SWARM_PASS_H
#define SWARM_PASS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "core/conf.h"
#include "core/http.h"
#include "core/loop.h"
#include "core/resolve.h"
#include "swarm/catalog.h"
#include "swarm/said.h"

/* What every pass is given; all of it outlives the pass. */
struct pass_world {
	struct loop *loop;
	struct http *http; /* NULL if the pass uses none */
	struct resolve *resolve;
	struct catalog *catalog; /* open for writing */
	const struct conf *conf;
	const char *const *collections; /* names, NULL-terminated, all of the config; NULL = all that are enabled */
	struct said *said; /* by passes over the DHT */
	bool again; /* soon after a pass that left something for then: only that. For those who have again() */
	struct buf *left; /* and what, of sync: names, each with its NUL; empty = all. NULL = nobody asks */
};

/* How far it is. */
struct pass_progress {
	uint64_t done, total; /* total 0 = not known yet */
	uint64_t passed;      /* of the done: without any work */
	char note[96];        /* "" = none; clean */
};

struct pass;

struct pass_ops {
	const char *name; /* of the subcommand: "sync" */
	const char *unit; /* what `done` counts: "torrents" */
	bool http;        /* uses pass_world.http */
	/* Starts; `ended` is called once, never from within start(). NULL with a message: nothing could be started. */
	struct pass *(*start)(const struct pass_world *world, void (*ended)(void *context), void *context,
			      struct err *err);
	void (*progress)(const struct pass *pass, struct pass_progress *progress);
	/* Ctrl+C: asks for no more, keeps what is measured, and ends within two seconds. */
	void (*stop)(struct pass *pass);
	/* One line for people, without a line end: "sync: 1,204 torrents in 3 collections, 12 new, ... in 41 s". */
	void (*summary)(const struct pass *pass, struct buf *out);
	/* After the end: false if a whole collection could not be read, or nothing at all was measured where something
	 * was to be (exit 1). */
	bool (*good)(const struct pass *pass);
	/* After the end: for how many seconds another try of what is to be had soon would be of no use; -1 = nothing
	 * is. NULL = that, always. */
	int64_t (*again)(const struct pass *pass);
	/* Also before the end: then nothing is told any more. NULL is accepted. */
	void (*free)(struct pass *pass);
};

extern const struct pass_ops pass_sync, pass_trackers, pass_dht;

/* Whether there is a collection that was never begun with, or is another one now: it must not wait for its hour. */
bool pass_sync_lacks(const struct pass_world *world);

#endif
