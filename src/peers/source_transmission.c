/* One poll of a Transmission: its version (when it may have changed), the list of torrents, then the peers of those
 * that have any, in batches. The answer is built aside and handed over whole. It does not know what becomes of it. */
#include "peers/source_transmission.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/text.h"
#include "base/xmalloc.h"
#include "core/rpc_answer.h"
#include "wire/jsontoken.h"

enum {
	BATCH_PEERS = 10000, /* about 3.5 MB of answer: the daemon holds its lock while it writes one */
	BATCH_TORRENTS = 500,
	LIST_MAX = 64 << 20,
	TORRENTS_MAX = 1000000,
	HASH_HEX = 2 * INFO_HASH_LEN,
};

struct listed {
	int64_t id, peers;
};

struct transmission {
	struct source source; /* first: ops get it back */
	struct rpc *rpc;
	struct clients *clients;
	char **torrents; /* ids or info-hashes, none = all */
	size_t torrent_count;
	bool ids_given; /* some of them are ids, to become hashes at the first good poll */
	bool version_known, restarted;
	struct buf body;       /* of version and list */
	struct listed *listed; /* torrents with peers */
	size_t listed_count, next, batch;
	int64_t *batch_ids;
	struct rpcpeers *reader;
	uint32_t no_address; /* peers of this poll whose address is none */
	bool no_address_noted;
	size_t missing; /* of the torrents asked for, as told last */
};

static struct transmission *of(struct source *s)
{
	return (struct transmission *)s;
}

static void ask_version(struct transmission *t);
static void ask_list(struct transmission *t);
static void ask_peers(struct transmission *t);

/* ---- failures ---- */

static const enum source_state state_of[] = {
	[RPC_OK] = SOURCE_OK,
	[RPC_REFUSED] = SOURCE_REFUSED,
	[RPC_FORBIDDEN] = SOURCE_FORBIDDEN,
	[RPC_UNREACHABLE] = SOURCE_UNREACHABLE,
	[RPC_ERROR] = SOURCE_ERROR,
};

/* True when the call failed and the poll is over. */
static bool over(struct transmission *t, const struct rpc_result *result)
{
	t->source.status.http_status = result->status;
	if (result->new_session)
		t->version_known = false;
	if (result->outcome == RPC_OK)
		return false;
	source_failed_said(&t->source, state_of[result->outcome], result->error.msg, result->said);
	return true;
}

static void body_begin(void *context)
{
	struct transmission *t = context;

	buf_reset(&t->body);
}

static int body_take(void *context, const char *bytes, size_t len)
{
	struct transmission *t = context;

	return buf_add(&t->body, bytes, len);
}

/* ---- the version ---- */

static void version_done(void *context, const struct rpc_result *result)
{
	struct transmission *t = context;
	struct json *document;
	const struct json *session;
	struct err err;
	size_t len = 0;
	const char *text;

	if (over(t, result))
		return;
	t->version_known = true;
	if (rpc_payload(buf_str(&t->body), t->body.len, &document, &session, &err) == 0) {
		text = json_text(json_member(session, "version"), &len);
		text_clean(t->source.status.version, sizeof(t->source.status.version), text ? text : "", len, 40);
		json_free(document);
		ask_list(t);
		return;
	}
	source_failed(&t->source, SOURCE_ERROR, err.msg);
}

static void ask_version(struct transmission *t)
{
	static const enum rpc_key fields[] = {RPC_VERSION};

	buf_reset(&t->body);
	rpc_call(t->rpc, &(struct rpc_query){.method = RPC_SESSION_GET, .fields = fields, .field_count = 1},
		 &(struct rpc_sink){body_begin, body_take, version_done, t});
}

/* ---- the list ---- */

/* Where a field stands: a column of a table, or a member of an object. */
static const struct json *field_of(const struct transmission *t, const struct json *row, const struct json *titles,
				   enum rpc_key key)
{
	const char *name = rpc_name(rpc_dialect(t->rpc), key), *title;
	size_t len = 0;

	if (!titles)
		return json_member(row, name);
	for (size_t i = 0; i < json_count(titles); i++) {
		title = json_text(json_item(titles, i), &len);
		if (title && strcmp(title, name) == 0)
			return json_item(row, i);
	}
	return NULL;
}

/* Ids change when a daemon restarts; hashes do not. */
static void settle_id(struct transmission *t, int64_t id, const struct json *hash)
{
	size_t len = 0;
	const char *hex = json_text(hash, &len);
	uint64_t given;

	for (size_t i = 0; hex && len == HASH_HEX && i < t->torrent_count; i++) {
		if (strlen(t->torrents[i]) >= 20 || str_u64(t->torrents[i], &given) || (int64_t)given != id)
			continue;
		free(t->torrents[i]);
		t->torrents[i] = xstrdup(hex);
	}
}

