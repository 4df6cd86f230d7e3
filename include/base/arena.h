/* Memory that is freed all at once, with a cap. For parsers of foreign bytes: they may fail, never eat the machine. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks;
	size_t used; /* bytes handed out, padding included */
	size_t max;
};

void arena_init(struct arena *a, size_t max);
/* Frees everything that was handed out. */
void arena_done(struct arena *a);
/* Zeroed, aligned for any type; NULL (think -ENOMEM) when `max` would be passed. Lives until arena_done(). */
void *arena_alloc(struct arena *a, size_t size);
/* A NUL-terminated copy of `len` bytes, or NULL as above. */
char *arena_strndup(struct arena *a, const char *text, size_t len);

#endif
