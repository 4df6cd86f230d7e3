/* Addresses -> places and networks, with the geo databases of this machine. Places are small numbers, so that a table
 * of peers stores four bytes; each database record is decoded once. */
#ifndef CORE_LOCATE_H
#define CORE_LOCATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/country.h"
#include "base/err.h"
#include "base/ip.h"
#include "core/geo.h"

enum {
	PLACE_UNKNOWN = 0,
	PLACE_LOCAL = 1, /* private and special ranges, never looked up */
	NETWORK_UNKNOWN = 0,

	LOCATE_FILES = 16,      /* databases open at a time */
	LOCATE_PLACES = 100000, /* beyond it addresses get places that know only their country, networks are unknown */
	LOCATE_OLD_DAYS = 90,
};

struct place {
	country_t country;
	char *city;                /* clean text, NULL if unknown */
	float latitude, longitude; /* degrees; of the city, else of the country's middle; 0, 0 for Unknown and Local */
};

struct network {
	uint32_t asn;
	char *name; /* clean text, "" if unknown */
};

/* What locate_open() is asked to do. */
struct locate_ask {
	char *const *paths; /* files; none: look in the folders */
	size_t count;
	bool named;                 /* the user named the paths: each must be usable */
	const char *const *folders; /* ends with NULL; NULL = the usual places */
	int64_t wall;               /* seconds since 1970, for the age of the data */
	/* Told one short line per fact or problem; NULL = nobody wants to know. */
	void (*note)(void *arg, bool problem, const char *line);
	void *arg;
};

struct locate;

struct locate *locate_new(void);
/* Accepts NULL. */
void locate_free(struct locate *l);

/* Opens databases in place of those that are open. Without paths the folders are searched: of each, per family (IPv4,
 * IPv6) the City database before the Country one, the newer before the older, and a database of networks; an earlier
 * folder wins. 0: all ids are invalid now, as after locate_forget(); also when no path was named and nothing was found,
 * which is a note. -errno and a line in err: a named file is unusable, or at a reopening nothing usable is there any
 * more; what was open stays open and ids stay valid. */
int locate_open(struct locate *l, const struct locate_ask *ask, struct err *err);
/* The databases in use, City first; for showing them. NULL when i is out of range. */
const struct geo_info *locate_file(const struct locate *l, size_t i);
/* The credit that the licences of the databases in use ask for, "" if none. */
const char *locate_credit(const struct locate *l);

/* The place of an address. 6to4 and Teredo are located by the IPv4 address inside. Places of different ids may be
 * equal. */
uint32_t locate_place(struct locate *l, const struct ip *ip);
/* The place with this id. The pointer is good until the next locate_place(), the city until the next
 * locate_forget(). */
const struct place *locate_get(const struct locate *l, uint32_t id);
/* The same for networks (autonomous systems); Local addresses are in none. */
uint32_t locate_network(struct locate *l, const struct ip *ip);
const struct network *locate_network_get(const struct locate *l, uint32_t id);

/* Places known, the two fixed ones included. */
uint32_t locate_count(const struct locate *l);
/* Drops all places and networks; their ids become invalid, but for Unknown and Local. */
void locate_forget(struct locate *l);

#endif
