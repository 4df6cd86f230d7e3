/* Polls of a Transmission that plays canned answers: what is asked in which order, what is taken of the answers, and
 * what becomes of a poll that fails half-way. */
#include "peers/source_transmission.h"

#include <unistd.h>

#include "base/buf.h"
#include "canned.h"
#include "tap.h"

#define OK_ "HTTP/1.1 200 OK\r\n\r\n"
#define CLASSIC_409 "HTTP/1.1 409 Conflict\r\nX-Transmission-Session-Id: abc\r\n\r\n<h1>409</h1>"
#define MODERN_409                                                                                                     \
	"HTTP/1.1 409 Conflict\r\nX-Transmission-Session-Id: xyz\r\nX-Transmission-Rpc-Version: 6.1.0\r\n\r\n409"

/* Answers of the classic dialect. */
#define CLASSIC(arguments) OK_ "{\"arguments\":{" arguments "},\"result\":\"success\"}"
#define VERSION CLASSIC("\"version\":\"3.00 (bb6b5a062e)\"")
#define TABLE(rows) CLASSIC("\"torrents\":[[\"id\",\"peersConnected\"]" rows "]")
#define TORRENTS(torrents) CLASSIC("\"torrents\":[" torrents "]")
#define TORRENT(hash, peers) "{\"hashString\":\"" hash "\",\"name\":\"t\",\"peers\":[" peers "]}"
#define PEER(address) "{\"address\":\"" address "\",\"clientName\":\"qBittorrent 4.5.2\"}"

#define HASH1 "0123456789abcdef0123456789abcdef01234567"
#define HASH2 "ffffffffffffffffffffffffffffffffffffffff"

struct world {
	struct loop *loop;
	struct http *http;
	struct clients *clients;
	struct canned server;
	struct source *source;
	char url[64];
	unsigned answered, failed;
	struct buf notes;
};

static void on_answered(void *context, struct source *s)
{
	struct world *w = context;

	(void)s;
	w->answered++;
	loop_stop(w->loop);
}

static void on_failed(void *context, struct source *s)
{
	struct world *w = context;

	(void)s;
	w->failed++;
	loop_stop(w->loop);
}

static void on_noted(void *context, struct source *s, bool problem, const char *text)
{
	struct world *w = context;

	(void)s;
	buf_printf(&w->notes, "%s%s\n", problem ? "!" : "", text);
}

static void begin(struct world *w, const char *const *answers, char *const *torrents)
{
	static char *const everything[] = {"all", NULL};
	struct conf_list list = {(char **)(uintptr_t)(torrents ? torrents : everything), 0};
	struct source_transmission_config config = {.name = "home", .torrents = &list};

	while (list.items[list.count])
		list.count++;
	*w = (struct world){.loop = loop_new(), .clients = clients_new()};
	w->http = http_new(w->loop);
	buf_init(&w->notes, 4096);
	canned_start(&w->server, answers);
	snprintf(w->url, sizeof(w->url), "http://127.0.0.1:%u/transmission/rpc", w->server.port);
	config.rpc.url = w->url;
	config.clients = w->clients;
	w->source = source_transmission_new(&config, 0, w->http, w->loop,
					    &(struct source_listener){on_answered, on_failed, on_noted, w});
}

static void poll_once(struct world *w)
{
	source_hurry(w->source);
	loop_run(w->loop);
}

static void end(struct world *w)
{
	source_free(w->source);
	http_free(w->http);
	clients_free(w->clients);
	loop_free(w->loop);
	buf_done(&w->notes);
	canned_stop(&w->server);
}

/* ---- what is asked ---- */

static void asked(const struct world *w, unsigned n, const char *want, const char *name)
{
	is_str(canned_body(&w->server, n), want, "%s", name);
}

static void asked_some(const struct world *w, unsigned n, const char *part, const char *name)
{
	ok(strstr(canned_body(&w->server, n), part), "%s: %s in %.100s", name, part, canned_body(&w->server, n));
}

static unsigned requests(const struct world *w)
{
	return w->server.seen->count;
}

