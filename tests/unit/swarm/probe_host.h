/* The tracker of a story about probes: its sockets, on the loop of who asks it. It says what probe_script.h has, and
 * tells what it hears. */
#ifndef PROBE_HOST_H
#define PROBE_HOST_H

#include "core/loop.h"
#include "core/udp.h"
#include "probe_script.h"

enum probe_speech { PROBE_SPEAKS_HTTP, PROBE_SPEAKS_WS, PROBE_SPEAKS_RPC, PROBE_SPEAKS_UDP, PROBE_SPEAKS_DHT };
/* Its own socket, one at its address, one at another address with its port, one at ::1 with its port (where there is
 * IPv6), and the server that knows its name. */
enum { PROBE_AT_HOME, PROBE_AT_PORT, PROBE_AT_ADDRESS, PROBE_AT_V6, PROBE_AT_DNS, PROBE_SOCKETS };
enum { PROBE_ZONE = 4, PROBE_LINE = 2000 };

struct probe_conn;

struct probe_zone {
	char name[64];
	int code; /* of the answer; -1 = none */
	struct ip addresses[4];
	size_t count;
};

/* Zeroed; the caller fills what is above the line. */
struct probe_host {
	struct loop *loop;
	const struct probe_script *script;
	void (*tell)(void *context, const char *line);
	void (*bail)(void *context, const char *why);
	void *context;
	enum probe_speech speech;
	bool exactly; /* tells questions of WebSocket and RPC letter by letter */
	/* ---- */
	unsigned questions, connects; /* since they were set to 0 */
	unsigned lives_at;            /* the socket that answers UDP */
	int listener;
	uint16_t port, udp_port, dns_port;
	struct probe_conn *conns;
	struct udp *udp[PROBE_SOCKETS];
	struct probe_zone zone[PROBE_ZONE];
	size_t zone_count;
};

void probe_host_begin(struct probe_host *h);
void probe_host_end(struct probe_host *h);
void probe_host_tell(struct probe_host *h, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Parts of the above. */
void probe_host_hear_http(struct probe_host *h, const char *request, struct probe_asked *asked);
void probe_host_hear_ws(struct probe_host *h, const char *text, struct probe_asked *asked);
void probe_host_hear_rpc(struct probe_host *h, const char *request, const char *body, struct probe_asked *asked);
void probe_host_begin_udp(struct probe_host *h);
void probe_host_end_udp(struct probe_host *h);
/* "NAME: none", "broken", "silent", or addresses. False: it cannot be understood. */
bool probe_host_name(struct probe_host *h, char *rest);

#endif
