/* The reader of peers: recorded answers, generated ones with json-c as oracle, and what no daemon should send. */
#include "wire/rpcpeers.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/ip.h"
#include "core/json.h"
#include "fuzz/rpcpeers_log.h"
#include "random.h"
#include "tap.h"

enum { WHOLE = 1 << 30, DOCUMENT_MAX = 64 << 20 };

/* ---- the oracle ---- */

/* Where the oracle finds what core/json.h cannot say: the progress as it stands in the text, in order. */
struct oracle {
	struct reading *out;
	const char *progress;
};

static const struct json *either(const struct json *object, const char *classic, const char *modern)
{
	const struct json *value = json_member(object, classic);

	return value ? value : json_member(object, modern);
}

static uint32_t clamped(const struct json *value)
{
	int64_t n = json_int(value, 0);

	return n < 0 ? 0 : n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

static void oracle_text(struct oracle *o, const struct json *value)
{
	size_t len = 0;
	const char *text = json_text(value, &len);

	log_text(&o->out->log, text ? text : "", len);
}

static unsigned oracle_progress(struct oracle *o, const struct json *peer)
{
	double value;

	if (!json_member(peer, "progress"))
		return 0;
	o->progress = strstr(o->progress, "\"progress\"");
	o->progress += strspn(o->progress + 10, " \t\r\n:") + 10;
	value = strtod(o->progress, NULL);
	return value >= 1 ? 1000 : value <= 0 ? 0 : (unsigned)(value * 1000);
}

static unsigned oracle_flags(const struct json *peer)
{
	static const struct {
		const char *classic, *modern;
		unsigned flag;
	} truths[] = {
		{"isEncrypted", "is_encrypted", PEER_ENCRYPTED},
		{"isIncoming", "is_incoming", PEER_INCOMING},
		{"isUTP", "is_utp", PEER_UTP},
		{"isDownloadingFrom", "is_downloading_from", PEER_DOWNLOADING},
		{"isUploadingTo", "is_uploading_to", PEER_UPLOADING},
		{"clientIsChoked", "client_is_choked", PEER_CHOKES_US},
		{"clientIsInterested", "client_is_interested", PEER_WE_WANT},
		{"peerIsChoked", "peer_is_choked", PEER_CHOKED},
		{"peerIsInterested", "peer_is_interested", PEER_WANTS},
	};
	unsigned flags = either(peer, "isUTP", "is_utp") ? PEER_UTP_KNOWN : 0;
	size_t len = 0;
	const char *letters = json_text(either(peer, "flagStr", "flag_str"), &len);

	for (size_t i = 0; i < sizeof(truths) / sizeof(truths[0]); i++)
		if (json_int(either(peer, truths[i].classic, truths[i].modern), 0))
			flags |= truths[i].flag;
	for (size_t i = 0; i < len; i++)
		flags |= letters[i] == 'O'   ? PEER_OPTIMISTIC
			 : letters[i] == 'H' ? PEER_FROM_DHT
			 : letters[i] == 'X' ? PEER_FROM_PEX
					     : 0;
	return flags;
}

static void oracle_peer(struct oracle *o, const struct json *peer)
{
	struct rpcpeer numbers = {
		.rate_up = clamped(either(peer, "rateToPeer", "rate_to_peer")),
		.rate_down = clamped(either(peer, "rateToClient", "rate_to_client")),
		.port = (uint16_t)clamped(json_member(peer, "port")),
		.progress = (uint16_t)oracle_progress(o, peer),
		.flags = (uint16_t)oracle_flags(peer),
	};

	if (numbers.progress == 1000)
		numbers.flags |= PEER_SEED;
	o->out->peers++;
	buf_puts(&o->out->log, "peer");
	oracle_text(o, json_member(peer, "address"));
	oracle_text(o, either(peer, "clientName", "client_name"));
	log_numbers(&o->out->log, &numbers);
}

static void oracle_torrent(struct oracle *o, const struct json *torrent)
{
	static const char *const keys[ORIGIN_COUNT][2] = {
		[ORIGIN_TRACKER] = {"fromTracker", "from_tracker"},
		[ORIGIN_INCOMING] = {"fromIncoming", "from_incoming"},
		[ORIGIN_DHT] = {"fromDht", "from_dht"},
		[ORIGIN_PEX] = {"fromPex", "from_pex"},
		[ORIGIN_LPD] = {"fromLpd", "from_lpd"},
		[ORIGIN_LTEP] = {"fromLtep", "from_ltep"},
		[ORIGIN_CACHE] = {"fromCache", "from_cache"},
	};
	const struct json *peers = json_member(torrent, "peers"), *from = either(torrent, "peersFrom", "peers_from");

	for (size_t i = 0; i < json_count(peers); i++)
		oracle_peer(o, json_item(peers, i));
	o->out->torrents++;
	buf_puts(&o->out->log, "torrent");
	oracle_text(o, either(torrent, "hashString", "hash_string"));
	oracle_text(o, json_member(torrent, "name"));
	for (int i = 0; i < ORIGIN_COUNT; i++)
		buf_printf(&o->out->log, " %u", clamped(either(from, keys[i][0], keys[i][1])));
	buf_putc(&o->out->log, '\n');
}

/* The same reading by json-c; rc is 0 if it is JSON at all. `text` ends with a NUL. */
static struct reading oracle_of(const char *text, size_t len)
{
	struct reading r = {0};
	struct oracle o = {&r, text};
	struct err err;
	struct json *document = json_parse(text, len, &err);
	const struct json *torrents = json_member(either(document, "arguments", "result"), "torrents");

	buf_init(&r.log, LOG_MAX);
	r.rc = document ? 0 : -EBADMSG;
	for (size_t i = 0; i < json_count(torrents); i++)
		oracle_torrent(&o, json_item(torrents, i));
	json_free(document);
	return r;
}

/* ---- helpers ---- */

static bool same_as(const struct reading *want, const char *text, size_t len, size_t most, struct random *random)
{
	struct reading got = reading_of(text, len, most, random);
	bool same = reading_equal(&got, want);

	if (!same)
		printf("# pieces of %zu: rc %d, want %d\n# got  %.300s\n# want %.300s\n", most, got.rc, want->rc,
		       buf_str(&got.log), buf_str(&want->log));
	reading_done(&got);
	return same;
}

/* Whole, byte by byte, and in random pieces. */
static bool same_in_pieces(const struct reading *want, const char *text, size_t len, unsigned seed)
{
	static const size_t most[] = {2, 7, 50, 5000};
	struct random random = {seed + 1};
	bool same = same_as(want, text, len, WHOLE, NULL) && same_as(want, text, len, 1, NULL);

	for (size_t i = 0; i < sizeof(most) / sizeof(most[0]) && same; i++)
		same = same_as(want, text, len, most[i], &random);
	return same;
}

/* The result of one document, which must be the same in any division. */
static struct reading read_any(const char *text, const char *name)
{
	struct reading r = reading_of(text, strlen(text), WHOLE, NULL);

	ok(same_in_pieces(&r, text, strlen(text), 1), "%s: in any division", name);
	return r;
}

static void reads(const char *text, const char *want, const char *name)
{
	struct reading r = read_any(text, name);

	is_int(r.rc, 0, "%s is read", name);
	is_str(buf_str(&r.log), want, "%s", name);
	reading_done(&r);
}

static void fails(int want, const char *text, const char *name)
{
	struct reading r = read_any(text, name);

	is_int(r.rc, want, "%s", name);
	reading_done(&r);
}

/* A peer object inside a whole answer. */
#define ONE_PEER(members) "{\"arguments\":{\"torrents\":[{\"peers\":[{" members "}]}]},\"result\":\"success\"}"

static void reads_peer(const char *text, const char *want, const char *name)
{
	char line[512];

	snprintf(line, sizeof(line), "peer %s\ntorrent 0: 0: 0 0 0 0 0 0 0\n", want);
	reads(text, line, name);
}

/* Every `step`-th proper beginning of the answer fails, whole and byte by byte. */
static void test_truncation(const char *text, size_t len, size_t step, const char *name)
{
	size_t succeeded = 0;

	for (size_t cut = 0; cut < len; cut += step) {
		struct reading whole = reading_of(text, cut, WHOLE, NULL), bytes = reading_of(text, cut, 1, NULL);

		succeeded += whole.rc != -EBADMSG || !reading_equal(&whole, &bytes);
		reading_done(&whole);
		reading_done(&bytes);
	}
	is_int(succeeded, 0, "%s: each of %zu truncations is -EBADMSG", name, len / step);
}

/* ---- recorded answers ---- */

static struct buf body_of(const char *name)
{
	struct buf body;
	char path[256], piece[4096];
	const char *start;
	size_t n;
	FILE *file;

	buf_init(&body, DOCUMENT_MAX);
	snprintf(path, sizeof(path), "tests/data/transmission-4.1/%s.http", name);
	file = fopen(path, "rb");
	if (!ok(file != NULL, "%s is there", path))
		return body;
	while ((n = fread(piece, 1, sizeof(piece), file)))
		buf_add(&body, piece, n);
	fclose(file);
	start = strstr(buf_str(&body), "\r\n\r\n");
	if (ok(start != NULL, "%s has a body", name))
		buf_drop(&body, (size_t)(start + 4 - body.data));
	return body;
}

static void test_recorded(const char *name, unsigned peers, unsigned torrents)
{
	struct buf body = body_of(name);
	struct reading want = oracle_of(buf_str(&body), body.len);

	is_int(want.peers, peers, "%s: json-c finds the peers", name);
	is_int(want.torrents, torrents, "%s: json-c finds the torrents", name);
	ok(same_in_pieces(&want, buf_str(&body), body.len, 41), "%s: every field of every peer, in any division", name);
	test_truncation(buf_str(&body), body.len, 499, name);
	reading_done(&want);
	buf_done(&body);
}

static void test_recorded_failures(void)
{
	static const struct {
		const char *name;
		int rc;
		const char *failure;
	} answers[] = {
		{"error", -EREMOTE, "Method not found"},
		{"batch", -EBADMSG, ""},
		{"torrent_get-table", -EBADMSG, ""},
		{"classic-table", -EBADMSG, ""},
		{"session_get", -EBADMSG, ""},
	};
	struct buf body = body_of("error-nofields");
	struct reading r = reading_of(buf_str(&body), body.len, WHOLE, NULL);

	is_int(r.rc, -EREMOTE, "error-nofields: the daemon reports a failure");
	ok(strcmp(r.failure, "no fields specified") == 0 || strcmp(r.failure, "Invalid params") == 0,
	   "error-nofields: \"%s\"", r.failure);
	reading_done(&r);
	buf_done(&body);
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		body = body_of(answers[i].name);
		r = reading_of(buf_str(&body), body.len, WHOLE, NULL);
		is_int(r.rc, answers[i].rc, "%s", answers[i].name);
		is_str(r.failure, answers[i].failure, "%s: what the daemon said", answers[i].name);
		ok(same_in_pieces(&r, buf_str(&body), body.len, 42), "%s: in any division", answers[i].name);
		reading_done(&r);
		buf_done(&body);
	}
}

