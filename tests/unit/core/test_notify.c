/* core/notify.c with notifiers that need no network: who is told, what is noted, other configurations, the end. */
#include "core/notify.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/notify_private.h"
#include "scratch.h"
#include "tap.h"

enum { NOTED = 16 };

struct world {
	struct loop *loop;
	struct http *http;
	struct notify *notify;
	unsigned rings, noted, sent, done, heard, dropped;
	char notes[NOTED][400];
	char error[400];
	bool no_bell;
	struct loop_timer deadline;
};

static char empty[] = "", automatic[] = "auto";
static char *yes[] = {(char *)"true"}, *no[] = {(char *)"false"}, *slow[] = {(char *)"sleep", (char *)"60"};

static struct conf_notify notifier(const char *name)
{
	return (struct conf_notify){.name = (char *)name,
				    .url = empty,
				    .form = empty,
				    .from = empty,
				    .username = empty,
				    .password = empty,
				    .password_file = empty,
				    .starttls = automatic,
				    .cacert = empty,
				    .timeout = 30};
}

static bool ring(void *context, bool aloud)
{
	struct world *w = context;

	w->rings += aloud && !w->no_bell;
	return !w->no_bell;
}

static void noted(void *context, bool problem, const char *name, const char *text)
{
	struct world *w = context;

	if (!problem) {
		w->sent++;
		return;
	}
	if (w->noted < NOTED)
		snprintf(w->notes[w->noted], sizeof(w->notes[0]), "%s: %s", name, text);
	w->noted++;
}

static void done(void *context, const char *name, const char *error)
{
	struct world *w = context;

	(void)name;
	w->done++;
	snprintf(w->error, sizeof(w->error), "%s", error);
	loop_stop(w->loop);
}

static void heard(void *context, const struct notify_message *m)
{
	struct world *w = context;

	w->heard += strcmp(m->alert, "a") == 0;
}

static void dropped(void *context, const struct notify_message *m)
{
	struct world *w = context;

	w->dropped += strcmp(m->alert, "a") == 0;
}

static void give_up(void *context)
{
	struct world *w = context;

	loop_stop(w->loop);
}

static void begin(struct world *w)
{
	*w = (struct world){.loop = loop_new()};
	w->http = http_new(w->loop);
	w->notify = notify_new(&(struct notify_world){w->loop, w->http, ring, noted, done, heard, dropped, w});
	w->deadline = (struct loop_timer){.fire = give_up, .context = w};
}

static void end(struct world *w)
{
	notify_free(w->notify);
	http_free(w->http);
	loop_timer_stop(w->loop, &w->deadline);
	loop_free(w->loop);
}

static struct notify_message message(enum notify_state state)
{
	return (struct notify_message){.wall = 1795266030, .state = state, .alert = "a", .title = "t", .text = "x"};
}

static void tell(struct world *w, const char *name, enum notify_state state)
{
	char *names[] = {(char *)name, (char *)"nobody"};
	struct notify_message m = message(state);

	notify_send(w->notify, &(struct conf_list){names, 2}, &m);
}

/* Until `count` messages are done with. */
static void wait_done(struct world *w, unsigned count)
{
	loop_timer_in(w->loop, &w->deadline, 30000);
	while (w->done < count && w->deadline.armed)
		loop_run(w->loop);
	loop_timer_stop(w->loop, &w->deadline);
}

static void test_bell(void)
{
	struct conf_notify list[] = {notifier("bell")};
	struct conf conf = {.notifiers = list, .notifier_count = 1, .proxy.url = empty};
	struct world w;

	begin(&w);
	list[0].bell = true;
	is_int(notify_configure(w.notify, &conf, NULL), 0, "a bell");
	tell(&w, "bell", NOTIFY_RAISED);
	is_int(w.rings, 0, "nothing happens while a message is handed in");
	ok(notify_busy(w.notify), "but something is to come");
	wait_done(&w, 1);
	is_int(w.rings, 1, "then it rings");
	is_int(w.sent, 1, "which is noted too");
	tell(&w, "bell", NOTIFY_CLEARED);
	wait_done(&w, 2);
	is_int(w.rings, 1, "and not when it is over");
	is_int(notify_status(w.notify, 0).sent, 2, "two were sent");
	ok(!notify_busy(w.notify), "nothing is to come");
	w.no_bell = true;
	tell(&w, "bell", NOTIFY_RAISED);
	tell(&w, "bell", NOTIFY_CLEARED);
	wait_done(&w, 4);
	is_int(w.rings, 1, "without a terminal it is silent");
	is_int(notify_status(w.notify, 0).sent, 2, "none is sent");
	is_int(notify_status(w.notify, 0).lost, 2, "both are lost");
	is_int(w.noted, 1, "which is noted once");
	is_str(w.notes[0], "bell: message not sent: there is no terminal here whose bell could ring", "in words");
	end(&w);
}

