/* What stands above and below every view: daemons and the time of the data; numbers of views, keys, what is typed. */
#ifndef PEERS_SCREEN_BARS_H
#define PEERS_SCREEN_BARS_H

#include "peers/screen.h"

/* Returns the rows it took. */
int screen_draw_header(const struct scene *scene, struct frame *f);
int screen_footer_rows(const struct frame *f);
void screen_draw_footer(const struct screen *s, const struct scene *scene, struct frame *f);
/* What is being typed. */
void screen_draw_input(const struct screen *s, struct frame *f, int y);
/* All that fits into a terminal that is too small for a view, but for what is being typed. */
void screen_draw_line(const struct scene *scene, struct frame *f);
/* When a daemon is asked next, as seconds since 1970; 0 = now or never. */
int64_t screen_retry_wall(const struct scene *scene, const struct source_status *source);

/* The credit that the geo database's licence asks for, in the last rows of the area, which it takes away from it. */
void screen_draw_credit(const struct scene *scene, struct frame *f, struct frame_area *area);

#endif
