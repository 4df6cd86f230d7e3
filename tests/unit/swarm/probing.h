/* A probe of the web against a tracker of the test's own. Include it once, in the .c with main(). */
#ifndef PROBING_H
#define PROBING_H

#include <errno.h>

#include "http_world.h"
#include "swarm/probe.h"

enum { PROBING_MAX = 1000 };

struct probing {
	struct http_world world;
	struct tracker_url url;
	struct probe_ask ask;
	struct probe *probe;
	const struct probe_ops *ops;
	uint8_t hashes[PROBING_MAX][INFO_HASH];
	struct probe_row rows[PROBING_MAX];
	unsigned told[PROBING_MAX], rows_told;
	unsigned ended;
	int rc;
	char error[256];
	double latency;
	int64_t wait_s;
	uint64_t sent;
};

/* Every byte occurs, zeros and what JSON escapes too. */
static inline void probing_hash(size_t index, uint8_t hash[INFO_HASH])
{
	for (size_t i = 0; i < INFO_HASH; i++)
		hash[i] = (uint8_t)(index * 31 + i * 97 + index / 256 * i);
	hash[0] = (uint8_t)index;
	hash[1] = (uint8_t)(index >> 8);
}

static inline void probing_row(void *context, size_t index, const struct probe_row *row)
{
	struct probing *p = context;

	p->rows[index] = *row;
	p->told[index]++;
	p->rows_told++;
}

static inline void probing_ended(void *context, const struct probe_end *end)
{
	struct probing *p = context;

	p->ended++;
	p->rc = end->rc;
	p->latency = end->latency_ms;
	p->wait_s = end->wait_s;
	snprintf(p->error, sizeof(p->error), "%s", end->error);
	loop_stop(p->world.loop);
}

static inline void probing_begin(struct probing *p, const struct probe_ops *ops,
				 void (*serve)(int fd, struct http_seen *seen, const void *arg), const void *arg)
{
	memset(p, 0, sizeof(*p));
	http_begin(&p->world, serve, arg);
	p->ops = ops;
	p->ask = (struct probe_ask){
		.loop = p->world.loop,
		.http = p->world.http,
		.url = &p->url,
		.hashes = (const uint8_t(*)[INFO_HASH])p->hashes,
	};
	for (size_t i = 0; i < PROBING_MAX; i++)
		probing_hash(i, p->hashes[i]);
}

/* Asks for the first `count` hashes at scheme://127.0.0.1:PORT/path, to the end. */
static inline void probing_run(struct probing *p, const char *scheme, const char *path, size_t count)
{
	const struct probe_events events = {probing_row, probing_ended, p};
	char url[512];

	snprintf(url, sizeof(url), "%s://127.0.0.1:%u%s", scheme, p->world.port, path);
	if (tracker_url_parse(url, strlen(url), &p->url)) {
		printf("Bail out! %s is no tracker\n", url);
		exit(1);
	}
	memset(p->told, 0, sizeof(p->told));
	p->rows_told = p->ended = 0;
	p->ask.count = count;
	p->probe = p->ops->start(&p->ask, &events);
	ok(p->ended == 0, "%s: the end is not told from within start()", path);
	loop_run(p->world.loop);
	is_int(p->ended, 1, "%s: it is told once", path);
	p->sent = p->ops->sent(p->probe);
	p->ops->free(p->probe);
}

static inline void probing_end(struct probing *p)
{
	http_end(&p->world);
}

#endif
