/* peers/history*.c: what a file remembers from one process to the next, when the disk, the clock or another monitor is
 * in the way. */
#include "peers/history.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "scratch.h"
#include "tap.h"
#include "unit/peers/historied.h"

enum { GERMAN = IP4(5, 9, 1, 1), ITALIAN = IP4(93, 40, 0, 7), HOME_PEER = IP4(10, 0, 0, 9) };

static void two_peers(struct world *w)
{
	struct sighting *s;

	answer_of(w);
	s = add_peer(&w->answer, GERMAN, client(w, "qBittorrent 4.5.2"));
	s->rate_up = 1000;
	add_peer(&w->answer, HOME_PEER, client(w, "Transmission 3.00"));
	add_torrent(&w->answer, 2, "two");
	add_peer(&w->answer, GERMAN, client(w, "qBittorrent 4.5.2"));
}

/* ---- what is remembered ---- */

static void check_file(const char *path)
{
	struct stat st;

	ok(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600, "nobody else reads the file");
	is_int(in_file(path, "SELECT sum(sightings) FROM hours"), 120 * 3, "sightings of two hours");
	is_int(in_file(path, "SELECT count(DISTINCT hour) FROM hours"), 2, "in hours of UTC");
	is_int(in_file(path, "SELECT sum(polls) FROM observed"), 120, "polls of two hours");
	is_int(in_file(path, "SELECT count(*) FROM polls"), 120, "a row for each");
	is_int(in_file(path, "SELECT sightings FROM totals WHERE country = '--'"), 120, "those of Local");
	is_int(in_file(path, "SELECT count(*) FROM everyone"), 2, "two peers");
	is_int(in_file(path, "SELECT visits FROM everyone WHERE ip = x'05090101'"), 1, "one visit");
	is_int(in_file(path, "SELECT sightings FROM everyone WHERE ip = x'05090101'"), 240, "in two torrents");
	is_int(in_file(path, "SELECT connected FROM everyone WHERE ip = x'05090101'"), 119 * 30, "for an hour");
	is_int(in_file(path, "SELECT up FROM everyone WHERE ip = x'05090101'"), 119 * 30000, "bytes");
	is_int(in_file(path, "SELECT last - first FROM everyone WHERE ip = x'05090101'"), 119 * 30, "first and last");
	is_int(in_file(path, "SELECT client = 'qBittorrent 4.5.2' FROM everyone WHERE ip = x'05090101'"), 1, "client");
	is_int(in_file(path, "SELECT sightings FROM clients WHERE client = 'qBittorrent'"), 240, "by family");
	is_int(in_file(path, "SELECT max(sum) FROM (SELECT sum(n) AS sum FROM course)"), 120, "the course of polls");
}

static void test_remembers(void)
{
	const struct history_totals *t;
	struct history_peer peer;
	struct world w;
	struct ip ip = ip_from_v4(GERMAN);

	world_init(&w, "remembers.db");
	w.now.wall += 30 * MINUTE;
	world_open(&w);
	is_int(history_state(w.history), HISTORY_RECORDS, "it records");
	two_peers(&w);
	poll_times(&w, 120);
	is_int(peer_of(&w, &ip, &peer), 1, "a peer is known before it is saved");
	is_int(peer.visits, 1, "with its visit");
	is_int(peer.sightings, 240, "and its sightings, saved or not");
	t = history_totals(w.history);
	is_int(t->hours[COUNTRY_LOCAL][0] + t->hours[COUNTRY_LOCAL][1], 120, "hours too");
	world_close(&w);
	check_file("remembers.db");

	world_open(&w);
	t = history_totals(w.history);
	is_int(t->all.sightings, 360, "the next process knows the sightings");
	is_int(t->all.unique, 2, "the addresses");
	is_int(t->all.bytes_up, 119 * 30000, "the bytes");
	is_int(t->all.connected_ms, 2 * 119 * 30000, "the time");
	is_int(t->polls, 120, "the polls");
	is_int(t->countries[COUNTRY_LOCAL].unique, 1, "by country");
	ok(t->hours[COUNTRY_LOCAL][0] && t->hours[COUNTRY_LOCAL][1], "by hour");
	is_int(t->hours[COUNTRY_LOCAL][0] + t->hours[COUNTRY_LOCAL][1], 120, "all of them");
	is_int(t->family_count, 2, "families of clients");
	is_str(t->families[0].name, "qBittorrent", "the larger first");
	is_int(t->families[0].sightings, 240, "with its sightings");
	ok(t->since >= START + 30 * MINUTE && t->since < START + 40 * MINUTE, "and since when");
	poll_times(&w, 2);
	is_int(t->all.sightings, 366, "and counts on");
	is_int(t->all.unique, 2, "the same addresses");
	add_peer(&w.answer, ITALIAN, CLIENT_NONE);
	poll_after(&w, STEP_MS);
	is_int(t->all.unique, 3, "and a new one");
	is_int(peer_of(&w, &ip, &peer), 1, "the peer is known");
	is_int(peer.visits, 1, "its visit went on");
	is_int(peer.sightings, 246, "over both processes");
	world_close(&w);
	is_int(in_file("remembers.db", "SELECT visits FROM everyone WHERE ip = x'05090101'"), 1, "in the file too");
	is_int(in_file("remembers.db", "SELECT sum(uniques) FROM totals"), 2, "two are settled");

	world_open(&w);
	is_int(history_totals(w.history)->all.unique, 3, "three are known");
	pass_time(&w, 20 * MINUTE * 1000);
	poll_after(&w, STEP_MS);
	world_close(&w);
	is_int(in_file("remembers.db", "SELECT visits FROM everyone WHERE ip = x'05090101'"), 2, "then it came again");
	world_done(&w);
}

