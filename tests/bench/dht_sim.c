/* The DHT engine at scale. Without arguments: on a network of 65,536 nodes in memory, with a clock of its own, where a
 * quarter of the nodes is dead and all the others ban whoever sends 50 packets in 10 s. With --socket: the same network
 * behind one UDP socket, as 127.10.0.0/16, for a program that is measured in real time. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/unit/swarm/dht_net.h"
#include "wire/info_hash.h"

enum {
	NODES = 65536,
	TORRENTS = 10000,
	AT_ONCE = 1000,
	DEAD = 25,
	PEERS = 10,
	RATE = 250,
	FLOOR = 8, /* queries of a lookup that knows the closest nodes */
	PORT = 6881,
	RECEIVE = 16 << 20,
	WALL = 1800000000,
	HALF_HOUR = 1800, /* seconds */
};

static struct net_config config(uint32_t torrents)
{
	return (struct net_config){
		.nodes = NODES,
		.torrents = torrents,
		.peers = PEERS,
		.dead = DEAD,
		.ban = true,
		.dht = {.rate_per_address = 2, .lookups = AT_ONCE, .seed = {1, 2}},
	};
}

/* ---- in memory ---- */

static bool check(bool good, const char *what)
{
	if (!good)
		printf("  NOT REACHED: %s\n", what);
	return good;
}

/* One pass over all torrents; `least` lookups a second are to be reached. */
static bool measure(struct net *n, const char *what, bool near, double least)
{
	uint64_t sent = n->dht ? dht_counters(n->dht)->sent : 0;
	uint32_t count = n->config.torrents, empty;
	int64_t us = clock_mono_us(), ms = net_look_up(n, 0, count, AT_ONCE, near);
	double rate = count * 1000.0 / (double)ms;
	char text[96];
	bool good;

	us = clock_mono_us() - us;
	sent = dht_counters(n->dht)->sent - sent;
	empty = net_outcomes(n, DHT_NONE);
	printf("%-42s %6.1f lookups/s  %5.2f packets a lookup (floor %d)  %u false empty, %u unreachable, %u of %u "
	       "exact, "
	       "%u bans; CPU with the network's %.2f ms a lookup\n",
	       what, rate, (double)sent / count, FLOOR, empty,
	       net_outcomes(n, DHT_UNREACHABLE) + net_outcomes(n, DHT_TIMED_OUT), net_exact(n), count, n->banned,
	       (double)us / 1000 / count);
	snprintf(text, sizeof(text), "%.0f lookups/s", least);
	good = check(!empty, "no false empty");
	good = check(!n->banned, "no node bans us") && good;
	good = check(n->ended == count, "every lookup ends") && good;
	return check(rate >= least, text) && good;
}

/* The next process, half an hour later: it has what was saved. */
static void restart(struct net *n)
{
	struct buf nodes, dead;

	buf_init(&nodes, 1 << 20);
	buf_init(&dead, 1 << 20);
	dht_save(n->dht, DHT_V4, n->now, WALL, &nodes);
	dht_save_dead(n->dht, n->now, WALL, &dead);
	dht_free(n->dht);
	n->config.dht.seed[0]++;
	n->now += HALF_HOUR * 1000;
	net_engine(n);
	dht_load_dead(n->dht, buf_str(&dead), dead.len, n->now, WALL + HALF_HOUR);
	dht_load(n->dht, DHT_V4, buf_str(&nodes), nodes.len, WALL + HALF_HOUR);
	buf_done(&nodes);
	buf_done(&dead);
	net_warm_up(n);
}

struct conditions {
	double rate;
	uint32_t lookups; /* at a time; 0 = as many as the program begins */
	unsigned loss;    /* percent, each way */
};

static bool run_passes(uint32_t torrents, const struct conditions *how)
{
	struct net_config c = config(torrents);
	struct net n;
	int64_t warm_ms;
	bool good;

	c.dht.rate = how->rate;
	c.dht.lookups = how->lookups;
	c.loss = how->loss;
	net_init(&n, &c);
	warm_ms = net_warm_up(&n);
	printf("%s packets a second, %u nodes, %u %% dead, %u %% lost each way, %u lookups, %u at a time; warm after "
	       "%.1f s\n",
	       how->rate > 0 ? "250" : "unlimited", NODES, DEAD, how->loss, torrents, dht_room(n.dht),
	       (double)warm_ms / 1000);
	good = measure(&n, "  cold", false, how->rate > 0 ? 8 : 0);
	good = measure(&n, "  second pass", true, how->rate > 0 ? 25 : 0) && good;
	restart(&n);
	good = measure(&n, "  third pass, of a new process", true, how->rate > 0 ? 25 : 0) && good;
	net_done(&n);
	return good;
}

