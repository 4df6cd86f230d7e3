/* What the files of the DHT engine share, and nobody else. */
#ifndef SWARM_DHT_PRIVATE_H
#define SWARM_DHT_PRIVATE_H

#include <endian.h>
#include <string.h>

#include "base/map.h"
#include "swarm/dht.h"
#include "wire/bloom.h"
#include "wire/krpc.h"

enum {
	DHT_NOBODY = UINT32_MAX,
	DHT_ROUND_TRIP = 400, /* ms; what is thought of round trips before there was one */
	DHT_BURIED = 2,       /* unanswered packets after which a node is taken for dead */
};

/* Where a node is; without padding, as it is a key. */
struct dht_at {
	struct ip ip;
	uint16_t port;
};

_Static_assert(sizeof(struct dht_at) == 18, "a key has no holes");

/* Compared for every candidate of every reply: the bytes that differ most come first. */
static inline bool dht_same_at(const struct dht_at *a, const struct dht_at *b)
{
	uint64_t x, y;

	memcpy(&x, a->ip.b + 8, sizeof(x));
	memcpy(&y, b->ip.b + 8, sizeof(y));
	return x == y && a->port == b->port && memcmp(a->ip.b, b->ip.b, 8) == 0;
}

/* As memcmp() of two distances; nearly always the first eight bytes decide. */
static inline int dht_compare(const uint8_t *a, const uint8_t *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	x = be64toh(x);
	y = be64toh(y);
	return x != y ? (x < y ? -1 : 1) : memcmp(a + 8, b + 8, COMPACT_ID - 8);
}

/* ---- dht_heap.c: slots by the number they wait for ---- */

struct dht_heap_item {
	int64_t key;
	uint32_t slot;
};

struct dht_heap {
	struct dht_heap_item *items; /* items[0] has the smallest key */
	uint32_t count, cap;
	uint32_t *where; /* position by slot, DHT_NOBODY = not in */
	uint32_t where_cap;
};

/* Starts as {0}. */
void dht_heap_done(struct dht_heap *h);
/* Puts a slot in, or moves it to another key. */
void dht_heap_put(struct dht_heap *h, uint32_t slot, int64_t key);
/* Takes it out if it is in. */
void dht_heap_drop(struct dht_heap *h, uint32_t slot);

/* ---- dht_budget.c: what may be sent ---- */

/* What a packet to an address costs, and when the next one would be due. */
struct dht_account {
	_Atomic uint32_t *due; /* as in a ledger */
	int64_t each_ms;
	int64_t before; /* no address was due earlier */
};

struct dht_budget {
	double rate, tokens, depth; /* in all; rate 0 = no limit */
	int64_t filled;
	bool limited;            /* of one address */
	uint64_t seed[2];        /* of the hash of an address */
	struct dht_account all;  /* the pace that all who share a ledger keep together */
	struct dht_account slow; /* a slower one that was agreed; each_ms 0 = none */
	struct dht_ledger *own;  /* owned; as long as none is shared */
};

void dht_budget_init(struct dht_budget *b, const struct dht_config *config, int64_t now);
void dht_budget_done(struct dht_budget *b);
/* As dht_share(). */
void dht_budget_share(struct dht_budget *b, struct dht_ledger *l, const uint64_t seed[2], int64_t now);
/* Milliseconds until a packet may be sent, 0 = now. */
int64_t dht_budget_wait(struct dht_budget *b, int64_t now);
int64_t dht_budget_wait_at(const struct dht_budget *b, const struct ip *ip, int64_t now);
/* One is sent to there. False: another process has just done so, and it may not. */
bool dht_budget_take(struct dht_budget *b, const struct ip *ip, int64_t now);
/* It was not sent. */
void dht_budget_give_back(struct dht_budget *b, const struct ip *ip);

/* ---- dht_nodes.c: who is alive, who is dead ---- */

enum { DHT_CELLS = 256, DHT_CELL = 32 };

struct dht_node {
	struct dht_at key; /* port 0 where one address is one node */
	uint16_t port, rtt;
	uint8_t id[COMPACT_ID];
	int64_t seen;
};

/* Live nodes, close together, and their positions in cells by the first byte of their id. */
struct dht_nodes {
	struct dht_node *list;    /* owned */
	uint16_t (*cells)[DHT_CELL]; /* DHT_CELLS of them, owned */
	uint8_t counts[DHT_CELLS];
	struct map by_key;
	uint32_t count, cap;
	bool by_port; /* many nodes at one address */
};

