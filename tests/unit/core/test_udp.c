/* Datagrams on loopback: bursts, cuts, refusals, and a socket that is freed while it speaks. */
#include "core/udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "icmp.h"
#include "tap.h"

enum { BURST = 2000, PER_DATAGRAM = 1024, PATIENCE_MS = 5000 };

struct world {
	struct loop *loop;
	struct loop_timer patience;
	struct udp *a, *b; /* a receives, b sends */
	unsigned packets, refusals;
	unsigned wanted; /* after so many the loop stops */
	size_t bytes, last_len;
	int error;
	struct ip from;
	uint16_t port;
	bool free_it, in_order;
};

static void give_up(void *context)
{
	loop_stop(context);
}

static void on_packet(void *context, const struct ip *from, uint16_t port, const uint8_t *bytes, size_t len)
{
	struct world *w = context;
	uint32_t number = 0;

	if (len >= sizeof(number))
		memcpy(&number, bytes, sizeof(number));
	w->in_order = w->in_order && number == w->packets;
	w->packets++;
	w->bytes += len;
	w->last_len = len;
	w->from = *from;
	w->port = port;
	if (w->free_it) {
		udp_free(w->a);
		w->a = NULL;
		w->last_len = bytes[0]; /* still readable during the call */
	}
	if (w->packets >= w->wanted)
		loop_stop(w->loop);
}

static void on_refused(void *context, const struct ip *to, uint16_t port, int error)
{
	struct world *w = context;

	w->refusals++;
	w->from = *to;
	w->port = port;
	w->error = error;
	if (w->free_it) {
		udp_free(w->b);
		w->b = NULL;
	}
	loop_stop(w->loop);
}

static void run(struct world *w, unsigned wanted)
{
	w->wanted = wanted;
	loop_timer_in(w->loop, &w->patience, PATIENCE_MS);
	loop_run(w->loop);
	loop_timer_stop(w->loop, &w->patience);
}

static bool begin(struct world *w, const char *address, struct ip *ip)
{
	struct udp_events events = {.packet = on_packet, .refused = on_refused, .context = w};
	struct err err = {""};

	*w = (struct world){.loop = loop_new(), .in_order = true};
	w->patience = (struct loop_timer){.fire = give_up, .context = w->loop};
	ip_parse(address, strlen(address), ip);
	return ok(udp_open(w->loop, ip, 0, &events, &w->a, &err) == 0 &&
			  udp_open(w->loop, ip, 0, &events, &w->b, &err) == 0,
		  "two sockets at %s %s", address, err.msg);
}

static void end(struct world *w)
{
	udp_free(w->a);
	udp_free(w->b);
	loop_free(w->loop);
}

static void test_burst(const char *address)
{
	struct world w;
	struct ip ip;
	uint32_t count = BURST;

	if (begin(&w, address, &ip)) {
		ok(udp_buffer(w.a) > 0 && udp_port(w.a) && udp_port(w.a) != udp_port(w.b), "a buffer and a port");
		/* Who is not root has what net.core.rmem_max allows. */
		if (udp_buffer(w.a) < UDP_RECEIVE)
			count = (uint32_t)(udp_buffer(w.a) / PER_DATAGRAM);
		for (uint32_t i = 0; i < count; i++)
			if (udp_send(w.b, &ip, udp_port(w.a), &i, sizeof(i)))
				break;
		run(&w, count);
		is_int(w.packets, count, "all of a burst arrive");
		ok(w.in_order, "each as it was sent");
		ok(ip_equal(&w.from, &ip) && w.port == udp_port(w.b), "and say from where");
	}
	end(&w);
}

static void test_sizes(const char *address)
{
	static uint8_t big[UDP_DATAGRAM + 100];
	struct world w;
	struct ip ip;

	if (begin(&w, address, &ip)) {
		is_int(udp_send(w.b, &ip, udp_port(w.a), big, sizeof(big)), 0, "a big one is sent");
		run(&w, 1);
		is_int(w.last_len, UDP_DATAGRAM, "and cut");
		is_int(udp_send(w.b, &ip, udp_port(w.a), big, 0), 0, "an empty one is sent");
		run(&w, 2);
		is_int(w.packets, 2, "and arrives");
		is_int(w.last_len, 0, "empty");
		is_int(udp_send(w.b, &ip, 0, big, 1), -EINVAL, "nothing goes to port 0");
	}
	end(&w);
}

static void test_refused(const char *address, bool free_it)
{
	struct world w;
	struct ip ip;
	uint16_t port;

	if (!icmp_is_told()) {
		ok(true, "refusals # SKIP this system does not tell them");
		return;
	}
	if (begin(&w, address, &ip)) {
		port = udp_port(w.a);
		udp_free(w.a);
		w.a = NULL;
		w.free_it = free_it;
		is_int(udp_send(w.b, &ip, port, "x", 1), 0, "sent to a port that nobody has");
		run(&w, 1);
		is_int(w.refusals, 1, "is refused");
		is_int(w.error, -ECONNREFUSED, "with the reason");
		ok(ip_equal(&w.from, &ip) && w.port == port, "of that address");
		if (free_it)
			ok(!w.b, "freed from within");
		else
			is_int(udp_send(w.b, &ip, port, "y", 1), 0, "and it can still send");
	}
	end(&w);
}

