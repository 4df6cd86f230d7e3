/* Writes rows of the history: a table for people, JSON and CSV for programs. It does not know where they come from. */
#include "peers/history_show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/csv.h"
#include "base/jsonw.h"
#include "base/str.h"
#include "base/text.h"
#include "base/words.h"

enum { CELL = 256 };

/* ---- text ---- */

/* A head is never cut, in no language. */
static unsigned width_of(const struct history_column *c)
{
	unsigned width = (unsigned)abs(c->width), head = text_cols(_(c->title));

	return head > width ? head : width;
}

static void put_cell(const struct history_column *c, const char *text, struct buf *out)
{
	char cut[CELL];
	unsigned width = width_of(c), cols = text_cut(cut, sizeof(cut), text, width, false);
	int fill = (int)(width - cols);

	if (c->width < 0)
		buf_printf(out, " %s%*s", cut, fill, "");
	else
		buf_printf(out, " %*s%s", fill, "", cut);
}

/* Countries have names of ours; what a client calls itself is its own. */
static const char *own_text(const struct history_column *c, const char *text)
{
	return strcmp(c->key, "name") == 0 || strcmp(text, "Unknown") == 0 ? _(text) : text;
}

/* A seconds' text as short as it can be: "12 d" */
static void cell_text(const struct history_column *c, const struct history_cell *cell, char text[CELL])
{
	switch (c->kind) {
	case HISTORY_COUNT:
		str_count((uint64_t)cell->number, text);
		break;
	case HISTORY_BYTES:
		str_bytes((double)cell->number, text);
		break;
	case HISTORY_SECONDS:
		clock_age(cell->number, text);
		break;
	case HISTORY_TIME:
		clock_local(cell->number, "%Y-%m-%d", text);
		break;
	case HISTORY_AVERAGE:
		str_decimal(cell->real, 1, text);
		break;
	default:
		str_copy(text, CELL, own_text(c, cell->text ? cell->text : ""));
	}
}

static void end_line(struct buf *out)
{
	while (out->len && out->data[out->len - 1] == ' ')
		out->data[--out->len] = '\0';
	buf_putc(out, '\n');
}

static void text_head(const struct history_table *table, const struct history_range *range, struct buf *out)
{
	(void)range;
	for (const struct history_column *c = table->columns; c->key; c++)
		if (*c->title)
			put_cell(c, _(c->title), out);
	end_line(out);
}

static void text_row(const struct history_table *table, const struct history_cell *cells, size_t number,
		     struct buf *out)
{
	char text[CELL];

	(void)number;
	for (size_t i = 0; table->columns[i].key; i++) {
		if (!*table->columns[i].title)
			continue;
		cell_text(&table->columns[i], &cells[i], text);
		put_cell(&table->columns[i], text, out);
	}
	end_line(out);
}

/* ---- JSON ---- */

static void json_head(const struct history_table *table, const struct history_range *range, struct buf *out)
{
	char since[CLOCK_TEXT], until[CLOCK_TEXT];

	clock_rfc3339(range->since, since);
	clock_rfc3339(range->until, until);
	buf_printf(out, "{\"schema\":1,\"by\":\"%s\",\"since\":\"%s\",\"until\":\"%s\",\"rows\":[", table->name, since,
		   until);
}

static void json_cell(struct jsonw *w, enum history_kind kind, const struct history_cell *cell)
{
	if (kind == HISTORY_TEXT)
		jsonw_text(w, cell->text);
	else if (kind == HISTORY_TIME)
		jsonw_time(w, cell->number);
	else if (kind == HISTORY_AVERAGE)
		jsonw_double(w, cell->real, 3);
	else
		jsonw_int(w, cell->number);
}

static void json_row(const struct history_table *table, const struct history_cell *cells, size_t number,
		     struct buf *out)
{
	struct jsonw w;

	buf_puts(out, number ? ",\n" : "\n");
	jsonw_init(&w, out);
	jsonw_object(&w);
	for (size_t i = 0; table->columns[i].key; i++) {
		jsonw_key(&w, table->columns[i].key);
		json_cell(&w, table->columns[i].kind, &cells[i]);
	}
	jsonw_object_end(&w);
}

static void json_end(struct buf *out)
{
	buf_puts(out, "\n]}\n");
}

/* ---- CSV ---- */

static void csv_head(const struct history_table *table, const struct history_range *range, struct buf *out)
{
	(void)range;
	for (size_t i = 0; table->columns[i].key; i++)
		buf_printf(out, "%s%s", i ? "," : "", table->columns[i].key);
	buf_putc(out, '\n');
}

static void csv_value(struct buf *out, enum history_kind kind, const struct history_cell *cell)
{
	char text[CELL];

	if (kind == HISTORY_TEXT)
		csv_cell(out, cell->text ? cell->text : "");
	else if (kind == HISTORY_TIME)
		clock_rfc3339(cell->number, text);
	else if (kind == HISTORY_AVERAGE)
		str_decimal(cell->real, 3, text);
	else
		snprintf(text, sizeof(text), "%lld", (long long)cell->number);
	if (kind != HISTORY_TEXT)
		buf_puts(out, text);
}

static void csv_row(const struct history_table *table, const struct history_cell *cells, size_t number, struct buf *out)
{
	(void)number;
	for (size_t i = 0; table->columns[i].key; i++) {
		if (i)
			buf_putc(out, ',');
		csv_value(out, table->columns[i].kind, &cells[i]);
	}
	buf_putc(out, '\n');
}

const struct history_show history_shows[HISTORY_SHOWS] = {
	[HISTORY_AS_TEXT] = {text_head, text_row, NULL},
	[HISTORY_AS_JSON] = {json_head, json_row, json_end},
	[HISTORY_AS_CSV] = {csv_head, csv_row, NULL},
};
