/* A web server for bench_sync.py: / is a page of COUNT links, /N.torrent the torrent number N, all made before they are
 * asked for. One thread and poll(), answers kept ready in memory: it must not be what is waited for. Prints its port.
 *
 * usage: bench_files COUNT PIECES */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS = 256, REQUEST = 8192, HEAD = 256, PIECE_HASH = 20 };

struct answer {
	char *bytes;
	size_t len;
};

struct client {
	char request[REQUEST];
	size_t have;
	const struct answer *sending;
	size_t sent;
};

static struct answer page, none, *torrents;
static unsigned long count;
static struct pollfd fds[CONNECTIONS + 1];
static struct client clients[CONNECTIONS + 1];
static nfds_t used = 1;

static void *must(void *memory)
{
	if (!memory) {
		perror("bench_files");
		exit(1);
	}
	return memory;
}

static struct answer make(int status, const char *type, const char *body, size_t len)
{
	static const char format[] = "HTTP/1.1 %d OK\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n";
	struct answer a = {.bytes = must(malloc(len + HEAD))};
	int head = snprintf(a.bytes, HEAD, format, status, type, len);

	memcpy(a.bytes + head, body, len);
	a.len = (size_t)head + len;
	return a;
}

static struct answer make_page(void)
{
	static const char row[] = "<tr><td><a href=\"%lu.torrent\">volume %lu</a></td><td>2023-11-14 22:13</td></tr>\n";
	size_t size = count * (sizeof(row) + 40) + 1, len = 0;
	char *body = must(malloc(size));
	struct answer a;

	for (unsigned long i = 0; i < count; i++)
		len += (size_t)snprintf(body + len, size - len, row, i, i);
	a = make(200, "text/html", body, len);
	free(body);
	return a;
}

static struct answer make_torrent(unsigned long number, unsigned long pieces)
{
	size_t len, size = pieces * PIECE_HASH + 512;
	char *body = must(malloc(size));
	struct answer a;

	len = (size_t)snprintf(body, size,
			       "d8:announce31:udp://tracker.example.org:6969/13:creation datei1700000000e4:info"
			       "d6:lengthi%lue4:name17:volume %010lu12:piece lengthi65536e6:pieces%lu:",
			       pieces * 65536, number, pieces * PIECE_HASH);
	memset(body + len, (int)(number % 251), pieces * PIECE_HASH);
	len += pieces * PIECE_HASH;
	memcpy(body + len, "ee", 2);
	a = make(200, "application/x-bittorrent", body, len + 2);
	free(body);
	return a;
}

static const struct answer *find(const char *request)
{
	char *end;
	unsigned long number;

	if (strncmp(request, "GET / ", 6) == 0)
		return &page;
	if (strncmp(request, "GET /", 5) != 0)
		return &none;
	number = strtoul(request + 5, &end, 10);
	return end > request + 5 && number < count && strncmp(end, ".torrent ", 9) == 0 ? &torrents[number] : &none;
}

static bool waiting(ssize_t got)
{
	return got < 0 && (errno == EAGAIN || errno == EINTR);
}

/* False: the connection has ended. */
static bool receive(struct client *c, int fd)
{
	ssize_t got = recv(fd, c->request + c->have, REQUEST - 1 - c->have, 0);

	if (got <= 0)
		return waiting(got);
	c->have += (size_t)got;
	c->request[c->have] = '\0';
	return c->have < REQUEST - 1;
}

/* Answers what has come, until something has to be waited for. */
static bool serve(struct client *c, int fd)
{
	for (;;) {
		char *end = c->sending ? NULL : strstr(c->request, "\r\n\r\n");
		ssize_t sent;

		if (end) {
			c->sending = find(c->request);
			c->sent = 0;
			c->have -= (size_t)(end + 4 - c->request);
			memmove(c->request, end + 4, c->have + 1);
		}
		if (!c->sending)
			return true;
		sent = send(fd, c->sending->bytes + c->sent, c->sending->len - c->sent, MSG_NOSIGNAL);
		if (sent < 0)
			return waiting(sent);
		c->sent += (size_t)sent;
		if (c->sent == c->sending->len)
			c->sending = NULL;
	}
}

static void take(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);

	if (fd < 0)
		return;
	if (used > CONNECTIONS) {
		close(fd);
		return;
	}
	fds[used] = (struct pollfd){.fd = fd};
	memset(&clients[used], 0, sizeof(clients[used]));
	used++;
}

static void drop(nfds_t i)
{
	close(fds[i].fd);
	used--;
	fds[i] = fds[used];
	clients[i] = clients[used];
}

static void turn(void)
{
	for (nfds_t i = 1; i < used; i++)
		fds[i].events = clients[i].sending ? POLLOUT : POLLIN;
	if (poll(fds, used, -1) < 0)
		return;
	for (nfds_t i = used; i-- > 1;) {
		if (fds[i].revents &&
		    !((fds[i].revents & POLLOUT || receive(&clients[i], fds[i].fd)) && serve(&clients[i], fds[i].fd)))
			drop(i);
	}
	if (fds[0].revents)
		take(fds[0].fd);
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);

	if (argc != 3) {
		fprintf(stderr, "usage: bench_files COUNT PIECES\n");
		return 2;
	}
	count = strtoul(argv[1], NULL, 10);
	torrents = must(calloc(count + 1, sizeof(*torrents)));
	for (unsigned long i = 0; i < count; i++)
		torrents[i] = make_torrent(i, strtoul(argv[2], NULL, 10));
	page = make_page();
	none = make(404, "text/plain", "none\n", 5);
	fds[0] = (struct pollfd){.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), .events = POLLIN};
	if (fds[0].fd < 0 || bind(fds[0].fd, (struct sockaddr *)&address, len) || listen(fds[0].fd, CONNECTIONS) ||
	    getsockname(fds[0].fd, (struct sockaddr *)&address, &len)) {
		perror("bench_files");
		return 1;
	}
	printf("%d\n", ntohs(address.sin_port));
	fflush(stdout);
	for (;;)
		turn();
}
