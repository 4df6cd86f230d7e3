/* Scrapes of trackers that do at random whatever trackers and networks do: nothing is told twice, or wrong; each comes
 * to its end, and where nothing but patience is asked for it is a good one. */
#include "tap.h"
#include "udp_random.h"

enum { SCRAPES = 5000 };

int main(void)
{
	struct random r = {77};
	struct udp_random sum = {0};

	while (sum.trackers < SCRAPES)
		udp_random_play(&r, &sum);
	is_int(sum.wrong, 0, "of %d trackers none makes us tell anything twice or wrong, or end too early", SCRAPES);
	is_int(sum.endless, 0, "each comes to its end");
	ok(sum.done > SCRAPES / 2 && sum.fair > SCRAPES / 4, "%u of them to a good one", sum.done);
	is_int(sum.unfair, 0, "all %u among them that lose and refuse nothing", sum.fair);
	return tap_done();
}
