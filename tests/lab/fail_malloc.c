/* Preloaded into a program: allocations fail of its own code, and of the library that FAIL_IN names (libcrypto does not
 * bear it while it starts). The FAIL_AT-th fails, and all behind it if FAIL_FOR_EVER is set. With COUNT_TO it writes
 * there how many there were; with FAIL_TELL it says which one failed. It does not know the program. */
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OBJECTS = 8 };

static struct {
	uintptr_t from, to;
} objects[OBJECTS];

static int object_count;
static atomic_long calls;

/* The program, which is the first, and what FAIL_IN names. */
static int look_at(struct dl_phdr_info *info, size_t size, void *context)
{
	const char *in = getenv("FAIL_IN");

	(void)size;
	(void)context;
	if (object_count && !(in && info->dlpi_name && strstr(info->dlpi_name, in)))
		return 0;
	for (int i = 0; i < info->dlpi_phnum && object_count < OBJECTS; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];

		if (part->p_type != PT_LOAD || !(part->p_flags & PF_X))
			continue;
		objects[object_count].from = info->dlpi_addr + part->p_vaddr;
		objects[object_count++].to = info->dlpi_addr + part->p_vaddr + part->p_memsz;
	}
	return 0;
}

__attribute__((constructor)) static void begin(void)
{
	dl_iterate_phdr(look_at, NULL);
}

static int failing(const void *caller, const char *name)
{
	static long at = -1;
	int is_looked_at = 0;
	long n;

	for (int i = 0; i < object_count; i++)
		is_looked_at |= (uintptr_t)caller >= objects[i].from && (uintptr_t)caller < objects[i].to;
	if (!is_looked_at)
		return 0;
	n = atomic_fetch_add(&calls, 1) + 1;
	if (at < 0)
		at = getenv("FAIL_AT") ? strtol(getenv("FAIL_AT"), NULL, 10) : 0;
	if (!at || n < at || (n > at && !getenv("FAIL_FOR_EVER")))
		return 0;
	if (getenv("FAIL_TELL"))
		dprintf(2, "%s() fails\n", name);
	errno = ENOMEM;
	return 1;
}

__attribute__((destructor)) static void tell_count(void)
{
	FILE *file = getenv("COUNT_TO") ? fopen(getenv("COUNT_TO"), "w") : NULL;

	if (!file)
		return;
	fprintf(file, "%ld\n", atomic_load(&calls));
	fclose(file);
}

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