static void test_saves(void)
{
	struct world w;

	world_init(&w, "saves.db");
	world_open(&w);
	two_peers(&w);
	poll_times(&w, 29);
	is_int(w.history->ledger.poll_count, 29, "for a quarter of an hour nothing is written");
	poll_times(&w, 2);
	ok(w.history->ledger.poll_count < 2, "then it is");
	store_flush(w.history->store, &err);
	ok(in_file("saves.db", "SELECT sum(polls) FROM observed") >= 30, "and can be read by others");
	world_done(&w);
	is_int(in_file("saves.db", "SELECT sum(polls) FROM observed"), 31, "the rest at the end");
}

static void test_anonymize(void)
{
	struct world w;

	world_init(&w, "anonymous.db");
	for (int turn = 0; turn < 2; turn++) {
		w.setup.anonymize = turn > 0;
		if (turn)
			history_change(w.history, &w.setup);
		else
			world_open(&w);
		answer_of(&w);
		add_peer(&w.answer, GERMAN, CLIENT_NONE);
		add_peer(&w.answer, GERMAN + 1, CLIENT_NONE);
		poll_times(&w, 2);
		is_int(w.history->ledger.peer_count, turn ? 1 : 2, "turned on, it cuts what waits too");
	}
	world_close(&w);
	is_int(in_file("anonymous.db", "SELECT count(*) FROM everyone"), 1, "no whole address comes into the file");
	is_int(in_file("anonymous.db", "SELECT sightings FROM everyone"), 8, "and no sighting is lost");
	unlink("anonymous.db");
	world_open(&w);
	poll_times(&w, 3);
	is_int(history_totals(w.history)->all.unique, 1, "neighbours are one");
	world_done(&w);
	is_int(in_file("anonymous.db", "SELECT count(*) FROM everyone WHERE ip = x'05090100'"), 1, "cut in the file");
	is_int(in_file("anonymous.db", "SELECT count(*) FROM everyone"), 1, "and no other");
}

/* ---- the clock ---- */

static void test_no_clock(void)
{
	struct world w;

	world_init(&w, "noclock.db");
	w.set = false;
	w.now = (struct now){20000, 20}; /* 1970, 20 s after the start */
	world_open(&w);
	two_peers(&w);
	poll_times(&w, 100);
	ok(!w.history->ledger.dated, "in 1970 nothing has a date");
	is_told(&w, true, "clock is not set");
	w.now.wall = START + 3020; /* the network is there */
	w.set = true;
	poll_after(&w, STEP_MS);
	saved(&w);
	is_int(in_file("noclock.db", "SELECT min(first) FROM everyone"), START + 50,
	       "then all of it has the right one");
	is_int(in_file("noclock.db", "SELECT count(*) FROM hours WHERE hour < 1700006400 / 3600"), 0, "hours too");
	is_int(in_file("noclock.db", "SELECT sum(polls) FROM observed"), 101, "and no poll is lost");
	world_done(&w);
}

