/* What one's own Transmission knows: first the info-hashes that it has, read as they stream in, then its trackers'
 * words in batches so small that the tree of an answer stays small. It does not know what becomes of a row. */
#include "swarm/probe_rpc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/str.h"
#include "base/text.h"
#include "base/xmalloc.h"
#include "core/login.h"
#include "core/rpc.h"
#include "core/rpc_answer.h"
#include "swarm/probe.h"
#include "wire/rpcpeers.h"

enum {
	BATCH = 50,           /* torrents; one with 30 trackers is 25 kB of text, and a tree nine times as big */
	BODY_MAX = 4 << 20,   /* of a batch */
	TORRENTS_MAX = 1 << 20,
	TRACKERS_MAX = 256, /* of a torrent: more are passed over */
};

struct probe_rpc {
	struct loop *loop;
	struct rpc *rpc;
	struct probe_rpc_events events;
	const uint8_t (*hashes)[INFO_HASH]; /* the caller's, or `found` */
	size_t count, next, asked, batch;
	uint8_t (*found)[INFO_HASH];
	size_t found_max;
	struct rpcpeers *reader; /* of the list */
	struct buf body;
	bool too_big;
	char names[BATCH][INFO_HASH_TEXT];
	const char *name_list[BATCH];
	int rc;
	struct err error;
	struct loop_timer end;
};

static void ask_batch(struct probe_rpc *p);

/* ---- the end ---- */

static void tell_end(void *context)
{
	struct probe_rpc *p = context;

	p->events.ended(p->events.context, p->rc, p->error.msg);
}

static void end(struct probe_rpc *p, int rc)
{
	p->rc = rc;
	loop_timer_in(p->loop, &p->end, 0);
}

static bool failed(struct probe_rpc *p, const struct rpc_result *result)
{
	static const int codes[] = {
		[RPC_REFUSED] = -EACCES,
		[RPC_FORBIDDEN] = -EACCES,
		[RPC_UNREACHABLE] = -ECONNREFUSED,
		[RPC_ERROR] = -EBADMSG,
	};

	if (result->outcome == RPC_OK)
		return false;
	p->error = result->error;
	end(p, codes[result->outcome]);
	return true;
}

/* ---- the list ---- */

static int no_peer(void *context, const struct rpcpeer *peer)
{
	(void)context;
	(void)peer;
	return 0;
}

static int list_torrent(void *context, const struct rpctorrent *torrent)
{
	struct probe_rpc *p = context;

	if (p->count == TORRENTS_MAX)
		return -EMSGSIZE;
	if (p->count == p->found_max) {
		p->found_max = p->found_max ? 2 * p->found_max : 1024;
		p->found = xreallocarray(p->found, p->found_max, sizeof(*p->found));
	}
	if (info_hash_read(torrent->hash.bytes, torrent->hash.len, p->found[p->count]))
		return -EBADMSG;
	p->count++;
	return 0;
}

static void list_begin(void *context)
{
	struct probe_rpc *p = context;

	rpcpeers_reset(p->reader);
	p->count = 0;
}

static int list_body(void *context, const char *bytes, size_t len)
{
	struct probe_rpc *p = context;

	return rpcpeers_feed(p->reader, bytes, len);
}

static int list_end(struct probe_rpc *p)
{
	int rc = rpcpeers_finish(p->reader);
	const char *said = rpcpeers_failure(p->reader);
	char clean[200];

	text_clean(clean, sizeof(clean), said, strlen(said), 120);
	if (rc == -EREMOTE && *clean)
		return err_set(&p->error, rc, "Transmission says: %s", clean);
	if (rc)
		return err_set(&p->error, -EBADMSG, "the list of torrents is not what Transmission sends");
	return 0;
}

static void list_done(void *context, const struct rpc_result *result)
{
	struct probe_rpc *p = context;
	int rc;

	if (failed(p, result))
		return;
	rc = list_end(p);
	if (rc) {
		end(p, rc);
		return;
	}
	p->hashes = (const uint8_t(*)[INFO_HASH])p->found;
	ask_batch(p);
}

