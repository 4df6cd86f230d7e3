/* What is left to ask of a long row of things: a cursor, and a small stack of pieces that came back because they were
 * lost or only answered in part. Pure. */
#ifndef SWARM_PIECES_H
#define SWARM_PIECES_H

#include <stdbool.h>
#include <stdint.h>

enum {
	PIECES_BACK = 64,  /* that came back, at most */
	PIECES_HALVED = 2, /* times that a piece is halved */
};

struct piece {
	uint32_t first;
	uint16_t count, losses;
};

struct pieces {
	uint32_t count, next; /* from `next` on nothing has been asked */
	struct piece back[PIECES_BACK];
	unsigned back_count;
};

/* All of `count` are left. */
void pieces_init(struct pieces *p, uint32_t count);
bool pieces_any(const struct pieces *p);
/* What is to be asked next: what came back before anything new; at most `size`, and of a piece that was lost only a
 * half of `whole` after every second loss, a quarter at least. Only if there are any. */
struct piece pieces_take(struct pieces *p, unsigned size, unsigned whole);
/* To be asked again; an empty one is none. False: too many have come back. */
bool pieces_put_back(struct pieces *p, struct piece piece);
/* Losses are forgotten, and what was halved is whole again. */
void pieces_forgive(struct pieces *p);

#endif
