/* The parts of a poll as JSON, for those who write more than one line of it. */
#ifndef PEERS_DRAW_JSON_H
#define PEERS_DRAW_JSON_H

#include <stdint.h>

#include "base/jsonw.h"
#include "peers/draw.h"
#include "peers/record.h"

/* All keys of a poll but `credit`, into an open object. */
void draw_json_poll(struct jsonw *w, const struct draw_style *style, const struct scene *scene);
/* These fields of a row, into an open object. */
void draw_json_row(struct jsonw *w, const struct record_field *fields, uint32_t row, const struct scene *scene);
/* Which network a row of that view is: "asn", "name" and "kind", null where nobody knows. */
void draw_json_network(struct jsonw *w, const struct view *v, uint32_t row);
/* A key and its value. */
void draw_json_int(struct jsonw *w, const char *key, uint64_t value);

#endif