static void ask_list(struct probe_rpc *p)
{
	static const enum rpc_key fields[] = {RPC_HASH};
	static const struct rpcpeers_ops ops = {no_peer, list_torrent};

	p->reader = rpcpeers_new(&ops, p);
	rpc_call(p->rpc, &(struct rpc_query){.method = RPC_TORRENT_GET, .fields = fields, .field_count = 1},
		 &(struct rpc_sink){list_begin, list_body, list_done, p});
}

/* ---- what trackers told ---- */

static const struct json *member(const struct probe_rpc *p, const struct json *object, enum rpc_key key)
{
	return json_member(object, rpc_name(rpc_dialect(p->rpc), key));
}

static int32_t count_of(const struct probe_rpc *p, const struct json *object, enum rpc_key key)
{
	return probe_count(json_int(member(p, object, key), -1));
}

/* When it last answered, to an announce or a scrape; 0: not the last time that it was asked. */
static int64_t answered_at(const struct probe_rpc *p, const struct json *tracker)
{
	static const struct {
		enum rpc_key succeeded, time;
	} rows[] = {
		{RPC_LAST_ANNOUNCE_SUCCEEDED, RPC_LAST_ANNOUNCE_TIME},
		{RPC_LAST_SCRAPE_SUCCEEDED, RPC_LAST_SCRAPE_TIME},
	};
	int64_t latest = 0, now = loop_now(p->loop).wall;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t time = json_int(member(p, tracker, rows[i].time), 0);

		if (json_int(member(p, tracker, rows[i].succeeded), 0) && time > latest)
			latest = time;
	}
	return latest > now ? now : latest;
}

static void name_tracker(const struct probe_rpc *p, const struct json *tracker, char shown[TRACKER_SHOWN_MAX])
{
	struct tracker_url url;
	size_t len = 0;
	const char *announce = json_text(member(p, tracker, RPC_ANNOUNCE), &len);

	if (announce && tracker_url_parse(announce, len, &url) == 0)
		tracker_url_show(&url, shown);
	else
		str_copy(shown, TRACKER_SHOWN_MAX, "a tracker");
}

static int32_t larger(int32_t a, int32_t b)
{
	return a > b ? a : b;
}

static void take_tracker(const struct probe_rpc *p, const struct json *tracker, struct probe_rpc_row *row,
			 char shown[TRACKER_SHOWN_MAX])
{
	int32_t seeders = count_of(p, tracker, RPC_SEEDER_COUNT);
	int32_t leechers = count_of(p, tracker, RPC_LEECHER_COUNT);
	int64_t when = answered_at(p, tracker);

	if (!when || (seeders < 0 && leechers < 0))
		return;
	if (!*shown || seeders > row->seeders || (seeders == row->seeders && leechers > row->leechers)) {
		name_tracker(p, tracker, shown);
		row->when = when;
	}
	row->seeders = larger(row->seeders, seeders);
	row->leechers = larger(row->leechers, leechers);
	row->completed = larger(row->completed, count_of(p, tracker, RPC_DOWNLOAD_COUNT));
}

/* Only what was asked for counts. */
static bool is_asked(const struct probe_rpc *p, const uint8_t hash[INFO_HASH])
{
	for (size_t i = p->asked; i < p->asked + p->batch; i++)
		if (memcmp(p->hashes[i], hash, INFO_HASH) == 0)
			return true;
	return false;
}

static void take_torrent(struct probe_rpc *p, const struct json *torrent)
{
	const struct json *stats = member(p, torrent, RPC_TRACKER_STATS);
	char shown[TRACKER_SHOWN_MAX] = "";
	struct probe_rpc_row row = {.seeders = -1, .leechers = -1, .completed = -1, .tracker = shown};
	uint8_t hash[INFO_HASH];
	size_t len = 0;
	const char *hex = json_text(member(p, torrent, RPC_HASH), &len);

	if (!hex || info_hash_read(hex, len, hash) || !is_asked(p, hash))
		return;
	row.hash = hash;
	row.connected = larger(0, count_of(p, torrent, RPC_PEERS_CONNECTED));
	for (size_t i = 0; i < json_count(stats) && i < TRACKERS_MAX; i++)
		take_tracker(p, json_item(stats, i), &row, shown);
	p->events.row(p->events.context, &row);
}

