/* Counts per collection: a torrent in two counts in both and once in all; ranges; countries. */
#include "swarm/tally.h"

#include "swarm/summary.h"
#include "tap.h"
#include "unit/swarm/rowed.h"

static void add(struct tally *t, const char *collections, int32_t seeders, uint64_t size, const char *countries)
{
	struct catalog_row row = rowed(1, "x");
	struct report_row r;

	row.collections = collections;
	row.torrent.size = size;
	rowed_sample(&row, CATALOG_DHT, CATALOG_UNKNOWN, CATALOG_UNKNOWN, 5, countries);
	if (seeders != CATALOG_UNKNOWN)
		rowed_sample(&row, CATALOG_TRACKER, seeders, 0, CATALOG_UNKNOWN, NULL);
	report_row_of(&row, ROWED_NOW, true, &r);
	tally_add(t, &r);
}

static void ranges(void)
{
	ok(tally_range_of(CATALOG_UNKNOWN) == TALLY_UNKNOWN && tally_range_of(0) == TALLY_NONE, "unknown, none");
	ok(tally_range_of(1) == TALLY_FEW && tally_range_of(3) == TALLY_FEW && tally_range_of(4) == TALLY_SOME,
	   "1-3, 4-10");
	ok(tally_range_of(10) == TALLY_SOME && tally_range_of(11) == TALLY_MANY &&
		   tally_range_of(INT32_MAX) == TALLY_MANY,
	   "more");
}

static void countries(void)
{
	const char *text = "DE 12,US 3,?? 1,-- 2";
	country_t country;
	uint64_t count;
	int n = 0;

	while (tally_country(&text, &country, &count))
		n += (int)count;
	is_int(n, 18, "all pairs are read");
	text = "garbage";
	ok(!tally_country(&text, &country, &count), "what is none is not");
	text = "DE x";
	ok(!tally_country(&text, &country, &count), "nor what has no number");
	text = "ZZ 7";
	ok(tally_country(&text, &country, &count) && country == COUNTRY_UNKNOWN, "a code that is none is Unknown");
}

static void counts(struct tally *t)
{
	country_t list[COUNTRY_MAX];

	add(t, "books", 0, 10, "DE 5,US 9");
	add(t, "books,papers", 2, 100, "DE 5");
	add(t, "papers", CATALOG_UNKNOWN, 1000, NULL);
	add(t, "books", 70, 10000, "IT 1");
	is_int(t->count, 2, "collections");
	is_str(t->lines[0].name, "books", "the first of them");
	ok(t->lines[0].torrents == 3 && t->lines[1].torrents == 2 && t->total.torrents == 4, "torrents");
	ok(t->lines[0].bytes == 10110 && t->lines[1].bytes == 1100 && t->total.bytes == 11110, "bytes");
	ok(t->lines[0].ranges[TALLY_NONE] == 1 && t->lines[0].ranges[TALLY_FEW] == 1 &&
		   t->lines[0].ranges[TALLY_MANY] == 1,
	   "ranges");
	is_int(t->lines[1].ranges[TALLY_UNKNOWN], 1, "unmeasured by a tracker: unknown");
	is_int(tally_countries(&t->lines[0], list), 3, "countries");
	ok(strcmp(country_code(list[0]), "DE") == 0 && t->lines[0].countries[list[0]] == 10, "most first");
	is_int(tally_countries(&t->lines[1], list), 1, "of the other collection");
}

/* A torrent without a size is one whose size nobody knows. */
static void sizes(void)
{
	struct tally t;
	struct buf out;

	tally_init(&t, NULL);
	add(&t, "links", 2, 0, NULL);
	buf_init(&out, 1 << 16);
	summary_table(&t, &out);
	ok(strstr(buf_str(&out), ">?</td>") && !strstr(buf_str(&out), "0 B"), "sizes that nobody knows are no 0 B");
	buf_reset(&out);
	add(&t, "links", 2, 100, NULL);
	summary_table(&t, &out);
	ok(strstr(buf_str(&out), ">100 B</td>"), "what is known is added up");
	buf_done(&out);
	tally_done(&t);
}

static void chosen(void)
{
	static const char *const names[] = {"papers", "book", NULL};
	struct tally t;

	tally_init(&t, names);
	add(&t, "books,papers", 2, 100, NULL);
	add(&t, "papers", 2, UINT64_MAX, NULL);
	ok(t.count == 1 && t.total.torrents == 2, "only the chosen ones have a line");
	ok(tally_find(&t, "papers")->torrents == 2 && !tally_find(&t, "books") && !tally_find(&t, "book"),
	   "... and are found by name");
	is_int(t.total.bytes, 100, "a size beyond all is unknown");
	tally_done(&t);
}

static void summary(const struct tally *t)
{
	struct buf out;

	buf_init(&out, 1 << 20);
	summary_table(t, &out);
	ok(strstr(buf_str(&out), "<th scope=\"row\" translate=\"no\">books</th><td class=\"number\">3</td><td "
				 "class=\"number\">10 kB</td>"),
	   "the summary has a line for each");
	ok(strstr(buf_str(&out), "<th scope=\"row\">All</th><td class=\"number\">4</td>"), "... and one for all");
	ok(strstr(buf_str(&out), "title=\"Germany 10, United States 9, Italy 1\""), "... with countries by name");
	buf_reset(&out);
	summary_table(&(struct tally){0}, &out);
	ok(strstr(buf_str(&out), "All") && !strstr(buf_str(&out), "nan"), "of nothing it is empty");
	buf_done(&out);
}

int main(void)
{
	struct tally tally;

	tally_init(&tally, NULL);
	ranges();
	countries();
	counts(&tally);
	summary(&tally);
	tally_done(&tally);
	chosen();
	sizes();
	return tap_done();
}
