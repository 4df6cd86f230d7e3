/* The dashboard on a terminal that is played: what is sent to it and when, keys, pictures that are saved, and how it is
 * given back, by a crash too. */
#include "peers/dashboard.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "peers/draw_curses.h"
#include "scratch.h"
#include "tap.h"
#include "unit/peers/drawn.h"
#include "unit/peers/terminal.h"

#define LEAVES_OTHER_SCREEN "\033[?1049l"

static struct drawn world;
static struct events events;
static struct terminal terminal;
static struct termios before;
static struct buf sent;

/* From here to leave() nothing may be tested. */
static struct dashboard *enter(struct err *err)
{
	terminal_open(&terminal, 80, 24);
	tcgetattr(terminal.slave, &before);
	buf_reset(&sent);
	return dashboard_start(false, false, err);
}

static void leave(void)
{
	terminal_read(&terminal, &sent);
	terminal_close(&terminal);
}

static struct dashboard *enter_or_bail(void)
{
	struct err err = {""};
	struct dashboard *d = enter(&err);

	if (!d) {
		leave();
		printf("Bail out! %s\n", err.msg);
		exit(1);
	}
	return d;
}

/* Draws, and keeps only what was sent for that. */
static void draw(struct dashboard *d)
{
	terminal_read(&terminal, &sent);
	buf_reset(&sent);
	dashboard_draw(d, &world.scene);
	terminal_read(&terminal, &sent);
}

/* The same with the whole picture, that has its texts in one piece. */
static void draw_whole(struct dashboard *d)
{
	term_redraw();
	dashboard_touch(d, false);
	draw(d);
}

static unsigned type(struct dashboard *d, const char *keys)
{
	terminal_type(&terminal, keys);
	return dashboard_keys(d, &world.scene);
}

static bool same_modes(const struct termios *a, const struct termios *b)
{
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_lflag == b->c_lflag;
}

static void test_no_terminal(void)
{
	struct err err = {""};
	struct dashboard *d;
	int saved = dup(STDIN_FILENO), null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	dup2(null, STDIN_FILENO);
	d = dashboard_start(true, false, &err);
	dup2(saved, STDIN_FILENO);
	close(saved);
	close(null);
	ok(!d, "there is no dashboard without a terminal");
	is_str(err.msg, "no terminal: plain output", "and it says what there is");
	dashboard_stop(NULL);
}

static void test_dumb(void)
{
	struct err err = {""};
	struct dashboard *d;

	setenv("TERM", "dumb", 1);
	d = enter(&err);
	leave();
	setenv("TERM", "xterm", 1);
	ok(!d, "nor on a terminal that cannot move its cursor");
	ok(strstr(err.msg, "TERM=dumb"), "it says why: %s", err.msg);
	is_int(sent.len, 0, "and sends nothing");
}

static void test_draw(void)
{
	struct dashboard *d = enter_or_bail();
	bool first, idle, stale, fresh, resized, more;

	draw(d);
	first = strstr(buf_str(&sent), "Germany") != NULL;
	world.sources[0].peers = 4321;
	draw(d);
	idle = sent.len == 0;
	dashboard_touch(d, false);
	draw(d);
	fresh = strstr(buf_str(&sent), "321") != NULL; /* of "4321": the 4 was there before */
	stale = strstr(buf_str(&sent), "Germany") != NULL;
	ioctl(terminal.slave, TIOCSWINSZ, &(struct winsize){.ws_col = 100, .ws_row = 30});
	dashboard_resized(d);
	draw(d);
	resized = strstr(buf_str(&sent), "Germany") != NULL;
	type(d, "\f");
	draw(d);
	more = strstr(buf_str(&sent), "Germany") != NULL;
	dashboard_stop(d);
	leave();
	world.sources[0].peers = 4;
	ok(first, "the first picture is drawn");
	ok(idle, "nothing is sent as long as nobody says that something has changed");
	ok(fresh, "then what has changed is");
	ok(!stale, "and only that");
	ok(resized, "a window of another size is drawn whole");
	ok(more, "so is everything after Ctrl+L");
}

