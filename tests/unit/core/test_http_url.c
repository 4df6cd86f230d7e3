/* References of a page (RFC 3986, 5.4), and hosts. */
#include "core/http.h"

#include <errno.h>

#include "tap.h"

static const char base[] = "http://a/b/c/d;p?q";

static void joins(const char *from, const char *reference, const char *want)
{
	struct buf url;
	int rc;

	buf_init(&url, 65536);
	rc = http_url_join(from, reference, &url);
	is_str(rc ? rc == -EINVAL ? "-EINVAL" : "another error" : buf_str(&url), want, "'%s'", reference);
	buf_done(&url);
}

static void test_rfc(void)
{
	static const struct {
		const char *reference, *url;
	} rows[] = {
		{"g", "http://a/b/c/g"},
		{"./g", "http://a/b/c/g"},
		{"g/", "http://a/b/c/g/"},
		{"/g", "http://a/g"},
		{"//g", "http://g/"},
		{"?y", "http://a/b/c/d;p?y"},
		{"g?y", "http://a/b/c/g?y"},
		{"#s", "http://a/b/c/d;p?q"},
		{"g#s", "http://a/b/c/g"},
		{"g?y#s", "http://a/b/c/g?y"},
		{";x", "http://a/b/c/;x"},
		{"g;x?y#s", "http://a/b/c/g;x?y"},
		{"", "http://a/b/c/d;p?q"},
		{".", "http://a/b/c/"},
		{"./", "http://a/b/c/"},
		{"..", "http://a/b/"},
		{"../g", "http://a/b/g"},
		{"../..", "http://a/"},
		{"../../g", "http://a/g"},
		{"../../../g", "http://a/g"},
		{"/./g", "http://a/g"},
		{"/../g", "http://a/g"},
		{"g.", "http://a/b/c/g."},
		{"..g", "http://a/b/c/..g"},
		{"./g/.", "http://a/b/c/g/"},
		{"g/../h", "http://a/b/c/h"},
		{"g;x=1/../y", "http://a/b/c/y"},
		{"g?y/../x", "http://a/b/c/g?y/../x"},
		{"g:h", "-EINVAL"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		joins(base, rows[i].reference, rows[i].url);
}

static void test_web(void)
{
	static const struct {
		const char *reference, *url;
	} rows[] = {
		{" \t a b.torrent\t", "http://a/b/c/a%20b.torrent"},
		{"a%20b.torrent", "http://a/b/c/a%20b.torrent"},
		{"[x] (y)+~'\".torrent", "http://a/b/c/[x]%20(y)+~'%22.torrent"},
		{"<s>|\\^`{}", "http://a/b/c/%3Cs%3E%7C%5C%5E%60%7B%7D"},
		{"HTTP://EXAMPLE.org:80/X", "http://example.org/X"},
		{"https://example.org:443", "https://example.org/"},
		{"https://example.org:8443?q", "https://example.org:8443/?q"},
		{"http://0x7f.1/", "http://127.0.0.1/"},
		{"http://[::FFFF:7f00:1]/", "http://[::ffff:7f00:1]/"},
		{"magnet:?xt=urn:btih:0", "-EINVAL"},
		{"mailto:a@b", "-EINVAL"},
		{"javascript:alert(1)", "-EINVAL"},
		{"file:///etc/passwd", "-EINVAL"},
		{"ftp://h/x", "-EINVAL"},
		{"http://user@h/", "-EINVAL"},
		{"http://user:pw@h/", "-EINVAL"},
		{"http://@h/", "-EINVAL"},
		{"http://h\\@evil/", "-EINVAL"},
		{"http://h:99999/", "-EINVAL"},
		{"http://", "-EINVAL"},
		{"http://[fe80::1%25eth0]/", "-EINVAL"},
		{"http://[::1", "-EINVAL"},
		{"a\001b", "-EINVAL"},
		{"//", "-EINVAL"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		joins(base, rows[i].reference, rows[i].url);
	joins("http://a/b/", "\303\274", "http://a/b/%c3%bc");
	joins("ftp://a/b", "http://h/", "http://h/");
	joins("ftp://a/b", "c", "-EINVAL");
	joins("nothing", "c", "-EINVAL");
}

static void test_limits(void)
{
	static char longest[20000];
	struct buf url;

	buf_init(&url, 30);
	is_int(http_url_join(base, "of-more-than-thirty-bytes.torrent", &url), -ENOBUFS, "no room");
	buf_done(&url);
	memset(longest, 'x', sizeof(longest) - 1);
	buf_init(&url, 1 << 20);
	is_int(http_url_join(base, longest, &url), -ENOBUFS, "too long a reference");
	buf_done(&url);
}

static void test_host(void)
{
	static const struct {
		const char *url, *host;
	} rows[] = {
		{"http://Example.ORG:8080/x", "example.org"},
		{"https://example.org.", "example.org"},
		{"http://[2001:DB8:0::1]:80/", "2001:db8::1"},
		{"http://0x7f.1", "127.0.0.1"},
		{"udp://example.org", NULL},
		{"http://me@example.org", NULL},
		{"example.org", NULL},
		{"", NULL},
	};
	struct buf host;

	buf_init(&host, 64);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int rc = http_url_host(rows[i].url, &host);

		is_str(rc ? NULL : buf_str(&host), rows[i].host, "%s", rows[i].url);
	}
	buf_done(&host);
	buf_init(&host, 3);
	is_int(http_url_host("http://example.org/", &host), -ENOBUFS, "no room for a host");
	buf_done(&host);
}

int main(void)
{
	test_rfc();
	test_web();
	test_limits();
	test_host();
	return tap_done();
}
