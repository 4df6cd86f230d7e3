/* What one's own Transmission knows, from canned answers in both dialects. */
#include "swarm/probe_rpc.h"

#include <errno.h>

#include "canned.h"
#include "core/http.h"
#include "tap.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\n\r\n"
#define CLASSIC_409 "HTTP/1.1 409 Conflict\r\nX-Transmission-Session-Id: abc\r\n\r\n409"
#define MODERN_409                                                                                                     \
	"HTTP/1.1 409 Conflict\r\nX-Transmission-Session-Id: abc\r\nX-Transmission-Rpc-Version: 6.0.0\r\n\r\n409"
#define HASH_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define HASH_C "cccccccccccccccccccccccccccccccccccccccc"

enum { ROWS = 200 };

static struct {
	struct loop *loop;
	struct http *http;
	struct canned server;
	struct probe_rpc_row rows[ROWS];
	uint8_t hashes[ROWS][INFO_HASH];
	char trackers[ROWS][TRACKER_SHOWN_MAX];
	unsigned count, ended;
	int rc;
	char error[512];
} w;

static void on_row(void *context, const struct probe_rpc_row *row)
{
	(void)context;
	if (w.count == ROWS)
		return;
	w.rows[w.count] = *row;
	memcpy(w.hashes[w.count], row->hash, INFO_HASH);
	snprintf(w.trackers[w.count], sizeof(w.trackers[0]), "%s", row->tracker);
	w.count++;
}

static void on_ended(void *context, int rc, const char *error)
{
	(void)context;
	w.rc = rc;
	snprintf(w.error, sizeof(w.error), "%s", error);
	w.ended++;
	loop_stop(w.loop);
}

static void ask(const char *const *answers, const uint8_t (*hashes)[INFO_HASH], size_t count, bool cut_short)
{
	static char nothing[] = "", name[] = "home", url[64];
	struct conf_daemon daemon = {.name = name,
				     .url = url,
				     .username = nothing,
				     .password = nothing,
				     .password_file = nothing,
				     .cacert = nothing};
	struct probe_rpc *p;

	w.loop = loop_new();
	w.http = http_new(w.loop);
	w.count = w.ended = 0;
	canned_start(&w.server, answers);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/transmission/rpc", w.server.port);
	p = probe_rpc_start(w.loop, w.http, &daemon, hashes, count, &(struct probe_rpc_events){on_row, on_ended, NULL});
	is_int(w.ended, 0, "the end is not told from within");
	if (!cut_short)
		loop_run(w.loop);
	is_int(w.ended, !cut_short, "the end is told once, if at all");
	probe_rpc_free(p);
}

static void done(void)
{
	http_free(w.http);
	loop_free(w.loop);
	canned_stop(&w.server);
}

#define TRACKER(url, seeders, leechers, completed, announced, announce_time, scraped, scrape_time)                     \
	"{\"announce\":\"" url "\",\"host\":\"x\",\"seederCount\":" seeders ",\"leecherCount\":" leechers              \
	",\"downloadCount\":" completed ",\"lastAnnounceSucceeded\":" announced ",\"lastAnnounceTime\":" announce_time \
	",\"lastScrapeSucceeded\":" scraped ",\"lastScrapeTime\":" scrape_time "}"

static const char list[] = OK_HEAD "{\"arguments\":{\"torrents\":[{\"hashString\":\"" HASH_A
				   "\"},{\"hashString\":\"" HASH_B "\"}]},\"result\":\"success\",\"tag\":1}";
static const char batch[] = OK_HEAD
	"{\"arguments\":{\"torrents\":["
	"{\"hashString\":\"" HASH_A "\",\"peersConnected\":3,\"trackerStats\":[" TRACKER(
		"https://one.example/secret/announce", "5", "9", "70", "true", "1000", "true",
		"2000") "," TRACKER("udp://two.example:1337/announce", "8", "2", "-1", "false", "1500", "1",
				    "1800") "," TRACKER("http://late.example/announce", "99", "99", "99", "false",
							"3000", "false",
							"3000") "," TRACKER("http://mute.example/announce", "-1", "-1",
									    "-1", "true", "3000", "true",
									    "3000") "]},"
										    "{\"hashString\":\"" HASH_B
										    "\",\"peersConnected\":0,"
										    "\"trackerStats\":[]},"
										    "{\"hashString\":\"" HASH_C
										    "\",\"peersConnected\":1,"
										    "\"trackerStats\":[]},"
										    "7,{\"hashString\":\"zz\"}]},"
										    "\"result\":\"success\"}";

