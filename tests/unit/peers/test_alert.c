/* peers/alert.c and peers/alert_values.c: each word against the tables, conditions over the two polls of drawn.h, the
 * messages, countries that are new, and another configuration. */
#include "peers/alert.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "core/alert_words.h"
#include "peers/alert_values.h"
#include "peers/history_private.h"
#include "tap.h"
#include "unit/peers/drawn.h"

enum { TOLD_MAX = 8 };

struct ear {
	unsigned count;
	struct notify_message messages[TOLD_MAX];
	char lines[TOLD_MAX][1024];
};

static void hear(void *context, const struct alert_told *told)
{
	struct ear *ear = context;

	if (ear->count == TOLD_MAX)
		return;
	ear->messages[ear->count] = *told->message;
	snprintf(ear->lines[ear->count++], sizeof(ear->lines[0]), "%s", told->line);
}

/* One of the daemons was lost long ago, so that sums are those of the others. */
static void begin(struct drawn *d)
{
	drawn_begin(d);
	d->sources[1].good_mono_ms -= 3600 * 1000;
}

/* ---- words ---- */

/* What the tables of drawn.h say: four connections of three addresses; one in Italy has left. */
static void test_words(void)
{
	static const struct {
		const char *when;
		bool holds;
	} rows[] = {
		{"connections = 4", true},
		{"addresses = 3 and unique = 4", true},
		{"sightings = 6", true},
		{"rate_up = 1600 and rate_down = 0", true},
		{"rate_up > 1.5k", true},
		{"countries = 3", true},
		{"encrypted = 25%", true},
		{"incoming > 20% and seeds = 0 and ipv6 = 0", true},
		{"utp > 0", false}, /* nobody knows */
		{"not utp > 0", true},
		{"hour >= 0 and hour < 24", true},
		{"sources_down = 1", true},
		{"new_country", false},
		{"country('DE').connections = 2 and country('DE').addresses = 1", true},
		{"country('de').sightings = 3 and country('DE').unique = 1", true},
		{"country('DE').rate_up = 1600 and country('DE').rate_down = 0", true},
		{"country('IT').connections = 0 and country('IT').sightings = 1", true},
		{"country('--').connections = 1 and country('?" "?').connections = 1", true},
		{"country('CN').connections > 0", false},
		{"share('DE') = 50% and share('CN') = 0", true},
		{"client('qbittorrent').connections = 2 and client('qBittorrent').rate_up = 1600", true},
		{"client('nobody').connections = 0", true},
		{"source('home').state = ok and source('home').peers = 4 and source('home').torrents = 2", true},
		{"source('home').age < 1m", true},
		{"source('nas').state != 'ok'", true},
		{"source('nas').state = refused", true},
		{"source('nas').peers >= 0", false}, /* it does not answer: unknown */
		{"source('attic').state = connecting", true},
		{"source('attic').age > 0 or not source('attic').age > 0", false}, /* open */
		{"not source('hom').peers > 1", false}, /* there is none of this name: open, too */
		{"source('hom').state != ok or not source('hom').state = ok", false},
		{"tag('vpn').connections >= 0", false}, /* there are no lists */
	};
	struct expr_schema schema = alert_schema(NULL);
	struct drawn d;

	begin(&d);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct alert_values v = {.scene = &d.scene, .new_countries = ""};
		struct expr_source source = alert_values_source(&v);
		struct expr *expr = NULL;
		struct err err = {""};
		struct arena arena;

		arena_init(&arena, ALERT_ARENA);
		if (ok(expr_parse(rows[i].when, &schema, &arena, &expr, &err, NULL) == 0, "%s %s", rows[i].when,
		       err.msg))
			is_int(expr_eval(expr, &source), rows[i].holds, "holds or not");
		ok(v.count > 0, "and it was asked for");
		arena_done(&arena);
	}
	drawn_end(&d);
}

/* What a state is compared with is one that there is. */
static void test_states(void)
{
	struct expr_schema schema = alert_schema(NULL);
	char when[100];

	for (enum source_state state = SOURCE_CONNECTING; state <= SOURCE_ERROR; state++) {
		struct expr *expr;
		struct arena arena;

		arena_init(&arena, ALERT_ARENA);
		snprintf(when, sizeof(when), "source('x').state != %s", source_state_name(state));
		is_int(expr_parse(when, &schema, &arena, &expr, NULL, NULL), 0, "%s", when);
		snprintf(when, sizeof(when), "source('x').state = %sx", source_state_name(state));
		is_int(expr_parse(when, &schema, &arena, &expr, NULL, NULL), -EINVAL, "not %s", when);
		snprintf(when, sizeof(when), "source('x').state ~ %.3s", source_state_name(state));
		is_int(expr_parse(when, &schema, &arena, &expr, NULL, NULL), 0, "%s", when);
		arena_done(&arena);
	}
}

