/* Links of an HTML page, found while it comes in (libxml2's push parser). The only door to libxml2. It fetches nothing
 * and loads no entities. */
#ifndef CORE_HTML_H
#define CORE_HTML_H

#include <stddef.h>

struct html;

enum { HTML_LINK_MAX = 1 << 20, HTML_TEXT_MAX = 512 };

/* `link`: the href of each <a> and <area>, with entities decoded and without line ends and tabs, at most HTML_LINK_MAX
 * bytes (longer ones are left out), and the text inside the element, not cleaned, cut at HTML_TEXT_MAX, "" if none;
 * told when the element ends. `base`: the href of the first <base>, in the same way. */
struct html_events {
	void (*link)(void *context, const char *href, const char *text);
	void (*base)(void *context, const char *href);
	void *context;
};

struct html *html_new(const struct html_events *events);
/* Takes the next bytes of the page. 0 or -EBADMSG (nested too deep, or out of the parser's bounds). */
int html_feed(struct html *h, const char *bytes, size_t len);
/* The page ends. */
int html_end(struct html *h);
/* How the page ended, as its own tags tell: a server that closes the connection at the end of its answer says nothing
 * of whether that was all. */
enum html_ending {
	HTML_UNTOLD, /* it opened nothing that would be closed at its end */
	HTML_CLOSED, /* what it opened of <html>, <body> and <table> was closed */
	HTML_CUT,    /* it was not, or the page ends within a tag */
};

/* After html_end(). */
enum html_ending html_ending(const struct html *h);
/* NULL is accepted. */
void html_free(struct html *h);

#endif
