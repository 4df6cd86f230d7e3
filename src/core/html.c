/* libxml2's HTML push parser without a tree: only start, end and text of elements are looked at. It does not know URLs,
 * nor where the page comes from.
 *
 * The parser is safe but has places where work grows with the square of what a page holds: attributes of one element,
 * and end tags that nobody opened under many open elements. So the page is fed in slices, and the work is counted.
 *
 * libxml2's own tables stay until the program ends: xmlCleanupParser() would take them from everybody at once. */
#include "core/html.h"

#include <errno.h>
#include <libxml/HTMLparser.h>
#include <libxml/dict.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/xmalloc.h"

enum {
	SLICE = 8192,
	CHARACTER = 4,          /* bytes of one in UTF-8, at most */
	DEPTH_MAX = 50000,      /* open elements: old pages do not close all */
	TAG_MAX = 2 << 20,      /* bytes of one tag */
	PENDING_MAX = 16 << 20, /* of a comment or a script, which the parser wants whole */
	NAMES_MAX = 4 << 20,    /* bytes of element and attribute names */
	ANEW_WORK = 100000,     /* a new parser, in comparisons */
	FRAME_NAME = 8,         /* "/table" and one more */
};

static const uint64_t work_max = 1000 * 1000 * 1000; /* comparisons of names: some seconds */

/* The elements that are closed at the end of a page. The parser tells of an end where there is none, so they are looked
 * for in the bytes; what a comment or a script says of them is rare enough to be believed. */
struct frame {
	char name[FRAME_NAME]; /* of the tag that is being read */
	size_t len;
	bool in_name;
	bool any, page, table; /* something was opened; is open: <html> or <body>, a <table> */
};

struct html {
	struct html_events events;
	struct frame frame;
	htmlParserCtxtPtr parser;
	unsigned depth;
	uint64_t work;
	bool failed, based, in_link, cut;
	char *href; /* of the open link */
	char text[HTML_TEXT_MAX];
	size_t text_len;
	char slice[SLICE + CHARACTER]; /* of the page, not parsed yet */
	size_t held;
};

/* ---- what the parser tells ---- */

static const char *attribute(const xmlChar **attributes, const char *name)
{
	for (size_t i = 0; attributes && attributes[i]; i += 2)
		if (strcasecmp((const char *)attributes[i], name) == 0)
			return (const char *)attributes[i + 1];
	return NULL;
}

/* Without line ends and tabs, which pages have in long links and browsers pass over (WHATWG URL, 4.4). The caller frees
 * it; NULL: there is none, or it is too long. */
static char *href_of(const xmlChar **attributes)
{
	const char *href = attribute(attributes, "href");
	char *link, *end;

	if (!href || strlen(href) > HTML_LINK_MAX)
		return NULL;
	link = end = xstrdup(href);
	for (; *href; href++)
		if (!strchr("\t\r\n", *href))
			*end++ = *href;
	*end = '\0';
	return link;
}

static void link_end(struct html *h)
{
	if (!h->in_link)
		return;
	h->in_link = false;
	h->text[h->text_len] = '\0';
	if (h->events.link)
		h->events.link(h->events.context, h->href, h->text);
	free(h->href);
	h->href = NULL;
}

static void link_begin(struct html *h, const xmlChar **attributes)
{
	link_end(h);
	h->href = href_of(attributes);
	h->in_link = h->href != NULL;
	h->text_len = 0;
}

static void base_found(struct html *h, const xmlChar **attributes)
{
	char *href = h->based ? NULL : href_of(attributes);

	if (!href)
		return;
	h->based = true;
	if (h->events.base)
		h->events.base(h->events.context, href);
	free(href);
}

static bool is_link(const char *name)
{
	return strcasecmp(name, "a") == 0 || strcasecmp(name, "area") == 0;
}

static void started(void *context, const xmlChar *name, const xmlChar **attributes)
{
	struct html *h = context;
	uint64_t count = 0;

	while (attributes && attributes[count * 2])
		count++;
	h->work += count * count + h->depth;
	h->depth++;
	if (is_link((const char *)name))
		link_begin(h, attributes);
	else if (strcasecmp((const char *)name, "base") == 0)
		base_found(h, attributes);
}

static void ended(void *context, const xmlChar *name)
{
	struct html *h = context;

	if (h->depth)
		h->depth--;
	if (is_link((const char *)name))
		link_end(h);
}

