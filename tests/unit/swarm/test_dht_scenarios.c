/* Plays tests/replay/dht-*.scn with a fake clock: lookups of the hash 8000... among the nodes of dht_story.h, or in the
 * large networks of dht_large.h. Times are milliseconds. Beside the lines of those nodes and networks:
 *
 *	warm up [both]      who is asked for nodes, and of which families; both: so is the other DHT, whose router says
 *	                    nothing. Without this line it comes before the first lookup, untold
 *	next run N          what was learned is saved, the machine starts anew, and N seconds later another engine
 *	                    loads it: a warm-up without any router, and who is asked for nodes
 *	outage FROM TO      nothing arrives anywhere between
 *	stall FROM MS       the program does nothing then; what arrives is read first thing afterwards
 *	budget N M          packets a second in all, and to one address; 0 = no limit, as where there is no such line
 *	look up [quiet] [near] [other] [another] [hasty] [times N]   quiet: without the packets; near: beginning with
 *	                    the closest nodes of the last one; other: in the other DHT; another: of another hash;
 *	                    hasty: what is on its way when it ends comes during the next one; times: N of them at
 *	                    once, told in one line
 *	> ...               what must have happened: who was asked when, how it ended, what was counted */
#include <errno.h>
#include <inttypes.h>

#include "core/udp.h"
#include "dht_large.h"
#include "dht_story.h"
#include "scenario.h"
#include "swarm/dht.h"

enum { QUEUE = 2048, START = 7000000, WALL = 1800000000, STEPS = 100000, SHOWN = 16, SAVED = 1 << 20 };

struct datagram {
	int64_t at;
	struct compact_peer from;
	bool refused;
	size_t len;
	uint8_t bytes[UDP_DATAGRAM];
};

struct story {
	struct scenario scenario;
	struct dht_story nodes;
	struct dht_large large;
	struct datagram queue[QUEUE];
	size_t queued, most; /* most: on their way at once */
	struct dht *dht;
	int64_t now, began, wake, outage_from, outage_to, stall_from, stall_ms;
	bool asked, quiet, hasty, warming; /* asked: the first lookup has begun; warming: that is told */
	double rate, each;
	uint64_t runs; /* before this one */
	int64_t later; /* seconds that the clock on the wall is ahead of WALL, without those of this run */
	uint32_t times, pending, ended[4]; /* ended: by outcome */
	int64_t told; /* packets of this time are in the line that is being written; -1 = there is none */
	uint8_t near[DHT_NEAR_BYTES];
	size_t near_len;
};

static const uint8_t hash[INFO_HASH] = {0x80};

static enum dht_family family_of(const struct story *s)
{
	return s->nodes.v6 ? DHT_V6 : DHT_V4;
}

static enum dht_family other_of(const struct story *s)
{
	return s->nodes.v6 ? DHT_V4 : DHT_V6;
}

/* ---- datagrams ---- */

/* Long ones are cut, as core/udp.h does. */
static void queue(void *context, int64_t in, const struct compact_peer *from, const void *bytes, size_t len)
{
	struct story *s = context;
	struct datagram *d = &s->queue[s->queued];

	if (s->queued == QUEUE)
		scenario_bail(&s->scenario, "too many datagrams are on their way");
	s->queued++;
	s->most = s->queued > s->most ? s->queued : s->most;
	*d = (struct datagram){.at = s->now + in, .from = *from, .refused = !bytes};
	d->len = len < sizeof(d->bytes) ? len : sizeof(d->bytes);
	if (d->len)
		memcpy(d->bytes, bytes, d->len);
}

/* One line for all that is asked at one time. */
static void tell_query(struct story *s, const char *name, const char *what)
{
	if (s->quiet)
		return;
	if (s->told != s->now)
		buf_printf(&s->scenario.happened, "%s%d asks", s->told < 0 ? "" : "\n", (int)(s->now - s->began));
	s->told = s->now;
	buf_printf(&s->scenario.happened, " %s%s", name, what);
}

static void end_line(struct story *s)
{
	if (s->told >= 0)
		buf_puts(&s->scenario.happened, "\n");
	s->told = -1;
}

