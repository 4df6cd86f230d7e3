/* Links of pages: plain ones, broken ones, hostile ones; cut anywhere they are the same. */
#include "core/html.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "tap.h"

enum { STORY_MAX = 1 << 20, MEMORY_MAX_KIB = 200 * 1024, PATIENCE_S = 60 };

static void on_link(void *context, const char *href, const char *text)
{
	buf_printf(context, "%s|%s\n", href, text);
}

static void on_base(void *context, const char *href)
{
	buf_printf(context, "base %s\n", href);
}

/* The links of a page that comes in pieces of this size; 0 = in one. */
static const char *links_of(const char *page, size_t piece)
{
	static struct buf story;
	struct html *h;
	size_t len = strlen(page);
	int rc = 0;

	buf_done(&story);
	buf_init(&story, STORY_MAX);
	h = html_new(&(struct html_events){.link = on_link, .base = on_base, .context = &story});
	for (size_t at = 0; at < len && !rc; at += piece ? piece : len)
		rc = html_feed(h, page + at, piece && piece < len - at ? piece : len - at);
	if (!rc)
		rc = html_end(h);
	html_free(h);
	if (rc)
		buf_printf(&story, "rc %d\n", rc);
	return buf_str(&story);
}

static const struct {
	const char *name, *page, *links;
} pages[] = {
	{"an empty page", "", ""},
	{"no page", "hello", ""},
	{"an index",
	 "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 3.2 Final//EN\"><html><head><title>Index of /t</title></head><body>"
	 "<h1>Index of /t</h1><pre><a href=\"?C=N;O=D\">Name</a><hr><a href=\"/\">Parent Directory</a>\n"
	 "<a href=\"a%20b.torrent\">a b.torrent</a> 2024-01-01 12K\n<a href='c.torrent'>c.torrent</a></pre>"
	 "</body></html>",
	 "?C=N;O=D|Name\n/|Parent Directory\na%20b.torrent|a b.torrent\nc.torrent|c.torrent\n"},
	{"<base>, the first one", "<head><base href='http://x/y/'><base href=z></head><a href=t>1</a>",
	 "base http://x/y/\nt|1\n"},
	{"entities", "<a href=\"magnet:?xt=1&amp;dn=a&#x26;b&quot;\">a &lt;b&gt;</a>", "magnet:?xt=1&dn=a&b\"|a <b>\n"},
	{"ampersands as they are", "<a href=\"x?a=1&copy=2&b\">&</a>", "x?a=1&copy=2&b|&\n"},
	{"no quotes, other letters", "<A HREF=x.torrent CLASS=y>X</A>", "x.torrent|X\n"},
	{"elements inside", "<a href=x>a<b>b<img src=i></b><i>c</i></a>d", "x|abc\n"},
	{"a link that is not closed", "<a href=1>a<a href=2>b", "1|a\n2|b\n"},
	{"area", "<map><area href=1><area href=2 /></map>", "1|\n2|\n"},
	{"no href", "<a name=x>y</a><a>z</a><link href=q>", ""},
	{"an empty href", "<a href=''>y</a>", "|y\n"},
	{"comments and scripts", "<!-- <a href=1>x</a> --><script>'<a href=2>y</a>'</script><a href=3>z</a>", "3|z\n"},
	{"behind </html>", "<html><body><a href=1>x</a></body></html>\n<a href=2>y</a></html><a href=3>z</a>",
	 "1|x\n2|y\n3|z\n"},
	{"</html> first", "</html><a href=1>x</a>", "1|x\n"},
	{"two in a row without a page", "<a href=1>x</a><a href=2>y</a>", "1|x\n2|y\n"},
	{"Latin-1", "<a href='\xe9'>\xfc</a><a href='\xc3\xa9'>\xe2\x82\xac</a>",
	 "\xc3\xa9|\xc3\xbc\n\xc3\xa9|\xe2\x82\xac\n"},
	{"cut inside a character", "<a href=x>\xe2\x82", "x|\xc3\xa2\xc2\x82\n"},
	{"control characters", "<a href='a\x01" "b'>c\x02</a>", "a b|c \n"},
	{"a charset that is a lie", "<meta charset=utf-16><a href=x>\xc3\xa9</a>", "x|\xc3\xa9\n"},
	{"a > in quotes", "<a title='a>b' href=\"x>y\">z</a>", "x>y|z\n"},
	{"cut inside a tag", "<a href=1>x</a><a href=\"2.tor", "1|x\n"},
	{"an entity of its own", "<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><a href=x>&e;</a>",
	 "x|&e;\n"},
};

static void test_pages(void)
{
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		is_str(links_of(pages[i].page, 0), pages[i].links, "%s", pages[i].name);
		is_str(links_of(pages[i].page, 1), pages[i].links, "byte by byte");
		is_str(links_of(pages[i].page, 7), pages[i].links, "seven at a time");
	}
}

