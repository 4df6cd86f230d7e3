/* A folder of its own for a test program: HOME, and nothing of the user's or the system's environment.
 * Include it once, in the .c with main(). */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char scratch[64];

static inline int scratch_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static inline void scratch_done(void)
{
	nftw(scratch, scratch_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* The first line of main(). */
static inline void scratch_init(void)
{
	snprintf(scratch, sizeof(scratch), "/tmp/swarmtop-test-XXXXXX");
	if (clearenv() || !mkdtemp(scratch) || setenv("HOME", scratch, 1) || chdir(scratch)) {
		printf("Bail out! no folder of its own\n");
		exit(1);
	}
	atexit(scratch_done);
}

/* Writes a file of the folder, making the folders on its way; its full path is valid until the next call. */
static inline const char *scratch_file(const char *name, const char *text, mode_t mode)
{
	static char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", scratch, name);
	for (char *slash = path + strlen(scratch) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
	file = fopen(path, "w");
	if (!file || fputs(text, file) < 0 || fclose(file) || chmod(path, mode)) {
		printf("Bail out! cannot write %s\n", path);
		exit(1);
	}
	return path;
}

#endif
