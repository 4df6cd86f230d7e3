/* The servers that files are fetched from one after the other, and how well each gives them. */
#ifndef SWARM_COLLECT_SERVER_H
#define SWARM_COLLECT_SERVER_H

#include "swarm/collect_fetch.h"

/* A host that links name, whatever other one it sends us on to. Counts are of downloads in a row. */
struct collect_server {
	char *host;       /* small; clean it before it is shown */
	unsigned failed;  /* without an answer, or 5xx */
	unsigned useless; /* that brought no torrent: for who looks into them */
	unsigned pauses;  /* that it was given (as collect_fetched.rests), without an answer in between */
	unsigned rests;   /* as was told with the last of these */
	int64_t wait_s;   /* it wants to be left alone for so long, 0 = it does not */
	bool rested;      /* it has had a pause in this run */
	bool over;        /* it is not asked any more in this run: for who decides that */
	/* For who has a queue for each. */
	uint32_t first;
	unsigned running;
};

/* Zero it. */
struct collect_servers {
	struct collect_server *at;
	uint32_t count;
};

/* The position of an http(s) URL's server; it is made if it is new. */
uint32_t collect_server_of(struct collect_servers *servers, const char *url);
/* What has come of one more download. */
void collect_server_count(struct collect_server *server, const struct collect_fetched *fetched);
void collect_servers_done(struct collect_servers *servers);

#endif