void dht_nodes_init(struct dht_nodes *n, bool by_port);
void dht_nodes_done(struct dht_nodes *n);
/* It has answered. */
void dht_nodes_seen(struct dht_nodes *n, const struct dht_at *at, const uint8_t *id, uint32_t rtt, int64_t now);
void dht_nodes_forget(struct dht_nodes *n, const struct dht_at *at);
/* As many as `max` of the closest to the target, closest first; until the next one is seen or forgotten. */
uint32_t dht_nodes_closest(const struct dht_nodes *n, const uint8_t *target, const struct dht_node **closest,
			   uint32_t max);

struct dht_grave {
	uint64_t name; /* a hash of the address; 0 = free */
	int64_t since;
	uint8_t strikes; /* packets without an answer */
};

/* Nodes that do not answer, by hash in sets of four: what is forgotten is asked once more, that is all. */
struct dht_graves {
	struct dht_grave *list; /* owned; its pages are left untouched as long as nobody is dead */
	uint64_t seed[2];
	bool any;
};

void dht_graves_init(struct dht_graves *g, const uint64_t seed[2]);
void dht_graves_done(struct dht_graves *g);
/* How many packets it left unanswered lately, and nothing since: two are enough. */
unsigned dht_graves_strikes(const struct dht_graves *g, const struct dht_at *at, int64_t now);
void dht_graves_strike(struct dht_graves *g, const struct dht_at *at, unsigned strikes, int64_t now);
void dht_graves_rise(struct dht_graves *g, const struct dht_at *at);

/* ---- dht_flight.c: queries on their way ---- */

enum dht_stage {
	DHT_FREE,
	DHT_FRESH, /* an answer may come any time */
	DHT_SLOW,  /* nine of ten would have answered */
	DHT_AGAIN, /* sent a second time */
	DHT_LATE,  /* nobody waits for it, but it would be welcome */
};

enum dht_kind { DHT_FIND, DHT_SCRAPE, DHT_PLAIN, DHT_ROUTE };

struct dht_flight {
	struct dht_at at;
	uint16_t nonce; /* of the transaction: slot and nonce */
	uint8_t stage, kind, family, packets;
	uint32_t lookup; /* slot of the lookup, DHT_NOBODY = warm-up */
	uint32_t turn;   /* of that slot */
	int64_t sent, again_ms;
	uint8_t target[COMPACT_ID];
};

struct dht_flights {
	struct dht_flight *list; /* owned */
	uint32_t *free;          /* slots */
	uint32_t top, cap, free_count;
	uint32_t waited_for; /* not LATE */
	struct dht_heap due;
	double p90; /* of round trips, ms */
};

/* A query is wanted. */
struct dht_order {
	enum dht_kind kind;
	enum dht_family family;
	struct dht_at at;
	const uint8_t *target;
	uint32_t lookup, turn;
};

void dht_flights_done(struct dht_flights *f);
/* May another query be sent, as far as the number on their way goes? */
bool dht_flights_room(const struct dht *d);
/* 0, -EAGAIN (not now) or -errno (not there). */
int dht_flight_start(struct dht *d, const struct dht_order *order);
/* The flight that a message belongs to, or NULL; counts what is wrong with it. */
struct dht_flight *dht_flight_of(struct dht *d, const struct dht_at *from, const struct krpc_message *m);
/* It has been answered: learns from that, and frees the slot. */
void dht_flight_land(struct dht *d, struct dht_flight *f);
/* Moves on those that are due. */
void dht_flights_tick(struct dht *d);

/* ---- dht_warm.c: the first nodes, and who we are ---- */

enum { DHT_ROUTERS = 32, DHT_HEARD = 4096, DHT_LATELY = 512, DHT_VOTES = 8, DHT_VOTERS = 64 };

struct dht_heard {
	struct dht_at key; /* port 0 where one address is one node */
	uint16_t port;
	bool asked;
};

struct dht_warmth {
	enum { DHT_COLD, DHT_WARMING, DHT_IS_WARM } state;
	int64_t since;
	struct dht_at routers[DHT_ROUTERS];
	uint32_t router_count, router_next;
	struct dht_heard *heard; /* owned; those before `next` have been asked */
	struct map by_key;
	uint8_t lately[DHT_LATELY][COMPACT_PEER6]; /* of it, as they came */
	uint32_t heard_count, next;
	uint32_t flights, fresh; /* queries on their way; of these not slow */
};

