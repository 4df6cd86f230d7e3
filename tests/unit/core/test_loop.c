/* The event loop: timers, descriptors, signals, and the hook before each sleep. */
#include "core/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/buf.h"
#include "tap.h"

/* What happened, a letter each. */
static struct buf story;
static struct loop *loop;

enum { TOO_LONG = 100000, TURNS = 50 };

struct teller {
	struct loop_timer timer;
	char letter;
	bool last;
	struct loop_timer *stops, *starts;
	int64_t in_ms;
};

static void tell(void *context)
{
	struct teller *t = context;

	buf_putc(&story, t->letter);
	if (t->stops)
		loop_timer_stop(loop, t->stops);
	if (t->starts)
		loop_timer_in(loop, t->starts, t->in_ms);
	if (t->last || story.len >= TOO_LONG)
		loop_stop(loop);
}

static void arm(struct teller *t, char letter, int64_t delay_ms)
{
	t->letter = letter;
	t->timer.fire = tell;
	t->timer.context = t;
	loop_timer_in(loop, &t->timer, delay_ms);
}

static void begin(void)
{
	buf_init(&story, 1 << 20);
	loop = loop_new();
}

static void end(const char *want, const char *name)
{
	if (want)
		is_str(buf_str(&story), want, "%s", name);
	buf_done(&story);
	loop_free(loop);
}

static void test_order(void)
{
	struct teller t[8] = {{.letter = 0}};
	int64_t start;

	begin();
	start = loop_now(loop).mono_ms;
	arm(&t[0], 'd', 40);
	arm(&t[1], 'b', 10);
	arm(&t[2], 'c', 10);
	arm(&t[3], 'a', 0);
	arm(&t[4], 'x', 20);
	arm(&t[5], 'e', 5);
	arm(&t[6], 'z', 60);
	t[6].last = true;
	loop_timer_stop(loop, &t[4].timer);
	loop_timer_stop(loop, &t[4].timer);
	loop_timer_in(loop, &t[5].timer, 50);
	loop_run(loop);
	ok(loop_now(loop).mono_ms >= start + 60, "time has passed");
	ok(!t[0].timer.armed && !t[5].timer.armed, "a timer that has fired is not armed");
	end("abcdez", "timers fire in order, equal ones as they were armed, stopped ones never, moved ones later");
}

static void test_in_timers(void)
{
	struct teller t[4] = {{.letter = 0}};

	begin();
	arm(&t[0], 'a', 0);
	arm(&t[1], 'b', 0);
	arm(&t[2], 'c', 0);
	t[3] = (struct teller){.letter = 'd', .last = true, .timer = {.fire = tell, .context = &t[3]}};
	t[0].stops = &t[1].timer;
	t[2].starts = &t[1].timer;
	t[2].in_ms = 5;
	t[1].starts = &t[3].timer;
	t[1].in_ms = 20;
	loop_run(loop);
	end("acbd", "a timer can stop and start others");
	begin();
	arm(&t[0], 'a', 0);
	arm(&t[1], 'b', 0);
	t[0].stops = NULL;
	t[0].last = true;
	loop_run(loop);
	end("a", "nothing fires after a stop");
}

static void not_again(void *context, int fd, unsigned events)
{
	char byte;

	(void)context, (void)events;
	if (read(fd, &byte, 1) == 1)
		buf_putc(&story, byte);
	loop_stop(loop);
}

static void write_mark(void *context)
{
	const int *fds = context;

	if (write(fds[1], "!", 1) != 1)
		loop_stop(loop);
}

static void test_starving(void)
{
	struct teller t = {.letter = 0};
	int fds[2];
	struct loop_timer writer = {.fire = write_mark, .context = fds};

	begin();
	if (!ok(pipe(fds) == 0, "a pipe"))
		return;
	is_int(loop_watch(loop, fds[0], LOOP_IN, not_again, NULL), 0, "watched");
	/* Both are due at once. The first is armed again each time it fires, the second makes the pipe ready. */
	arm(&t, '.', 0);
	t.starts = &t.timer;
	loop_timer_in(loop, &writer, 0);
	loop_run(loop);
	ok(strchr(buf_str(&story), '!') && story.len < 100, "a timer that is always due starves nobody");
	loop_timer_stop(loop, &t.timer);
	loop_unwatch(loop, fds[0]);
	close(fds[0]);
	close(fds[1]);
	end(NULL, "");
}

/* ---- descriptors ---- */

struct pair {
	int fds[2];
	struct pair *other; /* to be unwatched when this one is ready */
	unsigned events;
};

static void pair_ready(void *context, int fd, unsigned events)
{
	struct pair *p = context;
	char byte = '?';

	p->events |= events;
	if (events & LOOP_IN) {
		if (read(fd, &byte, 1) != 1) {
			buf_putc(&story, '$');
			loop_unwatch(loop, fd);
			return;
		}
		buf_putc(&story, byte);
	}
	if (p->other)
		loop_unwatch(loop, p->other->fds[0]);
}

static void make_pair(struct pair *p, const char *bytes)
{
	*p = (struct pair){0};
	if (pipe(p->fds) || write(p->fds[1], bytes, strlen(bytes)) != (ssize_t)strlen(bytes))
		printf("Bail out! no pipe\n");
	loop_watch(loop, p->fds[0], LOOP_IN, pair_ready, p);
}

static void close_pair(struct pair *p)
{
	loop_unwatch(loop, p->fds[0]);
	close(p->fds[0]);
	close(p->fds[1]);
}

struct turner {
	struct loop_timer timer;
	unsigned left;
};

static void turn_again(void *context)
{
	struct turner *t = context;

	if (--t->left > 0) {
		loop_timer_in(loop, &t->timer, 0);
		return;
	}
	buf_putc(&story, '|');
	loop_stop(loop);
}

