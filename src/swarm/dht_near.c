/* Closest nodes by torrent, in one block of memory: a hundred thousand torrents have twenty megabytes of them. It does
 * not know what the bytes mean, but for how long a node is. */
#include "swarm/dht_near.h"

#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"

enum { NOWHERE = UINT32_MAX, SAME = 6 }; /* of eight nodes; fewer are worth a write */

struct place {
	int64_t id;
	uint32_t position;
};

struct dht_near {
	struct catalog *catalog;
	const struct catalog_target *targets;
	size_t count, each;
	int family;
	struct place *by_id; /* while loading */
	uint32_t *at;        /* of each target, in `bytes`, behind its length */
	uint8_t *bytes;
	size_t used, cap;
};

static int by_id(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static void take(void *context, int64_t torrent, const void *nodes, size_t len)
{
	struct dht_near *n = context;
	struct place key = {.id = torrent}, *place = bsearch(&key, n->by_id, n->count, sizeof(key), by_id);
	uint16_t size = (uint16_t)len;

	if (!place || len == 0 || len > DHT_NEAR_BYTES || n->used + sizeof(size) + len >= NOWHERE)
		return;
	if (n->used + sizeof(size) + len > n->cap) {
		n->cap = n->cap + n->cap / 2 + (64 << 10);
		n->bytes = xreallocarray(n->bytes, n->cap, 1);
	}
	n->at[place->position] = (uint32_t)n->used;
	memcpy(n->bytes + n->used, &size, sizeof(size));
	memcpy(n->bytes + n->used + sizeof(size), nodes, len);
	n->used += sizeof(size) + len;
}

struct dht_near *dht_near_load(struct catalog *c, enum dht_family family, const struct catalog_target *targets,
			       size_t count)
{
	struct dht_near *n = xcalloc(1, sizeof(*n));

	n->catalog = c;
	n->targets = targets;
	n->count = count;
	n->family = family == DHT_V4 ? 4 : 6;
	n->each = family == DHT_V4 ? COMPACT_NODE4 : COMPACT_NODE6;
	n->at = xreallocarray(NULL, count + 1, sizeof(*n->at));
	n->by_id = xreallocarray(NULL, count + 1, sizeof(*n->by_id));
	for (size_t i = 0; i < count; i++) {
		n->at[i] = NOWHERE;
		n->by_id[i] = (struct place){targets[i].id, (uint32_t)i};
	}
	qsort(n->by_id, count, sizeof(*n->by_id), by_id);
	catalog_near(c, n->family, take, n);
	free(n->by_id);
	n->by_id = NULL;
	return n;
}

void dht_near_free(struct dht_near *n)
{
	if (!n)
		return;
	free(n->at);
	free(n->bytes);
	free(n);
}

const uint8_t *dht_near_get(const struct dht_near *n, size_t position, size_t *len)
{
	uint16_t size;

	*len = 0;
	if (!n || n->at[position] == NOWHERE)
		return NULL;
	memcpy(&size, n->bytes + n->at[position], sizeof(size));
	*len = size;
	return n->bytes + n->at[position] + sizeof(size);
}

static size_t count_same(const struct dht_near *n, const uint8_t *old, size_t old_len, const uint8_t *nodes, size_t len)
{
	size_t same = 0;

	for (size_t i = 0; i + n->each <= len; i += n->each)
		for (size_t k = 0; k + n->each <= old_len; k += n->each)
			same += memcmp(nodes + i, old + k, n->each) == 0;
	return same;
}

void dht_near_put(struct dht_near *n, size_t position, const uint8_t *nodes, size_t len)
{
	size_t old_len;
	const uint8_t *old = dht_near_get(n, position, &old_len);

	if (!n || !len || (old && count_same(n, old, old_len, nodes, len) >= SAME))
		return;
	catalog_put_near(n->catalog, n->targets[position].id, n->family, nodes, len);
}
