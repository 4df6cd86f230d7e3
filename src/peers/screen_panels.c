/* The panels of the overview that are no tables: hours, the last hour, how the connections are made up, clients. Where
 * they stand is known in screen_overview.c. */
#include "peers/screen_panels.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/words.h"
#include "peers/screen_table.h"

enum { HOURS = 24, TREND_COLS = 180, MIX_FIGURE = 5, MIX_BAR = 40, CLIENT_NAME_COLS = 18, CLIENT_BAR = 40 };

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
	if (hour % step * cell < 3)
		frame_put(f, area.x + (hour - hour % step) * cell, y, 2, FRAME_DIM, "  ");
	frame_put(f, area.x + hour * cell, y, 1, FRAME_NOW, "▲");
}

/* A row of pillars as high as the area but for its axis, `cols` of each cell of `cell`, the first at `x`. */
static void pillars(struct frame *f, struct frame_area area, int x, int cell, int cols, const uint64_t hours[HOURS],
		    enum frame_style style, int now)
{
	uint64_t most = 1;

	for (int h = 0; h < HOURS; h++)
		most = hours[h] > most ? hours[h] : most;
	for (int h = 0; h < HOURS; h++)
		for (int i = 0; i < cols; i++)
			frame_pillar(f, area.x + h * cell + x + i, area.y + area.h - 2, area.h - 2,
				     h == now ? FRAME_NOW : style, (double)hours[h] / (double)most);
}

static void all_time_hours(const struct history_totals *t, uint64_t hours[HOURS])
{
	for (int h = 0; h < HOURS; h++) {
		hours[h] = 0;
		for (unsigned c = 0; c < COUNTRY_MAX; c++)
			hours[h] += t->hours[c][h];
	}
}

/* This run and all time, each against its own most: side by side where there is room, else only the latter. */
static void both_pillars(const struct scene *scene, struct frame *f, struct frame_area area, int cell, int hour,
			 const uint64_t all[HOURS])
{
	if (cell >= 2)
		pillars(f, area, 0, cell, 1, scene->fold->hours, FRAME_BAR, hour);
	pillars(f, area, cell >= 2, cell, 1, all, FRAME_DIM, cell >= 2 ? -1 : hour);
}

void screen_hours_panel(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	int cell = area.w / HOURS > 3 ? 3 : area.w / HOURS, hour = clock_hour(scene->wall);
	bool all_time = s->all_time && screen_knows_more(scene);
	char text[VIEW_CELL], count[STR_NUMBER];
	const char *title = !all_time ? _("Hours") : cell >= 2 ? _("Hours, and of all time") : _("Hours of all time");
	uint64_t all[HOURS];

	if (all_time)
		all_time_hours(scene->all_time, all);
	frame_put(f, area.x, area.y, area.w, FRAME_TITLE, title);
	str_count(all_time && cell < 2 ? all[hour] : scene->fold->hours[hour], count);
	snprintf(text, sizeof(text), _("%02d:00  %s seen"), hour, count);
	if (frame_cols(f, title) + 1 + frame_cols(f, text) <= area.w)
		frame_put_right(f, area.x + 6, area.y, area.w - 6, FRAME_NOW, text);
	if (cell < 1)
		return;
	if (all_time)
		both_pillars(scene, f, area, cell, hour, all);
	else
		pillars(f, area, 0, cell, cell > 1 ? cell - 1 : 1, scene->fold->hours, FRAME_BAR, hour);
	hour_axis(f, area, cell, hour);
}

/* ---- the last hour --------------------------------------------------------------------------------------------- */

