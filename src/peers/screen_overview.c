/* Everything at a glance: countries, hours, the last hour, how the connections are made up, clients; where there is room,
 * torrents and peers. Before the first answer: what was tried and what to check. */
#include "peers/screen_overview.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "peers/screen_bars.h"
#include "peers/screen_table.h"

enum {
	GAP = 3,
	TWO_FROM = 64,    /* columns: countries alone below */
	THREE_FROM = 150, /* columns */
	SIDE_MIN = 28,
	SIDE_MAX = 64,
	HOURS = 24,
	TREND_COLS = 180,
};

/* ---- countries ------------------------------------------------------------------------------------------------- */

/* Columns of the panel, from the right: what does not fit has width 0. */
struct country_layout {
	int name, bar, now, seen, up, down;
};

static struct country_layout country_layout(int w)
{
	struct country_layout l = {.now = 5, .seen = w >= 60 ? 9 : w >= 40 ? 7 : 0, .up = w >= 34 ? 7 : 0, .down = w >= 56 ? 7 : 0};
	int rest = w - 3 - l.now - (l.seen ? l.seen + 1 : 0) - (l.up ? l.up + 1 : 0) - (l.down ? l.down + 1 : 0);

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

	frame_put(f, area.x, area.y, l->name + 3, FRAME_TITLE, "Countries");
	frame_put_right(f, x, area.y, l->now, FRAME_HEADER, "now");
	x += l->now + 1;
	if (l->seen)
		frame_put_right(f, x, area.y, l->seen, FRAME_HEADER, "seen");
	x += l->seen ? l->seen + 1 : 0;
	if (l->up)
		frame_put_right(f, x, area.y, l->up, FRAME_HEADER, "↑/s ");
	x += l->up ? l->up + 1 : 0;
	if (l->down)
		frame_put_right(f, x, area.y, l->down, FRAME_HEADER, "↓/s ");
}

static void country_row(struct frame *f, struct frame_area row, const struct country_layout *l, const struct fold_country *c,
			country_t country, uint32_t most)
{
	enum frame_style style = c->now.connections ? FRAME_NORMAL : FRAME_DIM;
	int x = row.x;

	frame_put(f, x, row.y, 2, style, country_code(country));
	x += 3;
	frame_put(f, x, row.y, l->name, style, country_name(country));
	x += l->name + 1;
	if (l->bar)
		frame_bar(f, x, row.y, l->bar, FRAME_BAR, most ? (double)c->now.connections / most : 0);
	x += l->bar ? l->bar + 1 : 0;
	screen_put_count(f, x, row.y, l->now, FRAME_STRONG, c->now.connections);
	x += l->now + 1;
	if (l->seen)
		screen_put_count(f, x, row.y, l->seen, style, c->sightings);
	x += l->seen ? l->seen + 1 : 0;
	if (l->up)
		screen_put_rate(f, x, row.y, l->up, FRAME_UP, c->now.rate_up);
	x += l->up ? l->up + 1 : 0;
	if (l->down)
		screen_put_rate(f, x, row.y, l->down, FRAME_DOWN, c->now.rate_down);
}

static void draw_totals(const struct scene *scene, struct frame *f, struct frame_area row)
{
	const struct fold *fold = scene->fold;
	char now[STR_NUMBER], addresses[STR_NUMBER], unique[STR_NUMBER], seen[STR_NUMBER], text[VIEW_CELL];

	str_count(fold->now.connections, now);
	str_count(fold->now.addresses, addresses);
	str_count(fold->unique, unique);
	str_count(fold->sightings, seen);
	snprintf(text, sizeof(text), "%s now · %s addresses · %s%s unique · %s seen", now, addresses, fold->forgot ? "~" : "",
		 unique, seen);
	if (frame_cols(f, text) > row.w)
		snprintf(text, sizeof(text), "%s now · %s%s unique · %s seen", now, fold->forgot ? "~" : "", unique, seen);
	if (frame_cols(f, text) > row.w)
		snprintf(text, sizeof(text), "%s now · %s%s unique", now, fold->forgot ? "~" : "", unique);
	frame_put(f, row.x, row.y, row.w, FRAME_STRONG, text);
}