/* As often as there may be something ready: no time is waited for, which is short on a slow machine. */
static void run_turns(unsigned turns)
{
	struct turner t = {{.fire = turn_again, .context = &t}, turns};

	loop_timer_in(loop, &t.timer, 0);
	loop_run(loop);
}

/* After a stall a timer is due, and answers wait at many descriptors. */
static void test_many(void)
{
	enum { PAIRS = 100 };
	static struct pair pairs[PAIRS];

	begin();
	for (int i = 0; i < PAIRS; i++)
		make_pair(&pairs[i], "a");
	run_turns(1);
	is_int(strcspn(buf_str(&story), "|"), PAIRS, "all descriptors are heard before a timer that is due");
	for (int i = 0; i < PAIRS; i++)
		close_pair(&pairs[i]);
	end(NULL, "");
}

static void test_watch(void)
{
	struct pair a, b;

	begin();
	make_pair(&a, "abc");
	run_turns(TURNS);
	is_str(buf_str(&story), "abc|", "a descriptor is ready until it was read");
	loop_unwatch(loop, a.fds[0]);
	loop_unwatch(loop, a.fds[0]);
	loop_unwatch(loop, 999);
	ok(write(a.fds[1], "d", 1) == 1, "more");
	run_turns(TURNS);
	is_str(buf_str(&story), "abc||", "unwatched");
	is_int(loop_watch(loop, a.fds[0], LOOP_IN, pair_ready, &a), 0, "watched again");
	run_turns(TURNS);
	is_str(buf_str(&story), "abc||d|", "ready again");
	close(a.fds[1]);
	run_turns(TURNS);
	is_str(buf_str(&story), "abc||d|$|", "a hang-up is told as what is watched");
	a.fds[1] = -1;
	close_pair(&a);
	buf_reset(&story);
	make_pair(&a, "a");
	make_pair(&b, "b");
	a.other = &b;
	b.other = &a;
	run_turns(TURNS);
	is_int(story.len, 2, "who was unwatched in the same round is not told: %s", buf_str(&story));
	close_pair(&a);
	close_pair(&b);
	end(NULL, "");
}

static void test_watch_more(void)
{
	struct pair a;
	int fd;

	begin();
	make_pair(&a, "");
	is_int(loop_watch(loop, a.fds[1], LOOP_OUT, pair_ready, &a), 0, "room to write");
	run_turns(TURNS);
	is_int(a.events, LOOP_OUT, "is told");
	loop_unwatch(loop, a.fds[1]);
	/* Closed without a word and opened again: epoll has forgotten it, the loop has not. */
	make_pair(&a, "");
	fd = a.fds[0];
	close(fd);
	if (dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), fd) < 0 || pipe(a.fds) || dup2(a.fds[0], fd) < 0)
		printf("Bail out! no descriptors\n");
	is_int(loop_watch(loop, fd, LOOP_IN, pair_ready, &a), 0, "a descriptor that was closed and opened again");
	ok(write(a.fds[1], "n", 1) == 1, "with something to read");
	buf_reset(&story);
	run_turns(TURNS);
	is_str(buf_str(&story), "n|", "is ready");
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	is_int(loop_watch(loop, fd, LOOP_IN, pair_ready, &a), -EPERM, "a file is always ready");
	is_int(loop_watch(loop, 500, LOOP_IN, pair_ready, &a), -EBADF, "no descriptor");
	loop_unwatch(loop, fd);
	close(fd);
	end(NULL, "");
}

/* ---- signals and the hook ---- */

static void caught(void *context, int signal)
{
	(void)context;
	buf_printf(&story, "%s ", signal == SIGUSR1 ? "one" : signal == SIGUSR2 ? "two" : "?");
	if (signal == SIGUSR2)
		loop_stop(loop);
}

static void test_signals(void)
{
	begin();
	loop_signal(loop, SIGUSR1, caught, NULL);
	loop_signal(loop, SIGUSR2, caught, NULL);
	raise(SIGUSR1);
	is_str(buf_str(&story), "", "a signal waits for the loop");
	run_turns(TURNS);
	is_str(buf_str(&story), "one |", "and is an event there");
	raise(SIGUSR1);
	raise(SIGUSR2);
	loop_run(loop);
	end("one |one two ", "one can end the loop");
}

static int sleeps;

/* The end comes some time after the last byte. */
static void read_to_end(void *context, int fd, unsigned events)
{
	struct teller *end = context;
	char byte = '?';

	(void)events;
	if (read(fd, &byte, 1) == 1)
		buf_putc(&story, byte);
	if (byte == 'b')
		arm(end, '|', 20);
}

static void before_sleep(void *context)
{
	sleeps++;
	if (context && sleeps == 3)
		loop_stop(context);
}

static void test_before_sleep(void)
{
	struct teller end_of_it = {.last = true};
	struct pair a;

	begin();
	sleeps = 0;
	loop_before_sleep(loop, before_sleep, NULL);
	make_pair(&a, "ab");
	loop_unwatch(loop, a.fds[0]);
	loop_watch(loop, a.fds[0], LOOP_IN, read_to_end, &end_of_it);
	loop_run(loop);
	ok(sleeps >= 3 && sleeps <= 6, "once before each sleep, and never in between: %d", sleeps);
	loop_before_sleep(loop, before_sleep, loop);
	sleeps = 2;
	loop_run(loop);
	is_int(sleeps, 3, "the hook can end the loop, which then does not sleep");
	close_pair(&a);
	end(NULL, "");
	loop_free(NULL);
}

int main(void)
{
	alarm(60);
	test_order();
	test_in_timers();
	test_starving();
	test_watch();
	test_many();
	test_watch_more();
	test_signals();
	test_before_sleep();
	return tap_done();
}
