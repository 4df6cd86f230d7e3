/* What the DHT engine sends to whom: in all, to one address, at once, and when the system takes no more. */
#include "swarm/dht.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/xmalloc.h"
#include "dht_tested.h"
#include "random.h"
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

static const uint64_t seed[2] = {3, 4};

static void begin(struct dht_budget *b, double rate, int64_t now)
{
	struct dht_config how = {.rate_per_address = rate, .seed = {1, 2}};

	dht_budget_init(b, &how, now);
}

/* As many as may be. */
static void spend_at(struct dht_budget *b, int64_t now, int64_t times[SPENT], unsigned *count)
{
	struct ip ip = ip_from_v4(5 << 24 | 1);

	while (*count < SPENT && dht_budget_wait_at(b, &ip, now) == 0 && dht_budget_take(b, &ip, now))
		times[(*count)++] = now;
}

/* When one address gets its packets within a minute, if as many as may be are sent every `step` ms. */
static unsigned spend(double rate, int64_t step, int64_t times[SPENT])
{
	struct dht_budget b;
	unsigned count = 0;

	begin(&b, rate, 0);
	for (int64_t now = 0; now < 60000; now += step)
		spend_at(&b, now, times, &count);
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

/* The same, of runs that last so long, one after the other, with a pause in between: with one ledger, or each with a
 * new one, as if somebody had removed it. */
static unsigned spend_runs(double rate, int64_t run, int64_t pause, bool anew, int64_t times[SPENT])
{
	struct dht_ledger *ledger = xcalloc(1, sizeof(*ledger));
	unsigned count = 0;

	for (int64_t at = 0; at < 60000; at += run + pause) {
		struct dht_budget b;

		begin(&b, rate, at);
		if (anew)
			memset(ledger, 0, sizeof(*ledger));
		dht_budget_share(&b, ledger, seed, at);
		for (int64_t now = at; now <= at + run; now++)
			spend_at(&b, now, times, &count);
		dht_budget_done(&b);
	}
	free(ledger);
	return count;
}

static void test_runs(void)
{
	static const int64_t lengths[] = {1, 499, 2000, 9000, 15000}, pauses[] = {0, 1, 700, 3000, 9999, 10001};
	static const double rates[] = {0.05, 0.1, 0.3, 0.5, 2, 3.8};
	int64_t times[SPENT];
	unsigned most = 0;

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		for (size_t k = 0; k < sizeof(pauses) / sizeof(pauses[0]); k++)
			for (size_t r = 0; r < 2 * sizeof(rates) / sizeof(rates[0]); r++) {
				unsigned count = spend_runs(rates[r / 2], lengths[i], pauses[k], r % 2, times);
				unsigned worst = most_of(times, count);

				most = worst > most ? worst : most;
			}
	is_int(most, 39, "from run to run: never 40 within 10 s either");
	spend_runs(2, 2000, 20000, false, times);
	is_int(times[0], 504, "who makes a ledger does not know what was sent before: the first packet waits");
	is_int(times[3 + 19] - 22000, 0, "after 20 s of silence a burst as ever");
	spend_runs(0.1, 20000, 0, false, times);
	is_int(times[20] - times[0], 20 * 504, "one packet in ten seconds: twenty first");
	is_int(times[22] - times[21], 10001, "... and then at that pace, also from run to run");
}

/* Several that send at the same time, each at a pace of his own. */
static void test_together(void)
{
	static const double rates[] = {2, 0.1, 50, 1};
	struct dht_ledger *ledger = xcalloc(1, sizeof(*ledger));
	struct dht_budget b[4], open;
	struct ip ip = ip_from_v4(5 << 24 | 1);
	int64_t times[SPENT];
	unsigned count = 0;

	for (int i = 0; i < 4; i++) {
		begin(&b[i], rates[i], 0);
		dht_budget_share(&b[i], ledger, seed, 0);
	}
	for (int64_t now = 20000; now < 60000; now++)
		spend_at(&b[now % 4], now, times, &count);
	is_int(most_of(times, count), 39, "four at once, at four paces: never 40 within 10 s");
	ok(count >= 20 + 2 * 39, "and two a second in the end: %u in 40 s", count);

	begin(&open, 0, 60000);
	dht_budget_share(&open, ledger, seed, 60000);
	for (int i = 0; i < 1000; i++)
		dht_budget_take(&open, &ip, 60000);
	is_int(dht_budget_wait_at(&open, &ip, 60000), 0, "who has no limit sends what he wants");
	is_int(dht_budget_wait_at(&b[0], &ip, 60000), 504, "the others hold back for him");
	is_int(dht_budget_wait_at(&b[0], &ip, 70080), 0, "... and for ten seconds at most");
	dht_budget_done(&open);
	for (int i = 0; i < 4; i++)
		dht_budget_done(&b[i]);
	free(ledger);
}

/* ---- processes ---- */

enum { PROCESSES = 3, MINUTE = 60000 };

/* What they share beside the ledger: a clock that each of them moves on, and when a packet was sent. */
struct common {
	struct dht_ledger ledger;
	_Atomic int64_t now; /* hundredths of a ms */
	_Atomic uint32_t count, ready;
	int64_t times[SPENT];
};

static void hammer(struct common *c)
{
	struct ip ip = ip_from_v4(5 << 24 | 1);
	struct dht_budget b;
	int64_t now;

	begin(&b, 2, 0);
	dht_budget_share(&b, &c->ledger, seed, 0);
	for (atomic_fetch_add(&c->ready, 1); c->ready < PROCESSES;)
		sched_yield();
	while ((now = atomic_fetch_add(&c->now, 1) / 100) < 20000 + MINUTE)
		if (dht_budget_wait_at(&b, &ip, now) == 0 && dht_budget_take(&b, &ip, now)) {
			uint32_t at = atomic_fetch_add(&c->count, 1);

			if (at < SPENT)
				c->times[at] = now;
		}
	_exit(0);
}

static int by_time(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void test_processes(void)
{
	struct common *c = mmap(NULL, sizeof(*c), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status, good = 0;

	if (!ok(c != MAP_FAILED, "memory"))
		return;
	c->now = 20000 * 100;
	for (int i = 0; i < PROCESSES; i++)
		if (fork() == 0)
			hammer(c);
	while (wait(&status) > 0)
		good += status == 0;
	is_int(good, PROCESSES, "three processes that send whenever they may");
	if (ok(c->count > 100 && c->count <= 20 + MINUTE / 504, "%u packets in a minute", c->count)) {
		qsort(c->times, c->count, sizeof(c->times[0]), by_time);
		ok(most_of(c->times, c->count) <= 39, "%u within any 10 s: no two of them spend the same",
		   most_of(c->times, c->count));
	}
	munmap(c, sizeof(*c));
}

/* ---- a ledger that is not what it should be ---- */

/* The first packet of a thousand addresses, and all within a minute of one of them. */
static void check_ledger(struct dht_ledger *ledger, int64_t now, const char *about)
{
	int64_t times[SPENT], longest = 0;
	struct dht_budget b;
	unsigned count = 0;

	begin(&b, 2, now);
	dht_budget_share(&b, ledger, seed, now);
	for (uint32_t i = 0; i < 1000; i++) {
		struct ip ip = ip_from_v4(7 << 24 | i);
		int64_t wait = dht_budget_wait_at(&b, &ip, now);

		longest = wait > longest ? wait : longest;
	}
	ok(longest <= MINUTE + 21 * 504, "%s: nobody waits for longer than %lld ms", about, (long long)longest);
	for (int64_t at = now; at < now + MINUTE; at++)
		spend_at(&b, at, times, &count);
	ok(most_of(times, count) <= 39, "%s: %u packets within any 10 s", about, most_of(times, count));
	ok(count >= 20 + 2 * 39, "%s: %u in a minute", about, count);
	dht_budget_done(&b);
}

static void test_damage(void)
{
	static const struct {
		const char *name;
		int64_t now;
		int fill; /* -1 = at random */
	} cases[] = {
		{"ones", 1000000, 0xff},
		{"noise", 1000000, -1},
		{"noise, much later", 5000000000, -1},
		{"the clock's last 32 bits begin anew", 4294967296 - 30000, 0},
		{"the same, where no ledger was before", 4294967296 * 3 - 100, 0},
		{"a machine that has just been started", 0, 0},
		{"one that was not for years", 200000000000, 0},
	};
	struct dht_ledger *ledger = xcalloc(1, sizeof(*ledger));
	struct random random = {17};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(ledger, cases[i].fill, sizeof(*ledger));
		for (size_t k = 0; cases[i].fill < 0 && k < sizeof(*ledger); k++)
			((uint8_t *)ledger)[k] = (uint8_t)random_next(&random);
		check_ledger(ledger, cases[i].now, cases[i].name);
	}
	memset(ledger, 0, sizeof(*ledger));
	check_ledger(ledger, 1000000000, "first a clock that is ahead by days");
	check_ledger(ledger, 500000000, "then one that is not");
	check_ledger(ledger, 3500000000, "then one that is further ahead");
	free(ledger);
}

/* A slow pace that is agreed leaves time to find somebody, also when another run has just ended. */
static void test_slow_runs(void)
{
	static const double rates[] = {0.3, 0.1, 0.01};

	for (size_t r = 0; r < sizeof(rates) / sizeof(rates[0]); r++) {
		struct dht_ledger *ledger = xcalloc(1, sizeof(*ledger));
		struct net_config c = config(300, 20, 10);
		struct net n;

		c.dht.rate_per_address = rates[r];
		net_init(&n, &c);
		net_engine(&n);
		dht_share(n.dht, ledger, n.now);
		net_warm_up(&n);
		ok(dht_live(n.dht, DHT_V4) >= 290, "right after another run, %g a second: %u of 300 nodes found",
		   rates[r], dht_live(n.dht, DHT_V4));
		net_done(&n);
		free(ledger);
	}
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
	start(&n, config(2048, 100, 10));
	n.block_each = 3;
	look_up_all(&n, 100);
	is_int(net_exact(&n), 100, "it takes two at a time: nothing is lost");
	is_int(dht_counters(n.dht)->unsent, 0, "nor given up");
	net_done(&n);
	start(&n, config(2048, 100, 10));
	n.deny_each = 10;
	look_up_all(&n, 100);
	is_int(net_exact(&n), 100, "it lets nothing out to some: the others are asked");
	ok(dht_counters(n.dht)->unsent > 0, "in place of %llu", (unsigned long long)dht_counters(n.dht)->unsent);
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
	test_slow_runs();
	test_together();
	test_processes();
	test_damage();
	test_in_flight();
	test_system_full();
	test_refused();
	return tap_done();
}
