/* Puts rows in order by the values of a column. 200,000 of them must not keep a key press waiting, so many numbers are
 * sorted by radix; comparing is for few rows, and for texts that begin alike. It knows columns and no tables. */
#include "peers/view_order.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/xmalloc.h"

enum {
	RADIX = 65536,
	RADIX_FROM = 4096, /* rows */
};

struct sort_key {
	uint64_t key;
	uint32_t tie; /* inverted: most first */
	uint32_t row;
};

/* The first eight bytes, as a number that sorts like them. */
static uint64_t text_key(const char *text)
{
	uint64_t key = 0;

	for (int i = 0; i < 8; i++) {
		unsigned char c = (unsigned char)*text;

		key = key << 8 | (c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
		if (*text)
			text++;
	}
	return key;
}

/* Nameless last, whichever way. */
static uint64_t sort_key(const struct view *v, const struct view_column *c, uint32_t row, bool down)
{
	char scratch[VIEW_CELL];
	uint64_t key = c->number ? c->number(v, row) : text_key(c->text(v, row, scratch));

	if (c->text && key == 0 && (!c->number || !*c->text(v, row, scratch)))
		return UINT64_MAX;
	return down ? ~key : key;
}

static bool sorts_down(const struct view *v)
{
	return v->reverse != view_right(&v->table->columns[v->sort]);
}

static int compare_texts(const struct view *v, const struct view_column *c, uint32_t a, uint32_t b)
{
	char one[VIEW_CELL], two[VIEW_CELL];
	const char *x = c->text(v, a, one), *y = c->text(v, b, two);
	int order = x == y ? 0 : strcasecmp(x, y);

	return sorts_down(v) ? -order : order;
}

static int compare_keys(const void *a, const void *b, void *context)
{
	const struct sort_key *x = a, *y = b;
	const struct view *v = context;
	const struct view_column *c = &v->table->columns[v->sort];
	int order;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	order = c->text ? compare_texts(v, c, x->row, y->row) : 0;
	if (order == 0 && x->tie != y->tie)
		order = x->tie < y->tie ? -1 : 1;
	return order ? order : (x->row > y->row) - (x->row < y->row);
}

/* One pass of a radix sort: by 16 bits of the key, or of the tie. Keeps the order of equals. */
static void radix_pass(const struct sort_key *from, struct sort_key *to, uint32_t count, bool tie, int shift)
{
	uint32_t *starts = xcalloc(RADIX, sizeof(*starts)), sum = 0;

	for (uint32_t i = 0; i < count; i++)
		starts[(tie ? from[i].tie : from[i].key) >> shift & (RADIX - 1)]++;
	for (uint32_t i = 0; i < RADIX; i++) {
		uint32_t n = starts[i];

		starts[i] = sum;
		sum += n;
	}
	for (uint32_t i = 0; i < count; i++)
		to[starts[(tie ? from[i].tie : from[i].key) >> shift & (RADIX - 1)]++] = from[i];
	free(starts);
}

/* Bits in which the keys, or the ties, differ at all. */
static uint64_t differing(const struct sort_key *keys, uint32_t count, bool tie)
{
	uint64_t bits = 0;

	for (uint32_t i = 1; i < count; i++)
		bits |= tie ? keys[i].tie ^ keys[0].tie : keys[i].key ^ keys[0].key;
	return bits;
}

/* Sorts by key and tie, in the order of rows between equals: a key press must not wait for 200,000 comparisons. */
static void radix_sort(struct sort_key *keys, uint32_t count)
{
	struct sort_key *from = keys, *to = xreallocarray(NULL, count, sizeof(*to)), *spare = to, *swap;

	for (int pass = 0; pass < 6; pass++) {
		bool tie = pass < 2;
		int shift = (tie ? pass : pass - 2) * 16;

		if ((differing(from, count, tie) >> shift & (RADIX - 1)) == 0)
			continue;
		radix_pass(from, to, count, tie, shift);
		swap = from;
		from = to;
		to = swap;
	}
	if (from != keys)
		memcpy(keys, from, count * sizeof(*keys));
	free(spare);
}

/* Texts whose first bytes are equal are not in order yet. */
static void sort_runs(struct view *v, struct sort_key *keys, uint32_t count)
{
	uint32_t start = 0;

	for (uint32_t i = 1; i <= count; i++) {
		if (i < count && keys[i].key == keys[start].key)
			continue;
		if (i - start > 1)
			qsort_r(keys + start, i - start, sizeof(*keys), compare_keys, v);
		start = i;
	}
}

static void sort_keys(struct view *v, struct sort_key *keys, uint32_t count)
{
	if (count < RADIX_FROM) {
		qsort_r(keys, count, sizeof(*keys), compare_keys, v);
		return;
	}
	radix_sort(keys, count);
	if (v->table->columns[v->sort].text)
		sort_runs(v, keys, count);
}

/* Keeps the first `limit` of many keys in order at the front: cheaper than sorting all. Returns how many. */
static uint32_t best_keys(struct view *v, struct sort_key *keys, uint32_t count)
{
	uint32_t kept = 0, at;

	for (uint32_t i = 0; i < count; i++) {
		struct sort_key key = keys[i];

		if (kept == v->limit && compare_keys(&key, &keys[kept - 1], v) > 0)
			continue;
		for (at = kept < v->limit ? kept++ : kept - 1; at > 0 && compare_keys(&key, &keys[at - 1], v) < 0; at--)
			keys[at] = keys[at - 1];
		keys[at] = key;
	}
	return kept;
}

static uint32_t sort_range(struct view *v, uint32_t *rows, uint32_t count)
{
	const struct view_column *c = &v->table->columns[v->sort], *tie = &v->table->columns[v->table->tie];
	bool down = sorts_down(v);
	struct sort_key *keys;

	if (count == 0)
		return 0;
	keys = xreallocarray(NULL, count, sizeof(*keys));
	for (uint32_t i = 0; i < count; i++) {
		uint64_t n = tie->number(v, rows[i]);

		keys[i] = (struct sort_key){sort_key(v, c, rows[i], down), n < UINT32_MAX ? ~(uint32_t)n : 0, rows[i]};
	}
	if (v->limit)
		count = best_keys(v, keys, count);
	else
		sort_keys(v, keys, count);
	for (uint32_t i = 0; i < count; i++)
		rows[i] = keys[i].row;
	free(keys);
	return count;
}

/* What is of now comes first; the order of rows stays. */
static void part_rows(struct view *v)
{
	uint32_t *rest = xreallocarray(NULL, v->count, sizeof(*rest)), live = 0, others = 0;

	for (uint32_t i = 0; i < v->count; i++) {
		if (v->table->live(v, v->rows[i]))
			v->rows[live++] = v->rows[i];
		else
			rest[others++] = v->rows[i];
	}
	memcpy(v->rows + live, rest, others * sizeof(*rest));
	free(rest);
	v->live = live;
}

void view_order(struct view *v)
{
	uint32_t live, rest = 0;

	v->live = 0;
	if (v->count == 0)
		return;
	part_rows(v);
	live = sort_range(v, v->rows, v->live);
	if (!v->limit)
		rest = sort_range(v, v->rows + v->live, v->count - v->live);
	v->live = live;
	v->count = live + rest;
}
