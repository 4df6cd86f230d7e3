/* The keys, one table: what each does, where it works, and what footer and help say about it. */
#ifndef PEERS_SCREEN_KEYS_H
#define PEERS_SCREEN_KEYS_H

#include <stddef.h>

#include "peers/screen.h"

enum { SCREEN_KEY_ALIASES = 4 };

struct screen_key {
	int keys[SCREEN_KEY_ALIASES]; /* 0 = no more */
	const char *label;  /* how help names them */
	const char *sign;   /* how the footer names them; NULL: it does not */
	const char *action; /* in the footer, a word or two */
	const char *help;
	unsigned traits; /* the view must have one of them; 0: works everywhere */
	unsigned (*act)(struct screen *s, const struct scene *scene, int arg);
	int arg;
};

const struct screen_key *screen_keys(size_t *count);
/* Does the key do something in this view? */
bool screen_key_works(const struct screen_key *key, const struct screen_view *view);

#endif
