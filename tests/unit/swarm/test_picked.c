/* Choosing within a budget: who needs it most comes first, who does not fit is passed over, who cannot be judged is
 * left out and counted. */
#include "swarm/picked.h"

#include "tap.h"
#include "unit/swarm/rowed.h"

#define PRIVATE "1 private (--private)"
#define STRANGE "1 never measured (--unmeasured)"

enum { GB = 1000000000 };

static const struct picked_wish anything = {.budget = UINT64_MAX, .least = 0, .most = INT32_MAX};

/* seeders < -1: as the DHT says, without a tracker. */
static void add(struct picked *p, uint8_t digit, int32_t seeders, uint64_t size, bool private)
{
	struct catalog_row row = rowed(digit, "A name");
	struct report_row r;

	row.torrent.size = size;
	row.torrent.private = private;
	row.link = digit % 2 ? "/srv/a.torrent" : "http://a.test/a.torrent";
	row.path = digit % 2 ? row.link : "";
	if (seeders >= 0)
		rowed_sample(&row, CATALOG_TRACKER, seeders, 0, CATALOG_UNKNOWN, NULL);
	else if (seeders < CATALOG_UNKNOWN)
		rowed_sample(&row, CATALOG_DHT, -seeders, 0, 9, NULL);
	report_row_of(&row, ROWED_NOW, true, &r);
	is_int(picked_add(p, &r), 0, "torrent %d is taken", digit);
}

static void candidates(struct picked *p)
{
	add(p, 1, 9, 4LL * GB, false);
	add(p, 2, 0, 7LL * GB, false);
	add(p, 3, 2, 5LL * GB, false);
	add(p, 4, 2, 1LL * GB, false);
	add(p, 5, -2, 2LL * GB, false);
	add(p, 6, CATALOG_UNKNOWN, GB, false);
	add(p, 7, 0, GB, true);
	add(p, 8, 0, 0, false);
}

static const char *hashes(const struct picked *p)
{
	static char text[64];

	for (size_t i = 0; i < p->count && i < sizeof(text) - 1; i++)
		text[i] = p->ones[i].hash[1];
	text[p->count] = '\0';
	return text;
}

static void choose(const struct picked_wish *wish, const char *want, const char *left_out, const char *name)
{
	struct picked p;
	struct buf why;

	picked_init(&p, wish);
	candidates(&p);
	picked_choose(&p);
	is_str(hashes(&p), want, "%s", name);
	buf_init(&why, 1024);
	picked_left_out(&p, &why);
	is_str(buf_str(&why), left_out, "... left out");
	buf_done(&why);
	picked_done(&p);
}

static void choices(void)
{
	struct picked_wish wish = anything;

	choose(&wish, "824531", PRIVATE ", " STRANGE, "no limit");
	wish.budget = 10LL * GB;
	choose(&wish, "245", PRIVATE ", " STRANGE ", 1 of unknown size, 2 over the budget",
	       "10 GB: what does not fit is passed over");
	wish.budget = 1;
	choose(&wish, "", PRIVATE ", " STRANGE ", 1 of unknown size, 5 over the budget", "a byte");
	wish = anything;
	wish.least = 1;
	wish.most = 3;
	choose(&wish, "453", STRANGE, "one to three seeders, also by the DHT; the private one has none");
	wish.private = wish.unmeasured = true;
	choose(&wish, "6453", "", "the unmeasured fit any range");
	wish = anything;
	wish.private = true;
	choose(&wish, "8724531", STRANGE, "private ones too");
}

static void neither_size_nor_seeders(void)
{
	struct picked_wish wish = {.budget = GB, .most = INT32_MAX, .unmeasured = true};
	struct picked p;

	picked_init(&p, &wish);
	add(&p, 1, CATALOG_UNKNOWN, 0, false);
	add(&p, 2, CATALOG_UNKNOWN, 1, false);
	picked_choose(&p);
	is_str(hashes(&p), "2", "of an unmeasured one, too, the size must be known where there is a budget");
	is_int(p.sizeless, 1, "... and it is said what was left out");
	picked_done(&p);
}

static void shown(void)
{
	struct picked_wish wish = anything;
	struct picked p;
	struct buf out;

	wish.json = wish.unmeasured = true;
	wish.budget = 20LL * GB;
	picked_init(&p, &wish);
	candidates(&p);
	picked_choose(&p);
	buf_init(&out, 1 << 20);
	picked_table(&p, ROWED_NOW, 0, &out);
	ok(strstr(buf_str(&out), "    1  75.0        0   7.0 GB      60 s  A name\n"), "a line of the table");
	ok(strstr(buf_str(&out), "       ~2   2.0 GB"), "the DHT's word is an estimate");
	ok(strstr(buf_str(&out), "        ?   1.0 GB     never"), "the unmeasured");
	ok(strstr(buf_str(&out), "\n6 torrents, 20 GB of 20 GB\n"), "the total");
	buf_reset(&out);
	picked_table(&p, ROWED_NOW, 10, &out);
	ok(strstr(buf_str(&out), "A name\n"), "a terminal that is too narrow still shows names");
	buf_reset(&out);
	picked_links(&p, &out);
	ok(strncmp(buf_str(&out), "http://a.test/a.torrent\n", 24) == 0 && strstr(buf_str(&out), "\n/srv/a.torrent\n"),
	   "links, and paths of local files");
	buf_reset(&out);
	picked_json(&p, &out);
	ok(strncmp(buf_str(&out), "[\n{\"name\":\"A name (02020202)\"", 29) == 0, "JSON as the report has it");
	buf_done(&out);
	picked_done(&p);
}

static void totals(void)
{
	struct picked p;
	struct buf out;

	picked_init(&p, &anything);
	candidates(&p);
	picked_choose(&p);
	buf_init(&out, 256);
	picked_total(&p, &out);
	is_str(buf_str(&out), "6 torrents, 19 GB, 1 of unknown size\n", "a size that nobody knows is no 0 B");
	buf_done(&out);
	picked_done(&p);
}

int main(void)
{
	choices();
	neither_size_nor_seeders();
	shown();
	totals();
	return tap_done();
}
