/* peers/alert.c: daemons that are lost, flap, or have yet to answer. */
#include "peers/alert.h"

#include "tap.h"
#include "unit/peers/alerted.h"

/* A poll in which that daemon is there, or was lost a moment ago. */
static void check_nas(struct alerts *a, struct drawn *d, struct ear *ear, bool there)
{
	d->sources[1].state = there ? SOURCE_OK : SOURCE_UNREACHABLE;
	d->sources[1].good_mono_ms = there ? d->scene.now.mono_ms : d->sources[1].good_mono_ms;
	alerts_check(a, &d->scene, hear, ear);
	d->scene.now.mono_ms += 30000;
}

/* A daemon that comes and goes: the polls in which it is there make a row. */
static void test_flapping(void)
{
	struct conf_alert list[] = {alert("many", "connections > 1", "", 3)};
	struct conf conf = {.alerts = list, .alert_count = 1};
	struct alerts *a = alerts_new();
	struct ear ear = {.count = 0};
	struct drawn d;

	begin(&d);
	alerts_configure(a, &conf);
	for (unsigned i = 0; i < 6; i++) {
		is_int(ear.count, i > 4, "poll %u", i);
		check_nas(a, &d, &ear, i % 2 == 0);
	}
	is_int(ear.count, 1, "the third of them raises it");
	drawn_end(&d);
	alerts_free(a);
}

/* A daemon is lost: that neither ends nor begins what is asked of all of them, nor of this one. */
static void test_lost(void)
{
	struct conf_alert list[] = {alert("many", "connections > 1", "", 1), alert("few", "connections < 3", "", 1),
				    alert("his", "source('home').peers > 3", "", 1),
				    alert("lost", "source('home').state != ok", "", 1)};
	struct conf conf = {.alerts = list, .alert_count = 4};
	struct alerts *a = alerts_new();
	struct ear ear = {.count = 0};
	struct answer none;
	struct drawn d;

	begin(&d);
	alerts_configure(a, &conf);
	alerts_check(a, &d.scene, hear, &ear);
	is_int(ear.count, 2, "many, and his");
	answer_init(&none);
	drawn_poll(&d, &none, 60);
	answer_done(&none);
	d.sources[0].state = SOURCE_UNREACHABLE;
	d.scene.now.mono_ms += 7200 * 1000;
	alerts_check(a, &d.scene, hear, &ear);
	is_int(ear.count, 3, "no daemon answers, for long: one more");
	is_str(ear.lines[2], "alert lost: source('home').state = unreachable", "that it is lost");
	is_str(alerts_status(a, 1).values, "connections = unknown", "nobody knows how many there are");
	d.sources[1].state = SOURCE_OK;
	d.sources[0].good_mono_ms = d.scene.now.mono_ms - 60000;
	alerts_check(a, &d.scene, hear, &ear);
	is_int(ear.count, 3, "another answers, and the first was there a moment ago");
	d.sources[0].good_mono_ms = d.scene.now.mono_ms - 3600 * 1000;
	alerts_check(a, &d.scene, hear, &ear);
	is_int(ear.count, 5, "and long ago: sums are those of the other");
	ok(!alerts_status(a, 0).raised && alerts_status(a, 1).raised && alerts_status(a, 2).raised,
	   "but nobody knows his peers");
	alerts_free(a);
	drawn_end(&d);
}

/* What the lost one knows is open: neither true nor false, unless the rest of the condition decides. */
static void test_open(void)
{
	struct conf_alert list[] = {
		alert("over", "source('nas').state = ok", "connections < 1 or source('nas').state != ok", 1),
		alert("held", "source('nas').state = ok", "connections < 1 and source('nas').state != ok", 1),
		alert("either", "connections > 99 or source('nas').state != ok", "", 1),
		alert("both", "not (connections > 99 and source('nas').state != ok)", "", 2),
		alert("negated", "not connections > 3", "", 1),
		alert("german", "unique > 1 and not country('DE').connections > 1", "", 1),
	};
	struct conf conf = {.alerts = list, .alert_count = sizeof(list) / sizeof(list[0])};
	struct alerts *a = alerts_new();
	struct ear ear = {.count = 0};
	struct drawn d;

	begin(&d);
	alerts_configure(a, &conf);
	for (unsigned i = 0; i < 2; i++)
		check_nas(a, &d, &ear, true);
	ok(alerts_status(a, 0).raised && alerts_status(a, 1).raised && alerts_status(a, 3).raised, "three are raised");
	is_int(alerts_raised(a), 3, "no more");
	check_nas(a, &d, &ear, false);
	ok(!alerts_status(a, 0).raised, "open or true ends");
	ok(alerts_status(a, 1).raised, "open and true does not");
	ok(alerts_status(a, 2).raised, "open or true holds");
	ok(alerts_status(a, 3).raised, "not (open and true) is open, too");
	ok(!alerts_status(a, 4).raised, "not open raises nothing");
	ok(!alerts_status(a, 5).raised, "true and not open neither");
	alerts_free(a);
	drawn_end(&d);
}

/* Before the first answer, and for a while after that as long as a daemon has yet to answer, nothing is known of all of
 * them; of that one nothing is before it does. */
static void test_unanswered(void)
{
	struct conf_alert list[] = {
		alert("few", "connections < 5", "", 1),
		alert("german", "share('DE') > 0.4", "", 1),
		alert("negated", "not connections > 9", "", 1),
		alert("seen", "not unique > 9", "", 1),
		alert("his", "not source('attic').peers > 9", "", 1),
	};
	struct conf conf = {.alerts = list, .alert_count = sizeof(list) / sizeof(list[0])};
	struct alerts *a = alerts_new();
	struct ear ear = {.count = 0};
	struct drawn d;

	begin(&d);
	d.sources[2].began_mono_ms = 0;
	d.scene.wall = 0;
	alerts_configure(a, &conf);
	alerts_check(a, &d.scene, hear, &ear);
	is_int(ear.count, 0, "before the first answer nothing is raised");
	d.scene.wall = DRAWN_WALL;
	alerts_check(a, &d.scene, hear, &ear);
	is_int(ear.count, 1, "a daemon has yet to answer: what was seen so far counts");
	is_str(ear.lines[0], "alert seen: unique = 4", "only that");
	d.scene.now.mono_ms += 299999;
	alerts_check(a, &d.scene, hear, &ear);
	is_int(ear.count, 1, "for five minutes");
	d.scene.now.mono_ms += 1;
	alerts_check(a, &d.scene, hear, &ear);
	is_int(ear.count, 4, "then sums are those of the others");
	ok(!alerts_status(a, 4).raised, "but nobody knows his peers");
	alerts_free(a);
	drawn_end(&d);
}

/* What is open in the end of an alert says nothing about its beginning. */
static void test_row_broken(void)
{
	struct conf_alert list[] = {alert("x", "source('nas').state = ok", "connections < 1", 3)};
	struct conf conf = {.alerts = list, .alert_count = 1};
	struct alerts *a = alerts_new();
	struct ear ear = {.count = 0};
	struct drawn d;

	begin(&d);
	alerts_configure(a, &conf);
	for (unsigned i = 0; i < 5; i++)
		check_nas(a, &d, &ear, i != 2);
	is_int(ear.count, 0, "a poll in which it does not hold breaks the row");
	check_nas(a, &d, &ear, true);
	is_int(ear.count, 1, "three of them make one");
	alerts_free(a);
	drawn_end(&d);
}

int main(void)
{
	test_flapping();
	test_lost();
	test_open();
	test_unanswered();
	test_row_broken();
	return tap_done();
}
