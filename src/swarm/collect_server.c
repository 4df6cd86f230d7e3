/* How well servers give what they are asked for. It does not know what that is, and gives up nobody.
 *
 * Pauses are counted here and not by core/http, who counts those of the host that has said 429: a mirror that a server
 * sends us on to may rest while another one gives. */
#include "swarm/collect_server.h"

#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"

enum { HOST = 1024 };

uint32_t collect_server_of(struct collect_servers *servers, const char *url)
{
	struct buf host;
	uint32_t i = 0;

	buf_init(&host, HOST);
	http_url_host(url, &host);
	while (i < servers->count && strcmp(servers->at[i].host, buf_str(&host)) != 0)
		i++;
	if (i == servers->count) {
		servers->at = xreallocarray(servers->at, servers->count + 1, sizeof(*servers->at));
		servers->at[servers->count++] = (struct collect_server){.host = xstrdup(buf_str(&host))};
	}
	buf_done(&host);
	return i;
}

void collect_server_count(struct collect_server *server, const struct collect_fetched *f)
{
	if (f->rests) {
		/* What comes in within one pause is no further one. */
		server->pauses += f->rests != server->rests;
		server->rests = f->rests;
		server->wait_s = f->wait_s > server->wait_s ? f->wait_s : server->wait_s;
		server->rested = true;
		return;
	}
	server->failed = f->outcome == COLLECT_FAILED ? server->failed + 1 : 0;
	if (f->status && f->status < 500)
		server->pauses = server->rests = 0;
}

void collect_servers_done(struct collect_servers *servers)
{
	for (uint32_t i = 0; i < servers->count; i++)
		free(servers->at[i].host);
	free(servers->at);
	*servers = (struct collect_servers){.count = 0};
}
