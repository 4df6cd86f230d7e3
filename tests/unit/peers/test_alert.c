/* peers/alert.c and peers/alert_keep.c: conditions over the two polls of drawn.h, the messages, another configuration,
 * restarts. */
#include "peers/alert.h"

#include <stdlib.h>

#include "peers/history_private.h"
#include "tap.h"
#include "unit/peers/alerted.h"

/* ---- messages ---- */

static void test_messages(void)
{
	static const char raised[] = "Call \357\277\275[31mme\357\277\275.\nNow: country('DE').connections = 2\n"
				     "Condition: country('DE').connections > 1\nSince: 2026-11-21 07:30:00 UTC\nHost: ";
	struct conf_alert list[] = {alert("germany", "country('DE').connections > 1", "", 2)};
	struct conf conf = {.alerts = list, .alert_count = 1};
	struct alerts *a = alerts_new();
	struct ear ear = {.count = 0};
	struct answer empty;
	struct drawn d;

	list[0].message = "Call \033[31mme\n.";
	begin(&d);
	alerts_configure(a, &conf);
	d.scene.alerts = a;
	alerts_check(a, &d.scene, hear, &ear);
	is_int(ear.count, 0, "one poll is not two");
	ok(!alerts_status(a, 0).raised && alerts_raised(a) == 0, "nothing is raised");
	d.scene.now.wall += 30;
	d.scene.now.mono_ms += 30000;
	alerts_check(a, &d.scene, hear, &ear);
	is_int(ear.count, 1, "two are");
	is_int(alerts_raised(a), 1, "it is raised");
	is_str(ear.lines[0], "alert germany: country('DE').connections = 2", "a line");
	is_str(ear.messages[0].title, "swarmtop: germany", "a title");
	is_int(ear.messages[0].state, NOTIFY_RAISED, "its state");
	ok(strncmp(ear.messages[0].text, raised, strlen(raised)) == 0, "a text: %s", ear.messages[0].text);
	answer_init(&empty);
	drawn_poll(&d, &empty, 60);
	answer_done(&empty);
	alerts_check(a, &d.scene, hear, &ear);
	d.scene.now.wall += 30;
	alerts_check(a, &d.scene, hear, &ear);
	is_int(ear.count, 2, "two polls without them");
	is_str(ear.lines[1], "alert germany is over: country('DE').connections = 0", "a line");
	is_str(ear.messages[1].title, "swarmtop: germany is over", "a title");
	ok(strstr(ear.messages[1].text, "It began: 2026-11-21 07:30:00 UTC, and lasted 60 s\n") != NULL, "a text: %s",
	   ear.messages[1].text);
	alerts_free(a);
	drawn_end(&d);
}

/* A machine without a clock of its own: it is raised in 1970, and a minute later the date is known. */
static void test_no_date(void)
{
	struct conf_alert list[] = {alert("germany", "country('DE').connections > 1", "", 1)};
	struct conf conf = {.alerts = list, .alert_count = 1};
	struct alerts *a = alerts_new();
	struct ear ear = {.count = 0};
	struct history_alert kept;
	struct answer empty;
	int64_t wall;
	struct drawn d;

	begin(&d);
	wall = d.scene.now.wall;
	alerts_configure(a, &conf);
	d.scene.alerts = a;
	d.scene.now.wall = 100;
	alerts_check(a, &d.scene, hear, &ear);
	is_int(alerts_status(a, 0).since, 100, "nobody knows the date");
	d.scene.now.wall = 1300000000; /* 2011: that is none either */
	d.scene.now.mono_ms += 20000;
	alerts_check(a, &d.scene, hear, &ear);
	d.scene.now.wall = wall;
	d.scene.now.mono_ms += 40000;
	alerts_check(a, &d.scene, hear, &ear);
	is_int(alerts_status(a, 0).since, wall - 60, "then it began when it did");
	ok(alerts_keep(a, d.scene.now, NULL, NULL, &kept, 1) == 1 && kept.told_at == wall - 60,
	   "and was told when it was: after a restart its cooldown goes on");
	d.scene.now.wall += 30;
	d.scene.now.mono_ms += 29980;
	alerts_check(a, &d.scene, hear, &ear);
	ok(alerts_keep(a, d.scene.now, NULL, NULL, &kept, 1) == 1 && kept.told_at == wall - 60,
	   "which stays so, and is not written anew");
	answer_init(&empty);
	drawn_poll(&d, &empty, 60);
	answer_done(&empty);
	alerts_check(a, &d.scene, hear, &ear);
	ok(ear.count == 2 && strstr(ear.messages[1].text, "and lasted 90 s\n"), "and lasted no longer: %s",
	   ear.messages[1].text);
	alerts_free(a);
	drawn_end(&d);
}

