/* A poll as a block of text, for logs, pipes, screen readers, and as the summary at the end. English and UTF-8 in every
 * locale, but for the summary after a dashboard: only there somebody has opened the words. Escape codes only where the
 * style says that it is a terminal. */
#include "peers/draw.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "base/text.h"
#include "base/words.h"
#include "peers/record.h"

enum { NAME_COLS = 26, ADDRESS_COLS = 39, HOURS_A_LINE = 6 };

static void write_styled(struct buf *out, const struct draw_style *style, const char *code, const char *text)
{
	if (style->color)
		buf_printf(out, "\033[%sm%s\033[0m", code, text);
	else
		buf_puts(out, text);
}

static void write_title(struct buf *out, const struct draw_style *style, const char *text)
{
	write_styled(out, style, "1", text);
	buf_putc(out, '\n');
}

/* Clean text in a column of its own. */
static void write_padded(struct buf *out, const char *text, unsigned cols)
{
	char cut[512];
	unsigned used = text_cut(cut, sizeof(cut), text, cols, false);

	buf_puts(out, cut);
	while (used++ < cols)
		buf_putc(out, ' ');
}

static void write_rates(struct buf *out, uint64_t up, uint64_t down)
{
	char up_text[STR_NUMBER], down_text[STR_NUMBER];

	str_bytes((double)up, up_text);
	str_bytes((double)down, down_text);
	buf_printf(out, " %8s %8s", up_text, down_text);
}

static void write_answer(struct buf *out, const struct source_status *s)
{
	buf_printf(out, ", Transmission %s, ", *s->version ? s->version : "?");
	buf_printf(out, _n("%u torrent", "%u torrents", s->torrents), s->torrents);
	buf_puts(out, ", ");
	buf_printf(out, _n("%u peer", "%u peers", s->peers), s->peers);
	buf_putc(out, '\n');
}

static void write_source(struct buf *out, const struct source_status *s)
{
	buf_printf(out, "%s: %s", s->name, _(source_state_name(s->state)));
	if (s->state == SOURCE_OK)
		write_answer(out, s);
	else
		buf_printf(out, "%s%s (%s)\n", *s->error ? ", " : "", s->error, s->url);
}

static void write_totals(struct buf *out, const struct fold *fold)
{
	char up[STR_NUMBER], down[STR_NUMBER];

	str_bytes((double)fold->now.rate_up, up);
	str_bytes((double)fold->now.rate_down, down);
	buf_printf(out, _("Total sightings: %llu\n"), (unsigned long long)fold->sightings);
	buf_printf(out, _("Unique addresses: %s%u\n"), fold->forgot ? "~" : "", fold->unique);
	buf_printf(out,
		   _n("Connected now: %u, from %u address; up %s/s, down %s/s\n",
		      "Connected now: %u, from %u addresses; up %s/s, down %s/s\n", fold->now.addresses),
		   fold->now.connections, fold->now.addresses, up, down);
}

static void write_tag(struct buf *out, const char *name, const struct fold_tag *tag)
{
	buf_printf(out, _n("Tagged %s: %u now, %llu sighting\n", "Tagged %s: %u now, %llu sightings\n", tag->sightings),
		   name, tag->now.connections, (unsigned long long)tag->sightings);
}

static void write_excluded(struct buf *out, const struct sieve_count *count)
{
	buf_printf(out,
		   _n("Excluded from all this: %u now, from %u address",
		      "Excluded from all this: %u now, from %u addresses", count->addresses),
		   count->connections, count->addresses);
	buf_printf(out, _n("; %llu sighting\n", "; %llu sightings\n", count->sightings),
		   (unsigned long long)count->sightings);
}

/* Only where something is configured: most people have no lists. */
static void write_tags(struct buf *out, const struct scene *scene)
{
	uint64_t tags = scene->lists ? netlists_tags_in_use(scene->lists) : 0;
	static const char *const lacks[] = {
		[NETLISTS_READING] = N_("Tagged %s: its list is still being read\n"),
		[NETLISTS_UNREADABLE] = N_("Tagged %s: its list cannot be read\n"),
		[NETLISTS_NO_SYSTEMS] = N_("Tagged %s: its list needs an ASN database\n"),
	};
	const struct sieve_count *left_out = &scene->excluded;

	for (unsigned bit = 0; bit < FOLD_TAGS; bit++) {
		enum netlists_state state = tags >> bit & 1 ? netlists_state(scene->lists, bit) : NETLISTS_KNOWN;

		if (state != NETLISTS_KNOWN)
			buf_printf(out, _(lacks[state]), netlists_tag_name(scene->lists, bit));
		else if (tags >> bit & 1)
			write_tag(out, netlists_tag_name(scene->lists, bit), &scene->fold->tags[bit]);
	}
	if (left_out->sightings)
		write_excluded(out, left_out);
}

