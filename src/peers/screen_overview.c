/* Everything at a glance, in as many columns as there is room for: countries, panels beside them, and in a large
 * terminal torrents and peers. What is in the panels is known in screen_panels.c. */
#include "peers/screen_overview.h"

#include <stdio.h>

#include "base/str.h"
#include "base/words.h"
#include "peers/screen_panels.h"
#include "peers/screen_table.h"
#include "peers/screen_waiting.h"

enum {
	GAP = 3,
	TWO_FROM = 64,    /* columns: countries alone below */
	THREE_FROM = 150, /* columns */
	SIDE_MIN = 31,
	PART = 64, /* bytes of one of the sums */
	SIDE_MAX = 64,
	TALL_FROM = 26,  /* rows for tall panels */
	LISTS_FROM = 34, /* rows for lists below the countries */
};

/* ---- countries ------------------------------------------------------------------------------------------------- */

/* Columns of the panel, from the right: what does not fit has width 0. */
struct country_layout {
	int name, bar, now, seen, all, up, down;
};

static struct country_layout country_layout(int w, bool all_time)
{
	struct country_layout l = {.now = 5, .up = w >= 34 ? 7 : 0, .down = w >= 56 ? 7 : 0};
	int rest;

	l.seen = w >= 60 ? 9 : w >= 40 ? 6 : 0;
	if (all_time) {
		l.all = w >= 60 ? 11 : w >= 30 ? 8 : 0;
		l.down = w >= 68 ? l.down : 0;
		l.up = w >= 50 ? l.up : 0;
	}
	rest = w - 3 - l.now - (l.seen ? l.seen + 1 : 0) - (l.all ? l.all + 1 : 0) - (l.up ? l.up + 1 : 0) -
	       (l.down ? l.down + 1 : 0);
	l.name = rest * 3 / 5;
	l.name = l.name > 22 ? 22 : l.name < 8 ? 8 : l.name;
	l.bar = rest - l.name - 2;
	l.bar = l.bar > 40 ? 40 : l.bar < 3 ? 0 : l.bar;
	if (!l.bar)
		l.name = rest - 1;
	return l;
}

static void country_heads(struct frame *f, struct frame_area area, const struct country_layout *l)
{
	int x = area.x + 3 + l->name + (l->bar ? l->bar + 1 : 0) + 1;

	frame_put(f, area.x, area.y, l->name + 3, FRAME_TITLE, _("Countries"));
	frame_put_right(f, x, area.y, l->now, FRAME_HEADER, _("now"));
	x += l->now + 1;
	if (l->seen)
		frame_put_right(f, x, area.y, l->seen, FRAME_HEADER, _("seen"));
	x += l->seen ? l->seen + 1 : 0;
	if (l->all)
		frame_put_right(f, x, area.y, l->all, FRAME_HEADER, _("all seen"));
	x += l->all ? l->all + 1 : 0;
	if (l->up)
		frame_put_right(f, x, area.y, l->up, FRAME_HEADER, "↑/s ");
	x += l->up ? l->up + 1 : 0;
	if (l->down)
		frame_put_right(f, x, area.y, l->down, FRAME_HEADER, "↓/s ");
}

static void country_row(struct frame *f, struct frame_area row, const struct country_layout *l,
			const struct scene *scene, country_t country, uint32_t most)
{
	const struct fold_country *c = &scene->fold->countries[country];
	enum frame_style style = c->now.connections ? FRAME_NORMAL : FRAME_DIM;
	int x = row.x;

	frame_put(f, x, row.y, 2, style, country_code(country));
	x += 3;
	frame_put(f, x, row.y, l->name, style, _(country_name(country)));
	x += l->name + 1;
	if (l->bar)
		frame_bar(f, x, row.y, l->bar, FRAME_BAR, most ? (double)c->now.connections / most : 0);
	x += l->bar ? l->bar + 1 : 0;
	screen_put_count(f, x, row.y, l->now, FRAME_STRONG, c->now.connections);
	x += l->now + 1;
	if (l->seen)
		screen_put_count(f, x, row.y, l->seen, style, c->sightings);
	x += l->seen ? l->seen + 1 : 0;
	if (l->all)
		screen_put_count(f, x, row.y, l->all, style, scene->all_time->countries[country].sightings);
	x += l->all ? l->all + 1 : 0;
	if (l->up)
		screen_put_rate(f, x, row.y, l->up, FRAME_UP, c->now.rate_up);
	x += l->up ? l->up + 1 : 0;
	if (l->down)
		screen_put_rate(f, x, row.y, l->down, FRAME_DOWN, c->now.rate_down);
}

