/* The tables of the monitor. See the header for the words. Memory is touched in blocks with prefetching, because with a
 * million remembered addresses waiting for memory is most of the cost. It does not know who shows them. */
#include "peers/fold.h"

#include <stdlib.h>
#include <string.h>

#include "base/hll.h"
#include "base/map.h"
#include "base/xmalloc.h"

enum {
	BLOCK = 32,           /* sightings whose memory is asked for ahead */
	MAX_INTERVAL_MS = 600000, /* a longer silence is not integrated over: nobody knows what was sent */
	UNIQUE_BITS = 14,     /* 16 KiB, 0.8 % */
	COUNTRY_BITS = 10,    /* 1 KiB each, 3.3 % */
};

struct fold_private {
	struct fold_locator locator;
	uint32_t remember;
	struct map by_ip, by_hash;
	uint32_t address_cap, torrent_cap, client_cap;
	uint32_t *holes; /* positions of forgotten addresses */
	uint32_t hole_count, hole_cap;
	uint64_t *queue; /* unseen addresses, poll << 32 | position, longest unseen first */
	size_t queue_count, queue_next;
	uint32_t let_go; /* earliest poll of those that were let go since the queue was made, and are not in it */
	struct hll unique, countries[COUNTRY_MAX];
};

struct fold *fold_new(uint32_t remember, struct fold_locator locator)
{
	struct fold *f = xcalloc(1, sizeof(*f));
	struct fold_private *p = xcalloc(1, sizeof(*p));

	f->p = p;
	p->locator = locator;
	p->remember = remember;
	map_init(&p->by_ip, sizeof(struct address), offsetof(struct address, ip), sizeof(struct ip));
	map_init(&p->by_hash, sizeof(struct fold_torrent), offsetof(struct fold_torrent, hash), INFO_HASH_LEN);
	for (unsigned i = 0; i < FOLD_SOURCES; i++)
		f->sources[i].last_mono_ms = -1;
	p->torrent_cap = 16;
	f->torrents = xcalloc(p->torrent_cap, sizeof(*f->torrents));
	f->torrents[f->torrent_count++].name = xstrdup("(other torrents)");
	return f;
}

void fold_free(struct fold *f)
{
	struct fold_private *p;

	if (!f)
		return;
	p = f->p;
	for (uint32_t i = 0; i < f->torrent_count; i++)
		free(f->torrents[i].name);
	for (unsigned i = 0; i < FOLD_SOURCES; i++)
		free(f->sources[i].connections);
	for (unsigned i = 0; i < COUNTRY_MAX; i++)
		hll_done(&p->countries[i]);
	hll_done(&p->unique);
	map_done(&p->by_ip);
	map_done(&p->by_hash);
	free(p->holes);
	free(p->queue);
	free(p);
	free(f->addresses);
	free(f->torrents);
	free(f->clients);
	free(f);
}

/* ---- unique ---- */

/* Only once addresses have been forgotten: before that the count is exact. */
static void estimate_add(struct fold *f, const struct address *a)
{
	struct fold_private *p = f->p;
	uint64_t hash = siphash13(p->by_ip.seed, &a->ip, sizeof(a->ip));

	if (!p->countries[a->country].registers)
		hll_init(&p->countries[a->country], COUNTRY_BITS);
	hll_add(&p->unique, hash);
	hll_add(&p->countries[a->country], hash);
}

/* The first address is about to be forgotten: all that were ever seen are still here. */
static void estimate_start(struct fold *f)
{
	f->forgot = true;
	hll_init(&f->p->unique, UNIQUE_BITS);
	for (uint32_t i = 0; i < f->address_top; i++)
		if (f->addresses[i].first_seen)
			estimate_add(f, &f->addresses[i]);
}

static uint32_t at_least(uint32_t known, double estimate)
{
	return estimate > known ? (uint32_t)(estimate + 0.5) : known;
}

uint32_t fold_unique(const struct fold *f, country_t country)
{
	const struct hll *h = &f->p->countries[country];
	uint32_t known = f->countries[country].unique;

	return f->forgot && h->registers ? at_least(known, hll_estimate(h)) : known;
}

