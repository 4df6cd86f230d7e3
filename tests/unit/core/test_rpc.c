/* The RPC of one daemon against a server that plays canned answers: session id, dialects, logins, advice. */
#include "core/rpc.h"

#include <errno.h>

#include "base/buf.h"
#include "core/rpc_answer.h"
#include "canned.h"
#include "tap.h"

#define CLASSIC_409 "HTTP/1.1 409 Conflict\r\nX-Transmission-Session-Id: abc\r\n\r\n<h1>409</h1>"
#define MODERN_409                                                                                                     \
	"HTTP/1.1 409 Conflict\r\nx-transmission-session-id: xyz\r\nx-transmission-RPC-version: 6.1.0\r\n\r\n409"
#define FINE "HTTP/1.1 200 OK\r\n\r\n{\"result\":\"success\",\"arguments\":{}}"

struct world {
	struct loop *loop;
	struct http *http;
	struct rpc *rpc;
	struct canned server;
	char url[64];
	struct rpc_result result;
	unsigned done, begun;
	int stop; /* what body() says */
	struct buf body;
};

static void on_begin(void *context)
{
	struct world *w = context;

	w->begun++;
	buf_reset(&w->body);
}

static int on_body(void *context, const char *bytes, size_t len)
{
	struct world *w = context;

	buf_add(&w->body, bytes, len);
	return w->stop;
}

static void on_done(void *context, const struct rpc_result *result)
{
	struct world *w = context;

	w->result = *result;
	w->done++;
	loop_stop(w->loop);
}

static void begin(struct world *w, const char *const *answers, const char *username, const char *password)
{
	*w = (struct world){.loop = loop_new()};
	w->http = http_new(w->loop);
	buf_init(&w->body, 1 << 20);
	canned_start(&w->server, answers);
	snprintf(w->url, sizeof(w->url), "http://127.0.0.1:%u/transmission/rpc", w->server.port);
	w->rpc = rpc_new(w->http, &(struct rpc_config){.url = w->url, .username = username, .password = password});
}

static void call(struct world *w, const struct rpc_query *query)
{
	rpc_call(w->rpc, query, &(struct rpc_sink){on_begin, on_body, on_done, w});
	ok(rpc_busy(w->rpc), "busy");
	loop_run(w->loop);
	ok(!rpc_busy(w->rpc), "and no longer");
}

static void end(struct world *w)
{
	rpc_free(w->rpc);
	http_free(w->http);
	loop_free(w->loop);
	buf_done(&w->body);
	canned_stop(&w->server);
}

static const enum rpc_key version_field[] = {RPC_VERSION};
static const struct rpc_query version = {.method = RPC_SESSION_GET, .fields = version_field, .field_count = 1};

/* ---- requests ---- */

static const enum rpc_key fields[] = {RPC_ID, RPC_HASH, RPC_NAME, RPC_PEERS_CONNECTED, RPC_PEERS, RPC_PEERS_FROM};
static const int64_t ids[] = {7, 12345678901};
static const char *const names[] = {"3", "0123456789abcdef0123456789abcdef01234567"};
static const struct rpc_query by_id = {RPC_TORRENT_GET, fields, 6, false, ids, NULL, 2};
static const struct rpc_query by_name = {RPC_TORRENT_GET, fields, 2, true, NULL, names, 2};

static void test_classic(void)
{
	static const char *const answers[] = {CLASSIC_409, FINE, NULL};
	struct world w;

	begin(&w, answers, NULL, NULL);
	call(&w, &by_id);
	is_int(w.result.outcome, RPC_OK, "an answer: %s", w.result.error.msg);
	is_int(w.result.status, 200, "its status");
	is_int(w.server.seen->count, 2, "409 and 200: two requests");
	is_int(w.done, 1, "one end");
	is_int(w.begun, 1, "one body");
	is_str(buf_str(&w.body), "{\"result\":\"success\",\"arguments\":{}}", "of the second answer");
	ok(w.result.new_session, "the session is new");
	ok(!canned_has(&w.server, 0, "X-Transmission-Session-Id"), "no session id at first");
	ok(canned_has(&w.server, 1, "X-Transmission-Session-Id: abc\r\n"), "then the one that was given");
	ok(canned_has(&w.server, 0, "Content-Type: application/json\r\n"), "it is JSON");
	is_int(rpc_dialect(w.rpc), RPC_CLASSIC, "the classic dialect");
	is_str(canned_body(&w.server, 1),
	       "{\"method\":\"torrent-get\",\"arguments\":{\"fields\":[\"id\",\"hashString\",\"name\","
	       "\"peersConnected\","
	       "\"peers\",\"peersFrom\"],\"ids\":[7,12345678901]},\"tag\":2}",
	       "ids as numbers");
	call(&w, &by_name);
	is_int(w.server.seen->count, 3, "the session id is kept");
	ok(!w.result.new_session, "and is not new any more");
	is_str(canned_body(&w.server, 2),
	       "{\"method\":\"torrent-get\",\"arguments\":{\"fields\":[\"id\",\"hashString\"],\"format\":\"table\","
	       "\"ids\":[3,\"0123456789abcdef0123456789abcdef01234567\"]},\"tag\":3}",
	       "names: an id as a number, a hash as text");
	call(&w, &version);
	is_str(canned_body(&w.server, 3),
	       "{\"method\":\"session-get\",\"arguments\":{\"fields\":[\"version\"]},\"tag\":4}", "the version");
	end(&w);
}

