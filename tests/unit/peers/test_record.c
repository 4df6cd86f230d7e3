/* What is written of a poll: the JSON line, the CSV rows, the plain block. */
#include "peers/record.h"

#include <stdio.h>

#include "core/json.h"
#include "peers/draw.h"
#include "tap.h"
#include "unit/peers/folded.h"

enum { WALL = 1795246200, OUT_MAX = 64 << 20 }; /* 2026-11-21T07:30:00Z */

enum { GERMAN = IP4(5, 9, 1, 1), ITALIAN = IP4(93, 40, 0, 7), LEFT = IP4(60, 11, 0, 1), HOME = IP4(10, 0, 0, 9) };

static unsigned turn;

struct world {
	struct fold *fold;
	struct clients *clients;
	struct source_status sources[2];
	struct scene scene;
};

static uint32_t client_of(struct world *w, const char *name)
{
	return clients_number(w->clients, (struct rpcslice){name, strlen(name)});
}

/* Three polls with a peer that leaves after them, then one without it. */
static void fill(struct world *w)
{
	struct answer a;
	struct sighting *s;

	answer_init(&a);
	for (int poll = 0; poll < 4; poll++) {
		answer_reset(&a);
		add_torrent(&a, 1, "one");
		s = add_peer(&a, GERMAN, client_of(w, "qBittorrent 4.5.2"));
		s->rate_up = 600;
		s->progress = 500;
		s->flags = PEER_ENCRYPTED;
		if (poll < 3)
			for (int i = 0; i < 5; i++)
				add_peer(&a, LEFT, client_of(w, "=cmd|'/c calc'!A1"));
		add_torrent(&a, 2, "two");
		add_peer(&a, GERMAN, client_of(w, "qBittorrent 4.5.2"))->rate_up = 1000;
		if (poll == 3) {
			add_peer(&a, HOME, CLIENT_NONE);
			add_peer(&a, ITALIAN, client_of(w, "a, \\\"b\\\" 1"))->rate_down = 9;
		}
		fold_answer(w->fold, 0, &a,
			    (struct fold_time){.mono_ms = poll * 30000, .wall = WALL - 90 + poll * 30, .hour = 7});
		fold_recount(w->fold, WALL - 90 + poll * 30);
	}
	answer_done(&a);
}

static void begin(struct world *w)
{
	*w = (struct world){.fold = folded_new(1000, &turn), .clients = clients_new()};
	w->sources[0] = (struct source_status){.name = "home",
					       .good_wall = WALL,
					       .url = "http://127.0.0.1:9091/transmission/rpc",
					       .state = SOURCE_OK,
					       .version = "3.00 (bb6b5a062e)",
					       .torrents = 2,
					       .peers = 4,
					       .poll_ms = 3.14};
	w->sources[1] = (struct source_status){.name = "nas",
					       .good_wall = WALL - 60,
					       .url = "http://nas:9091/",
					       .state = SOURCE_REFUSED,
					       .error = "login \"refused\"",
					       .peers = 7};
	w->scene = (struct scene){.fold = w->fold,
				  .clients = w->clients,
				  .sources = w->sources,
				  .source_count = 2,
				  .now = {.wall = WALL},
				  .wall = WALL - 7,
				  .poll = 12,
				  .credit = ""};
}

static void end(struct world *w)
{
	fold_free(w->fold);
	clients_free(w->clients);
}

static struct buf drawn(const struct world *w, const struct draw_ops *ops, bool peers, bool color)
{
	struct draw_style style = {.peers = peers, .color = color};
	struct buf out;

	buf_init(&out, OUT_MAX);
	if (ops->head)
		ops->head(&style, &out);
	ops->record(&style, &w->scene, &out);
	return out;
}

/* ---- JSON ---- */

static void has_text(const struct json *object, const char *key, const char *want)
{
	size_t len = 0;

	is_str(json_text(json_member(object, key), &len), want, "%s", key);
}