/* A machine without a clock of its own that is set back to its first day. */
static void test_date_is_lost(void)
{
	struct world w;

	world_init(&w, "lost.db");
	world_open(&w);
	answer_of(&w);
	add_peer(&w.answer, IP4(5, 9, 1, 1), CLIENT_NONE);
	poll_times(&w, 3);
	w.now.wall -= START;
	poll_times(&w, 3);
	w.now.wall += START;
	poll_times(&w, 3);
	world_done(&w);
	is_int(in_file("lost.db", "SELECT sum(polls) FROM observed WHERE hour >= 1700000000 / 3600"), 9,
	       "what is seen without a date has that of before");
	is_int(in_file("lost.db", "SELECT min(first) FROM everyone"), START + STEP_MS / 1000,
	       "and was not first seen in 1970");
	is_int(in_file("lost.db", "SELECT value FROM state WHERE key = 'since'"), START, "nor was the first poll");
}

static void test_silent_clock(void)
{
	struct ip ip = ip_from_v4(GERMAN);
	struct history_peer peer;
	struct world w;

	world_init(&w, "silent.db");
	w.set = false;
	world_open(&w);
	two_peers(&w);
	poll_times(&w, 9);
	ok(!w.history->ledger.dated, "a clock that says nothing is not believed");
	w.now.wall += 7 * DAY; /* it was the time of the last shutdown, and now it is right */
	poll_times(&w, 3);
	ok(w.history->ledger.dated, "but after five minutes");
	world_close(&w);
	is_int(in_file("silent.db", "SELECT min(first) FROM everyone"), START + 30 + 7 * DAY, "and then as it is then");

	w.now.wall += DAY;
	world_open(&w);
	poll_after(&w, STEP_MS);
	is_int(peer_of(&w, &ip, &peer), 1, "meanwhile a peer is known");
	is_int(peer.visits, 1, "with the visits that are sure");
	is_int(peer.sightings, 26, "and its sightings");
	world_done(&w);
	is_int(in_file("silent.db", "SELECT sum(polls) FROM observed"), 13, "at the end it must do");
}

/* A date that is right, but nobody says so: nothing is moved, wherever in its five minutes the machine began. */
static void test_silent_slots(void)
{
	unsigned right = 0;

	for (unsigned i = 0; i < 30; i++) {
		char path[32], sql[128];
		struct world w;

		snprintf(path, sizeof(path), "slots%u.db", i);
		world_init(&w, path);
		w.set = false;
		w.now.mono_ms += 11000 * i;
		w.now.wall += HOUR - 20 - 9 * i;
		world_open(&w);
		two_peers(&w);
		poll_after(&w, 1000);
		poll_after(&w, 1000);
		snprintf(sql, sizeof(sql),
			 "SELECT sum(hour = %d / 3600) * (SELECT value <= %lld FROM state WHERE key = "
			 "'since') FROM observed",
			 START, (long long)w.now.wall);
		world_done(&w);
		right += in_file(path, sql) == 1;
	}
	is_int(right, 30, "sums of a silent clock are in their hour, and nothing is of the future");
}

/* Another history, in a monitor that has waited already. */
static void test_silent_clock_goes_on(void)
{
	struct world w;

	world_init(&w, "silent2.db");
	w.set = false;
	world_open(&w);
	two_peers(&w);
	poll_times(&w, 6);
	w.setup.began_ms = w.history->began_ms;
	world_close(&w);
	w.setup.path = "silent3.db";
	world_open(&w);
	poll_times(&w, 3);
	ok(!w.history->ledger.dated, "of another history it is not believed either");
	poll_times(&w, 3);
	ok(w.history->ledger.dated, "but five minutes after the monitor began, not the history");
	world_done(&w);
}

static void test_jumps(void)
{
	struct world w;

	world_init(&w, "jumps.db");
	world_open(&w);
	two_peers(&w);
	poll_times(&w, 10);
	w.now.wall -= 366 * DAY;
	poll_times(&w, 10);
	w.now.wall += 2 * 366 * DAY;
	w.set = false;
	poll_times(&w, 10);
	w.now.wall -= 366 * DAY;
	poll_times(&w, 40);
	saved(&w);
	world_done(&w);
	is_int(in_file("jumps.db", "SELECT sum(polls) FROM observed"), 70, "no poll is lost when the clock jumps");
	is_int(in_file("jumps.db", "SELECT count(*) FROM everyone WHERE last < first"), 0, "no age is negative");
	is_int(in_file("jumps.db", "SELECT connected FROM everyone WHERE ip = x'05090101'"), 69 * 30, "time is time");
}

