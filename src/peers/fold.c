/* The tables of the monitor take an answer in. See the header for the words. Memory is touched in blocks with
 * prefetching, because with a million remembered addresses waiting for memory is most of the cost. It does not know who
 * shows them, nor which addresses are forgotten. */
#include "peers/fold.h"

#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"
#include "peers/fold_private.h"

enum { MAX_INTERVAL_MS = 600000 }; /* a longer silence is not integrated over: nobody knows what was sent */

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
static void find_block(const struct folding *g, const struct sighting *s, size_t n, uint32_t at[FOLD_BLOCK])
{
	struct fold *f = g->f;
	uint32_t hash[FOLD_BLOCK];

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
			at[i] = fold_address_add(f, &s[i].ip, hash[i], g->seen);
	}
}

static void fold_sighting(const struct folding *g, const struct sighting *s, uint32_t at, struct connection *c)
{
	struct fold *f = g->f;
	struct address *a = &f->addresses[at];
	struct fold_country *country = &f->countries[a->country];
	uint64_t tags = a->tags;

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
	while (tags)
		f->tags[fold_next_tag(&tags)].sightings++;
	f->torrents[c->torrent].sightings++;
	clients_grow(f, s->client);
	f->clients[s->client].sightings++;
}

static void release_connections(struct fold *f, struct fold_source *source)
{
	for (size_t i = 0; i < source->count; i++) {
		struct address *a;

		if (i + FOLD_BLOCK < source->count)
			__builtin_prefetch(&f->addresses[source->connections[i + FOLD_BLOCK].address], 1);
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
	for (size_t i = 0; i < total; i += FOLD_BLOCK) {
		size_t n = total - i < FOLD_BLOCK ? total - i : FOLD_BLOCK;
		uint32_t at[FOLD_BLOCK];

		find_block(&g, answer->sightings + i, n, at);
		for (size_t j = 0; j < n; j++)
			fold_sighting(&g, &answer->sightings[i + j], at[j], &src->connections[i + j]);
	}
	src->count = total;
	src->live = true;
	src->last_mono_ms = when.mono_ms;
	src->interval_ms = g.interval_ms;
	f->sightings += total;
	f->hours[when.hour] += total;
	free(g.torrents);
	fold_address_forget(f);
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