/* Those that are raised. */
static void write_alerts(struct buf *out, const struct alerts *alerts)
{
	char time[CLOCK_TEXT];

	for (size_t i = 0; i < alerts_count(alerts); i++) {
		struct alert_status alert = alerts_status(alerts, i);

		if (!alert.raised)
			continue;
		clock_local(alert.since, "%Y-%m-%d %H:%M:%S", time);
		buf_printf(out, "Alert %s since %s: %s\n", alert.name, time, alert.values);
	}
}

static void write_countries(struct buf *out, const struct draw_style *style, const struct scene *scene)
{
	uint32_t rows[COUNTRY_MAX], count = record_countries(scene, rows);
	char name[128];

	buf_putc(out, '\n');
	write_title(out, style, _("Connections by country       sightings   unique      now     up/s   down/s"));
	for (uint32_t i = 0; i < count; i++) {
		country_t c = (country_t)rows[i];
		const struct fold_country *row = &scene->fold->countries[c];

		snprintf(name, sizeof(name), "%s %s", country_code(c), _(country_name(c)));
		buf_putc(out, ' ');
		write_padded(out, name, NAME_COLS);
		buf_printf(out, " %10llu %8u %8u", (unsigned long long)row->sightings, fold_unique(scene->fold, c),
			   row->now.connections);
		write_rates(out, row->now.rate_up, row->now.rate_down);
		buf_putc(out, '\n');
	}
	if (!count)
		buf_puts(out, _(" none yet\n"));
}

static void write_hours(struct buf *out, const struct draw_style *style, const struct fold *fold)
{
	buf_putc(out, '\n');
	write_title(out, style, _("Connections by hour of the day (00-23), in sightings"));
	for (int hour = 0; hour < 24; hour++) {
		bool last = hour % HOURS_A_LINE == HOURS_A_LINE - 1;

		buf_printf(out, " %02d: %-*llu%s", hour, last ? 0 : 8, (unsigned long long)fold->hours[hour],
			   last ? "\n" : "");
	}
}

static void write_peers(struct buf *out, const struct draw_style *style, const struct scene *scene)
{
	const struct address *addresses = scene->fold->addresses;
	struct view view;
	char ip[IP_TEXT];

	buf_putc(out, '\n');
	write_title(out, style,
		    _("Peers (* connected)                        country  sightings     up/s   down/s  client"));
	record_peers(&view, scene);
	for (uint32_t i = 0; i < view.count; i++) {
		const struct address *a = &addresses[view.rows[i]];
		bool here = fold_connected(scene->fold, a);

		ip_format(&a->ip, ip);
		buf_printf(out, " %c ", here ? '*' : ' ');
		write_padded(out, ip, ADDRESS_COLS);
		buf_printf(out, " %-7s %10u", country_code(a->country), a->sightings);
		write_rates(out, here ? a->rate_up : 0, here ? a->rate_down : 0);
		buf_printf(out, "  %s\n", clients_get(scene->clients, a->client)->name);
	}
	view_done(&view);
}

/* `head` takes a time and a number. */
static void write_block(const struct draw_style *style, const struct scene *scene, const char *head, struct buf *out)
{
	char time[CLOCK_TEXT], title[128];

	clock_local(record_wall(scene), "%Y-%m-%d %H:%M:%S", time);
	snprintf(title, sizeof(title), head, time, scene->poll);
	write_styled(out, style, "1;36", title);
	buf_putc(out, '\n');
	for (unsigned i = 0; i < scene->source_count; i++)
		write_source(out, &scene->sources[i]);
	write_totals(out, scene->fold);
	write_tags(out, scene);
	write_alerts(out, scene->alerts);
	write_countries(out, style, scene);
	write_hours(out, style, scene->fold);
	if (style->peers)
		write_peers(out, style, scene);
	if (*scene->credit)
		buf_printf(out, "\n%s\n", scene->credit);
	write_styled(out, style, "1;36", _("=== end ==="));
	buf_puts(out, "\n\n");
}

static void plain_record(const struct draw_style *style, const struct scene *scene, struct buf *out)
{
	write_block(style, scene, "=== swarmtop record: %s, poll %u ===", out);
}

static void plain_summary(const struct draw_style *style, const struct scene *scene, struct buf *out)
{
	write_block(style, scene, _("=== swarmtop summary: %s, poll %u ==="), out);
}

const struct draw_ops draw_plain = {.record = plain_record, .summary = plain_summary};
