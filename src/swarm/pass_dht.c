/* The pass over the DHT: which torrent is looked up when, what comes of it, and what is said of all that. It knows no
 * nodes and no packets. */
#include "swarm/pass.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "base/words.h"
#include "base/xmalloc.h"
#include "core/locate.h"
#include "swarm/command.h"
#include "swarm/dht_answer.h"
#include "swarm/dht_host.h"
#include "swarm/dht_near.h"

enum {
	BATCH = 4096,        /* torrents that are taken in the order of their keys, the stalest of them all first */
	BACK_OFF_MS = 30000, /* before a torrent whose nodes did not answer is tried a second, and last, time */
	WORKS = 64,          /* that there is room for at first */
	NOWHERE = UINT32_MAX,
};

/* A torrent on its way, in one or both DHTs. */
struct work {
	uint32_t target;
	bool last;    /* the second try */
	uint8_t open; /* lookups */
	struct dht_answer answer;
	uint32_t next_free;
};

struct again {
	uint32_t target;
	int64_t at_ms;
};

struct pass {
	struct pass_world world;
	void (*ended)(void *context);
	void *context;
	struct dht_host *host; /* NULL = the DHT is off */
	struct locate *locate;
	struct catalog_target *targets; /* without private ones */
	size_t count, private;
	uint32_t *order; /* positions */
	size_t next;
	struct again *again; /* a queue, in the order of time */
	size_t again_first, again_count;
	struct work *works;
	uint32_t work_count, work_cap, work_free, in_flight; /* work_free: the first free place, or NOWHERE */
	struct dht_near *near[DHT_FAMILIES];
	bool families[DHT_FAMILIES]; /* those that are asked */
	bool warm;
	uint64_t outcomes[4]; /* by enum dht_outcome */
	struct loop_timer turn;
	bool stopped, over, nobody;
	uint64_t packets;
	int64_t began_ms, ended_ms;
};

static int64_t now_ms(const struct pass *pass)
{
	return loop_now(pass->world.loop).mono_ms;
}

static uint64_t done_of(const struct pass *pass)
{
	uint64_t done = 0;

	for (int i = 0; i < 4; i++)
		done += pass->outcomes[i];
	return done;
}

/* ---- the end ---- */

/* From the timer, so that nobody is inside of the engine. */
static void finish(struct pass *pass)
{
	if (pass->over)
		return;
	pass->over = true;
	pass->ended_ms = now_ms(pass);
	if (pass->host) {
		pass->packets = dht_counters(dht_host_engine(pass->host))->sent;
		dht_host_save(pass->host);
		dht_host_free(pass->host);
		pass->host = NULL;
	}
	pass->ended(pass->context);
}

static bool is_done(const struct pass *pass)
{
	if (pass->stopped || !pass->host || pass->nobody)
		return true;
	return pass->warm && !pass->in_flight && pass->next == pass->count && pass->again_first == pass->again_count;
}

static void take_turn(void *context)
{
	struct pass *pass = context;

	if (is_done(pass))
		finish(pass);
	else
		dht_host_wake(pass->host);
}

/* ---- one torrent ---- */

static uint32_t take_work(struct pass *pass)
{
	uint32_t at = pass->work_free;

	if (at == NOWHERE) {
		if (pass->work_count == pass->work_cap) {
			pass->work_cap = pass->work_cap ? pass->work_cap * 2 : WORKS;
			pass->works = xreallocarray(pass->works, pass->work_cap, sizeof(*pass->works));
		}
		at = pass->work_count++;
	} else {
		pass->work_free = pass->works[at].next_free;
	}
	pass->in_flight++;
	pass->works[at] = (struct work){0};
	return at;
}

static void give_work(struct pass *pass, uint32_t at)
{
	dht_answer_done(&pass->works[at].answer);
	pass->works[at].next_free = pass->work_free;
	pass->work_free = at;
	pass->in_flight--;
}