static int list_row(struct transmission *t, const struct json *row, const struct json *titles)
{
	int64_t id = json_int(field_of(t, row, titles, RPC_ID), -1);
	int64_t peers = json_int(field_of(t, row, titles, RPC_PEERS_CONNECTED), 0);

	if (id < 0)
		return -EBADMSG;
	if (t->ids_given)
		settle_id(t, id, field_of(t, row, titles, RPC_HASH));
	if (peers > ANSWER_MAX_SIGHTINGS)
		peers = ANSWER_MAX_SIGHTINGS;
	if (peers > 0)
		t->listed[t->listed_count++] = (struct listed){id, peers};
	return 0;
}

/* Each change is told once. */
static void note_missing(struct transmission *t, size_t found)
{
	size_t missing = t->torrent_count > found ? t->torrent_count - found : 0;

	if (missing && missing != t->missing)
		source_warn(&t->source, "of %zu torrents asked for it has only %zu: check torrents, or -t",
			    t->torrent_count, found);
	t->missing = missing;
}

/* Servers before 3.00 do not know tables and send objects. */
static int read_list(struct transmission *t, const struct json *payload)
{
	const struct json *torrents = json_member(payload, rpc_name(rpc_dialect(t->rpc), RPC_TORRENTS));
	const struct json *titles = json_is_array(json_item(torrents, 0)) ? json_item(torrents, 0) : NULL;
	size_t count = json_count(torrents), first = titles ? 1 : 0;

	if (!json_is_array(torrents) || count > TORRENTS_MAX)
		return -EBADMSG;
	t->listed = xreallocarray(t->listed, count + 1, sizeof(*t->listed));
	t->listed_count = t->next = 0;
	for (size_t i = first; i < count; i++)
		if (list_row(t, json_item(torrents, i), titles))
			return -EBADMSG;
	t->source.answer.all_torrents = (uint32_t)(count - first);
	note_missing(t, count - first);
	if (t->ids_given && count - first == t->torrent_count)
		t->ids_given = false;
	return 0;
}

/* Restarted since the last call: the version may be another, and ids mean other torrents. */
static bool start_again(struct transmission *t, const struct rpc_result *result)
{
	if (!result->new_session || t->restarted)
		return false;
	t->restarted = true;
	answer_reset(&t->source.answer);
	ask_version(t);
	return true;
}

static void list_done(void *context, const struct rpc_result *result)
{
	struct transmission *t = context;
	struct json *document = NULL;
	const struct json *payload;
	struct err err;
	int rc;

	if (over(t, result) || start_again(t, result))
		return;
	rc = rpc_payload(buf_str(&t->body), t->body.len, &document, &payload, &err);
	if (rc == 0 && (rc = read_list(t, payload)))
		err_set(&err, rc, "the list of torrents is not what Transmission sends");
	json_free(document);
	/* A list may be long once and is not needed any more. */
	buf_done(&t->body);
	if (rc)
		source_failed(&t->source, SOURCE_ERROR, err.msg);
	else
		ask_peers(t);
}

static void ask_list(struct transmission *t)
{
	static const enum rpc_key fields[] = {RPC_ID, RPC_PEERS_CONNECTED, RPC_HASH};

	buf_reset(&t->body);
	rpc_call(t->rpc,
		 &(struct rpc_query){
			 .method = RPC_TORRENT_GET,
			 .fields = fields,
			 .field_count = t->ids_given ? 3 : 2,
			 .table = true,
			 .names = (const char *const *)t->torrents,
			 .id_count = t->torrent_count,
		 },
		 &(struct rpc_sink){body_begin, body_take, list_done, t});
}

/* ---- the peers ---- */

static int take_peer(void *context, const struct rpcpeer *peer)
{
	struct transmission *t = context;
	const char *zone = memchr(peer->address.bytes, '%', peer->address.len);
	size_t len = zone ? (size_t)(zone - peer->address.bytes) : peer->address.len;
	struct sighting *s;
	struct ip ip;

	if (ip_parse(peer->address.bytes, len, &ip)) {
		t->no_address++;
		return 0;
	}
	s = answer_sighting(&t->source.answer);
	if (!s)
		return -EMSGSIZE;
	*s = (struct sighting){
		.ip = ip,
		.torrent = (uint32_t)t->source.answer.torrent_count,
		.client = clients_number(t->clients, peer->client),
		.rate_up = peer->rate_up,
		.rate_down = peer->rate_down,
		.flags = peer->flags,
		.progress = peer->progress,
	};
	return 0;
}