/* Between the two conditions it stays as it is. */
static void test_clear(void)
{
	struct conf_alert list[] = {alert("x", "connections >= 4", "connections < 2", 1)};
	struct conf conf = {.alerts = list, .alert_count = 1};
	struct alerts *a = alerts_new();
	struct ear ear = {.count = 0};
	struct answer some;
	struct drawn d;

	begin(&d);
	alerts_configure(a, &conf);
	alerts_check(a, &d.scene, hear, &ear);
	is_int(ear.count, 1, "raised");
	answer_init(&some);
	add_torrent(&some, 1, "one");
	add_peer(&some, DRAWN_GERMAN, CLIENT_NONE);
	add_peer(&some, DRAWN_ITALIAN, CLIENT_NONE);
	drawn_poll(&d, &some, 30);
	alerts_check(a, &d.scene, hear, &ear);
	ok(ear.count == 1 && alerts_status(a, 0).raised, "two connections: neither nor");
	is_str(alerts_status(a, 0).values, "connections = 2", "what there is now");
	answer_reset(&some);
	drawn_poll(&d, &some, 60);
	alerts_check(a, &d.scene, hear, &ear);
	ok(ear.count == 2 && !alerts_status(a, 0).raised, "none: over");
	answer_done(&some);
	alerts_free(a);
	drawn_end(&d);
}

/* While both hold it is raised, and stays so. */
static void test_overlap(void)
{
	struct conf_alert list[] = {alert("x", "connections >= 4", "connections < 9", 1)};
	struct conf conf = {.alerts = list, .alert_count = 1};
	struct alerts *a = alerts_new();
	struct ear ear = {.count = 0};
	struct drawn d;

	list[0].cooldown = 0;
	begin(&d);
	alerts_configure(a, &conf);
	for (int i = 0; i < 5; i++)
		alerts_check(a, &d.scene, hear, &ear);
	ok(ear.count == 1 && alerts_raised(a) == 1, "told once: %u", ear.count);
	alerts_free(a);
	drawn_end(&d);
}

/* What is too long ends in a mark. */
static void test_long(void)
{
	struct conf_alert list[] = {alert("x", "connections > 1", "", 1), alert("y", "connections > 1", "", 1)};
	struct conf conf = {.alerts = list, .alert_count = 2};
	struct alerts *a = alerts_new();
	struct ear ear = {.count = 0};
	char message[242];
	struct drawn d;

	memset(message, 'm', sizeof(message));
	message[241] = '\0';
	list[0].message = message;
	list[1].message = message + 1;
	begin(&d);
	alerts_configure(a, &conf);
	alerts_check(a, &d.scene, hear, &ear);
	is_int(ear.count, 2, "two are told");
	is_int(strcspn(ear.messages[0].text, "\n"), 242, "239 columns and a mark");
	ok(strncmp(ear.messages[0].text + 238, "m\342\200\246\n", 5) == 0, "of what is longer: %s",
	   ear.messages[0].text);
	is_int(strspn(ear.messages[1].text, "m"), 240, "and 240 columns");
	alerts_free(a);
	drawn_end(&d);
}

/* ---- messages that reach nobody ---- */

static void test_dropped(void)
{
	struct conf_alert list[] = {alert("x", "connections > 1", "", 1)};
	struct conf conf = {.alerts = list, .alert_count = 1};
	struct alerts *a = alerts_new();
	struct notify_message other;
	struct ear ear = {.count = 0};
	struct drawn d;

	begin(&d);
	alerts_configure(a, &conf);
	alerts_check(a, &d.scene, hear, &ear);
	other = ear.messages[0];
	other.wall--;
	alerts_dropped(a, &other);
	alerts_check(a, &d.scene, hear, &ear);
	is_int(ear.count, 1, "one of before is given up");
	alerts_dropped(a, &ear.messages[0]);
	alerts_configure(a, &conf);
	d.scene.now.wall++;
	alerts_check(a, &d.scene, hear, &ear);
	is_int(ear.count, 2, "the last one is: told again, within the cooldown");
	alerts_heard(a, &ear.messages[1]);
	alerts_dropped(a, &ear.messages[1]);
	alerts_check(a, &d.scene, hear, &ear);
	is_int(ear.count, 2, "unless another one had it");
	alerts_free(a);
	drawn_end(&d);
}

/* ---- another configuration ---- */

static void test_configured_again(void)
{
	struct conf_alert list[] = {alert("a", "connections > 1", "", 1), alert("b", "connections > 2", "", 1)};
	struct conf_alert other[] = {alert("b", "connections > 2", "", 5), alert("a", "connections > 9", "", 1)};
	struct conf conf = {.alerts = list, .alert_count = 2}, fresh = {.alerts = other, .alert_count = 2};
	struct alerts *a = alerts_new();
	struct ear ear = {.count = 0};
	struct drawn d;

	begin(&d);
	alerts_configure(a, &conf);
	alerts_check(a, &d.scene, hear, &ear);
	is_int(alerts_raised(a), 2, "two are raised");
	alerts_configure(a, &fresh);
	ok(alerts_status(a, 0).raised && !alerts_status(a, 1).raised,
	   "one with the same condition stays so, one with another begins anew");
	alerts_check(a, &d.scene, hear, &ear);
	is_int(ear.count, 2, "and is not told again");
	fresh.alert_count = 0;
	alerts_configure(a, &fresh);
	is_int(alerts_count(a), 0, "or none is left");
	alerts_check(a, &d.scene, hear, &ear);
	is_int(alerts_count(NULL), 0, "where there are none there are none");
	alerts_free(a);
	drawn_end(&d);
}

