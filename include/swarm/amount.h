/* Amounts as people write them on a command line: "2TB", "0-3". */
#ifndef SWARM_AMOUNT_H
#define SWARM_AMOUNT_H

#include <stdint.h>

/* A number with an optional point and unit of any case: B, kB, MB, GB, TB, PB (powers of 1000), KiB, MiB, GiB, TiB, PiB
 * (of 1024), K, M, G, T, P as kB and so on; without a unit bytes. 0; -EINVAL; -ERANGE: 2^63 bytes and more, or none. */
int amount_bytes(const char *text, uint64_t *bytes);
/* "N", "N-M" or "N-" (no upper end). 0 or -EINVAL (also M < N). */
int amount_range(const char *text, int32_t *least, int32_t *most);

#endif
