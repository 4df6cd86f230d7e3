/* A scrape by UDP with a fake clock, against a tracker of a few lines that cuts, loses, refuses, forgets and forges. */
#ifndef UDP_TRACKED_H
#define UDP_TRACKED_H

#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"
#include "random.h"
#include "swarm/udp_scrape.h"

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
	bool forges;      /* each answer is preceded by one of another transaction that lies, and followed by itself */
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

static inline uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint8_t *put32(uint8_t *p, uint32_t value)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		*p++ = (uint8_t)(value >> shift);
	return p;
}

/* Counts that can be told from the hash alone. */
static inline struct probe_row truth(uint32_t i)
{
	return (struct probe_row){
		.seeders = (int32_t)(i % 1000), .leechers = (int32_t)(i % 77), .completed = (int32_t)i};
}

static inline void take_row(void *context, size_t index, const struct probe_row *row)
{
	struct world *w = context;
	struct probe_row want = truth((uint32_t)index);

	w->rows++;
	w->told[index]++;
	w->wrong += row->seeders != want.seeders || row->leechers != want.leechers || row->completed != want.completed;
}

static inline void queue(struct world *w, const uint8_t *bytes, size_t len)
{
	struct answer *answer = &w->answers[w->answer_count];

	if (w->answer_count == ANSWERS || random_below(&w->random, 1000) < w->nature.lose)
		return;
	answer->at = w->now + w->nature.rtt_ms;
	answer->len = len;
	memcpy(answer->bytes, bytes, len);
	w->answer_count++;
}

static inline void say(struct world *w, const uint8_t *bytes, size_t len)
{
	uint8_t forged[1024];

	memcpy(forged, bytes, len);
	forged[6] ^= 0x10;
	forged[len - 1] ^= 1;
	if (w->nature.forges)
		queue(w, forged, len);
	queue(w, bytes, len);
	if (w->nature.forges)
		queue(w, bytes, len);
}

static inline void say_error(struct world *w, uint32_t transaction, const char *words)
{
	uint8_t bytes[256];
	size_t len = strlen(words) + 1; /* opentracker puts a NUL behind */

	memcpy(put32(put32(bytes, BEP15_ERROR), transaction), words, len);
	say(w, bytes, 8 + len);
}

static inline void hear_connect(struct world *w, uint32_t transaction)
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

static inline uint8_t *put_row(uint8_t *p, const uint8_t *hash)
{
	struct probe_row row = truth(get32(hash));

	return put32(put32(put32(p, (uint32_t)row.seeders), (uint32_t)row.completed), (uint32_t)row.leechers);
}

static inline void hear_scrape(struct world *w, const uint8_t *packet, size_t count)
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

static inline void hear(struct world *w, const uint8_t *packet, size_t len)
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
static inline bool step(struct world *w)
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

static inline void run(struct world *w)
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

static inline struct world *make(size_t count, const struct nature *nature)
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

static inline struct world *play(size_t count, const struct nature *nature, unsigned tries, bool polite)
{
	struct world *w = make(count, nature);

	udp_scrape_begin(w->scrape, tries, polite);
	run(w);
	return w;
}

static inline void drop(struct world *w)
{
	udp_scrape_free(w->scrape);
	free(w->hashes);
	free(w);
}

/* Each of `count` hashes was told once, and right. */
static inline bool told_all(const struct world *w, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (w->told[i] != 1)
			return false;
	return w->rows == count && !w->wrong && udp_scrape_state(w->scrape) == UDP_SCRAPE_DONE;
}

#endif
