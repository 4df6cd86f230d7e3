/* Which trackers of a torrent are asked: those of all collections that have it, of a private one those of its first
 * file; and a store that did not tell them apart. */
#include "swarm/catalog.h"

#include <errno.h>

#include "scratch.h"
#include "swarm/catalog_private.h"
#include "tap.h"

#include "unit/swarm/catalogued.h"

static struct seen_row seen;

/* The trackers that are to be asked for the n-th torrent, in the order in which they were first heard of. */
static const char *asked(struct catalog *c, unsigned n)
{
	static char urls[512];
	struct catalog_trackers known;
	struct catalog_target target = {0};
	size_t len = 0;

	look_at(c, n, &seen);
	target.id = seen.row.id;
	target.private = seen.row.torrent.private;
	catalogued_must(catalog_trackers(c, &target, 1, &known, &err), "trackers");
	urls[0] = '\0';
	for (size_t i = 0; i < known.link_count && len < sizeof(urls); i++)
		len += (size_t)snprintf(urls + len, sizeof(urls) - len, "%s%s/%u", i ? " " : "",
					known.trackers[known.links[i].tracker].url, (unsigned)known.links[i].tier);
	catalog_trackers_free(&known);
	return urls;
}

static void put_named(struct catalog *c, int64_t in, struct catalog_torrent *t, const char *link, const char *tracker,
		      int64_t at)
{
	const struct catalog_tracker_url url = {tracker, 1};

	t->trackers = &url;
	t->tracker_count = tracker != NULL;
	put_at(c, in, t, link, at);
	t->trackers = NULL;
	t->tracker_count = 0;
	flushed(c);
}

/* Whoever links a private torrent cannot have his tracker told of it, before or after the torrent file comes. */
static void test_private(void)
{
	static const char own[] = "udp://a:1/0 http://b/announce/1";
	static const struct catalog_tracker_url trackers[] = {{"udp://a:1", 0}, {"http://b/announce", 1}};
	struct catalog *c = catalogued("private.db", CATALOG_WRITE);
	int64_t books = collection(c, "books"), links = collection(c, "links");
	struct catalog_torrent whole = listed(1, "from the file"), link = listed(1, "a link");
	struct catalog_torrent called = listed(3, "an entry");

	whole.whole = whole.private = true;
	whole.trackers = trackers;
	whole.tracker_count = 2;
	put_named(c, links, &link, "", "udp://foreign:1", 100);
	is_str(asked(c, 1), "udp://foreign:1/1", "the tracker of a link");
	put_at(c, books, &whole, "http://a/1", 200);
	flushed(c);
	is_str(asked(c, 1), own, "is not asked when the torrent file has come");
	put_named(c, links, &link, "", "udp://other:1", 300);
	is_str(asked(c, 1), own, "nor is another one");
	whole.private = false;
	hash_of(2, whole.hash);
	hash_of(2, link.hash);
	put_at(c, books, &whole, "http://a/2", 400);
	put_named(c, links, &link, "", "udp://foreign:1", 400);
	is_str(asked(c, 2), "udp://foreign:1/1 udp://a:1/0 http://b/announce/1", "of a public one they are");
	called.private = true;
	put_named(c, links, &called, "http://a/3", "udp://foreign:1", 400);
	is_str(asked(c, 3), "", "one that is called private has none as long as no file has come");
	catalog_free(c);
}

