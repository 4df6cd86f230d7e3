/* peers/history_course.c: what the charts of the past are made of, read from a file of two days and a half. */
#include "peers/history_course.h"

#include <stdlib.h>
#include <time.h>

#include "scratch.h"
#include "tap.h"
#include "unit/peers/historied.h"

static struct course course;
static struct course_days days;

static void test_course(struct world *w)
{
	is_int(history_course(w->history->store, w->now.wall, DAY, &course, &err), 0, "a day");
	is_int(course.step, 300, "in steps of 5 minutes");
	is_int(course.until, w->now.wall, "up to now");
	ok(course.since % course.step == 0 && course.since <= w->now.wall - DAY, "from a whole step");
	ok(course.count >= 12 * 24 - 4 && course.count <= 12 * 24 + 1, "%u of them", course.count);
	ok(course.points[10].connections == 2 && course.points[10].peak == 2 && course.points[10].addresses == 2,
	   "two connections on average, at most, of two addresses");
	ok(course.points[10].rate_up == 3000 && course.points[10].rate_down == 0, "their rates");
	is_int(course.points[11].at - course.points[10].at, 300, "one step after another");
	is_int(history_course(w->history->store, w->now.wall, 7 * DAY, &course, &err), 0, "a week");
	is_int(course.step, 1800, "in half hours");
	ok(course.count > 100 && course.count < 130, "of which two days and a half are known: %u", course.count);
	is_int(history_course(w->history->store, w->now.wall, 365 * DAY, &course, &err), 0, "a year");
	ok(course.step == DAY && course.count == 3, "in days: %u", course.count);
	is_int(history_course(w->history->store, w->now.wall - 300 * DAY, DAY, &course, &err), 0, "a day long ago");
	is_int(course.count, 0, "has nothing of what came after");
}

static void test_days(struct world *w)
{
	is_int(history_course_days(w->history->store, w->now.wall, 30, &days, &err), 0, "days");
	is_int(days.day_count, 3, "three were observed");
	is_str(days.days[0], "2023-11-15", "the first");
	is_str(days.days[2], "2023-11-17", "the last");
	is_int(days.country_count, 2, "two countries");
	ok(days.seen[0][1] == 2880 && days.seen[1][1] == 2880 && days.seen[COURSE_COUNTRIES][1] == 0, "of a whole day");
	ok(days.seen[0][2] < 2880 && days.seen[0][2] > 1000, "of half a day");
	is_int(history_course_days(w->history->store, w->now.wall, 1, &days, &err), 0, "one day");
	ok(days.day_count == 2, "lies on two dates");
	setenv("TZ", "Asia/Tokyo", 1);
	tzset();
	is_int(history_course_days(w->history->store, w->now.wall, 30, &days, &err), 0, "days in Tokyo");
	ok(days.day_count == 3 && llabs((long long)days.seen[0][0] - 15 * 120) < 3, "begin earlier");
	setenv("TZ", "UTC", 1);
	tzset();
}

/* A clock that was a year ahead for a while. */
static void test_ahead(struct world *w)
{
	unsigned points;

	history_course(w->history->store, w->now.wall, 7 * DAY, &course, &err);
	points = course.count;
	w->now.wall += 366 * DAY;
	add_peer(&w->answer, IP4(93, 40, 0, 7), CLIENT_NONE);
	poll_times(w, 10);
	saved(w);
	w->now.wall -= 366 * DAY;
	is_int(history_course(w->history->store, w->now.wall, 7 * DAY, &course, &err), 0, "of a clock that was ahead");
	is_int(course.count, points, "no chart shows the polls of next year");
	is_int(history_course_days(w->history->store, w->now.wall, 30, &days, &err), 0, "nor its days");
	is_int(days.day_count, 3, "they are those up to now");
	is_str(days.days[days.day_count - 1], "2023-11-17", "to the last");
	is_int(days.country_count, 2, "with their countries");
}

/* More countries than have a row of their own. */
static void test_others(void)
{
	struct world w;

	world_init(&w, "many.db");
	world_open(&w);
	answer_of(&w);
	for (unsigned i = 0; i < 9; i++)
		for (unsigned n = 0; n <= 9 - i; n++)
			add_peer(&w.answer, IP4(5, i, 1, 1 + n), CLIENT_NONE);
	poll_times(&w, 10);
	saved(&w);
	is_int(history_course_days(w.history->store, w.now.wall, 30, &days, &err), 0, "nine countries");
	is_int(days.country_count, COURSE_COUNTRIES, "five have rows of their own");
	ok(days.seen[0][0] == 100 && days.seen[4][0] == 60, "those seen most, most first");
	is_int((int64_t)days.seen[COURSE_COUNTRIES][0], 50 + 40 + 30 + 20, "the others are one");
	world_done(&w);
}

/* For a quarter of an hour no daemon answered. */
static void test_lost(void)
{
	struct world w;
	unsigned zeros = 0;

	world_init(&w, "lost.db");
	world_open(&w);
	answer_of(&w);
	add_peer(&w.answer, IP4(5, 9, 1, 1), CLIENT_NONE);
	poll_times(&w, 120);
	fold_lost(w.fold, 0);
	fold_recount(w.fold, w.now.wall);
	for (int i = 0; i < 30; i++) {
		pass_time(&w, STEP_MS);
		history_poll(w.history, w.fold, w.now, true);
	}
	poll_times(&w, 60);
	saved(&w);
	is_int(history_course(w.history->store, w.now.wall, DAY, &course, &err), 0,
	       "a day with a daemon that was lost");
	for (unsigned i = 0; i < course.count; i++)
		zeros += course.points[i].connections < 1;
	is_int(zeros, 0, "polls that nobody answered are no zeros");
	ok(course.count >= 18 && course.count <= 20, "but a gap: %u", course.count);
	is_int((int64_t)w.history->totals.polls, 180, "nor are they counted");
	is_int(in_file("lost.db", "SELECT sum(polls) FROM observed"), 180, "in the file neither");
	world_done(&w);
}

static void test_without_file(void)
{
	const struct history_past *past;
	struct world w;

	world_init(&w, "no/such/folder.db");
	world_open(&w);
	is_int(history_past(w.history, w.now, DAY, 30, &past, &err), -EAGAIN, "no file, no course");
	world_done(&w);
}

int main(void)
{
	struct world w;

	scratch_init();
	setenv("TZ", "UTC", 1);
	tzset();
	world_init(&w, "course.db");
	world_open(&w);
	answer_of(&w);
	add_peer(&w.answer, IP4(5, 9, 1, 1), CLIENT_NONE)->rate_up = 1000;
	add_peer(&w.answer, IP4(5, 10, 1, 1), CLIENT_NONE)->rate_up = 2000;
	poll_times(&w, 60 * 120);
	saved(&w);
	test_course(&w);
	test_days(&w);
	test_ahead(&w);
	world_done(&w);
	test_others();
	test_lost();
	test_without_file();
	return tap_done();
}
