/* peers/screen_bars.c: header, footer, the one line of a small terminal and the credit, in every width. */
#include "peers/screen_bars.h"

#include <stdlib.h>

#include "folded.h"
#include "tap.h"

enum { WALL = 1795266030 /* 13:00:30 */, SOURCES = 5, TEXT = 8192 };

/* A scene with some daemons, each with a peer or none. */
struct stage {
	unsigned turn;
	struct fold *fold;
	struct source_status sources[SOURCES];
	struct scene scene;
};

static void set_source(struct stage *s, unsigned i, enum source_state state)
{
	struct source_status *source = &s->sources[i];

	*source = (struct source_status){.state = state};
	snprintf(source->name, sizeof(source->name), "box%u", i);
	if (state != SOURCE_OK)
		return;
	snprintf(source->version, sizeof(source->version), "3.00 (bb6b5a062e)");
	source->torrents = 1;
	source->peers = 1;
	source->poll_ms = 12;
}

static void stage_init(struct stage *s, unsigned count)
{
	*s = (struct stage){.turn = 0};
	s->fold = folded_new(1000, &s->turn);
	s->scene = (struct scene){
		.fold = s->fold,
		.sources = s->sources,
		.source_count = count,
		.now = {.mono_ms = 1000000, .wall = WALL},
		.wall = WALL,
		.mono_ms = 1000000,
		.refresh = 30,
	};
	for (unsigned i = 0; i < count; i++) {
		struct answer a;

		set_source(s, i, SOURCE_OK);
		answer_init(&a);
		add_torrent(&a, i, "t");
		add_peer(&a, IP4(20, 1, 0, i), 0)->rate_up = 1000;
		fold_answer(s->fold, i, &a, (struct fold_time){1000000, WALL, 13});
		answer_done(&a);
	}
	fold_recount(s->fold, WALL);
}

static void stage_done(struct stage *s)
{
	fold_free(s->fold);
}

static struct frame frame_of(int w, int h)
{
	struct frame f;

	frame_init(&f, false);
	frame_reset(&f, w, h);
	return f;
}

