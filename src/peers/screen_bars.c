/* Header and footer: lines made of pieces, of which the least important leave when there is no room. */
#include "peers/screen_bars.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/words.h"
#include "peers/screen_keys.h"

enum { PIECES = 24, PIECE_LEN = 96, HEADER_LINES = 3, ERROR_COLS = 12, MORE_COLS = 10 };
enum { BRAND_FROM = 100, ALERTS_FROM = 60, BOTH_FROM = 80 };

/* Words of a line. `drop`: 0 stays, else the largest leaves first. The time that an answer took leaves before words are
 * shortened: it has another width at each poll, and would have them now short and now long. */
enum { DROP_RATE_UP = 4, DROP_RATE_DOWN = 5, DROP_POLL_TIME = 8 };
struct piece {
	char text[PIECE_LEN];
	enum frame_style style;
	unsigned drop;
};

struct pieces {
	struct piece list[PIECES];
	unsigned count;
};

__attribute__((format(printf, 4, 5))) static void add(struct pieces *p, enum frame_style style, unsigned drop,
						      const char *format, ...)
{
	struct piece *piece = &p->list[p->count];
	va_list args;

	if (p->count == PIECES)
		return;
	*piece = (struct piece){.style = style, .drop = drop};
	va_start(args, format);
	vsnprintf(piece->text, sizeof(piece->text), format, args);
	va_end(args);
	p->count++;
}

/* `steady`: with the room that rates and times may take at another poll. */
static int width(const struct frame *f, const struct pieces *p, bool steady)
{
	static const int room[] = {[DROP_RATE_UP] = 12, [DROP_RATE_DOWN] = 11, [DROP_POLL_TIME] = 9};
	int cols = 0;

	for (unsigned i = 0; i < p->count; i++) {
		unsigned drop = p->list[i].drop;
		int own = frame_cols(f, p->list[i].text), may = steady && drop <= DROP_POLL_TIME ? room[drop] : 0;

		cols += own > may ? own : may;
	}
	return cols;
}

/* Until it fits, who has the most to `drop` leaves, down to those with `least`. */
static void fit(const struct frame *f, struct pieces *p, int cols, unsigned least)
{
	while (width(f, p, false) > cols) {
		unsigned leaver = 0;

		for (unsigned i = 1; i < p->count; i++) {
			if (p->list[i].drop > p->list[leaver].drop)
				leaver = i;
		}
		if (p->count == 0 || p->list[leaver].drop < least)
			return;
		p->count--;
		memmove(&p->list[leaver], &p->list[leaver + 1], (p->count - leaver) * sizeof(p->list[0]));
	}
}

static int draw(struct frame *f, int x, int y, int cols, const struct pieces *p)
{
	int used = 0;

	for (unsigned i = 0; i < p->count && used < cols; i++)
		used += frame_put(f, x + used, y, cols - used, p->list[i].style, p->list[i].text);
	return used;
}

/* ---- header ---------------------------------------------------------------------------------------------------- */

static const struct {
	const char *mark;
	enum frame_style style;
} marks[] = {
	[SOURCE_CONNECTING] = {"○", FRAME_DIM},
	[SOURCE_OK] = {"●", FRAME_OK},
	[SOURCE_REFUSED] = {"!", FRAME_ERROR},
	[SOURCE_FORBIDDEN] = {"!", FRAME_ERROR},
	[SOURCE_UNREACHABLE] = {"!", FRAME_ERROR},
	[SOURCE_ERROR] = {"!", FRAME_ERROR},
};

static const char *rate_text(uint64_t rate, char text[STR_NUMBER])
{
	str_bytes((double)rate, text);
	return text;
}

static void poll_time(double ms, char text[STR_NUMBER])
{
	if (ms < 1)
		snprintf(text, STR_NUMBER, "<1 ms");
	else if (ms < 10000)
		snprintf(text, STR_NUMBER, "%.0f ms", ms);
	else
		snprintf(text, STR_NUMBER, "%.0f s", ms / 1000);
}

enum wording { TERSE, NORMAL, WIDE };

static void add_good(struct pieces *p, const struct source_status *source, const struct fold_now *now,
		     enum wording wording)
{
	const char *per_second = wording == TERSE ? "" : "/s";
	char count[STR_NUMBER], text[STR_NUMBER];
	int word = (int)strcspn(source->version, " ");

