/* Scrapes by UDP of trackers that do at random whatever trackers and networks do. */
#ifndef UDP_RANDOM_H
#define UDP_RANDOM_H

#include "random.h"

/* How many there were; zeroed at first. */
struct udp_random {
	unsigned trackers;
	unsigned wrong;   /* they made us tell anything twice or wrong, or end too early */
	unsigned endless; /* there was no end, or it took twenty minutes */
	unsigned done;    /* all was told */
	unsigned fair;    /* they asked for no more than patience */
	unsigned unfair;  /* and all was not told, even so */
};

/* One more, as the random numbers have it. */
void udp_random_play(struct random *r, struct udp_random *sum);

#endif