static void put_sample(struct pass *pass, const struct work *w, enum dht_outcome outcome)
{
	char countries[CATALOG_COUNTRIES];
	struct catalog_sample sample = {
		.torrent = pass->targets[w->target].id,
		.at = loop_now(pass->world.loop).wall,
	};

	dht_answer_sample(&w->answer, outcome, pass->locate, countries, &sample);
	catalog_put_sample(pass->world.catalog, &sample);
	pass->outcomes[outcome]++;
}

static void try_again(struct pass *pass, uint32_t target)
{
	pass->again[pass->again_count++] = (struct again){target, now_ms(pass) + BACK_OFF_MS};
}

static void end_work(struct pass *pass, uint32_t at)
{
	struct work *w = &pass->works[at];
	const bool on[DHT_FAMILIES] = {dht_host_on(pass->host, DHT_V4), dht_host_on(pass->host, DHT_V6)};
	enum dht_outcome outcome = dht_answer_outcome(&w->answer, on);

	/* A proof of IPv6 alone will be no zero the next time either. */
	if (outcome != DHT_FOUND && dht_answer_failed(&w->answer) && !w->last)
		try_again(pass, w->target);
	else
		put_sample(pass, w, outcome);
	give_work(pass, at);
}

static void take_result(void *context, const struct dht_result *r)
{
	struct pass *pass = context;
	struct work *w = &pass->works[r->user];

	if (pass->stopped)
		return;
	dht_answer_add(&w->answer, r);
	if (r->outcome == DHT_FOUND || r->outcome == DHT_NONE)
		dht_near_put(pass->near[r->family], w->target, r->near, r->near_len);
	if (--w->open == 0)
		end_work(pass, (uint32_t)r->user);
}

static void look_up(struct pass *pass, uint32_t target, bool last)
{
	uint32_t at = take_work(pass);
	struct work *w = &pass->works[at];

	w->target = target;
	w->last = last;
	for (int i = 0; i < DHT_FAMILIES; i++) {
		struct dht_ask ask = {.family = i, .user = at};

		if (!pass->families[i])
			continue;
		memcpy(ask.target, pass->targets[target].hash, sizeof(ask.target));
		ask.near = dht_near_get(pass->near[i], target, &ask.near_len);
		w->open += dht_host_look_up(pass->host, &ask) == 0;
	}
	if (!w->open)
		end_work(pass, at);
}

/* ---- all of them ---- */

/* Those that are tried again come when their time has, before others. */
static bool next_target(struct pass *pass, uint32_t *target, bool *last)
{
	const struct again *a = &pass->again[pass->again_first];

	*last = pass->again_first < pass->again_count && a->at_ms <= now_ms(pass);
	if (*last) {
		*target = a->target;
		pass->again_first++;
		return true;
	}
	if (pass->next == pass->count)
		return false;
	*target = pass->order[pass->next++];
	return true;
}

/* Which DHTs can be asked, and from where. */
static void begin(struct pass *pass)
{
	pass->warm = true;
	pass->nobody = true;
	for (int i = 0; i < DHT_FAMILIES; i++) {
		pass->families[i] = dht_host_has(pass->host, i);
		pass->nobody &= !pass->families[i];
		if (pass->families[i])
			pass->near[i] = dht_near_load(pass->world.catalog, i, pass->targets, pass->count);
	}
}

static void fill(void *context)
{
	struct pass *pass = context;
	uint32_t need, target;
	bool last;

	if (pass->stopped || pass->over)
		return;
	if (!pass->warm)
		begin(pass);
	need = (uint32_t)(pass->families[DHT_V4] + pass->families[DHT_V6]);
	while (!pass->nobody && dht_host_room(pass->host) >= need && next_target(pass, &target, &last))
		look_up(pass, target, last);
	if (is_done(pass))
		loop_timer_in(pass->world.loop, &pass->turn, 0);
	else if (!pass->in_flight && pass->again_first < pass->again_count)
		loop_timer_at(pass->world.loop, &pass->turn, pass->again[pass->again_first].at_ms);
}

/* ---- beginning ---- */

/* BEP 27: a private torrent's hash is told to nobody but its trackers. */
static void leave_private_out(struct pass *pass, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!pass->targets[i].private)
			pass->targets[pass->count++] = pass->targets[i];
	pass->private = count - pass->count;
}

