/* What the preloaded libraries that make calls fail share: the FAIL_AT-th call from the objects that are looked at
 * fails with FAIL_ERRNO (ENOMEM), and all behind it if FAIL_FOR_EVER is set. With COUNT_TO it writes there how many
 * there were; with FAIL_TELL it says which one failed. Included once. */
#ifndef FAILING_H
#define FAILING_H

#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FAILING_OBJECTS = 8 };

static struct {
	uintptr_t from, to;
} failing_objects[FAILING_OBJECTS];

static int failing_count;
static atomic_long failing_calls;

/* The program, which is the first, and what FAIL_IN names. */
static int failing_look(struct dl_phdr_info *info, size_t size, void *context)
{
	const char *in = getenv("FAIL_IN");

	(void)size;
	(void)context;
	if (failing_count && !(in && info->dlpi_name && strstr(info->dlpi_name, in)))
		return 0;
	for (int i = 0; i < info->dlpi_phnum && failing_count < FAILING_OBJECTS; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];

		if (part->p_type != PT_LOAD || !(part->p_flags & PF_X))
			continue;
		failing_objects[failing_count].from = info->dlpi_addr + part->p_vaddr;
		failing_objects[failing_count++].to = info->dlpi_addr + part->p_vaddr + part->p_memsz;
	}
	return 0;
}

__attribute__((constructor)) static void failing_begin(void)
{
	dl_iterate_phdr(failing_look, NULL);
}

static int failing(const void *caller, const char *name)
{
	static long at = -1;
	int is_looked_at = 0;
	long n;

	for (int i = 0; i < failing_count; i++)
		is_looked_at |= (uintptr_t)caller >= failing_objects[i].from &&
				(uintptr_t)caller < failing_objects[i].to;
	if (!is_looked_at)
		return 0;
	n = atomic_fetch_add(&failing_calls, 1) + 1;
	if (at < 0)
		at = getenv("FAIL_AT") ? strtol(getenv("FAIL_AT"), NULL, 10) : 0;
	if (!at || n < at || (n > at && !getenv("FAIL_FOR_EVER")))
		return 0;
	if (getenv("FAIL_TELL"))
		dprintf(2, "%s() fails\n", name);
	errno = getenv("FAIL_ERRNO") ? (int)strtol(getenv("FAIL_ERRNO"), NULL, 10) : ENOMEM;
	return 1;
}

__attribute__((destructor)) static void failing_tell(void)
{
	FILE *file = getenv("COUNT_TO") ? fopen(getenv("COUNT_TO"), "w") : NULL;

	if (!file)
		return;
	fprintf(file, "%ld\n", atomic_load(&failing_calls));
	fclose(file);
}

#endif
