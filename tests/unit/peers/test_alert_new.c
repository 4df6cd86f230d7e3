/* peers/alert.c: countries that are new, and who has heard of them. */
#include "peers/alert.h"

#include <stdlib.h>

#include "peers/history_private.h"
#include "tap.h"
#include "unit/peers/alerted.h"

static void poll_from(struct drawn *d, uint32_t first, uint32_t second, int seconds)
{
	struct answer a;

	answer_init(&a);
	add_torrent(&a, 1, "one");
	add_peer(&a, first, CLIENT_NONE);
	if (second)
		add_peer(&a, second, CLIENT_NONE);
	drawn_poll(d, &a, seconds);
	answer_done(&a);
	d->scene.now.wall += 30;
	d->scene.now.mono_ms += 30000;
}

/* One alert for new countries, before the first poll. `list` and `conf` are what it was made of. */
struct newcomers {
	struct conf_alert list[1];
	struct conf conf;
	struct alerts *alerts;
	struct ear ear;
	struct drawn d;
};

static void newcomers_begin(struct newcomers *n, unsigned polls)
{
	*n = (struct newcomers){.list = {alert("new", "new_country", "", polls)}, .alerts = alerts_new()};
	n->conf = (struct conf){.alerts = n->list, .alert_count = 1};
	drawn_empty(&n->d);
	n->d.scene.wall = DRAWN_WALL;
	alerts_configure(n->alerts, &n->conf);
}

static void newcomers_end(struct newcomers *n)
{
	alerts_free(n->alerts);
	drawn_end(&n->d);
}

static void check_newcomers(struct newcomers *n)
{
	alerts_check(n->alerts, &n->d.scene, hear, &n->ear);
}

static void newcomers_poll(struct newcomers *n, uint32_t first, uint32_t second, int seconds)
{
	poll_from(&n->d, first, second, seconds);
	check_newcomers(n);
}

static void test_new_country(void)
{
	struct newcomers n;

	newcomers_begin(&n, 1);
	newcomers_poll(&n, DRAWN_HOME, 0, -90);
	is_int(n.ear.count, 0, "the first poll has nothing new");
	newcomers_poll(&n, DRAWN_HOME, DRAWN_NOWHERE, -60);
	is_int(n.ear.count, 0, "home and nowhere are no countries");
	newcomers_poll(&n, DRAWN_GERMAN, 0, -30);
	is_int(n.ear.count, 1, "Germany is new");
	is_str(n.ear.lines[0], "alert new: new-country = DE Germany", "by its name");
	check_newcomers(&n);
	ok(n.ear.count == 1 && !alerts_raised(n.alerts), "once, and its end is no news");
	newcomers_poll(&n, DRAWN_ITALIAN, 0, 0);
	is_int(n.ear.count, 1, "Italy too, but it is too soon for a message");
	n.d.scene.now.mono_ms += 3600000;
	check_newcomers(&n);
	is_int(n.ear.count, 2, "an hour later it is told");
	is_str(n.ear.lines[1], "alert new: new-country = IT Italy", "only what is new since");
	newcomers_end(&n);
}

/* With as many polls as are usual: the second country comes while the alert of the first is still raised. */
static void test_another_country(void)
{
	struct newcomers n;

	newcomers_begin(&n, 3);
	newcomers_poll(&n, DRAWN_HOME, 0, -300);
	for (int i = 0; i < 3; i++) {
		newcomers_poll(&n, DRAWN_GERMAN, 0, 30 * i - 270);
	}
	is_int(n.ear.count, 1, "Germany is told after three polls");
	for (int i = 0; i < 6; i++) {
		newcomers_poll(&n, DRAWN_GERMAN, DRAWN_ITALIAN, 30 * i - 180);
	}
	ok(n.ear.count == 1 && alerts_raised(n.alerts) == 1, "Italy comes meanwhile, too soon for a message");
	n.d.scene.now.mono_ms += 3600000;
	check_newcomers(&n);
	is_int(n.ear.count, 2, "an hour later it is told");
	is_str(n.ear.lines[1], "alert new: new-country = IT Italy", "by its name");
	for (int i = 0; i < 3; i++)
		check_newcomers(&n);
	ok(n.ear.count == 2 && !alerts_raised(n.alerts), "and it ends");
	newcomers_end(&n);
}

static void test_first_answers(void)
{
	struct newcomers n;
	struct history_totals *before = calloc(1, sizeof(*before));

	newcomers_begin(&n, 1);
	check_newcomers(&n);
	n.d.sources[2].good_wall = DRAWN_WALL;
	newcomers_poll(&n, DRAWN_GERMAN, 0, -30);
	is_int(n.ear.count, 0, "what a daemon brings along with its first answer is not new");
	before->countries[country_by_code("IT", 2)].sightings = 1000;
	n.d.scene.all_time = before;
	newcomers_poll(&n, DRAWN_ITALIAN, 0, 0);
	is_int(n.ear.count, 0, "nor what the history knows");
	free(before);
	newcomers_end(&n);
}