/* Before the first answer nothing that is counted is known. */
static void test_unknown(void)
{
	struct expr_schema schema = alert_schema(NULL);
	unsigned known = 0;
	struct drawn d;

	drawn_empty(&d);
	d.scene.wall = 0;
	for (int word = 1; word < ALERT_WORDS; word++) {
		struct alert_values v = {.scene = &d.scene, .new_countries = ""};
		struct expr_source source = alert_values_source(&v);

		is_int(alert_field(word)->id, word, "%s is in its place", alert_field(word)->name);
		if (alert_field(word)->type == EXPR_TEXT || alert_field(word)->type == EXPR_FLAG ||
		    word == ALERT_HOUR || word == ALERT_SOURCES_DOWN)
			continue;
		known += !isnan(source.number(source.context, word, alert_field(word)->takes_argument ? "DE" : NULL));
	}
	is_int(known, 0, "all numbers are unknown");
	ok(schema.count == ALERT_WORDS - 1, "of all words");
	drawn_end(&d);
}

static void test_written(void)
{
	struct drawn d;
	struct buf out;
	struct alert_values v = {.new_countries = "BO Bolivia"};
	struct expr_source source = alert_values_source(&v);

	begin(&d);
	v.scene = &d.scene;
	source.number(&v, ALERT_COUNTRY_CONNECTIONS, "DE");
	source.number(&v, ALERT_SHARE, "DE");
	source.number(&v, ALERT_RATE_UP, NULL);
	source.number(&v, ALERT_COUNTRY_CONNECTIONS, "DE");
	source.text(&v, ALERT_SOURCE_STATE, "nas");
	source.text(&v, ALERT_SOURCE_STATE, "x\033[31m'\n");
	source.number(&v, ALERT_UTP, NULL);
	source.flag(&v, ALERT_NEW_COUNTRY, NULL);
	for (int i = 0; i < 20; i++)
		source.number(&v, ALERT_SOURCES_DOWN + i % 2, NULL);
	buf_init(&out, 4096);
	alert_values_write(&v, &out);
	is_str(buf_str(&out),
	       "country('DE').connections = 2, share('DE') = 50 %, rate-up = 1.6 kB/s, source('nas').state = refused, "
	       "source('x\357\277\275[31m'\357\277\275').state = unknown, utp = unknown, new-country = BO Bolivia, "
	       "sources-down = 1",
	       "what was asked for, each once, eight at most");
	buf_done(&out);
	drawn_end(&d);
}

/* ---- messages ---- */

static char *nobody[] = {NULL};

static struct conf_alert alert(const char *name, const char *when, const char *clear, uint32_t polls)
{
	return (struct conf_alert){.name = (char *)name,
				   .when = (char *)when,
				   .clear = (char *)clear,
				   .polls = polls,
				   .cooldown = 3600,
				   .message = "",
				   .notify = {nobody, 0}};
}

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

/* ---- over a restart ---- */

static unsigned waits(void *context, const char *name, int64_t told_at)
{
	ok(*name && told_at >= 0, "%s is asked for", name);
	return *(const unsigned *)context;
}

/* As a restart: what the one keeps the other goes on with. */
static struct alerts *restarted_waiting(struct alerts *a, const struct conf *conf, struct drawn *d, unsigned waiting)
{
	struct history_alert kept[HISTORY_ALERTS];
	size_t count = alerts_keep(a, d->scene.now, waits, &waiting, kept, HISTORY_ALERTS);

	alerts_free(a);
	a = alerts_new();
	alerts_configure(a, conf);
	alerts_go_on(a, d->scene.now, kept, count);
	d->scene.alerts = a;
	return a;
}

static struct alerts *restarted(struct alerts *a, const struct conf *conf, struct drawn *d)
{
	return restarted_waiting(a, conf, d, 0);
}

/* ---- new countries ---- */

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
	test_words();
	test_states();
	test_unknown();
	test_written();
	test_messages();
	test_clear();
	test_overlap();
	test_long();
	test_new_country();
	test_another_country();
	test_new_or_many();
	test_new_then_many();
	test_untold_country(0);
	test_untold_country(ALERT_BEGIN_WAITS);
	test_dropped();
	test_dropped_country();
	test_first_answers();
	test_slow_history(true);
	test_slow_history(false);
	test_configured_again();
	test_restarted();
	test_restarted_for_good();
	test_lost();
	test_flapping();
	test_open();
	test_unanswered();
	test_row_broken();
	test_slow_states();
	test_new_country_configured_again();
	return tap_done();
}
