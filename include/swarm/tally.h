/* Counts per collection: torrents, bytes, seeders by range, countries of addresses in the DHT. */
#ifndef SWARM_TALLY_H
#define SWARM_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "base/country.h"
#include "swarm/report_row.h"

enum tally_range { TALLY_NONE, TALLY_FEW, TALLY_SOME, TALLY_MANY, TALLY_UNKNOWN, TALLY_RANGES };

/* "0", "1-3", "4-10", "more", "unknown". */
extern const char *const tally_range_names[TALLY_RANGES];

struct tally_line {
	char *name; /* of the collection */
	uint64_t torrents, bytes;
	uint64_t ranges[TALLY_RANGES];
	uint64_t countries[COUNTRY_MAX];
};

/* A torrent in two collections counts in both, and once in the total. */
struct tally {
	const char *const *chosen; /* collections that have a line, NULL-terminated; NULL = all */
	struct tally_line *lines; /* in the order of their first torrent */
	size_t count, last;
	struct tally_line total; /* its name is NULL */
};

enum { TALLY_COLLECTIONS = 4096 }; /* at most; further ones count in the total alone */

/* `chosen` is kept until tally_done(). */
void tally_init(struct tally *t, const char *const *chosen);
void tally_done(struct tally *t);
void tally_add(struct tally *t, const struct report_row *row);
/* The line of a collection; NULL: none of its torrents was counted. */
const struct tally_line *tally_find(const struct tally *t, const char *name);
/* By seeders as trackers tell them; TALLY_UNKNOWN for CATALOG_UNKNOWN. */
enum tally_range tally_range_of(int32_t seeders);

/* The countries of a line, most addresses first; returns how many there are. */
size_t tally_countries(const struct tally_line *line, country_t countries[COUNTRY_MAX]);
/* Reads a sample's "DE 12,US 3": one pair, and moves *text behind it. False at the end. */
bool tally_country(const char **text, country_t *country, uint64_t *count);

#endif
