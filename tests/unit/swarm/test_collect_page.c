/* What pages of collections hold: HTML, text lists, JSON lists, a torrent, and what only looks like one. */
#include "swarm/collect_page.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "tap.h"

enum { STORY_MAX = 1 << 20 };

static struct buf story;

static void on_link(void *context, const char *reference)
{
	buf_printf(context, "link %s\n", reference);
}

static void on_magnet(void *context, const char *magnet)
{
	buf_printf(context, "magnet %s\n", magnet);
}

static void on_entry(void *context, const struct collect_entry *e)
{
	char hash[INFO_HASH_TEXT];

	info_hash_write(e->hash, hash);
	buf_printf(context, "entry %.8s|%s|%s|%s|%s|%" PRIu64 "|%" PRId64 "%s", e->has_hash ? hash : "", e->name,
		   e->link, e->magnet, e->type, e->size, e->created, e->private ? "|private" : "");
	if (e->has_v2)
		buf_printf(context, "|v2 %02x..%02x", e->hash_v2[0], e->hash_v2[INFO_HASH_V2 - 1]);
	buf_puts(context, "\n");
}

static void on_bad(void *context, const char *why)
{
	(void)why;
	buf_puts(context, "bad\n");
}

static const struct collect_page_events events = {on_link, on_magnet, on_entry, on_bad, &story};
static const char *const kind_names[] = {"unknown", "html", "text", "json", "torrent"};

/* All that is found, and how it ends; the page comes in pieces of this size, 0 = in one. */
static const char *findings(const char *type, const char *page, size_t len, size_t piece)
{
	struct collect_page *p = collect_page_new(type, &events);
	struct err err = {""};
	int rc = 0;

	buf_reset(&story);
	for (size_t at = 0; at < len && !rc; at += piece ? piece : len)
		rc = collect_page_feed(p, page + at, piece && piece < len - at ? piece : len - at, &err);
	if (!rc)
		rc = collect_page_end(p, &err);
	if (*collect_page_base(p))
		buf_printf(&story, "base %s\n", collect_page_base(p));
	buf_printf(&story, "%s", kind_names[collect_page_kind(p)]);
	if (rc)
		buf_printf(&story, " %d %s", rc, err.msg);
	collect_page_free(p);
	return buf_str(&story);
}

#define HASH "0123456789abcdef0123456789abcdef01234567"
#define V2_REST "89abcdef0123456789abcdfe"
#define MAGNET "magnet:?xt=urn:btih:" HASH

