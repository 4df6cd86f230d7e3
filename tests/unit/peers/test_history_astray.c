/* peers/history_path.c: a history that is moved, removed, or of which the link is led elsewhere, under the monitor. */
#include "scratch.h"
#include "tap.h"
#include "unit/peers/historied.h"

static void begin(struct world *w, const char *path)
{
	world_init(w, path);
	world_open(w);
	answer_of(w);
	add_peer(&w->answer, IP4(5, 9, 1, 1), CLIENT_NONE);
}

static const char *const ends[] = {"", "-wal", "-shm", ".lock"};

/* With all that belongs to it. To NULL: it is removed. */
static void move(const char *from, const char *to)
{
	char name[64], other[64];
	int failed = 0;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", from, ends[i]);
		snprintf(other, sizeof(other), "%s%s", to ? to : "", ends[i]);
		failed |= to ? rename(name, other) : unlink(name);
	}
	is_int(failed, 0, "%s is %s", from, to ? "moved" : "removed");
}

static void is_found_again(struct world *w)
{
	struct err told = {""};
	bool bad = false;

	ok(history_trouble(w->history, &bad, &told) && bad && strstr(told.msg, "was moved or replaced"),
	   "it is told: %s", told.msg);
	is_told(w, false, "recorded now");
	ok(history_was_replaced(w->history), "whose charts are others");
	is_int(history_state(w->history), HISTORY_RECORDS, "and it is recorded");
}

static void test_removed(void)
{
	struct world w;

	begin(&w, "removed.db");
	poll_times(&w, 10);
	move("removed.db", NULL);
	poll_times(&w, 25);
	is_found_again(&w);
	ok(in_file("removed.db", "SELECT sum(polls) FROM observed") >= 30, "what waited is in the new one");
	poll_times(&w, 40);
	ok(!w.history->message_count, "told once");
	world_done(&w);
	is_int(in_file("removed.db", "SELECT sum(polls) FROM observed"), 75, "and nothing is lost");
}

static void test_moved(void)
{
	struct world w;

	begin(&w, "here.db");
	poll_times(&w, 35);
	move("here.db", "there.db");
	poll_times(&w, 40);
	is_found_again(&w);
	world_done(&w);
	is_int(in_file("there.db", "SELECT sum(polls) FROM observed") +
		       in_file("here.db", "SELECT sum(polls) FROM observed"),
	       75, "what was saved is in the old one, all else in the new one");
}