/* Another daemon takes the place of one, as after a reload, and answers before the next poll is over. */
static void test_daemon_replaced(void)
{
	struct newcomers n;

	newcomers_begin(&n, 1);
	newcomers_poll(&n, DRAWN_HOME, 0, -90);
	n.d.sources[0].began_mono_ms += 45000;
	newcomers_poll(&n, DRAWN_GERMAN, 0, -60);
	is_int(n.ear.count, 0, "what the other one brings along is not new");
	n.d.scene.source_count--;
	newcomers_poll(&n, DRAWN_ITALIAN, 0, -30);
	is_int(n.ear.count, 1, "what comes as one leaves is");
	newcomers_end(&n);
}

/* The file is slow: what it will know is not told as new meanwhile, but told if it does not come. */
static void test_slow_history(bool comes)
{
	struct newcomers n;
	struct history_totals *before = calloc(1, sizeof(*before));
	struct history *history = calloc(1, sizeof(*history));

	newcomers_begin(&n, 1);
	history->state = HISTORY_WAITS;
	n.d.scene.history = history;
	newcomers_poll(&n, DRAWN_HOME, 0, -90);
	newcomers_poll(&n, DRAWN_GERMAN, DRAWN_ITALIAN, -60);
	is_int(n.ear.count, 0, "nothing is new while the history is being read");
	before->countries[country_by_code("IT", 2)].sightings = 1000;
	if (comes)
		n.d.scene.all_time = before;
	else
		n.d.scene.now.mono_ms += 600000;
	newcomers_poll(&n, DRAWN_GERMAN, DRAWN_ITALIAN, -30);
	is_int(n.ear.count, 1, "%s", comes ? "then it is there" : "then it is given up");
	is_str(n.ear.lines[0],
	       comes ? "alert new: new-country = DE Germany" : "alert new: new-country = DE Germany, IT Italy",
	       "new is what nobody knew");
	free(before);
	free(history);
	newcomers_end(&n);
}

/* One that has another cause, too: it is over when that is. */
static void test_new_or_many(void)
{
	struct newcomers n;
	int64_t since;

	newcomers_begin(&n, 1);
	n.list[0].when = (char *)"connections > 1 or new_country";
	n.list[0].cooldown = 0;
	alerts_configure(n.alerts, &n.conf);
	newcomers_poll(&n, DRAWN_HOME, 0, -300);
	newcomers_poll(&n, DRAWN_HOME, DRAWN_NOWHERE, -270);
	newcomers_poll(&n, DRAWN_HOME, 0, -240);
	ok(n.ear.count == 2 && n.ear.messages[1].state == NOTIFY_CLEARED, "many, and over");
	newcomers_poll(&n, DRAWN_GERMAN, 0, -210);
	newcomers_poll(&n, DRAWN_HOME, 0, -180);
	ok(n.ear.count == 3 && !alerts_raised(n.alerts), "a new country has no end");
	newcomers_poll(&n, DRAWN_HOME, DRAWN_NOWHERE, -150);
	since = alerts_status(n.alerts, 0).since;
	newcomers_poll(&n, DRAWN_HOME, DRAWN_ITALIAN, -120);
	is_int(n.ear.count, 5, "many, and one of them new");
	is_str(n.ear.lines[4], "alert new: new-country = IT Italy, connections = 2", "which is told by its name");
	is_int(alerts_status(n.alerts, 0).since, since, "since the first poll with many");
	newcomers_poll(&n, DRAWN_HOME, 0, -90);
	ok(n.ear.count == 6 && n.ear.messages[5].state == NOTIFY_CLEARED, "over");
	newcomers_end(&n);
}

/* A new country first, and many while that is still raised. */
static void test_new_then_many(void)
{
	struct newcomers n;

	newcomers_begin(&n, 1);
	n.list[0].when = (char *)"connections > 1 or new_country";
	n.list[0].cooldown = 0;
	alerts_configure(n.alerts, &n.conf);
	newcomers_poll(&n, DRAWN_HOME, 0, -300);
	newcomers_poll(&n, DRAWN_GERMAN, 0, -270);
	newcomers_poll(&n, DRAWN_GERMAN, DRAWN_HOME, -240);
	is_int(n.ear.count, 2, "both are told");
	is_str(n.ear.lines[1], "alert new: connections = 2", "for what they are");
	newcomers_poll(&n, DRAWN_HOME, 0, -210);
	ok(n.ear.count == 3 && n.ear.messages[2].state == NOTIFY_CLEARED, "and the end of the second");
	newcomers_end(&n);
}

/* A new country while a daemon is lost, and nobody knows how many there are. */
static void test_new_while_lost(bool many_before)
{
	struct newcomers n;

	newcomers_begin(&n, 1);
	n.list[0].when = (char *)"new_country or connections > 1";
	n.list[0].cooldown = 0;
	alerts_configure(n.alerts, &n.conf);
	newcomers_poll(&n, DRAWN_HOME, many_before ? DRAWN_NOWHERE : 0, -300);
	is_int(n.ear.count, many_before, "many before: %d", many_before);
	n.d.sources[1].good_mono_ms = n.d.scene.now.mono_ms;
	newcomers_poll(&n, DRAWN_GERMAN, 0, -270);
	is_int(n.ear.count, 1 + many_before, "one is lost, and Germany new");
	is_str(n.ear.lines[many_before], "alert new: new-country = DE Germany, connections = unknown",
	       "which is all that is known");
	n.d.sources[1].good_mono_ms -= 3600000;
	newcomers_poll(&n, DRAWN_GERMAN, DRAWN_HOME, -240);
	is_int(n.ear.count, 2, "that there are many is told, if it was not before");
	newcomers_poll(&n, DRAWN_HOME, 0, -210);
	ok(n.ear.count == 3 && n.ear.messages[2].state == NOTIFY_CLEARED, "and its end");
	newcomers_end(&n);
}

