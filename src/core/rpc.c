/* One daemon's RPC: builds requests in its dialect, carries session id and login, and turns what goes wrong into
 * advice. It does not know what the answers are for. */
#include "core/rpc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "base/str.h"
#include "base/text.h"
#include "base/words.h"
#include "base/xmalloc.h"

enum {
	CONNECT_MS = 5000,
	ANSWER_MS = 60000, /* a daemon that is busy with its disk answers late */
	MAX_BODY = 64 << 20,
	MAX_REQUEST = 16 << 20, /* a torrent of 10 MB in base64 */
	MAX_TRIES = 2, /* a 409 is answered once */
	SESSION_ID = 128,
	REFUSAL_TEXT = 512, /* of an error page, enough to tell one 403 from the other */
};

struct rpc {
	struct http *http;
	char *url, *unix_socket, *username, *password, *cacert;
	bool insecure, compressed;
	enum rpc_dialect dialect;
	char session_header[SESSION_ID + 32];     /* "X-Transmission-Session-Id: ..." or "" */
	char new_id[SESSION_ID], new_version[16]; /* from the headers of this answer */
	struct http_call *call;
	const struct rpc_query *query;
	struct rpc_query query_copy;
	struct rpc_addition addition; /* when that is what is asked */
	struct rpc_sink sink;
	int tries;
	bool new_session, begun;
	char first; /* byte of the body, 0 = none yet */
	struct buf refusal;
	int64_t tag;
};

static const struct {
	const char *classic, *modern;
} names[RPC_KEYS] = {
	[RPC_TORRENT_GET] = {"torrent-get", "torrent_get"},
	[RPC_SESSION_GET] = {"session-get", "session_get"},
	[RPC_ID] = {"id", "id"},
	[RPC_HASH] = {"hashString", "hash_string"},
	[RPC_NAME] = {"name", "name"},
	[RPC_PEERS_CONNECTED] = {"peersConnected", "peers_connected"},
	[RPC_PEERS] = {"peers", "peers"},
	[RPC_PEERS_FROM] = {"peersFrom", "peers_from"},
	[RPC_VERSION] = {"version", "version"},
	[RPC_TORRENTS] = {"torrents", "torrents"},
	[RPC_TRACKER_STATS] = {"trackerStats", "tracker_stats"},
	[RPC_ANNOUNCE] = {"announce", "announce"},
	[RPC_SEEDER_COUNT] = {"seederCount", "seeder_count"},
	[RPC_LEECHER_COUNT] = {"leecherCount", "leecher_count"},
	[RPC_DOWNLOAD_COUNT] = {"downloadCount", "download_count"},
	[RPC_LAST_ANNOUNCE_TIME] = {"lastAnnounceTime", "last_announce_time"},
	[RPC_LAST_ANNOUNCE_SUCCEEDED] = {"lastAnnounceSucceeded", "last_announce_succeeded"},
	[RPC_LAST_SCRAPE_TIME] = {"lastScrapeTime", "last_scrape_time"},
	[RPC_LAST_SCRAPE_SUCCEEDED] = {"lastScrapeSucceeded", "last_scrape_succeeded"},
	[RPC_TORRENT_ADD] = {"torrent-add", "torrent_add"},
	[RPC_FILENAME] = {"filename", "filename"},
	[RPC_METAINFO] = {"metainfo", "metainfo"},
	[RPC_PAUSED] = {"paused", "paused"},
	[RPC_DOWNLOAD_DIR] = {"download-dir", "download_dir"},
	[RPC_TORRENT_ADDED] = {"torrent-added", "torrent_added"},
	[RPC_TORRENT_DUPLICATE] = {"torrent-duplicate", "torrent_duplicate"},
};

const char *rpc_name(enum rpc_dialect dialect, enum rpc_key key)
{
	return dialect == RPC_MODERN ? names[key].modern : names[key].classic;
}

enum rpc_dialect rpc_dialect(const struct rpc *rpc)
{
	return rpc->dialect;
}

bool rpc_busy(const struct rpc *rpc)
{
	return rpc->call != NULL;
}

/* ---- making ---- */

static bool is_near(const char *url)
{
	static const char *const near[] = {"http://127.", "http://localhost", "http://[::1]", NULL};

	for (size_t i = 0; near[i]; i++)
		if (str_starts(url, near[i]))
			return true;
	return false;
}

static char *copy_or_empty(const char *text)
{
	return xstrdup(text ? text : "");
}

