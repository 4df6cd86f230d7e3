/* Who may ask the web server, and what is answered, without a socket. */
#include "peers/web_answer.h"

#include <math.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/str.h"
#include "core/json.h"
#include "peers/atlas.h"
#include "peers/atlas_data.h"
#include "peers/draw.h"
#include "tap.h"
#include "unit/peers/drawn.h"

static struct drawn world;
static struct web_tables tables;
static struct web_rules rules = {.token = ""};
static struct httpd_answer answer;
static size_t room = HTTPD_TEXT_MAX;

static void ask_as(const char *target, const char *host, const char *authorization)
{
	const struct httpd_request request = {target, host, authorization};

	buf_done(&answer.text);
	answer = (struct httpd_answer){.status = 200};
	buf_init(&answer.text, room);
	web_answer(&rules, &tables, &world.scene, &request, &answer);
}

static const char *ask(const char *target)
{
	ask_as(target, "localhost:9899", "");
	return buf_str(&answer.text);
}

static void is_status(unsigned status, const char *name)
{
	is_int(answer.status, status, "%s: %u", name, status);
}

static void hosts(void)
{
	static char *names[] = {"swarm.Example"};
	static const struct {
		const char *host;
		unsigned status;
	} cases[] = {
		{"localhost", 200},
		{"localhost:80", 200},
		{"127.0.0.1:9899", 200},
		{"[::1]:9899", 200},
		{"192.168.1.5", 200}, /* no name, so that nobody can have it point to us */
		{"Swarm.example:443", 200},
		{"evil.example", 421},
		{"localhost.evil.example", 421},
		{"127.0.0.1.evil.example", 421},
		{"xswarm.example", 421},
		{"", 400},
		{"a b", 400},
	};

	rules.hosts = names;
	rules.host_count = 1;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ask_as("/metrics", cases[i].host, "");
		is_status(cases[i].status, cases[i].host);
		ok(answer.status == 200 || !strstr(buf_str(&answer.text), "swarmtop_"), "... and tells no more");
	}
	rules.host_count = 0;
}

static void tokens(void)
{
	static const struct {
		const char *plain; /* of Basic */
		const char *header;
		unsigned status;
	} cases[] = {
		{NULL, "", 401},
		{NULL, "Bearer 0123456789abcdef", 200},
		{NULL, "Bearer 0123456789abcdeX", 401},
		{NULL, "Bearer 0123456789abcdef0", 401},
		{NULL, "Bearer 0123456789abcdef0123456789abcdef", 401},
		{NULL, "Bearer 0", 401},
		{"me:0123456789abcdef", NULL, 200},
		{":0123456789abcdef", NULL, 200},
		{"0123456789abcdef:", NULL, 401},
		{"0123456789abcdef", NULL, 401},
	};
	char header[128];

	rules.token = "0123456789abcdef";
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memcpy(header, "Basic ", 7);
		if (cases[i].plain)
			base64_text(cases[i].plain, strlen(cases[i].plain), header + 6);
		ask_as("/", "localhost", cases[i].plain ? header : cases[i].header);
		is_status(cases[i].status, cases[i].plain ? cases[i].plain : cases[i].header);
	}
	ask_as("/nothing", "localhost", "");
	is_status(401, "who has no token does not learn what there is");
	is_str(answer.name, "WWW-Authenticate", "a browser is told to ask for it");
	rules.token = "";
}

