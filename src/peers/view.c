/* Rows: which, in which order, with which values. Knows the tables and no screen. */
#include "peers/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/text.h"
#include "base/words.h"
#include "base/xmalloc.h"
#include "peers/view_filter.h"
#include "peers/view_order.h"
#include "peers/view_table.h"

enum {
	MATTERS = 3,                /* `drop` of columns that matter ... */
	LITTLE_USE = 9,             /* ... and of those that matter little */
	SAMPLE_ROWS = 500,          /* looked at to see whether a column is empty */
	TIME_OLD = 22 * 3600,       /* a clock time older than that would be taken for today's */
};

void view_row_add(struct view *v, uint32_t row)
{
	if (v->count == v->cap) {
		v->cap = v->cap ? v->cap * 2 : 64;
		v->rows = xreallocarray(v->rows, v->cap, sizeof(*v->rows));
	}
	v->rows[v->count++] = row;
}

/* ---- the view -------------------------------------------------------------------------------------------------- */

void view_init(struct view *v, enum view_kind kind)
{
	*v = (struct view){.table = view_table(kind), .sort = view_table(kind)->sort, .dirty = true};
	view_filter_begin(v);
}

void view_done(struct view *v)
{
	free(v->rows);
	free(v->groups);
	arena_done(&v->arena);
	*v = (struct view){.table = v->table};
}

void view_scope(struct view *v, enum view_scope kind, uint32_t scope)
{
	v->dirty = v->dirty || v->scope_kind != kind || v->scope != scope;
	v->scope_kind = kind;
	v->scope = scope;
}

void view_sort(struct view *v, unsigned column, bool reverse)
{
	v->dirty = v->dirty || v->sort != column || v->reverse != reverse;
	v->sort = column;
	v->reverse = reverse;
}

bool view_is_all_time(const struct view *v, unsigned column)
{
	return v->table->all_time >> column & 1;
}

void view_all_time(struct view *v, bool all_time)
{
	v->dirty = v->dirty || v->all_time != all_time;
	v->all_time = all_time;
	if (!all_time && view_is_all_time(v, v->sort))
		view_sort(v, v->table->sort, false);
}

const char *view_word(const struct view *v, const char *text)
{
	return v->translated ? words(text) : text;
}

void view_touch(struct view *v)
{
	v->dirty = true;
}

static bool column_empty(const struct view *v, const struct view_column *c)
{
	uint32_t step = v->count / SAMPLE_ROWS + 1;
	char scratch[VIEW_CELL];

	for (uint32_t i = 0; i < v->count; i += step) {
		if (c->text(v, v->rows[i], scratch)[0])
			return false;
	}
	return true;
}

/* Of one country the country says nothing, and without a database of cities and networks theirs are empty. */
static void find_off(struct view *v)
{
	v->off = 0;
	for (unsigned i = 1; i < v->table->column_count; i++) {
		const struct view_column *c = &v->table->columns[i];
		bool same = v->scope_kind == VIEW_OF_COUNTRY && v->table->live == view_table(VIEW_PEERS)->live &&
			    str_starts(c->key, "country");

		if (same || (view_is_all_time(v, i) && !v->all_time) || (c->text && column_empty(v, c)))
			v->off |= 1u << i;
	}
}

void view_update(struct view *v, const struct scene *scene)
{
	v->scene = scene;
	if (!v->dirty && v->stamp == scene->fold->stamp)
		return;
	v->dirty = false;
	v->stamp = scene->fold->stamp;
	v->count = 0;
	v->group_count = 0;
	v->table->collect(v);
	view_filter_rows(v);
	view_order(v);
	find_off(v);
}

/* ---- cells ----------------------------------------------------------------------------------------------------- */

const char *view_bytes(double bytes, char scratch[VIEW_CELL])
{
	char text[STR_NUMBER];
	size_t len;

	str_bytes(bytes, text);
	len = strlen(text);
	snprintf(scratch, VIEW_CELL, "%s%s", text, len >= 2 && text[len - 2] == ' ' ? " " : "");
	return scratch;
}

static void write_count(const struct view *v, uint64_t n, char scratch[VIEW_CELL])
{
	(void)v;
	str_count(n, scratch);
}

static void write_bytes(const struct view *v, uint64_t n, char scratch[VIEW_CELL])
{
	(void)v;
	view_bytes((double)n, scratch);
}

/* 100 % only when nothing is missing. */
static void write_percent(const struct view *v, uint64_t n, char scratch[VIEW_CELL])
{
	unsigned percent = (unsigned)((n + 5) / 10);

	(void)v;
	if (percent >= 100 && n < 1000)
		percent = 99;
	snprintf(scratch, VIEW_CELL, "%u %%", percent);
}

static void write_time(const struct view *v, uint64_t n, char scratch[VIEW_CELL])
{
	if (n == 0)
		scratch[0] = '\0';
	else
		clock_local((int64_t)n,
			    v->scene->now.wall - (int64_t)n < TIME_OLD ? "%H:%M"
			    : v->translated                            ? _("%d %b")
								       : "%d %b",
			    scratch);
}