static void test_command(void)
{
	struct conf_notify list[] = {notifier("yes"), notifier("no")};
	struct conf conf = {.notifiers = list, .notifier_count = 2, .proxy.url = empty};
	struct notify_message m = message(NOTIFY_TEST);
	struct world w;

	begin(&w);
	list[0].command = (struct conf_list){yes, 1};
	list[1].command = (struct conf_list){no, 1};
	notify_configure(w.notify, &conf, NULL);
	tell(&w, "yes", NOTIFY_RAISED);
	wait_done(&w, 1);
	is_str(w.error, "", "a command that ends well");
	is_int(notify_try(w.notify, "no", &m), 0, "one try for another");
	wait_done(&w, 2);
	is_str(w.error, "the command ended with status 1", "which does not");
	is_str(w.notes[0], "no: message not sent: the command ended with status 1", "and that is noted");
	is_int(notify_status(w.notify, 1).lost, 1, "the message is lost");
	is_int(notify_try(w.notify, "nobody", &m), -ENOENT, "nobody is nobody");
	end(&w);
}

/* What this program ignores, others do not. */
static void test_signals(void)
{
	static char *killed[] = {(char *)"sh", (char *)"-c", (char *)"kill -XFSZ $$"};
	struct conf_notify list[] = {notifier("x")};
	struct conf conf = {.notifiers = list, .notifier_count = 1, .proxy.url = empty};
	struct notify_message m = message(NOTIFY_TEST);
	char want[100];
	struct world w;

	begin(&w);
	signal(SIGXFSZ, SIG_IGN);
	list[0].command = (struct conf_list){killed, 3};
	notify_configure(w.notify, &conf, NULL);
	notify_try(w.notify, "x", &m);
	wait_done(&w, 1);
	signal(SIGXFSZ, SIG_DFL);
	snprintf(want, sizeof(want), "the command was ended by signal %d", SIGXFSZ);
	is_str(w.error, want, "a signal does what it does to any program");
	end(&w);
}

/* Once per trouble, and its end. */
static void test_notes(void)
{
	struct conf_notify list[] = {notifier("x")};
	struct conf conf = {.notifiers = list, .notifier_count = 1, .proxy.url = empty};
	struct world w;

	begin(&w);
	list[0].command = (struct conf_list){no, 1};
	notify_configure(w.notify, &conf, NULL);
	tell(&w, "x", NOTIFY_RAISED);
	loop_timer_in(w.loop, &w.deadline, 4000);
	loop_run(w.loop);
	for (int i = 0; i < 1000 && notify_busy(w.notify); i++) {
		loop_timer_in(w.loop, &w.deadline, 10);
		loop_run(w.loop);
	}
	is_int(w.noted, 1, "tried several times, noted once");
	ok(!notify_busy(w.notify), "what rests is not busy");
	is_int(notify_status(w.notify, 0).waiting, 1, "it waits");
	list[0].command = (struct conf_list){yes, 1};
	is_int(notify_configure(w.notify, &conf, NULL), 0, "another command");
	wait_done(&w, 1);
	is_str(w.error, "", "takes what waits, at once");
	is_str(w.notes[1], "x: messages are sent again", "and that is noted");
	end(&w);
}

/* A trouble is the same if only an amount in it is another. */
static void test_amounts(void)
{
	static const struct {
		const char *error;
		unsigned noted;
	} tries[] = {
		{"no answer in time: timed out after 3000 milliseconds with 0 bytes received", 1},
		{"no answer in time: timed out after 12001 milliseconds with 17 bytes received", 1},
		{"no connection to its host: port 25, after 0 ms", 2},
		{"no connection to its host: port 25, after 1 ms", 2},
		{"no connection to its host: port 26, after 1 ms", 3},
		{"answers 503", 4},
		{"answers 503", 4},
		{"answers 500", 5},
		{"answers 50", 6},
		{"answers", 7},
		{"answers 5 times", 8},
		{"answers 60 times", 8},
	};
	struct notifier r = {.name = (char *)"x"};
	struct notify_message m = message(NOTIFY_RAISED);
	struct notify_world world;
	struct world w;

	begin(&w);
	world = (struct notify_world){.loop = w.loop, .noted = noted, .context = &w};
	r.owner = w.notify;
	r.world = &world;
	notify_queue_add(&r.queue, &m, 0);
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		struct notify_outcome outcome = {.verdict = NOTIFY_LATER};

		snprintf(outcome.error, sizeof(outcome.error), "%s", tries[i].error);
		notify_queue_next(&r.queue, INT64_MAX);
		notify_ended(&r, &outcome);
		is_int(w.noted, tries[i].noted, "%s", tries[i].error);
		is_str(r.error, tries[i].error, "is the latest");
	}
	loop_timer_stop(w.loop, &r.due);
	notify_queue_done(&r.queue);
	end(&w);
}

