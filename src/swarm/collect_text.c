/* URLs as people and file names have them. It fetches nothing. */
#include "swarm/collect.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/text.h"
#include "base/xmalloc.h"

enum { SHOWN_COLS = 100, STEM = 512, STEM_COLS = 200 };

static const char *after_scheme(const char *url)
{
	const char *at = strstr(url, "://");

	return at ? at + 3 : url;
}

void collect_shown(const char *url, char *clean, size_t size)
{
	const char *from = after_scheme(url), *login = NULL;

	if (from != url)
		login = memrchr(from, '@', strcspn(from, "/?#"));
	from = login ? login + 1 : from;
	/* What stands behind ? may be a key of its owner's. */
	text_clean(clean, size, from, strcspn(from, "?#"), SHOWN_COLS);
}

char *collect_decoded(const char *text)
{
	char *plain = xstrdup(text);
	size_t n = 0;

	for (const char *at = text; *at; at++) {
		int high = *at == '%' && at[1] ? str_hex(at[1]) : -1;
		int low = high >= 0 ? str_hex(at[2]) : -1;

		plain[n++] = low >= 0 && (high || low) ? (char)(high << 4 | low) : *at;
		at += low >= 0 && (high || low) ? 2 : 0;
	}
	plain[n] = '\0';
	return plain;
}

bool collect_holds(const char *url, const char *needle)
{
	char *plain;
	bool is = strstr(url, needle) != NULL;

	if (is || !strchr(url, '%'))
		return is;
	plain = collect_decoded(url);
	is = strstr(plain, needle) != NULL;
	free(plain);
	return is;
}

void collect_stem(const char *url, char *clean, size_t size)
{
	const char *path = strchr(after_scheme(url), '/'), *name;
	char stem[STEM];
	size_t end, n = 0;

	clean[0] = '\0';
	if (!path)
		return;
	end = strcspn(path, "?#");
	name = memrchr(path, '/', end);
	for (const char *at = name + 1; at < path + end && n < sizeof(stem) - 1; at++) {
		int high = *at == '%' && path + end - at > 2 ? str_hex(at[1]) : -1;
		int low = high >= 0 ? str_hex(at[2]) : -1;

		stem[n++] = low >= 0 ? (char)(high << 4 | low) : *at;
		at += low >= 0 ? 2 : 0;
	}
	stem[n] = '\0';
	if (n > strlen(".torrent") && strcasecmp(stem + n - strlen(".torrent"), ".torrent") == 0)
		n -= strlen(".torrent");
	text_clean(clean, size, stem, n, STEM_COLS);
}

void collect_host(const char *url, struct buf *host)
{
	const char *from = after_scheme(url);
	size_t len = strcspn(from, "/?#");

	buf_reset(host);
	if (*from == '[') {
		from++;
		len = strcspn(from, "]");
	} else {
		const char *port = memchr(from, ':', len);

		len = port ? (size_t)(port - from) : len;
		len -= len > 1 && from[len - 1] == '.';
	}
	buf_add(host, from, len);
}
