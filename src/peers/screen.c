/* The state of the dashboard and its frame: which view, what is being typed, header, body, footer. How views look is in
 * their own files. */
#include "peers/screen.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/words.h"
#include "peers/screen_bars.h"
#include "peers/screen_country.h"
#include "peers/screen_help.h"
#include "peers/screen_heatmap.h"
#include "peers/screen_log.h"
#include "peers/screen_map.h"
#include "peers/screen_networks.h"
#include "peers/screen_overview.h"
#include "peers/screen_peer.h"
#include "peers/screen_table.h"
#include "peers/view_filter.h"
#include "peers/view_networks.h"

enum {
	TOP_ROWS = 60,        /* of the short lists in the overview */
	LATE_FIRST_MS = 1000, /* how often an age is drawn anew at first ... */
	LATE_STEP_MS = 10000, /* ... after ten seconds ... */
	LATE_LONG_MS = 60000, /* ... and once it counts in minutes */
	MINUTES_FROM_MS = 120000,
};

static const struct screen_view *const views[SCREEN_IDS] = {
	[SCREEN_OVERVIEW] = &screen_overview,
	[SCREEN_PEERS] = &screen_peers,
	[SCREEN_COUNTRIES] = &screen_countries,
	[SCREEN_HEATMAP] = &screen_heatmap,
	[SCREEN_CLIENTS] = &screen_clients,
	[SCREEN_TORRENTS] = &screen_torrents,
	[SCREEN_LOG] = &screen_log,
	[SCREEN_COUNTRY] = &screen_country,
	[SCREEN_FAMILY] = &screen_family,
	[SCREEN_TORRENT] = &screen_torrent,
	[SCREEN_PEER] = &screen_peer,
	[SCREEN_MAP] = &screen_map,
	[SCREEN_NETWORKS] = &screen_networks,
	[SCREEN_NETWORK] = &screen_network,
};

const struct screen_view *screen_view(enum screen_id id)
{
	return views[id];
}

static void init_list(struct view *list, enum view_kind kind, const char *sort)
{
	view_init(list, kind);
	list->translated = true;
	view_sort(list, view_column(list, sort), false);
	list->limit = TOP_ROWS;
}

void screen_init(struct screen *s)
{
	*s = (struct screen){.at = SCREEN_OVERVIEW};
	for (int i = 0; i < SCREEN_IDS; i++) {
		view_init(&s->panes[i].rows, views[i]->kind);
		s->panes[i].rows.translated = true;
	}
	view_init(&s->cities, VIEW_CITIES);
	s->cities.translated = true;
	init_list(&s->top_torrents, VIEW_TORRENTS, "peers");
	init_list(&s->top_peers, VIEW_PEERS, "rate-up");
	init_list(&s->top_clients, VIEW_CLIENTS, "connections");
	view_sort(&s->panes[SCREEN_HEATMAP].rows, view_column(&s->panes[SCREEN_HEATMAP].rows, "sightings"), false);
}

void screen_login_wipe(struct screen *s)
{
	explicit_bzero(&s->login, sizeof(s->login));
}

void screen_done(struct screen *s)
{
	for (int i = 0; i < SCREEN_IDS; i++)
		view_done(&s->panes[i].rows);
	view_done(&s->cities);
	view_done(&s->top_torrents);
	view_done(&s->top_peers);
	view_done(&s->top_clients);
	screen_login_wipe(s);
	explicit_bzero(s->line, sizeof(s->line));
}

void screen_touch(struct screen *s)
{
	for (int i = 0; i < SCREEN_IDS; i++)
		view_touch(&s->panes[i].rows);
	view_touch(&s->cities);
	view_touch(&s->top_torrents);
	view_touch(&s->top_peers);
	view_touch(&s->top_clients);
}

void screen_message(struct screen *s, bool bad, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(s->message, sizeof(s->message), format, args);
	va_end(args);
	s->message_bad = bad;
}

bool screen_empty(const struct scene *scene)
{
	return scene->wall == 0;
}

/* The first tick after the data is late, then whole steps of its age. */
int64_t screen_next_ms(const struct scene *scene)
{
	int64_t late = (int64_t)(scene->refresh * 1500), age = scene->now.mono_ms - scene->mono_ms;
	int64_t step = age < LATE_STEP_MS                     ? LATE_FIRST_MS
		       : age + LATE_STEP_MS < MINUTES_FROM_MS ? LATE_STEP_MS
							      : LATE_LONG_MS;

	if (screen_empty(scene))
		return -1;
	if (age <= late)
		return scene->mono_ms + late + 1;
	return scene->mono_ms + (age / step + 1) * step;
}

/* ---- from view to view ----------------------------------------------------------------------------------------- */

void screen_open(struct screen *s, enum screen_id id, enum view_scope kind, uint32_t scope)
{
	struct screen_pane *pane = &s->panes[id];

	view_scope(&pane->rows, kind, scope);
	view_filter(&pane->rows, "", NULL, NULL, NULL);
	pane->filter[0] = '\0';
	pane->cursor = pane->top = 0;
	pane->from = s->at;
	s->at = id;
}

