/* A datagram socket on the loop. It does not know what is in the datagrams, nor how many may be sent. */
#include "core/udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/errqueue.h>

#include "base/xmalloc.h"

enum {
	AT_ONCE = 32,
	ROUNDS = 128,   /* until timers have their turn: more than a full receive buffer holds */
	ERRORS = 1024,  /* read in one go */
	SEND_TRIES = 4, /* an error that is told may belong to an earlier datagram */
	CONTROL = 512,  /* room for an extended error */
};

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Where one recvmmsg() puts its datagrams; pages that no datagram reaches are never touched. */
struct slots {
	struct mmsghdr headers[AT_ONCE];
	struct iovec parts[AT_ONCE];
	union address from[AT_ONCE];
	uint8_t bytes[AT_ONCE][UDP_DATAGRAM];
};

struct udp {
	struct loop *loop;
	struct udp_events events;
	struct slots *slots;
	int fd;
	int family;
	uint16_t port;
	size_t buffer;
	bool busy, dead; /* in a callback; freed during it */
	bool came;       /* something, since the socket was last looked at */
	uint32_t gather_ms;
	struct loop_timer gather; /* armed: something has arrived, and the socket is not watched */
};

struct ip udp_any4(void)
{
	return ip_from_v4(0);
}

struct ip udp_any6(void)
{
	return (struct ip){{0}};
}

uint16_t udp_port(const struct udp *u)
{
	return u->port;
}

size_t udp_buffer(const struct udp *u)
{
	return u->buffer;
}

/* ---- addresses ---- */

static socklen_t to_system(const struct ip *ip, uint16_t port, union address *address)
{
	memset(address, 0, sizeof(*address));
	if (ip_is4(ip)) {
		address->v4.sin_family = AF_INET;
		address->v4.sin_port = htons(port);
		address->v4.sin_addr.s_addr = htonl(ip_v4(ip));
		return sizeof(address->v4);
	}
	address->v6.sin6_family = AF_INET6;
	address->v6.sin6_port = htons(port);
	memcpy(&address->v6.sin6_addr, ip->b, sizeof(ip->b));
	return sizeof(address->v6);
}

static uint16_t from_system(const union address *address, struct ip *ip)
{
	if (address->any.sa_family == AF_INET) {
		*ip = ip_from_v4(ntohl(address->v4.sin_addr.s_addr));
		return ntohs(address->v4.sin_port);
	}
	memcpy(ip->b, &address->v6.sin6_addr, sizeof(ip->b));
	return ntohs(address->v6.sin6_port);
}

/* ---- freeing, also from within a callback ---- */

static void release(struct udp *u)
{
	free(u->slots);
	free(u);
}

void udp_free(struct udp *u)
{
	if (!u)
		return;
	loop_timer_stop(u->loop, &u->gather);
	loop_unwatch(u->loop, u->fd);
	close(u->fd);
	u->fd = -1;
	if (u->busy)
		u->dead = true;
	else
		release(u);
}

/* ---- receiving ---- */

static void tell_error(struct udp *u, struct msghdr *message, const union address *to)
{
	struct ip ip;
	uint16_t port;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		struct sock_extended_err e;

		if (c->cmsg_level != (u->family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6) ||
		    c->cmsg_type != (u->family == AF_INET ? IP_RECVERR : IPV6_RECVERR) ||
		    c->cmsg_len < CMSG_LEN(sizeof(e)))
			continue;
		memcpy(&e, CMSG_DATA(c), sizeof(e));
		/* What the system refuses itself was told by udp_send(). */
		if (e.ee_origin != SO_EE_ORIGIN_ICMP && e.ee_origin != SO_EE_ORIGIN_ICMP6)
			continue;
		port = from_system(to, &ip);
		if (u->events.refused)
			u->events.refused(u->events.context, &ip, port, -(int)e.ee_errno);
		return;
	}
}