static int by_key(const void *a, const void *b, void *context)
{
	const struct catalog_target *targets = context;

	return memcmp(targets[*(const uint32_t *)a].hash, targets[*(const uint32_t *)b].hash, INFO_HASH);
}

/* Neighbours share their way through the DHT; but were the whole list in this order, an early end would always leave
 * out the same. */
static void make_order(struct pass *pass)
{
	pass->order = xreallocarray(NULL, pass->count + 1, sizeof(*pass->order));
	pass->again = xreallocarray(NULL, pass->count + 1, sizeof(*pass->again));
	for (size_t i = 0; i < pass->count; i++)
		pass->order[i] = (uint32_t)i;
	for (size_t i = 0; i < pass->count; i += BATCH)
		qsort_r(pass->order + i, pass->count - i < BATCH ? pass->count - i : BATCH, sizeof(*pass->order),
			by_key, pass->targets);
}

static void tell_geo(void *context, bool problem, const char *line)
{
	struct pass *pass = context;

	if (problem)
		said_tell(pass->world.said, log_warn, "%s", line);
}

static int open_databases(struct pass *pass, struct err *err)
{
	const struct conf *conf = pass->world.conf;
	struct locate_ask ask = {
		.paths = conf->geoip.databases.items,
		.count = conf->geoip.databases.count,
		.named = conf->geoip.named,
		.wall = loop_now(pass->world.loop).wall,
		.note = tell_geo,
		.arg = pass,
	};

	pass->locate = locate_new();
	return locate_open(pass->locate, &ask, err);
}

static int open_host(struct pass *pass, struct err *err)
{
	const struct pass_world *w = &pass->world;
	struct dht_host_world world = {w->loop, w->resolve, w->conf, w->catalog, w->said};
	struct dht_host_events events = {.ready = fill, .ended = take_result, .context = pass};

	if (w->conf->proxy.enforce || !pass->count)
		return 0;
	return dht_host_open(&world, &events, &pass->host, err);
}

static int prepare(struct pass *pass, struct err *err)
{
	const char **names = command_names(pass->world.conf, pass->world.collections);
	int64_t count = catalog_targets(pass->world.catalog, names, CATALOG_DHT, &pass->targets, err);
	int rc;

	free(names);
	if (count < 0)
		return (int)count;
	leave_private_out(pass, (size_t)count);
	make_order(pass);
	said_begin(pass->world.said);
	rc = open_databases(pass, err);
	return rc ? rc : open_host(pass, err);
}

static void free_pass(struct pass *pass)
{
	if (!pass)
		return;
	loop_timer_stop(pass->world.loop, &pass->turn);
	dht_host_free(pass->host);
	for (uint32_t i = 0; i < pass->work_count; i++)
		dht_answer_done(&pass->works[i].answer);
	for (int i = 0; i < DHT_FAMILIES; i++)
		dht_near_free(pass->near[i]);
	locate_free(pass->locate);
	free(pass->works);
	free(pass->again);
	free(pass->order);
	free(pass->targets);
	free(pass);
}

static struct pass *start(const struct pass_world *world, void (*ended)(void *context), void *context, struct err *err)
{
	struct pass *pass = xcalloc(1, sizeof(*pass));

	pass->world = *world;
	pass->ended = ended;
	pass->context = context;
	pass->turn = (struct loop_timer){.fire = take_turn, .context = pass};
	pass->began_ms = now_ms(pass);
	pass->work_free = NOWHERE;
	if (prepare(pass, err)) {
		free_pass(pass);
		return NULL;
	}
	loop_timer_in(world->loop, &pass->turn, 0);
	return pass;
}

static void stop(struct pass *pass)
{
	pass->stopped = true;
	if (!pass->over)
		loop_timer_in(pass->world.loop, &pass->turn, 0);
}

/* ---- what can be seen of it ---- */

