/* Answers made by hand for the tests of the tables and of what is drawn of them. */
#ifndef FOLDED_H
#define FOLDED_H

#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"
#include "peers/fold.h"

/* The country of an address here: 10.* is Local, 200.* Unknown, else one of 40 by the second byte, plus `turn`. */
static inline struct located folded_find(void *context, const struct ip *ip)
{
	const unsigned *turn = context;
	struct located where = {.place = ip->b[13], .network = 0};

	if (ip->b[12] == 10)
		where.country = COUNTRY_LOCAL;
	else if (ip->b[12] == 200)
		where.country = COUNTRY_UNKNOWN;
	else
		where.country = (country_t)(COUNTRY_FIRST + (ip->b[13] + *turn) % 40);
	return where;
}

/* The bits of its third byte, shifted by `turn`. */
static inline uint64_t folded_tags(void *context, const struct ip *ip, uint32_t network)
{
	const unsigned *turn = context;

	(void)network;
	return (uint64_t)ip->b[14] << *turn % 32;
}

static inline struct fold *folded_new(uint32_t remember, unsigned *turn)
{
	return fold_new(remember, (struct fold_locator){folded_find, turn, folded_tags});
}

/* A torrent whose hash is made of a number. */
static inline struct answer_torrent *add_torrent(struct answer *a, uint32_t number, const char *name)
{
	struct answer_torrent *t = answer_torrent(a);

	memcpy(t->hash, &number, sizeof(number));
	t->name = xstrdup(name);
	a->all_torrents++;
	return t;
}

/* A peer of the torrent added last. */
static inline struct sighting *add_peer(struct answer *a, uint32_t v4, uint32_t client)
{
	struct sighting *s = answer_sighting(a);

	s->ip = ip_from_v4(v4);
	s->torrent = (uint32_t)a->torrent_count - 1;
	s->client = client;
	return s;
}

/* The remembered address, NULL if there is none. */
static inline const struct address *address_of(const struct fold *f, uint32_t v4)
{
	struct ip ip = ip_from_v4(v4);

	for (uint32_t i = 0; i < f->address_top; i++)
		if (f->addresses[i].first_seen && ip_equal(&f->addresses[i].ip, &ip))
			return &f->addresses[i];
	return NULL;
}

#define IP4(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

#endif
