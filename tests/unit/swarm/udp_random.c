/* Trackers at random, and what must be true of a scrape of any of them. */
#include "udp_random.h"

#include "udp_tracked.h"

enum { LONGEST_MS = 1200000 };

static bool one_of(struct random *r, uint32_t count)
{
	return random_below(r, count) == 0;
}

static struct nature make_nature(struct random *r)
{
	struct nature n = {.rtt_ms = random_below(r, one_of(r, 4) ? 2900 : 300), .forges = one_of(r, 3)};

	n.cut = one_of(r, 3) ? 1 + random_below(r, 75) : 0;
	n.largest = one_of(r, 4) ? 17 + random_below(r, 60) : 0;
	n.lose = one_of(r, 2) ? random_below(r, 300) : 0;
	n.deaf_from = one_of(r, 6) ? 1 + random_below(r, 40) : 0;
	n.mute_scrape = one_of(r, 20);
	n.scrape_says = one_of(r, 10) ? "no" : NULL;
	n.says_from = 1 + random_below(r, 20);
	n.forgets = one_of(r, 3) ? random_below(r, 6) : 0;
	return n;
}

/* It asks for no more than patience. */
static bool is_fair(const struct nature *n)
{
	return !n->deaf_from && !n->mute_scrape && !n->scrape_says && !n->lose && (!n->cut || n->cut >= 17) &&
	       n->forgets < 4;
}

static bool is_right(const struct world *w, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (w->told[i] > 1)
			return false;
	return !w->wrong && (udp_scrape_state(w->scrape) != UDP_SCRAPE_DONE || w->rows == count);
}

void udp_random_play(struct random *r, struct udp_random *sum)
{
	struct nature n = make_nature(r);
	size_t count = 1 + random_below(r, one_of(r, 3) ? 200 : 1500);
	struct world *w = play(count, &n, 1 + random_below(r, 2), one_of(r, 2));
	bool good = udp_scrape_state(w->scrape) == UDP_SCRAPE_DONE;

	sum->trackers++;
	sum->wrong += !is_right(w, count);
	sum->endless += udp_scrape_state(w->scrape) == UDP_SCRAPE_GOING || w->now > LONGEST_MS;
	sum->done += good;
	sum->fair += is_fair(&n);
	sum->unfair += is_fair(&n) && !good;
	drop(w);
}