struct rpc *rpc_new(struct http *http, const struct rpc_config *config)
{
	struct rpc *rpc = xcalloc(1, sizeof(*rpc));
	bool local = str_starts(config->url, "unix:");

	rpc->http = http;
	rpc->url = xstrdup(local ? "http://localhost/transmission/rpc" : config->url);
	rpc->unix_socket = local ? xstrdup(config->url + strlen("unix:")) : NULL;
	rpc->username = copy_or_empty(config->username);
	rpc->password = copy_or_empty(config->password);
	rpc->cacert = copy_or_empty(config->cacert);
	rpc->insecure = config->insecure;
	/* 3.00 packs at zlib's best level: worth it over a network, a waste of a Pi's time on one machine. */
	rpc->compressed = !local && !is_near(rpc->url);
	buf_init(&rpc->refusal, REFUSAL_TEXT);
	return rpc;
}

static void wipe(char *secret)
{
	explicit_bzero(secret, strlen(secret));
	free(secret);
}

void rpc_free(struct rpc *rpc)
{
	if (!rpc)
		return;
	if (rpc->call)
		http_cancel(rpc->call);
	free(rpc->url);
	free(rpc->unix_socket);
	free(rpc->username);
	wipe(rpc->password);
	free(rpc->cacert);
	buf_done(&rpc->refusal);
	free(rpc);
}

void rpc_login(struct rpc *rpc, const char *username, const char *password)
{
	free(rpc->username);
	wipe(rpc->password);
	rpc->username = xstrdup(username);
	rpc->password = xstrdup(password);
}

/* ---- the request ---- */

static void write_ids(struct jsonw *w, const struct rpc_query *q)
{
	uint64_t id;

	if (!q->id_count)
		return;
	jsonw_key(w, "ids");
	jsonw_array(w);
	for (size_t i = 0; i < q->id_count; i++) {
		if (q->ids)
			jsonw_int(w, q->ids[i]);
		else if (strlen(q->names[i]) < 20 && str_u64(q->names[i], &id) == 0)
			jsonw_int(w, (int64_t)id);
		else
			jsonw_text(w, q->names[i]);
	}
	jsonw_array_end(w);
}

static void write_given(struct jsonw *w, const struct rpc *rpc, enum rpc_key key, const char *text)
{
	if (!text)
		return;
	jsonw_key(w, rpc_name(rpc->dialect, key));
	jsonw_text(w, text);
}

static void write_addition(struct jsonw *w, const struct rpc *rpc)
{
	jsonw_object(w);
	write_given(w, rpc, RPC_FILENAME, rpc->addition.filename);
	write_given(w, rpc, RPC_METAINFO, rpc->addition.metainfo);
	write_given(w, rpc, RPC_DOWNLOAD_DIR, rpc->addition.download_dir);
	jsonw_key(w, rpc_name(rpc->dialect, RPC_PAUSED));
	jsonw_bool(w, rpc->addition.paused);
	jsonw_object_end(w);
}

static void write_arguments(struct jsonw *w, const struct rpc *rpc)
{
	const struct rpc_query *q = rpc->query;

	if (q->method == RPC_TORRENT_ADD) {
		write_addition(w, rpc);
		return;
	}
	jsonw_object(w);
	jsonw_key(w, "fields");
	jsonw_array(w);
	for (size_t i = 0; i < q->field_count; i++)
		jsonw_text(w, rpc_name(rpc->dialect, q->fields[i]));
	jsonw_array_end(w);
	if (q->table) {
		jsonw_key(w, "format");
		jsonw_text(w, "table");
	}
	write_ids(w, q);
	jsonw_object_end(w);
}

static void write_request(const struct rpc *rpc, struct buf *out)
{
	bool modern = rpc->dialect == RPC_MODERN;
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_object(&w);
	if (modern) {
		jsonw_key(&w, "jsonrpc");
		jsonw_text(&w, "2.0");
	}
	jsonw_key(&w, "method");
	jsonw_text(&w, rpc_name(rpc->dialect, rpc->query->method));
	jsonw_key(&w, modern ? "params" : "arguments");
	write_arguments(&w, rpc);
	jsonw_key(&w, modern ? "id" : "tag");
	jsonw_int(&w, rpc->tag);
	jsonw_object_end(&w);
}

/* ---- the answer ---- */

