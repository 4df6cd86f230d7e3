/* Collections on this machine: a folder with all below it, a torrent file, a list. It asks nobody. */
#include "swarm/collect.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "base/xmalloc.h"

enum {
	DEPTH = 8,
	AT_ONCE = 50, /* names in one step */
	PATH = 4096,
	PIECE = 65536,
};

/* A folder that is being read. */
struct folder {
	DIR *dir;
	char path[PATH];
};

struct collect_local {
	struct collection *c;
	char path[PATH];
	struct folder *folders[DEPTH];
	unsigned depth;
	bool begun;
	char piece[PIECE];
};

/* ---- paths ---- */

static char *joined(const char *folder, const char *name)
{
	struct buf path;
	char *copy;

	buf_init(&path, PATH);
	buf_printf(&path, "%s%s%s", folder, str_ends(folder, "/") ? "" : "/", name);
	copy = xstrdup(buf_str(&path));
	buf_done(&path);
	return copy;
}

char *collect_local_path(const char *url)
{
	const char *home = getenv("HOME");
	char here[PATH];

	if (strncasecmp(url, "file://", strlen("file://")) == 0) {
		const char *path = url + strlen("file://");
		bool here_too = strncasecmp(path, "localhost/", strlen("localhost/")) == 0;

		return collect_decoded(here_too ? path + strlen("localhost") : path);
	}
	if (strstr(url, "://"))
		return NULL;
	if (str_starts(url, "~/") && home && *home)
		return joined(home, url + 2);
	if (*url == '/' || !getcwd(here, sizeof(here)))
		return xstrdup(url);
	return joined(here, url);
}

/* file:// and all that RFC 3986 does not allow in a path escaped. */
static void write_url(const char *path, struct buf *url)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/!$&'()*+,;=:@";

	buf_reset(url);
	buf_puts(url, "file://");
	for (; *path; path++) {
		if (strchr(plain, *path))
			buf_putc(url, *path);
		else
			buf_printf(url, "%%%02X", (unsigned)(unsigned char)*path);
	}
}

/* ---- files ---- */

static void complain(struct collect_local *l, const char *path, const char *what, const char *why)
{
	/* What was not read may hold what is not seen: nothing is gone. */
	l->c->broken = -EIO;
	collection_complain(l->c, path, what, why);
}

static int read_file(struct collect_local *l, int fd, int (*take)(void *context, const char *bytes, size_t len),
		     void *context)
{
	ssize_t n;
	int rc = 0;

	while (!rc && (n = read(fd, l->piece, sizeof(l->piece))) != 0) {
		if (n < 0)
			return -errno;
		l->c->counts.bytes += (uint64_t)n;
		rc = take(context, l->piece, (size_t)n);
	}
	return rc;
}

static int take_torrent(void *context, const char *bytes, size_t len)
{
	return buf_add(context, bytes, len) ? -EFBIG : 0;
}

static void put_torrent(struct collect_local *l, const char *path, const struct buf *bytes, const char *url,
			struct collect_known *k, struct catalog_url *known)
{
	struct collection *c = l->c;
	bool old = k->fetched && !k->bad && k->status != COLLECT_GONE;
	struct err why;
	int rc = collection_put_file(c, buf_str(bytes), bytes->len, url, old, &why);

	known->bad = k->bad = rc && !old;
	/* It may be about to be written. */
	if (rc && old)
		known->etag[0] = '\0';
	known->fetched = k->fetched = c->stamp;
	known->status = k->status = 200;
	catalog_url_put(c->world->catalog, c->id, url, known);
	if (rc)
		collection_bad_file(c, path, old, why.msg);
	c->counts.same += old;
	c->counts.fresh += !rc && !old;
}

static bool is_as_it_was(struct collection *c, const struct collect_known *k, const char *url, const char *mark)
{
	struct catalog_url old;

	return k->fetched && k->status != COLLECT_GONE && catalog_url_get(c->world->catalog, c->id, url, &old) &&
	       strcmp(old.etag, mark) == 0;
}

