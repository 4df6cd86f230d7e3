/* What is left out: the tables are those of a world without it, and it is counted. */
#include "peers/sieve.h"

#include "folded.h"
#include "tap.h"

/* 9.* is left out. */
static bool excludes(void *context, const struct ip *ip)
{
	(void)context;
	return ip_is4(ip) && ip->b[12] == 9;
}

/* With the peers of 9.*, or as if they were not. */
static void make_answer(struct answer *a, bool with)
{
	answer_init(a);
	add_torrent(a, 1, "one");
	add_peer(a, IP4(5, 1, 1, 1), 3)->rate_up = 100;
	if (with)
		add_peer(a, IP4(9, 1, 1, 1), 3)->rate_up = 10;
	add_peer(a, IP4(5, 1, 1, 2), 4)->rate_down = 50;
	add_torrent(a, 2, "two");
	if (with)
		add_peer(a, IP4(9, 1, 1, 1), 3)->rate_down = 20;
	if (with)
		add_peer(a, IP4(9, 1, 1, 2), 3);
	add_torrent(a, 3, "three");
	add_peer(a, IP4(5, 1, 1, 1), 3);
}

static void fold_made(struct fold *f, struct sieve *sieve, unsigned source, bool with, int64_t wall)
{
	struct answer a;

	make_answer(&a, with);
	sieve_answer(sieve, source, &a);
	fold_answer(f, source, &a, (struct fold_time){wall * 1000, wall, 5});
	fold_recount(f, wall);
	answer_done(&a);
}

static void test_same_world(void)
{
	unsigned turn = 0;
	struct fold *f = folded_new(1000, &turn), *g = folded_new(1000, &turn);
	struct sieve sieve = {.excludes = excludes}, none = {.excludes = NULL};

	for (int64_t wall = 1000; wall < 1100; wall += 30) {
		fold_made(f, &sieve, 0, true, wall);
		fold_made(g, &none, 0, false, wall);
	}
	ok(memcmp(&f->now, &g->now, sizeof(f->now)) == 0, "what is true now is the same");
	ok(memcmp(f->countries, g->countries, sizeof(f->countries)) == 0, "so are the countries");
	ok(memcmp(f->hours, g->hours, sizeof(f->hours)) == 0, "and the hours");
	is_int(f->sightings, 12, "sightings");
	is_int(f->unique, 2, "unique");
	ok(!address_of(f, IP4(9, 1, 1, 1)), "nothing of them is remembered");
	is_int(sieve_count(&none, g).sightings, 0, "nothing left out, nothing counted");
	fold_free(f);
	fold_free(g);
}

static void test_counted(void)
{
	unsigned turn = 0;
	struct fold *f = folded_new(1000, &turn);
	struct sieve sieve = {.excludes = excludes};
	struct sieve_count out;

	fold_made(f, &sieve, 0, true, 1000);
	fold_made(f, &sieve, 0, true, 1030);
	fold_made(f, &sieve, 1, true, 1030);
	out = sieve_count(&sieve, f);
	is_int(out.sightings, 9, "sightings of all answers");
	is_int(out.connections, 6, "connections of the latest ones");
	is_int(out.addresses, 4, "two addresses at two daemons");
	is_int(out.rate_up, 20, "rate up");
	is_int(out.rate_down, 40, "rate down");
	fold_late(f, 1);
	is_int(sieve_count(&sieve, f).connections, 3, "a daemon that is late counts 0 here too");
	fold_made(f, &sieve, 0, false, 1060);
	is_int(sieve_count(&sieve, f).connections, 0, "they have left");
	is_int(sieve_count(&sieve, f).sightings, 9, "their sightings stay");
	fold_made(f, &sieve, 1, true, 1060);
	sieve_drop(&sieve, 1);
	is_int(sieve_count(&sieve, f).connections, 0, "a daemon that is gone");
	fold_free(f);
}

int main(void)
{
	test_same_world();
	test_counted();
	return tap_done();
}
