/* peers/history_ledger.c and history_known.c: visits, time connected, sums, dates that come late, room that ends. */
#include <errno.h>

#include "peers/history_private.h"
#include "random.h"
#include "tap.h"
#include "unit/peers/folded.h"

static struct ledger ledger;

static uint32_t see(uint32_t v4, int64_t mono_s)
{
	const struct address a = {.ip = ip_from_v4(v4), .country = 7};
	const struct connection c = {.client = 1, .rate_up = 1000, .rate_down = 10};

	return ledger_sighting(&ledger, &a, &c, mono_s, mono_s * 1000, 30000);
}

static const struct ledger_peer *peer(uint32_t v4)
{
	struct ip ip = ip_from_v4(v4);

	return ledger_find(&ledger, &ip);
}

static void begin(void)
{
	ledger_init(&ledger, 1000);
	ledger_set_refresh(&ledger, 30000);
}

enum { ANN = IP4(5, 9, 1, 1), BOB = IP4(5, 9, 1, 2) };

static void test_visits(void)
{
	begin();
	is_int(see(ANN, 1000), 0, "the first sighting says nothing about time");
	is_int(see(ANN, 1000), 0, "nor does one in another torrent at the same time");
	is_int(see(ANN, 1030), 30000, "the next poll does");
	is_int(see(ANN, 1090), 60000, "one poll may be lost");
	is_int(see(ANN, 1400), 0, "but not ten");
	is_int(peer(ANN)->visits, 1, "within ten minutes it is the same visit");
	see(ANN, 2001);
	is_int(peer(ANN)->visits, 2, "after ten minutes another one");
	is_int(peer(ANN)->sightings, 6, "sightings");
	is_int(peer(ANN)->connected_ms, 90000, "time connected");
	is_int(peer(ANN)->up, 6 * 30000, "bytes up: 1000 a second in 30 s, six times");
	is_int(peer(ANN)->down, 6 * 300, "bytes down");
	is_int(peer(ANN)->first, 1000, "first seen");
	is_int(peer(ANN)->last, 2001, "last seen");
	ok(peer(ANN)->begun, "a visit began with it");
	ok(peer(BOB) == NULL, "nobody else is known");
	ledger_done(&ledger);
}

static void test_saved(void)
{
	begin();
	see(ANN, 1000);
	see(BOB, 1000);
	ledger_saved_peer(&ledger.peers[0]);
	ledger_forget_idle(&ledger, 1030000);
	is_int(ledger.peer_count, 2, "who was just seen stays");
	is_int(see(ANN, 1030), 30000, "and its time goes on after a save");
	is_int(peer(ANN)->visits, 0, "as does its visit");
	ok(!peer(ANN)->begun, "which began before");
	is_int(peer(ANN)->first, 1030, "what is new begins now");
	ledger_saved_peer(&ledger.peers[0]);
	ledger_forget_idle(&ledger, 1700000);
	ok(peer(ANN) == NULL, "who went is forgotten once it is saved");
	ok(peer(BOB) != NULL, "and not before");
	ledger_done(&ledger);
}

static void test_long_refresh(void)
{
	begin();
	ledger_set_refresh(&ledger, 3600 * 1000);
	see(ANN, 0);
	is_int(see(ANN, 3600), 3600000, "with a poll an hour, an hour is the step");
	is_int(peer(ANN)->visits, 1, "and no new visit");
	ledger_done(&ledger);
}

static uint64_t sum_of(uint32_t subject, int32_t slot)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < ledger.cell_count; i++)
		if (ledger.cells[i].key.subject == subject && ledger.cells[i].key.slot == slot)
			sum += ledger.cells[i].sightings;
	return sum;
}

static void test_sums(void)
{
	const struct fold_now now = {.connections = 3, .addresses = 2};
	uint64_t taken = 0;

	begin();
	see(ANN, 299);
	see(ANN, 300);
	see(BOB, 301);
	ledger_poll(&ledger, &now, 301);
	is_int(sum_of(7, 0), 1, "of the first five minutes");
	is_int(sum_of(7, 1), 2, "of the next");
	is_int(sum_of(COUNTRY_MAX + 1, 1), 2, "of the client");
	is_int(sum_of(LEDGER_POLLS, 1), 1, "of polls");
	for (const struct ledger_cell *cell; (cell = ledger_take_cell(&ledger));)
		taken += cell->sightings;
	is_int(taken, 7, "all can be taken out");
	see(ANN, 302);
	is_int(sum_of(7, 1), 1, "and what comes then begins anew");
	ok(ledger_take_poll(&ledger) != NULL && ledger_take_poll(&ledger) == NULL, "so with polls");
	ledger_done(&ledger);
}

