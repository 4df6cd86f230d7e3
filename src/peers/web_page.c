/* The page: what src/share/web holds, in one document. All data comes later, by /api/v1. */
#include "peers/web_answer.h"

#include <errno.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/str.h"
#include "core/page.h"
#include "peers/atlas.h"
#include "peers/atlas_data.h"
#include "share.h"

enum { SCRIPT_MAX = 1 << 20 };

/* {"World":[west, south, east, north], ...} */
static void put_windows(struct buf *out)
{
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_object(&w);
	for (unsigned zoom = 0; zoom < ATLAS_ZOOMS; zoom++) {
		const struct atlas_window *window = atlas_window((enum atlas_zoom)zoom);

		jsonw_key(&w, window->name);
		jsonw_array(&w);
		jsonw_double(&w, window->west, 1);
		jsonw_double(&w, window->south, 1);
		jsonw_double(&w, window->east, 1);
		jsonw_double(&w, window->north, 1);
		jsonw_array_end(&w);
	}
	jsonw_object_end(&w);
}

/* First what the script has in common with the screen and with /api/v1. */
static int join_scripts(struct buf *script)
{
	struct buf tables;
	int rc;

	buf_init(&tables, SCRIPT_MAX);
	buf_printf(&tables, "const UNIT = %d, LEVELS = %d, ROWS_MAX = %d, PARTS = ", ATLAS_UNIT, FRAME_HEAT_LEVELS,
		   WEB_ROWS_MAX);
	put_windows(&tables);
	buf_puts(&tables, ";\n");
	rc = page_join(script,
		       (const char *const[]){share_web_words_js, share_words_js, buf_str(&tables), share_web_draw_js,
					     share_web_charts_js, share_web_tables_js, share_web_js, NULL});
	rc = tables.full ? -ENOBUFS : rc;
	buf_done(&tables);
	return rc;
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
	int rc;

	(void)asked;
	buf_init(&script, SCRIPT_MAX);
	buf_init(&policy, sizeof(answer->policy) - 1);
	rc = join_scripts(&script);
	answer->type = "text/html; charset=utf-8";
	rc = rc ? rc : page_head_live(&answer->text, "swarmtop", share_web_css, buf_str(&script), &policy);
	put_document(&answer->text);
	page_script(&answer->text, buf_str(&script));
	rc = rc ? rc : page_foot(&answer->text);
	if (!rc)
		str_copy(answer->policy, sizeof(answer->policy), buf_str(&policy));
	else
		web_refuse(answer, 500, 0, "the page is larger than it may be: this swarmtop was not built right");
	buf_done(&policy);
	buf_done(&script);
}