static const struct {
	const char *name, *page;
	enum html_ending ending;
} endings[] = {
	{"an empty page", "", HTML_UNTOLD},
	{"a piece of a page", "<ul><li><a href=x>y</a></ul>", HTML_UNTOLD},
	{"a whole page", "<!DOCTYPE html><HTML lang=en><Body\nclass='x'><table><tr></table></bODY ></html>",
	 HTML_CLOSED},
	{"that says nothing behind </body>", "<html><body><table></body>", HTML_CLOSED},
	{"blanks behind its end", "<html></html>\n\n", HTML_CLOSED},
	{"only a table", "<table><tr><td></table>", HTML_CLOSED},
	{"a body that does not end", "<body><a href=x>y</a>", HTML_CUT},
	{"a page that does not end", "<html><table></table>", HTML_CUT},
	{"a table that does not end", "<p><table/><tr>", HTML_CUT},
	{"an end that does not end", "<html><p></html", HTML_CUT},
	{"other elements", "<htmlx><tables><bodybuilder><html-x>< html>", HTML_UNTOLD},
	{"half a link", "<p><a href='x'>y</a><a href='/a/b", HTML_CUT},
	{"a page behind a page", "<html></html><html>", HTML_CUT},
	{"many <", "<<<<html>><<<</html>", HTML_CLOSED},
};

static void test_endings(void)
{
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		for (size_t piece = 1; piece < 4; piece++) {
			struct html *h = html_new(&(struct html_events){.link = NULL});
			size_t len = strlen(endings[i].page);

			for (size_t at = 0; at < len; at += piece)
				html_feed(h, endings[i].page + at, piece < len - at ? piece : len - at);
			html_end(h);
			is_int(html_ending(h), endings[i].ending, "the end of %s", endings[i].name);
			html_free(h);
		}
	}
}

static void test_long(void)
{
	static char page[HTML_LINK_MAX + 2048];
	char want[HTML_TEXT_MAX + 8] = "x|";
	int n = 0;

	memset(want + 2, 't', HTML_TEXT_MAX - 1);
	memcpy(want + 1 + HTML_TEXT_MAX, "\n", 2);
	n = snprintf(page, sizeof(page), "<a href=x>%0*d</a>", 1000, 0);
	memset(page + 10, 't', 1000);
	is_str(links_of(page, 0), want, "a text of %d bytes is cut", n - 14);
	n = snprintf(page, sizeof(page), "<a href=%0*d>a</a><a href=y>b</a>", HTML_LINK_MAX + 1, 0);
	is_str(links_of(page, 0), "y|b\n", "too long a link is left out");
}

/* The head once, then the body until so many bytes have come: it may end early, but not late nor with much memory. */
static const struct {
	const char *name, *head, *body;
	int rc;
} attacks[] = {
	{"links for ever", "<ul>", "<li><a href=\"file.torrent\">f</a></li>\n", 0},
	{"elements that are never closed", "", "<b>", -EBADMSG},
	{"elements that were never opened", "<b><b><b><b>", "</i></p>", 0},
	{"attributes for ever", "<a ", "b c d ", -EBADMSG},
	{"a quote that never ends", "<a href='", "x>y z", -EBADMSG},
	{"a comment that never ends", "<!--", "-- x", -EBADMSG},
	{"a script that never ends", "<script>", "</ <!-- x", -EBADMSG},
	{"tables in tables", "", "<table><tr><td>", -EBADMSG},
	{"pages in pages", "", "</html><html>", -EBADMSG},
	{"text", "", "<<& ", 0},
	{"zeros", "", "<a\x01href=\x02>\x03", 0},
};

static void attack(const char *name, const char *head, const char *body, int want)
{
	struct buf story;
	struct html *h;
	struct rusage used;
	size_t total = 20 << 20, n = 0, len = strlen(body);
	clock_t start = clock();
	static char piece[65536];
	size_t piece_len = 0;
	int rc;

	buf_init(&story, STORY_MAX);
	while (piece_len + len < sizeof(piece)) {
		memcpy(piece + piece_len, body, len);
		piece_len += len;
	}
	h = html_new(&(struct html_events){.link = on_link, .context = &story});
	for (rc = html_feed(h, head, strlen(head)); !rc && n < total; n += piece_len)
		rc = html_feed(h, piece, piece_len);
	if (!rc)
		rc = html_end(h);
	html_free(h);
	buf_done(&story);
	getrusage(RUSAGE_SELF, &used);
	is_int(rc, want, "%s: %zu KiB", name, n >> 10);
	ok(clock() - start < tap_slow() * PATIENCE_S * CLOCKS_PER_SEC, "in %d s of CPU",
	   (int)((clock() - start) / CLOCKS_PER_SEC));
#if !defined(__SANITIZE_ADDRESS__)
	ok(used.ru_maxrss < MEMORY_MAX_KIB, "with %ld KiB", used.ru_maxrss);
#endif
}

/* What went wrong in a page is of no interest on a terminal. */
static void test_silence(void)
{
	int saved = dup(STDERR_FILENO), file = open("/tmp", O_TMPFILE | O_RDWR, 0600);
	char text[256] = "";

	dup2(file, STDERR_FILENO);
	links_of("<a href=x></b></i>&nonsense;<q =<>\xff\x01</html></html><![CDATA[<?php", 0);
	dup2(saved, STDERR_FILENO);
	ok(pread(file, text, sizeof(text) - 1, 0) == 0, "nothing on stderr: %s", text);
	close(file);
	close(saved);
}

int main(void)
{
	test_pages();
	test_endings();
	test_long();
	test_silence();
	for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++)
		attack(attacks[i].name, attacks[i].head, attacks[i].body, attacks[i].rc);
	links_of("", 0);
	return tap_done();
}