/* A row without the blanks at its ends, valid until the next call. */
static const char *row(const struct frame *f, int y)
{
	static char text[TEXT];
	size_t at = 0, begin;

	for (int x = 0; x < f->w && at + FRAME_CELL < sizeof(text); x++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s", frame_cell(f, x, y)->text);
	while (at && text[at - 1] == ' ')
		at--;
	text[at] = '\0';
	begin = strspn(text, " ");
	return text + begin;
}

static bool says(const struct frame *f, int y, const char *text)
{
	bool is = strstr(row(f, y), text) != NULL;

	if (!is)
		printf("# %s\n", row(f, y));
	return is;
}

/* --- when a daemon is asked next --- */

static void test_retry(void)
{
	static const struct {
		int64_t retry, want;
	} rows[] = {
		{0, 0},
		{1, 0},
		{999999, 0},
		{1000000, 0},
		{1000001, WALL + 1},
		{1001000, WALL + 1},
		{1001001, WALL + 2},
		{1060000, WALL + 60},
	};
	struct stage s;

	stage_init(&s, 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		s.sources[0].retry_mono_ms = rows[i].retry;
		is_int(screen_retry_wall(&s.scene, &s.sources[0]), rows[i].want, "asked again %lld ms from now",
		       (long long)rows[i].retry - 1000000);
	}
	stage_done(&s);
}

/* --- header --- */

static void test_header_rows(void)
{
	static const struct {
		unsigned sources;
		int w, h, rows;
	} cases[] = {
		{0, 80, 24, 1}, {1, 80, 24, 1}, {1, 80, 10, 1},  {2, 200, 24, 1}, {3, 300, 24, 1},
		{2, 60, 24, 2}, {3, 60, 24, 3}, {5, 300, 24, 3}, {5, 80, 16, 3},  {5, 80, 15, 1},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct frame f = frame_of(cases[i].w, cases[i].h);
		struct stage s;

		stage_init(&s, cases[i].sources);
		is_int(screen_draw_header(&s.scene, &f), cases[i].rows, "%u daemons in %d x %d", cases[i].sources,
		       cases[i].w, cases[i].h);
		stage_done(&s);
		frame_done(&f);
	}
}

static void test_header_texts(void)
{
	struct frame f = frame_of(120, 24);
	struct stage s;

	stage_init(&s, 5);
	screen_draw_header(&s.scene, &f);
	ok(says(&f, 0, "swarmtop   ● box0 ok 3.00 · 1 torrent · 1 peer  ↑ 1.0 kB/s ↓ 0 B/s  12 ms"), "a daemon");
	ok(says(&f, 0, "13:00:30"), "the time of the data");
	ok(says(&f, 1, "● box1") && !strstr(row(&f, 1), "swarmtop"), "the second, without our name");
	ok(says(&f, 2, "+2 more"), "and how many more there are");
	is_str(row(&f, 3), "", "nothing below");
	stage_done(&s);
	frame_done(&f);
}

static void test_header_plural(void)
{
	struct frame f = frame_of(80, 24);
	struct stage s;

	stage_init(&s, 1);
	s.sources[0].torrents = 0;
	s.sources[0].peers = 1234;
	s.sources[0].version[0] = '\0';
	s.sources[0].poll_ms = 0.4;
	screen_draw_header(&s.scene, &f);
	ok(says(&f, 0, "box0 · 0 torrents · 1,234 peers"), "more or less than one, and no version");
	ok(says(&f, 0, "<1 ms"), "a quick answer");
	frame_reset(&f, 80, 24);
	s.sources[0].poll_ms = 12345;
	screen_draw_header(&s.scene, &f);
	ok(says(&f, 0, "  12 s"), "a slow one");
	stage_done(&s);
	frame_done(&f);
}

/* The header's first line in some width, without its time of day and without how long the poll took. */
static void words_of(struct stage *s, int w, double poll_ms, char text[TEXT])
{
	struct frame f = frame_of(w, 24);
	char *end;

	s->sources[0].poll_ms = poll_ms;
	screen_draw_header(&s->scene, &f);
	snprintf(text, TEXT, "%s", row(&f, 0));
	end = strstr(text, " ms");
	while (end && end > text && end[-1] != ' ')
		end--;
	if (!end)
		end = strstr(text, "13:00:30");
	while (end && end > text && end[-1] == ' ')
		end--;
	if (end)
		*end = '\0';
	frame_done(&f);
}

static void test_header_steady(const char *name)
{
	char quick[TEXT], slow[TEXT];
	struct stage s;
	int differ = 0;

	stage_init(&s, 1);
	str_copy(s.sources[0].name, sizeof(s.sources[0].name), name);
	for (int w = 40; w <= 120; w++) {
		words_of(&s, w, 0.4, quick);
		words_of(&s, w, 1234, slow);
		if (strcmp(quick, slow) != 0 && differ++ == 0)
			printf("# %d columns:\n# %s\n# %s\n", w, quick, slow);
	}
	is_int(differ, 0, "a poll that takes longer shortens no word");
	stage_done(&s);
}

/* How many rows the header takes, with rates and times as they are told in the fewest or the most letters. */
static int rows_of(struct stage *s, int w, bool large)
{
	struct frame f = frame_of(w, 24);
	int rows;

	for (unsigned i = 0; i < 2; i++) {
		s->fold->sources[i].now.rate_up = large ? 999000 : 0;
		s->fold->sources[i].now.rate_down = large ? 999000 : 0;
		s->sources[i].poll_ms = large ? 9999 : 1;
	}
	rows = screen_draw_header(&s->scene, &f);
	frame_done(&f);
	return rows;
}

static void test_header_still(void)
{
	struct stage s;
	int differ = 0, one = 0;

	stage_init(&s, 2);
	for (int w = 40; w <= 200; w++) {
		differ += rows_of(&s, w, false) != rows_of(&s, w, true);
		one += rows_of(&s, w, true) == 1;
	}
	is_int(differ, 0, "no rate and no time moves what is below");
	ok(one > 20, "and where there is room two daemons share a row");
	stage_done(&s);
}

static void test_header_bad(void)
{
	static const enum source_state states[] = {SOURCE_REFUSED, SOURCE_FORBIDDEN, SOURCE_UNREACHABLE, SOURCE_ERROR};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		struct frame f = frame_of(160, 24);
		struct stage s;
		char text[64];

		stage_init(&s, 2);
		set_source(&s, 1, states[i]);
		snprintf(s.sources[1].error, sizeof(s.sources[1].error), "what is wrong");
		s.sources[1].good_wall = WALL - 60;
		s.sources[1].retry_mono_ms = s.scene.now.mono_ms + 5000;
		is_int(screen_draw_header(&s.scene, &f), 2, "a daemon that is lost has a row of its own");
		snprintf(text, sizeof(text), "! box1 %s · last answer 12:59:30 · next try 13:00:35",
			 source_state_name(states[i]));
		ok(says(&f, 1, text), "%s", text);
		ok(says(&f, 1, " · what is wrong"), "and what is wrong");
		is_int(strstr(row(&f, 1), "l logs in") != NULL, states[i] == SOURCE_REFUSED,
		       "who is refused is told the key");
		stage_done(&s);
		frame_done(&f);
	}
}