/* The ids of a request, as text between the brackets. */
static const char *ids_of(const struct world *w, unsigned n)
{
	static char ids[CANNED_REQUEST];
	const char *start = strstr(canned_body(&w->server, n), "\"ids\":[");

	snprintf(ids, sizeof(ids), "%s", start ? start + 7 : "none]");
	ids[strcspn(ids, "]")] = '\0';
	return ids;
}

/* ---- what is taken ---- */

static const struct sighting *seen(const struct world *w, size_t n)
{
	static const struct sighting none;

	return n < w->source->answer.sighting_count ? &w->source->answer.sightings[n] : &none;
}

static const char *address(const struct world *w, size_t n)
{
	static char text[IP_TEXT];

	ip_format(&seen(w, n)->ip, text);
	return n < w->source->answer.sighting_count ? text : "(no sighting)";
}

#define CLASSIC_PEERS                                                                                                  \
	"{\"hashString\":\"" HASH1 "\",\"name\":\"one\\u00e9\\u202e \\u0007\",\"peers\":["                             \
	"{\"address\":\"5.9.1.1\",\"clientName\":\"qBittorrent 4.5.2\",\"isEncrypted\":true,\"isUTP\":true,"           \
	"\"progress\":0.5,\"rateToClient\":7,\"rateToPeer\":600},"                                                     \
	"{\"address\":\"2001:db8::7\",\"clientName\":\"\",\"isUTP\":false,\"progress\":1}],"                           \
	"\"peersFrom\":{\"fromTracker\":2,\"fromDht\":5}},"                                                            \
	"{\"hashString\":\"" HASH2 "\",\"name\":\"three\",\"peers\":[" PEER("::ffff:5.9.1.1") "]}"

static void check_answer(const struct world *w)
{
	const struct answer *a = &w->source->answer;

	is_int(w->answered, 1, "the poll ends with an answer");
	is_int(a->all_torrents, 3, "torrents, with peers and without");
	is_int(a->torrent_count, 2, "torrents with peers");
	is_int(a->sighting_count, 3, "sightings");
	if (a->torrent_count != 2 || a->sighting_count != 3)
		return;
	ok(a->torrents[0].hash[0] == 0x01 && a->torrents[0].hash[19] == 0x67, "a hash, as bytes");
	ok(a->torrents[1].hash[0] == 0xff, "and the other one");
	is_str(a->torrents[0].name, "one\u00e9\ufffd \ufffd", "a name, with what turns or rings replaced");
	is_int(a->torrents[0].from[ORIGIN_TRACKER], 2, "from trackers");
	is_int(a->torrents[0].from[ORIGIN_DHT], 5, "from the DHT");
	is_int(a->torrents[1].from[ORIGIN_DHT], 0, "which is not the next torrent's");
	is_str(address(w, 0), "5.9.1.1", "an address");
	is_str(address(w, 1), "2001:db8::7", "one of IPv6");
	ok(ip_equal(&seen(w, 0)->ip, &seen(w, 2)->ip), "a mapped address is its IPv4 address");
	is_int(seen(w, 0)->torrent, 0, "the first torrent's");
	is_int(seen(w, 1)->torrent, 0, "its second");
	is_int(seen(w, 2)->torrent, 1, "the second torrent's");
	is_int(seen(w, 0)->rate_up, 600, "rate to the peer is up");
	is_int(seen(w, 0)->rate_down, 7, "rate to us is down");
	is_int(seen(w, 0)->flags, PEER_ENCRYPTED | PEER_UTP | PEER_UTP_KNOWN, "flags");
	is_int(seen(w, 1)->flags, PEER_UTP_KNOWN | PEER_SEED, "of a seed");
	is_int(seen(w, 2)->flags, 0, "of a peer that nothing is said of");
	is_int(seen(w, 0)->progress, 500, "progress");
	is_str(clients_get(w->clients, seen(w, 0)->client)->name, "qBittorrent 4.5.2", "a client");
	is_int(seen(w, 1)->client, CLIENT_NONE, "no client");
	is_int(seen(w, 2)->client, seen(w, 0)->client, "the same client");
}

