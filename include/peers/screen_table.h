/* Views that are one table, and the drawing of tables for the others. */
#ifndef PEERS_SCREEN_TABLE_H
#define PEERS_SCREEN_TABLE_H

#include "peers/screen.h"

extern const struct screen_view screen_peers, screen_countries, screen_clients, screen_torrents, screen_family,
	screen_torrent;

enum { SCREEN_NO_CURSOR = -1 };

/* Column names, and rows from number `top` on; `cursor` is the number of the chosen row or SCREEN_NO_CURSOR. */
void screen_draw_table(struct frame *f, struct frame_area area, const struct view *v, uint32_t top, int64_t cursor);
/* The first row of a view: its title, what it counts, the filter, which rows are on the screen. */
void screen_draw_title(const struct screen *s, struct frame *f, struct frame_area area, const char *title);
/* Title and table of the current pane in the area. */
void screen_draw_pane(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area,
		      const char *title);
/* A count in so many columns: "1,204", or "1.2 M" where that is too wide. Never a part of a number. */
void screen_count(const struct frame *f, uint64_t n, int cols, char scratch[VIEW_CELL]);
/* A number at the right end of its columns, dimmed if it is 0. */
void screen_put_count(struct frame *f, int x, int y, int cols, enum frame_style style, uint64_t n);
void screen_put_rate(struct frame *f, int x, int y, int cols, enum frame_style style, uint64_t rate);
/* The middle of a view that has nothing to show. */
void screen_draw_nothing(struct frame *f, struct frame_area area, const char *text);

#endif