/* One that is lost is seen, however many there are and however few lines. */
static void test_header_lost(void)
{
	static const struct {
		unsigned sources;
		int h, at;
	} cases[] = {{5, 24, 0}, {4, 24, 0}, {3, 24, 2}, {5, 15, 0}, {2, 15, 0}, {2, 24, 1}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned last = cases[i].sources - 1;
		struct frame f = frame_of(80, cases[i].h);
		char name[32];
		struct stage s;

		stage_init(&s, cases[i].sources);
		set_source(&s, last, SOURCE_UNREACHABLE);
		screen_draw_header(&s.scene, &f);
		snprintf(name, sizeof(name), "! box%u unreachable", last);
		ok(says(&f, cases[i].at, name), "the last of %u is lost, in %d rows", cases[i].sources, cases[i].h);
		stage_done(&s);
		frame_done(&f);
	}
}

static void test_header_old(void)
{
	static const struct {
		int64_t age_ms;
		const char *says; /* NULL: nothing about it */
	} cases[] = {
		{0, NULL}, {45000, NULL}, {45001, "45 s old"}, {60000, "60 s old"},
		{4 * 3600000 + 300000, "4 h 05 old"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct frame f = frame_of(120, 24);
		struct stage s;

		stage_init(&s, 1);
		s.scene.now.mono_ms += cases[i].age_ms;
		screen_draw_header(&s.scene, &f);
		is_int(strstr(row(&f, 0), " old") != NULL, cases[i].says != NULL, "data of %lld ms",
		       (long long)cases[i].age_ms);
		ok(!cases[i].says || says(&f, 0, cases[i].says), "and their age");
		stage_done(&s);
		frame_done(&f);
	}
}

/* However narrow: the daemon's mark, and that it stands still, are what stays. */
static void test_header_widths(void)
{
	unsigned marks = 0, paused = 0, whole = 0;

	for (int w = 40; w <= 200; w++) {
		struct frame f = frame_of(w, 24);
		struct stage s;

		stage_init(&s, 1);
		s.scene.paused = true;
		screen_draw_header(&s.scene, &f);
		marks += strstr(row(&f, 0), "● box0") != NULL;
		paused += strstr(row(&f, 0), "PAUSED") != NULL;
		whole += strstr(row(&f, 0), "13:00:30") != NULL && !strstr(row(&f, 0), "…");
		stage_done(&s);
		frame_done(&f);
	}
	is_int(marks, 161, "the daemon is there in each of 161 widths");
	is_int(paused, 161, "and that it is paused");
	is_int(whole, 161, "words leave whole: nothing is cut");
}

static void test_header_blank(void)
{
	struct frame f = frame_of(80, 24);
	struct stage s;

	stage_init(&s, 1);
	s.scene.wall = 0;
	set_source(&s, 0, SOURCE_CONNECTING);
	screen_draw_header(&s.scene, &f);
	is_str(row(&f, 0), "○ box0 connecting", "before the first answer there is no time");
	stage_done(&s);
	frame_done(&f);
}

/* --- a small terminal --- */

static void test_line(void)
{
	static const struct {
		int w;
		const char *want;
	} cases[] = {
		{60, "● 2 peers ↑2.0 kB/s ↓0 B/s  13:00 PAUSED"},
		{38, "● 2 peers ↑2.0 kB/s ↓0 B/s PAUSED"},
		{28, "● 2 peers ↑2.0 kB/s PAUSED"},
		{20, "● 2 peers PAUSED"},
		{12, "● 2 peers"},
		{9, "● 2 peers"},
		{8, "● 2 pee…"},
		{1, "●"},
	};
	struct stage s;

	stage_init(&s, 2);
	s.scene.paused = true;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct frame f = frame_of(cases[i].w, 3);

		screen_draw_line(&s.scene, &f);
		if (cases[i].w > 1)
			is_str(row(&f, 0), cases[i].want, "in %d columns", cases[i].w);
		else
			ok(row(&f, 0)[0], "in one column there is something");
		is_str(row(&f, 1), "", "only one row of it");
		frame_done(&f);
	}
	stage_done(&s);
}