/* ---- 3.00 ---- */

static const char answer_300[] =
	"{\"arguments\":{\"torrents\":[{\"hashString\":\"b49e03d278e30740ba8f00795c3d23d035868861\",\"name\":\"one "
	"\\\"1\\\"\","
	"\"peers\":[{\"address\":\"5.9.1.1\",\"clientIsChoked\":true,\"clientIsInterested\":false,"
	"\"clientName\":\"Deluge 2.1.1.0\",\"flagStr\":\"TUEHX\",\"isDownloadingFrom\":false,\"isEncrypted\":true,"
	"\"isIncoming\":false,\"isUTP\":true,\"isUploadingTo\":true,\"peerIsChoked\":false,\"peerIsInterested\":true,"
	"\"port\":51413,\"progress\":0.4312,\"rateToClient\":0,\"rateToPeer\":12000},"
	"{\"address\":\"2a01:4f8::1\",\"clientIsChoked\":false,\"clientIsInterested\":true,\"clientName\":\"\","
	"\"flagStr\":\"OdI\",\"isDownloadingFrom\":true,\"isEncrypted\":false,\"isIncoming\":true,\"isUTP\":false,"
	"\"isUploadingTo\":false,\"peerIsChoked\":true,\"peerIsInterested\":false,\"port\":6881,\"progress\":1,"
	"\"rateToClient\":7,\"rateToPeer\":0}],\"peersFrom\":{\"fromCache\":1,\"fromDht\":2,\"fromIncoming\":3,"
	"\"fromLpd\":4,\"fromLtep\":5,\"fromPex\":6,\"fromTracker\":7}},"
	"{\"hashString\":\"7c70fb57fb5158ecc5e435cc1724e29ca48c49b5\",\"name\":\"two\",\"peers\":[],\"peersFrom\":{}}]}"
	","
	"\"result\":\"success\",\"tag\":7}";

