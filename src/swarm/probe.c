/* Which probe speaks to which tracker. It speaks to none. */
#include "swarm/probe.h"

const struct probe_ops *probe_of(enum tracker_scheme scheme)
{
	static const struct probe_ops *const probes[] = {
		[TRACKER_UDP] = &probe_udp,   [TRACKER_HTTP] = &probe_http, [TRACKER_HTTPS] = &probe_http,
		[TRACKER_WS] = &probe_ws,     [TRACKER_WSS] = &probe_ws,
	};

	return probes[scheme];
}
