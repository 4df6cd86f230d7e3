/* Which probe speaks to which tracker, and what its answer is worth. It speaks to none. */
#include "swarm/probe.h"

const struct probe_ops *probe_of(enum tracker_scheme scheme)
{
	static const struct probe_ops *const probes[] = {
		[TRACKER_UDP] = &probe_udp,   [TRACKER_HTTP] = &probe_http, [TRACKER_HTTPS] = &probe_http,
		[TRACKER_WS] = &probe_ws,     [TRACKER_WSS] = &probe_ws,
	};

	return probes[scheme];
}

int32_t probe_count(int64_t number)
{
	return number < 0 || number > INT32_MAX ? -1 : (int32_t)number;
}

bool probe_row_says(const struct probe_row *row, bool named)
{
	int32_t least = named ? 0 : 1;

	return row->seeders >= least || row->leechers >= least || row->completed >= least;
}
