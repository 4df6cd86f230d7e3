/* The tables: by hand, against a naive count, and end to end from the text of an answer. */
#include "peers/fold.h"

#include <errno.h>
#include <math.h>

#include "base/buf.h"
#include "peers/clients.h"
#include "random.h"
#include "tap.h"
#include "unit/peers/folded.h"
#include "wire/rpcpeers.h"

enum { START = 1795246200, MANY = 1 << 30, DUMP_MAX = 256 << 20 };

static unsigned turn;

static struct fold_time at(int64_t mono_ms, int hour)
{
	return (struct fold_time){.mono_ms = mono_ms, .wall = START + mono_ms / 1000, .hour = hour};
}

static void fold_and_count(struct fold *f, unsigned source, const struct answer *a, struct fold_time when)
{
	fold_answer(f, source, a, when);
	fold_recount(f, when.wall);
}

static country_t country_of(uint32_t v4)
{
	struct ip ip = ip_from_v4(v4);

	return folded_find(&turn, &ip).country;
}

static void is_now(const struct fold_now *now, uint32_t connections, uint32_t addresses, uint64_t up, uint64_t down,
		   const char *name)
{
	is_int(now->connections, connections, "%s: connections", name);
	is_int(now->addresses, addresses, "%s: addresses", name);
	is_int(now->rate_up, up, "%s: rate up", name);
	is_int(now->rate_down, down, "%s: rate down", name);
}

/* ---- one daemon ---- */

enum { GERMAN = IP4(5, 9, 1, 1), ITALIAN = IP4(93, 40, 0, 7), HOME = IP4(10, 0, 0, 9), NOWHERE = IP4(200, 1, 1, 1) };

/* Two torrents: three peers in one, two of them in the other too. */
static void make_swarm(struct answer *a)
{
	struct sighting *s;

	answer_reset(a);
	add_torrent(a, 1, "one")->from[ORIGIN_DHT] = 2;
	s = add_peer(a, GERMAN, 3);
	s->rate_up = 1000;
	s->flags = PEER_ENCRYPTED | PEER_UTP | PEER_UTP_KNOWN | PEER_UPLOADING;
	s->progress = 250;
	s = add_peer(a, ITALIAN, 2);
	s->rate_up = 50;
	s->rate_down = 7;
	s->flags = PEER_INCOMING | PEER_SEED | PEER_DOWNLOADING;
	s->progress = 1000;
	add_peer(a, HOME, 3);
	add_torrent(a, 2, "two")->from[ORIGIN_DHT] = 1;
	a->torrents[1].from[ORIGIN_TRACKER] = 5;
	s = add_peer(a, GERMAN, 3);
	s->rate_up = 200;
	s->flags = PEER_ENCRYPTED | PEER_UTP_KNOWN;
	s->progress = 100;
	add_peer(a, NOWHERE, 0);
}

static void test_empty(void)
{
	struct fold *f = folded_new(100, &turn);
	struct answer a;

	fold_free(NULL);
	answer_init(&a);
	is_int(f->sightings + f->unique + f->address_count, 0, "nothing at first");
	is_int(f->torrent_count, 1, "but the place of all other torrents");
	fold_recount(f, START);
	is_now(&f->now, 0, 0, 0, 0, "nothing now");
	fold_and_count(f, 0, &a, at(0, 7));
	is_int(f->sightings, 0, "an empty answer has no sightings");
	is_int(f->answers, 1, "but is one");
	ok(f->sources[0].live, "of a daemon that is up");
	fold_drop(f, 5);
	fold_lost(f, 6);
	fold_relocate(f);
	fold_recount(f, START);
	is_now(&f->now, 0, 0, 0, 0, "still nothing");
	answer_done(&a);
	fold_free(f);
}

static void check_countries(const struct fold *f)
{
	const struct fold_country *german = &f->countries[country_of(GERMAN)];

	is_int(german->sightings, 4, "sightings of a country: torrents x polls");
	is_int(german->hours[7], 2, "in the hour of the first poll");
	is_int(german->hours[8], 2, "and of the second");
	is_int(fold_unique(f, country_of(GERMAN)), 1, "but one unique");
	is_now(&german->now, 2, 1, 1200, 0, "a country now");
	is_int(f->countries[COUNTRY_LOCAL].sightings, 2, "Local is a country of its own");
	is_int(f->countries[COUNTRY_UNKNOWN].now.addresses, 1, "and so is Unknown");
}

static void check_torrents(const struct fold *f)
{
	is_int(f->torrent_count, 3, "torrents are known by their hash");
	is_str(f->torrents[1].name, "one", "by name");
	is_int(f->torrents[1].sightings, 6, "sightings of a torrent");
	is_now(&f->torrents[1].now, 3, 3, 1050, 7, "torrent one");
	is_int(f->torrents[1].now_countries, 3, "countries of torrent one");
	is_int(f->torrents[2].now_countries, 2, "countries of torrent two");
	ok(f->torrents[1].countries[country_of(GERMAN) / 64] & (uint64_t)1 << country_of(GERMAN) % 64, "and which");
	is_int(f->torrents[2].first_seen, START, "first seen");
	is_int(f->torrents[2].last_seen, START + 30, "last seen");
}

static void check_address(const struct fold *f)
{
	const struct address *a = address_of(f, GERMAN);

	is_int(a->sightings, 4, "sightings of an address");
	is_int(a->torrents, 2, "torrents of an address");
	is_int(a->rate_up, 1200, "its rate is the sum over torrents");
	is_int(a->progress, 250, "its progress the best");
	is_int(a->client, 3, "its client");
	is_int(a->first_seen, START, "first seen");
	is_int(a->last_seen, START + 30, "last seen");
	is_int(a->bytes_up, 1200 * 30, "estimated bytes up");
	is_int(address_of(f, ITALIAN)->bytes_down, 7 * 30, "estimated bytes down");
	is_int(a->refs, 2, "refs");
	ok(fold_connected(f, a), "connected");
}

