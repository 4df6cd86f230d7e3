/* Hands torrents to a Transmission: asks what it has, then adds the others one after the other, as files that were
 * fetched here, else by magnet link. It does not know why they were chosen. */
#include "swarm/pick_add.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/exits.h"
#include "base/map.h"
#include "base/str.h"
#include "base/text.h"
#include "base/words.h"
#include "base/xmalloc.h"
#include "core/http.h"
#include "core/login.h"
#include "core/loop.h"
#include "core/progress.h"
#include "core/rpc.h"
#include "core/rpc_answer.h"
#include "swarm/collect_server.h"
#include "swarm/pick_torrent.h"
#include "wire/magnet.h"

enum {
	BODY_MAX = 64 << 20,
	BASE64_MAX = PICK_TORRENT_MAX / 3 * 4 + 8,
	TORRENTS_MAX = 1000000,
	CONNECTIONS = 64, /* in all */
	PATIENCE = 3,     /* files in a row that a server does not give for now: then it is given up */
	SHOWN_COLS = 60,
	SHOWN = 4 * SHOWN_COLS,
};

struct hash {
	uint8_t bytes[INFO_HASH];
};

struct adding {
	struct loop *loop;
	struct http *http; /* for the files of strangers; Transmission has its own, which no server's rest holds up */
	struct http *rpc_http;
	struct rpc *rpc;
	struct progress *progress;
	struct pick_fetch *fetch; /* under way; NULL = none */
	const struct conf *conf;
	const struct picked *picked;
	struct pick_added *done;
	struct err *err;
	bool start;
	size_t next;
	uint64_t more;                  /* bytes that the added ones have beyond what was known */
	uint64_t more_now;              /* likewise, of the one at hand */
	struct collect_servers servers; /* of files */
	struct err instead;             /* why the one at hand is added by magnet link; "" = as it should be */
	char expected[INFO_HASH_TEXT];  /* its hash */
	struct buf body, file, metainfo, magnet;
	struct hash *has; /* what the daemon has */
	struct map by_hash;
	int status;
};

/* ---- what goes wrong ---- */

/* The daemon cannot be talked to: it is over. */
static void end(struct adding *a, int status, const char *message)
{
	a->status = status;
	err_set(a->err, status, "Transmission: %s", message);
	loop_stop(a->loop);
}

static bool over(struct adding *a, const struct rpc_result *result)
{
	static const int statuses[] = {
		[RPC_REFUSED] = EXIT_REFUSED,
		[RPC_FORBIDDEN] = EXIT_REFUSED,
		[RPC_UNREACHABLE] = EXIT_UNREACHABLE,
		[RPC_ERROR] = EXIT_FAILED,
	};

	if (result->outcome == RPC_OK)
		return false;
	end(a, statuses[result->outcome], result->error.msg);
	return true;
}

static void note(struct err *first, const struct picked_one *one, const char *why)
{
	char name[SHOWN];

	text_cut(name, sizeof(name), one->name, SHOWN_COLS, false);
	err_set(first, -1, "%s: %s", name, why);
}

/* One torrent cannot be added: the others can. */
static void failed(struct adding *a, const struct picked_one *one, const char *why)
{
	if (!a->done->failed++)
		note(&a->done->first, one, why);
}

static void count_added(struct adding *a, const struct picked_one *one)
{
	a->done->added++;
	a->more += a->more_now;
	if (*a->instead.msg && !a->done->magnets++)
		note(&a->done->first_magnet, one, a->instead.msg);
}

/* ---- calls ---- */

static void body_begin(void *context)
{
	buf_reset(&((struct adding *)context)->body);
}

static int body_take(void *context, const char *bytes, size_t len)
{
	return buf_add(&((struct adding *)context)->body, bytes, len);
}

static void add_next(struct adding *a);

static void added(void *context, const struct rpc_result *result)
{
	struct adding *a = context;
	const struct picked_one *one = &a->picked->ones[a->next];
	struct rpc_added is;
	struct err why;

	if (over(a, result))
		return;
	if (rpc_read_added(rpc_dialect(a->rpc), buf_str(&a->body), a->body.len, &is, &why))
		failed(a, one, why.msg);
	else if (*is.hash && strcmp(is.hash, a->expected) != 0)
		failed(a, one, "Transmission took it for another torrent");
	else if (is.duplicate)
		a->done->had++;
	else
		count_added(a, one);
	a->next++;
	add_next(a);
}

/* ---- one torrent: true when somebody was asked; else it has failed and the next one is due ---- */

static bool give_up(struct adding *a, const struct picked_one *one, const char *why)
{
	failed(a, one, why);
	return false;
}

static bool send(struct adding *a, const struct picked_one *one, const char *magnet, const char *metainfo)
{
	const struct rpc_addition addition = {.filename = magnet, .metainfo = metainfo, .paused = !a->start};
	int rc = rpc_add(a->rpc, &addition, &(struct rpc_sink){body_begin, body_take, added, a});

	return rc ? give_up(a, one, strerror(-rc)) : true;
}

