/* Countries: their columns. It does not know how rows are sorted, nor how they are drawn. */
#include "peers/view_columns.h"

#include "base/words.h"

static const struct fold_country *land(const struct view *v, uint32_t row)
{
	return &view_fold(v)->countries[row];
}

static const char *land_code(const struct view *v, uint32_t row, char scratch[VIEW_CELL])
{
	(void)v, (void)scratch;
	return country_code((country_t)row);
}

static const char *land_name(const struct view *v, uint32_t row, char scratch[VIEW_CELL])
{
	(void)scratch;
	return view_word(v, country_name((country_t)row));
}

static uint64_t land_now(const struct view *v, uint32_t row)
{
	return land(v, row)->now.connections;
}

static uint64_t land_addresses(const struct view *v, uint32_t row)
{
	return land(v, row)->now.addresses;
}

static uint64_t land_unique(const struct view *v, uint32_t row)
{
	return fold_unique(view_fold(v), (country_t)row);
}

static uint64_t land_seen(const struct view *v, uint32_t row)
{
	return land(v, row)->sightings;
}

static uint64_t land_up(const struct view *v, uint32_t row)
{
	return land(v, row)->now.rate_up;
}

static uint64_t land_down(const struct view *v, uint32_t row)
{
	return land(v, row)->now.rate_down;
}

static uint64_t land_share(const struct view *v, uint32_t row)
{
	return view_thousandths(land(v, row)->now.connections, view_fold(v)->now.connections);
}

static const struct history_sums *land_ever(const struct view *v, uint32_t row)
{
	static const struct history_sums nothing = {.unique = 0};

	return v->scene->all_time ? &v->scene->all_time->countries[row] : &nothing;
}

static uint64_t land_all_unique(const struct view *v, uint32_t row)
{
	return land_ever(v, row)->unique;
}

static uint64_t land_all_seen(const struct view *v, uint32_t row)
{
	return land_ever(v, row)->sightings;
}

static uint64_t land_all_up(const struct view *v, uint32_t row)
{
	return land_ever(v, row)->bytes_up;
}

static uint64_t land_all_down(const struct view *v, uint32_t row)
{
	return land_ever(v, row)->bytes_down;
}

static bool land_live(const struct view *v, uint32_t row)
{
	return land_now(v, row) > 0;
}

static void collect_countries(struct view *v)
{
	for (uint32_t i = 0; i < country_count(); i++) {
		if (land(v, i)->sightings || land(v, i)->now.connections || (v->all_time && land_ever(v, i)->sightings))
			view_row_add(v, i);
	}
}

const struct view_table view_of_countries = {
	.noun = "countries",
	.column_count = 13,
	.columns = {
		{"country", "", VIEW_TEXT, 2, 2, 2, 0, 1, NULL, land_code, NULL, false},
		{"name", N_("Country"), VIEW_TEXT, 8, 18, 32, 0, 0, NULL, land_name, NULL, false},
		{"connections", N_("now"), VIEW_COUNT, 5, 6, 8, 0, 0, land_now, NULL, NULL, false},
		{"addresses", N_("addresses"), VIEW_COUNT, 10, 10, 10, 7, 0, land_addresses, NULL, NULL, false},
		{"unique", N_("unique"), VIEW_COUNT, 7, 8, 10, 6, 0, land_unique, NULL, NULL, false},
		{"sightings", N_("seen"), VIEW_COUNT, 6, 9, 11, 1, 0, land_seen, NULL, NULL, false},
		{"rate-up", "↑/s", VIEW_RATE_UP, 7, 8, 9, 2, 0, land_up, NULL, NULL, false},
		{"rate-down", "↓/s", VIEW_RATE_DOWN, 7, 8, 9, 3, 0, land_down, NULL, NULL, false},
		{"share", N_("share"), VIEW_SHARE, 7, 18, 48, 8, 0, land_share, NULL, NULL, false},
		{"all-sightings", N_("all seen"), VIEW_COUNT, 9, 11, 13, 4, 0, land_all_seen, NULL, NULL, false},
		{"all-unique", N_("all unique"), VIEW_COUNT, 11, 11, 11, 5, 0, land_all_unique, NULL, NULL, false},
		{"all-bytes-up", N_("all ↑"), VIEW_BYTES, 7, 8, 9, 9, 0, land_all_up, NULL, NULL, false},
		{"all-bytes-down", N_("all ↓"), VIEW_BYTES, 7, 8, 9, 10, 0, land_all_down, NULL, NULL, false},
	},
	.all_time = 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12,
	.sort = 2,
	.tie = 5,
	.collect = collect_countries,
	.live = land_live,
};
