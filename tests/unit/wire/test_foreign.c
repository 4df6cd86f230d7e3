/* What of strangers' texts and URLs is kept. */
#include "wire/foreign.h"

#include "tap.h"

static void trackers(void)
{
	static const struct {
		const char *foreign, *url; /* NULL = none */
	} cases[] = {
		{"udp://t.test:80/announce", "udp://t.test:80/announce"},
		{"HTTP://T.test/announce?passkey=a&b=%20", "http://T.test/announce?passkey=a&b=%20"},
		{"https://t.test", "https://t.test"},
		{"ws://t.test", "ws://t.test"},
		{"wss://[2001:db8::1]:8/", "wss://[2001:db8::1]:8/"},
		{" \thttp://t.test/a\r\n", "http://t.test/a"},
		{"http://t.test/a b\xc3\xa4", "http://t.test/a%20b%C3%A4"},
		{"http://t.test/a\x1b[2J", NULL},
		{"http://t.test/a\nb", NULL},
		{"ftp://t.test/a", NULL},
		{"file:///etc/passwd", NULL},
		{"udp:/t.test", NULL},
		{"udp://", NULL},
		{"http:///announce", NULL},
		{"http://:80/announce", NULL},
		{"dht://0123", NULL},
		{"t.test:80", NULL},
		{" ", NULL},
		{"", NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char url[FOREIGN_URL];
		bool found = foreign_tracker(cases[i].foreign, strlen(cases[i].foreign), url);

		is_str(found ? url : NULL, cases[i].url, "row %zu: a tracker's URL", i);
	}
}

static void lengths(void)
{
	char foreign[FOREIGN_URL_MAX + 1], url[FOREIGN_URL];

	memset(foreign, 'a', sizeof(foreign));
	memcpy(foreign, "udp://", 6);
	ok(foreign_tracker(foreign, FOREIGN_URL_MAX, url) && strlen(url) == FOREIGN_URL_MAX, "the longest URL");
	ok(!foreign_tracker(foreign, FOREIGN_URL_MAX + 1, url), "one longer is none");
	foreign[FOREIGN_URL_MAX - 1] = ' ';
	ok(foreign_tracker(foreign, FOREIGN_URL_MAX, url), "a space behind it does not count");
	foreign[FOREIGN_URL_MAX - 1] = '\xff';
	ok(!foreign_tracker(foreign, FOREIGN_URL_MAX, url), "an escape does");
}

static void others(void)
{
	char url[FOREIGN_URL];
	struct arena a;

	ok(foreign_web_seed("ftp://s.test/", 13, url), "a web seed may be of ftp");
	ok(!foreign_web_seed("udp://s.test/", 13, url), "... and not of udp");
	arena_init(&a, 4096);
	is_str(foreign_text(&a, "a\x1b[1m", 5, 200), "a\xef\xbf\xbd[1m", "a text is cleaned");
	is_str(foreign_text(&a, "abcdef", 6, 3), "abc", "... and cut");
	arena_done(&a);
	arena_init(&a, 2);
	ok(!foreign_text(&a, "abcdef", 6, 200), "... and asks for memory");
	arena_done(&a);
}

int main(void)
{
	trackers();
	lengths();
	others();
	return tap_done();
}
