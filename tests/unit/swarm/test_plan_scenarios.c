/* Plays tests/replay/plan-*.scn with a fake clock: stories of trackers that answer, fail, are told apart and come back.
 *
 *	seed 7                                        of the shuffle
 *	torrent a b c / private p                     their names are single words
 *	tracker URL [tier N] [failures N] [tried -S] : a b    who names it; "extra URL" is asked for all public ones
 *	URL answers a=5/1/3 b=0/0/0 [in S]            seeders/leechers/completed; what is not named is unknown
 *	URL fails no answer [in S] [but a=5/1/3]      what it told before it failed
 *	URL answers a=5/1/3 wants S                   likewise fails: it wants to be left alone for so long
 *	drop URL : a b                                they name it no more
 *	no-udp                                        UDP trackers are off
 *	stop S                                        the next pass is ended after so many seconds
 *	pass S                                        runs one, S seconds after the beginning
 *	> ...                                         what must have happened in it, line by line
 *
 * A URL without a behaviour answers, and knows nothing. */
#include <errno.h>

#include "scenario.h"
#include "swarm/plan.h"

enum { NAMES = 64, URLS = 64, LINKS = 512, FLIGHTS = PLAN_FLIGHT, START = 1000000 };

struct behaviour {
	bool fails;
	char error[64];
	unsigned takes; /* seconds */
	int64_t wants;
	bool known[NAMES];
	struct probe_row rows[NAMES];
};

/* The latest answer of a tracker for a torrent. */
struct said {
	struct probe_row row;
	int64_t at; /* 0 = none */
};

struct flight {
	struct plan_job job;
	int64_t ends;
	uint32_t tracker;
};

struct story {
	struct scenario scenario;
	struct catalog_target targets[NAMES];
	char names[NAMES][16];
	size_t name_count;
	struct catalog_tracker trackers[URLS];
	struct behaviour behaviours[URLS];
	size_t tracker_count;
	struct catalog_link links[LINKS];
	size_t link_count;
	struct said said[URLS][NAMES];
	uint32_t extras[URLS];
	size_t extra_count;
	uint64_t seed;
	bool no_udp;
	int64_t now, stop; /* stop: seconds after the start of a pass, 0 = never */
	struct plan *plan;
	struct flight flights[FLIGHTS];
	size_t flight_count;
};

/* ---- names ---- */

static uint32_t torrent_named(const struct story *s, const char *name, size_t len)
{
	for (uint32_t i = 0; i < s->name_count; i++)
		if (strlen(s->names[i]) == len && memcmp(s->names[i], name, len) == 0)
			return i;
	scenario_bail(&s->scenario, "there is no torrent of that name");
	return 0;
}

static uint32_t torrent_of(const struct story *s, const uint8_t hash[INFO_HASH])
{
	return torrent_named(s, (const char *)hash, strnlen((const char *)hash, INFO_HASH));
}

static uint32_t tracker_named(struct story *s, const char *url)
{
	uint32_t i = 0;

	while (i < s->tracker_count && strcmp(s->trackers[i].url, url) != 0)
		i++;
	if (i == s->tracker_count) {
		s->trackers[i] = (struct catalog_tracker){.id = i + 1, .url = xstrdup(url)};
		s->tracker_count++;
	}
	return i;
}

static void add_torrent(struct story *s, const char *name, bool private)
{
	struct catalog_target *target = &s->targets[s->name_count];

	*target = (struct catalog_target){.id = (int64_t)s->name_count + 1, .private = private};
	memcpy(target->hash, name, strlen(name));
	snprintf(s->names[s->name_count++], sizeof(s->names[0]), "%s", name);
}

/* ---- what happens ---- */

static int64_t clock_of(const struct story *s)
{
	return s->now - START;
}

static void on_answer(void *context, uint32_t torrent, uint32_t tracker, const struct probe_row *row, int64_t now)
{
	struct story *s = context;

	s->said[tracker][torrent] = (struct said){*row, now};
	if (!probe_row_says(row, true)) {
		buf_printf(&s->scenario.happened, "%d %s of %s: in doubt\n", (int)(now - START), s->names[torrent],
			   s->trackers[tracker].url);
		return;
	}
	buf_printf(&s->scenario.happened, "%d %s of %s: %d/%d/%d\n", (int)(now - START), s->names[torrent],
		   s->trackers[tracker].url, row->seeders, row->leechers, row->completed);
}

static void on_result(void *context, uint32_t torrent, const struct plan_result *r)
{
	struct story *s = context;

	if (r->tracker == PLAN_NONE) {
		buf_printf(&s->scenario.happened, "%d result %s unknown\n", (int)clock_of(s), s->names[torrent]);
		return;
	}
	buf_printf(&s->scenario.happened, "%d result %s %d/%d/%d by %s at %d%s\n", (int)clock_of(s), s->names[torrent],
		   r->seeders, r->leechers, r->completed, s->trackers[r->tracker].url, (int)(r->at - START),
		   r->old ? ", before" : "");
}

