/* Draws rows of a view as a table, and the views that are nothing else. It knows no column by name. */
#include "peers/screen_table.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/words.h"
#include "peers/screen_bars.h"

enum { SHARE_FIGURE = 5 /* "100 %" */ };

/* ---- numbers --------------------------------------------------------------------------------------------------- */

void screen_count(const struct frame *f, uint64_t n, int cols, char scratch[VIEW_CELL])
{
	static const char units[] = {'k', 'M', 'G', 'T', 'P', 'E'};
	double figure = (double)n;
	int unit = -1;

	str_count(n, scratch);
	if (frame_cols(f, scratch) <= cols)
		return;
	while (figure >= 999.5 && unit < 5) {
		figure /= 1000;
		unit++;
	}
	snprintf(scratch, VIEW_CELL, figure < 9.95 && cols > 3 ? "%.1f%c" : "%.0f%c", figure,
		 units[unit < 0 ? 0 : unit]);
}

void screen_put_count(struct frame *f, int x, int y, int cols, enum frame_style style, uint64_t n)
{
	char text[VIEW_CELL];

	screen_count(f, n, cols, text);
	frame_put_right(f, x, y, cols, n ? style : FRAME_DIM, text);
}

void screen_put_rate(struct frame *f, int x, int y, int cols, enum frame_style style, uint64_t rate)
{
	char text[VIEW_CELL];

	frame_put_right(f, x, y, cols, rate ? style : FRAME_DIM, view_bytes((double)rate, text));
}

/* ---- cells ----------------------------------------------------------------------------------------------------- */

/* Everything a cell needs to be drawn. */
struct cell {
	struct frame *f;
	const struct view *v;
	unsigned column;
	uint32_t row;
	int x, y, cols;
	bool live;
};

static enum frame_style shade(const struct cell *c, enum frame_style style)
{
	return c->live ? style : FRAME_DIM;
}

static void draw_text(const struct cell *c)
{
	char scratch[VIEW_CELL];

	frame_put(c->f, c->x, c->y, c->cols, shade(c, FRAME_NORMAL), view_cell(c->v, c->column, c->row, scratch));
}

static void draw_right(const struct cell *c)
{
	char scratch[VIEW_CELL];

	frame_put_right(c->f, c->x, c->y, c->cols, shade(c, FRAME_NORMAL), view_cell(c->v, c->column, c->row, scratch));
}

static void draw_count(const struct cell *c)
{
	screen_put_count(c->f, c->x, c->y, c->cols, shade(c, FRAME_NORMAL), view_number(c->v, c->column, c->row));
}

static void draw_bytes(const struct cell *c)
{
	screen_put_rate(c->f, c->x, c->y, c->cols, shade(c, FRAME_NORMAL), view_number(c->v, c->column, c->row));
}

static void draw_up(const struct cell *c)
{
	screen_put_rate(c->f, c->x, c->y, c->cols, shade(c, FRAME_UP), view_number(c->v, c->column, c->row));
}

static void draw_down(const struct cell *c)
{
	screen_put_rate(c->f, c->x, c->y, c->cols, shade(c, FRAME_DOWN), view_number(c->v, c->column, c->row));
}

static void draw_share(const struct cell *c)
{
	int bar = c->cols - SHARE_FIGURE - 1;
	char scratch[VIEW_CELL];

	if (bar > 1)
		frame_bar(c->f, c->x, c->y, bar, FRAME_BAR, (double)view_number(c->v, c->column, c->row) / 1000);
	frame_put_right(c->f, c->x, c->y, c->cols, shade(c, FRAME_NORMAL), view_cell(c->v, c->column, c->row, scratch));
}

static void (*const cell_drawers[VIEW_FORMATS])(const struct cell *) = {
	[VIEW_TEXT] = draw_text,
	[VIEW_COUNT] = draw_count,
	[VIEW_BYTES] = draw_bytes,
	[VIEW_RATE_UP] = draw_up,
	[VIEW_RATE_DOWN] = draw_down,
	[VIEW_PERCENT] = draw_right,
	[VIEW_SHARE] = draw_share,
	[VIEW_TIME] = draw_right,
	[VIEW_AGE] = draw_right,
};

/* ---- the table ------------------------------------------------------------------------------------------------- */

/* The sorted column carries a mark; a rate's title leaves room for the unit's padding. */
static void draw_heads(struct frame *f, struct frame_area area, const struct view *v, const int widths[VIEW_COLUMNS])
{
	int x = area.x;

	for (unsigned i = 0; i < v->table->column_count; i++) {
		const struct view_column *c = &v->table->columns[i];
		bool down = v->reverse != view_right(c);
		char title[VIEW_CELL];

		if (!widths[i])
			continue;
		snprintf(title, sizeof(title), "%s%s", _(c->title), i != v->sort ? "" : down ? "▾" : "▴");
		if (view_right(c))
			frame_put_right(f, x, area.y, widths[i], i == v->sort ? FRAME_STRONG : FRAME_HEADER, title);
		else
			frame_put(f, x, area.y, widths[i], i == v->sort ? FRAME_STRONG : FRAME_HEADER, title);
		x += widths[i] + 1;
	}
}

static void draw_row(struct frame *f, struct frame_area area, const struct view *v, const int widths[VIEW_COLUMNS],
		     uint32_t number)
{
	struct cell cell = {
		.f = f, .v = v, .row = v->rows[number], .x = area.x, .y = area.y, .live = number < v->live};

	for (unsigned i = 0; i < v->table->column_count; i++) {
		if (!widths[i])
			continue;
		cell.column = i;
		cell.cols = widths[i];
		cell_drawers[v->table->columns[i].format](&cell);
		cell.x += widths[i] + 1;
	}
}

