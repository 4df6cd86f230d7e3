/* How much may be sent: packets a second in all, by a bucket of tokens; and to one address, by the time at which its
 * next packet would be due (the generic cell rate algorithm, ITU-T I.371). libtorrent bans an address for five minutes
 * at its 50th packet within 10 s (dht_block_ratelimit): here it is never the 40th, whoever of those that share a ledger
 * sends them. */
#include "swarm/dht_private.h"

#include <stdlib.h>

#include "base/xmalloc.h"

enum {
	/* Twenty at once, then one in so many ms: the 40th comes 80 ms after the ten seconds in which it may not,
	 * because the clock is read some time before a packet leaves. */
	EACH_MS = 504,
	BURST = 20,
	/* A time so much further ahead than anybody may owe is damaged, or of another clock. Less of it is seen by who
	 * was held up after he had read his own. */
	LOST_MS = 60000,
	SLOWEST_MS = 3600000,
	TENTH_MS = 100,
	PARTS = 10, /* of a second that may be sent at once */
};

/* As many as come agree on one seed: the first word that is written stays. */
static void open_ledger(struct dht_budget *b, struct dht_ledger *l, const uint64_t seed[2], int64_t now)
{
	for (int i = 0; i < 4; i++) {
		uint32_t mine = (uint32_t)(seed[i / 2] >> (i % 2 * 32)) | 1, there = 0;

		if (atomic_compare_exchange_strong(&l->seed[i], &there, mine))
			there = mine;
		b->seed[i / 2] = b->seed[i / 2] << 32 | there;
	}
	b->all = (struct dht_account){l->due, EACH_MS, now};
	b->slow = (struct dht_account){l->slow, b->slow.each_ms, now};
}

void dht_budget_init(struct dht_budget *b, const struct dht_config *config, int64_t now)
{
	double each_ms = config->rate_per_address > 0 ? 1000 / config->rate_per_address : 0;

	*b = (struct dht_budget){.rate = config->rate, .filled = now, .limited = each_ms > 0};
	b->depth = b->rate > PARTS ? b->rate / PARTS : 1;
	b->tokens = b->depth;
	if (each_ms > EACH_MS)
		b->slow.each_ms = each_ms < SLOWEST_MS ? (int64_t)each_ms + 1 : SLOWEST_MS;
	b->own = xcalloc(1, sizeof(*b->own));
	open_ledger(b, b->own, config->seed, now);
}

void dht_budget_done(struct dht_budget *b)
{
	free(b->own);
}

/* Nobody knows what was sent before the first one came: it may have been as much as may be, to whomever. So runs that
 * follow each other never send too much, also when their ledger is removed in between or not to be had. */
void dht_budget_share(struct dht_budget *b, struct dht_ledger *l, const uint64_t seed[2], int64_t now)
{
	uint32_t here = (uint32_t)(now / TENTH_MS) + 1, began = 0;
	int32_t age = 0;

	l = l ? l : b->own;
	open_ledger(b, l, seed, now);
	if (!atomic_compare_exchange_strong(&l->began, &began, here))
		age = (int32_t)(here - began);
	b->all.before = now + BURST * EACH_MS - (age > 0 ? (int64_t)age * TENTH_MS : 0);
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

static uint32_t slot_of(const struct dht_budget *b, const struct ip *ip)
{
	return (uint32_t)siphash13(b->seed, ip, sizeof(*ip)) % DHT_SLOTS;
}

/* As a ledger keeps it: 0 is for who was never sent anything. */
static uint32_t stamp(int64_t ms)
{
	return (uint32_t)ms ? (uint32_t)ms : 1;
}

/* In ms, perhaps negative. */
static int64_t ahead(uint32_t due, int64_t now)
{
	return due ? (int32_t)(due - (uint32_t)now) : 0;
}

static bool is_lost(const struct dht_account *a, uint32_t due, int64_t now)
{
	return ahead(due, now) > BURST * a->each_ms + LOST_MS;
}

/* How far ahead of the clock the next packet is due. Where that is lost, as far as may be. */
static int64_t owed(const struct dht_account *a, uint32_t due, int64_t now)
{
	int64_t owes = is_lost(a, due, now) ? BURST * a->each_ms : ahead(due, now);

	if (owes < a->before - now)
		owes = a->before - now;
	return owes > 0 ? owes : 0;
}

/* What is lost is written anew: else it would be lost for ever. */
static int64_t wait_of(const struct dht_account *a, uint32_t slot, int64_t now)
{
	uint32_t due = atomic_load(&a->due[slot]);
	int64_t owes = owed(a, due, now), wait = owes - (BURST - 1) * a->each_ms;

	if (is_lost(a, due, now))
		atomic_compare_exchange_strong(&a->due[slot], &due, stamp(now + owes));
	return wait > 0 ? wait : 0;
}

int64_t dht_budget_wait_at(const struct dht_budget *b, const struct ip *ip, int64_t now)
{
	uint32_t slot;
	int64_t wait, slow;

	if (!b->limited)
		return 0;
	slot = slot_of(b, ip);
	wait = wait_of(&b->all, slot, now);
	slow = b->slow.each_ms ? wait_of(&b->slow, slot, now) : 0;
	return wait > slow ? wait : slow;
}

/* One packet more. Who is not limited owes it too, so that others hold back for him. */
static bool charge(const struct dht_account *a, uint32_t slot, bool limited, int64_t now)
{
	uint32_t due = atomic_load(&a->due[slot]);
	int64_t owes;

	do {
		owes = owed(a, due, now);
		if (owes > (BURST - 1) * a->each_ms) {
			if (limited)
				return false;
			owes = (BURST - 1) * a->each_ms;
		}
	} while (!atomic_compare_exchange_weak(&a->due[slot], &due, stamp(now + owes + a->each_ms)));
	return true;
}

bool dht_budget_take(struct dht_budget *b, const struct ip *ip, int64_t now)
{
	uint32_t slot = slot_of(b, ip);

	if (!charge(&b->all, slot, b->limited, now))
		return false;
	if (b->slow.each_ms)
		charge(&b->slow, slot, false, now);
	b->tokens -= 1;
	return true;
}

void dht_budget_give_back(struct dht_budget *b, const struct ip *ip)
{
	uint32_t slot = slot_of(b, ip);

	atomic_fetch_sub(&b->all.due[slot], (uint32_t)b->all.each_ms);
	if (b->slow.each_ms)
		atomic_fetch_sub(&b->slow.due[slot], (uint32_t)b->slow.each_ms);
	b->tokens += 1;
}