	if (wording == WIDE)
		add(p, FRAME_DIM, 7, " %s", _("ok"));
	if (word)
		add(p, FRAME_NORMAL, 7, " %.*s", word, source->version);
	str_count(source->torrents, count);
	add(p, FRAME_NORMAL, 6,
	    wording == TERSE ? _(" · %s torr") : _n(" · %s torrent", " · %s torrents", source->torrents), count);
	str_count(source->peers, count);
	add(p, FRAME_NORMAL, 3, _n(" · %s peer", " · %s peers", source->peers), count);
	add(p, FRAME_UP, DROP_RATE_UP, "  ↑ %s%s", rate_text(now->rate_up, text), per_second);
	add(p, FRAME_DOWN, DROP_RATE_DOWN, " ↓ %s%s", rate_text(now->rate_down, text), per_second);
	poll_time(source->poll_ms, text);
	add(p, FRAME_DIM, DROP_POLL_TIME, "  %s", text);
}

int64_t screen_retry_wall(const struct scene *scene, const struct source_status *source)
{
	int64_t wait = source->retry_mono_ms - scene->now.mono_ms;

	return source->retry_mono_ms && wait > 0 ? scene->now.wall + (wait + 999) / 1000 : 0;
}

static void add_bad(struct pieces *p, const struct scene *scene, const struct source_status *source)
{
	int64_t retry = screen_retry_wall(scene, source);
	char text[CLOCK_TEXT];

	add(p, marks[source->state].style, 0, " %s", _(source_state_name(source->state)));
	if (source->good_wall) {
		clock_local(source->good_wall, "%H:%M:%S", text);
		add(p, FRAME_WARN, 2, _(" · last answer %s"), text);
	}
	if (retry) {
		clock_local(retry, "%H:%M:%S", text);
		add(p, FRAME_NORMAL, 3, _(" · next try %s"), text);
	}
	if (source->state == SOURCE_REFUSED)
		add(p, FRAME_NORMAL, 1, _(" · l logs in"));
}

static void daemon_pieces(struct pieces *p, const struct scene *scene, unsigned number, enum wording wording)
{
	const struct source_status *source = &scene->sources[number];

	add(p, marks[source->state].style, 0, "%s ", marks[source->state].mark);
	add(p, FRAME_STRONG, 0, "%.32s", source->name);
	if (source->state == SOURCE_OK)
		add_good(p, source, &scene->fold->sources[number].now, wording);
	else
		add_bad(p, scene, source);
}

static void right_pieces(struct pieces *p, const struct scene *scene, const struct frame *f)
{
	int64_t age = scene->now.mono_ms - scene->mono_ms;
	size_t raised = alerts_raised(scene->alerts);
	char text[CLOCK_TEXT];

	if (scene->paused)
		add(p, FRAME_WARN, 0, _("  PAUSED"));
	if (f->h < SCREEN_GAPS_FROM && raised)
		add(p, FRAME_WARN, f->w < ALERTS_FROM ? 0 : 2,
		    f->w < ALERTS_FROM ? "  !%zu" : _n("  ! %zu alert", "  ! %zu alerts", raised), raised);
	if (screen_empty(scene))
		return;
	if ((double)age > scene->refresh * 1500) {
		clock_age(age / 1000, text);
		add(p, FRAME_WARN, 1, _("  %s old"), text);
	}
	clock_local(scene->wall, "%H:%M:%S", text);
	add(p, FRAME_STRONG, 0, "  %s", text);
}

static const char brand[] = "swarmtop   ", brand_blank[] = "           ";

