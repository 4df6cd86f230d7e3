/* A small world and what a drawer writes of it: two polls of a daemon, with peers in Germany, in Italy, at home, and
 * where nobody knows; and two daemons in trouble. */
#ifndef DRAWN_H
#define DRAWN_H

#include "peers/draw.h"
#include "unit/peers/folded.h"

enum { DRAWN_WALL = 1795246200, DRAWN_MAX = 1 << 20 }; /* 2026-11-21T07:30:00Z */

enum {
	DRAWN_GERMAN = IP4(5, 9, 1, 1),
	DRAWN_ITALIAN = IP4(93, 40, 0, 7), /* left after the first poll */
	DRAWN_HOME = IP4(10, 0, 0, 9),
	DRAWN_NOWHERE = IP4(200, 1, 2, 3),
};

struct drawn {
	struct fold *fold;
	struct clients *clients;
	struct netlists *tags; /* of the addresses; NULL = they have none */
	const char *germans;   /* the country of 5.*; NULL = DE */
	struct source_status sources[3];
	struct scene scene;
};

static inline struct located drawn_find(void *context, const struct ip *ip)
{
	struct located where = {.country = COUNTRY_UNKNOWN};
	const struct drawn *d = context;

	if (ip->b[12] == 10)
		where.country = COUNTRY_LOCAL;
	else if (ip->b[12] == 5)
		where.country = country_by_code(d->germans ? d->germans : "DE", 2);
	else if (ip->b[12] == 93)
		where.country = country_by_code("IT", 2);
	return where;
}

static inline uint64_t drawn_tags(void *context, const struct ip *ip, uint32_t network)
{
	const struct drawn *d = context;

	(void)network;
	return d->tags ? netlists_tags(d->tags, ip, 0) : 0;
}

static inline uint32_t drawn_client(struct drawn *d, const char *name)
{
	return clients_number(d->clients, (struct rpcslice){name, strlen(name)});
}

static inline void drawn_poll(struct drawn *d, const struct answer *a, int seconds)
{
	struct fold_time when = {.mono_ms = (seconds + 60) * 1000, .wall = DRAWN_WALL + seconds, .hour = 7};

	fold_answer(d->fold, 0, a, when);
	fold_recount(d->fold, when.wall);
}

static inline void drawn_polls(struct drawn *d)
{
	struct answer a;
	struct sighting *s;

	answer_init(&a);
	add_torrent(&a, 1, "one");
	add_peer(&a, DRAWN_GERMAN, drawn_client(d, "qBittorrent 4.5.2"))->rate_up = 600;
	add_peer(&a, DRAWN_ITALIAN, drawn_client(d, "=1+1, \\\"so\\\""))->rate_down = 4000;
	drawn_poll(d, &a, -30);
	answer_reset(&a);
	add_torrent(&a, 1, "one");
	add_peer(&a, DRAWN_GERMAN, drawn_client(d, "qBittorrent 4.5.2"))->rate_up = 1600;
	add_torrent(&a, 2, "two");
	s = add_peer(&a, DRAWN_GERMAN, drawn_client(d, "qBittorrent 4.5.2"));
	s->progress = 250;
	s->flags = PEER_ENCRYPTED | PEER_INCOMING | PEER_CHOKES_US | PEER_CHOKED;
	add_peer(&a, DRAWN_HOME, CLIENT_NONE);
	add_peer(&a, DRAWN_NOWHERE, drawn_client(d, "\\u00b5Torrent 3.5"))->progress = 1000;
	drawn_poll(d, &a, 0);
	answer_done(&a);
}

/* The daemons, and tables without an answer yet. */
static inline void drawn_empty(struct drawn *d)
{
	*d = (struct drawn){
		.fold = fold_new(1000, (struct fold_locator){drawn_find, d, drawn_tags}),
		.clients = clients_new(),
	};
	d->sources[0] = (struct source_status){.name = "home",
					       .url = "http://127.0.0.1:9091/transmission/rpc",
					       .good_wall = DRAWN_WALL,
					       .state = SOURCE_OK,
					       .version = "3.00 (bb6b5a062e)",
					       .torrents = 2,
					       .peers = 4,
					       .poll_ms = 3.14};
	d->sources[1] = (struct source_status){.name = "nas",
					       .url = "http://nas:9091/",
					       .good_wall = DRAWN_WALL - 600,
					       .good_mono_ms = -600 * 1000,
					       .state = SOURCE_REFUSED,
					       .error = "login \"refused\", \\o/",
					       .torrents = 9,
					       .peers = 7,
					       .poll_ms = 12};
	d->sources[2] = (struct source_status){
		.name = "attic", .url = "unix:/run/t", .began_mono_ms = -3600 * 1000, .torrents = 9, .peers = 7};
	d->scene = (struct scene){.fold = d->fold,
				  .clients = d->clients,
				  .sources = d->sources,
				  .source_count = 3,
				  .now = {.wall = DRAWN_WALL},
				  .wall = DRAWN_WALL,
				  .poll = 2,
				  .credit = ""};
}

static inline void drawn_begin(struct drawn *d)
{
	drawn_empty(d);
	drawn_polls(d);
}

static inline void drawn_end(struct drawn *d)
{
	fold_free(d->fold);
	clients_free(d->clients);
}

/* A record with its head; the caller ends it with buf_done(). */
static inline struct buf drawn_record(const struct drawn *d, const struct draw_ops *ops, bool peers, bool color)
{
	struct draw_style style = {.peers = peers, .color = color};
	struct buf out;

	buf_init(&out, DRAWN_MAX);
	if (ops->head)
		ops->head(&style, &out);
	ops->record(&style, &d->scene, &out);
	return out;
}

#endif
