/* Connections of now by place. */
#include "peers/places.h"

#include <math.h>

#include "tap.h"
#include "unit/peers/drawn.h"

static void test_small_world(void)
{
	struct drawn d;
	struct places p;
	float latitude, longitude;

	drawn_begin(&d);
	places_find(&p, &d.scene);
	is_int((long long)p.count, 1, "one place: who has left is nowhere");
	is_int((long long)p.items[0].at.weight, 2, "two connections");
	is_str(country_code(p.items[0].country), "DE", "in Germany");
	country_centroid(p.items[0].country, &latitude, &longitude);
	ok(fabsf(p.items[0].at.latitude - latitude) < 0.01f && fabsf(p.items[0].at.longitude - longitude) < 0.01f,
	   "in its middle");
	ok(!p.items[0].city, "no city is known");
	is_int((long long)p.nowhere, 2, "one at home, one unknown");
	places_done(&p);
	fold_lost(d.fold, 0);
	fold_recount(d.fold, DRAWN_WALL);
	places_find(&p, &d.scene);
	is_int((long long)(p.count + p.nowhere), 0, "a daemon that is lost has none");
	places_done(&p);
	drawn_end(&d);
}

static void test_order(void)
{
	struct drawn d;
	struct places p;
	struct answer a;

	drawn_begin(&d);
	answer_init(&a);
	add_torrent(&a, 1, "one");
	add_peer(&a, DRAWN_GERMAN, CLIENT_NONE);
	add_peer(&a, IP4(93, 1, 1, 1), CLIENT_NONE);
	add_peer(&a, IP4(93, 1, 1, 2), CLIENT_NONE);
	add_peer(&a, IP4(93, 1, 1, 3), CLIENT_NONE);
	drawn_poll(&d, &a, 30);
	answer_done(&a);
	places_find(&p, &d.scene);
	is_int((long long)p.count, 2, "two places");
	ok(p.items[0].at.weight == 3 && p.items[1].at.weight == 1, "most first");
	is_str(country_code(p.items[0].country), "IT", "Italy");
	places_done(&p);
	drawn_end(&d);
}

int main(void)
{
	test_small_world();
	test_order();
	return tap_done();
}