static void check_mix(const struct fold *f)
{
	const struct fold_mix *m = &f->mix;

	is_int(m->encrypted, 2, "encrypted");
	is_int(m->incoming, 1, "incoming");
	is_int(m->seeds, 1, "seeds");
	is_int(m->ipv6, 0, "IPv6");
	is_int(m->utp, 1, "uTP");
	is_int(m->utp_known, 2, "of those that are known");
	is_int(m->uploading, 1, "uploading");
	is_int(m->downloading, 1, "downloading");
	is_int(m->from[ORIGIN_DHT], 3, "from the DHT, over torrents");
	is_int(m->from[ORIGIN_TRACKER], 5, "from trackers");
}

static void test_one_daemon(void)
{
	struct fold *f = folded_new(100, &turn);
	struct answer a;

	answer_init(&a);
	make_swarm(&a);
	fold_and_count(f, 0, &a, at(0, 7));
	is_int(address_of(f, GERMAN)->bytes_up, 0, "the first answer adds no bytes");
	fold_and_count(f, 0, &a, at(30000, 8));
	is_int(f->sightings, 10, "sightings");
	is_int(f->unique, 4, "unique");
	ok(!f->forgot, "exactly");
	is_int(f->hours[7], 5, "an hour");
	is_int(f->hours[8], 5, "the next one");
	is_now(&f->now, 5, 4, 1250, 7, "now");
	is_int(f->address_count, 4, "remembered");
	check_countries(f);
	check_torrents(f);
	check_address(f);
	check_mix(f);
	is_int(f->clients[3].sightings, 6, "sightings of a client");
	is_now(&f->clients[3].now, 3, 2, 1200, 0, "a client now");
	is_now(&f->clients[0].now, 1, 1, 0, 0, "no client now");
	answer_reset(&a);
	fold_and_count(f, 0, &a, at(60000, 9));
	is_now(&f->now, 0, 0, 0, 0, "all have left");
	is_int(f->sightings, 10, "sightings stay");
	ok(!fold_connected(f, address_of(f, GERMAN)), "an address that has left is not connected");
	is_int(address_of(f, GERMAN)->rate_up, 1200, "but its latest rate is known");
	is_int(address_of(f, GERMAN)->torrents, 2, "and its torrents");
	is_int(f->torrents[1].now_countries, 0, "a torrent without peers has no countries");
	is_int(f->mix.from[ORIGIN_DHT], 0, "nothing comes from the DHT");
	answer_done(&a);
	fold_free(f);
}

/* Two connections of one address in one torrent: behind one router. */
static void test_shared_address(void)
{
	struct fold *f = folded_new(100, &turn);
	struct answer a;

	answer_init(&a);
	add_torrent(&a, 1, "one");
	add_peer(&a, GERMAN, 4)->rate_up = 1;
	add_peer(&a, GERMAN, 5)->rate_up = 2;
	fold_and_count(f, 0, &a, at(0, 0));
	is_now(&f->now, 2, 1, 3, 0, "two connections of one address");
	is_now(&f->torrents[1].now, 2, 2, 3, 0, "a peer twice in one torrent is counted twice there");
	is_int(address_of(f, GERMAN)->sightings, 2, "two sightings");
	is_int(address_of(f, GERMAN)->client, 5, "the client of the latest sighting");
	is_int(f->clients[5].now.addresses, 1, "counts the address");
	is_int(f->clients[4].now.addresses, 0, "and the other does not");
	is_int(f->clients[4].now.connections, 1, "but its connection");
	answer_done(&a);
	fold_free(f);
}

static void test_torrents(void)
{
	struct fold *f = folded_new(100, &turn);
	struct answer a;

	answer_init(&a);
	add_torrent(&a, 7, "magnet");
	fold_answer(f, 0, &a, at(0, 0));
	answer_reset(&a);
	add_torrent(&a, 8, "other");
	add_torrent(&a, 7, "its name");
	add_peer(&a, GERMAN, 0);
	add_torrent(&a, 7, "its name");
	add_peer(&a, ITALIAN, 0);
	fold_and_count(f, 0, &a, at(1000, 0));
	is_int(f->torrent_count, 3, "a torrent keeps its place");
	is_str(f->torrents[1].name, "its name", "and takes its new name");
	is_int(f->torrents[1].now.connections, 2, "a torrent that is there twice is one");
	answer_reset(&a);
	for (uint32_t i = 0; i < FOLD_TORRENTS + 10; i++) {
		add_torrent(&a, 100 + i, "many");
		add_peer(&a, GERMAN, 0);
	}
	fold_and_count(f, 0, &a, at(2000, 0));
	is_int(f->torrent_count, FOLD_TORRENTS, "torrents have a cap");
	is_int(f->now.connections, FOLD_TORRENTS + 10, "but every connection counts");
	is_int(f->torrents[0].now.connections, 13, "in the one that stands for all others");
	is_str(f->torrents[0].name, "(other torrents)", "which keeps its name");
	is_int(address_of(f, GERMAN)->torrents, 65534, "an address counts as many torrents as are told apart");
	answer_done(&a);
	fold_free(f);
}

