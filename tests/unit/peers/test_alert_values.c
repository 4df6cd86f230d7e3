/* peers/alert_values.c: each word against the two polls of drawn.h. */
#include "peers/alert_values.h"

#include <errno.h>
#include <math.h>

#include "core/alert_words.h"
#include "tap.h"
#include "unit/peers/alerted.h"

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

int main(void)
{
	test_words();
	test_states();
	test_unknown();
	test_written();
	return tap_done();
}
