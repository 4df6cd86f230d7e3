/* Clocks that jump: rounds after a suspend, intervals at both ends, answers under another date, days of summer time. */
#include "peers/round.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "fake_time.h"
#include "tap.h"
#include "unit/peers/folded.h"
#include "unit/peers/looped.h"

enum { HOUR_MS = 3600000, YEAR = 365 * 86400, START = 1795246200 };

static unsigned asked, over, late;

/* ---- rounds ---- */

static void played_poll(struct source *s)
{
	(void)s;
	asked++;
}

static void played_free(struct source *s)
{
	(void)s;
}

static const struct source_ops ops = {.poll = played_poll, .free = played_free};

static void on_source(void *context, struct source *s)
{
	round_answered(context, s);
}

static void on_failed(void *context, struct source *s)
{
	(void)s;
	round_settle(context);
}

static void on_noted(void *context, struct source *s, bool problem, const char *text)
{
	(void)context, (void)s, (void)problem, (void)text;
}

static void on_late(void *context, struct source *s)
{
	(void)context;
	late++;
	source_late(s);
}

static void on_over(void *context)
{
	(void)context;
	over++;
}

static struct source played;
static struct source *sources[] = {&played};

static void begin(struct round *r, int64_t refresh_ms)
{
	struct source_listener listener = {on_source, on_failed, on_noted, r};

	*r = (struct round){.loop = loop, .sources = sources, .source_count = 1, .refresh_ms = refresh_ms};
	r->late = on_late;
	r->over = on_over;
	asked = over = late = 0;
	played = (struct source){0};
	source_init(&played, &ops, 0, "played", "http://127.0.0.1/", loop, &listener);
	round_start(r);
}

static void end(struct round *r)
{
	round_stop(r);
	source_free(&played);
}

static void test_suspend(void)
{
	struct round r;

	begin(&r, 1000);
	run_for(10);
	is_int(asked, 1, "the first round");
	source_answered(&played);
	is_int(over, 1, "is over");
	/* Eight hours have passed since the next one was due. */
	r.next_ms = loop_now(loop).mono_ms - 8 * (int64_t)HOUR_MS;
	loop_timer_at(loop, &r.timer, r.next_ms);
	run_for(10);
	source_answered(&played);
	run_for(50);
	is_int(asked, 2, "after a suspend of 8 h one round");
	is_int(over, 2, "which ends");
	ok(r.next_ms > loop_now(loop).mono_ms && r.next_ms <= loop_now(loop).mono_ms + 1000, "the next is due in time");
	end(&r);
}

static void test_pause(void)
{
	struct round r;

	begin(&r, 20);
	round_pause(&r, true);
	run_for(100);
	is_int(asked, 0, "nobody is asked in a pause");
	round_refresh(&r, HOUR_MS);
	round_pause(&r, false);
	is_int(asked, 1, "after it at once");
	round_hurry(&r);
	is_int(asked, 1, "who is being asked is not asked again");
	source_answered(&played);
	round_hurry(&r);
	is_int(asked, 2, "in a hurry a round starts");
	source_answered(&played);
	is_int(over, 2, "two rounds are over");
	end(&r);
}

static void test_before(void)
{
	struct round r;

	begin(&r, HOUR_MS);
	round_stop(&r);
	r.timer = (struct loop_timer){.fire = NULL}; /* as it is before the start */
	round_refresh(&r, 20);
	round_hurry(&r);
	run_for(50);
	is_int(asked, 0, "before the start nobody is asked");
	round_start(&r);
	run_for(10);
	is_int(asked, 1, "then at once");
	source_answered(&played);
	run_for(200);
	is_int(asked, 2, "and again after the interval that was set before");
	end(&r);
}

static void test_late(void)
{
	struct round r;

	begin(&r, 30);
	for (int i = 0; i < 100 && !late; i++)
		run_for(10);
	is_int(late, 1, "who has never answered is late when the next round starts");
	is_int(over, 1, "and its round counts once");
	run_for(80);
	is_int(asked, 1, "it is still waited for, not asked again");
	is_int(late, 1, "and late once");
	source_answered(&played);
	ok(!played.status.late && played.status.state == SOURCE_OK, "its answer is taken all the same");
	end(&r);
}