/* ---- behind a socket ---- */

struct server {
	struct net net;
	int fd;
	struct sockaddr_in client;
};

static void send_from(void *context, const struct ip *from, uint16_t port, const uint8_t *bytes, size_t len)
{
	struct server *s = context;
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
	} control = {.bytes = {0}};
	struct in_pktinfo info = {.ipi_spec_dst.s_addr = htonl(ip_v4(from))};
	struct iovec part = {(void *)(uintptr_t)bytes, len};
	struct msghdr message = {
		.msg_name = &s->client,
		.msg_namelen = sizeof(s->client),
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);

	(void)port;
	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	sendmsg(s->fd, &message, 0);
}

/* One datagram; false when there is none. */
static bool receive(struct server *s)
{
	union {
		struct cmsghdr align;
		char bytes[256];
	} control;
	uint8_t bytes[2048];
	struct iovec part = {bytes, sizeof(bytes)};
	struct msghdr message = {
		.msg_name = &s->client,
		.msg_namelen = sizeof(s->client),
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t len = recvmsg(s->fd, &message, MSG_DONTWAIT);

	if (len < 0)
		return false;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
		struct in_pktinfo info;
		struct net_node *node;
		struct ip ip;

		if (c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_PKTINFO)
			continue;
		memcpy(&info, CMSG_DATA(c), sizeof(info));
		ip = ip_from_v4(ntohl(info.ipi_addr.s_addr));
		node = net_at(&s->net, &ip);
		if (node)
			net_query(&s->net, node, bytes, (size_t)len);
	}
	return true;
}

static int open_socket(void)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1, size = RECEIVE;

	setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(fd, (struct sockaddr *)&any, sizeof(any))) {
		printf("cannot bind UDP port %d: %s\n", PORT, strerror(errno));
		exit(1);
	}
	return fd;
}

/* The torrents as a JSON list, for a collection. */
static void write_list(const struct net *n, const char *path)
{
	FILE *file = fopen(path, "w");
	char hash[INFO_HASH_TEXT];

	if (!file) {
		printf("cannot write %s: %s\n", path, strerror(errno));
		exit(1);
	}
	for (uint32_t i = 0; i < n->config.torrents; i++) {
		info_hash_write(n->torrents[i].hash, hash);
		fprintf(file, "%s{\"btih\": \"%s\", \"name\": \"torrent %u\"}", i ? ",\n" : "[\n", hash, i);
	}
	fprintf(file, "\n]\n");
	fclose(file);
}

static void tell(const struct net *n, uint64_t received)
{
	printf("{\"nodes\": %u, \"torrents\": %u, \"peers\": %u, \"received\": %llu, \"bans\": %u}\n", n->config.nodes,
	       n->config.torrents, n->config.peers, (unsigned long long)received, n->banned);
	fflush(stdout);
}

/* Each line on stdin is answered with one of counts; its end is the end. */
static int serve(uint32_t torrents, const char *list)
{
	struct net_config c = config(torrents);
	struct server s = {.fd = open_socket()};
	uint64_t received = 0;
	char line[64];

	c.base = 127u << 24 | 10 << 16;
	c.stride = 1;
	net_init(&s.net, &c);
	write_list(&s.net, list);
	tell(&s.net, 0);
	for (;;) {
		struct pollfd polled[] = {{s.fd, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
		int64_t next;

		s.net.now = clock_mono_us() / 1000;
		next = net_flush(&s.net, send_from, &s);
		poll(polled, 2, next == INT64_MAX ? 1000 : next > s.net.now ? (int)(next - s.net.now) : 0);
		s.net.now = clock_mono_us() / 1000;
		for (int i = 0; i < 256 && receive(&s); i++)
			received++;
		if (polled[1].revents && !fgets(line, sizeof(line), stdin))
			break;
		if (polled[1].revents)
			tell(&s.net, received);
	}
	net_done(&s.net);
	close(s.fd);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct conditions all[] = {
		{.rate = RATE, .lookups = AT_ONCE},
		{.rate = RATE},
		{.lookups = AT_ONCE},
		{.lookups = AT_ONCE, .loss = 3},
	};
	uint32_t torrents = argc == 2 ? (uint32_t)strtoul(argv[1], NULL, 10) : TORRENTS;
	bool good = true;

	if (argc == 4 && strcmp(argv[1], "--socket") == 0)
		return serve((uint32_t)strtoul(argv[2], NULL, 10), argv[3]);
	if (argc > 2) {
		printf("usage: dht_sim [TORRENTS] | dht_sim --socket TORRENTS LIST.json\n");
		return 2;
	}
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		good = run_passes(torrents, &all[i]) && good;
	return good ? 0 : 1;
}
