/* A poll as rows of CSV (RFC 4180, but lines end in LF): one per country, or per peer. It does not know where they
 * go. */
#include "peers/draw.h"

#include "base/clock.h"
#include "base/csv.h"
#include "base/jsonw.h"
#include "peers/record.h"

static const char *const time_only[] = {"time", NULL};
static const char *const time_and_poll[] = {"time", "poll", NULL};

static void csv_head(const struct draw_style *style, struct buf *out)
{
	const char *const *keys = style->peers ? time_only : time_and_poll;
	const struct record_field *fields = style->peers ? record_peer_fields : record_country_fields;

	for (size_t i = 0; keys[i]; i++)
		buf_printf(out, "%s%s", i ? "," : "", keys[i]);
	for (; fields->key; fields++)
		buf_printf(out, ",%s", fields->key);
	buf_putc(out, '\n');
}

/* Null is an empty cell. */
static void write_value(struct buf *out, const struct record_value *v)
{
	char time[CLOCK_TEXT];
	struct jsonw w;

	if (v->kind == RECORD_TEXT)
		csv_cell(out, v->text);
	else if (v->kind == RECORD_INT)
		buf_printf(out, "%lld", (long long)v->number);
	else if (v->kind == RECORD_BOOL)
		buf_puts(out, v->number ? "true" : "false");
	if (v->kind == RECORD_DOUBLE) {
		jsonw_init(&w, out);
		jsonw_double(&w, v->real, 3);
	}
	if (v->kind == RECORD_TIME) {
		clock_rfc3339(v->number, time);
		buf_puts(out, time);
	}
}

static void write_row(const struct record_field *fields, const struct scene *scene, uint32_t row, struct buf *out)
{
	struct record_value v;

	for (; fields->key; fields++) {
		record_get(fields, scene, row, &v);
		buf_putc(out, ',');
		write_value(out, &v);
	}
	buf_putc(out, '\n');
}

static void country_rows(const char *time, const struct scene *scene, struct buf *out)
{
	uint32_t rows[COUNTRY_MAX], count = record_countries(scene, rows);

	for (uint32_t i = 0; i < count; i++) {
		buf_printf(out, "%s,%u", time, scene->poll);
		write_row(record_country_fields, scene, rows[i], out);
	}
}

static void peer_rows(const char *time, const struct scene *scene, struct buf *out)
{
	struct view view;

	record_peers(&view, scene);
	for (uint32_t i = 0; i < view.count; i++) {
		buf_puts(out, time);
		write_row(record_peer_fields, scene, view.rows[i], out);
	}
	view_done(&view);
}

static void csv_record(const struct draw_style *style, const struct scene *scene, struct buf *out)
{
	char time[CLOCK_TEXT];

	clock_rfc3339(record_wall(scene), time);
	(style->peers ? peer_rows : country_rows)(time, scene, out);
}

const struct draw_ops draw_csv = {.head = csv_head, .record = csv_record};
