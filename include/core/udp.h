/* Datagrams on the loop: one socket, bound to one address, drained many at a time (recvmmsg) before timers fire. It
 * knows no protocol and no budget: the caller's plan says what may be sent. */
#ifndef CORE_UDP_H
#define CORE_UDP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/ip.h"
#include "core/loop.h"

enum { UDP_DATAGRAM = 4096, UDP_RECEIVE = 4 << 20 };

struct udp;

/* Each may be NULL. */
struct udp_events {
	/* A datagram; bytes above UDP_DATAGRAM are cut. The memory is valid during the call. The socket may be freed
	 * from within. */
	void (*packet)(void *context, const struct ip *from, uint16_t port, const uint8_t *bytes, size_t len);
	/* ICMP says that what was sent to this address cannot arrive: -ECONNREFUSED, -EHOSTUNREACH, ... */
	void (*refused)(void *context, const struct ip *to, uint16_t port, int error);
	void *context;
};

/* A socket of the family of `bind` (:: and 0.0.0.0 are "any"; an IPv6 socket takes IPv6 only), port 0 = any. The
 * receive buffer is made UDP_RECEIVE large where the system lets us. 0 or -errno with a message. */
int udp_open(struct loop *loop, const struct ip *bind, uint16_t port, const struct udp_events *events, struct udp **udp,
	     struct err *err);
/* NULL is accepted. */
void udp_free(struct udp *u);
/* Sends at once or not at all. 0; -EAGAIN: the system's buffer is full; else -errno (no way to there, ...). */
int udp_send(struct udp *u, const struct ip *to, uint16_t port, const void *bytes, size_t len);
/* For who sends datagrams that pass everywhere whole (queries of a DHT): the system need not be ready to cut them,
 * which costs it a part of each. One that is too large for its path is lost. */
void udp_never_cut(struct udp *u);
/* For who expects many: what arrives is left in the receive buffer for `ms` and told together, so that the program is
 * woken once for all of it. 0 = at once, as it is at first. */
void udp_gather(struct udp *u, uint32_t ms);
/* Tells what is being gathered now: before looking at what is late. After a stall the caller's timer may fire first. */
void udp_catch_up(struct udp *u);
/* The port it is bound to; bytes of its receive buffer. */
uint16_t udp_port(const struct udp *u);
size_t udp_buffer(const struct udp *u);
/* The unspecified address of a family, for `bind`. */
struct ip udp_any4(void);
struct ip udp_any6(void);

#endif
