/* c-ares on the loop, with a memory of names. It does not know what the addresses are for. */
#include "core/resolve.h"

#include <ares.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/hostname.h"
#include "base/map.h"
#include "base/str.h"
#include "base/xmalloc.h"

enum {
	IN_FLIGHT = 64,
	NAMES = 4096, /* remembered */
	TIMEOUT_MS = 3000,
	TICK_MS = 100, /* while questions are on their way */
	TRIES = 2,
	KEEP_MS = 300 * 1000,
	KEEP_NONE_MS = 60 * 1000,
	KEEP_FAILURE_MS = 15 * 1000,
	RENEW_MS = 600 * 1000,   /* /etc/resolv.conf may have changed ... */
	RENEW_FAILED_MS = 2000, /* ... and if somebody could not be asked, is likely to */
};

enum state { KNOWN, WAITING, ASKED };

struct name {
	char text[HOSTNAME]; /* small letters; zero-padded: it is the key */
	enum state state;
	int rc;
	int64_t until_ms;
	struct ip *addresses; /* owned */
	size_t count;
};

/* Who wants to know. */
struct asker {
	void (*done)(void *context, int rc, const struct ip *addresses, size_t count);
	void *context;
	uint32_t name; /* position, MAP_NONE when the answer is here */
	int rc;
	size_t count;
	struct ip addresses[RESOLVE_MAX];
	struct asker *next;
};

struct resolve {
	struct loop *loop;
	ares_channel channel; /* NULL = none, or none yet */
	int64_t made_ms;
	bool failed;   /* since then */
	char *servers; /* NULL = the system's */
	unsigned timeout_ms;
	struct loop_timer patience, delivery;
	struct map map; /* of names */
	struct name *names;
	uint32_t name_count, name_cap, hand;
	unsigned in_flight, waiting;
	struct asker *askers, **askers_end;
	bool busy, dead; /* in done(); freed during it */
};

struct question {
	struct resolve *r;
	uint32_t name;
};

/* ---- c-ares on the loop ---- */

/* ares_timeout() would say when, but in a struct timeval: on 32-bit ARM the library's is half as long as ours. */
static void rearm(struct resolve *r)
{
	if (r->channel && r->in_flight)
		loop_timer_in(r->loop, &r->patience, TICK_MS);
	else
		loop_timer_stop(r->loop, &r->patience);
}

static void socket_ready(void *context, int fd, unsigned events)
{
	struct resolve *r = context;

	ares_process_fd(r->channel, events & LOOP_IN ? fd : ARES_SOCKET_BAD, events & LOOP_OUT ? fd : ARES_SOCKET_BAD);
	rearm(r);
}

