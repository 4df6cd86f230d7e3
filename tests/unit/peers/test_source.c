/* When a daemon is asked and left alone, and the rounds over several: with daemons that are only played. */
#include "peers/source.h"

#include <unistd.h>

#include "base/buf.h"
#include "base/str.h"
#include "peers/round.h"
#include "fake_time.h"
#include "tap.h"
#include "unit/peers/looped.h"

/* What happened: "?0" asked, "+0" answered, "-0" failed, "!0" late, "." round over. */
static struct buf story;

struct played {
	struct source source; /* first */
	bool silent;
	enum source_state fails; /* SOURCE_OK: does not */
	unsigned asked;
	struct loop_timer answer;
	char login[64];
};

static struct played *played_of(struct source *s)
{
	return (struct played *)s;
}

static void play(void *context)
{
	struct played *p = context;

	if (p->fails != SOURCE_OK)
		source_failed(&p->source, p->fails, "it says no");
	else
		source_answered(&p->source);
}

static void played_poll(struct source *s)
{
	struct played *p = played_of(s);

	p->asked++;
	buf_printf(&story, "?%u ", s->number);
	if (!p->silent)
		loop_timer_in(loop, &p->answer, 0);
}

static void played_login(struct source *s, const char *username, const char *password)
{
	struct played *p = played_of(s);

	snprintf(p->login, sizeof(p->login), "%s:%s", username, password);
}

static void played_free(struct source *s)
{
	loop_timer_stop(loop, &played_of(s)->answer);
	buf_printf(&story, "free%u ", s->number);
}

static const struct source_ops ops = {played_poll, played_login, played_free};

static void on_answered(void *context, struct source *s)
{
	buf_printf(&story, "+%u ", s->number);
	if (context)
		round_answered(context, s);
}

static void on_failed(void *context, struct source *s)
{
	buf_printf(&story, "-%u ", s->number);
	if (context)
		round_settle(context);
}

static void on_noted(void *context, struct source *s, bool problem, const char *text)
{
	(void)context, (void)s, (void)problem;
	buf_puts(&story, text);
}

static void make(struct played *p, unsigned number, struct round *round)
{
	struct source_listener listener = {on_answered, on_failed, on_noted, round};

	*p = (struct played){.fails = SOURCE_OK};
	p->answer = (struct loop_timer){.fire = play, .context = p};
	source_init(&p->source, &ops, number, "home\033[31m", "http://127.0.0.1:9091/", loop, &listener);
}

static void told(const char *want, const char *name)
{
	is_str(buf_str(&story), want, "%s", name);
	buf_reset(&story);
}

static void test_backoff(void)
{
	static const int64_t most[] = {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000};
	bool right = true;

	for (unsigned i = 0; i < sizeof(most) / sizeof(most[0]); i++)
		is_int(source_backoff_max_ms(i + 1), most[i], "after %u failures", i + 1);
	is_int(source_backoff_max_ms(1000000000), 60000, "after very many");
	for (unsigned i = 1; i < 200; i++) {
		struct played p;
		int64_t wait;

		make(&p, 0, NULL);
		p.silent = true;
		p.source.failures = i % 10;
		source_round(&p.source);
		source_failed(&p.source, SOURCE_UNREACHABLE, "x");
		wait = p.source.status.retry_mono_ms - loop_now(loop).mono_ms;
		right = right && wait >= source_backoff_max_ms(i % 10 + 1) / 10 &&
			wait <= source_backoff_max_ms(i % 10 + 1);
		source_free(&p.source);
	}
	ok(right, "the wait is between a tenth of that and all of it");
	buf_reset(&story);
}

