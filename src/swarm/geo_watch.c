/* The geo databases of the passes, opened anew for each, and what is wrong with them, which is said once: a daemon
 * opens them day and night. It locates nobody. */
#include "swarm/geo_watch.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/xmalloc.h"

enum { SAID_MAX = 64 << 10 }; /* bytes */

struct geo_watch {
	struct buf said, before; /* lines: now, and the last time */
};

struct geo_watch *geo_watch_new(void)
{
	struct geo_watch *w = xcalloc(1, sizeof(*w));

	buf_init(&w->said, SAID_MAX);
	buf_init(&w->before, SAID_MAX);
	return w;
}

void geo_watch_free(struct geo_watch *w)
{
	if (!w)
		return;
	buf_done(&w->said);
	buf_done(&w->before);
	free(w);
}

static void tell(void *context, bool problem, const char *line)
{
	struct geo_watch *w = context;

	if (!problem)
		return;
	if (!strstr(buf_str(&w->before), line))
		log_warn("%s", line);
	buf_printf(&w->said, "%s\n", line);
}

int geo_watch_open(struct geo_watch *w, const struct conf *conf, int64_t wall, struct locate *locate, struct err *err)
{
	struct locate_ask ask = {
		.paths = conf->geoip.databases.items,
		.count = conf->geoip.databases.count,
		.named = conf->geoip.named,
		.wall = wall,
		.note = tell,
		.arg = w,
	};
	struct buf last = w->before;

	w->before = w->said;
	w->said = last;
	buf_reset(&w->said);
	return locate_open(locate, &ask, err);
}
