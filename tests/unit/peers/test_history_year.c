/* peers/history*.c over long times: what a year leaves in the file, and what a day of it writes to the disk. */
#include "peers/history.h"

#include <sys/stat.h>

#include "scratch.h"
#include "tap.h"
#include "unit/peers/churning.h"

enum { DAYS = 380, KEEP = 90, REFRESH = 5 * MINUTE };

static const char year[] = "year.db";

static int64_t in_year(const char *sql)
{
	return in_file(year, sql);
}

/* Every five minutes, saved every six hours; the fold forgets too, so that it costs no memory. */
static void live(struct world *w, uint64_t *sightings, uint64_t *polls)
{
	struct churn c = churn_of(12, 3000, 24);
	uint32_t clients[8];

	churn_clients(w, clients);
	for (int64_t i = 0; i < (int64_t)DAYS * DAY / REFRESH; i++) {
		churn(&c, w, clients);
		poll_after(w, REFRESH * 1000);
		*sightings += w->answer.sighting_count;
		*polls += 1;
	}
}

static void check_totals(uint64_t sightings, uint64_t polls)
{
	is_int(in_year("SELECT sum(sightings) FROM totals"), (long long)sightings, "every sighting is in the totals");
	is_int(in_year("SELECT value FROM state WHERE key = 'polls'"), (long long)polls, "and every poll");
	is_int(in_year("SELECT value / 86400 * 86400 FROM state WHERE key = 'since'"), START, "since the first day");
}

static void check_kept(int64_t now)
{
	char sql[160];

	snprintf(sql, sizeof(sql), "SELECT min(hour) * 3600 >= %lld FROM hours",
		 (long long)now - (long long)(KEEP + 1) * DAY);
	is_int(in_year(sql), 1, "hours are kept for keep_days");
	ok(in_year("SELECT count(DISTINCT hour) FROM hours") >= KEEP * 24 - 24, "all of them");
	snprintf(sql, sizeof(sql), "SELECT count(*) FROM everyone WHERE last < %lld",
		 (long long)now - (long long)(KEEP + 1) * DAY);
	is_int(in_year(sql), 0, "peers unseen for longer are forgotten");
	ok(in_year("SELECT count(*) FROM everyone") > 1000, "the others are not");
	ok(in_year("SELECT max(day) - min(day) FROM clients") <= KEEP + 1, "clients too");
}

static void check_course(void)
{
	ok(in_year("SELECT count(*) FROM polls") <= 3 * DAY / REFRESH + 1, "every poll of two days, or three");
	ok(in_year("SELECT count(*) FROM quarters") <= 30 * 96, "a quarter of an hour for a month");
	ok(in_year("SELECT count(*) FROM whole_hours") <= KEEP * 24, "an hour for the rest");
	is_int(in_year("SELECT count(*) FROM whole_hours WHERE n <> 12"), 0, "of twelve polls each");
	is_int(in_year("SELECT count(*) FROM course WHERE connections <> n * 12"), 0, "no connection is lost");
	is_int(in_year("SELECT count(*) FROM (SELECT at FROM whole_hours WHERE at >= "
		       "(SELECT min(at) FROM quarters) / 3600 * 3600 + 3600)"),
	       0, "no time is told twice");
}

static void test_year(void)
{
	uint64_t sightings = 0, polls = 0;
	struct stat st = {.st_size = 0};
	struct world w;

	world_init(&w, year);
	w.setup.keep_days = KEEP;
	w.setup.save_ms = 6 * HOUR * 1000;
	w.setup.refresh_ms = REFRESH * 1000;
	world_open(&w);
	live(&w, &sightings, &polls);
	is_int(history_totals(w.history)->all.sightings, (long long)sightings, "the process knows all of a year");
	ok(w.history->ledger.peer_count < 2000, "and keeps only what waits");
	world_close(&w);
	check_totals(sightings, polls);
	check_kept(w.now.wall);
	check_course();
	stat(year, &st);
	ok(st.st_size < 8 << 20, "the file is small: %lld kB", (long long)st.st_size / 1000);
	world_done(&w);
}

/* A clock that jumps a year ahead, and nobody says that it is right: 90 days stay 90 days with polls. */
static void test_jump_keeps(void)
{
	struct world w;
	struct churn c = churn_of(5, 50, 100);
	uint32_t clients[8];

	world_init(&w, "ahead.db");
	w.setup.keep_days = 10;
	w.setup.refresh_ms = HOUR * 1000;
	world_open(&w);
	churn_clients(&w, clients);
	for (int i = 0; i < 12 * 24; i++) {
		churn(&c, &w, clients);
		poll_after(&w, HOUR * 1000);
	}
	w.set = false;
	w.now.wall += 366 * DAY;
	for (int i = 0; i < 3 * 24; i++) {
		churn(&c, &w, clients);
		poll_after(&w, HOUR * 1000);
	}
	saved(&w);
	ok(in_file("ahead.db", "SELECT count(DISTINCT hour / 24) FROM observed") >= 10,
	   "a jump ahead does not empty the file");
	w.set = true;
	for (int i = 0; i < 3 * 24; i++)
		poll_after(&w, HOUR * 1000);
	saved(&w);
	ok(in_file("ahead.db", "SELECT count(DISTINCT hour / 24) FROM observed") <= 8,
	   "unless the system says that the date is right");
	world_done(&w);
}

static void test_writes(void)
{
	enum { LIMIT = 25000000 };
	struct churn c = churn_of(200, 20000, 60);
	uint32_t clients[8];
	struct world w;
	int64_t day = 0;

	world_init(&w, "writes.db");
	world_open(&w);
	churn_clients(&w, clients);
	for (int i = 0; i < 3; i++)
		day = churn_day(&c, &w, clients);
	ok(day > 0 && day < LIMIT, "a day with 200 peers writes %lld kB", (long long)day / 1000);
	world_done(&w);
}

int main(void)
{
	scratch_init();
	setenv("TZ", "UTC", 1);
	test_year();
	test_jump_keeps();
	test_writes();
	return tap_done();
}
