/* The name of a host as text. */
#ifndef BASE_HOSTNAME_H
#define BASE_HOSTNAME_H

#include <stdbool.h>

enum { HOSTNAME = 256 }; /* bytes; RFC 1035: 253 characters as text */

/* Reads a name by RFC 1123, with the underscore that is found in the wild; a dot at the end is left out. Small letters
 * come out, padded with zero bytes, so that it can be a key. A name whose last label is a number is none: it would be
 * taken for an address. False: it is no name; `name` is not to be used. */
bool hostname_read(const char *text, char name[HOSTNAME]);

#endif
