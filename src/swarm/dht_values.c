/* Who is there, as nodes say: peers, each address once, and filters that are OR-ed (BEP 33). One node alone does not
 * make a swarm large: what it says is measured by what the others say. It does not know which nodes were asked. */
#include "swarm/dht_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"
#include "core/hash.h"

enum {
	REPLY_VALUES = 100, /* of one reply that are taken: as many as libtorrent tells */
	TELLERS = 200,      /* more than are asked */
	FEW = 20,           /* peers that one node alone may tell: announces do get lost */
	FEW_TIMES = 3,      /* or so many times what any other tells */
	MANY = 100,         /* the same of filters */
	MANY_TIMES = 10,
};

/* ---- the nodes that tell ---- */

static uint32_t teller_of(struct dht_lookup *l, const struct dht_at *at)
{
	uint32_t i = 0;

	while (i < l->teller_count && !dht_same_at(&l->tellers[i].at, at))
		i++;
	if (i < l->teller_count || i == TELLERS)
		return i;
	if (i == l->teller_cap) {
		l->teller_cap = i ? i * 2 : DHT_CLOSEST;
		l->tellers = xreallocarray(l->tellers, l->teller_cap, sizeof(*l->tellers));
	}
	l->tellers[l->teller_count++] = (struct dht_teller){.at = *at};
	return i;
}

/* The most that a node may say, next to what the others say; UINT32_MAX = anything. */
static uint32_t bearable(const struct dht_lookup *l, uint32_t teller, uint32_t least, uint32_t times)
{
	uint32_t second = 0;

	for (uint32_t i = 0; i < l->teller_count; i++) {
		const struct dht_teller *t = &l->tellers[i];
		uint32_t said = t->values > t->filled ? t->values : t->filled;

		if (i == teller)
			continue;
		if (t->values >= DHT_SAMPLED)
			return UINT32_MAX;
		if (said > second)
			second = said;
	}
	return second * times > least ? second * times : least;
}

/* ---- addresses ---- */

