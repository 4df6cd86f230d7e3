/* Projects degrees to dots, dots to cells. It does not know who lives there. */
#include "peers/atlas.h"

#include <math.h>
#include <stdlib.h>

#include "base/words.h"
#include "base/xmalloc.h"
#include "peers/atlas_data.h"

enum {
	DOTS_X = 2, /* of a braille cell */
	DOTS_Y = 4,
	BRAILLE = 0x2800,
	TURN = 360, /* degrees */
};

static const double DEGREE = 3.14159265358979323846 / 180;

/* Each shows the countries of its continent, their far islands left out. The world is cut in the Bering Strait, where
 * no country is cut in two. */
static const struct atlas_window windows[ATLAS_ZOOMS] = {
	[ATLAS_WORLD] = {N_("World"), -168.4, 191.6, -57, 84},
	[ATLAS_EUROPE] = {N_("Europe"), -25, 50, 34, 72},
	[ATLAS_ASIA] = {N_("Asia"), 25, 180, -12, 73},
	[ATLAS_AFRICA] = {N_("Africa"), -27, 60, -36, 38},
	[ATLAS_NORTH_AMERICA] = {N_("North America"), -170, -35, 6, 76},
	[ATLAS_SOUTH_AMERICA] = {N_("South America"), -84, -33, -57, 14},
	[ATLAS_OCEANIA] = {N_("Oceania"), 110, 213, -48, 23},
};

/* The bits of Unicode's braille patterns, row by row. */
static const uint8_t dot_bits[DOTS_Y][DOTS_X] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
enum { UPPER_HALF = 0x01 | 0x08 | 0x02 | 0x10 };

static const char *const symbols[] = {" ", "∘", "•", "●", "◆"};
static const char *const ascii_symbols[] = {" ", "o", "O", "@", "#"};

_Static_assert(sizeof(symbols) / sizeof(symbols[0]) == FRAME_HEAT_LEVELS + 1, "a symbol for every level");

/* A picture in the making. */
struct canvas {
	int w, h; /* cells */
	uint8_t *coast;
	uint64_t *weight;
	double x0, y0, x_scale, y_scale; /* dots = (degrees - 0) * scale */
	double west;                     /* where the one turn begins that is drawn, in degrees */
	double left, right;              /* what is drawn of it, in dots */
};

/* A position in dots, y downwards. */
struct point {
	double x, y;
};

const struct atlas_window *atlas_window(enum atlas_zoom zoom)
{
	return &windows[(unsigned)zoom < ATLAS_ZOOMS ? zoom : ATLAS_WORLD];
}

double atlas_turn(double longitude, double west)
{
	double part = fmod(longitude - west, TURN);

	return west + (part < 0 ? part + TURN : part);
}

const char *atlas_symbol(const struct frame *f, unsigned level)
{
	if (level > FRAME_HEAT_LEVELS)
		level = 0;
	return f->ascii ? ascii_symbols[level] : symbols[level];
}

/* ---- projection ---- */

/* The window's middle is the canvas' middle, and all of the window is on it; nothing is there twice. */
static void project_window(struct canvas *c, const struct atlas_window *w)
{
	double middle_x = (w->west + w->east) / 2, middle_y = (w->south + w->north) / 2;
	double squeeze = cos(middle_y * DEGREE);
	double fit_x = c->w * DOTS_X / ((w->east - w->west) * squeeze), fit_y = c->h * DOTS_Y / (w->north - w->south);
	double scale = fmin(fit_x, fit_y);

	c->x_scale = scale * squeeze;
	c->y_scale = -scale;
	c->x0 = middle_x - c->w * DOTS_X / 2.0 / c->x_scale;
	c->y0 = middle_y - c->h * DOTS_Y / 2.0 / c->y_scale;
	c->west = middle_x - TURN / 2.0;
	c->left = fmax(0, (c->west - c->x0) * c->x_scale);
	c->right = fmin(c->w * DOTS_X, (c->west + TURN - c->x0) * c->x_scale);
}

static struct point project(const struct canvas *c, double longitude, double latitude)
{
	return (struct point){(longitude - c->x0) * c->x_scale, (latitude - c->y0) * c->y_scale};
}

/* ---- coast lines ---- */

static bool on_canvas(const struct canvas *c, struct point p)
{
	return p.x >= c->left && p.y >= 0 && p.x < c->right && p.y < c->h * DOTS_Y;
}

static void set_dot(struct canvas *c, struct point p)
{
	int x, y;

	if (!on_canvas(c, p))
		return;
	x = (int)p.x;
	y = (int)p.y;
	c->coast[y / DOTS_Y * c->w + x / DOTS_X] |= dot_bits[y % DOTS_Y][x % DOTS_X];
}

static bool apart(double a, double b, double from, double to)
{
	return (a < from && b < from) || (a >= to && b >= to);
}

