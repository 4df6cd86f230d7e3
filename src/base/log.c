/* Writes log lines to stderr or a file. It does not know who reads them, but whether journald does. */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

static const struct {
	const char *name;
	int priority; /* sd-daemon(3) */
} levels[] = {
	[LOG_ERROR] = {"error", 3},
	[LOG_WARN] = {"warn", 4},
	[LOG_INFO] = {"info", 6},
	[LOG_DEBUG] = {"debug", 7},
};

static struct {
	enum log_level level;
	int file; /* 0 = stderr */
	bool mute, bar;
} sink = {.level = LOG_INFO};

int log_level_parse(const char *name, enum log_level *level)
{
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (strcmp(levels[i].name, name) == 0) {
			*level = (enum log_level)i;
			return 0;
		}
	}
	return -EINVAL;
}

void log_set_level(enum log_level level)
{
	sink.level = level;
}

int log_open(const char *path)
{
	int fd = 0;

	if (*path) {
		fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
		if (fd < 0)
			return -errno;
	}
	if (sink.file)
		close(sink.file);
	sink.file = fd;
	return 0;
}

void log_mute_terminal(bool mute)
{
	sink.mute = mute && isatty(STDERR_FILENO);
}

void log_over_bar(bool there)
{
	sink.bar = there && isatty(STDERR_FILENO);
}

/* systemd.exec(5): the variable names the stream's device and inode, because a terminal that a service of the desktop
 * opened inherits it too. */
static bool journald_reads(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat st;
	char ours[64];

	if (!stream || fstat(STDERR_FILENO, &st))
		return false;
	snprintf(ours, sizeof(ours), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return strcmp(ours, stream) == 0;
}

static size_t head(char *line, size_t size, enum log_level level)
{
	char stamp[CLOCK_TEXT];
	int len;

	if (sink.file) {
		clock_rfc3339(clock_now().wall, stamp);
		len = snprintf(line, size, "%s %s: ", stamp, levels[level].name);
	} else if (journald_reads()) {
		len = snprintf(line, size, "<%d>", levels[level].priority);
	} else {
		len = snprintf(line, size, "%sswarmtop: %s", sink.bar ? "\r\x1b[K" : "",
			       level == LOG_WARN ? "warning: " : "");
	}
	return (size_t)len;
}

static void write_line(enum log_level level, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* One write(2) a line, so that lines of several processes never mix. */
static void write_line(enum log_level level, const char *format, va_list args)
{
	char line[1024];
	size_t len;
	int body;

	if (level > sink.level || (!sink.file && sink.mute))
		return;
	len = head(line, sizeof(line), level);
	body = vsnprintf(line + len, sizeof(line) - len - 1, format, args);
	if (body < 0)
		return;
	len += (size_t)body < sizeof(line) - len - 1 ? (size_t)body : sizeof(line) - len - 2;
	line[len++] = '\n';
	if (write(sink.file ? sink.file : STDERR_FILENO, line, len) < 0)
		return; /* nowhere left to complain */
}

#define LOG_FUNCTION(name, level)                                                                                      \
	void name(const char *format, ...)                                                                             \
	{                                                                                                              \
		va_list args;                                                                                          \
                                                                                                                       \
		va_start(args, format);                                                                                \
		write_line(level, format, args);                                                                       \
		va_end(args);                                                                                          \
	}

void log_fatal(const char *format, ...)
{
	int file = sink.file;
	va_list args;

	for (int both = 0; both < (file ? 2 : 1); both++) {
		sink.file = both ? file : 0;
		va_start(args, format);
		write_line(LOG_ERROR, format, args);
		va_end(args);
	}
}

LOG_FUNCTION(log_error, LOG_ERROR)
LOG_FUNCTION(log_warn, LOG_WARN)
LOG_FUNCTION(log_info, LOG_INFO)
LOG_FUNCTION(log_debug, LOG_DEBUG)
