/* The filter of a view. */
#ifndef PEERS_VIEW_FILTER_H
#define PEERS_VIEW_FILTER_H

#include "peers/view.h"

/* "" = no filter. -EINVAL with a message and the column of the mistake (from 1); then the old filter stays.
 * `lists`: the tags that there are, NULL = none. */
int view_filter(struct view *v, const char *text, const struct netlists *lists, struct err *err, unsigned *column);

/* For view.c: before the first filter, and after each update of the rows. */
void view_filter_begin(struct view *v);
/* Leaves those that satisfy it; v->all says how many there were. */
void view_filter_rows(struct view *v);

#endif