/* `why`: the torrent file could not be had; "" = there is none. */
static bool send_magnet(struct adding *a, const struct picked_one *one, const char *why)
{
	uint8_t hash[INFO_HASH];

	err_set(&a->instead, 0, "%s", why);
	if (one->private) {
		err_set(&a->instead, 0, "%s%sit is private, and a magnet link of it is of no use", why,
			*why ? "; " : "");
		return give_up(a, one, a->instead.msg);
	}
	str_copy(a->expected, sizeof(a->expected), one->hash);
	a->more_now = 0;
	buf_reset(&a->magnet);
	if (str_starts(one->link, "magnet:") || *one->magnet) {
		buf_puts(&a->magnet, *one->magnet ? one->magnet : one->link);
	} else {
		if (!one->has_v1 || info_hash_read(one->hash, strlen(one->hash), hash))
			return give_up(a, one, *why ? why : "it has no info-hash of version 1");
		magnet_write(hash, one->name, &a->magnet);
		if (*one->tracker)
			magnet_write_tracker(one->tracker, &a->magnet);
	}
	return a->magnet.full ? give_up(a, one, "its magnet link is too long")
			      : send(a, one, buf_str(&a->magnet), NULL);
}

/* A list may have said less of it than it has. */
static bool has_room(struct adding *a, const struct picked_one *one, uint64_t size)
{
	uint64_t more = size > one->size ? size - one->size : 0;

	if (more > a->picked->wish.budget - a->picked->size - a->more)
		return false;
	a->more_now = more;
	return true;
}

static bool send_file(struct adding *a, const struct picked_one *one, const struct pick_torrent *is)
{
	if (is->private && !a->picked->wish.private)
		return give_up(a, one, "it is private (--private)");
	if (!has_room(a, one, is->size))
		return give_up(a, one, "it is bigger than was said, and over the budget");
	buf_reset(&a->metainfo);
	if (base64_write(buf_str(&a->file), a->file.len, &a->metainfo))
		return give_up(a, one, strerror(EFBIG));
	str_copy(a->expected, sizeof(a->expected), is->hash);
	a->instead.msg[0] = '\0';
	return send(a, one, NULL, buf_str(&a->metainfo));
}

static struct collect_server *server_of(struct adding *a, const struct picked_one *one)
{
	uint32_t i = collect_server_of(&a->servers, one->link);

	return &a->servers.at[i];
}

/* One that is not there is not waited for twice; a magnet link is at hand, so patience with the others is short. */
static void judge(struct collect_server *server, const struct collect_fetched *f)
{
	bool failed = f->outcome == COLLECT_FAILED;

	server->useless = failed ? server->useless + 1 : 0;
	server->over = server->useless >= PATIENCE || f->wait_s || (failed && !f->status);
}

static void fetched(void *context, const struct collect_fetched *f)
{
	struct adding *a = context;
	const struct picked_one *one = &a->picked->ones[a->next];
	struct pick_torrent is;
	struct err why = {""};
	bool is_here = f->outcome == COLLECT_FETCHED, asked;

	if (!is_here)
		err_set(&why, 0, "its torrent file: %s", f->why);
	judge(server_of(a, one), f);
	pick_fetch_free(a->fetch);
	a->fetch = NULL;
	if (!is_here || pick_torrent_check(one, &a->file, &is, &why))
		asked = send_magnet(a, one, why.msg);
	else
		asked = send_file(a, one, &is);
	if (asked)
		return;
	a->next++;
	add_next(a);
}

static bool fetch(struct adding *a, const struct picked_one *one)
{
	struct err why = {"its torrent file: the server did not give others before"};

	buf_reset(&a->file);
	if (!server_of(a, one)->over)
		a->fetch = pick_fetch_start(&(struct pick_fetch_ask){.loop = a->loop,
								     .http = a->http,
								     .conf = a->conf,
								     .one = one,
								     .bytes = &a->file,
								     .done = fetched,
								     .context = a},
					    &why);
	return a->fetch ? true : send_magnet(a, one, why.msg);
}

/* A file that is gone may be had where another collection has it, or by magnet link. */
static bool send_local(struct adding *a, const struct picked_one *one)
{
	struct pick_torrent is;
	struct err why;
	int rc;

	buf_reset(&a->file);
	rc = pick_torrent_read(one->path, &a->file);
	if (rc)
		err_set(&why, rc, "its torrent file: %s", strerror(-rc));
	else
		rc = pick_torrent_check(one, &a->file, &is, &why);
	if (!rc)
		return send_file(a, one, &is);
	return pick_torrent_is_web(one) ? fetch(a, one) : send_magnet(a, one, why.msg);
}

static bool ask(struct adding *a, const struct picked_one *one)
{
	if (*one->path)
		return send_local(a, one);
	return pick_torrent_is_web(one) ? fetch(a, one) : send_magnet(a, one, "");
}

static bool is_there(const struct adding *a, const char *hex)
{
	struct hash hash;

	return info_hash_read(hex, strlen(hex), hash.bytes) == 0 &&
	       map_find(&a->by_hash, a->has, &hash, map_hash(&a->by_hash, &hash)) != MAP_NONE;
}