/* Our address, as others see it (BEP 42). */
struct dht_vote {
	struct ip ip;
	uint32_t count;
};

struct dht_self {
	uint8_t id[COMPACT_ID];
	bool known;
	struct ip ip;
	struct dht_vote votes[DHT_VOTES];
	struct ip voters[DHT_VOTERS];
	uint32_t vote_count, voter_count;
};

struct dht_side {
	int64_t heard; /* when somebody last answered */
	struct dht_self self;
	struct dht_nodes nodes;
	struct dht_warmth warmth;
};

void dht_warmth_done(struct dht_warmth *w);
/* One query of the warm-up: true if another may follow at once. */
bool dht_warmth_step(struct dht *d, enum dht_family family);
/* Ends the warm-up if it is time. */
void dht_warmth_check(struct dht *d, enum dht_family family);
void dht_warmth_reply(struct dht *d, const struct krpc_message *m);
/* One of its queries has an answer, or is not waited for any more. */
void dht_warmth_landed(struct dht *d, const struct dht_flight *f);
/* One has got slow: where enough nodes live, the end does not wait for it. */
void dht_warmth_slow(struct dht *d, enum dht_family family);
void dht_self_init(struct dht *d, struct dht_self *s);
void dht_self_vote(struct dht *d, struct dht_self *s, const struct dht_at *voter, const struct ip *ip);

/* ---- dht_lookup.c: the candidates of one lookup, and its end ---- */

enum {
	DHT_CANDIDATES = 64,
	DHT_RESERVED = 32,  /* of these for nodes with an id that is bound to their address (BEP 42) */
	DHT_ALPHA = 4,      /* fresh queries of one lookup */
	DHT_ALPHA_POOR = 2, /* when all wait for the budget */
	DHT_PENDING = 8,    /* queries of one lookup, slow ones and all */
	DHT_WIDEST = 20,    /* closest nodes that are asked when they disagree */
	DHT_WIDER = 4,      /* so many at a time */
	DHT_COMPLIANT = 4,  /* such nodes that must answer, if there are any */
	DHT_SAMPLED = 50,   /* peers of one reply that are likely to be a choice among more */
	DHT_AGAIN_MIN = 2,  /* nodes asked again without scrape, for addresses */
	DHT_ASKED_MAX = 96, /* nodes of one lookup */
	DHT_LOOKUP_MS = 600000,
	DHT_PEOPLE_LATELY = 64,
};

enum dht_state { DHT_UNASKED, DHT_PENDING_FRESH, DHT_PENDING_SLOW, DHT_ANSWERED, DHT_SILENT, DHT_REFUSED };

struct dht_candidate {
	uint8_t distance[COMPACT_ID]; /* id xor target */
	struct dht_at at;
	uint8_t state;  /* enum dht_state */
	uint8_t plain;  /* likewise, of the query without scrape */
	bool compliant; /* BEP 42 */
	bool filtered;  /* has peers, but sent only filters */
	bool scraped;   /* sent both filters, which may be empty */
};

/* Somebody who is there, as nodes say. */
struct dht_peer {
	struct ip ip;
	uint8_t teller;    /* who said so first: a position */
	bool others, port; /* another one said so too; somebody knew his port */
};

/* A node that told of somebody. */
struct dht_teller {
	struct dht_at at;
	uint32_t values; /* peers of its largest reply */
	uint32_t filled; /* estimate of its filters */
};

/* Filters, both kinds together: those of the node whose are fullest, until the end, and of all others. */
struct dht_filters {
	struct bloom seeds, peers, top_seeds, top_peers;
	uint32_t top; /* the teller; DHT_NOBODY = none */
};

struct dht_lookup {
	uint8_t target[COMPACT_ID];
	enum dht_family family;
	uint64_t user;
	uint32_t slot, turn;
	int64_t order, began;                            /* began 0 = nothing sent yet */
	struct dht_candidate *candidates; /* closest first; owned */
	uint32_t count, cap;
	uint32_t compliant; /* of these candidates */
	uint32_t seen;      /* that were compliant, also those that are gone */
	uint32_t want;  /* of the closest, so many must answer */
	uint32_t again; /* so many are asked again */
	bool grew;      /* nodes disagree on who is there */
	bool had_values;
	bool doubtful; /* some told of somebody, but are not believed */
	uint16_t asked, answered;
	uint32_t packets;
	struct dht_peer *people; /* sorted; owned */
	uint32_t people_count, people_cap;
	uint16_t lately[DHT_PEOPLE_LATELY]; /* positions in it */
	struct dht_teller *tellers; /* owned */
	uint32_t teller_count, teller_cap;
	struct dht_filters *filters; /* owned; NULL = nobody sent any */
};