/* A refusal that nobody has read yet stands neither before the next datagram to be sent nor before one that came. */
static void test_after_refusal(const char *address)
{
	struct world w;
	struct ip ip;
	struct udp *gone;
	struct err err;

	if (begin(&w, address, &ip)) {
		uint16_t port;

		is_int(udp_open(w.loop, &ip, 0, &(struct udp_events){.context = NULL}, &gone, &err), 0, "a third");
		port = udp_port(gone);
		udp_free(gone);
		is_int(udp_send(w.b, &ip, port, "x", 1), 0, "one for nobody");
		is_int(udp_send(w.b, &ip, udp_port(w.a), "y", 1), 0, "the next one is sent");
		is_int(udp_send(w.a, &ip, udp_port(w.b), "z", 1), 0, "one comes back");
		while (w.packets < 2 || w.refusals < 1) {
			unsigned before = w.packets + w.refusals;

			run(&w, w.packets + 1);
			if (w.packets + w.refusals == before)
				break;
		}
		is_int(w.packets, 2, "both arrive");
		ok(w.refusals == 1 || !icmp_is_told(), "and the refusal is told");
	}
	end(&w);
}

static void test_free_inside(const char *address)
{
	struct world w;
	struct ip ip;

	if (begin(&w, address, &ip)) {
		for (unsigned i = 0; i < 3; i++)
			udp_send(w.b, &ip, udp_port(w.a), "A", 1);
		w.free_it = true;
		run(&w, 1);
		is_int(w.packets, 1, "freed at the first datagram, the others are not told");
		is_int(w.last_len, 'A', "whose bytes stay until the end of the call");
	}
	end(&w);
}

static void test_gather(const char *address)
{
	struct world w;
	struct ip ip;

	if (begin(&w, address, &ip)) {
		udp_gather(w.a, PATIENCE_MS);
		udp_send(w.b, &ip, udp_port(w.a), "abcd", 4);
		loop_timer_in(w.loop, &w.patience, 20);
		loop_run(w.loop);
		is_int(w.packets, 0, "what arrives is gathered");
		udp_send(w.b, &ip, udp_port(w.a), "efgh", 4);
		udp_catch_up(w.a);
		is_int(w.packets, 2, "and told when it is asked for");
		udp_catch_up(w.a);
		is_int(w.packets, 2, "once");
		udp_gather(w.a, 1);
		udp_send(w.b, &ip, udp_port(w.a), "ijkl", 4);
		run(&w, 3);
		is_int(w.packets, 3, "then it listens again");
	}
	end(&w);
}

/* What a socket of this process has of that option; whose it is tells its port. */
static int cuts_of(uint16_t port)
{
	enum { DESCRIPTORS = 64 };

	for (int fd = 0; fd < DESCRIPTORS; fd++) {
		struct sockaddr_in6 at = {0}; /* its port is where that of an IPv4 address is */
		socklen_t len = sizeof(at), size = sizeof(int);
		int cuts = -1;

		if (getsockname(fd, (struct sockaddr *)&at, &len) || ntohs(at.sin6_port) != port)
			continue;
		if (at.sin6_family == AF_INET6)
			getsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &cuts, &size);
		else
			getsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &cuts, &size);
		return cuts;
	}
	return -1;
}

static void test_never_cut(const char *address)
{
	struct world w;
	struct ip ip;

	if (begin(&w, address, &ip)) {
		udp_never_cut(w.b);
		is_int(cuts_of(udp_port(w.b)), ip_is4(&ip) ? IP_PMTUDISC_PROBE : IPV6_PMTUDISC_PROBE,
		       "the system knows");
		for (uint32_t i = 0; i < 2; i++)
			is_int(udp_send(w.b, &ip, udp_port(w.a), &i, sizeof(i)), 0, "what is small is sent as ever");
		run(&w, 2);
		ok(w.packets == 2 && w.in_order, "and arrives");
	}
	end(&w);
}

static void test_families(void)
{
	struct ip four = udp_any4(), six = udp_any6(), local4, local6;
	struct udp_events events = {.packet = NULL};
	struct loop *loop = loop_new();
	struct udp *u = NULL, *v = NULL, *twice = NULL;
	struct err err = {""};

	ip_parse("127.0.0.1", 9, &local4);
	ip_parse("::1", 3, &local6);
	is_int(udp_open(loop, &four, 0, &events, &u, &err), 0, "any IPv4");
	is_int(udp_open(loop, &six, udp_port(u), &events, &v, &err), 0, "any IPv6 at the same port: it is IPv6 only");
	is_int(udp_send(u, &local6, 9, "x", 1), -EAFNOSUPPORT, "no IPv6 through IPv4");
	is_int(udp_send(v, &local4, 9, "x", 1), -EAFNOSUPPORT, "no IPv4 through IPv6");
	is_int(udp_open(loop, &four, udp_port(u), &events, &twice, &err), -EADDRINUSE, "a port is bound once");
	ok(strstr(err.msg, "0.0.0.0") && !twice, "and the message says so: %s", err.msg);
	udp_free(u);
	udp_free(v);
	udp_free(NULL);
	loop_free(loop);
}

int main(void)
{
	static const char *const addresses[] = {"127.0.0.1", "::1"};

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		test_burst(addresses[i]);
		test_sizes(addresses[i]);
		test_gather(addresses[i]);
		test_never_cut(addresses[i]);
		test_refused(addresses[i], false);
		test_refused(addresses[i], true);
		test_after_refusal(addresses[i]);
		test_free_inside(addresses[i]);
	}
	test_families();
	return tap_done();
}