static void on_health(void *context, uint32_t tracker)
{
	struct story *s = context;
	const struct catalog_tracker *t = &s->trackers[tracker];

	if (t->failures)
		buf_printf(&s->scenario.happened, "%d %s has failed %u in a row: %s\n", (int)clock_of(s), t->url,
			   t->failures, t->error);
}

static void on_recall(void *context, uint32_t tracker, int64_t since, plan_recall_fn *take, void *taker)
{
	const struct story *s = context;

	for (uint32_t i = 0; i < s->name_count; i++)
		if (s->said[tracker][i].at && s->said[tracker][i].at >= since)
			take(taker, i, &s->said[tracker][i].row, s->said[tracker][i].at);
}

/* Only if there was something. */
static void on_unsaid(void *context, uint32_t tracker, const uint32_t *torrents, size_t count)
{
	struct story *s = context;

	for (size_t i = 0; i < count; i++) {
		struct said *said = &s->said[tracker][torrents[i]];

		if (said->at)
			buf_printf(&s->scenario.happened, "%d %s takes back %s\n", (int)clock_of(s),
				   s->trackers[tracker].url, s->names[torrents[i]]);
		said->at = 0;
	}
}

static void begin_job(struct story *s, const struct plan_job *job)
{
	struct flight *flight = &s->flights[s->flight_count++];

	*flight = (struct flight){.job = *job, .tracker = tracker_named(s, job->url->text)};
	flight->ends = s->now + s->behaviours[flight->tracker].takes;
	buf_printf(&s->scenario.happened, "%d ask %s%s:", (int)clock_of(s), job->suspect ? "suspect " : "",
		   job->url->text);
	for (size_t i = 0; i < job->count; i++)
		buf_printf(&s->scenario.happened, " %s", s->names[torrent_of(s, job->hashes[i])]);
	buf_puts(&s->scenario.happened, "\n");
}

static void end_job(struct story *s, const struct flight *flight)
{
	const struct behaviour *b = &s->behaviours[flight->tracker];

	for (size_t i = 0; i < flight->job.count; i++) {
		uint32_t torrent = torrent_of(s, flight->job.hashes[i]);

		if (b->known[torrent])
			plan_row(s->plan, flight->job.id, i, &b->rows[torrent], s->now);
	}
	if (b->fails)
		buf_printf(&s->scenario.happened, "%d %s fails\n", (int)clock_of(s), s->trackers[flight->tracker].url);
	plan_end(s->plan, flight->job.id, &(struct probe_end){b->fails ? -ETIMEDOUT : 0, b->error, 20, b->wants},
		 s->now);
}

/* The job that ends first; of several the one that began first. */
static struct flight take_flight(struct story *s)
{
	struct flight taken;
	size_t first = 0;

	for (size_t i = 1; i < s->flight_count; i++)
		if (s->flights[i].ends < s->flights[first].ends)
			first = i;
	taken = s->flights[first];
	memmove(&s->flights[first], &s->flights[first + 1], (s->flight_count - first - 1) * sizeof(taken));
	s->flight_count--;
	return taken;
}

static void tell_counts(struct story *s)
{
	struct plan_counts c;

	plan_count(s->plan, &c);
	buf_printf(&s->scenario.happened, "%d end: %zu of %zu torrents told", (int)clock_of(s), c.told, c.torrents);
	if (c.unasked)
		buf_printf(&s->scenario.happened, ", %zu left", c.unasked);
	buf_printf(&s->scenario.happened, ", %zu of %zu trackers answered, %zu resting", c.answered, c.trackers,
		   c.resting);
	if (c.waiting)
		buf_printf(&s->scenario.happened, ", %zu waiting", c.waiting);
	buf_puts(&s->scenario.happened, "\n");
}

static void run_pass(struct story *s, int64_t start)
{
	struct plan_world world = {s->targets,    s->name_count, s->trackers,    s->tracker_count, s->links,
				   s->link_count, s->extras,     s->extra_count, s->no_udp,        s->seed};
	struct plan_events events = {on_answer, on_result, on_health, on_recall, on_unsaid, s};
	int64_t end = s->stop ? START + start + s->stop : INT64_MAX;
	struct plan_job job;

	s->now = START + start;
	s->flight_count = 0;
	scenario_runs(&s->scenario);
	s->plan = plan_new(&world, &events);
	while (!plan_is_done(s->plan)) {
		struct flight flight;

		while (plan_next(s->plan, s->now, &job))
			begin_job(s, &job);
		if (!s->flight_count)
			break;
		flight = take_flight(s);
		s->now = flight.ends < end ? flight.ends : end;
		if (s->now == end)
			break;
		end_job(s, &flight);
	}
	ok(s->stop || plan_is_done(s->plan), "the plan comes to its end");
	plan_finish(s->plan);
	tell_counts(s);
	plan_free(s->plan);
	s->plan = NULL;
	s->stop = 0;
}

