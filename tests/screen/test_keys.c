/* What keys do: what the screen asks of the program, where it goes, what it keeps to itself. */
#include <string.h>

#include "peers/screen.h"
#include "screen/picture.h"
#include "screen/scenes.h"
#include "tap.h"

/* The program makes a scene for each occasion: nobody may look at the one before. */
static struct scene *scene_begin(const struct stage *stage)
{
	static struct scene scenes[2];
	static unsigned turn;

	turn ^= 1;
	scenes[turn] = stage->scene;
	return &scenes[turn];
}

static void scene_end(struct scene *scene)
{
	memset(scene, 0xa5, sizeof(*scene));
}

static unsigned type(struct screen *s, const struct stage *stage, const char *keys)
{
	unsigned result = 0;

	for (; *keys; keys++) {
		struct scene *scene = scene_begin(stage);

		result = screen_key(s, (unsigned char)*keys, scene);
		scene_end(scene);
	}
	return result;
}

static void draw(struct screen *s, const struct stage *stage, struct frame *f)
{
	struct scene *scene = scene_begin(stage);

	frame_reset(f, 80, 24);
	screen_draw(s, scene, f);
	scene_end(scene);
}

static bool shows(struct screen *s, const struct stage *stage, const char *text)
{
	struct frame f;
	struct buf out;
	bool found;

	frame_init(&f, false);
	buf_init(&out, PICTURE_MAX);
	draw(s, stage, &f);
	frame_text(&f, false, &out);
	found = strstr(buf_str(&out), text) != NULL;
	buf_done(&out);
	frame_done(&f);
	return found;
}

static void test_results(void)
{
	static const struct {
		int key;
		unsigned want;
		const char *name;
	} cases[] = {
		{' ', SCREEN_POLL_NOW, "space polls"},
		{'p', SCREEN_PAUSE, "p pauses"},
		{'+', SCREEN_FASTER, "+"},
		{'-', SCREEN_SLOWER, "-"},
		{'w', SCREEN_SAVE, "w saves"},
		{'q', SCREEN_QUIT, "q quits"},
		{KEYCODE_CTRL_L, SCREEN_DIRTY | SCREEN_FULL_REDRAW, "Ctrl-L draws anew"},
		{'3', SCREEN_DIRTY, "3 is a view"},
		{'8', 0, "8 is none"},
		{'z', 0, "z does nothing"},
		{0x1f600, 0, "nor does a picture"},
		{KEYCODE_OTHER, 0, "nor a key nobody knows"},
		{KEYCODE_NONE, 0, "nor no key"},
	};
	struct stage *stage = stage_new(3);
	struct screen s;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		screen_init(&s);
		is_int(screen_key(&s, cases[i].key, &stage->scene), cases[i].want, "%s", cases[i].name);
		screen_done(&s);
	}
	stage_free(stage);
}

static void test_way(void)
{
	struct stage *stage = stage_new(SCENE_PEERS);
	struct screen s;

	screen_init(&s);
	type(&s, stage, "3");
	ok(shows(&s, stage, "Countries"), "3: countries");
	type(&s, stage, "\r");
	ok(shows(&s, stage, "Countries > DE"), "Enter: the first country");
	type(&s, stage, "jl");
	ok(shows(&s, stage, "In these torrents"), "j l: its second peer");
	is_int(type(&s, stage, "q"), SCREEN_QUIT, "q quits wherever the footer says so");
	screen_key(&s, KEYCODE_ESCAPE, &stage->scene);
	ok(shows(&s, stage, "Countries > DE"), "Esc closes the peer");
	type(&s, stage, "h");
	is_int(s.at, SCREEN_COUNTRIES, "h goes back");
	type(&s, stage, "?");
	ok(shows(&s, stage, "PgUp PgDn"), "? helps");
	is_int(type(&s, stage, "q"), SCREEN_DIRTY, "q closes the help");
	is_int(type(&s, stage, "q"), SCREEN_QUIT, "and then quits");
	for (int i = 0; i < SCREEN_TABS; i++)
		screen_key(&s, KEYCODE_TAB, &stage->scene);
	is_int(s.at, SCREEN_COUNTRIES, "Tab goes round");
	screen_key(&s, KEYCODE_BACKTAB, &stage->scene);
	is_int(s.at, SCREEN_PEERS, "Shift-Tab the other way");
	screen_done(&s);
	stage_free(stage);
}