static void test_keys(void)
{
	struct dashboard *d = enter_or_bail();
	unsigned none, quit, many, nothing;
	bool help, changed, idle;

	draw(d);
	none = dashboard_keys(d, &world.scene);
	nothing = type(d, "z");
	draw(d);
	idle = sent.len == 0;
	many = type(d, "p +");
	type(d, "?");
	draw(d);
	changed = sent.len > 0;
	draw_whole(d);
	help = strstr(buf_str(&sent), "ask the daemons now") != NULL;
	type(d, "?");
	quit = type(d, "q");
	dashboard_stop(d);
	leave();
	is_int(none, 0, "no key, no wish");
	is_int(nothing, 0, "a key that does nothing");
	ok(idle, "draws nothing");
	is_int(many & (SCREEN_PAUSE | SCREEN_POLL_NOW | SCREEN_FASTER), SCREEN_PAUSE | SCREEN_POLL_NOW | SCREEN_FASTER,
	       "all keys that wait are taken at once");
	ok(changed, "a key that does something draws");
	ok(help, "the help");
	is_int(quit & SCREEN_QUIT, SCREEN_QUIT, "q quits");
}

static void test_login(void)
{
	struct dashboard *d = enter_or_bail();
	struct screen_login typed = {.source = 0};
	bool echoed, wiped;
	unsigned wish;

	draw(d);
	wish = type(d, "lme\rsecret\r");
	typed = *dashboard_login(d);
	draw_whole(d);
	echoed = strstr(buf_str(&sent), "secret") != NULL;
	dashboard_forget_login(d);
	wiped = !*dashboard_login(d)->user && !*dashboard_login(d)->password;
	dashboard_stop(d);
	leave();
	is_int(wish & SCREEN_LOGIN, SCREEN_LOGIN, "a login was typed");
	is_int(typed.source, 1, "for the daemon that refuses");
	is_str(typed.user, "me", "a user");
	is_str(typed.password, "secret", "a password");
	ok(!echoed, "which is not shown");
	ok(wiped, "and is forgotten");
}

/* ---- saving ---- */

/* How many pictures there are in the folder that have this text, and no escape codes. */
static int pictures(const char *with)
{
	DIR *folder = opendir(".");
	struct dirent *entry;
	int count = 0;

	while (folder && (entry = readdir(folder))) {
		char text[8192];
		FILE *file;
		size_t n;

		if (strncmp(entry->d_name, "swarmtop-", 9) != 0 || !(file = fopen(entry->d_name, "r")))
			continue;
		n = fread(text, 1, sizeof(text) - 1, file);
		text[n] = '\0';
		fclose(file);
		count += strstr(text, with) && !strchr(text, '\033');
	}
	if (folder)
		closedir(folder);
	return count;
}

static void test_save(void)
{
	struct dashboard *d;
	bool said, failed;
	int count;

	mkdir("here", 0700);
	d = enter_or_bail();
	draw(d);
	type(d, "w");
	draw_whole(d);
	said = strstr(buf_str(&sent), "saved to ./swarmtop-2") != NULL;
	type(d, "www");
	count = pictures("DE Germany");
	if (chdir("here") == 0)
		rmdir("../here");
	type(d, "w");
	draw_whole(d);
	failed = strstr(buf_str(&sent), "cannot save to ./swarmtop-2") != NULL;
	if (chdir(scratch))
		failed = false;
	dashboard_stop(d);
	leave();
	ok(said, "w says where it is");
	is_int(count, 4, "four of them, in one second too, are four files");
	ok(failed, "what cannot be saved is said");
}

/* ---- giving the terminal back ---- */