static void test_states(void)
{
	static const char *const names[] = {"connecting", "ok", "refused", "forbidden", "unreachable", "error"};
	struct played p;

	for (int i = 0; i < 6; i++)
		is_str(source_state_name((enum source_state)i), names[i], "state %d", i);
	make(&p, 0, NULL);
	ok(!strchr(p.source.status.name, '\033'), "a name is cleaned: %s", p.source.status.name);
	is_int(p.source.status.state, SOURCE_CONNECTING, "at first it connects");
	source_round(&p.source);
	ok(p.source.status.polling, "it is asked");
	source_round(&p.source);
	source_hurry(&p.source);
	is_int(p.asked, 1, "but once");
	answer_sighting(&p.source.answer);
	p.source.answer.all_torrents = 5;
	run_for(5);
	told("?0 +0 ", "an answer");
	is_int(p.source.status.state, SOURCE_OK, "ok");
	is_int(p.source.status.torrents, 5, "torrents");
	is_int(p.source.status.peers, 1, "peers");
	ok(p.source.status.good_wall > 0 && !p.source.status.polling, "and when");

	p.fails = SOURCE_UNREACHABLE;
	source_round(&p.source);
	is_int(p.source.answer.sighting_count, 0, "a poll starts with an empty answer");
	run_for(5);
	told("?0 -0 ", "a failure");
	is_str(p.source.status.error, "it says no", "what is wrong");
	is_int(p.source.status.peers, 1, "the peers of the latest answer are kept");
	ok(p.source.status.retry_mono_ms > 0, "it is left alone for a while");
	source_round(&p.source);
	told("", "also by rounds");
	p.fails = SOURCE_OK;
	source_hurry(&p.source);
	run_for(5);
	told("?0 +0 ", "but not when somebody is in a hurry");
	is_int(p.source.failures, 0, "which ends the back-off");
	is_int(p.source.status.retry_mono_ms, 0, "for good");
	is_str(p.source.status.error, "", "nothing is wrong any more");
	source_note(&p.source, "%d things", 3);
	told("3 things", "a note");
	source_free(&p.source);
	source_free(NULL);
	told("free0 ", "freed through its ops");
}

static void test_retry(void)
{
	struct played p;

	make(&p, 0, NULL);
	p.fails = SOURCE_ERROR;
	source_round(&p.source);
	run_for(5);
	p.fails = SOURCE_OK;
	for (int i = 0; i < 30 && p.asked < 2; i++)
		run_for(100);
	run_for(5);
	told("?0 -0 ?0 +0 ", "after the back-off it is asked by itself");
	source_free(&p.source);
	buf_reset(&story);
}

static void test_refused(void)
{
	struct played p;

	make(&p, 0, NULL);
	p.fails = SOURCE_REFUSED;
	source_round(&p.source);
	run_for(5);
	told("?0 -0 ", "refused");
	is_int(p.source.status.retry_mono_ms, 0, "no retry");
	source_round(&p.source);
	source_hurry(&p.source);
	run_for(1200);
	told("", "whoever refused the login is not asked again");
	p.fails = SOURCE_OK;
	source_login(&p.source, "me", "secret");
	is_str(p.login, "me:secret", "until there is another login");
	run_for(5);
	told("?0 +0 ", "then at once");
	p.fails = SOURCE_FORBIDDEN;
	source_round(&p.source);
	run_for(5);
	ok(p.source.status.retry_mono_ms - loop_now(loop).mono_ms > 200000, "whoever forbids is left alone for long");
	source_free(&p.source);
	buf_reset(&story);
}

/* ---- rounds ---- */

static void on_late(void *context, struct source *s)
{
	(void)context;
	buf_printf(&story, "!%u ", s->number);
	source_late(s);
}

static void on_over(void *context)
{
	(void)context;
	buf_puts(&story, ". ");
}

enum { PLAYED = 3 };

static struct played cast[PLAYED];
static struct source *sources[PLAYED] = {&cast[0].source, &cast[1].source, &cast[2].source};

static void begin(struct round *r, unsigned count, int64_t refresh_ms)
{
	*r = (struct round){.loop = loop, .sources = sources, .source_count = count, .refresh_ms = refresh_ms};
	r->late = on_late;
	r->over = on_over;
	for (unsigned i = 0; i < count; i++)
		make(&cast[i], i, r);
	round_start(r);
}

static void end(struct round *r)
{
	round_stop(r);
	for (unsigned i = 0; i < r->source_count; i++)
		source_free(r->sources[i]);
	buf_reset(&story);
}

static void test_round(void)
{
	struct round r;

	begin(&r, 3, 1000000);
	told("", "nothing before the loop runs");
	cast[1].fails = SOURCE_UNREACHABLE;
	run_for(10);
	told("?0 ?1 ?2 +0 -1 +2 . ", "all are asked; over when all have answered or failed");
	ok(!r.open, "not open");
	round_hurry(&r);
	round_hurry(&r);
	run_for(10);
	told("?0 ?1 ?2 +0 -1 +2 . ", "in a hurry everybody is asked, but in one round");
	round_settle(&r);
	told("", "a round ends once");
	round_pause(&r, true);
	round_refresh(&r, 5);
	run_for(40);
	told("", "no rounds in a pause");
	round_pause(&r, false);
	round_refresh(&r, 1000000);
	run_for(10);
	told("?0 ?1 ?2 +0 -1 +2 . ", "after it at once");
	end(&r);
}