/* Keeps the value of a header whose name has come in any case; proxies lower it. */
static void keep_header(const char *line, size_t len, const char *name, char *value, size_t size)
{
	size_t name_len = strlen(name), n = 0;

	if (len <= name_len || strncasecmp(line, name, name_len) != 0 || line[name_len] != ':')
		return;
	for (size_t i = name_len + 1; i < len && n < size - 1; i++)
		if (line[i] > ' ' && line[i] < 0x7f)
			value[n++] = line[i];
	value[n] = '\0';
}

static void take_header(void *context, const char *line, size_t len)
{
	struct rpc *rpc = context;

	keep_header(line, len, "X-Transmission-Session-Id", rpc->new_id, sizeof(rpc->new_id));
	keep_header(line, len, "X-Transmission-Rpc-Version", rpc->new_version, sizeof(rpc->new_version));
}

static char first_byte(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!strchr(" \t\r\n", bytes[i]))
			return bytes[i];
	return '\0';
}

static int take_body(void *context, long status, const char *bytes, size_t len)
{
	struct rpc *rpc = context;

	if (status != 200) {
		size_t room = REFUSAL_TEXT - rpc->refusal.len;

		buf_add(&rpc->refusal, bytes, len < room ? len : room);
		return 0;
	}
	if (!rpc->first)
		rpc->first = first_byte(bytes, len);
	if (rpc->first && rpc->first != '{')
		return -EBADMSG;
	if (!rpc->begun && rpc->sink.begin)
		rpc->sink.begin(rpc->sink.context);
	rpc->begun = true;
	return rpc->sink.body(rpc->sink.context, bytes, len);
}

/* Says it in English for logs and programs, and in the user's language for a screen. */
__attribute__((format(printf, 2, 3))) static void explain(struct rpc_result *result, const char *format, ...)
{
	va_list args, again;

	va_start(args, format);
	va_copy(again, args);
	vsnprintf(result->error.msg, sizeof(result->error.msg), format, args);
	vsnprintf(result->said, sizeof(result->said), words(format), again);
	va_end(again);
	va_end(args);
}

static void explain_text(struct rpc_result *result, const char *text)
{
	str_copy(result->error.msg, sizeof(result->error.msg), text);
	str_copy(result->said, sizeof(result->said), words(text));
}

/* What a status means, and what to do about it; the first row that fits counts. */
static const struct {
	long status;
	const char *sign; /* stands in the body, NULL = any */
	enum rpc_outcome outcome;
	const char *advice;
} statuses[] = {
	{401, NULL, RPC_REFUSED,
	 N_("login refused (401): check user name and password; Debian's transmission-daemon comes with "
	 "transmission/transmission. Set TR_AUTH=USER:PASSWORD, or username and password in config.toml, or press l "
	 "on the dashboard; not asked again before")},
	{403, "nsuccessful", RPC_FORBIDDEN,
	 N_("locked after too many failed logins (403): restart transmission-daemon, then give the right login")},
	{403, "nauthorized IP", RPC_FORBIDDEN,
	 N_("this machine's address is not allowed (403): add it to rpc-whitelist in the daemon's settings.json")},
	{403, NULL, RPC_FORBIDDEN,
	 N_("forbidden (403): add this machine's address to rpc-whitelist in the daemon's settings.json; if many "
	 "logins have failed, restart transmission-daemon")},
	{421, NULL, RPC_FORBIDDEN,
	 N_("host name not accepted (421): use the IP address, set a password in the daemon, or add the name to "
	 "rpc-host-whitelist in its settings.json")},
	{404, NULL, RPC_ERROR, N_("nothing at this path (404): check the path of the url, usually /transmission/rpc")},
	{409, NULL, RPC_ERROR,
	 N_("the daemon refuses the session id that it gave (409 twice): restart transmission-daemon, or check the "
	 "proxy in front of it")},
};

static void describe_status(const struct rpc *rpc, long status, struct rpc_result *result)
{
	result->outcome = RPC_ERROR;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		if (statuses[i].status != status)
			continue;
		if (statuses[i].sign && !strstr(buf_str(&rpc->refusal), statuses[i].sign))
			continue;
		result->outcome = statuses[i].outcome;
		explain_text(result, statuses[i].advice);
		return;
	}
	if (status >= 300 && status < 400)
		explain(result,
			N_("redirected (%ld), which is not followed: check the path of the url against the daemon's "
			   "rpc-url, usually /transmission/rpc"),
			status);
	else
		explain(result,
			N_("HTTP status %ld: that is no answer of Transmission's; check the url and what stands "
			   "between"),
			status);
}