static void test_stop(void)
{
	struct termios during, after;
	struct dashboard *d = enter_or_bail();
	bool taken;

	draw(d);
	tcgetattr(terminal.slave, &during);
	terminal_read(&terminal, &sent);
	buf_reset(&sent);
	dashboard_stop(d);
	terminal_read(&terminal, &sent);
	tcgetattr(terminal.slave, &after);
	taken = (during.c_lflag & (ICANON | ECHO)) == 0;
	leave();
	ok(taken, "keys come one by one, without an echo");
	ok(same_modes(&after, &before), "after it the terminal is as it was");
	ok(strstr(buf_str(&sent), LEAVES_OTHER_SCREEN), "on the screen that was there before");
}

/* A child with a dashboard on the terminal, that does `act` to itself. */
static pid_t child_with_dashboard(void (*act)(struct dashboard *d))
{
	pid_t pid = fork();

	if (pid == 0) {
		struct rlimit none = {0, 0};
		struct dashboard *d;
		struct err err;

		setrlimit(RLIMIT_CORE, &none);
		alarm(20);
		d = dashboard_start(false, false, &err);
		if (d)
			act(d);
		_exit(1);
	}
	return pid;
}

/* Until the child has ended or stopped, reading what it sends: it would wait for a terminal that is full. */
static int wait_for_child(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, WNOHANG | WUNTRACED) == 0)
		terminal_take(&terminal, &sent, 10);
	terminal_read(&terminal, &sent);
	return status;
}

static void crash(struct dashboard *d)
{
	dashboard_draw(d, &world.scene);
	raise(SIGSEGV);
}

static void quit(struct dashboard *d)
{
	dashboard_draw(d, &world.scene);
	raise(SIGQUIT);
}

static void test_crash(const char *name, void (*act)(struct dashboard *d), int signal)
{
	struct termios after;
	int status;
	pid_t pid;

	terminal_open(&terminal, 80, 24);
	tcgetattr(terminal.slave, &before);
	buf_reset(&sent);
	pid = child_with_dashboard(act);
	status = wait_for_child(pid);
	tcgetattr(terminal.slave, &after);
	leave();
	ok(strstr(buf_str(&sent), "Germany"), "%s: there was a picture", name);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == signal, "the signal kills");
	ok(same_modes(&after, &before), "the terminal is as it was");
	ok(strstr(buf_str(&sent), LEAVES_OTHER_SCREEN), "on the screen that was there before");
}

static void suspend(struct dashboard *d)
{
	dashboard_draw(d, &world.scene);
	dashboard_suspend(d);
	dashboard_draw(d, &world.scene);
	dashboard_stop(d);
	_exit(0);
}

static void test_suspend(void)
{
	struct termios stopped, after;
	int status, end;
	bool left, back;
	pid_t pid;

	terminal_open(&terminal, 80, 24);
	tcgetattr(terminal.slave, &before);
	buf_reset(&sent);
	pid = child_with_dashboard(suspend);
	status = wait_for_child(pid);
	tcgetattr(terminal.slave, &stopped);
	left = strstr(buf_str(&sent), LEAVES_OTHER_SCREEN) != NULL;
	buf_reset(&sent);
	kill(pid, SIGCONT);
	end = wait_for_child(pid);
	back = strstr(buf_str(&sent), "Germany") != NULL;
	tcgetattr(terminal.slave, &after);
	leave();
	ok(WIFSTOPPED(status), "Ctrl+Z stops the process");
	ok(left && same_modes(&stopped, &before), "with the terminal given back");
	ok(back, "when it goes on the whole picture is there again");
	ok(WIFEXITED(end) && WEXITSTATUS(end) == 0 && same_modes(&after, &before), "until the end");
}

int main(void)
{
	scratch_init();
	alarm(60);
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("TZ", "UTC", 1);
	setenv("TERM", "xterm", 1);
	buf_init(&sent, TERMINAL_MAX);
	drawn_begin(&world);
	world.scene.events = &events;
	world.scene.refresh = 30;
	test_no_terminal();
	test_dumb();
	test_draw();
	test_keys();
	test_login();
	test_save();
	test_stop();
	test_crash("SIGSEGV", crash, SIGSEGV);
	test_crash("SIGQUIT", quit, SIGQUIT);
	test_suspend();
	drawn_end(&world);
	buf_done(&sent);
	return tap_done();
}