/* The same torrent file, or nearly, in two collections: each may name trackers of its own. */
static void test_trackers(void)
{
	struct catalog *c = catalogued("trackers.db", CATALOG_WRITE);
	int64_t books = collection(c, "books"), films = collection(c, "films");
	struct catalog_torrent file = listed(1, "one"), link = listed(1, "one");

	file.whole = true;
	put_named(c, books, &file, "http://a/1", "udp://t:1", 100);
	put_named(c, films, &file, "http://b/1", "udp://t:2", 100);
	is_str(asked(c, 1), "udp://t:1/1 udp://t:2/1", "two collections name two trackers");
	put_named(c, films, &file, "http://b/1", "udp://t:3", 200);
	is_str(asked(c, 1), "udp://t:1/1 udp://t:3/1", "the second renews its own");
	put_named(c, books, &file, "http://a/1", "udp://t:3", 200);
	is_str(asked(c, 1), "udp://t:3/1", "the first, too: one tracker, once");
	put_named(c, books, &file, "http://a/1", "udp://t:1", 300);
	put_named(c, books, &link, "", "udp://t:4", 300);
	put_named(c, books, &file, "http://a/copy", "udp://t:5", 300);
	is_str(asked(c, 1), "udp://t:1/1 udp://t:3/1 udp://t:4/1 udp://t:5/1", "a collection names it three times");
	catalog_seen(c, films, "http://b/1", NULL, 400);
	catalog_gone(c, books, 400);
	flushed(c);
	is_str(asked(c, 1), "udp://t:3/1", "what left a collection takes its trackers along");
	catalog_seen(c, books, "http://a/1", NULL, 500);
	flushed(c);
	is_str(asked(c, 1), "udp://t:1/1 udp://t:3/1 udp://t:4/1 udp://t:5/1", "and brings them back");
	catalog_gone(c, books, 1000);
	catalog_gone(c, films, 1000);
	flushed(c);
	is_str(asked(c, 1), "udp://t:1/1 udp://t:3/1 udp://t:4/1 udp://t:5/1", "gone from all: those it had");
	catalog_free(c);
}

static void test_private_trackers(void)
{
	struct catalog *c = catalogued("first.db", CATALOG_WRITE);
	int64_t books = collection(c, "books"), films = collection(c, "films"), links = collection(c, "links");
	struct catalog_torrent file = listed(1, "one"), bare = listed(2, "two"), link = listed(1, "one");

	file.whole = bare.whole = file.private = bare.private = true;
	put_named(c, links, &link, "", "udp://l:1", 100);
	put_named(c, books, &file, "http://a/1", "udp://t:1", 100);
	put_named(c, films, &file, "http://b/1", "udp://t:2", 200);
	put_named(c, books, &file, "http://a/2", "udp://t:3", 200);
	is_str(asked(c, 1), "udp://t:1/1", "a private torrent has the trackers of the first file");
	put_named(c, books, &file, "http://a/1", "udp://t:4", 300);
	is_str(asked(c, 1), "udp://t:4/1", "which may name others");
	catalog_seen(c, films, "http://b/1", NULL, 400);
	catalog_gone(c, books, 400);
	put_named(c, films, &file, "http://b/1", "udp://t:2", 400);
	is_str(asked(c, 1), "udp://t:4/1", "gone, it leaves nothing to other collections");
	put_named(c, books, &file, "http://a/3", "udp://t:5", 500);
	is_str(asked(c, 1), "udp://t:5/1", "but to a file of its own one");
	put_named(c, books, &bare, "http://a/4", NULL, 500);
	put_named(c, films, &bare, "http://b/4", "udp://t:2", 500);
	is_str(asked(c, 2), "", "a first file that names none leaves nothing to others either");
	catalog_free(c);
}