static void write_age(const struct view *v, uint64_t n, char scratch[VIEW_CELL])
{
	if (n == 0)
		str_copy(scratch, VIEW_CELL, v->translated ? _("now") : "now");
	else
		clock_age(v->scene->now.wall - (int64_t)n, scratch);
}

static void (*const writers[VIEW_FORMATS])(const struct view *, uint64_t, char[VIEW_CELL]) = {
	[VIEW_TEXT] = write_count,
	[VIEW_COUNT] = write_count,
	[VIEW_BYTES] = write_bytes,
	[VIEW_RATE_UP] = write_bytes,
	[VIEW_RATE_DOWN] = write_bytes,
	[VIEW_PERCENT] = write_percent,
	[VIEW_SHARE] = write_percent,
	[VIEW_TIME] = write_time,
	[VIEW_AGE] = write_age,
};

const char *view_cell(const struct view *v, unsigned column, uint32_t row, char scratch[VIEW_CELL])
{
	const struct view_column *c = &v->table->columns[column];

	if (v->hide && c->hidden)
		return c->hidden(v, row, scratch);
	if (c->text)
		return c->word ? view_word(v, c->text(v, row, scratch)) : c->text(v, row, scratch);
	writers[c->format](v, c->number(v, row), scratch);
	return scratch;
}

uint64_t view_number(const struct view *v, unsigned column, uint32_t row)
{
	const struct view_column *c = &v->table->columns[column];

	return c->number ? c->number(v, row) : 0;
}

unsigned view_column(const struct view *v, const char *key)
{
	for (unsigned i = 0; i < v->table->column_count; i++) {
		if (strcmp(v->table->columns[i].key, key) == 0)
			return i;
	}
	return VIEW_NONE;
}

bool view_right(const struct view_column *column)
{
	return column->format != VIEW_TEXT;
}

/* ---- widths ---------------------------------------------------------------------------------------------------- */

static int total_width(const struct view_table *table, const int widths[VIEW_COLUMNS])
{
	int total = 0;

	for (unsigned i = 0; i < table->column_count; i++)
		total += widths[i] ? widths[i] + (total > 0) : 0;
	return total;
}

/* The least width of a column, and the usual one. A title and its mark fit in any language. */
static int least_cols(const struct view_column *c)
{
	int title = (int)text_cols(_(c->title)) + view_right(c);

	return title > c->min ? title : c->min;
}

static int usual_cols(const struct view_column *c)
{
	int least = least_cols(c);

	return least > c->want ? least : c->want;
}

/* The same with the columns that matter at their usual width. */
static int usual_width(const struct view_table *table, const int widths[VIEW_COLUMNS])
{
	int usual[VIEW_COLUMNS];

	for (unsigned i = 0; i < table->column_count; i++)
		usual[i] = widths[i] && table->columns[i].drop <= MATTERS ? usual_cols(&table->columns[i]) : widths[i];
	return total_width(table, usual);
}

/* The column that leaves next. */
static unsigned first_to_leave(const struct view_table *table, const int widths[VIEW_COLUMNS])
{
	unsigned found = VIEW_COLUMNS;

	for (unsigned i = 0; i < table->column_count; i++) {
		if (widths[i] && table->columns[i].drop &&
		    (found == VIEW_COLUMNS || table->columns[i].drop > table->columns[found].drop))
			found = i;
	}
	return found;
}

/* Hands what is left to the columns, the most important first. */
static int widen(const struct view_table *table, int left, bool to_max, int widths[VIEW_COLUMNS])
{
	for (unsigned drop = 0; drop <= VIEW_COLUMNS && left > 0; drop++) {
		for (unsigned i = 0; i < table->column_count; i++) {
			const struct view_column *c = &table->columns[i];
			int more = widths[i] && c->drop == drop ? (to_max ? c->max : usual_cols(c)) - widths[i] : 0;

			more = more < left ? more : left;
			if (more <= 0)
				continue;
			widths[i] += more;
			left -= more;
		}
	}
	return left;
}

void view_fit(const struct view *v, int width, int widths[VIEW_COLUMNS])
{
	const struct view_table *table = v->table;
	unsigned leaver;
	int left;

	for (unsigned i = 0; i < VIEW_COLUMNS; i++)
		widths[i] = i < table->column_count && !(v->off & 1u << i) ? least_cols(&table->columns[i]) : 0;
	while (total_width(table, widths) > width && (leaver = first_to_leave(table, widths)) < VIEW_COLUMNS)
		widths[leaver] = 0;
	/* Rather a whole client name than one more column of little use. */
	while (usual_width(table, widths) > width && (leaver = first_to_leave(table, widths)) < VIEW_COLUMNS &&
	       table->columns[leaver].drop >= LITTLE_USE)
		widths[leaver] = 0;
	/* Too narrow even for those that stay: the last ones go, the first is cut. */
	for (unsigned i = table->column_count; i-- > 1 && total_width(table, widths) > width;)
		widths[i] = 0;
	if (widths[0] > width)
		widths[0] = width > 0 ? width : 0;
	left = widen(table, width - total_width(table, widths), false, widths);
	widen(table, left, true, widths);
}
