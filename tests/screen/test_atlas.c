/* The map as pictures in tests/screen/atlas-*.screen (UPDATE=1 rewrites them), and that each place is where it is. */
#include "peers/atlas.h"

#include <math.h>
#include <stdlib.h>

#include "base/country.h"
#include "peers/atlas_data.h"
#include "screen/picture.h"
#include "tap.h"

enum { W = 80, H = 24 };

/* Places of known positions, most in the first. */
static const struct atlas_place cities[] = {
	{50.11F, 8.68F, 400},   /* Frankfurt */
	{40.71F, -74.01F, 200}, /* New York */
	{35.68F, 139.69F, 60},  /* Tokyo */
	{-33.87F, 151.21F, 20}, /* Sydney */
	{-23.55F, -46.63F, 10}, /* São Paulo */
	{-1.29F, 36.82F, 1},    /* Nairobi */
	{41.9F, 12.5F, 120},    /* Rome */
	{-36.85F, 174.76F, 3},  /* Auckland */
};

enum { CITIES = sizeof(cities) / sizeof(cities[0]) };

static void check_picture(const char *name, bool ascii, int w, int h, enum atlas_zoom zoom)
{
	struct frame f;
	struct buf picture;

	frame_init(&f, ascii);
	frame_reset(&f, w, h);
	atlas_draw(&f, (struct frame_area){0, 0, w, h}, zoom, cities, CITIES);
	buf_init(&picture, PICTURE_MAX);
	frame_text(&f, true, &picture);
	ok(picture_same(&picture, name, w, h), "%s at %dx%d", name, w, h);
	buf_done(&picture);
	frame_done(&f);
}

static void test_pictures(void)
{
	static const char *const names[ATLAS_ZOOMS] = {
		"atlas-world",         "atlas-europe",        "atlas-asia",    "atlas-africa",
		"atlas-north-america", "atlas-south-america", "atlas-oceania",
	};

	for (unsigned zoom = 0; zoom < ATLAS_ZOOMS; zoom++)
		check_picture(names[zoom], false, W, H, (enum atlas_zoom)zoom);
	check_picture("atlas-world", false, 200, 60, ATLAS_WORLD);
	check_picture("atlas-world", false, 40, 10, ATLAS_WORLD);
	check_picture("atlas-ascii-world", true, W, H, ATLAS_WORLD);
	check_picture("atlas-ascii-europe", true, W, H, ATLAS_EUROPE);
}

/* The columns and rows of a frame that a style is in. */
struct found {
	int count, x, y;
};

static struct found find_style(const struct frame *f, enum frame_style style)
{
	struct found found = {0, -1, -1};

	for (int i = 0; i < f->w * f->h; i++) {
		if (f->cells[i].style != style)
			continue;
		found.count++;
		found.x = i % f->w;
		found.y = i / f->w;
	}
	return found;
}

static void test_weights(void)
{
	const struct atlas_place same[] = {
		{50, 8, 1}, {50, 8, 3}, {-30, -60, 1}, {10, 20, 0}, {NAN, 3, 7}, {3, INFINITY, 7},
	};
	struct atlas_drawn drawn;
	struct frame f;

	frame_init(&f, false);
	frame_reset(&f, W, H);
	drawn = atlas_draw(&f, (struct frame_area){0, 0, W, H}, ATLAS_WORLD, same, 6);
	is_int(drawn.outside, 0, "what is nowhere is not outside");
	is_int(drawn.most, 4, "the most in one cell is told");
	is_int(find_style(&f, FRAME_HEAT4).count, 1, "weights of one cell are one symbol");
	is_int(find_style(&f, FRAME_HEAT2).count, 1, "a quarter of the most is half of the way");
	is_int(find_style(&f, FRAME_HEAT1).count + find_style(&f, FRAME_HEAT3).count, 0, "no weight, no symbol");
	frame_reset(&f, W, H);
	drawn = atlas_draw(&f, (struct frame_area){0, 0, W, H}, ATLAS_EUROPE, cities, CITIES);
	is_int(drawn.outside, 200 + 60 + 20 + 10 + 1 + 3, "what is outside of a continent is told");
	frame_done(&f);
}

