/* The first nodes, and who we are: asks for nodes near random ids until enough of them live, and lets those that answer
 * say which address we have. It looks nothing up. */
#include "swarm/dht_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"
#include "wire/nodeid.h"

enum {
	FEW = 50,               /* live nodes that are too few to do without routers */
	PATIENCE_MS = 1500,     /* with nodes of the last time */
	ROUTER_ROUNDS = 2,      /* how often each is asked */
	VOTES_MIN = 10,         /* that agree on our address (BEP 42) */
	PORT = 2,
};

void dht_warmth_done(struct dht_warmth *w)
{
	free(w->heard);
	if (w->by_key.slots)
		map_done(&w->by_key);
	w->heard = NULL;
	w->heard_count = w->next = 0;
}

/* The address and port that were heard last of those with the same end of the address. */
static uint8_t *latest(struct dht_warmth *w, const uint8_t *peer, size_t len)
{
	const uint8_t *end = peer + len - PORT;

	return w->lately[(end[-1] | end[-2] << 8) % DHT_LATELY];
}

static bool is_latest(const uint8_t *latest, const uint8_t *peer, size_t len)
{
	bool same = len == COMPACT_PEER4 ? memcmp(latest, peer, COMPACT_PEER4) == 0 : memcmp(latest, peer, len) == 0;

	return same && (peer[len - 1] || peer[len - 2]);
}

/* A node's record. Most have been heard before, and need no second look. Who names many ports of one address names one
 * node, as in dht_nodes.c: else he spends what may be sent there, and room for others. */
static void hear(struct dht *d, enum dht_family family, const uint8_t *record, size_t len)
{
	struct dht_warmth *w = &d->sides[family].warmth;
	const uint8_t *bytes = record + COMPACT_ID;
	struct compact_peer peer = {.port = 0};
	uint8_t *last = latest(w, bytes, len - COMPACT_ID);
	struct compact_node node;
	struct dht_at key;
	uint32_t hash;
	bool known;

	if (w->heard_count == DHT_HEARD || is_latest(last, bytes, len - COMPACT_ID))
		return;
	compact_get_peer(bytes, len - COMPACT_ID, &peer);
	key = (struct dht_at){peer.ip, d->config.allow_private ? peer.port : 0};
	hash = map_hash(&w->by_key, &key);
	known = map_find(&w->by_key, w->heard, &key, hash) != MAP_NONE;
	if (!known && !dht_read_node(d, family, record, &node))
		return;
	memcpy(last, bytes, len - COMPACT_ID);
	if (known)
		return;
	w->heard[w->heard_count] = (struct dht_heard){.key = key, .port = peer.port};
	map_add(&w->by_key, hash, w->heard_count++);
}

static void hear_all(struct dht *d, enum dht_family family, struct krpc_slice nodes)
{
	const size_t each = family == DHT_V4 ? COMPACT_NODE4 : COMPACT_NODE6;
	struct dht_warmth *w = &d->sides[family].warmth;
	const uint8_t *p = nodes.bytes;
	size_t count = nodes.len / each;

	if (w->state == DHT_IS_WARM || !count)
		return;
	if (!w->heard) {
		w->heard = xreallocarray(NULL, DHT_HEARD, sizeof(*w->heard));
		memset(w->lately, 0, sizeof(w->lately));
		map_init(&w->by_key, sizeof(*w->heard), offsetof(struct dht_heard, key), sizeof(struct dht_at));
	}
	for (size_t i = 0; i < count && i < DHT_CANDIDATES; i++, p += each)
		hear(d, family, p, each);
}

void dht_router(struct dht *d, const struct ip *ip, uint16_t port)
{
	enum dht_family family = ip_is4(ip) ? DHT_V4 : DHT_V6;
	struct dht_side *side = &d->sides[family];
	struct dht_warmth *w = &side->warmth;

	if (!port || w->router_count == DHT_ROUTERS || !dht_plausible(d, ip))
		return;
	w->routers[w->router_count++] = (struct dht_at){*ip, port};
	if (w->state == DHT_IS_WARM && side->nodes.count == 0) {
		w->state = DHT_WARMING;
		w->since = d->now;
	}
}

void dht_warm_up(struct dht *d, enum dht_family family, int64_t now)
{
	struct dht_warmth *w = &d->sides[family].warmth;

	d->now = now;
	if (w->state != DHT_COLD)
		return;
	w->state = DHT_WARMING;
	w->since = now;
}

