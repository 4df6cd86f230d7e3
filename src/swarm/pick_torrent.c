/* Gets torrent files and checks them. It does not know what becomes of them. */
#include "swarm/pick_torrent.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/xmalloc.h"
#include "core/hash.h"
#include "wire/metainfo.h"

enum { ARENA_MAX = 192 << 20, FETCH_MS = 60000, HOST = 1024 };

/* ---- checking ---- */

static bool is_chosen(const struct picked_one *one, const struct metainfo *m)
{
	uint8_t wanted[INFO_HASH];

	/* A hybrid may be known by either of its hashes. */
	return info_hash_read(one->hash, strlen(one->hash), wanted) == 0 &&
	       (memcmp(wanted, m->hash, INFO_HASH) == 0 || (m->has_v2 && memcmp(wanted, m->hash_v2, INFO_HASH) == 0));
}

int pick_torrent_check(const struct picked_one *one, const struct buf *bytes, struct pick_torrent *torrent,
		       struct err *err)
{
	static const struct metainfo_digests digests = {hash_sha1, hash_sha256};
	struct pick_torrent is = {.size = 0};
	struct metainfo m;
	struct err why = {"too big"};
	struct arena a;
	int rc;

	arena_init(&a, ARENA_MAX);
	rc = metainfo_read(buf_str(bytes), bytes->len, &digests, &a, &m, &why);
	if (rc) {
		rc = err_set(err, -EBADMSG, "its torrent file is none: %s", why.msg);
	} else {
		info_hash_write(m.hash, is.hash);
		is.private = m.private;
		is.size = m.size;
		if (!is_chosen(one, &m))
			rc = err_set(err, -ESTALE, "its torrent file is of another torrent, %s", is.hash);
	}
	arena_done(&a);
	if (!rc)
		*torrent = is;
	return rc;
}

/* ---- from the disk ---- */

/* A pipe or a device in its place would make us wait. */
static int open_regular(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int rc = fd < 0 ? -errno : 0;

	if (!rc && (fstat(fd, &st) || !S_ISREG(st.st_mode)))
		rc = -EINVAL;
	if (!rc && st.st_size > PICK_TORRENT_MAX)
		rc = -EFBIG;
	if (rc && fd >= 0)
		close(fd);
	return rc ? rc : fd;
}

int pick_torrent_read(const char *path, struct buf *bytes)
{
	int fd = open_regular(path);
	char block[16384];
	ssize_t n;
	int rc = 0;

	if (fd < 0)
		return fd;
	while (!rc && (n = read(fd, block, sizeof(block))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		rc = n < 0 ? -errno : buf_add(bytes, block, (size_t)n);
	}
	close(fd);
	return rc;
}

/* ---- from the web ---- */

struct pick_fetch {
	struct pick_fetch_ask ask;
	struct collect_fetch *fetch;
	const char **hosts; /* that redirects may lead to */
	char *home;         /* of the collection's page, "" = it is a folder */
};

bool pick_torrent_is_web(const struct picked_one *one)
{
	return strncasecmp(one->link, "http://", 7) == 0 || strncasecmp(one->link, "https://", 8) == 0;
}

static char *host_of(const char *url)
{
	struct buf host;
	char *kept;

	buf_init(&host, HOST);
	kept = xstrdup(http_url_host(url, &host) == 0 ? buf_str(&host) : "");
	buf_done(&host);
	return kept;
}

static const struct conf_collection *collection_of(const struct conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->collection_count; i++) {
		if (strcmp(conf->collections[i].name, name) == 0)
			return &conf->collections[i];
	}
	return NULL;
}

static void take_hosts(struct pick_fetch *f, const struct conf_collection *c)
{
	size_t n = 0;

	f->home = host_of(c->torrent_url);
	f->hosts = xcalloc(c->hosts.count + 2, sizeof(*f->hosts));
	if (*f->home)
		f->hosts[n++] = f->home;
	for (size_t i = 0; i < c->hosts.count; i++)
		f->hosts[n++] = c->hosts.items[i];
}

static bool is_allowed(const struct pick_fetch *f)
{
	char *host = host_of(f->ask.one->link);
	bool is = false;

	for (size_t i = 0; *host && f->hosts[i] && !is; i++)
		is = strcasecmp(f->hosts[i], host) == 0;
	free(host);
	return is;
}

static void begin(void *context, const char *type)
{
	const struct pick_fetch *f = context;

	(void)type;
	buf_reset(f->ask.bytes);
}

static int body(void *context, const char *bytes, size_t len)
{
	const struct pick_fetch *f = context;

	return buf_add(f->ask.bytes, bytes, len);
}

static void done(void *context, const struct collect_fetched *fetched)
{
	const struct pick_fetch *f = context;

	f->ask.done(f->ask.context, fetched);
}

static void start(struct pick_fetch *f, const struct conf_collection *c)
{
	f->fetch = collect_fetch_start(&(struct collect_fetch_ask){
		.loop = f->ask.loop,
		.http = f->ask.http,
		.url = f->ask.one->link,
		.proxy = f->ask.conf->proxy.url,
		.hosts = f->hosts,
		.allow_private = c->allow_private,
		.compressed = true,
		.etag = "",
		.modified = "",
		.total_ms = FETCH_MS,
		.max_body = PICK_TORRENT_MAX,
		.begin = begin,
		.body = body,
		.done = done,
		.context = f,
	});
}

struct pick_fetch *pick_fetch_start(const struct pick_fetch_ask *ask, struct err *err)
{
	const struct conf_collection *c = collection_of(ask->conf, ask->one->collection);
	struct pick_fetch *f;

	if (!c) {
		err_set(err, -EACCES, "its link is of a collection that is not in the config");
		return NULL;
	}
	f = xcalloc(1, sizeof(*f));
	f->ask = *ask;
	take_hosts(f, c);
	if (is_allowed(f)) {
		start(f, c);
		return f;
	}
	pick_fetch_free(f);
	err_set(err, -EACCES, "its link leads to another host: allow it with hosts = [...] of the collection");
	return NULL;
}

void pick_fetch_free(struct pick_fetch *f)
{
	if (!f)
		return;
	collect_fetch_free(f->fetch);
	free(f->hosts);
	free(f->home);
	free(f);
}
