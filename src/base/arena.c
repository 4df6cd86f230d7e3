/* A bump allocator over a list of blocks. It does not know what it holds and frees nothing singly. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"

enum { BLOCK_SIZE = 4096 };

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	alignas(max_align_t) unsigned char bytes[];
};

void arena_init(struct arena *a, size_t max)
{
	*a = (struct arena){.max = max};
}

void arena_done(struct arena *a)
{
	while (a->blocks) {
		struct arena_block *next = a->blocks->next;

		free(a->blocks);
		a->blocks = next;
	}
	a->used = 0;
}

static struct arena_block *block_add(struct arena *a, size_t size)
{
	struct arena_block *block;

	if (size < BLOCK_SIZE)
		size = BLOCK_SIZE;
	block = xcalloc(1, sizeof(*block) + size);
	block->size = size;
	block->next = a->blocks;
	a->blocks = block;
	return block;
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *block = a->blocks;
	size_t mask = alignof(max_align_t) - 1;
	void *memory;

	if (size > a->max)
		return NULL;
	size = (size + mask) & ~mask;
	if (size > a->max - a->used)
		return NULL;
	if (!block || size > block->size - block->used)
		block = block_add(a, size);
	memory = block->bytes + block->used;
	block->used += size;
	a->used += size;
	return memory;
}

char *arena_strndup(struct arena *a, const char *text, size_t len)
{
	char *copy = arena_alloc(a, len + 1);

	if (copy)
		memcpy(copy, text, len);
	return copy;
}
