/* How much may be sent: packets a second in all, by a bucket of tokens; and to one address, by the time at which its
 * next packet would be due at the agreed pace (the generic cell rate algorithm, ITU-T I.371). libtorrent bans an
 * address for five minutes at its 50th packet within 10 s (dht_block_ratelimit): here it is never the 40th, also
 * from one run to the next. */
#include "swarm/dht_private.h"

#include <stdlib.h>

#include "base/xmalloc.h"

enum {
	BURST = 20,        /* packets to one address at once */
	WINDOW_S = 10,     /* that libtorrent looks at */
	WINDOW_MAX = 39,   /* packets within it */
	SPENDERS = 1 << 16, /* addresses of one generation */
	FULL_MS = 250,     /* to wait when there are more */
	MARGIN_US = 100,   /* of each packet: so the 40th comes after ten seconds, and not when they end */
	PARTS = 10,        /* of a second that may be sent at once */
};

static void spenders_init(struct dht_spenders *s)
{
	*s = (struct dht_spenders){0};
	map_init(&s->by_ip, sizeof(struct dht_spent), offsetof(struct dht_spent, ip), sizeof(struct ip));
}

static void spenders_done(struct dht_spenders *s)
{
	free(s->list);
	map_done(&s->by_ip);
}

/* Of one address: the burst, and one less than 10 s of the pace, which come after it, are the window's maximum. */
static void agree(struct dht_budget *b, double rate)
{
	double most = (double)(WINDOW_MAX - 1) / WINDOW_S;
	double pace = rate < most ? rate : most;
	double burst = WINDOW_MAX + 1 - pace * WINDOW_S;

	if (pace <= 0)
		return;
	if (burst > BURST)
		burst = BURST;
	b->each_us = (int64_t)(1e6 / pace) + MARGIN_US;
	b->burst_us = (int64_t)((burst - 1) * (double)b->each_us);
}

void dht_budget_init(struct dht_budget *b, double rate, double rate_per_address, int64_t now)
{
	*b = (struct dht_budget){.rate = rate, .filled = now, .turned = now, .before_us = now * 1000};
	b->depth = rate > PARTS ? rate / PARTS : 1;
	b->tokens = b->depth;
	spenders_init(&b->young);
	spenders_init(&b->old);
	agree(b, rate_per_address);
}

void dht_budget_done(struct dht_budget *b)
{
	spenders_done(&b->young);
	spenders_done(&b->old);
}

/* Whoever it was sent to, it may have been as much as may be. */
void dht_budget_before(struct dht_budget *b, int64_t until)
{
	b->before_us = until * 1000 + b->burst_us + b->each_us;
}

/* ---- in all ---- */

static void fill(struct dht_budget *b, int64_t now)
{
	b->tokens += b->rate * (double)(now - b->filled) / 1000;
	if (b->tokens > b->depth)
		b->tokens = b->depth;
	b->filled = now;
}

int64_t dht_budget_wait(struct dht_budget *b, int64_t now)
{
	if (b->rate <= 0)
		return 0;
	fill(b, now);
	return b->tokens >= 1 ? 0 : 1 + (int64_t)((1 - b->tokens) * 1000 / b->rate);
}

/* ---- to one address ---- */

/* Who owes nothing any more is forgotten, a generation at a time. */
static void turn(struct dht_budget *b, int64_t now)
{
	struct dht_spenders empty;

	if ((now - b->turned) * 1000 <= b->burst_us + b->each_us)
		return;
	empty = b->old;
	b->old = b->young;
	b->young = empty;
	b->young.count = 0;
	map_clear(&b->young.by_ip);
	b->turned = now;
}

static struct dht_spent *find(const struct dht_spenders *s, const struct ip *ip)
{
	uint32_t at = map_find(&s->by_ip, s->list, ip, map_hash(&s->by_ip, ip));

	return at == MAP_NONE ? NULL : &s->list[at];
}

static int64_t due_of(const struct dht_budget *b, const struct ip *ip)
{
	const struct dht_spent *spent = find(&b->young, ip);

	if (!spent)
		spent = find(&b->old, ip);
	return spent ? spent->due_us : INT64_MIN;
}

int64_t dht_budget_wait_at(struct dht_budget *b, const struct ip *ip, int64_t now)
{
	int64_t due;

	if (!b->each_us)
		return 0;
	turn(b, now);
	due = due_of(b, ip);
	if (due == INT64_MIN && b->young.count == SPENDERS)
		return FULL_MS;
	if (due < b->before_us)
		due = b->before_us;
	due -= b->burst_us + now * 1000;
	return due <= 0 ? 0 : (due + 999) / 1000;
}

static struct dht_spent *add(struct dht_spenders *s, const struct ip *ip)
{
	if (s->count == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 256;
		s->list = xreallocarray(s->list, s->cap, sizeof(*s->list));
	}
	s->list[s->count].ip = *ip;
	map_add(&s->by_ip, map_hash(&s->by_ip, ip), s->count);
	return &s->list[s->count++];
}

void dht_budget_spend(struct dht_budget *b, const struct ip *ip, int64_t now)
{
	struct dht_spent *spent;
	int64_t due;

	b->tokens -= 1;
	if (!b->each_us)
		return;
	turn(b, now);
	due = due_of(b, ip);
	if (due < b->before_us)
		due = b->before_us;
	if (due < now * 1000)
		due = now * 1000;
	spent = find(&b->young, ip);
	if (!spent)
		spent = add(&b->young, ip);
	spent->due_us = due + b->each_us;
}