static void has_int(const struct json *object, const char *key, int64_t want)
{
	is_int(json_int(json_member(object, key), INT64_MIN), want, "%s", key);
}

/* The sources of DESIGN: name, url, state, error, version, torrents, peers, poll_ms. */
static void check_sources(const struct json *sources)
{
	const struct json *home = json_item(sources, 0), *nas = json_item(sources, 1);

	is_int(json_count(sources), 2, "both daemons");
	has_text(home, "name", "home");
	has_text(home, "url", "http://127.0.0.1:9091/transmission/rpc");
	has_text(home, "state", "ok");
	has_text(home, "error", NULL);
	has_text(home, "version", "3.00 (bb6b5a062e)");
	has_int(home, "torrents", 2);
	has_int(home, "peers", 4);
	has_int(home, "poll_ms", 3);
	has_text(nas, "state", "refused");
	has_text(nas, "error", "login \"refused\"");
	has_text(nas, "version", NULL);
	has_int(nas, "peers", 0);
}

static void check_countries(const struct world *w, const struct json *countries)
{
	const struct json *first = json_item(countries, 0), *german = json_item(countries, 1);
	struct ip ip = ip_from_v4(GERMAN);
	country_t country = folded_find(&turn, &ip).country;
	int64_t before = INT64_MAX;
	bool sorted = true;

	is_int(json_count(countries), 4, "every country that was seen");
	for (size_t i = 0; i < json_count(countries); i++) {
		int64_t sightings = json_int(json_member(json_item(countries, i), "sightings"), -1);

		sorted = sorted && sightings <= before;
		before = sightings;
	}
	ok(sorted, "sorted by sightings, also those where nobody is now");
	has_int(first, "sightings", 15);
	has_int(first, "connections", 0);
	has_int(first, "addresses", 0);
	has_int(first, "unique", 1);
	has_text(german, "code", country_code(country));
	has_text(german, "name", country_name(country));
	has_int(german, "sightings", 8);
	has_int(german, "unique", fold_unique(w->fold, country));
	has_int(german, "connections", 2);
	has_int(german, "addresses", 1);
	has_int(german, "rate_up", 1600);
	has_int(german, "rate_down", 0);
}

static void check_peers(const struct json *peers)
{
	const struct json *german = json_item(peers, 0), *left = json_item(peers, 3);
	size_t i = 0, len;

	is_int(json_count(peers), 4, "every remembered address");
	has_text(left, "address", "60.11.0.1");
	has_int(left, "connected", 0);
	has_int(left, "sightings", 15);
	has_text(left, "last_seen", "2026-11-21T07:29:30Z");
	has_text(left, "client", "=cmd|'/c calc'!A1");
	while (i < 3 && strcmp(json_text(json_member(german, "address"), &len), "5.9.1.1") != 0)
		german = json_item(peers, ++i);
	has_text(german, "address", "5.9.1.1");
	ok(json_member(german, "country") != NULL, "country");
	has_text(german, "city", NULL);
	has_int(german, "sightings", 8);
	has_text(german, "first_seen", "2026-11-21T07:28:30Z");
	has_text(german, "last_seen", "2026-11-21T07:30:00Z");
	has_int(german, "connected", 1);
	has_int(german, "torrents", 2);
	has_text(german, "client", "qBittorrent 4.5.2");
	has_int(german, "rate_up", 1600);
	has_int(german, "rate_down", 0);
	has_int(german, "estimated_bytes_up", 1600 * 90);
}

/* A key is there, be it null. */
static void mentions(const struct buf *line, const char *key)
{
	char quoted[64];

	snprintf(quoted, sizeof(quoted), "\"%s\":", key);
	ok(strstr(buf_str(line), quoted) != NULL, "the line has the key %s", key);
}

