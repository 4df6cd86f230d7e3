/* What the files of the lists share, and nobody else: the lists that are open, and their tags. */
#ifndef PEERS_NETLISTS_PRIVATE_H
#define PEERS_NETLISTS_PRIVATE_H

#include "core/aside.h"
#include "peers/netlists.h"
#include "peers/netlists_job.h"

enum { NETLISTS_GEO_TAGS = 4 };

/* Tags of a database, by enum geo_anonymity. */
extern const struct netlists_geo_tag {
	unsigned geo;
	const char *tag;
} netlists_geo_tags[NETLISTS_GEO_TAGS];

struct netlists_list {
	char *path;
	char tag[NETLIST_TAG]; /* "": a database */
	unsigned bit;           /* of its tag */
	struct netset set;
	uint64_t networks; /* that were read into it */
	struct geo *geo;
	struct netlists_stamp read, seen; /* the file as it was read, and as it was at the last look */
	bool missing;                     /* and that was told */
	bool unread;                      /* it was never read so far, nor could not be */
	bool known;                       /* it was read once: not so if it never could be */
	struct netlists_job *job;         /* not NULL: it is to be looked at with this, when its turn comes ... */
	struct aside *aside;              /* ... not NULL: it is, and the job is not ours meanwhile ... */
	bool again;                       /* ... and to be read anew then */
	bool hangs;                       /* it was so at the last check, too */
	bool late;                        /* it was told that this takes long */
	bool left;                        /* another list of the same file has taken over all that ... */
	bool inherited;                   /* ... which is this one */
};

struct netlists_set {
	struct netlists_list *items;
	size_t count;
	struct netset excluded;
	uint64_t excluded_tags;
	uint64_t in_use; /* tags */
	bool needs_systems;
};

struct netlists_names {
	char names[NETLISTS_TAGS][NETLIST_TAG];
	unsigned count;
};

struct netlists {
	struct netlists_ear ear;
	struct netlists_names tags;
	unsigned geo_bits[NETLISTS_GEO_TAGS];
	struct netlists_set open;
	bool exclusions_changed; /* with what was taken last */
	bool lacks_systems;      /* no database tells the AS numbers of addresses */
};

/* The bit, or -1. */
int netlists_names_find(const struct netlists_names *tags, const char *name);
/* The tag of a list, or those of a database. */
uint64_t netlists_tags_of(const struct netlists *n, const struct netlists_list *l);

#endif
