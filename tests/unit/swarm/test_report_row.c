/* What reports say of a torrent: a name with a number in it, a link whatever is known, and libgen-seedtools' types. */
#include "swarm/report_row.h"

#include "core/json.h"
#include "tap.h"
#include "unit/swarm/rowed.h"

#define OWN "magnet:?xt=urn:btih:" HEX "&dn=Name"
#define OTHER "3434343434343434343434343434343434343434"
#define HEX "1212121212121212121212121212121212121212"

static struct report_row r;

static const struct report_row *of(const struct catalog_row *row)
{
	report_row_of(row, ROWED_NOW, true, &r);
	return &r;
}

static void names(void)
{
	static const struct {
		uint8_t digit;
		const char *name, *file, *shown, *numbered;
	} cases[] = {
		{0x12, "Volume 7", "r_40000", "Volume 7", "Volume 7"},
		{0x12, "Library", "r_40000", "Library", "Library (r_40000)"},
		{0x12, "Library", "readme", "Library", "Library (12121212)"},
		{0x12, "", "r_40000", "r_40000", "r_40000"},
		{0x12, NULL, "readme", "readme", "readme (12121212)"},
		{0x12, "", "", HEX, HEX},
		{0xab, "Library", "", "Library", "Library (0)"},
		{0xab, "", "", "abababababababababababababababababababab",
		 "abababababababababababababababababababab (0)"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct catalog_row row = rowed(cases[i].digit, cases[i].name);

		row.file = cases[i].file;
		is_str(of(&row)->name, cases[i].shown, "name: %s", cases[i].shown);
		is_str(r.numbered, cases[i].numbered, "numbered: %s", cases[i].numbered);
	}
}

static void late_digit(void)
{
	struct catalog_row row = rowed(0xaa, "Library");

	row.torrent.hash[10] = 0xa7;
	is_str(of(&row)->numbered, "Library (aaaaaaaaaaaaaaaaaaaaa7)", "as many digits of the info-hash as it takes");
}

static void links(void)
{
	static const struct {
		const char *link, *magnet, *shown, *path;
	} cases[] = {
		{"http://a.test/x%20y.torrent", "magnet:?xt=1", "http://a.test/x%20y.torrent", ""},
		{"HTTPS://a.test/x", "", "HTTPS://a.test/x", ""},
		{"http://a.test/a b\n\"<\xc3\xa9", "", "http://a.test/a%20b%0A%22%3C%C3%A9", ""},
		{"", "magnet:?xt=urn:btih:" OTHER "&dn=x&tr=udp%3A%2F%2Ft%3A80%2Fannounce&xs=http://k.test/KEY",
		 OWN "&tr=udp%3A%2F%2Ft%3A80%2Fannounce", ""},
		{"", "magnet:?xt=urn:btih:" HEX "&tr=https://trk/KEY/announce&tr=http://a/announce?k=KEY&tr=ws://b/",
		 OWN "&tr=ws%3A%2F%2Fb%2F", ""},
		{"", "magnet:?tr=udp%3A%2F%2Ft", OWN, ""},
		{"/srv/a #1?.torrent", "", "file:///srv/a%20%231%3F.torrent", "/srv/a #1?.torrent"},
		{"file:///srv/a%20b.torrent", "", "file:///srv/a%20b.torrent", "/srv/a b.torrent"},
		{"file:///srv/a%00b", "", "file:///srv/a%00b", ""},
		{"", "", "magnet:?xt=urn:btih:" HEX "&dn=Name", ""},
		{"javascript:alert(1)", "javascript:alert(2)", "magnet:?xt=urn:btih:" HEX "&dn=Name", ""},
	};
	static char long_link[REPORT_TEXT + 100] = "http://a.test/";
	struct catalog_row row = rowed(0x12, "Name");

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		row.link = row.path = cases[i].link;
		row.magnet = cases[i].magnet;
		is_str(of(&row)->link, cases[i].shown, "link: %s", cases[i].shown);
		is_str(r.path, cases[i].path, "... and path");
	}
	row.link = "";
	row.magnet = "magnet:?xt=urn:btih:" HEX "&tr=udp%3A%2F%2Ft%3A80%2Fannounce";
	ok(!of(&row)->bare, "a link with a tracker is no bare one");
	row.torrent.private = true;
	is_str(of(&row)->link, OWN, "of a private torrent no tracker is told");
	ok(r.bare, "... and it is a bare one");
	row.path = "/srv/a.torrent";
	is_str(of(&row)->link, "file:///srv/a.torrent",
	       "and rather a file of it, for which a magnet link is of no use");
	row.path = "";
	row.link = "https://a.test/get/7?pass=KEY";
	is_str(of(&row)->link, OWN, "nor its link, where that may have a key");
	report_row_of(&row, ROWED_NOW, false, &r);
	is_str(r.link, "https://a.test/get/7?pass=KEY", "but to who has it");
	row.link = "https://a.test/7.torrent";
	is_str(of(&row)->link, row.link, "one without stays");
	row.magnet = "";
	memset(long_link + strlen(long_link), 'x', REPORT_TEXT);
	row.link = long_link;
	is_str(of(&row)->link, "magnet:?xt=urn:btih:" HEX "&dn=Name", "a link that would have to be cut");
	row.torrent.has_v1 = false;
	row.torrent.has_v2 = true;
	ok(strncmp(of(&row)->link, "magnet:?xt=urn:btmh:12200000", 28) == 0, "a torrent that is only v2: %s", r.link);
}

