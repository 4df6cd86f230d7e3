/* Geo databases (MaxMind DB format 2.0, https://maxmind.github.io/MaxMind-DB/): address -> record -> country, city,
 * network. One struct geo is one open file. Both schemas are read, nested (MaxMind, DB-IP) and flat (ip-location-db,
 * IPinfo); what a file holds is found by looking into it, never by its type text.
 * What is read is a copy in memory, which nobody cuts short; a file that is too large for that is mapped: replaced by
 * rename it stays as it was, cut short in place it ends the program (SIGBUS). */
#ifndef CORE_GEO_H
#define CORE_GEO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/ip.h"

struct geo;

enum { GEO_PATH = 320, GEO_TEXT = 128 };

enum geo_size {
	GEO_COPIED = 32 << 20,    /* files of countries and of networks are 8 to 12 MB, those of cities 60 to 130 MB */
	GEO_COPY_MAX = 256 << 20, /* that geo_open_copy() copies */
};

/* What an open file is. All texts are clean. */
struct geo_info {
	char path[GEO_PATH];
	char type[GEO_TEXT];        /* metadata database_type, "" if none */
	char description[GEO_TEXT]; /* metadata description, English or the first; "" if none */
	int64_t built;              /* seconds since 1970 */
	int ip_version;             /* of the search tree: 4, or 6, which may hold IPv4 too */
	bool has_v4, has_v6;        /* families that have records */
	bool has_country, has_city, has_asn;
	bool has_anonymity; /* says of addresses whether they hide somebody */
};

/* What an address is known to be, as MaxMind's Anonymous IP database and the traits of its enterprise ones have it
 * (https://dev.maxmind.com/geoip/docs/databases/anonymous-ip). */
enum geo_anonymity {
	GEO_VPN = 1 << 0,
	GEO_PROXY = 1 << 1, /* public, or of a network of homes */
	GEO_TOR = 1 << 2,   /* exit node */
	GEO_HOSTING = 1 << 3,
};

/* One decoded record. Absent texts are "", an absent asn is 0. All texts are clean. */
struct geo_record {
	char country[3]; /* two upper-case letters; not checked against ISO 3166 */
	char city[GEO_TEXT];
	char as_name[GEO_TEXT];
	uint32_t asn;
	unsigned anonymity; /* enum geo_anonymity bits */
	bool located;       /* latitude and longitude are there and in range */
	float latitude, longitude;
};

/* Opens a file. 0 and *geo, to be freed with geo_close(); or with one line in err that says what the file is instead:
 * -ENOENT missing, -EACCES, -EISDIR, -ENODATA empty, -EINVAL something else (legacy .dat, packed, text, pipe),
 * -EIO damaged or cut short, -EMEDIUMTYPE a sound database of other things, or another -errno. */
int geo_open(const char *path, struct geo **geo, struct err *err);
/* The same, and never mapped: one that is larger than GEO_COPY_MAX is refused with -EFBIG. */
int geo_open_copy(const char *path, struct geo **geo, struct err *err);
/* Accepts NULL. */
void geo_close(struct geo *geo);
const struct geo_info *geo_info(const struct geo *geo);

/* Looks one address up as it is (the caller unwraps 6to4 and the like, ip_located()). *record is not 0 and equal for
 * addresses with the same data. 0, -ENOENT, -EAFNOSUPPORT (IPv6 in an IPv4 tree) or -EIO (damaged). Allocates
 * nothing. */
int geo_find(const struct geo *geo, const struct ip *ip, uint32_t *record);
/* Decodes a record that geo_find() gave. 0 or -EIO (damaged, or deeper or larger than any real record). */
int geo_read(const struct geo *geo, uint32_t record, struct geo_record *out);

#endif
