/* Connections of now by place, on the map. How a map is drawn is known in atlas.c. */
#include "peers/screen_map.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"
#include "base/words.h"
#include "base/xmalloc.h"
#include "peers/places.h"

/* "∘ 1-2  • 3-6  ...", as much as fits; returns the column behind it. */
static int draw_steps(struct frame *f, int x, int y, int end, uint64_t most)
{
	for (unsigned step = 1; most > 0 && step <= FRAME_HEAT_LEVELS; step++) {
		char text[FRAME_HEAT_TEXT];

		if (!frame_heat_text(step, most, text))
			continue;
		if (x + 2 + frame_cols(f, text) > end)
			break;
		frame_put(f, x, y, 1, (enum frame_style)(FRAME_HEAT1 + step - 1), atlas_symbol(f, step));
		x += 2 + frame_put(f, x + 2, y, end - x - 2, FRAME_DIM, text) + 2;
	}
	return x;
}

static int steps_cols(struct frame *f, uint64_t most)
{
	char text[FRAME_HEAT_TEXT];
	int cols = 0;

	for (unsigned step = 1; most > 0 && step <= FRAME_HEAT_LEVELS; step++)
		if (frame_heat_text(step, most, text))
			cols += 2 + frame_cols(f, text) + 2;
	return cols ? cols - 2 : 0;
}

/* What the map does not show, in at most so many columns if it can be said in so few. */
static void left_out_text(struct frame *f, uint64_t outside, uint64_t nowhere, int cols, char text[VIEW_CELL])
{
	char a[STR_NUMBER], b[STR_NUMBER], both[STR_NUMBER];

	str_count(outside, a);
	str_count(nowhere, b);
	str_count(outside + nowhere, both);
	snprintf(text, VIEW_CELL, _("%s elsewhere, %s without a place"), a, b);
	if (frame_cols(f, text) > cols)
		snprintf(text, VIEW_CELL, _("%s elsewhere, %s nowhere"), a, b);
	if (frame_cols(f, text) > cols)
		snprintf(text, VIEW_CELL, _("%s not shown"), both);
}

/* It is said beside the steps, else in what is left of the title's row. */
static void draw_legend(struct frame *f, struct frame_area row, struct frame_area title,
			const struct atlas_drawn *drawn, uint64_t nowhere)
{
	int end = row.x + row.w, x;
	char text[VIEW_CELL];

	x = row.x;
	if (frame_cols(f, _("connections  ")) + steps_cols(f, drawn->most) <= row.w)
		x += frame_put(f, row.x, row.y, row.w, FRAME_DIM, _("connections  "));
	x = draw_steps(f, x, row.y, end, drawn->most);
	left_out_text(f, drawn->outside, nowhere, INT_MAX, text);
	if (x + frame_cols(f, text) <= end) {
		frame_put_right(f, x, row.y, end - x, FRAME_DIM, text);
	} else if (title.w > 0) {
		left_out_text(f, drawn->outside, nowhere, title.w, text);
		frame_put_right(f, title.x, title.y, title.w, FRAME_DIM, text);
	}
}

static void draw(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	struct frame_area map = {area.x, area.y + 1, area.w, area.h - 2};
	struct atlas_drawn drawn;
	struct atlas_place *at;
	struct places found;
	char title[VIEW_CELL];
	int used;

	snprintf(title, sizeof(title), _("Map: %s"), _(atlas_window(s->zoom)->name));
	used = frame_put(f, area.x, area.y, area.w, FRAME_TITLE, title) + 2;
	places_find(&found, scene);
	at = xcalloc(found.count + 1, sizeof(*at));
	for (size_t i = 0; i < found.count; i++)
		at[i] = found.items[i].at;
	drawn = atlas_draw(f, map, s->zoom, at, found.count);
	draw_legend(f, (struct frame_area){area.x, area.y + area.h - 1, area.w, 1},
		    (struct frame_area){area.x + used, area.y, area.w - used, 1}, &drawn, found.nowhere);
	free(at);
	places_done(&found);
}

const struct screen_view screen_map = {N_("map"), SCREEN_LEAVES | SCREEN_ZOOMS, VIEW_COUNTRIES, draw, NULL};
