/* A bare blast of get_peers for bench_dht.py: what the nodes can answer, and the least that asking costs. It looks at
 * no answer, and lets answers gather for GATHER_MS before it reads them (0 = never). The pairs on stdin are asked once
 * each if SECONDS is 0, else round and round. Prints packets sent, answers, seconds, and its own CPU seconds.
 *
 * usage: bench_blast ADDRESS WINDOW SECONDS GATHER_MS <pairs: lines of "a.b.c.d port hash" */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { PACKET = 128, AT_ONCE = 64, ANSWER = 2048, RECEIVE = 4 << 20, HASH = 20, PATIENCE_MS = 100, LOST_MS = 1000 };

struct ask {
	struct sockaddr_in to;
	char packet[PACKET];
	size_t len;
};

struct blast {
	int fd;
	struct ask *asks;
	unsigned long count, window;
	double seconds;
	struct timespec gather;
	unsigned long sent, answered, lost;
};

static double seconds_of(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void *must(void *memory)
{
	if (!memory) {
		perror("bench_blast");
		exit(1);
	}
	return memory;
}

static bool read_hash(const char *hex, uint8_t hash[HASH])
{
	for (int i = 0; i < HASH; i++) {
		char pair[3] = {hex[2 * i], hex[2 * i] ? hex[2 * i + 1] : '\0', '\0'}, *end;

		hash[i] = (uint8_t)strtoul(pair, &end, 16);
		if (end != pair + 2)
			return false;
	}
	return true;
}

static bool make_ask(const char *line, struct ask *ask)
{
	static const char before[] = "d1:ad2:id20:swarmtop-lab-blaster9:info_hash20:";
	static const char after[] = "e1:q9:get_peers1:t2:xx1:y1:qe";
	char host[64] = "", *end;
	size_t space = strcspn(line, " ");
	uint8_t hash[HASH];

	if (space >= sizeof(host) || !line[space])
		return false;
	memcpy(host, line, space);
	ask->to = (struct sockaddr_in){.sin_family = AF_INET};
	ask->to.sin_port = htons((uint16_t)strtoul(line + space, &end, 10));
	if (inet_pton(AF_INET, host, &ask->to.sin_addr) != 1 || *end != ' ' || !read_hash(end + 1, hash))
		return false;
	memcpy(ask->packet, before, sizeof(before) - 1);
	memcpy(ask->packet + sizeof(before) - 1, hash, HASH);
	memcpy(ask->packet + sizeof(before) - 1 + HASH, after, sizeof(after) - 1);
	ask->len = sizeof(before) - 1 + HASH + sizeof(after) - 1;
	return true;
}

static void read_asks(struct blast *b)
{
	char line[256];
	unsigned long room = 0;

	while (fgets(line, sizeof(line), stdin)) {
		if (b->count == room) {
			room = room ? 2 * room : 1024;
			b->asks = must(realloc(b->asks, room * sizeof(*b->asks)));
		}
		if (make_ask(line, &b->asks[b->count]))
			b->count++;
	}
}

static unsigned long send_some(struct blast *b, unsigned long most)
{
	struct mmsghdr messages[AT_ONCE] = {0};
	struct iovec parts[AT_ONCE];
	unsigned count = most < AT_ONCE ? (unsigned)most : AT_ONCE;
	int done;

	for (unsigned i = 0; i < count; i++) {
		struct ask *ask = &b->asks[(b->sent + i) % b->count];

		parts[i] = (struct iovec){.iov_base = ask->packet, .iov_len = ask->len};
		messages[i].msg_hdr = (struct msghdr){
			.msg_name = &ask->to, .msg_namelen = sizeof(ask->to), .msg_iov = &parts[i], .msg_iovlen = 1};
	}
	done = sendmmsg(b->fd, messages, count, 0);
	return done > 0 ? (unsigned long)done : 0;
}

static unsigned long receive_some(struct blast *b)
{
	static char bytes[AT_ONCE][ANSWER];
	struct mmsghdr messages[AT_ONCE] = {0};
	struct iovec parts[AT_ONCE];
	int got;

	for (unsigned i = 0; i < AT_ONCE; i++) {
		parts[i] = (struct iovec){.iov_base = bytes[i], .iov_len = ANSWER};
		messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
	}
	got = recvmmsg(b->fd, messages, AT_ONCE, MSG_DONTWAIT, NULL);
	return got > 0 ? (unsigned long)got : 0;
}

static void run(struct blast *b)
{
	double start = seconds_of(CLOCK_MONOTONIC), heard = start;

	for (double now = start; b->seconds > 0 ? now < start + b->seconds : b->answered + b->lost < b->count;
	     now = seconds_of(CLOCK_MONOTONIC)) {
		struct pollfd ready = {.fd = b->fd, .events = POLLIN};
		unsigned long waiting = b->sent - b->answered - b->lost, room = b->window - waiting, got;

		if (b->seconds <= 0 && room > b->count - b->sent)
			room = b->count - b->sent;
		if (room)
			b->sent += send_some(b, room);
		poll(&ready, 1, PATIENCE_MS);
		if (b->gather.tv_nsec)
			nanosleep(&b->gather, NULL);
		got = receive_some(b);
		b->answered += got;
		if (got)
			heard = now;
		else if (now > heard + LOST_MS / 1000.0)
			b->lost = b->sent - b->answered; /* others take their places */
	}
	printf("%lu %lu %.6f %.6f\n", b->sent, b->answered, seconds_of(CLOCK_MONOTONIC) - start,
	       seconds_of(CLOCK_PROCESS_CPUTIME_ID));
}

int main(int argc, char **argv)
{
	struct sockaddr_in from = {.sin_family = AF_INET};
	struct blast b = {.fd = socket(AF_INET, SOCK_DGRAM, 0)};

	if (argc != 5 || inet_pton(AF_INET, argv[1], &from.sin_addr) != 1) {
		fprintf(stderr, "usage: bench_blast ADDRESS WINDOW SECONDS GATHER_MS <pairs\n");
		return 2;
	}
	b.window = strtoul(argv[2], NULL, 10);
	b.seconds = strtod(argv[3], NULL);
	b.gather.tv_nsec = strtol(argv[4], NULL, 10) * 1000000L;
	setsockopt(b.fd, SOL_SOCKET, SO_RCVBUF, &(int){RECEIVE}, sizeof(int));
	setsockopt(b.fd, SOL_SOCKET, SO_RCVBUFFORCE, &(int){RECEIVE}, sizeof(int));
	if (b.fd < 0 || bind(b.fd, (struct sockaddr *)&from, sizeof(from))) {
		perror("bench_blast");
		return 1;
	}
	read_asks(&b);
	if (b.count)
		run(&b);
	return !b.count;
}
