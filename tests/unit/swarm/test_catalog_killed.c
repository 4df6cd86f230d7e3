/* What a process leaves that is killed while it writes everything that a catalog holds. `test_catalog_killed 200` kills
 * 200 of them. */
#include "swarm/catalog_private.h"

#include "random.h"
#include "killed.h"
#include "scratch.h"
#include "tap.h"
#include "unit/swarm/catalogued.h"

enum { KILLS = 20, AT_ONCE = 100, SOME = 50 };

/* A torrent, and everything that is ever written about one. */
static void put_all(struct catalog *c, int64_t in, unsigned n)
{
	static const struct catalog_tracker_url trackers[] = {{"udp://a:1", 0}, {"http://b/announce", 1}};
	struct catalog_torrent t = listed(n, "a torrent");
	struct catalog_answer a = {.torrent = n % SOME + 1, .tracker = n % 2 + 1, .at = n, .seeders = (int32_t)n};
	struct catalog_url url = {.fetched = n, .status = 200};
	char link[32];

	snprintf(link, sizeof(link), "http://a/%u", n);
	t.whole = true;
	t.trackers = trackers;
	t.tracker_count = 2;
	put_at(c, in, &t, link, n);
	catalog_url_put(c, in, link, &url);
	catalog_put_answer(c, &a);
	put_counts(c, n % SOME + 1, n, (int32_t)n, 1);
	put_lookup(c, n % SOME + 1, n, n % 3 ? CATALOG_FOUND : CATALOG_TIMED_OUT, (int32_t)n);
	catalog_put_near(c, n % SOME + 1, 4, &n, sizeof(n));
}

static void work(int say)
{
	struct catalog *c = catalogued("killed.db", CATALOG_WRITE);
	int64_t in = collection(c, "books");

	for (int64_t n = number(c, "SELECT count(*) FROM torrents") + 1;; n += AT_ONCE) {
		for (int i = 0; i < AT_ONCE; i++)
			put_all(c, in, (unsigned)(n + i));
		catalog_thin(c, n * DAY);
		if (catalog_flush(c, NULL))
			_exit(1);
		killed_say(say, n + AT_ONCE - 1);
	}
}

static bool sound(struct catalog *c)
{
	return number(c, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'") == 0 &&
	       number(c, "SELECT count(*) FROM pragma_foreign_key_check") == 0;
}

/* Every torrent up to `last`, with its place, its trackers and its URL. */
static bool has_all(struct catalog *c, int64_t last)
{
	return last > 0 && number(c, "SELECT count(*) FROM torrents") >= last &&
	       number(c, "SELECT count(*) FROM places") >= last &&
	       number(c, "SELECT count(*) FROM names") >= 2 * last &&
	       number(c, "SELECT count(*) FROM urls u LEFT JOIN places p ON p.collection = u.collection AND p.link = "
			 "u.url WHERE p.link IS NULL") == 0;
}

int main(int argc, char **argv)
{
	long kills = argc > 1 ? strtol(argv[1], NULL, 10) : KILLS;
	struct random random = {2027};
	int whole = 0, kept = 0, read = 0;

	scratch_init();
	for (int i = 0; i < kills; i++) {
		int64_t last = killed_at_work(&random, work);
		struct catalog *c;

		c = catalogued("killed.db", CATALOG_READ);
		read += number(c, "SELECT count(*) FROM torrents") >= last;
		catalog_free(c);
		c = catalogued("killed.db", CATALOG_WRITE);
		whole += sound(c);
		kept += has_all(c, last);
		catalog_free(c);
	}
	is_int(read, kills, "a reader who comes first reads it");
	is_int(whole, kills, "killed %ld times, the file is sound each time", kills);
	is_int(kept, kills, "and what was said to be written is there");
	return tap_done();
}
