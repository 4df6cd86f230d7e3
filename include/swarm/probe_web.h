/* What the probes over HTTP and WebSocket have in common: a walk over the hashes in batches, how long answers took, and
 * failures in words. It does not know how anything is asked. */
#ifndef SWARM_PROBE_WEB_H
#define SWARM_PROBE_WEB_H

#include "swarm/probe.h"

enum {
	PROBE_WEB_BATCH = 59,     /* most hashes in one question */
	PROBE_WEB_WORDS = 160,    /* bytes of an error for people, NUL included */
	PROBE_WEB_LATENCIES = 64, /* the first so many answers say how long one takes */
};

/* The common beginning of a struct probe of the web. */
struct probe_web {
	struct probe_ask ask;
	struct probe_events events;
	size_t first, count; /* the batch that is asked now: hashes[first .. first + count - 1] */
	bool told[PROBE_WEB_BATCH];
	size_t largest; /* batch that is tried from now on */
	unsigned losses;
	int64_t asked_ms;
	double latency[PROBE_WEB_LATENCIES];
	unsigned latencies;
	uint64_t sent;
	int64_t wait_s; /* for so long it wants no other question, says its latest answer */
	int rc;
	char words[PROBE_WEB_WORDS];
	struct loop_timer end; /* the end is told from the loop */
};

void probe_web_init(struct probe_web *web, const struct probe_ask *ask, const struct probe_events *events);
void probe_web_done(struct probe_web *web);
/* How many hashes the next batch may have; 0: all have been asked. */
size_t probe_web_room(const struct probe_web *web);
/* A batch of `count` hashes is asked now. */
void probe_web_asked(struct probe_web *web, size_t count);
/* What was said of a hash: told if it is one of this batch and was not told yet. Numbers below 0 are unknown. */
void probe_web_tell(struct probe_web *web, const uint8_t hash[INFO_HASH], int64_t seeders, int64_t leechers,
		    int64_t completed);
/* This batch is answered, the next one may be asked. */
void probe_web_answered(struct probe_web *web);
/* A batch was lost: true, it is to be asked again, in halves if `halve`; false: enough. */
bool probe_web_again(struct probe_web *web, bool halve);
/* Tells the end, from the loop; the first call counts. `words` is foreign. rc == 0: no words. */
void probe_web_end(struct probe_web *web, int rc, const char *words, size_t len);
/* The same for a call or a connection that failed. */
void probe_web_failed(struct probe_web *web, const struct http_result *result);
/* A request to `url` with the policy of the ask, and times by how much the tracker is trusted. */
struct http_request probe_web_request(const struct probe_web *web, const char *url);

#endif
