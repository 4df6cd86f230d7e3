/* Cells, and what is put into them: cut text, bars, pillars. Knows neither tables nor terminals. */
#include "peers/frame.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/xmalloc.h"

enum { REPLACEMENT = 0xfffd, REPLACEMENT_LEN = 3 };

/* What stands for our own signs and accents where there is only ASCII; other characters become '?'. */
static const struct {
	uint32_t character;
	char ascii;
} replacements[] = {
	{0x00b7, '-'}, /* · */
	{0x00b5, 'u'}, /* µ */
	{0x00c5, 'A'}, /* Å */
	{0x00c8, 'E'}, /* È */
	{0x00d7, 'x'}, /* × */
	{0x00d8, 'O'}, /* Ø */
	{0x00e0, 'a'}, /* à */
	{0x00e3, 'a'}, /* ã */
	{0x00e6, 'a'}, /* æ */
	{0x00e7, 'c'}, /* ç */
	{0x00e8, 'e'}, /* è */
	{0x00e9, 'e'}, /* é */
	{0x00ec, 'i'}, /* ì */
	{0x00ed, 'i'}, /* í */
	{0x00f2, 'o'}, /* ò */
	{0x00f9, 'u'}, /* ù */
	{0x2013, '-'}, /* – */
	{0x2026, '~'}, /* … */
	{0x2190, '<'}, /* ← */
	{0x2191, '^'}, /* ↑ */
	{0x2192, '>'}, /* → */
	{0x2193, 'v'}, /* ↓ */
	{0x2500, '-'}, /* ─ */
	{0x2502, '|'}, /* │ */
	{0x2588, '#'}, /* █ */
	{0x25b2, '^'}, /* ▲ */
	{0x25bc, 'v'}, /* ▼ */
	{0x25b4, '^'}, /* ▴ */
	{0x25be, 'v'}, /* ▾ */
	{0x25cb, 'o'}, /* ○ */
	{0x25cf, '*'}, /* ● */
};

