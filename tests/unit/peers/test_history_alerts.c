/* Alerts in the history's file: kept, read at the next start, forgotten; and a file of before there were any. */
#include "peers/history_forget.h"
#include "scratch.h"
#include "tap.h"
#include "unit/peers/historied.h"

static const struct history_alert raised = {"raised \303\274", UINT64_MAX - 5, START - 100, 1, START - 90, ""};
static const struct history_alert quiet = {"quiet", 7, 0, 0, START, "CN JP"};

static void begin(struct world *w, const char *path, unsigned polls)
{
	world_init(w, path);
	world_open(w);
	answer_of(w);
	add_peer(&w->answer, IP4(5, 9, 1, 1), CLIENT_NONE);
	poll_times(w, polls);
}

static bool same_alert(const struct history_alert *a, const struct history_alert *b)
{
	return strcmp(a->name, b->name) == 0 && a->condition == b->condition && a->since == b->since &&
	       a->told == b->told && a->told_at == b->told_at && strcmp(a->untold, b->untold) == 0;
}

static void test_kept(void)
{
	struct history_alert both[] = {quiet, raised};
	const struct history_alert *read;
	struct world w;

	begin(&w, "kept.db", 2);
	is_int(history_alerts(w.history, &read), 0, "a new file has none");
	history_keep_alerts(w.history, both, 2);
	world_done(&w);
	begin(&w, "kept.db", 0);
	is_int(history_alerts(w.history, &read), 2, "two are kept");
	ok(same_alert(&read[0], &quiet) && same_alert(&read[1], &raised), "as they were");
	history_keep_alerts(w.history, both, 2);
	ok(!w.history->alerts_changed, "what is the same is not written again");
	history_keep_alerts(w.history, &raised, 1);
	poll_times(&w, 1);
	saved(&w);
	is_int(in_file("kept.db", "SELECT count(*) FROM alerts"), 1, "a save writes what has changed");
	history_keep_alerts(w.history, NULL, 0);
	world_done(&w);
	is_int(in_file("kept.db", "SELECT count(*) FROM alerts"), 0, "none are left");
}

/* Who was told is not to wait for the next save: whoever is killed would tell it twice. */
static void test_soon(void)
{
	struct history_alert of_now = raised;
	struct world w;

	begin(&w, "soon.db", 1);
	saved(&w);
	of_now.told = false;
	of_now.told_at = 0;
	ok(history_keep_alerts(w.history, &of_now, 1), "another alert is written soon");
	history_save(w.history, w.now);
	store_flush(w.history->store, &err);
	is_int(in_file("soon.db", "SELECT told FROM alerts"), 0, "within the time to the next save");
	is_int(in_file("soon.db", "SELECT sum(polls) FROM observed"), 1, "which does not come earlier for it");
	ok(history_keep_alerts(w.history, &raised, 1), "so is what was told");
	history_save(w.history, w.now);
	store_flush(w.history->store, &err);
	is_int(in_file("soon.db", "SELECT told FROM alerts"), 1, "with the others");
	of_now = raised;
	memcpy(of_now.untold, "FR", 3);
	ok(history_keep_alerts(w.history, &of_now, 1), "and a country that is yet to be told");
	history_keep_alerts(w.history, &raised, 1);
	history_save(w.history, w.now);
	store_flush(w.history->store, &err);
	of_now = raised;
	of_now.since++;
	ok(!history_keep_alerts(w.history, &of_now, 1), "since when it is raised has time");
	history_save(w.history, w.now);
	store_flush(w.history->store, &err);
	is_int(in_file("soon.db", "SELECT since FROM alerts"), raised.since, "until the next save");
	world_done(&w);
	is_int(in_file("soon.db", "SELECT since FROM alerts"), of_now.since, "then it is written too");
}