/* ---- addresses ---- */

static uint32_t address_slot(struct fold *f)
{
	struct fold_private *p = f->p;

	if (p->hole_count)
		return p->holes[--p->hole_count];
	if (f->address_top == p->address_cap) {
		p->address_cap = p->address_cap ? p->address_cap + p->address_cap / 2 : 64;
		f->addresses = xreallocarray(f->addresses, p->address_cap, sizeof(*f->addresses));
	}
	return f->address_top++;
}

static uint32_t address_add(struct fold *f, const struct ip *ip, uint32_t hash, uint32_t seen)
{
	struct fold_private *p = f->p;
	uint32_t at = address_slot(f);
	struct located where = p->locator.find(p->locator.context, ip);
	struct address *a = &f->addresses[at];

	*a = (struct address){
		.ip = *ip,
		.first_seen = seen,
		.place = where.place,
		.network = where.network,
		.country = where.country,
	};
	map_add(&p->by_ip, hash, at);
	f->address_count++;
	if (f->forgot) {
		estimate_add(f, a);
	} else {
		f->unique++;
		f->countries[a->country].unique++;
	}
	return at;
}

static void address_forget(struct fold *f, uint32_t at)
{
	struct fold_private *p = f->p;
	struct address *a = &f->addresses[at];

	map_del(&p->by_ip, map_hash(&p->by_ip, &a->ip), at);
	a->first_seen = 0;
	a->stamp = 0;
	f->address_count--;
	if (p->hole_count == p->hole_cap) {
		p->hole_cap = p->hole_cap ? p->hole_cap * 2 : 64;
		p->holes = xreallocarray(p->holes, p->hole_cap, sizeof(*p->holes));
	}
	p->holes[p->hole_count++] = at;
}

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* All that may be forgotten, longest unseen first. Of these a good part is taken before the next sorting. */
static void queue_fill(struct fold *f)
{
	struct fold_private *p = f->p;

	p->queue = xreallocarray(p->queue, f->address_count, sizeof(*p->queue));
	p->queue_count = p->queue_next = 0;
	p->let_go = UINT32_MAX;
	for (uint32_t i = 0; i < f->address_top; i++)
		if (f->addresses[i].first_seen && !f->addresses[i].refs)
			p->queue[p->queue_count++] = (uint64_t)f->addresses[i].poll << 32 | i;
	qsort(p->queue, p->queue_count, sizeof(*p->queue), by_number);
}

/* The longest unseen address, or FOLD_NONE if all are connected. */
static uint32_t longest_unseen(struct fold *f)
{
	struct fold_private *p = f->p;

	for (int fills = 0; fills < 2; fills++) {
		while (p->queue_next < p->queue_count) {
			uint64_t entry = p->queue[p->queue_next++];
			const struct address *a = &f->addresses[(uint32_t)entry];

			if ((uint32_t)(entry >> 32) > p->let_go)
				break;
			if (a->first_seen && !a->refs && a->poll == (uint32_t)(entry >> 32))
				return (uint32_t)entry;
		}
		if (fills == 0)
			queue_fill(f);
	}
	return FOLD_NONE;
}

static void forget_surplus(struct fold *f)
{
	uint32_t at;

	while (f->address_count > f->p->remember && (at = longest_unseen(f)) != FOLD_NONE) {
		if (!f->forgot)
			estimate_start(f);
		address_forget(f, at);
	}
}

/* ---- an answer ---- */

static uint32_t torrent_add(struct fold *f, const struct answer_torrent *from, uint32_t hash, uint32_t seen)
{
	struct fold_private *p = f->p;
	struct fold_torrent *t;

	if (f->torrent_count == FOLD_TORRENTS)
		return 0;
	if (f->torrent_count == p->torrent_cap) {
		p->torrent_cap *= 2;
		f->torrents = xreallocarray(f->torrents, p->torrent_cap, sizeof(*f->torrents));
	}
	t = &f->torrents[f->torrent_count];
	*t = (struct fold_torrent){.name = xstrdup(from->name), .first_seen = seen};
	memcpy(t->hash, from->hash, INFO_HASH_LEN);
	map_add(&p->by_hash, hash, f->torrent_count);
	return f->torrent_count++;
}