/* An equirectangular map of the whole width: the middle is the middle, east is right, north is up. */
static void test_positions(void)
{
	const struct atlas_window *world = atlas_window(ATLAS_WORLD);
	const float y = (float)(world->south + world->north) / 2, x = (float)(world->west + world->east) / 2;
	const struct {
		struct atlas_place place;
		int x, y;
	} cases[] = {
		{{y, x, 1}, W / 2, H / 2},
		{{y, x + 91, 1}, W / 2 + W / 4, H / 2},
		{{y, x - 89, 1}, W / 4, H / 2},
		{{y, x + 91 - 360, 1}, W / 2 + W / 4, H / 2},
		{{y, x + 3600, 1}, W / 2, H / 2},
	};
	struct frame f;

	frame_init(&f, false);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct found found;

		frame_reset(&f, W, H);
		atlas_draw(&f, (struct frame_area){0, 0, W, H}, ATLAS_WORLD, &cases[i].place, 1);
		found = find_style(&f, FRAME_HEAT4);
		ok(found.count == 1 && found.x == cases[i].x && found.y == cases[i].y, "a place at %g, %g: %d, %d",
		   (double)cases[i].place.latitude, (double)cases[i].place.longitude, found.x, found.y);
	}
	frame_done(&f);
}

/* Every country's centroid is on the world map, but Antarctica's. */
static void test_centroids(void)
{
	struct frame f;
	unsigned outside = 0;

	frame_init(&f, false);
	frame_reset(&f, W, H);
	for (country_t c = COUNTRY_FIRST; c < country_count(); c++) {
		struct atlas_place place = {.weight = 1};

		country_centroid(c, &place.latitude, &place.longitude);
		if (atlas_draw(&f, (struct frame_area){0, 0, W, H}, ATLAS_WORLD, &place, 1).outside > 0 &&
		    strcmp(country_code(c), "AQ") != 0) {
			outside++;
			printf("# %s is at %g, %g\n", country_code(c), (double)place.latitude, (double)place.longitude);
		}
	}
	is_int(outside, 0, "all countries are on the map");
	frame_done(&f);
}

/* ---- the windows ---- */

static bool within(const struct atlas_window *w, double latitude, double longitude)
{
	return latitude >= w->south && latitude <= w->north && atlas_turn(longitude, w->west) <= w->east;
}