static void add_next(struct adding *a)
{
	for (; a->next < a->picked->count; a->next++) {
		const struct picked_one *one = &a->picked->ones[a->next];

		progress_set(a->progress, a->next, a->picked->count, "");
		buf_reset(&a->body);
		if (is_there(a, one->hash))
			a->done->had++;
		else if (ask(a, one))
			return;
	}
	loop_stop(a->loop);
}

/* ---- what the daemon has ---- */

static void take_hash(struct adding *a, const struct json *row)
{
	const char *name = rpc_name(rpc_dialect(a->rpc), RPC_HASH);
	size_t len = 0;
	const char *hex = json_text(json_is_array(row) ? json_item(row, 0) : json_member(row, name), &len);
	struct hash *hash = &a->has[a->by_hash.used];
	uint32_t key;

	/* The first row of a table holds titles. */
	if (!hex || info_hash_read(hex, len, hash->bytes))
		return;
	key = map_hash(&a->by_hash, hash);
	if (map_find(&a->by_hash, a->has, hash, key) == MAP_NONE)
		map_add(&a->by_hash, key, a->by_hash.used);
}

static void listed(void *context, const struct rpc_result *result)
{
	struct adding *a = context;
	struct json *document = NULL;
	const struct json *payload, *torrents;
	struct err why;

	if (over(a, result))
		return;
	if (rpc_payload(buf_str(&a->body), a->body.len, &document, &payload, &why)) {
		end(a, EXIT_FAILED, why.msg);
		return;
	}
	torrents = json_member(payload, rpc_name(rpc_dialect(a->rpc), RPC_TORRENTS));
	if (json_is_array(torrents) && json_count(torrents) <= TORRENTS_MAX) {
		a->has = xcalloc(json_count(torrents) + 1, sizeof(*a->has));
		for (size_t i = 0; i < json_count(torrents); i++)
			take_hash(a, json_item(torrents, i));
		add_next(a);
	} else {
		end(a, EXIT_FAILED, "the list of torrents is not what Transmission sends");
	}
	json_free(document);
}

static void ask_list(struct adding *a)
{
	static const enum rpc_key fields[] = {RPC_HASH};

	rpc_call(a->rpc,
		 &(struct rpc_query){.method = RPC_TORRENT_GET, .fields = fields, .field_count = 1, .table = true},
		 &(struct rpc_sink){body_begin, body_take, listed, a});
}

/* ---- all of it ---- */

static void warn(const struct conf_daemon *daemon, const struct login *login)
{
	struct err exposed;

	if (*login->warning)
		fprintf(stderr, "swarmtop: %s\n", login->warning);
	if (login_exposed(daemon, login, &exposed))
		fprintf(stderr, "swarmtop: %s\n", exposed.msg);
}

static int connect_to(struct adding *a, const struct conf_daemon *daemon)
{
	struct login login;

	if (login_find(daemon, &login, a->err))
		return EXIT_CONFIG;
	warn(daemon, &login);
	a->rpc = rpc_new(a->rpc_http, &(struct rpc_config){daemon->url, login.username, login.password, daemon->cacert,
							   daemon->insecure});
	login_wipe(&login);
	return 0;
}

static void interrupted(void *context, int signal)
{
	(void)signal;
	loop_stop(((struct adding *)context)->loop);
}

static void run(struct adding *a)
{
	loop_signal(a->loop, SIGINT, interrupted, a);
	loop_signal(a->loop, SIGTERM, interrupted, a);
	a->progress = progress_new(a->loop, "pick", N_("torrents"));
	ask_list(a);
	loop_run(a->loop);
	progress_free(a->progress);
	pick_fetch_free(a->fetch);
	a->done->left = a->picked->count - a->next;
}

int pick_add(const struct conf *conf, const struct conf_daemon *daemon, const struct picked *picked, bool start,
	     struct pick_added *done, struct err *err)
{
	struct adding a = {
		.loop = loop_new(), .conf = conf, .picked = picked, .done = done, .err = err, .start = start};
	bool ready;

	a.http = http_new(a.loop);
	a.rpc_http = http_new(a.loop);
	if (a.http)
		http_limits(a.http, conf->sync.connections, CONNECTIONS);
	buf_init(&a.body, BODY_MAX);
	buf_init(&a.file, PICK_TORRENT_MAX);
	buf_init(&a.metainfo, BASE64_MAX);
	buf_init(&a.magnet, MAGNET_MAX);
	map_init(&a.by_hash, sizeof(struct hash), 0, INFO_HASH);
	ready = a.http && a.rpc_http;
	a.status = ready ? connect_to(&a, daemon) : err_set(err, EXIT_FAILED, "libcurl cannot be started");
	if (!a.status)
		run(&a);
	rpc_free(a.rpc);
	http_free(a.http);
	http_free(a.rpc_http);
	loop_free(a.loop);
	collect_servers_done(&a.servers);
	map_done(&a.by_hash);
	free(a.has);
	buf_done(&a.body);
	buf_done(&a.file);
	buf_done(&a.metainfo);
	buf_done(&a.magnet);
	return a.status;
}
