/* The program's own log: lines on stderr, or in a file, with journald priorities when systemd reads them. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* "error", "warn", "info" or "debug" -> level; -EINVAL for anything else. */
int log_level_parse(const char *name, enum log_level *level);
void log_set_level(enum log_level level);
/* Appends to `path` from now on, "" = stderr. 0 or -errno (and goes on where it was). Call again after logrotate. */
int log_open(const char *path);
/* While a dashboard owns the terminal, lines meant for a stderr that is a terminal are dropped. */
void log_mute_terminal(bool mute);
/* While a bar stands on the terminal's last line, a line that goes there wipes the bar first. */
void log_over_bar(bool there);

/* What ends the program: on stderr even where a file is the log, and there too. */
void log_fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* One line; no newline in `format`. Foreign text in the arguments has been through text_clean(). */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