static void test_classic(void)
{
	static const char *const answers[] = {CLASSIC_409, VERSION, TABLE(",[1,2],[2,0],[3,1]"),
					      TORRENTS(CLASSIC_PEERS), NULL};
	struct world w;

	begin(&w, answers, NULL);
	is_int(w.source->status.state, SOURCE_CONNECTING, "nothing is known yet");
	poll_once(&w);
	check_answer(&w);
	is_int(requests(&w), 4, "409, version, list, peers");
	asked(&w, 1, "{\"method\":\"session-get\",\"arguments\":{\"fields\":[\"version\"]},\"tag\":2}",
	      "first the version");
	asked(&w, 2,
	      "{\"method\":\"torrent-get\",\"arguments\":{\"fields\":[\"id\",\"peersConnected\"],\"format\":\"table\"},"
	      "\"tag\":3}",
	      "then who has peers, of all torrents");
	asked(&w, 3,
	      "{\"method\":\"torrent-get\",\"arguments\":{\"fields\":[\"hashString\",\"name\",\"peersFrom\",\"peers\"],"
	      "\"ids\":[1,3]},\"tag\":4}",
	      "then the peers, only of torrents that have any");
	is_str(w.source->status.version, "3.00 (bb6b5a062e)", "the version");
	is_int(w.source->status.state, SOURCE_OK, "all is well");
	is_int(w.source->status.http_status, 200, "by HTTP too");
	is_int(w.source->status.torrents, 3, "torrents");
	is_int(w.source->status.peers, 3, "peers");
	end(&w);
}

static void test_modern(void)
{
	static const char *const answers[] = {
		MODERN_409,
		OK_ "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"version\":\"4.1.0\"}}",
		OK_ "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{\"torrents\":[[\"peers_connected\",\"id\"],[2,1],[0,2],"
		    "[1,3]]}}",
		OK_ "{\"jsonrpc\":\"2.0\",\"id\":4,\"result\":{\"torrents\":["
		    "{\"hash_string\":\"" HASH1 "\",\"name\":\"one\\u00e9\\u202e \\u0007\",\"peers\":["
		    "{\"address\":\"5.9.1.1\",\"client_name\":\"qBittorrent 4.5.2\",\"is_encrypted\":true,"
		    "\"is_utp\":true,\"progress\":0.5,\"rate_to_client\":7,\"rate_to_peer\":600},"
		    "{\"address\":\"2001:db8::7\",\"client_name\":\"\",\"is_utp\":false,\"progress\":1}],"
		    "\"peers_from\":{\"from_tracker\":2,\"from_dht\":5}},"
		    "{\"hash_string\":\"" HASH2 "\",\"name\":\"three\",\"peers\":["
		    "{\"address\":\"::ffff:5.9.1.1\",\"client_name\":\"qBittorrent 4.5.2\"}]}]}}",
		NULL};
	struct world w;

	begin(&w, answers, NULL);
	poll_once(&w);
	check_answer(&w);
	asked_some(&w, 1, "\"method\":\"session_get\"", "the version, modern");
	asked_some(&w, 2, "\"params\":{\"fields\":[\"id\",\"peers_connected\"],\"format\":\"table\"}",
		   "the list, modern");
	asked_some(&w, 3, "[\"hash_string\",\"name\",\"peers_from\",\"peers\"],\"ids\":[1,3]}", "the peers, modern");
	is_str(w.source->status.version, "4.1.0", "the version");
	end(&w);
}

/* Servers before 3.00 answer with objects where a table was asked for. */
static void test_objects(void)
{
	static const char *const answers[] = {
		CLASSIC("\"version\":\"2.40 (14101)\""),
		TORRENTS("{\"id\":1,\"peersConnected\":2},{\"peersConnected\":0,\"id\":2},{\"id\":3,"
			 "\"peersConnected\":1}"),
		TORRENTS(CLASSIC_PEERS), NULL};
	struct world w;

	begin(&w, answers, NULL);
	poll_once(&w);
	check_answer(&w);
	is_str(ids_of(&w, 2), "1,3", "the torrents with peers");
	is_str(w.source->status.version, "2.40 (14101)", "the version");
	end(&w);
}

