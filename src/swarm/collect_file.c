/* Torrent files, magnet links and entries of lists as the catalog takes them. It fetches nothing. */
#include "swarm/collect.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "core/hash.h"
#include "wire/magnet.h"
#include "wire/metainfo.h"

enum { STEM = 256, NAME = 1024, NAME_COLS = TEXT_TORRENT_COLS, TYPE = 64 };
enum { ARENA_MAX = 192 << 20 }; /* one file of a torrent takes about 600 bytes */

_Static_assert((int)METAINFO_TRACKERS <= (int)CATALOG_TRACKERS, "room for all trackers");

/* ---- files ---- */

static void put_metainfo(struct collection *c, const struct metainfo *m, const char *link)
{
	struct catalog_tracker_url trackers[METAINFO_TRACKERS];
	const char *seeds[METAINFO_WEB_SEEDS + 1] = {NULL};
	char stem[STEM];
	struct catalog_torrent t = {
		.has_v1 = m->has_v1,
		.has_v2 = m->has_v2,
		.private = m->private,
		.name = m->name,
		.comment = m->comment,
		.created_by = m->created_by,
		.created = m->created,
		.size = m->size,
		.files = m->files,
		.trackers = trackers,
		.tracker_count = m->tracker_count,
		.web_seeds = seeds,
		.whole = true,
	};

	memcpy(t.hash, m->hash, sizeof(t.hash));
	memcpy(t.hash_v2, m->hash_v2, sizeof(t.hash_v2));
	for (size_t i = 0; i < m->tracker_count; i++)
		trackers[i] = (struct catalog_tracker_url){m->trackers[i].url, m->trackers[i].tier};
	for (size_t i = 0; i < m->web_seed_count; i++)
		seeds[i] = m->web_seeds[i];
	collect_stem(link, stem, sizeof(stem));
	catalog_put_torrent(
		c->world->catalog, &t,
		&(struct catalog_place){
			.collection = c->id, .link = link, .magnet = "", .file = stem, .type = "", .seen = c->stamp});
}

/* Counted as one that was there before. */
static void count_replaced(struct collection *c)
{
	c->counts.gone++;
	c->counts.fresh++;
	c->counts.same--;
}

int collection_put_file(struct collection *c, const void *bytes, size_t len, const char *link, bool before,
			struct err *err)
{
	static const struct metainfo_digests digests = {hash_sha1, hash_sha256};
	struct metainfo m;
	struct arena a;
	int rc;

	arena_init(&a, ARENA_MAX);
	rc = metainfo_read(bytes, len, &digests, &a, &m, err);
	if (rc == -ENOMEM)
		err_set(err, rc, "it would take more than 192 MiB of memory to read it");
	if (!rc && before && catalog_link_differs(c->world->catalog, c->id, link, m.hash))
		count_replaced(c);
	if (!rc)
		put_metainfo(c, &m, link);
	else if (before)
		catalog_seen(c->world->catalog, c->id, link, NULL, c->stamp);
	arena_done(&a);
	return rc;
}

void collection_bad_file(struct collection *c, const char *subject, bool kept, const char *why)
{
	c->counts.bad++;
	collection_complain(c, subject, kept ? "no good torrent, the one of before stays" : "no good torrent", why);
}

/* ---- entries ---- */

static uint64_t print_of(const struct collect_entry *e, const char *magnet)
{
	const char *const texts[] = {e->name, e->link, magnet, e->type};
	uint64_t seed[2] = {e->size, (uint64_t)e->created};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		seed[i % 2] = siphash13(seed, texts[i], strlen(texts[i]));
	if (e->has_v2)
		seed[0] = siphash13(seed, e->hash_v2, sizeof(e->hash_v2));
	seed[1] ^= e->private;
	return seed[0] ^ seed[1] ? seed[0] ^ seed[1] : 1;
}

/* What the catalog knows already is not told again, only that it is still there. */
static void put(struct collection *c, const struct catalog_torrent *t, const struct catalog_place *place,
		uint64_t print)
{
	char url[COLLECT_ENTRY_KEY];
	struct catalog_url known = {.fetched = c->stamp, .status = 200};
	struct collect_known *k;

	collection_entry_key(t->hash, url);
	snprintf(known.etag, sizeof(known.etag), "%016" PRIx64, print);
	k = collection_meet(c, url);
	if (!k)
		return;
	c->total++;
	c->handled++;
	if (k->fetched && k->print == print && k->status != COLLECT_GONE) {
		c->counts.same++;
		catalog_seen(c->world->catalog, c->id, place->link, t->hash, c->stamp);
		return;
	}
	if (k->fetched && k->status != COLLECT_GONE)
		c->counts.same++;
	else
		c->counts.fresh++;
	catalog_put_torrent(c->world->catalog, t, place);
	catalog_url_put(c->world->catalog, c->id, url, &known);
	k->fetched = c->stamp;
	k->print = print;
	k->status = 200;
}

