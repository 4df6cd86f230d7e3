/* Starts the program again as `swarmtop report`. It does not know what a report is. */
#include "swarm/report_child.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/xmalloc.h"

enum { FIXED = 8 }; /* words that are no --set and no collection */

static const char program[] = "/proc/self/exe"; /* still this one after an upgrade */

static const char **make_argv(const struct command *c)
{
	size_t names = 0, n = 0;
	const char **argv;

	while (c->collections && c->collections[names])
		names++;
	argv = xcalloc(FIXED + 2 * c->common.sets.count + names, sizeof(*argv));
	argv[n++] = "swarmtop";
	argv[n++] = "report";
	if (c->common.config) {
		argv[n++] = "--config";
		argv[n++] = c->common.config;
	}
	if (c->common.log_level) {
		argv[n++] = "--log-level";
		argv[n++] = c->common.log_level;
	}
	for (size_t i = 0; i < c->common.sets.count; i++) {
		argv[n++] = "--set";
		argv[n++] = c->common.sets.items[i];
	}
	argv[n++] = "--";
	for (size_t i = 0; i < names; i++)
		argv[n++] = c->collections[i];
	return argv;
}

int report_child_start(const struct command *command, pid_t *pid)
{
	const char **argv = make_argv(command);
	posix_spawnattr_t attributes;
	sigset_t none, usual;
	int rc;

	/* Our signals are blocked, for the loop; the child wants them as they are. */
	sigemptyset(&none);
	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &usual);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	rc = posix_spawn(pid, program, NULL, &attributes, (char *const *)argv, environ);
	posix_spawnattr_destroy(&attributes);
	free(argv);
	return -rc;
}

bool report_child_ended(pid_t pid, int *status)
{
	pid_t ended;
	int how;

	do
		ended = waitpid(pid, &how, WNOHANG);
	while (ended < 0 && errno == EINTR);
	if (ended == 0)
		return false;
	*status = ended == pid && WIFEXITED(how) ? WEXITSTATUS(how) : EXIT_FAILED;
	return true;
}

bool report_child_lacks(const struct conf *conf)
{
	const char *const paths[] = {conf->report.json, conf->report.html, conf->report.stats};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (*paths[i] && access(paths[i], F_OK) != 0)
			return true;
	}
	return false;
}

bool report_child_wanted(const struct conf *conf)
{
	return command_any_enabled(conf) && (*conf->report.json || *conf->report.html || *conf->report.stats);
}
