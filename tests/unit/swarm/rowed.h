/* Rows as the catalog would give them, for the tests of what shows them. */
#ifndef ROWED_H
#define ROWED_H

#include "swarm/catalog.h"

enum { ROWED_NOW = 1800000000, ROWED_DAY = 86400 };

/* A torrent that nobody has measured: 20 bytes of `digit` as its info-hash. */
static inline struct catalog_row rowed(uint8_t digit, const char *name)
{
	struct catalog_row row = {
		.id = digit,
		.torrent = {.has_v1 = true, .name = name},
		.collection = "books",
		.type = "fiction",
		.collections = "books",
		.link = "",
		.link_collection = "books",
		.path = "",
		.magnet = "",
		.file = "",
		.tracker = "",
	};

	for (int i = 0; i < INFO_HASH; i++)
		row.torrent.hash[i] = digit;
	for (int kind = 0; kind < CATALOG_KINDS; kind++)
		row.latest[kind] = (struct catalog_sample){.kind = (enum catalog_kind)kind,
							   .seeders = CATALOG_UNKNOWN,
							   .leechers = CATALOG_UNKNOWN,
							   .completed = CATALOG_UNKNOWN,
							   .peers = CATALOG_UNKNOWN};
	return row;
}

static inline void rowed_sample(struct catalog_row *row, enum catalog_kind kind, int32_t seeders, int32_t leechers,
				int32_t peers, const char *countries)
{
	struct catalog_sample *s = &row->latest[kind];

	s->at = ROWED_NOW - 60;
	s->seeders = seeders;
	s->leechers = leechers;
	s->peers = peers;
	s->countries = countries;
}

#endif