static void test_cursor(void)
{
	struct stage *stage = stage_new(SCENE_PEERS);
	struct screen s;
	struct frame f;
	uint32_t last;

	screen_init(&s);
	frame_init(&f, false);
	type(&s, stage, "2");
	draw(&s, stage, &f);
	last = s.panes[SCREEN_PEERS].count - 1;
	type(&s, stage, "k");
	is_int(s.panes[SCREEN_PEERS].cursor, 0, "nothing above the first row");
	type(&s, stage, "G");
	is_int(s.panes[SCREEN_PEERS].cursor, last, "G: the last");
	type(&s, stage, "j");
	is_int(s.panes[SCREEN_PEERS].cursor, last, "nothing below it");
	screen_key(&s, KEYCODE_PAGE_UP, &stage->scene);
	is_int(s.panes[SCREEN_PEERS].cursor, last - s.panes[SCREEN_PEERS].page + 1, "a page up");
	type(&s, stage, "/ipv6\r");
	draw(&s, stage, &f);
	ok(s.panes[SCREEN_PEERS].cursor < s.panes[SCREEN_PEERS].count, "a filter leaves the cursor on a row");
	type(&s, stage, "h");
	screen_key(&s, KEYCODE_BACKSPACE, &stage->scene);
	draw(&s, stage, &f);
	ok(s.panes[SCREEN_PEERS].count < last, "in a list only Esc drops the filter");
	screen_key(&s, KEYCODE_ESCAPE, &stage->scene);
	draw(&s, stage, &f);
	is_int(s.panes[SCREEN_PEERS].count, last + 1, "and does");
	frame_done(&f);
	screen_done(&s);
	stage_free(stage);
}

/* Without lists there are no tags. */
static void test_tag_filter(void)
{
	struct stage *stage = stage_new(SCENE_PEERS);
	struct screen s;

	screen_init(&s);
	type(&s, stage, "2");
	ok(shows(&s, stage, "Peers"), "the peers");
	for (const char *key = "/tag('vpn')"; *key; key++) {
		type(&s, stage, (const char[]){*key, '\0'});
		shows(&s, stage, "");
	}
	ok(shows(&s, stage, "no list has this tag"), "a tag of no list is told while it is typed");
	screen_done(&s);
	stage_free(stage);
}

static void test_filter(void)
{
	struct stage *stage = stage_new(SCENE_PEERS);
	struct screen s;

	screen_init(&s);
	type(&s, stage, "2/country=nowhere");
	ok(shows(&s, stage, "Nothing matches"), "a filter works while it is typed");
	is_int(type(&s, stage, "q"), SCREEN_DIRTY, "q is a letter there");
	screen_key(&s, KEYCODE_CTRL_U, &stage->scene);
	shows(&s, stage, "");
	ok(s.panes[SCREEN_PEERS].count > 100, "Ctrl-U empties it");
	type(&s, stage, "rate-up>much\r");
	is_int(s.input, SCREEN_INPUT_FILTER, "Enter does not keep a mistake");
	ok(shows(&s, stage, "column 9"), "the mistake has a column");
	for (int i = 0; i < 4; i++)
		screen_key(&s, KEYCODE_BACKSPACE, &stage->scene);
	type(&s, stage, "300k\r");
	is_int(s.input, SCREEN_INPUT_NONE, "Enter keeps it once it is right");
	ok(shows(&s, stage, "match rate-up>300k"), "and it is shown");
	type(&s, stage, "/");
	for (int i = 0; i < 2000; i++)
		screen_key(&s, 0x4e2d, &stage->scene);
	ok(strlen(s.line) < sizeof(s.line), "a line has an end");
	is_int(screen_key(&s, 0x202e, &stage->scene), 0, "a character that turns text is not taken");
	is_int(screen_key(&s, 0x1b, &stage->scene), SCREEN_DIRTY, "Esc leaves");
	ok(!shows(&s, stage, "match"), "without a filter");
	screen_done(&s);
	stage_free(stage);
}

