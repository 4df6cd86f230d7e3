/* What keys do to the dashboard. It draws nothing. */
#include "peers/screen_keys.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/text.h"
#include "base/words.h"
#include "peers/view_filter.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static struct screen_pane *pane_of(struct screen *s)
{
	return &s->panes[s->at];
}

/* ---- moving ---------------------------------------------------------------------------------------------------- */

static void move_to(uint32_t *cursor, int64_t to, uint32_t count)
{
	if (to > (int64_t)count - 1)
		to = (int64_t)count - 1;
	*cursor = to > 0 ? (uint32_t)to : 0;
}

enum { MOVE_PAGE = 1000000, MOVE_ALL = 2000000 };

static int64_t target(uint32_t cursor, int by, uint32_t page)
{
	int64_t sign = by < 0 ? -1 : 1;

	if (by == MOVE_ALL || by == -MOVE_ALL)
		return sign * INT64_MAX / 2;
	if (by == MOVE_PAGE || by == -MOVE_PAGE)
		return cursor + sign * (page > 1 ? (int64_t)page - 1 : 1);
	return (int64_t)cursor + by;
}

static unsigned act_move(struct screen *s, const struct scene *scene, int by)
{
	struct screen_pane *pane = pane_of(s);

	(void)scene;
	if (s->help)
		move_to(&s->help_top, target(s->help_top, by, pane->page), UINT16_MAX);
	else
		move_to(&pane->cursor, target(pane->cursor, by, pane->page), pane->count);
	return SCREEN_DIRTY;
}

/* ---- views ----------------------------------------------------------------------------------------------------- */

static unsigned act_view(struct screen *s, const struct scene *scene, int number)
{
	(void)scene;
	s->at = (enum screen_id)number;
	s->help = false;
	return SCREEN_DIRTY;
}

/* Where all that was opened began. */
static enum screen_id tab_of(const struct screen *s)
{
	enum screen_id at = s->at;

	while (at >= SCREEN_TABS)
		at = s->panes[at].from;
	return at;
}

/* Opens a view that can be opened from everywhere: Esc goes back to the tab, so that two of them never go back to each
 * other. */
static unsigned open_aside(struct screen *s, enum screen_id id)
{
	s->panes[id].from = tab_of(s);
	s->at = id;
	return SCREEN_DIRTY;
}

static unsigned act_next_view(struct screen *s, const struct scene *scene, int by)
{
	s->at = tab_of(s);
	return act_view(s, scene, ((int)s->at + by + SCREEN_TABS) % SCREEN_TABS);
}

/* Opens the map as it was left; there, the next continent. */
static unsigned act_map(struct screen *s, const struct scene *scene, int by)
{
	(void)scene;
	s->help = false;
	if (s->at == SCREEN_MAP) {
		s->zoom = (enum atlas_zoom)(((int)s->zoom + by + ATLAS_ZOOMS) % ATLAS_ZOOMS);
		return SCREEN_DIRTY;
	}
	return open_aside(s, SCREEN_MAP);
}

static unsigned act_networks(struct screen *s, const struct scene *scene, int arg)
{
	(void)scene, (void)arg;
	s->help = false;
	return open_aside(s, SCREEN_NETWORKS);
}

static unsigned act_open(struct screen *s, const struct scene *scene, int arg)
{
	const struct screen_view *view = screen_view(s->at);
	struct screen_pane *pane = pane_of(s);

	(void)arg;
	if (s->help) {
		s->help = false;
		return SCREEN_DIRTY;
	}
	if (!view->open)
		return 0;
	view_update(&pane->rows, scene);
	if (pane->cursor >= pane->rows.count)
		return 0;
	view->open(s, pane->rows.rows[pane->cursor]);
	return SCREEN_DIRTY;
}

