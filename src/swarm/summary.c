/* Counts per collection as an HTML table, in English: the reader's browser says it in another language, where it runs
 * scripts. It knows no torrent. */
#include "swarm/summary.h"

#include "base/clock.h"
#include "base/str.h"
#include "base/words.h"
#include "core/page.h"
#include "share.h"

enum { COUNTRIES_SHOWN = 8, BAR = 120, ALL_MAX = 8192, SCRIPT_MAX = 1 << 20 };

int summary_script(const char *own, struct buf *out)
{
	buf_init(out, SCRIPT_MAX);
	return page_join(out,
			 (const char *const[]){share_report_words_js, share_words_js, share_summary_js, own, NULL});
}

void summary_top(const char *heading, int64_t now, struct buf *out)
{
	char iso[CLOCK_TEXT];

	clock_rfc3339(now, iso);
	buf_puts(out, "<header class=\"page-top\">\n<h1>");
	page_text(out, heading);
	buf_printf(out,
		   "</h1>\n<span class=\"dim\">" N_("as of") " <time datetime=\"%s\">%.10s %.5s UTC</time></span>\n",
		   iso, iso, iso + 11);
}

static void number_cell(struct buf *out, uint64_t value)
{
	char text[STR_NUMBER];

	str_count(value, text);
	buf_printf(out, "<td class=\"number%s\">%s</td>", value ? "" : " dim", text);
}

/* Of links and hashes alone nobody knows a size. */
static void size_cell(struct buf *out, const struct tally_line *line)
{
	char bytes[STR_NUMBER];

	str_bytes((double)line->bytes, bytes);
	if (line->torrents && !line->bytes)
		buf_puts(out, "<td class=\"number dim\">?</td>");
	else
		buf_printf(out, "<td class=\"number\">%s</td>", bytes);
}

/* The ranges side by side, to scale. Shapes in SVG take their place from attributes; a style would need leave. */
static void bar_cell(struct buf *out, const struct tally_line *line)
{
	double x = 0;

	buf_printf(out,
		   "<td><svg class=\"ranges\" width=\"%d\" height=\"10\" viewBox=\"0 0 %d 10\" "
		   "preserveAspectRatio=\"none\" aria-hidden=\"true\">",
		   BAR, BAR);
	for (size_t i = 0; i < TALLY_RANGES && line->torrents; i++) {
		double width = BAR * (double)line->ranges[i] / (double)line->torrents;
		char left[STR_NUMBER], wide[STR_NUMBER];

		str_decimal(x, 2, left);
		str_decimal(width, 2, wide);
		if (line->ranges[i])
			buf_printf(out, "<rect class=\"range-%zu\" x=\"%s\" width=\"%s\" height=\"10\"/>", i, left,
				   wide);
		x += width;
	}
	buf_puts(out, "</svg></td>");
}

static void put_country(struct buf *out, const struct tally_line *line, country_t country, const char *between)
{
	char count[STR_NUMBER];

	str_count(line->countries[country], count);
	buf_printf(out, "%s%s&nbsp;%s", between, country_code(country), count);
}

/* The names of all are in the title. */
static void countries_cell(struct buf *out, const struct tally_line *line)
{
	country_t countries[COUNTRY_MAX];
	size_t n = tally_countries(line, countries);
	char count[STR_NUMBER];

	buf_puts(out, "<td class=\"countries\" title=\"");
	for (size_t i = 0; i < n; i++) {
		str_count(line->countries[countries[i]], count);
		buf_puts(out, i ? ", " : "");
		page_text(out, country_name(countries[i]));
		buf_printf(out, " %s", count);
	}
	buf_puts(out, "\">");
	for (size_t i = 0; i < n && i < COUNTRIES_SHOWN; i++)
		put_country(out, line, countries[i], i ? ", " : "");
	if (n > COUNTRIES_SHOWN)
		buf_printf(out, " <span class=\"dim\">" N_("and %zu more") "</span>", n - COUNTRIES_SHOWN);
	buf_puts(out, n ? "</td>" : "<span class=\"dim\">" N_("none known") "</span></td>");
}

static void line_row(struct buf *out, const struct tally_line *line)
{
	buf_puts(out, line->name ? "<tr><th scope=\"row\" translate=\"no\">" : "<tr><th scope=\"row\">");
	page_text(out, line->name ? line->name : N_("All"));
	buf_puts(out, "</th>");
	number_cell(out, line->torrents);
	size_cell(out, line);
	bar_cell(out, line);
	for (size_t i = 0; i < TALLY_RANGES; i++)
		number_cell(out, line->ranges[i]);
	countries_cell(out, line);
	buf_puts(out, "</tr>\n");
}

void summary_table(const struct tally *tally, struct buf *out)
{
	buf_puts(
		out,
		"<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"" N_(
			"Collections") "\">\n"
				       "<table class=\"summary\">\n<thead><tr><th scope=\"col\">" N_(
					       "Collection") "</th>"
							     "<th scope=\"col\" class=\"number\">" N_(
								     "Torrents") "</th><th scope=\"col\" "
										 "class=\"number\">" N_(
											 "Size") "</th>"
												 "<th "
												 "scope="
												 "\"col"
												 "\""
												 ">" N_("Seeders") "</"
														   "th"
														   ">");
	for (size_t i = 0; i < TALLY_RANGES; i++)
		buf_printf(out,
			   "<th scope=\"col\" class=\"number\" title=\"" N_("seeders: %s") "\"><span class=\"key "
											   "range-%zu\"></span>%s</th>",
			   tally_range_names[i], i, tally_range_names[i]);
	buf_puts(out, "<th scope=\"col\">" N_("Countries (DHT)") "</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < tally->count; i++)
		line_row(out, &tally->lines[i]);
	if (tally->count != 1)
		line_row(out, &tally->total);
	buf_puts(out, "</tbody>\n</table>\n</div>\n");
}
