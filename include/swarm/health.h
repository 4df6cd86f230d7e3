/* Samples of a torrent -> how healthy its swarm is: seeders, leechers, trend, and how much it needs seeders. Pure: no
 * clock, no store. */
#ifndef SWARM_HEALTH_H
#define SWARM_HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "swarm/catalog.h"

enum { HEALTH_DAYS = 30 };

/* CATALOG_UNKNOWN where nobody said. */
struct health {
	int32_t seeders, leechers, completed; /* maximum over trackers and one's own Transmission's; never the DHT's */
	int64_t scraped;                      /* when they said so, 0 = never */
	int32_t dht_seeders, dht_leechers;    /* BEP 33 estimates */
	int32_t dht_peers;                    /* distinct addresses */
	int64_t dht_scraped;                  /* 0 = never */
	int64_t seen; /* when a seeder, or an address in the DHT, was last known, within 30 days; 0 = not */
	/* Seeders per day over the last 30 days, least squares over time; NAN = fewer than two days known. */
	double trend;
};

/* `row` as catalog_rows() gives it. What trackers and one's own Transmission said counts together unless one is a week
 * older than the other: then the newer. */
void health_of(const struct catalog_row *row, struct health *health);
/* Whether anybody ever said how many there are. */
bool health_measured(const struct health *health);
/* Seeders as well as they can be told: those of trackers; else the DHT's estimate (BEP 33, or its proof that nobody is
 * there). CATALOG_UNKNOWN = unmeasured; addresses alone are no measure of seeders. */
int32_t health_guess(const struct health *health);
/* How old the numbers are that are shown: of trackers, else of the DHT. 0 = never. */
int64_t health_said(const struct health *health);
/* How much a torrent needs seeders, 0 (not at all) to 100; the formula stands in the source and in the README. */
double health_need(const struct health *health, int64_t now);
/* Seeders at the end of each of the last 30 days, today last; CATALOG_UNKNOWN = not measured on that day. Of the same
 * measurements as the trend. Returns how many days are known. */
size_t health_days(const struct catalog_row *row, int64_t now, int32_t days[HEALTH_DAYS]);

#endif
