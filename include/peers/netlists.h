/* Lists of networks with a tag each: "vpn", "tor", one's own. An address has the tags of all lists that it is in, or
 * that its autonomous system is in; tags are bits of 64. Files are read on threads of their own, and again when they
 * change; one that cannot be read any more, or that holds no network any more, leaves what it said before. */
#ifndef PEERS_NETLISTS_H
#define PEERS_NETLISTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/ip.h"
#include "wire/netlist.h"

enum {
	NETLISTS_MAX = 64,         /* files */
	NETLISTS_TAGS = 64,        /* in one run: a tag keeps its bit */
	NETLISTS_CHECK_MS = 10000, /* how often netlists_check() wants to be called */
};

/* What netlists_open() is asked to do. */
struct netlists_ask {
	/* "tag=path": a list as of wire/netlist.h. "path": MaxMind's Anonymous IP database, of the tags vpn, proxy, tor
	 * and hosting. */
	char *const *lists;
	size_t list_count;
	/* Tags of these lists, addresses, prefixes, ranges and AS numbers. */
	char *const *excluded;
	size_t excluded_count;
};

/* Told one short line per fact or problem; NULL = nobody wants to know. Foreign text in it is clean. */
struct netlists_ear {
	void (*note)(void *arg, bool problem, const char *line);
	void *arg;
};

struct netlists;

struct netlists *netlists_new(struct netlists_ear ear);
/* Accepts NULL. */
void netlists_free(struct netlists *n);

/* Takes these lists in place of those that are open, and begins to read them all; until netlists_take() each says what
 * it said before, also under another tag, a new one nothing. A file that cannot be read is a note: it may come later.
 * -EINVAL and a line in err for what only the configuration can mend; then nothing has changed. */
int netlists_open(struct netlists *n, const struct netlists_ask *ask, struct err *err);
/* Whether it would: 0, or -EINVAL with the same line. */
int netlists_try(const struct netlists *n, const struct netlists_ask *ask, struct err *err);
/* Begins to look whether files have changed, and to read those that are the same as at the last look: not one that is
 * being written. One that is still being read since the last time is a note. */
void netlists_check(struct netlists *n);
/* Takes what has been read, waiting for all of it, but at most so long. True if tags may be others now. */
bool netlists_take(struct netlists *n, int64_t ms);
/* May others be left out since the latest netlists_take()? */
bool netlists_exclusions_changed(const struct netlists *n);
/* What is still being read is a note, once. */
void netlists_tell_late(struct netlists *n);
/* Is something being read? */
bool netlists_busy(const struct netlists *n);
/* Tags of lists that are being read for the first time. */
uint64_t netlists_unread(const struct netlists *n);
/* Likewise, and tags none of whose lists has ever been readable, or all of whose lists need a database of networks that
 * is not there: their numbers are unknown, not 0. */
uint64_t netlists_unknown(const struct netlists *n);
/* What is known of a tag that is in use. */
enum netlists_state {
	NETLISTS_KNOWN,
	NETLISTS_READING,    /* for the first time */
	NETLISTS_UNREADABLE, /* all of its lists, ever */
	NETLISTS_NO_SYSTEMS, /* those that could be read have AS numbers only, and nobody knows these */
};
enum netlists_state netlists_state(const struct netlists *n, unsigned bit);
/* Tags of lists that have never been read, or need that database: who does not have them may be in these. */
uint64_t netlists_doubtful(const struct netlists *n);
/* Is one that is being read for the first time left out? */
bool netlists_lacks_exclusions(const struct netlists *n);

/* How many lists and databases have been read, and how many networks they have; a database has none. */
size_t netlists_read_so_far(const struct netlists *n, uint64_t *networks);
/* Are there lists at all? */
bool netlists_any(const struct netlists *n);
/* Do lists or exclusions name AS numbers? Then a geo database of networks is needed. */
bool netlists_needs_systems(const struct netlists *n);
/* There is none, or there is one again. */
void netlists_lack_systems(struct netlists *n, bool lack);
/* The tags of an address, one bit each; `asn` 0 if unknown. Of 6to4, Teredo and NAT64 also those of the IPv4 address
 * inside. */
uint64_t netlists_tags(const struct netlists *n, const struct ip *ip, uint32_t asn);
/* Is it left out of the tables? `tags` as of netlists_tags(). */
bool netlists_excludes(const struct netlists *n, const struct ip *ip, uint32_t asn, uint64_t tags);
bool netlists_excludes_any(const struct netlists *n);

/* Names of tags by bit; those of lists that are not configured any more stay. */
unsigned netlists_tag_count(const struct netlists *n);
const char *netlists_tag_name(const struct netlists *n, unsigned bit);
/* Tags of the lists that are configured now. */
uint64_t netlists_tags_in_use(const struct netlists *n);
/* Their names with a blank between, as many as there is room for. `n` may be NULL: then "". */
void netlists_tags_text(const struct netlists *n, uint64_t tags, char *text, size_t size);
/* The bit, or -1. */
int netlists_tag_find(const struct netlists *n, const char *name);

#endif
