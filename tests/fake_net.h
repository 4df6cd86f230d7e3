/* The internet in one process: names mean what a test says, and whatever address is connected to, the test's own server
 * on 127.0.0.1 answers there; each question for a name and each connection is told. In place of the C library's
 * functions, also where other libraries call them; time is the real one, and what the test adds. Include it once, in
 * the .c with main(). */
#ifndef FAKE_NET_H
#define FAKE_NET_H

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/ip.h"

enum { FAKE_FDS = 1024, FAKE_NAMES = 32, FAKE_MEANINGS = 4, FAKE_ADDRESSES = 4, FAKE_HOST = 128 };

struct fake_name {
	char host[FAKE_HOST];
	struct ip meanings[FAKE_MEANINGS][FAKE_ADDRESSES];
	unsigned counts[FAKE_MEANINGS], meaning_count;
	unsigned asked; /* the last meaning stays */
};

static struct {
	pthread_mutex_t lock; /* names are asked for in threads of libcurl's */
	struct fake_name names[FAKE_NAMES];
	unsigned name_count;
	uint16_t port; /* of the server */
	struct ip closed[FAKE_ADDRESSES]; /* nobody listens there */
	unsigned closed_count;
	struct sockaddr_storage peers[FAKE_FDS];
	socklen_t peer_lens[FAKE_FDS];
	_Atomic int64_t later_s; /* added to all clocks */
	void (*asks)(void *context, const char *name);
	void (*connects)(void *context, const struct ip *ip, uint16_t port);
	void *context;
} fake_net = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- time ---- */

#if defined(__TIMESIZE) && __TIMESIZE == 32
enum { FAKE_CLOCK_CALL = SYS_clock_gettime64 }; /* the other one has 32 bits of time */
#else
enum { FAKE_CLOCK_CALL = SYS_clock_gettime };
#endif

int clock_gettime(clockid_t clock, struct timespec *at)
{
	int rc = (int)syscall(FAKE_CLOCK_CALL, clock, at);

	at->tv_sec += (time_t)fake_net.later_s;
	return rc;
}

time_t time(time_t *at)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (at)
		*at = now.tv_sec;
	return now.tv_sec;
}

#if defined(__TIMESIZE) && __TIMESIZE == 32
/* The libraries of such a system know them by their old names. */
struct fake_timespec {
	int32_t tv_sec, tv_nsec;
};

int fake_clock(clockid_t clock, struct fake_timespec *at) __asm__("clock_gettime");
int32_t fake_time(int32_t *at) __asm__("time");

int fake_clock(clockid_t clock, struct fake_timespec *at)
{
	struct timespec wide;
	int rc = clock_gettime(clock, &wide);

	*at = (struct fake_timespec){(int32_t)wide.tv_sec, (int32_t)wide.tv_nsec};
	return rc;
}

int32_t fake_time(int32_t *at)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (at)
		*at = (int32_t)now.tv_sec;
	return (int32_t)now.tv_sec;
}
#endif

/* ---- names ---- */

static inline socklen_t fake_sockaddr(const struct ip *ip, uint16_t port, struct sockaddr_storage *address)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(ip_v4(ip))};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

	memcpy(&in6.sin6_addr, ip->b, sizeof(ip->b));
	if (ip_is4(ip))
		memcpy(address, &in, sizeof(in));
	else
		memcpy(address, &in6, sizeof(in6));
	return ip_is4(ip) ? sizeof(in) : sizeof(in6);
}

static inline unsigned fake_look_up(const char *host, struct ip ips[FAKE_ADDRESSES])
{
	struct in_addr v4;

	if (inet_aton(host, &v4)) {
		ips[0] = ip_from_v4(ntohl(v4.s_addr));
		return 1;
	}
	if (ip_parse(host, strlen(host), &ips[0]) == 0)
		return 1;
	if (fake_net.asks)
		fake_net.asks(fake_net.context, host);
	for (unsigned i = 0; i < fake_net.name_count; i++) {
		struct fake_name *name = &fake_net.names[i];
		unsigned meaning = name->asked < name->meaning_count ? name->asked : name->meaning_count - 1;

		if (strcmp(name->host, host) != 0)
			continue;
		name->asked++;
		memcpy(ips, name->meanings[meaning], sizeof(name->meanings[meaning]));
		return name->counts[meaning];
	}
	return 0;
}