/* Without a clock, times are those since the machine started. */
static void test_dated(void)
{
	enum { OFFSET = 1700000123 };
	const struct fold_now now = {.connections = 1};

	begin();
	see(ANN, 60);
	see(ANN, 90);
	see(BOB, 4000);
	ledger_poll(&ledger, &now, 90);
	ledger_date(&ledger, OFFSET);
	is_int(peer(ANN)->first, OFFSET + 60, "first seen is a date now");
	is_int(peer(ANN)->last, OFFSET + 90, "last seen too");
	is_int(ledger.polls[0].at, OFFSET + 90, "and the poll");
	is_int(sum_of(7, OFFSET / 300), 2, "sums are where they belong, to five minutes");
	is_int(sum_of(7, (OFFSET + 3900) / 300), 1, "the later one too");
	see(ANN, OFFSET + 120);
	is_int(peer(ANN)->last, OFFSET + 120, "what comes then is dated");
	ledger_done(&ledger);
}

static void test_clock_goes_back(void)
{
	const struct address a = {.ip = ip_from_v4(ANN), .country = 7};
	const struct connection c = {.client = 1};

	begin();
	ledger_sighting(&ledger, &a, &c, 1700000000, 1000, 0);
	ledger_sighting(&ledger, &a, &c, 1600000000, 31000, 0);
	is_int(peer(ANN)->first, 1600000000, "no age is negative");
	is_int(peer(ANN)->last, 1700000000, "whatever the clock says");
	is_int(peer(ANN)->connected_ms, 30000, "and time goes on");
	ledger_done(&ledger);
}

static void test_anonymous(void)
{
	struct ip v6, cut;
	char text[IP_TEXT];

	begin();
	ledger.anonymize = true;
	see(ANN, 10);
	see(BOB, 10);
	is_int(ledger.peer_count, 1, "two neighbours are one");
	ip_format(&ledger.peers[0].ip, text);
	is_str(text, "5.9.1.0", "without the last octet");
	ip_parse("2a01:4f8:1:2:3:4:5:6", 20, &v6);
	cut = ledger_address(&ledger, &v6);
	ip_format(&cut, text);
	is_str(text, "2a01:4f8:1::", "of IPv6 the /48 stays");
	ip_parse("2002:509:101:2::3", 17, &v6);
	cut = ledger_address(&ledger, &v6);
	ip_format(&cut, text);
	is_str(text, "2002:509:100::", "of 6to4 the /24 of its IPv4");
	ip_parse("2001:0:509:101:8000:1:2:3", 25, &v6);
	cut = ledger_address(&ledger, &v6);
	ip_format(&cut, text);
	is_str(text, "2001:0:509::", "of Teredo nothing of its client");
	ok(peer(BOB) == &ledger.peers[0], "and it is found by the whole address");
	ledger_done(&ledger);
}

static void test_room(void)
{
	const struct fold_now now = {.connections = 1};

	begin();
	for (uint32_t i = 0; i < 1500; i++)
		see(IP4(9, 0, 0, 0) + i, 100);
	is_int(ledger.peer_count, 1000, "no more peers than there is room for");
	is_int(sum_of(7, 0), 1500, "the sums are still right");
	ok(ledger.crowded && !ledger.dropped, "and it is known that some had none, of which nothing else is lost");
	for (int i = 0; i < HISTORY_POLLS + 5; i++)
		ledger_poll(&ledger, &now, i);
	ok(ledger.poll_count <= HISTORY_POLLS, "nor more polls");
	is_int(ledger.polls[ledger.poll_count - 1].at, HISTORY_POLLS + 4, "the latest stay");
	is_int(ledger.dropped, HISTORY_POLLS / 2, "the others are counted");
	ledger_done(&ledger);
}

static void test_room_of_sums(void)
{
	enum { SLOTS = HISTORY_CELLS / 2 };
	const struct fold_now now = {.connections = 1};

	begin();
	for (uint32_t i = 0; i < SLOTS; i++)
		see(ANN, 300 * i);
	is_int(ledger.dropped, 0, "two sums for each sighting have room");
	see(BOB, 300 * SLOTS);
	ledger_poll(&ledger, &now, 300 * SLOTS);
	is_int(ledger.dropped, 2, "until there is none: a sighting and a poll are lost");
	ok(!ledger.crowded && peer(BOB), "though the address had some");
	ledger_done(&ledger);
}

/* Who is saved waits only for the end of its visit, and gives way to who is new: whoever is unseen longest first. */
static void test_room_of_saved(void)
{
	enum { POLLS = 20, NEW = 200 };

	begin();
	for (uint32_t poll = 0; poll < POLLS; poll++) {
		see(ANN, 30 * poll);
		for (uint32_t i = 0; i < NEW; i++)
			see(IP4(9, 0, 0, 0) + poll * NEW + i, 30 * poll);
		for (uint32_t i = 0; i < ledger.peer_count; i++)
			ledger_saved_peer(&ledger.peers[i]);
		ledger_forget_idle(&ledger, 30000 * poll);
	}
	ok(!ledger.crowded, "%d addresses in ten minutes find room where there is some for 1000", POLLS * NEW);
	ok(ledger.peer_count <= 1000, "and no more is taken: %u", ledger.peer_count);
	see(ANN, 30 * POLLS);
	is_int(peer(ANN)->visits, 0, "who is always there goes on with its visit");
	ok(peer(IP4(9, 0, 0, 0) + (POLLS - 1) * NEW) != NULL, "who was seen last is still known");
	ledger_done(&ledger);
}

