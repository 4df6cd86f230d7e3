/* The help that is laid over a view: keys, marks, flag letters, filters. */
#ifndef PEERS_SCREEN_HELP_H
#define PEERS_SCREEN_HELP_H

#include "peers/screen.h"

void screen_draw_help(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area);

#endif
