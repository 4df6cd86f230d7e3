/* Live nodes by id, and the dead by address. It asks nobody: who answers is put here, from where every lookup begins,
 * so that no two of them knock at the same doors. */
#include "swarm/dht_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"

enum {
	SETS = 1 << 14,         /* of graves */
	SET = 4,
	GRAVE_MS = 3600 * 1000, /* after which a node may have come back */
};

void dht_nodes_init(struct dht_nodes *n, bool by_port)
{
	*n = (struct dht_nodes){.by_port = by_port};
	n->cells = xreallocarray(NULL, DHT_CELLS, sizeof(*n->cells));
	map_init(&n->by_key, sizeof(*n->list), offsetof(struct dht_node, key), sizeof(struct dht_at));
}

void dht_nodes_done(struct dht_nodes *n)
{
	free(n->list);
	free(n->cells);
	map_done(&n->by_key);
}

static struct dht_at key_of(const struct dht_nodes *n, const struct dht_at *at)
{
	return (struct dht_at){at->ip, n->by_port ? at->port : 0};
}

static uint32_t find(const struct dht_nodes *n, const struct dht_at *key)
{
	return map_find(&n->by_key, n->list, key, map_hash(&n->by_key, key));
}

/* The place of a position in its cell. */
static uint16_t *place_of(const struct dht_nodes *n, uint32_t at)
{
	uint16_t *place = n->cells[n->list[at].id[0]];

	while (*place != at)
		place++;
	return place;
}

/* The last of the cell takes its place there, the last of all its position. */
static void take_out(struct dht_nodes *n, uint32_t at)
{
	uint32_t cell = n->list[at].id[0], last = --n->count;

	*place_of(n, at) = n->cells[cell][--n->counts[cell]];
	map_del(&n->by_key, map_hash(&n->by_key, &n->list[at].key), at);
	if (at != last) {
		uint32_t hash = map_hash(&n->by_key, &n->list[last].key);

		*place_of(n, last) = (uint16_t)at;
		map_del(&n->by_key, hash, last);
		n->list[at] = n->list[last];
		map_add(&n->by_key, hash, at);
	}
}

static uint32_t longest_unseen(const struct dht_nodes *n, uint32_t cell)
{
	uint32_t oldest = n->cells[cell][0];

	for (uint32_t i = 1; i < n->counts[cell]; i++)
		if (n->list[n->cells[cell][i]].seen < n->list[oldest].seen)
			oldest = n->cells[cell][i];
	return oldest;
}

static uint32_t add(struct dht_nodes *n, const struct dht_at *key, const uint8_t *id)
{
	uint32_t cell = id[0];

	if (n->counts[cell] == DHT_CELL)
		take_out(n, longest_unseen(n, cell));
	if (n->count == n->cap) {
		n->cap = n->cap ? n->cap * 2 : 256;
		n->list = xreallocarray(n->list, n->cap, sizeof(*n->list));
	}
	n->cells[cell][n->counts[cell]++] = (uint16_t)n->count;
	n->list[n->count] = (struct dht_node){.key = *key};
	memcpy(n->list[n->count].id, id, COMPACT_ID);
	map_add(&n->by_key, map_hash(&n->by_key, key), n->count);
	return n->count++;
}

void dht_nodes_seen(struct dht_nodes *n, const struct dht_at *at, const uint8_t *id, uint32_t rtt, int64_t now)
{
	struct dht_at key = key_of(n, at);
	uint32_t place = find(n, &key);

	if (place != MAP_NONE && memcmp(n->list[place].id, id, COMPACT_ID) != 0) {
		take_out(n, place);
		place = MAP_NONE;
	}
	if (place == MAP_NONE)
		place = add(n, &key, id);
	n->list[place].port = at->port;
	n->list[place].rtt = (uint16_t)(rtt < UINT16_MAX ? rtt : UINT16_MAX);
	n->list[place].seen = now;
}

void dht_nodes_forget(struct dht_nodes *n, const struct dht_at *at)
{
	struct dht_at key = key_of(n, at);
	uint32_t place = find(n, &key);

	if (place != MAP_NONE && n->list[place].port == at->port)
		take_out(n, place);
}

static bool closer(const uint8_t *a, const uint8_t *b, const uint8_t *target)
{
	for (int i = 0; i < COMPACT_ID; i++)
		if (a[i] != b[i])
			return (a[i] ^ target[i]) < (b[i] ^ target[i]);
	return false;
}

static uint32_t insert(const struct dht_node **closest, uint32_t count, uint32_t max, const struct dht_node *node,
		       const uint8_t *target)
{
	uint32_t at = count;

	if (count == max && !closer(node->id, closest[count - 1]->id, target))
		return count;
	if (count == max)
		at--;
	else
		count++;
	for (; at > 0 && closer(node->id, closest[at - 1]->id, target); at--)
		closest[at] = closest[at - 1];
	closest[at] = node;
	return count;
}

/* The cells in the order of their distance: whatever a cell holds is closer than what the next one holds. */
uint32_t dht_nodes_closest(const struct dht_nodes *n, const uint8_t *target, const struct dht_node **closest,
			   uint32_t max)
{
	uint32_t count = 0;

	for (uint32_t step = 0; step < DHT_CELLS && count < max; step++) {
		uint32_t cell = target[0] ^ step;

		for (uint32_t i = 0; i < n->counts[cell]; i++)
			count = insert(closest, count, max, &n->list[n->cells[cell][i]], target);
	}
	return count;
}

