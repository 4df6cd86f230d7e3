/* A picture made of cells: characters and the names of their styles. No colours, no terminal: a drawer shows it, a test
 * compares it. Coordinates are columns and rows from 0, and what lies outside is not drawn. */
#ifndef PEERS_FRAME_H
#define PEERS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/* What a cell means. The order is that of frame_style_letter(). */
enum frame_style {
	FRAME_NORMAL,
	FRAME_TITLE,  /* name of a panel */
	FRAME_HEADER, /* name of a column */
	FRAME_STRONG,
	FRAME_DIM,
	FRAME_BAR,
	FRAME_UP,
	FRAME_DOWN,
	FRAME_NOW, /* what belongs to this hour */
	FRAME_OK,
	FRAME_WARN,
	FRAME_ERROR,
	FRAME_CURSOR, /* the chosen row */
	FRAME_KEY,    /* a key in the footer */
	FRAME_INPUT,
	FRAME_HEAT1,
	FRAME_HEAT2,
	FRAME_HEAT3,
	FRAME_HEAT4,
	FRAME_STYLE_COUNT,
};

enum {
	FRAME_MAX_COLS = 1000,
	FRAME_MAX_ROWS = 500,
	FRAME_CELL = 9, /* a character, one combining mark, NUL */
	FRAME_HEAT_LEVELS = 4,
	FRAME_HEAT_TEXT = 2 * STR_NUMBER + 2,
};

struct frame_cell {
	char text[FRAME_CELL]; /* "" in the right half of a wide character */
	uint8_t style;         /* enum frame_style */
};

struct frame {
	int w, h;
	bool ascii;               /* only ASCII characters are put into cells */
	struct frame_cell *cells; /* row by row; owned */
	int cursor_x, cursor_y;   /* where the terminal's cursor belongs; -1: hidden */
};

/* A part of the frame. */
struct frame_area {
	int x, y, w, h;
};

void frame_init(struct frame *f, bool ascii);
void frame_done(struct frame *f);
/* Makes it w x h (cut to the maxima, at least 1 x 1) and blank. */
void frame_reset(struct frame *f, int w, int h);
struct frame_cell *frame_cell(const struct frame *f, int x, int y); /* NULL outside */

/* Puts clean text into at most `cols` columns; what does not fit is cut and ends in "…". Returns the columns used. */
int frame_put(struct frame *f, int x, int y, int cols, enum frame_style style, const char *text);
/* The same at the right end of the `cols` columns. */
int frame_put_right(struct frame *f, int x, int y, int cols, enum frame_style style, const char *text);
/* Puts text into at most area.h rows, broken between words; returns the rows used. */
int frame_wrap(struct frame *f, struct frame_area area, enum frame_style style, const char *text);
/* Columns that frame_put() would use if there were room: in ASCII mode a wide character is one '?'. */
int frame_cols(const struct frame *f, const char *text);
/* Gives the cells of a row this style and keeps their text. */
void frame_paint(struct frame *f, int x, int y, int cols, enum frame_style style);

/* A bar: `part` (0 to 1) of `cols` columns, in eighths of one, or '#'. More than nothing is never drawn as nothing. */
void frame_bar(struct frame *f, int x, int y, int cols, enum frame_style style, double part);
/* A column of `rows` rows whose lowest is `y`, `part` of it filled. */
void frame_pillar(struct frame *f, int x, int y, int rows, enum frame_style style, double part);
/* The level of `n` where `max` is the most: each is a like step of the square root, so that what is small shows some
 * shape beside what is large; 0 only for 0. */
unsigned frame_heat_level(uint64_t n, uint64_t max);
/* Which numbers have this level, from 1 on: "3-6". False where none has. */
bool frame_heat_text(unsigned level, uint64_t max, char text[FRAME_HEAT_TEXT]);
/* A cell of the heat map: 0 is blank, FRAME_HEAT_LEVELS the hottest. */
void frame_heat(struct frame *f, int x, int y, int cols, unsigned level);

/* The rows as text, without blanks at their ends; with `styles` each that is not plain has its letters under it. */
void frame_text(const struct frame *f, bool styles, struct buf *out);
/* '.' normal, else one letter per style. */
char frame_style_letter(enum frame_style style);

#endif
