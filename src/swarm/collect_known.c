/* What is remembered of a collection's URLs and entries: read once, looked up in memory. It fetches nothing. */
#include "swarm/collect.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/xmalloc.h"
#include "core/hash.h"

enum { WEEK = 7 * 86400 };

static const char entry_prefix[] = "urn:btih:", list_prefix[] = "list ";

static void key_of(const char *url, uint8_t key[COLLECT_KEY])
{
	uint8_t digest[20];

	hash_sha1(url, strlen(url), digest);
	memcpy(key, digest, COLLECT_KEY);
}

void collection_entry_key(const uint8_t hash[INFO_HASH], char key[COLLECT_ENTRY_KEY])
{
	char text[INFO_HASH_TEXT];

	info_hash_write(hash, text);
	snprintf(key, COLLECT_ENTRY_KEY, "%s%s", entry_prefix, text);
}

bool collection_is_entry(const char *url)
{
	return str_starts(url, entry_prefix);
}

static bool is_page(const char *url)
{
	return str_starts(url, "page ");
}

struct collect_known *collection_known(struct collection *c, const char *url)
{
	uint8_t key[COLLECT_KEY];
	uint32_t hash, i;

	key_of(url, key);
	hash = map_hash(&c->map, key);
	i = map_find(&c->map, c->known, key, hash);
	if (i != MAP_NONE)
		return &c->known[i];
	if (c->known_count == c->known_cap) {
		c->known_cap = c->known_cap ? c->known_cap * 2 : 64;
		c->known = xreallocarray(c->known, c->known_cap, sizeof(*c->known));
	}
	i = c->known_count++;
	c->known[i] = (struct collect_known){.fetched = 0};
	memcpy(c->known[i].key, key, COLLECT_KEY);
	map_add(&c->map, hash, i);
	return &c->known[i];
}

static bool was_there(const struct collect_known *k)
{
	return k->fetched && !k->bad && k->status != COLLECT_GONE;
}

/* It is no torrent that was ever there: for that its `fetched` stays 0. */
static void recall_list(struct collection *c, const char *url, const struct catalog_url *known)
{
	struct collect_known *k = collection_known(c, url);

	k->list = true;
	k->print = known->status == COLLECT_GONE ? 0 : strtoull(known->etag, NULL, 10);
}

static int recall(void *context, const char *url, const struct catalog_url *known)
{
	struct collection *c = context;
	struct collect_known *k;

	/* Each run has a time of its own, also two in one second, or when the clock was set back. */
	if (known->fetched >= c->stamp)
		c->stamp = known->fetched + 1;
	if (strcmp(url, buf_str(&c->page_key)) == 0) {
		c->page_known = *known;
		c->page_seen_before = true;
	}
	if (is_page(url))
		return 0;
	if (str_starts(url, list_prefix)) {
		recall_list(c, url, known);
		return 0;
	}
	k = collection_known(c, url);
	k->bad = known->bad;
	k->fetched = known->fetched;
	k->status = (int16_t)known->status;
	k->conditions = *known->etag || *known->modified;
	k->failures = known->failures < UINT8_MAX ? (uint8_t)known->failures : UINT8_MAX;
	k->entry = collection_is_entry(url);
	c->known_then += was_there(k);
	if (k->entry)
		k->print = strtoull(known->etag, NULL, 16);
	return 0;
}

int collection_recall(struct collection *c, struct err *err)
{
	return catalog_urls(c->world->catalog, c->id, recall, c, err);
}

/* Not asked for a week, or never whole; of an entry it says nothing. */
bool collection_is_due(const struct collection *c, const struct collect_known *k)
{
	return !k->fetched || c->stamp - k->fetched >= WEEK || k->fetched > c->stamp + WEEK;
}

/* ---- lists on this machine ---- */

static struct collect_known *known_list(struct collection *c, const char *url, struct buf *key)
{
	struct collect_known *k;

	buf_init(key, COLLECT_URL_MAX);
	buf_printf(key, "%s%s", list_prefix, url);
	k = collection_known(c, buf_str(key));
	k->list = k->seen = true;
	return k;
}

uint64_t collection_list_named(struct collection *c, const char *url)
{
	struct buf key;
	uint64_t named = known_list(c, url, &key)->print;

	buf_done(&key);
	return named;
}

void collection_list_put(struct collection *c, const char *url, uint64_t named)
{
	struct catalog_url now = {.fetched = c->stamp, .status = 200};
	struct buf key;
	struct collect_known *k = known_list(c, url, &key);

	if (k->print != named && !key.full) {
		snprintf(now.etag, sizeof(now.etag), "%" PRIu64, named);
		catalog_url_put(c->world->catalog, c->id, buf_str(&key), &now);
	}
	k->print = named;
	buf_done(&key);
}

/* One that is no more; what it named then does not count for one that may come in its place. */
static bool is_lost_list(const struct collect_known *k)
{
	return k->list && !k->seen && k->print;
}

/* ---- what left the page ---- */

static int note_gone(void *context, const char *url, const struct catalog_url *known)
{
	struct collection *c = context;
	const struct collect_known *k;
	struct catalog_url gone = *known;

	if (is_page(url))
		return 0;
	k = collection_known(c, url);
	if (!is_lost_list(k) && (k->seen || !was_there(k)))
		return 0;
	gone.status = COLLECT_GONE;
	catalog_url_put(c->world->catalog, c->id, url, &gone);
	return 0;
}

static bool is_lost(const struct collect_known *k)
{
	return !k->seen && was_there(k);
}

uint64_t collection_lost(const struct collection *c)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < c->known_count; i++)
		n += is_lost(&c->known[i]);
	return n;
}

static bool lost_lists(const struct collection *c)
{
	for (uint32_t i = 0; i < c->known_count; i++)
		if (is_lost_list(&c->known[i]))
			return true;
	return false;
}

void collection_mark_gone(struct collection *c)
{
	c->counts.gone += collection_lost(c);
	/* Also when none is counted: an earlier run may have ended between this and its notes. */
	catalog_gone(c->world->catalog, c->id, c->stamp);
	if (c->counts.gone || lost_lists(c))
		catalog_urls(c->world->catalog, c->id, note_gone, c, NULL);
}

/* ---- a page that is as it was ---- */

static int refresh(void *context, const char *url, const struct catalog_url *known)
{
	struct collection *c = context;
	struct collect_known *k;

	(void)known;
	if (is_page(url))
		return 0;
	k = collection_known(c, url);
	c->counts.same += was_there(k);
	if (!collection_is_entry(url) && k->status != COLLECT_GONE && k->fetched && collection_is_due(c, k)) {
		collection_queue(c, url);
	} else if (was_there(k)) {
		c->total++;
		c->handled++;
		c->passed++;
	}
	return 0;
}

void collection_refresh_all(struct collection *c)
{
	struct err err;

	if (catalog_urls(c->world->catalog, c->id, refresh, c, &err))
		c->unread = true;
}
