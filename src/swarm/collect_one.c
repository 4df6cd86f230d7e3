/* One collection from its page to its last torrent. It does not know the others.
 *
 * The page's ETag is kept only when all that the page named was handled, so that an interrupted run, or one in which
 * the network failed, asks for the whole page again; what was fetched by then is remembered, and not fetched again. */
#include "swarm/collect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "base/text.h"
#include "base/xmalloc.h"
#include "core/hash.h"

enum {
	PAGE_MS = 300000,
	LINKS_AT_ONCE = 500,
	LINKS_MAX = 64 << 20, /* bytes */
	COMPLAINTS = 20,      /* lines for one collection */
	NAME_COLS = 40,
	HOST = 1024,
};

const char *collection_name(const struct collection *c, char clean[COLLECT_SHOWN])
{
	text_clean(clean, COLLECT_SHOWN, c->conf->name, strlen(c->conf->name), NAME_COLS);
	return clean;
}

void collection_complain(struct collection *c, const char *subject, const char *what, const char *why)
{
	char name[COLLECT_SHOWN], shown[COLLECT_SHOWN];

	collect_shown(subject, shown, sizeof(shown));
	if (c->complaints++ < COMPLAINTS)
		log_warn("%s: %s: %s: %s", collection_name(c, name), shown, what, why);
	else
		log_debug("%s: %s: %s: %s", collection_name(c, name), shown, what, why);
}

/* ---- findings of the page ---- */

static void found_link(void *context, const char *reference)
{
	struct collection *c = context;

	c->named++;
	if (buf_add(&c->references, reference, strlen(reference) + 1))
		c->broken = err_set(&c->why, -EFBIG, "it has links of more than 64 MiB");
}

static void found_bad(void *context, const char *why)
{
	struct collection *c = context;

	c->counts.bad++;
	collection_complain(c, c->conf->torrent_url, "an item that is none", why);
}

static void found_magnet(void *context, const char *magnet)
{
	struct collection *c = context;
	struct err why;

	c->named++;
	if (collection_put_magnet(context, magnet, &why))
		found_bad(context, why.msg);
}

static void found_entry(void *context, const struct collect_entry *entry)
{
	struct collection *c = context;
	struct err why;

	c->named++;
	if (collection_put_entry(context, entry, &why))
		found_bad(context, why.msg);
}

/* ---- the end ---- */

static void ended(struct collection *c)
{
	c->ended = true;
	c->done(c->context, c);
}

/* It is not the collection's fault; the message names the store. */
static void fail_store(struct collection *c, const char *why)
{
	char name[COLLECT_SHOWN];

	c->unread = c->storeless = true;
	log_error("%s: %s", collection_name(c, name), why);
	ended(c);
}

static void fail(struct collection *c, const char *why)
{
	char name[COLLECT_SHOWN], shown[COLLECT_SHOWN];

	c->unread = true;
	collect_shown(c->conf->torrent_url, shown, sizeof(shown));
	log_error("%s: cannot read %s: %s", collection_name(c, name), shown, why);
	ended(c);
}

static void keep_page(struct collection *c)
{
	if (!c->whole || c->same || !c->found || c->counts.unfinished || c->counts.skipped)
		return;
	if (!c->framed && collection_may_be_cut(c))
		return;
	c->page_known.fetched = c->stamp;
	c->page_known.status = 200;
	catalog_url_put(c->world->catalog, c->id, buf_str(&c->page_key), &c->page_known);
}

static void finish(struct collection *c)
{
	char name[COLLECT_SHOWN];

	collection_judge_gone(c);
	keep_page(c);
	if (c->complaints > COMPLAINTS)
		log_warn("%s: and %u more: --log-level debug shows them all", collection_name(c, name),
			 c->complaints - COMPLAINTS);
	ended(c);
}

/* ---- steps ---- */

void collection_moved(struct collection *c)
{
	loop_timer_in(c->world->loop, &c->step, 0);
}

static void sort_link(struct collection *c, struct buf *url)
{
	const char *reference = c->references.data + c->reference_at;

	c->reference_at += strlen(reference) + 1;
	if (http_url_join(buf_str(&c->base), reference, url) == 0)
		collection_want(c, buf_str(url));
	else
		c->counts.elsewhere++;
}

/* Some of the links, so that the loop goes on; false when all are sorted. */
static bool sort_links(struct collection *c)
{
	struct buf url;

	buf_init(&url, COLLECT_URL_MAX);
	for (unsigned i = 0; i < LINKS_AT_ONCE && c->reference_at < c->references.len; i++)
		sort_link(c, &url);
	buf_done(&url);
	if (c->reference_at < c->references.len)
		return true;
	buf_done(&c->references);
	buf_init(&c->references, LINKS_MAX);
	c->reference_at = 0;
	return false;
}

