/* The page: what src/share/web holds, in one document. All data comes later, by /api/v1. */
#include "peers/web_answer.h"

#include "base/str.h"
#include "core/page.h"
#include "share.h"

enum { SCRIPT_MAX = 1 << 20 };

static void join_scripts(struct buf *script)
{
	buf_puts(script, "(() => {\n\"use strict\";\n");
	buf_puts(script, share_web_draw_js);
	buf_puts(script, share_web_charts_js);
	buf_puts(script, share_web_tables_js);
	buf_puts(script, share_web_js);
	buf_puts(script, "})();\n");
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
	buf_puts(&answer->text, share_web_html);
	page_script(&answer->text, buf_str(&script));
	page_foot(&answer->text);
	str_copy(answer->policy, sizeof(answer->policy), buf_str(&policy));
	buf_done(&policy);
	buf_done(&script);
}
