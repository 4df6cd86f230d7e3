/* The network of dht_net.h: its time, its datagrams, and the engine on it. */
#include "dht_net.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"
#include "dht_net_private.h"

enum {
	BAN_PACKETS = 50,
	BAN_WINDOW = 10000,
	BAN = 300000,
	FLOOD = 100,
};

struct net_event {
	int64_t at;
	uint64_t order;
	struct ip from;
	uint16_t port, len;
	uint8_t *bytes;
};

/* ---- time ---- */

static bool earlier(const struct net_event *a, const struct net_event *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void push(struct net *n, struct net_event event)
{
	uint32_t at = n->event_count++;

	n->most_events = n->event_count > n->most_events ? n->event_count : n->most_events;
	if (at == n->event_cap) {
		n->event_cap = n->event_cap ? n->event_cap * 2 : 1024;
		n->events = xreallocarray(n->events, n->event_cap, sizeof(*n->events));
	}
	for (; at > 0 && earlier(&event, &n->events[(at - 1) / 2]); at = (at - 1) / 2)
		n->events[at] = n->events[(at - 1) / 2];
	n->events[at] = event;
}

static struct net_event pop(struct net *n)
{
	struct net_event top = n->events[0], last = n->events[--n->event_count];
	uint32_t at = 0, child;

	for (; (child = 2 * at + 1) < n->event_count; at = child) {
		if (child + 1 < n->event_count && earlier(&n->events[child + 1], &n->events[child]))
			child++;
		if (!earlier(&n->events[child], &last))
			break;
		n->events[at] = n->events[child];
	}
	n->events[at] = last;
	return top;
}

static bool is_lost(struct net *n)
{
	return n->config.loss && random_below(&n->random, 100) < n->config.loss;
}

static void send_back(struct net *n, const struct net_node *node, const struct ip *from, const void *bytes, size_t len)
{
	uint32_t spread = n->config.rtt_max - n->config.rtt_min + 1;
	int64_t at = n->now + n->config.rtt_min + random_below(&n->random, spread);
	struct net_event event = {at, n->packets++, *from, node->port, (uint16_t)len, NULL};

	if (is_lost(n))
		return;
	event.bytes = xmalloc(len + 1);
	memcpy(event.bytes, bytes, len);
	push(n, event);
}

/* libtorrent's dos_blocker: the 50th packet within 10 s, and nothing more until there was silence for 300 s. */
static bool is_banned(struct net *n, struct net_node *node)
{
	node->packets++;
	if (n->now - node->window >= BAN_WINDOW) {
		node->window = n->now;
		node->in_window = 0;
	}
	if (++node->in_window > node->most)
		node->most = node->in_window;
	if (!n->config.ban)
		return false;
	if (n->now < node->banned || node->in_window >= BAN_PACKETS) {
		n->banned += node->banned < 0;
		node->banned = n->now + BAN;
		return true;
	}
	return false;
}

static void flood(struct net *n, const struct net_node *node)
{
	uint8_t rubbish[64];

	for (int i = 0; i < FLOOD; i++) {
		net_random_bytes(n, rubbish, sizeof(rubbish));
		memcpy(rubbish, "d1:rd2:id20:", i % 2 ? 12 : 0);
		send_back(n, node, &node->ip, rubbish, sizeof(rubbish));
	}
}

static void answer(struct net *n, struct net_node *node, const struct krpc_message *q, bool scrape)
{
	uint8_t tid[KRPC_TID_MAX + 1] = {0};
	struct ip elsewhere = ip_from_v4(77u << 24 | 1);
	struct buf out;

	buf_init(&out, NET_DATAGRAM);
	memcpy(tid, q->tid.bytes, q->tid.len <= KRPC_TID_MAX ? q->tid.len : KRPC_TID_MAX);
	if (node->flags & NET_TID) {
		tid[q->tid.len - 1] ^= 1;
		net_put_message(n, node, q, scrape, tid, q->tid.len, &out);
		send_back(n, node, &node->ip, buf_str(&out), out.len);
		buf_reset(&out);
		tid[q->tid.len - 1] ^= 1;
	}
	net_put_message(n, node, q, scrape, tid, q->tid.len, &out);
	if (node->flags & NET_SOURCE)
		send_back(n, node, &elsewhere, buf_str(&out), out.len);
	if (node->flags & NET_NESTED) {
		buf_reset(&out);
		while (buf_putc(&out, 'l') == 0)
			;
	}
	for (int times = node->flags & NET_TWICE ? 2 : 1; times > 0; times--)
		send_back(n, node, &node->ip, buf_str(&out), node->flags & NET_CUT ? out.len / 2 : out.len);
	buf_done(&out);
}

static void ask_back(struct net *n, const struct net_node *node)
{
	static const char ping[] = "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe";

	send_back(n, node, &node->ip, ping, sizeof(ping) - 1);
}

/* Near which ids is it looked for nodes? */
static void note_id(struct net *n, const struct krpc_message *q)
{
	for (int i = 0; i < 20 && q->method.bytes[0] == 'f'; i++) {
		n->asked_ones[i] |= q->target[i];
		n->asked_zeros[i] |= (uint8_t)~q->target[i];
	}
}

void net_query(struct net *n, struct net_node *node, const uint8_t *bytes, size_t len)
{
	bool scrape = memmem(bytes, len, "6:scrapei1e", 11) != NULL;
	struct krpc_message q;

	if (is_banned(n, node) || node->flags & NET_DEAD || is_lost(n) || krpc_read(bytes, len, &q) || !q.target)
		return;
	n->plain_asked |= !q.read_only;
	note_id(n, &q);
	n->get_peers_of_router += node->number < NET_ROUTERS && q.method.bytes[0] == 'g';
	if (node->flags & NET_FLOOD)
		flood(n, node);
	if (node->flags & NET_QUERIES)
		ask_back(n, node);
	answer(n, node, &q, scrape);
}

/* ---- the engine ---- */

static int send_query(void *context, const struct ip *to, uint16_t port, const void *bytes, size_t len)
{
	struct net *n = context;
	struct net_node *node = net_at(n, to);

	if (n->error)
		return n->error;
	if (n->block) {
		n->block--;
		return -EAGAIN;
	}
	if (n->block_each && ++n->tried % n->block_each == 0)
		return -EAGAIN;
	if (n->deny_each && node && node->number % n->deny_each == 0)
		return -EPERM;
	n->packets++;
	if (node && port == node->port)
		net_query(n, node, bytes, len);
	return 0;
}

static void take_result(void *context, const struct dht_result *r)
{
	struct net *n = context;
	struct net_torrent *t = &n->torrents[r->user];

	n->ended++;
	t->ended = true;
	t->outcome = r->outcome;
	t->addresses = r->address_count;
	t->asked = r->asked;
	t->answered = r->answered;
	t->packets = r->packets;
	t->bep33_seeds = r->seeds;
	t->bep33_peers = r->peers;
	t->near_len = r->near_len;
	memcpy(t->near, r->near, r->near_len);
}

void net_init(struct net *n, const struct net_config *config)
{
	*n = (struct net){.config = *config, .random = {.state = 4711}, .now = 1000000};
	if (!n->config.rtt_max) {
		n->config.rtt_min = 20;
		n->config.rtt_max = 120;
	}
	net_make_nodes(n);
	net_make_torrents(n);
}

void net_done(struct net *n)
{
	dht_free(n->dht);
	while (n->event_count)
		free(pop(n).bytes);
	free(n->events);
	free(n->nodes);
	free(n->by_number);
	free(n->torrents);
}

int64_t net_flush(struct net *n, net_deliver *deliver, void *context)
{
	while (n->event_count && n->events[0].at <= n->now) {
		struct net_event event = pop(n);

		deliver(context, &event.from, event.port, event.bytes, event.len);
		free(event.bytes);
	}
	return n->event_count ? n->events[0].at : INT64_MAX;
}

static void to_engine(void *context, const struct ip *from, uint16_t port, const uint8_t *bytes, size_t len)
{
	struct net *n = context;

	dht_packet(n->dht, from, port, bytes, len, n->now);
}

/* One step: to the next datagram or tick, but not beyond `end`; false if there is nothing to wait for. */
static bool step(struct net *n, int64_t end)
{
	int64_t next = n->wake;

	if (n->event_count && n->events[0].at < next)
		next = n->events[0].at;
	if (next == INT64_MAX)
		return false;
	n->now = next > end ? end : next > n->now ? next : n->now + 1;
	net_flush(n, to_engine, n);
	n->wake = dht_tick(n->dht, n->now);
	return true;
}

void net_run(struct net *n, int64_t ms)
{
	int64_t end = n->now + ms;

	n->wake = dht_tick(n->dht, n->now);
	while (n->now < end)
		if (!step(n, end))
			n->now = end;
}

void net_engine(struct net *n)
{
	struct dht_events events = {send_query, take_result, n};

	n->dht = dht_new(&n->config.dht, &events, n->now);
}

int64_t net_warm_up(struct net *n)
{
	enum dht_family family = n->config.v6 ? DHT_V6 : DHT_V4;
	int64_t began = n->now;

	if (!n->dht)
		net_engine(n);
	for (uint32_t i = 0; i < NET_ROUTERS && i < n->config.nodes && !n->no_routers; i++)
		dht_router(n->dht, &n->nodes[n->by_number[i]].ip, NET_PORT);
	dht_warm_up(n->dht, family, n->now);
	n->wake = dht_tick(n->dht, n->now);
	while (!dht_warm(n->dht, family) && step(n, INT64_MAX))
		;
	return n->now - began;
}

static void begin(struct net *n, uint32_t torrent, bool near)
{
	struct net_torrent *t = &n->torrents[torrent];
	struct dht_ask ask = {.family = n->config.v6 ? DHT_V6 : DHT_V4, .user = torrent};

	memcpy(ask.target, t->hash, 20);
	if (near) {
		ask.near = t->near;
		ask.near_len = t->near_len;
	}
	dht_look_up(n->dht, &ask, n->now);
}

void net_begin(struct net *n, uint32_t first, uint32_t count)
{
	n->ended = 0;
	for (uint32_t i = 0; i < count; i++)
		begin(n, first + i, false);
	n->wake = dht_tick(n->dht, n->now);
}

void net_finish(struct net *n, uint32_t count)
{
	while (n->ended < count && step(n, INT64_MAX))
		;
}

int64_t net_look_up(struct net *n, uint32_t first, uint32_t count, uint32_t at_once, bool near)
{
	int64_t began = n->now;
	uint32_t next = first;

	n->ended = 0;
	while (n->ended < count) {
		while (next < first + count && next - first - n->ended < at_once && dht_room(n->dht))
			begin(n, next++, near);
		n->wake = dht_tick(n->dht, n->now);
		if (n->ended == count)
			break;
		if (!step(n, INT64_MAX))
			break;
	}
	return n->now - began;
}

uint32_t net_outcomes(const struct net *n, enum dht_outcome outcome)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < n->config.torrents; i++)
		count += n->torrents[i].ended && n->torrents[i].outcome == outcome;
	return count;
}

uint32_t net_exact(const struct net *n)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < n->config.torrents; i++)
		count += n->torrents[i].ended && n->torrents[i].addresses == n->torrents[i].peers;
	return count;
}
