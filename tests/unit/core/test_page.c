/* The frame of a page: hostile texts stay texts, links lead where links may, and the policy names what may run. */
#include "core/page.h"

#include "base/base64.h"
#include "base/str.h"
#include "core/hash.h"
#include "tap.h"

enum { ROOM = 65536 };

static void escapes(void)
{
	struct buf out;

	buf_init(&out, ROOM);
	page_text(&out, "a<b>&\"quoted\" and 'so'</script>\xc3\xa9");
	is_str(buf_str(&out), "a&lt;b&gt;&amp;&quot;quoted&quot; and &#39;so&#39;&lt;/script&gt;\xc3\xa9", "a text");
	buf_reset(&out);
	is_int(page_text(&out, ""), 0, "an empty text");
	is_str(buf_str(&out), "", "... is empty");
	buf_done(&out);
	buf_init(&out, 6);
	ok(page_text(&out, "<<") < 0, "what does not fit is told");
	buf_done(&out);
}

static void links(void)
{
	static const char *const cases[][2] = {
		{"http://a.test/x?y=1&z=2", "http://a.test/x?y=1&amp;z=2"},
		{"HTTPS://a.test/\"onclick=", "HTTPS://a.test/&quot;onclick="},
		{"magnet:?xt=urn:btih:00", "magnet:?xt=urn:btih:00"},
		{"javascript:alert(1)", "#"},
		{" http://a.test", "#"},
		{"data:text/html,x", "#"},
		{"file:///etc/passwd", "#"},
		{"//a.test", "#"},
		{"", "#"},
	};
	struct buf out;

	buf_init(&out, ROOM);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&out);
		page_href(&out, cases[i][0]);
		is_str(buf_str(&out), cases[i][1], "link %s", cases[i][0]);
	}
	buf_done(&out);
}

static void json(void)
{
	static const char text[] = "[\"</script><!--&\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\x93\"]";
	struct buf out;

	buf_init(&out, ROOM);
	page_json(&out, text, sizeof(text) - 1);
	is_str(buf_str(&out), "[\"\\u003c/script\\u003e\\u003c!--\\u0026\\u2028\\u2029\xe2\x80\x93\"]",
	       "JSON in a page");
	buf_reset(&out);
	page_json(&out, "\xe2\x80\xa8", 2);
	is_str(buf_str(&out), "\xe2\x80", "a cut character is passed on");
	buf_done(&out);
}

/* Whether the policy of a page names the SHA-256 of what stands between two marks. */
static bool allows(const char *page, const char *open, const char *close)
{
	const char *from = strstr(page, open), *to = from ? strstr(from, close) : NULL;
	uint8_t digest[32];
	struct buf hash;
	bool found;

	if (!to)
		return false;
	from += strlen(open);
	hash_sha256(from, (size_t)(to - from), digest);
	buf_init(&hash, 64);
	base64_write(digest, sizeof(digest), &hash);
	found = strstr(page, buf_str(&hash)) != NULL;
	buf_done(&hash);
	return found;
}

static void frame(void)
{
	struct buf out;

	buf_init(&out, ROOM);
	page_head(&out, "<Title>", NULL);
	ok(strstr(buf_str(&out), "<title>&lt;Title&gt;</title>"), "the title is a text");
	ok(strstr(buf_str(&out), "default-src 'none'") && strstr(buf_str(&out), "script-src 'none'"),
	   "no script may run");
	ok(allows(buf_str(&out), "<style>", "</style>"), "its style may");
	buf_reset(&out);
	page_head_script(&out, "x", "b{}", "let a = '</b>';\n");
	page_script(&out, "let a = '</b>';\n");
	is_int(page_foot(&out), 0, "a page with a script fits");
	ok(allows(buf_str(&out), "<style>", "</style>"), "... with more style");
	ok(allows(buf_str(&out), "<script>", "</script>"), "... whose script may run");
	ok(!strstr(buf_str(&out), "unsafe"), "... and nothing else");
	buf_done(&out);
	buf_init(&out, 100);
	ok(page_head(&out, "x", NULL) < 0, "what does not fit is told");
	buf_done(&out);
}

static void scripts(void)
{
	const char *const files[] = {"let a = 1;\n", "let b = 2;\n", NULL};
	const char *begin = "(() => {\n\"use strict\";\n", *end = "let a = 1;\nlet b = 2;\n})();\n";
	struct buf out;

	buf_init(&out, ROOM);
	is_int(page_join(&out, files), 0, "a script of two files");
	ok(str_starts(buf_str(&out), begin) && strcmp(buf_str(&out) + out.len - strlen(end), end) == 0,
	   "in one function, in their order");
	ok(strstr(buf_str(&out), "const bytes = ") && strstr(buf_str(&out), "const age = "),
	   "behind what all pages have");
	buf_done(&out);
	buf_init(&out, 100);
	ok(page_join(&out, files) < 0, "what does not fit is told");
	buf_done(&out);
}

static void live(void)
{
	struct buf out, policy;

	buf_init(&out, ROOM);
	buf_init(&policy, 1024);
	is_int(page_head_live(&out, "x", "b{}", "let a;\n", &policy), 0, "a live page");
	page_script(&out, "let a;\n");
	ok(allows(buf_str(&out), "<style>", "</style>") && allows(buf_str(&out), "<script>", "</script>"),
	   "its style and its script may run");
	ok(strstr(buf_str(&out), "; connect-src 'self'\">"), "it may ask its own server");
	ok(strstr(buf_str(&policy), "default-src 'none'; ") == policy.data &&
		   strstr(buf_str(&policy), "; connect-src 'self'; frame-ancestors 'none'"),
	   "a header says the same and who may frame it");
	buf_reset(&out);
	page_head_script(&out, "x", NULL, "let a;\n");
	ok(!strstr(buf_str(&out), "connect-src"), "other pages may ask nobody");
	buf_done(&policy);
	buf_init(&policy, 50);
	ok(page_head_live(&out, "x", NULL, "let a;\n", &policy) < 0, "a policy that does not fit is told");
	buf_done(&policy);
	buf_done(&out);
}

int main(void)
{
	escapes();
	links();
	json();
	frame();
	scripts();
	live();
	return tap_done();
}