static void test_next_poll(void)
{
	static const char *const answers[] = {VERSION, TABLE(",[1,1]"), TORRENTS(TORRENT(HASH1, PEER("5.9.1.1"))),
					      TABLE(",[2,1]"), TORRENTS(TORRENT(HASH2, PEER("5.9.2.2"))),
					      TABLE(""), TORRENTS(""), NULL};
	struct world w;

	begin(&w, answers, NULL);
	poll_once(&w);
	poll_once(&w);
	is_int(requests(&w), 5, "the next poll does not ask for the version again");
	is_str(ids_of(&w, 4), "2", "but for the list");
	is_int(w.source->answer.sighting_count, 1, "an answer has only what this poll brought");
	is_str(address(&w, 0), "5.9.2.2", "which is another peer");
	poll_once(&w);
	is_int(requests(&w), 6, "nobody has peers: no more questions");
	is_int(w.answered, 3, "and that is an answer");
	is_int(w.source->status.torrents, 0, "of no torrents");
	is_int(w.source->status.peers, 0, "and no peers");
	poll_once(&w);
	is_int(w.answered, 4, "a list without even titles is one too");
	end(&w);
}

static void test_addresses(void)
{
	static const char *const answers[] = {
		VERSION, TABLE(",[1,7]"),
		TORRENTS(TORRENT(HASH1, PEER("fe80::1%eth0") "," PEER("") "," PEER("ukeu3k5o.b32.i2p") "," PEER("%eth0")
						 "," PEER("5.9.1.1:51413") "," PEER("1.2.3") ",{}," PEER("::1"))),
		TABLE(",[1,1]"), TORRENTS(TORRENT(HASH1, PEER("localhost"))), NULL};
	struct world w;

	begin(&w, answers, NULL);
	poll_once(&w);
	is_int(w.answered, 1, "addresses of all kinds are no failure");
	is_int(w.source->answer.sighting_count, 2, "two of them are IP addresses");
	is_str(address(&w, 0), "fe80::1", "one without its zone");
	is_str(address(&w, 1), "::1", "and the last one");
	is_str(buf_str(&w.notes), "6 peers without an IP address passed over\n", "the others are mentioned");
	buf_reset(&w.notes);
	poll_once(&w);
	is_int(w.source->answer.sighting_count, 0, "next time they are passed over too");
	is_int(w.source->answer.torrent_count, 1, "but not their torrent");
	is_str(buf_str(&w.notes), "", "without a word");
	end(&w);
}

static void test_addresses_of_failures(void)
{
	static const char *const answers[] = {
		VERSION,
		TABLE(",[1,1]"),
		OK_ "{\"arguments\":{\"torrents\":[" TORRENT(HASH1, PEER("a") "," PEER("b")),
		TABLE(",[1,1]"),
		TORRENTS(TORRENT(HASH1, PEER("c") "," PEER("d") "," PEER("e"))),
		NULL,
	};
	struct world w;

	begin(&w, answers, NULL);
	poll_once(&w);
	is_str(buf_str(&w.notes), "", "a poll that fails does not mention them");
	poll_once(&w);
	is_str(buf_str(&w.notes), "3 peers without an IP address passed over\n", "nor does the next one add them");
	end(&w);
}

/* ---- batches ---- */

static void test_batches(void)
{
	static const char *const answers[] = {
		VERSION,
		TABLE(",[1,6000],[2,4000],[3,1],[4,20000],[5,-3],[6,9223372036854775807],[7,1],[8,1]"),
		TORRENTS(TORRENT(HASH1, PEER("5.9.1.1")) "," TORRENT(HASH2, PEER("5.9.2.2"))),
		TORRENTS(TORRENT(HASH1, PEER("5.9.3.3"))),
		TORRENTS(TORRENT(HASH1, PEER("5.9.4.4"))),
		TORRENTS(""), NULL};
	static const char *const batches[] = {"1,2", "3", "4", "6", "7,8"};
	struct world w;

	begin(&w, answers, NULL);
	poll_once(&w);
	is_int(requests(&w), 2 + sizeof(batches) / sizeof(batches[0]), "five batches");
	for (unsigned i = 0; i < sizeof(batches) / sizeof(batches[0]); i++)
		is_str(ids_of(&w, 2 + i), batches[i], "batch %u: about 10,000 peers, or one torrent that has more", i);
	is_int(w.answered, 1, "they are one answer");
	is_int(w.source->answer.all_torrents, 8, "of all torrents");
	is_int(w.source->answer.sighting_count, 4, "with all their peers");
	is_int(seen(&w, 3)->torrent, 3, "counted on over the batches");
	is_str(address(&w, 3), "5.9.4.4", "in order");
	end(&w);
}

