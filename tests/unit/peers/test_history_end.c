/* peers/history_end.c: a history that is left while the monitor goes on, with a disk that takes it, one that does not,
 * and one that never does. */
#include <sys/stat.h>

#include "scratch.h"
#include "tap.h"
#include "unit/peers/historied.h"

enum { TURNS = 20000 };

static void begin(struct world *w, const char *path, unsigned polls)
{
	world_init(w, path);
	world_open(w);
	answer_of(w);
	add_peer(&w->answer, IP4(5, 9, 1, 1), CLIENT_NONE);
	add_peer(&w->answer, IP4(93, 40, 0, 7), CLIENT_NONE);
	poll_times(w, polls);
}

/* Looks after it for as long as it takes; the time of the history stands nearly still. */
static bool ends(struct world *w, unsigned turns)
{
	int64_t next;

	while (turns--) {
		if (history_retired(w->history, w->now, &next))
			return true;
		if (next <= w->now.mono_ms)
			return ok(false, "it wants to be called in time");
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	return false;
}

static void finish(struct world *w)
{
	int64_t began = clock_now().mono_ms;

	history_free(w->history, w->now, 0);
	w->history = NULL;
	ok(clock_now().mono_ms - began < 5000, "and it is freed at once");
	world_done(w);
}

static void test_retired(void)
{
	struct world w;

	begin(&w, "retired.db", 5);
	history_retire(w.history, w.now);
	ok(ends(&w, TURNS), "what waits is saved without waiting");
	finish(&w);
	is_int(in_file("retired.db", "SELECT sum(sightings) FROM everyone"), 10, "all of it");
	is_int(in_file("retired.db", "SELECT sum(polls) FROM observed"), 5, "each poll");
}

/* Peers that a save has passed by already, when it is retired. */
static void test_while_saving(void)
{
	struct world w;

	begin(&w, "saving.db", 3);
	w.slow = true;
	history_begin_save(w.history, w.now);
	w.history->ledger.next_peer = w.history->ledger.peer_count;
	history_retire(w.history, w.now);
	ok(ends(&w, TURNS), "a save that is on its way is followed by another");
	finish(&w);
	is_int(in_file("saving.db", "SELECT sum(sightings) FROM everyone"), 6, "with all that it passed by");
}

static void test_taken_back(void)
{
	struct world w;
	int64_t next;

	begin(&w, "later/history.db", 3);
	history_retire(w.history, w.now);
	ok(!ends(&w, 50), "one that has no file waits for it");
	ok(!history_is_closing(w.history), "and may be taken back");
	poll_times(&w, 2);
	mkdir("later", 0700);
	history_retire(w.history, w.now);
	ok(ends(&w, TURNS), "until there is one");
	finish(&w);
	is_int(in_file("later/history.db", "SELECT sum(polls) FROM observed"), 5, "nothing is lost");
	begin(&w, "idle.db", 0);
	history_retire(w.history, w.now);
	while (!history_is_closing(w.history) && !history_retired(w.history, w.now, &next))
		;
	ok(history_is_closing(w.history), "one that is being closed says so");
	ok(ends(&w, TURNS), "until it is over");
	finish(&w);
}

/* What cannot be dated is lost, here as at the end. */
static void test_undated(void)
{
	struct world w;

	begin(&w, "undated.db", 0);
	w.set = false;
	w.now.wall = 1000;
	poll_times(&w, 3);
	history_retire(w.history, w.now);
	ok(ends(&w, TURNS), "a history without a date ends too");
	finish(&w);
	is_int(in_file("undated.db", "SELECT count(*) FROM observed"), 0, "empty");
}

int main(void)
{
	scratch_init();
	setenv("TZ", "UTC", 1);
	test_retired();
	test_while_saving();
	test_taken_back();
	test_undated();
	return tap_done();
}