/* The last two rows: how many more there are, and the sums. */
static void draw_countries(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	struct screen_pane *pane = &s->panes[SCREEN_OVERVIEW];
	struct country_layout l = country_layout(area.w);
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
		uint32_t country = pane->rows.rows[pane->top + (uint32_t)i];

		country_row(f, (struct frame_area){area.x, area.y + 1 + i, area.w, 1}, &l, &scene->fold->countries[country],
			    (country_t)country, most);
	}
	if (pane->count > pane->top + pane->page) {
		str_count(pane->count - pane->top - pane->page, count);
		snprintf(text, sizeof(text), "…%s more", count);
		frame_put(f, area.x, area.y + area.h - 2, area.w, FRAME_DIM, text);
	}
	draw_totals(scene, f, (struct frame_area){area.x, area.y + area.h - 1, area.w, 1});
}

/* ---- hours ----------------------------------------------------------------------------------------------------- */

static void hour_axis(struct frame *f, struct frame_area area, int cell, int hour)
{
	int y = area.y + area.h - 1, step = cell >= 3 ? 3 : 6;

	for (int h = 0; h < HOURS; h += step) {
		char text[STR_NUMBER];

		snprintf(text, sizeof(text), "%d", h);
		frame_put(f, area.x + h * cell, y, 2, FRAME_DIM, text);
	}
	/* The mark takes the place of a label that it would touch: the title says the hour. */
	if (hour % step == 1 && cell == 1)
		frame_put(f, area.x + hour - 1, y, 2, FRAME_DIM, "  ");
	if (hour % step == 0)
		frame_put(f, area.x + hour * cell, y, 2, FRAME_DIM, "  ");
	frame_put(f, area.x + hour * cell, y, 1, FRAME_NOW, "▲");
}

static void draw_hours(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	int cell = area.w / HOURS > 3 ? 3 : area.w / HOURS, hour = clock_hour(scene->wall), rows = area.h - 2;
	uint64_t most = 1;
	char text[VIEW_CELL], count[STR_NUMBER];

	(void)s;
	frame_put(f, area.x, area.y, area.w, FRAME_TITLE, "Hours");
	str_count(scene->fold->hours[hour], count);
	snprintf(text, sizeof(text), "%02d:00  %s seen", hour, count);
	frame_put_right(f, area.x + 6, area.y, area.w - 6, FRAME_NOW, text);
	if (cell < 1)
		return;
	for (int h = 0; h < HOURS; h++)
		most = scene->fold->hours[h] > most ? scene->fold->hours[h] : most;
	for (int h = 0; h < HOURS; h++) {
		double part = (double)scene->fold->hours[h] / (double)most;

		for (int i = 0; i < (cell > 1 ? cell - 1 : 1); i++)
			frame_pillar(f, area.x + h * cell + i, area.y + rows, rows, h == hour ? FRAME_NOW : FRAME_BAR, part);
	}
	hour_axis(f, area, cell, hour);
}

/* ---- the last hour --------------------------------------------------------------------------------------------- */

/* The trend in as many columns, -1 = not known. A sample holds until the next one is due. */
static void trend(const struct scene *scene, int cols, double values[TREND_COLS])
{
	int64_t end = scene->wall / FOLD_TREND_STEP, hold = (int64_t)(scene->refresh * 1.5 / FOLD_TREND_STEP) + 1, since = 0;
	double value = -1;

	for (int c = 0; c < cols; c++)
		values[c] = -1;
	for (int i = 0; i < FOLD_TREND; i++) {
		int64_t step = end - FOLD_TREND + 1 + i;
		const struct fold_sample *sample = step > 0 ? &scene->fold->trend[step % FOLD_TREND] : NULL;
		int c = i * cols / FOLD_TREND;

		if (sample && sample->step == step) {
			value = sample->connections;
			since = step;
		} else if (value >= 0 && step - since > hold) {
			value = -1;
		}
		if (value > values[c])
			values[c] = value;
	}
}