/* One line: what it begins with, a daemon, and what is wrong with it as far as there is room. */
static void draw_daemon(const struct scene *scene, struct frame *f, int x, int y, int cols, unsigned number)
{
	const struct source_status *source = &scene->sources[number];
	struct pieces p;
	int used;

	for (enum wording wording = f->w >= BRAND_FROM ? WIDE : NORMAL;; wording--) {
		p.count = 0;
		if (f->w >= BRAND_FROM)
			add(&p, FRAME_TITLE, 0, "%s", y ? brand_blank : brand);
		daemon_pieces(&p, scene, number, wording);
		if (wording != TERSE)
			fit(f, &p, cols, DROP_POLL_TIME);
		if (wording == TERSE || width(f, &p, false) <= cols)
			break;
	}
	fit(f, &p, cols, 1);
	used = draw(f, x, y, cols, &p);
	if (source->error[0] && cols - used > ERROR_COLS) {
		used += frame_put(f, x + used, y, cols - used, FRAME_NORMAL, " · ");
		frame_put(f, x + used, y, cols - used, FRAME_NORMAL, source_said(source));
	}
}

/* All daemons side by side, if that loses nothing of what matters. */
static bool draw_all_in_one(const struct scene *scene, struct frame *f, int cols)
{
	struct pieces p[HEADER_LINES] = {0};
	int total = 0;

	if (scene->source_count > HEADER_LINES)
		return false;
	for (unsigned i = 0; i < scene->source_count; i++) {
		if (scene->sources[i].state != SOURCE_OK)
			return false;
		if (i || f->w >= BRAND_FROM)
			add(&p[i], FRAME_TITLE, 0, "%s", i ? "    " : brand);
		daemon_pieces(&p[i], scene, i, f->w >= BRAND_FROM ? WIDE : NORMAL);
		total += width(f, &p[i], true);
	}
	if (total > cols)
		return false;
	for (unsigned i = 0, x = 1; i < scene->source_count; i++)
		x += (unsigned)draw(f, (int)x, 0, cols, &p[i]);
	return true;
}

/* Which daemon has which line. Where there are more of them than lines, those in trouble come first: of the others the
 * numbers tell. */
static unsigned daemon_at(const struct scene *scene, unsigned line, bool crowded)
{
	for (int trouble = 1; crowded && trouble >= 0; trouble--) {
		for (unsigned i = 0; i < scene->source_count; i++) {
			enum source_state state = scene->sources[i].state;

			if ((state != SOURCE_OK && state != SOURCE_CONNECTING) == trouble && line-- == 0)
				return i;
		}
	}
	return line;
}

int screen_draw_header(const struct scene *scene, struct frame *f)
{
	struct pieces right = {.count = 0};
	int right_cols, cols, rows = 0, room = f->h < 16 ? 1 : HEADER_LINES;
	char more[STR_NUMBER];

	right_pieces(&right, scene, f);
	fit(f, &right, f->w / 2, 1);
	right_cols = width(f, &right, false);
	cols = f->w - 2 - right_cols;
	draw(f, f->w - 1 - right_cols, 0, right_cols, &right);
	if (scene->source_count > 1 && draw_all_in_one(scene, f, cols))
		return 1;
	for (unsigned i = 0; i < scene->source_count && rows < room; i++, rows++) {
		bool last = rows + 1 == room && i + 1 < scene->source_count;
		int line = (rows == 0 ? cols : f->w - 2) - (last ? MORE_COLS : 0);

		draw_daemon(scene, f, 1, rows, line, daemon_at(scene, i, scene->source_count > (unsigned)room));
		if (!last)
			continue;
		snprintf(more, sizeof(more), _("+%u more"), scene->source_count - i - 1);
		frame_put_right(f, 1 + line, rows, MORE_COLS, FRAME_WARN, more);
	}
	return rows ? rows : 1;
}

/* ---- a terminal that is too small ------------------------------------------------------------------------------ */

