/* The views there are, each a table of columns. */
#ifndef PEERS_VIEW_TABLE_H
#define PEERS_VIEW_TABLE_H

#include "peers/view.h"

const struct view_table *view_table(enum view_kind kind);

/* The letters of Transmission's flagStr (peer-mgr.c of 3.00, peer status text in its docs), rebuilt from flags. */
enum { VIEW_FLAGS = 12 };
void view_flags(uint16_t flags, char letters[VIEW_FLAGS]);

#endif
