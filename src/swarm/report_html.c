/* The report for people: one page that holds all torrents as JSON and draws those that are looked at. The rows wait in
 * memory, since the summary of all of them comes first (about 160 bytes a torrent).
 *
 * A row, as report.js reads it: name ("" = none), info-hash, collections (0 = as of the row before), bytes, seeders,
 * leechers, DHT seeders, DHT addresses (-1 = unknown), trend (null = unknown), days (see put_days()), their peak, when
 * measured (0 = never), need, then the link: how many bytes are as in the link before, and the rest; "" = by hash and
 * name; null = none that a browser may follow; last, true if private. */
#include "swarm/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/jsonw.h"
#include "base/str.h"
#include "base/words.h"
#include "base/xmalloc.h"
#include "core/page.h"
#include "share.h"
#include "swarm/summary.h"

enum { ROWS_MAX = 512 << 20, ROW_MAX = 64 << 10, TOP = 100 };

struct top {
	double need;
	char *html; /* a row of the table without scripts */
};

struct html {
	struct report_about about;
	struct buf rows, row, cells; /* all; the one at hand, as JSON and as HTML */
	char *collections, *link;    /* of the row before */
	struct top top[TOP];         /* who needs seeders most, most first */
	size_t top_count;
	bool some;
};

/* ---- rows as JSON ---- */

/* A character for each day up to the last that is known: '-' unknown, else a digit of base 36, the peak being 'z'. Days
 * before the first are left out. Returns the peak. */
static int32_t put_days(const struct report_row *r, int64_t now, char text[HEALTH_DAYS + 1])
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	int32_t days[HEALTH_DAYS], peak = 0;
	size_t n = 0;

	text[0] = '\0';
	if (health_days(r->row, now, days) < 2)
		return 0;
	for (size_t i = 0; i < HEALTH_DAYS; i++)
		peak = days[i] > peak ? days[i] : peak;
	for (size_t i = 0; i < HEALTH_DAYS; i++) {
		if (days[i] != CATALOG_UNKNOWN)
			text[n++] = digits[peak ? (int64_t)days[i] * 35 / peak : 0];
		else if (n)
			text[n++] = '-';
	}
	text[n] = '\0';
	return peak;
}

static size_t shared_start(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] && a[n] == b[n] && (unsigned char)a[n] < 0x80)
		n++;
	return n;
}

static void keep(char **kept, const char *text)
{
	free(*kept);
	*kept = xstrdup(text);
}

static void put_link(struct html *h, struct jsonw *w, const struct report_row *r)
{
	size_t shared;

	if (r->bare || str_starts(r->link, "file:")) {
		jsonw_int(w, 0);
		jsonw_text(w, r->bare ? "" : NULL);
		return;
	}
	shared = shared_start(h->link, r->link);
	/* An empty rest would mean another thing. */
	shared -= shared && !r->link[shared];
	jsonw_int(w, (int64_t)shared);
	jsonw_text(w, r->link + shared);
	keep(&h->link, r->link);
}

static void put_collections(struct html *h, struct jsonw *w, const char *collections)
{
	if (strcmp(h->collections, collections) == 0) {
		jsonw_int(w, 0);
		return;
	}
	jsonw_text(w, collections);
	keep(&h->collections, collections);
}

static void put_row(struct html *h, const struct report_row *r)
{
	const struct health *health = &r->health;
	char days[HEALTH_DAYS + 1];
	int32_t peak = put_days(r, h->about.now, days);
	struct jsonw w;

	jsonw_init(&w, &h->row);
	jsonw_array(&w);
	jsonw_text(&w, r->name == r->hash ? "" : r->name);
	jsonw_text(&w, r->hash);
	put_collections(h, &w, r->row->collections);
	jsonw_int(&w, (int64_t)r->size);
	jsonw_int(&w, health->seeders);
	jsonw_int(&w, health->leechers);
	jsonw_int(&w, health->dht_seeders);
	jsonw_int(&w, health->dht_peers);
	jsonw_double(&w, health->trend, 3);
	jsonw_text(&w, days);
	jsonw_int(&w, peak);
	jsonw_int(&w, health_said(health));
	jsonw_double(&w, r->need, 1);
	put_link(h, &w, r);
	if (r->row->torrent.private)
		jsonw_bool(&w, true);
	jsonw_array_end(&w);
}

/* ---- without scripts: those that need seeders most ---- */

static void put_number(struct buf *out, int32_t value)
{
	char text[STR_NUMBER] = "?";

	if (value != CATALOG_UNKNOWN)
		str_count((uint64_t)value, text);
	buf_printf(out, "<td class=\"number\">%s</td>", text);
}

