/* Dates as HTTP has them. */
#ifndef SWARM_COLLECT_DATE_H
#define SWARM_COLLECT_DATE_H

#include <stdint.h>

/* RFC 9110, section 5.6.7, each of the three forms: "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT"
 * and "Sun Nov  6 08:49:37 1994". Seconds since 1970; 0 or -EINVAL. A year of two digits is one from 1970 to 2069. */
int collect_date(const char *text, int64_t *date);

#endif
