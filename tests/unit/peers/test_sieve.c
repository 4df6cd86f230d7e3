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
	sieve_done(&sieve);
	sieve_done(&none);
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
	is_int(out.addresses, 2, "two addresses, both at two daemons");
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
	sieve_done(&sieve);
	fold_free(f);
}

/* An answer whose peers are 9.1.1.`first` and so on, each in two torrents, the last ones first. */
static void answer_with(struct fold *f, struct sieve *sieve, unsigned source, unsigned first, unsigned count)
{
	struct answer a;

	answer_init(&a);
	for (uint32_t torrent = 1; torrent <= 2; torrent++) {
		add_torrent(&a, torrent, "one");
		for (unsigned i = count; i-- > 0;)
			add_peer(&a, IP4(9, 1, 1, first + i), 3);
	}
	sieve_answer(sieve, source, &a);
	fold_answer(f, source, &a, (struct fold_time){1000 * 1000, 1000, 5});
	answer_done(&a);
}

static void test_distinct(void)
{
	const unsigned last = FOLD_SOURCES - 1;
	unsigned turn = 0;
	struct fold *f = folded_new(1000, &turn);
	struct sieve sieve = {.excludes = excludes};

	is_int(sieve_count(&sieve, f).addresses, 0, "no daemon has answered");
	answer_with(f, &sieve, 0, 10, 5);
	is_int(sieve_count(&sieve, f).addresses, 5, "those of one daemon");
	answer_with(f, &sieve, 3, 10, 5);
	is_int(sieve_count(&sieve, f).addresses, 5, "the same ones at another");
	answer_with(f, &sieve, last, 12, 5);
	is_int(sieve_count(&sieve, f).addresses, 7, "some of them at the last one, and two more");
	is_int(sieve_count(&sieve, f).addresses, 7, "asked again");
	is_int(sieve_count(&sieve, f).connections, 30, "connections are those of all");
	fold_late(f, 0);
	is_int(sieve_count(&sieve, f).addresses, 7, "a daemon is late whose addresses are elsewhere");
	fold_late(f, last);
	is_int(sieve_count(&sieve, f).addresses, 5, "so is the last one");
	answer_with(f, &sieve, 3, 10, 1);
	is_int(sieve_count(&sieve, f).addresses, 1, "most have left");
	answer_with(f, &sieve, 0, 30, 2);
	is_int(sieve_count(&sieve, f).addresses, 3, "a late one is back, with others");
	sieve_drop(&sieve, 3);
	is_int(sieve_count(&sieve, f).addresses, 2, "one that is gone");
	sieve.excludes = NULL;
	answer_with(f, &sieve, 0, 30, 2);
	is_int(sieve_count(&sieve, f).addresses, 0, "nothing is left out any more");
	sieve_done(&sieve);
	fold_free(f);
}

int main(void)
{
	test_same_world();
	test_counted();
	test_distinct();
	return tap_done();
}
