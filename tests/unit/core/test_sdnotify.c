/* What a service manager hears: at a path or an abstract name, with a full queue, the watchdog; and no manager. */
#include "core/sdnotify.h"

#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "scratch.h"
#include "tap.h"

enum { HEARD = 512, PATIENCE_MS = 20000, TOO_MANY = 10000 };

static struct loop *loop;

/* ---- a service manager ---- */

static int manager_open(const char *name)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	size_t len = strlen(name);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	memcpy(at.sun_path, name, len);
	if (*name == '@')
		at.sun_path[0] = '\0';
	if (bind(fd, (struct sockaddr *)&at, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0) {
		close(fd);
		fd = -1;
	}
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

/* The next datagram, "" if there is none now. */
static const char *heard(int fd)
{
	static char text[HEARD];
	ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

/* "RELOADING=1", and the time in microseconds on the next line. */
static bool is_reloading(const char *text)
{
	static const char begin[] = "RELOADING=1\nMONOTONIC_USEC=";
	int64_t now = clock_mono_us(), told;

	if (strncmp(text, begin, strlen(begin)) != 0)
		return false;
	told = strtoll(text + strlen(begin), NULL, 10);
	return told > 0 && told <= now;
}

static void begin(void)
{
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	loop = loop_new();
}

/* ---- the loop, until a datagram of some text comes ---- */

struct waiting {
	int fd;
	const char *text;
	unsigned left, other; /* how often it is still to come; what else came */
};

static void listen_now(void *context, int fd, unsigned events)
{
	struct waiting *w = context;
	const char *text = heard(fd);

	(void)events;
	if (strcmp(text, w->text) != 0)
		w->other++;
	else if (--w->left == 0)
		loop_stop(loop);
}

static void give_up(void *context)
{
	(void)context;
	loop_stop(loop);
}

/* True if `text` came so often; `other` counts the rest. */
static bool comes(int fd, const char *text, unsigned times, unsigned *other)
{
	struct waiting w = {fd, text, times, 0};
	struct loop_timer patience = {.fire = give_up};

	loop_timer_in(loop, &patience, PATIENCE_MS);
	loop_watch(loop, fd, LOOP_IN, listen_now, &w);
	loop_run(loop);
	loop_unwatch(loop, fd);
	loop_timer_stop(loop, &patience);
	*other = w.other;
	return w.left == 0;
}

/* ---- stories ---- */

static void test_told(const char *name, const char *what)
{
	int fd = manager_open(name);
	struct sdnotify *n;

	begin();
	n = sdnotify_new(loop);
	ok(fd >= 0 && n, "%s: there is a service manager", what);
	sdnotify_ready(n);
	is_str(heard(fd), "READY=1", "%s: it hears that we are ready", what);
	sdnotify_status(n, "%d connections\nMAINPID=1", 34);
	is_str(heard(fd), "STATUS=34 connections", "%s: a status, and no second line", what);
	sdnotify_reloading(n);
	ok(is_reloading(heard(fd)), "%s: that it reads its configuration again, and when", what);
	sdnotify_stopping(n);
	is_str(heard(fd), "STOPPING=1", "%s: and the end", what);
	is_str(heard(fd), "", "%s: nothing else, without a watchdog", what);
	sdnotify_free(n);
	loop_free(loop);
	close(fd);
	unlink(name);
}

static void test_long_status(const char *name)
{
	int fd = manager_open(name);
	struct sdnotify *n;

	begin();
	n = sdnotify_new(loop);
	sdnotify_status(n, "%01000d", 7);
	is_int(strlen(heard(fd)), 200, "a status has a maximum");
	sdnotify_status(n, "%0190d\xc3\xa9\xc3\xa9\xc3\xa9", 7);
	is_int(strlen(heard(fd)), 199, "and ends between two characters");
	sdnotify_free(n);
	loop_free(loop);
	close(fd);
	unlink(name);
}

/* Fills the queue, so that READY=1 has no room at first. */
static void test_full(const char *name)
{
	int fd = manager_open(name);
	struct sdnotify *n;
	unsigned other;

	begin();
	n = sdnotify_new(loop);
	for (unsigned i = 0; i < TOO_MANY; i++)
		sdnotify_status(n, "full");
	sdnotify_ready(n);
	ok(comes(fd, "READY=1", 1, &other), "READY=1 waits for room, and comes");
	ok(other > 0 && other < TOO_MANY, "after what had filled the queue (%u)", other);
	sdnotify_free(n);
	loop_free(loop);
	close(fd);
	unlink(name);
}

static void test_watchdog(const char *name)
{
	int fd = manager_open(name);
	char pid[32];
	struct sdnotify *n;
	unsigned other;

	begin();
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	setenv("WATCHDOG_USEC", "200000", 1);
	setenv("WATCHDOG_PID", pid, 1);
	n = sdnotify_new(loop);
	ok(comes(fd, "WATCHDOG=1", 4, &other), "the watchdog hears the loop turn, again and again");
	is_int(other, 0, "and nothing else");
	sdnotify_free(n);
	loop_free(loop);
	close(fd);
	unlink(name);
}

static void test_watchdog_intervals(const char *name)
{
	static const struct {
		const char *usec, *pid, *what;
	} cases[] = {
		{"0", NULL, "0 is no watchdog"},
		{"soon", NULL, "a bad interval is no watchdog"},
		{"200000", "1", "a watchdog of another process is not ours"},
		{"200000", "x", "nor is one of nobody"},
	};
	int fd = manager_open(name);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct loop_timer end = {.fire = give_up};
		struct sdnotify *n;

		begin();
		setenv("WATCHDOG_USEC", cases[i].usec, 1);
		if (cases[i].pid)
			setenv("WATCHDOG_PID", cases[i].pid, 1);
		n = sdnotify_new(loop);
		loop_timer_in(loop, &end, 0);
		loop_run(loop);
		ok(n && *heard(fd) == '\0', "%s", cases[i].what);
		sdnotify_free(n);
		loop_free(loop);
	}
	close(fd);
	unlink(name);
}

static void test_nobody(void)
{
	static const char *const addresses[] = {"", "/", "@", "run/notify", "vsock:2:1234"};
	char too_long[200];

	begin();
	unsetenv("NOTIFY_SOCKET");
	ok(!sdnotify_new(loop), "no $NOTIFY_SOCKET, no service manager");
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		setenv("NOTIFY_SOCKET", addresses[i], 1);
		ok(!sdnotify_new(loop), "nor at \"%s\"", addresses[i]);
	}
	memset(too_long, 'x', sizeof(too_long));
	too_long[0] = '/';
	too_long[sizeof(too_long) - 1] = '\0';
	setenv("NOTIFY_SOCKET", too_long, 1);
	ok(!sdnotify_new(loop), "nor at a path that no socket can have");
	sdnotify_ready(NULL);
	sdnotify_reloading(NULL);
	sdnotify_status(NULL, "nothing");
	sdnotify_stopping(NULL);
	sdnotify_free(NULL);
	loop_free(loop);
}

static void test_gone(const char *name)
{
	int fd = manager_open(name);
	struct sdnotify *n;

	begin();
	n = sdnotify_new(loop);
	close(fd);
	unlink(name);
	sdnotify_ready(n);
	sdnotify_stopping(n);
	ok(n != NULL, "a service manager that went away hurts nobody");
	sdnotify_free(n);
	loop_free(loop);
}

int main(void)
{
	char path[128], abstract[64];

	scratch_init();
	snprintf(path, sizeof(path), "%s/notify", scratch);
	snprintf(abstract, sizeof(abstract), "@swarmtop-test-%ld", (long)getpid());
	test_told(path, "a path");
	test_told(abstract, "an abstract name");
	test_gone(path);
	test_long_status(path);
	test_full(path);
	test_watchdog(path);
	test_watchdog_intervals(path);
	test_nobody();
	return tap_done();
}