static void test_json(void)
{
	static const char *const keys[] = {
		"schema",       "time",        "poll",      "sources",   "name",     "url",       "state",
		"error",        "version",     "torrents",  "peers",     "poll_ms",  "sightings", "unique",
		"unique_exact", "connections", "addresses", "countries", "code",     "rate_up",   "rate_down",
		"hours",        "address",     "country",   "city",      "latitude", "longitude", "first_seen",
		"last_seen",    "connected",   "client"};
	const struct json *hours;
	struct json *line;
	struct world w;
	struct err err;
	struct buf out;

	begin(&w);
	fill(&w);
	out = drawn(&w, &draw_json, true, false);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		mentions(&out, keys[i]);
	ok(out.len > 0 && strchr(out.data, '\n') == out.data + out.len - 1, "one line");
	line = json_parse(out.data, out.len, &err);
	if (ok(line != NULL, "that is JSON")) {
		has_int(line, "schema", 1);
		has_text(line, "time", "2026-11-21T07:30:00Z");
		has_int(line, "poll", 12);
		has_int(line, "sightings", 8 + 15 + 2);
		has_int(line, "unique", 4);
		has_int(line, "unique_exact", 1);
		has_int(line, "connections", 4);
		has_int(line, "addresses", 3);
		hours = json_member(line, "hours");
		is_int(json_count(hours), 24, "24 hours");
		is_int(json_int(json_item(hours, 7), 0), 25, "hour 7");
		is_int(json_int(json_item(hours, 8), -1), 0, "hour 8");
		check_sources(json_member(line, "sources"));
		check_countries(&w, json_member(line, "countries"));
		check_peers(json_member(line, "peers"));
	}
	json_free(line);
	buf_done(&out);
	out = drawn(&w, &draw_json, false, false);
	ok(strstr(buf_str(&out), "\"peers\":[") == NULL, "peers only when they are asked for");
	buf_done(&out);
	end(&w);
}

static void test_json_empty(void)
{
	struct json *line;
	struct world w;
	struct err err;
	struct buf out;

	begin(&w);
	w.scene.wall = 0;
	w.scene.source_count = 0;
	w.scene.credit = "IP Geolocation by DB-IP";
	out = drawn(&w, &draw_json, true, false);
	line = json_parse(buf_str(&out), out.len, &err);
	ok(line != NULL, "a line before the first answer");
	has_text(line, "time", "2026-11-21T07:30:00Z");
	is_int(json_count(json_member(line, "countries")), 0, "no countries");
	ok(json_is_array(json_member(line, "peers")), "and no peers, but a list");
	has_text(line, "credit", "IP Geolocation by DB-IP");
	json_free(line);
	buf_done(&out);
	end(&w);
}

/* ---- CSV ---- */

static void test_csv(void)
{
	char want[256];
	struct ip ip = ip_from_v4(GERMAN);
	country_t german = folded_find(&turn, &ip).country;
	struct world w;
	struct buf out;

	begin(&w);
	fill(&w);
	out = drawn(&w, &draw_csv, false, false);
	ok(strncmp(buf_str(&out), "time,poll,code,name,sightings,unique,connections,addresses,rate_up,rate_down\n",
		   76) == 0,
	   "the header of countries");
	snprintf(want, sizeof(want), "\n2026-11-21T07:30:00Z,12,%s,%s,8,1,2,1,1600,0\n", country_code(german),
		 country_name(german));
	ok(strstr(buf_str(&out), want) != NULL, "a country: %s", want + 1);
	ok(strstr(buf_str(&out), ",12,'--,Local,1,1,1,1,0,0\n") != NULL, "the code of Local is no formula");
	ok(strchr(buf_str(&out), '\r') == NULL, "lines end in LF");
	buf_done(&out);
	out = drawn(&w, &draw_csv, true, false);
	ok(strncmp(buf_str(&out),
		   "time,address,country,city,latitude,longitude,sightings,first_seen,last_seen,connected,torrents,"
		   "client,"
		   "rate_up,rate_down",
		   119) == 0,
	   "the header of peers");
	ok(strstr(buf_str(&out), ",2026-11-21T07:30:00Z,true,2,qBittorrent 4.5.2,1600,0,") != NULL, "a peer");
	ok(strstr(buf_str(&out), ",'=cmd|'/c calc'!A1,") != NULL, "a client that is a formula");
	ok(strstr(buf_str(&out), ",\"a, \"\"b\"\" 1\",") != NULL, "a client with a comma and quotes");
	buf_done(&out);
	end(&w);
}

