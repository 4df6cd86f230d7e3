/* Any bytes as bencoding: the tree is walked, lies in the bytes that were read, and is the same when written anew. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "wire/bencode.h"

enum { ARENA_MAX = 64 * 1024 * 1024, OUT_MAX = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void write_tree(const struct bencode *v, unsigned depth, struct buf *out)
{
	size_t count = 0;

	if (depth > BENCODE_DEPTH || !v->raw_len)
		abort();
	if (v->type == BENCODE_INT)
		bencode_put_int(out, v->number);
	else if (v->type == BENCODE_BYTES)
		bencode_put_bytes(out, v->bytes, v->len);
	else
		buf_putc(out, v->type == BENCODE_DICT ? 'd' : 'l');
	for (const struct bencode *item = v->child; item; item = item->next, count++) {
		if (item->raw < v->raw || item->raw + item->raw_len > v->raw + v->raw_len)
			abort();
		if ((v->type == BENCODE_DICT) != (item->key != NULL))
			abort();
		if (item->key)
			write_tree(item->key, depth + 1, out);
		write_tree(item, depth + 1, out);
	}
	if (count != v->count)
		abort();
	if (v->type == BENCODE_LIST || v->type == BENCODE_DICT)
		buf_putc(out, 'e');
}

/* Leading zeros go when it is written; after that nothing changes any more. */
static void there_and_back(const struct bencode *v, struct arena *a)
{
	const struct bencode *again;
	struct buf first, second;

	buf_init(&first, OUT_MAX);
	buf_init(&second, OUT_MAX);
	write_tree(v, 0, &first);
	if (first.len > v->raw_len)
		abort();
	if (!first.full && bencode_read(first.data, first.len, a, &again) == 0) {
		write_tree(again, 0, &second);
		if (second.len != first.len || memcmp(first.data, second.data, first.len) != 0)
			abort();
	} else if (!first.full && a->used < ARENA_MAX / 2) {
		abort();
	}
	buf_done(&first);
	buf_done(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const struct bencode *value;
	struct arena arena;
	size_t used;

	arena_init(&arena, ARENA_MAX);
	if (bencode_read_first(bytes, len, &arena, &value, &used) == 0) {
		if (!used || used > len || value->raw != (const char *)bytes || value->raw_len != used)
			abort();
		there_and_back(value, &arena);
	}
	arena_done(&arena);
	return 0;
}