void screen_draw_line(const struct scene *scene, struct frame *f)
{
	const struct fold_now *now = &scene->fold->now;
	struct pieces p = {.count = 0};
	char count[STR_NUMBER], text[CLOCK_TEXT];
	unsigned worst = 0, well = 0;

	for (unsigned i = 0; i < scene->source_count; i++) {
		worst = scene->sources[i].state > scene->sources[worst].state ? i : worst;
		well += scene->sources[i].state == SOURCE_OK;
	}
	if (scene->source_count) {
		enum source_state state = scene->sources[worst].state;

		add(&p, marks[state].style, 0, "%s ", marks[state].mark);
		if (state != SOURCE_OK)
			add(&p, marks[state].style, well ? 5 : 0, "%s ", _(source_state_name(state)));
	}
	if (!screen_empty(scene)) {
		str_count(now->connections, count);
		add(&p, FRAME_STRONG, well ? 0 : 1, _n("%s peer", "%s peers", now->connections), count);
		if (well) {
			add(&p, FRAME_UP, 2, " ↑%s/s", rate_text(now->rate_up, count));
			add(&p, FRAME_DOWN, 3, " ↓%s/s", rate_text(now->rate_down, count));
		}
		clock_local(scene->wall, "%H:%M", text);
		add(&p, FRAME_NORMAL, 4, "  %s", text);
	}
	if (scene->paused)
		add(&p, FRAME_WARN, 1, _(" PAUSED"));
	if (alerts_raised(scene->alerts))
		add(&p, FRAME_WARN, 1, " !%zu", alerts_raised(scene->alerts));
	fit(f, &p, f->w, 1);
	draw(f, 0, 0, f->w, &p);
}

/* ---- footer ---------------------------------------------------------------------------------------------------- */

int screen_footer_rows(const struct frame *f)
{
	return f->h >= 18 ? 2 : 1;
}

static enum screen_id tab_of(const struct screen *s)
{
	enum screen_id id = s->at;

	while (id >= SCREEN_TABS)
		id = s->panes[id].from;
	return id;
}

enum tabs { TABS_ONE, TABS_NUMBERS, TABS_NAMES };

/* "1 overview 2 peers ..."; where there is no room, only the one that is shown has its name, or is there at all. */
static int draw_tabs(const struct screen *s, struct frame *f, int x, int y, int cols)
{
	enum screen_id current = tab_of(s);
	struct pieces p;

	for (int tabs = TABS_NAMES; tabs >= TABS_ONE; tabs--) {
		p.count = 0;
		for (int i = 0; i < SCREEN_TABS; i++) {
			bool here = i == (int)current, named = tabs == TABS_NAMES || here;

			if (tabs == TABS_ONE && !here)
				continue;

			add(&p, here ? FRAME_CURSOR : FRAME_KEY, 0, named ? "%s%d " : "%s%d", here ? " " : "", i + 1);
			add(&p, here ? FRAME_CURSOR : FRAME_NORMAL, 0, "%s%s",
			    named ? _(screen_view((enum screen_id)i)->name) : "", here ? " " : "");
			if (i + 1 < SCREEN_TABS && tabs != TABS_ONE)
				add(&p, FRAME_NORMAL, 0, " ");
		}
		if (width(f, &p, false) <= cols)
			break;
	}
	return draw(f, x, y, cols, &p);
}

static int key_cols(const struct frame *f, const struct screen_key *key)
{
	return frame_cols(f, _(key->sign)) + 1 + frame_cols(f, _(key->action)) + 2;
}

static int draw_key(struct frame *f, int x, int y, const struct screen_key *key)
{
	int used = frame_put(f, x, y, f->w - x, FRAME_KEY, _(key->sign));

	used += 1 + frame_put(f, x + used + 1, y, f->w - x - used - 1, FRAME_NORMAL, _(key->action));
	return used + 2;
}

/* The keys of this view as far as they fit; the last two of the table, help and quit, always. */
static void draw_keys(const struct screen *s, struct frame *f, int x, int y, int cols)
{
	const struct screen_view *view = screen_view(s->at);
	size_t count;
	const struct screen_key *keys = screen_keys(&count);
	int last = 0, end;

	for (size_t i = count - 2; i < count; i++)
		last += key_cols(f, &keys[i]);
	end = x + cols - last + 2;
	for (size_t i = 0; i + 2 < count; i++) {
		if (!keys[i].sign || !screen_key_works(&keys[i], view) || s->help)
			continue;
		if (x + key_cols(f, &keys[i]) > end)
			break;
		x += draw_key(f, x, y, &keys[i]);
	}
	for (size_t i = count - 2, at = (size_t)(end > 1 ? end : 1); i < count; i++)
		at += (size_t)draw_key(f, (int)at, y, &keys[i]);
}

/* Where the characters of a typed line begin that fit into `cols`: its end is what counts. */
static const char *visible_tail(const struct frame *f, const char *line, int cols)
{
	while (*line && frame_cols(f, line) > cols) {
		do
			line++;
		while ((*line & 0xc0) == 0x80);
	}
	return line;
}