/* Size and time of a file stand for its ETag. A file that is as it was is not read again. */
static void one_torrent(struct collect_local *l, int fd, const struct stat *st, const char *path, const char *url)
{
	struct collection *c = l->c;
	struct collect_known *k = collection_known(c, url);
	struct catalog_url known = {.fetched = 0};
	struct buf bytes;
	int rc;

	k->seen = true;
	c->total++;
	c->handled++;
	snprintf(known.etag, sizeof(known.etag), "%jd-%jd.%09ld", (intmax_t)st->st_size, (intmax_t)st->st_mtim.tv_sec,
		 st->st_mtim.tv_nsec);
	if (is_as_it_was(c, k, url, known.etag)) {
		c->counts.bad += k->bad;
		c->counts.same += !k->bad;
		if (!k->bad)
			catalog_seen(c->world->catalog, c->id, url, NULL, c->stamp);
		return;
	}
	buf_init(&bytes, COLLECT_TORRENT_MAX);
	rc = read_file(l, fd, take_torrent, &bytes);
	if (rc)
		complain(l, path, "not read", rc == -EFBIG ? "more than 32 MiB" : strerror(-rc));
	else
		put_torrent(l, path, &bytes, url, k, &known);
	c->counts.failed += rc != 0;
	buf_done(&bytes);
}

static void torrent_file(struct collect_local *l, int fd, const struct stat *st, const char *path)
{
	struct buf url;

	buf_init(&url, COLLECT_URL_MAX);
	write_url(path, &url);
	if (url.full)
		complain(l, path, "not read", "its path is too long");
	else
		one_torrent(l, fd, st, path, buf_str(&url));
	buf_done(&url);
}

struct list {
	struct collect_page *page;
	size_t len;
	struct err why;
};

static int take_list(void *context, const char *bytes, size_t len)
{
	struct list *list = context;

	list->len += len;
	return collect_page_feed(list->page, bytes, len, &list->why);
}

/* A file has a length, but who wrote it may not have come to its end, or not to its beginning. NULL: it is whole, or,
 * as it names nothing and never did, some other text. */
static const char *why_cut(const struct list *list, uint64_t named, uint64_t before)
{
	enum collect_ending ending = collect_page_ending(list->page);

	if (!list->len)
		return "is empty";
	if (named && ending == COLLECT_CUT)
		return "does not close what it opens (<html>, <body>, <table>)";
	if (named < before && before - named > before / 2 && (ending == COLLECT_UNTOLD || !named))
		return "names less than half of what it did";
	return NULL;
}

/* Each list for itself: one that is no more takes its torrents with it. */
static void judge_list(struct collect_local *l, const struct list *list, uint64_t named, const char *path)
{
	struct collection *c = l->c;
	struct buf url;
	const char *why;

	buf_init(&url, COLLECT_URL_MAX);
	write_url(path, &url);
	why = why_cut(list, named, collection_list_named(c, buf_str(&url)));
	if (!why)
		collection_list_put(c, buf_str(&url), named);
	buf_done(&url);
	c->framed = false;
	if (!why || c->ending == COLLECT_CUT)
		return;
	c->ending = COLLECT_CUT;
	c->cut_why = why;
	collect_shown(path, c->cut, sizeof(c->cut));
}

static void list_file(struct collect_local *l, int fd, const char *path)
{
	struct collect_page_events events = collection_findings;
	struct list list = {.len = 0};
	uint64_t named = l->c->named;
	int rc;

	events.context = l->c;
	list.page = collect_page_new("", &events);
	rc = read_file(l, fd, take_list, &list);
	if (!rc)
		rc = collect_page_end(list.page, &list.why);
	if (rc)
		complain(l, path, "not read whole", rc == -EBADMSG || rc == -EFBIG ? list.why.msg : strerror(-rc));
	else
		judge_list(l, &list, l->c->named - named, path);
	collect_page_free(list.page);
}

/* ---- names ---- */

static const struct {
	const char *suffix;
	bool list;
} suffixes[] = {{".torrent", false}, {".magnet", true}, {".txt", true}, {".json", true}};

/* 0 no file of ours, 1 a torrent, 2 a list. */
static int file_kind(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		size_t n = strlen(suffixes[i].suffix);

		if (len > n && strcasecmp(name + len - n, suffixes[i].suffix) == 0)
			return suffixes[i].list ? 2 : 1;
	}
	return 0;
}

