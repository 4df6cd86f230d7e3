/* Panels of the overview. Each draws its title and as much as the area holds. */
#ifndef PEERS_SCREEN_PANELS_H
#define PEERS_SCREEN_PANELS_H

#include "peers/screen.h"

/* Sightings by local hour, the hour of the data marked. */
void screen_hours_panel(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area);
/* Connections over the last hour. */
void screen_trend_panel(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area);
/* How the connections are made up. */
void screen_mix_panel(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area);
/* The families with most connections. */
void screen_clients_panel(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area);

#endif