static void draw_trend(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	int cols = area.w < TREND_COLS ? area.w : TREND_COLS, rows = area.h - 1;
	double values[TREND_COLS], most = 1;
	char text[VIEW_CELL], count[STR_NUMBER];

	(void)s;
	trend(scene, cols, values);
	for (int c = 0; c < cols; c++)
		most = values[c] > most ? values[c] : most;
	frame_put(f, area.x, area.y, area.w, FRAME_TITLE, "Last hour");
	str_count((uint64_t)most, count);
	snprintf(text, sizeof(text), "most %s", count);
	frame_put_right(f, area.x + 10, area.y, area.w - 10, FRAME_DIM, text);
	for (int c = 0; c < cols; c++)
		frame_pillar(f, area.x + c, area.y + rows, rows, FRAME_BAR, values[c] / most);
}

/* ---- composition ----------------------------------------------------------------------------------------------- */

static const struct mix_row {
	const char *name;
	size_t part, whole; /* where in struct fold_mix; whole 0: of all connections */
} mix_rows[] = {
	{"encrypted", offsetof(struct fold_mix, encrypted), 0},
	{"incoming", offsetof(struct fold_mix, incoming), 0},
	{"µTP", offsetof(struct fold_mix, utp), offsetof(struct fold_mix, utp_known)},
	{"seeds", offsetof(struct fold_mix, seeds), 0},
	{"IPv6", offsetof(struct fold_mix, ipv6), 0},
	{"we upload", offsetof(struct fold_mix, uploading), 0},
};

enum { MIX_ROWS = sizeof(mix_rows) / sizeof(mix_rows[0]), MIX_NAME = 9, MIX_FIGURE = 5 };

static uint32_t mix_number(const struct fold_mix *mix, size_t offset)
{
	uint32_t n;

	memcpy(&n, (const char *)mix + offset, sizeof(n));
	return n;
}

/* Name, bar where there is room, percent. */
static void mix_row(const struct scene *scene, struct frame *f, struct frame_area row, const struct mix_row *what)
{
	const struct fold_mix *mix = &scene->fold->mix;
	uint32_t part = mix_number(mix, what->part);
	uint32_t whole = what->whole ? mix_number(mix, what->whole) : scene->fold->now.connections;
	int bar = row.w - MIX_NAME - MIX_FIGURE - 2;
	char text[VIEW_CELL];

	frame_put(f, row.x, row.y, MIX_NAME, FRAME_NORMAL, what->name);
	if (bar > 4 && whole)
		frame_bar(f, row.x + MIX_NAME + 1, row.y, bar > 40 ? 40 : bar, FRAME_BAR, (double)part / whole);
	if (whole)
		snprintf(text, sizeof(text), "%.0f %%", floor(100.0 * part / whole + 0.5));
	else
		snprintf(text, sizeof(text), "-");
	bar = bar > 40 ? 40 : bar;
	frame_put_right(f, row.x + MIX_NAME + 1 + (bar > 0 ? bar + 1 : 0), row.y, MIX_FIGURE, part ? FRAME_NORMAL : FRAME_DIM,
			text);
}

static const char *const origin_names[ORIGIN_COUNT] = {"tracker", "incoming", "DHT", "PEX", "LPD", "LTEP", "cache"};

static void origin_row(const struct scene *scene, struct frame *f, struct frame_area row)
{
	int x = row.x;

	for (int i = 0; i < ORIGIN_COUNT; i++) {
		char text[VIEW_CELL], count[STR_NUMBER];

		if (!scene->fold->mix.from[i])
			continue;
		str_count(scene->fold->mix.from[i], count);
		snprintf(text, sizeof(text), "%s%s %s", x > row.x ? " · " : "", origin_names[i], count);
		if (x + frame_cols(f, text) > row.x + row.w)
			break;
		x += frame_put(f, x, row.y, row.w, FRAME_DIM, text);
	}
}

