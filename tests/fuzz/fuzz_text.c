/* Fuzz target of base/text.c: the first two bytes choose columns and size, the rest is the foreign string. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "fuzz/text_properties.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(const char *broken)
{
	if (!broken)
		return;
	fprintf(stderr, "broken: %s\n", broken);
	abort();
}

/* A cut text fits, is clean, and is the text itself when that fits. */
static void check_cut(const char *clean, unsigned cols, size_t size, bool ascii)
{
	char *cut = malloc(size);
	unsigned used;

	if (!cut)
		abort();
	used = text_cut(cut, size, clean, cols, ascii);
	must(used > cols ? "the cut text is too wide" : NULL);
	must(text_cols(cut) != used ? "the cut text has other columns than said" : NULL);
	must(strlen(clean) < size && text_cols(clean) <= cols && strcmp(cut, clean) != 0 ? "cut without need" : NULL);
	must(unclean(cut));
	free(cut);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned cols;
	size_t room;
	char *clean;

	if (size < 2)
		return 0;
	cols = data[0];
	room = 1 + (size_t)data[1] * 4;
	clean = malloc(room); /* of its exact size, so that the sanitizer sees a byte too many */
	if (!clean)
		abort();
	must(broken_property(data + 2, size - 2, clean, room, cols));
	check_cut(clean, cols / 2, room, data[1] & 1);
	must(text_has(clean, clean) ? NULL : "a text does not have itself");
	free(clean);
	return 0;
}