/* A store of the first version, in which a tracker was a torrent's, whoever had named it. */
static void test_upgrade(void)
{
	static const char *const fill[] = {
		"INSERT INTO collections(name) VALUES('books'), ('films'), ('links')",
		"INSERT INTO torrents(hash, v1, private, whole, added) "
		"VALUES(?1, 1, 0, 1, 1), (?2, 1, 1, 1, 1), (?3, 1, 0, 0, 1)",
		"INSERT INTO places(torrent, collection, link, seen) VALUES(1, 1, 'http://x/entry', 1),"
		" (1, 2, 'http://b/1', 1), (1, 3, '', 1), (2, 1, 'http://x/entry', 1), (2, 2, 'http://b/2', 1),"
		" (3, 3, '', 1)",
		"INSERT INTO urls VALUES(2, 'http://b/1', '\"x\"', NULL, 50, 200, 0, 0),"
		" (2, 'http://b/2', '\"y\"', 'Sat', 50, 200, 0, 0), (1, 'page', '\"z\"', NULL, 50, 200, 0, 0)",
		"INSERT INTO trackers(url, answered) VALUES('udp://t:1', 7), ('udp://t:2', 7)",
		"INSERT INTO names VALUES(1, 1, 0), (1, 2, 1), (2, 1, 0), (3, 2, 3)",
	};
	const char *const old[] = {catalog_migrations[0], NULL};
	struct store_value hashes[3];
	uint8_t bytes[3][INFO_HASH];
	struct catalog_torrent file = listed(2, "two");
	struct catalog_url known;
	struct store *s = NULL;
	struct catalog *c = NULL;

	catalogued_must(store_open(&(struct store_open){"old.db", old, true, 1 << 20, 100, NULL}, &s, &err), "old.db");
	for (unsigned i = 0; i < 3; i++) {
		hash_of(i + 1, bytes[i]);
		hashes[i] = store_blob(bytes[i], INFO_HASH);
	}
	for (size_t i = 0; i < sizeof(fill) / sizeof(*fill); i++)
		store_put(s, fill[i], hashes, i == 1 ? 3 : 0);
	catalogued_must(store_flush(s, &err), "fill");
	store_free(s);

	is_int(catalog_open("old.db", CATALOG_READ, &c, &err), -EPROTO, "a store of an older version is not read");
	ok(strstr(err.msg, "run `swarmtop sync` or `swarmtop trackers` once"), "says what to run: %s", err.msg);
	c = catalogued("old.db", CATALOG_WRITE);
	is_int(number(c, "PRAGMA user_version"), 3, "but brought up to date");
	is_int(number(c, "SELECT count(*) FROM pragma_foreign_key_check"), 0, "and sound");
	is_str(asked(c, 1), "udp://t:1/0 udp://t:2/1", "the trackers of a torrent");
	is_str(asked(c, 2), "udp://t:1/0", "of one that is private");
	is_str(asked(c, 3), "udp://t:2/3", "and of one of which no file is known");
	is_int(number(c, "SELECT answered FROM trackers WHERE id = 1"), 7, "and what was known of them are kept");
	is_int(number(c, "SELECT CAST(group_concat(collection, '') AS INTEGER) FROM places WHERE first"), 22,
	       "the files were not those of which a list has only the link");
	ok(catalog_url_get(c, 2, "http://b/2", &known) && !known.etag[0] && !known.modified[0] && known.fetched == 50,
	   "what is due is read anew, whether it has changed or not");
	file.whole = file.private = true;
	put_named(c, 1, &file, "http://x/entry", "udp://t:3", 100);
	is_str(asked(c, 2), "udp://t:1/0", "another's file does not take over");
	put_named(c, 2, &file, "http://b/2", "udp://t:4", 100);
	is_str(asked(c, 2), "udp://t:4/1", "its own does");
	catalog_free(c);
}

/* A store of the second version, in which nothing is known of how long a tracker wants to be left alone. */
static void test_upgrade_wait(void)
{
	const char *const old[] = {catalog_migrations[0], catalog_migrations[1], NULL};
	struct catalog_tracker t;
	struct store *s = NULL;
	struct catalog *c;

	catalogued_must(store_open(&(struct store_open){"wait.db", old, true, 1 << 20, 100, NULL}, &s, &err),
			"wait.db");
	store_put(s,
		  "INSERT INTO trackers(url, answered, tried, failures, latency, error) "
		  "VALUES('http://t/announce', 7, 8, 1, 9.5, 'no answer')",
		  NULL, 0);
	catalogued_must(store_flush(s, &err), "fill");
	store_free(s);
	c = catalogued("wait.db", CATALOG_WRITE);
	catalogued_must(catalog_tracker_get(c, 1, &t, &err), "its tracker");
	ok(t.answered == 7 && t.tried == 8 && t.failures == 1 && t.latency_ms == 9.5 && !strcmp(t.error, "no answer"),
	   "what was known of a tracker");
	is_int(t.wait_s, 0, "and that it wants nothing");
	t.wait_s = 600;
	catalog_put_tracker(c, &t);
	flushed(c);
	free(t.url);
	catalogued_must(catalog_tracker_get(c, 1, &t, &err), "its tracker");
	is_int(t.wait_s, 600, "until it does");
	free(t.url);
	catalog_free(c);
}

int main(void)
{
	scratch_init();
	test_private();
	test_trackers();
	test_private_trackers();
	test_upgrade();
	test_upgrade_wait();
	return tap_done();
}