static void paths(void)
{
	static const struct {
		const char *path;
		unsigned status;
		const char *type;
	} cases[] = {
		{"/", 200, "text/html; charset=utf-8"},
		{"/?x", 200, "text/html; charset=utf-8"},
		{"/metrics", 200, "text/plain; version=0.0.4; charset=utf-8"},
		{"/metrics/", 200, "text/plain; version=0.0.4; charset=utf-8"},
		{"/api/v1", 200, WEB_JSON},
		{"/api/v1/", 200, WEB_JSON},
		{"/api/v1/poll", 200, WEB_JSON},
		{"/api/v1/overview", 200, WEB_JSON},
		{"/api/v1/countries", 200, WEB_JSON},
		{"/api/v1/peers", 200, WEB_JSON},
		{"/api/v1/clients", 200, WEB_JSON},
		{"/api/v1/torrents", 200, WEB_JSON},
		{"/api/v1/networks", 200, WEB_JSON},
		{"//", 404, WEB_JSON},
		{"/api", 404, WEB_JSON},
		{"/api/v1/../v1/poll", 404, WEB_JSON},
		{"/etc/passwd", 404, WEB_JSON},
		{"/metrics//", 404, WEB_JSON},
		{"/favicon.ico", 404, WEB_JSON},
		{"http://localhost/", 400, WEB_JSON},
		{"/%00", 400, WEB_JSON},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err err = {""};
		struct json *root;

		ask(cases[i].path);
		is_status(cases[i].status, cases[i].path);
		is_str(answer.type, cases[i].type, "... its type");
		if (strcmp(cases[i].type, WEB_JSON) != 0)
			continue;
		root = json_parse(buf_str(&answer.text), answer.text.len, &err);
		ok(root != NULL, "... is JSON%s", err.msg);
		json_free(root);
	}
}

static void polls(void)
{
	struct buf line = drawn_record(&world, &draw_json, false, false);

	is_str(ask("/api/v1/poll"), buf_str(&line), "a poll is what --json prints");
	ask("/api/v1/overview");
	ok(strncmp(buf_str(&answer.text), buf_str(&line), line.len - 2) == 0, "the overview begins with it");
	ok(strstr(buf_str(&answer.text), "\"DE\":[0,0,0,0,0,0,0,3,0,"), "... and goes on with hours by country");
	buf_done(&line);
}

static void rows(void)
{
	ask("/api/v1/peers");
	ok(strstr(buf_str(&answer.text), "\"all\":4,\"found\":4,\"offset\":0,\"peers\":[{\"address\":\"5.9.1.1\""),
	   "four peers");
	ok(strstr(ask("/api/v1/peers?filter=country%3DIT"),
		  "\"all\":4,\"found\":1,\"offset\":0,\"peers\":[{\"address\":\"93.40.0.7\""),
	   "one of Italy");
	ok(strstr(ask("/api/v1/peers?sort=address&limit=1&offset=1"),
		  "\"offset\":1,\"peers\":[{\"address\":\"10.0.0.9\""),
	   "sorted by address, the second");
	ok(strstr(ask("/api/v1/peers?sort=rate_up&limit=1"), "\"peers\":[{\"address\":\"5.9.1.1\""), "the fastest");
	ok(!strstr(ask("/api/v1/peers?sort=rate_up&reverse=1&limit=2"), "5.9.1.1"), "it is not among the two slowest");
	ok(strstr(ask("/api/v1/peers?offset=99"), "\"offset\":4,\"peers\":[]"), "beyond the end is nothing");
	ok(strstr(ask("/api/v1/clients?filter=qbit"), "\"found\":1,"), "a word finds a client");
	ok(strstr(ask("/api/v1/clients"), "\"found\":4,"), "a filter is not kept");
	ok(strstr(ask("/api/v1/torrents"), "\"name\":\"two\",\"peers\":3,"), "torrents");
	ok(strstr(ask("/api/v1/networks"),
		  "{\"asn\":null,\"name\":null,\"kind\":null,\"local\":false,\"connections\":3,"),
	   "a network that nobody knows");
	ok(strstr(buf_str(&answer.text), "{\"asn\":null,\"name\":null,\"kind\":null,\"local\":true,\"connections\":1,"),
	   "and no network");
	ok(strstr(ask("/api/v1/peers?sort=estimated_bytes_up&limit=1"), "\"peers\":[{\"address\":\"5.9.1.1\""),
	   "sorted by a key of the answers");
	ask("/api/v1/countries?sort=code");
	is_status(200, "another one");
	ask("/api/v1/clients?sort=bytes");
	is_status(400, "sorted by what there is not");
	ok(strstr(buf_str(&answer.text), "there are client, versions, connections, "), "... what there is is told");
	ok(strstr(ask("/api/v1/countries"), "\"countries\":[{\"code\":\"DE\",\"name\":\"Germany\",\"sightings\":3,"),
	   "countries");
	ask("/api/v1/peers?filter=countri%3DIT");
	is_status(400, "a field that is not there");
	ok(strstr(buf_str(&answer.text), "did you mean 'country'") && strstr(buf_str(&answer.text), "\"column\":1"),
	   "... is told");
	ask("/api/v1/peers?sort=nothing");
	is_status(400, "a column that is not there");
	ask("/api/v1/peers?limit=-1");
	is_status(400, "a limit that is no number");
	ask("/api/v1/peers?limit=99999999999999");
	is_status(200, "a large limit is cut");
}