static bool wanted(struct collection *c, const char *link, const char *magnet)
{
	const char *needle = c->conf->required_substring;
	bool is = collect_holds(link, needle) || collect_holds(magnet, needle);

	c->counts.left_out += !is;
	return is;
}

static void take_magnet(const struct magnet *m, struct catalog_torrent *t, struct catalog_tracker_url *trackers)
{
	/* An entry's own hash counts; of a link that speaks of another torrent nothing does. */
	if (memcmp(m->hash, t->hash, sizeof(t->hash)) != 0)
		return;
	t->has_v1 = m->has_v1;
	t->has_v2 = m->has_v2;
	memcpy(t->hash_v2, m->hash_v2, sizeof(t->hash_v2));
	if (!t->name || !*t->name)
		t->name = m->name;
	if (!t->size)
		t->size = m->size;
	for (size_t i = 0; i < m->tracker_count; i++)
		trackers[i] = (struct catalog_tracker_url){m->trackers[i], 0};
	t->trackers = trackers;
	t->tracker_count = m->tracker_count;
}

int collection_put_magnet(struct collection *c, const char *magnet, struct err *err)
{
	struct catalog_tracker_url trackers[MAGNET_TRACKERS];
	struct collect_entry none = {.name = "", .link = "", .type = ""};
	struct catalog_torrent t = {.has_v1 = true};
	struct catalog_place place = {
		.collection = c->id, .link = "", .magnet = magnet, .file = "", .type = "", .seen = c->stamp};
	struct magnet m;
	struct arena a;
	int rc;

	if (!wanted(c, "", magnet))
		return 0;
	arena_init(&a, ARENA_MAX);
	rc = magnet_read(magnet, strlen(magnet), &a, &m, err);
	if (!rc) {
		memcpy(t.hash, m.hash, sizeof(t.hash));
		take_magnet(&m, &t, trackers);
		put(c, &t, &place, print_of(&none, magnet));
	}
	arena_done(&a);
	return rc;
}

/* Our reports name a torrent that is only v2 by its cut hash, where others have the v1 one. */
static void take_v2(const struct collect_entry *e, struct catalog_torrent *t)
{
	if (!e->has_v2)
		return;
	t->has_v1 = memcmp(e->hash, e->hash_v2, sizeof(e->hash)) != 0;
	t->has_v2 = true;
	memcpy(t->hash_v2, e->hash_v2, sizeof(t->hash_v2));
}

static int hash_of_magnet(const char *magnet, uint8_t hash[INFO_HASH], struct err *err)
{
	struct magnet m;
	struct arena a;
	int rc;

	arena_init(&a, ARENA_MAX);
	rc = magnet_read(magnet, strlen(magnet), &a, &m, err);
	if (!rc)
		memcpy(hash, m.hash, INFO_HASH);
	arena_done(&a);
	return rc;
}

static void put_with_link(struct collection *c, const struct collect_entry *e, const char *link)
{
	struct catalog_tracker_url trackers[MAGNET_TRACKERS];
	char name[NAME], type[TYPE], stem[STEM];
	struct catalog_torrent t = {
		.has_v1 = true, .private = e->private, .name = name, .size = e->size, .created = e->created};
	struct catalog_place place = {
		.collection = c->id, .link = link, .magnet = "", .file = stem, .type = type, .seen = c->stamp};
	struct magnet m;
	struct arena a;

	memcpy(t.hash, e->hash, sizeof(t.hash));
	text_clean(name, sizeof(name), e->name, strlen(e->name), NAME_COLS);
	text_clean(type, sizeof(type), e->type, strlen(e->type), TYPE);
	collect_stem(link, stem, sizeof(stem));
	arena_init(&a, ARENA_MAX);
	if (*e->magnet && magnet_read(e->magnet, strlen(e->magnet), &a, &m, NULL) == 0) {
		take_magnet(&m, &t, trackers);
		place.magnet = e->magnet;
	}
	take_v2(e, &t);
	put(c, &t, &place, print_of(e, e->magnet));
	arena_done(&a);
}

int collection_put_entry(struct collection *c, const struct collect_entry *e, struct err *err)
{
	struct collect_entry hashed = *e;
	struct buf link;

	if (!wanted(c, e->link, e->magnet))
		return 0;
	if (!e->has_hash && hash_of_magnet(e->magnet, hashed.hash, err))
		return -EBADMSG;
	buf_init(&link, COLLECT_URL_MAX);
	/* A link that is only kept is not judged, but it must be one. */
	if (*e->link && (strlen(e->link) > COLLECT_REFERENCE_MAX ||
			 http_url_join(c->url.len ? buf_str(&c->url) : NULL, e->link, &link)))
		buf_reset(&link);
	put_with_link(c, &hashed, buf_str(&link));
	buf_done(&link);
	return 0;
}
