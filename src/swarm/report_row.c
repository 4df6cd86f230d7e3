/* Names, links and judgement of one torrent. It does not know which report they are for. */
#include "swarm/report_row.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/jsonw.h"
#include "base/str.h"
#include "base/text.h"
#include "swarm/passkey.h"
#include "swarm/tally.h"
#include "wire/magnet.h"

enum { FIRST_DIGITS = 8, MAGNET_ARENA = 256 << 10 };

/* ---- names ---- */

static bool has_digit(const char *text)
{
	return text[strcspn(text, "0123456789")] != '\0';
}

static void number(const struct report_row *r, char numbered[REPORT_TEXT])
{
	const char *stem = r->row->file;
	size_t digits = strcspn(r->hash, "0123456789") + 1;

	if (has_digit(r->name))
		str_copy(numbered, REPORT_TEXT, r->name);
	else if (has_digit(stem))
		snprintf(numbered, REPORT_TEXT, "%.2000s (%.2000s)", r->name, stem);
	else if (digits < INFO_HASH_TEXT)
		snprintf(numbered, REPORT_TEXT, "%.4000s (%.*s)", r->name,
			 (int)(digits > FIRST_DIGITS ? digits : FIRST_DIGITS), r->hash);
	else
		snprintf(numbered, REPORT_TEXT, "%.4000s (0)", r->name);
}

/* ---- links ---- */

static bool is_web(const char *link)
{
	return strncasecmp(link, "http://", 7) == 0 || strncasecmp(link, "https://", 8) == 0;
}

static int escaped(const char *text)
{
	int high = *text == '%' ? str_hex(text[1]) : -1, low = high < 0 ? -1 : str_hex(text[2]);

	return low < 0 ? -1 : high << 4 | low;
}

/* Of a local file: a path as it is, or a file:// URL decoded. One that is too long, or has a NUL, is none. */
static void path_of(const char *link, char path[REPORT_TEXT])
{
	bool url = str_starts(link, "file:///");
	size_t n = 0;

	path[0] = '\0';
	if (!url && *link != '/')
		return;
	for (link += url ? strlen("file://") : 0; *link; link++) {
		int byte = url ? escaped(link) : -1;

		if (byte == 0 || n == REPORT_TEXT - 1) {
			path[0] = '\0';
			return;
		}
		path[n++] = byte < 0 ? *link : (char)byte;
		link += byte < 0 ? 0 : 2;
	}
	path[n] = '\0';
}

/* What a URL may hold stays; so do '%' and its digits in a link that was one already. */
static void put_url(struct buf *out, const char *text, bool is_url)
{
	static const char plain[] = "-._~/:?#[]@!$&'()*+,;=";

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		bool letter = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

		if (letter || (strchr(plain, c) && (is_url || !strchr("?#", c))) || (is_url && c == '%'))
			buf_putc(out, *text);
		else
			buf_printf(out, "%%%02X", c);
	}
}

static void put_own_magnet(struct buf *out, const struct catalog_torrent *t)
{
	if (t->has_v1 || !t->has_v2)
		magnet_write(t->hash, t->name, out);
	else
		magnet_write_v2(t->hash_v2, t->name, out);
}

bool report_row_public(const struct tracker_url *url)
{
	const char *path = url->text + url->path;

	return !*path || strcmp(path, "/") == 0 || strcmp(path, "/announce") == 0;
}

/* Trackers of the link that the collection has, as many as have room. */
static void put_trackers(struct buf *out, const char *magnet)
{
	struct tracker_url url;
	struct buf one;
	struct magnet m;
	struct arena a;

	arena_init(&a, MAGNET_ARENA);
	buf_init(&one, REPORT_TEXT);
	if (magnet_read(magnet, strlen(magnet), &a, &m, NULL))
		m.tracker_count = 0;
	for (size_t i = 0; i < m.tracker_count; i++) {
		if (tracker_url_parse(m.trackers[i], strlen(m.trackers[i]), &url) || !report_row_public(&url))
			continue;
		buf_reset(&one);
		if (magnet_write_tracker(url.text, &one) == 0 && one.len <= out->max - out->len)
			buf_add(out, buf_str(&one), one.len);
	}
	buf_done(&one);
	arena_done(&a);
}

/* What a stored magnet link says besides may be a key of who made it ("tr=https://host/KEY/announce"). */
void report_row_magnet(const struct catalog_row *row, struct buf *out)
{
	put_own_magnet(out, &row->torrent);
	if (!row->torrent.private && !out->full)
		put_trackers(out, row->magnet);
}

static void put_link(const struct report_row *r, struct buf *out)
{
	const struct catalog_row *row = r->row;

	if (is_web(row->link) && !(r->published && row->torrent.private && passkey_in_link(row->link))) {
		put_url(out, row->link, true);
	} else if (str_starts(row->magnet, "magnet:?") && !(row->torrent.private && *r->path)) {
		report_row_magnet(row, out);
	} else if (str_starts(row->link, "file:///")) {
		put_url(out, row->link, true);
	} else if (*r->path) {
		buf_puts(out, "file://");
		put_url(out, r->path, false);
	}
	/* Cut, it would lead nowhere. */
	if (out->full)
		buf_reset(out);
	if (!out->len)
		put_own_magnet(out, &row->torrent);
}

static void link_of(struct report_row *r)
{
	struct buf out;

	buf_init(&out, sizeof(r->link) - 1);
	put_link(r, &out);
	str_copy(r->link, sizeof(r->link), buf_str(&out));
	r->bare = str_starts(r->link, "magnet:?xt=urn:btih:") && !strstr(r->link, "&tr=");
	buf_done(&out);
}

