/* The overview while no daemon has ever answered. */
#ifndef PEERS_SCREEN_WAITING_H
#define PEERS_SCREEN_WAITING_H

#include "peers/screen.h"

void screen_draw_waiting(const struct scene *scene, struct frame *f, struct frame_area area);

#endif