bool dht_warm(const struct dht *d, enum dht_family family)
{
	return d->sides[family].warmth.state == DHT_IS_WARM;
}

uint32_t dht_live(const struct dht *d, enum dht_family family)
{
	return d->sides[family].nodes.count;
}

/* ---- asking ---- */

static bool needs_routers(const struct dht *d, const struct dht_side *side)
{
	const struct dht_warmth *w = &side->warmth;

	return w->router_next < w->router_count * ROUTER_ROUNDS && side->nodes.count < FEW &&
	       (w->next == w->heard_count || d->now - w->since > PATIENCE_MS);
}

/* Routers are asked for our own id first. */
static bool ask(struct dht *d, enum dht_family family, const struct dht_at *at, enum dht_kind kind, bool self)
{
	struct dht_side *side = &d->sides[family];
	uint8_t target[COMPACT_ID];
	struct dht_order order = {
		.kind = kind, .family = family, .at = *at, .target = target, .lookup = DHT_NOBODY};
	int rc;

	if (self)
		memcpy(target, side->self.id, sizeof(target));
	else
		dht_random_id(d, target);
	rc = dht_flight_start(d, &order);
	if (rc == 0) {
		side->warmth.flights++;
		side->warmth.fresh++;
	}
	return rc != -EAGAIN;
}

static bool ask_router(struct dht *d, enum dht_family family)
{
	struct dht_warmth *w = &d->sides[family].warmth;
	uint32_t round = w->router_next / w->router_count;
	const struct dht_at *at = &w->routers[w->router_next % w->router_count];

	if (dht_budget_wait_at(&d->budget, &at->ip, d->now))
		return false;
	if (!ask(d, family, at, DHT_ROUTE, round == 0))
		return false;
	w->router_next++;
	return true;
}

/* The first that may be asked now: who must wait holds up nobody. */
static struct dht_heard *next_heard(struct dht *d, struct dht_warmth *w)
{
	for (uint32_t i = w->next; i < w->heard_count; i++)
		if (!w->heard[i].asked && dht_budget_wait_at(&d->budget, &w->heard[i].key.ip, d->now) == 0)
			return &w->heard[i];
	return NULL;
}

static bool ask_heard(struct dht *d, enum dht_family family)
{
	struct dht_warmth *w = &d->sides[family].warmth;
	struct dht_heard *heard = next_heard(d, w);
	struct dht_at at;

	if (!heard)
		return false;
	at = (struct dht_at){heard->key.ip, heard->port};
	if (dht_graves_strikes(&d->graves, &at, d->now) < DHT_BURIED && !ask(d, family, &at, DHT_FIND, false))
		return false;
	heard->asked = true;
	while (w->next < w->heard_count && w->heard[w->next].asked)
		w->next++;
	return true;
}

bool dht_warmth_step(struct dht *d, enum dht_family family)
{
	struct dht_side *side = &d->sides[family];

	if (side->warmth.state != DHT_WARMING)
		return false;
	if (needs_routers(d, side) && ask_router(d, family))
		return true;
	return ask_heard(d, family);
}

void dht_warmth_check(struct dht *d, enum dht_family family)
{
	struct dht_side *side = &d->sides[family];
	struct dht_warmth *w = &side->warmth;
	uint32_t open = side->nodes.count < FEW ? w->flights : w->fresh;
	bool nobody = w->next == w->heard_count && open == 0 && !needs_routers(d, side);

	if (w->state != DHT_WARMING)
		return;
	if (side->nodes.count < DHT_WARM && d->now - w->since < DHT_WARM_MS && !nobody)
		return;
	w->state = DHT_IS_WARM;
	dht_warmth_done(w);
}

void dht_warmth_reply(struct dht *d, const struct krpc_message *m)
{
	hear_all(d, DHT_V4, m->nodes);
	hear_all(d, DHT_V6, m->nodes6);
}

void dht_warmth_slow(struct dht *d, enum dht_family family)
{
	d->sides[family].warmth.fresh--;
}

void dht_warmth_landed(struct dht *d, const struct dht_flight *f)
{
	struct dht_warmth *w = &d->sides[f->family].warmth;

	if (f->stage == DHT_FRESH)
		w->fresh--;
	if (f->stage != DHT_LATE)
		w->flights--;
}

/* ---- who we are ---- */

