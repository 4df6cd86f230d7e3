/* A scrape by UDP with a fake clock, against a tracker of a few lines that cuts, loses, refuses, forgets and forges. */
#include "swarm/udp_scrape.h"

#include <errno.h>
#include <stdlib.h>

#include "base/xmalloc.h"
#include "random.h"
#include "tap.h"

enum { HASHES = 100000, ANSWERS = 64, CONNECTION = 0x1234, FOREVER = 1000000 };

/* What the tracker does. */
struct nature {
	unsigned rtt_ms;
	size_t cut;               /* rows in an answer, at most; 0 = all */
	size_t largest;           /* hashes in a request that arrives; 0 = any */
	unsigned lose;            /* of 1000 packets each way */
	unsigned deaf_from;       /* hears no packet from this one on, 0 = none */
	bool mute_connect;        /* does not answer connect */
	bool mute_scrape;         /* nor scrape */
	const char *connect_says; /* an error instead */
	const char *scrape_says;
	size_t says_from; /* the scrape from which on it says so */
	unsigned forgets; /* connection ids are refused, so many times */
	bool forges;      /* each answer is preceded by one of another transaction, and followed by itself */
};

struct answer {
	int64_t at;
	uint8_t bytes[BEP15_SCRAPE_SIZE];
	size_t len;
};

struct world {
	struct nature nature;
	uint8_t (*hashes)[INFO_HASH];
	struct udp_scrape *scrape;
	struct random random;
	struct answer answers[ANSWERS];
	size_t answer_count;
	int64_t now;
	unsigned told[HASHES];
	size_t wrong, rows;
	unsigned connects, scrapes, packets, largest, most_in_flight;
	uint64_t connection;
	int64_t latest_connect; /* when */
	bool aged;              /* a connection id was used for too long */
};

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint8_t *put32(uint8_t *p, uint32_t value)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		*p++ = (uint8_t)(value >> shift);
	return p;
}

/* Counts that can be told from the hash alone. */
static struct probe_row truth(uint32_t i)
{
	return (struct probe_row){
		.seeders = (int32_t)(i % 1000), .leechers = (int32_t)(i % 77), .completed = (int32_t)i};
}

static void take_row(void *context, size_t index, const struct probe_row *row)
{
	struct world *w = context;
	struct probe_row want = truth((uint32_t)index);

	w->rows++;
	w->told[index]++;
	w->wrong += row->seeders != want.seeders || row->leechers != want.leechers || row->completed != want.completed;
}

static void queue(struct world *w, const uint8_t *bytes, size_t len)
{
	struct answer *answer = &w->answers[w->answer_count];

	if (w->answer_count == ANSWERS || random_below(&w->random, 1000) < w->nature.lose)
		return;
	answer->at = w->now + w->nature.rtt_ms;
	answer->len = len;
	memcpy(answer->bytes, bytes, len);
	w->answer_count++;
}

static void say(struct world *w, const uint8_t *bytes, size_t len)
{
	uint8_t forged[1024];

	memcpy(forged, bytes, len);
	forged[6] ^= 0x10;
	if (w->nature.forges)
		queue(w, forged, len);
	queue(w, bytes, len);
	if (w->nature.forges)
		queue(w, bytes, len);
}

static void say_error(struct world *w, uint32_t transaction, const char *words)
{
	uint8_t bytes[256];
	size_t len = strlen(words) + 1; /* opentracker puts a NUL behind */

	memcpy(put32(put32(bytes, BEP15_ERROR), transaction), words, len);
	say(w, bytes, 8 + len);
}

static void hear_connect(struct world *w, uint32_t transaction)
{
	uint8_t bytes[16];

	w->connects++;
	w->latest_connect = w->now;
	if (w->nature.mute_connect)
		return;
	if (w->nature.connect_says) {
		say_error(w, transaction, w->nature.connect_says);
		return;
	}
	w->connection = CONNECTION + w->connects;
	put32(put32(put32(put32(bytes, BEP15_CONNECT), transaction), 0), (uint32_t)w->connection);
	say(w, bytes, sizeof(bytes));
}

static uint8_t *put_row(uint8_t *p, const uint8_t *hash)
{
	struct probe_row row = truth(get32(hash));

	return put32(put32(put32(p, (uint32_t)row.seeders), (uint32_t)row.completed), (uint32_t)row.leechers);
}

static void hear_scrape(struct world *w, const uint8_t *packet, size_t count)
{
	uint32_t transaction = get32(packet + 12);
	uint8_t bytes[1024], *p = put32(put32(bytes, BEP15_SCRAPE), transaction);
	bool forgotten = get32(packet + 4) != (uint32_t)w->connection;

	w->scrapes++;
	if (w->nature.mute_scrape || (w->nature.largest && count > w->nature.largest))
		return;
	if (w->nature.forgets) {
		w->nature.forgets--;
		forgotten = true;
	}
	if (forgotten) {
		say_error(w, transaction, "Connection ID missmatch.");
		return;
	}
	if (w->nature.scrape_says && w->scrapes >= w->nature.says_from) {
		say_error(w, transaction, w->nature.scrape_says);
		return;
	}
	for (size_t i = 0; i < count && (!w->nature.cut || i < w->nature.cut); i++)
		p = put_row(p, packet + 16 + i * INFO_HASH);
	say(w, bytes, (size_t)(p - bytes));
}

