/* HTML that we write: the common style, escapes, and the head that lets nothing else run. */
#ifndef CORE_PAGE_H
#define CORE_PAGE_H

#include <stdint.h>

#include "base/buf.h"

/* Text that is inert in HTML content and in attributes in double quotes. */
int page_text(struct buf *out, const char *text);
/* A link as an attribute's value: http, https and magnet only; anything else becomes "#". */
int page_href(struct buf *out, const char *url);
/* The document's head with title, viewport, content security policy (scripts and styles of this page only) and the
 * common style for dark and light; `style` (NULL = none) is added. Ends inside <body>. No script may run. */
int page_head(struct buf *out, const char *title, const char *style);
/* Likewise, and this script may run: the policy (CSP level 3) names its SHA-256. It is put where page_script() says. */
int page_head_script(struct buf *out, const char *title, const char *style, const char *script);
int page_script(struct buf *out, const char *script);
/* Likewise, and the script may ask the server that the page comes from. `policy` gets the same policy for a header,
 * with what only a header can say: nobody may frame the page. */
int page_head_live(struct buf *out, const char *title, const char *style, const char *script, struct buf *policy);
/* The script of a page, of these files (NULL ends the list), with what all pages have in common before them. */
int page_join(struct buf *script, const char *const *files);
/* JSON as it must be inside of <script type="application/json">: nothing in it can end the element. */
int page_json(struct buf *out, const char *json, size_t len);
int page_foot(struct buf *out);

#endif
