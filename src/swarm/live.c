/* Asks every source for one torrent and keeps each one's own answer. It shows nothing and stores nothing. */
#include "swarm/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/text.h"
#include "base/words.h"
#include "base/xmalloc.h"
#include "swarm/dht_host.h"
#include "swarm/passkey.h"
#include "swarm/probe.h"
#include "swarm/probe_rpc.h"

enum { RESERVED = DHT_FAMILIES + CONF_DAEMONS }; /* answers that are no trackers' */

/* One question to a tracker. */
struct ask {
	struct live *live;
	struct live_answer *answer;
	const struct probe_ops *ops;
	struct probe *probe; /* NULL: was not asked */
	bool named;          /* by the torrent */
	struct tracker_url url;
};

/* One question to a daemon of one's own. */
struct ask_daemon {
	struct live *live;
	const struct conf_daemon *daemon;
	struct live_answer *answer;
	struct probe_rpc *probe;
};

struct live {
	const struct pass_world *world;
	const struct metainfo *subject;
	void (*ended)(void *context);
	void *context;
	struct loop_timer deadline;
	struct live_answer answers[LIVE_SOURCES];
	size_t count, waiting;
	struct ask asks[LIVE_SOURCES];
	size_t ask_count;
	struct ask_daemon daemons[CONF_DAEMONS];
	size_t daemon_count;
	struct dht_host *host; /* NULL: the DHT is off */
	struct dht_host_world host_world;
	struct live_answer *dht[DHT_FAMILIES];
	bool over;
};

static struct live_answer *add(struct live *l, enum live_kind kind)
{
	struct live_answer *a = &l->answers[l->count++];

	*a = (struct live_answer){.kind = kind,
				  .seeders = CATALOG_UNKNOWN,
				  .leechers = CATALOG_UNKNOWN,
				  .completed = CATALOG_UNKNOWN,
				  .peers = CATALOG_UNKNOWN};
	return a;
}

static void refuse(struct live_answer *a, const char *why)
{
	a->state = LIVE_OFF;
	str_copy(a->error, sizeof(a->error), why);
}

static void end(struct live *l)
{
	loop_timer_stop(l->world->loop, &l->deadline);
	if (l->over)
		return;
	l->over = true;
	l->ended(l->context);
}

static void deadline(void *context)
{
	end(context);
}

static void one_less(struct live *l)
{
	if (--l->waiting == 0)
		end(l);
}

/* ---- trackers ---- */

/* Also those that a pass leaves alone now: a person wants to know, of one torrent. */

static void tracker_row(void *context, size_t index, const struct probe_row *row)
{
	struct ask *ask = context;

	(void)index;
	if (!probe_row_says(row, ask->named))
		return;
	ask->answer->state = LIVE_ANSWERED;
	ask->answer->seeders = row->seeders;
	ask->answer->leechers = row->leechers;
	ask->answer->completed = row->completed;
}

static void tracker_ended(void *context, const struct probe_end *end)
{
	struct ask *ask = context;

	ask->answer->latency_ms = end->latency_ms;
	if (ask->answer->state != LIVE_ANSWERED)
		ask->answer->state = end->rc ? LIVE_FAILED : LIVE_UNKNOWN;
	if (end->rc)
		str_copy(ask->answer->error, sizeof(ask->answer->error), end->error);
	passkey_hide(&ask->url, ask->answer->error);
	one_less(ask->live);
}

static const char *why_not(const struct live *l, const struct tracker_url *url)
{
	return l->world->conf->proxy.enforce && url->scheme == TRACKER_UDP ? N_("off: [proxy] enforce = true") : NULL;
}

