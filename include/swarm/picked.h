/* Choosing: candidates by how much they need seeders, as many as a budget of bytes allows. Pure but for its memory. */
#ifndef SWARM_PICKED_H
#define SWARM_PICKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "swarm/report_row.h"

/* What is looked for. */
struct picked_wish {
	uint64_t budget;     /* bytes; UINT64_MAX = no limit */
	int32_t least, most; /* seeders */
	bool private;        /* private torrents too: they are of use only to who has an account at their tracker */
	bool unmeasured;     /* those too of which nobody has said how many seeders they have; they fit any range */
	bool json;           /* keep each as JSON */
	bool add;            /* keep what pick_add() needs */
};

/* A candidate. Texts are in the arena. */
struct picked_one {
	double need;
	uint64_t size;
	int32_t seeders, guess; /* as trackers say; as well as it can be told (health_guess()) */
	int64_t measured;       /* when that was said, 0 = never */
	char hash[INFO_HASH_TEXT];
	const char *name, *link, *path; /* path: of a local torrent file, "" = none */
	const char *json;               /* as in the report; NULL = not kept */
	/* Kept for pick_add(). */
	bool private, has_v1;
	const char *collection, *tracker; /* of the link; an announce URL that is no secret, "" = none known */
	const char *magnet;               /* where the link is none, "" = none known */
};

struct picked {
	struct picked_wish wish;
	struct arena arena;
	struct picked_one *ones; /* after picked_choose() those that were chosen, most in need first */
	size_t count, room;
	uint64_t size; /* bytes of the chosen ones */
	/* Left out: by wish, and, of those that remained, by the budget. */
	size_t private, unmeasured, sizeless, too_many;
};

void picked_init(struct picked *p, const struct picked_wish *wish);
void picked_done(struct picked *p);
/* Takes a torrent into account. 0, or -ENOMEM: more than memory is given to. */
int picked_add(struct picked *p, const struct report_row *row);
/* Greedy: in the order of need (then the smaller first) each that still fits. With a budget, those whose size nobody
 * knows are left out. */
void picked_choose(struct picked *p);

/* For people: a table with a line of totals. `cols` = width of the terminal, 0 = names are not cut. */
void picked_table(const struct picked *p, int64_t now, unsigned cols, struct buf *out);
/* That line alone. */
void picked_total(const struct picked *p, struct buf *out);
/* An array as the report's. */
void picked_json(const struct picked *p, struct buf *out);
/* A line each, as clients take them: URL, magnet link, or the path of a local file; its file:// URL when the path is
 * not fit to be printed. */
void picked_links(const struct picked *p, struct buf *out);
/* What was left out, and why: ", 3 private"; "" = nothing. */
void picked_left_out(const struct picked *p, struct buf *out);

#endif