/* A clock that is a year ahead, and nobody vouches for it: what was seen in the last days that it knows stays as it is,
 * but it goes on to make room. */
static void test_ahead(void)
{
	struct world w;

	world_init(&w, "ahead.db");
	world_open(&w);
	two_peers(&w);
	poll_times(&w, 100);
	world_close(&w);
	w.now.wall += 366 * DAY;
	w.set = false;
	for (unsigned day = 0; day < 3; day++) {
		world_open(&w);
		poll_times(&w, 60);
		saved(&w);
		world_close(&w);
		pass_time(&w, DAY * 1000);
		is_int(in_file("ahead.db", "SELECT count(*) FROM whole_hours"), 0, "no poll of before becomes an hour");
		is_int(in_file("ahead.db", "SELECT count(*) FROM polls"), 160 + 60 * day, "nor a quarter");
	}
	world_open(&w);
	poll_times(&w, 60);
	saved(&w);
	world_done(&w);
	ok(in_file("ahead.db", "SELECT count(*) FROM quarters") > 0, "until enough days came after it");
	is_int(in_file("ahead.db", "SELECT count(*) FROM whole_hours"), 0, "which takes longer for hours");
	is_int(in_file("ahead.db", "SELECT sum(n) FROM course"), 100 + 4 * 60, "and none is lost");
}

/* Suspended: the monotonic clock stands still, the date does not. */
static void test_suspend(void)
{
	struct world w;

	world_init(&w, "suspend.db");
	world_open(&w);
	two_peers(&w);
	poll_times(&w, 4);
	w.now.wall += 8 * HOUR;
	poll_times(&w, 4);
	world_done(&w);
	is_int(in_file("suspend.db", "SELECT min(first) FROM everyone"), START + 30, "before it stays before");
	is_int(in_file("suspend.db", "SELECT count(*) FROM observed"), 2, "two hours with polls");
	is_int(in_file("suspend.db", "SELECT sum(connected) FROM everyone"), 2 * 7 * 30, "and eight without");
}

/* ---- the disk, and others ---- */

static void test_second(void)
{
	struct world first, second;

	world_init(&first, "second.db");
	world_open(&first);
	two_peers(&first);
	poll_times(&first, 40);
	store_flush(first.history->store, &err);
	ok(truncate("second.db.lock", 0) == 0, "which might be another process");
	world_init(&second, "second.db");
	world_open(&second);
	is_int(history_state(second.history), HISTORY_OTHER, "the second monitor does not record");
	is_told(&second, true, "runs on without recording");
	ok(history_totals(second.history)->all.sightings >= 90, "but knows what was recorded");
	two_peers(&second);
	poll_times(&second, 40);
	is_int(second.history->ledger.cell_count, 0, "nothing waits");
	world_done(&first);
	poll_times(&second, 3);
	is_int(history_state(second.history), HISTORY_RECORDS, "soon after the first has ended it takes over");
	is_told(&second, false, "recorded now");
	world_done(&second);
	ok(in_file("second.db", "SELECT sum(polls) FROM observed") < 40 + 41, "without counting twice");
}

/* Another name of the same file is no other one: who took it for one would wait for its own lock. */
static void test_names(void)
{
	struct history_file file = {false}, other;
	struct world w;

	mkdir("names", 0700);
	ok(symlink("names", "alias") == 0, "a folder with two names");
	world_init(&w, "names/history.db");
	world_open(&w);
	ok(history_is_at(w.history, "names/history.db", &file), "its name leads there");
	for (int tries = 0; !file.known && tries < 50; tries++) /* it waits for an answer for a moment only */
		file = history_file_at("alias/history.db");
	ok(history_is_at(w.history, "alias/history.db", &file), "and so does the other one");
	other = history_file_at("names/history.db.lock");
	ok(!history_is_at(w.history, "names/history.db.lock", &other), "no other");
	other = history_file_at("names/none.db");
	ok(!other.known && !history_is_at(w.history, "names/none.db", &other), "nor one that is not there");
	world_done(&w);
}