static inline bool is_same(const struct ip *a, const struct ip *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

/* As memcmp(); the second half differs most. */
static inline int compare(const struct ip *a, const struct ip *b)
{
	uint64_t x[2], y[2];

	memcpy(x, a->b, sizeof(x));
	memcpy(y, b->b, sizeof(y));
	if (x[0] != y[0])
		return be64toh(x[0]) < be64toh(y[0]) ? -1 : 1;
	return be64toh(x[1]) < be64toh(y[1]) ? -1 : be64toh(x[1]) > be64toh(y[1]);
}

/* Where it is in the sorted list, or where it would be. */
static uint32_t search(const struct dht_lookup *l, const struct ip *ip, bool *known)
{
	uint32_t low = 0, high = l->people_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = compare(&l->people[middle].ip, ip);

		*known = order == 0;
		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*known = false;
	return low;
}

/* The same. Nodes tell of the same people: where one was found lately is looked at first. */
static uint32_t place_of(struct dht_lookup *l, const struct ip *ip, bool *known)
{
	uint16_t *lately = &l->lately[(ip->b[15] ^ ip->b[14]) % DHT_PEOPLE_LATELY];

	*known = *lately < l->people_count && is_same(&l->people[*lately].ip, ip);
	if (!*known)
		*lately = (uint16_t)search(l, ip, known);
	return *lately;
}

/* A new one; false if there is no room. */
static bool add(struct dht_lookup *l, uint32_t at, const struct ip *ip, uint32_t teller, bool port)
{
	if (l->people_count == DHT_ADDRESSES)
		return false;
	if (l->people_count == l->people_cap) {
		l->people_cap = l->people_cap ? l->people_cap * 2 : 16;
		l->people = xreallocarray(l->people, l->people_cap, sizeof(*l->people));
	}
	memmove(&l->people[at + 1], &l->people[at], (l->people_count - at) * sizeof(*l->people));
	l->people[at] = (struct dht_peer){.ip = *ip, .teller = (uint8_t)teller, .port = port};
	l->people_count++;
	return true;
}

/* Port 1 is what old nodes write for one that they do not know: somebody else may. */
static void take_values(struct dht *d, struct dht_lookup *l, uint32_t teller, const struct krpc_message *m,
			struct dht_told *told)
{
	struct compact_peer peers[REPLY_VALUES];
	size_t count = krpc_values(m, peers, REPLY_VALUES);

	for (size_t i = 0; i < count; i++) {
		bool known, port = peers[i].port != 1;
		uint32_t at = place_of(l, &peers[i].ip, &known);

		d->counters.port_one += !port;
		if (!known && !dht_plausible(d, &peers[i].ip))
			continue;
		told->values++;
		if (known) {
			l->people[at].others |= l->people[at].teller != teller;
			l->people[at].port |= port;
		} else {
			told->added += add(l, at, &peers[i].ip, teller, port);
		}
	}
	if (told->values > l->tellers[teller].values)
		l->tellers[teller].values = told->values;
}

/* ---- filters ---- */

static double count_in(struct dht *d, const uint8_t *bits)
{
	double count = 0;

	if (bits && bloom_estimate(bits, &count)) {
		d->counters.poisoned++;
		return -1;
	}
	return count;
}

static void join(struct dht_filters *f, const struct bloom *seeds, const struct bloom *peers)
{
	bloom_or(&f->seeds, seeds->bits);
	bloom_or(&f->peers, peers->bits);
}

/* Keeps the fullest apart. */
static void sort_in(struct dht_lookup *l, uint32_t teller, const struct bloom *seeds, const struct bloom *peers)
{
	struct dht_filters *f = l->filters;

	if (!f) {
		f = l->filters = xcalloc(1, sizeof(*f));
		f->top = DHT_NOBODY;
	}
	if (f->top == teller) {
		bloom_or(&f->top_seeds, seeds->bits);
		bloom_or(&f->top_peers, peers->bits);
		return;
	}
	if (f->top != DHT_NOBODY && l->tellers[teller].filled <= l->tellers[f->top].filled) {
		join(f, seeds, peers);
		return;
	}
	if (f->top != DHT_NOBODY)
		join(f, &f->top_seeds, &f->top_peers);
	f->top = teller;
	f->top_seeds = *seeds;
	f->top_peers = *peers;
}

static void take_filters(struct dht *d, struct dht_lookup *l, uint32_t teller, const struct krpc_message *m,
			 struct dht_told *told)
{
	double seeds = count_in(d, m->seeds), peers = count_in(d, m->peers);
	struct bloom filters[2] = {0};

	if (seeds < 0 || peers < 0)
		return;
	if (m->seeds)
		memcpy(filters[0].bits, m->seeds, BLOOM_BYTES);
	if (m->peers)
		memcpy(filters[1].bits, m->peers, BLOOM_BYTES);
	told->filters = seeds + peers > 0;
	told->scraped = m->seeds && m->peers;
	if (seeds + peers > l->tellers[teller].filled)
		l->tellers[teller].filled = (uint32_t)(seeds + peers);
	sort_in(l, teller, &filters[0], &filters[1]);
}

/* Peers with port 0 are gone by now: they were no values. */
struct dht_told dht_values_take(struct dht *d, struct dht_lookup *l, const struct dht_at *at,
				const struct krpc_message *m)
{
	struct dht_told told = {0};
	uint32_t teller;

	if (!m->values.bytes && !m->seeds && !m->peers)
		return told;
	teller = teller_of(l, at);
	if (teller == TELLERS)
		return told;
	take_values(d, l, teller, m, &told);
	if (m->seeds || m->peers)
		take_filters(d, l, teller, m, &told);
	return told;
}

/* ---- the end ---- */

static bool is_alone(const struct dht_peer *p)
{
	return p->port && !p->others;
}

/* How many addresses of each node are taken that it alone knows. */
static void allow(struct dht *d, const struct dht_lookup *l, uint32_t left[TELLERS])
{
	uint32_t alone[TELLERS] = {0};

	for (uint32_t i = 0; i < l->people_count; i++)
		alone[l->people[i].teller] += is_alone(&l->people[i]);
	for (uint32_t i = 0; i < l->teller_count; i++) {
		left[i] = bearable(l, i, FEW, FEW_TIMES);
		d->counters.poisoned += alone[i] > left[i];
	}
}

static struct ip *believed(struct dht *d, struct dht_lookup *l, uint32_t *count)
{
	struct ip *addresses = l->people_count ? xreallocarray(NULL, l->people_count, sizeof(*addresses)) : NULL;
	uint32_t left[TELLERS];

	*count = 0;
	allow(d, l, left);
	for (uint32_t i = 0; i < l->people_count; i++) {
		const struct dht_peer *p = &l->people[i];

		if (!p->port || (is_alone(p) && !left[p->teller])) {
			l->doubtful = true;
			continue;
		}
		left[p->teller] -= is_alone(p);
		addresses[(*count)++] = p->ip;
	}
	return addresses;
}

/* The fullest filters too, unless they are far fuller than those of the next. */
static void believe_top(struct dht *d, struct dht_lookup *l)
{
	struct dht_filters *f = l->filters;

	if (!f)
		return;
	if (l->tellers[f->top].filled <= bearable(l, f->top, MANY, MANY_TIMES)) {
		join(f, &f->top_seeds, &f->top_peers);
		return;
	}
	d->counters.poisoned++;
	l->doubtful = true;
}

static int32_t rounded(const struct bloom *filter, bool zero)
{
	double count;

	if (bloom_estimate(filter->bits, &count))
		return -1;
	return count > 0 || zero ? (int32_t)(count + 0.5) : -1;
}

/* Is everybody who is believed to be there in some filter? */
static bool all_filtered(const struct dht_filters *f, const struct dht_result *r)
{
	for (uint32_t i = 0; i < r->address_count; i++)
		if (!bloom_has(&f->seeds, &r->addresses[i], hash_sha1) &&
		    !bloom_has(&f->peers, &r->addresses[i], hash_sha1))
			return false;
	return true;
}

/* Addresses of nodes without filters count as peers, unless some filter has them as seeds; but if nobody is in any
 * filter, they may be either, and there is no zero of seeds while anybody is in none. */
static void estimate(struct dht_lookup *l, bool zero, struct dht_result *r)
{
	struct dht_filters *f = l->filters;

	r->seeds = r->peers = -1;
	zero = zero && f && all_filtered(f, r);
	if (!f || (!zero && rounded(&f->seeds, false) < 0 && rounded(&f->peers, false) < 0))
		return;
	for (uint32_t i = 0; i < r->address_count; i++)
		if (!bloom_has(&f->seeds, &r->addresses[i], hash_sha1))
			bloom_insert(&f->peers, &r->addresses[i], hash_sha1);
	r->seeds = rounded(&f->seeds, zero);
	r->peers = rounded(&f->peers, zero);
}

struct ip *dht_values_believe(struct dht *d, struct dht_lookup *l, bool proven, struct dht_result *r)
{
	struct ip *addresses = believed(d, l, &r->address_count);

	r->addresses = addresses;
	believe_top(d, l);
	estimate(l, proven && !l->doubtful, r);
	return addresses;
}

void dht_values_done(struct dht_lookup *l)
{
	free(l->people);
	free(l->tellers);
	free(l->filters);
}