static void test_login(void)
{
	static const char empty[SCREEN_LOGIN_LEN];
	struct stage *stage = stage_new_dead(SOURCE_REFUSED, "the login was refused");
	struct screen s;

	screen_init(&s);
	type(&s, stage, "lme\r");
	is_int(s.input, SCREEN_INPUT_PASSWORD, "after the user comes the password");
	type(&s, stage, "secret");
	ok(!shows(&s, stage, "secret") && !shows(&s, stage, "******"), "which is not shown");
	is_int(type(&s, stage, "\r"), SCREEN_DIRTY | SCREEN_LOGIN, "Enter logs in");
	is_int(s.login.source, 0, "at the daemon that refused");
	is_str(s.login.user, "me", "with this user");
	is_str(s.login.password, "secret", "and this password");
	ok(memchr(s.line, 's', sizeof(s.line)) == NULL, "the line that it was typed in is wiped");
	screen_login_wipe(&s);
	ok(memcmp(s.login.password, empty, sizeof(empty)) == 0, "and so is the login");
	type(&s, stage, "lme\rsecret");
	is_int(screen_key(&s, KEYCODE_ESCAPE, &stage->scene), SCREEN_DIRTY, "Esc gives up");
	ok(s.login.user[0] == '\0' && memchr(s.line, 's', sizeof(s.line)) == NULL, "and nothing is kept");
	type(&s, stage, "lme\rsecret");
	screen_daemon_changed(&s, 1);
	is_int(s.input, SCREEN_INPUT_PASSWORD, "another daemon has changed: the login goes on");
	screen_daemon_changed(&s, 0);
	ok(s.input == SCREEN_INPUT_NONE && s.login.user[0] == '\0' && !strchr(s.line, 's'),
	   "its daemon has changed: what was typed is for nobody");
	stage->sources[0].state = SOURCE_UNREACHABLE;
	type(&s, stage, "l");
	is_int(s.input, SCREEN_INPUT_NONE, "no login where nobody asks");
	screen_done(&s);
	stage_free(stage);
}

static void test_time(void)
{
	struct stage *stage = stage_new(3);
	struct screen s;

	screen_init(&s);
	is_int(screen_next_ms(&stage->scene), stage->scene.mono_ms + 180001, "nothing changes before the data is late");
	ok(!shows(&s, stage, " old"), "no age yet");
	stage->scene.now.mono_ms = stage->scene.mono_ms + 180001;
	ok(shows(&s, stage, "3 min old"), "late: the age");
	is_int(screen_next_ms(&stage->scene), stage->scene.mono_ms + 240000, "minutes tick by the minute");
	stage->scene.wall = 0;
	is_int(screen_next_ms(&stage->scene), -1, "without data nothing ages");
	screen_done(&s);
	stage_free(stage);
}

/* Every view at every size: nothing is written outside the frame (make asan), no row begins with half a character. */
static void test_all_sizes(void)
{
	static const char views[] = "1234567?";
	struct stage *stage = stage_new(60);
	bool whole = true;
	struct frame f;

	stage_add_daemon(stage, "a daemon with a name that is far too long", 5);
	frame_init(&f, false);
	for (size_t i = 0; i < sizeof(views) - 1; i++) {
		struct screen s;

		screen_init(&s);
		screen_key(&s, views[i], &stage->scene);
		for (int w = 1; w <= 240; w += w < 50 ? 1 : 7) {
			for (int h = 1; h <= 70; h += h < 26 ? 1 : 5) {
				frame_reset(&f, w, h);
				screen_draw(&s, &stage->scene, &f);
				for (int y = 0; y < h; y++)
					whole = whole && frame_cell(&f, 0, y)->text[0] != '\0';
			}
		}
		screen_done(&s);
	}
	ok(whole, "every view at every size");
	frame_done(&f);
	stage_free(stage);
}

/* Views that are opened from everywhere never go back to each other. */
static void test_aside(void)
{
	struct stage *stage = stage_new(20);
	struct screen s;

	screen_init(&s);
	type(&s, stage, "3mnmnmn");
	is_int(s.at, SCREEN_NETWORKS, "map and networks in turn");
	screen_key(&s, KEYCODE_ESCAPE, &stage->scene);
	is_int(s.at, SCREEN_COUNTRIES, "Esc goes back to where it began");
	type(&s, stage, "nm");
	screen_key(&s, KEYCODE_TAB, &stage->scene);
	is_int(s.at, SCREEN_HEATMAP, "and Tab to the view behind");
	screen_done(&s);
	stage_free(stage);
}

int main(void)
{
	test_results();
	test_way();
	test_cursor();
	test_filter();
	test_tag_filter();
	test_login();
	test_time();
	test_all_sizes();
	test_aside();
	return tap_done();
}
