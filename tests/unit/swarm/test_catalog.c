/* The catalog: where it is, who may open it, one torrent in two collections, what leaves a page and comes back, and
 * that what is unknown never takes the place of what is known. */
#include "swarm/catalog.h"

#include <errno.h>

#include "scratch.h"
#include "swarm/catalog_private.h"
#include "tap.h"

#include "unit/swarm/catalogued.h"

static struct seen_row seen;

static bool says(const char *part)
{
	if (strstr(err.msg, part))
		return true;
	printf("# '%s' is not in '%s'\n", part, err.msg);
	return false;
}

/* ---- where, and who ---- */

static void test_path(void)
{
	char path[256] = "before", want[256];
	struct catalog *c;
	struct stat st;

	is_int(catalog_path("/a/b.db", path, sizeof(path), &err), 0, "a path that is configured");
	is_str(path, "/a/b.db", "is taken as it is");
	snprintf(want, sizeof(want), "%s/.local/state/swarmtop/swarm.db", scratch);
	is_int(catalog_path("", path, sizeof(path), &err), 0, "none");
	is_str(path, want, "is in the state folder");
	is_int(catalog_open(path, CATALOG_READ, &c, &err), -ENOENT, "which a reader");
	ok(stat(".local", &st) < 0, "does not make");
	is_int(catalog_open(path, CATALOG_WRITE, &c, &err), 0, "and a writer");
	catalog_free(c);
	ok(stat(".local/state/swarmtop", &st) == 0 && S_ISDIR(st.st_mode) && (st.st_mode & 0777) == 0700,
	   "makes, private");
	is_int(catalog_open("none/a.db", CATALOG_WRITE, &c, &err), -ENOENT, "a folder that was named is not made");
	snprintf(want, sizeof(want), "%s/xdg", scratch);
	setenv("XDG_STATE_HOME", want, 1);
	snprintf(want, sizeof(want), "%s/xdg/swarmtop/swarm.db", scratch);
	is_int(catalog_path(NULL, path, sizeof(path), &err), 0, "or in XDG_STATE_HOME");
	is_str(path, want, "which is named");
	setenv("XDG_STATE_HOME", "relative", 1);
	is_int(catalog_path(NULL, path, sizeof(path), &err), 0, "one that is relative");
	ok(strstr(path, "/.local/state/"), "does not count");
	unsetenv("XDG_STATE_HOME");
	is_int(catalog_path(NULL, path, 16, &err), -ENAMETOOLONG, "a path that is too long");
	scratch_file("plain", "", 0600);
	snprintf(want, sizeof(want), "%s/plain", scratch);
	setenv("XDG_STATE_HOME", want, 1);
	is_int(catalog_path(NULL, path, sizeof(path), &err), 0, "a file where the folder should be");
	is_int(catalog_open(path, CATALOG_WRITE, &c, &err), -ENOTDIR, "cannot be one");
	ok(says("plain"), "is named");
	unsetenv("XDG_STATE_HOME");
	unsetenv("HOME");
	is_int(catalog_path(NULL, path, sizeof(path), &err), -ENOENT, "no HOME");
	ok(says("[store] path"), "and what to do");
	setenv("HOME", scratch, 1);
}

static void test_open(void)
{
	struct catalog *c = NULL, *other = NULL;

	is_int(catalog_open("none.db", CATALOG_READ, &c, &err), -ENOENT, "no store yet");
	ok(says("swarmtop sync") && says("none.db"), "says what to run");
	c = catalogued("open.db", CATALOG_WRITE);
	is_int(number(c, "PRAGMA user_version"), 3, "the version of the schema");
	is_int(catalog_open("open.db", CATALOG_WRITE, &other, &err), -EBUSY, "one writer");
	ok(says("written by another process"), "says who");
	other = catalogued("open.db", CATALOG_READ);
	ok(other, "a reader beside it");
	is_int(catalog_collection(other, "books", NULL, NULL, &err), -ENOENT, "to whom an unknown collection");
	ok(says("books") && says("swarmtop sync"), "is explained");
	is_int(collection(c, "books"), 1, "a collection");
	is_int(catalog_collection(other, "books", NULL, NULL, &err), 1, "is known to the reader");
	is_int(collection(c, "films"), 2, "another");
	is_int(collection(c, "books"), 1, "the same again");
	catalog_free(other);
	catalog_free(c);
	catalog_free(NULL);
}