static void ask_tracker(struct live *l, const char *text, bool named)
{
	const struct conf *conf = l->world->conf;
	struct ask *ask = &l->asks[l->ask_count];
	struct probe_ask what = {.loop = l->world->loop,
				 .http = l->world->http,
				 .resolve = l->world->resolve,
				 .url = &ask->url,
				 .hashes = &l->subject->hash,
				 .count = 1,
				 .public_only = !conf->trackers.allow_private,
				 .proxy = conf->proxy.url};
	struct probe_events events = {.row = tracker_row, .ended = tracker_ended, .context = ask};

	if (l->count >= LIVE_SOURCES - RESERVED || tracker_url_parse(text, strlen(text), &ask->url))
		return;
	ask->live = l;
	ask->named = named;
	ask->answer = add(l, LIVE_TRACKER);
	tracker_url_show(&ask->url, ask->answer->source);
	if (why_not(l, &ask->url)) {
		refuse(ask->answer, why_not(l, &ask->url));
		return;
	}
	l->ask_count++;
	l->waiting++;
	ask->ops = probe_of(ask->url.scheme);
	ask->probe = ask->ops->start(&what, &events);
}

/* Those of the torrent, then the extra ones. */
static const char *tracker_at(const struct live *l, size_t i)
{
	size_t own = l->subject->tracker_count;

	return i < own ? l->subject->trackers[i].url : l->world->conf->trackers.extra.items[i - own];
}

/* One way to speak to one tracker; a UDP URL's path is not sent. */
static bool is_same(const char *a, const char *b)
{
	struct tracker_url x, y;

	if (tracker_url_parse(a, strlen(a), &x) || tracker_url_parse(b, strlen(b), &y) || x.scheme != y.scheme)
		return false;
	if (x.scheme == TRACKER_UDP)
		return x.port == y.port && strcmp(x.host, y.host) == 0;
	return strcmp(x.text, y.text) == 0;
}

static bool is_new(const struct live *l, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (is_same(tracker_at(l, k), tracker_at(l, i)))
			return false;
	return true;
}

/* Each once; extras are for public torrents only. */
static void ask_trackers(struct live *l)
{
	size_t count = l->subject->tracker_count;

	if (!l->subject->private)
		count += l->world->conf->trackers.extra.count;
	for (size_t i = 0; i < count; i++)
		if (is_new(l, i))
			ask_tracker(l, tracker_at(l, i), i < l->subject->tracker_count);
}

/* ---- the DHT ---- */

static void dht_ended(void *context, const struct dht_result *result)
{
	static const char *const words[] = {
		[DHT_UNREACHABLE] = N_("too few of the closest nodes answered"),
		[DHT_TIMED_OUT] = N_("no end of nodes in time"),
	};
	struct live *l = context;
	struct live_answer *a = l->dht[result->family];

	a->error[0] = '\0';
	a->asked = result->asked;
	a->answered = result->answered;
	a->state = LIVE_FAILED;
	if (result->outcome == DHT_FOUND || result->outcome == DHT_NONE) {
		a->state = result->outcome == DHT_FOUND ? LIVE_ANSWERED : LIVE_UNKNOWN;
		/* The proof is worth as much as anybody's empty filters. */
		a->seeders = result->outcome == DHT_NONE ? 0 : result->seeds;
		a->leechers = result->outcome == DHT_NONE ? 0 : result->peers;
		a->peers = (int32_t)result->address_count;
	} else {
		str_copy(a->error, sizeof(a->error), words[result->outcome]);
	}
	one_less(l);
}

/* Once all families are warm: each lookup is begun, or is known to be in vain. */
static void dht_ready(void *context)
{
	struct live *l = context;

	for (int family = 0; family < DHT_FAMILIES; family++) {
		struct dht_ask ask = {.family = (enum dht_family)family};
		struct live_answer *a = l->dht[family];

		if (a->state != LIVE_ASKED || a->error[0] || !dht_host_warm(l->host))
			continue;
		memcpy(ask.target, l->subject->hash, sizeof(ask.target));
		str_copy(a->error, sizeof(a->error), N_("no answer in time")); /* unless one comes */
		if (dht_host_has(l->host, ask.family) && dht_host_look_up(l->host, &ask) == 0)
			continue;
		str_copy(a->error, sizeof(a->error), N_("no node of the DHT answers"));
		a->state = LIVE_FAILED;
		one_less(l);
	}
}