/* [monitor] remember is less on SIGHUP: who is saved gives way then, too. */
static void test_less_room(void)
{
	begin();
	for (uint32_t i = 0; i < 900; i++)
		see(IP4(9, 0, 0, 0) + i, 0);
	for (uint32_t i = 0; i < ledger.peer_count; i++)
		ledger_saved_peer(&ledger.peers[i]);
	ledger.peers_max = 500;
	see(ANN, 400);
	ok(!ledger.crowded, "who comes when there is room for fewer finds some");
	ok(peer(ANN) && ledger.peer_count <= 500, "those that are there give way: %u", ledger.peer_count);
	ledger_done(&ledger);
}

/* Tags are bits; `doubtful`: those of which nobody knows whether it has them. */
static const struct ledger_peer *see_tagged(uint32_t v4, uint64_t tags, uint64_t doubtful)
{
	const struct address a = {.ip = ip_from_v4(v4), .country = 7, .tags = tags};
	const struct connection c = {.client = 1};

	ledger.doubtful = doubtful;
	ledger_sighting(&ledger, &a, &c, 1000, 1000, 0);
	return peer(v4);
}

static void test_tags(void)
{
	const struct ledger_peer *ann;

	begin();
	ledger.untagged = true;
	ann = see_tagged(ANN, 1, 0);
	ok(!ann->tagged && !ann->tags, "nobody knew any");
	ledger.untagged = false;
	see_tagged(ANN, 1, 6);
	ok(ann->tagged && ann->tags == 1 && ann->doubtful == 6, "one is known, two are not");
	see_tagged(ANN, 3, 4);
	ok(ann->tags == 3 && ann->doubtful == 4, "then two");
	see_tagged(ANN, 1, 2);
	ok(ann->tags == 3 && ann->doubtful == 0, "what was known once stays while nobody knows better");
	see_tagged(ANN, 1, 0);
	ok(ann->tags == 1 && ann->doubtful == 0, "until somebody does");
	ledger_saved_peer(&ledger.peers[0]);
	see_tagged(ANN, 0, 1);
	ok(ann->tags == 1 && ann->doubtful == 1, "it stays over a save");
	see_tagged(BOB, 8, 4);
	ledger_anonymize(&ledger, true);
	ann = peer(ANN);
	ok(ann == peer(BOB) && ann->tags == 8 && ann->doubtful == 0, "those of one network are one");
	ledger_done(&ledger);
}

static void test_known(void)
{
	struct random r = {42};
	struct known k;
	unsigned added = 0;

	known_init(&k);
	for (unsigned i = 0; i < 50000; i++) {
		struct ip ip = ip_from_v4(random_below(&r, 20000));

		added += known_add(&k, &ip);
	}
	is_int(added, k.count, "each is new once");
	for (uint32_t i = 0; i < 20000; i++) {
		struct ip ip = ip_from_v4(i);

		added += known_add(&k, &ip);
	}
	is_int(added, 20000, "however it grows");
	ok(!k.full, "there is room");
	for (uint32_t i = 0; i < KNOWN_MAX; i++) {
		struct ip ip = ip_from_v4(1 << 30 | i);

		known_add(&k, &ip);
	}
	ok(k.full && k.count == KNOWN_MAX, "until there is none, and it says so");
	known_done(&k);
}

/* More than there is room for, seen again and again. */
static void test_known_full(void)
{
	enum { MORE = 400000 };
	struct known k;
	uint64_t added = 0, once = 0;

	known_init(&k);
	for (unsigned turn = 0; turn < 3; turn++) {
		for (uint32_t i = 0; i < KNOWN_MAX + MORE; i++) {
			struct ip ip = ip_from_v4(1 << 30 | i);

			added += known_add(&k, &ip);
		}
		once = turn ? once : added;
	}
	ok(k.full, "more than there is room for");
	ok(llabs((long long)once - KNOWN_MAX - MORE) < MORE / 10, "are counted by estimate: %llu of %d",
	   (unsigned long long)once, KNOWN_MAX + MORE);
	is_int(added, once, "and each once, however often it comes");
	known_done(&k);
}

int main(void)
{
	test_visits();
	test_saved();
	test_long_refresh();
	test_sums();
	test_dated();
	test_clock_goes_back();
	test_anonymous();
	test_room();
	test_room_of_sums();
	test_room_of_saved();
	test_less_room();
	test_tags();
	test_known();
	test_known_full();
	return tap_done();
}
