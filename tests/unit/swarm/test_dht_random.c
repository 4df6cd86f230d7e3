/* The DHT engine in networks that are at random whatever networks are: not all lookups can succeed there, but none may
 * be wrong. */
#include "dht_large.h"
#include "tap.h"

enum { NETWORKS = 80 };

int main(void)
{
	struct dht_large_tally t = {0};

	for (uint32_t number = 1; number <= NETWORKS; number++)
		dht_large_random(number, &t);
	is_int(t.endless, 0, "%d networks at random: every lookup ends", NETWORKS);
	is_int(t.zeros, 0, "no zero where peers are");
	is_int(t.inventions, 0, "no peers where none are");
	is_int(t.inexact, 0, "no count that is wrong");
	is_int(t.bans, 0, "no ban");
	ok(t.good > t.lookups / 10 * 9, "and %u of %u lookups know", t.good, t.lookups);
	return tap_done();
}