static void test_no_folder(void)
{
	struct world w;

	world_init(&w, "later/history.db");
	world_open(&w);
	is_int(history_state(w.history), HISTORY_WAITS, "a folder that is not there");
	is_told(&w, true, "kept in memory");
	ok(!history_totals(w.history), "of all time nothing is known");
	two_peers(&w);
	poll_times(&w, 40);
	mkdir("later", 0700);
	poll_times(&w, 40);
	is_int(history_state(w.history), HISTORY_RECORDS, "is tried again");
	is_told(&w, false, "recorded now");
	is_int(history_totals(w.history)->all.sightings, 240, "then all of it is");
	is_int(history_totals(w.history)->all.unique, 2, "each address once");
	world_done(&w);
	is_int(in_file("later/history.db", "SELECT sum(polls) FROM observed"), 80, "and nothing was lost");
	is_int(in_file("later/history.db", "SELECT visits FROM everyone WHERE ip = x'05090101'"), 1, "in one visit");
}

/* Nobody listened between two messages: both are heard. */
static void test_two_messages(void)
{
	struct err first = {""}, second = {""};
	bool bad, better = true;
	struct world w;

	world_init(&w, "slowly/history.db");
	world_open(&w);
	mkdir("slowly", 0700);
	two_peers(&w);
	poll_times(&w, 40);
	ok(history_trouble(w.history, &bad, &first) && history_trouble(w.history, &better, &second), "two messages");
	ok(bad && strstr(first.msg, "kept in memory"), "in their order: %s", first.msg);
	ok(!better && strstr(second.msg, "recorded now"), "and the other: %s", second.msg);
	world_done(&w);
}

/* Polls until the oldest of them give way. */
static void fill(struct world *w)
{
	for (int i = 0; i <= HISTORY_POLLS; i++)
		history_poll(w->history, w->fold, w->now, w->set);
}

/* The disk is away for longer than memory has room, for addresses and then for polls. */
static void test_dropped(void)
{
	struct world w;

	world_init(&w, "away/history.db");
	w.setup.peers_max = 1;
	world_open(&w);
	is_told(&w, true, "kept in memory");
	two_peers(&w);
	poll_times(&w, 2);
	is_told(&w, true, "more addresses");
	fill(&w);
	poll_times(&w, 1);
	is_told(&w, true, "memory has room");
	poll_times(&w, 1);
	ok(!w.history->message_count, "said once");
	mkdir("away", 0700);
	poll_times(&w, 40);
	is_told(&w, false, "; 65,536 sightings and polls were lost");
	world_done(&w);
	is_int(in_file("away/history.db", "SELECT sum(sightings) FROM hours"), 3 * 44, "sums had room");
}

/* Nor is anything saved while there is no date: it is not the addresses that are too many. */
static void test_dropped_undated(void)
{
	struct world w;

	world_init(&w, "nodate.db");
	w.set = false;
	w.now.wall = 1000;
	world_open(&w);
	two_peers(&w);
	poll_times(&w, 1);
	for (int turn = 1; turn <= 2; turn++) {
		fill(&w);
		poll_times(&w, 1);
		is_told(&w, true, "memory has room");
		w.set = true;
		w.now.wall = START;
		poll_times(&w, 1);
		saved(&w);
		is_told(&w, false, "written again; 65,536 sightings and polls were lost");
	}
	world_done(&w);
}

/* Nothing is wrong with the disk, and nobody says so. */
static void test_many(void)
{
	struct world w;

	world_init(&w, "many.db");
	w.setup.peers_max = 1;
	world_open(&w);
	for (int turn = 1; turn <= 2; turn++) {
		two_peers(&w);
		poll_times(&w, 2);
		is_told(&w, true, "than have room (1; a larger [monitor] remember makes more)");
		saved(&w);
		poll_times(&w, 1);
		ok(!w.history->message_count, "said once");
		saved(&w);
		answer_of(&w);
		add_peer(&w.answer, GERMAN, CLIENT_NONE);
		poll_times(&w, 1);
		saved(&w);
	}
	is_int(w.history->ledger.dropped, 0, "sums are no loss");
	world_done(&w);
	is_int(in_file("many.db", "SELECT sum(sightings) FROM hours"), 2 * (3 * 3 + 1), "they had room");
}

/* Nor when they are there before the file is open, which takes a moment at every start. */
static void test_many_soon(void)
{
	struct world w;

	world_init(&w, "soon.db");
	w.setup.peers_max = 1;
	w.history = history_new(&w.setup, w.now);
	two_peers(&w);
	poll_after(&w, 100);
	is_told(&w, true, "than have room (1; a larger [monitor] remember makes more)");
	world_done(&w);
}

