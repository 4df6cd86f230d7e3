/* URLs of the web: references of a page, and hosts. It reads them with the parser that the requests are made with, so
 * that a check and a connection never see two different hosts. It does not know what may be connected to. */
#include "core/http_private.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

enum {
	URL_MAX = 16 * 1024, /* longest that is read */
};

static int add_char(struct buf *out, char c)
{
	static const char refused[] = "\"<>\\^`{|}";
	unsigned char byte = (unsigned char)c;

	if (byte <= ' ' || byte >= 0x7f || strchr(refused, c))
		return buf_printf(out, "%%%02X", byte);
	return buf_putc(out, c);
}

/* A host in the form that is compared and shown: small, in ASCII. An international name becomes its xn-- form, after
 * which it may be an address: the caller parses again. */
static int set_host(CURLU *url, bool *again)
{
	char *host = NULL, *zone = NULL;
	unsigned flags = 0;
	int rc = 0;

#ifdef CURLU_PUNYCODE
	flags = CURLU_PUNYCODE;
#endif
	if (curl_url_get(url, CURLUPART_HOST, &host, flags) || !*host)
		rc = -EINVAL;
	else if (curl_url_get(url, CURLUPART_ZONEID, &zone, 0) == CURLUE_OK)
		rc = -EINVAL; /* good on this machine only */
	for (char *c = host; rc == 0 && *c; c++) {
		if ((unsigned char)*c >= 0x7f)
			rc = -EINVAL;
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	}
	if (rc == 0) {
		char *old = NULL;

		*again = curl_url_get(url, CURLUPART_HOST, &old, 0) || strcmp(old, host) != 0;
		curl_free(old);
		if (*again && curl_url_set(url, CURLUPART_HOST, host, 0))
			rc = -EINVAL;
	}
	curl_free(host);
	curl_free(zone);
	return rc;
}

static bool has(CURLU *url, CURLUPart part)
{
	char *text = NULL;
	bool is = curl_url_get(url, part, &text, 0) == CURLUE_OK;

	curl_free(text);
	return is;
}

static bool is_web(CURLU *url)
{
	char *scheme = NULL;
	bool is = curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		  (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);

	curl_free(scheme);
	return is;
}

/* What is left is a URL that says one thing only. */
static int normalise(CURLU *url)
{
	bool again = true;

	for (int i = 0; again; i++) {
		char *text = NULL;
		int rc;

		if (i == 3 || !is_web(url) || has(url, CURLUPART_USER) || has(url, CURLUPART_PASSWORD))
			return -EINVAL;
		if (curl_url_set(url, CURLUPART_FRAGMENT, NULL, 0))
			return -EINVAL;
		rc = set_host(url, &again);
		if (rc)
			return rc;
		if (!again)
			break;
		if (curl_url_get(url, CURLUPART_URL, &text, CURLU_NO_DEFAULT_PORT))
			return -EINVAL;
		rc = curl_url_set(url, CURLUPART_URL, text, 0) ? -EINVAL : 0;
		curl_free(text);
		if (rc)
			return rc;
	}
	return 0;
}

static int write_url(CURLU *url, struct buf *out)
{
	char *text = NULL;
	int rc = 0;

	if (curl_url_get(url, CURLUPART_URL, &text, CURLU_NO_DEFAULT_PORT))
		return -EINVAL;
	buf_reset(out);
	for (const char *c = text; *c && rc == 0; c++)
		rc = add_char(out, *c);
	curl_free(text);
	return rc;
}

/* Without white space around it and without its fragment. */
static int read_reference(const char *text, struct buf *reference)
{
	size_t len;

	text += strspn(text, " \t\r\n\f");
	len = strcspn(text, "#");
	while (len && strchr(" \t\r\n\f", text[len - 1]))
		len--;
	return buf_add(reference, text, len);
}

int http_url_join(const char *base, const char *reference, struct buf *url)
{
	struct buf clean;
	CURLU *u = curl_url();
	int rc;

	buf_init(&clean, URL_MAX);
	rc = u ? read_reference(reference, &clean) : -ENOBUFS;
	/* An empty reference is the page itself (RFC 3986, 5.2.2), of which libcurl would cut the last part. */
	if (rc == 0 && base && *base && curl_url_set(u, CURLUPART_URL, base, CURLU_URLENCODE))
		rc = -EINVAL;
	if (rc == 0 && clean.len && curl_url_set(u, CURLUPART_URL, buf_str(&clean), CURLU_URLENCODE))
		rc = -EINVAL;
	if (rc == 0)
		rc = normalise(u);
	if (rc == 0)
		rc = write_url(u, url);
	curl_url_cleanup(u);
	buf_done(&clean);
	return rc;
}

int http_url_host(const char *url, struct buf *host)
{
	struct buf normal;
	CURLU *u = curl_url();
	char *text = NULL;
	size_t len, skip = 0;
	int rc;

	buf_init(&normal, 3 * URL_MAX);
	rc = u ? http_url_join(NULL, url, &normal) : -ENOBUFS;
	if (rc == 0 &&
	    (curl_url_set(u, CURLUPART_URL, buf_str(&normal), 0) || curl_url_get(u, CURLUPART_HOST, &text, 0)))
		rc = -EINVAL;
	if (rc == 0) {
		len = strlen(text);
		if (*text == '[') {
			skip = 1;
			len -= 2;
		} else if (len > 1 && text[len - 1] == '.') {
			len--; /* the root: the same name */
		}
		buf_reset(host);
		rc = buf_add(host, text + skip, len);
	}
	curl_free(text);
	curl_url_cleanup(u);
	buf_done(&normal);
	return rc;
}