static int send_query(void *context, const struct ip *to, uint16_t port, const void *bytes, size_t len)
{
	struct story *s = context;
	struct compact_peer at = {*to, port};
	const char *name = dht_story_name(&s->nodes, &at);
	bool scrape = memmem(bytes, len, "6:scrapei1e", 11) != NULL, get, want;
	struct krpc_message q;

	if (krpc_read(bytes, len, &q) || !q.read_only)
		scenario_bail(&s->scenario, "the engine sent a query that is none, or not read-only");
	get = q.method.bytes[0] == 'g';
	if (!get && q.method.bytes[0] != 'f')
		scenario_bail(&s->scenario, "the engine sent something else than questions for nodes and peers");
	want = memmem(bytes, len, "4:want", 6) != NULL;
	if (get && want)
		scenario_bail(&s->scenario, "the engine wants nodes of both families in a lookup");
	if (get || s->warming)
		tell_query(s, name, get && !scrape ? " (plain)" : want ? " (both families)" : "");
	if (s->asked && s->now - s->began >= s->outage_from && s->now - s->began < s->outage_to)
		return 0;
	if (dht_story_bans(&s->nodes, &at, s->now))
		return 0;
	if (!dht_story_asked(&s->nodes, &at, &q, get, scrape, queue, s))
		scenario_bail(&s->scenario, "the words of an answer cannot be understood");
	return 0;
}

/* ---- time ---- */

static void deliver(struct story *s, const struct datagram *d)
{
	if (d->refused)
		dht_refused(s->dht, &d->from.ip, d->from.port, s->now);
	else
		dht_packet(s->dht, &d->from.ip, d->from.port, d->bytes, d->len, s->now);
}

/* To the next thing that happens; during a stall nothing does. False: nothing will. */
static bool step(struct story *s)
{
	int64_t next = s->wake, stalled = s->began + s->stall_from;

	for (size_t i = 0; i < s->queued; i++)
		next = s->queue[i].at < next ? s->queue[i].at : next;
	if (next == INT64_MAX)
		return false;
	if (s->asked && next >= stalled && next < stalled + s->stall_ms)
		next = stalled + s->stall_ms;
	s->now = next > s->now ? next : s->now;
	for (size_t i = 0; i < s->queued;) {
		struct datagram d = s->queue[i];

		if (d.at > s->now) {
			i++;
			continue;
		}
		memmove(&s->queue[i], &s->queue[i + 1], (--s->queued - i) * sizeof(d));
		deliver(s, &d);
	}
	s->wake = dht_tick(s->dht, s->now);
	return true;
}

static const char *const outcomes[] = {"found", "none", "unreachable", "timed out"};

static void take_end(void *context, const struct dht_result *r)
{
	struct story *s = context;
	struct buf *out = &s->scenario.happened;
	char text[IP_TEXT];

	s->pending--;
	s->ended[r->outcome]++;
	if (s->times > 1)
		return;
	end_line(s);
	buf_printf(out, "%d %s", (int)(s->now - s->began), outcomes[r->outcome]);
	if (r->address_count > SHOWN)
		buf_printf(out, " %u addresses", r->address_count);
	for (uint32_t i = 0; i < r->address_count && r->address_count <= SHOWN; i++) {
		ip_format(&r->addresses[i], text);
		buf_printf(out, " %s", text);
	}
	buf_printf(out, ": %u of %u answered, %u packets", r->answered, r->asked, r->packets);
	if (r->seeds >= 0 || r->peers >= 0)
		buf_printf(out, ", %d seeds, %d peers", r->seeds, r->peers);
	buf_puts(out, "\n");
	s->near_len = r->near_len;
	memcpy(s->near, r->near, r->near_len);
}

static void tell_all(struct story *s)
{
	end_line(s);
	buf_printf(&s->scenario.happened, "%d all of %u:", (int)(s->now - s->began), s->times);
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		if (s->ended[i])
			buf_printf(&s->scenario.happened, " %u %s", s->ended[i], outcomes[i]);
	buf_printf(&s->scenario.happened, "; %zu answers on their way at most\n", s->most);
}

