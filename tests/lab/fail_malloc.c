/* Preloaded into a program: allocations of its own code fail (failing.h). Those of libraries succeed: libcrypto does
 * not bear it while it starts. It does not know the program. */
#include "failing.h"

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size)
{
	return failing(__builtin_return_address(0), "malloc") ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return failing(__builtin_return_address(0), "calloc") ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
	return failing(__builtin_return_address(0), "realloc") ? NULL : __libc_realloc(old, size);
}