static void patience_ended(void *context)
{
	struct resolve *r = context;

	ares_process_fd(r->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	rearm(r);
}

static void socket_wanted(void *context, ares_socket_t fd, int readable, int writable)
{
	struct resolve *r = context;
	unsigned events = (readable ? LOOP_IN : 0u) | (writable ? LOOP_OUT : 0u);

	if (events)
		loop_watch(r->loop, fd, events, socket_ready, r);
	else
		loop_unwatch(r->loop, fd);
}

/* No search list: names in torrents are whole, and a dead one must not be asked for again under each domain. */
static int channel_open(struct resolve *r)
{
	static char lookups[] = "fb"; /* the file, then the network */
	int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_DOMAINS | ARES_OPT_LOOKUPS |
		   ARES_OPT_SOCK_STATE_CB;
	struct ares_options options = {
		.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES,
		.timeout = (int)(r->timeout_ms ? r->timeout_ms : TIMEOUT_MS),
		.tries = TRIES,
		.lookups = lookups,
		.sock_state_cb = socket_wanted,
		.sock_state_cb_data = r,
	};

	if (ares_init_options(&r->channel, &options, mask) != ARES_SUCCESS) {
		r->channel = NULL;
		return -EIO;
	}
	r->made_ms = loop_now(r->loop).mono_ms;
	r->failed = false;
	if (r->servers && ares_set_servers_ports_csv(r->channel, r->servers) != ARES_SUCCESS)
		return -EINVAL;
	return 0;
}

static void channel_close(struct resolve *r)
{
	if (r->channel)
		ares_destroy(r->channel);
	r->channel = NULL;
	loop_timer_stop(r->loop, &r->patience);
}

/* While nothing is asked. */
static void channel_renew(struct resolve *r)
{
	int64_t age = loop_now(r->loop).mono_ms - r->made_ms;

	if (r->channel && (r->in_flight || age < (r->failed ? RENEW_FAILED_MS : RENEW_MS)))
		return;
	channel_close(r);
	channel_open(r);
}

/* ---- names ---- */

static void name_forget(struct resolve *r, uint32_t i)
{
	map_del(&r->map, map_hash(&r->map, r->names[i].text), i);
	free(r->names[i].addresses);
}

/* A place for a new name: one that is known leaves when there are many, by turns. */
static uint32_t name_place(struct resolve *r)
{
	for (uint32_t tried = 0; r->name_count >= NAMES && tried < r->name_count; tried++) {
		r->hand = (r->hand + 1) % r->name_count;
		if (r->names[r->hand].state != KNOWN)
			continue;
		name_forget(r, r->hand);
		return r->hand;
	}
	if (r->name_count == r->name_cap) {
		r->name_cap = r->name_cap ? r->name_cap * 2 : 16;
		r->names = xreallocarray(r->names, r->name_cap, sizeof(*r->names));
	}
	return r->name_count++;
}

/* The record of a name, which is known and fresh, or will be asked for. */
static uint32_t name_find(struct resolve *r, const char text[HOSTNAME])
{
	uint32_t hash = map_hash(&r->map, text), i = map_find(&r->map, r->names, text, hash);

	if (i == MAP_NONE) {
		i = name_place(r);
		r->names[i] = (struct name){.state = KNOWN};
		memcpy(r->names[i].text, text, HOSTNAME);
		map_add(&r->map, hash, i);
	} else if (r->names[i].state != KNOWN || r->names[i].until_ms > loop_now(r->loop).mono_ms) {
		return i;
	}
	r->names[i].state = WAITING;
	r->waiting++;
	return i;
}

/* ---- answers ---- */

static void answer_from(struct asker *a, const struct name *name)
{
	a->name = MAP_NONE;
	a->rc = name->rc;
	a->count = name->count;
	if (name->count)
		memcpy(a->addresses, name->addresses, name->count * sizeof(*name->addresses));
}

/* Adds an address of this family if it is new. */
static void collect(const struct ares_addrinfo_node *node, bool v4, struct ip *list, size_t *count)
{
	struct ip ip;

	if (node->ai_family == AF_INET)
		ip = ip_from_v4(ntohl(((const struct sockaddr_in *)(const void *)node->ai_addr)->sin_addr.s_addr));
	else if (node->ai_family == AF_INET6)
		memcpy(ip.b, &((const struct sockaddr_in6 *)(const void *)node->ai_addr)->sin6_addr, sizeof(ip.b));
	else
		return;
	if (ip_is4(&ip) != v4 || *count >= RESOLVE_MAX)
		return;
	for (size_t i = 0; i < *count; i++)
		if (ip_equal(&ip, &list[i]))
			return;
	list[(*count)++] = ip;
}

/* IPv4 first, but neither family loses all its places to the other. */
static void keep_addresses(struct name *name, const struct ares_addrinfo *info)
{
	struct ip v4[RESOLVE_MAX], v6[RESOLVE_MAX];
	size_t n4 = 0, n6 = 0;

	for (const struct ares_addrinfo_node *n = info->nodes; n; n = n->ai_next) {
		collect(n, true, v4, &n4);
		collect(n, false, v6, &n6);
	}
	if (n4 + n6 > RESOLVE_MAX && n4 > RESOLVE_MAX / 2)
		n4 = n6 > RESOLVE_MAX / 2 ? RESOLVE_MAX / 2 : RESOLVE_MAX - n6;
	if (n4 + n6 > RESOLVE_MAX)
		n6 = RESOLVE_MAX - n4;
	name->count = n4 + n6;
	if (!name->count)
		return;
	name->addresses = xreallocarray(NULL, name->count, sizeof(*name->addresses));
	memcpy(name->addresses, v4, n4 * sizeof(*v4));
	memcpy(name->addresses + n4, v6, n6 * sizeof(*v6));
}

static int rc_of(int status)
{
	static const struct {
		int status, rc;
	} known[] = {
		{ARES_SUCCESS, 0},	  {ARES_ENODATA, -ENOENT},     {ARES_ENOTFOUND, -ENOENT},
		{ARES_EBADNAME, -ENOENT}, {ARES_ETIMEOUT, -ETIMEDOUT},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].status == status)
			return known[i].rc;
	return -EIO;
}

