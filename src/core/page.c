/* Writes the frame of an HTML page, and texts that stay texts in it. It does not know what a page shows. */
#include "core/page.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "core/hash.h"
#include "share.h"

static int fits(const struct buf *out)
{
	return out->full ? -ENOBUFS : 0;
}

int page_text(struct buf *out, const char *text)
{
	static const char *const entities[128] = {
		['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;",
	};

	while (*text) {
		size_t run = strcspn(text, "&<>\"'");

		buf_add(out, text, run);
		text += run;
		if (*text)
			buf_puts(out, entities[(unsigned char)*text++]);
	}
	return fits(out);
}

int page_href(struct buf *out, const char *url)
{
	static const char *const schemes[] = {"http://", "https://", "magnet:?"};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strncasecmp(url, schemes[i], strlen(schemes[i])) == 0)
			return page_text(out, url);
	return buf_putc(out, '#');
}

/* A source expression of CSP: 'sha256-...' of what stands between the tags. */
static void put_hash(struct buf *out, const void *bytes, size_t len)
{
	uint8_t digest[32];

	hash_sha256(bytes, len, digest);
	buf_puts(out, "'sha256-");
	base64_write(digest, sizeof(digest), out);
	buf_putc(out, '\'');
}

/* What the page may do: run this script (NULL = none), wear this style, ask its own server if it is live. */
static void put_policy(struct buf *out, const struct buf *style, const char *script, bool live)
{
	buf_puts(out, "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; style-src ");
	put_hash(out, buf_str(style), style->len);
	buf_puts(out, "; script-src ");
	if (script)
		put_hash(out, script, strlen(script));
	else
		buf_puts(out, "'none'");
	if (live)
		buf_puts(out, "; connect-src 'self'");
}

/* `policy`: NULL = not live. */
static int put_head(struct buf *out, const char *title, const char *style, const char *script, struct buf *policy)
{
	struct buf css;
	bool whole;

	buf_init(&css, out->max);
	buf_puts(&css, share_page_css);
	buf_puts(&css, style ? style : "");
	buf_puts(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		      "<meta http-equiv=\"Content-Security-Policy\" content=\"");
	put_policy(out, &css, script, policy != NULL);
	buf_puts(out, "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		      "<meta name=\"referrer\" content=\"no-referrer\">\n<link rel=\"icon\" href=\"data:,\">\n<title>");
	page_text(out, title);
	/* No line end before the style: it would not be in the hash. */
	buf_puts(out, "</title>\n<style>");
	buf_add(out, buf_str(&css), css.len);
	buf_puts(out, "</style>\n</head>\n<body>\n");
	if (policy) {
		put_policy(policy, &css, script, true);
		buf_puts(policy, "; frame-ancestors 'none'");
	}
	whole = !css.full;
	buf_done(&css);
	return whole ? fits(out) : -ENOBUFS;
}

int page_head_script(struct buf *out, const char *title, const char *style, const char *script)
{
	return put_head(out, title, style, script, NULL);
}

int page_head_live(struct buf *out, const char *title, const char *style, const char *script, struct buf *policy)
{
	int rc = put_head(out, title, style, script, policy);

	return rc ? rc : fits(policy);
}

int page_head(struct buf *out, const char *title, const char *style)
{
	return page_head_script(out, title, style, NULL);
}

int page_join(struct buf *script, const char *const *files)
{
	buf_puts(script, "(() => {\n\"use strict\";\n");
	buf_puts(script, share_page_js);
	for (size_t i = 0; files[i]; i++)
		buf_puts(script, files[i]);
	buf_puts(script, "})();\n");
	return fits(script);
}

int page_script(struct buf *out, const char *script)
{
	buf_puts(out, "<script>");
	buf_puts(out, script);
	buf_puts(out, "</script>\n");
	return fits(out);
}

/* What could end the element, begin a comment in it, or end a line of JavaScript as U+2028 and U+2029 do; all of it can
 * stand in JSON only within texts, where an escape means the same. */
static size_t risky(const char *json, size_t len, const char **escape)
{
	static const struct {
		const char *bytes, *escape;
	} risks[] = {
		{"<", "\\u003c"},
		{">", "\\u003e"},
		{"&", "\\u0026"},
		{"\xe2\x80\xa8", "\\u2028"},
		{"\xe2\x80\xa9", "\\u2029"},
	};

	for (size_t i = 0; i < sizeof(risks) / sizeof(risks[0]); i++) {
		size_t n = strlen(risks[i].bytes);

		if (n <= len && memcmp(json, risks[i].bytes, n) == 0) {
			*escape = risks[i].escape;
			return n;
		}
	}
	return 0;
}

int page_json(struct buf *out, const char *json, size_t len)
{
	size_t done = 0;

	for (size_t i = 0; i < len;) {
		const char *escape = NULL;
		size_t n = strchr("<>&\xe2", json[i]) ? risky(json + i, len - i, &escape) : 0;

		if (!n) {
			i++;
			continue;
		}
		buf_add(out, json + done, i - done);
		buf_puts(out, escape);
		done = i += n;
	}
	buf_add(out, json + done, len - done);
	return fits(out);
}

int page_foot(struct buf *out)
{
	return buf_puts(out, "</body>\n</html>\n");
}