static void test_damaged(void)
{
	struct world w;
	char text[64] = "";
	FILE *f;

	world_init(&w, scratch_file("damaged.db",
				    "this is no database, and it is long enough to be looked at, "
				    "which takes more than a hundred characters in the header.",
				    0600));
	world_open(&w);
	is_int(history_state(w.history), HISTORY_OFF, "a file that is no database");
	is_told(&w, true, "nothing is recorded");
	two_peers(&w);
	poll_times(&w, 40);
	is_int(w.history->ledger.peer_count, 0, "nothing waits for nothing");
	ok(!history_totals(w.history), "of all time nothing is known");
	world_done(&w);
	f = fopen("damaged.db", "r");
	ok(f && fgets(text, 21, f) && strcmp(text, "this is no database,") == 0, "and the file is as it was");
	if (f)
		fclose(f);
}

static void test_moved(void)
{
	struct world w;

	for (int turn = 1; turn <= 2; turn++) {
		world_init(&w, "ours.db");
		world_open(&w);
		two_peers(&w);
		poll_times(&w, 40);
		world_close(&w);
		damage("ours.db");
		world_open(&w);
		is_int(history_state(w.history), HISTORY_RECORDS, "a damaged history: a new one is begun");
		is_told(&w, true, "ours.db.corrupt-20231115T");
		is_int(count_names("ours.db.corrupt-"), turn, "the old one is there, under another name");
		poll_times(&w, 3);
		is_int(history_totals(w.history)->all.sightings, 9, "the new one begins with nothing");
		world_done(&w);
		is_int(in_file("ours.db", "SELECT sum(polls) FROM observed"), 3, "and can be written");
		unlink("ours.db");
	}
}

/* Damage that shows only when it is written. */
static void test_moved_later(void)
{
	struct world w;

	world_init(&w, "later.db");
	world_open(&w);
	two_peers(&w);
	poll_times(&w, 40);
	world_close(&w);
	world_open(&w);
	history_keep_alerts(w.history, &(struct history_alert){"raised", 1, START, 1, START, ""}, 1);
	poll_times(&w, 2);
	is_int(in_file("later.db", "SELECT count(*) FROM alerts"), 1, "an alert is in the file");
	damage("later.db");
	w.slow = true;      /* the news is for the history alone */
	poll_times(&w, 28); /* to the next save */
	for (int i = 0; i < 10000 && !w.history->message_count; i++) {
		history_save(w.history, w.now);
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	w.slow = false;
	is_int(history_state(w.history), HISTORY_RECORDS, "damage under our hands: a new one is begun");
	is_told(&w, true, "later.db.corrupt-");
	is_int(history_totals(w.history)->all.sightings, 3 * 70, "what is known of all time is known still");
	poll_times(&w, 35);
	world_done(&w);
	is_int(in_file("later.db", "SELECT sum(polls) FROM observed"), 30 + 35,
	       "and the new one is written, with what was being written to the old one");
	is_int(in_file("later.db", "SELECT sightings FROM everyone WHERE ip = x'05090101'"), 2 * 65, "peers too");
	is_int(in_file("later.db", "SELECT told FROM alerts"), 1, "with the alert");
	is_int(count_names("later.db.corrupt-"), 1, "once");
}

/* user_version is at byte 60 of the file, big-endian. */
static int set_version(const char *path, uint8_t version)
{
	int fd = open(path, O_RDWR);
	int rc = fd >= 0 && pwrite(fd, &version, 1, 63) == 1 ? 0 : -errno;

	close(fd);
	return rc;
}

static void test_newer(void)
{
	struct world w;

	world_init(&w, "newer.db");
	world_open(&w);
	world_close(&w);
	is_int(in_file("newer.db", "SELECT count(*) FROM everyone"), 0, "a history");
	is_int(set_version("newer.db", 99), 0, "of a newer swarmtop");
	world_open(&w);
	is_int(history_state(w.history), HISTORY_OFF, "is not written");
	is_int(history_refused(w.history, &err), -EPROTO, "but refused");
	ok(strstr(err.msg, "newer swarmtop") != NULL, "with a message");
	world_done(&w);
	is_int(count_names("newer.db.corrupt"), 0, "and stays where it is");
}

/* A child that holds the lock of SQLite's writers, for so long or, 0, until it is ended; fcntl(2) locks are of a
 * process, so it must be another. */
static pid_t lock_by_child(const char *shm, unsigned seconds)
{
	/* WAL_WRITE_LOCK in wal.c of SQLite */
	struct flock writer = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 120, .l_len = 1};
	int fds[2];
	char c = 'n';
	pid_t child;

	if (pipe(fds) || (child = fork()) < 0)
		return -1;
	if (child == 0) {
		int fd = open(shm, O_RDWR);

		c = fd >= 0 && fcntl(fd, F_SETLK, &writer) == 0 ? 'y' : 'n';
		if (write(fds[1], &c, 1) != 1)
			_exit(1);
		alarm(seconds);
		for (;;)
			pause();
	}
	ok(read(fds[0], &c, 1) == 1 && c == 'y', "another process writes to the file");
	close(fds[0]);
	close(fds[1]);
	return child;
}

