/* Any bytes as a page of a collection, whole and in pieces: the same is found, and it keeps its promises. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "swarm/collect_page.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

struct tally {
	size_t links, magnets, entries, bad, kind;
};

static void must(bool kept)
{
	if (!kept)
		abort();
}

static void on_link(void *context, const char *reference)
{
	must(strlen(reference) <= COLLECT_OBJECT_MAX);
	((struct tally *)context)->links++;
}

static void on_magnet(void *context, const char *magnet)
{
	must(strlen(magnet) >= strlen("magnet:"));
	((struct tally *)context)->magnets++;
}

static void on_entry(void *context, const struct collect_entry *entry)
{
	must(entry->has_hash && entry->name && entry->link && entry->magnet && entry->type);
	((struct tally *)context)->entries++;
}

static void on_bad(void *context, const char *why)
{
	must(*why != '\0');
	((struct tally *)context)->bad++;
}

static bool findings(const char *bytes, size_t len, size_t piece, struct tally *tally)
{
	struct collect_page_events events = {on_link, on_magnet, on_entry, on_bad, tally};
	struct collect_page *p = collect_page_new("", &events);
	struct err err = {""};
	int rc = 0;

	*tally = (struct tally){0};
	for (size_t at = 0; at < len && !rc; at += piece)
		rc = collect_page_feed(p, bytes + at, piece < len - at ? piece : len - at, &err);
	if (!rc)
		rc = collect_page_end(p, &err);
	must(!rc || *err.msg);
	tally->kind = (size_t)collect_page_kind(p);
	must(strlen(collect_page_base(p)) <= COLLECT_REFERENCE_MAX);
	collect_page_free(p);
	return rc == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct tally whole, pieces;
	bool one = findings((const char *)bytes, len, len ? len : 1, &whole);
	bool two = findings((const char *)bytes, len, len ? bytes[0] % 61 + 1u : 1, &pieces);

	must(whole.kind == pieces.kind);
	/* A broken HTML page may fall apart in another way. */
	must(whole.kind == COLLECT_HTML || (one == two && memcmp(&whole, &pieces, sizeof(whole)) == 0));
	return 0;
}
