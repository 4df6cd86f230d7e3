/* What trackers said in earlier passes, by the positions of a pass's torrents. */
#ifndef SWARM_RECALL_H
#define SWARM_RECALL_H

#include "swarm/catalog.h"
#include "swarm/plan.h"

struct recall;

/* Catalog and targets are kept until recall_free(). */
struct recall *recall_new(struct catalog *catalog, const struct catalog_target *targets, size_t count);
/* NULL is accepted. */
void recall_free(struct recall *recall);
/* As plan_events.recall(); `tracker` is an id of the catalog. */
void recall_said(struct recall *recall, int64_t tracker, int64_t since, plan_recall_fn *take, void *taker);

#endif