struct dht_lookups {
	struct dht_lookup **list; /* by slot; NULL = free */
	uint32_t *turns;          /* of each slot, so that a late answer does not reach the next tenant */
	uint32_t cap, count, hint;
	int64_t order;
	struct dht_heap ready;   /* wish to send, oldest first */
	struct dht_heap resting; /* wait for an address to be asked again, by time */
	bool poor;               /* some waited for the budget the last time */
};

void dht_lookups_done(struct dht_lookups *l);
struct dht_lookup *dht_lookup_of(struct dht *d, uint32_t slot, uint32_t turn);
/* Sends what may be sent of it, lets it rest, or ends it. */
void dht_lookup_step(struct dht *d, struct dht_lookup *l);
void dht_lookup_reply(struct dht *d, struct dht_lookup *l, const struct dht_flight *f, const struct krpc_message *m);
/* What it asked has got slow, will not be answered, or answered with an error: DHT_PENDING_SLOW, DHT_SILENT,
 * DHT_REFUSED. */
void dht_lookup_mark(struct dht *d, struct dht_lookup *l, const struct dht_flight *f, enum dht_state state);
/* Would an answer still matter? */
bool dht_lookup_needs(const struct dht_lookup *l, const struct dht_flight *f);
/* Something has changed for it. */
void dht_lookup_wake(struct dht *d, struct dht_lookup *l);

/* ---- dht_candidates.c: who is close to a target ---- */

/* Adds a node, if there is room for it or it is closer than another that has not answered, and its network is not there
 * yet. */
void dht_candidates_add(struct dht *d, struct dht_lookup *l, const struct dht_at *at, const uint8_t *id);
/* Adds the compact nodes of a reply. */
void dht_candidates_read(struct dht *d, struct dht_lookup *l, struct krpc_slice nodes);
struct dht_candidate *dht_candidates_find(struct dht_lookup *l, const struct dht_at *at);
/* The node has another id than we were told. */
void dht_candidates_rename(struct dht_lookup *l, struct dht_candidate *c, const uint8_t *id);

/* ---- dht_values.c: who is there ---- */

/* What a reply said. */
struct dht_told {
	uint32_t values, added; /* peers, and new addresses among them */
	bool filters;           /* some address is in them */
	bool scraped;           /* both filters */
};

struct dht_told dht_values_take(struct dht *d, struct dht_lookup *l, const struct dht_at *at,
				const struct krpc_message *m);
/* What is believed in the end: distinct addresses, sorted, to be freed; BEP 33 estimates, rounded, -1 = unknown. An
 * estimate of 0 is believed if so many of the closest nodes sent filters, in time and in a place where nothing is
 * strange, that it is `proven`; and if these have all addresses. Fills in that part of the
 * result, and l->doubtful. */
struct ip *dht_values_believe(struct dht *d, struct dht_lookup *l, bool proven, struct dht_result *r);
void dht_values_done(struct dht_lookup *l);

/* ---- dht.c ---- */

struct dht {
	struct dht_config config;
	struct dht_events events;
	struct dht_counters counters;
	uint64_t random; /* counts random numbers */
	int64_t now;     /* of the call that we are in */
	int64_t blocked; /* the system takes nothing until then */
	struct dht_side sides[DHT_FAMILIES];
	struct dht_graves graves;
	struct dht_budget budget;
	struct dht_flights flights;
	struct dht_lookups lookups;
};

/* May a query be sent, as far as the system, the rate and the number on their way go? */
bool dht_may_send(struct dht *d);
uint64_t dht_random(struct dht *d);
void dht_random_id(struct dht *d, uint8_t id[COMPACT_ID]);
/* May a node or a peer be there? Counts what is not. */
bool dht_plausible(struct dht *d, const struct ip *ip);
/* Is it us? Counts. */
bool dht_is_self(struct dht *d, enum dht_family family, const struct dht_at *at, const uint8_t *id);
/* A node of a reply: may it be asked? Counts why not. */
bool dht_read_node(struct dht *d, enum dht_family family, const uint8_t *record, struct compact_node *node);

#endif