static void progress(const struct pass *pass, struct pass_progress *progress)
{
	const struct dht *d = pass->host ? dht_host_engine(pass->host) : NULL;
	size_t again = pass->again_count - pass->again_first;
	char live[STR_NUMBER];
	unsigned nodes;

	*progress = (struct pass_progress){.done = done_of(pass), .total = pass->count};
	if (!d)
		return;
	nodes = dht_live(d, DHT_V4) + dht_live(d, DHT_V6);
	str_count(nodes, live);
	if (!pass->warm)
		snprintf(progress->note, sizeof(progress->note),
			 _n("warming up: %s node", "warming up: %s nodes", nodes), live);
	else if (!pass->in_flight && again)
		snprintf(progress->note, sizeof(progress->note), _("%zu will be tried once more"), again);
	else
		snprintf(progress->note, sizeof(progress->note),
			 _n("%llu found, %llu none, %s node", "%llu found, %llu none, %s nodes", nodes),
			 (unsigned long long)pass->outcomes[DHT_FOUND], (unsigned long long)pass->outcomes[DHT_NONE],
			 live);
}

static void add_count(struct buf *out, const char *format, uint64_t count)
{
	char number[STR_NUMBER];

	str_count(count, number);
	buf_printf(out, format, number);
}

static void add_duration(struct buf *out, int64_t ms)
{
	int64_t s = (ms + 999) / 1000;

	if (s >= 3600)
		buf_printf(out, "%lld h %lld min", (long long)s / 3600, (long long)s / 60 % 60);
	else if (s >= 60)
		buf_printf(out, "%lld min %lld s", (long long)s / 60, (long long)s % 60);
	else
		buf_printf(out, "%lld s", (long long)s);
}

static void add_outcomes(struct buf *out, const struct pass *pass)
{
	add_count(out, _(": %s found"), pass->outcomes[DHT_FOUND]);
	add_count(out, _(", %s none"), pass->outcomes[DHT_NONE]);
	add_count(out, _(", %s unreachable"), pass->outcomes[DHT_UNREACHABLE]);
	if (pass->outcomes[DHT_TIMED_OUT])
		add_count(out, _(", %s timed out"), pass->outcomes[DHT_TIMED_OUT]);
	if (pass->stopped)
		add_count(out, _(", %s left"), pass->count - done_of(pass));
}

static void add_effort(struct buf *out, const struct pass *pass)
{
	int64_t ms = (pass->over ? pass->ended_ms : now_ms(pass)) - pass->began_ms;
	double rate = ms > 0 ? (double)done_of(pass) * 1000 / (double)ms : 0;

	add_count(out, _n("; %s packet in ", "; %s packets in ", pass->packets), pass->packets);
	add_duration(out, ms);
	buf_printf(out, _(" (%.*f torrents/s)"), rate < 10, rate);
	if (pass->stopped)
		buf_puts(out, _("; stopped before the end"));
}

static void summary(const struct pass *pass, struct buf *out)
{
	buf_puts(out, "dht: ");
	add_count(out, _n("%s torrent", "%s torrents", pass->count), pass->count);
	if (pass->world.conf->proxy.enforce) {
		buf_puts(out, _("; the DHT is off ([proxy] enforce): none was looked up"));
	} else if (pass->nobody) {
		buf_puts(out,
			 _("; no node of the DHT answered, none was looked up: is UDP let out, and is [dht] bootstrap "
			   "right?"));
	} else {
		add_outcomes(out, pass);
		add_effort(out, pass);
	}
	if (pass->private)
		add_count(out, _n("; %s private one left out", "; %s private ones left out", pass->private),
			  pass->private);
}

static bool good(const struct pass *pass)
{
	uint64_t results = pass->outcomes[DHT_FOUND] + pass->outcomes[DHT_NONE];

	return pass->stopped || pass->world.conf->proxy.enforce || !pass->count || (!pass->nobody && results > 0);
}

const struct pass_ops pass_dht = {
	.name = "dht",
	.unit = N_("torrents"),
	.start = start,
	.progress = progress,
	.stop = stop,
	.summary = summary,
	.good = good,
	.free = free_pass,
};
