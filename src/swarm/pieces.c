/* What is left to ask, in pieces. It does not know what they are of. */
#include "swarm/pieces.h"

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

void pieces_init(struct pieces *p, uint32_t count)
{
	*p = (struct pieces){.count = count};
}

bool pieces_any(const struct pieces *p)
{
	return p->back_count > 0 || p->next < p->count;
}

struct piece pieces_take(struct pieces *p, unsigned size, unsigned whole)
{
	struct piece *top, taken;

	if (!p->back_count) {
		taken = (struct piece){.first = p->next, .count = (uint16_t)least(size, p->count - p->next)};
		p->next += taken.count;
		return taken;
	}
	top = &p->back[p->back_count - 1];
	taken = *top;
	taken.count = (uint16_t)least(taken.count, least(size, whole >> least(taken.losses / 2, PIECES_HALVED)));
	top->first += taken.count;
	top->count = (uint16_t)(top->count - taken.count);
	if (!top->count)
		p->back_count--;
	return taken;
}

bool pieces_put_back(struct pieces *p, struct piece piece)
{
	if (!piece.count)
		return true;
	if (p->back_count == PIECES_BACK)
		return false;
	p->back[p->back_count++] = piece;
	return true;
}

/* Joins a piece with the one that begins where it ends. */
static bool join(struct pieces *p, struct piece *piece)
{
	for (unsigned i = 0; i < p->back_count; i++) {
		if (p->back[i].first != piece->first + piece->count || piece->count + p->back[i].count > UINT16_MAX)
			continue;
		piece->count = (uint16_t)(piece->count + p->back[i].count);
		p->back[i] = p->back[--p->back_count];
		return true;
	}
	return false;
}

void pieces_forgive(struct pieces *p)
{
	unsigned i = 0;

	while (i < p->back_count)
		if (join(p, &p->back[i]))
			i = 0;
		else
			p->back[i++].losses = 0;
}
