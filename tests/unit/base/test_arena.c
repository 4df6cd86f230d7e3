/* base/arena.c: zeroed and aligned memory, the cap, copies. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>

#include "random.h"
#include "tap.h"

static void test_small(void)
{
	struct arena a;
	char *first, *second;

	arena_init(&a, 1000);
	first = arena_alloc(&a, 10);
	second = arena_alloc(&a, 10);
	ok(first && second && second >= first + 10, "two pieces that do not overlap");
	ok(a.used >= 20 && a.used <= 1000, "what was handed out is counted");
	ok(arena_alloc(&a, 0) != NULL, "a piece of no bytes is a piece");
	arena_done(&a);
	is_int(a.used, 0, "done counts nothing");
	ok(arena_alloc(&a, 10) != NULL, "and the arena may be used again");
	arena_done(&a);
}

static void test_cap(void)
{
	struct arena a;
	size_t before;

	arena_init(&a, 128);
	ok(arena_alloc(&a, 128) != NULL, "all of the cap");
	ok(arena_alloc(&a, 1) == NULL, "and not a byte more");
	arena_done(&a);
	ok(arena_alloc(&a, 129) == NULL, "more than the cap at once");
	ok(arena_alloc(&a, SIZE_MAX) == NULL, "more than there is");
	ok(arena_alloc(&a, SIZE_MAX - 8) == NULL, "a size that padding would overflow");
	before = a.used;
	is_int(before, 0, "a refusal costs nothing");
	ok(arena_alloc(&a, 100) != NULL, "less still fits");
	arena_done(&a);
	arena_init(&a, 0);
	ok(arena_alloc(&a, 1) == NULL, "a cap of 0 gives nothing");
	arena_done(&a);
}

static void test_exhaust(void)
{
	struct arena a;
	size_t pieces = 0;

	arena_init(&a, 1 << 20);
	while (arena_alloc(&a, 100))
		pieces++;
	ok(pieces >= (1 << 20) / 112 && pieces <= (1 << 20) / 100, "1 MiB in pieces of 100 bytes: %zu", pieces);
	ok(a.used <= a.max, "within the cap");
	arena_done(&a);
}

static void test_strndup(void)
{
	struct arena a;
	char *copy;

	arena_init(&a, 64);
	copy = arena_strndup(&a, "abcdef", 3);
	is_str(copy, "abc", "so many bytes, and a NUL");
	is_str(arena_strndup(&a, "", 0), "", "an empty text");
	copy = arena_strndup(&a, "a\0b", 3);
	ok(copy && memcmp(copy, "a\0b", 4) == 0, "a NUL inside is copied");
	ok(arena_strndup(&a, "0123456789012345678901234567890123456789012345678901234567890123", 64) == NULL,
	   "no room for the NUL");
	arena_done(&a);
}

/* Pieces of all sizes, each filled with its own byte: zeroed before, aligned, and still whole in the end. */
static void test_random(void)
{
	enum { PIECES = 2000 };
	static unsigned char *piece[PIECES];
	static size_t size[PIECES];
	struct random r = {.state = 13};
	unsigned dirty = 0, crooked = 0, torn = 0;
	struct arena a;

	arena_init(&a, 64 << 20);
	for (int i = 0; i < PIECES; i++) {
		size[i] = random_below(&r, 10) == 0 ? random_below(&r, 20000) : random_below(&r, 200);
		piece[i] = arena_alloc(&a, size[i]);
		crooked += (uintptr_t)piece[i] % alignof(max_align_t) != 0;
		for (size_t at = 0; at < size[i]; at++)
			dirty += piece[i][at] != 0;
		memset(piece[i], i & 0xff, size[i]);
	}
	for (int i = 0; i < PIECES; i++)
		for (size_t at = 0; at < size[i]; at++)
			torn += piece[i][at] != (i & 0xff);
	is_int(dirty, 0, "every piece is zeroed");
	is_int(crooked, 0, "and aligned for any type");
	is_int(torn, 0, "and nobody else's");
	arena_done(&a);
}

int main(void)
{
	test_small();
	test_cap();
	test_exhaust();
	test_strndup();
	test_random();
	return tap_done();
}