static void test_classic(void)
{
	struct reading want = oracle_of(answer_300, sizeof(answer_300) - 1);

	is_int(want.peers, 2, "3.00: json-c finds two peers");
	ok(same_in_pieces(&want, answer_300, sizeof(answer_300) - 1, 3), "3.00: every field, in any division");
	reading_done(&want);
	/* By hand too, so that the oracle is not alone. */
	reads(answer_300,
	      "peer 7:5.9.1.1 14:Deluge 2.1.1.0 up 12000 down 0 flags 1a6d progress 431 port 51413\n"
	      "peer 11:2a01:4f8::1 0: up 0 down 7 flags 259a progress 1000 port 6881\n"
	      "torrent 40:b49e03d278e30740ba8f00795c3d23d035868861 7:one \"1\" 7 3 2 6 4 5 1\n"
	      "torrent 40:7c70fb57fb5158ecc5e435cc1724e29ca48c49b5 3:two 0 0 0 0 0 0 0\n",
	      "3.00 by hand");
	reads("{\"arguments\":{\"torrents\":[]},\"result\":\"success\"}", "", "no torrents");
	reads("{\"result\":\"success\",\"arguments\":{\"torrents\":[]}}", "", "the result before the arguments");
	reads("{\"jsonrpc\":\"2.0\",\"result\":{\"torrents\":[]},\"error\":null,\"id\":1}", "",
	      "an error that is null");
	reads("{\"arguments\":{\"torrents\":[{\"peers\":[{\"address\":\"1.2.3.4\"}],\"name\":\"n\",\"hashString\":"
	      "\"h\"}]},"
	      "\"result\":\"success\"}",
	      "peer 7:1.2.3.4 0: up 0 down 0 flags 0 progress 0 port 0\ntorrent 1:h 1:n 0 0 0 0 0 0 0\n",
	      "peers before the hash");
	reads("{\"arguments\":{\"torrents\":[{\"name\":\"n\",\"hashString\":\"h\",\"peersFrom\":{\"fromDht\":1}},"
	      "{\"peers\":[{}]}]},\"result\":\"success\"}",
	      "torrent 1:h 1:n 0 0 1 0 0 0 0\npeer 0: 0: up 0 down 0 flags 0 progress 0 port 0\n"
	      "torrent 0: 0: 0 0 0 0 0 0 0\n",
	      "a torrent inherits nothing from the one before");
}

/* Each byte of an answer replaced in turn: any outcome but a crash, and the same in any division. */
static void test_damage(void)
{
	static const char bytes[] = "\"\\{}[],:0-e. t\x80\n";
	char text[sizeof(answer_300)];
	unsigned different = 0;

	for (size_t at = 0; at < sizeof(answer_300) - 1; at++) {
		struct reading whole, cut;

		memcpy(text, answer_300, sizeof(text));
		text[at] = bytes[at % (sizeof(bytes) - 1)];
		whole = reading_of(text, sizeof(text) - 1, WHOLE, NULL);
		cut = reading_of(text, sizeof(text) - 1, 1 + at % 40, NULL);
		different += !reading_equal(&whole, &cut);
		reading_done(&whole);
		reading_done(&cut);
	}
	is_int(different, 0, "a damaged byte means the same in any division");
}

/* ---- what stands where it should not ---- */

