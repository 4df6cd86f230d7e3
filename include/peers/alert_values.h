/* The values of the words of alert conditions, from what the screen shows; and which of them a condition has asked
 * about, for its message. */
#ifndef PEERS_ALERT_VALUES_H
#define PEERS_ALERT_VALUES_H

#include "base/buf.h"
#include "core/alert_words.h"
#include "peers/scene.h"
#include "wire/expr.h"

enum { ALERT_ASKED = 8, ALERT_VALUE = 512 };

struct alert_values {
	const struct scene *scene;
	const char *new_countries; /* since the alert was last told: "BO Bolivia, IR Iran"; "" = none */
	bool partial; /* a daemon was lost lately or has yet to answer, or all are lost: nobody knows their sums */
	unsigned count;
	struct {
		int word;
		char spelling[ALERT_SPELLING];
		char value[ALERT_VALUE];
	} asked[ALERT_ASKED]; /* the first of them, in the order of the condition */
};

/* To evaluate a condition with; what a lost daemon knows is open, and so are tags of lists that are still being read.
 * `v` has its first three members filled in, and the rest zeroed. */
struct expr_source alert_values_source(struct alert_values *v);
/* Whatever the condition asks for, what it tells is to name the new countries. */
void alert_values_add_new(struct alert_values *v);
/* "country('CN').connections = 61, share('CN') = 51 %" */
void alert_values_write(const struct alert_values *v, struct buf *out);

#endif
