/* A scrape by UDP with a fake clock, against a tracker of a few lines that cuts, loses, refuses, forgets and forges. */
#include "swarm/udp_scrape.h"

#include <errno.h>

#include "tap.h"
#include "udp_tracked.h"

static void is_failure(const struct world *w, int want, const char *words, const char *name)
{
	const char *error;
	int rc = udp_scrape_error(w->scrape, &error);

	is_int(udp_scrape_state(w->scrape), UDP_SCRAPE_FAILED, "%s: it fails", name);
	is_int(rc, want, "%s: and says what it is", name);
	is_str(error, words, "%s: in words", name);
}

static void test_floor(void)
{
	struct world *w = play(HASHES, &(struct nature){.rtt_ms = 20}, 2, false);

	ok(told_all(w, HASHES), "100,000 hashes: each count is told once, and right");
	is_int(w->packets, 1 + (HASHES + 69) / 70, "with the least packets possible");
	is_int(udp_scrape_sent(w->scrape), w->packets, "which it counts itself");
	is_int(w->largest, 70, "70 in each");
	ok(udp_scrape_latency(w->scrape) == 20, "latency is the round trip");
	ok(w->most_in_flight <= UDP_SCRAPE_WINDOW, "never more than the window at once");
	drop(w);
	w = play(1, &(struct nature){.rtt_ms = 0}, 2, false);
	ok(told_all(w, 1), "one hash");
	ok(udp_scrape_latency(w->scrape) > 0, "an answer within the millisecond has a latency, too");
	drop(w);
}

static void test_polite(void)
{
	struct world *w = play(7000, &(struct nature){.rtt_ms = 10}, 2, true);

	ok(told_all(w, 7000), "politely: all told");
	ok(w->now - 5000 >= 3900 && w->now - 5000 <= 4500, "100 requests: a burst of 20, then 20 a second (%d ms)",
	   (int)(w->now - 5000));
	drop(w);
	w = play(140000 / 2, &(struct nature){.rtt_ms = 100}, 2, true);
	ok(told_all(w, 70000), "longer than a connection id lives: all told");
	is_int(w->connects, 1 + (w->now - 5000) / 60000, "it is renewed each minute");
	ok(!w->aged, "and never used for longer");
	drop(w);
}

static void test_cut(void)
{
	struct world *w = play(10000, &(struct nature){.rtt_ms = 5, .cut = 30}, 2, false);

	ok(told_all(w, 10000), "answers are cut: the rest is asked again");
	ok(w->packets <= 10000 / 30 + 10, "it learns to ask for no more than it gets (%u packets)", w->packets);
	drop(w);
	w = play(1000, &(struct nature){.rtt_ms = 5, .cut = 1}, 2, false);
	is_failure(w, -EBADMSG, "it answers too little", "one row at a time");
	drop(w);
}

static void test_short(void)
{
	struct nature nature = {.rtt_ms = 5};
	struct world *w = make(10, &nature);
	uint8_t packet[BEP15_SCRAPE_SIZE], bytes[16];

	udp_scrape_begin(w->scrape, 2, false);
	for (unsigned i = 0; i < 20 && udp_scrape_state(w->scrape) == UDP_SCRAPE_GOING; i++) {
		if (!udp_scrape_packet(w->scrape, w->now, packet))
			break;
		/* 8 bytes of a scrape: no row; 16 of a connect. */
		put32(put32(bytes, get32(packet + 8)), get32(packet + 12));
		udp_scrape_answer(w->scrape, w->now, bytes, get32(packet + 8) == BEP15_CONNECT ? 16 : 8);
	}
	is_failure(w, -EBADMSG, "its answers hold nothing", "answers of 8 bytes");
	ok(w->rows == 0, "and tell nothing");
	drop(w);
}

