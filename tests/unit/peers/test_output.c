/* Records on their way out: files that are rotated, readers that are slow, readers that leave. */
#include "peers/output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "scratch.h"
#include "tap.h"

enum { LARGE = 1 << 20 };

static struct loop *loop;
static int broken;

static void on_broken(void *context)
{
	(void)context;
	broken++;
}

static int put(struct output *o, const char *text)
{
	struct buf b;
	int rc;

	buf_init(&b, LARGE);
	buf_puts(&b, text);
	rc = output_write(o, &b);
	buf_done(&b);
	return rc;
}

static void holds(const char *path, const char *want, const char *name)
{
	char text[256] = "";
	int fd = open(path, O_RDONLY);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;

	text[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
	is_str(text, want, "%s", name);
}

static void test_file(void)
{
	char path[256], old[256];
	struct output *o;
	struct err err;

	snprintf(path, sizeof(path), "%s/log", scratch);
	snprintf(old, sizeof(old), "%s/log.1", scratch);
	o = output_new(loop, path, on_broken, NULL, &err);
	ok(o && output_is_empty(o), "a new file is empty");
	is_int(put(o, "one\n"), 0, "a record");
	ok(!output_is_empty(o), "then it is not");
	rename(path, old);
	put(o, "two\n");
	holds(old, "one\ntwo\n", "a renamed file is written on");
	is_int(output_reopen(o, &err), 0, "opened anew");
	put(o, "three\n");
	holds(path, "three\n", "the new file has what comes now");
	holds(old, "one\ntwo\n", "and the old one what was");
	output_free(o);
	o = output_new(loop, path, on_broken, NULL, &err);
	ok(!output_is_empty(o), "a file of an earlier run is not empty");
	put(o, "four\n");
	holds(path, "three\nfour\n", "and is appended to");
	output_free(o);
	ok(!output_new(loop, "/nonexistent/log", on_broken, NULL, &err), "a file that cannot be made");
	ok(strstr(err.msg, "/nonexistent/log"), "is named: %s", err.msg);
}

static void stop(void *context)
{
	(void)context;
	loop_stop(loop);
}

static void run_for(int64_t ms)
{
	struct loop_timer timer = {.fire = stop};

	loop_timer_at(loop, &timer, clock_now().mono_ms + ms);
	loop_run(loop);
}

static size_t drain(int fd, char *last)
{
	char bytes[65536];
	size_t all = 0;
	ssize_t n;

	while ((n = read(fd, bytes, sizeof(bytes))) > 0) {
		all += (size_t)n;
		*last = bytes[n - 1];
		run_for(1);
	}
	return all;
}

/* A pipe holds 64 KiB; the rest of a megabyte waits in the queue, and the loop does not. */
static void test_slow_reader(void)
{
	int ends[2], saved = dup(STDOUT_FILENO);
	int64_t start;
	struct output *o;
	struct err err;
	struct buf b;
	size_t got;
	char last = 0;

	fflush(stdout);
	if (pipe2(ends, O_CLOEXEC) || dup2(ends[1], STDOUT_FILENO) < 0)
		abort();
	close(ends[1]);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	o = output_new(loop, NULL, on_broken, NULL, &err);
	buf_init(&b, LARGE);
	while (b.len < LARGE - 1)
		buf_putc(&b, b.len % 80 == 79 ? '\n' : 'x');
	buf_putc(&b, '\n');
	start = clock_mono_us();
	output_write(o, &b);
	output_flush(o, 50);
	start = clock_mono_us() - start;
	got = drain(ends[0], &last);
	close(ends[0]);
	put(o, "nobody reads\n");
	put(o, "nobody at all\n");
	output_free(o);
	buf_done(&b);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	ok(start < 2000000, "writing and a flush of 50 ms took %lld us", (long long)start);
	is_int(got, LARGE, "a slow reader gets all of it");
	is_int(last, '\n', "to the end");
	is_int(broken, 1, "a reader who left is told once");
}

int main(void)
{
	scratch_init();
	signal(SIGPIPE, SIG_IGN);
	loop = loop_new();
	test_file();
	test_slow_reader();
	loop_free(loop);
	scratch_done();
	return tap_done();
}
