/* Sightings by country and local hour, as shades. Nothing is counted here. */
#include "peers/screen_heatmap.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"
#include "base/words.h"
#include "peers/screen_table.h"

enum { HOURS = 24, TOTAL_COLS = 9, ALL_COLS = 11, NAME_MIN = 2, NAME_MAX = 24, CELL_MAX = 6, LEGEND_ROOM = 12 };

/* Where things stand, and what the hottest cell holds. */
struct layout {
	int name, cell, total, all; /* columns */
	int hours_x, total_x, all_x;
	const struct history_totals *all_time; /* whose shades are shown; NULL = those of this run */
	uint64_t max;
	int hour; /* of the data; -1 before the first */
};

static const uint64_t *hours_of(const struct layout *l, const struct scene *scene, uint32_t country)
{
	return l->all_time ? l->all_time->hours[country] : scene->fold->countries[country].hours;
}

static struct layout lay_out(const struct scene *scene, struct frame_area area, bool all_time)
{
	struct layout l = {.total = area.w >= 60 ? TOTAL_COLS : 0, .hour = -1, .max = 1};

	l.all_time = all_time ? scene->all_time : NULL;
	l.all = all_time && area.w >= 60 ? ALL_COLS : 0;
	l.cell = (area.w - 18 - l.total - l.all) / HOURS;
	l.cell = l.cell < 1 ? 1 : l.cell > CELL_MAX ? CELL_MAX : l.cell;
	l.name = area.w - l.cell * HOURS - l.total - l.all - 2;
	l.name = l.name > NAME_MAX ? NAME_MAX : l.name < NAME_MIN ? NAME_MIN : l.name;
	l.hours_x = area.x + l.name + 1;
	l.total_x = l.hours_x + l.cell * HOURS + 1;
	l.all_x = l.total_x + l.total;
	if (!screen_empty(scene))
		l.hour = clock_hour(scene->wall);
	for (unsigned i = 0; i < country_count(); i++) {
		for (int h = 0; h < HOURS; h++) {
			if (hours_of(&l, scene, i)[h] > l.max)
				l.max = hours_of(&l, scene, i)[h];
		}
	}
	return l;
}

static void draw_hours(struct frame *f, const struct layout *l, int y)
{
	int step = l->cell >= 3 ? 1 : l->cell == 2 ? 2 : 6;

	for (int h = 0; h < HOURS; h++) {
		bool near = l->hour >= 0 && abs(h - l->hour) * l->cell < 3; /* the label of now stands there */
		char text[STR_NUMBER];

		if (h != l->hour && (h % step || near))
			continue;
		snprintf(text, sizeof(text), "%02d", h);
		frame_put(f, l->hours_x + h * l->cell, y, 2, h == l->hour ? FRAME_NOW : FRAME_HEADER, text);
	}
	if (l->total)
		frame_put_right(f, l->total_x, y, l->total - 1, FRAME_HEADER, _("seen"));
	if (l->all)
		frame_put_right(f, l->all_x, y, l->all - 1, FRAME_HEADER, _("all seen"));
}

static void draw_country(struct frame *f, const struct layout *l, const struct scene *scene, struct frame_area row,
			 uint32_t country)
{
	const struct fold_country *c = &scene->fold->countries[country];
	char name[VIEW_CELL];

	snprintf(name, sizeof(name), l->name > 6 ? "%s %s" : "%s", country_code((country_t)country),
		 _(country_name((country_t)country)));
	frame_put(f, row.x, row.y, l->name, FRAME_NORMAL, name);
	for (int h = 0; h < HOURS; h++)
		frame_heat(f, l->hours_x + h * l->cell, row.y, l->cell,
			   frame_heat_level(hours_of(l, scene, country)[h], l->max));
	if (l->total)
		screen_put_count(f, l->total_x, row.y, l->total - 1, FRAME_NORMAL, c->sightings);
	if (l->all)
		screen_put_count(f, l->all_x, row.y, l->all - 1, FRAME_NORMAL,
				 l->all_time->countries[country].sightings);
}

/* The mark under the hour of the data. */
static void draw_now(struct frame *f, const struct layout *l, int y)
{
	if (l->hour >= 0)
		frame_put(f, l->hours_x + l->hour * l->cell, y, 1, FRAME_NOW, "▲");
}

static void draw_legend(struct frame *f, const struct layout *l, struct frame_area row)
{
	int x = row.x;

	x += frame_put(f, x, row.y, row.w, FRAME_DIM, _("sightings  "));
	for (unsigned step = 1; step <= FRAME_HEAT_LEVELS; step++) {
		char text[FRAME_HEAT_TEXT];

		if (!frame_heat_text(step, l->max, text))
			continue;
		if (x + 4 + frame_cols(f, text) > row.x + row.w)
			break;
		frame_heat(f, x, row.y, 2, step);
		x += 3 + frame_put(f, x + 3, row.y, row.w, FRAME_DIM, text) + 3;
	}
}

static void draw(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	struct screen_pane *pane = &s->panes[SCREEN_HEATMAP];
	struct layout l = lay_out(scene, area, pane->rows.all_time);
	int room;

	view_update(&pane->rows, scene);
	room = area.h - 4; /* title, hours, mark, legend */
	screen_scroll(pane, pane->rows.count, room, true);
	screen_draw_title(s, f, area,
			  l.all_time ? _("Heatmap: sightings of all time by country and local hour")
				     : _("Heatmap: sightings by country and local hour"));
	if (pane->count == 0) {
		screen_draw_nothing(f, area,
				    screen_empty(scene) ? _("No daemon has answered yet; 1 shows what was tried.")
							: _("Nothing matches the filter. Esc drops it."));
		return;
	}
	draw_hours(f, &l, area.y + 1);
	for (int i = 0; i < room && pane->top + (uint32_t)i < pane->count; i++) {
		uint32_t number = pane->top + (uint32_t)i;
		struct frame_area row = {area.x, area.y + 2 + i, area.w, 1};

		draw_country(f, &l, scene, row, pane->rows.rows[number]);
		if (number == pane->cursor)
			frame_paint(f, row.x, row.y, l.name, FRAME_CURSOR);
		if (i + 1 == room || number + 1 == pane->count)
			draw_now(f, &l, row.y + 1);
	}
	draw_legend(f, &l, (struct frame_area){area.x, area.y + area.h - 1, area.w, 1});
}

const struct screen_view screen_heatmap = {
	N_("heatmap"), SCREEN_SCROLLS | SCREEN_HAS_ROWS | SCREEN_OPENS, VIEW_COUNTRIES, draw, screen_open_country};