static bool wanted(struct collect_local *l, const char *path)
{
	bool is = strstr(path, l->c->conf->required_substring) != NULL;

	l->c->counts.left_out += !is;
	return is;
}

/* Nothing that would block, like a pipe, and no folder. */
static int open_file(const char *path, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int rc;

	if (fd < 0)
		return -errno;
	rc = fstat(fd, st) ? -errno : S_ISREG(st->st_mode) ? 0 : -EINVAL;
	if (!rc)
		return fd;
	close(fd);
	return rc;
}

/* 0, or why it cannot be opened. */
static int one_file(struct collect_local *l, const char *path, int kind)
{
	struct stat st;
	int fd;

	if (!kind || (kind == 1 && (!wanted(l, path) || !collection_has_room(l->c))))
		return 0;
	fd = open_file(path, &st);
	if (fd < 0)
		return fd;
	if (kind == 1)
		torrent_file(l, fd, &st, path);
	else
		list_file(l, fd, path);
	close(fd);
	return 0;
}

/* One of many. */
static void file_in_folder(struct collect_local *l, const char *path, int kind)
{
	int rc = one_file(l, path, kind);

	if (!rc || rc == -EINVAL)
		return;
	complain(l, path, "not read", strerror(-rc));
	l->c->counts.failed += kind == 1;
}

/* ---- folders ---- */

static int enter(struct collect_local *l, const char *path)
{
	struct folder *f;
	DIR *dir;

	if (l->depth == DEPTH)
		return -ELOOP;
	dir = opendir(path);
	if (!dir)
		return -errno;
	f = xcalloc(1, sizeof(*f));
	f->dir = dir;
	str_copy(f->path, sizeof(f->path), path);
	l->folders[l->depth++] = f;
	return 0;
}

static void leave(struct collect_local *l)
{
	struct folder *f = l->folders[--l->depth];

	closedir(f->dir);
	free(f);
}

static void one_name(struct collect_local *l, const struct folder *f, const char *name)
{
	char *path = joined(f->path, name);
	struct stat st;
	int rc = 0;

	/* A link to a folder may lead in a circle: only links to files are followed. */
	if (lstat(path, &st))
		rc = errno == ENOENT ? 0 : -errno;
	else if (S_ISDIR(st.st_mode))
		rc = enter(l, path);
	else
		file_in_folder(l, path, file_kind(name));
	if (rc)
		complain(l, path, "not read", rc == -ELOOP ? "folders are nested too deep" : strerror(-rc));
	free(path);
}

static int begin(struct collect_local *l, struct err *err)
{
	struct stat st;
	int rc = stat(l->path, &st) ? -errno : 0, kind = file_kind(l->path) == 1 ? 1 : 2;
	bool folder = !rc && S_ISDIR(st.st_mode);

	l->begun = true;
	l->c->framed = true; /* until there is a list: the others have an end of their own */
	if (folder)
		rc = enter(l, l->path);
	else if (!rc)
		rc = one_file(l, l->path, kind);
	if (rc == -EINVAL)
		return err_set(err, rc, "it is neither a file nor a folder");
	return rc ? err_set(err, rc, "%s", strerror(-rc)) : 0;
}

struct collect_local *collect_local_new(struct collection *c, const char *path)
{
	struct collect_local *l = xcalloc(1, sizeof(*l));

	l->c = c;
	str_copy(l->path, sizeof(l->path), path);
	return l;
}

int collect_local_step(struct collect_local *l, struct err *err)
{
	int rc = l->begun ? 0 : begin(l, err);

	for (unsigned i = 0; !rc && i < AT_ONCE && l->depth; i++) {
		struct folder *f = l->folders[l->depth - 1];
		const struct dirent *entry;

		errno = 0;
		entry = readdir(f->dir);
		if (entry && entry->d_name[0] != '.')
			one_name(l, f, entry->d_name);
		if (!entry && errno)
			complain(l, f->path, "not read whole", strerror(errno));
		if (!entry)
			leave(l);
	}
	return rc ? rc : l->depth > 0;
}

void collect_local_free(struct collect_local *l)
{
	if (!l)
		return;
	while (l->depth)
		leave(l);
	free(l);
}