static void test_line_worst(void)
{
	struct frame f = frame_of(60, 1);
	struct stage s;

	stage_init(&s, 3);
	set_source(&s, 1, SOURCE_UNREACHABLE);
	set_source(&s, 2, SOURCE_REFUSED);
	screen_draw_line(&s.scene, &f);
	ok(says(&f, 0, "! unreachable 3 peers"), "the worst daemon is the one that is named");
	frame_reset(&f, 20, 1);
	screen_draw_line(&s.scene, &f);
	ok(says(&f, 0, "! 3 peers"), "its state leaves before the peers do");
	frame_reset(&f, 60, 1);
	s.scene.source_count = 0;
	s.scene.wall = 0;
	screen_draw_line(&s.scene, &f);
	is_str(row(&f, 0), "", "no daemons, nothing to say");
	stage_done(&s);
	frame_done(&f);
}

/* --- footer --- */

static void test_footer_rows(void)
{
	for (int h = 10; h < 30; h++) {
		struct frame f = frame_of(80, h);

		is_int(screen_footer_rows(&f), h < 18 ? 1 : 2, "rows of the footer in %d", h);
		frame_done(&f);
	}
}

static void draw_footer(const struct screen *screen, struct frame *f, int w, int h)
{
	struct stage s;

	stage_init(&s, 1);
	frame_reset(f, w, h);
	screen_draw_footer(screen, &s.scene, f);
	stage_done(&s);
}

/* What belongs in it is there in every size: the view, help and quit. */
static void test_footer_sizes(void)
{
	struct screen screen;
	struct frame f;
	unsigned views = 0, keys = 0, names = 0;

	screen_init(&screen);
	frame_init(&f, false);
	screen.at = SCREEN_COUNTRIES;
	for (int w = SCREEN_MIN_COLS; w <= 200; w++) {
		draw_footer(&screen, &f, w, 24);
		views += strstr(row(&f, 22), "3 countries") != NULL;
		names += strstr(row(&f, 22), "2 peers") != NULL;
		keys += strstr(row(&f, 23), "? help") != NULL && strstr(row(&f, 23), "q quit") != NULL;
	}
	is_int(views, 161, "the view has its name in each of 161 widths");
	is_int(keys, 161, "and so have help and quit");
	ok(names > 80 && names < 161, "others have theirs where there is room: %u", names);
	screen_done(&screen);
	frame_done(&f);
}

static void test_footer_message(void)
{
	struct screen screen;
	struct frame f;

	screen_init(&screen);
	frame_init(&f, false);
	screen_message(&screen, true, "what %s", "happened");
	draw_footer(&screen, &f, 80, 24);
	is_str(row(&f, 23), "what happened", "a message takes the place of the keys");
	is_int(frame_cell(&f, 1, 23)->style, FRAME_ERROR, "in the style of a mistake");
	ok(says(&f, 22, "1 overview"), "and not that of the tabs");
	screen_message(&screen, false, "done");
	draw_footer(&screen, &f, 80, 12);
	is_int(frame_cell(&f, 1, 11)->style, FRAME_STRONG, "good news look different");
	screen_done(&screen);
	frame_done(&f);
}

static void type(struct screen *screen, enum screen_input input, const char *line)
{
	screen->input = input;
	snprintf(screen->line, sizeof(screen->line), "%s", line);
}

static void test_footer_input(void)
{
	struct screen screen;
	struct frame f;

	screen_init(&screen);
	frame_init(&f, false);
	screen.at = SCREEN_PEERS;
	type(&screen, SCREEN_INPUT_FILTER, "country=IT");
	draw_footer(&screen, &f, 100, 24);
	ok(says(&f, 23, "/country=IT") && says(&f, 23, "0 of 0 · Enter keeps, Esc clears"), "a filter is typed");
	ok(f.cursor_x == 12 && f.cursor_y == 23, "the cursor is behind it: %d", f.cursor_x);
	type(&screen, SCREEN_INPUT_PASSWORD, "hunter2");
	screen_message(&screen, false, "password: ");
	draw_footer(&screen, &f, 100, 24);
	is_str(row(&f, 23), "password:", "a password is not shown");
	ok(f.cursor_x == 11 && f.cursor_y == 23, "not even its length: %d", f.cursor_x);
	type(&screen, SCREEN_INPUT_USER, "me");
	screen_message(&screen, false, "user: ");
	draw_footer(&screen, &f, 100, 24);
	is_str(row(&f, 23), "user: me", "a user is");
	screen_done(&screen);
	frame_done(&f);
}

