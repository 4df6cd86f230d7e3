/* What the two DHTs, IPv4 and IPv6, say of one torrent, together: a sample for the catalog. It keeps addresses only as
 * long as they are counted. */
#ifndef SWARM_DHT_ANSWER_H
#define SWARM_DHT_ANSWER_H

#include "core/locate.h"
#include "swarm/catalog.h"
#include "swarm/dht.h"

/* BEP 33, of both. */
struct dht_estimate {
	bool told; /* by one of them */
	bool open; /* not by the other, which may have somebody: so a zero is none */
	int32_t count;
};

/* Starts as {0}. */
struct dht_answer {
	bool ended[DHT_FAMILIES];
	enum dht_outcome outcomes[DHT_FAMILIES];
	uint16_t asked, answered;
	struct dht_estimate seeds, peers;
	struct ip *addresses; /* distinct, sorted; owned */
	uint32_t address_count;
};

void dht_answer_done(struct dht_answer *a);
void dht_answer_add(struct dht_answer *a, const struct dht_result *result);
/* Found if any says so; none only if there is a proof, and one of each family that is `on`; else why not. */
enum dht_outcome dht_answer_outcome(const struct dht_answer *a, const bool on[DHT_FAMILIES]);
/* Some lookup ended without a result: another try may have one. */
bool dht_answer_failed(const struct dht_answer *a);
/* Fills in all but torrent and time. `locate` may be NULL: then no countries. The text of countries is written to
 * `countries` and lives there. */
void dht_answer_sample(const struct dht_answer *a, enum dht_outcome outcome, struct locate *locate,
		       char countries[CATALOG_COUNTRIES], struct catalog_sample *sample);

#endif