void screen_draw_input(const struct screen *s, struct frame *f, int y)
{
	bool rows_shown = f->w >= SCREEN_MIN_COLS && f->h >= SCREEN_MIN_ROWS; /* and so counted */
	const struct view *rows = &s->panes[s->at].rows;
	const char *line = s->input == SCREEN_INPUT_PASSWORD ? "" : s->line, *tail;
	struct pieces p = {.count = 0}, right = {.count = 0};
	char count[STR_NUMBER], all[STR_NUMBER];
	int x = 1, cols, mistake;

	add(&p, FRAME_KEY, 0, "%s", s->input == SCREEN_INPUT_FILTER ? "/" : s->message);
	str_count(rows->count, count);
	str_count(rows->all, all);
	if (s->line_bad)
		add(&right, FRAME_ERROR, 0, "  ! %.80s",
		    rows_shown && screen_footer_rows(f) == 2 ? _("see above") : s->message);
	else if (s->input == SCREEN_INPUT_FILTER && rows_shown)
		add(&right, FRAME_DIM, 0, _("  %s of %s · Enter keeps, Esc clears"), count, all);
	cols = width(f, &right, false);
	cols = cols < f->w / 2 ? cols : f->w * 2 / 3;
	draw(f, f->w - 1 - cols, y, cols, &right);
	x += draw(f, x, y, f->w - cols - 2, &p);
	cols = f->w - cols - 2 - x;
	tail = visible_tail(f, line, cols);
	f->cursor_x = x + frame_put(f, x, y, cols, FRAME_INPUT, tail);
	f->cursor_y = y;
	mistake = x + (int)s->line_column - 1;
	if (s->line_bad && s->line_column && tail == line && mistake <= f->cursor_x)
		frame_paint(f, mistake, y, 1, FRAME_ERROR);
}

/* The tabs, and our name where the header has no room for it; what is wrong with a filter while it is typed. */
static void draw_upper(const struct screen *s, struct frame *f, int y)
{
	int used, name = frame_cols(f, "swarmtop");

	if (s->input != SCREEN_INPUT_NONE && s->line_bad) {
		used = 1 + frame_put(f, 1, y, f->w - 2, FRAME_ERROR, "! ");
		frame_put(f, used, y, f->w - 1 - used, FRAME_ERROR, s->message);
		return;
	}
	used = draw_tabs(s, f, 1, y, f->w - 2);
	if (f->w < BRAND_FROM && used + name + 3 <= f->w)
		frame_put_right(f, 1, y, f->w - 2, FRAME_TITLE, "swarmtop");
}

/* A view that is no tab has keys of its own, and "back" is one of them. */
static bool keys_come_first(const struct screen *s, const struct frame *f)
{
	return (screen_view(s->at)->traits & SCREEN_LEAVES) && f->w < BOTH_FROM;
}

void screen_draw_footer(const struct screen *s, const struct scene *scene, struct frame *f)
{
	int y = f->h - 1, used = 0;

	(void)scene;
	if (screen_footer_rows(f) == 2)
		draw_upper(s, f, f->h - 2);
	if (s->input != SCREEN_INPUT_NONE) {
		screen_draw_input(s, f, y);
		return;
	}
	if (s->message[0]) {
		frame_put(f, 1, y, f->w - 2, s->message_bad ? FRAME_ERROR : FRAME_STRONG, s->message);
		return;
	}
	if (screen_footer_rows(f) == 1 && !keys_come_first(s, f))
		used = draw_tabs(s, f, 1, y, f->w - 20) + 2;
	draw_keys(s, f, 1 + used, y, f->w - 2 - used);
}

void screen_draw_credit(const struct scene *scene, struct frame *f, struct frame_area *area)
{
	struct frame_area rows = *area;

	if (!scene->credit || !scene->credit[0] || area->h <= 6)
		return;
	/* Words are not torn, so a row may hold a little less than its width. */
	rows.h = frame_cols(f, scene->credit) > area->w ? 2 : 1;
	area->h -= rows.h;
	rows.y = area->y + area->h;
	frame_wrap(f, rows, FRAME_DIM, scene->credit);
}
