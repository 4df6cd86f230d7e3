/* Announce URLs as torrents have them, good and bad. */
#include "wire/tracker_url.h"

#include <errno.h>

#include "tap.h"

static void test_good(void)
{
	static const struct {
		const char *from, *text, *shown, *key, *path;
		enum tracker_scheme scheme;
		unsigned port;
	} rows[] = {
		{"udp://tracker.example.org:6969/announce", "udp://tracker.example.org:6969/announce",
		 "udp://tracker.example.org", "tracker.example.org", "/announce", TRACKER_UDP, 6969},
		{" UDP://Tracker.Example.ORG.:80\r\n", "udp://tracker.example.org:80", "udp://tracker.example.org",
		 "tracker.example.org", "", TRACKER_UDP, 80},
		{"http://tracker.example.org/abcdef0123/announce?x=1#f",
		 "http://tracker.example.org/abcdef0123/announce?x=1", "http://tracker.example.org",
		 "tracker.example.org", "/abcdef0123/announce?x=1", TRACKER_HTTP, 80},
		{"http://tracker.example.org:080", "http://tracker.example.org/", "http://tracker.example.org",
		 "tracker.example.org", "/", TRACKER_HTTP, 80},
		{"https://t_1.example:8443?passkey=x", "https://t_1.example:8443/?passkey=x", "https://t_1.example",
		 "t_1.example", "/?passkey=x", TRACKER_HTTPS, 8443},
		{"https://a:443/", "https://a/", "https://a", "a", "/", TRACKER_HTTPS, 443},
		{"ws://a:443/", "ws://a:443/", "ws://a", "web|a", "/", TRACKER_WS, 443},
		{"wss://tracker.example.org/#", "wss://tracker.example.org/", "wss://tracker.example.org",
		 "web|tracker.example.org", "/", TRACKER_WSS, 443},
		{"udp://[2001:DB8:0::1]:1337/a", "udp://[2001:db8::1]:1337/a", "udp://[2001:db8::1]",
		 "2001:db8::1|1337", "/a", TRACKER_UDP, 1337},
		{"http://[2001:db8::1]/a", "http://[2001:db8::1]/a", "http://[2001:db8::1]", "2001:db8::1|80", "/a",
		 TRACKER_HTTP, 80},
		{"http://[::ffff:192.0.2.1]:6969/a", "http://192.0.2.1:6969/a", "http://192.0.2.1", "192.0.2.1|6969",
		 "/a", TRACKER_HTTP, 6969},
		{"udp://192.0.2.1:6969", "udp://192.0.2.1:6969", "udp://192.0.2.1", "192.0.2.1|6969", "", TRACKER_UDP,
		 6969},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char shown[TRACKER_SHOWN_MAX], key[TRACKER_KEY_MAX];
		struct tracker_url url = {.host = ""}, again = {.host = ""};

		is_int(tracker_url_parse(rows[i].from, strlen(rows[i].from), &url), 0, "%s", rows[i].text);
		tracker_url_show(&url, shown);
		tracker_url_key(&url, key);
		is_str(url.text, rows[i].text, "normalised");
		is_str(shown, rows[i].shown, "shown");
		is_str(key, rows[i].key, "its key");
		is_str(url.text + url.path, rows[i].path, "its path");
		ok(url.scheme == rows[i].scheme && url.port == rows[i].port, "%s, port %u",
		   tracker_scheme_name(url.scheme), rows[i].port);
		is_int(tracker_url_parse(url.text, strlen(url.text), &again), 0, "what is written is read");
		ok(memcmp(&url, &again, sizeof(url)) == 0, "as the same");
	}
}

static void test_bad(void)
{
	static const char *const rows[] = {
		"udp://tracker.example.org/announce",
		"udp://tracker.example.org:/announce",
		"udp://tracker.example.org:0",
		"udp://tracker.example.org:65536",
		"udp://tracker.example.org:+80",
		"udp://tracker.example.org:80:80",
		"udp://:80",
		"http:///announce",
		"http://",
		"http://?x",
		"http://user:pass@tracker.example.org/announce",
		"http://tracker.example.org@evil.example/",
		"http://tracker..example.org/",
		"http://.example.org/",
		"http://./",
		"http://-o.example/",
		"http://o-.example/",
		"http://tracker.example.org\\@evil.example/",
		"http://tracker.example.org/\\x",
		"http://tracker.example.org/a b",
		"http://tracker.example.org/a\nHost: x",
		"http://tracker.example.org/\033[31m",
		"http://tr\303\244cker.example.org/",
		"http://%31%32%37.0.0.1/",
		"http://127.1/",
		"http://2130706433/",
		"http://0x7f.1/",
		"http://0x7f000001/",
		"http://017700000001/",
		"http://127.0.0.01/",
		"http://1.2.3.4.5/",
		"http://[::1/",
		"http://[::1]x/",
		"http://[::1]:/",
		"http://[127.0.0.1]/",
		"http://[fe80::1%25eth0]/",
		"http://::1/",
		"http://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example/",
	};
	struct tracker_url url = {.port = 7};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_int(tracker_url_parse(rows[i], strlen(rows[i]), &url), -EINVAL, "bad %zu is refused", i + 1);
	is_int(tracker_url_parse("http://a/\0b", 11, &url), -EINVAL, "a NUL is refused");
	is_int(url.port, 7, "a failure writes nothing");
}

static void test_schemes(void)
{
	static const char *const rows[] = {"",        " ",          "dht://x:1/", "ftp://a/", "//a/",
					   "http:/a", "httpx://a/", "i2p://a",    "u"};
	struct tracker_url url;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_int(tracker_url_parse(rows[i], strlen(rows[i]), &url), -ENOTSUP, "'%s' is none of ours", rows[i]);
}

static void test_long(void)
{
	char text[TRACKER_URL_MAX + 1];
	struct tracker_url url;

	memset(text, 'a', sizeof(text));
	memcpy(text, "http://a/", 9);
	is_int(tracker_url_parse(text, TRACKER_URL_MAX - 1, &url), 0, "the longest URL");
	is_int(strlen(url.text), TRACKER_URL_MAX - 1, "is kept whole");
	is_int(tracker_url_parse(text, TRACKER_URL_MAX, &url), -EINVAL, "one byte more");
	text[8] = '?';
	is_int(tracker_url_parse(text, TRACKER_URL_MAX - 1, &url), -EINVAL, "one byte more by the '/' that is added");
	memcpy(text, "http://", 7);
	for (size_t i = 7; i < 7 + 260; i++)
		text[i] = i % 4 != 2 ? 'a' : '.';
	is_int(tracker_url_parse(text, 7 + 254, &url), -EINVAL, "a name of 254 bytes");
	is_int(tracker_url_parse(text, 7 + 253, &url), 0, "a name of 253 bytes");
}

int main(void)
{
	test_good();
	test_bad();
	test_schemes();
	test_long();
	return tap_done();
}
