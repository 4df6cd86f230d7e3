/* Any bytes as a torrent file: what is read keeps the promises of its header. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "core/hash.h"
#include "fuzz/text_properties.h"
#include "wire/metainfo.h"

enum { ARENA_MAX = 64 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void must(bool kept)
{
	if (!kept)
		abort();
}

static void check(const struct metainfo *m)
{
	must(m->has_v1 || m->has_v2);
	must(m->files <= METAINFO_FILES && m->size <= INT64_MAX && m->created >= 0);
	must(!unclean(m->name) && !unclean(m->comment) && !unclean(m->created_by));
	must(m->tracker_count <= METAINFO_TRACKERS && m->web_seed_count <= METAINFO_WEB_SEEDS);
	for (size_t i = 0; i < m->tracker_count; i++) {
		must(!unclean(m->trackers[i].url));
		must(m->trackers[i].tier <= (i ? m->trackers[i - 1].tier + 1 : 0));
	}
	for (size_t i = 0; i < m->web_seed_count; i++)
		must(!unclean(m->web_seeds[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const struct metainfo_digests digests = {.sha1 = hash_sha1, .sha256 = hash_sha256};
	struct err err = {{0}};
	struct metainfo m;
	struct arena arena;

	arena_init(&arena, ARENA_MAX);
	if (metainfo_read(bytes, len, &digests, &arena, &m, &err) == 0)
		check(&m);
	else
		must(*err.msg && !unclean(err.msg));
	arena_done(&arena);
	return 0;
}