static void test_late(void)
{
	struct round r;

	begin(&r, 2, 1000000);
	cast[1].silent = true;
	run_for(10);
	told("?0 ?1 +0 ", "one is silent");
	ok(r.open, "and the round is open");
	round_refresh(&r, 30);
	for (int i = 0; i < 100 && !strchr(buf_str(&story), '!'); i++)
		run_for(10);
	round_refresh(&r, 1000000);
	run_for(10);
	told("!1 . ?0 +0 . ", "at the latest it ends when the next one starts, which does not ask who is silent");
	play(&cast[1]);
	run_for(10);
	told("+1 ?0 +0 . ", "nobody waits for it, but its answer starts a round");
	end(&r);
}

/* With a short interval, one that needs a second and has always answered. */
static void test_slow(void)
{
	struct round r;

	begin(&r, 1, 20);
	r.patience_ms = 5000;
	cast[0].silent = true;
	cast[0].source.status.good_wall = 1;
	run_for(200);
	ok(strstr(buf_str(&story), "?0 . . "), "rounds go on without it");
	ok(!strchr(buf_str(&story), '!'), "but it has 5 s, however short they are");
	cast[0].source.start_us -= 6000000;
	for (int i = 0; i < 100 && !strchr(buf_str(&story), '!'); i++)
		run_for(10);
	ok(strchr(buf_str(&story), '!'), "then it is late");
	buf_reset(&story);
	end(&r);
}

/* As long as nobody has answered there is nothing to go on with. */
static void test_first(void)
{
	struct round r;

	begin(&r, 2, 20);
	r.patience_ms = 5000;
	cast[0].silent = true;
	cast[1].fails = SOURCE_REFUSED;
	run_for(200);
	told("?0 ?1 -1 ", "the first round waits for whoever may answer");
	ok(r.open, "and is open");
	play(&cast[0]);
	ok(str_starts(buf_str(&story), "+0 . "), "it ends with the first answer");
	end(&r);
}

static void test_patience(void)
{
	struct round r;

	begin(&r, 2, 400);
	r.patience_ms = 600;
	cast[0].silent = cast[1].silent = true;
	for (int i = 0; i < 2000 && !strchr(buf_str(&story), '.'); i++)
		run_for(1);
	ok(r.next_ms - loop_now(loop).mono_ms > 200, "when the patience is over the next round has its whole time");
	round_refresh(&r, 1000000);
	told("?0 ?1 !0 !1 . ", "it is over for both at once, though no round starts then, and counts once");
	end(&r);
}

static void test_left_alone(void)
{
	struct round r;

	begin(&r, 2, 1000000);
	cast[0].fails = cast[1].fails = SOURCE_REFUSED;
	run_for(10);
	told("?0 ?1 -0 -1 . ", "both refuse");
	round_hurry(&r);
	told(". ", "a round without anybody to ask is over at once");
	end(&r);
	begin(&r, 0, 1000000);
	run_for(5);
	told(". ", "and so is one without daemons");
	end(&r);
}

/* A daemon that was down and is back between two rounds. */
static void test_back(void)
{
	struct round r;

	begin(&r, 3, 1000000);
	cast[1].fails = SOURCE_UNREACHABLE;
	run_for(10);
	told("?0 ?1 ?2 +0 -1 +2 . ", "one is down");
	cast[1].fails = SOURCE_OK;
	for (int i = 0; i < 30 && cast[1].asked < 2; i++)
		run_for(100);
	run_for(20);
	told("?1 +1 ?0 ?2 +0 +2 . ", "its answer starts a round, in which the others are asked and it is not");
	round_pause(&r, true);
	cast[1].fails = SOURCE_UNREACHABLE;
	round_hurry(&r);
	run_for(20);
	told("?0 ?1 ?2 +0 -1 +2 . ", "down again, in a pause");
	cast[1].fails = SOURCE_OK;
	source_hurry(&cast[1].source);
	run_for(20);
	told("?1 +1 . ", "in a pause nobody else is asked");
	end(&r);
}

static void test_regular(void)
{
	struct round r;
	unsigned asked;

	begin(&r, 1, 20);
	for (int i = 0; i < 100 && cast[0].asked < 5; i++)
		run_for(10);
	ok(cast[0].asked >= 5, "rounds follow each other");
	asked = cast[0].asked;
	round_stop(&r);
	run_for(60);
	is_int(cast[0].asked, asked, "until they are stopped");
	end(&r);
}

int main(void)
{
	alarm(60);
	buf_init(&story, 1 << 20);
	loop = loop_new();
	test_backoff();
	test_states();
	test_retry();
	test_refused();
	test_round();
	test_late();
	test_slow();
	test_first();
	test_patience();
	test_left_alone();
	test_back();
	test_regular();
	loop_free(loop);
	buf_done(&story);
	return tap_done();
}
