/* Targets, hosts and tokens as browsers, scrapers and others send them. */
#include "wire/webreq.h"

#include <errno.h>

#include "tap.h"

static void targets(void)
{
	struct webreq r;

	is_int(webreq_parse("/", &r), 0, "the page");
	is_str(r.path, "/", "... its path");
	is_int((long long)r.count, 0, "... without parameters");
	is_int(webreq_parse("/api/v1/peers?filter=country%3DDE+client~%22qBit%22&limit=10&&reverse&x=", &r), 0,
	       "parameters");
	is_str(r.path, "/api/v1/peers", "... the path ends at them");
	is_str(webreq_param(&r, "filter"), "country=DE client~\"qBit\"", "... escapes and blanks are undone");
	is_str(webreq_param(&r, "limit"), "10", "... the next");
	is_str(webreq_param(&r, "reverse"), "", "... one without a value");
	is_str(webreq_param(&r, "x"), "", "... one with an empty one");
	ok(!webreq_param(&r, "y"), "... one that is not there");
	is_int((long long)r.count, 4, "... are four");
	is_int(webreq_parse("/a+b%2fc?a+b=%c3%a9", &r), 0, "a plus in a path");
	is_str(r.path, "/a+b/c", "... is a plus");
	is_str(webreq_param(&r, "a b"), "\xc3\xa9", "... and UTF-8 is kept");
	is_int(webreq_parse("/?a=1&a=2", &r), 0, "a parameter twice");
	is_str(webreq_param(&r, "a"), "1", "... is the first");
	is_int(webreq_parse("/?q=%ef%bf%bd", &r), 0, "U+FFFD itself is text");
}

static void no_targets(void)
{
	static const struct {
		const char *target;
		int rc;
	} cases[] = {
		{"", -EINVAL},
		{"*", -EINVAL},
		{"http://127.0.0.1/", -EINVAL},
		{"/a#b", -EINVAL},
		{"/%", -EINVAL},
		{"/%4", -EINVAL},
		{"/%zz", -EINVAL},
		{"/%00", -EILSEQ},
		{"/?a=%00b", -EILSEQ},
		{"/?a=%0a", -EILSEQ},
		{"/?a=%7f", -EILSEQ},
		{"/?a=%c2%85", -EILSEQ},
		{"/?a=%ff", -EILSEQ},
		{"/?a=%c3", -EILSEQ},
		{"/\xc0\xaf", -EILSEQ},
		{"/?a=%\xc3\xa9", -EINVAL},
		{"/?abcdefghijklmnop=1", -ENAMETOOLONG},
		{"/?1&2&3&4&5&6&7&8&9", -E2BIG},
	};
	struct webreq r = {.count = 7};
	char text[2 * WEBREQ_VALUE];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_int(webreq_parse(cases[i].target, &r), cases[i].rc, "no target: '%s'", cases[i].target);
	is_int((long long)r.count, 7, "nothing was written");
	memset(text, 'x', sizeof(text));
	memcpy(text, "/?a=", 4);
	text[4 + WEBREQ_VALUE - 1] = '\0';
	is_int(webreq_parse(text, &r), 0, "the longest value");
	text[4 + WEBREQ_VALUE - 1] = 'x';
	text[4 + WEBREQ_VALUE] = '\0';
	is_int(webreq_parse(text, &r), -EMSGSIZE, "one longer");
	text[1] = 'x';
	text[WEBREQ_PATH] = '\0';
	is_int(webreq_parse(text, &r), -ENAMETOOLONG, "a long path");
}

static void hosts(void)
{
	static const char *const cases[][2] = {
		{"localhost:9899", "localhost"},
		{"LocalHost", "localhost"},
		{"localhost.", "localhost"},
		{"127.0.0.1:80", "127.0.0.1"},
		{"[::1]:9899", "::1"},
		{"[2001:DB8::1]", "2001:db8::1"},
		{"nas.example:", "nas.example"},
		{"", NULL},
		{":80", NULL},
		{".", NULL},
		{"a b", NULL},
		{"a,b", NULL},
		{"user@localhost", NULL},
		{"localhost/x", NULL},
		{"localhost:80a", NULL},
		{"localhost:123456", NULL},
		{"[::1", NULL},
		{"[localhost]", NULL},
		{"[]", NULL},
		{"[::1]x", NULL},
		{"::1", NULL},
		{"\xc3\xa9.example", NULL},
	};
	char text[2 * WEBREQ_HOST], host[WEBREQ_HOST];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int rc = webreq_host(cases[i][0], host);

		is_str(rc ? NULL : host, cases[i][1], "the host of '%s'", cases[i][0]);
	}
	memset(text, 'a', sizeof(text));
	text[WEBREQ_HOST - 1] = '\0';
	is_int(webreq_host(text, host), 0, "the longest host");
	text[WEBREQ_HOST - 1] = 'a';
	text[WEBREQ_HOST] = '\0';
	is_int(webreq_host(text, host), -EINVAL, "one longer");
}

static void tokens(void)
{
	static const char *const cases[][2] = {
		{"Bearer abc", "abc"},
		{"bearer   abc", "abc"},
		{"Basic dXNlcjphYmM=", "abc"},
		{"basic OmFiYw==", "abc"},
		{"Basic dTphOmI=", "a:b"},
		{"", NULL},
		{"Bearer", NULL},
		{"Bearer ", NULL},
		{"Bearerabc", NULL},
		{"Basic dXNlcg==", NULL},     /* "user" */
		{"Basic dXNlcjo=", NULL},     /* "user:" */
		{"Basic dXNlcjphAGI=", NULL}, /* a NUL in it */
		{"Basic !!!!", NULL},
		{"Digest username=\"x\"", NULL},
	};
	char text[4 * WEBREQ_TOKEN] = "Bearer ", token[WEBREQ_TOKEN];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int rc = webreq_token(cases[i][0], token);

		is_str(rc ? NULL : token, cases[i][1], "the token of '%s'", cases[i][0]);
	}
	memset(text + 7, 'a', sizeof(text) - 8);
	is_int(webreq_token(text, token), -EINVAL, "a token of a thousand letters");
	memcpy(text, "Basic  ", 7);
	is_int(webreq_token(text, token), -EINVAL, "and one in base64");
}

int main(void)
{
	targets();
	no_targets();
	hosts();
	tokens();
	return tap_done();
}
