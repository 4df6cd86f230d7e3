/* One daemon's RPC: builds requests in its dialect, carries session id and login, tells a call that failed. It does not
 * know what the answers are for. */
#include "core/rpc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "core/rpc_advice.h"

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
		rpc_advise_failure(http, rpc->first, rpc->unix_socket, &result);
	else if (http->status != 200)
		rpc_advise_status(http->status, buf_str(&rpc->refusal), &result);
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