static void set_filter(struct screen *s, const char *text, const struct netlists *lists)
{
	struct screen_pane *pane = pane_of(s);
	struct err err = {.msg = ""};
	unsigned column = 0;

	s->line_bad = view_filter(&pane->rows, text, lists, &err, &column) != 0;
	s->line_column = column;
	str_copy(s->message, sizeof(s->message), err.msg);
	if (!s->line_bad)
		str_copy(pane->filter, sizeof(pane->filter), text);
	pane->cursor = pane->top = 0;
}

static unsigned act_back(struct screen *s, const struct scene *scene, int arg)
{
	struct screen_pane *pane = pane_of(s);

	(void)scene, (void)arg;
	if (s->help)
		s->help = false;
	else if (s->at >= SCREEN_TABS)
		s->at = pane->from;
	else if (pane->filter[0])
		set_filter(s, "", NULL);
	else
		return 0;
	return SCREEN_DIRTY;
}

static unsigned act_quit(struct screen *s, const struct scene *scene, int arg)
{
	if (s->help)
		return act_back(s, scene, arg);
	return SCREEN_QUIT;
}

static unsigned act_help(struct screen *s, const struct scene *scene, int arg)
{
	(void)scene, (void)arg;
	s->help = !s->help;
	s->help_top = 0;
	return SCREEN_DIRTY;
}

/* ---- rows ------------------------------------------------------------------------------------------------------ */

static unsigned act_sort(struct screen *s, const struct scene *scene, int by)
{
	struct view *rows = &pane_of(s)->rows;
	unsigned count = rows->table->column_count, next = rows->sort;

	(void)scene;
	do
		next = (unsigned)((int)next + by + (int)count) % count;
	while (view_is_all_time(rows, next) && !rows->all_time);
	view_sort(rows, next, false);
	screen_message(s, false, _("sorted by %s"), rows->table->columns[rows->sort].key);
	return SCREEN_DIRTY;
}

static unsigned act_reverse(struct screen *s, const struct scene *scene, int arg)
{
	struct view *rows = &pane_of(s)->rows;

	(void)scene, (void)arg;
	view_sort(rows, rows->sort, !rows->reverse);
	return SCREEN_DIRTY;
}

static unsigned act_filter(struct screen *s, const struct scene *scene, int arg)
{
	(void)scene, (void)arg;
	s->input = SCREEN_INPUT_FILTER;
	str_copy(s->line, sizeof(s->line), pane_of(s)->filter);
	s->line_bad = false;
	return SCREEN_DIRTY;
}

static unsigned act_hide(struct screen *s, const struct scene *scene, int arg)
{
	(void)scene, (void)arg;
	s->hide = !s->hide;
	screen_message(s, false, "%s", s->hide ? _("addresses are hidden") : _("addresses are shown"));
	return SCREEN_DIRTY;
}

static unsigned act_all_time(struct screen *s, const struct scene *scene, int arg)
{
	(void)arg;
	s->all_time = !s->all_time && screen_knows_more(scene);
	if (scene->all_time && !screen_knows_more(scene))
		screen_message(s, true, "%s", _("the history is younger than this run, and knows less"));
	else if (scene->all_time)
		screen_message(s, false, "%s",
			       s->all_time ? _("with the numbers of all time") : _("the numbers of this run"));
	else
		screen_message(s, true, "%s",
			       scene->history ? _("the history has not been read yet") : _("no history is kept"));
	return SCREEN_DIRTY;
}

/* ---- the rest of the program ----------------------------------------------------------------------------------- */

static unsigned act_tell(struct screen *s, const struct scene *scene, int result)
{
	(void)s, (void)scene;
	return (unsigned)result;
}

/* Where nobody asks for a login, l is what it is beside h, j and k: to the right. */
static unsigned act_login(struct screen *s, const struct scene *scene, int arg)
{
	for (unsigned i = 0; i < scene->source_count; i++) {
		if (scene->sources[i].state != SOURCE_REFUSED)
			continue;
		s->login = (struct screen_login){.source = i};
		s->input = SCREEN_INPUT_USER;
		s->line[0] = '\0';
		s->line_bad = false;
		screen_message(s, false, _("user name for %s: "), scene->sources[i].name);
		return SCREEN_DIRTY;
	}
	return act_open(s, scene, arg);
}