static uint32_t torrent_find(struct fold *f, const struct answer_torrent *from, uint32_t seen)
{
	struct fold_private *p = f->p;
	uint32_t hash = map_hash(&p->by_hash, from->hash);
	uint32_t at = map_find(&p->by_hash, f->torrents, from->hash, hash);

	if (at == MAP_NONE)
		at = torrent_add(f, from, hash, seen);
	if (at && strcmp(f->torrents[at].name, from->name) != 0) {
		free(f->torrents[at].name);
		f->torrents[at].name = xstrdup(from->name);
	}
	f->torrents[at].last_seen = seen;
	return at;
}

static void clients_grow(struct fold *f, uint32_t number)
{
	struct fold_private *p = f->p;

	if (number < f->client_count)
		return;
	if (number >= p->client_cap) {
		p->client_cap = number + number / 2 + 16;
		f->clients = xreallocarray(f->clients, p->client_cap, sizeof(*f->clients));
	}
	memset(f->clients + f->client_count, 0, (number + 1 - f->client_count) * sizeof(*f->clients));
	f->client_count = number + 1;
}

/* What a fold of one answer carries about. */
struct folding {
	struct fold *f;
	struct fold_source *source;
	uint32_t *torrents; /* position in fold.torrents by number in the answer */
	uint32_t seen;      /* seconds since 1970, never 0 */
	int64_t interval_ms; /* that the rates are taken to have lasted */
	int hour;
};

/* Positions of the addresses of a block, made if they are new. */
static void find_block(const struct folding *g, const struct sighting *s, size_t n, uint32_t at[BLOCK])
{
	struct fold *f = g->f;
	uint32_t hash[BLOCK];

	for (size_t i = 0; i < n; i++) {
		hash[i] = map_hash(&f->p->by_ip, &s[i].ip);
		map_prefetch(&f->p->by_ip, hash[i]);
	}
	for (size_t i = 0; i < n; i++) {
		uint32_t guess = map_guess(&f->p->by_ip, hash[i]);

		if (guess != MAP_NONE)
			__builtin_prefetch(&f->addresses[guess], 1);
	}
	for (size_t i = 0; i < n; i++) {
		at[i] = map_find(&f->p->by_ip, f->addresses, &s[i].ip, hash[i]);
		if (at[i] == MAP_NONE)
			at[i] = address_add(f, &s[i].ip, hash[i], g->seen);
	}
}

static void fold_sighting(const struct folding *g, const struct sighting *s, uint32_t at, struct connection *c)
{
	struct fold *f = g->f;
	struct address *a = &f->addresses[at];
	struct fold_country *country = &f->countries[a->country];

	*c = (struct connection){
		.address = at,
		.torrent = g->torrents[s->torrent],
		.client = s->client,
		.rate_up = s->rate_up,
		.rate_down = s->rate_down,
		.flags = s->flags,
		.progress = s->progress,
	};
	a->refs++;
	a->sightings += a->sightings != UINT32_MAX;
	a->last_seen = g->seen;
	a->poll = f->answers;
	a->bytes_up += (uint64_t)((int64_t)s->rate_up * g->interval_ms / 1000);
	a->bytes_down += (uint64_t)((int64_t)s->rate_down * g->interval_ms / 1000);
	country->sightings++;
	country->hours[g->hour]++;
	f->torrents[c->torrent].sightings++;
	clients_grow(f, s->client);
	f->clients[s->client].sightings++;
}

static void release_connections(struct fold *f, struct fold_source *source)
{
	for (size_t i = 0; i < source->count; i++) {
		struct address *a;

		if (i + BLOCK < source->count)
			__builtin_prefetch(&f->addresses[source->connections[i + BLOCK].address], 1);
		a = &f->addresses[source->connections[i].address];
		if (--a->refs == 0 && a->poll < f->p->let_go)
			f->p->let_go = a->poll;
	}
	source->count = 0;
}

