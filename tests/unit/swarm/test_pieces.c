/* What is left to ask: everything is taken once, what came back comes again first, and in halves when it was lost. */
#include "swarm/pieces.h"

#include <stdlib.h>

#include "random.h"
#include "tap.h"

enum { COUNT = 10000, WHOLE = 70, WINDOW = 8 };

static void test_order(void)
{
	struct pieces p;
	struct piece a, b, c;

	pieces_init(&p, 100);
	a = pieces_take(&p, WHOLE, WHOLE);
	ok(a.first == 0 && a.count == 70, "the first piece");
	b = pieces_take(&p, WHOLE, WHOLE);
	ok(b.first == 70 && b.count == 30, "the rest");
	ok(!pieces_any(&p), "then nothing is left");
	a.losses = 2;
	ok(pieces_put_back(&p, a) && pieces_any(&p), "a piece comes back");
	c = pieces_take(&p, WHOLE, WHOLE);
	ok(c.first == 0 && c.count == 35 && c.losses == 2, "lost twice: a half of it");
	c = pieces_take(&p, WHOLE, WHOLE);
	ok(c.first == 35 && c.count == 35, "and the other half");
	a.losses = 9;
	pieces_put_back(&p, a);
	c = pieces_take(&p, WHOLE, WHOLE);
	is_int(c.count, 17, "lost nine times: a quarter, and no less");
	pieces_forgive(&p);
	c = pieces_take(&p, WHOLE, WHOLE);
	is_int(c.count, 53, "forgiven: all the rest");
	c.count = 0;
	ok(pieces_put_back(&p, c) && !pieces_any(&p), "an empty piece is none");
	pieces_init(&p, 0);
	ok(!pieces_any(&p), "of nothing, nothing is left");
}

static void test_limit(void)
{
	struct pieces p;
	unsigned kept = 0;

	pieces_init(&p, 1000);
	while (pieces_put_back(&p, (struct piece){.first = kept, .count = 1}) && kept < 1000)
		kept++;
	is_int(kept, PIECES_BACK, "no more come back than there is room for");
}

/* Halves and quarters of three neighbours, and one that is alone. */
static void test_whole(void)
{
	static const struct piece parts[] = {{35, 35, 2}, {900, 9, 1}, {70, 17, 4}, {0, 35, 3}, {87, 53, 4}};
	struct piece taken;
	struct pieces p;

	pieces_init(&p, 0);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		pieces_put_back(&p, parts[i]);
	pieces_forgive(&p);
	is_int(p.back_count, 2, "forgiven: neighbours are one piece");
	for (unsigned left = 140 + 9; left; left -= taken.count) {
		taken = pieces_take(&p, 70, WHOLE);
		ok(taken.count == 9 || (taken.count == 70 && taken.first % 70 == 0), "%u from %u", taken.count,
		   taken.first);
	}
	ok(!pieces_any(&p), "and nothing is left");
}

/* A window of pieces, lost or answered in part at random. */
static void test_random(void)
{
	static unsigned char told[COUNT];
	struct piece window[WINDOW] = {{0}};
	struct random random = {5};
	struct pieces p;
	bool room = true;
	size_t once = 0;

	pieces_init(&p, COUNT);
	for (unsigned i = 0; i < 1000000; i++) {
		struct piece *slot = &window[random_below(&random, WINDOW)];
		unsigned answered;

		if (!slot->count) {
			if (pieces_any(&p))
				*slot = pieces_take(&p, 17 + random_below(&random, 54), WHOLE);
			continue;
		}
		answered = random_below(&random, 2) ? random_below(&random, slot->count + 1u) : 0;
		for (unsigned k = 0; k < answered; k++)
			told[slot->first + k]++;
		slot->first += answered;
		slot->count = (uint16_t)(slot->count - answered);
		slot->losses = (uint16_t)(slot->losses + 1);
		room = room && pieces_put_back(&p, *slot);
		slot->count = 0;
	}
	for (size_t i = 0; i < COUNT; i++)
		once += told[i] == 1;
	is_int(once, COUNT, "whatever is lost, everything is told once in the end");
	ok(room && !pieces_any(&p), "and there was always room for what came back");
}

int main(void)
{
	test_order();
	test_limit();
	test_whole();
	test_random();
	return tap_done();
}