static const struct {
	enum http_failure failure;
	enum rpc_outcome outcome;
	const char *advice; /* with one %s: libcurl's words */
} failures[] = {
	{HTTP_UNREACHABLE, RPC_UNREACHABLE,
	 N_("no connection: %s. Is transmission-daemon running, and is RPC enabled there?")},
	{HTTP_NO_HOST, RPC_UNREACHABLE, N_("unknown host: %s. Is the name right, and does DNS work here?")},
	{HTTP_NO_TLS, RPC_UNREACHABLE, N_("no TLS: %s. If the daemon speaks plain HTTP, its url begins with http://")},
	{HTTP_UNTRUSTED, RPC_UNREACHABLE,
	 N_("its certificate is not trusted: %s. Name its CA with cacert, or set insecure = true")},
	{HTTP_SILENT, RPC_UNREACHABLE, N_("no answer in time: %s. The daemon may be busy with its disk")},
	{HTTP_BROKEN, RPC_ERROR, N_("the answer broke off: %s. If that port wants TLS, the url begins with https://")},
	{HTTP_TOO_BIG, RPC_ERROR,
	 N_("the answer is bigger than 64 MiB, or its headers than 64 KiB: not Transmission's%s")},
	{HTTP_STOPPED, RPC_ERROR, N_("the answer makes no sense: it is not what Transmission sends%s")},
};

static void describe_failure(const struct rpc *rpc, const struct http_result *http, struct rpc_result *result)
{
	char clean[256];

	text_clean(clean, sizeof(clean), http->error, strlen(http->error), 160);
	if (http->failure == HTTP_TOO_BIG || http->failure == HTTP_STOPPED)
		clean[0] = '\0';
	if (http->failure == HTTP_STOPPED && rpc->first && rpc->first != '{') {
		result->outcome = RPC_ERROR;
		explain_text(result,
			     rpc->first == '<'
				     ? N_("the answer is a web page, not Transmission's: is another server at this "
					  "url?")
				     : N_("the answer is no JSON, not Transmission's: is another server at this "
					  "url?"));
		return;
	}
	if (http->failure == HTTP_UNREACHABLE && rpc->unix_socket) {
		result->outcome = RPC_UNREACHABLE;
		explain(result,
			N_("no connection to the socket %s. Is transmission-daemon running with rpc-bind-address "
			   "unix:PATH, and may this user write to the socket?"),
			rpc->unix_socket);
		return;
	}
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		if (failures[i].failure != http->failure)
			continue;
		result->outcome = failures[i].outcome;
		explain(result, failures[i].advice, clean);
	}
}

static void start(struct rpc *rpc);

/* A 409 is how a daemon hands out its session id, and tells which dialect it speaks. */
static bool take_session(struct rpc *rpc)
{
	if (!*rpc->new_id || rpc->tries >= MAX_TRIES)
		return false;
	snprintf(rpc->session_header, sizeof(rpc->session_header), "X-Transmission-Session-Id: %s", rpc->new_id);
	rpc->dialect = *rpc->new_version ? RPC_MODERN : RPC_CLASSIC;
	rpc->new_session = true;
	return true;
}

static void call_done(void *context, const struct http_result *http)
{
	struct rpc *rpc = context;
	struct rpc_result result = {.outcome = RPC_OK, .status = http->status};

	rpc->call = NULL;
	if (http->failure == HTTP_FINE && http->status == 409 && take_session(rpc)) {
		start(rpc);
		return;
	}
	if (http->failure != HTTP_FINE)
		describe_failure(rpc, http, &result);
	else if (http->status != 200)
		describe_status(rpc, http->status, &result);
	result.new_session = rpc->new_session;
	rpc->sink.done(rpc->sink.context, &result);
}

static void start(struct rpc *rpc)
{
	const char *headers[] = {rpc->session_header, NULL};
	struct buf body;

	rpc->tries++;
	rpc->tag++;
	rpc->first = '\0';
	rpc->begun = false;
	rpc->new_id[0] = rpc->new_version[0] = '\0';
	buf_reset(&rpc->refusal);
	buf_init(&body, MAX_REQUEST);
	write_request(rpc, &body);
	rpc->call = http_start(rpc->http, &(struct http_request){
						  .url = rpc->url,
						  .unix_socket = rpc->unix_socket,
						  .post = buf_str(&body),
						  .post_len = body.len,
						  .content_type = "application/json",
						  .headers = *rpc->session_header ? headers : NULL,
						  .username = rpc->username,
						  .password = rpc->password,
						  .cacert = rpc->cacert,
						  .insecure = rpc->insecure,
						  .compressed = rpc->compressed,
						  .connect_ms = CONNECT_MS,
						  .total_ms = ANSWER_MS,
						  .max_body = MAX_BODY,
						  .header = take_header,
						  .body = take_body,
						  .done = call_done,
						  .context = rpc,
					  });
	buf_done(&body);
}

