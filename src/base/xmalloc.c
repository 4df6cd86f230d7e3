/* Allocation that ends the program instead of failing. It knows nothing of limits: those belong to the containers. */
#include "base/xmalloc.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Like the log level: of the process, because memory ends for all of it. */
static void (*before_end)(void);

void xmalloc_before_end(void (*wish)(void))
{
	before_end = wish;
}

void xmalloc_end(const char *format, ...)
{
	va_list args;

	if (before_end)
		before_end();
	va_start(args, format);
	fprintf(stderr, "swarmtop: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	/* Not exit(): what libcrypto does then waits for what it is doing now. */
	_exit(1);
}

static void *must(void *memory, size_t size)
{
	if (!memory && size)
		xmalloc_end("out of memory (%zu bytes)", size);
	return memory;
}

void *xmalloc(size_t size)
{
	return must(malloc(size), size);
}

void *xcalloc(size_t count, size_t size)
{
	return must(calloc(count, size), count && size ? count : 0);
}

void *xrealloc(void *old, size_t size)
{
	return must(realloc(old, size), size);
}

void *xreallocarray(void *old, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		return must(NULL, SIZE_MAX);
	return xrealloc(old, count * size);
}

char *xstrdup(const char *text)
{
	return xstrndup(text, strlen(text));
}

char *xstrndup(const char *text, size_t len)
{
	char *copy = xmalloc(len + 1);

	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}
