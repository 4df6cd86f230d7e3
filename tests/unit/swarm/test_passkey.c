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

int main(void)
{
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