/* One below the other with bars, or two side by side without. */
static void draw_mix(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	bool tall = area.h >= MIX_ROWS + 2;
	int half = (area.w - GAP) / 2, rows = tall ? MIX_ROWS : (MIX_ROWS + 1) / 2;

	(void)s;
	frame_put(f, area.x, area.y, area.w, FRAME_TITLE, "Composition");
	for (int i = 0; i < MIX_ROWS; i++) {
		struct frame_area row = {area.x, area.y + 1 + i, area.w, 1};

		if (!tall)
			row = (struct frame_area){area.x + (i % 2) * (half + GAP), area.y + 1 + i / 2, MIX_NAME + MIX_FIGURE + 1, 1};
		if (row.y < area.y + area.h)
			mix_row(scene, f, row, &mix_rows[i]);
	}
	if (area.h > rows + 1)
		origin_row(scene, f, (struct frame_area){area.x, area.y + rows + 1, area.w, 1});
}

/* ---- short lists ----------------------------------------------------------------------------------------------- */

static void draw_clients(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	const struct view *v = &s->top_clients;
	int bar = area.w >= 44 ? area.w - 32 : 0;

	view_update(&s->top_clients, scene);
	bar = bar > 40 ? 40 : bar;
	frame_put(f, area.x, area.y, area.w, FRAME_TITLE, "Clients");
	for (int i = 1; i < area.h && (uint32_t)i <= v->live; i++) {
		const struct view_group *group = &v->groups[v->rows[i - 1]];
		double part = scene->fold->now.connections ? (double)group->now.connections / scene->fold->now.connections : 0;
		int name = bar ? 18 : area.w - 12, x = area.x + name + 1;
		char text[VIEW_CELL];

		frame_put(f, area.x, area.y + i, name, FRAME_NORMAL, group->name);
		if (bar)
			frame_bar(f, x, area.y + i, bar, FRAME_BAR, part);
		x += bar ? bar + 1 : 0;
		screen_put_count(f, x, area.y + i, 5, FRAME_STRONG, group->now.connections);
		snprintf(text, sizeof(text), "%.0f %%", floor(100 * part + 0.5));
		frame_put_right(f, x + 5, area.y + i, 6, FRAME_NORMAL, text);
	}
}

static void draw_list(struct view *v, const struct scene *scene, struct frame *f, struct frame_area area, const char *title)
{
	view_update(v, scene);
	frame_put(f, area.x, area.y, area.w, FRAME_TITLE, title);
	area.y++;
	area.h--;
	screen_draw_table(f, area, v, 0, SCREEN_NO_CURSOR);
}

static void draw_torrents(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	draw_list(&s->top_torrents, scene, f, area, "Torrents with most peers");
}

static void draw_peers(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	draw_list(&s->top_peers, scene, f, area, "Peers that get most");
}

/* ---- columns of panels ----------------------------------------------------------------------------------------- */

struct panel {
	void (*draw)(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area);
	int min, want; /* rows; the first panels get their wish first, the last all that is left */
};

static const struct panel side_panels[] = {
	{draw_hours, 3, 5},
	{draw_trend, 2, 2},
	{draw_mix, 4, 4},
	{draw_clients, 3, 5},
};

static const struct panel tall_panels[] = {
	{draw_hours, 4, 9},
	{draw_trend, 3, 5},
	{draw_mix, 8, 8},
	{draw_clients, 6, 60},
};