static void hear(struct world *w, const uint8_t *packet, size_t len)
{
	size_t count = len > 16 ? (len - 16) / INFO_HASH : 0;

	w->packets++;
	if (count > w->largest)
		w->largest = (unsigned)count;
	if (count && w->now - w->latest_connect > BEP15_CONNECTION_S * 1000 + w->nature.rtt_ms)
		w->aged = true;
	if ((w->nature.deaf_from && w->packets >= w->nature.deaf_from) ||
	    random_below(&w->random, 1000) < w->nature.lose)
		return;
	if (get32(packet + 8) == BEP15_CONNECT)
		hear_connect(w, get32(packet + 12));
	else
		hear_scrape(w, packet, count);
}

/* Lets time go on to the next thing that happens. False: nothing will. */
static bool step(struct world *w)
{
	int64_t next = udp_scrape_wake(w->scrape);
	size_t first = ANSWERS;
	struct answer answer;

	for (size_t i = 0; i < w->answer_count; i++)
		if (w->answers[i].at <= next && (first == ANSWERS || w->answers[i].at < w->answers[first].at)) {
			first = i;
			next = w->answers[i].at;
		}
	if (first == ANSWERS) {
		w->now = next > w->now ? next : w->now;
		return next != INT64_MAX;
	}
	answer = w->answers[first];
	w->answer_count--;
	memmove(&w->answers[first], &w->answers[first + 1], (w->answer_count - first) * sizeof(answer));
	w->now = answer.at > w->now ? answer.at : w->now;
	udp_scrape_answer(w->scrape, w->now, answer.bytes, answer.len);
	return true;
}

static void run(struct world *w)
{
	uint8_t packet[BEP15_SCRAPE_SIZE];
	size_t len;

	for (unsigned steps = 0; steps < FOREVER && udp_scrape_state(w->scrape) == UDP_SCRAPE_GOING; steps++) {
		unsigned before = w->packets;

		while ((len = udp_scrape_packet(w->scrape, w->now, packet)))
			hear(w, packet, len);
		if (w->packets - before > w->most_in_flight)
			w->most_in_flight = w->packets - before;
		if (udp_scrape_state(w->scrape) != UDP_SCRAPE_GOING || !step(w))
			break;
	}
}

static struct world *make(size_t count, const struct nature *nature)
{
	struct world *w = xcalloc(1, sizeof(*w));

	w->nature = *nature;
	w->random.state = 42;
	w->now = 5000;
	w->hashes = xcalloc(count, INFO_HASH);
	for (uint32_t i = 0; i < count; i++)
		put32(w->hashes[i], i);
	w->scrape = udp_scrape_new((const uint8_t(*)[INFO_HASH])w->hashes, count, take_row, w);
	return w;
}

static struct world *play(size_t count, const struct nature *nature, unsigned tries, bool polite)
{
	struct world *w = make(count, nature);

	udp_scrape_begin(w->scrape, tries, polite);
	run(w);
	return w;
}

static void drop(struct world *w)
{
	udp_scrape_free(w->scrape);
	free(w->hashes);
	free(w);
}

/* Each of `count` hashes was told once, and right. */
static bool told_all(const struct world *w, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (w->told[i] != 1)
			return false;
	return w->rows == count && !w->wrong && udp_scrape_state(w->scrape) == UDP_SCRAPE_DONE;
}

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

static void test_huge_numbers(void)
{
	struct world *w = make(1, &(struct nature){.rtt_ms = 1});
	uint8_t packet[BEP15_SCRAPE_SIZE], bytes[32];

	udp_scrape_begin(w->scrape, 2, false);
	udp_scrape_packet(w->scrape, w->now, packet);
	put32(put32(put32(put32(bytes, BEP15_CONNECT), get32(packet + 12)), 1), 2);
	udp_scrape_answer(w->scrape, w->now, bytes, 16);
	udp_scrape_packet(w->scrape, w->now, packet);
	put32(put32(put32(put32(put32(bytes, BEP15_SCRAPE), get32(packet + 12)), 0xffffffff), 0x80000000), 0xfffffff0);
	w->hashes[0][3] = 0;
	udp_scrape_answer(w->scrape, w->now, bytes, 20);
	is_int(w->rows, 1, "counts of four thousand million: one row");
	is_int(w->wrong, 1, "without numbers (the truth would have been 0)");
	is_int(udp_scrape_state(w->scrape), UDP_SCRAPE_DONE, "and that is the end");
	drop(w);
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
