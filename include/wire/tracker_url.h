/* Where a tracker is: the announce URLs of torrents and magnet links. */
#ifndef WIRE_TRACKER_URL_H
#define WIRE_TRACKER_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tracker_scheme { TRACKER_UDP, TRACKER_HTTP, TRACKER_HTTPS, TRACKER_WS, TRACKER_WSS };

enum {
	TRACKER_HOST_MAX = 254,  /* a DNS name of 253 and the NUL */
	TRACKER_URL_MAX = 1024,  /* longer ones are refused */
	TRACKER_SHOWN_MAX = 264, /* wss:// and a host, in brackets */
	TRACKER_KEY_MAX = 272,
};

struct tracker_url {
	enum tracker_scheme scheme;
	uint16_t port;
	bool literal;                /* the host is an address, not a name */
	char host[TRACKER_HOST_MAX]; /* lower case, no dot at the end; IPv6 without brackets, in RFC 5952 form */
	uint16_t path;               /* where in `text` the path begins; "" there if it has none */
	char text[TRACKER_URL_MAX];  /* normalised: what tracker_url_parse() reads back the same */
};

/* Reads `len` bytes, white space around them passed over. Scheme and host in any case; a port is needed for udp only.
 * -ENOTSUP: another scheme. -EINVAL: a login, a port of 0, a host that is neither a name (RFC 1123, and '_') nor an
 * address, or is a number that resolvers would take for an address ("0x7f.1"), characters other than printable ASCII,
 * too long. What is behind '#' is left out. It does not judge where the host is: the address decides that. */
int tracker_url_parse(const char *text, size_t len, struct tracker_url *url);
const char *tracker_scheme_name(enum tracker_scheme scheme);
/* "udp://tracker.example.org": for people, and without port, path or query, which may hold a passkey. */
void tracker_url_show(const struct tracker_url *url, char text[TRACKER_SHOWN_MAX]);
/* The tracker behind it, however it is spoken to: the host's name, so that its udp and http count once; of an address
 * also the port, as many may live there. WebSocket is another tracker: its swarms are those of browsers. */
void tracker_url_key(const struct tracker_url *url, char key[TRACKER_KEY_MAX]);

#endif