static inline struct addrinfo *fake_addrinfo(const struct ip *ip, uint16_t port, const struct addrinfo *hints)
{
	struct {
		struct addrinfo info;
		struct sockaddr_storage address;
	} *a = calloc(1, sizeof(*a));

	if (!a)
		abort();
	a->info.ai_family = ip_is4(ip) ? AF_INET : AF_INET6;
	a->info.ai_socktype = hints && hints->ai_socktype ? hints->ai_socktype : SOCK_STREAM;
	a->info.ai_protocol = hints ? hints->ai_protocol : 0;
	a->info.ai_addrlen = fake_sockaddr(ip, port, &a->address);
	a->info.ai_addr = (struct sockaddr *)(void *)&a->address;
	return &a->info;
}

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **list)
{
	uint16_t port = service ? (uint16_t)strtoul(service, NULL, 10) : 0;
	struct ip ips[FAKE_ADDRESSES];
	struct addrinfo **end = list;
	unsigned count;

	*list = NULL;
	pthread_mutex_lock(&fake_net.lock);
	count = fake_look_up(host, ips);
	pthread_mutex_unlock(&fake_net.lock);
	for (unsigned i = 0; i < count; i++) {
		if (hints && hints->ai_family != AF_UNSPEC && (hints->ai_family == AF_INET) != ip_is4(&ips[i]))
			continue;
		*end = fake_addrinfo(&ips[i], port, hints);
		end = &(*end)->ai_next;
	}
	return *list ? 0 : EAI_NONAME;
}

void freeaddrinfo(struct addrinfo *list)
{
	while (list) {
		struct addrinfo *next = list->ai_next;

		free(list);
		list = next;
	}
}

/* ---- connections ---- */

/* All of them are IPv4 below. */
int socket(int domain, int type, int protocol)
{
	int fd = (int)syscall(SYS_socket, domain == AF_INET6 ? AF_INET : domain, type, protocol);

	if (fd >= 0 && fd < FAKE_FDS)
		fake_net.peer_lens[fd] = 0;
	return fd;
}

static inline bool fake_read(const struct sockaddr *address, struct ip *ip, uint16_t *port)
{
	struct sockaddr_in6 in6;
	struct sockaddr_in in;

	if (address->sa_family == AF_INET) {
		memcpy(&in, address, sizeof(in));
		*ip = ip_from_v4(ntohl(in.sin_addr.s_addr));
		*port = ntohs(in.sin_port);
		return true;
	}
	if (address->sa_family != AF_INET6)
		return false;
	memcpy(&in6, address, sizeof(in6));
	memcpy(ip->b, &in6.sin6_addr, sizeof(ip->b));
	*port = ntohs(in6.sin6_port);
	return true;
}

int connect(int fd, const struct sockaddr *address, socklen_t len)
{
	struct sockaddr_storage server;
	struct ip ip, loopback = ip_from_v4(INADDR_LOOPBACK);
	uint16_t port;

	if (!fake_read(address, &ip, &port))
		return (int)syscall(SYS_connect, fd, address, len);
	if (fd < FAKE_FDS && len <= sizeof(fake_net.peers[fd])) {
		memcpy(&fake_net.peers[fd], address, len);
		fake_net.peer_lens[fd] = len;
	}
	if (fake_net.connects)
		fake_net.connects(fake_net.context, &ip, port);
	for (unsigned i = 0; i < fake_net.closed_count; i++)
		if (ip_equal(&fake_net.closed[i], &ip)) {
			errno = ECONNREFUSED;
			return -1;
		}
	return (int)syscall(SYS_connect, fd, &server, fake_sockaddr(&loopback, fake_net.port, &server));
}

int getpeername(int fd, struct sockaddr *address, socklen_t *len)
{
	if (fd < 0 || fd >= FAKE_FDS || !fake_net.peer_lens[fd])
		return (int)syscall(SYS_getpeername, fd, address, len);
	memcpy(address, &fake_net.peers[fd], *len < fake_net.peer_lens[fd] ? *len : fake_net.peer_lens[fd]);
	*len = fake_net.peer_lens[fd];
	return 0;
}

#endif