static void end_child(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

/* Another program holds the file: nothing stops, and all is written in the end. */
static void test_locked(void)
{
	struct world w;
	int64_t began;
	pid_t child;

	world_init(&w, "locked.db");
	world_open(&w);
	store_flush(w.history->store, &err);
	child = lock_by_child("locked.db-shm", 0);
	began = clock_now().mono_ms;
	two_peers(&w);
	w.slow = true;
	poll_times(&w, 2000);
	ok(clock_now().mono_ms - began < 20000, "2000 polls do not wait for it, 2 s each");
	is_int(in_file("locked.db", "SELECT count(*) FROM observed"), 0, "nothing is written");
	end_child(child);
	world_done(&w);
	is_int(in_file("locked.db", "SELECT sum(polls) FROM observed"), 2000, "and then all of it is");
	is_int(in_file("locked.db", "SELECT sum(sightings) FROM hours"), 6000, "to the last sighting");
	is_int(in_file("locked.db", "SELECT sightings FROM everyone WHERE ip = x'05090101'"), 4000, "of the peer too");
}

/* It lets go at the end, after an attempt or two: all parts of the last save are written, not only the first. */
static void test_locked_at_the_end(void)
{
	enum { MANY = 15000 };
	struct world w;
	pid_t child;

	world_init(&w, "end.db");
	world_open(&w);
	store_flush(w.history->store, &err);
	answer_of(&w);
	for (uint32_t i = 0; i < MANY; i++)
		add_peer(&w.answer, IP4(20, 0, 0, 0) + i * 40503u, CLIENT_NONE);
	poll_times(&w, 2);
	child = lock_by_child("end.db-shm", 3);
	world_done(&w);
	end_child(child);
	is_int(in_file("end.db", "SELECT count(*) FROM everyone"), MANY, "and it was worth waiting for");
}

/* And it does not let go: the end comes all the same. */
static void test_locked_for_ever(void)
{
	struct world w;
	int64_t began;
	pid_t child;

	world_init(&w, "held.db");
	world_open(&w);
	store_flush(w.history->store, &err);
	child = lock_by_child("held.db-shm", 0);
	two_peers(&w);
	poll_times(&w, 3);
	began = clock_now().mono_ms;
	world_close(&w);
	began = clock_now().mono_ms - began;
	ok(began < 11500, "the end waits 10 s at most: %lld ms", (long long)began);
	end_child(child);
	world_done(&w);
}

/* A disk without room, as the limit of a process: later there is some. */
static void test_full(void)
{
	struct rlimit none = {1 << 16, RLIM_INFINITY}, any = {RLIM_INFINITY, RLIM_INFINITY};
	struct world w;
	int64_t began;

	world_init(&w, "full.db");
	world_open(&w);
	store_flush(w.history->store, &err);
	answer_of(&w);
	for (uint32_t i = 0; i < 1000; i++)
		add_peer(&w.answer, IP4(20, 0, 0, 0) + i * 40503u, CLIENT_NONE);
	setrlimit(RLIMIT_FSIZE, &none);
	w.slow = true;
	began = clock_now().mono_ms;
	poll_times(&w, 31);
	store_flush(w.history->store, NULL);
	poll_times(&w, 200);
	is_told(&w, true, "what waits is kept");
	ok(clock_now().mono_ms - began < 120000, "polls go on");
	setrlimit(RLIMIT_FSIZE, &any);
	w.slow = false;
	saved(&w);
	poll_times(&w, 2);
	is_told(&w, false, "written again");
	world_done(&w);
	is_int(in_file("full.db", "SELECT sum(sightings) FROM everyone"), 233 * 1000, "and nothing is lost");
	is_int(in_file("full.db", "SELECT sum(sightings) FROM totals"), 233 * 1000, "nowhere");
}

/* More than a part of a save: a disk that was away for a day, with many peers. */
static void test_large(void)
{
	enum { MANY = 15000 };
	struct world w;

	world_init(&w, "large.db");
	world_open(&w);
	answer_of(&w);
	for (uint32_t i = 0; i < MANY; i++)
		add_peer(&w.answer, IP4(20, 0, 0, 0) + i * 40503u, CLIENT_NONE);
	w.slow = true;
	poll_times(&w, 31);
	ok(w.history->saving, "a large save takes its time");
	world_done(&w);
	is_int(in_file("large.db", "SELECT count(*) FROM everyone"), MANY, "all of them are there");
	is_int(in_file("large.db", "SELECT sum(sightings) FROM everyone"), 31 * MANY, "with all they did");
	is_int(in_file("large.db", "SELECT sum(sightings) FROM totals"), 31 * MANY, "as the totals say");
}

static unsigned waiting(const struct ledger *l)
{
	unsigned count = 0;

	for (uint32_t i = 0; i < l->peer_count; i++)
		count += l->peers[i].sightings > 0;
	return count;
}

/* Who is saved gives way to somebody new while the others are still to be saved. */
static void test_swept(void)
{
	enum { MANY = 6000 };
	struct world w;

	world_init(&w, "swept.db");
	w.setup.peers_max = MANY;
	world_open(&w);
	answer_of(&w);
	for (uint32_t i = 0; i < MANY; i++)
		add_peer(&w.answer, IP4(20, 0, 0, 0) + i * 40503u, CLIENT_NONE);
	poll_times(&w, 1);
	history_begin_save(w.history, w.now);
	ok(!history_write(w.history, w.now), "a save is on its way");
	ok(waiting(&w.history->ledger) < MANY, "that has some of them");
	answer_of(&w);
	add_peer(&w.answer, GERMAN, CLIENT_NONE);
	w.slow = true;
	poll_after(&w, 400000);
	ok(w.history->ledger.peer_count < MANY, "those give way");
	while (w.history->saving) {
		history_save(w.history, w.now);
		store_flush(w.history->store, &err);
	}
	is_int(waiting(&w.history->ledger), 0, "and it saves all others");
	world_done(&w);
	is_int(in_file("swept.db", "SELECT count(*) FROM everyone"), MANY + 1, "each is in the file");
}

static void test_paths(void)
{
	char path[PATH_MAX];

	ok(history_is_off("none") && !history_is_off("") && !history_is_off(NULL), "none is off");
	is_int(history_path("/a/b.db", path, sizeof(path), &err), 0, "a path");
	is_str(path, "/a/b.db", "is taken as it is");
	history_path("", path, sizeof(path), &err);
	ok(strstr(path, "/.local/state/swarmtop/peers.db") != NULL, "the usual place: %s", path);
	setenv("STATE_DIRECTORY", "/var/lib/a:/var/lib/b", 1);
	history_path(NULL, path, sizeof(path), &err);
	is_str(path, "/var/lib/a/peers.db", "that of a service");
	unsetenv("STATE_DIRECTORY");
	history_free(NULL, (struct now){0, 0}, 0);
}

/* With any argument also what takes ten seconds. */
int main(int argc, char **argv)
{
	(void)argv;
	scratch_init();
	setenv("TZ", "UTC", 1);
	test_paths();
	test_remembers();
	test_saves();
	test_anonymize();
	test_no_clock();
	test_date_is_lost();
	test_silent_clock();
	test_silent_slots();
	test_silent_clock_goes_on();
	test_jumps();
	test_ahead();
	test_suspend();
	test_second();
	test_names();
	test_no_folder();
	test_two_messages();
	test_dropped();
	test_dropped_undated();
	test_many();
	test_many_soon();
	test_damaged();
	test_moved();
	test_moved_later();
	test_newer();
	test_locked();
	test_locked_at_the_end();
	test_full();
	test_large();
	test_swept();
	if (argc > 1)
		test_locked_for_ever();
	return tap_done();
}
