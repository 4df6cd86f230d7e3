/* The page: what src/share/web holds, in one document. All data comes later, by /api/v1. */
#include "peers/web_answer.h"

#include <string.h>

#include "base/str.h"
#include "core/page.h"
#include "peers/atlas.h"
#include "peers/atlas_data.h"
#include "share.h"

enum { SCRIPT_MAX = 1 << 20 };

static void join_scripts(struct buf *script)
{
	buf_printf(script, "(() => {\n\"use strict\";\nconst UNIT = %d;\n", ATLAS_UNIT);
	buf_puts(script, share_web_draw_js);
	buf_puts(script, share_web_charts_js);
	buf_puts(script, share_web_tables_js);
	buf_puts(script, share_web_js);
	buf_puts(script, "})();\n");
}

/* The coast lines stand where the document says COAST. */
static void put_document(struct buf *out)
{
	static const char mark[] = "COAST";
	const char *at = strstr(share_web_html, mark);

	buf_add(out, share_web_html, (size_t)(at - share_web_html));
	atlas_svg_path(out);
	buf_puts(out, at + sizeof(mark) - 1);
}

void web_page(const struct web_asked *asked, struct httpd_answer *answer)
{
	struct buf script, policy;

	(void)asked;
	buf_init(&script, SCRIPT_MAX);
	buf_init(&policy, sizeof(answer->policy) - 1);
	join_scripts(&script);
	answer->type = "text/html; charset=utf-8";
	page_head_live(&answer->text, "swarmtop", share_web_css, buf_str(&script), &policy);
	put_document(&answer->text);
	page_script(&answer->text, buf_str(&script));
	page_foot(&answer->text);
	str_copy(answer->policy, sizeof(answer->policy), buf_str(&policy));
	buf_done(&policy);
	buf_done(&script);
}
