/* What the DHT engine sends to whom: in all, to one address, at once, and when the system takes no more. */
#include "swarm/dht.h"

#include "dht_tested.h"
#include "swarm/dht_private.h"
#include "tap.h"

/* ---- budgets ---- */

static void test_rate(void)
{
	struct net_config c = config(8192, 200, 10);
	struct net n;
	int64_t began;
	uint64_t sent;

	c.dht.rate = 250;
	start(&n, c);
	began = n.now;
	sent = counters(&n)->sent;
	look_up_all(&n, 200);
	sent = counters(&n)->sent - sent;
	ok((double)sent <= 250.0 * (double)(n.now - began) / 1000 + 30, "250 packets a second: %llu in %lld ms",
	   (unsigned long long)sent, (long long)(n.now - began));
	ok((double)sent >= 180.0 * (double)(n.now - began) / 1000, "and they are used");
	is_int(net_exact(&n), 200, "exact");
	net_done(&n);
}

/* Everybody wants the same few nodes: they wait, and nobody is left out. */
static void test_rate_per_address(void)
{
	struct net_config c = config(24, 200, 10);
	struct net n;
	uint32_t most = 0;

	start(&n, c);
	look_up_all(&n, 200);
	for (uint32_t i = 0; i < c.nodes; i++)
		most = n.nodes[i].most > most ? n.nodes[i].most : most;
	ok(most <= 39, "24 nodes, 200 lookups: at most %u packets to one within 10 s", most);
	is_int(n.banned, 0, "no ban");
	is_int(net_exact(&n), 200, "and every count exact");
	net_done(&n);
}

enum { SPENT = 400 };

/* When one address gets its packets within a minute, if as many as may be are sent every `step` ms. */
static unsigned spend(double rate, int64_t step, int64_t times[SPENT])
{
	struct ip ip = ip_from_v4(5 << 24 | 1);
	struct dht_budget b;
	unsigned count = 0;

	dht_budget_init(&b, 0, rate, 0);
	for (int64_t now = 0; now < 60000; now += step)
		while (count < SPENT && dht_budget_wait_at(&b, &ip, now) == 0) {
			dht_budget_spend(&b, &ip, now);
			times[count++] = now;
		}
	dht_budget_done(&b);
	return count;
}

/* Within any 10 s, their last moment too. */
static unsigned most_of(const int64_t *times, unsigned count)
{
	unsigned most = 0;

	for (unsigned i = 0, first = 0; i < count; i++) {
		while (times[i] - times[first] > 10000)
			first++;
		most = i - first + 1 > most ? i - first + 1 : most;
	}
	return most;
}

static void test_budget(void)
{
	static const double rates[] = {0.5, 1, 1.9, 2, 2.5, 3.05, 3.8, 4, 50};
	int64_t times[SPENT];
	unsigned count = spend(2, 1, times), most = 0;

	is_int(times[19], 0, "one address: 20 packets at once");
	ok(times[20] > 0, "and not 21");
	is_int(most_of(times, count), 39, "39 within any 10 s, and never 40");
	ok(count >= 20 + 2 * 60 - 1 && count <= 20 + 2 * 60, "two a second in the end: %u in a minute", count);
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		for (int64_t step = 1; step <= 250; step *= 4) {
			unsigned worst = most_of(times, spend(rates[i], step, times));

			most = worst > most ? worst : most;
		}
	is_int(most, 39, "whatever the limit is, and whenever one looks: a limit above what nodes bear is no licence");
}

/* The same, of runs that last so long, one after the other, with a pause in between. */
static unsigned spend_runs(double rate, int64_t run, int64_t pause, int64_t times[SPENT])
{
	struct ip ip = ip_from_v4(5 << 24 | 1);
	unsigned count = 0;

	for (int64_t at = 0; at < 60000; at += run + pause) {
		struct dht_budget b;

		dht_budget_init(&b, 0, rate, at);
		if (at)
			dht_budget_before(&b, at - pause);
		for (int64_t now = at; now <= at + run; now++)
			while (count < SPENT && dht_budget_wait_at(&b, &ip, now) == 0) {
				dht_budget_spend(&b, &ip, now);
				times[count++] = now;
			}
		dht_budget_done(&b);
	}
	return count;
}

static void test_runs(void)
{
	static const int64_t lengths[] = {1, 499, 2000, 9000, 15000}, pauses[] = {0, 1, 700, 3000, 9999, 10001};
	static const double rates[] = {0.5, 2, 3.8};
	int64_t times[SPENT];
	unsigned most = 0;

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		for (size_t k = 0; k < sizeof(pauses) / sizeof(pauses[0]); k++)
			for (size_t r = 0; r < sizeof(rates) / sizeof(rates[0]); r++) {
				unsigned count = spend_runs(rates[r], lengths[i], pauses[k], times);
				unsigned worst = most_of(times, count);

				most = worst > most ? worst : most;
			}
	is_int(most, 39, "from run to run: never 40 within 10 s either");
	spend_runs(2, 2000, 20000, times);
	is_int(times[23] - 22000, 0, "after 20 s of silence a burst as ever");
}

/* What is on its way fits the receive buffer, however many lookups there are: in this network a query has one
 * answer. */
static void test_in_flight(void)
{
	struct net_config c = config(2048, 100, 10);
	struct net n;

	c.dht.in_flight = 5;
	start(&n, c);
	look_up_all(&n, 100);
	is_int(net_exact(&n), 100, "five queries on their way for a hundred lookups: exact");
	is_int(n.most_events, 5, "and never more than five");
	net_done(&n);

	c = config(8192, 1000, 10);
	start(&n, c);
	look_up_all(&n, 1000);
	is_int(net_exact(&n), 1000, "a thousand lookups at once, without a limit: exact");
	ok(n.most_events > 100 && n.most_events <= 512, "with %u answers on their way at most", n.most_events);
	net_done(&n);
}

static void test_system_full(void)
{
	struct net n;

	start(&n, config(2048, 100, 10));
	n.block = 40;
	look_up_all(&n, 100);
	is_int(net_exact(&n), 100, "the system takes no more for a while: nothing is lost");
	net_done(&n);
}

static void test_refused(void)
{
	struct net_config c = config(64, 1, 0);
	struct net n;

	start(&n, c);
	for (uint32_t i = 0; i < c.nodes; i++)
		dht_refused(n.dht, &n.nodes[i].ip, n.nodes[i].port, n.now);
	look_up_all(&n, 1);
	is_int(n.torrents[0].outcome, DHT_UNREACHABLE, "ICMP says that nobody is there: nobody is asked");
	net_done(&n);
}

int main(void)
{
	test_rate();
	test_rate_per_address();
	test_budget();
	test_runs();
	test_in_flight();
	test_system_full();
	test_refused();
	return tap_done();
}
