/* Finds the folder of translations by the path of the running program. It does not read them. */
#include "core/language.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/words.h"

/* The last part of a path, which it cuts off; NULL if there is none. */
static const char *cut_last(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash)
		return NULL;
	*slash = '\0';
	return slash + 1;
}

static bool join(char folder[PATH_MAX], const char *base, const char *below)
{
	return snprintf(folder, PATH_MAX, "%s/%s", base, below) < PATH_MAX;
}

static bool is_named(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');

	return slash && strcmp(slash + 1, name) == 0;
}

bool language_folder(const char *program, char folder[PATH_MAX])
{
	char base[PATH_MAX];
	const char *below;

	if (snprintf(base, sizeof(base), "%s", program) >= PATH_MAX || !cut_last(base))
		return false;
	if (is_named(base, "build"))
		return join(folder, base, "locale");
	below = cut_last(base);
	if (below && strcmp(below, "bin") == 0)
		return join(folder, base, "share/locale");
	return below && is_named(base, "build") && join(folder, base, "locale");
}

void language_start(void)
{
	char program[PATH_MAX], folder[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", program, PATH_MAX - 1);

	program[len > 0 ? len : 0] = '\0';
	if (language_folder(program, folder))
		words_open(folder);
}
