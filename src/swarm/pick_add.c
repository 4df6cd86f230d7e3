/* Hands torrents to a Transmission: asks what it has, then adds the others one after the other. It does not know why
 * they were chosen. */
#include "swarm/pick_add.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/exits.h"
#include "base/map.h"
#include "base/text.h"
#include "base/xmalloc.h"
#include "core/http.h"
#include "core/login.h"
#include "core/loop.h"
#include "core/rpc.h"

enum {
	BODY_MAX = 64 << 20,
	FILE_MAX = 10 << 20,
	BASE64_MAX = FILE_MAX / 3 * 4 + 8,
	TORRENTS_MAX = 1000000,
	SHOWN_COLS = 60,
	SHOWN = 4 * SHOWN_COLS,
};

struct hash {
	uint8_t bytes[INFO_HASH];
};

struct adding {
	struct loop *loop;
	struct http *http;
	struct rpc *rpc;
	const struct picked *picked;
	struct pick_added *done;
	struct err *err;
	bool start;
	size_t next;
	struct buf body, metainfo;
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

/* One torrent cannot be added: the others can. */
static void failed(struct adding *a, const struct picked_one *one, const char *why)
{
	char name[SHOWN];

	text_cut(name, sizeof(name), one->name, SHOWN_COLS, false);
	if (!a->done->failed++)
		err_set(&a->done->first, -1, "%s: %s", name, why);
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
	bool duplicate;
	struct err why;

	if (over(a, result))
		return;
	if (rpc_read_added(a->rpc, buf_str(&a->body), a->body.len, &duplicate, &why))
		failed(a, &a->picked->ones[a->next], why.msg);
	else if (duplicate)
		a->done->had++;
	else
		a->done->added++;
	a->next++;
	add_next(a);
}

/* ---- one torrent ---- */

/* A pipe or a device in its place would make us wait. */
static int open_regular(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int rc = fd < 0 ? -errno : 0;

	if (!rc && (fstat(fd, &st) || !S_ISREG(st.st_mode)))
		rc = -EINVAL;
	if (!rc && st.st_size > FILE_MAX)
		rc = -EFBIG;
	if (rc && fd >= 0)
		close(fd);
	return rc ? rc : fd;
}

static int read_base64(const char *path, struct buf *text)
{
	int fd = open_regular(path);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	char *bytes;
	size_t len;
	int rc;

	if (!file)
		return fd < 0 ? fd : -ENOMEM;
	bytes = xmalloc(FILE_MAX);
	len = fread(bytes, 1, FILE_MAX, file);
	rc = ferror(file) ? -EIO : base64_write(bytes, len, text);
	free(bytes);
	fclose(file);
	return rc;
}

/* True when the daemon was asked; else it has failed and the next one is due. */
static bool ask(struct adding *a, const struct picked_one *one)
{
	struct rpc_addition addition = {.filename = one->link, .paused = !a->start};
	int rc = 0;

	buf_reset(&a->metainfo);
	if (*one->path) {
		rc = read_base64(one->path, &a->metainfo);
		addition.filename = NULL;
		addition.metainfo = buf_str(&a->metainfo);
	}
	if (!rc)
		rc = rpc_add(a->rpc, &addition, &(struct rpc_sink){body_begin, body_take, added, a});
	if (rc)
		failed(a, one, strerror(-rc));
	return rc == 0;
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
	a->rpc = rpc_new(a->http, &(struct rpc_config){daemon->url, login.username, login.password, daemon->cacert,
						       daemon->insecure});
	login_wipe(&login);
	return 0;
}

int pick_add(const struct conf_daemon *daemon, const struct picked *picked, bool start, struct pick_added *done,
	     struct err *err)
{
	struct adding a = {.loop = loop_new(), .picked = picked, .done = done, .err = err, .start = start};

	a.http = a.loop ? http_new(a.loop) : NULL;
	buf_init(&a.body, BODY_MAX);
	buf_init(&a.metainfo, BASE64_MAX);
	map_init(&a.by_hash, sizeof(struct hash), 0, INFO_HASH);
	a.status = a.http ? connect_to(&a, daemon) : err_set(err, EXIT_FAILED, "libcurl cannot be started");
	if (!a.status) {
		ask_list(&a);
		loop_run(a.loop);
	}
	rpc_free(a.rpc);
	http_free(a.http);
	loop_free(a.loop);
	map_done(&a.by_hash);
	free(a.has);
	buf_done(&a.body);
	buf_done(&a.metainfo);
	return a.status;
}