static void test_same_torrent(void)
{
	struct fold *f = folded_new(MANY, &turn);
	struct answer a;

	answer_init(&a);
	add_torrent(&a, 1, "one");
	add_peer(&a, GERMAN, 0);
	add_peer(&a, GERMAN, 0);
	add_torrent(&a, 2, "two");
	add_peer(&a, GERMAN, 0);
	fold_and_count(f, 0, &a, at(1000, 0));
	is_int(address_of(f, GERMAN)->torrents, 2, "two peers behind one address are in one torrent together");
	is_int(f->now.connections, 3, "and are a connection each");
	answer_done(&a);
	fold_free(f);
}

/* ---- several daemons ---- */

static void test_sources(void)
{
	struct fold *f = folded_new(2, &turn);
	struct answer a, b;

	answer_init(&a);
	answer_init(&b);
	make_swarm(&a);
	add_torrent(&b, 1, "one");
	add_peer(&b, GERMAN, 3)->rate_up = 30;
	add_peer(&b, IP4(88, 1, 1, 1), 3);
	fold_answer(f, 0, &a, at(0, 7));
	fold_and_count(f, 3, &b, at(10, 7));
	is_now(&f->now, 7, 5, 1280, 7, "two daemons");
	is_now(&f->sources[0].now, 5, 4, 1250, 7, "the first");
	is_now(&f->sources[3].now, 2, 1, 30, 0, "the second adds one address");
	is_int(address_of(f, GERMAN)->rate_up, 1230, "rates of one address at two daemons");
	is_int(f->torrents[1].now.connections, 5, "connections of one torrent at two daemons");
	fold_lost(f, 0);
	fold_recount(f, START);
	is_now(&f->now, 2, 2, 30, 0, "a lost daemon counts 0");
	is_now(&f->sources[0].now, 0, 0, 0, 0, "and so do its own sums");
	is_now(&f->sources[3].now, 2, 2, 30, 0, "the other one has its addresses alone now");
	is_int(f->sources[0].count, 5, "its rows stay");
	ok(!fold_connected(f, address_of(f, ITALIAN)), "but are not connected");
	is_int(f->mix.from[ORIGIN_DHT], 0, "nor does it count in the mix");
	is_int(f->address_count, 5, "over the cap, but nothing that a daemon shows is forgotten");
	ok(!f->forgot, "so unique is still exact");
	fold_drop(f, 0);
	is_int(f->sources[0].count, 0, "a daemon that is gone has no rows");
	fold_and_count(f, 3, &b, at(5000, 7));
	is_int(f->address_count, 2, "and what it showed can be forgotten");
	ok(f->forgot, "now");
	ok(address_of(f, GERMAN) && address_of(f, IP4(88, 1, 1, 1)), "all but what is connected");
	fold_and_count(f, 0, &a, at(6000, 7));
	is_int(f->sightings, 5 + 2 + 2 + 5, "sightings of both, ever");
	is_int(address_of(f, ITALIAN)->bytes_up, 0, "the first answer after a drop adds no bytes");
	is_now(&f->now, 7, 5, 1280, 7, "the daemon is back");
	answer_done(&a);
	answer_done(&b);
	fold_free(f);
}

static void test_bytes(void)
{
	static const struct {
		int64_t mono_ms;
		uint64_t bytes;
		const char *name;
	} steps[] = {
		{5000, 0, "the first answer"},
		{6500, 1500, "one and a half seconds"},
		{6500, 1500, "no time"},
		{606500, 601500, "ten minutes"},
		{1206501, 601500, "a longer silence adds nothing"},
		{1207501, 602500, "and the next goes on"},
		{1000, 602500, "a clock that went back"},
		{2000, 603500, "and goes on"},
	};
	struct fold *f = folded_new(10, &turn);
	struct answer a;

	answer_init(&a);
	add_torrent(&a, 1, "one");
	add_peer(&a, GERMAN, 0)->rate_up = 1000;
	a.sightings[0].rate_down = UINT32_MAX;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		fold_and_count(f, 1, &a, at(steps[i].mono_ms, 0));
		is_int(address_of(f, GERMAN)->bytes_up, steps[i].bytes, "estimated bytes: %s", steps[i].name);
		is_int(address_of(f, GERMAN)->bytes_down, steps[i].bytes * UINT32_MAX / 1000, "as fast as can be: %s",
		       steps[i].name);
	}
	answer_done(&a);
	fold_free(f);
}

/* ---- forgetting ---- */

static void fold_range(struct fold *f, unsigned source, uint32_t first, uint32_t count, int64_t mono_ms)
{
	struct answer a;

	answer_init(&a);
	add_torrent(&a, 1, "one");
	for (uint32_t i = 0; i < count; i++)
		add_peer(&a, first + i, 0);
	fold_and_count(f, source, &a, at(mono_ms, 0));
	answer_done(&a);
}

/* Whether exactly the addresses of a range are remembered. */
static bool remembers(const struct fold *f, uint32_t first, uint32_t count)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < count; i++)
		found += address_of(f, first + i) != NULL;
	return found == count;
}

static void test_forget(void)
{
	uint32_t first = IP4(20, 0, 0, 0);
	struct fold *f = folded_new(100, &turn);
	bool right = true;

	fold_range(f, 0, first, 60, 0);
	fold_range(f, 0, first + 60, 40, 1000);
	ok(!f->forgot && f->unique == 100, "as many as may be");
	for (uint32_t i = 0; i < 50; i++) {
		fold_range(f, 0, first + 100 + i * 2, 2, 2000 + i * 1000);
		right = right && f->address_count == 100 && remembers(f, first + 100, i * 2 + 2) &&
			(i >= 30 || remembers(f, first + 60, 40));
	}
	ok(f->forgot, "addresses were forgotten");
	ok(right, "never more than 100 are remembered, and nobody of a later poll leaves before those of the first");
	ok(remembers(f, first + 100, 100), "the longest unseen have left, exactly");
	is_int(f->sightings, 200, "sightings are exact");
	ok(f->unique >= 195 && f->unique <= 205, "unique is an estimate: %u of 200", f->unique);
	fold_range(f, 0, first, 5, 100000);
	is_int(address_of(f, first)->sightings, 1, "a forgotten address starts anew");
	is_int(address_of(f, first)->first_seen, START + 100, "as if it had never been seen");
	ok(f->unique >= 195 && f->unique <= 205, "but is not counted again: %u of 200", f->unique);
	fold_free(f);
}

