/* Links of a page: which are wanted, which are known, and the downloads of the others. It does not know how a page is
 * read.
 *
 * Each server has its own queue, so that one that rests, or is given up, keeps nobody from the others. */
#include "swarm/collect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "base/text.h"
#include "base/xmalloc.h"

enum {
	TORRENT_MS = 60000,
	GIVE_UP_AFTER = 24, /* downloads that failed in a row, each tried three times */
	USELESS_MAX = 100,  /* downloads in a row that brought no torrent */
	PAUSES_MAX = 10,    /* with the last of these it is given up */
	PAUSED_WINDOW = 4,  /* downloads of a server that are begun while it rests */
	HTTP_TIMEOUT = 408, /* of what begins with 4, this and 429 say: not now */
	HTTP_NOT_FOUND = 404,
	HOST = 1024,
	HOST_COLS = 60,
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
	c->order[c->order_count++] = (struct collect_link){.at = at,
							   .server = collect_server_of(&c->servers, url),
							   .failures = k->failures,
							   .refused = k->failures && is_refusal(k->status)};
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
	k->back = true;
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
	c->passed++;
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

	d->known.status = f->status == COLLECT_GONE ? HTTP_NOT_FOUND : f->status; /* the page still names it */
	if (!d->kept && (f->outcome == COLLECT_FETCHED || f->too_big)) {
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

/* Who sends a page to log in on, or is in repair, has not lost a torrent that he gave before. */
static void no_torrent(struct collect_download *d, const char *why)
{
	d->kept = was_good(d);
	d->known.bad = !d->kept;
	collection_bad_file(d->collection, d->url, d->kept, why);
}

static void fetched(struct collect_download *d, const struct collect_fetched *f)
{
	struct collection *c = d->collection;
	bool known = was_good(d), before = known && !collection_known(c, d->url)->back;
	struct err why;

	if (collection_put_file(c, buf_str(&d->body), d->body.len, d->url, before, &why)) {
		no_torrent(d, why.msg);
	} else {
		c->counts.fresh += !known;
		d->known.bad = false;
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
	no_torrent(d, f->why);
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
	d->collection->servers.at[d->server].running--;
}

static void count(struct collection *c, const struct collect_download *d, const struct collect_fetched *f)
{
	struct collect_server *server = &c->servers.at[d->server];

	collect_server_count(server, f);
	/* A server that wants a pause says nothing of the links. */
	if (!f->rests)
		server->useless = d->known.failures || d->known.bad || d->kept ? server->useless + 1 : 0;
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

	c->counts.bytes += f->bytes;
	outcomes[f->outcome](d, f);
	count(c, d, f);
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

static void start(struct collection *c, struct collect_download *d, struct collect_link *link)
{
	const char *url = c->links.data + link->at;

	*d = (struct collect_download){.collection = c, .url = xstrdup(url), .server = link->server};
	link->begun = true;
	c->servers.at[link->server].first = link->after;
	c->servers.at[link->server].running++;
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

/* Then each of them follows the last one of its server. */
static void sort_links(struct collection *c)
{
	if (c->sorted)
		return;
	if (c->order_count)
		qsort(c->order, c->order_count, sizeof(*c->order), compare_links);
	for (uint32_t i = 0; i < c->servers.count; i++)
		c->servers.at[i].first = COLLECT_NONE;
	for (uint32_t i = c->order_count; i-- > 0;) {
		struct collect_server *server = &c->servers.at[c->order[i].server];

		if (c->order[i].begun)
			continue;
		c->order[i].after = server->first;
		server->first = i;
	}
	c->sorted = true;
}

/* The first link of those that may be asked for now; NULL = there is none. */
static struct collect_link *next_link(const struct collection *c)
{
	uint32_t first = COLLECT_NONE;

	for (uint32_t i = 0; i < c->servers.count; i++) {
		const struct collect_server *server = &c->servers.at[i];

		if (server->first < first && (!server->pauses || server->running < PAUSED_WINDOW))
			first = server->first;
	}
	return first == COLLECT_NONE ? NULL : &c->order[first];
}

/* ---- servers that are given up ---- */

/* One that is gone is not asked for each of 100,000 links, nor one that refuses them all. */
static bool is_hopeless(const struct collect_server *server)
{
	return server->failed >= GIVE_UP_AFTER || server->useless >= USELESS_MAX || server->pauses >= PAUSES_MAX ||
	       server->wait_s;
}

static void warn_given_up(const struct collection *c, const struct collect_server *server, uint64_t links)
{
	char name[COLLECT_SHOWN], host[COLLECT_SHOWN], left[STR_NUMBER], wait[CLOCK_TEXT], why[120];

	clock_age(server->wait_s, wait);
	text_clean(host, sizeof(host), server->host, strlen(server->host), HOST_COLS);
	if (server->wait_s)
		snprintf(why, sizeof(why), "it wants to be left alone for %s", wait);
	else if (server->pauses >= PAUSES_MAX)
		snprintf(why, sizeof(why), "too many requests, also after each of %u pauses", server->pauses - 1);
	else
		snprintf(why, sizeof(why), "the last %u downloads have brought nothing", server->useless);
	str_count(links, left);
	log_warn("%s: %s: %s: %s link%s left for the next time", collection_name(c, name), host, why, left,
		 links == 1 ? " is" : "s are");
}

/* Those that wait for the end of a pause would each begin another one. */
static uint64_t leave_begun(struct collection *c, const struct collect_server *server)
{
	uint64_t left = server->running;

	for (size_t i = 0; i < COLLECT_WINDOW; i++)
		if (c->downloads[i].fetch && &c->servers.at[c->downloads[i].server] == server)
			release(&c->downloads[i]);
	c->counts.unfinished += left;
	return left;
}

/* What was refused before is not worth another pass of its own. */
static void give_up(struct collection *c, struct collect_server *server)
{
	uint64_t left = server->pauses || server->wait_s ? leave_begun(c, server) : 0;

	server->over = true;
	for (; server->first != COLLECT_NONE; server->first = c->order[server->first].after, left++) {
		c->order[server->first].begun = true;
		c->counts.unfinished += !c->order[server->first].refused;
	}
	c->counts.left += left;
	c->handled += left;
	if (left)
		warn_given_up(c, server, left);
}

/* Another collection may have asked it too much, or the last run. */
static void heed_others(const struct collection *c, struct collect_server *server)
{
	int64_t asked_ms;

	if (server->first == COLLECT_NONE || server->wait_s)
		return;
	asked_ms = http_asked(c->world->http, c->links.data + c->order[server->first].at);
	server->wait_s = (asked_ms + 999) / 1000;
}

static void judge_servers(struct collection *c)
{
	for (uint32_t i = 0; i < c->servers.count; i++) {
		struct collect_server *server = &c->servers.at[i];

		heed_others(c, server);
		if (!server->over && is_hopeless(server))
			give_up(c, server);
	}
}

int64_t collection_again(const struct collection *c)
{
	int64_t least = c->unread ? c->page_wait_s : -1;

	for (uint32_t i = 0; i < c->servers.count; i++) {
		const struct collect_server *server = &c->servers.at[i];

		if ((server->rested || server->wait_s) && (least < 0 || server->wait_s < least))
			least = server->wait_s;
	}
	return least;
}

/* ---- all of them ---- */

bool collection_fetch_more(struct collection *c)
{
	struct collect_download *d;
	struct collect_link *link;

	sort_links(c);
	judge_servers(c);
	while ((d = free_place(c)) && (link = next_link(c)))
		start(c, d, link);
	return c->running > 0;
}

void collection_downloads_stop(struct collection *c)
{
	for (size_t i = 0; i < COLLECT_WINDOW; i++)
		if (c->downloads[i].fetch)
			release(&c->downloads[i]);
}