void rpc_call(struct rpc *rpc, const struct rpc_query *query, const struct rpc_sink *sink)
{
	rpc->query_copy = *query;
	rpc->query = &rpc->query_copy;
	rpc->sink = *sink;
	rpc->tries = 0;
	rpc->new_session = false;
	start(rpc);
}

int rpc_add(struct rpc *rpc, const struct rpc_addition *addition, const struct rpc_sink *sink)
{
	const char *const texts[] = {addition->filename, addition->metainfo, addition->download_dir};
	size_t size = 1024;

	/* Escaped, a text is six times as long at most; base64 has nothing to escape. */
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i])
			size += strlen(texts[i]) * (texts[i] == addition->metainfo ? 1 : 6);
	if (size > MAX_REQUEST)
		return -EMSGSIZE;
	rpc->addition = *addition;
	rpc_call(rpc, &(struct rpc_query){.method = RPC_TORRENT_ADD}, sink);
	return 0;
}

/* ---- reading ---- */

/* JSON-RPC's message names the kind of error, data.error_string what it was. */
static const struct json *error_text(const struct json *error)
{
	const struct json *precise = json_member(json_member(error, "data"), "error_string");
	size_t len = 0;

	return json_text(precise, &len) && len ? precise : json_member(error, "message");
}

static int failure_text(const struct json *text, struct err *err)
{
	size_t len = 0;
	const char *said = json_text(text, &len);
	char clean[200];

	text_clean(clean, sizeof(clean), said ? said : "", len, 120);
	return err_set(err, -EREMOTE, "Transmission says: %s", *clean ? clean : "an error without a text");
}

int rpc_payload(const char *body, size_t len, struct json **document, const struct json **payload, struct err *err)
{
	struct err parse = {""};
	struct json *root = json_parse(body, len, &parse);
	const struct json *result = json_member(root, "result"), *error = json_member(root, "error");
	const struct json *arguments = json_member(root, "arguments");
	const char *text;
	size_t text_len = 0;
	int rc = 0;

	text = json_text(result, &text_len);
	if (!root)
		rc = err_set(err, -EBADMSG, "the answer is no JSON (%s): is a proxy or another server in between?",
			     parse.msg);
	else if (error)
		rc = failure_text(error_text(error), err);
	else if (text && strcmp(text, "success") != 0)
		rc = failure_text(result, err);
	else if (!json_is_object(text ? arguments : result))
		rc = err_set(err, -EBADMSG, "the answer lacks what Transmission sends");
	if (rc) {
		json_free(root);
		return rc;
	}
	*document = root;
	*payload = text ? arguments : result;
	return 0;
}

/* NULL: there is neither. */
static const struct json *added_torrent(const struct rpc *rpc, const struct json *payload, bool *duplicate)
{
	const struct json *had = json_member(payload, rpc_name(rpc->dialect, RPC_TORRENT_DUPLICATE));
	const struct json *new = json_member(payload, rpc_name(rpc->dialect, RPC_TORRENT_ADDED));

	*duplicate = json_is_object(had);
	return *duplicate ? had : json_is_object(new) ? new : NULL;
}

int rpc_read_added(const struct rpc *rpc, const char *body, size_t len, struct rpc_added *added, struct err *err)
{
	struct rpc_added is = {.duplicate = true};
	struct json *document;
	const struct json *payload, *torrent;
	uint8_t hash[INFO_HASH];
	struct err said;
	const char *hex;
	size_t hex_len = 0;
	int rc = rpc_payload(body, len, &document, &payload, &said);

	/* Daemons before 2.80 call it an error. */
	if (rc == -EREMOTE && strstr(said.msg, "duplicate torrent")) {
		*added = is;
		return 0;
	}
	if (rc)
		return err_set(err, rc, "%s", said.msg);
	torrent = added_torrent(rpc, payload, &is.duplicate);
	hex = json_text(json_member(torrent, rpc_name(rpc->dialect, RPC_HASH)), &hex_len);
	if (hex && info_hash_read(hex, hex_len, hash) == 0)
		info_hash_write(hash, is.hash);
	if (torrent)
		*added = is;
	else
		rc = err_set(err, -EBADMSG, "the answer lacks what Transmission sends");
	json_free(document);
	return rc;
}