static void test_connected_stay(void)
{
	uint32_t first = IP4(20, 0, 0, 0);
	struct fold *f = folded_new(100, &turn);

	fold_range(f, 0, first, 500, 0);
	is_int(f->address_count, 500, "connected ones are never dropped");
	ok(!f->forgot && f->unique == 500, "so that unique stays exact");
	fold_range(f, 0, first, 50, 1000);
	is_int(f->address_count, 100, "until they have left");
	ok(f->forgot && remembers(f, first, 50), "and the connected ones are still there");
	fold_remember(f, 10);
	fold_range(f, 0, first, 5, 2000);
	is_int(f->address_count, 10, "another cap holds from the next answer on");
	fold_remember(f, 0);
	fold_range(f, 0, first, 5, 3000);
	is_int(f->address_count, 5, "a cap of 0");
	fold_free(f);
}

/* One daemon is silent for a while, and its peers are gone when it is back: then they are the longest unseen. */
static void test_forget_after_silence(void)
{
	uint32_t silent = IP4(30, 0, 0, 0), first = IP4(20, 0, 0, 0);
	struct fold *f = folded_new(100, &turn);

	fold_range(f, 1, silent, 10, 0);
	fold_lost(f, 1);
	for (uint32_t i = 0; i < 20; i++)
		fold_range(f, 0, first + 5 * i, 5, 1000 + i * 1000);
	is_int(f->address_count, 100, "as many as may be");
	ok(remembers(f, silent, 10), "those of a silent daemon are not dropped");
	fold_range(f, 1, silent + 100, 0, 30000);
	fold_range(f, 0, first + 100, 8, 31000);
	ok(remembers(f, first + 10, 98), "later they are the first to go");
	fold_free(f);
}

static void test_estimate(void)
{
	struct fold *f = folded_new(1000, &turn);
	uint32_t german = country_of(IP4(20, 3, 0, 0)), of_country = 0;
	struct random random = {7};

	for (uint32_t i = 0; i < 200; i++) {
		struct answer a;

		answer_init(&a);
		add_torrent(&a, 1, "one");
		for (uint32_t j = 0; j < 100; j++) {
			uint32_t n = i * 100 + j, v4 = IP4(20, n % 40, n / 40 % 256, n / 10240);

			add_peer(&a, v4, 0);
			of_country += country_of(v4) == german;
		}
		fold_and_count(f, 0, &a, at(i * 1000, (int)random_below(&random, 24)));
		answer_done(&a);
	}
	is_int(f->sightings, 20000, "20,000 sightings");
	ok(fabs(f->unique - 20000.0) < 1000, "unique within 5 %%: %u of 20,000", f->unique);
	ok(fabs(fold_unique(f, (country_t)german) - (double)of_country) < of_country * 0.15,
	   "and of a country: %u of %u", fold_unique(f, (country_t)german), of_country);
	is_int(f->countries[german].sightings, of_country, "sightings of a country are exact");
	is_int(f->address_count, 1000, "of 1,000 that are remembered");
	fold_free(f);
}

/* ---- places ---- */

static void test_relocate(void)
{
	struct fold *f = folded_new(100, &turn);
	country_t before = country_of(GERMAN), after;
	struct answer a;

	answer_init(&a);
	make_swarm(&a);
	fold_and_count(f, 0, &a, at(0, 7));
	turn = 1;
	after = country_of(GERMAN);
	fold_relocate(f);
	fold_recount(f, START);
	is_int(f->countries[before].sightings, 0, "sightings leave the old country");
	is_int(fold_unique(f, before), 0, "and unique too");
	is_int(f->countries[after].sightings, 2, "and come to the new one");
	is_int(fold_unique(f, after), 1, "once");
	is_int(f->countries[before].hours[7], 2, "the hours stay as they were located");
	is_int(f->countries[after].hours[7], 0, "in the old one only");
	is_now(&f->countries[after].now, 2, 1, 1200, 0, "now");
	is_now(&f->countries[before].now, 0, 0, 0, 0, "no more");
	is_int(f->countries[COUNTRY_LOCAL].sightings, 1, "who has not moved stays");
	is_int(f->sightings, 5, "and the whole is the same");
	is_int(f->unique, 4, "unique too");
	turn = 0;
	answer_done(&a);
	fold_free(f);
}

/* What the tables say of each tag is the sum over addresses that have it. */
static bool tags_are_sums(const struct fold *f)
{
	for (unsigned bit = 0; bit < FOLD_TAGS; bit++) {
		struct fold_tag sum = {0};

		for (uint32_t i = 0; i < f->address_top; i++) {
			const struct address *a = &f->addresses[i];

			if (!a->first_seen || !(a->tags >> bit & 1))
				continue;
			sum.sightings += a->sightings;
			sum.now.addresses += fold_connected(f, a);
			sum.now.connections += fold_connected(f, a) ? a->refs : 0;
			sum.now.rate_up += fold_connected(f, a) ? a->rate_up : 0;
			sum.now.rate_down += fold_connected(f, a) ? a->rate_down : 0;
		}
		if (memcmp(&sum, &f->tags[bit], sizeof(sum)) != 0)
			return false;
	}
	return true;
}