/* A second country within the cooldown, and a restart: the history knows it by then, nobody else does. */
static void test_untold_country(unsigned waiting)
{
	struct newcomers n;
	struct history_totals *before = calloc(1, sizeof(*before));

	newcomers_begin(&n, 1);
	newcomers_poll(&n, DRAWN_HOME, 0, -300);
	newcomers_poll(&n, DRAWN_GERMAN, 0, -270);
	newcomers_poll(&n, DRAWN_GERMAN, DRAWN_ITALIAN, -240);
	is_int(n.ear.count, 1, "Germany is told, and Italy too soon for that");
	for (country_t c = 0; c < COUNTRY_MAX; c++)
		before->countries[c].sightings = 1000;
	n.d.scene.all_time = before;
	n.alerts = restarted_waiting(n.alerts, &n.conf, &n.d, waiting);
	newcomers_poll(&n, DRAWN_HOME, 0, -210);
	is_int(n.ear.count, waiting ? 2 : 1, "after a restart %s", waiting ? "nobody has heard of either" : "likewise");
	n.d.scene.now.wall += 3600;
	n.d.scene.now.mono_ms += 3600000;
	newcomers_poll(&n, DRAWN_HOME, 0, -180);
	is_int(n.ear.count, 2, "an hour later it is told");
	is_str(n.ear.lines[1],
	       waiting ? "alert new: new-country = DE Germany, IT Italy" : "alert new: new-country = IT Italy",
	       "which");
	n.alerts = restarted(n.alerts, &n.conf, &n.d);
	n.d.scene.now.wall += 7200;
	n.d.scene.now.mono_ms += 7200000;
	newcomers_poll(&n, DRAWN_HOME, 0, -150);
	is_int(n.ear.count, 2, "and then no more");
	free(before);
	newcomers_end(&n);
}

static void test_dropped_country(void)
{
	struct newcomers n;

	newcomers_begin(&n, 1);
	newcomers_poll(&n, DRAWN_HOME, 0, -300);
	newcomers_poll(&n, DRAWN_GERMAN, 0, -270);
	newcomers_poll(&n, DRAWN_HOME, 0, -240);
	is_int(n.ear.count, 1, "told");
	alerts_dropped(n.alerts, &n.ear.messages[0]);
	newcomers_poll(&n, DRAWN_HOME, 0, -210);
	is_int(n.ear.count, 2, "and told again");
	is_str(n.ear.lines[1], "alert new: new-country = DE Germany", "by its name");
	newcomers_end(&n);
}

/* What the alert of before was told is not new to the one that has taken its place. */
static void test_new_country_configured_again(void)
{
	struct conf_alert list[] = {alert("new", "new_country", "", 1)};
	struct conf_alert other[] = {alert("new", "new_country or connections > 99", "", 1)};
	struct conf conf = {.alerts = list, .alert_count = 1}, fresh = {.alerts = other, .alert_count = 1};
	struct alerts *a = alerts_new();
	struct ear ear = {.count = 0};
	struct drawn d;

	drawn_empty(&d);
	d.scene.wall = DRAWN_WALL;
	alerts_configure(a, &conf);
	poll_from(&d, DRAWN_HOME, 0, -90);
	alerts_check(a, &d.scene, hear, &ear);
	poll_from(&d, DRAWN_GERMAN, 0, -60);
	alerts_check(a, &d.scene, hear, &ear);
	is_int(ear.count, 1, "Germany is told");
	alerts_configure(a, &fresh);
	poll_from(&d, DRAWN_GERMAN, 0, -30);
	alerts_check(a, &d.scene, hear, &ear);
	is_int(ear.count, 1, "once");
	poll_from(&d, DRAWN_ITALIAN, 0, 0);
	alerts_check(a, &d.scene, hear, &ear);
	is_int(ear.count, 2, "Italy is new");
	ok(strstr(ear.lines[1], "new-country = IT Italy") && !strstr(ear.lines[1], "Germany"), "it alone: %s",
	   ear.lines[1]);
	alerts_free(a);
	drawn_end(&d);
}

int main(void)
{
	test_new_country();
	test_another_country();
	test_first_answers();
	test_daemon_replaced();
	test_slow_history(true);
	test_slow_history(false);
	test_new_or_many();
	test_new_then_many();
	test_new_while_lost(false);
	test_new_while_lost(true);
	test_untold_country(0);
	test_untold_country(ALERT_BEGIN_WAITS);
	test_dropped_country();
	test_new_country_configured_again();
	return tap_done();
}