/* What the exclusions of the configuration keep out of all the rest; never silently. Returns its columns. */
static int draw_excluded(const struct scene *scene, struct frame *f, struct frame_area row)
{
	char text[VIEW_CELL], count[STR_NUMBER];

	if (!scene->excluded.sightings)
		return 0;
	str_count(scene->excluded.connections, count);
	snprintf(text, sizeof(text), _("%s excluded"), count);
	frame_put_right(f, row.x, row.y, row.w, FRAME_DIM, text);
	return frame_cols(f, text) + 1;
}

/* The sums, as many of them as fit. */
static void draw_totals(const struct scene *scene, struct frame *f, struct frame_area row)
{
	const struct fold *fold = scene->fold;
	char now[PART], addresses[PART], unique[PART], seen[PART], text[VIEW_CELL], count[STR_NUMBER];

	row.w -= draw_excluded(scene, f, row);
	str_count(fold->now.connections, count);
	snprintf(now, sizeof(now), _("%s now"), count);
	str_count(fold->now.addresses, count);
	snprintf(addresses, sizeof(addresses), _n("%s address", "%s addresses", fold->now.addresses), count);
	str_count(fold->unique, count);
	snprintf(unique, sizeof(unique), _("%s%s unique"), fold->forgot ? "~" : "", count);
	str_count(fold->sightings, count);
	snprintf(seen, sizeof(seen), _("%s seen"), count);
	snprintf(text, sizeof(text), "%s · %s · %s · %s", now, addresses, unique, seen);
	if (frame_cols(f, text) > row.w)
		snprintf(text, sizeof(text), "%s · %s · %s", now, addresses, unique);
	if (frame_cols(f, text) > row.w)
		snprintf(text, sizeof(text), "%s · %s", now, unique);
	frame_put(f, row.x, row.y, row.w, FRAME_STRONG, text);
}

/* The same beside the sums of all time. */
static void draw_all_time(const struct scene *scene, struct frame *f, struct frame_area row)
{
	const struct history_totals *t = scene->all_time;
	const char *about = scene->fold->forgot ? "~" : "", *all_about = t->unique_exact ? "" : "~";
	char unique[STR_NUMBER], seen[STR_NUMBER], all_unique[STR_NUMBER], all_seen[STR_NUMBER], since[CLOCK_TEXT];
	char text[VIEW_CELL];

	row.w -= draw_excluded(scene, f, row);
	str_count(scene->fold->unique, unique);
	str_count(scene->fold->sightings, seen);
	str_count(t->all.unique, all_unique);
	str_count(t->all.sightings, all_seen);
	str_copy(since, sizeof(since), _("of all time"));
	if (t->since)
		clock_local(t->since, _("since %Y-%m-%d"), since);
	snprintf(text, sizeof(text), _("this run: %s%s unique · %s seen   %s: %s%s unique · %s seen"), about, unique,
		 seen, since, all_about, all_unique, all_seen);
	if (frame_cols(f, text) > row.w)
		snprintf(text, sizeof(text), _("%s%s unique, %s%s %s"), about, unique, all_about, all_unique, since);
	if (frame_cols(f, text) > row.w)
		snprintf(text, sizeof(text), _("%s%s unique, %s%s ever"), about, unique, all_about, all_unique);
	frame_put(f, row.x, row.y, row.w, FRAME_STRONG, text);
}

/* The last two rows: how many more there are, and the sums. */
static void draw_countries(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	struct screen_pane *pane = &s->panes[SCREEN_OVERVIEW];
	struct country_layout l = country_layout(area.w, pane->rows.all_time);
	int room = area.h - 2 - (area.h >= 12); /* head, sums, a blank row */
	uint32_t most = 0;
	char text[VIEW_CELL], count[STR_NUMBER];

	view_update(&pane->rows, scene);
	if ((int64_t)pane->rows.count > room)
		room -= area.h < 12; /* the row that counts the others has the blank one where there is one */
	screen_scroll(pane, pane->rows.count, room, false);
	for (uint32_t i = 0; i < pane->rows.live; i++) {
		uint32_t n = scene->fold->countries[pane->rows.rows[i]].now.connections;

		most = n > most ? n : most;
	}
	country_heads(f, area, &l);
	for (int i = 0; i < room && pane->top + (uint32_t)i < pane->count; i++) {
		struct frame_area row = {area.x, area.y + 1 + i, area.w, 1};

		country_row(f, row, &l, scene, (country_t)pane->rows.rows[pane->top + (uint32_t)i], most);
	}
	if (pane->count == 0)
		frame_put(f, area.x, area.y + 2, area.w, FRAME_DIM, _("No peer is connected."));
	if (pane->count > pane->top + pane->page) {
		str_count(pane->count - pane->top - pane->page, count);
		snprintf(text, sizeof(text), _("+%s more"), count);
		frame_put(f, area.x, area.y + area.h - 2, area.w, FRAME_DIM, text);
	}
	if (pane->rows.all_time)
		draw_all_time(scene, f, (struct frame_area){area.x, area.y + area.h - 1, area.w, 1});
	else
		draw_totals(scene, f, (struct frame_area){area.x, area.y + area.h - 1, area.w, 1});
}

