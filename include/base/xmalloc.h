/* Allocation that never returns NULL: out of memory ends the program with a message and exit status 1. */
#ifndef BASE_XMALLOC_H
#define BASE_XMALLOC_H

#include <stddef.h>

/* What is done before the program says that memory is out, and ends: a terminal wants to be given back. NULL =
 * nothing. */
void xmalloc_before_end(void (*wish)(void));
/* Ends the program likewise, with a line on stderr: for a library that cannot go on. */
_Noreturn void xmalloc_end(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Each returns memory that the caller frees with free(). */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t size);
void *xreallocarray(void *old, size_t count, size_t size);
char *xstrdup(const char *text);
char *xstrndup(const char *text, size_t len);

#endif