static struct json *json_of(const struct catalog_row *row)
{
	struct json *json;
	struct err err;
	struct buf out;

	buf_init(&out, 1 << 20);
	report_row_json(of(row), &out);
	json = json_parse(buf_str(&out), out.len, &err);
	ok(json && !strchr(buf_str(&out), '\n'), "one line of JSON");
	buf_done(&out);
	return json;
}

#define int_of(key) json_int(json_member(json, key), -77)

static void unmeasured(void)
{
	struct catalog_row row = rowed(0x12, "Library");
	struct json *json = json_of(&row);
	size_t len;

	ok(int_of("seeders") == -1 && int_of("leechers") == -1, "unmeasured: seeders and leechers -1");
	ok(int_of("scraped_date") == 0 && int_of("created_unix") == 0 && int_of("size_bytes") == 0,
	   "... and no dates: 0");
	ok(int_of("dht_peers") == -77 && int_of("dht_scraped") == -77 && int_of("completed") == -77, "... others null");
	ok(int_of("trend") == -77 && int_of("ipfs_cid") == -77 && int_of("path") == -77, "... so are these");
	is_str(json_text(json_member(json, "type"), &len), "fiction", "its type");
	json_free(json);
}

static void measured(void)
{
	struct catalog_row row = rowed(0x12, "Library");
	struct json *json;
	size_t len;

	row.torrent.size = UINT64_MAX;
	row.torrent.created = -5;
	row.collections = "books,papers";
	row.tracker = "https://t.test:443/s3cret/announce";
	rowed_sample(&row, CATALOG_TRACKER, 4, CATALOG_UNKNOWN, CATALOG_UNKNOWN, NULL);
	rowed_sample(&row, CATALOG_DHT, 3, 2, 9, "DE 5,-- 1,?? 3,US 9223372036854775807");
	json = json_of(&row);
	ok(int_of("seeders") == 4 && int_of("leechers") == -1, "a tracker that tells no leechers: never null");
	is_int(int_of("scraped_date"), ROWED_NOW - 60, "when");
	is_int(int_of("size_bytes"), 0, "a size beyond all is unknown");
	is_int(int_of("created_unix"), 0, "before 1970 is unknown");
	is_int(json_int(json_member(json_member(json, "dht_countries"), "US"), 0), (1LL << 53) - 1,
	       "no number is greater than readers take");
	ok(int_of("dht_peers") == 9 && int_of("dht_seeders") == 3 && int_of("dht_leechers") == 2, "the DHT beside");
	is_int(json_int(json_member(json_member(json, "dht_countries"), "DE"), 0), 5, "countries");
	is_int(json_int(json_member(json_member(json, "dht_countries"), "--"), 0), 1, "... and local ones");
	is_int(json_count(json_member(json, "collections")), 2, "its collections");
	is_str(json_text(json_member(json, "tracker"), &len), "https://t.test", "a tracker without its passkey");
	json_free(json);
}

int main(void)
{
	names();
	late_digit();
	links();
	unmeasured();
	measured();
	return tap_done();
}