/* ---- torrents ---- */

static void test_two_places(void)
{
	struct catalog *c = catalogued("two.db", CATALOG_WRITE);
	int64_t books = catalog_collection(c, "books", "fiction", "http://a/", &err), films = collection(c, "films");
	struct catalog_torrent t = listed(1, "one");
	struct catalog_place place = {films, "http://b/1.torrent", "magnet:?1", "1", "scimag", 1000};
	const char *const only_films[] = {"films", NULL}, *const none[] = {"unheard of", NULL};

	put_at(c, books, &t, "http://a/1.torrent", 900);
	catalog_put_torrent(c, &t, &place);
	flushed(c);
	look_at_all(c, NULL, &seen);
	is_int(seen.count, 1, "a torrent in two collections is one");
	is_str(seen.collections, "books,films", "in both");
	is_str(seen.collection, "books", "the first of them");
	is_str(seen.link, "http://a/1.torrent", "its link there");
	is_str(seen.type, "fiction", "the type of the collection");
	is_int(seen.row.added, 900, "first seen there");
	look_at_all(c, only_films, &seen);
	is_str(seen.collection, "films", "asked for the other");
	is_str(seen.link, "http://b/1.torrent", "the link there");
	is_str(seen.magnet, "magnet:?1", "the magnet link there");
	is_str(seen.file, "1", "the stem there");
	is_str(seen.type, "scimag", "the type of the place");
	is_str(seen.collections, "books,films", "all collections are told");
	look_at_all(c, none, &seen);
	is_int(seen.count, 0, "a collection that is not known has nothing");

	place = (struct catalog_place){books, "http://a/1.torrent", "", "", "scimag", 900};
	catalog_put_torrent(c, &t, &place);
	flushed(c);
	look_at_all(c, NULL, &seen);
	is_str(seen.type, "fiction", "what the user says of a collection comes before what its list says");

	catalog_gone(c, books, 950);
	flushed(c);
	look_at_all(c, NULL, &seen);
	is_str(seen.collections, "films", "gone from one");
	is_str(seen.type, "scimag", "the other is the first now");
	catalog_gone(c, films, 2000);
	flushed(c);
	look_at_all(c, NULL, &seen);
	is_int(seen.count, 0, "gone from both");
	look_at(c, 1, &seen);
	is_int(seen.count, 1, "but it is not deleted");
	is_str(seen.collections, "", "and in none");
	catalog_seen(c, books, "http://a/1.torrent", NULL, 3000);
	flushed(c);
	look_at_all(c, NULL, &seen);
	is_str(seen.collections, "books", "back");
	is_int(seen.row.added, 900, "and as old as it is");
	look_at(c, 2, &seen);
	is_int(seen.count, 0, "one that is not known");
	catalog_free(c);
}

/* A page may name a torrent by file and by magnet link, and one collection has the file, another the link. */
static void test_shown(void)
{
	static const char *const only_films[] = {"films", NULL};
	struct catalog *c = catalogued("shown.db", CATALOG_WRITE);
	int64_t books = collection(c, "books"), films = collection(c, "films"), local = collection(c, "a folder");
	struct catalog_torrent t = listed(1, "one");

	catalog_put_torrent(c, &t, &(struct catalog_place){books, "", "magnet:?1", "", "", 100});
	flushed(c);
	look_at_all(c, NULL, &seen);
	is_str(seen.link, "", "one of which there is a magnet link");
	catalog_put_torrent(c, &t, &(struct catalog_place){books, "http://a/1", "", "stem", "", 100});
	flushed(c);
	look_at_all(c, NULL, &seen);
	is_str(seen.link, "http://a/1", "and a URL: that is told");
	is_str(seen.link_collection, "books", "whose it is");
	is_str(seen.magnet, "magnet:?1", "with the magnet link");
	is_str(seen.file, "stem", "and the stem");
	hash_of(2, t.hash);
	catalog_put_torrent(c, &t, &(struct catalog_place){local, "file:///srv/2.torrent", "", "", "", 100});
	catalog_put_torrent(c, &t, &(struct catalog_place){books, "", "magnet:?2", "", "", 100});
	catalog_put_torrent(c, &t, &(struct catalog_place){films, "HTTPS://b/2", "", "", "", 100});
	flushed(c);
	look_at(c, 2, &seen);
	is_str(seen.collection, "a folder", "in three collections");
	is_str(seen.link, "HTTPS://b/2", "the URL of the last");
	is_str(seen.link_collection, "films", "is known as that one's");
	is_str(seen.path, "file:///srv/2.torrent", "the file of the first");
	is_str(seen.magnet, "magnet:?2", "and the magnet link of the second");
	catalog_seen(c, books, "", t.hash, 300);
	catalog_gone(c, films, 200);
	flushed(c);
	look_at(c, 2, &seen);
	is_str(seen.link, "file:///srv/2.torrent", "a URL that is gone is not told");
	hash_of(3, t.hash);
	catalog_put_torrent(c, &t, &(struct catalog_place){films, "", "magnet:?3", "", "", 300});
	catalog_put_torrent(c, &t, &(struct catalog_place){books, "http://a/3", "", "", "", 300});
	flushed(c);
	look_at_all(c, only_films, &seen);
	is_str(seen.link, "", "nor one of a collection that is not asked for");
	catalog_free(c);
}

