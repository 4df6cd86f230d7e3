/* What ncurses holds after a frame was shown, read back cell by cell from a terminal that is /dev/null; keys through a
 * pipe. */
#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "peers/draw_curses.h"
#include "peers/screen.h"
#include "screen/picture.h"
#include "screen/scenes.h"
#include "tap.h"

enum { W = 80, H = 24 };

static FILE *out, *in;

static bool take(const char *type, bool color, int w, int h)
{
	struct err err = {.msg = ""};
	int rc = term_start_on(type, out, in, color, w, h, &err);

	if (rc)
		printf("# %s\n", err.msg);
	return rc == 0;
}

/* A letter for how a cell looks: the style that has this pair of colours, or the attribute. */
static char look_letter(attr_t look, short pair)
{
	if (pair > 0)
		return frame_style_letter((enum frame_style)(pair - 1));
	return look & A_REVERSE ? 'c' : look & A_UNDERLINE ? 'i' : look & A_DIM ? 'd' : look & A_BOLD ? 's' : '.';
}

/* One row of text and one of letters, from what ncurses holds. */
static void read_row(int y, struct buf *picture)
{
	wchar_t wide[CCHARW_MAX];
	char bytes[4], looks[W + 1];
	int n = 0;

	for (int x = 0; x < W; x++) {
		cchar_t cell;
		attr_t look;
		short pair;

		mvin_wch(y, x, &cell);
		getcchar(&cell, wide, &look, &pair, NULL);
		for (int i = 0; wide[i]; i++)
			buf_add(picture, bytes, text_encode((uint32_t)wide[i], bytes));
		looks[n++] = look_letter(look, pair);
		if (text_char_cols((uint32_t)wide[0]) == 2 && ++x < W) {
			looks[n] = looks[n - 1];
			n++;
		}
	}
	looks[n] = '\0';
	buf_printf(picture, "\n%s\n", looks);
}

static void show_and_compare(const char *type, bool color, bool ascii, const char *name)
{
	struct stage *stage = stage_new(SCENE_PEERS);
	struct buf picture;
	struct screen s;
	struct frame f;

	buf_init(&picture, PICTURE_MAX);
	frame_init(&f, ascii);
	frame_reset(&f, W, H);
	screen_init(&s);
	if (ok(take(type, color, W, H), "%s is taken", type)) {
		screen_key(&s, '2', &stage->scene);
		screen_key(&s, 'j', &stage->scene);
		screen_draw(&s, &stage->scene, &f);
		term_show(&f);
		for (int y = 0; y < H; y++)
			read_row(y, &picture);
		ok(picture_same(&picture, name, W, H), "%s: what ncurses holds", name);
	}
	term_stop();
	screen_done(&s);
	frame_done(&f);
	buf_done(&picture);
	stage_free(stage);
}

static void test_refusals(void)
{
	static const char *const types[] = {"dumb", "", "unknown", "no-such-terminal"};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct err err = {.msg = ""};

		is_int(term_start_on(types[i], out, in, true, W, H, &err), -ENOTSUP, "TERM='%s' is refused", types[i]);
		ok(strstr(err.msg, "plain output") != NULL, "and says so: %s", err.msg);
	}
	term_stop();
	is_int(term_key(), KEYCODE_NONE, "without a terminal there are no keys");
	ok(fcntl(STDOUT_FILENO, F_GETFD) >= 0, "and the process lives");
}

/* Frames of other sizes than the terminal: it was resized a moment ago. */
static void test_sizes(void)
{
	static const int sizes[][2] = {{1, 1}, {20, 5}, {200, 60}, {80, 24}};
	struct frame f;
	int w = 0, h = 0;

	if (!ok(take("xterm-256color", true, 40, 10), "a terminal of 40x10"))
		return;
	term_size(&w, &h);
	ok(w == 40 && h == 10, "has that size");
	frame_init(&f, false);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		frame_reset(&f, sizes[i][0], sizes[i][1]);
		frame_put(&f, 0, 0, f.w, FRAME_TITLE, "中文 in a terminal of another size");
		frame_put(&f, f.w - 2, 0, 2, FRAME_TITLE, "中");
		term_show(&f);
	}
	term_redraw();
	term_show(&f);
	frame_done(&f);
	term_stop();
}

static void test_keys(void)
{
	static const char typed[] = "j\033[A\033OB\xc3\xa9\x7f\r\t\033[Z\033[5~ \033";
	static const int want[] = {
		'j',         KEYCODE_UP,      KEYCODE_DOWN,    0xe9, KEYCODE_BACKSPACE, KEYCODE_ENTER,
		KEYCODE_TAB, KEYCODE_BACKTAB, KEYCODE_PAGE_UP, ' ',  KEYCODE_ESCAPE,    KEYCODE_NONE};
	FILE *null = in;
	int ends[2];

	if (pipe(ends) != 0 || write(ends[1], typed, sizeof(typed) - 1) < 0)
		return;
	in = fdopen(ends[0], "r");
	if (ok(take("xterm", false, W, H), "keys come through a pipe")) {
		for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
			is_int(term_key(), want[i], "key %zu", i);
	}
	term_stop();
	fclose(in);
	close(ends[1]);
	in = null;
}

/* The terminal is put in order by what it was told at the start, even by a handler that may call nothing. */
static void test_emergency(void)
{
	FILE *null = out, *file = tmpfile();
	char sent[4096] = "";
	size_t len;
	long start;

	if (!ok(file != NULL, "a file for what is sent"))
		return;
	out = file;
	if (take("xterm-256color", true, W, H)) {
		refresh();
		fflush(file);
		start = lseek(fileno(file), 0, SEEK_END);
		term_emergency();
		term_emergency();
		lseek(fileno(file), start, SEEK_SET);
		len = (size_t)read(fileno(file), sent, sizeof(sent) - 1);
		sent[len < sizeof(sent) ? len : 0] = '\0';
	}
	ok(strstr(sent, "\033[?1049l") && strstr(sent, "?25h"), "leaves the other screen, shows the cursor");
	ok(strstr(sent, "\033[?1049l") && !strstr(strstr(sent, "\033[?1049l") + 1, "\033[?1049l"), "once");
	term_stop();
	fclose(file);
	out = null;
}

int main(void)
{
	setlocale(LC_ALL, "");
	out = fopen("/dev/null", "w");
	in = fopen("/dev/null", "r");
	ok(!term_ascii(), "this locale is UTF-8");
	show_and_compare("xterm-256color", true, false, "curses-256");
	show_and_compare("linux", true, false, "curses-8");
	show_and_compare("xterm-256color", false, false, "curses-mono");
	test_refusals();
	test_sizes();
	test_keys();
	test_emergency();
	fclose(out);
	fclose(in);
	return tap_done();
}