static void tell_counters(struct story *s, const struct dht_counters *before)
{
	static const struct {
		const char *name;
		size_t at;
	} rows[] = {
#define ROW(name) {#name, offsetof(struct dht_counters, name)}
		ROW(again),        ROW(unsent),   ROW(errors),    ROW(queries),  ROW(malformed), ROW(bad_tid),
		ROW(wrong_source), ROW(martians), ROW(port_zero), ROW(port_one), ROW(selves),    ROW(crowded),
		ROW(poisoned),     ROW(silent),
	};
	const struct dht_counters *now = dht_counters(s->dht);
	bool any = false;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t diff = *(const uint64_t *)((const char *)now + rows[i].at) -
				*(const uint64_t *)((const char *)before + rows[i].at);

		if (diff)
			buf_printf(&s->scenario.happened, "%s %s %" PRIu64, any ? "," : "counted:", rows[i].name, diff);
		any |= diff > 0;
	}
	if (any)
		buf_puts(&s->scenario.happened, "\n");
}

static void begin_engine(struct story *s)
{
	struct dht_config config = {.allow_private = s->nodes.private,
				    .rate = s->rate,
				    .rate_per_address = s->each,
				    .seed = {3 + s->runs, 4}};
	struct dht_events events = {send_query, take_end, s};

	s->dht = dht_new(&config, &events, s->now);
}

static void warm_up(struct story *s, bool both)
{
	struct compact_peer router = dht_story_router(&s->nodes), other = dht_story_other_router(&s->nodes);

	begin_engine(s);
	dht_router(s->dht, &router.ip, router.port);
	dht_warm_up(s->dht, family_of(s), s->now);
	if (both) {
		dht_router(s->dht, &other.ip, other.port);
		dht_warm_up(s->dht, other_of(s), s->now);
	}
	s->wake = dht_tick(s->dht, s->now);
	while (!(dht_warm(s->dht, family_of(s)) && (!both || dht_warm(s->dht, other_of(s)))) && step(s))
		;
}

static void load(struct story *s, const struct buf *nodes, const struct buf *dead)
{
	int64_t wall = WALL + s->later;

	begin_engine(s);
	dht_load_dead(s->dht, buf_str(dead), dead->len, s->now, wall);
	dht_load(s->dht, family_of(s), buf_str(nodes), nodes->len, wall);
	dht_warm_up(s->dht, family_of(s), s->now);
	s->wake = dht_tick(s->dht, s->now);
	while (!dht_warm(s->dht, family_of(s)) && step(s))
		;
}

static void begin_warming(struct story *s)
{
	scenario_runs(&s->scenario);
	s->warming = true;
	s->asked = false;
	s->began = s->now;
	s->told = -1;
}

static void end_warming(struct story *s)
{
	end_line(s);
	s->warming = false;
	buf_printf(&s->scenario.happened, "%d warm: %u nodes\n", (int)(s->now - s->began),
		   dht_live(s->dht, family_of(s)));
}

static bool tell_warm_up(struct story *s, bool both)
{
	if (s->dht)
		return false;
	begin_warming(s);
	warm_up(s, both);
	end_warming(s);
	return true;
}

/* The new engine's clock begins anew, as after the start of a machine. */
static bool next_run(struct story *s, const char *seconds)
{
	int64_t wall = WALL + s->later + (s->now - START) / 1000;
	struct buf nodes, dead;

	if (!s->dht)
		return false;
	buf_init(&nodes, SAVED);
	buf_init(&dead, SAVED);
	dht_save(s->dht, family_of(s), s->now, wall, &nodes);
	dht_save_dead(s->dht, s->now, wall, &dead);
	dht_free(s->dht);
	s->later = wall - WALL + strtol(seconds, NULL, 10);
	s->now = START;
	s->runs++;
	s->queued = 0;
	s->quiet = false;
	begin_warming(s);
	load(s, &nodes, &dead);
	end_warming(s);
	buf_done(&nodes);
	buf_done(&dead);
	return true;
}

static bool play_large(struct story *s, char **words, size_t count)
{
	scenario_runs(&s->scenario);
	return dht_large_read(&s->large, words, count, &s->scenario.happened);
}