/* Its log stays at the path: what it holds is the old one's, and not of what is put there instead. */
static void test_alone(bool replaced)
{
	const char *name = replaced ? "replaced.db" : "alone.db", *away = replaced ? "old.db" : "gone.db";
	const struct history_totals *all;
	struct world w;

	if (replaced) {
		begin(&w, "backup.db");
		poll_times(&w, 7);
		world_done(&w);
	}
	begin(&w, name);
	poll_times(&w, 35);
	ok(rename(name, away) == 0, "the file alone is moved");
	if (replaced)
		ok(rename("backup.db", name) == 0, "and another one put there");
	poll_times(&w, 40);
	is_found_again(&w);
	saved(&w);
	all = history_totals(w.history);
	ok(all && (int64_t)all->polls == in_file(name, "SELECT sum(polls) FROM observed"),
	   "the numbers of all time are of the new one");
	is_int(all ? (int64_t)all->all.sightings : -1, in_file(name, "SELECT sum(sightings) FROM totals"),
	       "sightings too");
	is_int(all ? (int64_t)all->all.unique : -1, 1, "and the address");
	world_done(&w);
	ok(in_file(away, "SELECT sum(polls) FROM observed") >= 30, "what was saved is in the old one");
	is_int(in_file(away, "SELECT sum(polls) FROM observed") + in_file(name, "SELECT sum(polls) FROM observed"),
	       75 + 7 * replaced, "all else in the new one%s", replaced ? ", which has kept its own" : "");
	is_int(in_file(name, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"), 1, "whole");
}

static void test_alone_at_the_end(void)
{
	struct world w;

	begin(&w, "last.db");
	poll_times(&w, 35);
	saved(&w);
	ok(rename("last.db", "kept.db") == 0, "the file alone is moved, and nothing waits");
	world_done(&w);
	is_int(in_file("kept.db", "SELECT sum(polls) FROM observed"), 35, "all is in it");
	ok(access("last.db-wal", F_OK) < 0 && access("last.db-shm", F_OK) < 0, "and nothing is left");
}

static int take_polls(void *context, const struct store_value *columns, size_t count)
{
	(void)count;
	*(int64_t *)context = columns[0].number;
	return 0;
}

/* The log may not be put into the file while somebody reads what is older. */
static void test_read_meanwhile(void)
{
	const struct store_open how = {.path = "read.db", .migrations = history_migrations};
	struct store *reader;
	struct err told;
	struct world w;
	int64_t seen = 0;
	bool bad;

	begin(&w, "read.db");
	poll_times(&w, 2);
	saved(&w);
	is_int(store_open(&how, &reader, &err), 0, "somebody reads");
	store_snapshot(reader, &err);
	poll_times(&w, 35);
	saved(&w);
	ok(rename("read.db", "elsewhere.db") == 0, "the file alone is moved");
	poll_times(&w, 35);
	ok(history_trouble(w.history, &bad, &told) && bad && strstr(told.msg, "was moved or replaced"), "it is told");
	ok(access("elsewhere.db-wal", F_OK) == 0 && !count_names("read.db.lost-"), "and its log goes with it");
	is_int(store_get(reader, "SELECT sum(polls) FROM observed", NULL, 0, take_polls, &seen, &err), 0,
	       "who reads ...");
	is_int(seen, 2, "... still reads what was");
	store_snapshot_end(reader);
	store_free(reader);
	world_done(&w);
	is_int(in_file("elsewhere.db", "SELECT sum(polls) FROM observed") +
		       in_file("read.db", "SELECT sum(polls) FROM observed"),
	       72, "nothing is lost");
}

static void test_at_the_end(void)
{
	struct world w;

	begin(&w, "end.db");
	poll_times(&w, 5);
	move("end.db", NULL);
	world_done(&w);
	is_int(in_file("end.db", "SELECT sum(polls) FROM observed"), 5, "it is looked for at the end, too");
}

/* And the configuration is read again: nobody waits for the next save. */
static void test_link(void)
{
	struct history_file file = {false};
	struct world w;

	begin(&w, "b.db");
	poll_times(&w, 2);
	world_done(&w);
	ok(symlink("a.db", "link.db") == 0, "a link");
	begin(&w, "link.db");
	poll_times(&w, 5);
	ok(unlink("link.db") == 0 && symlink("b.db", "link.db") == 0, "leads elsewhere");
	for (int tries = 0; !file.known && tries < 50; tries++)
		file = history_file_at("link.db");
	ok(file.known && !history_is_at(w.history, "link.db", &file), "where another file is, whatever its name");
	ok(history_is_named(w.history, "link.db"), "though the name is the same");
	history_change(w.history, &w.setup);
	history_save(w.history, w.now);
	world_wait(&w);
	is_found_again(&w);
	world_done(&w);
	is_int(in_file("b.db", "SELECT sum(polls) FROM observed"), 7, "what waited is in the other file");
}

/* Those of a network are one from then on, and who is known already is not counted anew. */
static void test_anonymized(void)
{
	struct history_setup *setup;
	struct world w;

	begin(&w, "cut.db");
	setup = &w.setup;
	for (uint8_t i = 2; i < 20; i++)
		add_peer(&w.answer, IP4(5, 9, 1, i), CLIENT_NONE);
	poll_times(&w, 2);
	saved(&w);
	setup->anonymize = true;
	history_change(w.history, setup);
	poll_times(&w, 2);
	saved(&w);
	ok(history_totals(w.history) && history_totals(w.history)->all.unique < 20, "nobody is counted again: %d",
	   history_totals(w.history) ? (int)history_totals(w.history)->all.unique : -1);
	is_int((int64_t)history_totals(w.history)->polls, 4, "nor is a poll");
	is_int((int64_t)history_totals(w.history)->all.sightings, 4 * 19, "nor a sighting");
	ok(!w.history->message_count && !history_was_replaced(w.history), "and it is the same history");
	world_done(&w);
	is_int(in_file("cut.db", "SELECT sum(polls) FROM observed"), 4, "which goes on");
}

/* Another name of the same file becomes its name. */
static void test_renamed(void)
{
	struct world w;

	begin(&w, "first.db");
	poll_times(&w, 5);
	ok(symlink("first.db", "second.db") == 0, "another name");
	w.setup.path = "second.db";
	history_change(w.history, &w.setup);
	ok(history_is_named(w.history, "second.db"), "is its name from now on");
	poll_times(&w, 35);
	ok(!w.history->message_count, "which it is looked for under");
	world_done(&w);
	is_int(in_file("first.db", "SELECT sum(polls) FROM observed"), 40, "and it is the same file");
}

/* A link in its place leads to the same file: but its log and its lock would be at the old name, where nobody looks. */
static void test_linked_to(void)
{
	struct world w;

	begin(&w, "left.db");
	poll_times(&w, 35);
	ok(rename("left.db", "right.db") == 0 && symlink("right.db", "left.db") == 0, "a link is in its place");
	poll_times(&w, 40);
	saved(&w);
	ok(access("left.db-wal", F_OK) < 0 && access("right.db-wal", F_OK) == 0, "the log is beside the file");
	world_done(&w);
	is_int(in_file("right.db", "SELECT sum(polls) FROM observed"), 75, "and all is in it");
}

int main(void)
{
	scratch_init();
	setenv("TZ", "UTC", 1);
	test_removed();
	test_moved();
	test_alone(false);
	test_alone(true);
	test_alone_at_the_end();
	test_read_meanwhile();
	test_at_the_end();
	test_link();
	test_anonymized();
	test_renamed();
	test_linked_to();
	return tap_done();
}
