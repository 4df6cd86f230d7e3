/* A JSON list, cut into its objects while it comes in, so that a list of any length needs the memory of one object. */
#ifndef SWARM_COLLECT_LIST_H
#define SWARM_COLLECT_LIST_H

#include "base/buf.h"
#include "swarm/collect_page.h"

enum { COLLECT_DEPTH = 64 };

/* Embedded; the members are private. */
struct collect_list {
	const struct collect_page_events *events;
	struct buf item;              /* that is being read */
	char open[COLLECT_DEPTH];     /* '[' and '{' */
	unsigned depth, item_depth;   /* item_depth: where the item began, when `taking` */
	bool taking, too_long, text, escaped, ended;
};

void collect_list_init(struct collect_list *l, const struct collect_page_events *events);
/* 0 or -EBADMSG with a message. */
int collect_list_feed(struct collect_list *l, const char *bytes, size_t len, struct err *err);
int collect_list_end(const struct collect_list *l, struct err *err);
void collect_list_done(struct collect_list *l);

#endif