/* A dot at every step of the longer direction. */
static void draw_line(struct canvas *c, struct point a, struct point b)
{
	int steps = (int)ceil(fmax(fabs(b.x - a.x), fabs(b.y - a.y)));

	if (apart(a.x, b.x, c->left, c->right) || apart(a.y, b.y, 0, c->h * DOTS_Y))
		return;
	for (int i = 0; i <= steps; i++) {
		double part = steps ? (double)i / steps : 0;

		set_dot(c, (struct point){a.x + (b.x - a.x) * part, a.y + (b.y - a.y) * part});
	}
}

/* Moved by so many degrees to the east. */
static void draw_coasts(struct canvas *c, int turn)
{
	struct point from = {0, 0};
	bool begun = false;

	for (const int16_t *at = atlas_coasts; *at != ATLAS_END;) {
		struct point to;

		if (*at == ATLAS_BREAK) {
			begun = false;
			at++;
			continue;
		}
		to = project(c, (double)at[0] / ATLAS_UNIT + turn, (double)at[1] / ATLAS_UNIT);
		if (begun)
			draw_line(c, from, to);
		from = to;
		begun = true;
		at += 2;
	}
}

/* Each line begins absolute and goes on relative, which is shorter. */
void atlas_svg_path(struct buf *out)
{
	int x = 0, y = 0;
	bool begun = false;

	for (const int16_t *at = atlas_coasts; *at != ATLAS_END;) {
		if (*at == ATLAS_BREAK) {
			begun = false;
			at++;
			continue;
		}
		if (begun)
			buf_printf(out, "l%d %d", at[0] - x, y - at[1]);
		else
			buf_printf(out, "M%d %d", at[0], -at[1]);
		x = at[0];
		y = at[1];
		begun = true;
		at += 2;
	}
}

/* ---- places ---- */

/* Returns the weight of what is not on the canvas. */
static uint64_t add_places(struct canvas *c, const struct atlas_place *places, size_t count)
{
	uint64_t outside = 0;

	for (size_t i = 0; i < count; i++) {
		struct point p;

		if (!isfinite(places[i].latitude) || !isfinite(places[i].longitude))
			continue;
		p = project(c, atlas_turn((double)places[i].longitude, c->west), (double)places[i].latitude);
		if (on_canvas(c, p))
			c->weight[(int)p.y / DOTS_Y * c->w + (int)p.x / DOTS_X] += places[i].weight;
		else
			outside += places[i].weight;
	}
	return outside;
}

/* ---- cells ---- */

static const char *coast_text(const struct frame *f, uint8_t dots, char text[FRAME_CELL])
{
	unsigned code = BRAILLE + dots;

	if (f->ascii)
		return !(dots & ~UPPER_HALF) ? "'" : !(dots & UPPER_HALF) ? "." : ":";
	text[0] = (char)(0xe0 | code >> 12);
	text[1] = (char)(0x80 | (code >> 6 & 0x3f));
	text[2] = (char)(0x80 | (code & 0x3f));
	text[3] = '\0';
	return text;
}

static void put_cell(struct frame *f, int x, int y, uint8_t coast, unsigned step)
{
	char text[FRAME_CELL];

	if (step)
		frame_put(f, x, y, 1, (enum frame_style)(FRAME_HEAT1 + step - 1), atlas_symbol(f, step));
	else if (coast)
		frame_put(f, x, y, 1, FRAME_DIM, coast_text(f, coast, text));
}

/* Returns the most that is in a cell. */
static uint64_t put_cells(struct frame *f, struct frame_area area, const struct canvas *c)
{
	uint64_t max = 0;

	for (int i = 0; i < c->w * c->h; i++)
		max = c->weight[i] > max ? c->weight[i] : max;
	for (int i = 0; i < c->w * c->h; i++)
		put_cell(f, area.x + i % c->w, area.y + i / c->w, c->coast[i], frame_heat_level(c->weight[i], max));
	return max;
}

struct atlas_drawn atlas_draw(struct frame *f, struct frame_area area, enum atlas_zoom zoom,
			      const struct atlas_place *places, size_t count)
{
	struct canvas c = {.w = area.w, .h = area.h};
	struct atlas_drawn drawn = {0, 0};

	if (area.w < 1 || area.h < 1 || area.w > FRAME_MAX_COLS || area.h > FRAME_MAX_ROWS)
		return drawn;
	c.coast = xcalloc((size_t)c.w * (size_t)c.h, sizeof(*c.coast));
	c.weight = xcalloc((size_t)c.w * (size_t)c.h, sizeof(*c.weight));
	project_window(&c, atlas_window(zoom));
	for (int turn = -TURN; turn <= TURN; turn += TURN)
		draw_coasts(&c, turn);
	drawn.outside = add_places(&c, places, count);
	drawn.most = put_cells(f, area, &c);
	free(c.coast);
	free(c.weight);
	return drawn;
}