static void remember(struct resolve *r, struct name *name, int status, const struct ares_addrinfo *info)
{
	int64_t now = loop_now(r->loop).mono_ms;

	free(name->addresses);
	name->addresses = NULL;
	name->count = 0;
	name->rc = rc_of(status);
	if (!name->rc && info)
		keep_addresses(name, info);
	if (!name->rc && !name->count)
		name->rc = -ENOENT;
	name->state = KNOWN;
	name->until_ms = now + (!name->rc ? KEEP_MS : name->rc == -ENOENT ? KEEP_NONE_MS : KEEP_FAILURE_MS);
}

/* c-ares calls this from within itself: nobody is told here. */
static void answered(void *context, int status, int timeouts, struct ares_addrinfo *info)
{
	struct question *q = context;
	struct resolve *r = q->r;

	(void)timeouts;
	if (status != ARES_EDESTRUCTION) {
		r->in_flight--;
		remember(r, &r->names[q->name], status, info);
		r->failed |= r->names[q->name].rc && r->names[q->name].rc != -ENOENT;
		for (struct asker *a = r->askers; a; a = a->next)
			if (a->name == q->name)
				answer_from(a, &r->names[q->name]);
		loop_timer_in(r->loop, &r->delivery, 0);
	}
	if (info)
		ares_freeaddrinfo(info);
	free(q);
}

static void ask(struct resolve *r, uint32_t i)
{
	struct ares_addrinfo_hints hints = {.ai_family = AF_UNSPEC, .ai_flags = ARES_AI_NOSORT};
	struct question *q = xmalloc(sizeof(*q));
	char text[HOSTNAME]; /* the names may move while it is asked for */

	*q = (struct question){r, i};
	memcpy(text, r->names[i].text, HOSTNAME);
	r->names[i].state = ASKED;
	r->waiting--;
	r->in_flight++;
	if (r->channel)
		ares_getaddrinfo(r->channel, text, NULL, &hints, answered, q);
	else
		answered(q, ARES_ENOTINITIALIZED, 0, NULL);
}

/* In the order in which they were wanted. */
static void ask_more(struct resolve *r)
{
	if (r->waiting)
		channel_renew(r);
	for (struct asker *a = r->askers; a && r->waiting && r->in_flight < IN_FLIGHT; a = a->next)
		if (a->name != MAP_NONE && r->names[a->name].state == WAITING)
			ask(r, a->name);
	rearm(r);
}

/* ---- telling ---- */

static struct asker *take_due(struct resolve *r)
{
	for (struct asker **at = &r->askers; *at; at = &(*at)->next) {
		struct asker *a = *at;

		if (a->name != MAP_NONE)
			continue;
		*at = a->next;
		if (r->askers_end == &a->next)
			r->askers_end = at;
		return a;
	}
	return NULL;
}

static void release(struct resolve *r)
{
	map_done(&r->map);
	free(r->names);
	free(r->servers);
	free(r);
	ares_library_cleanup();
}

