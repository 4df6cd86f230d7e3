/* Progress as others read it: a pipe gets lines, a terminal a bar. */
#include "core/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "fake_time.h"
#include "tap.h"

enum { OUTPUT = 65536, PATIENCE_MS = 20000 };

struct world {
	struct loop *loop;
	struct loop_timer work, end;
	struct progress *progress;
	uint64_t done, total, step, passed;
	const char *note;
	int reader, saved;
	char output[OUTPUT];
	size_t len;
	bool over; /* nobody can write any more, and all is read */
};

static void take(struct world *w)
{
	ssize_t n = read(w->reader, w->output + w->len, sizeof(w->output) - 1 - w->len);

	if (n > 0)
		w->len += (size_t)n;
	w->over = n == 0 || (n < 0 && errno != EAGAIN);
	w->output[w->len] = '\0';
}

static void work(void *context)
{
	struct world *w = context;

	take(w);
	w->done += w->step;
	progress_pass(w->progress, w->passed);
	progress_set(w->progress, w->done, w->total, w->note);
	loop_timer_in(w->loop, &w->work, 10);
}

static void over(void *context)
{
	loop_stop(context);
}

/* stderr is `writer` while it lasts. */
static void run(struct world *w, int reader, int writer, int64_t ms)
{
	w->loop = loop_new();
	w->reader = reader;
	w->saved = dup(STDERR_FILENO);
	dup2(writer, STDERR_FILENO);
	fcntl(reader, F_SETFL, O_NONBLOCK);
	w->work = (struct loop_timer){.fire = work, .context = w};
	w->end = (struct loop_timer){.fire = over, .context = w->loop};
	w->progress = progress_new(w->loop, "trackers", "torrents");
	loop_timer_in(w->loop, &w->work, 0);
	loop_timer_in(w->loop, &w->end, ms);
	loop_run(w->loop);
	log_warn("a word");
	loop_timer_stop(w->loop, &w->work);
	progress_free(w->progress);
	dup2(w->saved, STDERR_FILENO);
	close(w->saved);
	close(writer);
	/* What was written to a terminal comes out a little later. */
	while (!w->over && poll(&(struct pollfd){.fd = reader, .events = POLLIN}, 1, PATIENCE_MS) > 0)
		take(w);
	loop_free(w->loop);
	close(reader);
}

static unsigned count_of(const char *text, const char *what)
{
	unsigned count = 0;

	while ((text = strstr(text, what))) {
		count++;
		text += strlen(what);
	}
	return count;
}

static void test_pipe(void)
{
	static struct world w = {.step = 10, .total = 60000, .note = "a note"};
	int ends[2];

	ok(pipe(ends) == 0, "a pipe");
	run(&w, ends[0], ends[1], 5500);
	is_int(count_of(w.output, "\n"), 2, "one line after five seconds, one of the log");
	ok(!strchr(w.output, '\r') && !strchr(w.output, 0x1b), "nothing that moves");
	ok(strstr(w.output, "trackers: 5,000 of 60,000 torrents, 1,000/s, 55 s left (a note)\n"),
	   "how many, a rate, a time: %.70s", w.output);
}

/* Half of it was there before. */
static void test_passed(void)
{
	static struct world w = {.done = 30000, .passed = 30000, .step = 10, .total = 60000, .note = ""};
	int ends[2];

	ok(pipe(ends) == 0, "a pipe");
	run(&w, ends[0], ends[1], 5500);
	ok(strstr(w.output, "trackers: 35,000 of 60,000 torrents, 1,000/s, 25 s left\n"),
	   "what took no work is no rate: %.70s", w.output);
}

static void test_short(void)
{
	static struct world w = {.step = 10, .total = 60000, .note = ""};
	int ends[2];

	ok(pipe(ends) == 0, "a pipe");
	run(&w, ends[0], ends[1], 600);
	is_str(w.output, "swarmtop: warning: a word\n", "short work says nothing");
}

static int terminal_open(int *inner, unsigned short cols)
{
	struct winsize size = {.ws_col = cols, .ws_row = 24};
	int outer = posix_openpt(O_RDWR | O_NOCTTY);

	if (outer < 0 || grantpt(outer) || unlockpt(outer))
		return -1;
	*inner = open(ptsname(outer), O_RDWR | O_NOCTTY);
	ioctl(*inner, TIOCSWINSZ, &size);
	return outer;
}

/* The widest of the lines that were drawn over each other. */
static unsigned widest(const struct world *w)
{
	unsigned most = 0;

	for (const char *at = strchr(w->output, '\r'); at; at = strchr(at + 1, '\r')) {
		size_t len = strcspn(at + 1, "\r\x1b");
		char line[1024] = "";

		memcpy(line, at + 1, len < sizeof(line) ? len : sizeof(line) - 1);
		most = text_cols(line) > most ? text_cols(line) : most;
	}
	return most;
}

static void test_terminal(unsigned short cols)
{
	static struct world w;
	int inner = -1, outer = terminal_open(&inner, cols);

	if (!ok(outer >= 0 && inner >= 0, "a terminal of %u columns", cols))
		return;
	w = (struct world){.step = 10, .total = 1000, .note = "some long note of what is being asked just now"};
	run(&w, outer, inner, 1100);
	ok(count_of(w.output, "\rtrackers") >= 3 && count_of(w.output, "\rtrackers") <= 5, "drawn %u times in 1.1 s",
	   count_of(w.output, "\rtrackers"));
	ok(widest(&w) < cols, "%u columns wide", widest(&w));
	ok(strstr(w.output, "█") && strstr(w.output, " %"), "a bar with a percentage");
	ok(strstr(w.output, "\r\x1b[Kswarmtop: warning: a word\r\n"), "a log line wipes it first");
	ok(w.len > 4 && strcmp(w.output + w.len - 4, "\r\x1b[K") == 0, "and in the end it is gone");
}

static void test_poor_terminals(void)
{
	static struct world w;
	int inner = -1, outer = terminal_open(&inner, 80);

	setenv("LC_ALL", "C", 1);
	w = (struct world){.step = 10, .total = 1000, .note = ""};
	run(&w, outer, inner, 900);
	ok(strstr(w.output, "#") && !strstr(w.output, "█"), "no blocks without UTF-8");
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("TERM", "dumb", 1);
	outer = terminal_open(&inner, 80);
	w = (struct world){.step = 10, .total = 1000, .note = ""};
	run(&w, outer, inner, 500);
	ok(!strchr(w.output, 0x1b), "no bar on a terminal that can do nothing");
	setenv("TERM", "xterm", 1);
	outer = terminal_open(&inner, 80);
	w = (struct world){.step = 1, .total = 0, .note = ""};
	run(&w, outer, inner, 500);
	ok(strstr(w.output, "torrents, ") && !strstr(w.output, " of ") && !strstr(w.output, "left"), "no total yet");
}

int main(void)
{
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("TERM", "xterm", 1);
	unsetenv("JOURNAL_STREAM");
	test_short();
	test_pipe();
	test_passed();
	test_terminal(80);
	test_terminal(40);
	test_poor_terminals();
	progress_free(NULL);
	return tap_done();
}
