/* Two DHTs, one answer: outcomes, addresses that are counted once, estimates, countries; and the nodes kept for the
 * next time. */
#include "swarm/dht_answer.h"

#include <stdlib.h>

#include "scratch.h"
#include "tap.h"
#include "catalogued.h"
#include "swarm/dht_near.h"

static struct dht_result result(enum dht_family family, enum dht_outcome outcome)
{
	return (struct dht_result){
		.family = family, .outcome = outcome, .asked = 10, .answered = 9, .seeds = -1, .peers = -1};
}

static const bool both[] = {true, true}, only4[] = {true, false}, only6[] = {false, true};

static enum dht_outcome joined(enum dht_outcome v4, enum dht_outcome v6, const bool *on)
{
	struct dht_result a = result(DHT_V4, v4), b = result(DHT_V6, v6);
	struct dht_answer answer = {0};
	enum dht_outcome outcome;

	dht_answer_add(&answer, &a);
	dht_answer_add(&answer, &b);
	outcome = dht_answer_outcome(&answer, on);
	dht_answer_done(&answer);
	return outcome;
}

static void test_outcomes(void)
{
	is_int(joined(DHT_FOUND, DHT_NONE, both), DHT_FOUND, "found in one: found");
	is_int(joined(DHT_UNREACHABLE, DHT_FOUND, both), DHT_FOUND, "whatever the other says");
	is_int(joined(DHT_NONE, DHT_NONE, both), DHT_NONE, "none in both: none");
	is_int(joined(DHT_NONE, DHT_UNREACHABLE, both), DHT_UNREACHABLE, "none in IPv4, IPv6 does not say: no zero");
	is_int(joined(DHT_UNREACHABLE, DHT_NONE, both), DHT_UNREACHABLE, "none in IPv6, IPv4 does not say: no zero");
	is_int(joined(DHT_TIMED_OUT, DHT_NONE, both), DHT_TIMED_OUT, "or not in time: no zero");
	is_int(joined(DHT_NONE, DHT_UNREACHABLE, only4), DHT_NONE, "a home without IPv6: the proof of IPv4 is one");
	is_int(joined(DHT_UNREACHABLE, DHT_NONE, only6), DHT_NONE, "without a socket for IPv4: that of IPv6 is");
	is_int(joined(DHT_UNREACHABLE, DHT_TIMED_OUT, only4), DHT_TIMED_OUT, "no proof at all: no zero");
	is_int(joined(DHT_UNREACHABLE, DHT_UNREACHABLE, both), DHT_UNREACHABLE, "unreachable stays so");
}

static enum dht_outcome alone(enum dht_family family, const bool *on, bool *failed)
{
	struct dht_result r = result(family, DHT_NONE);
	struct dht_answer answer = {0};
	enum dht_outcome outcome;

	dht_answer_add(&answer, &r);
	outcome = dht_answer_outcome(&answer, on);
	*failed = dht_answer_failed(&answer);
	dht_answer_done(&answer);
	return outcome;
}

/* One DHT was asked, as the other has no nodes. */
static void test_asked_alone(void)
{
	bool failed = true;

	is_int(alone(DHT_V6, both, &failed), DHT_UNREACHABLE, "IPv4 has a socket and no nodes: IPv6 proves no zero");
	ok(!failed, "and there is nothing to try again");
	is_int(alone(DHT_V6, only6, &failed), DHT_NONE, "IPv4 has no socket: a zero");
	is_int(alone(DHT_V4, only4, &failed), DHT_NONE, "IPv4 says none, IPv6 has no nodes: a zero");
}

static void test_addresses(void)
{
	struct ip first[] = {ip_from_v4(1 << 24), ip_from_v4(2 << 24), ip_from_v4(10 << 24 | 1)};
	struct ip second[] = {ip_from_v4(2 << 24), ip_from_v4(3 << 24), ip_from_v4(10 << 24 | 1), {{0x2a, 1}}};
	struct dht_result a = result(DHT_V4, DHT_FOUND), b = result(DHT_V6, DHT_FOUND);
	struct catalog_sample sample = {.torrent = 7, .at = 99};
	struct locate *locate = locate_new();
	char countries[CATALOG_COUNTRIES];
	struct dht_answer answer = {0};

	a.addresses = first;
	a.address_count = 3;
	a.seeds = 5;
	a.peers = 15;
	b.addresses = second;
	b.address_count = 4;
	b.seeds = 7;
	b.peers = 2;
	dht_answer_add(&answer, &a);
	dht_answer_add(&answer, &b);
	dht_answer_sample(&answer, DHT_FOUND, locate, countries, &sample);
	is_int(sample.peers, 5, "who is in both DHTs is one address");
	is_int(sample.seeders, 7, "estimates are not added: seeders");
	is_int(sample.leechers, 15, "leechers");
	is_str(sample.countries, "?? 4,-- 1", "countries, most first");
	is_int(sample.torrent, 7, "the torrent stays");
	is_int(sample.at, 99, "and the time");
	is_int(sample.asked, 20, "asked, in all");
	is_int(sample.answered, 18, "answered");
	is_int(sample.completed, CATALOG_UNKNOWN, "of completed ones the DHT knows nothing");
	dht_answer_sample(&answer, DHT_FOUND, NULL, countries, &sample);
	ok(!sample.countries, "without a database no countries");
	dht_answer_done(&answer);
	locate_free(locate);
}

