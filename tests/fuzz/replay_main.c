/* Gives every file of the folders on argv to a fuzz target, once each, as a TAP program: the corpus without a fuzzer.
 * It does not know what the target reads; a crash or a sanitiser ends it. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "tap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 16 << 20 };

/* The exact size on the heap, so that one byte too far is seen. */
static void replay(const char *path)
{
	static uint8_t input[INPUT_MAX];
	FILE *file = fopen(path, "rb");
	size_t size = file ? fread(input, 1, sizeof(input), file) : 0;
	uint8_t *data = malloc(size ? size : 1);

	if (ok(file && data && !ferror(file) && feof(file), "%s", path)) {
		memcpy(data, input, size);
		LLVMFuzzerTestOneInput(data, size);
	}
	free(data);
	if (file)
		fclose(file);
}

static void replay_folder(const char *folder)
{
	struct dirent **names = NULL;
	int count = scandir(folder, &names, NULL, alphasort);
	int before = tap_count;

	for (int i = 0; i < count; i++) {
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
		if (names[i]->d_name[0] != '.')
			replay(path);
		free(names[i]);
	}
	free(names);
	ok(tap_count > before, "%s has inputs", folder);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		replay_folder(argv[i]);
	return tap_done();
}