static int64_t interval_since(const struct fold_source *source, int64_t mono_ms)
{
	int64_t interval = mono_ms - source->last_mono_ms;

	return source->last_mono_ms < 0 || interval < 0 || interval > MAX_INTERVAL_MS ? 0 : interval;
}

static void take_torrents(struct folding *g, const struct answer *answer)
{
	memset(g->source->from, 0, sizeof(g->source->from));
	g->torrents = xreallocarray(NULL, answer->torrent_count + 1, sizeof(*g->torrents));
	for (size_t i = 0; i < answer->torrent_count; i++) {
		g->torrents[i] = torrent_find(g->f, &answer->torrents[i], g->seen);
		for (int o = 0; o < ORIGIN_COUNT; o++)
			g->source->from[o] += answer->torrents[i].from[o];
	}
}

void fold_answer(struct fold *f, unsigned source, const struct answer *answer, struct fold_time when)
{
	struct fold_source *src = &f->sources[source];
	struct folding g = {
		.f = f,
		.source = src,
		.seen = when.wall > 0 ? (uint32_t)when.wall : 1,
		.interval_ms = interval_since(src, when.mono_ms),
		.hour = when.hour,
	};
	size_t total = answer->sighting_count;

	f->answers++;
	release_connections(f, src);
	take_torrents(&g, answer);
	src->connections = xreallocarray(src->connections, total + 1, sizeof(*src->connections));
	for (size_t i = 0; i < total; i += BLOCK) {
		size_t n = total - i < BLOCK ? total - i : BLOCK;
		uint32_t at[BLOCK];

		find_block(&g, answer->sightings + i, n, at);
		for (size_t j = 0; j < n; j++)
			fold_sighting(&g, &answer->sightings[i + j], at[j], &src->connections[i + j]);
	}
	src->count = total;
	src->live = true;
	src->last_mono_ms = when.mono_ms;
	f->sightings += total;
	f->hours[when.hour] += total;
	free(g.torrents);
	forget_surplus(f);
	if (f->forgot)
		f->unique = at_least(f->unique, hll_estimate(&f->p->unique));
}

void fold_late(struct fold *f, unsigned source)
{
	f->sources[source].live = false;
}

void fold_lost(struct fold *f, unsigned source)
{
	f->sources[source].live = false;
	/* Nobody knows what was sent meanwhile. */
	f->sources[source].last_mono_ms = -1;
}

void fold_drop(struct fold *f, unsigned source)
{
	release_connections(f, &f->sources[source]);
	f->sources[source].live = false;
	f->sources[source].last_mono_ms = -1;
}

void fold_remember(struct fold *f, uint32_t remember)
{
	f->p->remember = remember;
}

/* ---- what is true now ---- */

static void now_add(struct fold_now *now, const struct connection *c)
{
	now->connections++;
	now->rate_up += c->rate_up;
	now->rate_down += c->rate_down;
}

static void mix_add(struct fold_mix *mix, const struct connection *c, const struct address *a)
{
	mix->encrypted += (c->flags & PEER_ENCRYPTED) != 0;
	mix->incoming += (c->flags & PEER_INCOMING) != 0;
	mix->seeds += (c->flags & PEER_SEED) != 0;
	mix->utp += (c->flags & PEER_UTP) != 0;
	mix->utp_known += (c->flags & PEER_UTP_KNOWN) != 0;
	mix->uploading += (c->flags & PEER_UPLOADING) != 0;
	mix->downloading += (c->flags & PEER_DOWNLOADING) != 0;
	mix->ipv6 += !ip_is4(&a->ip);
}

/* The first of its connections in this counting: what is known of the address starts anew. */
static void address_now(struct fold *f, struct address *a, const struct connection *c)
{
	a->stamp = f->stamp;
	a->rate_up = a->rate_down = 0;
	a->torrents = 0;
	a->progress = 0;
	f->now.addresses++;
	f->countries[a->country].now.addresses++;
	f->clients[c->client].now.addresses++;
}

