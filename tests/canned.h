/* An HTTP server that plays canned answers: a child on 127.0.0.1. Include it once, in the .c with main(). */
#ifndef CANNED_H
#define CANNED_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- pieces ---- */

static inline int listener_open(uint16_t *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) || listen(fd, 8) ||
	    getsockname(fd, (struct sockaddr *)&address, &len)) {
		printf("Bail out! no listener\n");
		exit(1);
	}
	*port = ntohs(address.sin_port);
	return fd;
}

/* Reads one request; false at the end. What it said is in `text`. */
static inline bool read_request(int fd, char *text, size_t size)
{
	size_t len = 0, body = 0;

	while (len < size - 1) {
		ssize_t n = read(fd, text + len, size - 1 - len);
		const char *end, *length;

		if (n <= 0)
			return false;
		len += (size_t)n;
		text[len] = '\0';
		end = strstr(text, "\r\n\r\n");
		length = strstr(text, "Content-Length: ");
		body = length ? strtoul(length + 16, NULL, 10) : 0;
		if (end && (size_t)(text + len - end - 4) >= body)
			return true;
	}
	return false;
}

static inline void send_text(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

static inline void server_stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* ---- a server that answers in turn and remembers what it was asked ---- */

enum { CANNED_MAX = 16, CANNED_REQUEST = 8192 };

struct canned {
	pid_t pid;
	uint16_t port;
	struct {
		unsigned count;
		char requests[CANNED_MAX][CANNED_REQUEST];
	} * seen; /* shared with the child */
};

static inline void canned_serve(const struct canned *c, int listener, const char *const *answers)
{
	unsigned i = 0;

	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			_exit(0);
		if (c->seen->count < CANNED_MAX &&
		    read_request(fd, c->seen->requests[c->seen->count], CANNED_REQUEST)) {
			c->seen->count++;
			send_text(fd, answers[i], strlen(answers[i]));
			i += answers[i + 1] != NULL;
		}
		close(fd);
	}
}

/* Plays the answers (NULL-terminated), one a connection, the last one for ever. */
static inline void canned_start(struct canned *c, const char *const *answers)
{
	int listener = listener_open(&c->port);

	c->seen = mmap(NULL, sizeof(*c->seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (c->seen == MAP_FAILED) {
		printf("Bail out! no memory to share\n");
		exit(1);
	}
	fflush(stdout);
	c->pid = fork();
	if (c->pid == 0) {
		signal(SIGPIPE, SIG_IGN);
		alarm(30);
		canned_serve(c, listener, answers);
	}
	close(listener);
}

static inline void canned_stop(struct canned *c)
{
	server_stop(c->pid);
	munmap(c->seen, sizeof(*c->seen));
}

/* The body of the n-th request. */
static inline const char *canned_body(const struct canned *c, unsigned n)
{
	const char *end = n < c->seen->count ? strstr(c->seen->requests[n], "\r\n\r\n") : NULL;

	return end ? end + 4 : "(no request)";
}

/* Does a line of the head of the n-th request begin so? */
static inline bool canned_has(const struct canned *c, unsigned n, const char *header)
{
	char line[256];

	snprintf(line, sizeof(line), "\r\n%s", header);
	return n < c->seen->count && strstr(c->seen->requests[n], line);
}

#endif