static void test_failures(void)
{
	struct reading r;

	fails(-EREMOTE, "{\"arguments\":{},\"result\":\"no method name\"}", "a result that is not success");
	fails(-EREMOTE, "{\"result\":\"no fields specified\",\"arguments\":{\"torrents\":[]}}",
	      "a failure with torrents");
	r = read_any("{\"arguments\":{},\"result\":\"say \\\"no\\\"\"}", "a result");
	is_str(r.failure, "say \"no\"", "what the daemon said, without its escapes");
	reading_done(&r);
	r = read_any("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32601,\"message\":\"Method not found\"}}",
		     "an error");
	is_int(r.rc, -EREMOTE, "an error of JSON-RPC");
	is_str(r.failure, "Method not found", "and its message");
	reading_done(&r);
	fails(-EREMOTE, "{\"error\":{},\"result\":{\"torrents\":[]}}", "an empty error");
	fails(-EBADMSG, "", "nothing");
	fails(-EBADMSG, "  \n", "only blanks");
	fails(-EBADMSG, "{}", "an empty object");
	fails(-EBADMSG, "[]", "an array");
	fails(-EBADMSG, "null", "null");
	fails(-EBADMSG, "<h1>409: Conflict</h1>", "HTML");
	fails(-EBADMSG, "{\"arguments\":{\"torrents\":{}},\"result\":\"success\"}", "torrents that are an object");
	fails(-EBADMSG, "{\"arguments\":{\"torrents\":null},\"result\":\"success\"}", "torrents that are null");
	fails(-EBADMSG, "{\"arguments\":{\"torrents\":[1]},\"result\":\"success\"}", "a torrent that is a number");
	fails(-EBADMSG, "{\"arguments\":{\"torrents\":[{\"peers\":[7]}]},\"result\":\"success\"}",
	      "a peer that is a number");
	fails(-EBADMSG, "{\"arguments\":{\"torrents\":[]},\"result\":\"success\"}x", "something after the end");
	fails(-EBADMSG, "{\"arguments\":{\"torrents\":[]},\"result\":\"success\"}{}", "two documents");
	fails(-EBADMSG, "{\"arguments\":{\"torrents\":[{},]},\"result\":\"success\"}", "a comma too many");
	fails(-EBADMSG, "{\"arguments\":{\"torrents\":[{}{}]},\"result\":\"success\"}", "no comma");
	fails(-EBADMSG, "{\"arguments\":{\"torrents\":[{}]},,\"result\":\"success\"}", "two commas");
	fails(-EBADMSG, "{\"arguments\" {\"torrents\":[{}]},\"result\":\"success\"}", "no colon");
	fails(-EBADMSG, "{arguments:{\"torrents\":[{}]},\"result\":\"success\"}", "a key without quotes");
	fails(-EBADMSG, "{\"arguments\":{\"torrents\":[{}}],\"result\":\"success\"}", "brackets that do not match");
	fails(-EBADMSG, ONE_PEER("\"port\":1,"), "a comma too many in a peer");
	fails(-EBADMSG, ONE_PEER("\"port\" 1"), "no colon in a peer");
	fails(-EBADMSG, ONE_PEER("\"port\":1 \"progress\":1"), "no comma in a peer");
	fails(-EBADMSG, ONE_PEER("\"port\":"), "no value in a peer");
}

static void test_numbers(void)
{
	static const char *const wrong[] = {"NaN", "Infinity", "-Infinity", "nul", "nulL", "tru", "+1",   "-",
					    "--1", "1-2",      "1.2.3",     ".5",  "e5",   "0x1", "1e5e5"};
	static const char *const keys[] = {"port", "progress", "isUTP", "unheardOf", "rateToPeer"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
			char text[256];

			snprintf(text, sizeof(text), ONE_PEER("\"%s\":%s"), keys[k], wrong[i]);
			fails(-EBADMSG, text, text + 37);
		}
	fails(-EBADMSG, "{\"arguments\":{\"torrents\":[]},\"tag\":NaN,\"result\":\"success\"}", "NaN in the envelope");
	reads_peer(ONE_PEER("\"rateToPeer\":4294967295,\"rateToClient\":4294967296"),
		   "0: 0: up 4294967295 down 4294967295 flags 0 progress 0 port 0", "rates saturate");
	reads_peer(ONE_PEER("\"rateToPeer\":1e400,\"rateToClient\":-1e400,\"progress\":1e400"),
		   "0: 0: up 4294967295 down 0 flags 2000 progress 1000 port 0", "10^400");
	reads_peer(ONE_PEER("\"rateToPeer\":1e-400,\"rateToClient\":1E+3,\"progress\":1e-99999999999999999999"),
		   "0: 0: up 0 down 1000 flags 0 progress 0 port 0", "exponents");
	reads_peer(ONE_PEER("\"rateToPeer\":123456.99,\"rateToClient\":-5,\"progress\":-0.5"),
		   "0: 0: up 123456 down 0 flags 0 progress 0 port 0", "fractions and negative numbers");
	reads_peer(ONE_PEER("\"rateToPeer\":0.00000000000000000000000012345e29,\"rateToClient\":"
			    "12345678901234567890123e-19"),
		   "0: 0: up 12345 down 1234 flags 0 progress 0 port 0", "more digits than a word has");
	reads_peer(ONE_PEER("\"progress\":0"), "0: 0: up 0 down 0 flags 0 progress 0 port 0",
		   "progress 0 as an integer");
	reads_peer(ONE_PEER("\"progress\":1"), "0: 0: up 0 down 0 flags 2000 progress 1000 port 0",
		   "progress 1 as an integer");
	reads_peer(ONE_PEER("\"progress\":0.99999"), "0: 0: up 0 down 0 flags 0 progress 999 port 0",
		   "nearly a seed is none");
}

