/* Whether a file is a geo database (MaxMind DB format 2.0), and whether its data are safe to read. */
#ifndef CORE_GEO_CHECK_H
#define CORE_GEO_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Looks at a file's kind, its first and last bytes and its metadata. `shown` is the path as messages have it (clean).
 * 0, or one of the -errno of geo_open() with its message. */
int geo_check_file(const char *path, const char *shown, struct err *err);
/* Whether the record at offset `at` of a data section, and all it points to, is inside and of reasonable size. */
bool geo_check_record(const uint8_t *bytes, uint32_t size, uint32_t at);

#endif
