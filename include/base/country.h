/* Countries by ISO 3166-1 alpha-2, as small numbers. */
#ifndef BASE_COUNTRY_H
#define BASE_COUNTRY_H

#include <stddef.h>
#include <stdint.h>

/* A country's number; order is that of the table, stable within one run only. A number that is none is Unknown. */
typedef uint16_t country_t;

enum {
	COUNTRY_UNKNOWN = 0, /* "??", "Unknown": not in the database */
	COUNTRY_LOCAL = 1,   /* "--", "Local": private and special ranges */
	COUNTRY_FIRST = 2,
	COUNTRY_MAX = 280, /* arrays by country have this many rows; country_count() <= COUNTRY_MAX */
};

country_t country_count(void);
/* Two letters, any case -> number; COUNTRY_UNKNOWN for what is no assigned code (also "" and the like). XK is one. */
country_t country_by_code(const char *code, size_t len);
const char *country_code(country_t country); /* "IT" */
const char *country_name(country_t country); /* "Italy"; short English name as people say it */
/* Centroid in degrees, north and east positive; 0, 0 for Unknown and Local. */
void country_centroid(country_t country, float *latitude, float *longitude);

#endif