/* ---- batches ---- */

static void batch_begin(void *context)
{
	struct probe_rpc *p = context;

	buf_reset(&p->body);
	p->too_big = false;
}

static int batch_body(void *context, const char *bytes, size_t len)
{
	struct probe_rpc *p = context;

	p->too_big = buf_add(&p->body, bytes, len) != 0;
	return p->too_big ? -EMSGSIZE : 0;
}

static int read_batch(struct probe_rpc *p)
{
	struct json *document;
	const struct json *payload, *torrents;
	int rc = rpc_payload(buf_str(&p->body), p->body.len, &document, &payload, &p->error);

	if (rc)
		return rc;
	torrents = member(p, payload, RPC_TORRENTS);
	for (size_t i = 0; i < json_count(torrents) && i < p->batch; i++)
		take_torrent(p, json_item(torrents, i));
	json_free(document);
	return 0;
}

static void batch_done(void *context, const struct rpc_result *result)
{
	struct probe_rpc *p = context;
	int rc;

	/* One torrent that is too big alone is passed over. */
	if (p->too_big) {
		p->next = p->batch > 1 ? p->asked : p->next;
		p->batch = (p->batch + 1) / 2;
		ask_batch(p);
		return;
	}
	if (failed(p, result))
		return;
	rc = read_batch(p);
	if (rc) {
		end(p, rc);
		return;
	}
	p->batch = BATCH;
	ask_batch(p);
}

static void ask_batch(struct probe_rpc *p)
{
	static const enum rpc_key fields[] = {RPC_HASH, RPC_PEERS_CONNECTED, RPC_TRACKER_STATS};
	size_t left = p->count - p->next;

	if (!left) {
		end(p, 0);
		return;
	}
	p->batch = left < p->batch ? left : p->batch;
	p->asked = p->next;
	p->next += p->batch;
	p->too_big = false;
	for (size_t i = 0; i < p->batch; i++) {
		info_hash_write(p->hashes[p->asked + i], p->names[i]);
		p->name_list[i] = p->names[i];
	}
	rpc_call(p->rpc,
		 &(struct rpc_query){
			 .method = RPC_TORRENT_GET,
			 .fields = fields,
			 .field_count = sizeof(fields) / sizeof(fields[0]),
			 .names = p->name_list,
			 .id_count = p->batch,
		 },
		 &(struct rpc_sink){batch_begin, batch_body, batch_done, p});
}

/* ---- the probe ---- */

static void warn_of_login(const struct conf_daemon *daemon, const struct login *login)
{
	struct err exposed;

	if (*login->warning)
		log_warn("%s: %s", daemon->name, login->warning);
	if (login_exposed(daemon, login, &exposed))
		log_warn("%s: %s", daemon->name, exposed.msg);
}

struct probe_rpc *probe_rpc_start(struct loop *loop, struct http *http, const struct conf_daemon *daemon,
				  const uint8_t (*hashes)[INFO_HASH], size_t count,
				  const struct probe_rpc_events *events)
{
	struct probe_rpc *p = xcalloc(1, sizeof(*p));
	struct login login;
	int rc;

	p->loop = loop;
	p->events = *events;
	p->hashes = hashes;
	p->count = hashes ? count : 0;
	p->batch = BATCH;
	p->end = (struct loop_timer){.fire = tell_end, .context = p};
	buf_init(&p->body, BODY_MAX);
	rc = login_find(daemon, &login, &p->error);
	if (rc) {
		end(p, rc);
		return p;
	}
	warn_of_login(daemon, &login);
	p->rpc = rpc_new(http, &(struct rpc_config){daemon->url, login.username, login.password, daemon->cacert,
						    daemon->insecure});
	login_wipe(&login);
	if (hashes)
		ask_batch(p);
	else
		ask_list(p);
	return p;
}

void probe_rpc_free(struct probe_rpc *p)
{
	if (!p)
		return;
	loop_timer_stop(p->loop, &p->end);
	rpc_free(p->rpc);
	rpcpeers_free(p->reader);
	buf_done(&p->body);
	free(p->found);
	free(p);
}