static void test_many_torrents(void)
{
	const char *answers[] = {VERSION, NULL, TORRENTS(""), NULL};
	struct world w;
	struct buf list;
	unsigned ids = 1;

	buf_init(&list, 1 << 16);
	buf_puts(&list, OK_ "{\"arguments\":{\"torrents\":[[\"id\",\"peersConnected\"]");
	for (int i = 1; i <= 501; i++)
		buf_printf(&list, ",[%d,1]", i);
	buf_puts(&list, "]},\"result\":\"success\"}");
	answers[1] = buf_str(&list);
	begin(&w, answers, NULL);
	poll_once(&w);
	for (const char *p = ids_of(&w, 2); (p = strchr(p, ',')); p++)
		ids++;
	is_int(requests(&w), 4, "501 torrents are two batches");
	is_int(ids, 500, "one of 500");
	is_str(ids_of(&w, 3), "501", "and one of the last");
	is_int(w.source->answer.all_torrents, 501, "all were counted");
	end(&w);
	buf_done(&list);
}

/* ---- failures ---- */

#define TWO_BATCHES TABLE(",[1,9000],[2,9000]")
#define ONE_PEER TABLE(",[1,1]"), TORRENTS(TORRENT(HASH1, PEER("5.9.1.1")))
#define GOOD_POLL VERSION, ONE_PEER