static void set_family(struct history_totals *totals, uint32_t at, const char *name, uint64_t sightings)
{
	str_copy(totals->families[at].name, sizeof(totals->families[at].name), name);
	totals->families[at].sightings = sightings;
	totals->family_count = at + 1;
}

/* Clients of this run, and one that only the history knows. */
static void all_time(void)
{
	struct history_totals *before = calloc(1, sizeof(*before));
	const uint32_t german = country_by_code("DE", 2), french = country_by_code("FR", 2);

	ok(!strstr(ask("/api/v1/clients"), "all_sightings"), "without a history there are no numbers of all time");
	ok(!strstr(ask("/api/v1/countries"), "all_"), "... nor of countries");
	ask("/api/v1/clients?sort=all_sightings");
	is_status(400, "... to sort by");
	ok(!strstr(buf_str(&answer.text), "all-") && strstr(buf_str(&answer.text), "share\""), "... as is told");
	set_family(before, 0, "qBittorrent", 70);
	set_family(before, 1, "Deluge", 900);
	before->countries[german] = (struct history_sums){.sightings = 80, .unique = 7};
	before->countries[french] = (struct history_sums){.sightings = 90, .unique = 9};
	world.scene.all_time = before;
	ok(strstr(ask("/api/v1/clients?sort=all_sightings&filter=connections%20%3E%200&limit=1"),
		  "{\"client\":\"qBittorrent\",\"versions\":1,\"connections\":2,\"addresses\":1,\"sightings\":3,"),
	   "most of all time of those that are there");
	ok(strstr(buf_str(&answer.text), "\"all_sightings\":70}"), "... and how many");
	ok(strstr(ask("/api/v1/clients?filter=deluge"), "\"sightings\":0,\"rate_up\":0,\"rate_down\":0,\"share\":0"),
	   "one that only the history knows");
	before->families[1].sightings = 901;
	ok(strstr(ask("/api/v1/clients?filter=deluge"), "\"all_sightings\":901}"), "... what it says now");
	ok(strstr(ask("/api/v1/countries?filter=germany"),
		  "\"rate_down\":0,\"all_sightings\":80,\"all_unique\":7,\"all_bytes_up\":0,"),
	   "a country likewise");
	ok(strstr(ask("/api/v1/countries?sort=all_sightings&reverse=1"), "\"code\":\"FR\""), "and one of before");
	world.scene.all_time = NULL;
	ok(!strstr(ask("/api/v1/clients"), "Deluge"), "another configuration, without a history");
	free(before);
}

static void page(void)
{
	const char *text = ask("/");

	ok(strstr(text, "<!DOCTYPE html>") == text, "a document");
	ok(strstr(answer.policy, "default-src 'none'; ") == answer.policy &&
		   strstr(answer.policy, "script-src 'sha256-") && strstr(answer.policy, "connect-src 'self'") &&
		   strstr(answer.policy, "frame-ancestors 'none'") && !strstr(answer.policy, "unsafe"),
	   "its policy: %s", answer.policy);
	ok(!strstr(text, "http://") || strstr(text, "http://www.w3.org/2000/svg"), "nothing is loaded from elsewhere");
	room = 1000;
	text = ask("/");
	is_status(500, "a page that does not fit");
	ok(strstr(text, "{\"error\":\"the page is larger") == text && !*answer.policy, "is none in part");
	room = HTTPD_TEXT_MAX;
}

