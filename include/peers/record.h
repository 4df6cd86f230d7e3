/* The fields of a country and of a peer as JSON and CSV show them, in one table each: key, order and value. */
#ifndef PEERS_RECORD_H
#define PEERS_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "peers/netlists.h"
#include "peers/scene.h"
#include "peers/view.h"
#include "wire/netlist.h"

enum record_kind { RECORD_NULL, RECORD_TEXT, RECORD_INT, RECORD_DOUBLE, RECORD_BOOL, RECORD_TIME };

struct record_value {
	enum record_kind kind;
	const char *text; /* clean; may point into scratch */
	int64_t number;   /* integer, truth, or seconds since 1970 */
	double real;
	char scratch[NETLISTS_TAGS * NETLIST_TAG]; /* all tags */
};

struct record_field {
	const char *key;
	/* Leaves the value alone for null. */
	void (*get)(const struct scene *scene, uint32_t row, struct record_value *value);
};

extern const struct record_field record_country_fields[]; /* row: a country_t; ends with a NULL key */
extern const struct record_field record_peer_fields[];    /* row: a position in fold.addresses */

/* Writes the value of a field; its text lives as long as the tables and the value. */
void record_get(const struct record_field *field, const struct scene *scene, uint32_t row, struct record_value *value);
/* Lists the countries that were seen, most sightings first. Returns how many. */
uint32_t record_countries(const struct scene *scene, uint32_t rows[COUNTRY_MAX]);
/* Makes `view` all remembered peers, connected ones first. The caller ends it with view_done(). */
void record_peers(struct view *view, const struct scene *scene);
/* Seconds since 1970 of a record: when its poll was over. */
int64_t record_wall(const struct scene *scene);

#endif
