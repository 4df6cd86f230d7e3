/* Geo databases for tests: the ones that tests/tools/make_mmdb.pl writes, and hand-made ones with any data in them. */
#ifndef MMDB_H
#define MMDB_H

#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"

enum { MMDB_PATH = 512 };

/* A new folder, which others may enter. Ends the test if that fails. */
static inline void mmdb_new_folder(char folder[MMDB_PATH])
{
	const char *parent = getenv("TMPDIR");

	snprintf(folder, MMDB_PATH, "%s/mmdb-XXXXXX", parent && *parent ? parent : "/tmp");
	if (!mkdtemp(folder) || chmod(folder, 0755)) {
		perror(folder);
		exit(1);
	}
}

static inline int mmdb_remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static inline void mmdb_remove(const char *folder)
{
	nftw(folder, mmdb_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Writes all databases of the script, of a table as tests/data/places.tsv; `built` = build date in seconds since 1970,
 * as text. */
static inline bool mmdb_make_from(const char *places, const char *folder, const char *built)
{
	char script[] = "tests/tools/make_mmdb.pl", table[MMDB_PATH];
	char to[MMDB_PATH], when[32], perl[] = "perl";
	char *argv[] = {perl, script, to, table, when, NULL};
	extern char **environ;
	int status;
	pid_t pid;

	snprintf(table, sizeof(table), "%s", places);
	snprintf(to, sizeof(to), "%s", folder);
	snprintf(when, sizeof(when), "%s", built);
	return posix_spawnp(&pid, perl, NULL, NULL, argv, environ) == 0 && waitpid(pid, &status, 0) == pid &&
	       WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static inline bool mmdb_make(const char *folder, const char *built)
{
	return mmdb_make_from("tests/data/places.tsv", folder, built);
}

static inline bool mmdb_write(const char *path, const void *bytes, size_t len)
{
	FILE *file = fopen(path, "wb");
	bool good = file && fwrite(bytes, 1, len, file) == len;

	return file && fclose(file) == 0 && good;
}

/* The whole file, to be freed; NULL on failure. */
static inline char *mmdb_read(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	struct stat st;
	char *bytes = NULL;

	if (file && fstat(fileno(file), &st) == 0 && (bytes = malloc((size_t)st.st_size + 1)) != NULL)
		*len = fread(bytes, 1, (size_t)st.st_size, file);
	if (file)
		fclose(file);
	return bytes;
}

/* A database of IPv4 with one node: every address has the record at the start of `data`. */
static inline void mmdb_craft(struct buf *file, const void *data, size_t len)
{
	static const char tree[6 + 16] = {0, 0, 1 + 16, 0, 0, 1 + 16};
	static const char metadata[] = "\xab\xcd\xefMaxMind.com\xe9"
				       "\x5b"
				       "binary_format_major_version\xa1\x02"
				       "\x5b"
				       "binary_format_minor_version\xa0"
				       "\x4b"
				       "build_epoch\x04\x02\x60\x00\x00\x00"
				       "\x4d"
				       "database_type\x47"
				       "crafted"
				       "\x4b"
				       "description\xe0"
				       "\x4a"
				       "ip_version\xa1\x04"
				       "\x49"
				       "languages\x00\x04"
				       "\x4a"
				       "node_count\xc1\x01"
				       "\x4b"
				       "record_size\xa1\x18";

	buf_add(file, tree, sizeof(tree));
	buf_add(file, data, len);
	buf_add(file, metadata, sizeof(metadata) - 1);
}

#endif
