/* Any bytes as a page, whole and cut in two: links keep the promises of their header. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/html.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void must(bool kept)
{
	if (!kept)
		abort();
}

static void on_link(void *context, const char *href, const char *text)
{
	size_t *count = context;

	must(strlen(href) <= HTML_LINK_MAX && strlen(text) < HTML_TEXT_MAX);
	++*count;
}

static void on_base(void *context, const char *href)
{
	(void)context;
	must(strlen(href) <= HTML_LINK_MAX);
}

static size_t links_of(const char *page, size_t len, size_t cut)
{
	size_t count = 0;
	struct html *h = html_new(&(struct html_events){.link = on_link, .base = on_base, .context = &count});
	int rc = html_feed(h, page, cut);

	if (!rc)
		rc = html_feed(h, page + cut, len - cut);
	if (!rc)
		rc = html_end(h);
	must(rc <= 0);
	html_free(h);
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	links_of((const char *)bytes, len, len);
	links_of((const char *)bytes, len, len / 2);
	links_of((const char *)bytes, len, len ? bytes[0] % len : 0);
	return 0;
}
