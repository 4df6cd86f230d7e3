/* Scrapes of trackers that do at random whatever trackers and networks do: nothing is told twice, or wrong; each comes
 * to its end, and where nothing but patience is asked for it is a good one. */
#include "swarm/udp_scrape.h"

#include "tap.h"
#include "udp_tracked.h"

enum { SCRAPES = 5000, LONGEST_MS = 1200000 };

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

int main(void)
{
	struct random r = {77};
	unsigned wrong = 0, endless = 0, fair = 0, unfair = 0, done = 0;

	for (unsigned i = 0; i < SCRAPES; i++) {
		struct nature n = make_nature(&r);
		size_t count = 1 + random_below(&r, one_of(&r, 3) ? 200 : 1500);
		struct world *w = play(count, &n, 1 + random_below(&r, 2), one_of(&r, 2));
		bool good = udp_scrape_state(w->scrape) == UDP_SCRAPE_DONE;

		wrong += !is_right(w, count);
		endless += udp_scrape_state(w->scrape) == UDP_SCRAPE_GOING || w->now > LONGEST_MS;
		done += good;
		fair += is_fair(&n);
		unfair += is_fair(&n) && !good;
		drop(w);
	}
	is_int(wrong, 0, "of %d trackers none makes us tell anything twice or wrong, or end too early", SCRAPES);
	is_int(endless, 0, "each comes to its end");
	ok(done > SCRAPES / 2 && fair > SCRAPES / 4, "%u of them to a good one", done);
	is_int(unfair, 0, "all %u among them that lose and refuse nothing", fair);
	return tap_done();
}
