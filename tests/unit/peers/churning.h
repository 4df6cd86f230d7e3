/* Peers that come and go, for the tests and the benchmark of the history. After historied.h. */
#ifndef CHURNING_H
#define CHURNING_H

#include <unistd.h>

#include "random.h"
#include "unit/peers/historied.h"

enum { CHURN_ACTIVE = 200 };

struct churn {
	struct random random;
	uint32_t active; /* <= CHURN_ACTIVE */
	uint32_t universe; /* addresses that may come */
	uint32_t stay; /* polls, on average */
	uint32_t peers[CHURN_ACTIVE]; /* numbers in the universe */
};

static inline struct churn churn_of(uint32_t active, uint32_t universe, uint32_t stay)
{
	struct churn c = {.random = {7}, .active = active, .universe = universe, .stay = stay};

	for (uint32_t i = 0; i < active; i++)
		c.peers[i] = random_below(&c.random, universe);
	return c;
}

/* The answer of one more poll; some have left, and others come. */
static inline void churn(struct churn *c, struct world *w, const uint32_t clients[8])
{
	answer_of(w);
	for (uint32_t i = 0; i < c->active; i++) {
		struct sighting *s;

		if (random_below(&c->random, c->stay) == 0)
			c->peers[i] = random_below(&c->random, c->universe);
		s = add_peer(&w->answer, IP4(20, 0, 0, 0) + c->peers[i] * 40503u, clients[c->peers[i] % 8]);
		s->rate_up = random_below(&c->random, 20000);
	}
}

static inline void churn_clients(struct world *w, uint32_t clients[8])
{
	static const char *const names[8] = {"qBittorrent 4.5.2", "Transmission 4.0.5", "libtorrent 2.0.9",
					     "Deluge 2.1.1.0",    "µTorrent 3.5.5",	"BiglyBT 3.4.0.0",
					     "qBittorrent 4.6.0", "Transmission 3.00"};

	for (int i = 0; i < 8; i++)
		clients[i] = client(w, names[i]);
}

/* Bytes that this process has handed to write(2) and the like, proc(5). */
static inline int64_t written(void)
{
	FILE *io = fopen("/proc/self/io", "r");
	long long bytes = -1;
	char line[128];

	while (io && bytes < 0 && fgets(line, sizeof(line), io))
		if (strncmp(line, "wchar:", 6) == 0)
			bytes = strtoll(line + 6, NULL, 10);
	if (io)
		fclose(io);
	return bytes;
}

/* A day of 30 s polls; what was written. */
static inline int64_t churn_day(struct churn *c, struct world *w, const uint32_t clients[8])
{
	int64_t before = written();

	for (int i = 0; i < DAY * 1000 / STEP_MS; i++) {
		churn(c, w, clients);
		poll_after(w, STEP_MS);
	}
	return written() - before;
}

#endif