static void test_tags(void)
{
	struct fold *f = folded_new(100, &turn);
	struct answer a;

	answer_init(&a);
	add_torrent(&a, 1, "one");
	add_peer(&a, IP4(5, 1, 3, 1), 2)->rate_up = 100;
	add_peer(&a, IP4(5, 1, 1, 2), 2)->rate_down = 7;
	add_peer(&a, IP4(5, 1, 0, 3), 2);
	add_torrent(&a, 2, "two");
	add_peer(&a, IP4(5, 1, 3, 1), 2)->rate_up = 50;
	fold_and_count(f, 0, &a, at(0, 7));
	fold_and_count(f, 1, &a, at(0, 7));
	ok(tags_are_sums(f), "tags are sums over addresses");
	is_int(f->tags[0].sightings, 6, "sightings of a tag");
	is_now(&f->tags[0].now, 6, 2, 300, 14, "a tag now");
	is_now(&f->tags[1].now, 4, 1, 300, 0, "another one, of the same address too");
	is_int(f->tags[2].sightings, 0, "one that nobody has");
	turn = 1;
	fold_relocate(f);
	is_int(f->tags[0].sightings, 6, "databases leave tags alone");
	is_int(fold_retag(f, 0, 1), 1, "one address is looked up again");
	ok(f->tags[2].sightings == 4 && f->tags[0].sightings == 2, "the others are as they were");
	is_int(fold_retag(f, 1, 1), 2, "the next one");
	is_int(fold_retag(f, 2, 100), 0, "and the rest: that is all");
	fold_recount(f, START);
	is_int(f->tags[0].sightings, 0, "when lists change, sightings leave a tag");
	is_int(f->tags[2].sightings, 4, "and come to another");
	ok(tags_are_sums(f), "tags are sums again");
	fold_lost(f, 0);
	fold_lost(f, 1);
	fold_recount(f, START);
	is_now(&f->tags[1].now, 0, 0, 0, 0, "nobody is connected");
	is_int(f->tags[1].sightings, 6, "what was seen stays");
	turn = 0;
	answer_done(&a);
	fold_free(f);
}

static void test_trend(void)
{
	struct fold *f = folded_new(100, &turn);
	const struct fold_sample *s;
	struct answer a;

	answer_init(&a);
	make_swarm(&a);
	fold_and_count(f, 0, &a, at(0, 7));
	s = &f->trend[START / FOLD_TREND_STEP % FOLD_TREND];
	is_int(s->step, START / FOLD_TREND_STEP, "a sample of this step");
	is_int(s->connections, 5, "with its connections");
	is_int(s->rate_up, 1250, "and rates");
	answer_reset(&a);
	fold_and_count(f, 0, &a, at(9000, 7));
	is_int(s->connections, START / 10 == (START + 9) / 10 ? 0 : 5, "the latest of a step counts");
	fold_recount(f, START + FOLD_TREND * FOLD_TREND_STEP);
	is_int(s->step, START / FOLD_TREND_STEP + FOLD_TREND, "an hour later the sample is another");
	fold_lost(f, 0);
	fold_recount(f, START + 2 * FOLD_TREND * FOLD_TREND_STEP);
	is_int(s->step, START / FOLD_TREND_STEP + FOLD_TREND, "while no daemon answers there is none");
	answer_done(&a);
	fold_free(f);
}

/* ---- against a naive count ---- */

static int by_ip(const void *a, const void *b)
{
	const struct address *const *x = a, *const *y = b;

	return memcmp(&(*x)->ip, &(*y)->ip, sizeof(struct ip));
}

static int by_hash(const void *a, const void *b)
{
	const struct fold_torrent *const *x = a, *const *y = b;

	return memcmp((*x)->hash, (*y)->hash, INFO_HASH_LEN);
}

static void dump_now(struct buf *out, const struct fold_now *n)
{
	buf_printf(out, " now %u %u %llu %llu\n", n->connections, n->addresses, (unsigned long long)n->rate_up,
		   (unsigned long long)n->rate_down);
}

static void dump_addresses(const struct fold *f, struct buf *out)
{
	const struct address **sorted = malloc((f->address_top + 1) * sizeof(struct address *));
	uint32_t count = 0;

	for (uint32_t i = 0; i < f->address_top; i++)
		if (f->addresses[i].first_seen)
			sorted[count++] = &f->addresses[i];
	qsort(sorted, count, sizeof(struct address *), by_ip);
	for (uint32_t i = 0; i < count; i++) {
		const struct address *a = sorted[i];
		char ip[IP_TEXT];

		ip_format(&a->ip, ip);
		buf_printf(out, "%s %u %u %u %llu %llu %u %u %u %u %x %u %u %d\n", ip, a->sightings, a->first_seen,
			   a->last_seen, (unsigned long long)a->bytes_up, (unsigned long long)a->bytes_down, a->rate_up,
			   a->rate_down, a->client, a->torrents, a->flags, a->progress, a->country,
			   fold_connected(f, a));
	}
	free(sorted);
}

static void dump_torrents(const struct fold *f, struct buf *out)
{
	const struct fold_torrent **sorted = malloc(f->torrent_count * sizeof(struct fold_torrent *));

	for (uint32_t i = 0; i < f->torrent_count; i++)
		sorted[i] = &f->torrents[i];
	qsort(sorted, f->torrent_count, sizeof(struct fold_torrent *), by_hash);
	for (uint32_t i = 0; i < f->torrent_count; i++) {
		buf_printf(out, "%s %llu %u %u %u", sorted[i]->name, (unsigned long long)sorted[i]->sightings,
			   sorted[i]->first_seen, sorted[i]->last_seen, sorted[i]->now_countries);
		dump_now(out, &sorted[i]->now);
	}
	free(sorted);
}

