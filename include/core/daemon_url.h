/* Where a Transmission daemon is, as transmission-remote(1) takes it and a little more. */
#ifndef CORE_DAEMON_URL_H
#define CORE_DAEMON_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum {
	DAEMON_PORT = 9091,
	DAEMON_HOST_MAX = 254, /* a DNS name of 253 and the NUL */
	DAEMON_PATH_MAX = 512,
	DAEMON_URL_MAX = 800, /* room for any formatted one */
};

struct daemon_url {
	bool tls;
	bool local; /* unix: `path` is a socket, host and port are empty */
	bool bare;  /* written without a scheme: host, port, host:port */
	uint16_t port;
	char host[DAEMON_HOST_MAX]; /* lower case; an IPv6 address without brackets, in its RFC 5952 form */
	char path[DAEMON_PATH_MAX]; /* begins with '/' */
};

/* Reads
 *   host, port, host:port, [v6], [v6]:port, v6      http on port 9091, /transmission/rpc
 *   http://host:port/path, https://...              the scheme's own port if none is named
 *   unix:/path
 * In a URL no path means /transmission/rpc, and as with transmission-remote the path is the base to which "rpc" is
 * added: behind a '/' or behind "/transmission". Other paths stay as they are. 0 or -EINVAL with a message; a login in
 * the URL is refused, and the message does not repeat it. */
int daemon_url_parse(const char *text, struct daemon_url *url, struct err *err);
/* "http://127.0.0.1:9091/transmission/rpc", "unix:/run/x.sock": what daemon_url_parse() reads back the same. */
void daemon_url_format(const struct daemon_url *url, char text[DAEMON_URL_MAX]);
/* The same host and port, or the same socket. */
bool daemon_url_same(const struct daemon_url *a, const struct daemon_url *b);
/* What is sent there never leaves this machine: a socket, localhost, 127.0.0.0/8, ::1. */
bool daemon_url_loopback(const struct daemon_url *url);
/* What people would call it: the host, "localhost", or the file name of a socket. Lives as long as `url`. */
const char *daemon_url_name(const struct daemon_url *url);

#endif