/* A line longer than its place shows its end, whatever its characters are wide. */
static void test_footer_long_input(void)
{
	struct screen screen;
	struct frame f;
	unsigned ends = 0, inside = 0, torn = 0;

	screen_init(&screen);
	frame_init(&f, false);
	screen.at = SCREEN_PEERS;
	type(&screen, SCREEN_INPUT_FILTER,
	     "client~文字文字文字文字文字文字文字文字文字文字文字文字文字文字 country=\xc3\xa4\xc3\xb6\xc3\xbc and the "
	     "END");
	for (int w = SCREEN_MIN_COLS; w <= 160; w++) {
		draw_footer(&screen, &f, w, 24);
		ends += strstr(row(&f, 23), "END") != NULL;
		torn += strchr(row(&f, 23), '?') != NULL;
		inside += f.cursor_x >= 0 && f.cursor_x < w && f.cursor_y == 23;
	}
	is_int(ends, 121, "the end of a long line is there in each of 121 widths");
	is_int(inside, 121, "and so is the cursor");
	is_int(torn, 0, "no character is torn");
	screen_done(&screen);
	frame_done(&f);
}

static void test_footer_mistake(void)
{
	struct screen screen;
	struct frame f;

	screen_init(&screen);
	frame_init(&f, false);
	screen.at = SCREEN_PEERS;
	type(&screen, SCREEN_INPUT_FILTER, "contry=IT");
	screen.line_bad = true;
	screen.line_column = 3;
	screen_message(&screen, true, "no such thing");
	draw_footer(&screen, &f, 80, 24);
	is_str(row(&f, 22), "! no such thing", "a mistake is explained above");
	ok(says(&f, 23, "! see above"), "which the line says");
	is_int(frame_cell(&f, 4, 23)->style, FRAME_ERROR, "its character is marked");
	ok(frame_cell(&f, 3, 23)->style == FRAME_INPUT && frame_cell(&f, 5, 23)->style == FRAME_INPUT, "and no other");
	draw_footer(&screen, &f, 80, 12);
	ok(says(&f, 11, "! no such thing"), "with one row for all it is explained there");
	screen_done(&screen);
	frame_done(&f);
}

/* --- credit --- */

static void test_credit(void)
{
	static const struct {
		const char *credit;
		struct frame_area area;
		int taken;
	} cases[] = {
		{"twenty letters, I say", {2, 3, 40, 10}, 1},
		{"twenty letters, I say", {2, 3, 21, 7}, 1},
		{"twenty letters, I say", {2, 3, 20, 10}, 2},
		{"twenty letters, I say", {2, 3, 40, 6}, 0},
		{"", {2, 3, 40, 10}, 0},
		{NULL, {2, 3, 40, 10}, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct frame_area area = cases[i].area;
		struct frame f = frame_of(60, 20);
		struct stage s;
		int last = area.y + area.h - 1;

		stage_init(&s, 1);
		s.scene.credit = cases[i].credit;
		screen_draw_credit(&s.scene, &f, &area);
		is_int(area.h, cases[i].area.h - cases[i].taken, "case %zu: rows that are left", i);
		ok(area.x == 2 && area.y == 3 && area.w == cases[i].area.w, "its place is the same");
		is_str(row(&f, last), cases[i].taken == 1 ? cases[i].credit : cases[i].taken ? "say" : "", "its end");
		is_str(row(&f, last - 1), cases[i].taken == 2 ? "twenty letters, I" : "", "and what is above");
		is_str(row(&f, last + 1), "", "nothing below the area");
		stage_done(&s);
		frame_done(&f);
	}
}

int main(void)
{
	test_retry();
	test_header_rows();
	test_header_texts();
	test_header_plural();
	test_header_steady("box0");
	test_header_steady("the seedbox in the cellar");
	test_header_still();
	test_header_bad();
	test_header_lost();
	test_header_old();
	test_header_widths();
	test_header_blank();
	test_line();
	test_line_worst();
	test_footer_rows();
	test_footer_sizes();
	test_footer_message();
	test_footer_input();
	test_footer_long_input();
	test_footer_mistake();
	test_credit();
	return tap_done();
}