static const char *dht_off(const struct live *l)
{
	if (l->subject->private)
		return N_("off: the torrent is private");
	return l->world->conf->proxy.enforce ? N_("off: [proxy] enforce = true") : NULL;
}

static void ask_dht(struct live *l)
{
	static const char *const names[] = {[DHT_V4] = "DHT IPv4", [DHT_V6] = "DHT IPv6"};
	const struct dht_host_events events = {.ready = dht_ready, .ended = dht_ended, .context = l};
	const char *why = dht_off(l);
	struct err err = {""};

	l->host_world = (struct dht_host_world){.loop = l->world->loop,
						.resolve = l->world->resolve,
						.conf = l->world->conf,
						.catalog = l->world->catalog};
	if (!why && dht_host_open(&l->host_world, &events, &l->host, &err))
		why = err.msg;
	for (int family = 0; family < DHT_FAMILIES; family++) {
		l->dht[family] = add(l, LIVE_DHT);
		str_copy(l->dht[family]->source, sizeof(l->dht[family]->source), names[family]);
		if (why)
			refuse(l->dht[family], why);
		else if (!dht_host_listens(l->host, (enum dht_family)family))
			refuse(l->dht[family], N_("off: no address to ask from ([dht] listen)"));
		else
			l->waiting++;
	}
}

/* ---- one's own Transmission ---- */

static void daemon_row(void *context, const struct probe_rpc_row *row)
{
	struct live_answer *a = ((struct ask_daemon *)context)->answer;

	a->state = LIVE_ANSWERED;
	a->seeders = row->seeders;
	a->leechers = row->leechers;
	a->completed = row->completed;
	a->peers = row->connected;
}

static void daemon_ended(void *context, int rc, const char *error)
{
	struct ask_daemon *ask = context;
	struct live_answer *a = ask->answer;

	if (a->state != LIVE_ANSWERED)
		a->state = rc ? LIVE_FAILED : LIVE_UNKNOWN;
	if (rc)
		str_copy(a->error, sizeof(a->error), error);
	/* The built-in daemon is a guess: nobody wants to read that there is none. It is the only one, and the last. */
	if (rc && ask->daemon->from_argv)
		ask->live->count--;
	one_less(ask->live);
}

static void ask_daemons(struct live *l)
{
	const struct conf *conf = l->world->conf;

	for (size_t i = 0; i < conf->daemon_count; i++) {
		struct ask_daemon *ask = &l->daemons[l->daemon_count++];
		const struct conf_daemon *daemon = &conf->daemons[i];
		struct probe_rpc_events events = {.row = daemon_row, .ended = daemon_ended, .context = ask};

		*ask = (struct ask_daemon){.live = l, .daemon = daemon, .answer = add(l, LIVE_CLIENT)};
		snprintf(ask->answer->source, sizeof(ask->answer->source), "Transmission %s", daemon->name);
		l->waiting++;
		ask->probe = probe_rpc_start(l->world->loop, l->world->http, daemon, &l->subject->hash, 1, &events);
	}
}

/* ---- from start to end ---- */

struct live *live_start(const struct pass_world *world, const struct metainfo *subject, int64_t timeout_ms,
			void (*ended)(void *context), void *context)
{
	struct live *l = xcalloc(1, sizeof(*l));

	l->world = world;
	l->subject = subject;
	l->ended = ended;
	l->context = context;
	l->deadline = (struct loop_timer){.fire = deadline, .context = l};
	ask_trackers(l);
	ask_dht(l);
	ask_daemons(l);
	loop_timer_in(world->loop, &l->deadline, l->waiting ? timeout_ms : 0);
	return l;
}

const struct live_answer *live_answers(const struct live *live, size_t *count)
{
	*count = live->count;
	return live->answers;
}

void live_free(struct live *live)
{
	if (!live)
		return;
	for (size_t i = 0; i < live->ask_count; i++)
		live->asks[i].ops->free(live->asks[i].probe);
	for (size_t i = 0; i < live->daemon_count; i++)
		probe_rpc_free(live->daemons[i].probe);
	dht_host_free(live->host);
	loop_timer_stop(live->world->loop, &live->deadline);
	free(live);
}