/* ---- typing ---------------------------------------------------------------------------------------------------- */

static void end_input(struct screen *s)
{
	s->input = SCREEN_INPUT_NONE;
	s->line_bad = false;
	s->message[0] = '\0';
	explicit_bzero(s->line, sizeof(s->line));
}

void screen_daemon_changed(struct screen *s, unsigned number)
{
	if ((s->input != SCREEN_INPUT_USER && s->input != SCREEN_INPUT_PASSWORD) || s->login.source != number)
		return;
	screen_login_wipe(s);
	end_input(s);
	screen_message(s, true, _("the daemons have changed: press l again"));
}

static unsigned enter_filter(struct screen *s, const struct scene *scene)
{
	(void)scene;
	if (!s->line_bad)
		end_input(s);
	return SCREEN_DIRTY;
}

static unsigned enter_user(struct screen *s, const struct scene *scene)
{
	bool there = s->login.source < scene->source_count;

	str_copy(s->login.user, sizeof(s->login.user), s->line);
	end_input(s);
	s->input = SCREEN_INPUT_PASSWORD;
	screen_message(s, false, _("password for %s (not shown): "), there ? scene->sources[s->login.source].name : "");
	return SCREEN_DIRTY;
}

static unsigned enter_password(struct screen *s, const struct scene *scene)
{
	(void)scene;
	str_copy(s->login.password, sizeof(s->login.password), s->line);
	end_input(s);
	return SCREEN_DIRTY | SCREEN_LOGIN;
}

static void leave_filter(struct screen *s)
{
	set_filter(s, "", NULL);
}

static const struct {
	size_t max; /* bytes, NUL included */
	unsigned (*enter)(struct screen *s, const struct scene *scene);
	void (*leave)(struct screen *s);
	bool live; /* every change counts at once */
} inputs[] = {
	[SCREEN_INPUT_FILTER] = {SCREEN_LINE, enter_filter, leave_filter, true},
	[SCREEN_INPUT_USER] = {SCREEN_LOGIN_LEN, enter_user, screen_login_wipe, false},
	[SCREEN_INPUT_PASSWORD] = {SCREEN_LOGIN_LEN, enter_password, screen_login_wipe, false},
};

/* Takes the last character off, with the mark it may carry. */
static void erase(char *line)
{
	size_t len = strlen(line);

	while (len > 0 && (line[--len] & 0xc0) == 0x80)
		;
	line[len] = '\0';
}

static bool edit(struct screen *s, int key, size_t max)
{
	size_t len = strlen(s->line), more;
	char bytes[4], clean[8];

	if (key == KEYCODE_BACKSPACE) {
		erase(s->line);
		return true;
	}
	if (key == KEYCODE_CTRL_U) {
		explicit_bzero(s->line, sizeof(s->line));
		return true;
	}
	if (key < ' ' || key >= KEYCODE_FIRST)
		return false;
	more = text_encode((uint32_t)key, bytes);
	/* What the terminal sends is foreign too: it would be drawn. */
	if (text_clean(clean, sizeof(clean), bytes, more, 2) != more || memcmp(clean, bytes, more) != 0 ||
	    len + more >= max)
		return false;
	memcpy(s->line + len, clean, more + 1);
	return true;
}

static unsigned type(struct screen *s, int key, const struct scene *scene)
{
	if (key == KEYCODE_ENTER || key == '\n')
		return inputs[s->input].enter(s, scene);
	if (key == KEYCODE_ESCAPE) {
		inputs[s->input].leave(s);
		end_input(s);
		return SCREEN_DIRTY;
	}
	if (!edit(s, key, inputs[s->input].max))
		return 0;
	if (inputs[s->input].live)
		set_filter(s, s->line, scene->lists);
	return SCREEN_DIRTY;
}