void dht_self_init(struct dht *d, struct dht_self *s)
{
	*s = (struct dht_self){0};
	dht_random_id(d, s->id);
}

static bool has_voted(const struct dht_self *s, const struct ip *voter)
{
	for (uint32_t i = 0; i < s->voter_count; i++)
		if (ip_equal(&s->voters[i], voter))
			return true;
	return false;
}

static struct dht_vote *vote_for(struct dht_self *s, const struct ip *ip)
{
	for (uint32_t i = 0; i < s->vote_count; i++)
		if (ip_equal(&s->votes[i].ip, ip))
			return &s->votes[i];
	if (s->vote_count == DHT_VOTES)
		return NULL;
	s->votes[s->vote_count] = (struct dht_vote){.ip = *ip};
	return &s->votes[s->vote_count++];
}

/* Ten that agree, and more than half of all that spoke. */
void dht_self_vote(struct dht *d, struct dht_self *s, const struct dht_at *voter, const struct ip *ip)
{
	struct dht_vote *vote;

	if (s->known || ip_is4(ip) != ip_is4(&voter->ip) || has_voted(s, &voter->ip))
		return;
	if (s->voter_count == DHT_VOTERS)
		s->voter_count = s->vote_count = 0;
	s->voters[s->voter_count++] = voter->ip;
	vote = vote_for(s, ip);
	if (!vote || ++vote->count < VOTES_MIN || vote->count * 2 <= s->voter_count)
		return;
	s->known = true;
	s->ip = *ip;
	if (!nodeid_matches(ip, s->id))
		nodeid_make(ip, (uint8_t)dht_random(d), s->id);
}

/* ---- from one run to the next ---- */

/* The first byte: the family, and that this is the first such format. */
static const uint8_t saved_marks[DHT_FAMILIES] = {0x14, 0x16};

enum {
	SAVED_TAIL = 4 + 2, /* last seen, seconds since 1970; round trip, ms */
	SAVED_AGE = 7 * 86400,
};

static int by_seen(const void *a, const void *b)
{
	const struct dht_node *const *x = a, *const *y = b;

	return ((*x)->seen < (*y)->seen) - ((*x)->seen > (*y)->seen);
}

static void save_node(const struct dht_node *node, int64_t now, int64_t wall, struct buf *out)
{
	struct compact_node compact = {.at = {.ip = node->key.ip, .port = node->port}};
	uint8_t record[COMPACT_NODE6 + SAVED_TAIL];
	int64_t seen = wall - (now - node->seen) / 1000;
	size_t len;

	memcpy(compact.id, node->id, sizeof(compact.id));
	len = compact_put_node(&compact, record);
	for (int shift = 24; shift >= 0; shift -= 8)
		record[len++] = (uint8_t)(seen >> shift);
	record[len++] = (uint8_t)(node->rtt >> 8);
	record[len++] = (uint8_t)node->rtt;
	buf_add(out, record, len);
}

void dht_save(const struct dht *d, enum dht_family family, int64_t now, int64_t wall, struct buf *out)
{
	const struct dht_nodes *n = &d->sides[family].nodes;
	const struct dht_node **nodes = xreallocarray(NULL, n->count + 1, sizeof(*nodes));

	for (uint32_t i = 0; i < n->count; i++)
		nodes[i] = &n->list[i];
	qsort(nodes, n->count, sizeof(*nodes), by_seen);
	buf_putc(out, (char)saved_marks[family]);
	for (uint32_t i = 0; i < n->count && i < DHT_SAVED; i++)
		save_node(nodes[i], now, wall, out);
	free(nodes);
}

uint32_t dht_load(struct dht *d, enum dht_family family, const void *bytes, size_t len, int64_t wall)
{
	const size_t each = family == DHT_V4 ? COMPACT_NODE4 : COMPACT_NODE6;
	const uint8_t *p = bytes, *end = p + len;
	const struct dht_warmth *w = &d->sides[family].warmth;

	if (len == 0 || *p++ != saved_marks[family])
		return 0;
	for (; (size_t)(end - p) >= each + SAVED_TAIL; p += each + SAVED_TAIL) {
		const uint8_t *t = p + each;
		int64_t seen = (int64_t)t[0] << 24 | (int64_t)t[1] << 16 | (int64_t)t[2] << 8 | t[3];

		if (wall - seen < SAVED_AGE)
			hear_all(d, family, (struct krpc_slice){p, each});
	}
	return w->heard_count;
}