static void test_turn(void)
{
	static const double cases[][3] = {
		{0, -180, 0},       {180, -180, -180}, {-180, -180, -180},     {190, -170, -170}, {-175, -168.4, 185},
		{-150, 110, 210.0}, {170, -170, 170},  {-170.5, -170, 189.5}, {740, 0, 20},     {-740, 0, 340},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(fabs(atlas_turn(cases[i][0], cases[i][1]) - cases[i][2]) < 1e-9, "%g east of %g is %g", cases[i][0],
		   cases[i][1], cases[i][2]);
}

/* Each continent's picture has its countries; left out are Svalbard, Pitcairn and what is Antarctic. */
static void test_continents(void)
{
	static const char *const codes[ATLAS_ZOOMS] = {
		[ATLAS_EUROPE] = "AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GG GI GR HR HU "
			"IE IM IS IT JE LI LT LU LV MC MD ME MK MT NL NO PL PT RO RS SE SI SK SM "
			"TR UA VA",
		[ATLAS_ASIA] = "AE AF AM AZ BD BH BN BT CN CY GE HK ID IL IN IQ IR JO JP KG KH KP KR KW "
			"KZ LA LB LK MM MN MO MV MY NP OM PH PK PS QA RU SA SG SY TH TJ TL TM TR "
			"TW UZ VN YE",
		[ATLAS_AFRICA] = "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW KE "
			"KM LR LS LY MA MG ML MR MU MW MZ NA NE NG RE RW SC SD SH SL SN SO SS ST "
			"SZ TD TG TN TZ UG YT ZA ZM ZW",
		[ATLAS_NORTH_AMERICA] = "AG AI AW BB BL BM BQ BS BZ CA CR CU CW DM DO GD GL GP GT HN HT JM KN KY "
			"LC MF MQ MS MX NI PA PM PR SV SX TC TT US VC VG VI",
		[ATLAS_SOUTH_AMERICA] = "AR AW BO BQ BR CL CO CW EC FK GF GS GY PE PY SR TT UY VE",
		[ATLAS_OCEANIA] = "AS AU CK FJ FM GU KI MH MP NC NF NR NU NZ PF PG PW SB TK TO TV VU WF WS",
	};

	for (unsigned zoom = ATLAS_EUROPE; zoom < ATLAS_ZOOMS; zoom++) {
		const struct atlas_window *w = atlas_window((enum atlas_zoom)zoom);
		unsigned outside = 0;

		for (const char *code = codes[zoom]; *code; code += 2 + (code[2] == ' ')) {
			float latitude, longitude;

			country_centroid(country_by_code(code, 2), &latitude, &longitude);
			if (within(w, (double)latitude, (double)longitude))
				continue;
			outside++;
			printf("# %.2s is at %g, %g\n", code, (double)latitude, (double)longitude);
		}
		is_int(outside, 0, "%s: its countries are in its window", w->name);
	}
}

/* The world's window is once around, so that there is a place for each longitude, whatever the shape of the picture. */
static void test_all_around(void)
{
	static const struct frame_area areas[] = {{0, 0, W, H}, {0, 0, 79, 22}, {0, 0, 40, 40}, {0, 0, 100, 9}};
	const struct atlas_window *world = atlas_window(ATLAS_WORLD);
	uint64_t outside = 0;
	unsigned coasts = 0;
	struct frame f;

	is_int((int64_t)(world->east - world->west + 0.5), 360, "the world is once around");
	for (unsigned zoom = 0; zoom < ATLAS_ZOOMS; zoom++) {
		const struct atlas_window *w = atlas_window((enum atlas_zoom)zoom);

		ok(w->west >= -180 && w->west < w->east && w->east - w->west <= 360 + 1e-9 && w->south < w->north,
		   "%s: %g to %g, %g to %g", w->name, w->west, w->east, w->south, w->north);
	}
	frame_init(&f, false);
	for (size_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++) {
		frame_reset(&f, areas[i].w, areas[i].h);
		for (int tenth = -1800; tenth <= 1800; tenth += 4) {
			const struct atlas_place place = {tenth % 8 ? 78.2F : -54.8F, (float)tenth / 10, 1};

			outside += atlas_draw(&f, areas[i], ATLAS_WORLD, &place, 1).outside;
		}
	}
	is_int(outside, 0, "no longitude is outside of it");
	for (const int16_t *at = atlas_coasts; *at != ATLAS_END; at += *at == ATLAS_BREAK ? 1 : 2)
		coasts += *at != ATLAS_BREAK && !within(world, (double)at[1] / ATLAS_UNIT, (double)at[0] / ATLAS_UNIT);
	is_int(coasts, 0, "nor is any land");
	frame_done(&f);
}

static void test_limits(void)
{
	static const struct frame_area areas[] = {
		{0, 0, 0, 0},       {0, 0, -5, 3},          {0, 0, 1, 1},
		{-10, -10, 20, 20}, {W - 2, H - 2, 50, 50}, {0, 0, FRAME_MAX_COLS, 1},
	};
	struct frame f;
	uint64_t outside = 0;

	frame_init(&f, false);
	frame_reset(&f, W, H);
	for (size_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++)
		for (unsigned zoom = 0; zoom <= ATLAS_ZOOMS; zoom++)
			outside += atlas_draw(&f, areas[i], (enum atlas_zoom)zoom, cities, CITIES).outside;
	ok(outside > 0, "areas of any size and place");
	is_str(atlas_window(ATLAS_ZOOMS)->name, "World", "what is no continent is the world");
	is_str(atlas_symbol(&f, FRAME_HEAT_LEVELS + 1), " ", "a step that is none has no symbol");
	frame_done(&f);
}

/* What the C compiler cannot see of the table. */
static void test_table(void)
{
	unsigned points = 0, bad = 0;
	const int16_t *at = atlas_coasts;

	while (*at != ATLAS_END) {
		if (*at == ATLAS_BREAK) {
			at++;
			continue;
		}
		bad += abs(at[0]) > 180 * ATLAS_UNIT || abs(at[1]) > 90 * ATLAS_UNIT;
		points++;
		at += 2;
	}
	ok(points > 1000 && points < 5000, "the table is small: %u points", points);
	is_int(bad, 0, "and of this world");
}

/* The same points, for a page. */
static void test_svg(void)
{
	struct buf path;
	unsigned lines = 0, breaks = 0;
	char begin[32];

	buf_init(&path, 1 << 20);
	atlas_svg_path(&path);
	snprintf(begin, sizeof(begin), "M%d %dl%d %d", atlas_coasts[0], -atlas_coasts[1],
		 atlas_coasts[2] - atlas_coasts[0], atlas_coasts[1] - atlas_coasts[3]);
	ok(strncmp(buf_str(&path), begin, strlen(begin)) == 0, "the path begins as the table does");
	for (const char *at = buf_str(&path); *at; at++)
		lines += *at == 'M';
	for (const int16_t *at = atlas_coasts; *at != ATLAS_END; at++)
		breaks += *at == ATLAS_BREAK;
	is_int(lines, breaks, "and has its lines");
	ok(strspn(buf_str(&path), "Ml -0123456789") == path.len && path.len < 40000, "in %zu bytes", path.len);
	buf_done(&path);
}

int main(void)
{
	test_pictures();
	test_weights();
	test_positions();
	test_centroids();
	test_turn();
	test_continents();
	test_all_around();
	test_limits();
	test_table();
	test_svg();
	return tap_done();
}