/* All tables as text, whatever the order in which they came to be. */
static void dump(const struct fold *f, struct buf *out)
{
	buf_printf(out, "%llu %u %u", (unsigned long long)f->sightings, f->unique, f->address_count);
	dump_now(out, &f->now);
	buf_add(out, &f->mix, sizeof(f->mix));
	dump_addresses(f, out);
	dump_torrents(f, out);
	for (uint32_t c = 0; c < f->client_count; c++) {
		buf_printf(out, "client %u %llu", c, (unsigned long long)f->clients[c].sightings);
		dump_now(out, &f->clients[c].now);
	}
	for (country_t c = 0; c < COUNTRY_MAX; c++) {
		buf_printf(out, "country %u %llu %u", c, (unsigned long long)f->countries[c].sightings,
			   fold_unique(f, c));
		buf_add(out, f->countries[c].hours, sizeof(f->countries[c].hours));
		dump_now(out, &f->countries[c].now);
	}
}

static void shuffle(struct random *random, uint32_t *order, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		order[i] = i;
	for (uint32_t i = count; i > 1; i--) {
		uint32_t other = random_below(random, i), swap = order[i - 1];

		order[i - 1] = order[other];
		order[other] = swap;
	}
}

enum { SHUFFLED = 200, SWARMS = 5 };

/* Torrents and peers in some order; what a peer is depends on its number only. */
static void make_shuffled(struct answer *a, struct random *random, uint32_t from)
{
	uint32_t torrents[SWARMS], peers[SHUFFLED];

	answer_reset(a);
	shuffle(random, torrents, SWARMS);
	for (uint32_t t = 0; t < SWARMS; t++) {
		char name[16];

		snprintf(name, sizeof(name), "t%u", torrents[t]);
		add_torrent(a, torrents[t] + 1, name);
		shuffle(random, peers, SHUFFLED);
		for (uint32_t i = 0; i < SHUFFLED; i++) {
			uint32_t n = from + peers[i];
			struct sighting *s;

			if (n % SWARMS > torrents[t])
				continue;
			s = add_peer(a, IP4(60, n % 50, 0, n % 256), n % 30);
			s->rate_up = n * 7;
			s->flags = (uint16_t)(n % 1024);
			s->progress = (uint16_t)n;
		}
	}
}

static void test_order(void)
{
	struct random one = {1}, other = {2};
	struct fold *f = folded_new(MANY, &turn), *g = folded_new(MANY, &turn);
	struct buf a_text, b_text;
	struct answer a, b;

	answer_init(&a);
	answer_init(&b);
	for (uint32_t i = 0; i < 4; i++) {
		make_shuffled(&a, &one, i * 50);
		make_shuffled(&b, &other, i * 50);
		fold_and_count(f, i % 2, &a, at(i * 1000, (int)i));
		fold_and_count(g, i % 2, &b, at(i * 1000, (int)i));
	}
	buf_init(&a_text, DUMP_MAX);
	buf_init(&b_text, DUMP_MAX);
	dump(f, &a_text);
	dump(g, &b_text);
	ok(a_text.len > 1000 && a_text.len == b_text.len && memcmp(a_text.data, b_text.data, a_text.len) == 0,
	   "shuffled sightings give the same tables");
	buf_done(&a_text);
	buf_done(&b_text);
	answer_done(&a);
	answer_done(&b);
	fold_free(f);
	fold_free(g);
}

enum { PEERS = 200000, NAIVE_SOURCES = 3, NAIVE_TORRENTS = 300, NAIVE_CLIENTS = 100, POLLS = 60, ANSWER = 20000 };

/* The same numbers, counted one by one. */
struct naive_peer {
	uint32_t sightings, first, last, connections, torrents, last_torrent, last_source;
	uint64_t bytes_up, rate_up;
};

struct naive {
	struct naive_peer peers[PEERS];
	uint64_t torrents[NAIVE_TORRENTS + 1], clients[NAIVE_CLIENTS], countries[COUNTRY_MAX][24];
	uint64_t sightings;
	struct answer last[NAIVE_SOURCES];
	int64_t last_ms[NAIVE_SOURCES];
	bool live[NAIVE_SOURCES];
};

static uint32_t address_number(uint32_t n)
{
	return IP4(40, 0, 0, 0) + n * 37;
}

static void random_answer(struct random *random, struct answer *a)
{
	uint32_t torrents = 1 + random_below(random, NAIVE_TORRENTS), first = random_below(random, NAIVE_TORRENTS);
	uint32_t each = random_below(random, ANSWER) / torrents;

	answer_reset(a);
	for (uint32_t t = 0; t < torrents; t++) {
		uint32_t number = 1 + (first + t) % NAIVE_TORRENTS;

		add_torrent(a, number, "any");
		for (uint32_t i = 0; i < each; i++) {
			uint32_t n = random_below(random, PEERS);
			struct sighting *s = add_peer(a, address_number(n), n % NAIVE_CLIENTS);

			s->rate_up = random_below(random, 100000);
		}
	}
}

static uint32_t number_of(const struct ip *ip)
{
	return (ip_v4(ip) - IP4(40, 0, 0, 0)) / 37;
}

static void naive_fold(struct naive *n, unsigned source, const struct answer *a, struct fold_time when)
{
	int64_t interval = n->last_ms[source] < 0 ? 0 : when.mono_ms - n->last_ms[source];

	for (size_t i = 0; i < a->sighting_count; i++) {
		const struct sighting *s = &a->sightings[i];
		struct naive_peer *p = &n->peers[number_of(&s->ip)];
		uint32_t torrent;

		memcpy(&torrent, a->torrents[s->torrent].hash, sizeof(torrent));
		p->first = p->sightings++ ? p->first : (uint32_t)when.wall;
		p->last = (uint32_t)when.wall;
		p->bytes_up += (uint64_t)(s->rate_up * interval / 1000);
		n->torrents[torrent]++;
		n->clients[s->client]++;
		n->countries[folded_find(&turn, &s->ip).country][when.hour]++;
		n->sightings++;
	}
	n->last_ms[source] = when.mono_ms;
	n->live[source] = true;
}

