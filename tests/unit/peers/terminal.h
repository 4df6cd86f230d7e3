/* A terminal in place of stdin and stdout, for code that asks what they are. While it is there nothing may be tested:
 * a test's own lines would go to it. Include it once, in the .c with main(). */
#ifndef TERMINAL_H
#define TERMINAL_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"

enum { TERMINAL_MAX = 1 << 20, TERMINAL_WAIT_MS = 20000, TERMINAL_MARK = 5 };

struct terminal {
	int master, slave, in, out; /* the last two: what stdin and stdout were */
};

static inline void terminal_open(struct terminal *t, int cols, int rows)
{
	struct winsize size = {.ws_col = (unsigned short)cols, .ws_row = (unsigned short)rows};

	fflush(stdout);
	t->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (t->master < 0 || grantpt(t->master) || unlockpt(t->master) ||
	    (t->slave = open(ptsname(t->master), O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0 ||
	    ioctl(t->slave, TIOCSWINSZ, &size) || (t->in = dup(STDIN_FILENO)) < 0 ||
	    (t->out = dup(STDOUT_FILENO)) < 0 || dup2(t->slave, STDIN_FILENO) < 0 ||
	    dup2(t->slave, STDOUT_FILENO) < 0) {
		printf("Bail out! no terminal\n");
		exit(1);
	}
}

static inline void terminal_close(struct terminal *t)
{
	fflush(stdout);
	dup2(t->in, STDIN_FILENO);
	dup2(t->out, STDOUT_FILENO);
	close(t->in);
	close(t->out);
	close(t->slave);
	close(t->master);
}

/* Adds what has come until now, or in this time; false if that was nothing. */
static inline bool terminal_take(struct terminal *t, struct buf *sent, int ms)
{
	struct pollfd p = {.fd = t->master, .events = POLLIN};
	char bytes[4096];
	ssize_t n = poll(&p, 1, ms) > 0 ? read(t->master, bytes, sizeof(bytes)) : 0;

	if (n > 0)
		buf_add(sent, bytes, (size_t)n);
	return n > 0;
}

/* Adds what was sent to it. It comes out a little later, and a mark comes out last. */
static inline void terminal_read(struct terminal *t, struct buf *sent)
{
	static const char mark = TERMINAL_MARK;
	bool more = true;

	fflush(stdout);
	more = write(t->slave, &mark, 1) == 1;
	while (more && (!sent->len || sent->data[sent->len - 1] != mark))
		more = terminal_take(t, sent, TERMINAL_WAIT_MS);
	if (more)
		sent->data[--sent->len] = '\0';
}

/* Types keys, and waits until they can be read. */
static inline void terminal_type(struct terminal *t, const char *keys)
{
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};

	if (write(t->master, keys, strlen(keys)) == (ssize_t)strlen(keys))
		poll(&p, 1, TERMINAL_WAIT_MS);
}

#endif