/* ---- the table ------------------------------------------------------------------------------------------------- */

/* In the order of the help; the footer takes those with a sign, the first ones first, and always the last two. */
static const struct screen_key all_keys[] = {
	{{'1'}, NULL, NULL, NULL, NULL, 0, act_view, SCREEN_OVERVIEW},
	{{'2'}, NULL, NULL, NULL, NULL, 0, act_view, SCREEN_PEERS},
	{{'3'}, NULL, NULL, NULL, NULL, 0, act_view, SCREEN_COUNTRIES},
	{{'4'}, NULL, NULL, NULL, NULL, 0, act_view, SCREEN_HEATMAP},
	{{'5'}, NULL, NULL, NULL, NULL, 0, act_view, SCREEN_CLIENTS},
	{{'6'}, NULL, NULL, NULL, NULL, 0, act_view, SCREEN_TORRENTS},
	{{'7'}, "1-7", NULL, NULL, N_("overview, peers, countries, heatmap, clients, torrents, log"), 0, act_view,
	 SCREEN_LOG},
	{{'m'}, NULL, "m", N_("continents"), NULL, SCREEN_ZOOMS, act_map, 1},
	{{'m'}, NULL, NULL, NULL, NULL, 0, act_map, 1},
	{{'M'}, "m M", NULL, NULL, N_("world map; there, the next continent, the one before"), 0, act_map, -1},
	{{'n'}, "n", NULL, NULL, N_("networks: who hosts the peers, by AS number"), 0, act_networks, 0},
	{{KEYCODE_TAB}, NULL, NULL, NULL, NULL, 0, act_next_view, 1},
	{{KEYCODE_BACKTAB}, N_("Tab Shift-Tab"), NULL, NULL, N_("next view, the one before"), 0, act_next_view, -1},
	{{KEYCODE_UP, 'k'}, NULL, NULL, NULL, NULL, SCREEN_SCROLLS, act_move, -1},
	{{KEYCODE_DOWN, 'j'}, "↑ ↓ k j", NULL, NULL, N_("up and down"), SCREEN_SCROLLS, act_move, 1},
	{{KEYCODE_PAGE_UP}, NULL, NULL, NULL, NULL, SCREEN_SCROLLS, act_move, -MOVE_PAGE},
	{{KEYCODE_PAGE_DOWN}, N_("PgUp PgDn"), NULL, NULL, N_("by the page"), SCREEN_SCROLLS, act_move, MOVE_PAGE},
	{{KEYCODE_HOME, 'g'}, NULL, NULL, NULL, NULL, SCREEN_SCROLLS, act_move, -MOVE_ALL},
	{{KEYCODE_END, 'G'}, N_("g G Home End"), NULL, NULL, N_("to the top, to the end"), SCREEN_SCROLLS, act_move,
	 MOVE_ALL},
	{{KEYCODE_ENTER, '\n', KEYCODE_RIGHT}, N_("Enter →"), N_("Enter"), N_("open"), N_("open the row"), SCREEN_OPENS,
	 act_open, 0},
	{{KEYCODE_ESCAPE, KEYCODE_BACKSPACE, KEYCODE_LEFT, 'h'}, "Esc ← h", "Esc", N_("back"), N_("back"),
	 SCREEN_LEAVES, act_back, 0},
	{{KEYCODE_ESCAPE}, NULL, NULL, NULL, NULL, SCREEN_HAS_ROWS, act_back, 0},
	{{'/'}, "/", "/", N_("filter"), N_("show only rows that match; Enter keeps, Esc clears"), SCREEN_HAS_ROWS,
	 act_filter, 0},
	{{'s'}, NULL, "s", N_("sort"), NULL, SCREEN_HAS_ROWS, act_sort, 1},
	{{'S'}, "s S", NULL, NULL, N_("sort by the next column, the one before"), SCREEN_HAS_ROWS, act_sort, -1},
	{{'r'}, "r", "r", N_("reverse"), N_("reverse the order"), SCREEN_HAS_ROWS, act_reverse, 0},
	{{'a'}, "a", NULL, NULL, N_("numbers of all time beside those of this run"), 0, act_all_time, 0},
	{{'x'}, "x", "x", N_("hide addresses"), N_("hide addresses, or show them"), SCREEN_HAS_ADDRESSES, act_hide, 0},
	{{'x'}, NULL, NULL, NULL, NULL, 0, act_hide, 0},
	{{' '}, N_("space"), N_("space"), N_("refresh"), N_("ask the daemons now"), 0, act_tell, SCREEN_POLL_NOW},
	{{'p'}, "p", "p", N_("pause"), N_("pause, or go on"), 0, act_tell, SCREEN_PAUSE},
	{{'+', '='}, NULL, NULL, NULL, NULL, 0, act_tell, SCREEN_FASTER},
	{{'-'}, "+ -", "+ -", N_("interval"), N_("ask more often, less often"), 0, act_tell, SCREEN_SLOWER},
	{{'w'}, "w", "w", N_("save"), N_("save this screen as text: ./swarmtop-DATE.txt"), 0, act_tell, SCREEN_SAVE},
	/* For footers: above they are where the help has them. */
	{{'m'}, NULL, "m", N_("map"), NULL, SCREEN_IS_TAB, act_map, 1},
	{{'a'}, NULL, "a", N_("history"), NULL, SCREEN_IS_TAB, act_all_time, 0},
	{{'n'}, NULL, "n", N_("networks"), NULL, SCREEN_IS_TAB, act_networks, 0},
	{{'l'}, "l", NULL, NULL, N_("log in where a daemon refuses it; else open the row"), 0, act_login, 0},
	{{KEYCODE_CTRL_L, KEYCODE_RESIZE}, "Ctrl-L", NULL, NULL, N_("draw everything anew"), 0, act_tell,
	 SCREEN_DIRTY | SCREEN_FULL_REDRAW},
	{{'?'}, "?", "?", N_("help"), N_("this help"), 0, act_help, 0},
	{{'q'}, "q", "q", N_("quit"), N_("quit; in this help, close it"), 0, act_quit, 0},
};