static bool read_local(struct collection *c)
{
	struct err err;
	int rc;

	if (!c->local)
		return false;
	rc = collect_local_step(c->local, &err);
	if (rc > 0)
		return true;
	collect_local_free(c->local);
	c->local = NULL;
	c->counted = true;
	c->whole = rc == 0 && !c->broken;
	if (rc == 0 && c->broken && !c->found)
		rc = err_set(&err, c->broken, "nothing in it could be read");
	if (rc < 0)
		fail(c, err.msg);
	return rc < 0;
}

static void step(void *context)
{
	struct collection *c = context;

	if (c->ended)
		return;
	if (read_local(c)) {
		if (!c->ended)
			collection_moved(c);
		return;
	}
	if (sort_links(c))
		collection_moved(c);
	else if (!collection_fetch_more(c))
		finish(c);
}

/* ---- the page ---- */

const struct collect_page_events collection_findings = {
	.link = found_link, .magnet = found_magnet, .entry = found_entry, .bad = found_bad};

static void page_begin(void *context, const char *type)
{
	struct collection *c = context;
	struct collect_page_events events = collection_findings;

	events.context = c;
	collect_page_free(c->page);
	c->page = collect_page_new(type, &events);
	c->broken = 0;
	buf_reset(&c->references);
}

static int page_body(void *context, const char *bytes, size_t len)
{
	struct collection *c = context;
	int rc = collect_page_feed(c->page, bytes, len, &c->why);

	if (rc && !c->broken)
		c->broken = rc;
	return c->broken;
}

/* A collection of one: the page is the torrent. */
static void take_torrent(struct collection *c)
{
	const struct buf *bytes = collect_page_torrent(c->page);
	const char *url = buf_str(&c->url);
	struct collect_known *k = collection_known(c, url);
	bool old = k->fetched && !k->bad && k->status != COLLECT_GONE;
	struct catalog_url known;
	struct err why;
	int rc = collection_put_file(c, buf_str(bytes), bytes->len, url, old, &why);

	c->total++;
	c->handled++;
	c->found++;
	k->seen = true;
	/* It is to be sent again. */
	if (rc && old)
		c->page_known.etag[0] = c->page_known.modified[0] = '\0';
	known = c->page_known;
	k->bad = known.bad = rc && !old;
	k->fetched = known.fetched = c->stamp;
	known.status = k->status = 200;
	catalog_url_put(c->world->catalog, c->id, url, &known);
	if (rc)
		collection_bad_file(c, url, old, why.msg);
	c->counts.same += old;
	c->counts.fresh += !rc && !old;
}

static void set_base(struct collection *c, const char *page_url)
{
	struct buf base;

	buf_init(&base, COLLECT_REFERENCE_MAX);
	buf_reset(&c->base);
	buf_puts(&c->base, page_url);
	if (*collect_page_base(c->page) && http_url_join(page_url, collect_page_base(c->page), &base) == 0) {
		buf_reset(&c->base);
		buf_puts(&c->base, buf_str(&base));
	}
	buf_done(&base);
}

static void page_fetched(struct collection *c, const struct collect_fetched *f)
{
	int rc = collect_page_end(c->page, &c->why);
	char name[COLLECT_SHOWN];

	c->counted = true;
	c->whole = !rc && !c->broken;
	c->framed = f->framed;
	c->ending = collect_page_ending(c->page);
	str_copy(c->page_known.etag, sizeof(c->page_known.etag), f->etag);
	str_copy(c->page_known.modified, sizeof(c->page_known.modified), f->modified);
	set_base(c, f->url);
	if (!rc && collect_page_kind(c->page) == COLLECT_TORRENT)
		take_torrent(c);
	collect_page_free(c->page);
	c->page = NULL;
	if (!c->whole && !c->found && !c->references.len)
		fail(c, c->why.msg);
	else if (!c->whole)
		log_warn("%s: the page is not whole (%s): what it does not name is not marked as gone",
			 collection_name(c, name), c->why.msg);
}

static void page_same(struct collection *c)
{
	c->counted = true;
	c->same = true;
	c->whole = true;
	collection_refresh_all(c);
}

static void page_failed(struct collection *c, const struct collect_fetched *f)
{
	char name[COLLECT_SHOWN];
	struct err why;

	c->page_wait_s = f->wait_s;
	err_set(&why, 0, "%s", c->broken ? c->why.msg : f->why);
	if (!c->broken && f->no_public)
		err_set(&why, 0, "%s; if it is a server of your own, set [collection.%s] allow_private = true", f->why,
			collection_name(c, name));
	fail(c, why.msg);
}

static void page_done(void *context, const struct collect_fetched *f)
{
	struct collection *c = context;

	c->counts.bytes += f->bytes;
	if (f->outcome == COLLECT_FETCHED)
		page_fetched(c, f);
	else if (f->outcome == COLLECT_SAME)
		page_same(c);
	else
		page_failed(c, f);
	collect_fetch_free(c->fetch);
	c->fetch = NULL;
	if (!c->ended)
		collection_moved(c);
}

