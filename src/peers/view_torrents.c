/* Torrents: their columns. It does not know how rows are sorted, nor how they are drawn. */
#include "peers/view_columns.h"

#include "base/words.h"

static const struct fold_torrent *torrent(const struct view *v, uint32_t row)
{
	return &view_fold(v)->torrents[row];
}

static const char *torrent_name(const struct view *v, uint32_t row, char scratch[VIEW_CELL])
{
	const char *name = torrent(v, row)->name;

	(void)scratch;
	return name && *name ? name : view_word(v, N_("(no name)"));
}

static uint64_t torrent_now(const struct view *v, uint32_t row)
{
	return torrent(v, row)->now.connections;
}

static uint64_t torrent_countries(const struct view *v, uint32_t row)
{
	return torrent(v, row)->now_countries;
}

static uint64_t torrent_up(const struct view *v, uint32_t row)
{
	return torrent(v, row)->now.rate_up;
}

static uint64_t torrent_down(const struct view *v, uint32_t row)
{
	return torrent(v, row)->now.rate_down;
}

static uint64_t torrent_seen(const struct view *v, uint32_t row)
{
	return torrent(v, row)->sightings;
}

static uint64_t torrent_first(const struct view *v, uint32_t row)
{
	return torrent(v, row)->first_seen;
}

static uint64_t torrent_last(const struct view *v, uint32_t row)
{
	return torrent_now(v, row) ? 0 : torrent(v, row)->last_seen;
}

static bool torrent_live(const struct view *v, uint32_t row)
{
	return torrent_now(v, row) > 0;
}

static void collect_torrents(struct view *v)
{
	for (uint32_t i = 0; i < view_fold(v)->torrent_count; i++) {
		if (torrent(v, i)->sightings)
			view_row_add(v, i);
	}
}

const struct view_table view_of_torrents = {
	.noun = "torrents",
	.column_count = 8,
	.columns = {
		{"name", N_("Torrent"), VIEW_TEXT, 28, 40, 120, 0, 0, NULL, torrent_name, NULL, false},
		{"peers", N_("peers"), VIEW_COUNT, 6, 6, 8, 0, 0, torrent_now, NULL, NULL, false},
		{"countries", N_("countries"), VIEW_COUNT, 10, 10, 10, 4, 0, torrent_countries, NULL, NULL, false},
		{"rate-up", "↑/s", VIEW_RATE_UP, 7, 8, 9, 1, 0, torrent_up, NULL, NULL, false},
		{"rate-down", "↓/s", VIEW_RATE_DOWN, 7, 8, 9, 2, 0, torrent_down, NULL, NULL, false},
		{"sightings", N_("seen"), VIEW_COUNT, 6, 9, 11, 3, 0, torrent_seen, NULL, NULL, false},
		{"first-seen", N_("first"), VIEW_TIME, 6, 6, 6, 6, 0, torrent_first, NULL, NULL, false},
		{"last-seen", N_("last"), VIEW_AGE, 7, 7, 7, 5, 0, torrent_last, NULL, NULL, false},
	},
	.sort = 1,
	.tie = 5,
	.collect = collect_torrents,
	.live = torrent_live,
};