const struct screen_key *screen_keys(size_t *count)
{
	*count = COUNT_OF(all_keys);
	return all_keys;
}

bool screen_key_works(const struct screen_key *key, const struct screen_view *view)
{
	unsigned traits = view->traits | (view->traits & SCREEN_LEAVES ? 0u : SCREEN_IS_TAB);

	return key->traits == 0 || (key->traits & traits) != 0;
}

static bool is_key(const struct screen_key *row, int key)
{
	for (int i = 0; i < SCREEN_KEY_ALIASES && row->keys[i]; i++) {
		if (row->keys[i] == key)
			return true;
	}
	return false;
}

/* In the help all keys that move do, whatever view lies below, and none for its rows, which are not to be seen. */
static bool reachable(const struct screen *s, const struct screen_key *row)
{
	return s->help ? !(row->traits & SCREEN_HAS_ROWS) : screen_key_works(row, screen_view(s->at));
}

unsigned screen_key(struct screen *s, int key, const struct scene *scene)
{
	bool had_message = s->message[0] != '\0';

	if (key == KEYCODE_NONE)
		return 0;
	if (s->input != SCREEN_INPUT_NONE && key != KEYCODE_RESIZE && key != KEYCODE_CTRL_L)
		return type(s, key, scene);
	if (s->input == SCREEN_INPUT_NONE)
		s->message[0] = '\0';
	for (size_t i = 0; i < COUNT_OF(all_keys); i++) {
		if (is_key(&all_keys[i], key) && reachable(s, &all_keys[i]))
			return all_keys[i].act(s, scene, all_keys[i].arg) | (had_message ? SCREEN_DIRTY : 0u);
	}
	return had_message ? SCREEN_DIRTY : 0;
}
