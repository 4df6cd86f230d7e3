/* Fills a store for tests of what reads it: catalog_dump STORE LINES, a file with a JSON object a line:
 *   {"collection": "books", "type": "", "torrent": {"hash": "40 digits", "name": ..., "size": ..., "created": ...,
 *    "private": 0, "files": ..., "v2": 0}, "link": "", "magnet": "", "file": "", "seen": ...,
 *    "samples": [{"kind": 0, "at": ..., "seeders": ..., "leechers": ..., "completed": ..., "peers": ...,
 *                 "countries": "DE 1", "tracker": "udp://..."}]}
 * What is left out is unknown. Texts go in as they are: the tests are about what hostile ones do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "core/json.h"
#include "swarm/catalog.h"

enum { ARENA = 1 << 20, FLUSH_EACH = 2000 };

static struct err err;
/* Of the line before: making them renewed, and waiting for that, takes longer than all the rest. */
static char last_collection[256], last_tracker[256];
static int64_t collection_id, tracker_id;

static int64_t must(int64_t code, const char *what)
{
	if (code < 0) {
		fprintf(stderr, "catalog_dump: %s: %s\n", what, err.msg);
		exit(1);
	}
	return code;
}

static const char *text(struct arena *a, const struct json *object, const char *key)
{
	size_t len = 0;
	const char *value = json_text(json_member(object, key), &len);

	return value ? arena_strndup(a, value, len) : "";
}

static int64_t number(const struct json *object, const char *key, int64_t fallback)
{
	return json_int(json_member(object, key), fallback);
}

static void take_torrent(struct arena *a, const struct json *json, struct catalog_torrent *t)
{
	const char *hex = text(a, json, "hash");

	must(info_hash_read(hex, strlen(hex), t->hash), hex);
	t->has_v2 = number(json, "v2", 0);
	t->has_v1 = !t->has_v2;
	memcpy(t->hash_v2, t->hash, INFO_HASH);
	t->private = number(json, "private", 0);
	t->whole = true;
	t->name = text(a, json, "name");
	t->size = (uint64_t)number(json, "size", 0);
	t->created = number(json, "created", 0);
	t->files = (uint32_t)number(json, "files", 0);
}

/* All that are in the store, by hash: asking for one at a time takes long. */
static struct catalog_target *known;
static size_t known_count;

static int by_hash(const void *a, const void *b)
{
	const struct catalog_target *x = a, *y = b;

	return memcmp(x->hash, y->hash, INFO_HASH);
}

static void read_known(struct catalog *c)
{
	known_count = (size_t)must(catalog_targets(c, NULL, CATALOG_TRACKER, &known, &err), "targets");
	qsort(known, known_count, sizeof(*known), by_hash);
}

static int64_t find(const uint8_t hash[INFO_HASH])
{
	struct catalog_target key = {0};
	const struct catalog_target *found;

	memcpy(key.hash, hash, INFO_HASH);
	found = bsearch(&key, known, known_count, sizeof(*known), by_hash);
	must(found ? 0 : -1, "a torrent that is not there");
	return found->id;
}

static int64_t tracker_of(struct catalog *c, const char *url)
{
	if (strcmp(url, last_tracker) != 0) {
		tracker_id = must(catalog_tracker(c, url, &err), url);
		snprintf(last_tracker, sizeof(last_tracker), "%s", url);
	}
	return tracker_id;
}

static int64_t collection_of(struct catalog *c, const char *name, const char *type)
{
	if (strcmp(name, last_collection) != 0) {
		collection_id = must(catalog_collection(c, name, type, "", &err), name);
		snprintf(last_collection, sizeof(last_collection), "%s", name);
	}
	return collection_id;
}

static void take_sample(struct catalog *c, struct arena *a, const struct json *json, int64_t torrent)
{
	const char *countries = text(a, json, "countries"), *tracker = text(a, json, "tracker");

	catalog_put_sample(c, &(struct catalog_sample){
				      .torrent = torrent,
				      .kind = (enum catalog_kind)number(json, "kind", 0),
				      .at = number(json, "at", 0),
				      .seeders = (int32_t)number(json, "seeders", CATALOG_UNKNOWN),
				      .leechers = (int32_t)number(json, "leechers", CATALOG_UNKNOWN),
				      .completed = (int32_t)number(json, "completed", CATALOG_UNKNOWN),
				      .peers = (int32_t)number(json, "peers", CATALOG_UNKNOWN),
				      .outcome = CATALOG_FOUND,
				      .tracker = *tracker ? tracker_of(c, tracker) : 0,
				      .countries = *countries ? countries : NULL,
			      });
}

/* First all torrents, then, once they are on disk and have an id, what was measured. */
static void take_line(struct catalog *c, const char *line, size_t len, bool samples)
{
	struct json *json = json_parse(line, len, &err);
	const struct json *list = json_member(json, "samples");
	struct catalog_torrent t = {0};
	struct arena a;
	const char *name;
	int64_t id;

	must(json ? 0 : -1, "a line");
	arena_init(&a, ARENA);
	name = text(&a, json, "collection");
	take_torrent(&a, json_member(json, "torrent"), &t);
	if (!samples)
		catalog_put_torrent(c, &t,
				    &(struct catalog_place){collection_of(c, name, text(&a, json, "type")),
							    text(&a, json, "link"), text(&a, json, "magnet"),
							    text(&a, json, "file"), "", number(json, "seen", 0)});
	id = samples && json_count(list) ? find(t.hash) : 0;
	for (size_t i = 0; id && i < json_count(list); i++)
		take_sample(c, &a, json_item(list, i), id);
	arena_done(&a);
	json_free(json);
}

static void take_all(struct catalog *c, FILE *lines, bool samples)
{
	char *line = NULL;
	size_t size = 0, n = 0;
	ssize_t len;

	rewind(lines);
	while ((len = getline(&line, &size, lines)) > 0) {
		take_line(c, line, (size_t)len, samples);
		if (++n % FLUSH_EACH == 0)
			must(catalog_flush(c, &err), "flush");
	}
	free(line);
	must(catalog_flush(c, &err), "flush");
}

int main(int argc, char **argv)
{
	FILE *lines = argc == 3 ? fopen(argv[2], "r") : NULL;
	struct catalog *c;

	if (!lines) {
		fprintf(stderr, "usage: catalog_dump STORE LINES\n");
		return 2;
	}
	must(catalog_open(argv[1], CATALOG_WRITE, &c, &err), argv[1]);
	take_all(c, lines, false);
	read_known(c);
	take_all(c, lines, true);
	catalog_free(c);
	free(known);
	fclose(lines);
	return 0;
}