/* ---- reading a story ---- */

/* "a=5/1/3" */
static bool read_row(struct story *s, struct behaviour *b, const char *word)
{
	size_t len = strcspn(word, "=");
	uint32_t torrent = torrent_named(s, word, len);
	struct probe_row *row = &b->rows[torrent];
	int32_t *const values[] = {&row->seeders, &row->leechers, &row->completed};
	const char *at = word + len;

	b->known[torrent] = true;
	for (size_t i = 0; i < 3; i++) {
		char *end;

		if (!*at)
			return false;
		*values[i] = (int32_t)strtol(at + 1, &end, 10);
		at = end;
	}
	return !*at;
}

static bool read_behaviour(struct story *s, char **words, size_t count)
{
	struct behaviour *b = &s->behaviours[tracker_named(s, words[0])];

	*b = (struct behaviour){.fails = strcmp(words[1], "fails") == 0, .takes = 1};
	if (!b->fails && strcmp(words[1], "answers") != 0)
		return false;
	for (size_t i = 2; i < count; i++) {
		size_t used = strlen(b->error);

		if (strcmp(words[i], "in") == 0 && i + 1 < count)
			b->takes = (unsigned)strtoul(words[++i], NULL, 10);
		else if (strcmp(words[i], "wants") == 0 && i + 1 < count)
			b->wants = strtoll(words[++i], NULL, 10);
		else if (strchr(words[i], '=') && !read_row(s, b, words[i]))
			return false;
		else if (b->fails && !strchr(words[i], '=') && strcmp(words[i], "but") != 0)
			snprintf(b->error + used, sizeof(b->error) - used, "%s%s", used ? " " : "", words[i]);
	}
	return true;
}

static bool read_tracker(struct story *s, char **words, size_t count)
{
	uint32_t tracker = tracker_named(s, words[1]);
	uint16_t tier = 0;
	size_t i;

	for (i = 2; i + 1 < count && strcmp(words[i], ":") != 0; i += 2) {
		long number = strtol(words[i + 1], NULL, 10);

		if (strcmp(words[i], "tier") == 0)
			tier = (uint16_t)number;
		else if (strcmp(words[i], "failures") == 0)
			s->trackers[tracker].failures = (unsigned)number;
		else if (strcmp(words[i], "tried") == 0)
			s->trackers[tracker].tried = START + number;
		else
			return false;
	}
	for (i++; i < count; i++)
		s->links[s->link_count++] = (struct catalog_link){
			.torrent = torrent_named(s, words[i], strlen(words[i])), .tracker = tracker, .tier = tier};
	return true;
}

static bool read_drop(struct story *s, char **words, size_t count)
{
	uint32_t tracker = tracker_named(s, words[1]);

	for (size_t i = 3; i < count; i++) {
		uint32_t torrent = torrent_named(s, words[i], strlen(words[i]));
		size_t kept = 0;

		for (size_t k = 0; k < s->link_count; k++)
			if (s->links[k].tracker != tracker || s->links[k].torrent != torrent)
				s->links[kept++] = s->links[k];
		s->link_count = kept;
	}
	return true;
}

static bool read_words(struct story *s, char **words, size_t count)
{
	bool torrents = strcmp(words[0], "torrent") == 0, private = strcmp(words[0], "private") == 0;

	for (size_t i = 1; (torrents || private) && i < count; i++)
		add_torrent(s, words[i], private);
	if (torrents || private)
		return true;
	if (strcmp(words[0], "no-udp") == 0)
		return s->no_udp = true;
	if (count < 2)
		return false;
	if (strcmp(words[0], "tracker") == 0)
		return read_tracker(s, words, count);
	if (strcmp(words[0], "drop") == 0)
		return read_drop(s, words, count);
	if (strstr(words[0], "://"))
		return read_behaviour(s, words, count);
	if (strcmp(words[0], "extra") == 0)
		s->extras[s->extra_count++] = tracker_named(s, words[1]);
	else if (strcmp(words[0], "seed") == 0)
		s->seed = strtoull(words[1], NULL, 10);
	else if (strcmp(words[0], "stop") == 0)
		s->stop = strtol(words[1], NULL, 10);
	else
		return false;
	return true;
}

static void begin(void *story)
{
	struct story *s = story;

	s->seed = 1;
}

static bool read_line(void *story, char *line)
{
	struct story *s = story;
	char *words[SCENARIO_WORDS];
	size_t count = scenario_split(line, words);

	if (count != 2 || strcmp(words[0], "pass") != 0)
		return !count || read_words(s, words, count);
	run_pass(s, strtol(words[1], NULL, 10));
	return true;
}

static void end(void *story)
{
	struct story *s = story;

	for (size_t i = 0; i < s->tracker_count; i++)
		free(s->trackers[i].url);
}

int main(void)
{
	static const struct scenario_kind kind = {"tests/replay/plan-*.scn", sizeof(struct story), begin, read_line,
						  end};

	return scenario_main(&kind);
}