static void test_configured(void)
{
	struct conf_notify list[] = {notifier("x")}, other[] = {notifier("x")};
	struct conf conf = {.notifiers = list, .notifier_count = 1, .proxy.url = empty};
	struct conf bad = {.notifiers = other, .notifier_count = 1, .proxy.url = empty};
	struct err err = {""};
	struct world w;

	begin(&w);
	list[0].bell = true;
	notify_configure(w.notify, &conf, NULL);
	other[0].command = (struct conf_list){yes, 1};
	other[0].password_file = (char *)"none";
	is_int(notify_configure(w.notify, &bad, &err), -ENOENT, "a password that is not there");
	is_str(err.msg, "cannot read none: No such file or directory", "is told");
	tell(&w, "x", NOTIFY_RAISED);
	wait_done(&w, 1);
	ok(w.rings == 1 && w.heard == 1, "and the bell stays");
	bad.notifier_count = 0;
	is_int(notify_configure(w.notify, &bad, NULL), 0, "none at all");
	is_int(notify_count(w.notify), 0, "is none");
	tell(&w, "x", NOTIFY_RAISED);
	ok(!notify_busy(w.notify), "and nobody is told");
	end(&w);
}

/* What waits for one that is not there any more. */
static void test_gone(void)
{
	struct conf_notify list[] = {notifier("x"), notifier("y")};
	struct conf conf = {.notifiers = list, .notifier_count = 2, .proxy.url = empty};
	struct world w;

	begin(&w);
	list[0].bell = list[1].bell = true;
	notify_configure(w.notify, &conf, NULL);
	tell(&w, "x", NOTIFY_RAISED);
	tell(&w, "x", NOTIFY_CLEARED);
	conf = (struct conf){.notifiers = list + 1, .notifier_count = 1, .proxy.url = empty};
	notify_configure(w.notify, &conf, NULL);
	ok(w.noted == 1 && w.dropped == 2 && w.heard == 0, "two are dropped");
	is_str(w.notes[0], "x: it is gone, and 2 messages for it are lost", "which is said");
	notify_configure(w.notify, &(struct conf){.proxy.url = empty}, NULL);
	is_int(w.noted, 1, "of one for whom none waits nothing is");
	end(&w);
}

/* Another way to tell, while a command runs that is deaf to SIGTERM. */
static void test_deaf(void)
{
	static char *deaf[] = {(char *)"sh", (char *)"-c", (char *)"trap '' TERM; : >deaf; while :; do sleep 1; done"};
	struct conf_notify list[] = {notifier("x")};
	struct conf conf = {.notifiers = list, .notifier_count = 1, .proxy.url = empty};
	struct world w;

	begin(&w);
	list[0].command = (struct conf_list){deaf, 3};
	notify_configure(w.notify, &conf, NULL);
	tell(&w, "x", NOTIFY_RAISED);
	for (int i = 0; i < 3000 && access("deaf", F_OK) != 0; i++) {
		loop_timer_in(w.loop, &w.deadline, 10);
		loop_run(w.loop);
	}
	ok(access("deaf", F_OK) == 0 && waitpid(-1, NULL, WNOHANG) == 0, "a command runs");
	list[0].command = (struct conf_list){NULL, 0};
	list[0].bell = true;
	is_int(notify_configure(w.notify, &conf, NULL), 0, "a bell instead");
	ok(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD, "and the command is gone");
	wait_done(&w, 1);
	is_int(w.rings, 1, "what it had to tell is told by the bell");
	end(&w);
}

/* The program ends while a command runs. */
static void test_end(void)
{
	struct conf_notify list[] = {notifier("slow"), notifier("bell")};
	struct conf conf = {.notifiers = list, .notifier_count = 2, .proxy.url = empty};
	int64_t began = clock_now().mono_ms;
	struct world w;

	begin(&w);
	list[0].command = (struct conf_list){slow, 2};
	list[1].bell = true;
	notify_configure(w.notify, &conf, NULL);
	tell(&w, "slow", NOTIFY_RAISED);
	tell(&w, "bell", NOTIFY_RAISED);
	notify_flush(w.notify, 2000);
	is_int(w.rings, 1, "who can be told in time is told");
	ok(clock_now().mono_ms - began < 30000, "others are not waited for");
	end(&w);
	notify_free(NULL);
	ok(true, "and all is freed");
}

int main(void)
{
	scratch_init();
	setenv("PATH", "/usr/bin:/bin", 1);
	test_bell();
	test_command();
	test_signals();
	test_notes();
	test_amounts();
	test_configured();
	test_gone();
	test_deaf();
	test_end();
	return tap_done();
}
