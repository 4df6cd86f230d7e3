/* Asking one tracker for many info-hashes: a table of functions for each way to speak to one (UDP, HTTP, WebSocket). It
 * knows no torrents, no tiers and no other tracker. */
#ifndef SWARM_PROBE_H
#define SWARM_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/http.h"
#include "core/loop.h"
#include "core/resolve.h"
#include "wire/info_hash.h"
#include "wire/tracker_url.h"

/* CATALOG_UNKNOWN (-1) = not said. */
struct probe_row {
	int32_t seeders, leechers, completed;
};

/* A number that somebody says, as a count of peers: -1 if it is below 0, or so large that it is none. */
int32_t probe_count(int64_t number);
/* Does a tracker know the torrent? It says zeros also for what it does not know: they are an answer only if the torrent
 * names it. */
bool probe_row_says(const struct probe_row *row, bool named);

/* What is asked. All of it must live until the end. */
struct probe_ask {
	struct loop *loop;
	struct http *http;
	struct resolve *resolve;
	const struct tracker_url *url;
	const uint8_t (*hashes)[INFO_HASH];
	size_t count;      /* 1 at least */
	bool suspect;      /* it did not answer the last time: one packet for each address family, or
			    * one connection, decides */
	bool public_only;  /* only addresses that are IP_GLOBAL; and no port below 1 */
	const char *proxy; /* for http and ws; NULL or "" = none */
};

/* How it ended. */
struct probe_end {
	int rc;            /* 0: it answered for all; else -errno */
	const char *error; /* why, clean, for people, no URL in it; "" = no error */
	double latency_ms; /* median of its answers, 0 = none */
	int64_t wait_s;    /* for so long it wants no other question: any number that is not negative, 0 = not said */
};

struct probe_events {
	/* What it says of hashes[index]; at most once each. A hash that it does not know is never told. */
	void (*row)(void *context, size_t index, const struct probe_row *row);
	/* The end, once, never from within start(). Rows may have come before an error, too. -EACCES: it has no address
	 * that we may ask, and nothing else is that. The probe is still there: free it. */
	void (*ended)(void *context, const struct probe_end *end);
	void *context;
};

struct probe;

struct probe_ops {
	const char *name; /* "udp" */
	struct probe *(*start)(const struct probe_ask *ask, const struct probe_events *events);
	/* Also before the end: then nothing is told any more. NULL is accepted. */
	void (*free)(struct probe *probe);
	/* Packets or requests that were sent. */
	uint64_t (*sent)(const struct probe *probe);
};

extern const struct probe_ops probe_udp, probe_http, probe_ws;

/* The way to speak to a tracker of this scheme; never NULL. */
const struct probe_ops *probe_of(enum tracker_scheme scheme);

#endif