static void put_cells(const struct report_row *r, struct buf *out)
{
	char bytes[STR_NUMBER], date[CLOCK_TEXT] = "never";
	const struct health *h = &r->health;

	buf_puts(out, "<tr><th scope=\"row\">");
	if (str_starts(r->link, "file:")) {
		page_text(out, r->name);
	} else {
		buf_puts(out, "<a rel=\"noreferrer\" href=\"");
		page_href(out, r->link);
		buf_puts(out, "\">");
		page_text(out, r->name);
		buf_puts(out, "</a>");
	}
	buf_puts(out, "</th><td>");
	page_text(out, r->row->collections);
	str_bytes((double)r->size, bytes);
	buf_printf(out, "</td><td class=\"number\">%s</td>", r->size ? bytes : "?");
	put_number(out, h->seeders);
	put_number(out, h->leechers);
	put_number(out, h->dht_seeders);
	put_number(out, h->dht_peers);
	if (health_said(h))
		clock_rfc3339(health_said(h), date);
	buf_printf(out, "<td>%.10s</td><td class=\"mono\">%s</td></tr>\n", date, r->hash);
}

static void keep_top(struct html *h, const struct report_row *r)
{
	size_t at = h->top_count;

	if (at == TOP && h->top[TOP - 1].need >= r->need)
		return;
	if (at == TOP)
		free(h->top[--at].html);
	h->top_count = at + 1;
	for (; at && h->top[at - 1].need < r->need; at--)
		h->top[at] = h->top[at - 1];
	buf_reset(&h->cells);
	put_cells(r, &h->cells);
	h->top[at] = (struct top){r->need, xstrdup(buf_str(&h->cells))};
}

/* ---- the page ---- */

static void *html_begin(const struct report_about *about, struct newfile *file)
{
	struct html *h = xcalloc(1, sizeof(*h));

	(void)file;
	h->about = *about;
	h->collections = xstrdup("");
	h->link = xstrdup("");
	buf_init(&h->rows, ROWS_MAX);
	buf_init(&h->row, ROW_MAX);
	buf_init(&h->cells, ROW_MAX);
	return h;
}

static void html_free(void *report)
{
	struct html *h = report;

	while (h->top_count)
		free(h->top[--h->top_count].html);
	buf_done(&h->rows);
	buf_done(&h->row);
	buf_done(&h->cells);
	free(h->collections);
	free(h->link);
	free(h);
}

static void html_row(void *report, const struct report_row *row, struct newfile *file)
{
	struct html *h = report;

	buf_reset(&h->row);
	put_row(h, row);
	buf_puts(&h->rows, h->some ? ",\n" : "");
	h->some = true;
	page_json(&h->rows, buf_str(&h->row), h->row.len);
	keep_top(h, row);
	if (h->rows.full || h->row.full)
		file->rc = -EFBIG;
}

static void put_top(const struct html *h, struct buf *out)
{
	static const char *const heads[] = {"Name",        "Collection", "Size",     "Seeders",  "Leechers",
					    "DHT seeders", "DHT peers",  "Measured", "Info-hash"};

	buf_printf(out,
		   "<noscript>\n<p>The table of all torrents needs a script, which is in this page. Of them, these "
		   "%zu need seeders most:</p>\n<div class=\"wide\"><table>\n<thead><tr>",
		   h->top_count);
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		buf_printf(out, "<th scope=\"col\">%s</th>", heads[i]);
	buf_puts(out, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < h->top_count; i++)
		buf_puts(out, h->top[i].html);
	buf_puts(out, "</tbody>\n</table></div>\n</noscript>\n");
}

static void html_end(void *report, struct newfile *file)
{
	static const char heading[] = N_("Swarm health");
	struct html *h = report;
	struct buf *out = &file->text, css, script;
	int rc;

	buf_init(&css, ROW_MAX);
	buf_puts(&css, share_summary_css);
	buf_puts(&css, share_report_css);
	rc = summary_script(share_report_js, &script);
	file->rc = file->rc ? file->rc : rc;
	page_head_script(out, heading, buf_str(&css), buf_str(&script));
	buf_done(&css);
	summary_top(heading, h->about.now, out);
	buf_puts(out, "<nav>");
	report_link(h->about.paths, &report_html, &report_stats, N_("Statistics"), out);
	report_link(h->about.paths, &report_html, &report_json, "JSON", out);
	buf_puts(out, "</nav>\n</header>\n<main>\n<details open>\n<summary><h2>" N_("Collections") "</h2></summary>\n");
	summary_table(h->about.tally, out);
	buf_puts(out, "</details>\n");
	put_top(h, out);
	buf_puts(out, share_report_html);
	buf_puts(out, "</main>\n<script type=\"application/json\" id=\"data\">[\n");
	newfile_write(file, buf_str(&h->rows), h->rows.len);
	buf_puts(out, "\n]</script>\n");
	page_script(out, buf_str(&script));
	page_foot(out);
	buf_done(&script);
}

const struct report_ops report_html = {
	.name = "html",
	.begin = html_begin,
	.row = html_row,
	.end = html_end,
	.free = html_free,
};