/* Whoever is told long after the last save: the disk is given its time from then on. */
static void test_patient(void)
{
	struct history_alert of_now = raised;
	struct world w;
	struct err told;
	bool bad;

	begin(&w, "patient.db", 1);
	saved(&w);
	for (unsigned i = 0; i < 3; i++) {
		w.now.mono_ms += 300 * 1000;
		of_now.told_at++;
		history_keep_alerts(w.history, &of_now, 1);
		ok(history_save(w.history, w.now) > w.now.mono_ms, "an alert is written, by a thread of its own");
		ok(!history_trouble(w.history, &bad, &told), "which is not late at once");
		store_flush(w.history->store, &err);
	}
	world_done(&w);
}

/* A file that is opened late: what was given meanwhile is what holds. */
static void test_late(void)
{
	const struct history_alert *read;
	struct world w;

	begin(&w, "late.db", 1);
	history_keep_alerts(w.history, &raised, 1);
	world_done(&w);
	world_init(&w, "late.db");
	w.history = history_new(&w.setup, w.now);
	history_keep_alerts(w.history, &quiet, 1);
	world_wait(&w);
	ok(history_alerts(w.history, &read) == 1 && same_alert(&read[0], &quiet), "those of the file come too late");
	answer_of(&w);
	poll_times(&w, 1);
	world_done(&w);
	is_int(in_file("late.db", "SELECT told_at FROM alerts"), START, "and are written over");
}

static void test_forgotten(void)
{
	struct world w;
	struct history_remains remains;

	begin(&w, "old.db", 1);
	history_keep_alerts(w.history, &raised, 1);
	world_done(&w);
	is_int(history_forget_until("old.db", START - 95, &remains, &err), 0, "what is older");
	is_int(in_file("old.db", "SELECT count(*) FROM alerts"), 1, "does not include an alert of later");
	is_int(history_forget_until("old.db", START - 50, &remains, &err), 0, "what is younger");
	is_int(in_file("old.db", "SELECT count(*) FROM alerts"), 0, "does");
}

/* No date says when they came, and their totals stay: as no news they would never be told. */
static void test_untold_not_forgotten(void)
{
	const struct history_alert owing[] = {quiet, {"never told", 8, 0, 0, 0, "IR"}};
	const struct history_alert *read;
	struct history_remains remains;
	struct world w;

	begin(&w, "owed.db", 1);
	history_keep_alerts(w.history, owing, 2);
	world_done(&w);
	is_int(history_forget_until("owed.db", START + 50, &remains, &err), 0, "what is older");
	begin(&w, "owed.db", 0);
	is_int(history_alerts(w.history, &read), 2, "does not include countries that are yet to be told");
	world_done(&w);
}

/* The first version of the file had no alerts. */
static void test_upgraded(void)
{
	const char *const before[] = {history_migrations[0], NULL};
	const struct store_open how = {"first.db", before, true, 1 << 20, 10, NULL};
	const struct history_alert *read;
	struct store *store;
	struct world w;

	is_int(store_open(&how, &store, &err), 0, "a file of before");
	store_put(store, "INSERT INTO observed VALUES(472224, 5)", NULL, 0);
	store_put(store, "INSERT INTO state VALUES('polls', 5)", NULL, 0);
	is_int(store_flush(store, &err), 0, "has something");
	store_free(store);
	begin(&w, "first.db", 1);
	is_int(history_alerts(w.history, &read), 0, "no alert");
	history_keep_alerts(w.history, &quiet, 1);
	world_done(&w);
	is_int(in_file("first.db", "SELECT sum(polls) FROM observed"), 6, "what it had stays");
	is_int(in_file("first.db", "SELECT count(*) FROM alerts"), 1, "and there is room for alerts");
}

int main(void)
{
	scratch_init();
	setenv("TZ", "UTC", 1);
	test_kept();
	test_soon();
	test_patient();
	test_late();
	test_forgotten();
	test_untold_not_forgotten();
	test_upgraded();
	return tap_done();
}
