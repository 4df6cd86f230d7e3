/* What is true now, counted anew from the latest answers of the daemons that are up. It does not know how answers came
 * into the tables. */
#include "peers/fold_private.h"

#include <string.h>

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
	for (uint64_t tags = a->tags; tags;)
		f->tags[fold_next_tag(&tags)].now.addresses++;
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
	for (uint64_t tags = a->tags; tags;)
		now_add(&f->tags[fold_next_tag(&tags)].now, c);
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
	for (unsigned i = 0; i < FOLD_TAGS; i++)
		f->tags[i].now = (struct fold_now){0};
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
		if (i + FOLD_BLOCK < source->count)
			__builtin_prefetch(&f->addresses[source->connections[i + FOLD_BLOCK].address], 1);
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

bool fold_is_known(const struct fold *f)
{
	unsigned i = 0;

	while (i < FOLD_SOURCES && !f->sources[i].live)
		i++;
	return i < FOLD_SOURCES;
}

void fold_recount(struct fold *f, int64_t wall)
{
	int64_t step = wall > 0 ? wall / FOLD_TREND_STEP : 0;

	f->stamp++;
	now_clear(f);
	for (unsigned i = 0; i < FOLD_SOURCES; i++)
		source_now(f, i);
	count_countries(f);
	if (!fold_is_known(f)) /* what nobody tells is a gap in charts, not a zero */
		return;
	f->trend[step % FOLD_TREND] = (struct fold_sample){
		.step = step,
		.connections = f->now.connections,
		.rate_up = f->now.rate_up,
		.rate_down = f->now.rate_down,
	};
}