static void tracker_of(struct report_row *r)
{
	struct tracker_url url;
	const char *text = r->row->tracker;

	r->tracker[0] = '\0';
	if (*text && tracker_url_parse(text, strlen(text), &url) == 0)
		tracker_url_show(&url, r->tracker);
}

void report_row_of(const struct catalog_row *row, int64_t now, bool published, struct report_row *r)
{
	const char *name = row->torrent.name;

	r->row = row;
	r->published = published;
	r->size = row->torrent.size <= REPORT_NUMBER_MAX ? row->torrent.size : 0;
	health_of(row, &r->health);
	r->need = health_need(&r->health, now);
	info_hash_write(row->torrent.hash, r->hash);
	r->name = name && *name ? name : *row->file ? row->file : r->hash;
	number(r, r->numbered);
	path_of(row->path, r->path);
	link_of(r);
	tracker_of(r);
}

/* ---- JSON ---- */

static void text(struct jsonw *w, const char *key, const char *value)
{
	jsonw_key(w, key);
	jsonw_text(w, value && *value ? value : NULL);
}

static void integer(struct jsonw *w, const char *key, int64_t value)
{
	jsonw_key(w, key);
	jsonw_int(w, value <= REPORT_NUMBER_MAX ? value : REPORT_NUMBER_MAX);
}

static void integer_or_null(struct jsonw *w, const char *key, int64_t value, int64_t unknown)
{
	jsonw_key(w, key);
	if (value == unknown)
		jsonw_null(w);
	else
		jsonw_int(w, value <= REPORT_NUMBER_MAX ? value : REPORT_NUMBER_MAX);
}

static void decimal(struct jsonw *w, const char *key, double value, int decimals)
{
	jsonw_key(w, key);
	jsonw_double(w, value, decimals);
}

/* In the order and with the types of its model; none of them may be missing, whatever the version of pydantic. Unknown
 * seeders and leechers are -1, as CATALOG_UNKNOWN is. */
static void seedtools_fields(struct jsonw *w, const struct report_row *r)
{
	const struct catalog_torrent *t = &r->row->torrent;
	const struct health *h = &r->health;

	text(w, "name", r->numbered);
	text(w, "link", r->link);
	integer(w, "created_unix", t->created > 0 && t->created <= REPORT_NUMBER_MAX ? t->created : 0);
	integer(w, "size_bytes", (int64_t)r->size);
	text(w, "type", *r->row->type ? r->row->type : r->row->collection);
	text(w, "infohash", r->hash);
	integer(w, "seeders", h->seeders);
	integer(w, "leechers", h->leechers);
	integer(w, "scraped_date", h->scraped);
	integer_or_null(w, "dht_peers", h->dht_peers, CATALOG_UNKNOWN);
	integer_or_null(w, "dht_scraped", h->dht_scraped, 0);
	text(w, "ipfs_cid", NULL);
	text(w, "path", NULL);
}

static void collections(struct jsonw *w, const char *names)
{
	char name[REPORT_TEXT];

	jsonw_key(w, "collections");
	jsonw_array(w);
	while (*names) {
		size_t len = strcspn(names, ",");

		snprintf(name, sizeof(name), "%.*s", (int)(len < sizeof(name) ? len : sizeof(name) - 1), names);
		jsonw_text(w, name);
		names += len + strspn(names + len, ", ");
	}
	jsonw_array_end(w);
}

static void countries(struct jsonw *w, const char *list)
{
	country_t country;
	uint64_t count;

	jsonw_key(w, "dht_countries");
	if (!list) {
		jsonw_null(w);
		return;
	}
	jsonw_object(w);
	while (tally_country(&list, &country, &count))
		integer(w, country_code(country), (int64_t)(count & INT64_MAX));
	jsonw_object_end(w);
}

static void hash_v2(struct jsonw *w, const struct catalog_torrent *t)
{
	char hex[2 * INFO_HASH_V2 + 1] = "";

	for (size_t i = 0; t->has_v2 && i < INFO_HASH_V2; i++)
		snprintf(hex + 2 * i, 3, "%02x", t->hash_v2[i]);
	text(w, "infohash_v2", hex);
}

static void own_fields(struct jsonw *w, const struct report_row *r)
{
	const struct catalog_torrent *t = &r->row->torrent;
	const struct health *h = &r->health;

	integer_or_null(w, "completed", h->completed, CATALOG_UNKNOWN);
	integer_or_null(w, "dht_seeders", h->dht_seeders, CATALOG_UNKNOWN);
	integer_or_null(w, "dht_leechers", h->dht_leechers, CATALOG_UNKNOWN);
	countries(w, r->row->latest[CATALOG_DHT].countries);
	decimal(w, "trend", h->trend, 3);
	decimal(w, "need", r->need, 1);
	integer_or_null(w, "seen", h->seen, 0);
	integer_or_null(w, "added", r->row->added, 0);
	integer_or_null(w, "files", t->files, 0);
	collections(w, r->row->collections);
	jsonw_key(w, "private");
	jsonw_bool(w, t->private);
	text(w, "tracker", r->tracker);
	hash_v2(w, t);
}

void report_row_json(const struct report_row *r, struct buf *out)
{
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_object(&w);
	seedtools_fields(&w, r);
	own_fields(&w, r);
	jsonw_object_end(&w);
}
