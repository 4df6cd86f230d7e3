/* The tags of remembered addresses, asked for again when lists have changed: of many a part at a time, between which
 * the loop goes on. It does not know how lists are read. */
#include "peers/monitor_private.h"

enum { PART = 1024 }; /* addresses: some milliseconds */

uint64_t monitor_find_tags(void *monitor, const struct ip *ip, uint32_t network)
{
	const struct monitor *m = monitor;

	return netlists_tags(m->lists, ip, locate_network_get(m->locate, network)->asn);
}

/* Lists that have changed meanwhile are for another turn, all of them for one. */
static void retag(struct monitor *m, uint32_t count)
{
	m->retagged = fold_retag(m->fold, m->retagged, count);
	if (m->retagged)
		return;
	m->retags = m->retag_again;
	m->retag_again = false;
	m->recount = m->redraw = true;
	if (m->dashboard)
		dashboard_touch(m->dashboard, true);
}

static void go_on(void *monitor)
{
	struct monitor *m = monitor;

	retag(m, PART);
	if (m->retags)
		loop_timer_in(m->loop, &m->retagging, 0);
}

void monitor_retag(struct monitor *m)
{
	m->retag_again = m->retags;
	if (m->retags)
		return;
	m->retags = true;
	m->retagging = (struct loop_timer){.fire = go_on, .context = m};
	go_on(m);
}

void monitor_retag_rest(struct monitor *m)
{
	loop_timer_stop(m->loop, &m->retagging);
	while (m->retags)
		retag(m, UINT32_MAX);
}