static void test_losses(void)
{
	static const unsigned percents[] = {1, 5, 15};

	for (size_t i = 0; i < 3; i++) {
		struct world *w = play(20000, &(struct nature){.rtt_ms = 50, .lose = percents[i] * 10}, 2, false);

		ok(told_all(w, 20000), "%u %% of packets are lost each way: all told", percents[i]);
		ok(w->packets < 286 * (1.0 + 0.04 * percents[i]) + 3, "in %u packets, of 287", w->packets);
		drop(w);
	}
}

static void test_halving(void)
{
	struct world *w = play(7000, &(struct nature){.rtt_ms = 20, .largest = 40}, 2, false);

	ok(told_all(w, 7000), "a path that carries 40 hashes at most: all told");
	ok(w->packets < 210, "it asks for 35 from then on (%u packets)", w->packets);
	drop(w);
	w = play(700, &(struct nature){.rtt_ms = 20, .largest = 17}, 2, false);
	ok(told_all(w, 700), "a path that carries 17: all told");
	drop(w);
}

static void test_silence(void)
{
	struct world *w = play(100, &(struct nature){.mute_connect = true}, 2, false);

	is_failure(w, -ETIMEDOUT, "no answer", "silence");
	is_int(w->packets, 2, "after two packets");
	is_int(w->now - 5000, 3000 + 6000, "and nine seconds");
	drop(w);
	w = play(100, &(struct nature){.mute_connect = true}, 1, false);
	is_failure(w, -ETIMEDOUT, "no answer", "a suspect's silence");
	is_int(w->packets, 1, "after exactly one packet");
	drop(w);
	w = play(HASHES, &(struct nature){.rtt_ms = 20, .mute_scrape = true}, 2, false);
	is_failure(w, -ETIMEDOUT, "no answer", "silence behind the connect");
	ok(w->packets <= 12, "after %u packets", w->packets);
	ok(w->now - 5000 < 45000, "and %d ms", (int)(w->now - 5000));
	drop(w);
	w = play(HASHES, &(struct nature){.rtt_ms = 20, .deaf_from = 500}, 2, false);
	is_failure(w, -ETIMEDOUT, "no answer", "it dies half-way");
	ok(w->rows > 30000 && w->packets < 520, "what it said is told, and it costs %u packets more", w->packets - 500);
	drop(w);
}

static void test_words(void)
{
	struct world *w = play(100, &(struct nature){.rtt_ms = 5, .connect_says = "go \x1b[31maway"}, 2, false);

	is_failure(w, -EREMOTE, "the tracker says: go \xef\xbf\xbd[31maway", "an error to connect");
	is_int(w->packets, 1, "and it is not asked again");
	drop(w);
	w = play(7000, &(struct nature){.rtt_ms = 5, .scrape_says = "scrape is off"}, 2, false);
	is_failure(w, -EREMOTE, "the tracker says: scrape is off", "an error to the first scrape");
	ok(w->packets <= 3, "and it is not asked again");
	drop(w);
	w = play(7000, &(struct nature){.rtt_ms = 5, .scrape_says = "", .says_from = 50}, 2, false);
	is_failure(w, -EREMOTE, "the tracker says: error", "errors later on, without a word");
	ok(w->rows >= 49 * 70 && w->packets < 70, "what it said is told; a few errors in a row are enough");
	drop(w);
}

static void test_forgetting(void)
{
	struct world *w = play(7000, &(struct nature){.rtt_ms = 5, .forgets = 2}, 2, false);

	ok(told_all(w, 7000), "the connection id is refused: a new one, and all told");
	ok(w->connects >= 2 && w->connects <= 3, "by connecting again");
	drop(w);
	w = play(7000, &(struct nature){.rtt_ms = 5, .forgets = 1000}, 2, false);
	is_failure(w, -EREMOTE, "the tracker says: Connection ID missmatch.", "each connection id is refused");
	ok(w->packets < 20, "after %u packets", w->packets);
	drop(w);
}