/* Lists come and go with the configuration; tags stay known by name. */
static void tags(void)
{
	static const char asked[] = "/api/v1/peers?filter=tag('vpn')";
	char vpn[] = "vpn=german";
	char *lists[] = {vpn};
	struct netlists *n = netlists_new((struct netlists_ear){NULL, NULL});
	struct err err;

	world.scene.lists = n;
	ask(asked);
	is_status(400, "a tag of no list");
	netlists_open(n, &(struct netlists_ask){.lists = lists, .list_count = 1}, &err);
	ask(asked);
	is_status(200, "a tag of a list");
	netlists_open(n, &(struct netlists_ask){.lists = NULL}, &err);
	ask(asked);
	is_status(400, "... that is gone");
	ok(strstr(buf_str(&answer.text), "no list has this tag"), "... is told");
	netlists_open(n, &(struct netlists_ask){.lists = lists, .list_count = 1}, &err);
	ask(asked);
	is_status(200, "... and is back");
	world.scene.lists = NULL;
	ask(asked);
	is_status(400, "no lists at all");
	netlists_free(n);
}

/* The map of the page has the windows and the steps of the screen's map. */
static void windows(void)
{
	const char *at = strstr(ask("/"), ", PARTS = {"), *after = at ? strchr(at, '}') : NULL;
	char want[64];

	snprintf(want, sizeof(want), "const UNIT = %d, LEVELS = %d, ROWS_MAX = %d, PARTS", ATLAS_UNIT,
		 FRAME_HEAT_LEVELS, WEB_ROWS_MAX);
	ok(strstr(buf_str(&answer.text), want), "units and steps are the screen's, and the rows those of an answer");
	for (unsigned zoom = 0; at && zoom < ATLAS_ZOOMS; zoom++) {
		const struct atlas_window *w = atlas_window((enum atlas_zoom)zoom);
		const double bounds[] = {w->west, w->south, w->east, w->north};
		unsigned same = 0;
		char *end;

		snprintf(want, sizeof(want), "\"%s\":[", w->name);
		at = strstr(at, want);
		end = at ? strchr(at, '[') : NULL;
		for (size_t i = 0; end && i < 4; i++)
			same += fabs(strtod(end + 1, &end) - bounds[i]) < 1e-6;
		ok(same == 4 && end < after, "the window of %s is the screen's", w->name);
	}
}

static void before_the_first_answer(void)
{
	struct drawn before = world;

	drawn_empty(&world);
	world.scene.wall = 0;
	ask("/api/v1/overview");
	is_status(200, "before the first answer");
	ok(strstr(buf_str(&answer.text), "\"end\":179524620,\"samples\":[]"), "... the last hour ends now");
	ok(strstr(buf_str(&answer.text), "\"countries\":[]"), "... there is nothing");
	drawn_end(&world);
	world = before;
}

/* What people read in its place is no data. */
static void nameless(void)
{
	struct answer a;

	answer_init(&a);
	add_torrent(&a, 3, "");
	add_peer(&a, DRAWN_ITALIAN, CLIENT_NONE);
	drawn_poll(&world, &a, 30);
	answer_done(&a);
	ok(strstr(ask("/api/v1/torrents"), "{\"name\":null,\"peers\":1,"), "a torrent without a name");
}

int main(void)
{
	drawn_begin(&world);
	hosts();
	tokens();
	paths();
	polls();
	rows();
	all_time();
	tags();
	page();
	nameless();
	windows();
	web_tables_done(&tables);
	before_the_first_answer();
	web_tables_done(&tables);
	buf_done(&answer.text);
	drawn_end(&world);
	return tap_done();
}