static const struct {
	const char *name, *type, *page, *found;
} pages[] = {
	{"an index", "text/html",
	 "<html><a href=\"../\">..</a><a href=\"a%20b.torrent\">a</a><a href='x.TORRENT?k=1#f'>x</a>"
	 "<a href=z.zip>z</a>",
	 "link a%20b.torrent\nlink x.TORRENT?k=1#f\nhtml"},
	{"a script's links", "text/html", "<p><a href='get.php?f=a.torrent'>a</a><a href='get.php?id=7'>b</a>",
	 "link get.php?f=a.torrent\nhtml"},
	{"magnets and <base>", "text/html", "<base href='/x/'><a href='" MAGNET "&amp;dn=a'>m</a>",
	 "magnet " MAGNET "&dn=a\nbase /x/\nhtml"},
	{"links that are broken over lines", "text/html",
	 "<base href='/x\n/'><a href='a.torr\r\n\tent'>a</a><a href='mag\nnet:?xt=urn:btih:" HASH
	 "\n\t&amp;dn=a'>m</a>",
	 "link a.torrent\nmagnet " MAGNET "&dn=a\nbase /x/\nhtml"},
	{"HTML by its looks", "text/plain", "  <!DOCTYPE html><a href=a.torrent>a</a>", "link a.torrent\nhtml"},
	{"a text list of magnets", "text/plain", "# mine\n" MAGNET "\r\n\n  MAGNET:?xt=urn:btih:x  \nhello\n" MAGNET,
	 "magnet " MAGNET "\nmagnet MAGNET:?xt=urn:btih:x\nmagnet " MAGNET "\ntext"},
	{"that says it is HTML", "text/html", MAGNET "\n", "magnet " MAGNET "\ntext"},
	{"a text list of URLs", "", "https://a.example/x.torrent\n/y.torrent\nhttps://a.example/z.html\n",
	 "link https://a.example/x.torrent\nlink /y.torrent\ntext"},
	{"a byte order mark", "text/plain", "\xef\xbb\xbf" MAGNET "\n", "magnet " MAGNET "\ntext"},
	{"text that begins like JSON", "text/plain", "[2024-01-01] news\na.torrent\n", "link a.torrent\ntext"},
	{"Anna's list", "application/json",
	 "[{\"url\":\"https://a.example/a.torrent\",\"display_name\":\"A {1}\",\"btih\":\"" HASH "\","
	 "\"magnet_link\":\"" MAGNET "\",\"torrent_size\":5,"
	 "\"data_size\":77,\"random\":[1,[2,{\"x\":\"]\"}]],\"type\":\"t\"}]",
	 "entry 01234567|A {1}|https://a.example/a.torrent|" MAGNET "|t|77|0\njson"},
	{"our own report", "text/html",
	 "[\n {\"name\":\"n \\\"1\\\"\",\"link\":\"" MAGNET "\",\"infohash\":\"" HASH
	 "\",\"created_unix\":12,\"size_bytes\":3,\"ipfs_cid\":null}\n]\n",
	 "entry 01234567|n \"1\"||" MAGNET "||3|12\njson"},
	{"that knows of private torrents", "",
	 "[{\"infohash\":\"" HASH "\",\"private\":true,\"infohash_v2\":null},{\"infohash\":\"" HASH
	 "\",\"private\":false,\"infohash_v2\":\"" HASH V2_REST "\"},{\"infohash_v2\":\"1220" HASH V2_REST
	 "\",\"private\":1},{\"magnet\":\"" MAGNET "\",\"private\":true},{\"infohash\":\"" HASH
	 "\",\"infohash_v2\":\"" HASH "\"}]",
	 "entry 01234567|||||0|0|private\nentry 01234567|||||0|0|v2 01..fe\nentry 01234567|||||0|0|private|v2 01..fe\n"
	 "entry |||" MAGNET "||0|0|private\nentry 01234567|||||0|0\njson"},
	{"numbers that no torrent has", "",
	 "[{\"btih\":\"" HASH "\",\"size_bytes\":1180591620717411303424,\"created_unix\":1e300},{\"btih\":\"" HASH
	 "\",\"size_bytes\":9007199254740992,\"created_unix\":-5},{\"btih\":\"" HASH
	 "\",\"size_bytes\":9007199254740993,\"created_unix\":9007199254740993}]",
	 "entry 01234567|||||0|0\nentry 01234567|||||9007199254740992|0\nentry 01234567|||||0|0\njson"},
	{"an object around a list", "", "{\"meta\":{\"a\":[1,2]},\"torrents\":[{\"infohash\":\"" HASH "\"}],\"n\":1}",
	 "entry 01234567|||||0|0\njson"},
	{"without a hash", "",
	 "[{\"url\":\"a.torrent\"},{\"magnet_link\":\"" MAGNET "\"},{\"btih\":\"12\"},{\"link\":\"x\"}]",
	 "link a.torrent\nmagnet " MAGNET "\nbad\nlink x\njson"},
	{"texts", "", "[\"" MAGNET "\", \"a.torrent\", \"\\u0041\", 5, null]",
	 "magnet " MAGNET "\nlink a.torrent\nbad\njson"},
	{"a NUL in a text", "", "[{\"btih\":\"" HASH "\",\"name\":\"a\\u0000b\"}]", "entry 01234567|||||0|0\njson"},
	{"a bad object", "", "[{\"btih\":},{\"btih\":\"" HASH "\"}]", "bad\nentry 01234567|||||0|0\njson"},
	{"an empty list", "", "[ ]", "json"},
	{"a list that breaks off", "", "[{\"btih\":\"" HASH "\"},{\"bt",
	 "entry 01234567|||||0|0\njson -74 the list breaks off"},
	{"something behind the list", "", "[]x", "json -74 the list is no JSON: something stands behind its end"},
	{"brackets that do not match", "", "[{]}", "json -74 the list is no JSON: a bracket too many"},
	{"an empty page", "text/html", "", "html"},
	{"an empty text", "", "", "text"},
	{"a torrent", "text/plain", "d4:infod4:name1:xee", "torrent"},
};

static void test_pages(void)
{
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		size_t len = strlen(pages[i].page);

		is_str(findings(pages[i].type, pages[i].page, len, 0), pages[i].found, "%s", pages[i].name);
		is_str(findings(pages[i].type, pages[i].page, len, 1), pages[i].found, "byte by byte");
	}
}

