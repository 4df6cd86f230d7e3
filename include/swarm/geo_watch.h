/* The geo databases of the passes: opened anew for each; what is wrong with them is said once. */
#ifndef SWARM_GEO_WATCH_H
#define SWARM_GEO_WATCH_H

#include "base/err.h"
#include "core/conf.h"
#include "core/locate.h"

struct geo_watch;

struct geo_watch *geo_watch_new(void);
/* NULL is accepted. */
void geo_watch_free(struct geo_watch *w);
/* Opens what is configured. What is wrong goes to the log, but for what was said of the last time. `wall` in seconds
 * since 1970. As locate_open(). */
int geo_watch_open(struct geo_watch *w, const struct conf *conf, int64_t wall, struct locate *locate, struct err *err);

#endif
