/* Preloaded into a program: the FAIL_AT-th allocation of its own code fails, and all behind it if FAIL_FOR_EVER is set.
 * With COUNT_TO it writes there how many there were. Those of libraries succeed: libcrypto does not bear it while it
 * starts. It does not know the program. */
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static atomic_long count;

static uintptr_t program_from, program_to;

/* The first object is the program. */
static int look(struct dl_phdr_info *info, size_t size, void *context)
{
	(void)size;
	(void)context;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];

		if (part->p_type == PT_LOAD && (part->p_flags & PF_X)) {
			program_from = info->dlpi_addr + part->p_vaddr;
			program_to = program_from + part->p_memsz;
		}
	}
	return 1;
}

__attribute__((constructor)) static void begin(void)
{
	dl_iterate_phdr(look, NULL);
}

static int fails(const void *caller)
{
	static long at = -1;
	long n;

	if ((uintptr_t)caller < program_from || (uintptr_t)caller >= program_to)
		return 0;
	n = atomic_fetch_add(&count, 1) + 1;
	if (at < 0)
		at = getenv("FAIL_AT") ? atol(getenv("FAIL_AT")) : 0;
	if (!at || n < at || (n > at && !getenv("FAIL_FOR_EVER")))
		return 0;
	errno = ENOMEM;
	return 1;
}

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(old, size);
}

__attribute__((destructor)) static void tell(void)
{
	FILE *file = getenv("COUNT_TO") ? fopen(getenv("COUNT_TO"), "w") : NULL;

	if (!file)
		return;
	fprintf(file, "%ld\n", atomic_load(&count));
	fclose(file);
}
