/* What the user wants left out of the tables: taken out of answers before they are folded, and counted here. The tables
 * are then those of a world without these peers. */
#ifndef PEERS_SIEVE_H
#define PEERS_SIEVE_H

#include <stdbool.h>
#include <stdint.h>

#include "peers/answer.h"
#include "peers/fold.h"

/* What was left out. */
struct sieve_count {
	uint64_t sightings;          /* since the program was started */
	uint32_t connections;        /* now */
	uint32_t addresses;          /* now; one that is at two daemons counts once */
	uint64_t rate_up, rate_down; /* now, bytes/s */
};

/* All zero but `excludes` and `context`: nothing was left out yet. */
struct sieve {
	bool (*excludes)(void *context, const struct ip *ip); /* NULL: nothing is left out */
	void *context;
	uint64_t sightings;
	struct fold_now sources[FOLD_SOURCES]; /* of the latest answer of each daemon */
	struct ip *ips[FOLD_SOURCES]; /* owned; its distinct addresses, sorted: at most ANSWER_MAX_SIGHTINGS */
	uint32_t distinct, distinct_of; /* addresses that were counted last; of these daemons, a bit each */
	bool counted;                   /* no answer has changed that since */
};

/* Takes out of a whole answer of a daemon what is left out. Its torrents stay, perhaps without peers; what daemons
 * count themselves (from where peers are known) stays as they count it. */
void sieve_answer(struct sieve *sieve, unsigned source, struct answer *answer);
/* The daemon is gone from the configuration. */
void sieve_drop(struct sieve *sieve, unsigned source);
/* Sums over the daemons whose connections count in the fold. Asked again before the next answer, it has the number of
 * addresses ready. */
struct sieve_count sieve_count(struct sieve *sieve, const struct fold *fold);
/* Frees what it holds, and leaves it as if no daemon had answered. */
void sieve_done(struct sieve *sieve);

#endif
