/* URLs of collections as people see them, as file names, as hosts, and as paths of this machine. */
#include <stdlib.h>
#include <unistd.h>

#include "scratch.h"
#include "swarm/collect.h"
#include "tap.h"

static void test_shown(void)
{
	static const struct {
		const char *url, *shown;
	} rows[] = {
		{"https://a.example/x/y.torrent?key=secret#f", "a.example/x/y.torrent"},
		{"http://a.example:8080/", "a.example:8080/"},
		{"/home/me/t", "/home/me/t"},
		{"/home/me@home/t", "/home/me@home/t"},
		{"http://user:secretpw@a.example/x", "a.example/x"},
		{"http://user:a@b@a.example:80/x@y", "a.example:80/x@y"},
		{"http://a.example?x@y", "a.example"},
		{"http://a.example/\x1b[2J\xe2\x80\xaex", "a.example/\xef\xbf\xbd[2J\xef\xbf\xbdx"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char shown[200];

		collect_shown(rows[i].url, shown, sizeof(shown));
		is_str(shown, rows[i].shown, "shown: %zu", i);
	}
}

static void test_holds(void)
{
	ok(collect_holds("http://a.example/sp%20ace.torrent", "sp ace"), "a URL holds a text, once it is decoded");
	ok(collect_holds("http://a.example/sp%20ace.torrent", "sp%20ace"), "and as it stands there");
	ok(collect_holds("http://a.example/%c3%9c", "\xc3\x9c"), "also of more bytes");
	ok(collect_holds("", "") && collect_holds("x", ""), "each holds nothing");
	ok(!collect_holds("http://a.example/space", "sp ace") && !collect_holds("", "x"), "others do not");
	ok(!collect_holds("http://a.example/%00%zz%2", "\\x"), "nor what is no escape");
}

static void test_stem(void)
{
	static const struct {
		const char *url, *stem;
	} rows[] = {
		{"https://a.example/x/r_40000.torrent?k=1", "r_40000"},
		{"https://a.example/a%20b%2Fc.TORRENT", "a b/c"},
		{"file:///t/x.y.torrent", "x.y"},
		{"https://a.example/x/", ""},
		{"https://a.example", ""},
		{"https://a.example/100%.torrent", "100%"},
		{"https://a.example/%00%1b%zz.torrent", "\xef\xbf\xbd%zz"},
		{"https://a.example/.torrent", ".torrent"},
		{"", ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char stem[200] = "?";

		collect_stem(rows[i].url, stem, sizeof(stem));
		is_str(stem, rows[i].stem, "stem of %s", rows[i].url);
	}
}

static void test_host(void)
{
	static const struct {
		const char *url, *host;
	} rows[] = {
		{"https://a.example/x:1", "a.example"},     {"http://a.example:8080/", "a.example"},
		{"http://[2001:db8::1]:80/", "2001:db8::1"}, {"http://a.example./", "a.example"},
		{"http://a.example?x@b.example", "a.example"}, {"http:///", ""},
	};
	struct buf host;

	buf_init(&host, 100);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		collect_host(rows[i].url, &host);
		is_str(buf_str(&host), rows[i].host, "host of %s", rows[i].url);
	}
	buf_done(&host);
}

static void test_path(void)
{
	char here[300], relative[400], home[400];
	const struct {
		const char *url, *path;
	} rows[] = {
		{"/a/b", "/a/b"},
		{"file:///a%20b/c%2541%00", "/a b/c%41%00"},
		{"file://localhost/a", "/a"},
		{"~/t", home},
		{"t/u", relative},
		{"http://a.example/", NULL},
		{"ftp://a.example/", NULL},
	};

	snprintf(home, sizeof(home), "%s/t", scratch);
	snprintf(relative, sizeof(relative), "%s/t/u", getcwd(here, sizeof(here)));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *path = collect_local_path(rows[i].url);

		is_str(path, rows[i].path, "path of %s", rows[i].url);
		free(path);
	}
}

int main(void)
{
	scratch_init();
	test_shown();
	test_holds();
	test_stem();
	test_host();
	test_path();
	return tap_done();
}
