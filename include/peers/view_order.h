/* The order of the rows of a view. */
#ifndef PEERS_VIEW_ORDER_H
#define PEERS_VIEW_ORDER_H

#include "peers/view.h"

/* Rows of now first, each part by the view's column; sets `live`, and cuts to `limit` if there is one. */
void view_order(struct view *v);

#endif