static void test_seen(void)
{
	struct catalog *c = catalogued("seen.db", CATALOG_WRITE);
	int64_t books = collection(c, "books");
	struct catalog_torrent linked = listed(1, "linked"), bare = listed(2, "bare"), left = listed(3, "left");
	uint8_t hash[INFO_HASH];

	put_at(c, books, &linked, "http://a/1", 100);
	put_at(c, books, &bare, "", 100);
	put_at(c, books, &left, NULL, 100);
	catalog_seen(c, books, "http://a/1", NULL, 200);
	hash_of(2, hash);
	catalog_seen(c, books, "", hash, 200);
	catalog_gone(c, books, 200);
	flushed(c);
	look_at_all(c, NULL, &seen);
	is_str(seen.order, "bare,linked", "by its link or its hash a torrent is still there");
	catalog_seen(c, books, "http://a/1", NULL, 150);
	catalog_gone(c, books, 200);
	flushed(c);
	look_at_all(c, NULL, &seen);
	is_int(seen.count, 2, "what was seen does not become older");
	catalog_seen(c, books, NULL, NULL, 300);
	catalog_seen(c, books, "http://nobody/", NULL, 300);
	is_int(catalog_flush(c, &err), 0, "one that is not known is no error");
	catalog_free(c);
}

/* The same file under two names, then a new file under an old name. */
static void test_links(void)
{
	struct catalog *c = catalogued("links.db", CATALOG_WRITE);
	int64_t books = collection(c, "books");
	struct catalog_torrent old = listed(1, "old"), new = listed(2, "new");

	old.whole = new.whole = true;
	put_at(c, books, &old, "http://a/1", 100);
	put_at(c, books, &old, "http://a/copy", 100);
	catalog_seen(c, books, "http://a/1", NULL, 200);
	catalog_gone(c, books, 200);
	flushed(c);
	look_at_all(c, NULL, &seen);
	is_str(seen.order, "old", "one of two links is enough");
	is_str(seen.link, "http://a/1", "and it is shown");
	put_at(c, books, &new, "http://a/1", 300);
	flushed(c);
	look_at_all(c, NULL, &seen);
	is_str(seen.order, "new", "another torrent at that link takes its place");
	catalog_seen(c, books, "http://a/1", NULL, 400);
	flushed(c);
	look_at_all(c, NULL, &seen);
	is_str(seen.order, "new", "for good");
	put_at(c, books, &old, "http://a/1", 500);
	flushed(c);
	look_at_all(c, NULL, &seen);
	is_str(seen.order, "old", "until it is put back");
	new.whole = false;
	put_at(c, books, &new, "http://a/1", 600);
	flushed(c);
	look_at_all(c, NULL, &seen);
	is_str(seen.order, "new,old", "a list may have the same link for all");
	catalog_free(c);
}

static struct catalog_torrent whole_torrent(void)
{
	static const struct catalog_tracker_url trackers[] = {{"udp://a:1", 0}, {"http://b/announce", 1}};
	static const char *const web_seeds[] = {"http://seed/1", "http://seed/2", NULL};
	struct catalog_torrent t = listed(1, "from the file");

