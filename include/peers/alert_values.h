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
	bool partial; /* a daemon was lost lately, or all are: what is now, of all of them, is unknown */
	bool lost;    /* something was asked about that a lost daemon knows: that ends nothing */
	bool early; /* a list that was asked about is still being read: nobody knows yet */
	unsigned count;
	struct {
		int word;
		char spelling[ALERT_SPELLING];
		char value[ALERT_VALUE];
	} asked[ALERT_ASKED]; /* the first of them, in the order of the condition */
};

/* To evaluate a condition with; `v` has its first three members filled in, and the rest zeroed. */
struct expr_source alert_values_source(struct alert_values *v);
/* "country('CN').connections = 61, share('CN') = 51 %" */
void alert_values_write(const struct alert_values *v, struct buf *out);

#endif
