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
	static const struct {
		struct atlas_place place;
		int x, y;
	} cases[] = {{{12, 0, 1}, W / 2, H / 2}, {{12, 90, 1}, W / 2 + W / 4, H / 2}, {{12, -90, 1}, W / 4, H / 2}};
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
	is_str(atlas_zoom_name(ATLAS_ZOOMS), "World", "what is no continent is the world");
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
	test_limits();
	test_table();
	test_svg();
	return tap_done();
}
