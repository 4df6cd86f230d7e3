/* The report of counts alone: how many torrents each collection has, and how well they are. */
#include "swarm/report.h"

#include <stdlib.h>

#include "base/words.h"
#include "base/xmalloc.h"
#include "core/page.h"
#include "share.h"
#include "swarm/summary.h"

static void *stats_begin(const struct report_about *about, struct newfile *file)
{
	struct report_about *kept = xmalloc(sizeof(*kept));

	(void)file;
	*kept = *about;
	return kept;
}

static void stats_row(void *report, const struct report_row *row, struct newfile *file)
{
	(void)report, (void)row, (void)file;
}

static void stats_end(void *report, struct newfile *file)
{
	static const char heading[] = N_("Collections of torrents");
	const struct report_about *about = report;
	struct buf script;
	int rc = summary_script("", &script);

	file->rc = file->rc ? file->rc : rc;
	page_head_script(&file->text, heading, share_summary_css, buf_str(&script));
	summary_top(heading, about->now, &file->text);
	buf_puts(&file->text, "<nav>");
	report_link(about->paths, &report_stats, &report_html, N_("All torrents"), &file->text);
	buf_puts(&file->text, "</nav>\n</header>\n<main>\n");
	summary_table(about->tally, &file->text);
	buf_puts(&file->text, "</main>\n");
	page_script(&file->text, buf_str(&script));
	buf_done(&script);
	page_foot(&file->text);
}

const struct report_ops report_stats = {
	.name = "stats",
	.begin = stats_begin,
	.row = stats_row,
	.end = stats_end,
	.free = free,
};
