/* Cells: what is put, cut, halved and wrapped. */
#include <stdlib.h>

#include "peers/frame.h"
#include "random.h"
#include "tap.h"

enum { W = 24, H = 4, TEXT_MAX = 4096 };

static const char *row_text(const struct frame *f, int y, struct buf *out)
{
	buf_reset(out);
	for (int x = 0; x < f->w; x++)
		buf_puts(out, frame_cell(f, x, y)->text);
	return buf_str(out);
}

/* Columns that are not blank. */
static int inked(const struct frame *f, int y)
{
	int count = 0;

	for (int x = 0; x < f->w; x++)
		count += strcmp(frame_cell(f, x, y)->text, " ") != 0;
	return count;
}

static void test_put(void)
{
	static const struct {
		const char *text;
		int cols;
		const char *want; /* with '|' behind it */
		bool ascii;
	} cases[] = {
		{"Germany", 7, "Germany|", false},
		{"Germany", 6, "Germa…|", false},
		{"Germany", 6, "Germa~|", true},
		{"Germany", 1, "…|", false},
		{"Germany", 0, "|", false},
		{"", 5, "|", false},
		{"中文字", 6, "中文字|", false},
		{"中文字", 5, "中文…|", false},
		{"中文字", 4, "中…|", false},
		{"中文字", 2, "…|", false},
		{"中文字", 3, "???|", true},
		{"a中文", 4, "a中…|", false},
		{"cafe\xcc\x81s", 5, "cafe\xcc\x81s|", false},
		{"cafe\xcc\x81s", 4, "caf…|", false},
		{"cafe\xcc\x81s", 5, "cafes|", true},
		{"\xcc\x81x", 5, "?x|", false},
		{"a\x1b[31m", 8, "a?[31m|", false},
		{"a\xe4\xb8", 8, "a??|", false},
		{"\xef\xbf\xbd", 8, "\xef\xbf\xbd|", false},
		{"↑ 5 · µTP…", 20, "^ 5 - uTP~|", true},
	};
	struct buf out;
	struct frame f;

	buf_init(&out, TEXT_MAX);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int used;

		frame_init(&f, cases[i].ascii);
		frame_reset(&f, W, 1);
		used = frame_put(&f, 0, 0, cases[i].cols, FRAME_NORMAL, cases[i].text);
		frame_put(&f, used, 0, 1, FRAME_NORMAL, "|");
		row_text(&f, 0, &out);
		out.data[strlen(cases[i].want)] = '\0';
		is_str(buf_str(&out), cases[i].want, "'%s' in %d columns", cases[i].text, cases[i].cols);
		ok(used <= cases[i].cols, "no more columns than it was given");
		frame_done(&f);
	}
	buf_done(&out);
}

static void test_halves(void)
{
	struct buf out;
	struct frame f;

	buf_init(&out, TEXT_MAX);
	frame_init(&f, false);
	frame_reset(&f, 8, 1);
	frame_put(&f, 0, 0, 8, FRAME_NORMAL, "中中中中");
	frame_put(&f, 1, 0, 1, FRAME_NORMAL, "x");
	is_str(row_text(&f, 0, &out), " x中中中", "over the right half: the left one becomes blank");
	frame_put(&f, 2, 0, 1, FRAME_NORMAL, "y");
	is_str(row_text(&f, 0, &out), " xy 中中", "over the left half: the right one becomes blank");
	frame_put(&f, 5, 0, 2, FRAME_NORMAL, "文");
	is_str(row_text(&f, 0, &out), " xy  文 ", "over two halves of two characters");
	frame_put(&f, 7, 0, 2, FRAME_NORMAL, "文");
	is_int(strlen(frame_cell(&f, 7, 0)->text), strlen("…"), "half a character is not drawn at the edge");
	frame_done(&f);
	buf_done(&out);
}

static void test_bars(void)
{
	static const double parts[] = {-1, 0, 1e-9, 0.01, 0.124, 0.5, 0.99, 1, 7, 0.0 / 0.0};
	bool fits = true, shows = true;
	struct buf out;
	struct frame f;

	buf_init(&out, TEXT_MAX);
	for (int ascii = 0; ascii < 2; ascii++) {
		for (int cols = 0; cols <= W - 2; cols++) {
			for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
				frame_init(&f, ascii);
				frame_reset(&f, W, 1);
				frame_bar(&f, 1, 0, cols, FRAME_BAR, parts[i]);
				fits = fits && inked(&f, 0) <= cols &&
				       strcmp(frame_cell(&f, cols + 1, 0)->text, " ") == 0;
				shows = shows && (inked(&f, 0) > 0) == (parts[i] > 0 && cols > 0);
				frame_done(&f);
			}
		}
	}
	ok(fits, "a bar is never wider than its columns");
	ok(shows, "more than nothing is something, nothing is nothing");
	frame_init(&f, false);
	frame_reset(&f, 4, 1);
	frame_bar(&f, 0, 0, 4, FRAME_BAR, 0.59375);
	is_str(row_text(&f, 0, &out), "██▍ ", "eighths of a column");
	frame_done(&f);
	frame_init(&f, true);
	frame_reset(&f, 4, 1);
	frame_bar(&f, 0, 0, 4, FRAME_BAR, 0.5);
	is_str(row_text(&f, 0, &out), "##  ", "ASCII");
	frame_done(&f);
	buf_done(&out);
}