/* Four decimals, as daemons write them. */
static void test_progress(void)
{
	unsigned wrong = 0;

	for (unsigned i = 0; i < 10000; i++) {
		char text[256], want[64];
		struct reading r;

		snprintf(text, sizeof(text), ONE_PEER("\"progress\":0.%04u"), i);
		snprintf(want, sizeof(want), "progress %u port", i / 10);
		r = reading_of(text, strlen(text), WHOLE, NULL);
		if (!strstr(buf_str(&r.log), want) && wrong++ == 0)
			printf("# 0.%04u: %s", i, buf_str(&r.log));
		reading_done(&r);
	}
	is_int(wrong, 0, "progress of four decimals in thousandths, rounded down");
}

static void test_types(void)
{
	static const char nothing[] = "0: 0: up 0 down 0 flags 0 progress 0 port 0";

	reads_peer(ONE_PEER("\"isEncrypted\":1,\"isIncoming\":0,\"isUTP\":1,\"peerIsChoked\":0"),
		   "0: 0: up 0 down 0 flags d progress 0 port 0", "booleans as integers");
	reads_peer(ONE_PEER("\"isUTP\":false"), "0: 0: up 0 down 0 flags 8 progress 0 port 0", "isUTP false is known");
	reads_peer(ONE_PEER("\"port\":\"51413\",\"progress\":\"1\",\"rateToPeer\":\"7\",\"isEncrypted\":\"true\""),
		   nothing, "strings where numbers are expected");
	reads_peer(ONE_PEER("\"address\":7,\"clientName\":true,\"flagStr\":3"), nothing,
		   "numbers where strings are expected");
	reads_peer(
		ONE_PEER("\"address\":null,\"clientName\":null,\"port\":null,\"progress\":null,\"isEncrypted\":null"),
		nothing, "null everywhere");
	reads_peer(ONE_PEER("\"address\":{\"a\":\"}\"},\"port\":[1,[2,\"]\"]],\"isUTP\":{},\"progress\":[]"), nothing,
		   "containers where values are expected");
	reads_peer(ONE_PEER("\"peer_id\":\"x\",\"bytes_to_peer\":5,\"new\":{\"address\":\"6.6.6.6\"},\"newer\":[{"
			    "\"port\":1}]"),
		   nothing, "unknown fields");
	reads_peer(ONE_PEER("\"port\":1,\"port\":2,\"address\":\"1.1.1.1\",\"address\":\"2.2.2.2\",\"rateToPeer\":9,"
			    "\"rateToPeer\":3"),
		   "7:2.2.2.2 0: up 3 down 0 flags 0 progress 0 port 2", "of duplicate keys the last counts");
	reads_peer(ONE_PEER("\"flagStr\":\"\317\310\330\""), nothing, "letters of flagStr are ASCII");
	reads_peer(ONE_PEER("\"\":1,\"flagStr\":\"TODdUuK?EHXI\""), "0: 0: up 0 down 0 flags 1c00 progress 0 port 0",
		   "all the letters");
}

static void test_blanks(void)
{
	static const char pretty[] =
		" {\r\n\t\"arguments\" : {\n \"torrents\" : [ \n{ \"hashString\" : \"h\" ,\n \"peers\" : [\n"
		"{ \"address\" : \"1.1.1.1\" , \"port\" : 1 , \"isUTP\" : true , \"progress\" : 1 , \"x\" : [ 1 , 2 ] "
		"} ,\n"
		"{ \"address\" : \"2.2.2.2\" , \"port\" : 2 , \"isUTP\" : true , \"progress\" : 1 , \"x\" : [ ] } , { "
		"} ,\n"
		"{\"address\": \"3.3.3.3\", \"port\": 3, \"isUTP\": false},\n"
		"{\"address\": \"4.4.4.4\",\"port\": 4,\"isUTP\":\tfalse},\n"
		"{\"address\":\n\"5.5.5.5\",\"port\": 5,\"isUTP\":\r\nfalse}\n"
		"] , \"peersFrom\" : { \"fromDht\" : 3 } } ] } , \"result\" : \"success\" } \n\n";

	reads(pretty,
	      "peer 7:1.1.1.1 0: up 0 down 0 flags 200c progress 1000 port 1\n"
	      "peer 7:2.2.2.2 0: up 0 down 0 flags 200c progress 1000 port 2\n"
	      "peer 0: 0: up 0 down 0 flags 0 progress 0 port 0\n"
	      "peer 7:3.3.3.3 0: up 0 down 0 flags 8 progress 0 port 3\n"
	      "peer 7:4.4.4.4 0: up 0 down 0 flags 8 progress 0 port 4\n"
	      "peer 7:5.5.5.5 0: up 0 down 0 flags 8 progress 0 port 5\n"
	      "torrent 1:h 0: 0 0 3 0 0 0 0\n",
	      "blanks everywhere");
}

static void nest(struct buf *text, const char *before, const char *open, const char *close, unsigned depth,
		 const char *after)
{
	buf_puts(text, before);
	for (unsigned i = 0; i < depth; i++)
		buf_puts(text, open);
	buf_puts(text, "0");
	for (unsigned i = 0; i < depth; i++)
		buf_puts(text, close);
	buf_puts(text, after);
}

