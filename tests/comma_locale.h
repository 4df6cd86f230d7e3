/* Puts the process under a locale whose decimal point is a comma, to show that an output does not care. */
#ifndef COMMA_LOCALE_H
#define COMMA_LOCALE_H

#include <fcntl.h>
#include <locale.h>
#include <spawn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static inline bool comma_now(void)
{
	return strcmp(localeconv()->decimal_point, ",") == 0;
}

/* Compiles it_IT into `folder`: few machines have it ready. */
static inline void comma_compile(const char *folder)
{
	char target[256];
	char *argv[] = {"localedef", "--no-warnings=all", "-c", "-i", "it_IT", "-f", "UTF-8", target, NULL};
	posix_spawn_file_actions_t actions;
	pid_t child;
	int status;

	snprintf(target, sizeof(target), "%s/it_IT.UTF-8", folder);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&child, "localedef", &actions, NULL, argv, environ) == 0)
		waitpid(child, &status, 0);
	posix_spawn_file_actions_destroy(&actions);
}

static inline void comma_remove(char *folder)
{
	char *argv[] = {"rm", "-rf", "--", folder, NULL};
	pid_t child;
	int status;

	if (posix_spawnp(&child, "rm", NULL, NULL, argv, environ) == 0)
		waitpid(child, &status, 0);
}

/* False where this machine has no such locale and cannot make one. */
static inline bool comma_locale(void)
{
	static const char *const names[] = {"it_IT.UTF-8", "de_DE.UTF-8", "fr_FR.UTF-8"};
	char folder[] = "/tmp/swarmtop-locale-XXXXXX";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (setlocale(LC_ALL, names[i]) && comma_now())
			return true;
	if (!mkdtemp(folder))
		return false;
	comma_compile(folder);
	setenv("LOCPATH", folder, 1);
	setlocale(LC_ALL, "it_IT.UTF-8");
	comma_remove(folder);
	return comma_now();
}

#endif