	t.comment = "a comment";
	t.created_by = "a maker";
	t.created = 77;
	t.size = 1234567890123;
	t.files = 5;
	t.private = true;
	t.whole = true;
	t.trackers = trackers;
	t.tracker_count = 2;
	t.web_seeds = web_seeds;
	return t;
}

static void is_whole(const char *when)
{
	is_str(seen.name, "from the file", "%s: name", when);
	is_str(seen.comment, "a comment", "%s: comment", when);
	is_int(seen.row.torrent.created, 77, "%s: creation date", when);
	is_int(seen.row.torrent.size, 1234567890123, "%s: size", when);
	is_int(seen.row.torrent.files, 5, "%s: files", when);
	ok(seen.row.torrent.private, "%s: private", when);
}

/* The flag is in the info dictionary: what a list says of it counts as long as that is not known, on the safe side. */
static void test_called_private(void)
{
	struct catalog *c = catalogued("called.db", CATALOG_WRITE);
	int64_t books = collection(c, "books"), lists = collection(c, "lists");
	struct catalog_torrent entry = listed(1, "an entry"), plain = listed(1, "another"), file = whole_torrent();

	entry.private = true;
	file.private = false;
	put_at(c, lists, &entry, "http://b/1", 100);
	put_at(c, books, &plain, "", 100);
	flushed(c);
	look_at(c, 1, &seen);
	ok(seen.row.torrent.private, "one list calls a torrent private, another does not: it is");
	put_at(c, books, &file, "http://a/1", 200);
	flushed(c);
	look_at(c, 1, &seen);
	ok(!seen.row.torrent.private, "until its file says otherwise");
	put_at(c, lists, &entry, "http://b/1", 300);
	flushed(c);
	look_at(c, 1, &seen);
	ok(!seen.row.torrent.private, "and no list makes it private again");

	hash_of(2, file.hash);
	hash_of(2, plain.hash);
	file.private = true;
	put_at(c, books, &file, "http://a/2", 100);
	put_at(c, lists, &plain, "http://b/2", 200);
	flushed(c);
	look_at(c, 2, &seen);
	ok(seen.row.torrent.private, "nor public one that is private");
	catalog_free(c);
}

static void test_unknown(void)
{
	struct catalog *c = catalogued("unknown.db", CATALOG_WRITE);
	int64_t books = collection(c, "books");
	struct catalog_torrent poor = listed(1, NULL), whole = whole_torrent(), other = listed(1, "of a list");

	put_at(c, books, &poor, "http://a/1", 100);
	flushed(c);
	look_at(c, 1, &seen);
	is_str(seen.name, "", "nothing is known");
	put_at(c, books, &other, "http://a/1", 100);
	flushed(c);
	look_at(c, 1, &seen);
	is_str(seen.name, "of a list", "a name is known");
	put_at(c, books, &whole, "http://a/1", 200);
	flushed(c);
	look_at(c, 1, &seen);
	is_whole("from a file");
	put_at(c, books, &poor, "http://a/1", 300);
	flushed(c);
	look_at(c, 1, &seen);
	is_whole("nothing new");
	other.size = 7;
	put_at(c, books, &other, "http://a/1", 400);
	flushed(c);
	look_at(c, 1, &seen);
	is_whole("a list knows it better");
	catalog_free(c);
}

/* A name whose bytes do not fit, and a list of trackers that is too long. */
static void test_limits(void)
{
	struct catalog *c = catalogued("limits.db", CATALOG_WRITE);
	int64_t books = collection(c, "books");
	static char name[4096], link[8192], urls[100][32];
	static struct catalog_tracker_url trackers[100];
	struct catalog_torrent t = listed(1, name), next = listed(2, "next");
	struct catalog_trackers known;
	struct catalog_target target = {0};

	for (size_t i = 0; i < sizeof(name) - 3; i += 3)
		memcpy(name + i, "\xe2\x82\xac", 3);
	memset(link, 'l', sizeof(link) - 1);
	for (int i = 0; i < 100; i++) {
		snprintf(urls[i], sizeof(urls[i]), "udp://tracker%d:1", i);
		trackers[i].url = urls[i];
	}
	trackers[1].url = link;
	t.trackers = trackers;
	t.tracker_count = 100;
	put_at(c, books, &t, link, 100);
	put_at(c, books, &next, link, 100);
	is_int(catalog_flush(c, &err), 0, "what is too long is no error");
	look_at_all(c, NULL, &seen);
	is_int(seen.count, 2, "both torrents are there");
	look_at(c, 1, &seen);
	is_str(seen.link, "", "without the link");
	ok(str_starts(name, seen.name) && seen.name[0], "the name is cut");
	target.id = seen.row.id;
	is_int(catalog_trackers(c, &target, 1, &known, &err), 0, "its trackers");
	is_int(known.count, CATALOG_TRACKERS - 1, "are as many as may be, but the one that is too long");
	catalog_trackers_free(&known);
	catalog_free(c);
}

