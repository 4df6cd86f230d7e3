/* What a monitor leaves that is killed while it saves. `test_history_killed 200` kills 200 of them. */
#include "peers/history.h"

#include "random.h"
#include "killed.h"
#include "scratch.h"
#include "tap.h"
#include "unit/peers/churning.h"

enum { KILLS = 20 };

static const char path[] = "killed.db";

/* Saves after every poll, and settles often. */
static void work(int say)
{
	struct churn c = churn_of(50, 500, 20);
	struct world w;
	uint32_t clients[8];

	world_init(&w, path);
	world_open(&w);
	churn_clients(&w, clients);
	for (;;) {
		churn(&c, &w, clients);
		w.slow = true;
		poll_after(&w, STEP_MS);
		if (w.now.mono_ms / STEP_MS % 8 == 0)
			w.history->upkeep_ms = -1;
		saved(&w);
		killed_say(say, (int64_t)history_totals(w.history)->polls);
	}
}

static bool sound(void)
{
	return in_file(path, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'") == 0;
}

/* The sums agree: a save is whole, or it is not there. */
static bool agrees(void)
{
	int64_t sightings = in_file(path, "SELECT sum(sightings) FROM totals");

	return sightings > 0 && in_file(path, "SELECT sum(sightings) FROM hours") == sightings &&
	       in_file(path, "SELECT sum(sightings) FROM clients") == sightings &&
	       in_file(path, "SELECT sum(sightings) FROM everyone") == sightings &&
	       in_file(path, "SELECT sum(polls) FROM observed") * 50 == sightings &&
	       in_file(path, "SELECT sum(uniques) FROM totals") == in_file(path, "SELECT count(*) FROM peers");
}

int main(int argc, char **argv)
{
	long kills = argc > 1 ? strtol(argv[1], NULL, 10) : KILLS;
	struct random random = {2027};
	int whole = 0, kept = 0, agreed = 0;

	scratch_init();
	for (int i = 0; i < kills; i++) {
		int64_t polls = killed_at_work(&random, work);
		struct world w;

		world_init(&w, path);
		world_open(&w);
		kept += polls > 0 && in_file(path, "SELECT value FROM state WHERE key = 'polls'") >= polls;
		whole += sound();
		agreed += agrees();
		world_done(&w);
	}
	is_int(whole, kills, "killed %ld times, the file is sound each time", kills);
	is_int(kept, kills, "what was saved is there");
	is_int(agreed, kills, "and every save is whole");
	return tap_done();
}
