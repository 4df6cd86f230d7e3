/* Chooses torrents within a budget. It does not know where they come from, nor what becomes of them. */
#include "swarm/picked.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/xmalloc.h"

enum { ARENA_MAX = 1 << 30, FIRST_ROOM = 1024, JSON_MAX = 64 << 10 };

void picked_init(struct picked *p, const struct picked_wish *wish)
{
	*p = (struct picked){.wish = *wish};
	arena_init(&p->arena, ARENA_MAX);
}

void picked_done(struct picked *p)
{
	arena_done(&p->arena);
	free(p->ones);
	*p = (struct picked){.ones = NULL};
}

/* ---- candidates ---- */

static bool is_wanted(struct picked *p, const struct report_row *r)
{
	int32_t seeders = health_guess(&r->health);

	if (seeders != CATALOG_UNKNOWN && (seeders < p->wish.least || seeders > p->wish.most))
		return false;
	if (r->row->torrent.private && !p->wish.private) {
		p->private ++;
		return false;
	}
	if (seeders == CATALOG_UNKNOWN && !p->wish.unmeasured) {
		p->unmeasured++;
		return false;
	}
	if (!r->size && p->wish.budget != UINT64_MAX) {
		p->sizeless++;
		return false;
	}
	return true;
}

static const char *keep(struct picked *p, const char *text)
{
	return *text ? arena_strndup(&p->arena, text, strlen(text)) : "";
}

static const char *keep_json(struct picked *p, const struct report_row *r)
{
	const char *kept;
	struct buf json;

	buf_init(&json, JSON_MAX);
	report_row_json(r, &json);
	kept = keep(p, buf_str(&json));
	buf_done(&json);
	return kept;
}

/* For when nobody can reach what its link names. */
static const char *keep_magnet(struct picked *p, const struct report_row *r)
{
	const struct catalog_row *row = r->row;
	const char *kept;
	struct buf magnet;

	if (row->torrent.private || !str_starts(row->magnet, "magnet:?") || str_starts(r->link, "magnet:"))
		return "";
	buf_init(&magnet, REPORT_TEXT);
	report_row_magnet(row, &magnet);
	kept = keep(p, magnet.full ? "" : buf_str(&magnet));
	buf_done(&magnet);
	return kept;
}

static int keep_more(struct picked *p, const struct report_row *r, struct picked_one *one)
{
	const char *tracker = r->row->tracker;
	struct tracker_url url;
	bool known = tracker_url_parse(tracker, strlen(tracker), &url) == 0 && report_row_public(&url);

	one->private = r->row->torrent.private;
	one->has_v1 = r->row->torrent.has_v1 || !r->row->torrent.has_v2;
	one->collection = keep(p, r->row->link_collection);
	one->tracker = keep(p, known && !one->private ? url.text : "");
	one->magnet = keep_magnet(p, r);
	return one->collection && one->tracker && one->magnet ? 0 : -ENOMEM;
}

static struct picked_one *new_one(struct picked *p)
{
	if (p->count == p->room) {
		p->room = p->room ? p->room * 2 : FIRST_ROOM;
		p->ones = xreallocarray(p->ones, p->room, sizeof(*p->ones));
	}
	return &p->ones[p->count++];
}

int picked_add(struct picked *p, const struct report_row *r)
{
	const struct health *h = &r->health;
	struct picked_one one = {
		.need = r->need,
		.size = r->size,
		.seeders = h->seeders,
		.guess = health_guess(h),
		.measured = health_measured(h) ? health_said(h) : 0,
	};

	if (!is_wanted(p, r))
		return 0;
	memcpy(one.hash, r->hash, sizeof(one.hash));
	one.name = keep(p, r->name);
	one.link = keep(p, r->link);
	one.path = keep(p, r->path);
	if (p->wish.json)
		one.json = keep_json(p, r);
	if (!one.name || !one.link || !one.path || (p->wish.json && !one.json) ||
	    (p->wish.add && keep_more(p, r, &one)))
		return -ENOMEM;
	*new_one(p) = one;
	return 0;
}

/* ---- choosing ---- */

static int by_need(const void *a, const void *b)
{
	const struct picked_one *x = a, *y = b;

	if (x->need != y->need)
		return x->need < y->need ? 1 : -1;
	if (x->size != y->size)
		return x->size < y->size ? -1 : 1;
	return strcmp(x->hash, y->hash);
}

void picked_choose(struct picked *p)
{
	size_t all = p->count;

	if (all)
		qsort(p->ones, all, sizeof(*p->ones), by_need);
	p->count = 0;
	for (size_t i = 0; i < all; i++) {
		if (p->ones[i].size > p->wish.budget - p->size)
			continue;
		p->size += p->ones[i].size;
		p->ones[p->count++] = p->ones[i];
	}
	p->too_many = all - p->count;
}