/* ---- URLs ---- */

struct seen_urls {
	int count, stop_at;
	unsigned failures;
	char last[64];
};

static int see_url(void *context, const char *url, const struct catalog_url *known)
{
	struct seen_urls *s = context;

	s->failures += known->failures;
	str_copy(s->last, sizeof(s->last), url);
	return ++s->count == s->stop_at ? 9 : 0;
}

static void test_urls(void)
{
	struct catalog *c = catalogued("urls.db", CATALOG_WRITE);
	int64_t books = collection(c, "books"), films = collection(c, "films");
	struct catalog_url known = {.etag = "\"x\"", .modified = "Sat", .fetched = 50, .status = 200}, got;
	struct seen_urls urls = {0};

	memset(&got, 0x55, sizeof(got));
	ok(!catalog_url_get(c, books, "http://a/1", &got), "nothing is remembered");
	is_int(got.failures, 0x55555555, "and nothing said");
	catalog_url_put(c, books, "http://a/1", &known);
	known.failures = 3;
	known.bad = true;
	catalog_url_put(c, books, "http://a/2", &known);
	catalog_url_put(c, films, "http://a/3", &known);
	catalog_url_put(c, films, "", &known);
	flushed(c);
	ok(catalog_url_get(c, books, "http://a/1", &got), "remembered");
	ok(!strcmp(got.etag, "\"x\"") && !strcmp(got.modified, "Sat") && got.fetched == 50 && got.status == 200 &&
		   !got.failures && !got.bad,
	   "all of it");
	ok(catalog_url_get(c, books, "http://a/2", &got) && got.bad && got.failures == 3, "a bad one");
	ok(!catalog_url_get(c, books, "http://a/3", &got), "another collection's is another");
	is_int(catalog_urls(c, books, see_url, &urls, &err), 0, "all of a collection");
	is_int(urls.count, 2, "are two");
	is_int(urls.failures, 3, "with what is known");
	urls = (struct seen_urls){.stop_at = 1};
	is_int(catalog_urls(c, books, see_url, &urls, &err), 9, "the taker may end it");
	is_int(urls.count, 1, "at once");
	memset(&known, 0, sizeof(known));
	known.status = 404;
	catalog_url_put(c, books, "http://a/1", &known);
	flushed(c);
	ok(catalog_url_get(c, books, "http://a/1", &got) && !got.etag[0] && got.status == 404,
	   "the last is what counts");
	catalog_free(c);
}

/* ---- order, beside a writer ---- */

static void test_order(void)
{
	struct catalog *c = catalogued("order.db", CATALOG_WRITE);
	int64_t films = collection(c, "films"), books = collection(c, "books");
	static const char *const names[] = {"delta", "alpha", "echo", "bravo"};
	struct catalog *reader;

	for (unsigned i = 0; i < 4; i++) {
		struct catalog_torrent t = listed(i, names[i]);

		put_at(c, i < 2 ? films : books, &t, "", 100);
	}
	flushed(c);
	reader = catalogued("order.db", CATALOG_READ);
	look_at_all(reader, NULL, &seen);
	is_str(seen.order, "bravo,echo,alpha,delta", "by collection, then by name; read beside the writer");
	catalog_free(reader);
	catalog_free(c);
}

int main(void)
{
	scratch_init();
	test_path();
	test_open();
	test_two_places();
	test_shown();
	test_seen();
	test_links();
	test_called_private();
	test_unknown();
	test_limits();
	test_urls();
	test_order();
	return tap_done();
}