/* The trend in as many columns, -1 = not known. A sample holds until the next one is due. */
static void trend(const struct scene *scene, int cols, double values[TREND_COLS])
{
	int64_t end = scene->wall / FOLD_TREND_STEP, since = 0;
	int64_t hold = (int64_t)(scene->refresh * 1.5 / FOLD_TREND_STEP) + 1;
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

void screen_trend_panel(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	int cols = area.w < TREND_COLS ? area.w : TREND_COLS, rows = area.h - 1;
	double values[TREND_COLS], most = 0, least = INFINITY, floor_value;
	char text[VIEW_CELL], low[STR_NUMBER], high[STR_NUMBER];

	(void)s;
	trend(scene, cols, values);
	for (int c = 0; c < cols; c++) {
		most = values[c] > most ? values[c] : most;
		least = values[c] >= 0 && values[c] < least ? values[c] : least;
	}
	frame_put(f, area.x, area.y, area.w, FRAME_TITLE, _("Last hour"));
	if (least > most)
		return;
	str_count((uint64_t)least, low);
	str_count((uint64_t)most, high);
	if (least < most)
		snprintf(text, sizeof(text), _("%s to %s peers"), low, high);
	else
		snprintf(text, sizeof(text), _n("up to %s peer", "up to %s peers", (unsigned long)most), high);
	frame_put_right(f, area.x + 10, area.y, area.w - 10, FRAME_DIM, text);
	/* What moves between 190 and 220 shall be seen to move: the title says where the ground is not 0. */
	floor_value = least - (most - least) / 2;
	floor_value = floor_value > 0 && most > least ? floor_value : 0;
	for (int c = 0; c < cols && most > 0; c++) {
		if (values[c] >= 0)
			frame_pillar(f, area.x + c, area.y + rows, rows, FRAME_BAR,
				     (values[c] - floor_value) / (most - floor_value));
	}
}

/* ---- composition ----------------------------------------------------------------------------------------------- */

static const struct mix_row {
	const char *name;
	size_t part, whole; /* where in struct fold_mix; whole 0: of all connections */
} mix_rows[] = {
	{N_("encrypted"), offsetof(struct fold_mix, encrypted), 0},
	{N_("incoming"), offsetof(struct fold_mix, incoming), 0},
	{"µTP", offsetof(struct fold_mix, utp), offsetof(struct fold_mix, utp_known)},
	{N_("seeds"), offsetof(struct fold_mix, seeds), 0},
	{"IPv6", offsetof(struct fold_mix, ipv6), 0},
	{N_("uploading"), offsetof(struct fold_mix, uploading), 0},
};

enum { MIX_ROWS = sizeof(mix_rows) / sizeof(mix_rows[0]) };

static uint32_t mix_number(const struct fold_mix *mix, size_t offset)
{
	uint32_t n;

	memcpy(&n, (const char *)mix + offset, sizeof(n));
	return n;
}

/* The columns that the names of the rows take: of all, or of every second one. */
static int mix_names(const struct frame *f, int first, int step)
{
	int cols = 0;

	for (int i = first; i < MIX_ROWS; i += step)
		cols = frame_cols(f, _(mix_rows[i].name)) > cols ? frame_cols(f, _(mix_rows[i].name)) : cols;
	return cols;
}

/* Name, bar where there is room, percent. */
static void mix_row(const struct scene *scene, struct frame *f, struct frame_area row, int name,
		    const struct mix_row *what)
{
	const struct fold_mix *mix = &scene->fold->mix;
	uint32_t part = mix_number(mix, what->part);
	uint32_t whole = what->whole ? mix_number(mix, what->whole) : scene->fold->now.connections;
	int bar = row.w - name - MIX_FIGURE - 2, x = row.x + name;
	char text[VIEW_CELL];

	frame_put(f, row.x, row.y, name, FRAME_NORMAL, _(what->name));
	bar = bar > MIX_BAR ? MIX_BAR : bar;
	if (bar > 4 && whole)
		frame_bar(f, x + 1, row.y, bar, FRAME_BAR, (double)part / whole);
	x += bar > 4 ? bar + 2 : 1;
	if (whole)
		snprintf(text, sizeof(text), "%.0f %%", floor(100.0 * part / whole + 0.5));
	else
		snprintf(text, sizeof(text), "-");
	frame_put_right(f, x, row.y, MIX_FIGURE, part ? FRAME_NORMAL : FRAME_DIM, text);
}

static const char *const origin_names[ORIGIN_COUNT] = {N_("tracker"), N_("incoming"), "DHT",      "PEX",
						       "LPD",         "LTEP",         N_("cache")};

static void origin_row(const struct scene *scene, struct frame *f, struct frame_area row)
{
	int x = row.x;

	for (int i = 0; i < ORIGIN_COUNT; i++) {
		char text[VIEW_CELL], count[STR_NUMBER];

		if (!scene->fold->mix.from[i])
			continue;
		str_count(scene->fold->mix.from[i], count);
		snprintf(text, sizeof(text), "%s%s %s", x > row.x ? " · " : "", _(origin_names[i]), count);
		if (x + frame_cols(f, text) > row.x + row.w)
			break;
		x += frame_put(f, x, row.y, row.w, FRAME_DIM, text);
	}
}

/* "vpn 12 %", or why there is no number. */
static enum frame_style write_tag(const struct scene *scene, unsigned bit, char text[VIEW_CELL])
{
	static const char *const lacks[] = {
		[NETLISTS_READING] = N_("reading"),
		[NETLISTS_UNREADABLE] = N_("unreadable"),
		[NETLISTS_NO_SYSTEMS] = N_("needs an ASN database"),
	};
	const char *name = netlists_tag_name(scene->lists, bit);
	enum netlists_state state = netlists_state(scene->lists, bit);
	uint32_t part = scene->fold->tags[bit].now.connections, whole = scene->fold->now.connections;

	if (state != NETLISTS_KNOWN) {
		snprintf(text, VIEW_CELL, "%s: %s", name, _(lacks[state]));
		return state == NETLISTS_READING ? FRAME_DIM : FRAME_WARN;
	}
	snprintf(text, VIEW_CELL, "%s %.0f %%", name, whole ? floor(100.0 * part / whole + 0.5) : 0);
	return part ? FRAME_NORMAL : FRAME_DIM;
}

/* What is unknown is before what is not there. */
static uint64_t tag_weight(const struct scene *scene, unsigned bit)
{
	uint64_t unknown = netlists_unread(scene->lists) | netlists_unknown(scene->lists);

	return 2ULL * scene->fold->tags[bit].now.connections + (unknown >> bit & 1);
}

/* Those in use, the largest first; returns how many. */
static unsigned list_tags(const struct scene *scene, unsigned bits[FOLD_TAGS])
{
	uint64_t tags = scene->lists ? netlists_tags_in_use(scene->lists) : 0;
	unsigned count = 0;

	for (unsigned bit = 0; bit < FOLD_TAGS; bit++) {
		unsigned at = count;

		if (!(tags >> bit & 1))
			continue;
		for (; at && tag_weight(scene, bits[at - 1]) < tag_weight(scene, bit); at--)
			bits[at] = bits[at - 1];
		bits[at] = bit;
		count++;
	}
	return count;
}

/* Shares of the connections by tag, as many as fit, and how many more there are; false if there are no tags. */
static bool tags_row(const struct scene *scene, struct frame *f, struct frame_area row, const char *between)
{
	unsigned bits[FOLD_TAGS], count = list_tags(scene, bits);
	int x = row.x, end = row.x + row.w;

	for (unsigned i = 0; i < count; i++) {
		char share[VIEW_CELL], text[VIEW_CELL + 8], more[STR_NUMBER] = "";
		enum frame_style style = write_tag(scene, bits[i], share);
		int room;

		if (i + 1 < count)
			snprintf(more, sizeof(more), " +%u", count - i - 1);
		snprintf(text, sizeof(text), "%s%s", i ? between : "", share);
		room = end - x - frame_cols(f, more);
		if (i && frame_cols(f, text) > room) {
			snprintf(more, sizeof(more), " +%u", count - i);
			frame_put(f, x, row.y, end - x, FRAME_DIM, more);
			break;
		}
		x += frame_put(f, x, row.y, room, style, text);
	}
	return count > 0;
}

/* One below the other with bars, or two side by side without. */
void screen_mix_panel(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	const char *title = _("Composition");
	bool tall = area.h >= MIX_ROWS + 2;
	int rows = tall ? MIX_ROWS : (MIX_ROWS + 1) / 2;
	int used = frame_cols(f, title) + 2;
	struct frame_area beside = {area.x + used, area.y, area.w - used, 1}, below;

	(void)s;
	frame_put(f, area.x, area.y, area.w, FRAME_TITLE, title);
	for (int i = 0; i < MIX_ROWS; i++) {
		struct frame_area row = {area.x, area.y + 1 + i, area.w, 1};
		int name = tall ? mix_names(f, 0, 1) : mix_names(f, i % 2, 2), half = name + MIX_FIGURE + 1;

		if (!tall)
			row = (struct frame_area){area.x + i % 2 * (area.w - half), area.y + 1 + i / 2, half, 1};
		if (row.y < area.y + area.h)
			mix_row(scene, f, row, name, &mix_rows[i]);
	}
	below = (struct frame_area){area.x, area.y + rows + 1, area.w, area.h - rows - 1};
	if (below.h > 1 && tags_row(scene, f, below, " · "))
		below.y++;
	else
		tags_row(scene, f, beside, " ");
	if (below.h > 0)
		origin_row(scene, f, below);
}

/* ---- clients ---------------------------------------------------------------------------------------------------- */

void screen_clients_panel(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	const struct view *v = &s->top_clients;
	int bar = area.w >= 44 ? area.w - 32 : 0;

	view_update(&s->top_clients, scene);
	bar = bar > CLIENT_BAR ? CLIENT_BAR : bar;
	frame_put(f, area.x, area.y, area.w, FRAME_TITLE, _("Clients"));
	for (int i = 1; i < area.h && (uint32_t)i <= v->live; i++) {
		const struct view_group *group = &v->groups[v->rows[i - 1]];
		double part = scene->fold->now.connections
				      ? (double)group->now.connections / scene->fold->now.connections
				      : 0;
		int name = bar ? CLIENT_NAME_COLS : area.w - 12, x = area.x + name + 1;
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