/* ---- over a restart ---- */

static void test_restarted(void)
{
	struct conf_alert list[] = {alert("a", "connections > 1", "", 1), alert("b", "connections > 2", "", 1),
				    alert("c", "connections > 100", "", 1)};
	struct conf_alert other[] = {list[0], alert("b", "connections > 3", "", 1), list[2]};
	struct conf conf = {.alerts = list, .alert_count = 3}, fresh = {.alerts = other, .alert_count = 3};
	struct alerts *a = alerts_new();
	struct ear ear = {.count = 0};
	struct answer some;
	struct drawn d;

	begin(&d);
	alerts_configure(a, &conf);
	alerts_check(a, &d.scene, hear, &ear);
	is_int(ear.count, 2, "two are raised");
	a = restarted(a, &fresh, &d);
	ok(alerts_status(a, 0).raised && !alerts_status(a, 1).raised && !alerts_status(a, 2).raised,
	   "one is so after a restart, one has another condition");
	d.scene.wall = 0;
	alerts_check(a, &d.scene, hear, &ear);
	ok(ear.count == 2 && alerts_status(a, 0).raised, "before the first answer nothing is over");
	d.scene.wall = DRAWN_WALL;
	alerts_check(a, &d.scene, hear, &ear);
	is_int(ear.count, 3, "nor told anew, but the other one is");
	is_str(ear.lines[2], "alert b: connections = 4", "that one");
	answer_init(&some);
	drawn_poll(&d, &some, 60);
	answer_done(&some);
	a = restarted(a, &fresh, &d);
	alerts_check(a, &d.scene, hear, &ear);
	is_int(ear.count, 3, "a daemon that has not answered yet may have more");
	d.scene.now.mono_ms += 299999;
	alerts_check(a, &d.scene, hear, &ear);
	is_int(ear.count, 3, "for five minutes");
	d.sources[2].good_wall = DRAWN_WALL;
	d.sources[2].state = SOURCE_OK;
	alerts_check(a, &d.scene, hear, &ear);
	is_int(ear.count, 5, "what is over since is told");
	is_str(ear.lines[3], "alert a is over: connections = 0", "in its words");
	is_int(alerts_raised(a), 0, "and shown");
	alerts_free(a);
	drawn_end(&d);
}

/* A daemon that has not answered since the restart may have gone for good. */
static void test_restarted_for_good(void)
{
	struct conf_alert list[] = {alert("a", "connections > 1", "", 1)};
	struct conf conf = {.alerts = list, .alert_count = 1};
	struct alerts *a = alerts_new();
	struct ear ear = {.count = 0};
	struct answer none;
	struct drawn d;

	begin(&d);
	alerts_configure(a, &conf);
	alerts_check(a, &d.scene, hear, &ear);
	a = restarted(a, &conf, &d);
	answer_init(&none);
	drawn_poll(&d, &none, 60);
	answer_done(&none);
	alerts_check(a, &d.scene, hear, &ear);
	is_int(alerts_raised(a), 1, "one that may have more");
	d.scene.now.mono_ms += 300000;
	alerts_check(a, &d.scene, hear, &ear);
	is_int(alerts_raised(a), 0, "may have gone for good");
	alerts_free(a);
	drawn_end(&d);
}

/* The file is slow: an alert that it may know is not told meanwhile. */
static void test_slow_states(void)
{
	struct conf_alert list[] = {alert("a", "connections > 1", "", 1)};
	struct conf conf = {.alerts = list, .alert_count = 1};
	struct history *history = calloc(1, sizeof(*history));
	struct alerts *a = alerts_new();
	struct ear ear = {.count = 0};
	struct drawn d;

	begin(&d);
	history->state = HISTORY_WAITS;
	d.scene.history = history;
	alerts_configure(a, &conf);
	alerts_check(a, &d.scene, hear, &ear);
	is_int(ear.count, 0, "it waits");
	d.scene.now.mono_ms += 60000;
	alerts_check(a, &d.scene, hear, &ear);
	is_int(ear.count, 1, "a minute at most");
	alerts_free(a);
	a = alerts_new();
	alerts_configure(a, &conf);
	ok(!alerts_check(a, &d.scene, hear, &ear) && ear.count == 1, "it waits, and says so");
	ok(!alerts_check_late(a, &d.scene, hear, &ear) && ear.count == 1, "and waits");
	alerts_go_on(a, d.scene.now, NULL, 0);
	ok(alerts_check_late(a, &d.scene, hear, &ear) && ear.count == 2,
	   "until it is known: the poll that waited counts");
	alerts_free(a);
	free(history);
	drawn_end(&d);
}

int main(void)
{
	test_messages();
	test_no_date();
	test_clear();
	test_overlap();
	test_long();
	test_dropped();
	test_configured_again();
	test_restarted();
	test_restarted_for_good();
	test_slow_states();
	return tap_done();
}
