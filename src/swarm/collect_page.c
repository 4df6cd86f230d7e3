/* Finds out what a page is, and what it holds. It knows no host, no store and no filter. */
#include "swarm/collect_page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "base/xmalloc.h"
#include "core/html.h"
#include "swarm/collect_list.h"

enum {
	LOOK = 512,     /* bytes that tell what it is */
	LINE = 1 << 20, /* bytes of one of a text */
};

struct collect_page {
	struct collect_page_events events;
	enum collect_kind kind;
	bool type_html, type_json;
	struct buf head;     /* until the kind is known */
	size_t bytes;
	struct buf base;
	struct html *html;
	struct buf line;     /* of a text list */
	bool line_too_long;
	struct collect_list list;
	struct buf torrent;
};

/* ---- references ---- */

static bool is_magnet(const char *text)
{
	return strncasecmp(text, "magnet:", strlen("magnet:")) == 0;
}

static bool ends_so(const char *text, size_t len)
{
	static const char suffix[] = ".torrent";
	size_t n = sizeof(suffix) - 1;

	return len > n && strncasecmp(text + len - n, suffix, n) == 0;
}

bool collect_is_torrent(const char *reference)
{
	size_t whole = strcspn(reference, "#");

	while (whole && strchr(" \t\r\n", reference[whole - 1]))
		whole--;
	return ends_so(reference, strcspn(reference, "?#")) || ends_so(reference, whole);
}

static void found(struct collect_page *p, const char *reference)
{
	bool too_long = strlen(reference) > COLLECT_REFERENCE_MAX;

	if (too_long && (is_magnet(reference) || collect_is_torrent(reference)))
		p->events.bad(p->events.context, "a link of more than 16 KiB");
	else if (is_magnet(reference))
		p->events.magnet(p->events.context, reference);
	else if (collect_is_torrent(reference))
		p->events.link(p->events.context, reference);
}

/* ---- HTML ---- */

static void html_link(void *context, const char *href, const char *text)
{
	(void)text;
	found(context, href + strspn(href, " \t\r\n"));
}

static void html_base(void *context, const char *href)
{
	struct collect_page *p = context;

	buf_puts(&p->base, href);
}

static int html_bytes(struct collect_page *p, const char *bytes, size_t len, struct err *err)
{
	if (html_feed(p->html, bytes, len))
		return err_set(err, -EBADMSG, "the page is out of all bounds");
	return 0;
}

static int html_last(struct collect_page *p, struct err *err)
{
	if (html_end(p->html))
		return err_set(err, -EBADMSG, "the page is out of all bounds");
	return 0;
}

/* ---- text, a link a line ---- */

static void line_ended(struct collect_page *p)
{
	char *line;

	if (p->line.len && !p->line_too_long && strlen(p->line.data) == p->line.len) {
		line = str_trim(p->line.data);
		if (*line != '#')
			found(p, line);
	}
	buf_reset(&p->line);
	p->line_too_long = false;
}

static int text_bytes(struct collect_page *p, const char *bytes, size_t len, struct err *err)
{
	(void)err;
	while (len) {
		const char *end = memchr(bytes, '\n', len);
		size_t n = end ? (size_t)(end - bytes) : len;

		if (buf_add(&p->line, bytes, n))
			p->line_too_long = true;
		if (end) {
			line_ended(p);
			n++;
		}
		bytes += n;
		len -= n;
	}
	return 0;
}

static int text_last(struct collect_page *p, struct err *err)
{
	(void)err;
	line_ended(p);
	return 0;
}

/* ---- JSON, a torrent ---- */

static int json_bytes(struct collect_page *p, const char *bytes, size_t len, struct err *err)
{
	return collect_list_feed(&p->list, bytes, len, err);
}

static int json_last(struct collect_page *p, struct err *err)
{
	return collect_list_end(&p->list, err);
}

static int torrent_bytes(struct collect_page *p, const char *bytes, size_t len, struct err *err)
{
	if (buf_add(&p->torrent, bytes, len))
		return err_set(err, -EFBIG, "the torrent has more than 32 MiB");
	return 0;
}

static int torrent_last(struct collect_page *p, struct err *err)
{
	(void)p;
	(void)err;
	return 0;
}

/* ---- kinds ---- */

