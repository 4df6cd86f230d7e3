/* Which drawer writes records, what comes before the first, and what becomes of an output that fails. */
#include "peers/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "scratch.h"
#include "tap.h"
#include "unit/peers/drawn.h"
#include "unit/peers/terminal.h"

static struct loop *loop;
static struct drawn world;
static unsigned broken;

static void on_broken(void *context)
{
	(void)context;
	broken++;
}

static struct buf content(const char *path)
{
	char bytes[4096];
	struct buf text;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	buf_init(&text, DRAWN_MAX);
	while (fd >= 0 && (n = read(fd, bytes, sizeof(bytes))) > 0)
		buf_add(&text, bytes, (size_t)n);
	if (fd >= 0)
		close(fd);
	return text;
}

static void holds(const char *path, const char *want, const char *name)
{
	struct buf text = content(path);

	is_str(buf_str(&text), want, "%s", name);
	buf_done(&text);
}

static struct recorder *make(const struct options *options)
{
	struct err err = {""};
	struct recorder *r = recorder_new(options, loop, on_broken, NULL, &err);

	if (!r) {
		printf("Bail out! %s\n", err.msg);
		exit(1);
	}
	return r;
}

/* ---- what is written ---- */

/* Two polls and the end of the run, of each format and style: what the drawer draws, one after the other. */
static void test_formats(void)
{
	static const struct {
		const char *name;
		enum options_format format;
		enum options_color color;
		bool peers;
		const struct draw_ops *drawer;
		bool summary;
	} rows[] = {
		{"the screen's", OPTIONS_SCREEN, OPTIONS_COLOR_NEVER, false, &draw_plain, true},
		{"plain", OPTIONS_PLAIN, OPTIONS_COLOR_NEVER, false, &draw_plain, true},
		{"plain with all", OPTIONS_PLAIN, OPTIONS_COLOR_ALWAYS, true, &draw_plain, true},
		{"plain into a file", OPTIONS_PLAIN, OPTIONS_COLOR_AUTO, true, &draw_plain, true},
		{"JSON", OPTIONS_JSON, OPTIONS_COLOR_ALWAYS, false, &draw_json, false},
		{"JSON with peers", OPTIONS_JSON, OPTIONS_COLOR_NEVER, true, &draw_json, false},
		{"CSV", OPTIONS_CSV, OPTIONS_COLOR_NEVER, false, &draw_csv, false},
		{"CSV with peers", OPTIONS_CSV, OPTIONS_COLOR_ALWAYS, true, &draw_csv, false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct draw_style style = {rows[i].peers, rows[i].color == OPTIONS_COLOR_ALWAYS};
		struct options o = {.format = rows[i].format,
				    .color = (int)rows[i].color,
				    .peers = rows[i].peers,
				    .output = "record"};
		struct recorder *r = make(&o);
		struct buf want = drawn_record(&world, rows[i].drawer, style.peers, style.color);

		rows[i].drawer->record(&style, &world.scene, &want);
		if (rows[i].summary)
			rows[i].drawer->summary(&style, &world.scene, &want);
		is_int(recorder_poll(r, &world.scene), 0, "%s: a poll", rows[i].name);
		recorder_poll(r, &world.scene);
		is_int(recorder_has_summary(r), rows[i].summary, "has it a summary");
		recorder_summary(r, &world.scene);
		holds(o.output, buf_str(&want), "the file");
		recorder_free(r);
		unlink(o.output);
		buf_done(&want);
	}
	recorder_free(NULL);
}

static void test_head(void)
{
	struct options o = {.format = OPTIONS_CSV, .output = "rows.csv"};
	struct buf first = drawn_record(&world, &draw_csv, false, false), all;
	const char *rows = strchr(buf_str(&first), '\n') + 1;
	struct recorder *r = make(&o);
	struct err err = {""};

	recorder_poll(r, &world.scene);
	recorder_free(r);
	holds(o.output, buf_str(&first), "a new file begins with a head");
	r = make(&o);
	recorder_poll(r, &world.scene);
	buf_init(&all, DRAWN_MAX);
	buf_printf(&all, "%s%s", buf_str(&first), rows);
	holds(o.output, buf_str(&all), "the file of an earlier run has one");
	rename(o.output, "rows.csv.1");
	is_int(recorder_reopen(r, &err), 0, "after logrotate");
	recorder_poll(r, &world.scene);
	holds(o.output, buf_str(&first), "the new file begins with one again");
	holds("rows.csv.1", buf_str(&all), "and the old one is left alone");
	recorder_free(r);
	buf_done(&all);
	buf_done(&first);
}

/* ---- outputs that fail ---- */

static void test_unusable(void)
{
	struct options o = {.format = OPTIONS_JSON, .output = "/nonexistent/log"};
	struct err err = {""};

	ok(!recorder_new(&o, loop, on_broken, NULL, &err), "a file that cannot be made is refused");
	ok(strstr(err.msg, "/nonexistent/log"), "by name: %s", err.msg);
}

static void test_reopen_fails(void)
{
	struct options o = {.format = OPTIONS_JSON, .output = "folder/log"};
	struct err err = {""};
	struct recorder *r;
	struct buf one;

	mkdir("folder", 0700);
	r = make(&o);
	rename("folder", "moved");
	is_int(recorder_reopen(r, &err), -ENOENT, "a folder that is gone: %s", err.msg);
	recorder_poll(r, &world.scene);
	one = drawn_record(&world, &draw_json, false, false);
	holds("moved/log", buf_str(&one), "it goes on in the old file");
	buf_done(&one);
	recorder_free(r);
}

static void test_full_disk(void)
{
	struct options o = {.format = OPTIONS_JSON, .output = "/dev/full"};
	int saved = dup(STDERR_FILENO), log = open("log", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct recorder *r = make(&o);
	struct buf said;
	int first, second;

	dup2(log, STDERR_FILENO);
	first = recorder_poll(r, &world.scene);
	second = recorder_poll(r, &world.scene);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(log);
	is_int(first, 0, "a full disk loses the record and stops nobody");
	is_int(second, 0, "also the next one");
	is_int(broken, 0, "it is not a reader who left");
	said = content("log");
	ok(strstr(buf_str(&said), "cannot write to /dev/full: No space left on device"), "it is said");
	is_int(strcspn(buf_str(&said), "\n") + 1, said.len, "once");
	buf_done(&said);
	recorder_free(r);
}

static void test_reader_left(void)
{
	struct options o = {.format = OPTIONS_PLAIN};
	int ends[2], saved = dup(STDOUT_FILENO), rc;
	struct recorder *r;

	fflush(stdout);
	if (pipe2(ends, O_CLOEXEC) || dup2(ends[1], STDOUT_FILENO) < 0)
		abort();
	close(ends[0]);
	close(ends[1]);
	r = make(&o);
	rc = recorder_poll(r, &world.scene);
	recorder_poll(r, &world.scene);
	recorder_summary(r, &world.scene);
	recorder_flush(r, 1000);
	recorder_free(r);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	is_int(rc, 0, "a reader who left is no failure of the record");
	is_int(broken, 1, "but is told, once");
}

/* ---- colours ---- */

static void environment(const char *no_color, const char *force, const char *term)
{
	static const char *const names[] = {"NO_COLOR", "CLICOLOR_FORCE", "TERM"};
	const char *const values[] = {no_color, force, term};

	for (int i = 0; i < 3; i++) {
		if (values[i])
			setenv(names[i], values[i], 1);
		else
			unsetenv(names[i]);
	}
}

static void test_color(void)
{
	static const struct {
		enum options_color color;
		const char *no_color, *force, *term, *output;
		bool here, terminal; /* wanted when stdout is none, and when it is one */
	} rows[] = {
		{OPTIONS_COLOR_AUTO, NULL, NULL, "xterm", NULL, false, true},
		{OPTIONS_COLOR_AUTO, NULL, NULL, "xterm", "file", false, false},
		{OPTIONS_COLOR_AUTO, NULL, NULL, "dumb", NULL, false, false},
		{OPTIONS_COLOR_AUTO, NULL, NULL, "", NULL, false, false},
		{OPTIONS_COLOR_AUTO, NULL, NULL, NULL, NULL, false, false},
		{OPTIONS_COLOR_AUTO, "", "", "xterm", NULL, false, true},
		{OPTIONS_COLOR_AUTO, "1", NULL, "xterm", NULL, false, false},
		{OPTIONS_COLOR_AUTO, "1", "1", "xterm", NULL, false, false},
		{OPTIONS_COLOR_AUTO, NULL, "1", "dumb", "file", true, true},
		{OPTIONS_COLOR_AUTO, NULL, "0", "xterm", NULL, false, true},
		{OPTIONS_COLOR_ALWAYS, "1", "0", "dumb", "file", true, true},
		{OPTIONS_COLOR_NEVER, NULL, "1", "xterm", NULL, false, false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct options o = {.color = (int)rows[i].color, .output = rows[i].output};
		int ends[2], saved = dup(STDOUT_FILENO);
		struct terminal t;
		bool here, terminal;

		environment(rows[i].no_color, rows[i].force, rows[i].term);
		fflush(stdout);
		if (pipe2(ends, O_CLOEXEC) || dup2(ends[1], STDOUT_FILENO) < 0)
			abort();
		here = recorder_wants_color(&o);
		dup2(saved, STDOUT_FILENO);
		terminal_open(&t, 80, 24);
		terminal = recorder_wants_color(&o);
		terminal_close(&t);
		close(saved);
		close(ends[0]);
		close(ends[1]);
		is_int(here, rows[i].here, "colours into a pipe, case %zu", i);
		is_int(terminal, rows[i].terminal, "colours on a terminal, case %zu", i);
	}
	environment(NULL, NULL, NULL);
}

int main(void)
{
	scratch_init();
	alarm(60);
	signal(SIGPIPE, SIG_IGN);
	loop = loop_new();
	drawn_begin(&world);
	test_formats();
	test_head();
	test_unusable();
	test_reopen_fails();
	test_full_disk();
	test_reader_left();
	test_color();
	drawn_end(&world);
	loop_free(loop);
	return tap_done();
}