static int read_hash(struct rpcslice hex, uint8_t hash[INFO_HASH_LEN])
{
	if (hex.len != HASH_HEX)
		return -EBADMSG;
	for (size_t i = 0; i < INFO_HASH_LEN; i++) {
		int high = str_hex(hex.bytes[2 * i]), low = str_hex(hex.bytes[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EBADMSG;
		hash[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

static int take_torrent(void *context, const struct rpctorrent *torrent)
{
	struct transmission *t = context;
	uint8_t hash[INFO_HASH_LEN];
	char raw[4096], clean[1024];
	struct answer_torrent *to;
	size_t len;

	if (read_hash(torrent->hash, hash))
		return -EBADMSG;
	to = answer_torrent(&t->source.answer);
	if (!to)
		return -EMSGSIZE;
	len = jsontoken_unescape(torrent->name.bytes, torrent->name.len, raw, sizeof(raw));
	text_clean(clean, sizeof(clean), raw, len, TEXT_TORRENT_COLS);
	memcpy(to->hash, hash, INFO_HASH_LEN);
	memcpy(to->from, torrent->from, sizeof(to->from));
	to->name = xstrdup(clean);
	return 0;
}

static const struct rpcpeers_ops reader_ops = {take_peer, take_torrent};

static void peers_begin(void *context)
{
	struct transmission *t = context;

	rpcpeers_reset(t->reader);
}

static int peers_take(void *context, const char *bytes, size_t len)
{
	struct transmission *t = context;

	return rpcpeers_feed(t->reader, bytes, len);
}

static int peers_end(struct transmission *t, struct err *err)
{
	int rc = rpcpeers_finish(t->reader);
	const char *said = rpcpeers_failure(t->reader);
	char clean[200];

	text_clean(clean, sizeof(clean), said, strlen(said), 120);
	if (rc == -EREMOTE)
		return err_set(err, rc, "Transmission says: %s", *clean ? clean : "an error without a text");
	if (rc)
		return err_set(err, rc, "the answer is cut off, or is not what Transmission sends");
	return 0;
}

static void peers_done(void *context, const struct rpc_result *result)
{
	struct transmission *t = context;
	struct err err;

	if (over(t, result) || start_again(t, result))
		return;
	if (peers_end(t, &err)) {
		source_failed(&t->source, SOURCE_ERROR, err.msg);
		return;
	}
	t->next += t->batch;
	ask_peers(t);
}

/* As many torrents as have about BATCH_PEERS peers together. */
static size_t next_batch(struct transmission *t)
{
	int64_t peers = 0;
	size_t n = 0;

	for (; n < BATCH_TORRENTS && t->next + n < t->listed_count; n++) {
		peers += t->listed[t->next + n].peers;
		if (n && peers > BATCH_PEERS)
			break;
		t->batch_ids[n] = t->listed[t->next + n].id;
	}
	return n;
}

static void poll_done(struct transmission *t)
{
	if (t->no_address && !t->no_address_noted) {
		source_note(&t->source, "%u peer%s without an IP address passed over", t->no_address,
			    t->no_address == 1 ? "" : "s");
		t->no_address_noted = true;
	}
	source_answered(&t->source);
}

static void ask_peers(struct transmission *t)
{
	static const enum rpc_key fields[] = {RPC_HASH, RPC_NAME, RPC_PEERS_FROM, RPC_PEERS};

	t->batch = next_batch(t);
	if (!t->batch) {
		poll_done(t);
		return;
	}
	rpcpeers_reset(t->reader);
	rpc_call(t->rpc,
		 &(struct rpc_query){
			 .method = RPC_TORRENT_GET,
			 .fields = fields,
			 .field_count = 4,
			 .ids = t->batch_ids,
			 .id_count = t->batch,
		 },
		 &(struct rpc_sink){peers_begin, peers_take, peers_done, t});
}

/* ---- the source ---- */

static void transmission_poll(struct source *s)
{
	struct transmission *t = of(s);

	t->restarted = false;
	t->no_address = 0;
	if (t->version_known)
		ask_list(t);
	else
		ask_version(t);
}

static void transmission_login(struct source *s, const char *username, const char *password)
{
	rpc_login(of(s)->rpc, username, password);
}

static void forget_torrents(struct transmission *t)
{
	while (t->torrent_count)
		free(t->torrents[--t->torrent_count]);
	t->ids_given = false;
}

static void transmission_free(struct source *s)
{
	struct transmission *t = of(s);

	rpc_free(t->rpc);
	rpcpeers_free(t->reader);
	buf_done(&t->body);
	forget_torrents(t);
	free(t->torrents);
	free(t->listed);
	free(t->batch_ids);
	free(t);
}

static const struct source_ops transmission_ops = {
	.poll = transmission_poll,
	.login = transmission_login,
	.free = transmission_free,
};

/* "all" beside others is still all. */
static void take_torrents(struct transmission *t, const struct conf_list *torrents)
{
	t->torrents = xcalloc(torrents->count + 1, sizeof(*t->torrents));
	for (size_t i = 0; i < torrents->count; i++) {
		if (strcmp(torrents->items[i], "all") == 0) {
			forget_torrents(t);
			return;
		}
		t->torrents[t->torrent_count++] = xstrdup(torrents->items[i]);
		t->ids_given |= strlen(torrents->items[i]) < 20;
	}
}

struct source *source_transmission_new(const struct source_transmission_config *config, unsigned number,
				       struct http *http, struct loop *loop, const struct source_listener *listener)
{
	struct transmission *t = xcalloc(1, sizeof(*t));

	source_init(&t->source, &transmission_ops, number, config->name, config->rpc.url, loop, listener);
	t->rpc = rpc_new(http, &config->rpc);
	t->clients = config->clients;
	t->reader = rpcpeers_new(&reader_ops, t);
	t->batch_ids = xcalloc(BATCH_TORRENTS, sizeof(*t->batch_ids));
	buf_init(&t->body, LIST_MAX);
	take_torrents(t, config->torrents);
	return &t->source;
}