static void test_nesting(void)
{
	static const struct {
		const char *before, *open, *close, *after;
	} forms[] = {
		{"{\"x\":", "[", "]", ",\"arguments\":{\"torrents\":[]},\"result\":\"success\"}"},
		{"{\"x\":", "{\"x\":", "}", ",\"arguments\":{\"torrents\":[]},\"result\":\"success\"}"},
		{"{\"arguments\":{\"torrents\":[{\"peers\":[{\"x\":", "[", "]", "}]}]},\"result\":\"success\"}"},
		{"{\"arguments\":{\"torrents\":[{\"peers\":[{\"x\":", "{\"x\":", "}", "}]}]},\"result\":\"success\"}"},
		{"{\"arguments\":{\"torrents\":[{\"x\":", "[", "]", "}]},\"result\":\"success\"}"},
		{"", "[", "]", ""},
		{"", "{\"arguments\":", "}", ""},
	};
	struct buf text;

	buf_init(&text, DOCUMENT_MAX);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		nest(&text, forms[i].before, forms[i].open, forms[i].close, 100000, forms[i].after);
		for (size_t most = 1; most <= WHOLE; most = most == 1 ? 1000 : most == 1000 ? WHOLE : WHOLE + 1) {
			struct reading r = reading_of(text.data, text.len, most, NULL);

			is_int(r.rc, -EBADMSG, "100,000 levels of %s after %.20s in pieces of %zu", forms[i].open,
			       forms[i].before, most);
			reading_done(&r);
		}
		buf_reset(&text);
		if (*forms[i].after) {
			nest(&text, forms[i].before, forms[i].open, forms[i].close, 60, forms[i].after);
			fails(0, buf_str(&text), "60 levels are passed over");
			buf_reset(&text);
		}
	}
	buf_done(&text);
}

/* ---- large values ---- */

static void large_client(struct buf *text, size_t len)
{
	buf_puts(text, "{\"arguments\":{\"torrents\":[{\"peers\":[{\"address\":\"1.1.1.1\",\"clientName\":\"");
	while (len-- > 0)
		buf_putc(text, "ab\303\251z"[len % 5]);
	buf_puts(text, "\",\"port\":5}");
	for (int i = 0; i < 10000; i++)
		buf_puts(text, ",{\"address\":\"1.1.1.1\",\"port\":7}");
	buf_puts(text, "]}]},\"result\":\"success\"}");
}

static void test_large(void)
{
	static const struct {
		size_t len;
		int rc;
	} sizes[] = {{256 << 10, 0},	   {900 << 10, 0},		{(1 << 20) - 5000, 0},
		     {(1 << 20) - 100, 0}, {(1 << 20) + 100, -EMSGSIZE}, {2 << 20, -EMSGSIZE}};
	static const size_t most[] = {100, 4096, 16384, 128 << 10, WHOLE};
	struct buf text;

	buf_init(&text, DOCUMENT_MAX);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		buf_reset(&text);
		large_client(&text, sizes[i].len);
		for (size_t m = 0; m < sizeof(most) / sizeof(most[0]); m++) {
			struct reading r = reading_of(text.data, text.len, most[m], NULL);

			is_int(r.rc, sizes[i].rc, "a client name of %zu bytes in pieces of %zu", sizes[i].len, most[m]);
			reading_done(&r);
		}
	}
	buf_done(&text);
}

static int64_t feed_bytes_us(const char *text, size_t len, int *rc)
{
	struct reading r = {0};
	struct rpcpeers *reader = rpcpeers_new(&log_ops, &r);
	int64_t start = clock_mono_us();

	buf_init(&r.log, LOG_MAX);
	*rc = 0;
	for (size_t i = 0; i < len && *rc == 0; i++)
		*rc = rpcpeers_feed(reader, text + i, 1);
	if (*rc == 0)
		*rc = rpcpeers_finish(reader);
	start = clock_mono_us() - start;
	rpcpeers_free(reader);
	reading_done(&r);
	return start;
}

static int64_t patience_us(void)
{
	return 2000000 * tap_slow();
}

/* Quadratic work would take minutes here, or sixteen times as long for four times as much. */
static void test_linear(void)
{
	struct buf text;
	int64_t small, big;
	int rc;

	buf_init(&text, DOCUMENT_MAX);
	large_client(&text, 220 << 10);
	small = feed_bytes_us(text.data, text.len, &rc);
	is_int(rc, 0, "220 KiB byte by byte");
	buf_reset(&text);
	large_client(&text, 880 << 10);
	big = feed_bytes_us(text.data, text.len, &rc);
	is_int(rc, 0, "880 KiB byte by byte");
	ok(big < patience_us() && big < 10 * small + 50000, "byte by byte is linear: 220 KiB %lld us, 880 KiB %lld us",
	   (long long)small, (long long)big);
	buf_reset(&text);
	buf_puts(&text, "{\"x\":[");
	for (int i = 0; i < 500000; i++)
		buf_puts(&text, "1 ");
	buf_puts(&text, "],\"arguments\":{\"torrents\":[]},\"result\":\"success\"}");
	big = feed_bytes_us(text.data, text.len, &rc);
	is_int(rc, 0, "1 MB of an unknown array byte by byte");
	ok(big < patience_us(), "in %lld us", (long long)big);
	buf_done(&text);
}

/* ---- generated documents ---- */

struct maker {
	struct random random;
	struct buf text;
	bool modern;
	bool blanks;
};

static bool chance(struct maker *m, uint32_t percent)
{
	return random_below(&m->random, 100) < percent;
}

static void put_blank(struct maker *m)
{
	while (m->blanks && chance(m, 20))
		buf_putc(&m->text, " \t\r\n"[random_below(&m->random, 4)]);
}

static void put_text(struct maker *m, const char *mark)
{
	static const char *const parts[] = {
		"a",        "Deluge ",        "2.1.1.0", "\\n",          "\\\"",    "\\\\", "\\/", "\\u00e9",
		"\303\251", "\\ud83d\\ude00", "\\ud83d", "\\ude00",      "\\u0000", "}",    "]",   "{",
		",",        "\\u000a",        "\377",    "\\b\\f\\r\\t", "\\uFFFF"};

	buf_printf(&m->text, "\"%s", mark);
	for (uint32_t n = random_below(&m->random, 8); n > 0; n--)
		buf_puts(&m->text, parts[random_below(&m->random, sizeof(parts) / sizeof(parts[0]))]);
	buf_putc(&m->text, '"');
}