static void naive_now(struct naive *n, struct fold_now *now)
{
	*now = (struct fold_now){0};
	for (uint32_t i = 0; i < PEERS; i++)
		n->peers[i].connections = 0, n->peers[i].torrents = 0, n->peers[i].rate_up = 0;
	for (unsigned s = 0; s < NAIVE_SOURCES; s++) {
		for (size_t i = 0; n->live[s] && i < n->last[s].sighting_count; i++) {
			struct naive_peer *p = &n->peers[number_of(&n->last[s].sightings[i].ip)];

			uint32_t torrent = n->last[s].sightings[i].torrent;

			now->addresses += p->connections == 0;
			p->torrents += p->connections++ == 0 || p->last_source != s || p->last_torrent != torrent;
			p->last_source = s;
			p->last_torrent = torrent;
			now->connections++;
			now->rate_up += n->last[s].sightings[i].rate_up;
			p->rate_up += n->last[s].sightings[i].rate_up;
		}
	}
}

static bool peer_matches(const struct fold *f, const struct address *a, const struct naive_peer *p)
{
	return a->sightings == p->sightings && a->first_seen == p->first && a->last_seen == p->last &&
	       a->bytes_up == p->bytes_up && fold_connected(f, a) == (p->connections > 0) &&
	       (!p->connections || (a->rate_up == p->rate_up && a->torrents == p->torrents));
}

static void compare_peers(const struct fold *f, const struct naive *n)
{
	uint32_t wrong = 0, seen = 0, found = 0;

	for (uint32_t i = 0; i < f->address_top; i++)
		if (f->addresses[i].first_seen) {
			found++;
			wrong += !peer_matches(f, &f->addresses[i], &n->peers[number_of(&f->addresses[i].ip)]);
		}
	for (uint32_t i = 0; i < PEERS; i++)
		seen += n->peers[i].sightings > 0;
	is_int(found, seen, "every address is there");
	is_int(f->unique, seen, "and counted");
	is_int(wrong, 0, "%u addresses are as counted one by one", seen);
}

static void compare_sums(const struct fold *f, const struct naive *n)
{
	uint32_t wrong = 0;

	for (country_t c = 0; c < COUNTRY_MAX; c++) {
		uint64_t sum = 0;

		for (int h = 0; h < 24; h++) {
			sum += n->countries[c][h];
			wrong += n->countries[c][h] != f->countries[c].hours[h];
		}
		wrong += sum != f->countries[c].sightings;
	}
	is_int(wrong, 0, "country x hour");
	wrong = 0;
	for (uint32_t i = 1; i < f->torrent_count; i++) {
		uint32_t number;

		memcpy(&number, f->torrents[i].hash, sizeof(number));
		wrong += f->torrents[i].sightings != n->torrents[number];
	}
	is_int(wrong, 0, "torrents");
	for (uint32_t c = 0; c < f->client_count; c++)
		wrong += f->clients[c].sightings != n->clients[c];
	is_int(wrong, 0, "clients");
	is_int(f->sightings, n->sightings, "sightings");
}

static void test_random(void)
{
	struct naive *n = xcalloc(1, sizeof(*n));
	struct fold *f = folded_new(MANY, &turn);
	struct random random = {20261121};
	struct fold_now now;

	for (unsigned s = 0; s < NAIVE_SOURCES; s++)
		n->last_ms[s] = -1;
	for (unsigned i = 0; i < POLLS; i++) {
		unsigned source = random_below(&random, NAIVE_SOURCES);
		struct fold_time when = at(i * 1717, (int)random_below(&random, 24));

		if (random_below(&random, 8) == 0) {
			fold_lost(f, source);
			n->live[source] = false;
			n->last_ms[source] = -1;
		} else {
			random_answer(&random, &n->last[source]);
			naive_fold(n, source, &n->last[source], when);
			fold_answer(f, source, &n->last[source], when);
		}
		fold_recount(f, when.wall);
	}
	naive_now(n, &now);
	is_now(&f->now, now.connections, now.addresses, now.rate_up, 0, "random answers");
	compare_peers(f, n);
	compare_sums(f, n);
	for (unsigned s = 0; s < NAIVE_SOURCES; s++)
		answer_done(&n->last[s]);
	free(n);
	fold_free(f);
}

/* The longest unseen leave first: against a list of when each was last seen. */
static void test_random_forget(void)
{
	enum { PEOPLE = 3000, KEPT = 500 };
	struct fold *f = folded_new(KEPT, &turn);
	static uint32_t last[PEOPLE];
	struct random random = {99};
	uint32_t wrong = 0;

	for (uint32_t i = 1; i <= 300; i++) {
		uint32_t gone = 0, oldest_kept = UINT32_MAX;
		struct answer a;

		answer_init(&a);
		add_torrent(&a, 1, "one");
		for (uint32_t j = random_below(&random, 60); j > 0; j--) {
			uint32_t n = random_below(&random, PEOPLE);

			add_peer(&a, address_number(n), 0);
			last[n] = i;
		}
		fold_and_count(f, 0, &a, at(i * 1000, 0));
		answer_done(&a);
		for (uint32_t k = 0; k < f->address_top; k++)
			if (f->addresses[k].first_seen && last[number_of(&f->addresses[k].ip)] < oldest_kept)
				oldest_kept = last[number_of(&f->addresses[k].ip)];
		for (uint32_t n = 0; n < PEOPLE; n++)
			gone += last[n] > oldest_kept;
		wrong += gone > f->address_count;
	}
	is_int(wrong, 0, "nobody who was seen later is forgotten before the longest unseen");
	is_int(f->address_count, KEPT, "and the cap is kept");
	fold_free(f);
}

