/* Any bytes as a magnet link: what is read keeps the promises of its header, and is the same when written anew. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "fuzz/text_properties.h"
#include "wire/magnet.h"

enum { ARENA_MAX = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void must(bool kept)
{
	if (!kept)
		abort();
}

static void there_and_back(const struct magnet *m, struct arena *a)
{
	struct magnet again;
	struct buf out;

	buf_init(&out, MAGNET_MAX);
	must(magnet_write(m->hash, m->name, &out) == 0);
	must(magnet_read(buf_str(&out), out.len, a, &again, NULL) == 0);
	must(memcmp(m->hash, again.hash, sizeof(m->hash)) == 0 && strcmp(m->name, again.name) == 0);
	buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct err err = {{0}};
	struct magnet m;
	struct arena arena;

	arena_init(&arena, ARENA_MAX);
	if (magnet_read((const char *)bytes, len, &arena, &m, &err) == 0) {
		must(m.has_v1 || m.has_v2);
		must(!unclean(m.name) && m.size <= INT64_MAX && m.tracker_count <= MAGNET_TRACKERS);
		for (size_t i = 0; i < m.tracker_count; i++)
			must(!unclean(m.trackers[i]));
		there_and_back(&m, &arena);
	} else {
		must(*err.msg && !unclean(err.msg));
	}
	arena_done(&arena);
	return 0;
}
