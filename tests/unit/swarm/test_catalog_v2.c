/* Torrents with two hashes: a file shows that two are one, a link does not. */
#include "swarm/catalog.h"

#include "scratch.h"
#include "swarm/catalog_private.h"
#include "tap.h"

#include "unit/swarm/catalogued.h"

static struct seen_row seen;

static struct catalog_torrent with_v2(unsigned n, unsigned n2, bool has_v1)
{
	struct catalog_torrent t = listed(n, "both");

	t.has_v1 = has_v1;
	t.has_v2 = true;
	memset(t.hash_v2, 0x77, sizeof(t.hash_v2));
	hash_of(n2, t.hash_v2);
	if (!has_v1)
		memcpy(t.hash, t.hash_v2, INFO_HASH);
	t.whole = has_v1;
	return t;
}

static void test_v2(void)
{
	struct catalog *c = catalogued("v2.db", CATALOG_WRITE);
	int64_t books = collection(c, "books"), films = collection(c, "films");
	struct catalog_torrent only = with_v2(0, 12, false), both = with_v2(1, 12, true), first = listed(1, "first");
	uint8_t hash[INFO_HASH];

	put_at(c, books, &only, "", 100);
	flushed(c);
	look_at(c, 12, &seen);
	ok(seen.count && !seen.row.torrent.has_v1 && seen.row.torrent.has_v2, "a v2 torrent by its v2 hash, cut");
	put_at(c, films, &first, "", 100);
	flushed(c);
	look_at_all(c, NULL, &seen);
	is_int(seen.count, 2, "and one by its v1 hash");
	put_at(c, films, &both, "http://a/both", 100);
	flushed(c);
	look_at_all(c, NULL, &seen);
	is_int(seen.count, 1, "the file shows that they are one");
	is_str(seen.collections, "books,films", "in both collections");
	hash_of(1, hash);
	ok(seen.row.torrent.has_v1 && seen.row.torrent.has_v2 && memcmp(seen.row.torrent.hash, hash, INFO_HASH) == 0,
	   "known by its v1 hash");
	look_at(c, 12, &seen);
	is_int(seen.count, 1, "and found by the other");
	put_at(c, books, &only, "", 200);
	hash_of(12, hash);
	catalog_seen(c, books, "", hash, 300);
	catalog_gone(c, books, 250);
	flushed(c);
	look_at_all(c, NULL, &seen);
	is_int(seen.count, 1, "put again by the v2 hash it stays one");
	is_str(seen.collections, "books,films", "and is seen by it");

	only = with_v2(0, 22, false);
	both = with_v2(21, 22, true);
	put_at(c, books, &only, "", 100);
	put_at(c, films, &both, "http://a/22", 100);
	flushed(c);
	look_at(c, 21, &seen);
	is_str(seen.collections, "books,films", "a v2 torrent that turns out to be a hybrid keeps its place");

	/* Anybody may write a magnet link with two hashes. */
	only = with_v2(0, 32, false);
	both = with_v2(31, 32, true);
	both.whole = false;
	put_at(c, books, &only, "", 100);
	put_at(c, films, &both, "", 100);
	flushed(c);
	look_at(c, 32, &seen);
	ok(seen.count && !seen.row.torrent.has_v1, "what a list says of two hashes");
	look_at(c, 31, &seen);
	is_str(seen.collections, "films", "makes no torrent of two");
	ok(seen.row.torrent.has_v2, "but is told");
	catalog_free(c);
}

/* A link says of a torrent whose file is known that it is another one, too, whose file is known. */
static void test_claims(void)
{
	static const char *const orders[] = {"abyyb", "aybyb", "bayyb", "byaby", "yabyb", "ybaby"};
	uint8_t y[INFO_HASH];

	hash_of(12, y);
	for (size_t i = 0; i < sizeof(orders) / sizeof(*orders); i++) {
		struct catalog *c = catalogued(orders[i], CATALOG_WRITE);
		int64_t books = collection(c, "books"), links = collection(c, "links"), films = collection(c, "films");
		struct catalog_torrent own = listed(1, "own"), claim = with_v2(1, 12, true);
		struct catalog_torrent other = with_v2(0, 12, false);

		own.whole = other.whole = true;
		own.size = 5;
		other.size = 777;
		other.name = "other";
		claim.whole = false;
		for (const char *step = orders[i]; *step; step++)
			put_at(c,
			       *step == 'a'   ? books
			       : *step == 'b' ? links
					      : films,
			       *step == 'a'   ? &own
			       : *step == 'b' ? &claim
					      : &other,
			       *step == 'b'   ? ""
			       : *step == 'a' ? "http://a/own"
					      : "http://a/other",
			       100 + (step - orders[i]));
		flushed(c);
		look_at(c, 1, &seen);
		is_str(seen.name, "own", "%s: a torrent and a link that says it is another, too", orders[i]);
		ok(seen.row.torrent.size == 5 && seen.row.torrent.has_v1 && !seen.row.torrent.has_v2,
		   "it is what its file says");
		is_str(seen.collections, "books,links", "where it is named");
		look_at(c, 12, &seen);
		is_str(seen.name, "other", "and the other");
		ok(seen.row.torrent.size == 777 && !seen.row.torrent.has_v1 && seen.row.torrent.has_v2 &&
			   memcmp(seen.row.torrent.hash, y, INFO_HASH) == 0,
		   "as its file says");
		is_str(seen.collections, "films", "stays where it is");
		catalog_free(c);
	}
}

int main(void)
{
	scratch_init();
	test_v2();
	test_claims();
	return tap_done();
}
