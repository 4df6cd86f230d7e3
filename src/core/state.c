/* The state folder. It does not know what is kept in it. */
#include "core/state.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"

static const char *absolute(const char *name)
{
	const char *value = getenv(name);

	return value && *value == '/' ? value : NULL;
}

/* 0, or -ENOENT when nothing says where it is. */
static int folder(char *text, size_t size)
{
	const char *service = absolute("STATE_DIRECTORY"), *xdg = absolute("XDG_STATE_HOME"), *home = absolute("HOME");
	int len;

	if (service) /* the first of several */
		len = snprintf(text, size, "%.*s", (int)strcspn(service, ":"), service);
	else if (xdg)
		len = snprintf(text, size, "%s/swarmtop", xdg);
	else if (home)
		len = snprintf(text, size, "%s/.local/state/swarmtop", home);
	else
		return -ENOENT;
	return len < 0 || (size_t)len >= size ? -ENAMETOOLONG : 0;
}

int state_path(const char *configured, const char *file, const char *key, char *path, size_t size, struct err *err)
{
	char above[PATH_MAX] = "";
	bool given = configured && *configured;
	int code = given ? 0 : folder(above, sizeof(above)), len;

	if (code == -ENOENT)
		return err_set(err, code, "neither HOME nor XDG_STATE_HOME is set: name the file, %s", key);
	if (code)
		return err_set(err, code, "the path of the state folder is too long");
	len = given ? snprintf(path, size, "%s", configured) : snprintf(path, size, "%s/%s", above, file);
	if (len < 0 || (size_t)len >= size)
		return err_set(err, -ENAMETOOLONG, "the path %s is too long", key);
	return 0;
}

int state_make_folders(const char *path, struct err *err)
{
	char above[PATH_MAX], made[PATH_MAX];

	if (folder(above, sizeof(above)) || !str_starts(path, above) || path[strlen(above)] != '/')
		return 0;
	if (!str_copy(made, sizeof(made), path))
		return err_set(err, -ENAMETOOLONG, "the path of the state folder is too long");
	for (char *slash = made + 1; (slash = strchr(slash, '/')); slash++) {
		int failed;

		*slash = '\0';
		failed = mkdir(made, 0700) < 0 && errno != EEXIST ? errno : 0;
		if (failed)
			return err_set(err, -failed, "cannot make the folder %s: %s", made, strerror(failed));
		*slash = '/';
	}
	return 0;
}
