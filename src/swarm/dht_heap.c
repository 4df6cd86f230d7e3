/* A binary heap of slots, each at most once, that can be moved and taken out. It does not know what they wait for. */
#include "swarm/dht_private.h"

#include <stdlib.h>

#include "base/xmalloc.h"

void dht_heap_done(struct dht_heap *h)
{
	free(h->items);
	free(h->where);
}

static void place(struct dht_heap *h, uint32_t at, struct dht_heap_item item)
{
	h->items[at] = item;
	h->where[item.slot] = at;
}

static void rise(struct dht_heap *h, uint32_t at, struct dht_heap_item item)
{
	for (; at > 0 && h->items[(at - 1) / 2].key > item.key; at = (at - 1) / 2)
		place(h, at, h->items[(at - 1) / 2]);
	place(h, at, item);
}

static void sink(struct dht_heap *h, uint32_t at, struct dht_heap_item item)
{
	uint32_t child;

	for (; (child = 2 * at + 1) < h->count; at = child) {
		if (child + 1 < h->count && h->items[child + 1].key < h->items[child].key)
			child++;
		if (h->items[child].key >= item.key)
			break;
		place(h, at, h->items[child]);
	}
	place(h, at, item);
}

static void make_room(struct dht_heap *h, uint32_t slot)
{
	if (h->count == h->cap) {
		h->cap = h->cap ? h->cap * 2 : 64;
		h->items = xreallocarray(h->items, h->cap, sizeof(*h->items));
	}
	if (slot >= h->where_cap) {
		uint32_t cap = slot < 32 ? 64 : slot * 2;

		h->where = xreallocarray(h->where, cap, sizeof(*h->where));
		for (uint32_t i = h->where_cap; i < cap; i++)
			h->where[i] = DHT_NOBODY;
		h->where_cap = cap;
	}
}

void dht_heap_put(struct dht_heap *h, uint32_t slot, int64_t key)
{
	if (slot < h->where_cap && h->where[slot] != DHT_NOBODY && h->items[h->where[slot]].key == key)
		return;
	dht_heap_drop(h, slot);
	make_room(h, slot);
	rise(h, h->count++, (struct dht_heap_item){key, slot});
}

void dht_heap_drop(struct dht_heap *h, uint32_t slot)
{
	uint32_t at = slot < h->where_cap ? h->where[slot] : DHT_NOBODY;
	struct dht_heap_item last;

	if (at == DHT_NOBODY)
		return;
	h->where[slot] = DHT_NOBODY;
	last = h->items[--h->count];
	if (last.slot == slot)
		return;
	if (at > 0 && h->items[(at - 1) / 2].key > last.key)
		rise(h, at, last);
	else
		sink(h, at, last);
}