static void test_formulas(void)
{
	static const struct {
		const char *name, *cell;
	} names[] = {
		{"=1+1", ",'=1+1,"}, {"@SUM(A1)", ",'@SUM(A1),"}, {"+x", ",'+x,"}, {"-x", ",'-x,"}, {"-1.5", ",-1.5,"},
		{"a=1", ",a=1,"}, {"-1+1", ",'-1+1,"}, {"=\\\"a\\\",1", ",\"'=\"\"a\"\",1\","},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct world w;
		struct answer a;
		struct buf out;

		begin(&w);
		answer_init(&a);
		add_torrent(&a, 1, "one");
		add_peer(&a, GERMAN, client_of(&w, names[i].name));
		fold_answer(w.fold, 0, &a, (struct fold_time){.wall = WALL});
		fold_recount(w.fold, WALL);
		out = drawn(&w, &draw_csv, true, false);
		ok(strstr(buf_str(&out), names[i].cell) != NULL, "client %s", names[i].name);
		buf_done(&out);
		answer_done(&a);
		end(&w);
	}
}

/* ---- the plain block ---- */

static void test_plain(void)
{
	static const struct draw_style style;
	struct world w;
	struct buf out, summary;

	begin(&w);
	fill(&w);
	out = drawn(&w, &draw_plain, false, false);
	ok(strncmp(buf_str(&out), "=== swarmtop record: 2026-11-21 07:30:00, poll 12 ===\n", 54) == 0,
	   "a title with the local time");
	ok(strstr(out.data, "\nTotal sightings: 25\n") != NULL, "total sightings");
	ok(strstr(out.data, "\nUnique addresses: 4\n") != NULL, "unique addresses");
	ok(strstr(out.data, "\nhome: ok, Transmission 3.00 (bb6b5a062e), 2 torrents, 4 peers\n") != NULL, "a daemon");
	ok(strstr(out.data, "\nnas: refused, login \"refused\" (http://nas:9091/)\n") != NULL, "and one in trouble");
	ok(strstr(out.data, " 07: 25 ") && strstr(out.data, " 00: 0 ") && strstr(out.data, " 23: 0\n"), "hours 00-23");
	ok(strstr(out.data, "=== end ===\n") != NULL, "an end line");
	ok(strchr(out.data, '\033') == NULL, "no escape codes");
	ok(strstr(out.data, "5.9.1.1") == NULL, "no peers");
	buf_init(&summary, OUT_MAX);
	draw_plain.summary(&style, &w.scene, &summary);
	ok(strncmp(buf_str(&summary), "=== swarmtop summary: ", 22) == 0 &&
		   strcmp(strchr(summary.data, '\n'), strchr(out.data, '\n')) == 0,
	   "the summary is the same block");
	buf_done(&summary);
	buf_done(&out);
	out = drawn(&w, &draw_plain, true, true);
	ok(strchr(buf_str(&out), '\033') != NULL, "colours on a terminal");
	ok(strstr(out.data, " * 5.9.1.1 ") && strstr(out.data, "   60.11.0.1 "), "peers, connected ones marked");
	buf_done(&out);
	end(&w);
	begin(&w);
	out = drawn(&w, &draw_plain, false, false);
	ok(strstr(buf_str(&out), " none yet\n") != NULL, "no countries yet");
	buf_done(&out);
	end(&w);
}

int main(void)
{
	test_json();
	test_json_empty();
	test_csv();
	test_formulas();
	test_plain();
	return tap_done();
}