static void test_pillars(void)
{
	struct buf out;
	struct frame f;

	buf_init(&out, TEXT_MAX);
	frame_init(&f, false);
	frame_reset(&f, 5, 2);
	for (int i = 0; i < 5; i++)
		frame_pillar(&f, i, 1, 2, FRAME_BAR, i / 4.0);
	is_str(row_text(&f, 0, &out), "   ▄█", "upper row");
	is_str(row_text(&f, 1, &out), " ▄███", "lower row");
	frame_done(&f);
	buf_done(&out);
}

static void test_wrap(void)
{
	struct buf out;
	struct frame f;

	buf_init(&out, TEXT_MAX);
	frame_init(&f, false);
	frame_reset(&f, 10, 4);
	is_int(frame_wrap(&f, (struct frame_area){0, 0, 10, 4}, FRAME_NORMAL, "the quick brown foxes-of-the-north"), 4,
	       "four rows");
	frame_text(&f, false, &out);
	is_str(buf_str(&out), "the quick\nbrown\nfoxes-of-t\nhe-north\n", "broken between words, else anywhere");
	frame_reset(&f, 10, 4);
	is_int(frame_wrap(&f, (struct frame_area){0, 0, 10, 2}, FRAME_NORMAL, "the quick brown foxes"), 2,
	       "no more rows than there are");
	is_str(row_text(&f, 1, &out), "brown fox…", "and the last one is cut");
	is_int(frame_wrap(&f, (struct frame_area){0, 0, 0, 2}, FRAME_NORMAL, "x"), 0, "no columns, no rows");
	is_int(frame_wrap(&f, (struct frame_area){0, 0, 1, 3}, FRAME_NORMAL, "中"), 1,
	       "too narrow for a wide character");
	frame_done(&f);
	buf_done(&out);
}

static void test_text(void)
{
	struct buf out;
	struct frame f;

	buf_init(&out, TEXT_MAX);
	frame_init(&f, false);
	frame_reset(&f, 8, 3);
	frame_put(&f, 0, 0, 8, FRAME_TITLE, "Hours");
	frame_put(&f, 2, 1, 8, FRAME_NORMAL, "plain");
	frame_paint(&f, 0, 2, 3, FRAME_CURSOR);
	frame_text(&f, false, &out);
	is_str(buf_str(&out), "Hours\n  plain\n\n", "text without blanks at the ends");
	buf_reset(&out);
	frame_text(&f, true, &out);
	is_str(buf_str(&out), "Hours\nttttt\n  plain\n\nccc\n", "styles under the rows that have any");
	frame_done(&f);
	buf_done(&out);
}

/* Anything anywhere: what matters is that nothing is written outside (make asan) and halves stay together. */
static void test_random(void)
{
	static const char *const texts[] = {"a", "中", "e\xcc\x81", "", "Germany", "中文字中文字", "\xff\xfe", "█▏"};
	struct random r = {42};
	bool whole = true;
	struct frame f;

	frame_init(&f, false);
	frame_reset(&f, W, H);
	for (int i = 0; i < 20000; i++) {
		int x = (int)random_below(&r, W + 8) - 4, y = (int)random_below(&r, H + 2) - 1,
		    cols = (int)random_below(&r, 12);

		frame_put(&f, x, y, cols, FRAME_NORMAL, texts[random_below(&r, 8)]);
		frame_put_right(&f, x, y, cols, FRAME_DIM, texts[random_below(&r, 8)]);
		frame_bar(&f, y, x, cols, FRAME_BAR, cols / 8.0);
	}
	for (int y = 0; y < H; y++)
		whole = whole && frame_cell(&f, 0, y)->text[0] != '\0';
	ok(whole, "no row begins with half a character");
	frame_reset(&f, 0, -3);
	is_int(f.w * f.h, 1, "never smaller than one cell");
	ok(frame_cell(&f, 1, 0) == NULL && frame_cell(&f, 0, -1) == NULL, "nothing outside");
	frame_done(&f);
}

int main(void)
{
	test_put();
	test_halves();
	test_bars();
	test_pillars();
	test_wrap();
	test_text();
	test_random();
	return tap_done();
}
