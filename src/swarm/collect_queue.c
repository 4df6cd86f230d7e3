/* Links of a page: which are wanted, which are known, and the downloads of the others. It does not know how a page is
 * read. */
#include "swarm/collect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/xmalloc.h"

enum {
	TORRENT_MS = 60000,
	GIVE_UP_AFTER = 24, /* downloads that failed in a row, each tried three times */
	USELESS_MAX = 100,  /* downloads in a row that brought no torrent */
	HTTP_TIMEOUT = 408, /* of what begins with 4, these two say: not now */
	HTTP_TOO_MANY = 429,
	HOST = 1024,
};

/* ---- what is wanted ---- */

static bool is_allowed_host(const struct collection *c, const char *url)
{
	struct buf host;
	bool is;

	buf_init(&host, HOST);
	collect_host(url, &host);
	is = host.len && strcmp(buf_str(&host), buf_str(&c->home)) == 0;
	for (size_t i = 0; !is && c->hosts[i]; i++)
		is = strcasecmp(c->hosts[i], buf_str(&host)) == 0;
	buf_done(&host);
	return is;
}

bool collection_has_room(struct collection *c)
{
	bool room = c->found < COLLECT_ITEMS;

	c->found += room;
	c->counts.skipped += !room;
	return room;
}

struct collect_known *collection_meet(struct collection *c, const char *url)
{
	struct collect_known *k = collection_known(c, url);

	if (k->seen || !collection_has_room(c))
		return NULL;
	k->seen = true;
	return k;
}

static bool is_refusal(int status)
{
	return status / 100 == 4 && status != HTTP_TIMEOUT && status != HTTP_TOO_MANY;
}

void collection_queue(struct collection *c, const char *url)
{
	const struct collect_known *k = collection_known(c, url);
	uint32_t at = (uint32_t)c->links.len;

	if (buf_add(&c->links, url, strlen(url) + 1)) {
		c->counts.skipped++;
		return;
	}
	if (c->order_count == c->order_cap) {
		c->order_cap = c->order_cap ? 2 * c->order_cap : 64;
		c->order = xreallocarray(c->order, c->order_cap, sizeof(*c->order));
	}
	c->order[c->order_count++] = (struct collect_link){at, k->failures, k->failures && is_refusal(k->status)};
	c->sorted = false;
	c->total++;
}

/* What left the page earlier and is there again. */
static void back_again(struct collection *c, struct collect_known *k, const char *url)
{
	struct catalog_url known;

	if (!catalog_url_get(c->world->catalog, c->id, url, &known))
		return;
	known.status = k->status = 200;
	catalog_url_put(c->world->catalog, c->id, url, &known);
	c->counts.fresh++;
	c->counts.same--;
}

static void still_bad(struct collection *c, const char *url)
{
	char shown[COLLECT_SHOWN];

	c->counts.bad++;
	collect_shown(url, shown, sizeof(shown));
	log_debug("%s: no good torrent, as before: asked for again a week after the last time", shown);
}

void collection_want(struct collection *c, const char *url)
{
	struct collect_known *k;

	if (!collect_holds(url, c->conf->required_substring)) {
		c->counts.left_out++;
		return;
	}
	if (!is_allowed_host(c, url)) {
		c->counts.elsewhere++;
		return;
	}
	k = collection_meet(c, url);
	if (!k)
		return;
	if (k->fetched && !k->bad) {
		c->counts.same++;
		catalog_seen(c->world->catalog, c->id, url, NULL, c->stamp);
		if (k->status == COLLECT_GONE)
			back_again(c, k, url);
	}
	if (collection_is_due(c, k)) {
		collection_queue(c, url);
		return;
	}
	if (k->bad)
		still_bad(c, url);
	c->total++;
	c->handled++;
}

/* ---- downloads ---- */

static bool was_good(const struct collect_download *d)
{
	return d->known.fetched && !d->known.bad;
}

static void remember(struct collect_download *d, const struct collect_fetched *f)
{
	struct collection *c = d->collection;
	struct collect_known *k = collection_known(c, d->url);

	d->known.status = f->status;
	if (f->outcome == COLLECT_FETCHED || f->too_big) {
		memcpy(d->known.etag, f->etag, sizeof(d->known.etag));
		memcpy(d->known.modified, f->modified, sizeof(d->known.modified));
	}
	if (f->outcome == COLLECT_FETCHED || f->outcome == COLLECT_SAME || f->too_big) {
		d->known.fetched = c->stamp;
		d->known.failures = 0;
		/* "304" is no state of a torrent. */
		d->known.status = 200;
	} else {
		d->known.failures++;
	}
	k->fetched = d->known.fetched;
	k->bad = d->known.bad;
	k->status = (int16_t)d->known.status;
	catalog_url_put(c->world->catalog, c->id, d->url, &d->known);
}

static void fetched(struct collect_download *d, const struct collect_fetched *f)
{
	struct collection *c = d->collection;
	bool known = was_good(d);
	struct err why;

	d->known.bad = collection_put_file(c, buf_str(&d->body), d->body.len, d->url, &why) != 0;
	if (d->known.bad) {
		c->counts.bad++;
		c->counts.same -= known;
		collection_complain(c, d->url, "no good torrent", why.msg);
	} else if (!known) {
		c->counts.fresh++;
	}
	remember(d, f);
}