static void text_found(void *context, const xmlChar *text, int len)
{
	struct html *h = context;
	size_t room = sizeof(h->text) - 1 - h->text_len, n = len > 0 ? (size_t)len : 0;

	if (!h->in_link)
		return;
	if (n > room)
		n = room;
	memcpy(h->text + h->text_len, text, n);
	h->text_len += n;
}

/* Pages are full of mistakes, and nobody wants to read of them. */
static void mistake(void *context, xmlErrorPtr error)
{
	(void)context;
	(void)error;
}

/* ---- the frame of the page ---- */

static void frame_page(struct frame *f, bool opens)
{
	f->any |= opens;
	f->page = opens;
	/* Whoever writes the last line has written all of them. */
	f->table = f->table && opens;
}

static void frame_table(struct frame *f, bool opens)
{
	f->any |= opens;
	f->table = opens;
}

static void frame_tag(struct frame *f)
{
	static const struct {
		const char *name;
		void (*take)(struct frame *f, bool opens);
	} tags[] = {{"html", frame_page}, {"body", frame_page}, {"table", frame_table}};
	bool closes = f->len && f->name[0] == '/';
	const char *name = f->name + closes;

	f->name[f->len] = '\0';
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (strcasecmp(tags[i].name, name) == 0)
			tags[i].take(f, !closes);
	f->in_name = false;
}

static bool ends_name(char c, size_t len)
{
	return c == '>' || c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || (c == '/' && len);
}

static void frame_read(struct frame *f, const char *bytes, size_t len)
{
	const char *end = bytes + len;

	while (bytes < end) {
		if (!f->in_name) {
			bytes = memchr(bytes, '<', (size_t)(end - bytes));
			if (!bytes)
				return;
			f->in_name = true;
			f->len = 0;
		} else if (ends_name(*bytes, f->len)) {
			frame_tag(f);
		} else if (*bytes == '<' || f->len == FRAME_NAME - 1) {
			f->in_name = *bytes == '<';
			f->len = 0;
		} else {
			f->name[f->len++] = *bytes;
		}
		bytes++;
	}
}

enum html_ending html_ending(const struct html *h)
{
	if (h->cut || h->frame.page || h->frame.table)
		return HTML_CUT;
	return h->frame.any ? HTML_CLOSED : HTML_UNTOLD;
}

/* ---- feeding ---- */

static void parser_close(struct html *h)
{
	if (!h->parser)
		return;
	if (h->parser->myDoc)
		xmlFreeDoc(h->parser->myDoc);
	htmlFreeParserCtxt(h->parser);
	h->parser = NULL;
}