static void test_all(void)
{
	const char *const answers[] = {CLASSIC_409, list, batch, NULL};

	ask(answers, NULL, 0, false);
	is_int(w.rc, 0, "it has told all: %s", w.error);
	is_int(w.count, 2, "of what it has");
	is_int(w.hashes[0][0], 0xaa, "the first one");
	is_int(w.rows[0].seeders, 8, "most seeders");
	is_int(w.rows[0].leechers, 9, "most leechers");
	is_int(w.rows[0].completed, 70, "most completed");
	is_str(w.trackers[0], "udp://two.example", "who said so");
	is_int(w.rows[0].when, 1800, "and when");
	is_int(w.rows[0].connected, 3, "who is connected");
	ok(w.rows[1].seeders == -1 && w.rows[1].leechers == -1 && w.rows[1].completed == -1 && w.rows[1].when == 0,
	   "no tracker is no zero");
	is_str(w.trackers[1], "", "nobody said so");
	ok(strstr(canned_body(&w.server, 2), "\"ids\":[\"" HASH_A "\",\"" HASH_B "\"]") != NULL, "asked by hash");
	ok(strstr(canned_body(&w.server, 2), "trackerStats") != NULL, "for its trackers");
	done();
}

static void test_some(void)
{
	static const char modern[] = OK_HEAD
		"{\"jsonrpc\":\"2.0\",\"result\":{\"torrents\":[{\"hash_string\":\"" HASH_B
		"\",\"peers_connected\":4,\"tracker_stats\":[{\"announce\":\"wss://t.example\",\"seeder_count\":1,"
		"\"leecher_count\":0,\"download_count\":3000000000,\"last_announce_succeeded\":true,"
		"\"last_announce_time\":99999999999}]}]},\"id\":2}";
	const char *const answers[] = {MODERN_409, modern, NULL};
	uint8_t one[1][INFO_HASH];

	memset(one, 0xbb, sizeof(one));
	ask(answers, (const uint8_t(*)[INFO_HASH])one, 1, false);
	ok(w.rc == 0 && w.count == 1, "one hash, in the newer dialect: %s", w.error);
	ok(w.rows[0].seeders == 1 && w.rows[0].leechers == 0, "its numbers");
	is_int(w.rows[0].completed, -1, "three thousand million are no count, nor what one's own client heard");
	is_str(w.trackers[0], "wss://t.example", "its tracker");
	ok(w.rows[0].when > 0 && w.rows[0].when <= clock_now().wall, "not in the future");
	done();
}

/* A list that is longer than a batch. */
static void test_batches(void)
{
	static char many[20000];
	static const char none[] = OK_HEAD "{\"arguments\":{\"torrents\":[]},\"result\":\"success\"}";
	const char *const answers[] = {CLASSIC_409, many, none, NULL};
	size_t len = (size_t)snprintf(many, sizeof(many), OK_HEAD "{\"arguments\":{\"torrents\":[");

	for (unsigned i = 0; i < 120; i++)
		len += (size_t)snprintf(many + len, sizeof(many) - len, "%s{\"hashString\":\"%040x\"}", i ? "," : "",
					i);
	snprintf(many + len, sizeof(many) - len, "]},\"result\":\"success\"}");
	ask(answers, NULL, 0, false);
	ok(w.rc == 0 && w.count == 0, "torrents that are gone meanwhile are not told: %s", w.error);
	is_int(w.server.seen->count, 5, "120 torrents, three batches");
	done();
}

static void test_failures(void)
{
	static const struct {
		const char *answer;
		int rc;
		const char *words;
	} rows[] = {
		{"HTTP/1.1 401 No\r\n\r\n", -EACCES, "login refused"},
		{"HTTP/1.1 403 No\r\n\r\n", -EACCES, "forbidden"},
		{OK_HEAD "{\"result\":\"no such method\"}", -EREMOTE, "Transmission says: no such method"},
		{OK_HEAD "<html>", -EBADMSG, "web page"},
		{OK_HEAD "{\"arguments\":{\"torrents\":[{\"hashString\":\"x\"}]}}", -EBADMSG, ""},
		{"", -EBADMSG, "broke off"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *const answers[] = {rows[i].answer, NULL};

		ask(answers, NULL, 0, false);
		is_int(w.rc, rows[i].rc, "%s", w.error);
		ok(strstr(w.error, rows[i].words) != NULL, "and what to do");
		done();
	}
}

static void test_freed(void)
{
	const char *const answers[] = {CLASSIC_409, NULL};

	ask(answers, NULL, 0, true);
	done();
	probe_rpc_free(NULL);
	ok(true, "a probe may be freed before its end");
}

int main(void)
{
	alarm(60);
	signal(SIGPIPE, SIG_IGN);
	setenv("NETRC", "/nonexistent", 1);
	test_all();
	test_some();
	test_batches();
	test_failures();
	test_freed();
	return tap_done();
}