static void unchanged(struct collect_download *d, const struct collect_fetched *f)
{
	d->collection->counts.bad += d->known.bad;
	remember(d, f);
}

/* No torrent is so big: like one that is none it is asked for again after a week, and sent if it has changed. */
static void too_big(struct collect_download *d, const struct collect_fetched *f)
{
	struct collection *c = d->collection;

	c->counts.bad++;
	c->counts.same -= was_good(d);
	d->known.bad = true;
	collection_complain(c, d->url, "no good torrent", f->why);
	remember(d, f);
}

static void failed(struct collect_download *d, const struct collect_fetched *f)
{
	if (f->too_big) {
		too_big(d, f);
		return;
	}
	d->collection->counts.failed++;
	d->collection->counts.unfinished += f->outcome == COLLECT_FAILED;
	collection_complain(d->collection, d->url, "not fetched", f->why);
	remember(d, f);
}

static void release(struct collect_download *d)
{
	collect_fetch_free(d->fetch);
	d->fetch = NULL;
	free(d->url);
	buf_done(&d->body);
	d->collection->running--;
}

static void done(void *context, const struct collect_fetched *f)
{
	static void (*const outcomes[])(struct collect_download *d, const struct collect_fetched *f) = {
		[COLLECT_FETCHED] = fetched,
		[COLLECT_SAME] = unchanged,
		[COLLECT_REFUSED] = failed,
		[COLLECT_FAILED] = failed,
	};
	struct collect_download *d = context;
	struct collection *c = d->collection;

	c->failed_in_a_row = f->outcome == COLLECT_FAILED ? c->failed_in_a_row + 1 : 0;
	c->counts.bytes += f->bytes;
	outcomes[f->outcome](d, f);
	c->useless_in_a_row = d->known.failures || d->known.bad ? c->useless_in_a_row + 1 : 0;
	c->handled++;
	release(d);
	collection_moved(c);
}

static void begin(void *context, const char *type)
{
	struct collect_download *d = context;

	(void)type;
	buf_reset(&d->body);
}

static int body(void *context, const char *bytes, size_t len)
{
	struct collect_download *d = context;

	return buf_add(&d->body, bytes, len);
}

static void start(struct collection *c, struct collect_download *d, const char *url)
{
	*d = (struct collect_download){.collection = c, .url = xstrdup(url)};
	buf_init(&d->body, COLLECT_TORRENT_MAX);
	/* One read of the store for what was asked before, none for what is new. */
	if (collection_known(c, url)->conditions || collection_known(c, url)->fetched)
		catalog_url_get(c->world->catalog, c->id, url, &d->known);
	c->running++;
	d->fetch = collect_fetch_start(&(struct collect_fetch_ask){
		.loop = c->world->loop,
		.http = c->world->http,
		.url = d->url,
		.proxy = c->world->conf->proxy.url,
		.hosts = c->hosts,
		.allow_private = c->conf->allow_private,
		.compressed = true, /* some send it so without being asked */
		.etag = d->known.etag,
		.modified = d->known.modified,
		.total_ms = TORRENT_MS,
		.max_body = COLLECT_TORRENT_MAX,
		.begin = begin,
		.body = body,
		.done = done,
		.context = d,
	});
}

static struct collect_download *free_place(struct collection *c)
{
	for (size_t i = 0; i < COLLECT_WINDOW; i++)
		if (!c->downloads[i].fetch)
			return &c->downloads[i];
	return NULL;
}

/* As the page has them, but what failed before comes later: so each pass goes on behind where the last one gave up. */
static int compare_links(const void *a, const void *b)
{
	const struct collect_link *x = a, *y = b;

	if (x->failures != y->failures)
		return x->failures < y->failures ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

static void sort_links(struct collection *c)
{
	if (!c->sorted && c->next < c->order_count)
		qsort(c->order + c->next, c->order_count - c->next, sizeof(*c->order), compare_links);
	c->sorted = true;
}

/* A host that is gone is not asked for each of 100,000 links, nor one that refuses them all. */
static bool is_hopeless(const struct collection *c)
{
	return c->failed_in_a_row >= GIVE_UP_AFTER || c->useless_in_a_row >= USELESS_MAX;
}

/* What was refused before is not worth another pass of its own. */
static void give_up(struct collection *c)
{
	uint64_t left = c->order_count - c->next;

	c->counts.left += left;
	c->handled += left;
	for (; c->next < c->order_count; c->next++)
		c->counts.unfinished += !c->order[c->next].refused;
}

bool collection_fetch_more(struct collection *c)
{
	struct collect_download *d;

	sort_links(c);
	if (is_hopeless(c))
		give_up(c);
	while (c->next < c->order_count && (d = free_place(c)))
		start(c, d, c->links.data + c->order[c->next++].at);
	return c->running > 0;
}

void collection_downloads_stop(struct collection *c)
{
	for (size_t i = 0; i < COLLECT_WINDOW; i++)
		if (c->downloads[i].fetch)
			release(&c->downloads[i]);
}