static void deliver(void *context)
{
	struct resolve *r = context;
	struct asker *a;

	r->busy = true;
	while (!r->dead && (a = take_due(r))) {
		a->done(a->context, a->rc, a->addresses, a->count);
		free(a);
	}
	r->busy = false;
	if (r->dead)
		release(r);
	else
		ask_more(r);
}

/* RFC 6761 section 6.3: such names are never asked for, and are loopback whatever a file of hosts says. */
static bool is_localhost(const char *name)
{
	return strcmp(name, "localhost") == 0 || str_ends(name, ".localhost");
}

void resolve_name(struct resolve *r, const char *name,
		  void (*done)(void *context, int rc, const struct ip *addresses, size_t count), void *context)
{
	struct asker *a = xcalloc(1, sizeof(*a));
	char text[HOSTNAME];

	*a = (struct asker){.done = done, .context = context, .name = MAP_NONE, .rc = -ENOENT};
	if (ip_parse(name, strlen(name), &a->addresses[0]) == 0) {
		a->rc = 0;
		a->count = 1;
	} else if (hostname_read(name, text) && is_localhost(text)) {
		a->rc = 0;
		a->count = 2;
		a->addresses[0] = ip_from_v4(INADDR_LOOPBACK);
		memcpy(a->addresses[1].b, &in6addr_loopback, sizeof(a->addresses[1].b));
	} else if (hostname_read(name, text)) {
		a->name = name_find(r, text);
		if (r->names[a->name].state == KNOWN)
			answer_from(a, &r->names[a->name]);
	}
	*r->askers_end = a;
	r->askers_end = &a->next;
	if (a->name == MAP_NONE)
		loop_timer_in(r->loop, &r->delivery, 0);
	else
		ask_more(r);
}

/* A name that nobody wants any more is not asked for. */
static void drop_wish(struct resolve *r, uint32_t name)
{
	if (name == MAP_NONE || r->names[name].state != WAITING)
		return;
	for (const struct asker *a = r->askers; a; a = a->next)
		if (a->name == name)
			return;
	r->names[name].state = KNOWN;
	r->names[name].until_ms = 0;
	r->waiting--;
}

void resolve_cancel(struct resolve *r, const void *context)
{
	struct asker **at = &r->askers;

	while (*at) {
		struct asker *a = *at;

		if (a->context != context) {
			at = &a->next;
			continue;
		}
		*at = a->next;
		drop_wish(r, a->name);
		free(a);
	}
	r->askers_end = at;
}

/* ---- making ---- */

struct resolve *resolve_new(struct loop *loop)
{
	struct resolve *r;

	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
		return NULL;
	r = xcalloc(1, sizeof(*r));
	r->loop = loop;
	r->patience = (struct loop_timer){.fire = patience_ended, .context = r};
	r->delivery = (struct loop_timer){.fire = deliver, .context = r};
	r->askers_end = &r->askers;
	map_init(&r->map, sizeof(struct name), offsetof(struct name, text), HOSTNAME);
	return r;
}

static void forget_all(struct resolve *r)
{
	for (uint32_t i = 0; i < r->name_count; i++)
		free(r->names[i].addresses);
	r->name_count = 0;
	r->hand = 0;
	map_clear(&r->map);
}

int resolve_servers(struct resolve *r, const char *servers, unsigned timeout_ms)
{
	free(r->servers);
	r->servers = xstrdup(servers);
	r->timeout_ms = timeout_ms;
	channel_close(r);
	forget_all(r);
	return channel_open(r) ? -EINVAL : 0;
}

void resolve_free(struct resolve *r)
{
	struct asker *next;

	if (!r)
		return;
	channel_close(r);
	loop_timer_stop(r->loop, &r->delivery);
	for (struct asker *a = r->askers; a; a = next) {
		next = a->next;
		free(a);
	}
	r->askers = NULL;
	forget_all(r);
	if (r->busy)
		r->dead = true;
	else
		release(r);
}