static void fetch_page(struct collection *c)
{
	c->fetch = collect_fetch_start(&(struct collect_fetch_ask){
		.loop = c->world->loop,
		.http = c->world->http,
		.url = buf_str(&c->url),
		.proxy = c->world->conf->proxy.url,
		.hosts = c->hosts,
		.allow_private = c->conf->allow_private,
		.compressed = true,
		.etag = c->page_known.etag,
		.modified = c->page_known.modified,
		.total_ms = PAGE_MS,
		.max_body = COLLECT_LIST_MAX,
		.begin = page_begin,
		.body = page_body,
		.done = page_done,
		.context = c,
	});
}

/* ---- start and end ---- */

/* Another filter makes another page of it, whatever its ETag says. */
static void write_page_key(struct collection *c)
{
	const struct conf_collection *conf = c->conf;
	struct buf all;
	uint8_t digest[20];

	buf_init(&all, 1 << 20);
	buf_printf(&all, "%s\n%d\n", conf->required_substring, conf->allow_private);
	for (size_t i = 0; i < conf->hosts.count; i++)
		buf_printf(&all, "%s\n", conf->hosts.items[i]);
	hash_sha1(buf_str(&all), all.len, digest);
	buf_puts(&c->page_key, "page ");
	for (size_t i = 0; i < 8; i++)
		buf_printf(&c->page_key, "%02x", digest[i]);
	buf_printf(&c->page_key, " %s", c->conf->torrent_url);
	buf_done(&all);
}

static int start_reading(struct collection *c, struct err *err)
{
	char *path = collect_local_path(c->conf->torrent_url);

	if (path) {
		c->local = collect_local_new(c, path);
		free(path);
		collection_moved(c);
		return 0;
	}
	if (http_url_join(NULL, c->conf->torrent_url, &c->url))
		return err_set(err, -EINVAL, "torrent_url is no http or https URL, and no path; it may hold no login");
	if (c->world->conf->proxy.enforce && !*c->world->conf->proxy.url)
		return err_set(err, -EACCES, "proxy.enforce is set, but there is no proxy.url: nothing goes out");
	collect_host(buf_str(&c->url), &c->home);
	c->page_wait_s = (http_asked(c->world->http, buf_str(&c->url)) + 999) / 1000;
	if (c->page_wait_s)
		return err_set(err, -EBUSY, "its server wants to be left alone for %lld s", (long long)c->page_wait_s);
	fetch_page(c);
	return 0;
}

static void start(void *context)
{
	struct collection *c = context;
	struct err err;

	c->step.fire = step;
	c->stamp = loop_now(c->world->loop).wall;
	c->id = catalog_collection(c->world->catalog, c->conf->name, c->conf->type, c->conf->torrent_url, &err);
	if (c->id < 0 || collection_recall(c, &err))
		fail_store(c, err.msg);
	else if (start_reading(c, &err))
		fail(c, err.msg);
}

void collection_init(struct collection *c, const struct pass_world *world, const struct conf_collection *conf)
{
	*c = (struct collection){.world = world, .conf = conf};
	map_init(&c->map, sizeof(struct collect_known), offsetof(struct collect_known, key), COLLECT_KEY);
	buf_init(&c->url, COLLECT_REFERENCE_MAX);
	buf_init(&c->page_key, COLLECT_REFERENCE_MAX);
	buf_init(&c->home, HOST);
	buf_init(&c->base, COLLECT_REFERENCE_MAX);
	buf_init(&c->references, LINKS_MAX);
	buf_init(&c->links, LINKS_MAX);
	c->hosts = xcalloc(conf->hosts.count + 1, sizeof(*c->hosts));
	for (size_t i = 0; i < conf->hosts.count; i++)
		c->hosts[i] = conf->hosts.items[i];
	write_page_key(c);
}

void collection_start(struct collection *c, void (*done)(void *context, struct collection *c), void *context)
{
	c->done = done;
	c->context = context;
	c->started = true;
	c->step = (struct loop_timer){.fire = start, .context = c};
	collection_moved(c);
}

void collection_stop(struct collection *c)
{
	loop_timer_stop(c->world->loop, &c->step);
	collection_downloads_stop(c);
	collect_fetch_free(c->fetch);
	c->fetch = NULL;
	collect_local_free(c->local);
	c->local = NULL;
	c->ended = true;
}

/* Keeps the counts. */
void collection_done(struct collection *c)
{
	collection_stop(c);
	collect_page_free(c->page);
	c->page = NULL;
	map_done(&c->map);
	free(c->known);
	c->known = NULL;
	c->known_count = c->known_cap = 0;
	free(c->hosts);
	c->hosts = NULL;
	buf_done(&c->url);
	buf_done(&c->page_key);
	buf_done(&c->home);
	buf_done(&c->base);
	buf_done(&c->references);
	buf_done(&c->links);
	free(c->order);
	c->order = NULL;
	c->order_count = c->order_cap = 0;
	collect_servers_done(&c->servers);
}