static void test_modern(void)
{
	static const char *const answers[] = {MODERN_409, FINE, CLASSIC_409, FINE, NULL};
	struct world w;

	begin(&w, answers, NULL, NULL);
	call(&w, &by_id);
	is_int(w.server.seen->count, 2, "two requests");
	is_int(rpc_dialect(w.rpc), RPC_MODERN, "a version header in whatever case: the modern dialect");
	ok(canned_has(&w.server, 1, "X-Transmission-Session-Id: xyz\r\n"), "its session id");
	ok(strncmp(canned_body(&w.server, 0), "{\"method\":\"torrent-get\"", 22) == 0, "the first request was classic");
	is_str(canned_body(&w.server, 1),
	       "{\"jsonrpc\":\"2.0\",\"method\":\"torrent_get\",\"params\":{\"fields\":[\"id\",\"hash_string\","
	       "\"name\","
	       "\"peers_connected\",\"peers\",\"peers_from\"],\"ids\":[7,12345678901]},\"id\":2}",
	       "the second is modern");
	call(&w, &by_name);
	is_int(w.server.seen->count, 4, "another 409 in the middle");
	ok(w.result.new_session, "a new session");
	is_int(rpc_dialect(w.rpc), RPC_CLASSIC, "of an older daemon");
	is_str(canned_body(&w.server, 2),
	       "{\"jsonrpc\":\"2.0\",\"method\":\"torrent_get\",\"params\":{\"fields\":[\"id\",\"hash_string\"],"
	       "\"format\":\"table\",\"ids\":[3,\"0123456789abcdef0123456789abcdef01234567\"]},\"id\":3}",
	       "a table, modern");
	ok(strstr(canned_body(&w.server, 3), "\"torrent-get\"") != NULL, "asked again in its dialect");
	end(&w);
}

/* ---- logins ---- */

static void test_login(void)
{
	static const char *const answers[] = {CLASSIC_409, FINE, NULL};
	struct world w;

	begin(&w, answers, "me", "a:b");
	call(&w, &version);
	ok(canned_has(&w.server, 0, "Authorization: Basic bWU6YTpi\r\n"), "the login goes with the first request");
	ok(canned_has(&w.server, 1, "Authorization: Basic bWU6YTpi\r\n"), "and with the second");
	rpc_login(w.rpc, "you", "c");
	call(&w, &version);
	ok(canned_has(&w.server, 2, "Authorization: Basic eW91OmM=\r\n"), "another login");
	end(&w);
	begin(&w, answers, NULL, NULL);
	call(&w, &version);
	ok(!canned_has(&w.server, 0, "Authorization"), "no login, no header");
	end(&w);
}

/* ---- what goes wrong ---- */

