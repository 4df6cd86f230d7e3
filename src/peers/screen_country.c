/* One country: sums, cities, peers. It knows no terminal, and not how rows are sorted. */
#include "peers/screen_country.h"

#include <stdio.h>

#include "base/str.h"
#include "base/words.h"
#include "peers/screen_table.h"

enum { SIDE_BY_SIDE = 130, CITIES_WIDTH = 62, GAP = 4, FEW_ROWS = 12 };

static void draw_sums(const struct scene *scene, struct frame *f, struct frame_area area, uint32_t country)
{
	const struct fold_country *c = &scene->fold->countries[country];
	char now[STR_NUMBER], unique[STR_NUMBER], seen[STR_NUMBER], up[STR_NUMBER], down[STR_NUMBER], text[VIEW_CELL];

	str_count(c->now.connections, now);
	str_count(fold_unique(scene->fold, (country_t)country), unique);
	str_count(c->sightings, seen);
	str_bytes((double)c->now.rate_up, up);
	str_bytes((double)c->now.rate_down, down);
	snprintf(text, sizeof(text), _("%s now · %s%s unique · %s seen · ↑ %s/s ↓ %s/s"), now,
		 scene->fold->forgot ? "~" : "", unique, seen, up, down);
	frame_put(f, area.x, area.y, area.w, FRAME_DIM, text);
}

/* Cities are worth room only where the database knows them. */
static uint32_t known_cities(const struct view *cities)
{
	return cities->count == 1 && cities->groups[cities->rows[0]].name[0] == '(' ? 0 : cities->count;
}

static int city_rows(const struct view *cities, struct frame_area area)
{
	int rows = (int)known_cities(cities), most = area.h / 3;

	if (area.h < FEW_ROWS || rows == 0)
		return 0;
	return rows < most ? rows : most;
}

static void draw_cities(struct screen *s, struct frame *f, struct frame_area area)
{
	char text[VIEW_CELL];
	int missing = (int)s->cities.count - (area.h - 1);

	screen_draw_table(f, area, &s->cities, 0, SCREEN_NO_CURSOR);
	if (missing <= 0)
		return;
	for (int x = 0; x < area.w; x++)
		frame_put(f, area.x + x, area.y + area.h - 1, 1, FRAME_NORMAL, " ");
	snprintf(text, sizeof(text), _("+%d more"), missing + 1);
	frame_put(f, area.x, area.y + area.h - 1, area.w, FRAME_DIM, text);
}

static void draw(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	uint32_t country = s->panes[SCREEN_COUNTRY].rows.scope;
	struct frame_area cities = area, peers = area;
	char title[VIEW_CELL];
	int rows;

	s->panes[SCREEN_COUNTRY].rows.hide = s->hide;
	view_update(&s->cities, scene);
	area.y += 1;
	area.h -= 1;
	peers.y += 2;
	peers.h -= 2;
	if (area.w >= SIDE_BY_SIDE && known_cities(&s->cities)) {
		cities = (struct frame_area){area.x, area.y + 1, CITIES_WIDTH, area.h - 1};
		peers.x += CITIES_WIDTH + GAP;
		peers.w -= CITIES_WIDTH + GAP;
		draw_cities(s, f, cities);
	} else if ((rows = city_rows(&s->cities, area)) > 0) {
		cities = (struct frame_area){area.x, area.y + 1, area.w, rows + 1};
		peers.y += rows + 2;
		peers.h -= rows + 2;
		draw_cities(s, f, cities);
	}
	snprintf(title, sizeof(title), _("Countries > %s %s"), country_code((country_t)country),
		 _(country_name((country_t)country)));
	frame_put(f, area.x, area.y - 1, area.w, FRAME_TITLE, title);
	draw_sums(scene, f, area, country);
	screen_draw_pane(s, scene, f, peers, _("Peers"));
}

const struct screen_view screen_country = {
	N_("country"),
	SCREEN_SCROLLS | SCREEN_HAS_ROWS | SCREEN_OPENS | SCREEN_HAS_ADDRESSES | SCREEN_LEAVES,
	VIEW_PEERS,
	draw,
	screen_open_peer,
};