static bool read_look_up(struct story *s, char **words, size_t count, struct dht_ask *ask)
{
	s->quiet = s->hasty = false;
	s->times = 1;
	for (size_t i = 1; i < count; i++) {
		if (strcmp(words[i], "quiet") == 0)
			s->quiet = true;
		else if (strcmp(words[i], "near") == 0)
			ask->near = s->near;
		else if (strcmp(words[i], "other") == 0)
			ask->family = other_of(s);
		else if (strcmp(words[i], "another") == 0)
			ask->target[INFO_HASH - 1] = 1;
		else if (strcmp(words[i], "hasty") == 0)
			s->hasty = true;
		else if (strcmp(words[i], "times") == 0 && i + 1 < count)
			s->times = (uint32_t)strtoul(words[++i], NULL, 10);
		else if (strcmp(words[i], "up") != 0)
			return false;
	}
	ask->near_len = s->near_len;
	return true;
}

static bool look_up(struct story *s, char **words, size_t count)
{
	struct dht_ask ask = {.family = family_of(s)};
	struct dht_counters before;

	memcpy(ask.target, hash, sizeof(hash));
	if (!read_look_up(s, words, count, &ask))
		return false;
	if (!s->dht)
		warm_up(s, false);
	before = *dht_counters(s->dht);
	scenario_runs(&s->scenario);
	s->began = s->now;
	s->asked = true;
	s->told = -1;
	if (!dht_story_unasked(&s->nodes, queue, s))
		return false;
	memset(s->ended, 0, sizeof(s->ended));
	s->most = 0;
	for (s->pending = 0; s->pending < s->times && dht_look_up(s->dht, &ask, s->now) == 0;)
		s->pending++;
	if (s->pending < s->times)
		buf_printf(&s->scenario.happened, "not begun: %u\n", s->times - s->pending);
	s->wake = dht_tick(s->dht, s->now);
	/* Also what comes when it has ended. */
	for (unsigned steps = 0; steps < STEPS && (s->pending || !s->hasty) && step(s); steps++)
		;
	if (s->times > 1)
		tell_all(s);
	end_line(s);
	tell_counters(s, &before);
	return !s->pending;
}

/* ---- reading a story ---- */

static bool read_budget(struct story *s, char **words, size_t count)
{
	if (count != 3 || s->dht)
		return false;
	s->rate = strtod(words[1], NULL);
	s->each = strtod(words[2], NULL);
	return true;
}

static bool read_times(struct story *s, char **words, size_t count)
{
	bool stall = strcmp(words[0], "stall") == 0;

	if (count != 3)
		return false;
	*(stall ? &s->stall_from : &s->outage_from) = strtol(words[1], NULL, 10);
	*(stall ? &s->stall_ms : &s->outage_to) = strtol(words[2], NULL, 10);
	return true;
}

static bool read_line(void *story, char *line)
{
	struct story *s = story;
	char *words[SCENARIO_WORDS];
	size_t count = scenario_split(line, words);

	if (!count)
		return true;
	if (strcmp(words[0], "network") == 0 || strcmp(words[0], "random") == 0)
		return play_large(s, words, count);
	if (strcmp(words[0], "warm") == 0)
		return tell_warm_up(s, count == 3);
	if (strcmp(words[0], "next") == 0)
		return count == 3 && next_run(s, words[2]);
	if (strcmp(words[0], "look") == 0)
		return look_up(s, words, count);
	if (strcmp(words[0], "budget") == 0)
		return read_budget(s, words, count);
	if (strcmp(words[0], "outage") == 0 || strcmp(words[0], "stall") == 0)
		return read_times(s, words, count);
	return dht_story_read(&s->nodes, words, count);
}

static void begin(void *story)
{
	struct story *s = story;

	s->now = START;
	s->outage_from = s->stall_from = -1;
}

static void end(void *story)
{
	struct story *s = story;

	dht_free(s->dht);
	dht_large_done(&s->large);
}

int main(void)
{
	static const struct scenario_kind kind = {"tests/replay/dht-*.scn", sizeof(struct story), begin, read_line,
						  end};

	return scenario_main(&kind);
}