static void test_forged(void)
{
	struct world *w = play(7000, &(struct nature){.rtt_ms = 5, .forges = true}, 2, false);
	struct random random = {7};
	uint8_t bytes[BEP15_SCRAPE_SIZE];

	ok(told_all(w, 7000), "answers of other transactions, and twice the same: each is told once, and right");
	is_int(w->packets, 101, "and nothing is asked twice for it");
	ok(udp_scrape_ignored(w->scrape) >= 200, "what answers nothing is counted");
	drop(w);

	/* A scrape that is under way, and a flood of noise with the right actions. */
	w = make(7000, &(struct nature){.deaf_from = 3});
	udp_scrape_begin(w->scrape, 2, false);
	for (size_t len; (len = udp_scrape_packet(w->scrape, w->now, bytes));)
		hear(w, bytes, len);
	step(w);
	for (size_t len; (len = udp_scrape_packet(w->scrape, w->now, bytes));)
		hear(w, bytes, len);
	for (unsigned i = 0; i < 1000000; i++) {
		size_t len = random_below(&random, 3) ? 8 + random_below(&random, 64) : random_below(&random, 9);

		for (size_t k = 0; k < len; k += 8) {
			uint64_t noise = random_next(&random);

			memcpy(bytes + k, &noise, 8);
		}
		put32(bytes, random_below(&random, 4));
		udp_scrape_answer(w->scrape, w->now, bytes, len);
	}
	is_int(w->rows, 0, "of a million forged answers none is believed");
	is_int(udp_scrape_state(w->scrape), UDP_SCRAPE_GOING, "and none ends the scrape");
	is_int(udp_scrape_ignored(w->scrape), 1000000, "all are counted");
	drop(w);
}

static void keep_row(void *context, size_t index, const struct probe_row *row)
{
	((struct probe_row *)context)[index] = *row;
}

static void test_huge_numbers(void)
{
	static const uint8_t hashes[2][INFO_HASH];
	struct probe_row rows[2] = {{0, 0, 0}, {0, 0, 0}};
	struct udp_scrape *s = udp_scrape_new(hashes, 2, keep_row, rows);
	uint8_t packet[BEP15_SCRAPE_SIZE], bytes[32], *p;

	udp_scrape_packet(s, 0, packet);
	put32(put32(put32(put32(bytes, BEP15_CONNECT), get32(packet + 12)), 1), 2);
	udp_scrape_answer(s, 0, bytes, 16);
	udp_scrape_packet(s, 0, packet);
	p = put32(put32(put32(put32(bytes, BEP15_SCRAPE), get32(packet + 12)), 0xffffffff), 0x80000000);
	put32(put32(put32(put32(p, 0xfffffff0), 0x7fffffff), 0), 1);
	udp_scrape_answer(s, 0, bytes, sizeof(bytes));
	ok(rows[0].seeders == -1 && rows[0].leechers == -1 && rows[0].completed == -1,
	   "counts of four thousand million are none");
	ok(rows[1].seeders == INT32_MAX && rows[1].completed == 0 && rows[1].leechers == 1, "the largest is one");
	is_int(udp_scrape_state(s), UDP_SCRAPE_DONE, "and that is the end");
	udp_scrape_free(s);
}

/* Another address goes on where the first one left off. */
static void test_next_address(void)
{
	struct world *w = play(7000, &(struct nature){.rtt_ms = 20, .deaf_from = 60}, 2, false);
	size_t before = w->rows;

	is_failure(w, -ETIMEDOUT, "no answer", "the first address dies");
	w->nature.deaf_from = 0;
	w->answer_count = 0;
	w->packets = 0;
	udp_scrape_begin(w->scrape, 2, false);
	run(w);
	ok(before > 0 && told_all(w, 7000), "the second one is asked for the rest: each told once");
	is_int(w->packets, 1 + (7000 - before + 69) / 70, "and for nothing else");
	drop(w);
}

int main(void)
{
	test_floor();
	test_polite();
	test_cut();
	test_short();
	test_losses();
	test_halving();
	test_silence();
	test_words();
	test_forgetting();
	test_forged();
	test_huge_numbers();
	test_next_address();
	return tap_done();
}