static void parser_open(struct html *h)
{
	xmlSAXHandler sax = {
		.startElement = started,
		.endElement = ended,
		.characters = text_found,
		.ignorableWhitespace = text_found,
		.cdataBlock = text_found,
		.serror = mistake,
		.initialized = XML_SAX2_MAGIC,
	};

	h->parser = htmlCreatePushParserCtxt(&sax, h, NULL, 0, NULL, XML_CHAR_ENCODING_UTF8);
	if (!h->parser) {
		h->failed = true;
		return;
	}
	htmlCtxtUseOptions(h->parser, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
					      HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
	/* What a page says of its encoding is not believed: see character_clean(). */
	h->parser->charset = XML_CHAR_ENCODING_UTF8;
}

struct html *html_new(const struct html_events *events)
{
	struct html *h = xcalloc(1, sizeof(*h));

	/* Out of memory, the parser would run in circles, or pass over half a page. */
	xmlMemSetup(free, xmalloc, xrealloc, xstrdup);
	h->events = *events;
	parser_open(h);
	return h;
}

/* A character of the page at `in`: its bytes, 0 if it may go on behind `len`. In `out` it is UTF-8: what is not stands
 * for itself in Latin-1. Control characters are nothing that a page needs, and a NUL would cut a link. */
static size_t character_clean(const char *in, size_t len, char out[4], size_t *out_len)
{
	unsigned char c = (unsigned char)*in;
	uint32_t character;
	size_t n;

	*out_len = 1;
	out[0] = c < ' ' && c != '\t' && c != '\n' && c != '\r' ? ' ' : *in;
	if (c < 0x80)
		return 1;
	n = text_decode(in, len, &character);
	if (n == 1 && len < CHARACTER && c >= 0xc2 && c < 0xf5)
		return 0;
	*out_len = text_encode(n == 1 ? c : character, out);
	return n;
}

static void parser_anew(struct html *h)
{
	link_end(h);
	h->depth = 0;
	h->work += ANEW_WORK;
	parser_close(h);
	parser_open(h);
}

/* The parser ends at </html>, but many a page does not: what follows is given to a new one. */
static bool parser_ended(const struct html *h)
{
	return h->parser->instate == XML_PARSER_EOF || h->parser->instate == XML_PARSER_EPILOG;
}

static void parse(struct html *h, const char *bytes, size_t len)
{
	char rest[SLICE * 2];

	if (parser_ended(h))
		parser_anew(h);
	while (len && !h->failed) {
		const xmlParserInput *in = h->parser->input;
		size_t left;

		htmlParseChunk(h->parser, bytes, (int)len, 0);
		left = parser_ended(h) && in->end > in->cur ? (size_t)(in->end - in->cur) : 0;
		if (left >= len)
			left = len - 1; /* not a byte was taken */
		if (left) {
			memcpy(rest, in->end - left, left);
			bytes = rest;
			parser_anew(h);
		}
		len = left;
	}
}

/* How much of what is held may be parsed: a tag that is cut stays, as far as there is room, because 2.9.14 no longer
 * knows the end of a script that comes in two pieces. */
static size_t whole_tags(const struct html *h)
{
	size_t at = h->held;

	while (at && h->held - at < SLICE / 2) {
		if (h->slice[--at] == '>')
			break;
		if (h->slice[at] == '<')
			return at;
	}
	return h->held;
}

/* Gives the parser what is held, but for a tag or a character that is not whole. */
static void slice_parse(struct html *h, bool last)
{
	char clean[SLICE * 2];
	size_t at = 0, len = 0, out_len, end = last ? h->held : whole_tags(h);
	uint64_t ends = 0;

	while (at < end) {
		size_t n = character_clean(h->slice + at, last ? CHARACTER : h->held - at, clean + len, &out_len);

		if (!n)
			break;
		ends += h->slice[at] == '/';
		at += n;
		len += out_len;
	}
	if (at > h->held)
		at = h->held;
	h->held -= at;
	memmove(h->slice, h->slice + at, h->held);
	h->work += ends * h->depth;
	if (len)
		parse(h, clean, len);
}

/* What has come of the page ends within a tag. */
static bool in_tag(const struct html *h)
{
	const xmlParserInput *in = h->parser->input;

	return in->end - in->cur > 1 && in->cur[0] == '<' && in->cur[1] != '!';
}

/* What the parser holds back until it is whole. In 2.9.14 it forgets, when a slice ends within quotes, that it was
 * within quotes, and waits for the end of the page: so it looks at a tag from its beginning again. */
static bool pending_too_long(struct html *h)
{
	const xmlParserInput *in = h->parser->input;

	if (in->cur - in->base > SLICE)
		xmlParserInputShrink(h->parser->input);
	if (!in_tag(h))
		return in->end - in->cur > PENDING_MAX;
	h->parser->checkIndex = 0;
	h->work += (uint64_t)(in->end - in->cur);
	return in->end - in->cur > TAG_MAX;
}

static bool out_of_bounds(struct html *h)
{
	return pending_too_long(h) || h->depth > DEPTH_MAX || h->work > work_max ||
	       xmlDictGetUsage(h->parser->dict) > NAMES_MAX;
}

int html_feed(struct html *h, const char *bytes, size_t len)
{
	frame_read(&h->frame, bytes, len);
	while (len && !h->failed) {
		size_t room = SLICE - h->held, n = len < room ? len : room;

		memcpy(h->slice + h->held, bytes, n);
		h->held += n;
		slice_parse(h, false);
		h->failed = out_of_bounds(h);
		bytes += n;
		len -= n;
	}
	return h->failed ? -EBADMSG : 0;
}

int html_end(struct html *h)
{
	if (!h->failed) {
		memset(h->slice + h->held, 0, CHARACTER);
		slice_parse(h, true);
		h->cut = in_tag(h);
		if (!h->cut) /* half a tag has half a link */
			htmlParseChunk(h->parser, NULL, 0, 1);
		link_end(h);
	}
	return h->failed ? -EBADMSG : 0;
}

void html_free(struct html *h)
{
	if (!h)
		return;
	parser_close(h);
	free(h->href);
	free(h);
}