static void test_endings(void)
{
	static const struct {
		const char *page;
		enum collect_ending ending;
	} rows[] = {
		{"<html><a href=x>y</a></html>", COLLECT_CLOSED}, {"<html><a href=x>y</a>", COLLECT_CUT},
		{"<a href=x>y</a>", COLLECT_UNTOLD},              {MAGNET, COLLECT_UNTOLD},
		{"[]", COLLECT_CLOSED},                           {"d4:infod4:name1:xee", COLLECT_CLOSED},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct collect_page *p = collect_page_new("", &events);

		collect_page_feed(p, rows[i].page, strlen(rows[i].page), NULL);
		is_int(collect_page_end(p, NULL), 0, "%s", rows[i].page);
		is_int(collect_page_ending(p), rows[i].ending, "whether that was all");
		collect_page_free(p);
	}
}

static void test_torrent_bytes(void)
{
	struct collect_page *p = collect_page_new("", &events);
	static const char bytes[] = "d1:a\0:";

	is_int(collect_page_feed(p, bytes, sizeof(bytes), NULL), 0, "a torrent comes in");
	is_int(collect_page_end(p, NULL), 0, "and ends");
	ok(collect_page_torrent(p)->len == sizeof(bytes) &&
		   memcmp(collect_page_torrent(p)->data, bytes, sizeof(bytes)) == 0,
	   "its bytes are kept");
	collect_page_free(p);
	collect_page_free(NULL);
}

/* The head, then the piece for ever: each kind of page has its cap. */
static const struct {
	const char *name, *head, *piece;
	int rc;
} endless[] = {
	{"a page", "<html>", "<a href=x>y</a> ", -EFBIG},
	{"one line", "", "a", -EFBIG},
	{"one object", "[{\"a\":\"", "aaaa", -EFBIG},
	{"brackets", "", "[", -EBADMSG},
	{"a torrent", "d4:info", "5:aaaaa", -EFBIG},
};

static void on_nothing(void *context, const char *why)
{
	(void)context, (void)why;
}

static void test_endless(size_t i)
{
	static const struct collect_page_events silent = {.link = on_nothing, .magnet = on_nothing, .bad = on_nothing};
	struct collect_page *p = collect_page_new("", &silent);
	static char piece[1 << 18];
	size_t len = strlen(endless[i].piece), n = 0, total = 0;
	struct err err = {""};
	int rc;

	while (n + len <= sizeof(piece)) {
		memcpy(piece + n, endless[i].piece, len);
		n += len;
	}
	rc = collect_page_feed(p, endless[i].head, strlen(endless[i].head), &err);
	for (; !rc && total < 300u << 20; total += n)
		rc = collect_page_feed(p, piece, n, &err);
	is_int(rc, endless[i].rc, "%s that never ends, after %zu MiB: %s", endless[i].name, total >> 20, err.msg);
	ok(*err.msg, "says why");
	collect_page_free(p);
}

/* Somebody has written all trackers of the world into it. */
static void test_long_links(void)
{
	static const struct {
		const char *head, *tail, *found;
	} rows[] = {
		{MAGNET "&tr=", "\r\n" MAGNET "\n", "bad\nmagnet " MAGNET "\ntext"},
		{"<html><a href=\"" MAGNET "&tr=", "\">x</a><a href=\"" MAGNET "\">x</a>",
		 "bad\nmagnet " MAGNET "\nhtml"},
		{"<html><a href=\"/", "\">no torrent</a><a href=\"" MAGNET "\">x</a>", "magnet " MAGNET "\nhtml"},
	};
	struct buf page;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_init(&page, 1 << 20);
		buf_printf(&page, "%s%0*d%s", rows[i].head, COLLECT_REFERENCE_MAX, 0, rows[i].tail);
		is_str(findings("", page.data, page.len, 0), rows[i].found, "a link that is too long: %zu", i);
		is_str(findings("", page.data, page.len, 1000), rows[i].found, "in pieces");
		buf_done(&page);
	}
}

static void test_names(void)
{
	ok(collect_is_torrent("a.torrent") && collect_is_torrent("/x/a.TORRENT?b#c") &&
		   collect_is_torrent("g?f=a.torrent#x"),
	   "links to torrents");
	ok(!collect_is_torrent(".torrent") && !collect_is_torrent("a.torrent.zip") &&
		   !collect_is_torrent("a#b.torrent") && !collect_is_torrent(""),
	   "and others");
}

int main(void)
{
	buf_init(&story, STORY_MAX);
	test_pages();
	test_torrent_bytes();
	test_endings();
	test_long_links();
	test_names();
	for (size_t i = 0; i < sizeof(endless) / sizeof(endless[0]); i++)
		test_endless(i);
	buf_done(&story);
	return tap_done();
}
