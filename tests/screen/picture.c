/* Compares pictures with files, or writes the files. */
#include "screen/picture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"

static char *read_file(const char *path)
{
	char *text = xcalloc(1, PICTURE_MAX + 1);
	FILE *file = fopen(path, "r");

	if (file) {
		text[fread(text, 1, PICTURE_MAX, file)] = '\0';
		fclose(file);
	}
	return text;
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file || fputs(text, file) < 0 || fclose(file) != 0)
		printf("# %s could not be written\n", path);
}

static void tell_difference(const char *got, const char *want)
{
	int line = 1;

	while (*got && *want) {
		size_t a = strcspn(got, "\n"), b = strcspn(want, "\n");

		if (a != b || memcmp(got, want, a) != 0)
			break;
		got += a + (got[a] != '\0');
		want += b + (want[b] != '\0');
		line++;
	}
	printf("# line %d\n#  got: %.*s\n# want: %.*s\n", line, (int)strcspn(got, "\n"), got, (int)strcspn(want, "\n"),
	       want);
}

bool picture_same(const struct buf *picture, const char *name, int w, int h)
{
	char path[256], *want;
	bool same;

	snprintf(path, sizeof(path), "tests/screen/%s-%dx%d.screen", name, w, h);
	if (getenv("UPDATE"))
		write_file(path, buf_str(picture));
	want = read_file(path);
	same = strcmp(buf_str(picture), want) == 0;
	if (!same)
		tell_difference(buf_str(picture), want);
	free(want);
	return same;
}