/* ---- short lists ----------------------------------------------------------------------------------------------- */

static void draw_list(struct view *v, const struct scene *scene, struct frame *f, struct frame_area area,
		      const char *title)
{
	view_update(v, scene);
	frame_put(f, area.x, area.y, area.w, FRAME_TITLE, title);
	area.y++;
	area.h--;
	screen_draw_table(f, area, v, 0, SCREEN_NO_CURSOR);
}

static void draw_torrents(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	draw_list(&s->top_torrents, scene, f, area, _("Torrents with most peers"));
}

static void draw_peers(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	draw_list(&s->top_peers, scene, f, area, _("Fastest peers"));
}

/* ---- columns of panels ----------------------------------------------------------------------------------------- */

struct panel {
	void (*draw)(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area);
	int min, want; /* rows; the first panels get their wish first, the last all that is left */
};

static const struct panel side_panels[] = {
	{screen_hours_panel, 3, 5},
	{screen_trend_panel, 2, 2},
	{screen_mix_panel, 4, 4},
	{screen_clients_panel, 3, 5},
};

static const struct panel tall_panels[] = {
	{screen_hours_panel, 4, 9},
	{screen_trend_panel, 3, 5},
	{screen_mix_panel, 8, 8},
	{screen_clients_panel, 6, 60},
};

static const struct panel list_panels[] = {
	{draw_torrents, 5, 18},
	{draw_peers, 6, 60},
};

/* How many of the panels fit with their least heights. */
static int fitting(const struct panel *panels, int count, int h)
{
	int need = 0, n;

	for (n = 0; n < count && need + panels[n].min <= h; n++)
		need += panels[n].min;
	return n;
}

static void draw_panels(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area,
			const struct panel *panels, int count)
{
	int n = fitting(panels, count, area.h), left = area.h, gap;

	for (int i = 0; i < n; i++)
		left -= panels[i].min;
	gap = n > 1 && left >= n - 1 ? 1 : 0;
	left -= gap * (n - 1);
	for (int i = 0; i < n; i++) {
		int more = panels[i].want - panels[i].min < left ? panels[i].want - panels[i].min : left;

		area.h = panels[i].min + more;
		left -= more;
		panels[i].draw(s, scene, f, area);
		area.y += area.h + gap;
	}
}

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

static void draw_side(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	if (area.h >= TALL_FROM)
		draw_panels(s, scene, f, area, tall_panels, COUNT_OF(tall_panels));
	else
		draw_panels(s, scene, f, area, side_panels, COUNT_OF(side_panels));
}

static void draw_two(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	int side = area.w * 38 / 100;
	struct frame_area left = area, right = area;

	side = side < SIDE_MIN ? SIDE_MIN : side > SIDE_MAX ? SIDE_MAX : side;
	left.w = area.w - side - GAP;
	right.x = area.x + left.w + GAP;
	right.w = side;
	if (area.h >= LISTS_FROM) {
		struct frame_area lists = {left.x, left.y + area.h * 55 / 100 + 1, left.w,
					   area.h - area.h * 55 / 100 - 1};

		left.h = area.h * 55 / 100;
		draw_panels(s, scene, f, lists, list_panels, COUNT_OF(list_panels));
	}
	draw_countries(s, scene, f, left);
	draw_side(s, scene, f, right);
}

static void draw_three(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	int third = (area.w - 2 * GAP) / 3;
	struct frame_area a = {area.x, area.y, third, area.h};

	draw_countries(s, scene, f, a);
	a.x += third + GAP;
	a.w = third > SIDE_MAX ? SIDE_MAX : third;
	draw_side(s, scene, f, a);
	a.x += a.w + GAP;
	a.w = area.x + area.w - a.x;
	draw_panels(s, scene, f, a, list_panels, COUNT_OF(list_panels));
}

static void draw(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	if (screen_empty(scene))
		screen_draw_waiting(scene, f, area);
	else if (area.w >= THREE_FROM)
		draw_three(s, scene, f, area);
	else if (area.w >= TWO_FROM)
		draw_two(s, scene, f, area);
	else
		draw_countries(s, scene, f, area);
}

const struct screen_view screen_overview = {N_("overview"), SCREEN_SCROLLS, VIEW_COUNTRIES, draw, NULL};