static const struct {
	size_t max;
	const char *too_big;
	int (*feed)(struct collect_page *p, const char *bytes, size_t len, struct err *err);
	int (*end)(struct collect_page *p, struct err *err);
} kinds[] = {
	[COLLECT_HTML] = {COLLECT_PAGE_MAX, "the page has more than 64 MiB", html_bytes, html_last},
	[COLLECT_TEXT] = {COLLECT_LIST_MAX, "the list has more than 256 MiB", text_bytes, text_last},
	[COLLECT_JSON] = {COLLECT_LIST_MAX, "the list has more than 256 MiB", json_bytes, json_last},
	[COLLECT_TORRENT] = {COLLECT_TORRENT_MAX, "the torrent has more than 32 MiB", torrent_bytes, torrent_last},
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A dictionary of bencode begins with the length of its first key. */
static bool looks_bencoded(const char *text)
{
	return text[0] == 'd' && is_digit(text[1]) && (text[2] == ':' || (is_digit(text[2]) && text[3] == ':'));
}

/* A list or an object, and not "[2024-01-01] some text". */
static bool looks_json(const char *text)
{
	const char *next = text + 1;

	if (*text != '[' && *text != '{')
		return false;
	next += strspn(next, " \t\r\n");
	return strchr(*text == '[' ? "[{\"]" : "\"}", *next) != NULL;
}

/* By its first bytes; a server's Content-Type decides only what they leave open: many call everything text/html. */
static enum collect_kind kind_of(const struct collect_page *p)
{
	const char *text = buf_str(&p->head);

	if (looks_bencoded(text))
		return COLLECT_TORRENT;
	if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	text += strspn(text, " \t\r\n\f");
	if (*text == '<')
		return COLLECT_HTML;
	if (looks_json(text))
		return COLLECT_JSON;
	if (is_magnet(text))
		return COLLECT_TEXT;
	return p->type_html ? COLLECT_HTML : p->type_json ? COLLECT_JSON : COLLECT_TEXT;
}

static int decide(struct collect_page *p, struct err *err)
{
	struct html_events events = {.link = html_link, .base = html_base, .context = p};
	const char *bytes = buf_str(&p->head);
	size_t len = p->head.len;

	p->kind = kind_of(p);
	if (p->kind == COLLECT_HTML)
		p->html = html_new(&events);
	if (p->kind != COLLECT_TORRENT && len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
		bytes += 3;
		len -= 3;
	}
	return kinds[p->kind].feed(p, bytes, len, err);
}

struct collect_page *collect_page_new(const char *type, const struct collect_page_events *events)
{
	struct collect_page *p = xcalloc(1, sizeof(*p));

	p->events = *events;
	p->type_html = strcmp(type, "text/html") == 0 || strcmp(type, "application/xhtml+xml") == 0;
	p->type_json = strcmp(type, "application/json") == 0;
	buf_init(&p->head, LOOK);
	buf_init(&p->base, COLLECT_REFERENCE_MAX);
	buf_init(&p->line, LINE);
	buf_init(&p->torrent, COLLECT_TORRENT_MAX);
	collect_list_init(&p->list, &p->events);
	return p;
}

int collect_page_feed(struct collect_page *p, const char *bytes, size_t len, struct err *err)
{
	int rc = 0;

	p->bytes += len;
	if (p->kind == COLLECT_UNKNOWN) {
		size_t room = LOOK - p->head.len, n = len < room ? len : room;

		buf_add(&p->head, bytes, n);
		if (p->head.len < LOOK)
			return 0;
		bytes += n;
		len -= n;
		rc = decide(p, err);
	}
	if (!rc && p->bytes > kinds[p->kind].max)
		rc = err_set(err, -EFBIG, "%s", kinds[p->kind].too_big);
	return rc || !len ? rc : kinds[p->kind].feed(p, bytes, len, err);
}

int collect_page_end(struct collect_page *p, struct err *err)
{
	int rc = 0;

	if (p->kind == COLLECT_UNKNOWN)
		rc = decide(p, err);
	return rc ? rc : kinds[p->kind].end(p, err);
}

enum collect_kind collect_page_kind(const struct collect_page *p)
{
	return p->kind;
}

enum collect_ending collect_page_ending(const struct collect_page *p)
{
	static const enum collect_ending of_html[] = {
		[HTML_UNTOLD] = COLLECT_UNTOLD, [HTML_CLOSED] = COLLECT_CLOSED, [HTML_CUT] = COLLECT_CUT};

	if (p->html)
		return of_html[html_ending(p->html)];
	return p->kind == COLLECT_TEXT ? COLLECT_UNTOLD : COLLECT_CLOSED;
}

const char *collect_page_base(const struct collect_page *p)
{
	return buf_str(&p->base);
}

const struct buf *collect_page_torrent(const struct collect_page *p)
{
	return &p->torrent;
}

void collect_page_free(struct collect_page *p)
{
	if (!p)
		return;
	html_free(p->html);
	collect_list_done(&p->list);
	buf_done(&p->head);
	buf_done(&p->base);
	buf_done(&p->line);
	buf_done(&p->torrent);
	free(p);
}