void screen_draw_table(struct frame *f, struct frame_area area, const struct view *v, uint32_t top, int64_t cursor)
{
	int widths[VIEW_COLUMNS];

	if (area.h <= 0 || area.w <= 0)
		return;
	view_fit(v, area.w, widths);
	draw_heads(f, area, v, widths);
	for (int i = 1; i < area.h && top + (uint32_t)i - 1 < v->count; i++) {
		uint32_t number = top + (uint32_t)i - 1;
		struct frame_area row = {area.x, area.y + i, area.w, 1};

		draw_row(f, row, v, widths, number);
		if (cursor == (int64_t)number)
			frame_paint(f, area.x - 1, row.y, area.w + 2, FRAME_CURSOR);
	}
}

void screen_draw_nothing(struct frame *f, struct frame_area area, const char *text)
{
	int cols = frame_cols(f, text), x = area.x + (area.w - cols) / 2;

	frame_put(f, x > area.x ? x : area.x, area.y + area.h / 3, area.w, FRAME_DIM, text);
}

void screen_draw_title(const struct screen *s, struct frame *f, struct frame_area area, const char *title)
{
	const struct screen_pane *pane = &s->panes[s->at];
	char count[STR_NUMBER], all[STR_NUMBER], live[STR_NUMBER], text[VIEW_CELL];
	uint32_t last = pane->top + pane->page < pane->count ? pane->top + pane->page : pane->count;
	int right, at = 0;

	str_count(pane->rows.all, all);
	str_count(pane->count, count);
	str_count(pane->rows.live, live);
	if (pane->filter[0])
		snprintf(text, sizeof(text), _("%s of %s match %.200s"), count, all, pane->filter);
	else if (pane->count > pane->page)
		at = snprintf(text, sizeof(text), _("%u-%u of %s"), pane->top + 1, last, count);
	else
		at = snprintf(text, sizeof(text), "%s", count);
	if (!pane->filter[0] && pane->rows.live < pane->count)
		snprintf(text + at, sizeof(text) - (size_t)at, _(", %s now"), live);
	right = frame_cols(f, text) < area.w / 2 ? frame_cols(f, text) : area.w / 2;
	frame_put(f, area.x, area.y, area.w - right - 2, FRAME_TITLE, title);
	frame_put(f, area.x + area.w - right, area.y, right, pane->filter[0] ? FRAME_WARN : FRAME_DIM, text);
}

static const char *nothing(const struct screen *s, const struct scene *scene)
{
	if (s->panes[s->at].filter[0])
		return _("Nothing matches the filter. Esc drops it.");
	return screen_empty(scene) ? _("No daemon has answered yet; 1 shows what was tried.") : _("Nothing here yet.");
}

void screen_draw_pane(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area,
		      const char *title)
{
	struct screen_pane *pane = &s->panes[s->at];
	struct frame_area table = {area.x, area.y + 1, area.w, area.h - 1};

	view_update(&pane->rows, scene);
	screen_scroll(pane, pane->rows.count, table.h - 1, true);
	screen_draw_title(s, f, area, title);
	if (pane->count)
		screen_draw_table(f, table, &pane->rows, pane->top, pane->cursor);
	else
		screen_draw_nothing(f, table, nothing(s, scene));
}

/* ---- the views ------------------------------------------------------------------------------------------------- */

static void draw_peers(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	screen_draw_pane(s, scene, f, area, _("Peers"));
}

/* The licence of the geo database wants to be named where its results are. */
static void draw_countries(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	screen_draw_credit(scene, f, &area);
	screen_draw_pane(s, scene, f, area, _("Countries"));
}

static void draw_clients(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	screen_draw_pane(s, scene, f, area, _("Clients"));
}

static void draw_torrents(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	screen_draw_pane(s, scene, f, area, _("Torrents"));
}

static void draw_family(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	uint32_t family = s->panes[SCREEN_FAMILY].rows.scope;
	bool known = scene->clients && family < clients_count(scene->clients);
	const char *name = known ? clients_get(scene->clients, family)->family_name : "Unknown";
	char title[VIEW_CELL];

	snprintf(title, sizeof(title), _("Clients > %s"), family > CLIENT_OTHER ? name : _(name));
	screen_draw_pane(s, scene, f, area, title);
}

static void draw_torrent(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	uint32_t torrent = s->panes[SCREEN_TORRENT].rows.scope;
	const char *name = torrent < scene->fold->torrent_count ? scene->fold->torrents[torrent].name : NULL;
	char title[VIEW_CELL * 2];

	snprintf(title, sizeof(title), _("Torrents > %s"), name && *name ? name : _("(no name)"));
	screen_draw_pane(s, scene, f, area, title);
}

enum {
	TABLE = SCREEN_SCROLLS | SCREEN_HAS_ROWS,
	PEERS = TABLE | SCREEN_OPENS | SCREEN_HAS_ADDRESSES,
};

const struct screen_view screen_peers = {
	N_("peers"), PEERS, VIEW_PEERS, draw_peers, screen_open_peer};
const struct screen_view screen_countries = {
	N_("countries"), TABLE | SCREEN_OPENS, VIEW_COUNTRIES, draw_countries, screen_open_country};
const struct screen_view screen_clients = {
	N_("clients"), TABLE | SCREEN_OPENS, VIEW_CLIENTS, draw_clients, screen_open_family};
const struct screen_view screen_torrents = {
	N_("torrents"), TABLE | SCREEN_OPENS, VIEW_TORRENTS, draw_torrents, screen_open_torrent};
const struct screen_view screen_family = {N_("versions"), TABLE | SCREEN_LEAVES, VIEW_VERSIONS, draw_family, NULL};
const struct screen_view screen_torrent = {
	N_("peers"), PEERS | SCREEN_LEAVES, VIEW_PEERS, draw_torrent, screen_open_peer};
