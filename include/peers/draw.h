/* Drawers: a variant is a table of functions, and only draws. These write records as text into a buffer; the screen
 * has its own (draw_curses.h). */
#ifndef PEERS_DRAW_H
#define PEERS_DRAW_H

#include <stdbool.h>

#include "base/buf.h"
#include "peers/scene.h"

struct draw_style {
	bool peers; /* also every remembered peer */
	bool color; /* escape codes: stdout is a terminal */
};

struct draw_ops {
	/* Once, before the first record of an empty output; NULL = nothing. */
	void (*head)(const struct draw_style *style, struct buf *out);
	/* A poll. */
	void (*record)(const struct draw_style *style, const struct scene *scene, struct buf *out);
	/* At the end of the run; NULL = nothing. */
	void (*summary)(const struct draw_style *style, const struct scene *scene, struct buf *out);
};

extern const struct draw_ops draw_plain, draw_json, draw_csv;

#endif