static const char *const bar_eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
static const char *const pillar_eighths[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char pillar_ascii[] = " .:-=+*##";
static const char *const heat_blocks[] = {" ", "░", "▒", "▓", "█"};
static const char heat_ascii[] = " .:*#";
static const char style_letters[] = ".thsdbuvnowecki1234";

_Static_assert(sizeof(style_letters) - 1 == FRAME_STYLE_COUNT, "a letter for every style");

void frame_init(struct frame *f, bool ascii)
{
	*f = (struct frame){.ascii = ascii, .cursor_x = -1, .cursor_y = -1};
}

void frame_done(struct frame *f)
{
	free(f->cells);
	frame_init(f, f->ascii);
}

static int limited(int value, int low, int high)
{
	return value < low ? low : value > high ? high : value;
}

static void cell_set(struct frame_cell *cell, const char *text, size_t len, enum frame_style style)
{
	memcpy(cell->text, text, len);
	cell->text[len] = '\0';
	cell->style = (uint8_t)style;
}

void frame_reset(struct frame *f, int w, int h)
{
	size_t count;

	w = limited(w, 1, FRAME_MAX_COLS);
	h = limited(h, 1, FRAME_MAX_ROWS);
	if (w != f->w || h != f->h)
		f->cells = xreallocarray(f->cells, (size_t)w * (size_t)h, sizeof(*f->cells));
	f->w = w;
	f->h = h;
	f->cursor_x = f->cursor_y = -1;
	count = (size_t)w * (size_t)h;
	for (size_t i = 0; i < count; i++)
		cell_set(&f->cells[i], " ", 1, FRAME_NORMAL);
}

struct frame_cell *frame_cell(const struct frame *f, int x, int y)
{
	if (x < 0 || y < 0 || x >= f->w || y >= f->h)
		return NULL;
	return &f->cells[(size_t)y * (size_t)f->w + (size_t)x];
}

/* A character that is put over one half of a wide one must not leave the other half. */
static void free_halves(struct frame *f, int x, int y, int cols)
{
	struct frame_cell *first = frame_cell(f, x, y), *left = frame_cell(f, x - 1, y);
	struct frame_cell *after = frame_cell(f, x + cols, y);

	if (first && left && first->text[0] == '\0')
		cell_set(left, " ", 1, left->style);
	if (after && after->text[0] == '\0')
		cell_set(after, " ", 1, after->style);
}

struct glyph {
	const char *bytes;
	size_t len;
	int cols;
};

static char ascii_of(uint32_t character)
{
	if (character >= 0x20 && character < 0x7f)
		return (char)character;
	for (size_t i = 0; i < sizeof(replacements) / sizeof(replacements[0]); i++) {
		if (replacements[i].character == character)
			return replacements[i].ascii;
	}
	return '?';
}

/* The next character with its combining mark, as it will be drawn. Returns the bytes it takes of `text`. */
static size_t glyph_next(const struct frame *f, const char *text, size_t len, char scratch[1], struct glyph *glyph)
{
	uint32_t character, mark;
	size_t used = text_decode(text, len, &character), more;

	*glyph = (struct glyph){text, used, (int)text_char_cols(character)};
	if (character < 0x20 || (character >= 0x7f && character < 0xa0) || glyph->cols == 0 ||
	    (character == REPLACEMENT && used != REPLACEMENT_LEN)) /* a torn character */
		*glyph = (struct glyph){"?", 1, 1};
	while (used < len) {
		more = text_decode(text + used, len - used, &mark);
		if (mark < 0x300 || text_char_cols(mark) != 0)
			break;
		if (glyph->bytes == text && glyph->len + more < FRAME_CELL && glyph->len <= 4)
			glyph->len += more;
		used += more;
	}
	if (f->ascii) {
		scratch[0] = ascii_of(character);
		*glyph = (struct glyph){scratch, 1, 1};
	}
	return used;
}

int frame_cols(const struct frame *f, const char *text)
{
	size_t len = strlen(text), at = 0;
	struct glyph glyph;
	char scratch[1];
	int cols = 0;

	while (at < len) {
		at += glyph_next(f, text + at, len - at, scratch, &glyph);
		cols += glyph.cols;
	}
	return cols;
}

static void glyph_put(struct frame *f, int x, int y, enum frame_style style, const struct glyph *glyph)
{
	struct frame_cell *cell = frame_cell(f, x, y);
	struct frame_cell *half = glyph->cols == 2 ? frame_cell(f, x + 1, y) : NULL;

	if (!cell)
		return;
	free_halves(f, x, y, glyph->cols);
	if (glyph->cols == 2 && !half) {
		cell_set(cell, " ", 1, style);
		return;
	}
	cell_set(cell, glyph->bytes, glyph->len, style);
	if (half)
		cell_set(half, "", 0, style);
}

int frame_put(struct frame *f, int x, int y, int cols, enum frame_style style, const char *text)
{
	size_t len = strlen(text), at = 0;
	struct glyph glyph;
	char scratch[1];
	bool cut;
	int used = 0, room;

	if (x + cols > f->w)
		cols = f->w - x;
	if (cols <= 0)
		return 0;
	cut = frame_cols(f, text) > cols;
	room = cut ? cols - 1 : cols;
	while (at < len) {
		at += glyph_next(f, text + at, len - at, scratch, &glyph);
		if (used + glyph.cols > room)
			break;
		glyph_put(f, x + used, y, style, &glyph);
		used += glyph.cols;
	}
	if (cut) {
		glyph = f->ascii ? (struct glyph){"~", 1, 1} : (struct glyph){"…", sizeof("…") - 1, 1};
		glyph_put(f, x + used++, y, style, &glyph);
	}
	return used;
}

int frame_put_right(struct frame *f, int x, int y, int cols, enum frame_style style, const char *text)
{
	int need = frame_cols(f, text);

	if (need >= cols)
		return frame_put(f, x, y, cols, style, text);
	return frame_put(f, x + cols - need, y, need, style, text);
}

/* Bytes of the next row, and of it with the blanks behind it. What does not fit between blanks is broken anywhere. */
static size_t row_end(const struct frame *f, const char *text, int cols, size_t *next)
{
	size_t len = strlen(text), at = 0, blank_at = 0;
	struct glyph glyph;
	char scratch[1];
	int used = 0;

	while (at < len) {
		size_t bytes = glyph_next(f, text + at, len - at, scratch, &glyph);

		if (text[at] == ' ')
			blank_at = at;
		if (used + glyph.cols > cols && at > 0)
			break;
		used += glyph.cols;
		at += bytes;
	}
	if (at < len && blank_at > 0)
		at = blank_at;
	*next = at + strspn(text + at, " ");
	return at;
}

int frame_wrap(struct frame *f, struct frame_area area, enum frame_style style, const char *text)
{
	char row[FRAME_MAX_COLS * 4];
	size_t len, next;
	int rows = 0;

	if (area.w <= 0)
		return 0;
	while (*text && rows < area.h) {
		len = row_end(f, text, area.w, &next);
		if (len >= sizeof(row))
			len = next = sizeof(row) - 1;
		if (rows == area.h - 1) {
			frame_put(f, area.x, area.y + rows++, area.w, style, text);
			break;
		}
		memcpy(row, text, len);
		row[len] = '\0';
		frame_put(f, area.x, area.y + rows++, area.w, style, row);
		text += next;
	}
	return rows;
}

void frame_paint(struct frame *f, int x, int y, int cols, enum frame_style style)
{
	for (int i = 0; i < cols; i++) {
		struct frame_cell *cell = frame_cell(f, x + i, y);

		if (cell)
			cell->style = (uint8_t)style;
	}
}

/* Eighths of `cells` cells, at least one for what is more than nothing. */
static int eighths(double part, int cells)
{
	int n;

	if (!(part > 0) || cells <= 0)
		return 0;
	n = (int)lround((part < 1 ? part : 1) * cells * 8);
	return n ? n : 1;
}

void frame_bar(struct frame *f, int x, int y, int cols, enum frame_style style, double part)
{
	int n = eighths(part, cols);

	if (f->ascii)
		n = n ? (n + 7) / 8 * 8 : 0;
	for (int i = 0; n > 0; i++, n -= 8)
		frame_put(f, x + i, y, 1, style, bar_eighths[n < 8 ? n : 8]);
}

void frame_pillar(struct frame *f, int x, int y, int rows, enum frame_style style, double part)
{
	int n = eighths(part, rows);

	for (int i = 0; n > 0; i++, n -= 8) {
		const char ascii[2] = {pillar_ascii[n < 8 ? n : 8], '\0'};

		frame_put(f, x, y - i, 1, style, f->ascii ? ascii : pillar_eighths[n < 8 ? n : 8]);
	}
}

unsigned frame_heat_level(uint64_t n, uint64_t max)
{
	unsigned level;

	if (n == 0)
		return 0;
	level = (unsigned)ceil(sqrt((double)n / (double)max) * FRAME_HEAT_LEVELS - 1e-9);
	return level < 1 ? 1 : level > FRAME_HEAT_LEVELS ? FRAME_HEAT_LEVELS : level;
}

/* The most that still has this level. */
static uint64_t heat_end(unsigned level, uint64_t max)
{
	if (level >= FRAME_HEAT_LEVELS)
		return max;
	return (uint64_t)floor((double)max * level * level / (FRAME_HEAT_LEVELS * FRAME_HEAT_LEVELS) + 1e-9);
}

bool frame_heat_text(unsigned level, uint64_t max, char text[FRAME_HEAT_TEXT])
{
	uint64_t from = heat_end(level - 1, max) + 1, to = heat_end(level, max);
	char a[STR_NUMBER], b[STR_NUMBER];

	if (to < from)
		return false;
	str_count(from, a);
	str_count(to, b);
	snprintf(text, FRAME_HEAT_TEXT, from == to ? "%s" : "%s-%s", a, b);
	return true;
}

void frame_heat(struct frame *f, int x, int y, int cols, unsigned level)
{
	const char ascii[2] = {heat_ascii[level <= FRAME_HEAT_LEVELS ? level : 0], '\0'};

	if (level == 0 || level > FRAME_HEAT_LEVELS)
		return;
	for (int i = 0; i < cols; i++)
		frame_put(f, x + i, y, 1, (enum frame_style)(FRAME_HEAT1 + level - 1),
			  f->ascii ? ascii : heat_blocks[level]);
}

char frame_style_letter(enum frame_style style)
{
	return (unsigned)style < FRAME_STYLE_COUNT ? style_letters[style] : '?';
}

static void text_row(const struct frame *f, int y, struct buf *out)
{
	int end = f->w;

	while (end > 0 && strcmp(frame_cell(f, end - 1, y)->text, " ") == 0)
		end--;
	for (int x = 0; x < end; x++)
		buf_puts(out, frame_cell(f, x, y)->text);
	buf_putc(out, '\n');
}

/* Nothing for a row that is normal throughout. A blank that is normal is a blank here too, to spare the eyes. */
static void style_row(const struct frame *f, int y, struct buf *out)
{
	int end = f->w;

	while (end > 0 && frame_cell(f, end - 1, y)->style == FRAME_NORMAL)
		end--;
	for (int x = 0; x < end; x++)
		buf_putc(out, frame_style_letter((enum frame_style)frame_cell(f, x, y)->style));
	if (end)
		buf_putc(out, '\n');
}

void frame_text(const struct frame *f, bool styles, struct buf *out)
{
	for (int y = 0; y < f->h; y++) {
		text_row(f, y, out);
		if (styles)
			style_row(f, y, out);
	}
}