static void put_unknown(struct maker *m, unsigned depth)
{
	static const char *const values[] = {"1", "-2.5e3", "true", "false", "null", "0"};
	uint32_t kind = random_below(&m->random, depth ? 10 : 8);

	if (kind < 6) {
		buf_puts(&m->text, values[kind]);
		return;
	}
	if (kind < 8) {
		put_text(m, "");
		return;
	}
	buf_putc(&m->text, kind == 8 ? '[' : '{');
	for (uint32_t n = random_below(&m->random, 4); n > 0; n--) {
		put_blank(m);
		if (kind == 9)
			buf_printf(&m->text, "\"k%u\":", n);
		put_unknown(m, depth - 1);
		put_blank(m);
		if (n > 1)
			buf_putc(&m->text, ',');
	}
	buf_putc(&m->text, kind == 8 ? ']' : '}');
}

static void put_number(struct maker *m)
{
	static const uint32_t sizes[] = {2, 100, 70000, 1000000000, UINT32_MAX};
	uint64_t n = random_below(&m->random, sizes[random_below(&m->random, 5)]);

	if (chance(m, 2))
		n = (uint64_t)UINT32_MAX + 10 + n;
	buf_printf(&m->text, "%s%llu", chance(m, 3) ? "-" : "", (unsigned long long)n);
}

static void put_truth(struct maker *m)
{
	static const char *const truths[] = {"true", "false", "true", "false", "1", "0"};

	buf_puts(&m->text, truths[random_below(&m->random, 6)]);
}

static void put_progress(struct maker *m)
{
	if (chance(m, 20))
		buf_putc(&m->text, chance(m, 50) ? '0' : '1');
	else if (chance(m, 50))
		buf_printf(&m->text, "0.%04u", random_below(&m->random, 10000));
	else
		buf_printf(&m->text, "%.17g", random_below(&m->random, 1000000) / 1000003.0);
}

static void put_address(struct maker *m)
{
	struct ip ip = ip_from_v4(random_below(&m->random, UINT32_MAX));
	char text[IP_TEXT];

	if (chance(m, 30))
		for (int i = 0; i < 16; i++)
			ip.b[i] = (uint8_t)random_below(&m->random, 256);
	ip_format(&ip, text);
	buf_printf(&m->text, "\"%s\"", text);
}

static void put_client(struct maker *m)
{
	put_text(m, "");
}

static void put_letters(struct maker *m)
{
	buf_putc(&m->text, '"');
	for (uint32_t n = random_below(&m->random, 6); n > 0; n--)
		buf_putc(&m->text, "TODdUuK?EHXI"[random_below(&m->random, 12)]);
	buf_putc(&m->text, '"');
}

struct made_key {
	const char *classic, *modern;
	void (*put)(struct maker *m);
};

static void put_key(struct maker *m, const struct made_key *key)
{
	put_blank(m);
	buf_printf(&m->text, "\"%s\"", m->modern && key->modern ? key->modern : key->classic);
	put_blank(m);
	buf_putc(&m->text, ':');
	put_blank(m);
	key->put(m);
	put_blank(m);
}

static void put_any(struct maker *m)
{
	put_unknown(m, 4);
}

/* The keys in the order of the last time, or another one, some left out. */
static void put_object(struct maker *m, const struct made_key *keys, unsigned count, unsigned missing)
{
	unsigned order[24], written = 0;

	for (unsigned i = 0; i < count; i++)
		order[i] = i;
	for (unsigned i = count; chance(m, 30) && i > 1; i--) {
		unsigned other = random_below(&m->random, i), swap = order[i - 1];

		order[i - 1] = order[other];
		order[other] = swap;
	}
	buf_putc(&m->text, '{');
	for (unsigned i = 0; i < count; i++) {
		if (chance(m, missing))
			continue;
		if (written++)
			buf_putc(&m->text, ',');
		put_key(m, &keys[order[i]]);
	}
	buf_putc(&m->text, '}');
}

static void put_peer(struct maker *m)
{
	static const struct made_key keys[] = {
		{"address", NULL, put_address},
		{"clientName", "client_name", put_client},
		{"flagStr", "flag_str", put_letters},
		{"port", NULL, put_number},
		{"progress", NULL, put_progress},
		{"rateToPeer", "rate_to_peer", put_number},
		{"rateToClient", "rate_to_client", put_number},
		{"isEncrypted", "is_encrypted", put_truth},
		{"isIncoming", "is_incoming", put_truth},
		{"isUTP", "is_utp", put_truth},
		{"isDownloadingFrom", "is_downloading_from", put_truth},
		{"isUploadingTo", "is_uploading_to", put_truth},
		{"clientIsChoked", "client_is_choked", put_truth},
		{"clientIsInterested", "client_is_interested", put_truth},
		{"peerIsChoked", "peer_is_choked", put_truth},
		{"peerIsInterested", "peer_is_interested", put_truth},
		{"somethingNewThatHasALongNameAndMore", NULL, put_any},
		{"bytes_to_peer", NULL, put_number},
	};

	put_object(m, keys, sizeof(keys) / sizeof(keys[0]), m->blanks ? 10 : 1);
}

