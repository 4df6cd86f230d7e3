/* Log lines: levels, the file, and the priorities that journald reads. */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>

#include "scratch.h"
#include "tap.h"

static char text[4096];

/* What was written to stderr by `write_lines`. */
static const char *said(void (*write_lines)(void))
{
	int saved = dup(STDERR_FILENO), fd = open("stderr", O_RDWR | O_CREAT | O_TRUNC, 0600);
	ssize_t n;

	dup2(fd, STDERR_FILENO);
	write_lines();
	dup2(saved, STDERR_FILENO);
	n = pread(fd, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	close(saved);
	close(fd);
	return text;
}

static void one_of_each(void)
{
	log_error("an error %d", 1);
	log_warn("a warning");
	log_info("a word");
	log_debug("a detail");
}

static void a_long_line(void)
{
	char line[3000];

	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	log_error("%s", line);
}

static void test_levels(void)
{
	enum log_level level;

	is_str(said(one_of_each), "swarmtop: an error 1\nswarmtop: warning: a warning\nswarmtop: a word\n",
	       "info at first");
	is_int(log_level_parse("error", &level), 0, "a level");
	log_set_level(level);
	is_str(said(one_of_each), "swarmtop: an error 1\n", "errors only");
	log_set_level(LOG_DEBUG);
	ok(strstr(said(one_of_each), "a detail"), "all of it");
	is_int(log_level_parse("loud", &level), -EINVAL, "no level");
	said(a_long_line);
	ok(strlen(text) < 1100 && text[strlen(text) - 1] == '\n', "a long line is cut and ended");
}

static void test_journal(void)
{
	char stream[64];
	struct stat st;

	ok(*said(one_of_each) && stat("stderr", &st) == 0, "a stream");
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	is_str(said(one_of_each), "<3>an error 1\n<4>a warning\n<6>a word\n<7>a detail\n", "priorities for journald");
	setenv("JOURNAL_STREAM", "8:1", 1);
	ok(strstr(said(one_of_each), "swarmtop: an error 1\n"), "none where it reads another stream than ours");
	unsetenv("JOURNAL_STREAM");
}

static void the_end(void)
{
	log_fatal("the end %d", 1);
}

static void test_file(void)
{
	FILE *file;

	is_int(log_open("log"), 0, "a file");
	is_str(said(one_of_each), "", "nothing on stderr");
	is_int(log_open("no/such/folder"), -ENOENT, "one that cannot be opened");
	said(one_of_each);
	file = fopen("log", "r");
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	ok(strstr(text, "Z error: an error 1\n"), "a date and a level before each line");
	ok(strstr(strstr(text, "an error 1") + 1, "an error 1"), "which leaves the old one in use");
	is_str(said(the_end), "swarmtop: the end 1\n", "what ends the program is on stderr all the same");
	file = fopen("log", "r");
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	ok(strstr(text, "Z error: the end 1\n"), "and in the file");
	is_int(log_open(""), 0, "back to stderr");
	ok(*said(one_of_each), "where it is again");
}

int main(void)
{
	scratch_init();
	test_levels();
	test_journal();
	test_file();
	scratch_done();
	return tap_done();
}