static void test_second_batch(void)
{
	static const struct {
		const char *answer, *error;
	} rows[] = {
		{"HTTP/1.1 500 Oops\r\n\r\n", "HTTP status 500"},
		{OK_ "{\"result\":\"busy \\u001b[31m now\"}", "Transmission says: busy"},
		{OK_ "{\"result\":\"\"}", "Transmission says: an error without a text"},
		{OK_ "{\"arguments\":{\"torrents\":[" TORRENT(HASH2, PEER("5.9.2.2")), "cut off, or is not"},
		{OK_ "{\"arguments\":{},\"result\":\"success\"}", "cut off, or is not"},
		{TORRENTS("7"), "makes no sense"},
		{TORRENTS(TORRENT("0123", PEER("5.9.2.2"))), "makes no sense"},
		{TORRENTS("{\"peers\":[]}"), "makes no sense"},
		{TORRENTS(TORRENT("zz23456789abcdef0123456789abcdef01234567", "")), "makes no sense"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *answers[] = {GOOD_POLL,      TWO_BATCHES, TORRENTS(TORRENT(HASH2, PEER("5.9.2.2"))),
					 rows[i].answer, ONE_PEER,    NULL};
		struct world w;

		begin(&w, answers, NULL);
		poll_once(&w);
		poll_once(&w);
		is_int(w.answered, 1, "%s in the second batch: no answer", rows[i].error);
		is_int(w.failed, 1, "but a failure");
		is_int(w.source->status.state, SOURCE_ERROR, "an error");
		ok(strstr(w.source->status.error, rows[i].error), "it says: %s", w.source->status.error);
		ok(!strchr(w.source->status.error, '\033'), "without escapes");
		is_int(w.source->status.peers, 1, "peers are those of the poll before");
		is_int(w.source->status.torrents, 1, "torrents too");
		poll_once(&w);
		is_int(w.answered, 2, "the next poll answers");
		is_int(w.source->answer.sighting_count, 1, "and has nothing of the half one");
		is_str(address(&w, 0), "5.9.1.1", "but its own");
		end(&w);
	}
}

static void test_first_questions(void)
{
	static const struct {
		const char *version, *list;
		enum source_state state;
		const char *error;
	} rows[] = {
		{"HTTP/1.1 401 No\r\n\r\n", NULL, SOURCE_REFUSED, "login refused (401)"},
		{"HTTP/1.1 403 No\r\n\r\n", NULL, SOURCE_FORBIDDEN, "403"},
		{OK_ "<html>", NULL, SOURCE_ERROR, "a web page"},
		{OK_ "{\"result\":\"no method\"}", NULL, SOURCE_ERROR, "Transmission says: no method"},
		{OK_ "{", NULL, SOURCE_ERROR, "no JSON"},
		{VERSION, "HTTP/1.1 401 No\r\n\r\n", SOURCE_REFUSED, "login refused (401)"},
		{VERSION, OK_ "{\"result\":\"no\"}", SOURCE_ERROR, "Transmission says: no"},
		{VERSION, CLASSIC("\"torrents\":{}"), SOURCE_ERROR, "the list of torrents"},
		{VERSION, CLASSIC(""), SOURCE_ERROR, "the list of torrents"},
		{VERSION, TABLE(",[\"x\",1]"), SOURCE_ERROR, "the list of torrents"},
		{VERSION, TABLE(",[]"), SOURCE_ERROR, "the list of torrents"},
		{VERSION, TORRENTS("[\"peersConnected\"],[1]"), SOURCE_ERROR, "the list of torrents"},
		{VERSION, TORRENTS("{\"peersConnected\":1}"), SOURCE_ERROR, "the list of torrents"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *answers[] = {rows[i].version, rows[i].list, NULL};
		struct world w;

		begin(&w, answers, NULL);
		poll_once(&w);
		is_int(w.failed, 1, "%s: a failure", rows[i].error);
		is_int(w.source->status.state, rows[i].state, "its state");
		ok(strstr(w.source->status.error, rows[i].error), "it says: %s", w.source->status.error);
		is_int(requests(&w), rows[i].list ? 2 : 1, "and nothing more is asked");
		end(&w);
	}
}

static void test_unknown_version(void)
{
	static const char *const answers[] = {CLASSIC("\"version\":7"), TABLE(""), NULL};
	struct world w;

	begin(&w, answers, NULL);
	poll_once(&w);
	is_int(w.answered, 1, "a version that is no text stops nobody");
	is_str(w.source->status.version, "", "it is unknown");
	end(&w);
}

static void test_login(void)
{
	static const char *const answers[] = {"HTTP/1.1 401 No\r\n\r\n", GOOD_POLL, NULL};
	struct world w;

	begin(&w, answers, NULL);
	poll_once(&w);
	source_hurry(w.source);
	ok(!w.source->status.polling, "whoever refuses the login is not asked again");
	source_login(w.source, "me", "a:b");
	loop_run(w.loop);
	is_int(w.answered, 1, "with another login it answers");
	ok(!canned_has(&w.server, 0, "Authorization"), "at first there was none");
	ok(canned_has(&w.server, 1, "Authorization: Basic bWU6YTpi\r\n"), "then the one that was typed");
	end(&w);
}

/* ---- restarts ---- */

/* The ids of the list mean other torrents now: all is asked anew, but not for ever. */
static void test_restart(void)
{
	static const char *const once[] = {
		GOOD_POLL, TWO_BATCHES, TORRENTS(TORRENT(HASH2, PEER("5.9.2.2"))), CLASSIC_409,
		TORRENTS(TORRENT(HASH2, PEER("5.9.3.3"))), CLASSIC("\"version\":\"4.0.0\""), TABLE(",[5,1]"),
		TORRENTS(TORRENT(HASH1, PEER("5.9.5.5"))), NULL};
	static const char *const twice[] = {VERSION, TABLE(",[1,1]"), CLASSIC_409, TORRENTS(""), VERSION,
					    TABLE(",[5,1]"), CLASSIC_409,
					    TORRENTS(TORRENT(HASH1, PEER("5.9.5.5"))), NULL};
	struct world w;

	begin(&w, once, NULL);
	poll_once(&w);
	poll_once(&w);
	is_int(w.answered, 2, "a restart between two batches");
	is_int(requests(&w), 10, "everything is asked again");
	asked_some(&w, 7, "session-get", "from the version on");
	is_str(ids_of(&w, 9), "5", "to the peers, by new ids");
	is_str(w.source->status.version, "4.0.0", "another version");
	is_int(w.source->answer.sighting_count, 1, "the first half is forgotten");
	is_str(address(&w, 0), "5.9.5.5", "what counts came after");
	is_int(w.source->answer.all_torrents, 1, "torrents too");
	end(&w);
	begin(&w, twice, NULL);
	poll_once(&w);
	is_int(w.answered, 1, "two restarts in one poll");
	is_int(requests(&w), 8, "are not followed by a third try");
	is_int(w.source->answer.sighting_count, 1, "the answer is taken as it is");
	end(&w);
}

/* Between two polls, so that the list is the first to learn of it. */
static void test_restart_before(void)
{
	static const char *const answers[] = {
		GOOD_POLL,
		CLASSIC_409,
		TABLE(",[1,1]"),
		CLASSIC("\"version\":\"4.0.0\""),
		TABLE(",[5,1]"),
		TORRENTS(TORRENT(HASH1, PEER("5.9.5.5"))),
		NULL,
	};
	struct world w;

	begin(&w, answers, NULL);
	poll_once(&w);
	poll_once(&w);
	is_int(w.answered, 2, "a restart between two polls");
	is_str(w.source->status.version, "4.0.0", "another version is known at once");
	is_int(requests(&w), 8, "the list is asked for again after it");
	is_str(ids_of(&w, 7), "5", "and the peers by new ids");
	end(&w);
}

/* ---- chosen torrents ---- */

#define CHOSEN(rows) TORRENTS("[\"id\",\"peersConnected\",\"hashString\"]" rows)

static void test_chosen(void)
{
	static char *const chosen[] = {"3", HASH2, NULL};
	static const char *const answers[] = {VERSION, CHOSEN(",[3,0,\"" HASH1 "\"],[8,1,\"" HASH2 "\"]"),
					      TORRENTS(TORRENT(HASH2, PEER("5.9.2.2"))), TABLE(",[9,0],[8,0]"), NULL};
	struct world w;

	begin(&w, answers, chosen);
	poll_once(&w);
	asked(&w, 1,
	      "{\"method\":\"torrent-get\",\"arguments\":{\"fields\":[\"id\",\"peersConnected\",\"hashString\"],"
	      "\"format\":\"table\",\"ids\":[3,\"" HASH2 "\"]},\"tag\":2}",
	      "only what was chosen is asked for, hashes of ids too");
	is_str(ids_of(&w, 2), "8", "peers of it that have any");
	is_int(w.source->status.torrents, 2, "torrents");
	poll_once(&w);
	asked(&w, 3,
	      "{\"method\":\"torrent-get\",\"arguments\":{\"fields\":[\"id\",\"peersConnected\"],\"format\":\"table\","
	      "\"ids\":[\"" HASH1 "\",\"" HASH2 "\"]},\"tag\":4}",
	      "from then on by hash: ids change when a daemon restarts");
	end(&w);
}

static void test_chosen_missing(void)
{
	static char *const chosen[] = {"3", "4", NULL};
	static const char *const answers[] = {VERSION, CHOSEN(",[3,0,\"" HASH1 "\"]"),
					      CHOSEN(",[9,0,\"" HASH1 "\"],[4,0,\"" HASH2 "\"]"), TABLE(""), NULL};
	struct world w;

	begin(&w, answers, chosen);
	poll_once(&w);
	poll_once(&w);
	is_str(ids_of(&w, 2), "\"" HASH1 "\",4", "an id that is not there yet stays an id");
	asked_some(&w, 2, "\"hashString\"", "whose hash is still asked for");
	poll_once(&w);
	is_str(ids_of(&w, 3), "\"" HASH1 "\",\"" HASH2 "\"", "until it is there");
	end(&w);
}

static void test_chosen_bad_hash(void)
{
	static char *const chosen[] = {"3", NULL};
	static const char *const answers[] = {VERSION, CHOSEN(",[3,0,\"abc\"]"), CHOSEN(",[3,0,7]"), NULL};
	struct world w;

	begin(&w, answers, chosen);
	poll_once(&w);
	poll_once(&w);
	is_str(ids_of(&w, 2), "3", "what is no hash takes no id's place");
	is_int(w.answered, 2, "and is no failure");
	end(&w);
}

int main(void)
{
	alarm(120);
	signal(SIGPIPE, SIG_IGN);
	test_classic();
	test_modern();
	test_objects();
	test_next_poll();
	test_addresses();
	test_addresses_of_failures();
	test_batches();
	test_many_torrents();
	test_second_batch();
	test_first_questions();
	test_unknown_version();
	test_login();
	test_restart();
	test_restart_before();
	test_chosen();
	test_chosen_missing();
	test_chosen_bad_hash();
	return tap_done();
}