/* ---- the dead ---- */

void dht_graves_init(struct dht_graves *g, const uint64_t seed[2])
{
	g->list = xcalloc((size_t)SETS * SET, sizeof(*g->list));
	g->seed[0] = seed[0];
	g->seed[1] = ~seed[1];
	g->any = false;
}

void dht_graves_done(struct dht_graves *g)
{
	free(g->list);
}

/* The set of an address, and its name there. */
static struct dht_grave *set_of(const struct dht_graves *g, const struct dht_at *at, uint64_t *name)
{
	*name = siphash13(g->seed, at, sizeof(*at)) | 1;
	return g->list + (*name >> 32) % SETS * SET;
}

static struct dht_grave *grave_of(const struct dht_graves *g, const struct dht_at *at)
{
	uint64_t name;
	struct dht_grave *set;

	if (!g->any)
		return NULL;
	set = set_of(g, at, &name);
	for (int i = 0; i < SET; i++)
		if (set[i].name == name)
			return &set[i];
	return NULL;
}

unsigned dht_graves_strikes(const struct dht_graves *g, const struct dht_at *at, int64_t now)
{
	const struct dht_grave *grave = grave_of(g, at);

	return grave && now - grave->since < GRAVE_MS ? grave->strikes : 0;
}

/* A free place of the set, else the oldest. */
static struct dht_grave *dig(struct dht_graves *g, const struct dht_at *at)
{
	uint64_t name;
	struct dht_grave *set = set_of(g, at, &name), *grave = set;

	for (int i = 1; i < SET && grave->name; i++)
		if (!set[i].name || set[i].since < grave->since)
			grave = &set[i];
	g->any = true;
	grave->name = name;
	return grave;
}

void dht_graves_strike(struct dht_graves *g, const struct dht_at *at, unsigned strikes, int64_t now)
{
	unsigned all = dht_graves_strikes(g, at, now) + strikes;
	struct dht_grave *grave = grave_of(g, at);

	if (!grave)
		grave = dig(g, at);
	grave->since = now;
	grave->strikes = (uint8_t)(all < UINT8_MAX ? all : UINT8_MAX);
}

/* ---- the dead, from one run to the next: a mark, the seed of the hashes, then hash and date of each ---- */

enum { DEAD_MARK = 0x21, DEAD_SEED = 16, DEAD_HEAD = 1 + DEAD_SEED, DEAD_EACH = 8 + 4 };

static void put_number(struct buf *out, uint64_t number, int bytes)
{
	while (bytes-- > 0)
		buf_putc(out, (char)(number >> (8 * bytes)));
}

static uint64_t get_number(const uint8_t *p, int bytes)
{
	uint64_t number = 0;

	while (bytes-- > 0)
		number = number << 8 | *p++;
	return number;
}

static int by_since(const void *a, const void *b)
{
	const struct dht_grave *const *x = a, *const *y = b;

	return ((*x)->since < (*y)->since) - ((*x)->since > (*y)->since);
}

void dht_save_dead(const struct dht *d, int64_t now, int64_t wall, struct buf *out)
{
	const struct dht_graves *g = &d->graves;
	const struct dht_grave **dead = xreallocarray(NULL, (size_t)SETS * SET, sizeof(*dead));
	size_t count = 0;

	for (size_t i = 0; g->any && i < (size_t)SETS * SET; i++)
		if (g->list[i].strikes >= DHT_BURIED && now - g->list[i].since < GRAVE_MS)
			dead[count++] = &g->list[i];
	qsort(dead, count, sizeof(*dead), by_since);
	buf_putc(out, DEAD_MARK);
	put_number(out, g->seed[0], 8);
	put_number(out, g->seed[1], 8);
	for (size_t i = 0; i < count && i < DHT_SAVED_DEAD; i++) {
		put_number(out, dead[i]->name, 8);
		put_number(out, (uint64_t)(wall - (now - dead[i]->since) / 1000), 4);
	}
	free(dead);
}

/* Into a free place of its set. */
static bool bury(struct dht_graves *g, uint64_t name, int64_t since)
{
	struct dht_grave *set = g->list + (name >> 32) % SETS * SET;

	for (int i = 0; i < SET; i++) {
		if (set[i].name)
			continue;
		set[i] = (struct dht_grave){name, since, DHT_BURIED};
		g->any = true;
		return true;
	}
	return false;
}

uint32_t dht_load_dead(struct dht *d, const void *bytes, size_t len, int64_t now, int64_t wall)
{
	const uint8_t *p = bytes, *end = p + len;
	uint32_t count = 0;

	if (len < DEAD_HEAD || *p != DEAD_MARK)
		return 0;
	d->graves.seed[0] = get_number(p + 1, 8);
	d->graves.seed[1] = get_number(p + 9, 8);
	for (p += DEAD_HEAD; end - p >= DEAD_EACH; p += DEAD_EACH) {
		int64_t age = (wall - (int64_t)get_number(p + 8, 4)) * 1000;

		if (age >= 0 && age < GRAVE_MS && (*(p + 7) & 1))
			count += bury(&d->graves, get_number(p, 8), now - age);
	}
	return count;
}

void dht_graves_rise(struct dht_graves *g, const struct dht_at *at)
{
	struct dht_grave *grave = grave_of(g, at);

	if (grave)
		*grave = (struct dht_grave){0};
}
