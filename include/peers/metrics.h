/* The tables in the text format of Prometheus (version 0.0.4): by country, client family, tag and daemon, never by
 * address. */
#ifndef PEERS_METRICS_H
#define PEERS_METRICS_H

#include "base/buf.h"
#include "base/err.h"
#include "peers/scene.h"

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

enum {
	METRICS_MAX = 4 << 20,
	METRICS_LABEL = 64,    /* bytes of a label's value, NUL included */
	METRICS_FAMILIES = 50, /* clients by name; the rest are one, "other" */
};

void metrics_write(const struct scene *scene, struct buf *out);
/* Puts them in the place of a file, for the textfile collector of node_exporter. Does not wait for the disk: who reads
 * sees the old ones or the new ones. 0 or -errno with a message. */
int metrics_save(const struct scene *scene, const char *path, struct err *err);

#endif