void screen_open_country(struct screen *s, uint32_t country)
{
	view_scope(&s->cities, VIEW_OF_COUNTRY, country);
	screen_open(s, SCREEN_COUNTRY, VIEW_OF_COUNTRY, country);
}

void screen_open_family(struct screen *s, uint32_t group)
{
	uint32_t family = s->panes[SCREEN_CLIENTS].rows.groups[group].id;

	if (family == VIEW_NONE)
		screen_message(s, false, _("none of them was seen in this run"));
	else
		screen_open(s, SCREEN_FAMILY, VIEW_ALL, family);
}

void screen_open_network(struct screen *s, uint32_t group)
{
	const struct view *rows = &s->panes[SCREEN_NETWORKS].rows;
	const struct address *a = &rows->scene->fold->addresses[rows->groups[group].id];

	screen_open(s, SCREEN_NETWORK, VIEW_OF_NETWORK, view_network_of(rows->scene, a));
}

void screen_open_torrent(struct screen *s, uint32_t torrent)
{
	screen_open(s, SCREEN_TORRENT, VIEW_OF_TORRENT, torrent);
}

void screen_open_peer(struct screen *s, uint32_t peer)
{
	s->peer_row = peer;
	s->peer = s->panes[s->at].rows.scene->fold->addresses[peer].ip;
	screen_open(s, SCREEN_PEER, VIEW_ALL, 0);
}

void screen_scroll(struct screen_pane *pane, uint32_t count, int page, bool cursor)
{
	uint32_t rows = page > 0 ? (uint32_t)page : 1;
	uint32_t last_top = count > rows ? count - rows : 0;

	pane->count = count;
	pane->page = rows;
	if (!cursor) {
		pane->cursor = pane->cursor < last_top ? pane->cursor : last_top;
		pane->top = pane->cursor;
		return;
	}
	if (pane->cursor >= count)
		pane->cursor = count ? count - 1 : 0;
	if (pane->top > pane->cursor)
		pane->top = pane->cursor;
	if (pane->cursor >= pane->top + rows)
		pane->top = pane->cursor - rows + 1;
	pane->top = pane->top < last_top ? pane->top : last_top;
}

/* ---- drawing --------------------------------------------------------------------------------------------------- */

static void update_panes(struct screen *s, bool all_time)
{
	for (int i = 0; i < SCREEN_IDS; i++) {
		s->panes[i].rows.hide = s->hide;
		view_all_time(&s->panes[i].rows, all_time);
	}
	s->top_peers.hide = s->hide;
}

/* Those that are raised, in one row. */
static void draw_alerts(const struct scene *scene, struct frame *f, int y)
{
	int x = 1, cols = f->w - 2;

	for (size_t i = 0; i < alerts_count(scene->alerts) && x < cols; i++) {
		struct alert_status alert = alerts_status(scene->alerts, i);
		char time[CLOCK_TEXT];

		if (!alert.raised)
			continue;
		clock_local(alert.since, "%H:%M:%S", time);
		x += frame_put(f, x, y, cols - x + 1, FRAME_WARN, x == 1 ? "! " : " · ");
		x += frame_put(f, x, y, cols - x + 1, FRAME_WARN, alert.name);
		x += frame_put(f, x, y, cols - x + 1, FRAME_NORMAL, _(" since "));
		x += frame_put(f, x, y, cols - x + 1, FRAME_NORMAL, time);
		if (alerts_raised(scene->alerts) > 1)
			continue;
		x += frame_put(f, x, y, cols - x + 1, FRAME_NORMAL, ": ");
		frame_put(f, x, y, cols - x + 1, FRAME_NORMAL, alert.values);
	}
}

bool screen_knows_more(const struct scene *scene)
{
	return scene->all_time && scene->all_time->all.sightings >= scene->fold->sightings;
}

void screen_draw(struct screen *s, const struct scene *scene, struct frame *f)
{
	struct frame_area body = {1, 0, f->w - 2, 0};
	int header, footer, gap = f->h >= SCREEN_GAPS_FROM;

	update_panes(s, s->all_time && screen_knows_more(scene));
	if (f->w < SCREEN_MIN_COLS || f->h < SCREEN_MIN_ROWS) {
		if (s->input == SCREEN_INPUT_NONE || f->h > 1)
			screen_draw_line(scene, f);
		if (s->input != SCREEN_INPUT_NONE)
			screen_draw_input(s, f, f->h - 1);
		return;
	}
	header = screen_draw_header(scene, f);
	footer = screen_footer_rows(f);
	if (gap)
		draw_alerts(scene, f, header);
	body.y = header + gap;
	body.h = f->h - body.y - footer - gap;
	/* Wherever results are shown; the countries and the help make room for it on their own. */
	if (gap && !s->help && s->at != SCREEN_COUNTRIES) {
		struct frame_area whole = {body.x, body.y, body.w, body.h + gap};

		screen_draw_credit(scene, f, &whole);
		body.h = whole.h < body.h ? whole.h : body.h;
	}
	if (s->help)
		screen_draw_help(s, scene, f, body);
	else
		views[s->at]->draw(s, scene, f, body);
	screen_draw_footer(s, scene, f);
}