static void put_list(struct maker *m, void (*put)(struct maker *m), uint32_t most)
{
	buf_putc(&m->text, '[');
	put_blank(m);
	for (uint32_t n = random_below(&m->random, most + 1); n > 0; n--) {
		put(m);
		put_blank(m);
		if (n > 1)
			buf_putc(&m->text, ',');
		put_blank(m);
	}
	buf_putc(&m->text, ']');
}

static void put_peers(struct maker *m)
{
	put_list(m, put_peer, 12);
}

static void put_from(struct maker *m)
{
	static const struct made_key keys[] = {
		{"fromCache", "from_cache", put_number}, {"fromDht", "from_dht", put_number},
		{"fromIncoming", "from_incoming", put_number}, {"fromLpd", "from_lpd", put_number},
		{"fromLtep", "from_ltep", put_number}, {"fromPex", "from_pex", put_number},
		{"fromTracker", "from_tracker", put_number}, {"fromMars", NULL, put_any},
	};

	put_object(m, keys, sizeof(keys) / sizeof(keys[0]), 5);
}

static void put_hash(struct maker *m)
{
	buf_putc(&m->text, '"');
	for (int i = 0; i < 40; i++)
		buf_putc(&m->text, "0123456789abcdef"[random_below(&m->random, 16)]);
	buf_putc(&m->text, '"');
}

static void put_torrent(struct maker *m)
{
	static const struct made_key keys[] = {
		{"hashString", "hash_string", put_hash},  {"name", NULL, put_client}, {"peers", NULL, put_peers},
		{"peersFrom", "peers_from", put_from},	  {"trackers", NULL, put_any}, {"id", NULL, put_number},
	};

	put_object(m, keys, sizeof(keys) / sizeof(keys[0]), 5);
}

static void put_torrents(struct maker *m)
{
	put_list(m, put_torrent, 5);
}

static void put_arguments(struct maker *m)
{
	static const struct made_key keys[] = {{"torrents", NULL, put_torrents}, {"removed", NULL, put_any}};

	put_object(m, keys, 2, 0);
}

static void put_success(struct maker *m)
{
	buf_puts(&m->text, "\"success\"");
}

static void put_document(struct maker *m)
{
	static const struct made_key classic[] = {
		{"arguments", NULL, put_arguments}, {"result", NULL, put_success}, {"tag", NULL, put_number}};
	static const struct made_key modern[] = {
		{"jsonrpc", NULL, put_client}, {"result", NULL, put_arguments}, {"id", NULL, put_number}};

	put_blank(m);
	put_object(m, m->modern ? modern : classic, 3, 0);
	put_blank(m);
}

static void test_generated(void)
{
	struct maker m = {.random = {20261121}};
	unsigned wrong = 0, peers = 0;

	buf_init(&m.text, DOCUMENT_MAX);
	for (unsigned i = 0; i < 600; i++) {
		struct reading want;

		m.modern = i & 1;
		m.blanks = i & 2;
		buf_reset(&m.text);
		put_document(&m);
		want = oracle_of(buf_str(&m.text), m.text.len);
		peers += want.peers;
		if (want.rc || !same_in_pieces(&want, m.text.data, m.text.len, i)) {
			if (wrong++ == 0)
				printf("# document %u: %.2000s\n", i, buf_str(&m.text));
		}
		reading_done(&want);
	}
	ok(peers > 5000, "%u peers were generated", peers);
	is_int(wrong, 0, "600 generated documents are read as json-c reads them, in any division");
	buf_done(&m.text);
}

/* ---- the reader itself ---- */

static int stop_at_second(void *context, const struct rpcpeer *peer)
{
	int *count = context;

	(void)peer;
	return ++*count == 2 ? -ENOSPC : 0;
}

static int no_torrent(void *context, const struct rpctorrent *torrent)
{
	(void)context, (void)torrent;
	return 0;
}

static void test_reader(void)
{
	static const struct rpcpeers_ops stopper = {stop_at_second, no_torrent};
	struct reading first = {0}, want;
	struct rpcpeers *reader;
	int count = 0;

	rpcpeers_free(NULL);
	reader = rpcpeers_new(&stopper, &count);
	is_int(rpcpeers_feed(reader, answer_300, sizeof(answer_300) - 1), -ENOSPC,
	       "what an op returns ends the reading");
	is_int(count, 2, "at once");
	rpcpeers_free(reader);

	buf_init(&first.log, LOG_MAX);
	reader = rpcpeers_new(&log_ops, &first);
	rpcpeers_feed(reader, "{\"result\":\"no\",\"arguments\":{\"torrents\":[{\"name\":\"stale\",\"x\":[[", 60);
	is_str(rpcpeers_failure(reader), "no", "a failure is known as soon as it was read");
	rpcpeers_reset(reader);
	is_str(rpcpeers_failure(reader), "", "and forgotten by a reset");
	buf_reset(&first.log);
	first.rc = feed_pieces(reader, answer_300, sizeof(answer_300) - 1, 33, NULL);
	first.rc = first.rc ? first.rc : rpcpeers_finish(reader);
	want = oracle_of(answer_300, sizeof(answer_300) - 1);
	ok(reading_equal(&first, &want), "after a reset in the middle the next document is read as ever");
	rpcpeers_free(reader);
	reading_done(&first);
	reading_done(&want);
}

int main(void)
{
	test_recorded("torrent_get-peers", 150, 1);
	test_recorded("classic-peers", 131, 1);
	test_recorded_failures();
	test_classic();
	test_truncation(answer_300, sizeof(answer_300) - 1, 1, "3.00");
	test_damage();
	test_failures();
	test_numbers();
	test_progress();
	test_types();
	test_blanks();
	test_nesting();
	test_large();
	test_linear();
	test_generated();
	test_reader();
	return tap_done();
}
