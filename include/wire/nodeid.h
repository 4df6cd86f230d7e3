/* Node ids that are bound to an address (BEP 42), so that nobody takes a place next to a chosen hash. */
#ifndef WIRE_NODEID_H
#define WIRE_NODEID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"

enum { NODEID_BYTES = 20 };

/* Sets what BEP 42 binds: the first 21 bits and the last byte, which becomes `random`. The rest of `id` stays: fill it
 * with random bytes before. */
void nodeid_make(const struct ip *ip, uint8_t random, uint8_t id[NODEID_BYTES]);
/* May a node at this address have this id? Always on loopback, private and link-local addresses, as BEP 42 has it. */
bool nodeid_matches(const struct ip *ip, const uint8_t id[NODEID_BYTES]);

#endif