static uint32_t add_saturating(uint32_t a, uint32_t b)
{
	return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

static void connection_now(struct fold *f, uint32_t source, const struct connection *c)
{
	uint32_t torrent = source * FOLD_TORRENTS + c->torrent;
	struct address *a = &f->addresses[c->address];
	struct fold_torrent *t = &f->torrents[c->torrent];

	if (a->stamp != f->stamp) {
		address_now(f, a, c);
	} else if (a->client != c->client) {
		f->clients[a->client].now.addresses--;
		f->clients[c->client].now.addresses++;
	}
	a->rate_up = add_saturating(a->rate_up, c->rate_up);
	a->rate_down = add_saturating(a->rate_down, c->rate_down);
	a->client = c->client;
	a->flags = c->flags;
	a->progress = c->progress > a->progress ? c->progress : a->progress;
	/* Answers are grouped by torrent: two peers behind one address in one torrent follow each other. */
	if (!a->torrents || a->torrent != torrent)
		a->torrents += a->torrents != UINT16_MAX;
	a->torrent = torrent;
	now_add(&f->now, c);
	now_add(&f->countries[a->country].now, c);
	now_add(&f->clients[c->client].now, c);
	now_add(&t->now, c);
	t->now.addresses++;
	t->countries[a->country / 64] |= (uint64_t)1 << a->country % 64;
	mix_add(&f->mix, c, a);
}

static void now_clear(struct fold *f)
{
	f->now = (struct fold_now){0};
	f->mix = (struct fold_mix){0};
	for (unsigned i = 0; i < COUNTRY_MAX; i++)
		f->countries[i].now = (struct fold_now){0};
	for (uint32_t i = 0; i < f->client_count; i++)
		f->clients[i].now = (struct fold_now){0};
	for (uint32_t i = 0; i < f->torrent_count; i++) {
		f->torrents[i].now = (struct fold_now){0};
		memset(f->torrents[i].countries, 0, sizeof(f->torrents[i].countries));
	}
}

static void source_now(struct fold *f, uint32_t number)
{
	struct fold_source *source = &f->sources[number];
	uint32_t before = f->now.addresses;

	source->now = (struct fold_now){0};
	if (!source->live)
		return;
	for (size_t i = 0; i < source->count; i++) {
		if (i + BLOCK < source->count)
			__builtin_prefetch(&f->addresses[source->connections[i + BLOCK].address], 1);
		now_add(&source->now, &source->connections[i]);
		connection_now(f, number, &source->connections[i]);
	}
	source->now.addresses = f->now.addresses - before;
	for (int o = 0; o < ORIGIN_COUNT; o++)
		f->mix.from[o] += source->from[o];
}

static void count_countries(struct fold *f)
{
	for (uint32_t i = 0; i < f->torrent_count; i++) {
		struct fold_torrent *t = &f->torrents[i];

		t->now_countries = 0;
		for (size_t w = 0; w < sizeof(t->countries) / sizeof(t->countries[0]); w++)
			t->now_countries += (uint32_t)__builtin_popcountll(t->countries[w]);
	}
}

void fold_recount(struct fold *f, int64_t wall)
{
	int64_t step = wall > 0 ? wall / FOLD_TREND_STEP : 0;

	f->stamp++;
	now_clear(f);
	for (unsigned i = 0; i < FOLD_SOURCES; i++)
		source_now(f, i);
	count_countries(f);
	f->trend[step % FOLD_TREND] = (struct fold_sample){
		.step = step,
		.connections = f->now.connections,
		.rate_up = f->now.rate_up,
		.rate_down = f->now.rate_down,
	};
}

void fold_relocate(struct fold *f)
{
	for (uint32_t i = 0; i < f->address_top; i++) {
		struct address *a = &f->addresses[i];
		struct located where;

		if (!a->first_seen)
			continue;
		where = f->p->locator.find(f->p->locator.context, &a->ip);
		a->place = where.place;
		a->network = where.network;
		if (where.country == a->country)
			continue;
		f->countries[a->country].sightings -= a->sightings;
		f->countries[a->country].unique -= f->countries[a->country].unique > 0;
		a->country = where.country;
		f->countries[a->country].sightings += a->sightings;
		f->countries[a->country].unique++;
		if (f->forgot)
			estimate_add(f, a);
	}
}