/* ---- from the text of an answer ---- */

struct taking {
	struct answer answer;
	struct clients *clients;
	unsigned no_address;
};

static int take_peer(void *context, const struct rpcpeer *peer)
{
	struct taking *t = context;
	struct sighting *s;
	struct ip ip;

	if (ip_parse(peer->address.bytes, peer->address.len, &ip)) {
		t->no_address++;
		return 0;
	}
	s = answer_sighting(&t->answer);
	*s = (struct sighting){.ip = ip, .torrent = (uint32_t)t->answer.torrent_count, .flags = peer->flags};
	s->client = clients_number(t->clients, peer->client);
	return 0;
}

static int take_torrent(void *context, const struct rpctorrent *torrent)
{
	struct taking *t = context;

	(void)torrent;
	add_torrent(&t->answer, (uint32_t)t->answer.torrent_count + 1, "any");
	return 0;
}

static const struct rpcpeers_ops taking_ops = {take_peer, take_torrent};

static const char versions[] = "{\"arguments\":{\"torrents\":[{\"peers\":["
			       "{\"address\":\"5.9.1.1\",\"clientName\":\"Deluge 2.1.1.0\",\"peer_id\":\"9.9.9.9\"},"
			       "{\"address\":\"5.9.1.2\",\"clientName\":\"Xunlei 0.0.1.2\"},"
			       "{\"clientName\":\"1.2.3.4\",\"address\":\"2001:db8::1\",\"flagStr\":\"6.6.6.6\"},"
			       "{\"address\":\"7.7.7.7.7\",\"clientName\":\"8.8.8.8\"},"
			       "{\"address\":\"\",\"clientName\":\"8.8.4.4\"},"
			       "{\"address\":\"5.9.1.1:6881\",\"clientName\":\"x\"},"
			       "{\"clientName\":\"x\",\"new\":{\"address\":\"4.4.4.4\"}}"
			       "],\"name\":\"3.3.3.3\",\"hashString\":\"2.2.2.2\"}]},\"result\":\"success\"}";

/* The script that this program replaces cut addresses out with a regular expression, and counted versions as peers. */
static void test_no_invented_peers(void)
{
	struct taking t = {.clients = clients_new()};
	struct rpcpeers *reader = rpcpeers_new(&taking_ops, &t);
	struct fold *f = folded_new(100, &turn);

	answer_init(&t.answer);
	is_int(rpcpeers_feed(reader, versions, sizeof(versions) - 1), 0, "versions that look like addresses");
	is_int(rpcpeers_finish(reader), 0, "are read");
	fold_and_count(f, 0, &t.answer, at(0, 0));
	is_int(f->unique, 3, "three peers");
	is_int(t.no_address, 4, "four entries without an address");
	ok(address_of(f, IP4(5, 9, 1, 1)) && address_of(f, IP4(5, 9, 1, 2)), "those that are connected");
	ok(!address_of(f, IP4(2, 1, 1, 0)) && !address_of(f, IP4(0, 0, 1, 2)) && !address_of(f, IP4(1, 2, 3, 4)) &&
		   !address_of(f, IP4(8, 8, 8, 8)),
	   "no version is a peer");
	is_int(f->mix.ipv6, 1, "one of IPv6");
	is_str(clients_get(t.clients, address_of(f, IP4(5, 9, 1, 1))->client)->version, "2.1.1.0", "it is a version");
	rpcpeers_free(reader);
	answer_done(&t.answer);
	clients_free(t.clients);
	fold_free(f);
}

/* A poll that fails half-way changes no table. */
static void test_half(void)
{
	struct taking t = {.clients = clients_new()};
	struct rpcpeers *reader = rpcpeers_new(&taking_ops, &t);
	struct fold *f = folded_new(100, &turn);
	struct buf before, after;
	struct answer a;

	answer_init(&a);
	answer_init(&t.answer);
	buf_init(&before, DUMP_MAX);
	buf_init(&after, DUMP_MAX);
	make_swarm(&a);
	fold_and_count(f, 0, &a, at(0, 0));
	dump(f, &before);
	for (size_t cut = 0; cut < sizeof(versions) - 1; cut += 10) {
		int rc = rpcpeers_feed(reader, versions, cut);

		if (rc == 0 && rpcpeers_finish(reader) == 0)
			fold_answer(f, 0, &t.answer, at(1000, 0));
		else
			fold_lost(f, 1);
		rpcpeers_reset(reader);
		answer_reset(&t.answer);
	}
	fold_recount(f, START);
	dump(f, &after);
	ok(before.len == after.len && memcmp(before.data, after.data, before.len) == 0,
	   "answers that end early change no table");
	buf_done(&before);
	buf_done(&after);
	rpcpeers_free(reader);
	answer_done(&t.answer);
	answer_done(&a);
	clients_free(t.clients);
	fold_free(f);
}

int main(void)
{
	test_same_torrent();
	test_empty();
	test_one_daemon();
	test_shared_address();
	test_torrents();
	test_sources();
	test_bytes();
	test_forget();
	test_connected_stay();
	test_forget_after_silence();
	test_estimate();
	test_relocate();
	test_tags();
	test_trend();
	test_order();
	test_random();
	test_random_forget();
	test_no_invented_peers();
	test_half();
	return tap_done();
}
