/* The events, the newest first, each in as many rows as it needs. It does not know where they come from. */
#include "peers/screen_log.h"

#include "base/words.h"
#include "peers/screen_table.h"

enum { DAY = 24 * 3600, TIME_COLS = 8, DATE_COLS = 15, ROWS_OF_ONE = 4 };

static uint32_t kept(const struct events *e)
{
	return !e ? 0 : e->count < EVENTS_KEPT ? e->count : EVENTS_KEPT;
}

/* Dates only once an event is of another day. */
static bool needs_dates(const struct scene *scene, uint32_t count)
{
	const struct event *oldest = count ? events_get(scene->events, count - 1) : NULL;

	return oldest && scene->now.wall - oldest->wall >= DAY;
}

/* How many of the oldest fill the area, at least one. What is wrapped below the frame is not drawn. */
static uint32_t last_page(const struct scene *scene, struct frame *f, int cols, int rows)
{
	const struct frame_area below = {0, f->h, cols, ROWS_OF_ONE};
	uint32_t count = kept(scene->events), fit = 0;

	while (fit < count) {
		const struct event *event = events_get(scene->events, count - 1 - fit);

		rows -= frame_wrap(f, below, FRAME_NORMAL, events_said(event));
		if (rows < 0)
			break;
		fit++;
	}
	return fit ? fit : 1;
}

static void draw(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	struct screen_pane *pane = &s->panes[SCREEN_LOG];
	uint32_t count = kept(scene->events);
	bool dates = needs_dates(scene, count);
	int time_cols = dates ? DATE_COLS : TIME_COLS, y = area.y + 1, end = area.y + area.h;

	screen_scroll(pane, count, (int)last_page(scene, f, area.w - time_cols - 2, area.h - 1), false);
	frame_put(f, area.x, area.y, area.w, FRAME_TITLE, _("Log"));
	if (count == 0)
		screen_draw_nothing(f, area, _("Nothing has happened yet."));
	for (uint32_t i = pane->top; i < count && y < end; i++) {
		pane->page = i - pane->top + 1;
		const struct event *event = events_get(scene->events, i);
		struct frame_area text = {area.x + time_cols + 2, y, area.w - time_cols - 2, ROWS_OF_ONE};
		char time[CLOCK_TEXT];

		text.h = text.h < end - y ? text.h : end - y;
		clock_local(event->wall, dates ? _("%d %b %H:%M:%S") : "%H:%M:%S", time);
		frame_put(f, area.x, y, time_cols, FRAME_DIM, time);
		y += frame_wrap(f, text, FRAME_NORMAL, events_said(event));
	}
}

const struct screen_view screen_log = {N_("log"), SCREEN_SCROLLS, VIEW_COUNTRIES, draw, NULL};