static const struct panel list_panels[] = {
	{draw_torrents, 5, 16},
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
	if (area.h >= 26)
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
	if (area.h >= 34) {
		struct frame_area lists = {left.x, left.y + area.h * 55 / 100 + 1, left.w, area.h - area.h * 55 / 100 - 1};

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

/* ---- nobody has answered --------------------------------------------------------------------------------------- */

static const char *const what_to_check[] = {
	"Is Transmission running there? On Debian: systemctl status transmission-daemon",
	"Is this its address and port? swarmtop --url HOST:PORT, or url in config.toml",
	"Does it let you in? Its settings: rpc-enabled, rpc-whitelist, rpc-port",
};

static void draw_tried(const struct scene *scene, struct frame *f, struct frame_area *area, const struct source_status *source)
{
	int64_t retry = screen_retry_wall(scene, source);
	struct frame_area text = {area->x + 7, area->y, area->w - 7, 3};
	char line[VIEW_CELL], time[CLOCK_TEXT];

	frame_put(f, area->x, area->y, 6, FRAME_DIM, "tried");
	frame_put(f, text.x, text.y++, text.w, FRAME_STRONG, source->url);
	if (source->error[0]) {
		frame_put(f, area->x, text.y, 6, FRAME_DIM, "result");
		text.y += frame_wrap(f, text, FRAME_ERROR, source->error);
	}
	clock_local(retry, "%H:%M:%S", time);
	if (source->state == SOURCE_REFUSED)
		snprintf(line, sizeof(line), "not before there is another login: press l");
	else if (retry)
		snprintf(line, sizeof(line), "%s, or press space", time);
	else
		snprintf(line, sizeof(line), "waiting for an answer");
	frame_put(f, area->x, text.y, 6, FRAME_DIM, "next");
	frame_put(f, text.x, text.y++, text.w, FRAME_NORMAL, line);
	area->h -= text.y - area->y;
	area->y = text.y;
}

static bool all_connecting(const struct scene *scene)
{
	for (unsigned i = 0; i < scene->source_count; i++) {
		if (scene->sources[i].state != SOURCE_CONNECTING)
			return false;
	}
	return true;
}

static void draw_checks(struct frame *f, struct frame_area area)
{
	struct frame_area text = {area.x + 2, area.y + 1, area.w - 2, 2};

	if (area.h < 4)
		return;
	frame_put(f, area.x, text.y++, area.w, FRAME_TITLE, "What to check");
	for (size_t i = 0; i < sizeof(what_to_check) / sizeof(what_to_check[0]) && text.y < area.y + area.h; i++) {
		frame_put(f, area.x, text.y, 2, FRAME_DIM, "·");
		text.h = area.y + area.h - text.y < 2 ? 1 : 2;
		text.y += frame_wrap(f, text, FRAME_NORMAL, what_to_check[i]);
	}
	if (text.y + 1 < area.y + area.h)
		frame_put(f, area.x, text.y + 1, area.w, FRAME_NORMAL,
			  "No Transmission at hand? `make demo` starts a private one with peers of many countries.");
}

static void draw_no_answer(const struct scene *scene, struct frame *f, struct frame_area area)
{
	int w = area.w > 88 ? 88 : area.w, end = area.y + area.h;
	struct frame_area text = {area.x + (area.w - w) / 2, area.y + (area.h > 18 ? area.h / 8 : 0), w, 0};

	text.h = end - text.y;
	frame_put(f, text.x, text.y, w, FRAME_TITLE, all_connecting(scene) ? "Connecting to Transmission" : "No answer from Transmission yet");
	text.y += 1 + (area.h > 12);
	for (unsigned i = 0; i < scene->source_count && i < 4 && text.y < end; i++) {
		text.h = end - text.y;
		draw_tried(scene, f, &text, &scene->sources[i]);
		text.y += i + 1 < scene->source_count;
	}
	text.h = end - text.y;
	if (!all_connecting(scene))
		draw_checks(f, text);
}

static void draw(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	if (screen_empty(scene))
		draw_no_answer(scene, f, area);
	else if (area.w >= THREE_FROM)
		draw_three(s, scene, f, area);
	else if (area.w >= TWO_FROM)
		draw_two(s, scene, f, area);
	else
		draw_countries(s, scene, f, area);
}

const struct screen_view screen_overview = {"overview", SCREEN_SCROLLS, VIEW_COUNTRIES, draw, NULL};