static void test_intervals(void)
{
	static const struct {
		int64_t now, longer, shorter;
	} rows[] = {
		{50, 100, 50},   {100, 200, 100},           {150, 200, 100},           {2000, 5000, 1000},
		{2500, 5000, 2000}, {3600000, 3600000, 1800000}, {7200000, 7200000, 3600000},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct round r = {.refresh_ms = rows[i].now};

		is_int(round_next_interval(&r, true), rows[i].longer, "longer than %lld ms", (long long)rows[i].now);
		is_int(round_next_interval(&r, false), rows[i].shorter, "shorter than %lld ms", (long long)rows[i].now);
	}
}

/* ---- the date jumps ---- */

static void test_date(int64_t jump)
{
	unsigned turn = 0;
	struct fold *f = folded_new(100, &turn);
	const struct address *a;
	struct answer answer;
	char age[CLOCK_TEXT];

	answer_init(&answer);
	add_torrent(&answer, 1, "one");
	add_peer(&answer, IP4(5, 9, 1, 1), 0)->rate_up = 1000;
	fold_answer(f, 0, &answer, (struct fold_time){.mono_ms = 0, .wall = START, .hour = 7});
	fold_answer(f, 0, &answer, (struct fold_time){.mono_ms = 30000, .wall = START + jump, .hour = 7});
	fold_recount(f, START + jump);
	a = address_of(f, IP4(5, 9, 1, 1));
	is_int(a->last_seen, START + jump, "a jump by %lld s: last seen is by the new date", (long long)jump);
	is_int(a->first_seen, START, "first seen stays as it was told");
	is_int(f->torrents[1].first_seen, START, "with torrents too");
	is_int(f->torrents[1].last_seen, START + jump, "and their last seen moves");
	is_int(a->bytes_up, 30000, "bytes are by the clock that does not jump");
	is_int(f->sightings, 2, "both polls count");
	clock_age(START + jump - (int64_t)a->last_seen, age);
	is_str(age, "0 s", "seen just now");
	clock_age(-YEAR, age);
	is_str(age, "0 s", "an age is never negative");
	answer_done(&answer);
	fold_free(f);
}

/* ---- days of 23 and 25 hours ---- */

/* One peer, a poll each 30 s, from local midnight to local midnight. */
static void test_day(const char *name, int64_t midnight, int hours, unsigned at_two)
{
	unsigned turn = 0;
	struct fold *f = folded_new(100, &turn);
	struct answer answer;
	uint64_t sum = 0;

	answer_init(&answer);
	add_torrent(&answer, 1, "one");
	add_peer(&answer, IP4(5, 9, 1, 1), 0);
	for (int64_t wall = midnight; wall < midnight + hours * 3600; wall += 30)
		fold_answer(f, 0, &answer,
			    (struct fold_time){
				    .mono_ms = (wall - midnight) * 1000, .wall = wall, .hour = clock_hour(wall)});
	is_int(f->hours[2], at_two, "%s: polls in hour 02", name);
	is_int(f->hours[1], 120, "%s: in hour 01", name);
	is_int(f->hours[3], 120, "%s: in hour 03", name);
	for (int i = 0; i < 24; i++)
		sum += f->hours[i];
	is_int(sum, hours * 120, "%s: none is lost", name);
	is_int(f->hours[23], 120, "%s: the day ends at midnight", name);
	answer_done(&answer);
	fold_free(f);
}

static void test_days(void)
{
	/* By rule where there is no tzdata: the same days. */
	bool rome = access("/usr/share/zoneinfo/Europe/Rome", R_OK) == 0;

	setenv("TZ", rome ? "Europe/Rome" : "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	test_day("2026-03-29", 1774738800, 23, 0);
	test_day("2026-10-25", 1792879200, 25, 240);
}

int main(void)
{
	alarm(60);
	loop = loop_new();
	test_suspend();
	test_pause();
	test_before();
	test_late();
	test_intervals();
	test_date(YEAR);
	test_date(-YEAR);
	test_days();
	loop_free(loop);
	return tap_done();
}
