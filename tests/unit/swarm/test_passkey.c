/* Keys of announce URLs in what trackers say. */
#include "swarm/passkey.h"

#include "base/str.h"
#include "tap.h"

static void hidden(const char *url_text, const char *said, const char *want)
{
	struct tracker_url url;
	char text[256];

	if (tracker_url_parse(url_text, strlen(url_text), &url)) {
		ok(false, "%s is no URL", url_text);
		return;
	}
	str_copy(text, sizeof(text), said);
	passkey_hide(&url, text);
	is_str(text, want, "%s: %s", url_text, said);
}

static void links(void)
{
	static const struct {
		const char *link;
		bool key;
	} cases[] = {
		{"http://a.test/torrents/0123456789abcdef0123456789abcdef01234567.torrent", false},
		{"https://a.test/a/Some.Long.Name.Of.2026/files.torrent", false},
		{"https://a.test/archives/collections2026/x.torrent", false},
		{"https://a.test:8443/torrents/documentation/x.torrent", false},
		{"https://a.test/get/7?torrent_pass=s3cret", true},
		{"https://a.test/x.torrent?", false},
		{"https://me:s3cret@a.test/x.torrent", true},
		{"https://a.test/@me/x.torrent", false},
		{"https://a.test/rss/7/0123456789abcdef0123456789abcdef/x.torrent", true},
		{"https://a.test/dl/aBcDeFgHiJkLmNoP4qRsTuVwXyZ", true},
		{"https://a.test/rss/7/0123456789abcdef0123456789abcdef.torrent", true},
		{"https://a.test/dl;passkey=0123456789abcdef0123456789abcdef/x.torrent", true},
		{"https://a.test/dl/pass=aBcDeFgHiJkLmNoP4qRsTuVwXyZ&id=7", true},
		{"https://a.test/dl/x.torrent#0123456789abcdef0123456789abcdef", false},
		{"https://a.test/dl/0123456789abcdef/x.torrent", true},
		{"https://a.test/dl/0123456789ABCDEF012.torrent", true},
		{"https://a.test/dl/0123456789abcde/x.torrent", false},
		{"https://a.test/dl/2026112118300000/x.torrent", false},
		{"https://a.test/dl/collection2026v2/x.torrent", false},
		{"https://a.test/rss/3f2a9c1e-4b7d-4e21-9a6f-0c5d8e7b1a23/x.torrent", true},
		{"https://a.test/rss/Zk3-Qp9xVb2LmN7tRw_c5", true},
		{"https://a.test/rss/h8Fq2Lx_0aZr-WmK4tYv9PcQe3b", true},
		{"https://a.test/debian-12-1-0-amd64-DVD-1.torrent", false},
		{"https://a.test/Some_Long_Name_Of_2026_Second_Edition.torrent", false},
		{"https://a.test/SomeLongNameOf2026-SecondEdition.torrent", false},
		{"https://a.test/A-Show-S01E02-1080p-WEB-x264-Group/x.torrent", false},
		{"https://a.test/2026-11-21_20-00-00_archive/x.torrent", false},
		{"https://a.test/wikipedia_en_all_maxi_2026-01.torrent", false},
		{"https://a.test", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		ok(passkey_in_link(cases[i].link) == cases[i].key, "%s", cases[i].link);
}

int main(void)
{
	links();
	hidden("http://t.example/announce", "the tracker says: announce too often",
	       "the tracker says: announce too often");
	hidden("http://t.example/0123abcdef/announce", "unknown key 0123ABCDEF!", "unknown key **********!");
	hidden("http://t.example/announce.php?passkey=s3cretkey&x=1", "passkey s3cretkey is not known: s3cretkey",
	       "passkey ********* is not known: *********");
	hidden("udp://t.example:80/announce?key=aaaaaa", "aaaaaaa", "******a");
	hidden("https://t.example/a/b/c", "a b c", "a b c");
	hidden("https://t.example/s3cretkey/announce", "", "");
	return tap_done();
}