/* The queue of ICMP errors. True if there was one. */
static bool drain_errors(struct udp *u)
{
	bool any = false;

	for (unsigned i = 0; i < ERRORS && !u->dead; i++) {
		union {
			struct cmsghdr align;
			char bytes[CONTROL];
		} control;
		union address to = {.any = {.sa_family = AF_UNSPEC}};
		struct msghdr message = {.msg_name = &to, .msg_namelen = sizeof(to)};

		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		if (recvmsg(u->fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
			break;
		u->came = any = true;
		if (to.any.sa_family == u->family)
			tell_error(u, &message, &to);
	}
	return any;
}

static void slots_reset(struct slots *s)
{
	for (unsigned i = 0; i < AT_ONCE; i++) {
		s->parts[i] = (struct iovec){.iov_base = s->bytes[i], .iov_len = UDP_DATAGRAM};
		s->headers[i].msg_hdr = (struct msghdr){.msg_name = &s->from[i],
							.msg_namelen = sizeof(s->from[i]),
							.msg_iov = &s->parts[i],
							.msg_iovlen = 1};
	}
}

static void tell_packets(struct udp *u, unsigned count)
{
	for (unsigned i = 0; i < count && !u->dead; i++) {
		struct ip ip;
		uint16_t port = from_system(&u->slots->from[i], &ip);

		if (u->events.packet)
			u->events.packet(u->events.context, &ip, port, u->slots->bytes[i],
					 u->slots->headers[i].msg_len);
	}
}

/* One round; false when there is nothing left. */
static bool receive(struct udp *u)
{
	int n;

	slots_reset(u->slots);
	n = recvmmsg(u->fd, u->slots->headers, AT_ONCE, MSG_DONTWAIT, NULL);
	if (n > 0) {
		u->came = true;
		tell_packets(u, (unsigned)n);
		return n == AT_ONCE && !u->dead;
	}
	/* An error of an earlier datagram stands before those that arrived. */
	return errno != EAGAIN && errno != EBADF;
}

static void drain(struct udp *u)
{
	u->busy = true;
	u->came = false;
	drain_errors(u);
	for (unsigned i = 0; i < ROUNDS && !u->dead && receive(u); i++)
		;
	u->busy = false;
	if (u->dead)
		release(u);
}

static void ready(void *context, int fd, unsigned events)
{
	struct udp *u = context;

	(void)events;
	if (!u->gather_ms) {
		drain(u);
		return;
	}
	loop_unwatch(u->loop, fd);
	loop_timer_in(u->loop, &u->gather, u->gather_ms);
}

/* As long as something comes each time, nobody need tell us of it. */
static void gathered(void *context)
{
	struct udp *u = context;

	if (u->came)
		loop_timer_in(u->loop, &u->gather, u->gather_ms);
	else
		loop_watch(u->loop, u->fd, LOOP_IN, ready, u);
	drain(u);
}

void udp_catch_up(struct udp *u)
{
	if (!u->gather.armed)
		return;
	loop_timer_stop(u->loop, &u->gather);
	gathered(u);
}

/* A kernel that does not know it sends all the same. */
void udp_never_cut(struct udp *u)
{
	bool v4 = u->family == AF_INET;
	int never = v4 ? IP_PMTUDISC_PROBE : IPV6_PMTUDISC_PROBE;

	setsockopt(u->fd, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_MTU_DISCOVER : IPV6_MTU_DISCOVER, &never,
		   sizeof(never));
}

void udp_gather(struct udp *u, uint32_t ms)
{
	u->gather_ms = ms;
}

/* ---- opening ---- */

/* The system gives what it allows: its administrator sets net.core.rmem_max. */
static void enlarge(struct udp *u)
{
	int wanted = UDP_RECEIVE, got = 0;
	socklen_t size = sizeof(got);

	if (setsockopt(u->fd, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof(wanted)))
		setsockopt(u->fd, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof(wanted));
	if (getsockopt(u->fd, SOL_SOCKET, SO_RCVBUF, &got, &size) == 0 && got > 0)
		u->buffer = (size_t)got / 2; /* socket(7): it tells twice the value that was set */
}

static int set_options(const struct udp *u)
{
	int on = 1;

	if (u->family == AF_INET)
		return setsockopt(u->fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
	if (setsockopt(u->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)))
		return -1;
	return setsockopt(u->fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
}

static int open_bound(struct udp *u, const struct ip *bind_to, uint16_t port)
{
	union address address;
	socklen_t len = to_system(bind_to, port, &address);
	struct ip ip;

	u->family = address.any.sa_family;
	u->fd = socket(u->family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (u->fd < 0)
		return -errno;
	enlarge(u);
	if (set_options(u) || bind(u->fd, &address.any, len) || getsockname(u->fd, &address.any, &len))
		return -errno;
	u->port = from_system(&address, &ip);
	return loop_watch(u->loop, u->fd, LOOP_IN, ready, u);
}

int udp_open(struct loop *loop, const struct ip *bind, uint16_t port, const struct udp_events *events, struct udp **udp,
	     struct err *err)
{
	struct udp *u = xcalloc(1, sizeof(*u));
	char text[IP_TEXT];
	int rc;

	*u = (struct udp){.loop = loop, .events = *events, .fd = -1};
	u->gather = (struct loop_timer){.fire = gathered, .context = u};
	u->slots = xmalloc(sizeof(*u->slots));
	rc = open_bound(u, bind, port);
	if (rc) {
		if (u->fd >= 0)
			close(u->fd);
		release(u);
		ip_format(bind, text);
		return err_set(err, rc, "cannot open UDP port %u at %s: %s", port, text, strerror(-rc));
	}
	*udp = u;
	return 0;
}

int udp_send(struct udp *u, const struct ip *to, uint16_t port, const void *bytes, size_t len)
{
	union address address;
	socklen_t size = to_system(to, port, &address);
	int rc = 0;

	if (address.any.sa_family != u->family)
		return -EAFNOSUPPORT;
	if (!port)
		return -EINVAL;
	for (unsigned i = 0; i < SEND_TRIES; i++) {
		if (sendto(u->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL, &address.any, size) >= 0)
			return 0;
		rc = errno == ENOBUFS ? -EAGAIN : -errno;
		if (rc == -EAGAIN || rc == -EMSGSIZE)
			break;
	}
	return rc;
}
