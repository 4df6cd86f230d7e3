/* Peers by network: autonomous systems, their numbers and names, and whether they host servers or people. */
#ifndef PEERS_VIEW_NETWORKS_H
#define PEERS_VIEW_NETWORKS_H

#include "peers/view.h"

/* "hosting" if most of its addresses have that tag, "residential" if not, "" if no list tells, or nobody knows the
 * system. `row` is one of the view's groups. */
const char *view_network_kind(const struct view *v, uint32_t row, char scratch[VIEW_CELL]);

/* The name of its system; NULL if nobody knows it, or the system. */
const char *view_network_name(const struct view *v, uint32_t row);

/* Whether a geo database of networks is open. */
bool view_networks_known(const struct scene *scene);
/* Is there a list of the tag "hosting"? */
bool view_hosting_known(const struct scene *scene);

/* The number of the system of an address: 0 = unknown, VIEW_NONE = Local. */
uint32_t view_network_of(const struct scene *scene, const struct address *a);

#endif