static void test_samples(void)
{
	struct dht_result r = result(DHT_V4, DHT_NONE);
	struct dht_answer answer = {0};
	struct catalog_sample sample = {0};
	char countries[CATALOG_COUNTRIES];

	dht_answer_add(&answer, &r);
	dht_answer_sample(&answer, DHT_NONE, NULL, countries, &sample);
	ok(sample.outcome == CATALOG_NONE && sample.peers == 0 && sample.seeders == 0 && sample.leechers == 0,
	   "none: zeros, with a proof");
	dht_answer_sample(&answer, DHT_UNREACHABLE, NULL, countries, &sample);
	ok(sample.outcome == CATALOG_UNREACHABLE && sample.peers == -1 && sample.seeders == -1, "unreachable: unknown");
	dht_answer_sample(&answer, DHT_TIMED_OUT, NULL, countries, &sample);
	is_int(sample.outcome, CATALOG_TIMED_OUT, "timed out");
	r.outcome = DHT_FOUND;
	r.seeds = 3;
	r.peers = 4;
	dht_answer_add(&answer, &r);
	dht_answer_sample(&answer, DHT_FOUND, NULL, countries, &sample);
	is_int(sample.peers, 7, "only filters: the estimate stands for the addresses");
	dht_answer_done(&answer);
}

static void is_both(struct dht_result v4, struct dht_result v6, int32_t seeders, int32_t leechers, const char *name)
{
	struct catalog_sample sample = {0};
	struct dht_answer answer = {0};
	char countries[CATALOG_COUNTRIES];

	dht_answer_add(&answer, &v4);
	dht_answer_add(&answer, &v6);
	dht_answer_sample(&answer, DHT_FOUND, NULL, countries, &sample);
	is_int(sample.seeders, seeders, "%s: seeders", name);
	is_int(sample.leechers, leechers, "%s: leechers", name);
	dht_answer_done(&answer);
}

/* A zero of one DHT is one only if the other has nobody either. */
static void test_zeros(void)
{
	struct dht_result zero = result(DHT_V4, DHT_FOUND), other = result(DHT_V6, DHT_FOUND);

	zero.seeds = 0;
	zero.peers = 4;
	is_both(zero, other, -1, 4, "0 seeders, and addresses in the other");
	other.outcome = DHT_UNREACHABLE;
	is_both(zero, other, -1, 4, "0 seeders, and the other is silent");
	other.outcome = DHT_NONE;
	is_both(zero, other, 0, 4, "0 seeders, and nobody in the other");
	other.outcome = DHT_FOUND;
	other.seeds = 2;
	is_both(zero, other, 2, 4, "0 seeders, and some in the other");
	zero.seeds = -1;
	is_both(zero, other, 2, 4, "each knows one of the two");
}

/* ---- nodes for the next time ---- */

static void fill(uint8_t *nodes, uint8_t from)
{
	for (unsigned i = 0; i < DHT_CLOSEST * COMPACT_NODE4; i++)
		nodes[i] = (uint8_t)(from + i / COMPACT_NODE4);
}

static void test_near(void)
{
	struct catalog *c = catalogued("near.db", CATALOG_WRITE);
	int64_t in = collection(c, "c");
	uint8_t nodes[DHT_CLOSEST * COMPACT_NODE4];
	struct catalog_target *targets;
	struct catalog_torrent t;
	struct dht_near *near;
	int64_t count;
	size_t len;

	for (unsigned i = 0; i < 3; i++) {
		char link[64];

		snprintf(link, sizeof(link), "http://example.org/%u", i);
		t = listed(i, "a torrent");
		put_at(c, in, &t, link, START);
	}
	flushed(c);
	count = catalog_targets(c, NULL, CATALOG_DHT, &targets, &err);
	is_int(count, 3, "three torrents");
	near = dht_near_load(c, DHT_V4, targets, (size_t)count);
	ok(!dht_near_get(near, 1, &len) && !len, "nothing is known at first");
	fill(nodes, 1);
	dht_near_put(near, 1, nodes, sizeof(nodes));
	dht_near_put(NULL, 1, nodes, sizeof(nodes));
	flushed(c);
	dht_near_free(near);

	near = dht_near_load(c, DHT_V4, targets, (size_t)count);
	ok(dht_near_get(near, 1, &len) && len == sizeof(nodes), "the next time it is there");
	ok(memcmp(dht_near_get(near, 1, &len), nodes, sizeof(nodes)) == 0, "byte by byte");
	ok(!dht_near_get(near, 0, &len) && !dht_near_get(near, 2, &len), "and of the others nothing");
	ok(!dht_near_get(NULL, 0, &len), "without a list there is nothing");
	fill(nodes, 2);
	dht_near_put(near, 1, nodes, sizeof(nodes));
	flushed(c);
	dht_near_free(near);
	near = dht_near_load(c, DHT_V4, targets, (size_t)count);
	is_int(*dht_near_get(near, 1, &len), 1, "one of eight nodes is new: not worth a write");
	fill(nodes, 5);
	dht_near_put(near, 1, nodes, sizeof(nodes));
	flushed(c);
	dht_near_free(near);
	near = dht_near_load(c, DHT_V4, targets, (size_t)count);
	is_int(*dht_near_get(near, 1, &len), 5, "four of eight are");
	dht_near_free(near);
	near = dht_near_load(c, DHT_V6, targets, (size_t)count);
	ok(!dht_near_get(near, 1, &len), "the other DHT has its own");
	dht_near_free(near);
	free(targets);
	catalog_free(c);
}

int main(void)
{
	scratch_init();
	test_outcomes();
	test_asked_alone();
	test_addresses();
	test_samples();
	test_zeros();
	test_near();
	return tap_done();
}