static void test_failures(void)
{
	static const struct {
		const char *answer;
		enum rpc_outcome outcome;
		long status;
		unsigned requests;
		const char *advice;
	} rows[] = {
		{CLASSIC_409, RPC_ERROR, 409, 2, "or check the proxy in front of it"},
		{"HTTP/1.1 409 Conflict\r\n\r\n", RPC_ERROR, 409, 1, "or check the proxy in front of it"},
		{"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"Transmission\"\r\n\r\n",
		 RPC_REFUSED, 401, 1, "check user name and password"},
		{"HTTP/1.1 403 Forbidden\r\n\r\n<p>Too many unsuccessful login attempts.</p>", RPC_FORBIDDEN, 403, 1,
		 "restart transmission-daemon, then give the right login"},
		{"HTTP/1.1 403 Forbidden\r\n\r\n<p>Unauthorized IP Address.</p>", RPC_FORBIDDEN, 403, 1,
		 "address is not allowed (403): add it to rpc-whitelist"},
		{"HTTP/1.1 403 Forbidden\r\n\r\n", RPC_FORBIDDEN, 403, 1, "if many logins have failed"},
		{"HTTP/1.1 421 Misdirected\r\n\r\n", RPC_FORBIDDEN, 421, 1, "rpc-host-whitelist"},
		{"HTTP/1.1 404 Not Found\r\n\r\n", RPC_ERROR, 404, 1, "usually /transmission/rpc"},
		{"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\n\r\n", RPC_ERROR, 301, 1,
		 "redirected (301), which is not followed"},
		{"HTTP/1.1 500 Oops\r\n\r\n", RPC_ERROR, 500, 1, "HTTP status 500"},
		{"HTTP/1.1 200 OK\r\n\r\n\n <!DOCTYPE html>", RPC_ERROR, 200, 1, "a web page, not Transmission's"},
		{"HTTP/1.1 200 OK\r\n\r\nhello", RPC_ERROR, 200, 1, "no JSON, not Transmission's"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", RPC_ERROR, 200, 1, "the answer broke off: "},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *answers[] = {rows[i].answer, NULL};
		struct world w;

		begin(&w, answers, NULL, NULL);
		call(&w, &version);
		is_int(w.result.outcome, rows[i].outcome, "outcome: %s", w.result.error.msg);
		is_int(w.result.status, rows[i].status, "its status");
		is_int(w.server.seen->count, rows[i].requests, "so many requests");
		is_int(w.done, 1, "told once");
		ok(strstr(w.result.error.msg, rows[i].advice) != NULL, "it says: %s", rows[i].advice);
		end(&w);
	}
}

static void test_stopped(void)
{
	static const char *const answers[] = {FINE, NULL};
	struct world w;

	begin(&w, answers, NULL, NULL);
	w.stop = -EBADMSG;
	call(&w, &version);
	is_int(w.result.outcome, RPC_ERROR, "body() does not like it");
	ok(strstr(w.result.error.msg, "makes no sense") != NULL, "said so: %s", w.result.error.msg);
	end(&w);
}

static void test_unreachable(void)
{
	static const char *const answers[] = {FINE, NULL};
	struct world w;
	uint16_t port;

	begin(&w, answers, NULL, NULL);
	rpc_free(w.rpc);
	close(listener_open(&port));
	snprintf(w.url, sizeof(w.url), "http://127.0.0.1:%u/transmission/rpc", port);
	w.rpc = rpc_new(w.http, &(struct rpc_config){.url = w.url});
	call(&w, &version);
	is_int(w.result.outcome, RPC_UNREACHABLE, "nobody listens: %s", w.result.error.msg);
	is_int(w.result.status, 0, "no status");
	ok(strstr(w.result.error.msg, "Is transmission-daemon running") != NULL, "and what to check");
	rpc_call(w.rpc, &version, &(struct rpc_sink){on_begin, on_body, on_done, &w});
	end(&w);
	is_int(w.done, 1, "a call that is under way when all ends is not told of");
	rpc_free(NULL);
}

/* ---- payloads ---- */

static void test_payload(void)
{
	static const struct {
		const char *text;
		int rc;
		const char *says;
	} rows[] = {
		{"{\"result\":\"success\",\"arguments\":{\"a\":5}}", 0, ""},
		{"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"a\":5}}", 0, ""},
		{"{\"result\":\"no such method\",\"arguments\":{}}", -EREMOTE, "Transmission says: no such method"},
		{"{\"result\":\"\"}", -EREMOTE, "an error without a text"},
		{"{\"error\":{\"code\":-32602,\"message\":\"Invalid params\"}}", -EREMOTE,
		 "Transmission says: Invalid params"},
		{"{\"error\":{\"message\":\"Invalid params\",\"data\":{\"error_string\":\"no such torrent\"}}}",
		 -EREMOTE, "Transmission says: no such torrent"},
		{"{\"error\":{\"message\":\"Invalid params\",\"data\":{\"error_string\":\"\"}}}", -EREMOTE,
		 "Transmission says: Invalid params"},
		{"{\"error\":{}}", -EREMOTE, "an error without a text"},
		{"{\"result\":\"success\"}", -EBADMSG, "lacks what Transmission sends"},
		{"{\"result\":\"success\",\"arguments\":[]}", -EBADMSG, "lacks what Transmission sends"},
		{"{\"result\":[]}", -EBADMSG, "lacks what Transmission sends"},
		{"{}", -EBADMSG, "lacks what Transmission sends"},
		{"{\"result\":", -EBADMSG, "no JSON (cut off at byte 10): is a proxy"},
		{"", -EBADMSG, "no JSON (cut off at byte 0)"},
		{"{]", -EBADMSG, "no JSON (quoted object property name"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct json *document = NULL;
		const struct json *payload = NULL;
		struct err err = {""};
		int rc = rpc_payload(rows[i].text, strlen(rows[i].text), &document, &payload, &err);

		is_int(rc, rows[i].rc, "payload of %s", rows[i].text);
		ok(strstr(err.msg, rows[i].says) != NULL, "it says: %s", err.msg);
		if (rc == 0)
			is_int(json_int(json_member(payload, "a"), -1), 5, "what is in it");
		else
			ok(!document && !payload, "nothing comes of a failure");
		json_free(document);
	}
}

/* ---- adding ---- */

#define HASH "0123456789abcdef0123456789abcdef01234567"

static void added(const char *const *answers, int rc, bool duplicate, const char *hash, const char *name)
{
	static const struct rpc_addition addition = {.metainfo = "ZDg6", .paused = true};
	struct world w;
	struct err err = {""};
	struct rpc_added had = {.duplicate = !duplicate};

	begin(&w, answers, NULL, NULL);
	is_int(rpc_add(w.rpc, &addition, &(struct rpc_sink){on_begin, on_body, on_done, &w}), 0, "%s: started", name);
	loop_run(w.loop);
	is_int(w.result.outcome, RPC_OK, "%s: answered", name);
	is_int(rpc_read_added(rpc_dialect(w.rpc), buf_str(&w.body), w.body.len, &had, &err), rc, "%s: %s", name,
	       err.msg);
	ok(had.duplicate == (rc ? !duplicate : duplicate), "%s: whether it had it", name);
	is_str(had.hash, hash, "%s: and which it is", name);
	end(&w);
}

static void test_add(void)
{
	static const char *const classic[] = {CLASSIC_409,
					      "HTTP/1.1 200 OK\r\n\r\n{\"arguments\":{\"torrent-added\":{\"id\":1,"
					      "\"hashString\":\"" HASH "\"}},"
					      "\"result\":\"success\"}",
					      NULL};
	static const char *const modern[] = {MODERN_409,
					     "HTTP/1.1 200 OK\r\n\r\n{\"jsonrpc\":\"2.0\",\"result\":"
					     "{\"torrent_duplicate\":{\"hash_string\":\"" HASH "\"}},\"id\":2}",
					     NULL};
	static const char *const old[] = {
		CLASSIC_409, "HTTP/1.1 200 OK\r\n\r\n{\"arguments\":{},\"result\":\"duplicate torrent\"}", NULL};
	static const char *const bad[] = {
		CLASSIC_409, "HTTP/1.1 200 OK\r\n\r\n{\"arguments\":{},\"result\":\"invalid or corrupt torrent file\"}",
		NULL};
	static const char *const odd[] = {CLASSIC_409, FINE, NULL};

	added(classic, 0, false, HASH, "a new one");
	added(modern, 0, true, HASH, "one that is there");
	added(old, 0, true, "", "one that is there, in an old daemon's words");
	added(bad, -EREMOTE, false, "", "no torrent");
	added(odd, -EBADMSG, false, "", "an answer without it");
}

static void test_add_requests(void)
{
	static const char *const classic[] = {CLASSIC_409, FINE, NULL}, *const modern[] = {MODERN_409, FINE, NULL};
	const struct rpc_addition addition = {.filename = "magnet:?xt=\"", .download_dir = "/data"};
	struct rpc_addition big = {.metainfo = NULL};
	char *metainfo = calloc(1, (17 << 20) + 1);
	struct world w;

	begin(&w, classic, NULL, NULL);
	rpc_add(w.rpc, &addition, &(struct rpc_sink){on_begin, on_body, on_done, &w});
	loop_run(w.loop);
	is_str(canned_body(&w.server, 1),
	       "{\"method\":\"torrent-add\",\"arguments\":{\"filename\":\"magnet:?xt=\\\"\",\"download-dir\":\"/data\","
	       "\"paused\":false},\"tag\":2}",
	       "a link to add");
	end(&w);
	begin(&w, modern, NULL, NULL);
	rpc_add(w.rpc, &addition, &(struct rpc_sink){on_begin, on_body, on_done, &w});
	loop_run(w.loop);
	is_str(canned_body(&w.server, 1),
	       "{\"jsonrpc\":\"2.0\",\"method\":\"torrent_add\",\"params\":{\"filename\":\"magnet:?xt=\\\"\","
	       "\"download_dir\":\"/data\",\"paused\":false},\"id\":2}",
	       "in the newer dialect");
	memset(metainfo, 'A', 17 << 20);
	big.metainfo = metainfo;
	is_int(rpc_add(w.rpc, &big, &(struct rpc_sink){on_begin, on_body, on_done, &w}), -EMSGSIZE, "one too big");
	ok(!rpc_busy(w.rpc), "is not asked for");
	end(&w);
	free(metainfo);
}

int main(void)
{
	alarm(120);
	signal(SIGPIPE, SIG_IGN);
	test_classic();
	test_modern();
	test_login();
	test_failures();
	test_stopped();
	test_unreachable();
	test_payload();
	test_add();
	test_add_requests();
	return tap_done();
}
