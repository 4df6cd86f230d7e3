/* Runs a program for a message: argv as configured, what happened in its environment, never a shell. It has a time
 * limit, and its outputs are nobody's. */
#include "core/notify_private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/str.h"
#include "base/xmalloc.h"

enum {
	VARIABLES = 5,
	VARIABLE = NOTIFY_TEXT + 32,
	LOOK_FIRST_MS = 5, /* how often it is looked after, twice as long each time ... */
	LOOK_LAST_MS = 200,
	GRACE_MS = 2000, /* from SIGTERM to SIGKILL */
	REAP_MS = 100,
};

struct flight {
	struct notifier *notifier;
	pid_t pid;
	int64_t ends_ms; /* the time limit */
	int64_t look_ms;
	bool told; /* to end */
	struct loop_timer timer;
};

/* ---- the environment ---- */

/* What is ours alone: other people's passwords, and what we set ourselves. */
static bool is_kept(const char *variable)
{
	static const char *const ours[] = {"SWARMTOP_",
					   "TR_AUTH=", "CREDENTIALS_DIRECTORY=", "NOTIFY_SOCKET=", "WATCHDOG_"};

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (str_starts(variable, ours[i]))
			return false;
	return true;
}

static char **make_environment(const struct notify_message *m)
{
	size_t count = 0, n = 0;
	char **made, time[CLOCK_TEXT];

	while (environ[count])
		count++;
	made = xcalloc(count + VARIABLES + 1, sizeof(*made));
	for (size_t i = 0; i < VARIABLES; i++)
		made[n++] = xcalloc(1, VARIABLE);
	clock_rfc3339(m->wall, time);
	snprintf(made[0], VARIABLE, "SWARMTOP_ALERT=%s", m->alert);
	snprintf(made[1], VARIABLE, "SWARMTOP_STATE=%s", notify_state_name(m->state));
	snprintf(made[2], VARIABLE, "SWARMTOP_TITLE=%s", m->title);
	snprintf(made[3], VARIABLE, "SWARMTOP_TEXT=%s", m->text);
	snprintf(made[4], VARIABLE, "SWARMTOP_TIME=%s", time);
	for (size_t i = 0; i < count; i++)
		if (is_kept(environ[i]))
			made[n++] = environ[i];
	return made;
}

static void free_environment(char **made)
{
	for (size_t i = 0; i < VARIABLES; i++)
		free(made[i]);
	free(made);
}

/* ---- the process ---- */

/* In a group of its own, so that its children end with it; signals as at the start of any program. */
static int spawn(const struct conf_list *command, char **environment, pid_t *pid)
{
	const char **argv = xcalloc(command->count + 1, sizeof(*argv));
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, usual;
	int rc;

	for (size_t i = 0; i < command->count; i++)
		argv[i] = command->items[i];
	sigemptyset(&none);
	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	sigaddset(&usual, SIGHUP);
	sigaddset(&usual, SIGXFSZ);
	posix_spawn_file_actions_init(&files);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		posix_spawn_file_actions_addopen(&files, fd, "/dev/null", O_RDWR, 0);
	posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1); /* libraries leave theirs open */
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &usual);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	rc = posix_spawnp(pid, argv[0], &files, &attributes, (char *const *)argv, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	free(argv);
	return -rc;
}

/* ---- its end ---- */

static void flight_free(struct flight *f)
{
	loop_timer_stop(f->notifier->world->loop, &f->timer);
	f->notifier->flight = NULL;
	free(f);
}

static void judge(const struct flight *f, int status, struct notify_outcome *outcome)
{
	const struct notifier *r = f->notifier;

	if (f->told)
		notify_say(outcome, "the command took longer than %g s and was ended", r->conf->timeout);
	else if (WIFSIGNALED(status))
		notify_say(outcome, "the command was ended by signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status))
		notify_say(outcome, "the command ended with status %d", WEXITSTATUS(status));
	else
		outcome->verdict = NOTIFY_SENT;
}

static void end_it(struct flight *f, int64_t now_ms)
{
	kill(-f->pid, f->told ? SIGKILL : SIGTERM);
	f->told = true;
	f->ends_ms = now_ms + GRACE_MS;
	f->look_ms = LOOK_FIRST_MS;
}

/* Has it ended? Of one that was told to, no child stays: until it is waited for, the number of its group is nobody
 * else's. */
static bool has_ended(const struct flight *f, int *status)
{
	siginfo_t info = {.si_pid = 0};

	if (waitid(P_PID, (id_t)f->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0)
		return false;
	if (f->told)
		kill(-f->pid, SIGKILL);
	waitpid(f->pid, status, WNOHANG);
	return true;
}

static void look(void *context)
{
	struct notify_outcome outcome = {.verdict = NOTIFY_LATER};
	struct flight *f = context;
	struct notifier *r = f->notifier;
	int64_t now_ms = loop_now(r->world->loop).mono_ms;
	int status = 0;

	if (!has_ended(f, &status)) {
		if (now_ms >= f->ends_ms)
			end_it(f, now_ms);
		loop_timer_in(r->world->loop, &f->timer, f->look_ms);
		f->look_ms = f->look_ms * 2 < LOOK_LAST_MS ? f->look_ms * 2 : LOOK_LAST_MS;
		return;
	}
	judge(f, status, &outcome);
	flight_free(f);
	notify_ended(r, &outcome);
}

static void command_start(struct notifier *r, const struct notify_message *m)
{
	struct notify_outcome outcome = {.verdict = NOTIFY_LATER};
	char **environment = make_environment(m);
	struct flight *f;
	pid_t pid;
	int rc = spawn(&r->conf->command, environment, &pid);

	free_environment(environment);
	if (rc) {
		notify_say(&outcome, "cannot run %s: %s", r->conf->command.items[0], strerror(-rc));
		notify_ended(r, &outcome);
		return;
	}
	f = xcalloc(1, sizeof(*f));
	f->notifier = r;
	f->pid = pid;
	f->ends_ms = loop_now(r->world->loop).mono_ms + (int64_t)(r->conf->timeout * 1000);
	f->look_ms = LOOK_FIRST_MS;
	f->timer = (struct loop_timer){.fire = look, .context = f};
	r->flight = f;
	loop_timer_in(r->world->loop, &f->timer, LOOK_FIRST_MS);
}

/* One that was killed is gone in a moment; the wait ends even if the kernel holds it back. */
static void reap(pid_t pid)
{
	const struct timespec moment = {.tv_nsec = 1000000};

	for (int i = 0; i < REAP_MS && waitpid(pid, NULL, WNOHANG) == 0; i++)
		nanosleep(&moment, NULL);
}

/* Nobody is there to wait for a gentle end. */
static void command_cancel(struct notifier *r)
{
	struct flight *f = r->flight;

	kill(-f->pid, SIGKILL);
	reap(f->pid);
	flight_free(f);
}

const struct notify_ops notify_command = {command_start, command_cancel};
